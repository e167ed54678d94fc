//! Values of fields and rows over time, held against the rows themselves.

use std::collections::BTreeMap;
use std::sync::Arc;

use proptest::prelude::*;
use rollcall_model::{Catalogue, Category, Effect, Event, Outcome, Timestamp};
use rollcall_reports::Definition;
use rollcall_reports::facets::{Facet, FacetAsked};
use rollcall_reports::histogram::HistogramAsked;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::fixtures::*;

const APPLICATIONS: &[Option<&str>] = &[Some("Analytics"), Some("Search"), None];
const PLACES: &[Option<&str>] = &[Some("EMEA / Oslo"), Some("EMEA / Stockholm / Night"), Some("EMEA"), Some("APAC"), None];
/// Fields that counts tell apart, the hierarchy apart by days alone, and fields that they do not.
const FIELDS: &[&str] = &["application", "outcome", "hierarchy", "account", "triggered_by", "attempt"];

type Raw = (i64, usize, usize, u8, bool);

/// Something done some minutes after the beginning of 11 April.
fn event(number: usize, (minute, application, place, person, failed): Raw) -> Event {
    let time = at("2026-04-11T00:00:00Z").plus_micros(minute * 60_000_000);
    let outcome = if failed { Outcome::Failure } else { Outcome::Success };
    let mut event = Event::new(Uuid::from_u128(number as u128 + 1), time, "suite", Category::Activity, "Updated", outcome);
    event.effect = Some(Effect::Change);
    event.application = APPLICATIONS[application].map(str::to_owned);
    event.hierarchy = PLACES[place].map(str::to_owned);
    event.account = (person > 0).then(|| format!("Agent {person}"));
    event.triggered_by_name = (person == 1).then(|| "Mara Lind".to_owned());
    event.triggered_by_id = (person < 3).then(|| format!("id {person}"));
    event.attempt = failed.then(|| i32::from(person));
    event.normalize();
    event
}

/// What a field of an event shows, as text.
fn shown(event: &Event, field: &str) -> Option<String> {
    match field {
        "application" => event.application.clone(),
        "outcome" => Some(event.outcome.as_str().to_owned()),
        "hierarchy" => event.hierarchy.clone(),
        "account" => event.account.clone(),
        "triggered_by" => event.triggered_by_name.clone().or_else(|| event.triggered_by_id.clone()),
        _ => event.attempt.map(|attempt| attempt.to_string()),
    }
}

/// Some filters, and whether an event meets each of them.
type Condition = (Value, fn(&Event) -> bool);

fn conditions() -> Vec<Condition> {
    vec![
        (json!({"field": "application", "values": ["Analytics"]}), |event| event.application.as_deref() == Some("Analytics")),
        (json!({"field": "outcome", "values": ["failure"]}), |event| event.outcome == Outcome::Failure),
        (json!({"field": "account", "op": "not_in", "values": ["Agent 1"]}), |event| event.account.as_deref() != Some("Agent 1")),
        (json!({"field": "triggered_by", "op": "is_null"}), |event| event.triggered_by_name.is_none() && event.triggered_by_id.is_none()),
        (json!({"field": "hierarchy", "op": "under", "values": ["EMEA"]}), |event| {
            event.hierarchy.as_ref().is_some_and(|place| place.starts_with("EMEA"))
        }),
    ]
}

