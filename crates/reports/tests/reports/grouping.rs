//! Groups against rows: what a group says is what its rows say, and its filters leave these rows alone.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use futures::StreamExt;
use jiff::ToSpan;
use jiff::civil::Weekday;
use proptest::prelude::*;
use rollcall_model::zone::Zone;
use rollcall_model::{Category, Event, Outcome, Timestamp};
use rollcall_reports::Definition;
use rollcall_reports::group::answer::{Group, GroupPaging, GroupsAnswer};
use serde_json::{Map, Value, json};

use crate::fixtures::*;

const ZONES: &[&str] = &["UTC", "Europe/Stockholm", "America/New_York", "Asia/Kathmandu"];
const ACTIVITIES: &[&str] = &["sign_in", "sign_out", "forced_sign_in", "forced_sign_out", "sign_of_life"];
/// What rows are grouped by, with the bucket of a time.
const KEYS: &[(&str, Option<&str>)] = &[
    ("agent", None),
    ("channel", None),
    ("source_ip", None),
    ("TIME", Some("hour")),
    ("TIME", Some("day")),
    ("TIME", Some("week")),
    ("TIME", Some("month")),
];

/// An event some minutes after the beginning of 27 March, two days before the clocks of Stockholm are changed.
fn event(number: usize, (minute, agent, activity, channel): (i64, u8, usize, u8)) -> Event {
    let mut event = access(number as u128 + 1, "2026-03-27T00:00:00Z", ACTIVITIES[activity], &format!("agent{agent}"));
    event.event_time = event.event_time.plus_micros(minute * 60_000_000 + i64::from(agent));
    event.channel = Some(format!("channel {channel}"));
    event.agent_name = (agent == 1).then(|| "Mara Lind".to_owned());
    event.source_ip = (channel > 0).then(|| format!("203.0.113.{channel}"));
    event
}

fn definition(kind: &str, keys: &[usize], sort: &[(usize, bool)], zone: &str) -> Value {
    let time = if kind == "login_logout" { "login_time" } else { "event_time" };
    let named = |at: &usize| {
        let (field, bucket) = KEYS[*at];
        let field = if field == "TIME" { time } else { field };
        bucket.map_or_else(|| json!({"field": field}), |bucket| json!({"field": field, "bucket": bucket}))
    };
    let mut measures = vec!["count", "agents", "first", "last"];
    if kind == "login_logout" {
        measures.extend(["duration_sum", "duration_mean", "duration_median", "duration_max"]);
    }
    let order = sort.iter().map(|(at, desc)| (measures[at % measures.len()], desc));
    let order: BTreeMap<&str, &bool> = order.collect();
    let order: Vec<Value> =
        order.into_iter().map(|(field, desc)| json!({"field": field, "dir": if *desc { "desc" } else { "asc" }})).collect();
    json!({
        "report": kind, "range": {"from": "2026-03-27", "to": "2026-04-05"}, "time_zone": zone,
        "group_by": keys.iter().map(named).collect::<Vec<_>>(), "measures": measures, "group_sort": order,
    })
}

async fn groups(store: &Store, definition: &Value, depth: usize, limit: usize, cursor: Option<String>) -> GroupsAnswer {
    let definition = Definition::parse(definition.clone()).unwrap();
    let paging = GroupPaging { depth: Some(depth), limit: Some(limit), cursor };
    store.reports.groups(&caller(), &definition, &paging, at("2026-04-20T12:00:00Z")).await.unwrap()
}

async fn all_groups(store: &Store, definition: &Value, depth: usize, limit: usize) -> Vec<Group> {
    let (mut found, mut cursor) = (Vec::new(), None);
    loop {
        let page = groups(store, definition, depth, limit, cursor).await;
        let total = page.total;
        found.extend(page.groups);
        cursor = page.next_cursor;
        if cursor.is_none() {
            assert_eq!(total, found.len() as u64, "{definition}");
            return found;
        }
    }
}

