//! Ledgers in temporary folders, and events to put into them.

use std::path::Path;
use std::sync::LazyLock;
use std::time::Duration;

use rollcall_ledger::{Ledger, Options, Postgres, Receipt, Snapshot, Submission, decode_events, decode_sessions};
use rollcall_model::{Category, Event, Outcome, Scope, Session, StoredEvent, TenantId, Timestamp};
use rollcall_sessions::{Limits, SourceLimits};
use rollcall_test_postgres::{Database, Server};
pub(crate) use rollcall_test_postgres::{Engine, on_both_engines};
use uuid::Uuid;

pub(crate) fn tenant() -> TenantId {
    TenantId::default()
}

/// Where a test's ledger lies: a temporary folder and, on PostgreSQL, a schema of its own.
pub(crate) struct Home {
    folder: tempfile::TempDir,
    postgres: Option<Postgres>,
    /// Of a server of its own: there as long as the test.
    _database: Option<Database>,
}

impl Home {
    pub(crate) fn new(engine: Engine) -> Self {
        static DATABASE: LazyLock<Database> = LazyLock::new(|| Server::shared().database());
        let schema = || format!("ledger_{}", Uuid::new_v4().simple());
        let postgres = (engine == Engine::Postgres).then(|| Postgres { url: DATABASE.url.clone(), schema: schema() });
        Home { folder: tempfile::tempdir().unwrap(), postgres, _database: None }
    }

    /// On a server of its own.
    pub(crate) fn on(server: &Server) -> Self {
        let database = server.database();
        let postgres = Some(Postgres { url: database.url.clone(), schema: "rollcall_ledger".to_owned() });
        Home { folder: tempfile::tempdir().unwrap(), postgres, _database: Some(database) }
    }

