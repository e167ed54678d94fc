//! fsck: what is sound is found sound, also while events come in. What is not is [`damage`].

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use arrow::array::{ArrayRef, AsArray, Int64Array, RecordBatch, StringViewArray, UInt64Array};
use arrow::compute::{take, take_record_batch};
use arrow::datatypes::Int64Type;
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use proptest::prelude::*;
use rollcall_ledger::{Finding, FindingKind, FsckOptions, FsckReport, Ledger, Options, Report, Severity, fsck_at_rest};
use rollcall_model::{AccessActivity, Category, Event, Outcome, Session, StoredEvent, TenantId};
use rollcall_sessions::SourceLimits;
use sqlx::{AssertSqlSafe, Connection, Row};

use crate::fixtures::*;

mod damage;

on_both_engines![whatever_has_arrived_and_been_archived_is_sound, a_check_runs_while_events_come_in,];

const CHECK: FsckOptions = FsckOptions::CHECK;
const REPAIR: FsckOptions = FsckOptions { repair: true, ..FsckOptions::CHECK };
/// A check, and a repair, in many passes over the access events.
const CHECK_IN_PASSES: FsckOptions = FsckOptions { paired_at_once: 3, ..FsckOptions::CHECK };
const REPAIR_IN_PASSES: FsckOptions = FsckOptions { repair: true, ..CHECK_IN_PASSES };

/// Runs a statement on the ledger's database beside the ledger. Answers how many rows it touched.
async fn sql(home: &Home, statement: &str) -> u64 {
    match home.options().postgres {
        Some(postgres) => {
            let mut connection = sqlx::PgConnection::connect(&postgres.url).await.unwrap();
            let schema = format!("SET search_path TO {}", postgres.schema);
            sqlx::raw_sql(AssertSqlSafe(schema)).execute(&mut connection).await.unwrap();
            sqlx::raw_sql(AssertSqlSafe(statement.to_owned())).execute(&mut connection).await.unwrap().rows_affected()
        }
        None => {
            let mut connection = sqlite(home).await;
            sqlx::raw_sql(AssertSqlSafe(statement.to_owned())).execute(&mut connection).await.unwrap().rows_affected()
        }
    }
}

async fn sqlite(home: &Home) -> sqlx::SqliteConnection {
    sqlx::SqliteConnection::connect(&format!("sqlite://{}", home.path().join("ledger.db").display())).await.unwrap()
}

/// The events of the first row of the journal as they are stored, in bytes.
async fn journal_row(home: &Home) -> Vec<u8> {
    let select = "SELECT batch FROM rollcall_journal ORDER BY first_seq LIMIT 1";
    match home.options().postgres {
        Some(postgres) => {
            let mut connection = sqlx::PgConnection::connect(&postgres.url).await.unwrap();
            let select = select.replace("rollcall_journal", &format!("{}.rollcall_journal", postgres.schema));
            sqlx::query(AssertSqlSafe(select)).fetch_one(&mut connection).await.unwrap().get(0)
        }
        None => sqlx::query(select).fetch_one(&mut sqlite(home).await).await.unwrap().get(0),
    }
}

/// Bytes as a literal of either database.
fn literal(engine: Engine, bytes: &[u8]) -> String {
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    match engine {
        Engine::Sqlite => format!("x'{hex}'"),
        Engine::Postgres => format!("'\\x{hex}'::bytea"),
    }
}

fn activity(number: u128, minutes: i64) -> Event {
    let mut event = Event::new(id(number), minute(minutes), "wfm", Category::Activity, "Updated", Outcome::Success);
    event.application = Some("WFM".to_owned());
    event.comments = Some(format!("what nobody else says: {number}"));
    event
}

/// A store with all kinds of files over two days, with sessions that are open, and with events in the journal.
async fn store(home: &Home) -> Ledger {
    let ledger = open(home).await;
    for step in 0..3_u128 {
        let at = i64::try_from(step).unwrap() * 700;
        let name = |n: u128| format!("agent{n}");
        let mut events: Vec<Event> = (0..6).map(|n| access(step * 100 + n, minute(at + 1), "sign_in", &name(n))).collect();
        events.extend((0..5).map(|n| access(step * 100 + 10 + n, minute(at + 90), "sign_out", &name(n))));
        events.extend((0..20).map(|n| activity(step * 100 + 20 + n, at + 30)));
        append(&ledger, events).await;
        ledger.archive(&tenant()).await.unwrap();
    }
    append(&ledger, vec![access(900, minute(2_000), "sign_out", "agent5"), activity(901, 2_000)]).await;
    append(&ledger, vec![access(902, minute(2_001), "sign_in", "agent5"), activity(903, 2_001)]).await;
    ledger
}