/// The first instant of the bucket of a moment, by the calendar.
fn bucket(moment: Timestamp, size: &str, zone: &Zone) -> String {
    let zoned = moment.to_jiff().to_zoned(zone.tz().clone());
    let date = zoned.date();
    let start = match size {
        "hour" => {
            return zone.rfc3339(
                zoned.round(jiff::ZonedRound::new().smallest(jiff::Unit::Hour).mode(jiff::RoundMode::Trunc)).unwrap().timestamp().into(),
            );
        }
        "day" => date,
        "week" => date.saturating_sub(i64::from(date.weekday().since(Weekday::Monday)).days()),
        _ => date.first_of_month(),
    };
    zone.rfc3339(start.to_zoned(zone.tz().clone()).unwrap().timestamp().into())
}

/// The keys of a row, and what is told of all rows that have the same.
fn expected(rows: &[Value], kind: &str, keys: &[usize], zone: &Zone) -> BTreeMap<String, Value> {
    let time = if kind == "login_logout" { "login_time" } else { "event_time" };
    let mut by_key: BTreeMap<String, Vec<&Value>> = BTreeMap::new();
    for row in rows {
        let key = |at: &usize| match KEYS[*at] {
            ("TIME", Some(size)) => {
                let value = row[time].as_str().map(|text| bucket(text.parse().unwrap(), size, zone));
                (format!("{time}_{size}"), json!(value))
            }
            (field, _) => (field.to_owned(), row[field].clone()),
        };
        let key: Map<String, Value> = keys.iter().map(key).collect();
        by_key.entry(Value::from(key).to_string()).or_default().push(row);
    }
    by_key.into_iter().map(|(key, rows)| (key, measured(&rows, kind, time))).collect()
}

fn measured(rows: &[&Value], kind: &str, time: &str) -> Value {
    let agents: BTreeSet<&str> = rows.iter().filter_map(|row| row["account"].as_str()).collect();
    let mut times: Vec<Timestamp> = rows.iter().filter_map(|row| row[time].as_str()?.parse().ok()).collect();
    times.sort_unstable();
    let mut measures = json!({"count": rows.len(), "agents": agents.len(), "first": times.first(), "last": times.last()});
    if kind == "login_logout" {
        let mut durations: Vec<f64> = rows.iter().filter_map(|row| row["duration"].as_f64()).collect();
        durations.sort_by(f64::total_cmp);
        let sum: f64 = durations.iter().sum();
        let middle = |at: usize| durations.get(at).copied();
        let (half, known) = (durations.len() / 2, !durations.is_empty());
        let median = if durations.len() % 2 == 1 {
            middle(half)
        } else {
            middle(half).zip(middle(half.wrapping_sub(1))).map(|(a, b)| f64::midpoint(a, b))
        };
        measures["duration_sum"] = json!(known.then_some(sum));
        measures["duration_mean"] = json!(known.then(|| sum / durations.len() as f64));
        measures["duration_median"] = json!(median);
        measures["duration_max"] = json!(durations.last());
    }
    measures
}

/// Whether two measures are the same; sums of fractions within a millionth.
fn agree(told: &Value, expected: &Value) -> bool {
    match (told, expected) {
        (Value::Number(told), Value::Number(expected)) => (told.as_f64().unwrap() - expected.as_f64().unwrap()).abs() < 1e-5,
        (Value::String(told), Value::String(expected)) => told.parse::<Timestamp>().unwrap() == expected.parse::<Timestamp>().unwrap(),
        (told, expected) => told == expected,
    }
}

