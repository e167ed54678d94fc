//! `POST /quarantine/replay`: decoding quarantined records once more, after a fix.
//!
//! What is accepted, or no event by now, leaves the quarantine; what is rejected still, stays with its
//! first reason. Events are durable before their records leave, and their ids are made of what they say,
//! so a replay that is broken off is simply repeated.
//!
//! The ledger takes a replay in several steps. Under an Idempotency-Key each of them is remembered, with
//! which records it took and where the next one begins: a repeated replay goes the same steps, and on from
//! where the first was broken off.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use axum::extract::State;
use rollcall_intake::{Decoder, Item, NativeIds, format};
use rollcall_ledger::{QuarantinedRecord, Submission};
use rollcall_model::Event;
use rollcall_model::event::MAX_RECORD_BYTES;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::app::App;
use crate::auth::Caller;
use crate::body::{RequestBody, off_async_threads};
use crate::idempotency::{Answered, IdempotencyKey, Identity, append};
use crate::intake::{Reading, count};
use crate::problem::Problem;
use crate::routes::quarantine::{Walk, is_binary};

/// Most records that are decoded and appended together.
const AT_ONCE: usize = 256;
/// Largest request, in bytes: every position there can be.
const MAX_REQUEST_BYTES: usize = 256 * 1024;

/// Which records to replay: all that fit both.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct ReplayRequest {
    /// Those of a source; of all if left out.
    source: Option<String>,
    /// Those at these positions; at all if left out.
    positions: Option<BTreeSet<i64>>,
}

/// What became of them.
#[derive(Debug, Default, Serialize, ToSchema)]
pub(crate) struct ReplayAnswer {
    /// Records that were decoded again.
    replayed: usize,
    /// Events that are in the ledger now.
    accepted: u64,
    /// Events that were there already.
    duplicates: u64,
    /// Records that stay in the quarantine.
    still_rejected: usize,
}

/// Decode quarantined records once more
///
/// A row of CSV can't be read without its headers, nor a log line without its date: import their file again.
#[utoipa::path(
    post, path = "/quarantine/replay", tag = "quarantine",
    params(("Idempotency-Key" = Option<String>, Header, description = "Sent again with it, the request is answered as it was the first time; 1 to 255 visible ASCII characters")),
    request_body(content = ReplayRequest, description = "Which records; all of them if empty"),
    responses((status = 200, description = "What became of them", body = ReplayAnswer, headers(("Idempotent-Replayed" = Option<bool>, description = "That the answer was given before"))))
)]
pub(crate) async fn post_replay(
    State(app): State<Arc<App>>,
    caller: Caller,
    IdempotencyKey(repeatable): IdempotencyKey,
    body: RequestBody,
) -> Result<Answered<ReplayAnswer>, Problem> {
    let (request, identity) = body.repeatable_json(MAX_REQUEST_BYTES, repeatable).await?;
    let request: ReplayRequest = request.unwrap_or_default();
    let mut answer = ReplayAnswer::default();
    let mut is_repeated = true;
    let mut begin = Some(0);
    for number in 0.. {
        let Some(after) = begin else { break };
        let (records, next) = records_after(&app, &caller, &request, after).await?;
        let step = replay(&app, &caller, identity.map(|identity| identity.step(number)), records, next, &mut answer).await?;
        is_repeated &= step.is_repeated;
        begin = step.next;
    }
    Ok(Answered { answer, is_repeated })
}

/// The next records that were asked for, and after which position those of the next step are, if there are more.
async fn records_after(
    app: &Arc<App>,
    caller: &Caller,
    request: &ReplayRequest,
    after: i64,
) -> Result<(Vec<QuarantinedRecord>, Option<i64>), Problem> {
    let mut walk = Walk::new(Arc::clone(app), caller.tenant().clone(), after, request.source.clone());
    let mut records = Vec::new();
    while let Some(record) = walk.next().await? {
        if request.positions.as_ref().is_none_or(|positions| positions.contains(&record.position)) {
            records.push(record);
        }
        if records.len() == AT_ONCE {
            let last = records.last().map(|record| record.position);
            return Ok((records, last));
        }
    }
    Ok((records, None))
}