async fn close(ledger: Ledger) {
    ledger.close().await.unwrap();
    drop(ledger);
}

async fn check(ledger: &Ledger) -> FsckReport {
    ledger.fsck(&tenant(), &CHECK).await.unwrap()
}

/// Repairs, and holds that nothing is left to repair.
async fn repair(ledger: &Ledger) -> FsckReport {
    let report = ledger.fsck(&tenant(), &REPAIR).await.unwrap();
    assert_eq!(told(&report.findings), [] as [String; 0]);
    report
}

async fn at_rest(home: &Home, how: &FsckOptions) -> FsckReport {
    fsck_at_rest(home.options(), Some(&tenant()), how).await.unwrap().remove(0)
}

fn told(findings: &[Finding]) -> Vec<String> {
    findings.iter().map(ToString::to_string).collect()
}

fn kinds(report: &FsckReport) -> Vec<FindingKind> {
    report.left.iter().filter(|tally| tally.severity > Severity::Harmless).map(|tally| tally.kind).collect()
}

fn has(report: &FsckReport, kind: FindingKind) -> bool {
    report.left.iter().any(|tally| tally.kind == kind)
}

/// The one finding of a kind.
fn only(report: &FsckReport, kind: FindingKind) -> &Finding {
    let of_kind: Vec<&Finding> = report.findings.iter().filter(|finding| finding.kind == kind).collect();
    assert_eq!(of_kind.len(), 1, "of {kind}: {:#?}", told(&report.findings));
    of_kind[0]
}

async fn shown(ledger: &Ledger) -> (Vec<StoredEvent>, Vec<Session>) {
    (events(ledger).await, sessions(ledger).await)
}

fn parquet_files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut found: Vec<PathBuf> = entries.flat_map(|path| if path.is_dir() { parquet_files(&path) } else { vec![path] }).collect();
    found.sort();
    found
}

/// A file of a class that the newest snapshot has.
async fn current_file(home: &Home, ledger: &Ledger, class: &str) -> PathBuf {
    // Without a grace period only those stay that the newest snapshot has.
    ledger.expire().await.unwrap();
    let named = |path: &PathBuf| path.file_name().unwrap().to_str().unwrap().starts_with(class);
    parquet_files(&home.path().join("lake")).into_iter().find(named).unwrap()
}

async fn store_without_grace(home: &Home) -> Ledger {
    close(store(home).await).await;
    reopen(home).await
}

async fn reopen(home: &Home) -> Ledger {
    let ledger = Ledger::open(Options { file_grace: Duration::ZERO, ..home.options() }).await.unwrap();
    ledger.expire().await.unwrap();
    ledger
}

fn below_lake(home: &Home, path: &Path) -> String {
    path.strip_prefix(home.path().canonicalize().unwrap().join("lake"))
        .or_else(|_| path.strip_prefix(home.path().join("lake")))
        .unwrap()
        .display()
        .to_string()
}

fn any_event() -> impl Strategy<Value = (u8, u8, u8, u8, bool)> {
    // minute, agent, activity, session id, whether it is an access event
    (0_u8..90, 0_u8..3, 0_u8..9, 0_u8..4, prop::bool::weighted(0.7))
}

fn make(number: usize, (at, agent, kind, session, is_access): (u8, u8, u8, u8, bool)) -> Event {
    let minutes = i64::from(at) * 37;
    if !is_access {
        return activity(number as u128 + 1, minutes);
    }
    let activity = AccessActivity::ALL[usize::from(kind) % AccessActivity::ALL.len()];
    let activity = if activity.as_str().starts_with("system") && at % 3 != 0 { AccessActivity::ALL[0] } else { activity };
    let mut event = access(number as u128 + 1, minute(minutes), activity.as_str(), &format!("agent{agent}"));
    if number % 5 == 4 {
        event.employee_id = event.account.take();
    }
    event.session_id = (session > 1).then(|| format!("s{session}"));
    if kind == 7 {
        event.outcome = Outcome::Failure;
    }
    event
}

#[derive(Debug, Clone, Copy)]
enum Step {
    Archive,
    Compact,
    Expire,
    Reopen,
}

