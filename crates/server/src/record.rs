//! Rollcall's own record, as handlers write it: what a change is handed to the control database with.

pub(crate) use rollcall_access::record::Change;
use rollcall_access::record::{self, Actor};
use rollcall_control::outbox::Record;
use rollcall_model::Timestamp;

use crate::app::App;
use crate::auth::Caller;
use crate::problem::Problem;

/// Records that may wait for the ledger. With more, nothing is changed any more.
const MAX_WAITING: u64 = 100_000;
/// A good moment to try again when the record can't be written, in seconds.
const LEDGER_BACK_S: u64 = 5;

/// The record of what the caller changes now.
pub(crate) fn record(caller: &Caller, now: Timestamp, change: Change) -> Record {
    record::change(caller.tenant(), &Actor::of(&caller.0), now, change)
}

/// Refuses a change while so much of the record waits that it can't be written down.
pub(crate) async fn require_room(app: &App) -> Result<(), Problem> {
    if app.control.outbox().count().await? < MAX_WAITING {
        return Ok(());
    }
    Err(Problem::busy("the record of earlier changes can't be written into the ledger", LEDGER_BACK_S))
}
