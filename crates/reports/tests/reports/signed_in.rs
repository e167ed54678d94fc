//! Signed-in time, held against a calendar in which every minute is ticked off.

use std::collections::{BTreeMap, BTreeSet};

use futures::StreamExt;
use proptest::prelude::*;
use rollcall_model::zone::Zone;
use rollcall_model::{Event, Timestamp};
use rollcall_reports::signed_in::answer::SignedInDay;
use rollcall_reports::{Definition, Paging};
use serde_json::json;

use crate::fixtures::*;

const MINUTE: i64 = 60_000_000;

fn definition(zone: &str, from: u8, to: u8) -> Definition {
    let range = json!({"from": format!("2026-03-{from}"), "to": format!("2026-03-{to}")});
    Definition::parse(json!({"report": "login_logout", "range": range, "time_zone": zone})).unwrap()
}

async fn days(store: &Store, definition: &Definition, limit: usize) -> (Vec<SignedInDay>, f64) {
    let (mut found, mut cursor) = (Vec::new(), None);
    loop {
        let paging = Paging { limit: Some(limit), cursor };
        let page = store.reports.signed_in(&caller(), definition, &paging, at("2026-03-31T12:00:00Z")).await.unwrap();
        let (total, seconds) = (page.total, page.seconds.as_f64().unwrap());
        found.extend(page.days);
        cursor = page.next_cursor;
        if cursor.is_none() {
            assert_eq!(total, found.len() as u64);
            return (found, seconds);
        }
    }
}

/// A session by its own id: who, in which channel and source, from which minute on, for how many, and whether it ended.
type Stay = (u8, u8, bool, i64, i64, bool);

fn events(number: usize, (agent, channel, elsewhere, from, minutes, ended): Stay) -> Vec<Event> {
    let mut sign_in = access(2 * number as u128, "2026-03-27T00:00:00Z", "sign_in", &format!("agent {agent}"));
    sign_in.event_time = sign_in.event_time.plus_micros(from * MINUTE);
    sign_in.channel = Some(format!("channel {channel}"));
    sign_in.session_id = Some(format!("s{number}"));
    if elsewhere {
        sign_in.source = "pbx".to_owned();
    }
    let mut sign_out = sign_in.clone();
    sign_out.event_id = uuid::Uuid::from_u128(2 * number as u128 + 1);
    sign_out.activity = "sign_out".to_owned();
    sign_out.event_time = sign_in.event_time.plus_micros(minutes * MINUTE);
    if ended { vec![sign_in, sign_out] } else { vec![sign_in] }
}

/// Minutes ticked off, by agent, day and channel; none stands for any channel.
type Calendar = BTreeMap<(String, String), BTreeMap<Option<String>, BTreeSet<i64>>>;

fn ticked(stays: &[Stay], zone: &Zone, from: Timestamp, as_of: Timestamp) -> Calendar {
    let beginning = at("2026-03-27T00:00:00Z");
    let mut calendar = Calendar::new();
    for (agent, channel, _, first, minutes, ended) in stays {
        let end = if *ended { first + minutes } else { i64::MAX };
        let inside = |minute: &i64| {
            let moment = beginning.plus_micros(minute * MINUTE);
            from <= moment && moment < as_of
        };
        for minute in (*first..end.min(10_000)).filter(inside) {
            let day = zone.date(beginning.plus_micros(minute * MINUTE)).to_string();
            let by_channel = calendar.entry((format!("agent {agent}"), day)).or_default();
            by_channel.entry(None).or_default().insert(minute);
            by_channel.entry(Some(format!("channel {channel}"))).or_default().insert(minute);
        }
    }
    calendar
}

