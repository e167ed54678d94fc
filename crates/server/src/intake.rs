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
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::app::App;
use crate::body::{RequestBody, off_async_threads};
use crate::idempotency::{Answered, Identity, Repeatable, append};
use crate::problem::{Kind, Problem};

/// Bytes of a usual record.
const USUAL_RECORD_BYTES: usize = 400;
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
    /// That the request may come again.
    pub(crate) repeatable: Option<Repeatable>,
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
        Reading { source, format, options, all_or_nothing: false, repeatable: None }
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
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
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

impl RejectedRecord {
    /// A record that is wrong in a field, or as a whole where that is empty.
    pub(crate) fn new(index: u64, line: u64, field: &str, reason: String) -> Self {
        RejectedRecord { index, line, field: Some(field.to_owned()).filter(|field| !field.is_empty()), reason }
    }

    /// On one line, for people.
    pub(crate) fn told(&self) -> String {
        let place = if self.line > 0 { format!("line {}", self.line) } else { format!("record {}", self.index + 1) };
        let column = self.field.as_ref().map(|field| format!(", column {field}")).unwrap_or_default();
        format!("{place}{column}: {}", self.reason)
    }
}

/// Records of a request, decoded.
#[derive(Default)]
struct Decoded {
    events: Vec<Event>,
    origins: Origins,
    rejected: Vec<rollcall_intake::RejectedRecord>,
    summary: Summary,
    identity: Option<Identity>,
}

/// What an answer says besides the ledger's receipt. It is kept with that for a request that may come again.
#[derive(Debug, Serialize, Deserialize)]
struct Findings {
    origins: Origins,
    rejected: Vec<RejectedRecord>,
    rejected_total: usize,
    skipped: u64,
    warnings: Vec<String>,
}

/// Which record each event came from. Mostly that is the next one, so only where it is not stands here: the
/// event's place, and its record.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Origins(Vec<(usize, u64)>);

impl Origins {
    fn push(&mut self, event: usize, record: u64) {
        if self.0.is_empty() || self.of(event) != record {
            self.0.push((event, record));
        }
    }

    fn of(&self, event: usize) -> u64 {
        let runs = self.0.partition_point(|(begin, _)| *begin <= event);
        let run = runs.checked_sub(1).and_then(|run| self.0.get(run));
        run.map_or(0, |(begin, record)| record + (event - begin) as u64)
    }
}

/// Takes the records of a body into the ledger.
pub(crate) async fn take(
    app: &Arc<App>,
    tenant: &TenantId,
    body: RequestBody,
    reading: Reading,
) -> Result<Answered<IntakeAnswer>, Problem> {
    let (source, format, all_or_nothing) = (reading.source.clone(), reading.format.name(), reading.all_or_nothing);
    // Decoded, a request takes several times its room: it waits for the archiver as it came.
    app.ledger.ready(tenant).await?;
    let Decoded { events, origins, rejected, summary, identity } = decode_in_turn(app, body, reading).await?;
    let findings = Findings {
        origins,
        rejected_total: rejected.len(),
        rejected: rejected.iter().take(MAX_NAMED).map(named).collect(),
        skipped: summary.skipped,
        warnings: summary.warnings.iter().map(ToString::to_string).collect(),
    };
    if all_or_nothing && !rejected.is_empty() {
        count_rejected(rejected.len());
        let detail = format!("records rejected: {}; all_or_nothing was asked for, so mend them and send all again", rejected.len());
        return Err(Problem::new(Kind::RecordsRejected, detail).rejected(findings.rejected, rejected.len()));
    }
    let rejected = rejected.into_iter().map(|record| quarantined(&source, format, record)).collect();
    let directory = app.directory(tenant).await?;
    let submission = Submission { events, rejected, directory, ..Submission::default() };
    let taken = append(app, tenant, identity, submission, findings).await?;
    let is_repeated = taken.is_repeated();
    if !is_repeated {
        count_rejected(taken.note.rejected_total);
        count(&taken.receipt);
    }
    Ok(Answered { answer: IntakeAnswer::of(&taken.receipt, taken.note), is_repeated })
}

impl IntakeAnswer {
    fn of(receipt: &Receipt, findings: Findings) -> Self {
        IntakeAnswer {
            accepted: receipt.accepted,
            duplicates: receipt.duplicates,
            conflicts_total: receipt.conflicts.len(),
            conflicts: conflicting(receipt, &findings.origins),
            rejected: findings.rejected,
            rejected_total: findings.rejected_total,
            skipped: findings.skipped,
            warnings: findings.warnings,
        }
    }
}

/// Counts what the ledger took.
pub(crate) fn count(receipt: &Receipt) {
    metrics::counter!("rollcall_events_accepted_total").increment(receipt.accepted);
    metrics::counter!("rollcall_events_duplicate_total").increment(receipt.duplicates);
}

/// Counts records that were rejected.
pub(crate) fn count_rejected(records: usize) {
    metrics::counter!("rollcall_records_rejected_total").increment(records as u64);
}

fn conflicting(receipt: &Receipt, origins: &Origins) -> Vec<ConflictingEvent> {
    let conflict = |conflict: &rollcall_ledger::Conflict| ConflictingEvent {
        index: origins.of(conflict.index),
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
    let Reading { format, mut options, mut repeatable, .. } = reading;
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
    // Room at once for as many records as usually come: a vector that grows is copied each time.
    decoded.events.reserve((body.bytes() / USUAL_RECORD_BYTES).min(MAX_BATCH_RECORDS));
    body.walk(|piece| {
        decoder.push(piece, &mut items);
        if let Some(repeatable) = &mut repeatable {
            repeatable.read(piece);
        }
        decoded.add(&mut items)?;
        Ok(ControlFlow::Continue(()))
    })?;
    decoder.finish(&mut items);
    decoded.add(&mut items)?;
    decoded.summary = decoder.summary();
    decoded.identity = repeatable.map(Repeatable::identity);
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
                    self.origins.push(self.events.len(), position.record.saturating_sub(1));
                    self.events.push(event);
                }
                Item::Rejected(record) => self.rejected.push(record),
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_event_is_found_in_its_record() {
        let records = [0, 1, 2, 5, 5, 5, 6, 9, 10, 12];
        let mut origins = Origins::default();
        for (event, record) in records.into_iter().enumerate() {
            origins.push(event, record);
        }
        let found: Vec<u64> = (0..records.len()).map(|event| origins.of(event)).collect();
        assert_eq!(found, records);
        assert_eq!(origins.0, [(0, 0), (3, 5), (4, 5), (5, 5), (7, 9), (9, 12)]);
    }
}
