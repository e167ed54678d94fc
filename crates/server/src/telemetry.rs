//! What the server tells about requests: one line in the log, metrics, and an id.
//!
//! Never told: bodies, keys, and what follows the `?` of an address. An address that is none of the API's
//! is not told either, since it can hold anything.

use std::net::IpAddr;
use std::pin::Pin;
use std::sync::OnceLock;
use std::task::{Context, Poll};
use std::time::Instant;

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::{MatchedPath, Request};
use axum::http::{HeaderName, HeaderValue, Method, header};
use axum::middleware::Next;
use axum::response::Response;
use hyper::body::{Frame, SizeHint};
use metrics::{Unit, describe_counter, describe_gauge, describe_histogram};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use tracing::Instrument;
use uuid::Uuid;

use crate::auth::KnownAs;
use crate::client_address::ClientAddress;

/// Bounds of all histograms, in seconds.
const BUCKETS_S: &[f64] = &[0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0];
/// Header with the id of a request, both ways.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// Longest id that is taken from a caller.
const MAX_ID_BYTES: usize = 128;

/// Collects metrics from now on. However often it is called, there is one collection in the process.
pub fn install_metrics() -> PrometheusHandle {
    static HANDLE: OnceLock<PrometheusHandle> = OnceLock::new();
    let install = || {
        let builder = PrometheusBuilder::new().set_buckets(BUCKETS_S).unwrap_or_else(|_| PrometheusBuilder::new());
        let recorder = builder.build_recorder();
        let handle = recorder.handle();
        if metrics::set_global_recorder(recorder).is_err() {
            tracing::warn!("another collector of metrics is installed already; /metrics stays empty");
        }
        describe();
        handle
    };
    HANDLE.get_or_init(install).clone()
}

fn describe() {
    describe_counter!("rollcall_http_requests_total", "Requests answered, by method, route and status");
    describe_histogram!("rollcall_http_request_seconds", Unit::Seconds, "Time until the head of an answer was ready");
    describe_gauge!("rollcall_http_requests_in_flight", "Requests whose answer is not sent yet");
    describe_counter!("rollcall_http_request_body_bytes_total", Unit::Bytes, "Bytes of request bodies, as they came");
    describe_counter!("rollcall_events_accepted_total", "Events accepted through the API");
    describe_counter!("rollcall_events_duplicate_total", "Events that came through the API and were there already");
    describe_counter!("rollcall_records_rejected_total", "Records that came through the API and were rejected");
    describe_gauge!("rollcall_ledger_next_seq", "The seq that the next event gets");
    describe_gauge!("rollcall_ledger_tail_events", "Events that are not in the lake yet");
    describe_gauge!("rollcall_ledger_poisoned", "1 if a commit has failed and no event is taken any more");
}

/// Gives a request its id, and tells of it once its answer is sent.
pub(crate) async fn observe(request: Request, next: Next) -> Response {
    let id = request_id(&request);
    let mut line = Line::begin(&request, &id);
    let span = tracing::info_span!("request", id = id.to_str().unwrap_or_default());
    let mut response = next.run(request).instrument(span).await;
    line.head(&response);
    response.headers_mut().insert(REQUEST_ID, id);
    response.map(|body| Body::new(Observed { body, line }))
}

/// The caller's id of a request if it is a sensible one, else a fresh one.
fn request_id(request: &Request) -> HeaderValue {
    let sensible = |value: &&HeaderValue| {
        let bytes = value.as_bytes();
        (1..=MAX_ID_BYTES).contains(&bytes.len()) && bytes.iter().all(|byte| byte.is_ascii_alphanumeric() || b"-_.:/+=".contains(byte))
    };
    let given = request.headers().get(REQUEST_ID).filter(sensible).cloned();
    given.unwrap_or_else(|| HeaderValue::try_from(Uuid::now_v7().to_string()).unwrap_or(HeaderValue::from_static("none")))
}

/// The line in the log about a request, written when it is dropped: at the end of the answer, or when the
/// connection breaks.
struct Line {
    id: HeaderValue,
    client: Option<IpAddr>,
    method: Method,
    route: String,
    announced_bytes: Option<u64>,
    started: Instant,
    status: u16,
    sent_bytes: u64,
    complete: bool,
    caller: Option<KnownAs>,
}

