//! Webhooks: set up by people, and fed by whoever has their job.

use rollcall_control::ControlError;
use rollcall_control::jobs::JobStatus;
use rollcall_control::webhooks::{JOB, NewWebhook, Retry, Undelivered, Webhook, WebhookChange, WebhookState};
use rollcall_model::TenantId;
use rollcall_test_postgres::{Engine, on_both_engines};
use uuid::Uuid;

use crate::fixture::{Place, at, record, tenant, waiting};

on_both_engines![
    a_webhook_is_made_with_its_job_and_goes_with_it,
    a_name_is_unique_whatever_its_case_and_a_version_is_changed_once,
    a_position_never_goes_back_and_ends_a_retry,
    a_message_that_is_given_up_is_kept_and_the_webhook_goes_on,
    only_those_that_are_behind_and_free_are_woken,
    one_that_cannot_go_on_is_disabled_once,
];

fn default() -> TenantId {
    TenantId::default()
}

fn new(number: u128, name: &str) -> NewWebhook {
    NewWebhook {
        id: Uuid::from_u128(number),
        tenant: default(),
        owner: "operator".to_owned(),
        name: name.to_owned(),
        url: "https://hooks.example/".to_owned(),
        allow_http: false,
        filter: "{}".to_owned(),
        secrets: vec![1, 2, 3],
        position: 5,
        created_at: at(1),
    }
}

fn retry(seq: i64, attempts: i32) -> Retry {
    Retry { event_id: Uuid::from_u128(90), seq, attempts, first_failed_at: at(10), next_at: at(20), error: "503".to_owned() }
}

fn given_up(seq: i64) -> Undelivered {
    Undelivered {
        event_id: Uuid::from_u128(90),
        seq,
        event_type: "access.sign_in".to_owned(),
        attempts: 9,
        first_failed_at: at(10),
        given_up_at: at(30),
        error: "503".to_owned(),
    }
}

async fn read(control: &rollcall_control::Control, id: Uuid) -> Webhook {
    control.webhooks().get(&default(), id).await.unwrap().unwrap()
}

async fn a_webhook_is_made_with_its_job_and_goes_with_it(engine: Engine) {
    let place = Place::new(engine);
    let control = place.open().await.unwrap();
    let made = control.webhooks().create(&new(1, " Desk "), Some(&record("default", 1))).await.unwrap();
    assert_eq!((made.name.as_str(), made.state, made.version, made.position, &made.retry), ("Desk", WebhookState::Active, 1, 5, &None));
    assert_eq!(made.secrets, [1, 2, 3]);
    let subject = made.id.to_string();
    assert_eq!(control.jobs().about(&default(), JOB, &subject).await.unwrap().unwrap().status, JobStatus::Waiting);
    assert_eq!(control.webhooks().list(&default()).await.unwrap(), std::slice::from_ref(&made));
    assert!(control.webhooks().get(&tenant("other"), made.id).await.unwrap().is_none());
    assert!(matches!(control.webhooks().delete(&default(), made.id, 7, None).await, Err(ControlError::VersionConflict { .. })));
    control.webhooks().give_up(&default(), made.id, &given_up(5), &record("default", 2)).await.unwrap();
    control.webhooks().delete(&default(), made.id, 1, None).await.unwrap();
    assert!(control.jobs().about(&default(), JOB, &subject).await.unwrap().is_none());
    assert!(control.webhooks().undelivered(&default(), made.id, 9).await.unwrap().is_empty());
    assert_eq!(waiting(&control).await.len(), 2);
}

async fn a_name_is_unique_whatever_its_case_and_a_version_is_changed_once(engine: Engine) {
    let place = Place::new(engine);
    let control = place.open().await.unwrap();
    let made = control.webhooks().create(&new(1, "Desk"), None).await.unwrap();
    let other = control.webhooks().create(&new(2, "Other"), None).await.unwrap();
    assert!(matches!(control.webhooks().create(&new(3, "DESK"), None).await, Err(ControlError::WebhookTaken { .. })));
    let named = |name: &str| WebhookChange { name: Some(name.to_owned()), ..WebhookChange::new("2", at(9)) };
    let taken = control.webhooks().update(&default(), other.id, 1, &named("desk"), None).await;
    assert!(matches!(taken, Err(ControlError::WebhookTaken { .. })));
    let changed = control.webhooks().update(&default(), made.id, 1, &named("Desk 2"), None).await.unwrap();
    assert_eq!((changed.name.as_str(), changed.version, changed.url.as_str()), ("Desk 2", 2, "https://hooks.example/"));
    let stale = control.webhooks().update(&default(), made.id, 1, &named("Desk 3"), None).await;
    assert!(matches!(stale, Err(ControlError::VersionConflict { present: 2, .. })));
}