proptest! {
    #![proptest_config(cases(24))]

    #[test]
    fn every_minute_counts_once_for_an_agent_and_once_for_a_channel(
        stays in prop::collection::vec((0_u8..3, 0_u8..3, any::<bool>(), -2_000_i64..5_000, 1_i64..3_000, prop::bool::weighted(0.8)), 1..16),
        archived in 0_usize..32,
        // The clocks of Stockholm are put forward on the 29th.
        zone in prop::sample::select(vec!["UTC", "Europe/Stockholm", "Asia/Kathmandu"]),
        (from, to) in (27_u8..30, 0_u8..2),
        limit in 1_usize..6,
    ) {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        runtime.block_on(async {
            let store = Store::new().await;
            let events: Vec<Event> = stays.iter().enumerate().flat_map(|(number, stay)| events(number, *stay)).collect();
            let archived = archived.min(events.len());
            store.append(events[..archived].to_vec()).await;
            store.archive().await;
            store.append(events[archived..].to_vec()).await;
            let definition = definition(zone, from, from + to);
            let zone = Zone::new(zone).unwrap();
            let range = definition.resolve(at("2026-03-31T12:00:00Z")).unwrap();
            let expected = ticked(&stays, &zone, range.from, range.to.min(at("2026-03-31T12:00:00Z")));
            let (found, seconds) = days(&store, &definition, limit).await;
            let told: Vec<(String, String)> = found.iter().map(|day| (day.agent.clone(), day.day.clone())).collect();
            prop_assert_eq!(&told, &expected.keys().cloned().collect::<Vec<_>>(), "each once, in order");
            let minutes = |ticks: &BTreeSet<i64>| ticks.len() as f64 * 60.0;
            for (day, ticks) in found.iter().zip(expected.values()) {
                prop_assert_eq!(day.seconds.as_f64().unwrap(), minutes(&ticks[&None]), "{:?}", day);
                let channels: BTreeMap<Option<String>, f64> =
                    day.channels.iter().map(|channel| (channel.channel.clone(), channel.seconds.as_f64().unwrap())).collect();
                let ticked: BTreeMap<Option<String>, f64> =
                    ticks.iter().filter(|(channel, _)| channel.is_some()).map(|(channel, ticks)| (channel.clone(), minutes(ticks))).collect();
                prop_assert_eq!(channels, ticked);
            }
            let first = store.reports.signed_in(&caller(), &definition, &Paging { limit: Some(1), cursor: None }, at("2026-03-31T12:00:00Z")).await.unwrap();
            let rest = store.reports.signed_in_stream(&caller(), &definition, first.next_cursor.as_deref(), at("2026-03-31T12:00:00Z")).await.unwrap();
            let skipped = if first.next_cursor.is_some() { 1 } else { 0 };
            let (writer, mut lines) = (rest.writer.clone(), Vec::new());
            for batch in rest.batches().collect::<Vec<_>>().await {
                lines.extend(writer.json(&batch.unwrap()).unwrap().iter().map(|day| day.get().to_owned()));
            }
            let told: Vec<String> = found[skipped..].iter().map(|day| serde_json::to_string(day).unwrap()).collect();
            prop_assert_eq!(lines, told, "the same as a stream, from a cursor on");
            prop_assert_eq!(seconds, expected.values().map(|ticks| minutes(&ticks[&None])).sum::<f64>());
            Ok(())
        })?;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_day_on_which_the_clocks_are_put_forward_has_23_hours() {
    let store = Store::new().await;
    // Signed in before the day and never out: it covers it.
    store.append(events(0, (1, 0, false, -60, 1, false))).await;
    let (found, _) = days(&store, &definition("Europe/Stockholm", 29, 29), 10).await;
    let told = json!([found[0].day, found[0].day_seconds, found[0].seconds, found[0].open, found[0].inferred, found[0].sessions]);
    assert_eq!(told, json!(["2026-03-29", 82_800, 82_800, true, false, 1]));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_is_called_as_in_their_latest_session() {
    let store = Store::new().await;
    let named = |number: usize, from: i64, name: &str| {
        let mut events = events(number, (1, 0, false, from, 30, true));
        events[0].agent_name = Some(name.to_owned());
        events
    };
    // In whatever order they lie: each in a file of its own.
    for (number, from, name) in [(0, 720, "New"), (1, 480, "Old"), (2, 540, "Mid")] {
        store.append(named(number, from, name)).await;
        store.archive().await;
    }
    let (found, _) = days(&store, &definition("UTC", 27, 27), 10).await;
    assert_eq!((found.len(), found[0].agent_name.as_deref()), (1, Some("New")));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_has_no_beginning_or_nobody_is_left_out_and_counted() {
    let store = Store::new().await;
    let mut nobody = access(7, "2026-03-27T08:00:00Z", "sign_in", "x");
    (nobody.account, nobody.stream) = (None, Some("line 7".to_owned()));
    store.append(vec![nobody, access(8, "2026-03-27T09:00:00Z", "sign_out", "omar")]).await;
    let definition = definition("UTC", 27, 27);
    let answer = store.reports.signed_in(&caller(), &definition, &Paging::default(), at("2026-03-31T12:00:00Z")).await.unwrap();
    assert_eq!((answer.total, answer.unknown_logins, answer.nameless), (0, 1, 1));
    let other = Definition::parse(json!({"report": "sign_in_log"})).unwrap();
    let refused = store.reports.signed_in(&caller(), &other, &Paging::default(), at("2026-03-31T12:00:00Z")).await.unwrap_err();
    assert!(refused.to_string().contains("login_logout"), "{refused}");
}
