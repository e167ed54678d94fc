//! Stores as earlier versions left them, frozen with what they said. Every later version opens them and says
//! the same.
//!
//! A store is frozen once, when its format is final, and never changes afterwards:
//!
//! ```text
//! cargo nextest run --workspace --test ledger --run-ignored only -E 'test(freeze)'
//! cargo nextest run --workspace --test cli --run-ignored only -E 'test(freeze)'
//! ```
//!
//! The first makes the store of this format, and `events.txt`, `sessions.ndjson` and `quarantine.ndjson`; the
//! second its control database and what its reports say (`crates/rollcall/tests/cli/formats.rs`). Both refuse
//! to touch a fixture that is there.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use rollcall_ledger::{
    Error, FsckOptions, Idempotency, Ledger, Options, RejectedRecord, Severity, Submission, Unfinished, backup, fsck_at_rest,
};
use rollcall_model::{Category, Event, Outcome, canonical};
use sha2::{Digest, Sha256};
use sqlx::{AssertSqlSafe, Connection, Row};

use crate::fixtures::*;

/// The formats of which there is a frozen store.
const FROZEN: [i64; 2] = [1, 2];

fn fixture(format: i64) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/fixtures/format-{format}"))
}

fn copy_folder(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy_folder(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// A copy of a frozen store.
fn store(format: i64) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    copy_folder(&fixture(format).join("store"), folder.path());
    folder
}

async fn sql(folder: &Path, statement: &str) -> Vec<i64> {
    let url = format!("sqlite://{}", folder.join("ledger.db").display());
    let mut connection = sqlx::SqliteConnection::connect(&url).await.unwrap();
    let rows = sqlx::query(AssertSqlSafe(statement.to_owned())).fetch_all(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    rows.iter().map(|row| row.get(0)).collect()
}

async fn format_of(folder: &Path) -> i64 {
    sql(folder, "SELECT value FROM rollcall_meta WHERE name = 'format'").await[0]
}

/// What a ledger says, as the files of a fixture have it. Of an event's canonical encoding it is the SHA-256.
struct Answers {
    events: String,
    sessions: String,
    quarantine: String,
}

impl Answers {
    async fn of(ledger: &Ledger) -> Self {
        let (mut told, mut of_sessions, mut quarantine) = (String::new(), String::new(), String::new());
        for stored in events(ledger).await {
            write!(told, "{} {} ", stored.seq, stored.event.event_id).unwrap();
            for byte in Sha256::digest(canonical::encode(&stored)) {
                write!(told, "{byte:02x}").unwrap();
            }
            told.push('\n');
        }
        for session in sessions(ledger).await {
            writeln!(of_sessions, "{}", serde_json::to_string(&session).unwrap()).unwrap();
        }
        for quarantined in ledger.quarantined(&tenant(), 0, 1_000).await.unwrap() {
            let record = &quarantined.record;
            let line = serde_json::json!({
                "position": quarantined.position, "received_at": quarantined.received_at, "record_id": record.record_id,
                "source": record.source, "format": record.format, "line": record.line, "field": record.field,
                "reason": record.reason, "raw": String::from_utf8_lossy(&record.raw),
            });
            writeln!(quarantine, "{line}").unwrap();
        }
        Answers { events: told, sessions: of_sessions, quarantine }
    }

    fn files(&self) -> [(&'static str, &str); 3] {
        [("events.txt", &self.events), ("sessions.ndjson", &self.sessions), ("quarantine.ndjson", &self.quarantine)]
    }

    #[track_caller]
    fn assert_frozen(&self, format: i64, when: &str) {
        for (name, told) in self.files() {
            let frozen = std::fs::read_to_string(fixture(format).join(name)).unwrap();
            for (number, (told, frozen)) in told.lines().zip(frozen.lines()).enumerate() {
                assert_eq!(told, frozen, "format {format}, {when}: {name}, line {}", number + 1);
            }
            assert_eq!(told.lines().count(), frozen.lines().count(), "format {format}, {when}: {name}");
        }
    }
}

async fn assert_sound(folder: &Path) {
    for report in fsck_at_rest(Options::new(folder), None, &FsckOptions::default()).await.unwrap() {
        let wrong = report.findings.iter().filter(|finding| finding.severity > Severity::Harmless).map(ToString::to_string);
        assert!(report.is_sound(), "{:#?}", wrong.collect::<Vec<_>>());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_frozen_store_opens_is_brought_up_to_date_and_says_what_it_said() {
    for format in FROZEN {
        let folder = store(format);
        assert_eq!(format_of(folder.path()).await, format);
        let ledger = Ledger::open(Options::new(folder.path())).await.unwrap();
        let answers = Answers::of(&ledger).await;
        answers.assert_frozen(format, "opened");
        let events = answers.events.lines().count() as i64;
        assert!(events > 100 && answers.quarantine.lines().count() > 0 && answers.sessions.contains("\"open\":true"));
        ledger.close().await.unwrap();
        drop(ledger);
        let newest = *FROZEN.iter().max().unwrap();
        assert_eq!(format_of(folder.path()).await, newest);
        let counted =
            "SELECT CAST(sum(record_count) AS BIGINT) FROM ducklake_data_file WHERE path LIKE '%/counts-%' AND end_snapshot IS NULL";
        assert!(sql(folder.path(), counted).await[0] > 0, "format {format}: every archived event is counted");
        assert_sound(folder.path()).await;
        let ledger = Ledger::open(Options::new(folder.path())).await.unwrap();
        Answers::of(&ledger).await.assert_frozen(format, "opened again");
        ledger.archive(&tenant()).await.unwrap();
        ledger.compact(&tenant()).await.unwrap();
        ledger.expire().await.unwrap();
        Answers::of(&ledger).await.assert_frozen(format, "archived and compacted");
        ledger.close().await.unwrap();
        drop(ledger);
        assert_sound(folder.path()).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_of_a_frozen_store_is_known_when_it_comes_again() {
    let folder = store(2);
    let ledger = Ledger::open(Options::new(folder.path())).await.unwrap();
    let (made, events) = (ledger.next_seq(&tenant()).unwrap(), vec![access(1, minute(0), "sign_in", "nobody.else")]);
    // Its answer is older than a day, but nothing has been archived since.
    let receipt = ledger.append(&tenant(), Submission { events, idempotency: Some(idempotency()), ..Submission::default() }).await.unwrap();
    assert_eq!((receipt.accepted, receipt.repeated.as_deref()), (2, Some("the note of an answer")));
    assert_eq!(ledger.next_seq(&tenant()).unwrap(), made);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_of_an_earlier_format_keeps_it_and_leaves_the_store_alone() {
    let folder = store(1);
    let place = tempfile::tempdir().unwrap();
    let to = place.path().join("backup");
    let begun = Unfinished::begin(&to, "A backup").unwrap();
    backup(&Options::new(folder.path()), &begun, None).await.unwrap();
    begun.finish().unwrap();
    assert_eq!((format_of(folder.path()).await, format_of(&to).await), (1, 1), "the way back to the earlier version");
    let ledger = Ledger::open(Options::new(&to)).await.unwrap();
    Answers::of(&ledger).await.assert_frozen(1, "out of a backup");
    ledger.close().await.unwrap();
    drop(ledger);
    assert_sound(&to).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_format_of_the_future_is_refused_and_left_as_it_is() {
    let folder = store(2);
    sql(folder.path(), "UPDATE rollcall_meta SET value = 99 WHERE name = 'format'").await;
    let error = Ledger::open(Options::new(folder.path())).await.unwrap_err();
    assert!(matches!(error, Error::TooNew { found: 99, .. }), "{error}");
    assert!(error.to_string().contains("format 99") && error.to_string().contains("install a newer Rollcall"), "{error}");
    let place = tempfile::tempdir().unwrap();
    let begun = Unfinished::begin(&place.path().join("backup"), "A backup").unwrap();
    assert!(matches!(backup(&Options::new(folder.path()), &begun, None).await.unwrap_err(), Error::TooNew { .. }));
    assert_eq!(format_of(folder.path()).await, 99);
}

fn idempotency() -> Idempotency {
    Idempotency { key: [0x17; 32], fingerprint: [0x71; 32], note: "the note of an answer".to_owned() }
}

/// Two days of a few agents: every class of file, late events, tags, forced and missing ends.
fn events_of_step(step: u128) -> Vec<Event> {
    let day = i64::try_from(step / 2).unwrap() * 1_440;
    let mut events = Vec::new();
    for agent in 0..6_u128 {
        let number = step * 100 + agent * 10;
        let at = |minutes: i64| minute(day + i64::try_from(step % 2).unwrap() * 240 + i64::try_from(agent).unwrap() * 7 + minutes);
        let account = format!("agent{agent}");
        let mut begin = access(number, at(0), "sign_in", &account);
        begin.hierarchy = Some(format!("EMEA / Team {}", agent % 2));
        begin.tags = [("site".to_owned(), "sto".to_owned()), ("shift".to_owned(), agent.to_string())].into();
        events.push(begin);
        for n in 0..4 {
            let kind = if n == 3 { Category::WebhookFailure } else { Category::Activity };
            let outcome = if n == 3 { Outcome::Failure } else { Outcome::Success };
            let mut other = Event::new(id(number + 1 + n), at(i64::try_from(n).unwrap() * 11 + 5), "wfm", kind, "Updated", outcome);
            other.application = Some("WFM".to_owned());
            other.instance = Some(format!("form {n}"));
            other.normalize();
            events.push(other);
        }
        if agent != 5 {
            let how = if agent == 4 { "forced_sign_out" } else { "sign_out" };
            events.push(access(number + 8, at(200), how, &account));
        }
    }
    events.push(full_event(step * 100 + 99, minute(day + 400)));
    events
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "makes a fixture: see the head of this file"]
async fn freeze_a_store_of_this_format() {
    let folder = tempfile::tempdir().unwrap();
    let options = Options { file_grace: std::time::Duration::ZERO, ..Options::new(folder.path()) };
    let ledger = Ledger::open(options).await.unwrap();
    let archived = async |events: Vec<Event>| {
        append(&ledger, events).await;
        ledger.archive(&tenant()).await.unwrap();
    };
    archived(events_of_step(0)).await;
    archived(events_of_step(2)).await;
    ledger.compact(&tenant()).await.unwrap();
    ledger.expire().await.unwrap();
    // Late events change sessions that are in the lake: files that they replace stay for a while.
    archived(vec![access(9_001, minute(100), "sign_out", "agent1"), access(9_002, minute(110), "sign_in", "agent1")]).await;
    ledger.hold(&snapshot(&ledger).await).await.unwrap();
    let rejected = |line: i64| RejectedRecord {
        record_id: id(9_100 + u128::try_from(line).unwrap()),
        source: "pbx".to_owned(),
        format: "asterisk-queue-log".to_owned(),
        line,
        field: Some("time".to_owned()),
        reason: format!("expected a number; got \"line {line}\""),
        raw: format!("line {line}|NONE").into_bytes(),
    };
    let tail = Submission { rejected: vec![rejected(3), rejected(8)], events: events_of_step(1), ..Submission::default() };
    ledger.append(&tenant(), tail).await.unwrap();
    let keyed = vec![access(9_200, minute(1_800), "sign_in", "late.shift"), access(9_201, minute(90), "sign_out", "agent2")];
    ledger.append(&tenant(), Submission { events: keyed, idempotency: Some(idempotency()), ..Submission::default() }).await.unwrap();
    let answers = Answers::of(&ledger).await;
    ledger.close().await.unwrap();
    drop(ledger);
    sql(folder.path(), "UPDATE ducklake_metadata SET value = '/var/lib/rollcall/lake/' WHERE key = 'data_path'").await;
    let classes = ["access", "other", "ended", "open", "counts"];
    let files = "SELECT data_file_id FROM ducklake_data_file WHERE path LIKE '%";
    for class in classes {
        assert!(!sql(folder.path(), &format!("{files}/{class}-%'")).await.is_empty(), "no file of {class}");
    }
    let to = fixture(format_of(folder.path()).await);
    assert!(!to.exists(), "{} is frozen; remove it first if its format has never been released", to.display());
    std::fs::create_dir_all(to.join("store")).unwrap();
    // Most of its tables are nearly empty: small pages make it a third as large.
    sql(folder.path(), &format!("PRAGMA page_size = 1024; VACUUM INTO '{}'", to.join("store/ledger.db").display())).await;
    copy_folder(&folder.path().join("lake"), &to.join("store/lake"));
    for (name, told) in answers.files() {
        std::fs::write(to.join(name), told).unwrap();
    }
    let names: BTreeSet<_> = std::fs::read_dir(to.join("store")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names, ["lake".into(), "ledger.db".into()].into());
}
