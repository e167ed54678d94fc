//! Backup and restore: one consistent whole while everything goes on, from either engine to either.

use std::collections::BTreeMap;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use rollcall_ledger::{
    Copied, Error, FsckOptions, Idempotency, Ledger, Options, RejectedRecord, Severity, Submission, Unfinished, backup, fsck_at_rest,
    restore,
};
use rollcall_model::{Category, Event, Outcome, Session, StoredEvent, TenantId, canonical};
use rollcall_sessions::{AccessEvent, SourceLimits, sessions_of as pair_anew};
use sqlx::{AssertSqlSafe, Connection, Row};

use crate::attaching::ask;
use crate::fixtures::*;

on_both_engines![
    a_backup_under_load_is_whole_and_becomes_a_ledger_on_either_engine,
    no_table_and_no_row_is_left_out,
    a_backup_opens_where_it_lies_and_other_readers_attach_it,
    a_half_backup_is_not_taken_for_a_whole_one,
    a_restore_goes_where_nothing_is,
    files_of_an_earlier_backup_are_linked_and_those_of_the_ledger_never,
];

/// A sign-in or sign-out, every seventh of them late, or some other event.
fn event(number: u128) -> Event {
    let at = i64::try_from(number).unwrap() * 3;
    match number % 5 {
        0 => {
            let mut event = Event::new(id(number), minute(at), "wfm", Category::Activity, "Updated", Outcome::Success);
            event.application = Some("WFM".to_owned());
            event
        }
        rest => {
            let late = if number.is_multiple_of(7) { 2_000 } else { 0 };
            let activity = if rest < 3 { "sign_in" } else { "sign_out" };
            access(number, minute(at - late), activity, &format!("agent{}", number % 11))
        }
    }
}

async fn back_up(options: &Options, to: &Path, link_from: Option<&Path>) -> Copied {
    let folder = Unfinished::begin(to, "A backup").unwrap();
    let copied = backup(options, &folder, link_from).await.unwrap();
    folder.finish().unwrap();
    copied
}

/// Where a restore puts its files.
fn target(home: &Home) -> PathBuf {
    if home.options().postgres.is_some() { home.path().join("lake") } else { home.path().to_path_buf() }
}

async fn restored(from: &Path, engine: Engine) -> (Home, Copied) {
    let home = Home::new(engine);
    let folder = Unfinished::begin(&target(&home), "A restore").unwrap();
    let copied = restore(from, &folder, &home.options()).await.unwrap();
    folder.finish().unwrap();
    (home, copied)
}

async fn assert_sound(options: Options) {
    for report in fsck_at_rest(options, None, &FsckOptions::default()).await.unwrap() {
        let wrong = report.findings.iter().filter(|finding| finding.severity > Severity::Harmless).map(ToString::to_string);
        assert!(report.is_sound(), "{:#?}", wrong.collect::<Vec<_>>());
    }
}

fn encoded(events: &[StoredEvent]) -> Vec<Vec<u8>> {
    events.iter().map(canonical::encode).collect()
}

fn paired_anew(events: &[StoredEvent]) -> Vec<Session> {
    let access: Vec<AccessEvent> = events.iter().filter_map(|stored| AccessEvent::from_event(&stored.event)).collect();
    let mut sessions = pair_anew(&access, &SourceLimits::default());
    sessions.sort_by_key(|session| session.session_key);
    sessions
}

