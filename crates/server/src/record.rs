//! Rollcall's own record, as handlers write it: what a change is handed to the control database with.
//!
//! What is changed elsewhere, such as retention, which the ledger keeps, can't be one transaction with its record. There the
//! record is written first and held ([`Announced`]): if the process ends before it is known what came of it, the record
//! goes as it was announced. So what was done is on record in any case.

pub(crate) use rollcall_access::record::Change;
use rollcall_access::record::{self, Actor};
use rollcall_control::outbox::Record;
use rollcall_model::Timestamp;
use rollcall_model::time::MICROS_PER_SECOND;
use serde_json::Value;

use crate::app::App;
use crate::auth::Caller;
use crate::intake::now;
use crate::problem::Problem;

/// Records that may wait for the ledger. With more, nothing is changed any more.
const MAX_WAITING: u64 = 100_000;
/// For so long the record of a change that is made elsewhere waits for its end.
const HELD_MICROS: i64 = 10 * 60 * MICROS_PER_SECOND;
/// A good moment to try again when the record can't be written, in seconds.
const LEDGER_BACK_S: u64 = 5;

/// The record of what the caller changes now.
pub(crate) fn record(caller: &Caller, now: Timestamp, change: Change) -> Record {
    record::change(caller.tenant(), &Actor::of(&caller.0), now, change)
}

/// A change that is recorded before it is made.
pub(crate) struct Announced<'a> {
    app: &'a App,
    record: Record,
}

impl<'a> Announced<'a> {
    /// Records what the caller is about to change.
    pub(crate) async fn new(app: &'a App, caller: &Caller, change: Change) -> Result<Self, Problem> {
        require_room(app).await?;
        let now = now();
        let record = record(caller, now, change);
        app.control.outbox().announce(&record, now.plus_micros(HELD_MICROS)).await?;
        Ok(Announced { app, record })
    }

    /// It is done, and this is so now.
    pub(crate) async fn done(self, after: Value) -> Result<(), Problem> {
        let mut event: Value = serde_json::from_str(&self.record.event).map_err(|error| Problem::internal("reading a record", &error))?;
        if let Some(details) = event.get_mut("details").and_then(Value::as_object_mut) {
            details.insert("after".to_owned(), after);
        }
        let record = Record { event: event.to_string(), ..self.record };
        self.app.control.outbox().complete(&record).await?;
        self.app.recorded.notify_one();
        Ok(())
    }

    /// It was not done after all.
    pub(crate) async fn withdrawn(self) -> Result<(), Problem> {
        Ok(self.app.control.outbox().withdraw(&self.record).await?)
    }

    /// Waits for a change, and takes the record back if it failed.
    pub(crate) async fn unless_failed<T>(self, changed: Result<T, rollcall_ledger::Error>) -> Result<(Self, T), Problem> {
        match changed {
            Ok(changed) => Ok((self, changed)),
            // What a server did not answer may have been done.
            Err(error) if error.is_unavailable() => Err(error.into()),
            Err(error) => {
                self.withdrawn().await?;
                Err(error.into())
            }
        }
    }
}

/// Refuses a change while so much of the record waits that it can't be written down.
pub(crate) async fn require_room(app: &App) -> Result<(), Problem> {
    if app.control.outbox().count().await? < MAX_WAITING {
        return Ok(());
    }
    Err(Problem::busy("the record of earlier changes can't be written into the ledger", LEDGER_BACK_S))
}
