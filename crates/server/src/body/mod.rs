//! Bodies of requests: read whole, under limits of size, time and memory.
//!
//! What comes is first gathered as it is, then walked through in pieces, decompressed on the way and never
//! held decompressed as a whole. Walking takes processor time, so it belongs off the async threads.

mod drain;
mod encoding;
mod room;

use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, header};
use http_body_util::BodyExt;
use rollcall_model::event::MAX_BATCH_BYTES;
use serde::de::DeserializeOwned;

use crate::app::App;
use crate::idempotency::{Identity, Repeatable};
use crate::problem::{Kind, Problem};
pub(crate) use drain::drained;
use encoding::Encoding;
use room::Reservation;
pub(crate) use room::Room;

/// A body of which nothing comes for this long is given up.
const IDLE: Duration = Duration::from_secs(30);
/// Up to this size, decoding takes less time than moving it to another thread would be worth.
const SMALL_BYTES: usize = 16 * 1024;

/// What a request must hold.
pub(crate) fn required<T>(body: Option<T>) -> Result<T, Problem> {
    body.ok_or_else(|| Problem::new(Kind::InvalidBody, "expected a JSON object; got an empty body"))
}

/// The body of a request, as it came.
#[derive(Debug)]
pub(crate) struct RequestBody {
    pieces: Vec<Bytes>,
    bytes: usize,
    encoding: Encoding,
    /// Its media type, without parameters, in lower case.
    media_type: Option<String>,
    /// Room for what it takes in memory.
    room: Reservation,
}

impl FromRequest<Arc<App>> for RequestBody {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &Arc<App>) -> Result<Self, Problem> {
        let (parts, body) = request.into_parts();
        let mut received = RequestBody {
            pieces: Vec::new(),
            bytes: 0,
            encoding: Encoding::of(&parts.headers)?,
            media_type: media_type(&parts.headers),
            room: app.room.reserve(),
        };
        // What is announced to be too large need not come first.
        let announced = parts.headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse().ok());
        check_size(announced.unwrap_or(0))?;
        received.receive(body).await?;
        metrics::counter!("rollcall_http_request_body_bytes_total").increment(received.bytes as u64);
        Ok(received)
    }
}

fn media_type(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
    Some(value.split(';').next()?.trim().to_ascii_lowercase()).filter(|media_type| !media_type.is_empty())
}

fn check_size(bytes: usize) -> Result<(), Problem> {
    if bytes <= MAX_BATCH_BYTES {
        return Ok(());
    }
    let detail = format!("expected at most {MAX_BATCH_BYTES} bytes, as they come and decompressed; send smaller batches");
    Err(Problem::new(Kind::TooLarge, detail).limit(MAX_BATCH_BYTES))
}

impl RequestBody {
    async fn receive(&mut self, mut body: Body) -> Result<(), Problem> {
        loop {
            let frame = match tokio::time::timeout(IDLE, body.frame()).await {
                Ok(None) => return Ok(()),
                Ok(Some(Ok(frame))) => frame,
                Ok(Some(Err(error))) => return Err(Problem::new(Kind::MalformedBody, format!("the body ended early: {error}"))),
                Err(_) => {
                    let detail = format!("nothing of the body came for {} s; send it again", IDLE.as_secs());
                    return Err(Problem::new(Kind::BodyTimeout, detail));
                }
            };
            let Ok(piece) = frame.into_data() else { continue };
            self.bytes += piece.len();
            check_size(self.bytes)?;
            self.room.grow_to(self.bytes)?;
            self.pieces.push(piece);
        }
    }

    /// Refuses a body of another media type. One that bears none is read as what it should be.
    pub(crate) fn require_media_type(&self, expected: &[&str]) -> Result<(), Problem> {
        let Some(media_type) = self.media_type.as_deref().filter(|media_type| !expected.contains(media_type)) else { return Ok(()) };
        let hint =
            if media_type == "application/x-www-form-urlencoded" { "; curl says so unless it is given -H 'content-type: …'" } else { "" };
        let detail = format!("expected a body of type {}; got {media_type}{hint}", expected.join(", "));
        Err(Problem::new(Kind::UnsupportedMediaType, detail).allowed(expected.iter().copied()))
    }

