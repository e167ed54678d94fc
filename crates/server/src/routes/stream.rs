//! All rows of a report as a stream.
//!
//! A thread of its own runs the query and writes the rows, and waits when the caller takes them slowly: at
//! most a few pieces lie in between. The answer begins when the first piece is there, so that a report
//! that fails at once is a problem like others. One that fails later, or whose thread ends without saying
//! that it was all, breaks the connection: no cut-off file looks like a whole one.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use futures::StreamExt;
use rollcall_reports::rows::Tell;
use rollcall_reports::{Definition, RowStream};
use tokio::sync::OwnedSemaphorePermit;
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tracing::Instrument;

use crate::app::App;
use crate::auth::Caller;
use crate::intake::now;
use crate::problem::Problem;

/// Rows that are written at once.
const ROWS: usize = 128;
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

/// Answers with all rows, or all after a cursor.
pub(super) async fn answer(
    app: &Arc<App>,
    caller: &Caller,
    definition: Definition,
    cursor: Option<String>,
    as_csv: bool,
    turn: OwnedSemaphorePermit,
) -> Result<Response, Problem> {
    let rows = app.reports.stream(&app.asking(caller).await?, &definition, cursor.as_deref(), now()).await?;
    streamed(app, rows, definition.report.name(), as_csv, turn).await
}

/// Answers with what a stream tells, as a file of that name.
pub(super) async fn streamed<W: Tell + Clone + Send + Sync + 'static>(
    app: &App,
    rows: RowStream<W>,
    name: &str,
    as_csv: bool,
    turn: OwnedSemaphorePermit,
) -> Result<Response, Problem> {
    let (sender, mut receiver) = channel(PIECES);
    let telling = async move {
        let _turn = turn;
        write(rows, as_csv, sender).await;
    };
    // Told where they are queried: not on the threads that answer requests.
    app.reports.threads().spawn(telling.instrument(tracing::Span::current()));
    let first = match receiver.recv().await {
        Some(Message::Failed(error)) => return Err(error.into()),
        None => return Err(Problem::internal("writing a report", &Broken::Lost)),
        first => first,
    };
    let pieces = futures::stream::try_unfold((first, receiver), next_piece);
    let media_type = if as_csv { "text/csv; charset=utf-8; header=present" } else { "application/x-ndjson" };
    let mut response = ([(header::CONTENT_TYPE, media_type)], Body::from_stream(pieces)).into_response();
    if as_csv {
        let name = format!("attachment; filename=\"{name}.csv\"");
        let name = HeaderValue::try_from(name).unwrap_or(HeaderValue::from_static("attachment"));
        response.headers_mut().insert(header::CONTENT_DISPOSITION, name);
    }
    Ok(response)
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

/// Sends all rows, and how it ended.
async fn write<W: Tell + Clone + Send + Sync>(rows: RowStream<W>, as_csv: bool, sender: Sender<Message>) {
    let last = match write_rows(rows, as_csv, &sender).await {
        Ok(Some(())) => Message::End,
        // Nobody listens any more.
        Ok(None) => return,
        Err(error) => {
            tracing::error!(%error, "a report failed while its rows were sent");
            Message::Failed(error)
        }
    };
    send(&sender, last).await;
}

/// Sends the rows; `None` if nobody takes them.
async fn write_rows<W: Tell + Clone + Send + Sync>(
    rows: RowStream<W>,
    as_csv: bool,
    sender: &Sender<Message>,
) -> Result<Option<()>, rollcall_reports::Error> {
    let writer = rows.writer.clone();
    let mut piece = Vec::with_capacity(2 * PIECE);
    if as_csv {
        writer.csv_header(&mut piece)?;
    }
    let mut batches = std::pin::pin!(rows.batches());
    while let Some(batch) = batches.next().await {
        let batch = batch?;
        for begin in (0..batch.num_rows()).step_by(ROWS) {
            let part = batch.slice(begin, ROWS.min(batch.num_rows() - begin));
            if as_csv {
                writer.csv(&part, &mut piece)?
            } else {
                writer.ndjson(&part, &mut piece)?
            }
            if piece.len() >= PIECE {
                let full = std::mem::replace(&mut piece, Vec::with_capacity(2 * PIECE));
                if send(sender, Message::Piece(full.into())).await.is_none() {
                    return Ok(None);
                }
            }
        }
    }
    if !piece.is_empty() && send(sender, Message::Piece(piece.into())).await.is_none() {
        return Ok(None);
    }
    Ok(Some(()))
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
