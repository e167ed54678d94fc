//! Taking records in: from the body of a request to the answer about what became of it.
//!
//! What a record means is the intake floor's business, what is in the ledger already the ledger's. Here
//! both are brought together: records are decoded off the async threads, handed in as one submission, and
//! answered by their index in the request.

use std::ops::ControlFlow;
use std::sync::Arc;

use rollcall_intake::{Decoder, Format, Item, NativeIds, Prescan, SourceOptions, Summary, needs_prescan};
use rollcall_ledger::{Receipt, Submission};
use rollcall_model::event::MAX_BATCH_RECORDS;
use rollcall_model::{Event, TenantId, Timestamp};
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::App;
use crate::body::{RequestBody, off_async_threads};
use crate::problem::{Kind, Problem};

/// Most records that an answer names one by one.
const MAX_NAMED: usize = 1_000;

/// The moment that it is now.
pub(crate) fn now() -> Timestamp {
    jiff::Timestamp::now().into()
}

/// How the records of a request are read.
pub(crate) struct Reading {
    pub(crate) source: String,
    pub(crate) format: &'static dyn Format,
    pub(crate) options: SourceOptions,
    /// Take nothing if anything is rejected.
    pub(crate) all_or_nothing: bool,
}

impl Reading {
    /// Records of a source, read as that source is configured.
    pub(crate) fn new(app: &App, source: String, format: &'static dyn Format, native_ids: NativeIds) -> Self {
        let settings = app.sources.get(&source);
        let options = SourceOptions {
            source: Some(source.clone()),
            max_future_micros: app.max_future_micros,
            time_zone: settings.map(|settings| settings.time_zone.clone()),
            csv: settings.map(|settings| settings.csv.clone()).unwrap_or_default(),
            native_ids,
            ..SourceOptions::new(now())
        };
        Reading { source, format, options, all_or_nothing: false }
    }
}

/// What became of a batch.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct IntakeAnswer {
    /// Events that are in the ledger now, durable.
    accepted: u64,
    /// Events that were there already.
    duplicates: u64,
    /// Events whose id and time were there already with other content: the first stays. The first 1,000.
    conflicts: Vec<ConflictingEvent>,
    /// How many those are.
    conflicts_total: usize,
    /// Records that were rejected, and are in the quarantine now. The first 1,000.
    rejected: Vec<RejectedRecord>,
    /// How many those are.
    rejected_total: usize,
    /// Records of the source that are no events.
    skipped: u64,
    /// What is not wrong by itself, and worth knowing.
    warnings: Vec<String>,
}

/// An event that is in the ledger with other content.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ConflictingEvent {
    /// Which record of the request it came from, counted from 0.
    index: u64,
    /// Its id.
    #[schema(value_type = String, format = "uuid")]
    event_id: uuid::Uuid,
    /// Its time.
    #[schema(value_type = String, format = DateTime)]
    event_time: Timestamp,
}

/// A record that was rejected.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct RejectedRecord {
    /// Which record of the request it is, counted from 0.
    index: u64,
    /// The line it begins on, counted from 1.
    line: u64,
    /// The field that is wrong, if it is one.
    field: Option<String>,
    /// What was expected, what came.
    reason: String,
}

/// Records of a request, decoded.
#[derive(Default)]
struct Decoded {
    events: Vec<Event>,
    /// Which record each event came from.
    indexes: Vec<u64>,
    rejected: Vec<rollcall_intake::RejectedRecord>,
    summary: Summary,
}

/// Takes the records of a body into the ledger.
pub(crate) async fn take(app: &Arc<App>, tenant: &TenantId, body: RequestBody, reading: Reading) -> Result<IntakeAnswer, Problem> {
    let (source, format, all_or_nothing) = (reading.source.clone(), reading.format.name(), reading.all_or_nothing);
    let decoded = decode_in_turn(app, body, reading).await?;
    let rejected_total = decoded.rejected.len();
    metrics::counter!("rollcall_records_rejected_total").increment(rejected_total as u64);
    let named = decoded.rejected.iter().take(MAX_NAMED).map(named).collect();
    if all_or_nothing && rejected_total > 0 {
        let detail = format!("records rejected: {rejected_total}; all_or_nothing was asked for, so mend them and send all again");
        return Err(Problem::new(Kind::RecordsRejected, detail).rejected(named, rejected_total));
    }
    let rejected = decoded.rejected.into_iter().map(|record| quarantined(&source, format, record)).collect();
    let receipt = app.ledger.append(tenant, Submission { events: decoded.events, rejected, idempotency: None }).await?;
    count(&receipt);
    Ok(IntakeAnswer {
        accepted: receipt.accepted,
        duplicates: receipt.duplicates,
        conflicts_total: receipt.conflicts.len(),
        conflicts: conflicting(&receipt, &decoded.indexes),
        rejected: named,
        rejected_total,
        skipped: decoded.summary.skipped,
        warnings: decoded.summary.warnings.iter().map(ToString::to_string).collect(),
    })
}

