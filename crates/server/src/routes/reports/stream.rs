//! Files as answers of any length, as a stream.
//!
//! A file is written on threads of its own (`delivery::file`), and waits when the caller takes it slowly: at most a few
//! pieces lie in between. The answer begins when the first piece is there, so that a report that fails at once is
//! a problem like others. One that fails later, or whose writer ends without saying that it was all, breaks the
//! connection: no cut-off file looks like a whole one.

use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use rollcall_delivery::DeliveryError;
use rollcall_delivery::file::{Format, Progress};
use rollcall_reports::RowStream;
use rollcall_reports::rows::Tell;
use tokio::runtime::Handle;
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tracing::Instrument;

use super::members::Told;
use super::question::Asker;
use crate::headers::attachment;
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
    Failed(DeliveryError),
}

/// Why a stream ends before its end.
#[derive(Debug, thiserror::Error)]
enum Broken {
    #[error(transparent)]
    Failed(DeliveryError),
    #[error("the report's thread ended early")]
    Lost,
}

/// Where a file is written, in pieces that are sent.
struct Outlet {
    piece: Vec<u8>,
    sender: Sender<Message>,
    threads: Handle,
    /// Whether nobody listens any more.
    unheard: Arc<AtomicBool>,
}

impl Outlet {
    fn send(&mut self) -> io::Result<()> {
        if self.piece.is_empty() {
            return Ok(());
        }
        let piece = std::mem::replace(&mut self.piece, Vec::with_capacity(2 * PIECE));
        self.threads.block_on(send(&self.sender, Message::Piece(piece.into()))).ok_or_else(|| {
            self.unheard.store(true, Ordering::Relaxed);
            io::Error::new(io::ErrorKind::BrokenPipe, "nobody takes it any more")
        })
    }
}

impl Write for Outlet {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.piece.extend_from_slice(bytes);
        if self.piece.len() >= PIECE {
            self.send()?;
        }
        Ok(bytes.len())
    }

    /// Pieces are sent when they are full, and the rest when it is known that it is all.
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Answers with all rows as a file of this name.
pub(super) async fn answer<T: Tell + Clone + Send + 'static>(
    asker: Asker<'_>,
    exporting: Exporting,
    (format, told): (Format, Told),
    name: &str,
    rows: RowStream<T>,
) -> Result<Response, Problem> {
    let Asker { app, turn, .. } = asker;
    let (sender, mut receiver) = channel(PIECES);
    let unheard = Arc::new(AtomicBool::new(false));
    let outlet =
        Outlet { piece: Vec::with_capacity(2 * PIECE), sender: sender.clone(), threads: Handle::current(), unheard: Arc::clone(&unheard) };
    let delivery = Arc::clone(&app.delivery);
    let writing = async move {
        let _turn = turn;
        let progress = Progress::default();
        let written = delivery.write_rows(rows, told.style(format), outlet, &progress).await;
        end(written.map(|(_, outlet)| outlet), &sender, &unheard, progress.rows(), exporting).await;
    };
    tokio::spawn(writing.instrument(tracing::Span::current()));
    let first = match receiver.recv().await {
        Some(Message::Failed(error)) => return Err(error.into()),
        None => return Err(Problem::internal("writing a report", &Broken::Lost)),
        first => first,
    };
    let pieces = futures::stream::try_unfold((first, receiver), next_piece);
    let headers = [(header::CONTENT_TYPE, format.media_type().try_into()), (header::CONTENT_DISPOSITION, attachment(name))];
    let mut response = Body::from_stream(pieces).into_response();
    for (name, value) in headers {
        response.headers_mut().insert(name, value.map_err(|error| Problem::internal("writing a header", &error))?);
    }
    Ok(response)
}

/// Sends the rest of a file, and how it ended. That is recorded first: who has the end knows that it is on record.
async fn end(written: Result<Outlet, DeliveryError>, sender: &Sender<Message>, unheard: &AtomicBool, rows: u64, exporting: Exporting) {
    let last = match written {
        Ok(outlet) if outlet.piece.is_empty() => Ok(()),
        Ok(outlet) => send(sender, Message::Piece(outlet.piece.into())).await.ok_or(None),
        Err(_) if unheard.load(Ordering::Relaxed) => Err(None),
        Err(error) => Err(Some(error)),
    };
    exporting.end(rows, last.is_ok()).await;
    let last = match last {
        Ok(()) => Message::End,
        Err(None) => return,
        Err(Some(error)) => {
            tracing::error!(%error, "a report failed while its rows were sent");
            Message::Failed(error)
        }
    };
    send(sender, last).await;
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
        let failed = pieces(vec![rows(), Message::Failed(DeliveryError::Write("no more memory".to_owned()))]).await;
        assert!(matches!(failed[..], [Ok(_), Err(Broken::Failed(_))]));
    }
}
