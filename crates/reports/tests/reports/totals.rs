//! The total alone, from counts where they answer exactly; and what was known at an earlier seq.

use proptest::prelude::*;
use rollcall_model::Event;
use serde_json::{Value, json};

use crate::fixtures::*;

/// An event so many minutes after midnight.
fn event(number: u128, minute: i64, kind: u8) -> Event {
    let activity = ["sign_in", "sign_out", "sign_of_life", "forced_sign_out"][usize::from(kind % 4)];
    let mut event = access(number, "2026-04-15T00:00:00Z", activity, &format!("agent{}", kind % 3));
    event.event_time = event.event_time.plus_micros(minute * 60_000_000);
    event.channel = Some(["agent_portal", "phone"][usize::from(kind / 4 % 2)].to_owned());
    event.routing_profile = (!kind.is_multiple_of(5)).then(|| format!("profile {}", kind % 5));
    event
}

fn definitions(from: i64, length: i64) -> Vec<Value> {
    let bound = |minute: i64| {
        let at = at("2026-04-15T00:00:00Z").plus_micros(minute * 60_000_000);
        at.to_string()
    };
    let range = json!({"from": bound(from), "to": bound(from + length)});
    let filtered = |filters: Value| json!({"report": "sign_in_log", "range": range, "columns": ["seq"], "filters": filters});
    vec![
        filtered(json!([])),
        filtered(json!([{"field": "channel", "values": ["phone"]}])),
        filtered(
            json!([{"field": "activity", "op": "in", "values": ["sign_in", "sign_out"]}, {"field": "routing_profile", "values": ["profile 1"]}]),
        ),
        filtered(json!([{"field": "routing_profile", "op": "is_null"}])),
        // What counts don't tell apart.
        filtered(json!([{"field": "account", "values": ["agent1"]}])),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_total_alone_is_how_many_rows_there_are(
        raw in prop::collection::vec((0_i64..2_000, any::<u8>()), 1..80),
        archived in 0_usize..80,
        from in 0_i64..1_000,
        length in 1_i64..1_500,
    ) {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        runtime.block_on(async {
            let store = Store::new().await;
            let events: Vec<Event> = (1..).zip(raw).map(|(number, (minute, kind))| event(number, minute, kind)).collect();
            let archived = archived.min(events.len());
            store.append(events[..archived].to_vec()).await;
            store.archive().await;
            store.append(events[archived..].to_vec()).await;
            for definition in definitions(from, length) {
                let rows = store.rows(definition.clone()).await.len() as u64;
                let alone = store.page(definition.clone(), 0, None).await.unwrap();
                prop_assert_eq!((alone.total, alone.rows.len()), (rows, 0), "{}", definition);
            }
            Ok(())
        })?;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_as_of_an_earlier_seq_says_what_it_said_then() {
    let store = Store::new().await;
    store.append(vec![access(1, "08:00", "sign_in", "mara"), access(2, "16:00", "sign_out", "mara")]).await;
    let definition = day(&["account", "login_time", "logout_time", "end_reason"]);
    let paid_by = store.page(definition.clone(), 10, None).await.unwrap();
    store.append(vec![access(3, "12:00", "sign_out", "mara"), access(4, "13:00", "sign_in", "mara")]).await;
    for _ in ["in the tail", "in files"] {
        assert_eq!(store.rows(definition.clone()).await.len(), 2, "what is known now");
        let mut then = definition.clone();
        then["as_of_seq"] = json!(paid_by.watermark.seq);
        let answer = store.page(then, 10, None).await.unwrap();
        assert_eq!(rows_of(&answer), rows_of(&paid_by));
        assert_eq!(answer.watermark.seq, paid_by.watermark.seq);
        store.archive().await;
    }
    let mut unknown = definition;
    unknown["as_of_seq"] = json!(5);
    let error = store.page(unknown, 10, None).await.unwrap_err().to_string();
    assert!(error.contains("as_of_seq") && error.contains("from 0 to 4"), "{error}");
}