impl Line {
    fn begin(request: &Request, id: &HeaderValue) -> Self {
        metrics::gauge!("rollcall_http_requests_in_flight").increment(1.0);
        let announced = request.headers().get(header::CONTENT_LENGTH);
        Line {
            id: id.clone(),
            client: request.extensions().get::<ClientAddress>().and_then(|client| client.0),
            method: request.method().clone(),
            route: request.extensions().get::<MatchedPath>().map_or("none", MatchedPath::as_str).to_owned(),
            announced_bytes: announced.and_then(|value| value.to_str().ok()?.parse().ok()),
            started: Instant::now(),
            status: 0,
            sent_bytes: 0,
            complete: false,
            caller: None,
        }
    }

    /// Takes down what the head of the answer tells.
    fn head(&mut self, response: &Response) {
        self.status = response.status().as_u16();
        self.caller = response.extensions().get::<KnownAs>().cloned();
        let labels = [("method", self.method_label().to_owned()), ("route", self.route.clone())];
        metrics::histogram!("rollcall_http_request_seconds", &labels).record(self.started.elapsed().as_secs_f64());
    }

    /// Anybody can send any word as a method; only known ones become a label.
    fn method_label(&self) -> &'static str {
        match self.method.as_str() {
            "GET" => "GET",
            "HEAD" => "HEAD",
            "POST" => "POST",
            "PUT" => "PUT",
            "PATCH" => "PATCH",
            "DELETE" => "DELETE",
            "OPTIONS" => "OPTIONS",
            _ => "other",
        }
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        metrics::gauge!("rollcall_http_requests_in_flight").decrement(1.0);
        let labels = [("method", self.method_label().to_owned()), ("route", self.route.clone()), ("status", self.status.to_string())];
        metrics::counter!("rollcall_http_requests_total", &labels).increment(1);
        let caller = self.caller.as_ref();
        tracing::info!(
            id = self.id.to_str().unwrap_or_default(),
            client = self.client.map(tracing::field::display),
            method = self.method_label(),
            route = self.route,
            status = self.status,
            ms = (self.started.elapsed().as_secs_f64() * 1e6).round() / 1e3,
            bytes_in = self.announced_bytes,
            bytes_out = self.sent_bytes,
            complete = self.complete,
            key = caller.and_then(|caller| caller.key.as_deref()),
            name = caller.map(|caller| caller.name.as_str()),
            "answered"
        );
    }
}

/// An answer's body that is counted as it goes.
struct Observed {
    body: Body,
    line: Line,
}

impl HttpBody for Observed {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let polled = Pin::new(&mut self.body).poll_frame(context);
        match &polled {
            Poll::Ready(Some(Ok(frame))) => self.line.sent_bytes += frame.data_ref().map_or(0, |data| data.len() as u64),
            Poll::Ready(Some(Err(error))) => tracing::warn!(%error, id = self.line.id.to_str().unwrap_or_default(), "an answer broke off"),
            Poll::Ready(None) => self.line.complete = true,
            Poll::Pending => {}
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for Observed {
    fn drop(&mut self) {
        // A body of known length is not asked once more after its last byte.
        self.line.complete |= self.body.is_end_stream();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id_of(given: &str) -> HeaderValue {
        request_id(&Request::builder().header(REQUEST_ID, given).body(Body::empty()).unwrap())
    }

    #[test]
    fn a_sensible_id_is_kept_and_another_replaced() {
        assert_eq!(id_of("trace-4711"), "trace-4711");
        for other in ["", "two words", "<script>", &"x".repeat(MAX_ID_BYTES + 1)] {
            let id = id_of(other);
            assert!(Uuid::try_parse(id.to_str().unwrap()).is_ok(), "{id:?}");
        }
    }

    #[test]
    fn an_unknown_method_is_no_label_of_its_own() {
        let request = Request::builder().method("BREW").body(Body::empty()).unwrap();
        assert_eq!(Line::begin(&request, &HeaderValue::from_static("x")).method_label(), "other");
    }
}
