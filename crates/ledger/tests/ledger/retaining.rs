//! Retention: what is no longer kept goes, what is kept stays as it is, and the ledger still adds up.

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::ToSpan;
use proptest::prelude::*;
use rollcall_ledger::{FsckOptions, Ledger, Options, Postgres, Removed, RetentionReport};
use rollcall_model::time::{MICROS_PER_DAY, MICROS_PER_HOUR};
use rollcall_model::zone::Zone;
use rollcall_model::{AccessActivity, Category, Event, Outcome, Scope, Session, Timestamp};
use rollcall_sessions::{AccessEvent, SourceLimits, pair};

use crate::fixtures::*;

on_both_engines![
    a_run_removes_what_is_no_longer_kept_and_nothing_else,
    a_session_that_crossed_the_edge_is_still_paired_and_late_events_find_it,
    an_event_from_before_the_edge_changes_no_session_and_goes_with_the_next_run,
    a_cursor_from_before_still_sees_everything,
    nothing_is_removed_while_there_is_a_hold,
    a_run_of_many_steps_removes_the_same,
    a_run_that_is_killed_leaves_what_was_before,
    a_run_that_fails_leaves_what_was_before_and_the_next_one_removes,
    any_arrival_and_any_runs_leave_what_is_kept,
];

/// The day on which the tests' events begin lies that many days back.
const BEGAN_DAYS_AGO: i64 = 20;

/// A moment: a day of the tests, and hours after its beginning.
fn at(day: i64, hours: i64) -> Timestamp {
    let today = jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).date();
    let began = Zone::utc().first_instant(today.checked_sub(BEGAN_DAYS_AGO.days()).unwrap());
    began.plus_micros(day * MICROS_PER_DAY + hours * MICROS_PER_HOUR)
}

/// Keeps a category from a day of the tests on.
async fn keep_from(ledger: &Ledger, category: Category, day: i64) {
    let days = u32::try_from(BEGAN_DAYS_AGO - day).unwrap();
    ledger.set_retention(&tenant(), &[(category, NonZeroU32::new(days))].into()).await.unwrap();
}

fn other(number: u128, time: Timestamp, category: Category) -> Event {
    let mut event = Event::new(id(number), time, "wfm", category, "Updated", Outcome::Success);
    event.application = Some("WFM".to_owned());
    event
}

/// Four days, each with a sign-in at 8, a sign-out at 16, and an event of each other category; the last
/// sign-out of a day is left out, so that its session goes on into the next day.
fn four_days() -> Vec<Event> {
    let mut events = Vec::new();
    for day in 0..4_i64 {
        let number = u128::try_from(day).unwrap() * 100;
        for (n, name) in (0..).zip(["mara.lind", "omar.aziz"]) {
            events.push(access(number + n, at(day, 8), "sign_in", name));
        }
        events.push(access(number + 10, at(day, 16), "sign_out", "mara.lind"));
        let others = [Category::Activity, Category::IntegrationFailure, Category::WebhookFailure];
        events.extend((20..).zip(others).map(|(n, category)| other(number + n, at(day, 12), category)));
    }
    events
}

async fn open_without_grace(home: &Home) -> Ledger {
    Ledger::open(Options { file_grace: Duration::ZERO, ..home.options() }).await.unwrap()
}

async fn told(ledger: &Ledger) -> (Vec<i64>, Vec<Session>) {
    (events(ledger).await.iter().map(|stored| stored.seq).collect(), sessions(ledger).await)
}

