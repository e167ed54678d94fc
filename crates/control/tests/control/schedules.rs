//! Schedules: set up with their report, planned once, and their runs.

use futures::future::join_all;
use rollcall_control::schedules::{NewRun, NewSchedule, Plan, Published, RUN_JOB, RunStatus, Schedule, ScheduleChange, Written};
use rollcall_control::{Control, ControlError};
use rollcall_model::TenantId;
use rollcall_test_postgres::{Engine, on_both_engines};
use uuid::Uuid;

use crate::fixture::{Place, at, record, report, tenant};

on_both_engines![
    scheduling_publishes_the_report_and_records_it_once,
    what_is_due_is_planned_once_whoever_plans_at_the_same_time,
    whoever_asks_for_a_run_gets_the_next_number,
    a_run_is_noted_step_by_step_and_over_once,
    deleting_a_schedule_ends_its_runs_and_keeps_their_records,
    a_report_that_is_scheduled_is_neither_deleted_nor_taken_back,
];

fn default() -> TenantId {
    TenantId::default()
}

async fn open(engine: Engine) -> (Place, Control) {
    let place = Place::new(engine);
    let control = place.open().await.unwrap();
    control.saved_reports().create(&report("default", 1, "Yesterday"), None).await.unwrap();
    (place, control)
}

fn published(number: u128) -> Published {
    Published { by: "key:2".to_owned(), record: record("default", number) }
}

async fn schedule(control: &Control, number: u128) -> Schedule {
    let new = NewSchedule {
        id: Uuid::from_u128(number),
        tenant: default(),
        owner: "operator".to_owned(),
        report_id: Uuid::from_u128(1),
        settings: "{}".to_owned(),
        created_by: "operator".to_owned(),
        created_at: at(10),
    };
    control.schedules().create(&new, &published(1_000 + number), &[]).await.unwrap()
}

fn run(number: u128, due: i64, skipped: bool) -> NewRun {
    NewRun {
        id: Uuid::from_u128(number),
        tenant: default(),
        schedule_id: Uuid::from_u128(7),
        due_at: at(due),
        restates: None,
        requested_by: None,
        range_from: at(0),
        range_to: at(due),
        frozen: "{}".to_owned(),
        skipped: skipped.then(|| "too many".to_owned()),
        created_at: at(100),
    }
}

fn plan(runs: Vec<NewRun>) -> Plan {
    Plan { planned_from: at(10), planned_to: at(50), look_at: at(200), runs, records: Vec::new() }
}

async fn scheduling_publishes_the_report_and_records_it_once(engine: Engine) {
    let (_place, control) = open(engine).await;
    let first = schedule(&control, 7).await;
    assert_eq!((first.version, first.planned_to, first.paused), (1, at(10), false));
    schedule(&control, 8).await;
    let saved = control.saved_reports().get(&default(), Uuid::from_u128(1)).await.unwrap().unwrap();
    assert!(saved.published);
    assert_eq!((saved.version, control.outbox().count().await.unwrap()), (2, 1), "the second schedule publishes nothing");
    assert_eq!(control.schedules().of_report(&default(), saved.id).await.unwrap().len(), 2);
    assert!(control.schedules().get(&tenant("north"), first.id).await.unwrap().is_none());
}

async fn what_is_due_is_planned_once_whoever_plans_at_the_same_time(engine: Engine) {
    let (_place, control) = open(engine).await;
    let schedule = schedule(&control, 7).await;
    assert_eq!(control.schedules().due(at(10)).await.unwrap(), std::slice::from_ref(&schedule));
    let planning = (0..4u128).map(|node| {
        let plan = plan(vec![run(100 + 10 * node, 20, true), run(101 + 10 * node, 30, false)]);
        let (control, schedule) = (&control, &schedule);
        async move { control.schedules().plan(schedule, &plan).await.unwrap() }
    });
    assert_eq!(join_all(planning).await.into_iter().sum::<usize>(), 1, "one run is to be done, by one of them");
    let runs = control.runs().list(&default(), Some(schedule.id), None, 10).await.unwrap();
    assert_eq!(
        runs.iter().map(|run| (run.due_at, run.status)).collect::<Vec<_>>(),
        [(at(30), RunStatus::Waiting), (at(20), RunStatus::Skipped)]
    );
    assert_eq!(control.jobs().list(&default(), Some(RUN_JOB), None, 10).await.unwrap().len(), 1, "what is left out has no job");
    assert!(control.schedules().due(at(199)).await.unwrap().is_empty());
    assert_eq!(control.schedules().due(at(200)).await.unwrap()[0].planned_to, at(50));
}

async fn whoever_asks_for_a_run_gets_the_next_number(engine: Engine) {
    let (_place, control) = open(engine).await;
    let schedule = schedule(&control, 7).await;
    control.schedules().plan(&schedule, &plan(vec![run(100, 20, false)])).await.unwrap();
    let asking = (0..4u128).map(|number| {
        let (control, new) = (&control, run(200 + number, 20, false));
        async move { control.runs().request(&new, &[]).await.unwrap().number }
    });
    let mut numbers = join_all(asking).await;
    numbers.sort_unstable();
    assert_eq!(numbers, [1, 2, 3, 4]);
    let elsewhere = NewRun { schedule_id: Uuid::from_u128(99), ..run(300, 20, false) };
    assert!(matches!(control.runs().request(&elsewhere, &[]).await, Err(ControlError::NotFound { .. })));
}

