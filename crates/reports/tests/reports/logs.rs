//! The access log, the activity log and the logs of failures: from events to the rows of their pages.

use rollcall_model::{Category, Effect, Event, Outcome, TriggeredByKind};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::fixtures::*;

fn event(number: u128, time: &str, category: Category, activity: &str, outcome: Outcome) -> Event {
    Event::new(Uuid::from_u128(number), at(&format!("2026-04-15T{time}:00Z")), "helpdesk", category, activity, outcome)
}

/// Someone in a portal, by a form or a social login.
fn entry(number: u128, time: &str, activity: &str, account: &str, portal: &str, method: Option<&str>) -> Event {
    let mut event = access(number, time, activity, account);
    event.channel = Some(portal.to_owned());
    event.sign_in_method = method.map(str::to_owned);
    event.source_ip = Some("203.0.113.7".to_owned());
    event.brand = Some("Classics".to_owned());
    event
}

fn on_that_day(report: &str) -> Value {
    json!({"report": report, "range": {"from": "2026-04-15", "to": "2026-04-15"}})
}

/// What a log of that day says, in the journal and in files alike.
async fn log(events: Vec<Event>, report: &str) -> Value {
    let store = Store::new().await;
    store.append(events).await;
    let in_journal = told(&store.page(on_that_day(report), 100, None).await.unwrap());
    store.archive().await;
    assert_eq!(told(&store.page(on_that_day(report), 100, None).await.unwrap()), in_journal);
    in_journal
}

#[tokio::test(flavor = "multi_thread")]
async fn the_access_log_has_logins_logouts_and_impersonation_of_both_portals() {
    let mut named = entry(1, "08:00", "sign_in", "mara", "agent_portal", Some("form"));
    named.agent_name = Some("Mara Lind".to_owned());
    let mut impersonated = entry(3, "09:00", "impersonation_start", "omar", "agent_portal", None);
    impersonated.triggered_by_name = Some("Mara Lind".to_owned());
    let mut failed = entry(5, "10:00", "sign_in", "omar", "agent_portal", Some("form"));
    failed.outcome = Outcome::Failure;
    let mut changed = event(6, "11:00", Category::Activity, "Updated", Outcome::Success);
    changed.effect = Some(Effect::Change);
    let events = vec![
        named,
        entry(2, "08:30", "sign_in", "ines", "customer_portal", Some("google")),
        impersonated,
        entry(4, "09:30", "impersonation_end", "omar", "agent_portal", None),
        failed,
        changed,
        entry(7, "12:00", "sign_of_life", "mara", "agent_portal", None),
        entry(8, "17:00", "sign_out", "mara", "agent_portal", None),
    ];
    insta::assert_json_snapshot!(log(events, "access_log").await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_of_the_access_log_is_found_by_name_account_and_employee_id() {
    let store = Store::new().await;
    let mut named = entry(1, "08:00", "sign_in", "mara", "agent_portal", Some("form"));
    (named.agent_name, named.employee_id) = (Some("Mara Lind".to_owned()), Some("4711".to_owned()));
    store.append(vec![named, entry(2, "09:00", "sign_in", "omar", "agent_portal", None)]).await;
    for (value, expected) in [("Mara Lind", "Mara Lind"), ("mara", "Mara Lind"), ("4711", "Mara Lind"), ("omar", "omar")] {
        let mut definition = on_that_day("access_log");
        definition["columns"] = json!(["user_name"]);
        definition["filters"] = json!([{"field": "user_name", "values": [value]}]);
        assert_eq!(store.rows(definition).await, [json!({"user_name": expected})]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_activity_log_has_changes_and_who_made_them() {
    let change = |number, time, what: &str, entity: &str| {
        let mut event = event(number, time, Category::Activity, what, Outcome::Success);
        event.effect = Some(Effect::Change);
        event.entity = Some(entity.to_owned());
        event
    };
    let mut settings = change(1, "08:00", "Updated", "General settings");
    settings.triggered_by_kind = Some(TriggeredByKind::User);
    settings.triggered_by_name = Some("Mara Lind".to_owned());
    settings.triggered_by_email = Some("mara.lind@example.com".to_owned());
    settings.summary = Some("The time zone was changed".to_owned());
    settings.details = Some(r#"{"before":{"time_zone":"UTC"},"after":{"time_zone":"Europe/Stockholm"}}"#.to_owned());
    let mut by_id = change(2, "09:00", "Deleted", "User");
    by_id.triggered_by_id = Some("4711".to_owned());
    let mut by_the_system = change(3, "10:00", "Created", "Group");
    by_the_system.triggered_by_kind = Some(TriggeredByKind::System);
    let mut looked_at = change(4, "11:00", "Viewed", "User");
    looked_at.effect = Some(Effect::Read);
    let mut neither = change(5, "12:00", "Export", "User");
    neither.effect = None;
    let events = vec![settings, by_id, by_the_system, looked_at, neither, access(6, "13:00", "sign_in", "mara")];
    insta::assert_json_snapshot!(log(events, "activity_log").await);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_failed_attempt_of_a_webhook_is_a_row() {
    let attempt = |number, time, attempt: i32, status: Option<&str>| {
        let mut event = event(number, time, Category::WebhookFailure, "delivery", Outcome::Failure);
        event.target = Some("Ticket created".to_owned());
        event.target_kind = Some("ticket".to_owned());
        event.failure_type = Some(if status.is_some() { "http" } else { "timeout" }.to_owned());
        event.failure_code = status.map(str::to_owned);
        event.attempt = Some(attempt);
        event.details = status.map(|status| format!(r#"{{"response":{{"status":{status}}}}}"#));
        event
    };
    let mut other = event(4, "08:03", Category::IntegrationFailure, "sync", Outcome::Failure);
    other.target = Some("Ticket created".to_owned());
    let events = vec![attempt(1, "08:00", 1, Some("503")), attempt(2, "08:01", 2, None), attempt(3, "08:02", 3, Some("410")), other];
    insta::assert_json_snapshot!(log(events, "webhook_failures").await);
}

#[tokio::test(flavor = "multi_thread")]
async fn failures_of_integrations_are_named_by_integration_and_type() {
    let failure = |number, time, name: &str, kind: &str, why: &str| {
        let mut event = event(number, time, Category::IntegrationFailure, "sync", Outcome::Failure);
        event.target = Some(name.to_owned());
        event.target_kind = Some(kind.to_owned());
        event.failure_type = Some(why.to_owned());
        event.details = Some(r#"{"contacts":12}"#.to_owned());
        event
    };
    let events = vec![
        failure(1, "08:00", "Contacts", "crm", "authentication"),
        failure(2, "09:00", "Calendar", "calendar", "timeout"),
        access(3, "10:00", "sign_in", "mara"),
    ];
    insta::assert_json_snapshot!(log(events, "integration_failures").await);
}
