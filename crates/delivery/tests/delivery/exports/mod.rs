//! Export tasks: done once, by whichever node; ended in whichever way, without a password and half files.

mod fixture;
mod programs;

use std::fs::File;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use rollcall_access::{AccessError, Vault};
use rollcall_control::users::UserChange;
use rollcall_delivery::exports::{ExportSettings, ExportStatus, ExportWish, JOB, PasswordRule};
use rollcall_delivery::file::{Asked, Asking, FileWish, Format, Progress, Question, Style};
use rollcall_delivery::{Delivery, DeliveryError};
use rollcall_model::{Scope, TenantId};
use rollcall_reports::{Caller, Definition};
use rollcall_test_postgres::{Engine, on_both_engines};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use self::fixture::{Fixture, PASSWORD, operator, shown, unpacked, unpacked_bytes, wish, wish_of};

on_both_engines![each_of_two_nodes_takes_a_task_once];

/// Events of which a file is not written in a moment.
const MANY: u32 = 60_000;

#[tokio::test(flavor = "multi_thread")]
async fn a_task_becomes_an_archive_of_the_report() {
    let fixture = Fixture::new().await;
    fixture.sign_ins(15, 3).await;
    let node = fixture.node("a").await;
    let export = node.create_export(&operator(), wish()).await.unwrap();
    assert_eq!((export.task.status, export.task.file_name.as_str()), (ExportStatus::Waiting, "sign_in_log.csv"));
    assert_eq!(node.run_due().await.unwrap(), 1);
    let done = shown(&node, &export).await.task;
    assert_eq!((done.status, done.rows, done.failure), (ExportStatus::Successful, Some(3), None));
    assert_eq!(done.expires_at, Some(fixture.clock.now().plus_micros(72 * 3_600_000_000)));
    let [archive] = fixture.archives().try_into().unwrap();
    assert_eq!(std::fs::metadata(&archive).unwrap().len(), u64::try_from(done.bytes.unwrap()).unwrap());
    let text = unpacked(&archive);
    assert_eq!(text.lines().count(), 4);
    assert!(text.starts_with("account,event_time\r\n") && text.contains("agent-0,2026-04-15T00:00:00Z"), "{text}");
    let fetched = node.fetch_export(&operator(), done.id).await.unwrap();
    assert_eq!((fetched.name.as_str(), fetched.bytes), ("sign_in_log.zip", u64::try_from(done.bytes.unwrap()).unwrap()));
    std::fs::remove_file(archive).unwrap();
    let gone = node.fetch_export(&operator(), done.id).await.unwrap_err().to_string();
    assert!(gone.contains("gone from the server"), "{gone}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_archive_holds_a_file_of_any_format_with_whatever_is_asked() {
    let fixture = Fixture::new().await;
    fixture.sign_ins(15, 50).await;
    let node = fixture.node("a").await;
    let caller = Caller { tenant: TenantId::default(), scope: Scope::All, agents: None };
    for (asking, question, grouped) in [
        (Asking::Rows, Question::Rows, json!([])),
        (Asking::Groups, Question::Groups { depth: None }, json!([{"field": "channel"}, {"field": "account"}])),
        (Asking::SignedIn, Question::SignedIn, json!([])),
    ] {
        for format in Format::ALL {
            let definition = json!({"report": "login_logout", "range": {"from": "2026-04-15", "to": "2026-04-15"}, "group_by": grouped});
            let style = Style { format, ..Style::default() };
            let asked = Asked { question: asking, depth: None, style };
            let export = node.create_export(&operator(), ExportWish { asked, ..wish_of(definition.clone()) }).await.unwrap();
            node.run_due().await.unwrap();
            let task = shown(&node, &export).await.task;
            assert_eq!((task.status, task.failure), (ExportStatus::Successful, None), "{asking:?} {format:?}");
            let file = FileWish { definition: Definition::parse(definition).unwrap(), question: question.clone(), style };
            let (written, bytes) = node.write_file(&caller, &file, fixture.clock.now(), Vec::new(), &Progress::default()).await.unwrap();
            assert!(written.rows > 0 && task.rows == Some(i64::try_from(written.rows).unwrap()), "{asking:?} {format:?}: {written:?}");
            let [archive] = fixture.archives().try_into().unwrap();
            assert_eq!(unpacked_bytes(&archive), (file.name(), bytes), "{asking:?} {format:?}");
            node.delete_export(&operator(), task.id).await.unwrap();
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_password_is_in_no_file_before_and_after() {
    let fixture = Fixture::new().await;
    fixture.sign_ins(15, 3).await;
    let node = fixture.node("a").await;
    let export = node.create_export(&operator(), wish()).await.unwrap();
    assert!(fixture.control.export_tasks().password(&TenantId::default(), export.task.id).await.unwrap().is_some());
    assert_eq!(holding(fixture.folder.path(), PASSWORD), Vec::<String>::new());
    assert!(!holding(fixture.folder.path(), "sign_in_log.csv").is_empty(), "the search finds what is there");
    node.run_due().await.unwrap();
    assert_eq!(fixture.control.export_tasks().password(&TenantId::default(), export.task.id).await.unwrap(), None);
    assert_eq!(holding(fixture.folder.path(), PASSWORD), Vec::<String>::new());
}

/// The files below a folder that hold a text, or have it in their names.
fn holding(folder: &std::path::Path, text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(holding(&path, text));
        } else if let Ok(bytes) = std::fs::read(&path)
            && (bytes.windows(text.len()).any(|window| window == text.as_bytes()) || path.to_string_lossy().contains(text))
        {
            found.push(path.display().to_string());
        }
    }
    found
}

async fn each_of_two_nodes_takes_a_task_once(engine: Engine) {
    let fixture = Fixture::on(engine).await;
    fixture.sign_ins(15, 100).await;
    let (one, other) = (fixture.node("one").await, fixture.node("other").await);
    let mut made = Vec::new();
    for _ in 0..6 {
        made.push(one.create_export(&operator(), wish()).await.unwrap());
    }
    let (by_one, by_other) = tokio::join!(one.run_due(), other.run_due());
    assert_eq!(by_one.unwrap() + by_other.unwrap(), 6, "each is begun once");
    for export in &made {
        assert_eq!(shown(&other, export).await.task.status, ExportStatus::Successful);
    }
    assert_eq!(fixture.archives().len(), 6);
    let records = fixture.control.outbox().pending(100).await.unwrap();
    let told =
        |activity: &str| records.iter().filter(|pending| pending.record.event.contains(&format!("\"activity\":\"{activity}\""))).count();
    assert_eq!((told("Created"), told("Succeeded")), (6, 6));
    // What one has written the other hands out.
    assert!(other.fetch_export(&operator(), made[0].task.id).await.is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_that_waits_is_cancelled_and_never_written() {
    let fixture = Fixture::new().await;
    let node = fixture.node("a").await;
    let export = node.create_export(&operator(), wish()).await.unwrap();
    let cancelled = node.cancel_export(&operator(), export.task.id).await.unwrap().task;
    assert_eq!(cancelled.status, ExportStatus::Cancelled);
    assert_eq!(fixture.control.export_tasks().password(&TenantId::default(), cancelled.id).await.unwrap(), None);
    assert_eq!(node.run_due().await.unwrap(), 0);
    assert!(fixture.archives().is_empty());
    let again = node.cancel_export(&operator(), cancelled.id).await.unwrap_err().to_string();
    assert!(again.contains("the task is cancelled"), "{again}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_that_runs_is_cancelled_within_seconds_and_leaves_nothing() {
    let fixture = Fixture::new().await;
    fixture.sign_ins(15, MANY).await;
    let node = fixture.node("a").await;
    let (export, running) = begun(&fixture, &node).await;
    let cancelled = node.cancel_export(&operator(), export).await.unwrap().task;
    assert_eq!(cancelled.status, ExportStatus::Cancelled);
    until("nothing is left", || fixture.archives().is_empty()).await;
    let job = fixture.control.jobs().about(&TenantId::default(), JOB, &export.to_string()).await.unwrap().unwrap();
    assert!(job.stop);
    assert_eq!(node.export(&operator(), export).await.unwrap().task.status, ExportStatus::Cancelled);
    running.cancel();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_that_runs_is_deleted_with_all_that_there_is_of_it() {
    let fixture = Fixture::new().await;
    fixture.sign_ins(15, MANY).await;
    let node = fixture.node("a").await;
    let (export, running) = begun(&fixture, &node).await;
    node.delete_export(&operator(), export).await.unwrap();
    until("nothing is left", || fixture.archives().is_empty()).await;
    assert!(matches!(node.export(&operator(), export).await, Err(DeliveryError::Unknown { .. })));
    running.cancel();
}

/// A task whose file is being written.
async fn begun(fixture: &Fixture, node: &Arc<Delivery>) -> (uuid::Uuid, CancellationToken) {
    let running = CancellationToken::new();
    tokio::spawn(Arc::clone(node).run_jobs(running.clone()));
    let export = node.create_export(&operator(), wish()).await.unwrap().task.id;
    until("it is written", || fixture.archives().iter().any(|path| path.extension().is_some_and(|end| end == "part"))).await;
    (export, running)
}

async fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    for _ in 0..4_000 {
        if is_so() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("waited too long until {what}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_task_takes_its_archive_with_it() {
    let fixture = Fixture::new().await;
    let node = fixture.node("a").await;
    let export = node.create_export(&operator(), wish()).await.unwrap();
    node.run_due().await.unwrap();
    assert_eq!(fixture.archives().len(), 1);
    node.delete_export(&operator(), export.task.id).await.unwrap();
    assert!(fixture.archives().is_empty());
    assert!(matches!(node.delete_export(&operator(), export.task.id).await, Err(DeliveryError::Unknown { .. })));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_archive_is_removed_after_its_time() {
    let fixture = Fixture::new().await;
    let node = fixture.node("a").await;
    let settings = ExportSettings { keep_hours: 2, ..ExportSettings::default() };
    node.set_export_settings(&operator(), 0, &settings).await.unwrap();
    let export = node.create_export(&operator(), wish()).await.unwrap();
    node.run_due().await.unwrap();
    fixture.clock.pass(2 * 3_600 - 1);
    node.run_due().await.unwrap();
    assert_eq!(shown(&node, &export).await.task.status, ExportStatus::Successful);
    fixture.clock.pass(1);
    // Nobody has it any more, whether its file is removed already or not.
    assert_eq!(shown(&node, &export).await.task.status, ExportStatus::Expired);
    let refused = node.fetch_export(&operator(), export.task.id).await.unwrap_err().to_string();
    assert!(refused.contains("expired"), "{refused}");
    assert_eq!(fixture.archives().len(), 1);
    node.run_due().await.unwrap();
    assert!(fixture.archives().is_empty());
    assert_eq!(shown(&node, &export).await.task.status, ExportStatus::Expired);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_preset_means_what_it_meant_when_the_task_was_made() {
    let fixture = Fixture::new().await;
    fixture.sign_ins(15, 2).await;
    fixture.sign_ins(16, 5).await;
    let node = fixture.node("a").await;
    let today = json!({"report": "sign_in_log", "range": {"preset": "today"}});
    let export = node.create_export(&operator(), wish_of(today)).await.unwrap();
    fixture.clock.pass_days(1);
    node.run_due().await.unwrap();
    assert_eq!(shown(&node, &export).await.task.rows, Some(2));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_has_the_rights_that_its_owner_has_when_it_runs() {
    let fixture = Fixture::new().await;
    let node = fixture.node("a").await;
    let (leaves, loses) = (fixture.user("mara", &["admin"]).await, fixture.user("rune", &["admin"]).await);
    fixture.user("omar", &["admin"]).await;
    let of_leaver = node.create_export(&fixture.principal(&leaves).await, wish()).await.unwrap();
    let of_loser = node.create_export(&fixture.principal(&loses).await, wish()).await.unwrap();
    let (users, now) = (fixture.control.users(), fixture.clock.now());
    let disabled = UserChange { active: Some(false), ..UserChange::default() };
    users.update(&TenantId::default(), leaves.id, leaves.version, &disabled, "admin", now, &[]).await.unwrap();
    let without = UserChange { profiles: Some(Vec::new()), ..UserChange::default() };
    users.update(&TenantId::default(), loses.id, loses.version, &without, "admin", now, &[]).await.unwrap();
    node.run_due().await.unwrap();
    for (export, why) in [(of_leaver, "its owner \"mara\" is disabled"), (of_loser, "needs the permission")] {
        let task = shown(&node, &export).await.task;
        assert_eq!(task.status, ExportStatus::Failed);
        assert!(task.failure.as_deref().unwrap().contains(why), "{:?}", task.failure);
        assert_eq!(fixture.control.export_tasks().password(&TenantId::default(), task.id).await.unwrap(), None);
    }
    assert!(fixture.archives().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_is_tried_again_and_given_up_after_five_attempts() {
    let fixture = Fixture::new().await;
    let file = fixture.folder.path().join("no-folder");
    std::fs::write(&file, "").unwrap();
    let vault = Vault::new(&Vault::new_key().unwrap()).unwrap();
    let node = fixture.node_with("a", Some(vault), &file).await;
    let export = node.create_export(&operator(), wish()).await.unwrap();
    for attempt in 1..=5 {
        assert_eq!(node.run_due().await.unwrap(), 1, "attempt {attempt}");
        let status = shown(&node, &export).await.task.status;
        assert_eq!(status, if attempt < 5 { ExportStatus::Waiting } else { ExportStatus::Failed });
        fixture.clock.pass(600);
    }
    assert_eq!(node.run_due().await.unwrap(), 0);
    let task = shown(&node, &export).await.task;
    let failure = task.failure.unwrap();
    assert!(failure.contains("5 attempts") && !failure.contains("no-folder"), "paths of the server are its operator's: {failure}");
    assert_eq!(fixture.control.export_tasks().password(&TenantId::default(), task.id).await.unwrap(), None);
    let records = fixture.control.outbox().pending(10).await.unwrap();
    let last: Value = serde_json::from_str(&records.last().unwrap().record.event).unwrap();
    assert_eq!((&last["activity"], &last["outcome"]), (&json!("Failed"), &json!("failure")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_that_another_key_has_encrypted_fails_the_task_at_once() {
    let fixture = Fixture::new().await;
    let export = fixture.node("a").await.create_export(&operator(), wish()).await.unwrap();
    let vault = Vault::new(&Vault::new_key().unwrap()).unwrap();
    let node = fixture.node_with("b", Some(vault), &fixture.files()).await;
    node.run_due().await.unwrap();
    let task = shown(&node, &export).await.task;
    assert_eq!(task.status, ExportStatus::Failed);
    assert!(task.failure.unwrap().contains("another secret key"));
    let none = fixture.node_with("c", None, &fixture.files()).await;
    let refused = none.create_export(&operator(), wish()).await.unwrap_err();
    assert!(matches!(refused, DeliveryError::Access(AccessError::NoVault)), "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_left_behind_is_removed_and_nothing_else() {
    let fixture = Fixture::new().await;
    let node = fixture.node("a").await;
    let done = node.create_export(&operator(), wish()).await.unwrap().task.id;
    node.run_due().await.unwrap();
    let [archive] = fixture.archives().try_into().unwrap();
    let waits = fixture.node("a").await.create_export(&operator(), wish()).await.unwrap().task.id;
    fixture.control.export_tasks().begin(&TenantId::default(), waits, fixture.clock.now()).await.unwrap();
    let folder = archive.parent().unwrap();
    let gone = uuid::Uuid::now_v7();
    let place = |name: String, seconds: u64| {
        let file = File::create(folder.join(&name)).unwrap();
        file.set_modified(SystemTime::now() - Duration::from_secs(seconds)).unwrap();
        folder.join(name)
    };
    File::open(&archive).unwrap().set_modified(SystemTime::now() - Duration::from_secs(7_200)).unwrap();
    let leftovers = [place(format!("{done}-1.part"), 3_600), place(format!("{done}-2.zip"), 3_600), place(format!("{gone}-1.zip"), 3_600)];
    let others = [
        place(format!("{waits}-1.part"), 3_600),
        place(format!("{gone}-2.part"), 5),
        place("readme.txt".to_owned(), 3_600),
        archive.clone(),
    ];
    // The task that runs is held by another node.
    let held =
        fixture.control.jobs().take(JOB, "b", fixture.clock.now(), fixture.clock.now().plus_micros(60_000_000), &[], 1).await.unwrap();
    assert_eq!(held.len(), 1);
    node.run_due().await.unwrap();
    assert!(leftovers.iter().all(|path| !path.exists()), "{leftovers:?}");
    assert!(others.iter().all(|path| path.exists()), "{others:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_could_not_be_written_is_refused_at_once() {
    let fixture = Fixture::new().await;
    let node = fixture.node("a").await;
    let mut weak = wish();
    weak.password = rollcall_delivery::exports::Password::new("geheim".to_owned());
    let refused = node.create_export(&operator(), weak.clone()).await.unwrap_err().to_string();
    assert!(
        refused.starts_with("password: expected at least one digit; expected at least one of _ @ %") && !refused.contains("geheim"),
        "{refused}"
    );
    let settings = ExportSettings { password_rule: PasswordRule::Passphrase, ..ExportSettings::default() };
    node.set_export_settings(&operator(), 0, &settings).await.unwrap();
    weak.password = rollcall_delivery::exports::Password::new("a lamp over the river".to_owned());
    assert!(node.create_export(&operator(), weak).await.is_ok());
    let wrong = ExportSettings { keep_hours: 0, ..settings };
    assert!(node.set_export_settings(&operator(), 1, &wrong).await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_owner_has_at_most_20_tasks_that_have_not_ended() {
    let fixture = Fixture::new().await;
    let node = fixture.node("a").await;
    for _ in 0..20 {
        node.create_export(&operator(), wish()).await.unwrap();
    }
    let refused = node.create_export(&operator(), wish()).await.unwrap_err();
    assert!(matches!(&refused, DeliveryError::Conflict(why) if why.contains("20 of your export tasks")), "{refused}");
}
