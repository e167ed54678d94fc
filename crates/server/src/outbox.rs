//! Draining the outbox: Rollcall's own record goes into the ledger, exactly once.
//!
//! A record has a fixed event id. It is appended first and leaves the outbox afterwards. Whoever is stopped in
//! between appends it again later, and the ledger knows it as a duplicate.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use rollcall_control::ControlError;
use rollcall_control::outbox::{Pending, Record};
use rollcall_intake::{Decoder, Item, SourceOptions, format};
use rollcall_ledger::Submission;
use rollcall_model::event::OWN_SOURCE;
use rollcall_model::{Event, TenantId};

use crate::app::App;
use crate::intake::now;

/// Records that are appended together.
const AT_ONCE: u64 = 1_000;
/// How often it is looked for records of which this process was not told.
const EVERY: Duration = Duration::from_secs(5);
/// Format of a record.
const NATIVE: &str = "native";

/// The outbox could not be drained. What is in it stays there.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DrainError {
    /// The control database failed.
    #[error(transparent)]
    Control(#[from] ControlError),
    /// The ledger failed, or takes nothing now.
    #[error(transparent)]
    Ledger(#[from] rollcall_ledger::Error),
}

impl App {
    /// Brings what waits in the outbox into the ledger. What can't be brought there now stays, and holds up nothing behind it.
    pub async fn drain_outbox(&self) -> Result<(), DrainError> {
        let _turn = self.draining.lock().await;
        let mut after = 0;
        loop {
            let portion = self.control.outbox().pending_at(now(), after, AT_ONCE).await?;
            let (read, last) = (portion.len() as u64, portion.last().map(|pending| pending.id));
            let appended = self.append(portion).await?;
            self.control.outbox().drained(&appended).await?;
            match last {
                Some(last) if read == AT_ONCE => after = last,
                _ => return Ok(()),
            }
        }
    }

    /// The first half of it: appends the oldest records. Answers their places in the outbox, where they still are.
    pub async fn append_pending(&self) -> Result<Vec<i64>, DrainError> {
        self.append(self.control.outbox().pending_at(now(), 0, AT_ONCE).await?).await
    }

    async fn append(&self, portion: Vec<Pending>) -> Result<Vec<i64>, DrainError> {
        let mut of_tenant: BTreeMap<TenantId, Vec<(i64, Event)>> = BTreeMap::new();
        for pending in portion {
            match event_of(&pending.record) {
                Ok(event) => of_tenant.entry(pending.record.tenant).or_default().push((pending.id, event)),
                Err(reason) => tracing::error!(id = pending.id, reason, "a record in the outbox can't be read; it stays there"),
            }
        }
        let mut appended = Vec::new();
        for (tenant, waiting) in of_tenant {
            let (ids, events): (Vec<i64>, Vec<Event>) = waiting.into_iter().unzip();
            // Where in the organisation it happened, who reads it by parts of that must know.
            let directory = self.directory(&tenant).await?;
            match self.ledger.append(&tenant, Submission { events, directory, ..Submission::default() }).await {
                Ok(_) => appended.extend(ids),
                // Made on another node. It is known here after the next start; until then that node drains.
                Err(rollcall_ledger::Error::UnknownTenant(_)) => tracing::debug!(%tenant, "records of a tenant that is not known here"),
                Err(error) => return Err(error.into()),
            }
        }
        Ok(appended)
    }
}

/// Drains the outbox from now on: at once, after each change, and every few seconds for what others left.
pub(crate) async fn keep_drained(app: Arc<App>) {
    loop {
        if let Err(error) = app.drain_outbox().await {
            tracing::warn!(%error, "the record of changes can't be written into the ledger now; it waits");
        }
        let _ = tokio::time::timeout(EVERY, app.recorded.notified()).await;
    }
}

/// The event that a record holds.
fn event_of(record: &Record) -> Result<Event, String> {
    let native = format(NATIVE).map_err(|error| error.to_string())?;
    let options = SourceOptions { source: Some(NATIVE.to_owned()), ..SourceOptions::new(record.created_at) };
    let mut decoder = Decoder::new(native, options);
    let mut items = Vec::new();
    decoder.push(record.event.as_bytes(), &mut items);
    decoder.finish(&mut items);
    match (items.pop(), items.is_empty()) {
        (Some(Item::Event { event, .. }), true) => Ok(Event { event_id: record.event_id, source: OWN_SOURCE.to_owned(), ..event }),
        (Some(Item::Rejected(rejected)), true) => Err(rejected.reason),
        _ => Err("expected one event".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use rollcall_access::Principal;
    use rollcall_model::{Effect, Timestamp};
    use serde_json::{Value, json};

    use super::*;
    use crate::auth::Caller;
    use crate::record::{Change, record};

    #[test]
    fn a_record_becomes_an_event_of_rollcalls_own_source() {
        let now: Timestamp = "2026-04-15T08:00:00.123456Z".parse().unwrap();
        let caller = Caller(Principal::local_operator(TenantId::default()));
        let change = Change {
            entity: "Saved Report",
            activity: "Created",
            instance: "7".to_owned(),
            summary: "Saved".to_owned(),
            before: None,
            after: Some(json!({"name": "Night\nshift"})),
        };
        let record = record(&caller, now, change);
        let event = event_of(&record).unwrap();
        assert_eq!((event.event_id, event.event_time, event.source.as_str()), (record.event_id, now, "rollcall"));
        assert_eq!(
            (event.entity.as_deref(), event.activity.as_str(), event.effect),
            (Some("Saved Report"), "Created", Some(Effect::Change))
        );
        assert_eq!((event.triggered_by_id.as_deref(), event.triggered_by_name.as_deref()), (Some("operator"), Some("local operator")));
        let details: Value = serde_json::from_str(event.details.as_deref().unwrap()).unwrap();
        assert_eq!(details, json!({"before": null, "after": {"name": "Night\nshift"}}));
    }

    #[test]
    fn what_is_no_event_is_not_taken_for_one() {
        let record = |event: &str| Record {
            tenant: TenantId::default(),
            event_id: uuid::Uuid::nil(),
            event: event.to_owned(),
            created_at: "2026-04-15T08:00:00Z".parse().unwrap(),
        };
        for event in ["", "{}", "nonsense", "[]"] {
            assert!(event_of(&record(event)).is_err(), "{event}");
        }
    }
}
