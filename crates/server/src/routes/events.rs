//! `POST /events`: native events.

use std::sync::Arc;

use axum::extract::State;
use rollcall_intake::{NativeIds, format};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::app::App;
use crate::auth::Caller;
use crate::body::RequestBody;
use crate::idempotency::{Answered, IdempotencyKey};
use crate::intake::{IntakeAnswer, Reading, take};
use crate::parameters::{Parameters, flag, source_name};
use crate::problem::{Document, Problem};

/// Name of the native format, and of the source of events that name none.
const NATIVE: &str = "native";
/// Media types that hold JSON. Whether it is one object, an array or one object a line is seen from the bytes.
const JSON: &[&str] =
    &["application/json", "application/x-ndjson", "application/ndjson", "application/jsonl", "application/octet-stream", "text/plain"];

/// Parameters of `POST /events`.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct EventParameters {
    /// The source of events that name none; `native` if left out.
    source: Option<String>,
    /// Take nothing if any record is rejected.
    #[param(value_type = Option<bool>)]
    all_or_nothing: Option<String>,
}

/// Send events
///
/// An event is an object whose members are the columns of an event: one object, an array, or one a line.
/// At most 16 MiB decompressed, 100,000 events, 64 KiB each. What is answered with 200 is durable. An
/// event without `event_id` gets a random one, so that a retry of the request would take it twice: give
/// each event an id, or the request an `Idempotency-Key`.
#[utoipa::path(
    post, path = "/events", tag = "events", 
    params(EventParameters, ("Idempotency-Key" = Option<String>, Header, description = "Sent again with it, the request is answered as it was the first time; 1 to 255 visible ASCII characters")),
    request_body(description = "Events. Content-Encoding may be gzip or zstd.", content((Vec<serde_json::Value> = "application/json"), (String = "application/x-ndjson"))),
    responses(
        (status = 200, description = "What became of the events", body = IntakeAnswer, headers(("Idempotent-Replayed" = Option<bool>, description = "That the answer was given before"))),
        (status = 422, description = "Records were rejected, and all or nothing was asked for; or the Idempotency-Key was used for another request", body = Document, content_type = "application/problem+json"),
        (status = 429, description = "Too much is going on; try again after the seconds of Retry-After", body = Document, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn post_events(
    State(app): State<Arc<App>>,
    caller: Caller,
    Parameters(parameters): Parameters<EventParameters>,
    IdempotencyKey(repeatable): IdempotencyKey,
    body: RequestBody,
) -> Result<Answered<IntakeAnswer>, Problem> {
    body.require_media_type(JSON)?;
    let source = source_name(parameters.source.unwrap_or_else(|| NATIVE.to_owned()))?;
    let native = format(NATIVE).map_err(|error| Problem::internal("finding the native format", &error))?;
    let all_or_nothing = flag("all_or_nothing", parameters.all_or_nothing.as_deref())?;
    let reading = Reading { all_or_nothing, repeatable, ..Reading::new(&app, source, native, NativeIds::Random) };
    take(&app, caller.tenant(), body, reading).await
}
