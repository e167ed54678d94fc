//! Bodies that nobody reads to the end: of a request that was refused before.
//!
//! A server that answers and closes while the client still sends makes the client's system throw the answer
//! away with the connection. So what is left of a body is read and forgotten while the answer is on its
//! way, for a short time.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::Request;
use axum::http::header;
use axum::middleware::Next;
use axum::response::Response;
use http_body_util::BodyExt;
use hyper::body::{Frame, SizeHint};

/// For how long what is left is read.
const AT_MOST: Duration = Duration::from_secs(5);

/// Sees to it that every request's body is read, by its handler or by nobody.
pub(crate) async fn drained(request: Request, next: Next) -> Response {
    // A client that waits to be told to send has sent nothing that could be in the way.
    if request.headers().contains_key(header::EXPECT) {
        return next.run(request).await;
    }
    next.run(request.map(|body| Body::new(Drained(body)))).await
}

/// A body whose rest is read when it is dropped.
struct Drained(Body);

impl HttpBody for Drained {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.0).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.0.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.0.size_hint()
    }
}

impl Drop for Drained {
    fn drop(&mut self) {
        let mut rest = std::mem::take(&mut self.0);
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
        if rest.is_end_stream() {
            return;
        }
        runtime.spawn(tokio::time::timeout(AT_MOST, async move { while let Some(Ok(_)) = rest.frame().await {} }));
    }
}
