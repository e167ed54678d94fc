//! Answers of any length, as a stream.
//!
//! A task of the threads that run queries asks and writes, and waits when the caller takes it slowly: at most a few
//! pieces lie in between. The answer begins when the first piece is there, so that a report that fails at once is
//! a problem like others. One that fails later, or whose task ends without saying that it was all, breaks the
//! connection: no cut-off file looks like a whole one.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tracing::Instrument;

use super::form::Form;
use super::question::Asker;
use crate::problem::Problem;
use crate::reading::Exporting;

/// Bytes after which a piece is sent.
const PIECE: usize = 32 * 1024;
/// Pieces that may lie between writer and caller.
const PIECES: usize = 4;
/// A caller that takes nothing for so long is given up.
const STALLED: Duration = Duration::from_secs(120);

/// What the writer sends: pieces, and then that it was all, or why it is not.
enum Message {
    Piece(Bytes),
    End,
    Failed(rollcall_reports::Error),
}

/// Why a stream ends before its end.
#[derive(Debug, thiserror::Error)]
enum Broken {
    #[error(transparent)]
    Failed(rollcall_reports::Error),
    #[error("the report's thread ended early")]
    Lost,
}

/// Why a writer stops before it has written all.
pub(super) enum Stopped {
    Failed(rollcall_reports::Error),
    /// Nobody listens any more.
    Unheard,
}

impl From<rollcall_reports::Error> for Stopped {
    fn from(error: rollcall_reports::Error) -> Self {
        Stopped::Failed(error)
    }
}

/// What has been written and not been sent yet.
pub(super) struct Outlet {
    text: Vec<u8>,
    sender: Sender<Message>,
    rows: Arc<AtomicU64>,
}

impl Outlet {
    fn new(sender: Sender<Message>, rows: Arc<AtomicU64>) -> Self {
        Outlet { text: Vec::with_capacity(2 * PIECE), sender, rows }
    }

    /// Counts rows that were written.
    pub(super) fn count(&self, rows: usize) {
        self.rows.fetch_add(rows as u64, Ordering::Relaxed);
    }

    /// Where to write.
    pub(super) fn text(&mut self) -> &mut Vec<u8> {
        &mut self.text
    }

    /// Sends what was written, if it is a piece.
    pub(super) async fn send_full_piece(&mut self) -> Result<(), Stopped> {
        if self.text.len() < PIECE { Ok(()) } else { self.send_rest().await }
    }

    async fn send_rest(&mut self) -> Result<(), Stopped> {
        if self.text.is_empty() {
            return Ok(());
        }
        let full = std::mem::replace(&mut self.text, Vec::with_capacity(2 * PIECE));
        send(&self.sender, Message::Piece(full.into())).await.ok_or(Stopped::Unheard)
    }
}

/// Answers with what is told, under this name if it becomes a file.
pub(super) async fn answer<T>(
    asker: Asker<'_>,
    exporting: Exporting,
    name: &str,
    tell: impl FnOnce(Outlet) -> T,
) -> Result<Response, Problem>
where
    T: Future<Output = Result<Outlet, Stopped>> + Send + 'static,
{
    let Asker { app, form, turn, .. } = asker;
    let (sender, mut receiver) = channel(PIECES);
    let rows = Arc::new(AtomicU64::new(0));
    let telling = tell(Outlet::new(sender.clone(), Arc::clone(&rows)));
    let telling = async move {
        let _turn = turn;
        tell_all(telling, &sender, &rows, exporting).await;
    };
    // Told where it is asked: not on the threads that answer requests.
    app.reports.threads().spawn(telling.instrument(tracing::Span::current()));
    let first = match receiver.recv().await {
        Some(Message::Failed(error)) => return Err(error.into()),
        None => return Err(Problem::internal("writing a report", &Broken::Lost)),
        first => first,
    };
    let pieces = futures::stream::try_unfold((first, receiver), next_piece);
    let media_type = if form == Form::Csv { "text/csv; charset=utf-8; header=present" } else { "application/x-ndjson" };
    let mut response = ([(header::CONTENT_TYPE, media_type)], Body::from_stream(pieces)).into_response();
    if form == Form::Csv {
        let name = HeaderValue::try_from(format!("attachment; filename=\"{name}.csv\""));
        response.headers_mut().insert(header::CONTENT_DISPOSITION, name.unwrap_or(HeaderValue::from_static("attachment")));
    }
    Ok(response)
}

/// Sends all that is told, and how it ended. That is recorded first: who has the end knows that it is on record.
async fn tell_all(
    telling: impl Future<Output = Result<Outlet, Stopped>>,
    sender: &Sender<Message>,
    rows: &AtomicU64,
    exporting: Exporting,
) {
    let told = match telling.await {
        Ok(mut out) => out.send_rest().await,
        Err(stopped) => Err(stopped),
    };
    exporting.end(rows.load(Ordering::Relaxed), told.is_ok()).await;
    let last = match told {
        Ok(()) => Message::End,
        Err(Stopped::Unheard) => return,
        Err(Stopped::Failed(error)) => {
            tracing::error!(%error, "a report failed while its rows were sent");
            Message::Failed(error)
        }
    };
    send(sender, last).await;
}

/// A line of NDJSON.
pub(super) fn json_line(row: &impl Serialize, text: &mut Vec<u8>) -> Result<(), rollcall_reports::Error> {
    serde_json::to_writer(&mut *text, row).map_err(|error| rollcall_reports::Error::Query(error.to_string()))?;
    text.push(b'\n');
    Ok(())
}

type Unread = (Option<Message>, Receiver<Message>);

async fn next_piece((first, mut receiver): Unread) -> Result<Option<(Bytes, Unread)>, Broken> {
    let message = match first {
        Some(message) => Some(message),
        None => receiver.recv().await,
    };
    match message {
        Some(Message::Piece(piece)) => Ok(Some((piece, (None, receiver)))),
        Some(Message::End) => Ok(None),
        Some(Message::Failed(error)) => Err(Broken::Failed(error)),
        None => Err(Broken::Lost),
    }
}

/// Sends to a caller that still takes something.
async fn send(sender: &Sender<Message>, message: Message) -> Option<()> {
    match tokio::time::timeout(STALLED, sender.send(message)).await {
        Ok(sent) => sent.ok(),
        Err(_) => {
            tracing::warn!(after_s = STALLED.as_secs(), "a report is given up, since its caller takes no more rows");
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use futures::StreamExt;

    use super::*;

    async fn pieces(messages: Vec<Message>) -> Vec<Result<Bytes, Broken>> {
        let (sender, receiver) = channel(8);
        for message in messages {
            sender.send(message).await.unwrap();
        }
        drop(sender);
        futures::stream::try_unfold((None, receiver), next_piece).collect().await
    }

    #[tokio::test]
    async fn only_a_stream_that_says_so_is_whole() {
        let rows = || Message::Piece(Bytes::from_static(b"{}\n"));
        let whole = pieces(vec![rows(), Message::End]).await;
        assert!(whole.len() == 1 && whole[0].is_ok());
        let lost = pieces(vec![rows()]).await;
        assert!(matches!(lost[..], [Ok(_), Err(Broken::Lost)]));
        let failed = pieces(vec![rows(), Message::Failed(rollcall_reports::Error::Query("no more memory".to_owned()))]).await;
        assert!(matches!(failed[..], [Ok(_), Err(Broken::Failed(_))]));
    }
}