/// That the store is whole: seqs, files, statistics, counts and sessions.
async fn assert_sound(ledger: &Ledger) {
    let report = ledger.fsck(&tenant(), &FsckOptions::default()).await.unwrap();
    let findings: Vec<String> = report.findings.iter().map(ToString::to_string).collect();
    assert!(report.is_sound(), "{findings:#?}");
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    entries.map(|entry| entry.unwrap().path()).flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

fn removed(report: &RetentionReport) -> BTreeMap<Category, (Timestamp, u64)> {
    report.removed.iter().map(|&Removed { category, before, events }| (category, (before, events))).collect()
}

async fn a_run_removes_what_is_no_longer_kept_and_nothing_else(engine: Engine) {
    let home = Home::new(engine);
    let ledger = open_without_grace(&home).await;
    append(&ledger, four_days()).await;
    ledger.archive(&tenant()).await.unwrap();
    let before = events(&ledger).await;
    assert_eq!(ledger.run_retention(&tenant()).await.unwrap(), RetentionReport::default(), "everything is kept for ever");

    keep_from(&ledger, Category::Activity, 3).await;
    keep_from(&ledger, Category::WebhookFailure, 1).await;
    let policy = ledger.retention(&tenant()).await.unwrap();
    assert_eq!(
        policy.into_iter().map(|(category, days)| (category, days.get())).collect::<Vec<_>>(),
        [(Category::Activity, 17), (Category::WebhookFailure, 19)]
    );
    let preview = ledger.preview_retention(&tenant()).await.unwrap();
    assert_eq!(events(&ledger).await, before, "a preview changes nothing");
    let report = ledger.run_retention(&tenant()).await.unwrap();
    let expected = BTreeMap::from([(Category::Activity, (at(3, 0), 3)), (Category::WebhookFailure, (at(1, 0), 1))]);
    assert_eq!((removed(&report), removed(&preview)), (expected.clone(), expected));
    assert_eq!((report.files, report.sessions), (preview.files, preview.sessions));
    assert_eq!((report.files, report.sessions), (6, 0), "files of events and of counts of three days");
    assert!(report.deleted_from.is_some());

    let goes = |event: &Event| match event.category {
        Category::Activity => event.event_time < at(3, 0),
        Category::WebhookFailure => event.event_time < at(1, 0),
        _ => false,
    };
    let kept: Vec<_> = before.iter().filter(|stored| !goes(&stored.event)).cloned().collect();
    assert_eq!(events(&ledger).await, kept);
    assert_sound(&ledger).await;
    let again = ledger.run_retention(&tenant()).await.unwrap();
    assert_eq!((again.files, again.removed.iter().map(|removed| removed.events).sum::<u64>(), again.deleted_from), (0, 0, None));

    // A whole file goes where nothing of it is kept.
    for category in [Category::Activity, Category::IntegrationFailure, Category::WebhookFailure, Category::Access] {
        keep_from(&ledger, category, 2).await;
    }
    ledger.run_retention(&tenant()).await.unwrap();
    ledger.expire().await.unwrap();
    let events_folder = home.path().join("lake/default/events");
    assert_eq!(files(&events_folder).len(), 4, "two days of access events and others: {:?}", files(&events_folder));
    assert_sound(&ledger).await;
    let kept: Vec<_> = kept.into_iter().filter(|stored| stored.event.event_time >= at(2, 0)).collect();
    assert_eq!(events(&ledger).await, kept);
    let seen = told(&ledger).await;
    ledger.close().await.unwrap();
    drop(ledger);
    let ledger = open_without_grace(&home).await;
    assert_eq!(told(&ledger).await, seen, "after a restart");
    assert_sound(&ledger).await;
    // What has gone is not known any more, what is kept is.
    let sent_again = append(&ledger, four_days()).await;
    assert_eq!((sent_again.accepted, sent_again.duplicates), (24 - kept.len() as u64, kept.len() as u64));
}

async fn a_session_that_crossed_the_edge_is_still_paired_and_late_events_find_it(engine: Engine) {
    let home = Home::new(engine);
    let ledger = open_without_grace(&home).await;
    append(&ledger, four_days()).await;
    append(&ledger, vec![access(900, at(0, 9), "sign_in", "lea.holm"), access(901, at(3, 20), "sign_out", "lea.holm")]).await;
    ledger.archive(&tenant()).await.unwrap();
    let before = sessions(&ledger).await;
    keep_from(&ledger, Category::Access, 2).await;
    let report = ledger.run_retention(&tenant()).await.unwrap();
    // Mara's of days 0 and 1, and Omar's of day 0, which his sign-in of day 1 ended.
    assert_eq!((report.sessions, removed(&report)), (3, BTreeMap::from([(Category::Access, (at(2, 0), 7))])));
    let kept: Vec<_> = before.into_iter().filter(|session| session.open || session.end_time() >= Some(at(2, 0))).collect();
    assert_eq!(sessions(&ledger).await, kept);
    assert_sound(&ledger).await;
    // A late sign-out ends the session that had begun before the edge; the later one has nothing to end.
    append(&ledger, vec![access(902, at(2, 1), "sign_out", "lea.holm")]).await;
    for moment in ["at once", "in the lake", "after a restart"] {
        let lea: Vec<_> = sessions(&ledger).await.into_iter().filter(|session| session.account.as_deref() == Some("lea.holm")).collect();
        let crossing = lea.iter().find(|session| session.login_time == Some(at(0, 9))).unwrap();
        assert_eq!(crossing.logout_time, Some(at(2, 1)), "{moment}");
        let unknown = lea.iter().find(|session| session.login_time.is_none()).unwrap();
        assert_eq!((lea.len(), unknown.logout_time), (2, Some(at(3, 20))), "{moment}");
        assert_sound(&ledger).await;
        ledger.archive(&tenant()).await.unwrap();
    }
}

async fn an_event_from_before_the_edge_changes_no_session_and_goes_with_the_next_run(engine: Engine) {
    let home = Home::new(engine);
    let ledger = open_without_grace(&home).await;
    append(&ledger, four_days()).await;
    ledger.archive(&tenant()).await.unwrap();
    keep_from(&ledger, Category::Access, 2).await;
    ledger.run_retention(&tenant()).await.unwrap();
    let (seqs, shown) = told(&ledger).await;
    append(&ledger, vec![access(900, at(1, 20), "sign_out", "omar.aziz")]).await;
    assert_eq!(sessions(&ledger).await, shown, "in the journal");
    assert_eq!(ledger.run_retention(&tenant()).await.unwrap().files, 0, "what is in the journal stays");
    ledger.archive(&tenant()).await.unwrap();
    assert_eq!(sessions(&ledger).await, shown, "in the lake");
    assert_eq!(events(&ledger).await.len(), seqs.len() + 1);
    assert_sound(&ledger).await;
    let report = ledger.run_retention(&tenant()).await.unwrap();
    assert_eq!(removed(&report)[&Category::Access].1, 1);
    assert_eq!(told(&ledger).await, (seqs, shown));
    assert_sound(&ledger).await;
}

async fn a_cursor_from_before_still_sees_everything(engine: Engine) {
    let home = Home::new(engine);
    let ledger = open_without_grace(&home).await;
    let all = four_days();
    append(&ledger, all[..18].to_vec()).await;
    ledger.archive(&tenant()).await.unwrap();
    keep_from(&ledger, Category::Access, 1).await;
    ledger.run_retention(&tenant()).await.unwrap();
    // In the tail, and late: it is paired from this snapshot's edge.
    append(&ledger, all[18..].to_vec()).await;
    append(&ledger, vec![access(900, at(1, 1), "sign_out", "omar.aziz")]).await;
    let held = snapshot(&ledger).await;
    ledger.hold(&held).await.unwrap();
    let as_held = (events_of(&held).await, sessions_of(&held).await);
    let held = held.id();
    ledger.archive(&tenant()).await.unwrap();
    keep_from(&ledger, Category::Access, 3).await;
    keep_from(&ledger, Category::Activity, 3).await;
    ledger.run_retention(&tenant()).await.unwrap();
    ledger.expire().await.unwrap();
    assert!(events(&ledger).await.len() < as_held.0.len());
    ledger.close().await.unwrap();
    drop(ledger);
    let ledger = open_without_grace(&home).await;
    let again = ledger.snapshot_at(&tenant(), Scope::All, held).await.unwrap();
    assert_eq!((events_of(&again).await, sessions_of(&again).await), as_held);
}

async fn nothing_is_removed_while_there_is_a_hold(engine: Engine) {
    let home = Home::new(engine);
    let ledger = open_without_grace(&home).await;
    append(&ledger, four_days()).await;
    ledger.archive(&tenant()).await.unwrap();
    keep_from(&ledger, Category::Activity, 3).await;
    let placed = ledger.place_hold(&tenant(), "case 7", "the court asks").await.unwrap();
    assert_eq!(ledger.place_hold(&tenant(), "case 7", "another reason").await.unwrap(), placed, "the first stays");
    assert_eq!((placed.name.as_str(), placed.reason.as_str()), ("case 7", "the court asks"));
    ledger.place_hold(&tenant(), "case 8", "so does another").await.unwrap();
    ledger.close().await.unwrap();
    drop(ledger);
    let ledger = open_without_grace(&home).await;
    assert!(ledger.release_hold(&tenant(), "case 8").await.unwrap());
    assert!(!ledger.release_hold(&tenant(), "case 8").await.unwrap(), "there is none any more");
    let placed = [placed];
    assert_eq!(ledger.holds(&tenant()).await.unwrap(), placed);
    for report in [ledger.preview_retention(&tenant()).await.unwrap(), ledger.run_retention(&tenant()).await.unwrap()] {
        assert_eq!((report.on_hold.as_slice(), report.files), (&placed[..], 0));
    }
    assert_eq!(events(&ledger).await.len(), 24);
    ledger.release_hold(&tenant(), "case 7").await.unwrap();
    assert_eq!(removed(&ledger.run_retention(&tenant()).await.unwrap())[&Category::Activity].1, 3);
    assert_eq!(events(&ledger).await.len(), 21);
}

async fn a_run_of_many_steps_removes_the_same(engine: Engine) {
    let home = Home::new(engine);
    // A step is that small because an archive step is.
    let ledger = Ledger::open(Options { archive_events: 1, file_grace: Duration::ZERO, ..home.options() }).await.unwrap();
    for event in four_days() {
        append(&ledger, vec![event]).await;
    }
    ledger.archive(&tenant()).await.unwrap();
    let (before, shown) = (events(&ledger).await, sessions(&ledger).await);
    keep_from(&ledger, Category::Access, 3).await;
    keep_from(&ledger, Category::Activity, 2).await;
    let as_was = snapshot(&ledger).await.id().snapshot_id;
    ledger.run_retention(&tenant()).await.unwrap();
    assert!(snapshot(&ledger).await.id().snapshot_id >= as_was + 2, "a step has a snapshot of its own");
    let goes = |event: &Event| match event.category {
        Category::Access => event.event_time < at(3, 0),
        Category::Activity => event.event_time < at(2, 0),
        _ => false,
    };
    let kept: Vec<_> = before.into_iter().filter(|stored| !goes(&stored.event)).collect();
    assert_eq!(events(&ledger).await, kept);
    let shown: Vec<_> = shown.into_iter().filter(|session| session.open || session.end_time() >= Some(at(3, 0))).collect();
    assert_eq!(sessions(&ledger).await, shown);
    assert_sound(&ledger).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hold_that_is_placed_in_the_middle_stops_the_run() {
    let home = Home::new(Engine::Postgres);
    let ledger = open_without_grace(&home).await;
    append(&ledger, four_days()).await;
    ledger.archive(&tenant()).await.unwrap();
    keep_from(&ledger, Category::Activity, 3).await;
    let lake = home.path().join("lake");
    let as_was = files(&lake).len();
    // Another node is placing a hold: the run has written its files by the time that it is there.
    let placing = home.sql(
        "BEGIN; SELECT 1 FROM rollcall_tenant WHERE tenant = 'default' FOR UPDATE; \
         INSERT INTO rollcall_hold VALUES ('default', 'case 7', 'the court asks', 0); SELECT pg_sleep(3); COMMIT",
    );
    tokio::time::sleep(Duration::from_millis(700)).await;
    assert!(ledger.holds(&tenant()).await.unwrap().is_empty());
    let report = ledger.run_retention(&tenant()).await.unwrap();
    placing.await.unwrap();
    assert_eq!((report.on_hold.len(), report.files, removed(&report)[&Category::Activity].1), (1, 0, 0));
    assert_eq!(events(&ledger).await.len(), 24);
    assert_eq!(files(&lake).len(), as_was, "what it had written is swept away");
    assert_sound(&ledger).await;
}

/// A folder with something to remove.
async fn to_be_removed(home: &Home) -> (Vec<i64>, Vec<Session>) {
    let ledger = open_without_grace(home).await;
    append(&ledger, four_days()).await;
    ledger.archive(&tenant()).await.unwrap();
    keep_from(&ledger, Category::Access, 2).await;
    keep_from(&ledger, Category::Activity, 2).await;
    let before = told(&ledger).await;
    ledger.close().await.unwrap();
    before
}

/// Runs retention in a process of its own, with a fault.
async fn run_in_a_child(home: &Home, fault: String) -> std::process::ExitStatus {
    let options = home.options();
    let mut child = std::process::Command::new(std::env::current_exe().unwrap());
    child.args(["--exact", "retaining::the_child_that_runs_retention", "--ignored"]);
    child.env("ROLLCALL_FAULT", fault).env("RETAINING_FOLDER", home.path());
    if let Some(Postgres { url, schema }) = options.postgres {
        child.env("RETAINING_URL", url).env("RETAINING_SCHEMA", schema);
    }
    let output = tokio::task::spawn_blocking(move || child.output().unwrap()).await.unwrap();
    output.status
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "run by the fault tests"]
async fn the_child_that_runs_retention() {
    let variable = |name| std::env::var(name).ok();
    let folder = PathBuf::from(variable("RETAINING_FOLDER").unwrap());
    let postgres = variable("RETAINING_URL").map(|url| Postgres { url, schema: variable("RETAINING_SCHEMA").unwrap() });
    let options =
        Options { archive_interval: Duration::from_secs(3_600), postgres, lake: Some(folder.join("lake")), ..Options::new(folder) };
    let ledger = Ledger::open(options).await.unwrap();
    let before = told(&ledger).await;
    let failed = ledger.run_retention(&tenant()).await.unwrap_err();
    assert!(failed.to_string().contains("on purpose"), "{failed}");
    assert_eq!(told(&ledger).await, before);
    assert_sound(&ledger).await;
    assert_eq!(removed(&ledger.run_retention(&tenant()).await.unwrap())[&Category::Access].1, 6);
    ledger.close().await.unwrap();
}

async fn a_run_that_is_killed_leaves_what_was_before(engine: Engine) {
    let home = Home::new(engine);
    let before = to_be_removed(&home).await;
    for step in ["archive.file_written", "retain.files_written", "archive.catalogued", "retain.catalogued"] {
        let ended = run_in_a_child(&home, format!("kill:{step}:1")).await;
        assert!(ended.signal().is_some(), "{step}: {ended}");
        let ledger = open_without_grace(&home).await;
        assert_eq!(told(&ledger).await, before, "{step}");
        assert_sound(&ledger).await;
        ledger.close().await.unwrap();
    }
    let ledger = open_without_grace(&home).await;
    assert_eq!(removed(&ledger.run_retention(&tenant()).await.unwrap())[&Category::Access].1, 6);
    assert_sound(&ledger).await;
}

async fn a_run_that_fails_leaves_what_was_before_and_the_next_one_removes(engine: Engine) {
    for step in ["retain.files_written", "retain.catalogued"] {
        let home = Home::new(engine);
        to_be_removed(&home).await;
        assert!(run_in_a_child(&home, format!("fail:{step}:1")).await.success(), "{step}");
        let ledger = open_without_grace(&home).await;
        assert!(
            events(&ledger).await.iter().all(|stored| stored.event.category != Category::Access || stored.event.event_time >= at(2, 0))
        );
        assert_sound(&ledger).await;
    }
}

/// Something that happens to a ledger.
#[derive(Debug, Clone)]
enum Step {
    /// So many more events come.
    Append(usize),
    Archive,
    Compact,
    Restart,
    /// A category is kept from a day on, and what is not goes.
    Retain(Category, i64),
}

fn any_step() -> impl Strategy<Value = Step> {
    let category = prop_oneof![3 => Just(Category::Access), 1 => Just(Category::Activity), 1 => Just(Category::WebhookFailure)];
    prop_oneof![
        5 => (1_usize..12).prop_map(Step::Append),
        4 => Just(Step::Archive),
        1 => Just(Step::Compact),
        1 => Just(Step::Restart),
        4 => (category, 0_i64..7).prop_map(|(category, day)| Step::Retain(category, day)),
    ]
}

fn any_event() -> impl Strategy<Value = (i64, u8, u8, u8, bool)> {
    // three-hour step, agent, kind, session id, success
    (0_i64..48, 0_u8..3, 0_u8..14, 0_u8..4, prop::bool::weighted(0.9))
}

fn make(number: usize, (step, agent, kind, session, success): (i64, u8, u8, u8, bool)) -> Event {
    let (number, time) = (number as u128 + 1, at(0, 3 * step));
    let activities = AccessActivity::ALL;
    let mut event = match usize::from(kind) {
        kind if kind < 9 => {
            let activity = activities[kind % activities.len()];
            // Starts and stops of the source are rarer than what people do.
            let activity = if activity.as_str().starts_with("system") && step % 3 != 0 { activities[0] } else { activity };
            access(number, time, activity.as_str(), &format!("agent{agent}"))
        }
        9 | 10 => access(number, time, "sign_in", &format!("agent{agent}")),
        11 => other(number, time, Category::Activity),
        12 => other(number, time, Category::IntegrationFailure),
        _ => other(number, time, Category::WebhookFailure),
    };
    event.session_id = (session > 1).then(|| format!("s{session}"));
    event.triggered_by_name = Some(format!("boss{}", session % 2));
    if !success {
        event.outcome = Outcome::Failure;
    }
    event
}

/// What a ledger must show, by the rules alone.
struct Model {
    limits: SourceLimits,
    /// By seq, with whether it is in the lake. None once it has been removed.
    events: Vec<Option<(Event, bool)>>,
    edge: Timestamp,
    open_at_edge: Vec<Session>,
}

impl Model {
    fn access(&self, takes: impl Fn(&Event, bool) -> bool) -> Vec<AccessEvent> {
        let takes = |(event, archived): &&(Event, bool)| event.event_time >= self.edge && takes(event, *archived);
        self.events.iter().flatten().filter(takes).filter_map(|(event, _)| AccessEvent::from_event(event)).collect()
    }

    fn sessions(&self) -> Vec<Session> {
        let paired = pair(self.open_at_edge.clone(), &self.access(|_, _| true), &self.limits);
        let mut sessions = [paired.closed, paired.open].concat();
        sessions.sort_by_key(|session| session.session_key);
        sessions
    }

    fn seqs(&self) -> Vec<i64> {
        (0..).zip(&self.events).filter(|(_, event)| event.is_some()).map(|(seq, _)| seq).collect()
    }

    fn retain(&mut self, report: &RetentionReport) {
        let before: BTreeMap<Category, Timestamp> = report.removed.iter().map(|removed| (removed.category, removed.before)).collect();
        let goes = |event: &Event| before.get(&event.category).is_some_and(|before| event.event_time < *before);
        if let Some(&edge) = before.get(&Category::Access).filter(|&&edge| edge > self.edge) {
            let in_lake = pair(self.open_at_edge.clone(), &self.access(|_, archived| archived), &self.limits);
            let is_over = |session: &Session| session.end_time().is_some_and(|end| end < edge);
            let has_gone = |(event, archived): &(Event, bool)| *archived && event.category == Category::Access && goes(event);
            if in_lake.closed.iter().chain(&in_lake.open).any(is_over) || self.events.iter().flatten().any(has_gone) {
                let until = self.access(|event, archived| archived && event.event_time < edge);
                self.open_at_edge = pair(std::mem::take(&mut self.open_at_edge), &until, &self.limits).open;
                self.open_at_edge.retain(|session| !is_over(session));
                self.edge = edge;
            }
        }
        for event in &mut self.events {
            if event.as_ref().is_some_and(|(event, archived)| *archived && goes(event)) {
                *event = None;
            }
        }
    }
}

async fn any_arrival_and_any_runs_leave_what_is_kept(engine: Engine) {
    // On PostgreSQL each case makes its own schema, which takes longer.
    let usual = if engine == Engine::Postgres { 8 } else { 48 };
    let arrivals = (prop::collection::vec(any_event(), 1..70), prop::collection::vec(any_step(), 1..16), any::<bool>());
    let runtime = tokio::runtime::Handle::current();
    let check = move || {
        proptest!(cases(usual), |((raw, steps, limited) in arrivals)| {
            let limits = if limited { idle_limit("portal", 20 * 60) } else { SourceLimits::default() };
            let all: Vec<Event> = raw.into_iter().enumerate().map(|(number, raw)| make(number, raw)).collect();
            runtime.block_on(live(engine, all, steps, limits))?;
        });
    };
    tokio::task::spawn_blocking(check).await.unwrap();
}

async fn live(engine: Engine, all: Vec<Event>, steps: Vec<Step>, limits: SourceLimits) -> Result<(), TestCaseError> {
    let home = Home::new(engine);
    let mut ledger = open_with_limits(&home, limits.clone()).await;
    let mut model = Model { limits: limits.clone(), events: Vec::new(), edge: Timestamp::MIN, open_at_edge: Vec::new() };
    let mut coming = all.into_iter();
    for step in steps {
        match step {
            Step::Append(events) => {
                let events: Vec<Event> = coming.by_ref().take(events).collect();
                append(&ledger, events.clone()).await;
                model.events.extend(events.into_iter().map(|event| Some((event, false))));
            }
            Step::Archive => {
                ledger.archive(&tenant()).await.unwrap();
                model.events.iter_mut().flatten().for_each(|(_, archived)| *archived = true);
            }
            Step::Compact => drop(ledger.compact(&tenant()).await.unwrap()),
            Step::Restart => {
                ledger.close().await.unwrap();
                drop(ledger);
                ledger = open_with_limits(&home, limits.clone()).await;
            }
            Step::Retain(category, day) => {
                keep_from(&ledger, category, day).await;
                let preview = ledger.preview_retention(&tenant()).await.unwrap();
                let report = ledger.run_retention(&tenant()).await.unwrap();
                prop_assert_eq!((&preview.removed, preview.sessions, preview.files), (&report.removed, report.sessions, report.files));
                model.retain(&report);
                let sound = ledger.fsck(&tenant(), &FsckOptions::default()).await.unwrap();
                prop_assert!(sound.is_sound(), "{:#?}", sound.findings);
            }
        }
        let (seqs, sessions) = told(&ledger).await;
        prop_assert_eq!(seqs, model.seqs(), "after {:?}", step);
        prop_assert_eq!(sessions, model.sessions(), "after {:?}", step);
    }
    ledger.archive(&tenant()).await.unwrap();
    prop_assert_eq!(told(&ledger).await, (model.seqs(), model.sessions()));
    let sound = ledger.fsck(&tenant(), &FsckOptions::default()).await.unwrap();
    prop_assert!(sound.is_sound(), "{:#?}", sound.findings);
    ledger.close().await.unwrap();
    Ok(())
}