    /// Runs statements on the server beside the ledger.
    pub(crate) fn sql(&self, statements: &str) -> tokio::task::JoinHandle<()> {
        let postgres = self.postgres.clone().unwrap();
        let statements = format!("SET search_path TO {}; {statements}", postgres.schema);
        tokio::task::spawn_blocking(move || {
            let run = std::process::Command::new("psql").args([&postgres.url, "-qAt", "-c", &statements]).output().unwrap();
            assert!(run.status.success(), "{run:?}");
        })
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Options under which nothing is archived unless the test says so.
    pub(crate) fn options(&self) -> Options {
        self.options_of_node("")
    }

    /// Options of one of several nodes: each has a folder, all have the database and the lake.
    pub(crate) fn options_of_node(&self, node: &str) -> Options {
        Options {
            archive_interval: Duration::from_secs(3_600),
            postgres: self.postgres.clone(),
            lake: Some(self.path().join("lake")),
            ..Options::new(self.path().join(node))
        }
    }
}

pub(crate) async fn open(home: &Home) -> Ledger {
    Ledger::open(home.options()).await.unwrap()
}

pub(crate) async fn open_with_limits(home: &Home, limits: SourceLimits) -> Ledger {
    Ledger::open(Options { limits, ..home.options() }).await.unwrap()
}

pub(crate) fn idle_limit(source: &str, minutes: i64) -> SourceLimits {
    let limits = Limits { idle_micros: Some(minutes * 60_000_000), longest_micros: None };
    [(source.to_owned(), limits)].into_iter().collect()
}

/// A moment of 15 April 2026, in minutes after 08:00 UTC.
pub(crate) fn minute(minutes: i64) -> Timestamp {
    let eight: Timestamp = "2026-04-15T08:00:00Z".parse().unwrap();
    eight.plus_micros(minutes * 60_000_000)
}

pub(crate) fn id(number: u128) -> Uuid {
    Uuid::from_u128(0x4000_8000_0000_0000_0000 | (number << 80))
}

/// An access event of an agent.
pub(crate) fn access(number: u128, at: Timestamp, activity: &str, account: &str) -> Event {
    let mut event = Event::new(id(number), at, "portal", Category::Access, activity, Outcome::Success);
    event.account = Some(account.to_owned());
    event.channel = Some("agent_portal".to_owned());
    event.normalize();
    event
}

/// An event with a value in every column.
pub(crate) fn full_event(number: u128, at: Timestamp) -> Event {
    let mut event = access(number, at, "sign_in", "mara.lind");
    let text = |name: &str| Some(format!("{name} of {number}"));
    event.source_event_id = text("source_event_id");
    event.application = text("application");
    event.failure_type = text("failure_type");
    event.failure_code = text("failure_code");
    event.failure_reason = text("failure_reason");
    event.effect = Some(rollcall_model::Effect::Change);
    event.attempt = Some(3);
    event.triggered_by_kind = Some(rollcall_model::TriggeredByKind::User);
    event.triggered_by_id = text("triggered_by_id");
    event.triggered_by_name = text("triggered_by_name");
    event.triggered_by_email = text("triggered_by_email");
    event.employee_id = Some("4711".to_owned());
    event.agent_name = Some("Mara Lind".to_owned());
    event.session_id = text("session_id");
    event.stream = None;
    event.brand = text("brand");
    event.sign_in_method = Some("saml".to_owned());
    event.source_ip = Some("203.0.113.7".to_owned());
    event.user_agent = text("user_agent");
    event.routing_profile = Some("Billing".to_owned());
    event.hierarchy = Some("EMEA / Stockholm / Billing".to_owned());
    event.target = text("target");
    event.target_kind = text("target_kind");
    event.summary = text("summary");
    event.comments = Some("ünïcödé — 안녕".to_owned());
    event.details = Some(r#"{"before":{"a":1},"after":{"a":2}}"#.to_owned());
    event.tags = [("site".to_owned(), "sto".to_owned()), ("team".to_owned(), "7".to_owned())].into();
    event.normalize();
    event
}

pub(crate) async fn append(ledger: &Ledger, events: Vec<Event>) -> Receipt {
    ledger.append(&tenant(), Submission { events, ..Submission::default() }).await.unwrap()
}

pub(crate) async fn snapshot(ledger: &Ledger) -> Snapshot {
    ledger.snapshot(&tenant(), Scope::All).await.unwrap()
}

/// Every event that a snapshot shows, by seq.
pub(crate) async fn events_of(snapshot: &Snapshot) -> Vec<StoredEvent> {
    let mut events = Vec::new();
    for batch in snapshot.events().unwrap().collect().await.unwrap() {
        events.extend(decode_events(&batch).unwrap());
    }
    events.sort_by_key(|stored| stored.seq);
    events
}

pub(crate) async fn events(ledger: &Ledger) -> Vec<StoredEvent> {
    events_of(&snapshot(ledger).await).await
}

/// Every session that a snapshot shows, by key.
pub(crate) async fn sessions_of(snapshot: &Snapshot) -> Vec<Session> {
    let mut sessions = Vec::new();
    for batch in snapshot.sessions().await.unwrap().collect().await.unwrap() {
        sessions.extend(decode_sessions(&batch).unwrap());
    }
    sessions.sort_by_key(|session| session.session_key);
    sessions
}

pub(crate) async fn sessions(ledger: &Ledger) -> Vec<Session> {
    sessions_of(&snapshot(ledger).await).await
}

/// That seqs are 0, 1, 2, … without gaps.
pub(crate) fn assert_without_gaps(events: &[StoredEvent]) {
    let seqs: Vec<i64> = events.iter().map(|stored| stored.seq).collect();
    let expected: Vec<i64> = (0..).take(seqs.len()).collect();
    assert_eq!(seqs, expected);
}

/// This many cases of a property, or as many as `PROPTEST_CASES` says.
pub(crate) fn cases(usual: u32) -> proptest::test_runner::Config {
    let asked = std::env::var("PROPTEST_CASES").ok().and_then(|text| text.parse().ok());
    proptest::test_runner::Config { cases: asked.unwrap_or(usual), failure_persistence: None, ..Default::default() }
}
