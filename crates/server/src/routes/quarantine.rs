//! The quarantine: records that were rejected. Listing them, downloading them, and adding those that an
//! importer has rejected itself. Replaying them is [`super::replay`]'s.

use std::collections::VecDeque;
use std::sync::Arc;

use axum::Json;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use futures::stream;
use rollcall_intake::{Framing, SourceOptions, format};
use rollcall_ledger::{QuarantinedRecord, Submission};
use rollcall_model::event::{MAX_BATCH_BYTES, MAX_BATCH_RECORDS, MAX_RECORD_BYTES};
use rollcall_model::{TenantId, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::app::App;
use crate::auth::Caller;
use crate::body::{RequestBody, off_async_threads};
use crate::idempotency::{Answered, IdempotencyKey, append};
use crate::intake::count_rejected;
use crate::parameters::{Parameters, PathPart, number, source_name};
use crate::problem::{Kind, Problem};

/// Records that are read from the ledger at once: at most 4 MiB.
const SLICE: i64 = 64;
/// Most records of one page.
const MAX_PAGE: i64 = 1_000;
/// Bytes of records after which a page is full, whatever its limit.
const MAX_PAGE_BYTES: usize = 4 * 1024 * 1024;

/// Parameters of `GET /quarantine`.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct PageParameters {
    /// `next_after` of the page before.
    #[param(value_type = Option<i64>)]
    after: Option<String>,
    /// Most records of the page, 1 to 1,000; 100 if left out.
    #[param(value_type = Option<i64>)]
    limit: Option<String>,
}

/// Parameters of `GET /quarantine/raw`.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct RawParameters {
    /// Whose records; those of all sources if left out.
    source: Option<String>,
}

/// A page of the quarantine, oldest first.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct QuarantinePage {
    records: Vec<QuarantineEntry>,
    /// `after` of the next page; missing after the last.
    next_after: Option<i64>,
}

/// A record in quarantine.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct QuarantineEntry {
    /// Its place in the quarantine; later ones have higher numbers.
    position: i64,
    /// When it came.
    #[schema(value_type = String, format = DateTime)]
    received_at: Timestamp,
    /// The source it came through.
    source: String,
    /// The format it was read as.
    format: String,
    /// The line it began on, counted from 1.
    line: i64,
    /// The field that is wrong, if it is one.
    field: Option<String>,
    /// What was expected, what came.
    reason: String,
    /// Its bytes as text; what is no UTF-8 is replaced.
    raw: String,
    /// Its bytes.
    raw_base64: String,
}

/// A record that an importer has rejected.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RejectedByImporter {
    /// Names the record: the same in every copy of the file, so that it is kept once.
    #[schema(value_type = String, format = "uuid")]
    record_id: Uuid,
    /// The format it was read as.
    format: String,
    /// The line it begins on, counted from 1.
    line: i64,
    /// The field that is wrong, if it is one.
    field: Option<String>,
    /// What was expected, what came.
    reason: String,
    /// Its bytes, at most 64 KiB.
    raw_base64: String,
}

/// What became of records that an importer has rejected.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct QuarantinedAnswer {
    /// How many records are in the quarantine now: those that were sent.
    quarantined: usize,
}

/// List records that were rejected, oldest first
///
/// At most 10,000 are kept; the oldest make room for the newest.
#[utoipa::path(get, path = "/quarantine", tag = "quarantine", params(PageParameters), responses((status = 200, description = "A page of them", body = QuarantinePage)))]
pub(crate) async fn get_quarantine(
    State(app): State<Arc<App>>,
    caller: Caller,
    Parameters(parameters): Parameters<PageParameters>,
) -> Result<Json<QuarantinePage>, Problem> {
    let after = number("after", parameters.after.as_deref(), 0, 0..=i64::MAX)?;
    let limit = number("limit", parameters.limit.as_deref(), 100, 1..=MAX_PAGE)?;
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let mut walk = Walk::new(app, caller.tenant().clone(), after, None);
    let (mut records, mut bytes) = (Vec::new(), 0);
    while records.len() < limit && bytes < MAX_PAGE_BYTES {
        let Some(record) = walk.next().await? else { break };
        bytes += record.record.raw.len();
        records.push(record);
    }
    let more = !records.is_empty() && walk.next().await?.is_some();
    let next_after = records.last().map(|record| record.position).filter(|_| more);
    off_async_threads(bytes < 64 * 1024, move || Ok(Json(QuarantinePage { records: records.into_iter().map(entry).collect(), next_after })))
        .await
}

fn entry(quarantined: QuarantinedRecord) -> QuarantineEntry {
    let QuarantinedRecord { position, received_at, record } = quarantined;
    QuarantineEntry {
        position,
        received_at,
        source: record.source,
        format: record.format,
        line: record.line,
        field: record.field,
        reason: record.reason,
        raw: String::from_utf8_lossy(&record.raw).into_owned(),
        raw_base64: STANDARD.encode(&record.raw),
    }
}

