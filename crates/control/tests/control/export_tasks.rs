//! Export tasks: with a job each, ended once, and without a password from then on.

use futures::future::join_all;
use rollcall_control::Control;
use rollcall_control::export_tasks::{ExportStatus, ExportTask, NewExport, WrittenExport};
use rollcall_control::jobs::{JobStatus, NewJob};
use rollcall_model::TenantId;
use rollcall_test_postgres::{Engine, on_both_engines};
use uuid::Uuid;

use crate::fixture::{Place, at, record, tenant, waiting};

on_both_engines![
    a_task_is_made_with_its_job_and_comes_back_as_it_was_made,
    whichever_way_a_task_ends_its_password_is_gone,
    of_many_endings_at_once_one_counts_and_is_recorded,
    a_cancelled_task_stops_its_job_in_the_same_change,
    a_deleted_task_takes_its_job_with_it,
    an_owner_has_no_more_open_tasks_than_they_may,
    a_file_expires_once_and_not_before_its_time,
    the_list_goes_on_where_it_ended,
    tenants_see_their_own_tasks_alone,
];

const JOB: &str = "export";

fn default() -> TenantId {
    TenantId::default()
}

fn id(number: u128) -> Uuid {
    Uuid::from_u128(number)
}

fn task(tenant_name: &str, number: u128, owner: &str) -> NewExport {
    NewExport {
        id: id(number),
        tenant: tenant(tenant_name),
        owner: owner.to_owned(),
        created_by_name: owner.to_uppercase(),
        report: "login_logout".to_owned(),
        definition: r#"{"report":"login_logout"}"#.to_owned(),
        wish: "{}".to_owned(),
        file_name: "Login_Logout report.csv".to_owned(),
        password: b"sealed".to_vec(),
        created_at: at(number.try_into().unwrap()),
    }
}

async fn make(control: &Control, task: &NewExport) -> bool {
    let job = NewJob {
        tenant: task.tenant.clone(),
        kind: JOB.to_owned(),
        subject: task.id.to_string(),
        run_at: task.created_at,
        created_at: task.created_at,
    };
    control.export_tasks().create(task, &job, 3, &[record(task.tenant.as_str(), task.id.as_u128())]).await.unwrap()
}

async fn get(control: &Control, number: u128) -> ExportTask {
    control.export_tasks().get(&default(), id(number)).await.unwrap().unwrap()
}

fn written(expires_at: i64) -> WrittenExport {
    WrittenExport {
        row_scope: "\"all\"".to_owned(),
        rows: 7,
        bytes: 99,
        sha256: "ab".to_owned(),
        stored_as: "1.zip".to_owned(),
        expires_at: at(expires_at),
    }
}

async fn a_task_is_made_with_its_job_and_comes_back_as_it_was_made(engine: Engine) {
    let place = Place::new(engine);
    let control = place.open().await.unwrap();
    let new = task("default", 7, "mara");
    assert!(make(&control, &new).await);
    let stored = get(&control, 7).await;
    let expected = ExportTask {
        id: new.id,
        tenant: new.tenant,
        owner: new.owner,
        created_by_name: new.created_by_name,
        report: new.report,
        definition: new.definition,
        wish: new.wish,
        file_name: new.file_name,
        status: ExportStatus::Waiting,
        failure: None,
        row_scope: None,
        rows: None,
        bytes: None,
        sha256: None,
        stored_as: None,
        created_at: at(7),
        started_at: None,
        finished_at: None,
        expires_at: None,
    };
    assert_eq!(stored, expected);
    assert_eq!(control.export_tasks().password(&default(), id(7)).await.unwrap().as_deref(), Some(b"sealed".as_slice()));
    let job = control.jobs().about(&default(), JOB, &id(7).to_string()).await.unwrap().unwrap();
    assert_eq!((job.status, job.run_at), (JobStatus::Waiting, at(7)));
    assert_eq!(waiting(&control).await, [7]);
}