    /// Whether its sender says that it is of a media type.
    pub(crate) fn is(&self, media_type: &str) -> bool {
        self.media_type.as_deref() == Some(media_type)
    }

    /// How many bytes came.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Whether it is read in so short a time that it may be done on an async thread.
    pub(crate) fn is_small(&self) -> bool {
        self.bytes <= SMALL_BYTES && self.encoding == Encoding::Identity
    }

    /// Hands the decompressed bytes to `sink`, piece by piece, until it breaks off.
    pub(crate) fn walk(&mut self, mut sink: impl FnMut(&[u8]) -> Result<ControlFlow<()>, Problem>) -> Result<(), Problem> {
        if self.encoding == Encoding::Identity {
            for piece in &self.pieces {
                if sink(piece)?.is_break() {
                    break;
                }
            }
            return Ok(());
        }
        let (compressed, room) = (self.bytes, &mut self.room);
        let mut decompressed = 0;
        self.encoding.walk(&self.pieces, |piece| {
            decompressed += piece.len();
            check_size(decompressed)?;
            room.grow_to(compressed + decompressed)?;
            sink(piece)
        })
    }

    /// Reads all of it, of at most `limit` bytes, and makes something of it on a thread for that.
    pub(crate) async fn whole<T: Send + 'static>(
        mut self,
        limit: usize,
        read: impl FnOnce(&[u8]) -> Result<T, Problem> + Send + 'static,
    ) -> Result<T, Problem> {
        off_async_threads(self.is_small(), move || read(&self.gather(limit, |_| {})?)).await
    }

    /// All of its bytes, each piece shown to `seen` on the way.
    fn gather(&mut self, limit: usize, mut seen: impl FnMut(&[u8])) -> Result<Vec<u8>, Problem> {
        let mut bytes = Vec::with_capacity(self.bytes);
        self.walk(|piece| {
            bytes.extend_from_slice(piece);
            seen(piece);
            if bytes.len() > limit {
                return Err(Problem::new(Kind::TooLarge, format!("expected at most {limit} bytes here")).limit(limit));
            }
            Ok(ControlFlow::Continue(()))
        })?;
        Ok(bytes)
    }

    /// Reads it as JSON of at most `limit` bytes; an empty one is `None`.
    pub(crate) async fn json<T: DeserializeOwned + Send + 'static>(self, limit: usize) -> Result<Option<T>, Problem> {
        Ok(self.repeatable_json(limit, None).await?.0)
    }

    /// The same of a request that may come again, and which one it is.
    pub(crate) async fn repeatable_json<T: DeserializeOwned + Send + 'static>(
        mut self,
        limit: usize,
        mut repeatable: Option<Repeatable>,
    ) -> Result<(Option<T>, Option<Identity>), Problem> {
        self.require_media_type(&["application/json"])?;
        off_async_threads(self.is_small(), move || {
            let text = self.gather(limit, |piece| {
                if let Some(repeatable) = &mut repeatable {
                    repeatable.read(piece);
                }
            })?;
            let is_empty = text.iter().all(u8::is_ascii_whitespace);
            let value = if is_empty { None } else { Some(serde_json::from_slice(&text).map_err(|error| json_problem(&error))?) };
            Ok((value, repeatable.map(Repeatable::identity)))
        })
        .await
    }
}

fn json_problem(error: &serde_json::Error) -> Problem {
    let kind = if error.is_data() { Kind::InvalidBody } else { Kind::MalformedBody };
    Problem::new(kind, format!("reading the body as JSON: {error}"))
}

/// Runs work that holds its thread: here if it is short, else on a thread that is made for it.
pub(crate) async fn off_async_threads<T: Send + 'static>(
    short: bool,
    work: impl FnOnce() -> Result<T, Problem> + Send + 'static,
) -> Result<T, Problem> {
    if short {
        return work();
    }
    // The log line of a failure bears the request's id there too.
    let span = tracing::Span::current();
    let done = tokio::task::spawn_blocking(move || span.in_scope(work)).await;
    done.map_err(|error| Problem::internal("working in the background", &error))?
}
