//! The kinds of report: what the specification says of each, and what holds of all of them.

use std::collections::BTreeSet;

use proptest::prelude::*;
use rollcall_model::{Category, Effect, Event, Outcome};
use rollcall_reports::filter::Operator;
use rollcall_reports::{Definition, Kind, shipped};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::fixtures::*;

/// What a kind offers, as a page of the specification would put it.
fn offered(kind: Kind) -> String {
    let label = |name: &&str| kind.field(name).unwrap_or_else(|| panic!("{} has no {name}", kind.name())).label.clone();
    let list = |names: &[&str]| names.iter().map(label).collect::<Vec<_>>().join(", ");
    let presets = kind.first_presets().iter().map(|preset| preset.as_str()).collect::<Vec<_>>().join(", ");
    format!(
        "{} ({})\n  columns: {}\n  filters: {}\n  presets: {presets}\n  clock: {}",
        kind.title(),
        kind.name(),
        list(kind.default_columns()),
        list(kind.first_filters()),
        kind.default_clock().name(),
    )
}

#[test]
fn each_kind_offers_what_its_page_shows() {
    insta::assert_snapshot!(Kind::ALL.iter().map(|kind| offered(*kind)).collect::<Vec<_>>().join("\n"));
}

#[test]
fn the_page_on_reports_says_what_the_kinds_are() {
    let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/reports.md")).unwrap();
    let quoted = |names: &[&str]| names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    for kind in Kind::ALL {
        let line = page.lines().find(|line| line.starts_with(&format!("| `{}` |", kind.name())));
        let line = line.unwrap_or_else(|| panic!("{} is missing", kind.name()));
        let offered = format!("| {} | {} |", quoted(kind.default_columns()), quoted(kind.first_filters()));
        assert!(line.ends_with(&offered), "{line}\nshould end with\n{offered}");
    }
    assert!(shipped().iter().all(|shipped| page.contains(&format!("| `{}` |", shipped.id))));
}

#[test]
fn a_kind_has_one_name_everywhere() {
    for kind in Kind::ALL {
        assert_eq!(json!(kind), kind.name());
        assert_eq!(Kind::parse(&kind.name().replace('_', "-")).unwrap(), *kind);
    }
}

#[test]
fn no_two_fields_of_a_kind_are_called_alike() {
    for kind in Kind::ALL {
        let names: BTreeSet<&str> = kind.fields().iter().map(|field| field.name).collect();
        let labels: BTreeSet<&str> = kind.fields().iter().map(|field| field.label.as_str()).collect();
        assert_eq!((names.len(), labels.len()), (kind.fields().len(), kind.fields().len()), "{}", kind.name());
        assert!(kind.first_filters().iter().all(|name| Operator::of(kind.field(name).unwrap()).contains(&Operator::In)));
    }
}

#[test]
fn what_ships_is_answered_by_the_kind_it_names() {
    for shipped in shipped() {
        let written = serde_json::to_value(&shipped.definition).unwrap();
        assert_eq!(Definition::parse(written).unwrap(), shipped.definition, "{}", shipped.id);
        assert!(shipped.definition.to_compact().is_ok(), "{}", shipped.id);
    }
}

/// An event of any category, some minutes after the beginning of 15 April.
fn event(number: u128, minute: i64, sort: u8) -> Event {
    let (category, activity) = match sort % 6 {
        0 => (Category::Access, "sign_in"),
        1 => (Category::Access, "sign_of_life"),
        2 => (Category::Activity, "Updated"),
        3 => (Category::Activity, "Viewed"),
        4 => (Category::WebhookFailure, "delivery"),
        _ => (Category::IntegrationFailure, "sync"),
    };
    let time = at("2026-04-15T00:00:00Z").plus_micros(minute * 60_000_000);
    let outcome =
        if matches!(category, Category::WebhookFailure | Category::IntegrationFailure) { Outcome::Failure } else { Outcome::Success };
    let mut event = Event::new(Uuid::from_u128(number), time, "suite", category, activity, outcome);
    event.account = Some(format!("agent{}", sort % 4));
    event.effect = (category == Category::Activity).then_some(if activity == "Updated" { Effect::Change } else { Effect::Read });
    event.attempt = (category == Category::WebhookFailure).then(|| i32::from(sort / 6));
    event.triggered_by_name = sort.is_multiple_of(5).then(|| format!("name {}", sort % 3));
    event.triggered_by_id = sort.is_multiple_of(3).then(|| format!("id {}", sort % 2));
    event
}