async fn a_position_never_goes_back_and_ends_a_retry(engine: Engine) {
    let place = Place::new(engine);
    let control = place.open().await.unwrap();
    let id = control.webhooks().create(&new(1, "Desk"), None).await.unwrap().id;
    control.webhooks().failed(&default(), id, &retry(5, 1), at(10), &record("default", 1)).await.unwrap();
    control.webhooks().failed(&default(), id, &retry(5, 2), at(11), &record("default", 2)).await.unwrap();
    let failing = read(&control, id).await;
    assert_eq!((failing.retry, failing.failing_since, failing.version), (Some(retry(5, 2)), Some(at(10)), 1));
    control.webhooks().advance(&default(), id, 5, Some(at(12))).await.unwrap();
    assert!(read(&control, id).await.retry.is_some(), "it has not moved");
    control.webhooks().advance(&default(), id, 6, None).await.unwrap();
    let moved = read(&control, id).await;
    assert_eq!((moved.position, moved.retry, moved.failing_since, moved.delivered_at), (6, None, Some(at(10)), None));
    control.webhooks().advance(&default(), id, 8, Some(at(13))).await.unwrap();
    // Another node that is behind changes nothing.
    control.webhooks().advance(&default(), id, 7, Some(at(14))).await.unwrap();
    control.webhooks().failed(&default(), id, &retry(6, 1), at(14), &record("default", 3)).await.unwrap();
    let ahead = read(&control, id).await;
    assert_eq!((ahead.position, ahead.retry, ahead.delivered_at), (8, None, Some(at(13))));
    assert_eq!(waiting(&control).await.len(), 3, "each attempt is on record");
}

async fn a_message_that_is_given_up_is_kept_and_the_webhook_goes_on(engine: Engine) {
    let place = Place::new(engine);
    let control = place.open().await.unwrap();
    let id = control.webhooks().create(&new(1, "Desk"), None).await.unwrap().id;
    control.webhooks().failed(&default(), id, &retry(6, 8), at(10), &record("default", 1)).await.unwrap();
    control.webhooks().give_up(&default(), id, &given_up(6), &record("default", 2)).await.unwrap();
    control.webhooks().give_up(&default(), id, &given_up(6), &record("default", 3)).await.unwrap();
    let present = read(&control, id).await;
    assert_eq!((present.position, present.retry, present.failing_since), (7, None, Some(at(10))));
    assert_eq!(control.webhooks().undelivered(&default(), id, 9).await.unwrap(), [given_up(6)]);
    let event = given_up(6).event_id;
    assert_eq!(control.webhooks().undelivered_about(&default(), id, event).await.unwrap(), Some(given_up(6)));
    control.webhooks().settle(&default(), id, event).await.unwrap();
    assert!(control.webhooks().undelivered(&default(), id, 9).await.unwrap().is_empty());
}

async fn only_those_that_are_behind_and_free_are_woken(engine: Engine) {
    let place = Place::new(engine);
    let control = place.open().await.unwrap();
    let ids = [1, 2, 3, 4].map(Uuid::from_u128);
    for (number, name) in (1..).zip(["behind", "ahead", "waits", "paused"]) {
        control.webhooks().create(&new(number, name), None).await.unwrap();
    }
    let jobs = control.jobs().take(JOB, "a", at(2), at(100), &[], 9).await.unwrap();
    for job in jobs {
        control.jobs().end(job.id, "a", &rollcall_control::jobs::Ending::Again { at: at(1_000) }, at(3)).await.unwrap();
    }
    control.webhooks().advance(&default(), ids[1], 9, None).await.unwrap();
    control.webhooks().failed(&default(), ids[2], &retry(5, 1), at(10), &record("default", 1)).await.unwrap();
    let paused = WebhookChange { state: Some((WebhookState::Paused, None)), ..WebhookChange::new("2", at(3)) };
    control.webhooks().update(&default(), ids[3], 1, &paused, None).await.unwrap();
    assert_eq!(control.webhooks().hurry(&default(), 9, at(15)).await.unwrap(), 1);
    assert_eq!(control.webhooks().hurry(&default(), 9, at(15)).await.unwrap(), 0);
    let due = control.jobs().take(JOB, "a", at(15), at(100), &[], 9).await.unwrap();
    let subjects: Vec<String> = due.into_iter().map(|job| job.subject).collect();
    // A change has its own woken, whatever it was.
    assert_eq!(subjects, [ids[3].to_string(), ids[0].to_string()]);
    assert_eq!(control.webhooks().hurry(&default(), 9, at(20)).await.unwrap(), 1, "the time to try again has come");
}

async fn one_that_cannot_go_on_is_disabled_once(engine: Engine) {
    let place = Place::new(engine);
    let control = place.open().await.unwrap();
    let id = control.webhooks().create(&new(1, "Desk"), None).await.unwrap().id;
    control.webhooks().disable(&default(), id, "gone", at(7), &record("default", 1)).await.unwrap();
    control.webhooks().disable(&default(), id, "gone again", at(8), &record("default", 2)).await.unwrap();
    let disabled = read(&control, id).await;
    assert_eq!((disabled.state, disabled.state_reason.as_deref(), disabled.version), (WebhookState::Disabled, Some("gone"), 2));
    assert_eq!((disabled.changed_by.as_str(), waiting(&control).await.len()), ("system", 1));
    let resumed = WebhookChange { state: Some((WebhookState::Active, None)), ..WebhookChange::new("2", at(9)) };
    let active = control.webhooks().update(&default(), id, 2, &resumed, None).await.unwrap();
    assert_eq!((active.state, active.state_reason), (WebhookState::Active, None));
}
