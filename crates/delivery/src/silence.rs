//! Sources that fall silent, on Rollcall's own record: once when it begins.
//!
//! The record of a silence is the same whichever node makes it, and how often: its id and its time follow from when the source
//! was last heard, so the ledger keeps it once.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use rollcall_access::record::APPLICATION;
use rollcall_control::outbox::Record;
use rollcall_ledger::SourceStatus;
use rollcall_model::event::OWN_SOURCE;
use rollcall_model::time::{MICROS_PER_DAY, MICROS_PER_SECOND};
use rollcall_model::{Scope, TenantId, Timestamp};
use serde_json::json;
use uuid::Uuid;

use crate::error::Result;
use crate::service::Delivery;

/// How often it is looked.
const EVERY_MICROS: i64 = 60 * MICROS_PER_SECOND;
/// A source that has come in fewer batches, such as a file that was imported, is not expected to go on.
const BATCHES_AT_LEAST: i64 = 10;
/// A silence that began earlier is no news.
const NEWS_MICROS: i64 = 7 * MICROS_PER_DAY;
/// Where ids of silences come from.
const NAMESPACE: Uuid = Uuid::from_u128(0x8f0c_1f5e_6a37_4d0b_9c54_7a2e_6f1d_3b90);

/// Which silences this process has recorded, and when it looked last.
#[derive(Debug, Default)]
pub(crate) struct Silence(Mutex<(Option<Timestamp>, BTreeSet<Uuid>)>);

impl Delivery {
    /// Records the sources that have fallen silent since it was last looked.
    pub(crate) async fn note_silence(&self) -> Result<()> {
        let now = self.now();
        {
            let mut silence = self.silence.0.lock().unwrap_or_else(PoisonError::into_inner);
            if silence.0.is_some_and(|looked| (0..EVERY_MICROS).contains(&now.micros_since(looked))) {
                return Ok(());
            }
            silence.0 = Some(now);
        }
        for tenant in self.ledger.tenants() {
            let snapshot = self.ledger.snapshot(&tenant, Scope::All).await?;
            for (source, status) in snapshot.sources().iter().filter(|(source, _)| source.as_str() != OWN_SOURCE) {
                let Some(record) = silent(&tenant, source, status, now) else { continue };
                let is_known = self.silence.0.lock().unwrap_or_else(PoisonError::into_inner).1.contains(&record.event_id);
                if !is_known {
                    self.record(&record).await?;
                    self.silence.0.lock().unwrap_or_else(PoisonError::into_inner).1.insert(record.event_id);
                }
            }
        }
        Ok(())
    }
}

/// The record of a source's silence, if it is silent and that is news.
fn silent(tenant: &TenantId, source: &str, status: &SourceStatus, now: Timestamp) -> Option<Record> {
    let (from, last) = (status.silent_from(), status.last_received_at);
    status.silent_micros(now).filter(|_| status.batches >= BATCHES_AT_LEAST && now.micros_since(from) < NEWS_MICROS)?;
    let event_id = Uuid::new_v5(&NAMESPACE, format!("{tenant}/{source}/{}", last.as_micros()).as_bytes());
    let minutes = from.micros_since(last) / (60 * MICROS_PER_SECOND);
    let reason = format!("nothing has come since {last}; that is unusual for it after {minutes} minutes");
    let event = json!({
        "event_id": event_id, "event_time": from, "category": "integration_failure", "activity": "source_silent", "outcome": "failure",
        "application": APPLICATION, "entity": "Source", "instance": source, "target": source, "target_kind": "source",
        "failure_type": "silent", "failure_reason": reason, "summary": format!("{source} has fallen silent"),
        "details": {"last_received_at": last, "newest_event_time": status.newest_event_time, "events": status.events},
    });
    Some(Record { tenant: tenant.clone(), event_id, event: event.to_string(), created_at: now })
}

#[cfg(test)]
mod tests {
    use rollcall_model::time::MICROS_PER_HOUR;

    use super::*;

    fn at(hours: i64) -> Timestamp {
        Timestamp::from_seconds(1_790_000_000).unwrap().plus_micros(hours * MICROS_PER_HOUR)
    }

    fn status(batches: i64) -> SourceStatus {
        SourceStatus {
            events: 1_000,
            rejected: 0,
            batches,
            newest_event_time: at(9),
            first_received_at: at(0),
            last_received_at: at(10),
            ahead_micros: 0,
        }
    }

    #[test]
    fn a_silence_is_recorded_when_it_begins_and_is_the_same_whoever_does_it() {
        let seen = |status: &SourceStatus, now| silent(&TenantId::default(), "keycloak", status, now);
        // Twenty mean pauses of six minutes are two hours.
        assert_eq!(seen(&status(100), at(12)), None);
        let (first, later) = (seen(&status(100), at(13)).unwrap(), seen(&status(100), at(100)).unwrap());
        assert_eq!((first.event_id, &first.event), (later.event_id, &later.event));
        assert!(first.event.contains("unusual for it after 120 minutes"), "{}", first.event);
        // Heard again, and silent once more.
        let again = SourceStatus { last_received_at: at(200), ..status(100) };
        assert_ne!(seen(&again, at(400)).unwrap().event_id, first.event_id);
    }

    #[test]
    fn what_was_imported_once_or_is_long_gone_is_no_news() {
        let seen = |status: &SourceStatus, now| silent(&TenantId::default(), "wtmp", status, now);
        assert_eq!(seen(&status(BATCHES_AT_LEAST - 1), at(1_000)), None);
        assert!(seen(&status(100), at(12 + 24 * 6)).is_some());
        assert_eq!(seen(&status(100), at(12 + 24 * 7)), None);
    }
}