async fn whichever_way_a_task_ends_its_password_is_gone(engine: Engine) {
    let place = Place::new(engine);
    let control = place.open().await.unwrap();
    for number in 1..=3 {
        make(&control, &task("default", number, &format!("owner {number}"))).await;
        assert!(control.export_tasks().begin(&default(), id(number), at(10)).await.unwrap());
    }
    let tasks = control.export_tasks();
    assert!(tasks.succeed(&default(), id(1), &written(90), at(20), &record("default", 11)).await.unwrap());
    assert!(tasks.fail(&default(), id(2), "no room", at(20), &record("default", 12)).await.unwrap());
    assert!(tasks.cancel(&default(), id(3), JOB, at(20), &record("default", 13)).await.unwrap());
    for (number, status) in [(1, ExportStatus::Successful), (2, ExportStatus::Failed), (3, ExportStatus::Cancelled)] {
        assert_eq!(tasks.password(&default(), id(number)).await.unwrap(), None);
        let task = get(&control, number).await;
        assert_eq!((task.status, task.finished_at), (status, Some(at(20))));
    }
    let successful = get(&control, 1).await;
    assert_eq!((successful.rows, successful.bytes, successful.stored_as.as_deref()), (Some(7), Some(99), Some("1.zip")));
    assert_eq!(get(&control, 2).await.failure.as_deref(), Some("no room"));
    assert!(!tasks.begin(&default(), id(2), at(30)).await.unwrap(), "what has ended does not begin again");
    tasks.wait(&default(), id(2)).await.unwrap();
    assert_eq!(get(&control, 2).await.status, ExportStatus::Failed);
}

async fn of_many_endings_at_once_one_counts_and_is_recorded(engine: Engine) {
    let place = Place::new(engine);
    let control = place.open().await.unwrap();
    make(&control, &task("default", 1, "mara")).await;
    let endings = join_all((0..6).map(|number| {
        let control = control.clone();
        async move {
            let record = record("default", 100 + number);
            match number % 3 {
                0 => control.export_tasks().cancel(&default(), id(1), JOB, at(20), &record).await.unwrap(),
                1 => control.export_tasks().fail(&default(), id(1), "no room", at(20), &record).await.unwrap(),
                _ => control.export_tasks().succeed(&default(), id(1), &written(90), at(20), &record).await.unwrap(),
            }
        }
    }));
    assert_eq!(endings.await.into_iter().filter(|ended| *ended).count(), 1);
    assert_eq!(waiting(&control).await.len(), 2, "that it was made, and how it ended");
}

async fn a_cancelled_task_stops_its_job_in_the_same_change(engine: Engine) {
    let place = Place::new(engine);
    let control = place.open().await.unwrap();
    make(&control, &task("default", 1, "mara")).await;
    assert!(control.export_tasks().cancel(&default(), id(1), JOB, at(20), &record("default", 11)).await.unwrap());
    let job = control.jobs().about(&default(), JOB, &id(1).to_string()).await.unwrap().unwrap();
    assert_eq!(job.status, JobStatus::Cancelled);
    assert!(!control.export_tasks().cancel(&default(), id(1), JOB, at(21), &record("default", 12)).await.unwrap());
    assert_eq!(waiting(&control).await, [1, 11]);
}

async fn a_deleted_task_takes_its_job_with_it(engine: Engine) {
    let place = Place::new(engine);
    let control = place.open().await.unwrap();
    make(&control, &task("default", 1, "mara")).await;
    control.export_tasks().succeed(&default(), id(1), &written(90), at(20), &record("default", 11)).await.unwrap();
    let deleted = control.export_tasks().delete(&default(), id(1), JOB, &record("default", 12)).await.unwrap();
    assert_eq!(deleted.stored_as.as_deref(), Some("1.zip"));
    assert_eq!(control.export_tasks().get(&default(), id(1)).await.unwrap(), None);
    assert_eq!(control.jobs().about(&default(), JOB, &id(1).to_string()).await.unwrap(), None);
    assert!(control.export_tasks().delete(&default(), id(1), JOB, &record("default", 13)).await.is_err());
    assert_eq!(waiting(&control).await, [1, 11, 12]);
}