/// What came out of records.
#[derive(Default, Serialize, Deserialize)]
struct Outcome {
    /// How many records there were.
    records: usize,
    #[serde(skip)]
    events: Vec<Event>,
    /// The record that each event came from.
    origins: Vec<i64>,
    /// Records that can leave the quarantine.
    readable: BTreeSet<i64>,
    /// After which position the next step's records are; none after the last step.
    next: Option<i64>,
}

/// A step that was done, now or before.
struct Step {
    is_repeated: bool,
    next: Option<i64>,
}

async fn replay(
    app: &Arc<App>,
    caller: &Caller,
    identity: Option<Identity>,
    records: Vec<QuarantinedRecord>,
    next: Option<i64>,
    answer: &mut ReplayAnswer,
) -> Result<Step, Problem> {
    let decoding = Arc::clone(app);
    let mut outcome = off_async_threads(false, move || Ok(Outcome { next, ..decode(&decoding, records) })).await?;
    let directory = app.directory(caller.tenant()).await?;
    let submission = Submission { events: std::mem::take(&mut outcome.events), directory, ..Submission::default() };
    let taken = append(app, caller.tenant(), identity, submission, outcome).await?;
    let is_repeated = taken.is_repeated();
    let (receipt, Outcome { records, origins, mut readable, next, .. }) = (taken.receipt, taken.note);
    // Where the ledger has other content under the same id, the record stays for somebody to look at.
    for conflict in &receipt.conflicts {
        readable.retain(|position| origins.get(conflict.index) != Some(position));
    }
    let leaving: Vec<i64> = readable.into_iter().collect();
    // Also those of a step that was done before: it may have been broken off here.
    app.ledger.release(caller.tenant(), &leaving).await?;
    if !is_repeated {
        count(&receipt);
    }
    answer.replayed += records;
    answer.accepted += receipt.accepted;
    answer.duplicates += receipt.duplicates;
    answer.still_rejected += records - leaving.len();
    Ok(Step { is_repeated, next })
}

fn decode(app: &App, records: Vec<QuarantinedRecord>) -> Outcome {
    // Identical records are told apart by their number, so they are counted together.
    let mut outcome = Outcome { records: records.len(), ..Outcome::default() };
    let mut identical: BTreeMap<(String, String, Vec<u8>), Vec<i64>> = BTreeMap::new();
    for QuarantinedRecord { position, record, .. } in records {
        identical.entry((record.source, record.format, record.raw)).or_default().push(position);
    }
    for ((source, format, raw), positions) in identical {
        if let Some(events) = decode_copies(app, source, &format, &raw, positions.len()) {
            let events_of_each = events.len() / positions.len().max(1);
            let mut events = VecDeque::from(events);
            for position in positions {
                outcome.readable.insert(position);
                let own = events.drain(..events_of_each.min(events.len()));
                outcome.origins.extend(own.map(|event| (outcome.events.push(event), position).1));
            }
        }
    }
    outcome
}

/// The events of so many copies of a record, copy by copy; none if they are rejected still.
fn decode_copies(app: &App, source: String, format_name: &str, raw: &[u8], copies: usize) -> Option<Vec<Event>> {
    // Only the first bytes of a record that is too long are kept: they are not the record.
    if raw.len() >= MAX_RECORD_BYTES {
        return None;
    }
    let reading = Reading::new(app, source, format(format_name).ok()?, NativeIds::FromContent);
    let mut decoder = Decoder::new(reading.format, reading.options);
    let mut items = Vec::new();
    for _ in 0..copies {
        decoder.push(raw, &mut items);
        if !is_binary(format_name) {
            decoder.push(b"\n", &mut items);
        }
    }
    decoder.finish(&mut items);
    let event = |item| match item {
        Item::Event { event, .. } => Some(event),
        Item::Rejected(_) => None,
    };
    let events: Vec<Event> = items.into_iter().map(event).collect::<Option<_>>()?;
    // A row of CSV alone is taken for the headers: neither an event nor skipped.
    (!events.is_empty() || decoder.summary().skipped > 0).then_some(events)
}
