//! A ledger with a few agents in it, and how to ask it.

use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use rollcall_ledger::{Ledger, Options, Submission};
use rollcall_model::directory::Agents;
use rollcall_model::{Category, Event, Outcome, Scope, TenantId, Timestamp};
use rollcall_reports::{Answer, Caller, Definition, Error, Paging, Reports};
use serde_json::{Value, json};
use uuid::Uuid;

/// A ledger in a folder that goes away with it.
pub(crate) struct Store {
    pub(crate) ledger: Arc<Ledger>,
    pub(crate) reports: Reports,
    folder: tempfile::TempDir,
}

pub(crate) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub(crate) fn caller() -> Caller {
    Caller { tenant: TenantId::default(), scope: Scope::All, agents: None }
}

/// An access event of an agent in the agent portal, `time` on 15 April 2026 unless it names a day.
pub(crate) fn access(number: u128, time: &str, activity: &str, account: &str) -> Event {
    let time = if time.len() == 5 { format!("2026-04-15T{time}:00Z") } else { time.to_owned() };
    let mut event = Event::new(Uuid::from_u128(number), at(&time), "portal", Category::Access, activity, Outcome::Success);
    event.account = Some(account.to_owned());
    event.channel = Some("agent_portal".to_owned());
    event.normalize();
    event
}

impl Store {
    pub(crate) async fn new() -> Self {
        Self::with_limits(Default::default()).await
    }

    pub(crate) async fn with_limits(limits: rollcall_sessions::SourceLimits) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let options = Options { limits, archive_interval: Duration::from_secs(3_600), query_partitions: 2, ..Options::new(folder.path()) };
        let ledger = Arc::new(Ledger::open(options).await.unwrap());
        let reports = Reports::new(Arc::clone(&ledger), tokio::runtime::Handle::current());
        Store { ledger, reports, folder }
    }

    pub(crate) async fn append(&self, events: Vec<Event>) {
        self.ledger.append(&TenantId::default(), Submission { events, ..Submission::default() }).await.unwrap();
    }

    pub(crate) async fn archive(&self) {
        self.ledger.archive(&TenantId::default()).await.unwrap();
    }

    /// One page at noon on 20 April 2026.
    pub(crate) async fn page(&self, definition: Value, limit: usize, cursor: Option<String>) -> Result<Answer, Error> {
        let definition = Definition::parse(definition)?;
        let paging = Paging { limit: Some(limit), cursor };
        self.reports.page(&caller(), &definition, &paging, at("2026-04-20T12:00:00Z")).await
    }

    /// A page so many rows further down than the first.
    pub(crate) async fn page_from(&self, definition: Value, offset: u64, limit: usize) -> Answer {
        self.page_after(definition, None, offset, limit).await
    }

    /// A page so many rows further down than the one at a cursor.
    pub(crate) async fn page_after(&self, definition: Value, cursor: Option<String>, offset: u64, limit: usize) -> Answer {
        let definition = Definition::parse(definition).unwrap();
        let paging = Paging { limit: Some(limit), cursor };
        self.reports.page_from(&caller(), &definition, &paging, offset, at("2026-04-20T12:00:00Z")).await.unwrap()
    }

    /// The first page at noon on 20 June 2026.
    pub(crate) async fn page_in_june(&self, definition: Value) -> Answer {
        let definition = Definition::parse(definition).unwrap();
        self.reports.page(&caller(), &definition, &Paging::default(), at("2026-06-20T12:00:00Z")).await.unwrap()
    }

    /// The first page at noon on 20 April 2026, where these agents are in the directory.
    pub(crate) async fn page_with(&self, agents: &Arc<Agents>, definition: Value) -> Answer {
        let definition = Definition::parse(definition).unwrap();
        let caller = Caller { agents: Some(Arc::clone(agents)), ..caller() };
        self.reports.page(&caller, &definition, &Paging::default(), at("2026-04-20T12:00:00Z")).await.unwrap()
    }

    /// All rows as a stream has them: everything that the range can concern is read.
    pub(crate) async fn streamed(&self, definition: Value) -> Vec<Value> {
        Self::streamed_by(&self.reports, definition).await
    }

    /// The same, where about so many rows are sorted at a time.
    pub(crate) async fn streamed_in_stretches(&self, rows: u64, definition: Value) -> Vec<Value> {
        Self::streamed_by(&self.reports.clone().with_stretches_of(rows), definition).await
    }

    async fn streamed_by(reports: &Reports, definition: Value) -> Vec<Value> {
        let definition = Definition::parse(definition).unwrap();
        let stream = reports.stream(&caller(), &definition, None, at("2026-04-20T12:00:00Z")).await.unwrap();
        let writer = stream.writer.clone();
        let batches: Vec<_> = stream.batches().collect().await;
        let rows = batches.into_iter().flat_map(|batch| writer.json(&batch.unwrap()).unwrap());
        rows.map(|row| serde_json::from_str(row.get()).unwrap()).collect()
    }

    /// Removes the lake's files whose path has this in it.
    pub(crate) fn remove_files(&self, part: &str) {
        let mut folders = vec![self.folder.path().join("lake")];
        let mut removed = 0;
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else if path.to_str().unwrap().contains(part) {
                    std::fs::remove_file(path).unwrap();
                    removed += 1;
                }
            }
        }
        assert!(removed > 0, "no file has {part} in its path");
    }

    /// What reading the first page comes to.
    pub(crate) async fn plan(&self, definition: Value) -> String {
        let definition = Definition::parse(definition).unwrap();
        self.reports.explain(&caller(), &definition, at("2026-04-20T12:00:00Z")).await.unwrap()
    }

    pub(crate) async fn rows(&self, definition: Value) -> Vec<Value> {
        let answer = self.page(definition, 10_000, None).await.unwrap();
        let rows = rows_of(&answer);
        assert_eq!(answer.total, rows.len() as u64, "the total is exact");
        rows
    }
}

pub(crate) fn rows_of(answer: &Answer) -> Vec<Value> {
    answer.rows.iter().map(|row| serde_json::from_str(row.get()).unwrap()).collect()
}

/// What an answer tells a reader: the range in words, the columns by their labels, the rows.
pub(crate) fn told(answer: &Answer) -> Value {
    let columns: Vec<&str> = answer.columns.iter().map(|column| column.label.as_str()).collect();
    json!({"range": answer.range.words, "columns": columns, "total": answer.total, "rows": rows_of(answer)})
}

/// The login/logout report of 15 April 2026 in UTC, oldest first, with these columns.
pub(crate) fn day(columns: &[&str]) -> Value {
    json!({
        "report": "login_logout",
        "range": {"from": "2026-04-15", "to": "2026-04-15"},
        "columns": columns,
        "sort": [{"field": "login_time"}, {"field": "logout_time"}],
    })
}

/// This many cases of a property, or as many as `PROPTEST_CASES` says.
pub(crate) fn cases(usual: u32) -> proptest::test_runner::Config {
    let asked = std::env::var("PROPTEST_CASES").ok().and_then(|text| text.parse().ok());
    proptest::test_runner::Config { cases: asked.unwrap_or(usual), failure_persistence: None, ..Default::default() }
}