async fn an_owner_has_no_more_open_tasks_than_they_may(engine: Engine) {
    let place = Place::new(engine);
    let control = place.open().await.unwrap();
    for number in 1..=3 {
        assert!(make(&control, &task("default", number, "mara")).await);
    }
    assert!(!make(&control, &task("default", 4, "mara")).await);
    assert_eq!(control.export_tasks().get(&default(), id(4)).await.unwrap(), None);
    assert!(make(&control, &task("default", 5, "rune")).await, "another owner has room of their own");
    control.export_tasks().begin(&default(), id(1), at(10)).await.unwrap();
    assert!(!make(&control, &task("default", 6, "mara")).await, "one that runs has not ended");
    control.export_tasks().fail(&default(), id(1), "no room", at(20), &record("default", 11)).await.unwrap();
    assert!(make(&control, &task("default", 7, "mara")).await);
}

async fn a_file_expires_once_and_not_before_its_time(engine: Engine) {
    let place = Place::new(engine);
    let control = place.open().await.unwrap();
    make(&control, &task("default", 1, "mara")).await;
    let tasks = control.export_tasks();
    tasks.succeed(&default(), id(1), &written(90), at(20), &record("default", 11)).await.unwrap();
    assert!(tasks.outdated(at(89), 10).await.unwrap().is_empty());
    assert!(!tasks.expire(&default(), id(1), at(89), &record("default", 12)).await.unwrap());
    assert_eq!(tasks.outdated(at(90), 10).await.unwrap().len(), 1);
    assert!(tasks.expire(&default(), id(1), at(90), &record("default", 13)).await.unwrap());
    assert!(!tasks.expire(&default(), id(1), at(91), &record("default", 14)).await.unwrap());
    let expired = get(&control, 1).await;
    assert_eq!((expired.status, expired.stored_as, expired.rows), (ExportStatus::Expired, None, Some(7)));
    assert_eq!(waiting(&control).await, [1, 11, 13]);
}

async fn the_list_goes_on_where_it_ended(engine: Engine) {
    let place = Place::new(engine);
    let control = place.open().await.unwrap();
    for number in 1..=3 {
        make(&control, &task("default", number, "mara")).await;
    }
    // Made at the same moment as the third.
    make(&control, &NewExport { created_at: at(3), ..task("default", 4, "rune") }).await;
    let tasks = control.export_tasks();
    let numbers = |tasks: Vec<ExportTask>| tasks.into_iter().map(|task| task.id.as_u128()).collect::<Vec<_>>();
    assert_eq!(numbers(tasks.list(&default(), None, None, 10).await.unwrap()), [4, 3, 2, 1]);
    let mut seen = Vec::new();
    loop {
        let before = match seen.last() {
            Some(number) => Some(get(&control, *number).await),
            None => None,
        };
        let page = numbers(tasks.list(&default(), None, before.as_ref(), 1).await.unwrap());
        if page.is_empty() {
            break;
        }
        seen.extend(page);
    }
    assert_eq!(seen, [4, 3, 2, 1]);
    assert_eq!(numbers(tasks.list(&default(), Some("mara"), None, 10).await.unwrap()), [3, 2, 1]);
}

async fn tenants_see_their_own_tasks_alone(engine: Engine) {
    let place = Place::new(engine);
    let control = place.open().await.unwrap();
    make(&control, &task("emea", 1, "mara")).await;
    let tasks = control.export_tasks();
    assert_eq!(tasks.get(&default(), id(1)).await.unwrap(), None);
    assert!(tasks.list(&default(), None, None, 10).await.unwrap().is_empty());
    assert_eq!(tasks.password(&default(), id(1)).await.unwrap(), None);
    assert!(!tasks.cancel(&default(), id(1), JOB, at(20), &record("default", 11)).await.unwrap());
    assert!(tasks.delete(&default(), id(1), JOB, &record("default", 12)).await.is_err());
    assert!(tasks.get(&tenant("emea"), id(1)).await.unwrap().is_some());
}
