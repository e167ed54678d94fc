//! Who has read what: reports that were run and downloaded are recorded, with their definition and how many rows there were.
//!
//! The same reader reads the same again and again: pages, live refreshes. That is recorded once an hour. A download is
//! recorded before its first byte leaves, and held until its rows are counted; if the process ends meanwhile, the record goes
//! as it was.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rollcall_access::record::{self, Actor, Reading};
use rollcall_control::outbox::Record;
use rollcall_control::{Control, ControlError};
use rollcall_model::Timestamp;
use rollcall_model::time::MICROS_PER_HOUR;
use rollcall_reports::Definition;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::app::App;
use crate::auth::Caller;
use crate::intake::now;
use crate::problem::Problem;
use crate::record::require_room;

/// What the record calls what is read.
const ENTITY: &str = "Report";
/// For so long the same reading is not recorded again.
const ONCE_IN_MICROS: i64 = MICROS_PER_HOUR;
/// Most readings that are remembered in memory; others are asked of the database.
const REMEMBERED: usize = 10_000;
/// Longest definition that is recorded whole, in bytes.
const MAX_DEFINITION_BYTES: usize = 16 * 1024;
/// For so long the record of a download waits for its end.
const HELD_MICROS: i64 = 6 * MICROS_PER_HOUR;

/// What was recorded a short time ago, so that not every page asks the database.
#[derive(Debug, Default)]
pub(crate) struct RecentReadings(Mutex<HashMap<String, Timestamp>>);

impl RecentReadings {
    fn is_recorded(&self, digest: &str, now: Timestamp) -> bool {
        // A clock that was set back makes nothing recorded for longer.
        self.lock().get(digest).is_some_and(|at| (0..ONCE_IN_MICROS).contains(&now.micros_since(*at)))
    }

    /// Remembers one that this process has recorded. Of one that another has recorded it is not known when.
    fn remember(&self, digest: String, now: Timestamp) {
        let mut recent = self.lock();
        if recent.len() >= REMEMBERED {
            recent.retain(|_, at| now.micros_since(*at) < ONCE_IN_MICROS);
        }
        if recent.len() < REMEMBERED {
            recent.insert(digest, now);
        }
    }