/// Counts what the ledger took.
pub(crate) fn count(receipt: &Receipt) {
    metrics::counter!("rollcall_events_accepted_total").increment(receipt.accepted);
    metrics::counter!("rollcall_events_duplicate_total").increment(receipt.duplicates);
}

fn conflicting(receipt: &Receipt, indexes: &[u64]) -> Vec<ConflictingEvent> {
    let conflict = |conflict: &rollcall_ledger::Conflict| ConflictingEvent {
        index: indexes.get(conflict.index).copied().unwrap_or_default(),
        event_id: conflict.event_id,
        event_time: conflict.event_time,
    };
    receipt.conflicts.iter().take(MAX_NAMED).map(conflict).collect()
}

fn named(record: &rollcall_intake::RejectedRecord) -> RejectedRecord {
    RejectedRecord {
        index: record.position.record.saturating_sub(1),
        line: record.position.line,
        field: record.field.clone(),
        reason: record.reason.clone(),
    }
}

fn quarantined(source: &str, format: &str, record: rollcall_intake::RejectedRecord) -> rollcall_ledger::RejectedRecord {
    rollcall_ledger::RejectedRecord {
        record_id: record.record_id,
        source: source.to_owned(),
        format: format.to_owned(),
        line: i64::try_from(record.position.line).unwrap_or(i64::MAX),
        field: record.field,
        reason: record.reason,
        raw: record.raw,
    }
}

/// Decodes on a thread made for it when it is this request's turn. The body's room is free again afterwards.
async fn decode_in_turn(app: &Arc<App>, mut body: RequestBody, reading: Reading) -> Result<Decoded, Problem> {
    if body.is_small() {
        return decode(&mut body, reading);
    }
    let _turn = app.decoding.acquire().await.map_err(|error| Problem::internal("waiting for a turn to decode", &error))?;
    off_async_threads(false, move || decode(&mut body, reading)).await
}

fn decode(body: &mut RequestBody, reading: Reading) -> Result<Decoded, Problem> {
    let Reading { format, mut options, .. } = reading;
    if needs_prescan(format, &options) {
        // As much as is known of when a log was written last: it came now.
        let mut prescan = Prescan::new(format, &options, options.now);
        body.walk(|piece| {
            prescan.push(piece);
            Ok(if prescan.wants_more() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) })
        })?;
        options.date_basis = prescan.finish();
    }
    let mut decoder = Decoder::new(format, options);
    let (mut items, mut decoded) = (Vec::new(), Decoded::default());
    body.walk(|piece| {
        decoder.push(piece, &mut items);
        decoded.add(&mut items)?;
        Ok(ControlFlow::Continue(()))
    })?;
    decoder.finish(&mut items);
    decoded.add(&mut items)?;
    decoded.summary = decoder.summary();
    Ok(decoded)
}

impl Decoded {
    fn add(&mut self, items: &mut Vec<Item>) -> Result<(), Problem> {
        let records = self.events.len() + self.rejected.len() + items.len();
        if records > MAX_BATCH_RECORDS {
            let detail = format!("expected at most {MAX_BATCH_RECORDS} records in one request; send smaller batches");
            return Err(Problem::new(Kind::TooManyRecords, detail).limit(MAX_BATCH_RECORDS));
        }
        for item in items.drain(..) {
            match item {
                Item::Event { position, event } => {
                    self.events.push(event);
                    self.indexes.push(position.record.saturating_sub(1));
                }
                Item::Rejected(record) => self.rejected.push(record),
            }
        }
        Ok(())
    }
}
