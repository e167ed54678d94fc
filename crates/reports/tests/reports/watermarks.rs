//! Up to which moment an answer is complete, and who holds that back.

use rollcall_model::Event;
use rollcall_reports::watermark::Watermark;
use rollcall_reports::{Definition, Paging};
use serde_json::{Value, json};

use crate::fixtures::*;

fn from(source: &str, number: u128, time: &str) -> Event {
    Event { source: source.to_owned(), ..access(number, time, "sign_in", "mara") }
}

/// The portal has sent up to noon of the 16th, the telephone system up to five o'clock of the 15th.
async fn two_sources() -> Store {
    let store = Store::new().await;
    store.append(vec![from("portal", 1, "08:00"), from("pbx", 2, "17:00"), from("portal", 3, "2026-04-16T12:00:00Z")]).await;
    store
}

async fn watermark(store: &Store, to: &str, more: Value, now: &str) -> Watermark {
    let mut definition = json!({"report": "sign_in_log", "range": {"from": "2026-04-15", "to": to}});
    definition.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let definition = Definition::parse(definition).unwrap();
    store.reports.page(&caller(), &definition, &Paging::default(), at(now)).await.unwrap().watermark
}

const NOON: &str = "2026-04-20T12:00:00Z";

#[tokio::test(flavor = "multi_thread")]
async fn the_source_that_is_furthest_behind_holds_the_watermark_back() {
    let store = two_sources().await;
    let told = watermark(&store, "2026-04-15", json!({}), NOON).await;
    assert_eq!((told.complete_to, told.held_back_by.as_deref()), (Some(at("2026-04-15T17:00:00Z")), Some("pbx")));
    assert!(!told.complete);
    let told = watermark(&store, "2026-04-15T17:00", json!({}), NOON).await;
    assert!(told.complete, "to five o'clock everything has come");
    assert_eq!(told.seq, 3);
    // Who came later counts from their first event on.
    store.append(vec![from("door", 4, "2026-04-15T06:00:00Z")]).await;
    assert_eq!(watermark(&store, "2026-04-15T17:00", json!({}), NOON).await.held_back_by.as_deref(), Some("door"));
}

#[tokio::test(flavor = "multi_thread")]
async fn only_sources_count_that_the_filters_leave_in() {
    let store = two_sources().await;
    let of = async |filters: Value| {
        let told = watermark(&store, "2026-04-15", json!({"filters": filters}), NOON).await;
        let names: Vec<String> = told.sources.iter().map(|source| source.source.clone()).collect();
        (names, told.held_back_by, told.complete)
    };
    let expected = |names: &[&str], held_back_by: Option<&str>, complete: bool| {
        (names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>(), held_back_by.map(str::to_owned), complete)
    };
    assert_eq!(of(json!([{"field": "source", "values": ["portal"]}])).await, expected(&["portal"], Some("portal"), true));
    assert_eq!(of(json!([{"field": "source", "op": "not_in", "values": ["portal"]}])).await, expected(&["pbx"], Some("pbx"), false));
    let both = json!([{"field": "source", "values": ["portal", "pbx"]}, {"field": "source", "values": ["portal", "door"]}]);
    assert_eq!(of(both).await, expected(&["portal"], Some("portal"), true));
    assert_eq!(of(json!([{"field": "source", "values": ["door"]}])).await, expected(&[], None, false));
    // Other conditions say nothing about who may send such a row.
    assert_eq!(of(json!([{"field": "account", "values": ["mara"]}])).await, expected(&["pbx", "portal"], Some("pbx"), false));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_lies_ahead_of_now_is_asked_of_nobody() {
    let store = two_sources().await;
    // At five o'clock of that day all of it has come.
    let told = watermark(&store, "2026-04-15", json!({}), "2026-04-15T17:00:00Z").await;
    assert_eq!((told.complete_to, told.held_back_by, told.complete), (Some(at("2026-04-15T17:00:00Z")), None, true));
}

#[tokio::test(flavor = "multi_thread")]
async fn silent_sources_are_named_and_hold_nothing_back() {
    let store = two_sources().await;
    let told = watermark(&store, "2026-04-15", json!({}), "2036-04-20T12:00:00Z").await;
    assert!(told.sources.iter().all(|source| source.silent_seconds.is_some()), "{:?}", told.sources);
    assert_eq!((told.complete_to, told.held_back_by), (Some(at("2026-04-16T12:00:00Z")), None));
    // Both sent what had happened long ago.
    let behind = told.sources.iter().map(|source| source.behind_seconds.unwrap_or(0));
    assert!(behind.into_iter().all(|seconds| seconds > 86_400) && told.sources.iter().all(|source| source.clock_ahead_seconds.is_none()));
}

#[tokio::test(flavor = "multi_thread")]
async fn of_an_earlier_seq_it_is_not_known_how_sources_stood() {
    let store = two_sources().await;
    for archived in [false, true] {
        if archived {
            store.archive().await;
        }
        let told = watermark(&store, "2026-04-15T08:00", json!({"as_of_seq": 2}), NOON).await;
        assert_eq!((told.seq, told.complete_to, told.held_back_by, told.complete), (2, None, None, false));
        let told = watermark(&store, "2026-04-15T08:00", json!({"as_of_seq": 3}), NOON).await;
        assert_eq!((told.seq, told.complete), (3, true), "that is all there is");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn before_the_first_event_nothing_is_complete() {
    let told = watermark(&Store::new().await, "2026-04-15", json!({}), NOON).await;
    assert_eq!(told, Watermark { complete_to: None, held_back_by: None, complete: false, seq: 0, sources: Vec::new() });
}