async fn a_backup_under_load_is_whole_and_becomes_a_ledger_on_either_engine(engine: Engine) {
    let home = Home::new(engine);
    // What is replaced goes at once: only a lease can keep it for a backup.
    let options = Options { file_grace: Duration::ZERO, ..home.options() };
    let ledger = Arc::new(Ledger::open(options.clone()).await.unwrap());
    let done = Arc::new(AtomicBool::new(false));
    let writer = {
        let (ledger, done) = (Arc::clone(&ledger), Arc::clone(&done));
        tokio::spawn(async move {
            let mut number = 0;
            while !done.load(Ordering::Relaxed) {
                append(&ledger, (number..number + 7).map(event).collect()).await;
                number += 7;
                tokio::time::sleep(Duration::from_millis(3)).await;
            }
        })
    };
    let keeper = {
        let (ledger, done) = (Arc::clone(&ledger), Arc::clone(&done));
        tokio::spawn(async move {
            while !done.load(Ordering::Relaxed) {
                for _ in 0..4 {
                    ledger.archive(&tenant()).await.unwrap();
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
                ledger.compact(&tenant()).await.unwrap();
                ledger.expire().await.unwrap();
            }
        })
    };
    let folder = tempfile::tempdir().unwrap();
    let mut backups = Vec::new();
    while ledger.tail_events(&tenant()).unwrap() as i64 == ledger.next_seq(&tenant()).unwrap() {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    for number in 0..4 {
        tokio::time::sleep(Duration::from_millis(300)).await;
        let acknowledged = ledger.next_seq(&tenant()).unwrap();
        let to = folder.path().join(format!("backup{number}"));
        let copied = back_up(&options, &to, None).await;
        assert!(copied.tenants["default"] >= acknowledged, "{copied:?} {acknowledged}");
        assert!(copied.files > 0);
        backups.push((to, copied));
    }
    done.store(true, Ordering::Relaxed);
    writer.await.unwrap();
    keeper.await.unwrap();
    let all = encoded(&events(&ledger).await);
    for (at, (from, copied)) in backups.iter().enumerate() {
        // A copy of this kind is restored to one engine, the next to the other.
        let engine = if at % 2 == 0 { Engine::Sqlite } else { Engine::Postgres };
        let (home, again) = restored(from, engine).await;
        assert_eq!((&again.tenants, again.files, again.bytes), (&copied.tenants, copied.files, copied.bytes));
        assert_sound(home.options()).await;
        assert_sound(Options::new(from)).await;
        let ledger = open(&home).await;
        let there = events(&ledger).await;
        assert_without_gaps(&there);
        assert_eq!(i64::try_from(there.len()).unwrap(), copied.tenants["default"]);
        assert!(encoded(&there) == all[..there.len()], "the events of a backup are the first of all events");
        assert_eq!(sessions(&ledger).await, paired_anew(&there));
        // It goes on where it ended, and knows what it has.
        assert_eq!(append(&ledger, vec![event(1), event(1_000_000)]).await.duplicates, 1);
        ledger.archive(&tenant()).await.unwrap();
        assert_without_gaps(&events(&ledger).await);
        ledger.close().await.unwrap();
    }
}

/// How many rows each table of a ledger's database has.
async fn rows(options: &Options) -> BTreeMap<String, i64> {
    let mut found = BTreeMap::new();
    let count = |table: &str| AssertSqlSafe(format!("SELECT count(*) FROM {table}"));
    match &options.postgres {
        Some(postgres) => {
            let mut connection = sqlx::PgConnection::connect(&postgres.url).await.unwrap();
            let path = AssertSqlSafe(format!("SET search_path TO {}", postgres.schema));
            sqlx::raw_sql(path).execute(&mut connection).await.unwrap();
            let tables = sqlx::query("SELECT tablename::text FROM pg_tables WHERE schemaname = current_schema()");
            for table in tables.fetch_all(&mut connection).await.unwrap() {
                let table: String = table.get(0);
                let rows = sqlx::query(count(&table)).fetch_one(&mut connection).await.unwrap().get(0);
                found.insert(table, rows);
            }
        }
        None => {
            let url = format!("sqlite://{}", options.folder.join("ledger.db").display());
            let mut connection = sqlx::SqliteConnection::connect(&url).await.unwrap();
            let tables = sqlx::query("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'");
            for table in tables.fetch_all(&mut connection).await.unwrap() {
                let table: String = table.get(0);
                let rows = sqlx::query(count(&table)).fetch_one(&mut connection).await.unwrap().get(0);
                found.insert(table, rows);
            }
            connection.close().await.unwrap();
        }
    }
    found
}

async fn sql(options: &Options, statement: &str) {
    match &options.postgres {
        Some(postgres) => {
            let mut connection = sqlx::PgConnection::connect(&postgres.url).await.unwrap();
            let statement = AssertSqlSafe(format!("SET search_path TO {}; {statement}", postgres.schema));
            sqlx::raw_sql(statement).execute(&mut connection).await.unwrap();
        }
        None => {
            let url = format!("sqlite://{}", options.folder.join("ledger.db").display());
            let mut connection = sqlx::SqliteConnection::connect(&url).await.unwrap();
            sqlx::raw_sql(AssertSqlSafe(statement.to_owned())).execute(&mut connection).await.unwrap();
            connection.close().await.unwrap();
        }
    }
}

/// A ledger with rows in every table of ours, two tenants, old snapshots, and a lease.
async fn varied(home: &Home) -> Ledger {
    let ledger = open(home).await;
    let north = TenantId::new("north").unwrap();
    ledger.make_tenant(&north).await.unwrap();
    let rejected = RejectedRecord {
        record_id: id(99),
        source: "pbx".to_owned(),
        format: "asterisk-queue-log".to_owned(),
        line: 3,
        field: Some("time".to_owned()),
        reason: "expected a number; got \"x\"".to_owned(),
        raw: vec![0, 159, 255, b'\''],
    };
    let idempotency = Some(Idempotency { key: [7; 32], fingerprint: [8; 32], note: "an answer".to_owned() });
    let events = vec![full_event(1, minute(0)), full_event(2, minute(1))];
    let submission = Submission { events, rejected: vec![rejected], idempotency, directory: None };
    ledger.append(&tenant(), submission).await.unwrap();
    ledger.append(&north, Submission { events: vec![full_event(1, minute(0))], ..Submission::default() }).await.unwrap();
    ledger.archive(&tenant()).await.unwrap();
    ledger.archive(&north).await.unwrap();
    append(&ledger, (10..40).map(event).collect()).await;
    ledger.hold(&snapshot(&ledger).await).await.unwrap();
    ledger.archive(&tenant()).await.unwrap();
    append(&ledger, (40..60).map(event).collect()).await;
    // Notes the digest of each file.
    for tenant in [tenant(), north] {
        ledger.fsck(&tenant, &FsckOptions { repair: true, ..FsckOptions::default() }).await.unwrap();
    }
    sql(
        &home.options(),
        "INSERT INTO rollcall_retention VALUES ('north', 'activity', 30); \
         INSERT INTO rollcall_hold VALUES ('north', 'case 7', 'asked for by a court', 1)",
    )
    .await;
    ledger
}

async fn no_table_and_no_row_is_left_out(engine: Engine) {
    let home = Home::new(engine);
    let ledger = varied(&home).await;
    let folder = tempfile::tempdir().unwrap();
    let to = folder.path().join("backup");
    back_up(&home.options(), &to, None).await;
    let (before, copied) = (rows(&home.options()).await, rows(&Options::new(&to)).await);
    assert_eq!(before.keys().collect::<Vec<_>>(), copied.keys().collect::<Vec<_>>());
    let empty = ["rollcall_removal", "rollcall_edge"];
    for (table, rows) in before.iter().filter(|(table, _)| table.starts_with("rollcall_")) {
        assert!(*rows > 0 || empty.contains(&table.as_str()), "the test puts nothing into {table}");
    }
    let of_one_snapshot = [
        "rollcall_lease",
        "rollcall_journal",
        "rollcall_archive",
        "rollcall_digest",
        "ducklake_snapshot",
        "ducklake_snapshot_changes",
        "ducklake_data_file",
        "ducklake_file_column_stats",
        "ducklake_file_partition_value",
    ];
    for (table, rows) in before.iter().filter(|(table, _)| !of_one_snapshot.contains(&table.as_str())) {
        assert_eq!(copied[table], *rows, "{table}");
    }
    assert_eq!((copied["rollcall_lease"], copied["ducklake_snapshot"], copied["rollcall_archive"]), (0, 1, 2));
    assert_eq!(copied["rollcall_digest"], copied["ducklake_data_file"]);
    assert_eq!((copied["rollcall_journal"], before["rollcall_journal"]), (1, 2), "a row that only a lease keeps stays behind");
    let expected = (encoded(&events(&ledger).await), ledger.quarantined(&tenant(), 0, 10).await.unwrap());
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let (home, _) = restored(&to, engine).await;
        assert_eq!(rows(&home.options()).await, copied, "{engine:?}");
        let ledger = open(&home).await;
        assert_eq!((encoded(&events(&ledger).await), ledger.quarantined(&tenant(), 0, 10).await.unwrap()), expected);
        let repeated = Submission {
            events: vec![full_event(77, minute(0))],
            idempotency: Some(Idempotency { key: [7; 32], fingerprint: [8; 32], note: String::new() }),
            ..Submission::default()
        };
        let receipt = ledger.append(&tenant(), repeated).await.unwrap();
        assert_eq!((receipt.accepted, receipt.repeated.as_deref()), (2, Some("an answer")), "a request is known over a restore");
        ledger.close().await.unwrap();
    }
}

async fn a_backup_opens_where_it_lies_and_other_readers_attach_it(engine: Engine) {
    let home = Home::new(engine);
    let ledger = varied(&home).await;
    ledger.archive(&tenant()).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let to = folder.path().join("backup");
    back_up(&home.options(), &to, None).await;
    let (here, there) = (events(&ledger).await, Ledger::open(Options::new(&to)).await.unwrap());
    assert_eq!(encoded(&events(&there).await), encoded(&here));
    assert_eq!(sessions(&there).await, sessions(&ledger).await);
    there.close().await.unwrap();
    drop(there);
    let answers = ask(&to, &["SELECT count(*), max(seq) FROM lake.\"default\".events", "SELECT count(*) FROM lake.north.events"]);
    assert_eq!(answers, [format!("{}|{}", here.len(), here.len() - 1), "1".to_owned()]);
}

async fn a_half_backup_is_not_taken_for_a_whole_one(engine: Engine) {
    let home = Home::new(engine);
    let ledger = open(&home).await;
    append(&ledger, vec![full_event(1, minute(0))]).await;
    ledger.archive(&tenant()).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let to = folder.path().join("backup");
    let lost = files(&home.path().join("lake/default/events")).pop().unwrap();
    std::fs::remove_file(&lost).unwrap();
    let begun = Unfinished::begin(&to, "A backup").unwrap();
    let error = backup(&home.options(), &begun, None).await.unwrap_err().to_string();
    assert!(error.contains(lost.to_str().unwrap()) && error.contains("fsck"), "{error}");
    drop(begun);
    assert!(matches!(Ledger::open(Options::new(&to)).await.unwrap_err(), Error::Unfinished(_)));
    assert!(matches!(Unfinished::begin(&to, "A backup").unwrap_err(), Error::Unfinished(_)));
    let elsewhere = Unfinished::begin(&folder.path().join("new"), "A restore").unwrap();
    assert!(matches!(restore(&to, &elsewhere, &Options::new(elsewhere.folder())).await.unwrap_err(), Error::Unfinished(_)));
}

async fn a_restore_goes_where_nothing_is(engine: Engine) {
    let home = Home::new(engine);
    let ledger = varied(&home).await;
    let folder = tempfile::tempdir().unwrap();
    let to = folder.path().join("backup");
    back_up(&home.options(), &to, None).await;
    let before = rows(&home.options()).await;
    // The files would find room, the database is taken.
    let elsewhere = Unfinished::begin(&folder.path().join("lake"), "A restore");
    if engine == Engine::Postgres {
        let error = restore(&to, &elsewhere.unwrap(), &home.options()).await.unwrap_err().to_string();
        assert!(error.contains("expected an empty schema"), "{error}");
        assert_eq!(rows(&home.options()).await, before);
    }
    let error = Unfinished::begin(home.path(), "A restore").unwrap_err().to_string();
    assert!(error.contains("empty or missing"), "{error}");
    let nothing = Unfinished::begin(&folder.path().join("new"), "A restore").unwrap();
    let error = restore(folder.path(), &nothing, &Options::new(nothing.folder())).await.unwrap_err().to_string();
    assert!(error.contains("is no backup"), "{error}");
    // A restore that has not come to its end is no ledger.
    let half = Home::new(engine);
    let begun = Unfinished::begin(&target(&half), "A restore").unwrap();
    restore(&to, &begun, &half.options()).await.unwrap();
    drop(begun);
    assert!(matches!(Ledger::open(half.options()).await.unwrap_err(), Error::Unfinished(_)));
    // A backup that somebody has open is not restored from.
    let opened = Ledger::open(Options::new(&to)).await.unwrap();
    assert!(matches!(restore(&to, &nothing, &Options::new(nothing.folder())).await.unwrap_err(), Error::Locked(_)));
    opened.close().await.unwrap();
    ledger.close().await.unwrap();
}

async fn files_of_an_earlier_backup_are_linked_and_those_of_the_ledger_never(engine: Engine) {
    let home = Home::new(engine);
    let ledger = varied(&home).await;
    let folder = tempfile::tempdir().unwrap();
    let (first, second) = (folder.path().join("first"), folder.path().join("second"));
    let before = back_up(&home.options(), &first, None).await;
    ledger.archive(&tenant()).await.unwrap();
    let after = back_up(&home.options(), &second, Some(&first)).await;
    assert!(after.linked > 0 && after.linked < after.files && before.linked == 0, "{after:?}");
    let links = |folder: &Path| files(folder).iter().map(|file| std::fs::metadata(file).unwrap().nlink()).collect::<Vec<_>>();
    assert_eq!(links(&second.join("lake")).iter().filter(|&&links| links == 2).count() as u64, after.linked);
    assert!(links(&home.path().join("lake")).iter().all(|&links| links == 1));
    std::fs::remove_dir_all(&first).unwrap();
    assert_sound(Options::new(&second)).await;
    let begun = Unfinished::begin(&folder.path().join("third"), "A backup").unwrap();
    let error = backup(&home.options(), &begun, Some(home.path())).await.unwrap_err().to_string();
    assert!(error.contains("is the ledger itself"), "{error}");
}

/// Every file below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}