/// Download rejected records as they came
///
/// One a line, or one behind the other where the format is binary, so that they can be mended and sent again.
#[utoipa::path(
    get, path = "/quarantine/raw", tag = "quarantine", params(RawParameters),
    responses((status = 200, description = "The records", content((String = "text/plain"), (Vec<u8> = "application/octet-stream"))))
)]
pub(crate) async fn get_quarantine_raw(
    State(app): State<Arc<App>>,
    caller: Caller,
    Parameters(parameters): Parameters<RawParameters>,
) -> Result<Response, Problem> {
    let source = parameters.source.map(source_name).transpose()?;
    let mut walk = Walk::new(app, caller.tenant().clone(), 0, source);
    let first = walk.next().await?;
    let media_type = match &first {
        Some(record) if is_binary(&record.record.format) => "application/octet-stream",
        _ => "text/plain; charset=utf-8",
    };
    // An error in the middle breaks the connection: what came is not mistaken for all of it.
    let records = stream::try_unfold((first, walk), |(record, mut walk)| async move {
        let Some(record) = record else { return Ok::<_, Broken>(None) };
        let next = walk.next().await.map_err(|_| Broken)?;
        Ok(Some((raw(record), (next, walk))))
    });
    let disposition = HeaderValue::from_static("attachment; filename=\"quarantine\"");
    let headers = [(header::CONTENT_TYPE, HeaderValue::from_static(media_type)), (header::CONTENT_DISPOSITION, disposition)];
    Ok((headers, Body::from_stream(records)).into_response())
}

/// A download that can't go on. Why stands in the log.
#[derive(Debug, thiserror::Error)]
#[error("the records can't be read any further")]
struct Broken;

fn raw(quarantined: QuarantinedRecord) -> Bytes {
    let mut bytes = quarantined.record.raw;
    if !is_binary(&quarantined.record.format) {
        bytes.push(b'\n');
    }
    bytes.into()
}

/// Whether a format's records are told apart by their length, so that no line end may stand between them.
pub(super) fn is_binary(name: &str) -> bool {
    format(name).is_ok_and(|format| matches!(format.framing(&SourceOptions::new(Timestamp::default())), Framing::Fixed(_)))
}

/// Walks through the quarantine, a slice at a time.
pub(super) struct Walk {
    app: Arc<App>,
    tenant: TenantId,
    /// Whose records; all of them if nobody's in particular.
    source: Option<String>,
    after: i64,
    read: VecDeque<QuarantinedRecord>,
}

impl Walk {
    pub(super) fn new(app: Arc<App>, tenant: TenantId, after: i64, source: Option<String>) -> Self {
        Walk { app, tenant, source, after, read: VecDeque::new() }
    }

    /// The next record.
    pub(super) async fn next(&mut self) -> Result<Option<QuarantinedRecord>, Problem> {
        loop {
            while let Some(record) = self.read.pop_front() {
                if self.source.as_ref().is_none_or(|source| *source == record.record.source) {
                    return Ok(Some(record));
                }
            }
            self.read = self.app.ledger.quarantined(&self.tenant, self.after, SLICE).await?.into();
            let Some(last) = self.read.back() else { return Ok(None) };
            self.after = last.position;
        }
    }
}

/// Put records into the quarantine that an importer has rejected itself
///
/// For importers that decode files and send the events they find.
#[utoipa::path(
    post, path = "/sources/{name}/quarantine", tag = "quarantine",
    params(("name" = String, Path, description = "Name of the source"),
        ("Idempotency-Key" = Option<String>, Header, description = "Sent again with it, the request is answered as it was the first time; 1 to 255 visible ASCII characters")),
    request_body = Vec<RejectedByImporter>,
    responses((status = 200, description = "They are in the quarantine", body = QuarantinedAnswer, headers(("Idempotent-Replayed" = Option<bool>, description = "That the answer was given before"))))
)]
pub(crate) async fn post_quarantine(
    State(app): State<Arc<App>>,
    caller: Caller,
    PathPart(name): PathPart,
    IdempotencyKey(repeatable): IdempotencyKey,
    body: RequestBody,
) -> Result<Answered<QuarantinedAnswer>, Problem> {
    let source = source_name(name)?;
    let (records, identity) = body.repeatable_json::<Vec<RejectedByImporter>>(MAX_BATCH_BYTES, repeatable).await?;
    let records = records.unwrap_or_default();
    let quarantined = records.len();
    if quarantined > MAX_BATCH_RECORDS {
        let detail = format!("expected at most {MAX_BATCH_RECORDS} records; got {quarantined}");
        return Err(Problem::new(Kind::TooManyRecords, detail).limit(MAX_BATCH_RECORDS));
    }
    let decode = move || records.into_iter().enumerate().map(|(index, record)| rejected(&source, index, record)).collect();
    let rejected = off_async_threads(quarantined < 10, decode).await?;
    let submission = Submission { rejected, ..Submission::default() };
    let taken = append(&app, caller.tenant(), identity, submission, QuarantinedAnswer { quarantined }).await?;
    let is_repeated = taken.is_repeated();
    if !is_repeated {
        count_rejected(quarantined);
    }
    Ok(Answered { answer: taken.note, is_repeated })
}

fn rejected(source: &str, index: usize, record: RejectedByImporter) -> Result<rollcall_ledger::RejectedRecord, Problem> {
    let place = |member: &str| format!("[{index}].{member}");
    if let Err(unknown) = format(&record.format) {
        let names = rollcall_intake::formats().map(|(name, _)| name);
        return Err(Problem::new(Kind::InvalidBody, unknown.to_string()).field(place("format")).allowed(names));
    }
    let raw = STANDARD.decode(&record.raw_base64).ok().filter(|raw| raw.len() <= MAX_RECORD_BYTES);
    let wrong =
        || Problem::new(Kind::InvalidBody, format!("expected at most {MAX_RECORD_BYTES} bytes in base64")).field(place("raw_base64"));
    Ok(rollcall_ledger::RejectedRecord {
        record_id: record.record_id,
        source: source.to_owned(),
        format: record.format,
        line: record.line,
        field: record.field,
        reason: record.reason,
        raw: raw.ok_or_else(wrong)?,
    })
}
