//! `POST /sources/{name}/records`: records of a source in its own format.

use std::sync::Arc;

use axum::extract::State;
use jiff::civil::Date;
use rollcall_intake::{DateBasis, Format, NativeIds, format, formats};
use rollcall_model::zone::Zone;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::app::App;
use crate::auth::Caller;
use crate::body::RequestBody;
use crate::idempotency::{Answered, IdempotencyKey};
use crate::intake::{IntakeAnswer, Reading, take};
use crate::parameters::{Parameters, PathPart, flag, shortened, source_name};
use crate::problem::{Document, Problem};

/// Parameters of `POST /sources/{name}/records`.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct RecordParameters {
    /// The format; if left out that of the source's configuration, else the one that is called like the source.
    format: Option<String>,
    /// Zone of times that bear none; if left out that of the source's configuration, else UTC, with a warning.
    time_zone: Option<String>,
    /// Date of the first record, for logs that bear the time of day alone; if left out, it is counted back from now.
    #[param(value_type = Option<String>, format = Date)]
    date: Option<String>,
    /// Take nothing if any record is rejected.
    #[param(value_type = Option<bool>)]
    all_or_nothing: Option<String>,
}

/// Send records of a source
///
/// The bytes of a file or stream in one of the formats that `GET /formats` lists. The same limits and the
/// same answer as for events. Sending the same records twice adds nothing: their ids are made of what they
/// say.
#[utoipa::path(
    post, path = "/sources/{name}/records", tag = "events",
    params(("name" = String, Path, description = "Name of the source"), RecordParameters,
        ("Idempotency-Key" = Option<String>, Header, description = "Sent again with it, the request is answered as it was the first time; 1 to 255 visible ASCII characters")),
    request_body(description = "Records. Content-Encoding may be gzip or zstd.", content((Vec<u8> = "application/octet-stream"))),
    responses(
        (status = 200, description = "What became of the records", body = IntakeAnswer, headers(("Idempotent-Replayed" = Option<bool>, description = "That the answer was given before"))),
        (status = 422, description = "Records were rejected, and all or nothing was asked for; or the Idempotency-Key was used for another request", body = Document, content_type = "application/problem+json"),
        (status = 429, description = "Too much is going on; try again after the seconds of Retry-After", body = Document, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn post_records(
    State(app): State<Arc<App>>,
    caller: Caller,
    PathPart(name): PathPart,
    Parameters(parameters): Parameters<RecordParameters>,
    IdempotencyKey(repeatable): IdempotencyKey,
    body: RequestBody,
) -> Result<Answered<IntakeAnswer>, Problem> {
    let source = source_name(name)?;
    let format = format_of(&app, &source, parameters.format)?;
    let mut reading = Reading::new(&app, source, format, NativeIds::FromContent);
    reading.repeatable = repeatable;
    reading.all_or_nothing = flag("all_or_nothing", parameters.all_or_nothing.as_deref())?;
    if let Some(zone) = parameters.time_zone {
        reading.options.time_zone = Some(Zone::new(&zone).map_err(|error| Problem::parameter("time_zone", error.to_string()))?);
    }
    if let Some(date) = parameters.date {
        reading.options.date_basis = Some(DateBasis::Given(parse_date(&date)?));
    }
    take(&app, caller.tenant(), body, reading).await
}

/// The format that was asked for, else the configured one, else the one that is called like the source.
fn format_of(app: &App, source: &str, asked: Option<String>) -> Result<&'static dyn Format, Problem> {
    let configured = || app.sources.get(source)?.format.clone();
    let name = asked.or_else(configured);
    let found = format(name.as_deref().unwrap_or(source));
    found.map_err(|unknown| {
        let detail = match name {
            Some(_) => unknown.to_string(),
            None => format!("the source {source:?} is not configured and not the name of a format, so the parameter format is needed"),
        };
        Problem::parameter("format", detail).allowed(formats().map(|(name, _)| name))
    })
}

fn parse_date(text: &str) -> Result<Date, Problem> {
    text.parse().map_err(|_| Problem::parameter("date", format!("expected a date such as 2026-04-15; got {:?}", shortened(text))))
}