/// Whether groups come in the order that is asked for: missing values last.
fn in_order(groups: &[Group], definition: &Value) -> bool {
    let order = definition["group_sort"].as_array().unwrap();
    let compare = |a: &Value, b: &Value| match (a.as_f64(), b.as_f64()) {
        (Some(a), Some(b)) => a.total_cmp(&b),
        _ => a.as_str().map(|text| text.parse::<Timestamp>().unwrap()).cmp(&b.as_str().map(|text| text.parse::<Timestamp>().unwrap())),
    };
    groups.windows(2).all(|pair| {
        let of_key = |key: &Value| {
            let [a, b] = [&pair[0], &pair[1]].map(|group| &group.measures[key["field"].as_str().unwrap()]);
            match (a.is_null(), b.is_null()) {
                (false, false) if key["dir"] == "desc" => compare(b, a),
                (false, false) => compare(a, b),
                (a, b) => a.cmp(&b),
            }
        };
        order.iter().map(of_key).find(|order| *order != Ordering::Equal).unwrap_or(Ordering::Less) == Ordering::Less
    })
}

proptest! {
    #![proptest_config(cases(24))]

    #[test]
    fn a_group_says_what_its_rows_say(
        raw in prop::collection::vec((0_i64..11_000, 0_u8..4, 0_usize..ACTIVITIES.len(), 0_u8..3), 1..60),
        archived in 0_usize..60,
        kind in prop::sample::select(vec!["sign_in_log", "login_logout", "activity_audit"]),
        keys in prop::sample::subsequence((0..KEYS.len()).collect::<Vec<_>>(), 1..4).prop_shuffle(),
        sort in prop::collection::vec((0_usize..8, any::<bool>()), 0..3),
        zone in prop::sample::select(ZONES),
        (depth, limit) in (0_usize..4, 1_usize..9),
    ) {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        runtime.block_on(async {
            let store = Store::new().await;
            let events: Vec<Event> = raw.into_iter().enumerate().map(|(number, raw)| event(number, raw)).collect();
            let archived = archived.min(events.len());
            store.append(events[..archived].to_vec()).await;
            store.archive().await;
            store.append(events[archived..].to_vec()).await;
            let zone_of = Zone::new(zone).unwrap();
            let asked = definition(kind, &keys, &sort, zone);
            let depth = depth.min(keys.len());
            let mut of_rows = asked.clone();
            let columns = if kind == "login_logout" { json!(["login_time", "duration"]) } else { json!(["event_time"]) };
            of_rows["columns"] = json!(["agent", "channel", "source_ip", "account"]);
            of_rows["columns"].as_array_mut().unwrap().extend(columns.as_array().unwrap().clone());
            let rows = store.streamed(of_rows).await;
            let mut expected = expected(&rows, kind, &keys[..depth], &zone_of);
            if depth == 0 {
                // All rows are one group, also if there are none.
                expected.entry("{}".to_owned()).or_insert_with(|| measured(&[], kind, ""));
            }
            let found = all_groups(&store, &asked, depth, limit).await;
            prop_assert!(in_order(&found, &asked), "{}: {:?}", asked, found);
            prop_assert_eq!(found.len(), expected.len(), "{}", asked);
            for group in &found {
                let measures = expected.remove(&Value::from(group.keys.clone()).to_string());
                prop_assert!(measures.is_some(), "{}: no row has {:?}, only {:?}", asked, group.keys, expected.keys());
                let measures = measures.unwrap();
                for (name, told) in &group.measures {
                    prop_assert!(agree(told, &measures[name.as_str()]), "{} of {:?}: {} instead of {}", name, group.keys, told, measures[name.as_str()]);
                }
                // What leads to its rows leads to these and no others.
                let mut of_group = asked.clone();
                of_group["filters"] = serde_json::to_value(&group.drill_down).unwrap();
                prop_assert_eq!(json!(store.page(of_group.clone(), 0, None).await.unwrap().total), group.measures["count"].clone(), "{}", of_group);
            }
            // Counts alone may come from what was counted before.
            let mut counts = asked.clone();
            (counts["measures"], counts["group_sort"]) = (json!(["count"]), json!([]));
            let counted = all_groups(&store, &counts, depth, 100).await;
            let of = |groups: &[Group]| -> BTreeMap<String, Value> {
                groups.iter().map(|group| (Value::from(group.keys.clone()).to_string(), group.measures["count"].clone())).collect()
            };
            prop_assert_eq!(of(&counted), of(&found));
            Ok(())
        })?;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_something_done_the_agents_are_those_who_did_it() {
    let store = Store::new().await;
    let done = |number: u128, by: &str| {
        let time = at("2026-03-27T08:00:00Z");
        let mut event = Event::new(uuid::Uuid::from_u128(number), time, "suite", Category::Activity, "Viewed", Outcome::Success);
        event.triggered_by_id = Some(by.to_owned());
        event
    };
    store.append(vec![done(1, "4711"), done(2, "4712"), done(3, "4711")]).await;
    let asked = definition("activity_audit", &[1], &[], "UTC");
    let told = all_groups(&store, &asked, 1, 10).await;
    assert_eq!((&told[0].measures["count"], &told[0].measures["agents"]), (&json!(3), &json!(2)));
}

#[tokio::test(flavor = "multi_thread")]
async fn more_groups_than_are_held_at_once_are_all_counted_and_come_in_order() {
    let store = Store::new().await;
    for part in 0..5_usize {
        let events = (0..9_000).map(|n| {
            let number = part * 9_000 + n;
            let mut event = event(number, (i64::try_from(n).unwrap(), 0, 0, 0));
            event.account = Some(format!("agent {number:06}"));
            event
        });
        store.append(events.collect()).await;
    }
    let asked = json!({
        "report": "sign_in_log", "range": {"from": "2026-03-27", "to": "2026-04-05"},
        "group_by": [{"field": "account"}], "group_sort": [{"field": "account", "dir": "desc"}],
    });
    let first = groups(&store, &asked, 1, 3, None).await;
    let names =
        |page: &GroupsAnswer| page.groups.iter().map(|group| group.keys["account"].as_str().unwrap().to_owned()).collect::<Vec<_>>();
    assert_eq!((first.total, names(&first)), (45_000, ["agent 044999", "agent 044998", "agent 044997"].map(str::to_owned).to_vec()));
    let second = groups(&store, &asked, 1, 3, first.next_cursor).await;
    assert_eq!(names(&second), ["agent 044996", "agent 044995", "agent 044994"]);
    // All of them come as a stream, from a cursor on too.
    let definition = Definition::parse(asked).unwrap();
    let paging = GroupPaging { depth: None, limit: None, cursor: second.next_cursor };
    let stream = store.reports.group_stream(&caller(), &definition, &paging, at("2026-04-20T12:00:00Z")).await.unwrap();
    let (writer, mut batches) = (stream.writer.clone(), std::pin::pin!(stream.batches()));
    let mut rest = Vec::new();
    while let Some(batch) = batches.next().await {
        let groups = writer.groups(&batch.unwrap()).unwrap();
        rest.extend(groups.into_iter().map(|group| group.keys["account"].as_str().unwrap().to_owned()));
    }
    let expected: Vec<String> = (0..44_994).rev().map(|number| format!("agent {number:06}")).collect();
    assert_eq!(rest, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn groups_of_a_snapshot_are_told_once_whatever_comes_meanwhile() {
    let store = Store::new().await;
    let events = |from: usize, to: usize| (from..to).map(|n| event(n, (n as i64, (n % 7) as u8, 0, (n % 3) as u8))).collect::<Vec<_>>();
    store.append(events(0, 100)).await;
    let asked = definition("sign_in_log", &[0], &[(0, true)], "UTC");
    let whole = all_groups(&store, &asked, 1, 100).await;
    let (mut found, mut cursor) = (Vec::new(), None);
    for step in 1.. {
        let page = groups(&store, &asked, 1, 2, cursor).await;
        assert_eq!(page.total, 7);
        found.extend(page.groups);
        store.append(events(step * 100, step * 100 + 37)).await;
        store.archive().await;
        cursor = page.next_cursor;
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!(found, whole);
}