fn any_step() -> impl Strategy<Value = Step> {
    prop_oneof![4 => Just(Step::Archive), 1 => Just(Step::Compact), 1 => Just(Step::Expire), 1 => Just(Step::Reopen)]
}

async fn whatever_has_arrived_and_been_archived_is_sound(engine: Engine) {
    let runtime = tokio::runtime::Handle::current();
    let history = (prop::collection::vec(any_event(), 1..80), prop::collection::vec((0_usize..80, any_step()), 0..8), any::<bool>());
    let usual = if engine == Engine::Sqlite { 12 } else { 6 };
    let holds = move || {
        proptest!(cases(usual), |((raw, steps, limited) in history)| {
            let limits = if limited { idle_limit("portal", 120) } else { SourceLimits::default() };
            let all: Vec<Event> = raw.into_iter().enumerate().map(|(number, raw)| make(number, raw)).collect();
            runtime.block_on(pass(engine, all, steps, limits))?;
        });
    };
    tokio::task::spawn_blocking(holds).await.unwrap();
}

async fn pass(engine: Engine, all: Vec<Event>, mut steps: Vec<(usize, Step)>, limits: SourceLimits) -> Result<(), TestCaseError> {
    let home = Home::new(engine);
    let options = || Options { limits: limits.clone(), file_grace: Duration::ZERO, ..home.options() };
    let mut ledger = Ledger::open(options()).await.unwrap();
    steps.sort_by_key(|(at, _)| *at);
    steps.push((all.len(), Step::Archive));
    let mut from = 0;
    for (at, step) in steps {
        let to = at.clamp(from, all.len());
        append(&ledger, all[from..to].to_vec()).await;
        from = to;
        let report = check(&ledger).await;
        prop_assert!(report.is_sound(), "after {} events: {:#?}", to, told(&report.findings));
        match step {
            Step::Archive => drop(ledger.archive(&tenant()).await.unwrap()),
            Step::Compact => drop(ledger.compact(&tenant()).await.unwrap()),
            Step::Expire => drop(ledger.expire().await.unwrap()),
            Step::Reopen => {
                ledger.close().await.unwrap();
                drop(ledger);
                ledger = Ledger::open(options()).await.unwrap();
            }
        }
        let report = ledger.fsck(&tenant(), &CHECK_IN_PASSES).await.unwrap();
        prop_assert!(report.is_sound(), "after {} events and {:?}: {:#?}", to, step, told(&report.findings));
        prop_assert_eq!(report.events, to as u64);
    }
    let before = shown(&ledger).await;
    repair(&ledger).await;
    prop_assert_eq!(shown(&ledger).await, before, "a repair changes nothing that is right");
    ledger.close().await.unwrap();
    drop(ledger);
    let report = fsck_at_rest(options(), None, &CHECK).await.unwrap().remove(0);
    prop_assert_eq!(told(&report.findings), [] as [String; 0]);
    Ok(())
}

async fn a_check_runs_while_events_come_in(engine: Engine) {
    let home = Home::new(engine);
    let ledger = Arc::new(open(&home).await);
    let writer = tokio::spawn({
        let ledger = Arc::clone(&ledger);
        async move {
            for number in 0..200_u128 {
                let name = if number % 2 == 0 { "sign_in" } else { "sign_out" };
                append(
                    &ledger,
                    vec![access(number, minute(i64::try_from(number).unwrap()), name, "mara.lind"), activity(1_000 + number, 5)],
                )
                .await;
                if number % 20 == 19 {
                    ledger.archive(&tenant()).await.unwrap();
                }
                if number % 60 == 59 {
                    ledger.compact(&tenant()).await.unwrap();
                    ledger.expire().await.unwrap();
                }
            }
        }
    });
    let told_of = Arc::new(AtomicU64::new(0));
    while !writer.is_finished() {
        let options = FsckOptions {
            report: Report::to({
                let told_of = Arc::clone(&told_of);
                move |progress| {
                    assert!(progress.done <= progress.total.max(1), "{progress:?}");
                    told_of.fetch_add(1, Ordering::Relaxed);
                }
            }),
            ..CHECK
        };
        let report = ledger.fsck(&tenant(), &options).await.unwrap();
        assert!(report.is_sound(), "{:#?}", told(&report.findings));
        assert_eq!(report.events, u64::try_from(report.as_of.next_seq).unwrap());
    }
    writer.await.unwrap();
    assert!(told_of.load(Ordering::Relaxed) > 0);
    repair(&ledger).await;
    assert_eq!(check(&ledger).await.events, 400);
}
