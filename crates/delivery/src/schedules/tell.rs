//! What runs say: of their destinations, and on Rollcall's own record.

use rollcall_access::record::{self, Actor, Change, Reading};
use rollcall_control::outbox::Record;
use rollcall_control::saved_reports::SavedReport;
use rollcall_control::schedules::{Run, Schedule};
use rollcall_model::range::ResolvedRange;
use rollcall_model::zone::Zone;
use rollcall_model::{TenantId, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

use super::settings::{Frozen, Settings};

/// What the record calls a schedule.
pub(super) const SCHEDULE: &str = "Schedule";
/// What the record calls a run.
pub(super) const RUN: &str = "Schedule Run";

/// What became of a run at one destination.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// Which one.
    pub destination: Uuid,
    /// Where the file is now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
    /// Since when.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delivered_at: Option<Timestamp>,
    /// Why the last attempt failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<Failure>,
    /// How often it was tried.
    pub attempts: u32,
}

/// Why a delivery failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// Kind of failure, in a word or two.
    pub failure_type: String,
    /// Code that the other side gave.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// What happened, in words.
    pub reason: String,
    /// Whether it is of no use to try again.
    pub is_permanent: bool,
    /// When.
    pub at: Timestamp,
}

impl Outcome {
    /// Of nothing so far.
    pub(super) fn new(destination: Uuid) -> Self {
        Outcome { destination, place: None, delivered_at: None, failure: None, attempts: 0 }
    }

    /// Those of a run.
    pub(super) fn read(run: &Run) -> Vec<Self> {
        serde_json::from_str(&run.outcomes).unwrap_or_default()
    }
}

/// The range of a run.
pub(super) fn range(run: &Run) -> ResolvedRange {
    ResolvedRange { from: run.range_from, to: run.range_to }
}

/// The zone of a run.
pub(super) fn zone(frozen: &Frozen) -> Zone {
    Zone::new(&frozen.settings.time_zone).unwrap_or_else(|_| Zone::utc())
}

/// What the record says of a schedule.
pub(super) fn of_schedule(report: &SavedReport, owner: &str, settings: &Settings, paused: bool, suspended: Option<&str>) -> Value {
    json!({
        "report_id": report.id, "report_name": report.name, "report": report.kind, "owner": owner, "settings": settings,
        "paused": paused, "suspended": suspended,
    })
}

/// The record of a change of a schedule.
pub(super) fn schedule_changed(
    schedule: &Schedule,
    actor: &Actor,
    now: Timestamp,
    (activity, word, report_name): (&'static str, &str, &str),
    (before, after): (Option<Value>, Option<Value>),
) -> Record {
    let change = Change {
        entity: SCHEDULE,
        activity,
        instance: schedule.id.to_string(),
        summary: format!("{word} a schedule of the report {report_name:?}"),
        before,
        after,
    };
    record::change(&schedule.tenant, actor, now, change)
}

/// The record of a change of a run.
pub(super) fn run_changed(
    (tenant, id): (&TenantId, Uuid),
    range: ResolvedRange,
    frozen: &Frozen,
    actor: &Actor,
    now: Timestamp,
    (activity, word): (&'static str, &str),
    (before, after): (Option<Value>, Option<Value>),
) -> Record {
    let change = Change {
        entity: RUN,
        activity,
        instance: id.to_string(),
        summary: format!("{word} a run of the report {:?} for {}", frozen.report_name, range.in_words(&zone(frozen))),
        before,
        after,
    };
    record::change(tenant, actor, now, change)
}

/// The record of a run that is over: the report left the building, or did not.
pub(super) fn run_over(run: &Run, frozen: &Frozen, outcomes: &[Outcome], now: Timestamp, failure: Option<&str>) -> Record {
    let words = range(run).in_words(&zone(frozen));
    let (activity, word) = if failure.is_some() { ("Failed", "Failed to deliver") } else { ("Succeeded", "Delivered") };
    let reading = Reading {
        entity: RUN,
        activity,
        instance: Some(run.id.to_string()),
        summary: format!("{word} the report {:?} for {words}", frozen.report_name),
        details: json!({
            "schedule_id": run.schedule_id, "report_id": frozen.report_id, "report_name": frozen.report_name, "report": frozen.report,
            "definition": frozen.definition, "due_at": run.due_at, "number": run.number, "restates": run.restates,
            "range": {"from": run.range_from, "to": run.range_to, "words": words, "time_zone": frozen.settings.time_zone},
            "format": frozen.settings.style.format, "rows": run.rows, "bytes": run.bytes, "sha256": run.sha256,
            "missing": run.missing, "destinations": outcomes, "reason": failure,
        }),
    };
    let record = record::reading(&run.tenant, &Actor::system(), now, reading);
    match failure {
        Some(reason) => failed(record, reason),
        None => record,
    }
}

/// The record of something that failed.
fn failed(record: Record, reason: &str) -> Record {
    let Ok(Value::Object(mut event)) = serde_json::from_str(&record.event) else { return record };
    event.insert("outcome".to_owned(), "failure".into());
    event.insert("failure_reason".to_owned(), reason.into());
    Record { event: Value::Object(event).to_string(), ..record }
}