async fn facets(store: &Store, definition: &Value, asked: &[FacetAsked]) -> (Vec<Facet>, u64) {
    let definition = Definition::parse(definition.clone()).unwrap();
    let catalogue = Arc::new(Catalogue::embedded().clone());
    let answer = store.reports.facets(&caller(), &definition, asked, &catalogue, at("2026-04-20T12:00:00Z")).await.unwrap();
    (answer.facets, answer.total)
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// A facet's values that occurred, and what it says of the rest, against the events that count for it.
fn check(facet: &Facet, events: &[&Event], asked: &FacetAsked) -> Result<(), TestCaseError> {
    let mut expected: BTreeMap<String, u64> = BTreeMap::new();
    let mut missing = 0;
    for event in events {
        match shown(event, &facet.field) {
            // The hierarchy is told by its outermost level.
            Some(value) if facet.field == "hierarchy" && asked.search.is_none() => {
                *expected.entry(value.split(" / ").next().unwrap().to_owned()).or_default() += 1;
            }
            Some(value) => *expected.entry(value).or_default() += 1,
            None => missing += 1,
        }
    }
    if let Some(search) = &asked.search {
        expected.retain(|value, _| value.to_lowercase().contains(search));
    }
    let occurred: Vec<(String, u64)> =
        facet.values.iter().filter(|value| value.occurred).map(|value| (text(&value.value), value.rows)).collect();
    prop_assert!(occurred.windows(2).all(|pair| pair[0].1 >= pair[1].1), "the most frequent first: {:?}", occurred);
    prop_assert_eq!(occurred.len(), expected.len().min(asked.top.unwrap_or(20)), "{:?}", facet);
    for (value, rows) in &occurred {
        prop_assert_eq!(Some(rows), expected.get(value), "{} of {}", value, facet.field);
    }
    let told: u64 = occurred.iter().map(|(_, rows)| rows).sum();
    prop_assert_eq!(facet.others.values as usize, expected.len() - occurred.len());
    prop_assert_eq!(facet.others.rows, expected.values().sum::<u64>() - told);
    prop_assert_eq!(facet.missing, missing);
    prop_assert!(facet.values.iter().filter(|value| !value.occurred).all(|value| !expected.contains_key(&text(&value.value))));
    Ok(())
}

proptest! {
    #![proptest_config(cases(24))]

    #[test]
    fn values_and_bars_say_what_rows_say(
        raw in prop::collection::vec((0_i64..6_000, 0_usize..3, 0_usize..5, 0_u8..4, any::<bool>()), 1..80),
        steps in 1_usize..5,
        chosen in prop::sample::subsequence((0..5).collect::<Vec<usize>>(), 0..4),
        fields in prop::sample::subsequence(FIELDS, 1..=FIELDS.len()).prop_shuffle(),
        (top, search) in (prop::option::of(1_usize..4), prop::option::of(prop::sample::select(vec!["a", "agent", "1", "zz"]))),
        (from, to) in (11_u8..15, 0_u8..4),
        bucket in prop::sample::select(vec!["hour", "six_hours", "day", "week"]),
        split in prop::sample::select(vec!["outcome", "application", "account"]),
        zone in prop::sample::select(vec!["UTC", "Asia/Kathmandu", "America/New_York"]),
    ) {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        runtime.block_on(async {
            let store = Store::new().await;
            let all: Vec<Event> = raw.into_iter().enumerate().map(|(number, raw)| event(number, raw)).collect();
            let conditions: Vec<Condition> = conditions().into_iter().enumerate().filter(|(at, _)| chosen.contains(at)).map(|(_, is)| is).collect();
            let filters: Vec<&Value> = conditions.iter().map(|(filter, _)| filter).collect();
            let definition = json!({
                "report": "activity_audit", "time_zone": zone, "filters": filters,
                "range": {"from": format!("2026-04-{from}"), "to": format!("2026-04-{}", from + to)},
            });
            let asked: Vec<FacetAsked> = fields
                .iter()
                .map(|field| FacetAsked { field: (*field).to_owned(), top, search: search.map(str::to_owned), under: None })
                .collect();
            let range = Definition::parse(definition.clone()).unwrap().resolve(at("2026-04-20T12:00:00Z")).unwrap();
            let mut known: Vec<&Event> = Vec::new();
            // Late events come as often as not, and what was found out before is remembered.
            for step in all.chunks(all.len().div_ceil(steps)) {
                store.archive().await;
                store.append(step.to_vec()).await;
                known.extend(step);
                let inside = |event: &&&Event| range.from <= event.event_time && event.event_time < range.to;
                let (told, total) = facets(&store, &definition, &asked).await;
                let meets_all = |event: &&&Event| conditions.iter().all(|(_, meets)| meets(event));
                let rows: Vec<&Event> = known.iter().filter(inside).filter(meets_all).copied().collect();
                prop_assert_eq!(total, rows.len() as u64, "{}", definition);
                for (facet, asked) in told.iter().zip(&asked) {
                    // A field is restricted by the filters on all others, not by its own.
                    let others = |event: &&&Event| conditions.iter().all(|(filter, meets)| filter["field"] == facet.field.as_str() || meets(event));
                    let counting: Vec<&Event> = known.iter().filter(inside).filter(others).copied().collect();
                    check(facet, &counting, asked)?;
                }
                let asked: HistogramAsked = serde_json::from_value(json!({"bucket": bucket, "split": split, "top": 1})).unwrap();
                let definition = Definition::parse(definition.clone()).unwrap();
                let bars = store.reports.histogram(&caller(), &definition, &asked, at("2026-04-20T12:00:00Z")).await.unwrap();
                prop_assert_eq!((bars.total, bars.outside), (rows.len() as u64, 0));
                let moment = |text: &str| text.parse::<Timestamp>().unwrap();
                let ends: Vec<(Timestamp, Timestamp)> = bars.bars.iter().map(|bar| (moment(&bar.from), moment(&bar.to))).collect();
                prop_assert!(ends.first().unwrap().0 == range.from && ends.last().unwrap().1 == range.to, "{:?}", ends);
                prop_assert!(ends.windows(2).all(|pair| pair[0].1 == pair[1].0), "without a gap");
                let split_by = bars.split.unwrap();
                let top = split_by.values.first().map(|value| value.value.as_str().map(str::to_owned));
                for (bar, (from, to)) in bars.bars.iter().zip(ends) {
                    let of_bar = || rows.iter().filter(|event| from <= event.event_time && event.event_time < to);
                    prop_assert_eq!(bar.rows as usize, of_bar().count());
                    let of_top = of_bar().filter(|event| Some(shown(event, split)) == top).count();
                    prop_assert_eq!(bar.parts.first().copied().unwrap_or(0) as usize, of_top);
                    prop_assert_eq!(bar.others as usize, of_bar().count() - of_top);
                }
            }
            Ok(())
        })?;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_catalogue_offers_what_did_not_occur_of_what_is_picked() {
    let store = Store::new().await;
    store.append(vec![event(0, (60, 0, 0, 1, false))]).await;
    let definition =
        |filters: Value| json!({"report": "activity_audit", "range": {"from": "2026-04-11", "to": "2026-04-11"}, "filters": filters});
    let asked = |field: &str| [FacetAsked { field: field.to_owned(), top: Some(1_000), ..FacetAsked::default() }];
    let offered = async |field: &str, filters: Value| -> Vec<String> {
        let (facets, _) = facets(&store, &definition(filters), &asked(field)).await;
        assert!(facets[0].values.iter().filter(|value| !value.occurred).all(|value| value.rows == 0 && value.origin.is_some()));
        facets[0].values.iter().map(|value| text(&value.value)).collect()
    };
    let applications = offered("application", json!([])).await;
    assert_eq!(applications[0], "Analytics", "what occurred comes first");
    assert!(applications.len() > 10, "{applications:?}");
    let of_all = offered("entity", json!([])).await;
    let of_one = offered("entity", json!([{"field": "application", "values": ["Analytics"]}])).await;
    assert!(of_one.contains(&"Chat".to_owned()) && of_one.len() < of_all.len(), "{of_one:?} of {of_all:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn bars_of_an_open_range_begin_at_the_earliest_time_wherever_it_lies() {
    let store = Store::new().await;
    // Of most files no session has a time of its end, as whoever signs in again has not signed out.
    for number in 0..12_u128 {
        let account = format!("a{number}");
        let (day, ends) = match number {
            4 => (16, "sign_out"),
            11 => (18, "sign_out"),
            _ => (17, "sign_in"),
        };
        let sign_in = access(2 * number, &format!("2026-04-{day}T{:02}:00:00Z", 20 - number), "sign_in", &account);
        store.append(vec![sign_in, access(2 * number + 1, &format!("2026-04-{day}T22:00:00Z"), ends, &account)]).await;
        store.archive().await;
    }
    let definition = Definition::parse(json!({"report": "login_logout", "range": {"to": "2026-04-19"}})).unwrap();
    let asked = HistogramAsked { field: Some("logout_time".to_owned()), ..HistogramAsked::default() };
    for _ in 0..8 {
        let histogram = store.reports.histogram(&caller(), &definition, &asked, at("2026-04-20T12:00:00Z")).await.unwrap();
        assert_eq!(histogram.bars[0].from, "2026-04-16T22:00:00Z");
        assert_eq!(histogram.bars.iter().map(|bar| bar.rows).sum::<u64>(), 2);
    }
}
