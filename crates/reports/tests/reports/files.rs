//! Pages over many files: whatever is left unread, they say what reading everything says.

use proptest::prelude::*;
use rollcall_model::Event;
use serde_json::{Value, json};

use crate::fixtures::*;

const ACTIVITIES: &[&str] = &["sign_in", "sign_out", "forced_sign_in", "forced_sign_out", "sign_of_life"];

/// An event some minutes after the beginning of 11 April.
fn event(number: usize, minute: i64, agent: u8, activity: usize) -> Event {
    let mut event = access(number as u128 + 1, "2026-04-11T00:00:00Z", ACTIVITIES[activity], &format!("agent{agent}"));
    event.event_time = event.event_time.plus_micros(minute * 60_000_000);
    event
}

/// All pages, and the total that the first of them told.
async fn pages(store: &Store, definition: &Value, limit: usize) -> (u64, Vec<Value>) {
    let first = store.page(definition.clone(), limit, None).await.unwrap();
    let (mut rows, mut cursor) = (rows_of(&first), first.next_cursor.clone());
    while let Some(next) = cursor {
        let page = store.page(definition.clone(), limit, Some(next)).await.unwrap();
        assert_eq!(page.total, first.total);
        rows.extend(rows_of(&page));
        cursor = page.next_cursor.clone();
    }
    (first.total, rows)
}

/// A definition of either kind over some of the days, in some order, sometimes for one agent.
fn definitions() -> impl Strategy<Value = Value> {
    let kinds = prop::sample::select(vec![("sign_in_log", "event_time", "activity"), ("login_logout", "login_time", "end_reason")]);
    let days = (11_u8..16, 0_u8..5).prop_map(|(from, more)| (from, (from + more).min(15)));
    let order = (any::<bool>(), prop::sample::select(vec!["asc", "desc"]));
    (kinds, days, order, prop::option::of(0_u8..4)).prop_map(|((report, time, word), (from, to), (by_time, dir), agent)| {
        let filters: Vec<Value> = agent.iter().map(|agent| json!({"field": "account", "values": [format!("agent{agent}")]})).collect();
        json!({
            "report": report,
            "range": {"from": format!("2026-04-{from}"), "to": format!("2026-04-{to}")},
            "columns": ["account", time, word],
            "sort": [{"field": if by_time { time } else { word }, "dir": dir}],
            "filters": filters,
        })
    })
}

/// The rows of a definition: all that there are without its filter, and of these the agent's.
async fn of_everybody_then_of_one(store: &Store, definition: &Value) -> Vec<Value> {
    let mut of_everybody = definition.clone();
    let filters = of_everybody["filters"].take();
    of_everybody["filters"] = json!([]);
    let mut rows = store.streamed(of_everybody).await;
    if let Some(agent) = filters[0]["values"].get(0) {
        rows.retain(|row| row["account"] == *agent);
    }
    rows
}

proptest! {
    #![proptest_config(cases(32))]

    #[test]
    fn pages_say_what_all_files_say(
        raw in prop::collection::vec((0_i64..7_200, 0_u8..4, 0_usize..ACTIVITIES.len()), 1..60),
        in_order in any::<bool>(),
        steps in 1_usize..8,
        definitions in prop::collection::vec(definitions(), 1..6),
        limit in 1_usize..9,
        stretch in 1_u64..12,
    ) {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        runtime.block_on(async {
            let mut raw = raw;
            if in_order {
                raw.sort_unstable();
            }
            let events: Vec<Event> =
                raw.iter().enumerate().map(|(number, (minute, agent, activity))| event(number, *minute, *agent, *activity)).collect();
            let store = Store::new().await;
            // The last step stays in the journal. Out of order, it changes sessions that lie in files.
            for (at, step) in events.chunks(events.len().div_ceil(steps)).enumerate() {
                if at > 0 {
                    store.archive().await;
                }
                store.append(step.to_vec()).await;
                for definition in &definitions {
                    let expected = of_everybody_then_of_one(&store, definition).await;
                    prop_assert_eq!(&store.streamed(definition.clone()).await, &expected, "{}", definition);
                    prop_assert_eq!(&store.streamed_in_stretches(stretch, definition.clone()).await, &expected, "{} by {}", definition, stretch);
                    let (total, rows) = pages(&store, definition, limit).await;
                    prop_assert_eq!(total, expected.len() as u64, "{}", definition);
                    prop_assert_eq!(&rows, &expected, "{}", definition);
                    // What was found out the first time is remembered.
                    prop_assert_eq!(&pages(&store, definition, limit).await.1, &expected, "{}", definition);
                }
            }
            Ok(())
        })?;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_newest_rows_open_the_newest_file_alone() {
    let store = Store::new().await;
    for day in 0..4 {
        let events = (0..150).map(|n| event(day * 1_000 + n, i64::try_from(day * 1_440 + n).unwrap(), 1, 0)).collect();
        store.append(events).await;
        store.archive().await;
    }
    let newest = json!({"report": "sign_in_log", "range": {"from": "2026-04-11", "to": "2026-04-14"}});
    let plan = store.plan(newest.clone()).await;
    assert_eq!(plan.matches(".parquet").count(), 1, "{plan}");
    assert!(plan.contains("day=14/access-"), "{plan}");
    let mut oldest = newest;
    oldest["sort"] = json!([{"field": "event_time"}]);
    let plan = store.plan(oldest).await;
    assert!(plan.matches(".parquet").count() == 1 && plan.contains("day=11/access-"), "{plan}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_opened_for_its_rows_and_not_for_its_bounds() {
    let store = Store::new().await;
    // Signed in on 11 April; found out on the 14th, when the same agent signs in again.
    store.append(vec![event(0, 60, 1, 0), event(1, 3 * 1_440 + 60, 1, 0)]).await;
    store.archive().await;
    let mut definition = day(&["account"]);
    definition["range"] = json!({"from": "2026-04-11", "to": "2026-04-11"});
    // Of sessions that began days before their end the few of a file are known without opening it.
    assert_eq!(store.rows(definition.clone()).await, [json!({"account": "agent1"})]);
    let plan = store.plan(definition.clone()).await;
    assert!(!plan.contains(".parquet"), "{plan}");
    definition["range"] = json!({"from": "2026-04-13", "to": "2026-04-14"});
    let plan = store.plan(definition.clone()).await;
    assert!(plan.contains("day=14/ended-"), "{plan}");
    assert_eq!(store.rows(definition.clone()).await.len(), 2, "the one that ended on the 14th, and the one that began then");
    // Nothing happened on the 12th, though it lies within the bounds of that file.
    definition["range"] = json!({"from": "2026-04-12", "to": "2026-04-12"});
    let plan = store.plan(definition.clone()).await;
    assert!(!plan.contains(".parquet"), "{plan}");
    assert_eq!(store.rows(definition).await, [] as [Value; 0]);
}
