//! The activity audit: the reference page's own question, and who caused what.

use rollcall_model::{Category, Effect, Event, Outcome, TriggeredByKind};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::fixtures::*;

/// Something done in an application, by somebody who is known by name.
fn activity(number: u128, time: &str, application: &str, entity: &str, what: &str) -> Event {
    let mut event = Event::new(Uuid::from_u128(number), at(time), "suite", Category::Activity, what, Outcome::Success);
    event.application = Some(application.to_owned());
    event.entity = Some(entity.to_owned());
    event.instance = Some(format!("{entity}-{number}").to_lowercase());
    event.effect = Some(Effect::Read);
    event.triggered_by_kind = Some(TriggeredByKind::User);
    event.triggered_by_name = Some("Mara Lind".to_owned());
    event.triggered_by_email = Some("mara.lind@example.com".to_owned());
    event.triggered_by_id = Some("4711".to_owned());
    event
}

/// When were chats viewed in Analytics in May, and who viewed them?
fn chats_viewed_in_may() -> Value {
    json!({
        "report": "activity_audit",
        "range": {"from": "2026-05-01", "to": "2026-05-31"},
        "filters": [
            {"field": "application", "values": ["Analytics"]},
            {"field": "entity", "values": ["Chat"]},
            {"field": "activity", "values": ["Interaction Viewed"]},
        ],
    })
}

async fn store() -> Store {
    let viewed = |number, time: &str| activity(number, time, "Analytics", "Chat", "Interaction Viewed");
    let mut by_address = viewed(3, "2026-05-12T11:00:00Z");
    by_address.triggered_by_name = None;
    let mut by_id = viewed(4, "2026-05-20T12:00:00Z");
    (by_id.triggered_by_name, by_id.triggered_by_email) = (None, None);
    by_id.comments = Some("opened from a search".to_owned());
    let mut by_the_system = viewed(5, "2026-05-31T23:59:59.999999Z");
    (by_the_system.triggered_by_name, by_the_system.triggered_by_email, by_the_system.triggered_by_id) = (None, None, None);
    by_the_system.triggered_by_kind = Some(TriggeredByKind::System);
    by_the_system.outcome = Outcome::Failure;
    let store = Store::new().await;
    store
        .append(vec![
            viewed(1, "2026-04-30T23:59:59.999999Z"),
            viewed(2, "2026-05-01T00:00:00Z"),
            by_address,
            by_id,
            by_the_system,
            viewed(6, "2026-06-01T00:00:00Z"),
            activity(7, "2026-05-10T08:00:00Z", "Analytics", "Voice", "Interaction Viewed"),
            activity(8, "2026-05-10T08:00:00Z", "Analytics", "Chat", "Export"),
            activity(9, "2026-05-10T08:00:00Z", "Webapp Player", "Chat", "Interaction Viewed"),
        ])
        .await;
    store
}

#[tokio::test(flavor = "multi_thread")]
async fn the_chats_viewed_in_may_and_who_viewed_them() {
    let store = store().await;
    let in_journal = told(&store.page_in_june(chats_viewed_in_may()).await);
    store.archive().await;
    assert_eq!(told(&store.page_in_june(chats_viewed_in_may()).await), in_journal, "in files as in the journal");
    insta::assert_json_snapshot!(in_journal);
}

#[tokio::test(flavor = "multi_thread")]
async fn times_are_in_utc_unless_another_clock_is_asked_for() {
    let store = store().await;
    let mut definition = chats_viewed_in_may();
    definition["time_zone"] = json!("Europe/Stockholm");
    definition["columns"] = json!(["event_time", "event_id"]);
    let in_utc = store.page_in_june(definition.clone()).await;
    assert_eq!((&in_utc.columns[0].label[..], &rows_of(&in_utc)[0]["event_time"]), ("Event time (UTC)", &json!("2026-05-20T12:00:00Z")));
    assert_eq!(in_utc.total, 4, "days begin in the report's zone all the same");
    definition["clock"] = json!("report");
    let shown = store.page_in_june(definition).await;
    assert_eq!((&shown.columns[0].label[..], &rows_of(&shown)[0]["event_time"]), ("Event time", &json!("2026-05-20T14:00:00+02:00")));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_caused_it_is_found_by_name_address_id_and_kind() {
    let store = store().await;
    let mut definition = chats_viewed_in_may();
    definition["columns"] = json!(["triggered_by"]);
    let cases: &[(Value, u64)] = &[
        (json!({"field": "triggered_by", "values": ["Mara Lind"]}), 1),
        (json!({"field": "triggered_by", "values": ["mara.lind@example.com"]}), 2),
        (json!({"field": "triggered_by", "op": "contains", "values": ["MARA"]}), 2),
        (json!({"field": "triggered_by", "values": ["4711"]}), 3),
        (json!({"field": "triggered_by", "values": ["system"]}), 1),
        (json!({"field": "triggered_by", "op": "not_in", "values": ["system"]}), 3),
        (json!({"field": "triggered_by", "op": "is_null"}), 0),
        (json!({"field": "outcome", "values": ["FAILURE"]}), 1),
        (json!({"field": "comments", "op": "prefix", "values": ["opened"]}), 1),
    ];
    for _ in ["in the journal", "in files"] {
        for (filter, expected) in cases {
            let mut asked = definition.clone();
            asked["filters"].as_array_mut().unwrap().push(filter.clone());
            assert_eq!(store.page_in_june(asked).await.total, *expected, "{filter}");
        }
        store.archive().await;
    }
}
