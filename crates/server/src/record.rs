//! Rollcall's own record: the event that tells of a change.
//!
//! It is handed to the control database together with the change, which writes both in one transaction. From
//! there `outbox` brings it into the ledger.

use rollcall_control::outbox::Record;
use rollcall_model::Timestamp;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::app::App;
use crate::auth::Caller;
use crate::problem::Problem;

/// Records that may wait for the ledger. With more, nothing is changed any more.
const MAX_WAITING: u64 = 100_000;
/// A good moment to try again when the record can't be written, in seconds.
const LEDGER_BACK_S: u64 = 5;

/// A change of something that is set up. Entity and activity are those of the activity catalogue.
pub(crate) struct Change {
    pub(crate) entity: &'static str,
    pub(crate) activity: &'static str,
    /// Which item has changed.
    pub(crate) instance: String,
    /// One line for people.
    pub(crate) summary: String,
    pub(crate) before: Option<Value>,
    pub(crate) after: Option<Value>,
}

/// The record of what the caller changes now.
pub(crate) fn record(caller: &Caller, now: Timestamp, change: Change) -> Record {
    let Change { entity, activity, instance, summary, before, after } = change;
    let event_id = Uuid::now_v7();
    // The source is added when it is drained: nobody can send an event of that source.
    let event = json!({
        "event_id": event_id,
        "event_time": now,
        "category": "activity",
        "application": "Rollcall",
        "entity": entity,
        "instance": instance,
        "activity": activity,
        "effect": "change",
        "outcome": "success",
        "triggered_by_kind": "user",
        "triggered_by_id": caller.0.id(),
        "triggered_by_name": caller.0.name,
        "summary": summary,
        "details": {"before": before, "after": after},
    });
    Record { tenant: caller.tenant().clone(), event_id, event: event.to_string(), created_at: now }
}

/// Refuses a change while so much of the record waits that it can't be written down.
pub(crate) async fn require_room(app: &App) -> Result<(), Problem> {
    if app.control.outbox().count().await? < MAX_WAITING {
        return Ok(());
    }
    Err(Problem::busy("the record of earlier changes can't be written into the ledger", LEDGER_BACK_S))
}
