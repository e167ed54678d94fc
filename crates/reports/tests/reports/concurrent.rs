//! Concurrent sessions: those during which the same agent had another one.

use std::collections::BTreeSet;

use proptest::prelude::*;
use rollcall_model::Event;
use serde_json::{Value, json};

use crate::fixtures::*;

fn asked(more: &Value) -> Value {
    let mut definition = json!({
        "report": "login_logout", "range": {"from": "2026-04-15", "to": "2026-04-15"},
        "columns": ["account", "channel", "login_time", "concurrent"], "sort": [{"field": "login_time"}, {"field": "channel"}],
    });
    definition.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    definition
}

fn on(channel: &str, mut event: Event) -> Event {
    event.channel = Some(channel.to_owned());
    event
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_is_concurrent_if_the_agent_had_another_one_meanwhile() {
    let store = Store::new().await;
    store
        .append(vec![
            // From the day before on, and never ended: it covers the day.
            on("phone", access(1, "2026-04-14T20:00:00Z", "sign_in", "ines")),
            access(2, "08:00", "sign_in", "ines"),
            access(3, "09:00", "sign_out", "ines"),
            access(4, "08:00", "sign_in", "mara"),
            access(5, "12:00", "sign_out", "mara"),
            on("phone", access(6, "11:59", "sign_in", "mara")),
            on("phone", access(7, "13:00", "sign_out", "mara")),
            on("chat", access(8, "13:00", "sign_in", "mara")),
            on("chat", access(9, "14:00", "sign_out", "mara")),
            access(10, "08:00", "sign_in", "omar"),
        ])
        .await;
    let told = async |more: Value| -> Vec<(String, bool)> {
        let rows = store.rows(asked(&more)).await;
        let name = |row: &Value| format!("{} {}", row["account"].as_str().unwrap(), row["channel"].as_str().unwrap());
        rows.iter().map(|row| (name(row), row["concurrent"].as_bool().unwrap())).collect()
    };
    let row = |name: &str, concurrent| (name.to_owned(), concurrent);
    for _ in ["in the journal", "in files"] {
        let mut day = told(json!({})).await;
        day.sort();
        assert_eq!(
            day,
            [
                row("ines agent_portal", true),
                row("mara agent_portal", true),
                row("mara chat", false),
                row("mara phone", true),
                row("omar agent_portal", false),
            ],
            "one that ends as the other begins is not concurrent"
        );
        // Filters don't change what is concurrent: the other session is one of another channel.
        let filters = json!([{"field": "channel", "values": ["phone"]}, {"field": "concurrent", "values": [true]}]);
        assert_eq!(told(json!({"filters": filters})).await, [row("mara phone", true)]);
        assert_eq!(told(json!({"filters": filters, "spanning": true})).await, [row("ines phone", true), row("mara phone", true)]);
        store.archive().await;
    }
}

proptest! {
    #![proptest_config(cases(24))]

    #[test]
    fn concurrent_is_what_overlaps_another_session_of_the_same_agent(
        raw in prop::collection::vec((0_u8..3, 0_u8..3, -300_i64..1_500, 1_i64..400, any::<bool>()), 1..24),
        archived in 0_usize..48,
    ) {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        runtime.block_on(async {
            let store = Store::new().await;
            let (midnight, minute) = (at("2026-04-15T00:00:00Z"), 60_000_000);
            let mut events = Vec::new();
            // Sessions by their own ids, so that what is paired with what is known here.
            for (number, (agent, channel, from, minutes, ended)) in (0_u128..).zip(&raw) {
                let mut sign_in = on(&format!("channel {channel}"), access(2 * number, "08:00", "sign_in", &format!("agent {agent}")));
                sign_in.event_time = midnight.plus_micros(from * minute);
                sign_in.session_id = Some(format!("s{number}"));
                let mut sign_out = sign_in.clone();
                sign_out.event_id = uuid::Uuid::from_u128(2 * number + 1);
                sign_out.activity = "sign_out".to_owned();
                sign_out.event_time = midnight.plus_micros((from + minutes) * minute);
                events.push(sign_in);
                events.extend(ended.then_some(sign_out));
            }
            let archived = archived.min(events.len());
            store.append(events[..archived].to_vec()).await;
            store.archive().await;
            store.append(events[archived..].to_vec()).await;
            let day = 0..1_440;
            let end = |&(_, _, from, minutes, ended): &(u8, u8, i64, i64, bool)| if ended { (from + minutes).min(day.end) } else { day.end };
            let overlaps_day = |session: &&(u8, u8, i64, i64, bool)| session.2 < day.end && (end(session) >= day.start);
            let is_inside = |session: &(u8, u8, i64, i64, bool)| session.2 >= day.start || (session.4 && session.2 + session.3 < day.end);
            let sessions: Vec<_> = raw.iter().enumerate().filter(|(_, session)| overlaps_day(session)).collect();
            let expected: BTreeSet<String> = sessions
                .iter()
                .filter(|(_, session)| is_inside(session))
                .filter(|(at, session)| {
                    let other = |(other, with): &(usize, &(u8, u8, i64, i64, bool))| {
                        other != at && with.0 == session.0 && with.2 < end(session) && session.2 < end(with)
                    };
                    sessions.iter().any(other)
                })
                .map(|(at, _)| format!("s{at}"))
                .collect();
            let filters = json!([{"field": "concurrent", "values": [true]}]);
            let rows = store.rows(asked(&json!({"columns": ["session_id"], "filters": filters}))).await;
            let found: BTreeSet<String> = rows.iter().map(|row| row["session_id"].as_str().unwrap().to_owned()).collect();
            prop_assert_eq!((rows.len(), &found), (expected.len(), &expected));
            Ok(())
        })?;
    }
}