    /// Forgets those that are recorded anew the next time.
    pub(crate) async fn forget(&self, control: &Control) -> Result<(), ControlError> {
        control.readings().forget(now().plus_micros(-ONCE_IN_MICROS)).await
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Timestamp>> {
        // Every change leaves the map whole, so a panic elsewhere under the lock does not matter.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What somebody reads: the definition, and what is asked of it.
pub(crate) struct Read {
    report: &'static str,
    question: &'static str,
    definition: Value,
}

impl Read {
    pub(crate) fn of(question: &'static str, definition: &Definition) -> Result<Self, Problem> {
        let written = serde_json::to_value(definition).map_err(|error| Problem::internal("writing a definition", &error))?;
        Ok(Read { report: definition.report.name(), question, definition: written })
    }

    /// By what the same reading is known again.
    fn digest(&self, caller: &Caller, activity: &str, form: &str) -> String {
        let mut digest = Sha256::new();
        for part in [caller.tenant().as_str(), &reader(caller), activity, form, self.question, &self.definition.to_string()] {
            digest.update((part.len() as u64).to_be_bytes());
            digest.update(part.as_bytes());
        }
        digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// The definition as the record tells it: whole, unless it is longer than an event may be.
    fn told(&self) -> Value {
        let text = self.definition.to_string();
        if text.len() <= MAX_DEFINITION_BYTES {
            return self.definition.clone();
        }
        let digest: String = Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
        let begins: String = text.chars().take(MAX_DEFINITION_BYTES / 4).collect();
        json!({"bytes": text.len(), "sha256": digest, "begins": begins})
    }

    fn record(&self, caller: &Caller, now: Timestamp, activity: &'static str, form: &str, rows: Option<u64>) -> Record {
        let verb = if activity == "Export" { "Exported" } else { "Ran" };
        let told = rows.map_or(String::new(), |rows| format!(", {rows} rows"));
        let reading = Reading {
            entity: ENTITY,
            activity,
            instance: Some(self.report.to_owned()),
            summary: format!("{verb} {} ({}{told})", self.report, self.question),
            details: json!({"definition": self.told(), "question": self.question, "format": form, "rows": rows}),
        };
        record::reading(caller.tenant(), &Actor::of(&caller.0), now, reading)
    }
}

/// Who really reads: whoever acts as somebody else is another reader than that one.
fn reader(caller: &Caller) -> String {
    match caller.0.signed_in().and_then(|signed_in| signed_in.impersonator.as_ref()) {
        Some(real) => format!("{} as {}", real.person.id, caller.0.id()),
        None => caller.0.id(),
    }
}

impl App {
    /// Records that a page or another answer of so many rows is read, before it is answered.
    pub(crate) async fn record_query(&self, caller: &Caller, read: &Read, rows: u64) -> Result<(), Problem> {
        let (now, digest) = (now(), read.digest(caller, "Query", "json"));
        if self.readings.is_recorded(&digest, now) {
            return Ok(());
        }
        require_room(self).await?;
        let record = read.record(caller, now, "Query", "json", Some(rows));
        self.record_reading(digest, now, &record, None).await?;
        Ok(())
    }

    /// Records that a download begins, before its first byte.
    pub(crate) async fn record_export(self: &Arc<Self>, caller: &Caller, read: Read, form: &'static str) -> Result<Exporting, Problem> {
        let (now, digest) = (now(), read.digest(caller, "Export", form));
        if self.readings.is_recorded(&digest, now) {
            return Ok(Exporting(None));
        }
        require_room(self).await?;
        let record = read.record(caller, now, "Export", form, None);
        let held_until = now.plus_micros(HELD_MICROS);
        if !self.record_reading(digest, now, &record, Some(held_until)).await? {
            return Ok(Exporting(None));
        }
        Ok(Exporting(Some(Begun { app: Arc::clone(self), record })))
    }

    async fn record_reading(
        &self,
        digest: String,
        now: Timestamp,
        record: &Record,
        held_until: Option<Timestamp>,
    ) -> Result<bool, Problem> {
        let since = now.plus_micros(-ONCE_IN_MICROS);
        let recorded = self.control.readings().record(&digest, since, record, held_until).await?;
        if recorded {
            self.readings.remember(digest, now);
            self.recorded.notify_one();
        }
        Ok(recorded)
    }
}

/// A download whose record is held until it ends.
pub(crate) struct Exporting(Option<Begun>);

struct Begun {
    app: Arc<App>,
    record: Record,
}

impl Exporting {
    /// It has ended, after so many rows: with all of them, or broken off.
    pub(crate) async fn end(self, rows: u64, is_complete: bool) {
        let Some(Begun { app, record }) = self.0 else { return };
        let completed = completed(&record, rows, is_complete);
        match app.control.outbox().complete(&completed).await {
            Ok(_) => app.recorded.notify_one(),
            Err(error) => tracing::warn!(%error, "the rows of a download can't be recorded; its record goes without them"),
        }
    }
}

/// The record of a download that has ended.
fn completed(record: &Record, rows: u64, is_complete: bool) -> Record {
    let Ok(mut event) = serde_json::from_str::<Value>(&record.event) else { return record.clone() };
    if let Some(details) = event.get_mut("details").and_then(Value::as_object_mut) {
        details.insert("rows".to_owned(), rows.into());
        details.insert("complete".to_owned(), is_complete.into());
    }
    if let Some(event) = event.as_object_mut()
        && !is_complete
    {
        event.insert("outcome".to_owned(), "failure".into());
        event.insert("failure_reason".to_owned(), "broken off before its end".into());
    }
    Record { event: event.to_string(), ..record.clone() }
}

#[cfg(test)]
mod tests {
    use rollcall_access::Principal;
    use rollcall_model::TenantId;

    use super::*;

    fn definition(zone: &str) -> Definition {
        Definition::parse(json!({"report": "login_logout", "time_zone": zone})).unwrap()
    }

    #[test]
    fn the_same_reading_is_known_by_reader_question_and_definition() {
        let caller = Caller(Principal::local_operator(TenantId::default()));
        let digest = |question, zone: &str, form| Read::of(question, &definition(zone)).unwrap().digest(&caller, "Query", form);
        assert_eq!(digest("rows", "UTC", "json"), digest("rows", "UTC", "json"));
        let others = [digest("groups", "UTC", "json"), digest("rows", "Asia/Seoul", "json"), digest("rows", "UTC", "csv")];
        assert!(others.iter().all(|other| *other != digest("rows", "UTC", "json")));
        let elsewhere = Caller(Principal::local_operator(TenantId::new("emea").unwrap()));
        let read = Read::of("rows", &definition("UTC")).unwrap();
        assert_ne!(read.digest(&elsewhere, "Query", "json"), digest("rows", "UTC", "json"));
    }

    #[test]
    fn a_definition_that_is_longer_than_an_event_may_be_is_told_by_its_beginning() {
        let values: Vec<String> = (0..4_000).map(|number| format!("agent {number}")).collect();
        let long = json!({"report": "login_logout", "filters": [{"field": "agent", "op": "in", "values": values}]});
        let told = Read::of("rows", &Definition::parse(long).unwrap()).unwrap().told();
        assert!(told["bytes"].as_u64().unwrap() > 40_000 && told.to_string().len() < 8_000, "{told}");
    }

    #[test]
    fn a_download_that_broke_off_is_a_failure_with_the_rows_that_left() {
        let caller = Caller(Principal::local_operator(TenantId::default()));
        let read = Read::of("rows", &definition("UTC")).unwrap();
        let begun = read.record(&caller, now(), "Export", "csv", None);
        let told = |record: &Record| serde_json::from_str::<Value>(&record.event).unwrap();
        assert_eq!(told(&begun)["details"]["rows"], Value::Null);
        let broken = completed(&begun, 7, false);
        assert_eq!(broken.event_id, begun.event_id);
        assert_eq!((&told(&broken)["outcome"], &told(&broken)["details"]["rows"]), (&json!("failure"), &json!(7)));
        assert_eq!(told(&completed(&begun, 9, true))["outcome"], "success");
    }
}