/// Whether an event is a row of a kind of events, in the words of the specification.
fn is_row(kind: Kind, event: &Event) -> bool {
    match kind {
        Kind::SignInLog | Kind::AccessLog => event.category == Category::Access && event.activity != "sign_of_life",
        Kind::ActivityLog => event.category == Category::Activity && event.effect == Some(Effect::Change),
        Kind::ActivityAudit => true,
        Kind::WebhookFailures => event.category == Category::WebhookFailure,
        Kind::IntegrationFailures => event.category == Category::IntegrationFailure,
        Kind::LoginLogout => false,
    }
}

/// Who caused an event, in the words of the specification.
fn cause(event: &Event) -> Option<String> {
    event.triggered_by_name.clone().or_else(|| event.triggered_by_email.clone()).or_else(|| event.triggered_by_id.clone())
}

async fn ids(store: &Store, definition: &Value, limit: usize) -> Vec<Value> {
    let (mut rows, mut cursor) = (Vec::new(), None);
    loop {
        let page = store.page(definition.clone(), limit, cursor).await.unwrap();
        rows.extend(rows_of(&page).into_iter().map(|row| row["event_id"].clone()));
        cursor = page.next_cursor.clone();
        if cursor.is_none() {
            assert_eq!(page.total, rows.len() as u64);
            return rows;
        }
    }
}

proptest! {
    #![proptest_config(cases(16))]

    #[test]
    fn a_kind_has_its_rows_and_no_others(
        raw in prop::collection::vec((0_i64..2_000, any::<u8>()), 1..60),
        archived in 0_usize..60,
        limit in 1_usize..9,
        key in prop::sample::select(vec!["event_time", "attempt", "triggered_by", "agent", "effect"]),
    ) {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        runtime.block_on(async {
            let store = Store::new().await;
            let events: Vec<Event> = (1..).zip(raw).map(|(number, (minute, sort))| event(number, minute, sort)).collect();
            let archived = archived.min(events.len());
            store.append(events[..archived].to_vec()).await;
            store.archive().await;
            store.append(events[archived..].to_vec()).await;
            let range = json!({"from": "2026-04-15", "to": "2026-04-15"});
            let inside = |event: &&Event| event.event_time < at("2026-04-16T00:00:00Z");
            for kind in Kind::ALL.iter().filter(|kind| **kind != Kind::LoginLogout) {
                let mut definition =
                    json!({"report": kind.name(), "range": range, "columns": ["event_id"], "sort": [{"field": key}]});
                let of_kind = || events.iter().filter(inside).filter(|event| is_row(*kind, event));
                let expected: BTreeSet<String> = of_kind().map(|event| event.event_id.to_string()).collect();
                let found: Vec<Value> = ids(&store, &definition, limit).await;
                let unique: BTreeSet<String> = found.iter().map(|id| id.as_str().unwrap().to_owned()).collect();
                prop_assert_eq!((found.len(), &unique), (expected.len(), &expected), "{}", definition);
                // The total alone comes from counts.
                prop_assert_eq!(store.page(definition.clone(), 0, None).await.unwrap().total, expected.len() as u64);
                definition["filters"] = json!([{"field": "triggered_by", "op": "is_null"}]);
                let of_nobody = of_kind().filter(|event| cause(event).is_none()).count();
                prop_assert_eq!(store.page(definition.clone(), 0, None).await.unwrap().total, of_nobody as u64, "{}", definition);
                prop_assert_eq!(ids(&store, &definition, limit).await.len(), of_nobody);
            }
            Ok(())
        })?;
    }
}