async fn a_run_is_noted_step_by_step_and_over_once(engine: Engine) {
    let (_place, control) = open(engine).await;
    let schedule = schedule(&control, 7).await;
    control.schedules().plan(&schedule, &plan(vec![run(100, 20, false)])).await.unwrap();
    let (runs, id) = (control.runs(), Uuid::from_u128(100));
    let begun = runs.begin(&default(), id, at(60)).await.unwrap().unwrap();
    assert_eq!((begun.status, begun.attempts, begun.started_at), (RunStatus::Running, 1, Some(at(60))));
    runs.wait(&default(), id, "waits").await.unwrap();
    let again = runs.begin(&default(), id, at(61)).await.unwrap().unwrap();
    assert_eq!((again.attempts, again.started_at), (2, Some(at(60))));
    let written = Written {
        file: "x.csv".to_owned(),
        until: at(500),
        rows: 3,
        bytes: 30,
        sha256: "00".to_owned(),
        seq: 9,
        scope: "\"all\"".to_owned(),
        missing: None,
    };
    assert!(runs.written(&default(), id, &written).await.unwrap());
    runs.delivered(&default(), id, "[1]").await.unwrap();
    assert!(runs.finish(&begun, RunStatus::Succeeded, None, at(62), Some(at(70)), &[record("default", 5)]).await.unwrap());
    assert!(!runs.finish(&begun, RunStatus::Failed, Some("late"), at(63), None, &[record("default", 6)]).await.unwrap());
    assert!(runs.begin(&default(), id, at(64)).await.unwrap().is_none());
    let over = runs.get(&default(), id).await.unwrap().unwrap();
    assert_eq!((over.status, over.rows, over.seq, over.outcomes.as_str()), (RunStatus::Succeeded, Some(3), Some(9), "[1]"));
    assert_eq!(runs.to_check(at(70), 5).await.unwrap().len(), 1);
    runs.checked(&default(), id, 12, Some(at(90))).await.unwrap();
    assert!(runs.to_check(at(89), 5).await.unwrap().is_empty());
    assert!(runs.supersede(&over, "changed", &[]).await.unwrap() && !runs.supersede(&over, "changed", &[]).await.unwrap());
    assert!(runs.to_check(at(90), 5).await.unwrap().is_empty());
    assert_eq!(runs.to_clear(at(500), 5).await.unwrap().len(), 1);
    runs.cleared(&default(), id).await.unwrap();
    assert!(runs.to_clear(at(500), 5).await.unwrap().is_empty());
}

async fn deleting_a_schedule_ends_its_runs_and_keeps_their_records(engine: Engine) {
    let (_place, control) = open(engine).await;
    let planned = schedule(&control, 7).await;
    control.schedules().plan(&planned, &plan(vec![run(100, 20, false), run(101, 30, false)])).await.unwrap();
    let begun = control.runs().begin(&default(), Uuid::from_u128(100), at(60)).await.unwrap().unwrap();
    control.runs().finish(&begun, RunStatus::Succeeded, None, at(62), None, &[]).await.unwrap();
    let schedules = control.schedules();
    let stale = schedules.delete(&default(), planned.id, 2, at(70), &[]).await.unwrap_err();
    assert!(matches!(stale, ControlError::VersionConflict { present: 1, .. }));
    schedules.delete(&default(), planned.id, 1, at(70), &[]).await.unwrap();
    let runs = control.runs().list(&default(), None, None, 10).await.unwrap();
    assert_eq!(runs.iter().map(|run| run.status).collect::<Vec<_>>(), [RunStatus::Skipped, RunStatus::Succeeded]);
    assert!(control.jobs().about(&default(), RUN_JOB, &Uuid::from_u128(101).to_string()).await.unwrap().is_none());
}

async fn a_report_that_is_scheduled_is_neither_deleted_nor_taken_back(engine: Engine) {
    let (_place, control) = open(engine).await;
    let made = schedule(&control, 7).await;
    let (reports, id) = (control.saved_reports(), Uuid::from_u128(1));
    let back = rollcall_control::saved_reports::ReportChange {
        published: Some(false),
        ..rollcall_control::saved_reports::ReportChange::new("operator", at(20))
    };
    let refused = reports.update(&default(), id, 2, &back, None).await.unwrap_err();
    assert!(matches!(&refused, ControlError::ReportScheduled { schedules, .. } if *schedules == [made.id.to_string()]), "{refused}");
    assert!(matches!(reports.delete(&default(), id, 2, &[], at(20), &[]).await, Err(ControlError::ReportScheduled { .. })));
    assert!(reports.get(&default(), id).await.unwrap().unwrap().published, "nothing has changed");
    // It goes on being paused and changed.
    let to = ScheduleChange {
        owner: "key:2".to_owned(),
        settings: "{}".to_owned(),
        paused: true,
        suspended: None,
        from_now_on: true,
        changed_by: "key:2".to_owned(),
        changed_at: at(30),
    };
    let paused = control.schedules().update(&default(), made.id, 1, &to, &[]).await.unwrap();
    assert_eq!((paused.version, paused.planned_to, paused.paused), (2, at(30), true));
    assert!(control.schedules().due(at(1_000)).await.unwrap().is_empty());
    reports.update_with_schedules(&default(), id, 2, &back, &[made.id], &[]).await.unwrap();
    assert!(control.schedules().list(&default()).await.unwrap().is_empty());
    reports.delete(&default(), id, 3, &[], at(40), &[]).await.unwrap();
}
