//! Plans: time, agent and instance reach the files, and what can't matter is never opened.

use rollcall_model::{Category, Event, Outcome};
use rollcall_reports::Definition;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::fixtures::*;

/// Three days of events, each archived by itself, and a few still in the journal.
async fn three_days() -> Store {
    let store = Store::new().await;
    let mut number = 0;
    let mut next = || {
        number += 1;
        number
    };
    for day in 13..16 {
        let mut events = Vec::new();
        for agent in ["ines", "mara", "omar"] {
            events.push(access(next(), &format!("2026-04-{day}T08:00:00Z"), "sign_in", agent));
            events.push(access(next(), &format!("2026-04-{day}T16:00:00Z"), "sign_out", agent));
        }
        let time = at(&format!("2026-04-{day}T10:00:00Z"));
        events.push(Event::new(Uuid::from_u128(next()), time, "wfm", Category::Activity, "Updated", Outcome::Success));
        store.append(events).await;
        store.archive().await;
    }
    store.append(vec![access(next(), "2026-04-16T08:00:00Z", "sign_in", "mara")]).await;
    store
}

/// A plan without what differs from run to run: names of files.
async fn plan(store: &Store, definition: Value) -> String {
    let definition = Definition::parse(definition).unwrap();
    let plan = store.reports.explain(&caller(), &definition, at("2026-04-20T12:00:00Z")).await.unwrap();
    let parts: Vec<&str> = plan.split(".parquet").collect();
    let (last, names) = parts.split_last().unwrap();
    let without_name = |part: &&str| format!("{}*.parquet", &part[..part.len() - Uuid::nil().to_string().len()]);
    names.iter().map(without_name).chain([(*last).to_owned()]).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_sign_in_log_of_an_account_on_a_day_opens_one_file() {
    let store = three_days().await;
    let definition = json!({
        "report": "sign_in_log", "range": {"from": "2026-04-14", "to": "2026-04-14"},
        "filters": [{"field": "account", "values": ["mara"]}],
    });
    insta::assert_snapshot!(plan(&store, definition).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_instance_reaches_the_files() {
    let store = three_days().await;
    let definition = json!({
        "report": "sign_in_log", "range": {"from": "2026-04-13", "to": "2026-04-15"}, "columns": ["event_time"],
        "filters": [{"field": "instance", "values": ["omar"]}],
    });
    insta::assert_snapshot!(plan(&store, definition).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_login_logout_report_of_a_day_opens_the_sessions_that_touch_it() {
    let store = three_days().await;
    let mut definition = day(&["agent", "login_time", "logout_time", "end_reason"]);
    definition["range"] = json!({"from": "2026-04-14", "to": "2026-04-14"});
    definition["filters"] = json!([{"field": "agent", "values": ["mara"]}]);
    insta::assert_snapshot!(plan(&store, definition).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_outside_every_file_opens_none() {
    let store = three_days().await;
    let definition = json!({
        "report": "sign_in_log", "range": {"from": "2026-04-13", "to": "2026-04-15"}, "columns": ["event_time"],
        "filters": [{"field": "account", "values": ["zoe"]}],
    });
    let plan = plan(&store, definition).await;
    assert!(!plan.contains(".parquet"), "{plan}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_about_one_agent_opens_the_files_that_have_something_of_them() {
    let store = Store::new().await;
    let mut number = 0;
    for (day, agents) in [(13, ["ines", "mara", "omar"]), (14, ["ines", "lind", "omar"]), (15, ["mara", "omar", "zoe"])] {
        let mut events = Vec::new();
        for agent in agents {
            for (hour, activity) in [(8, "sign_in"), (16, "sign_out")] {
                number += 1;
                events.push(access(number, &format!("2026-04-{day}T{hour:02}:00:00Z"), activity, agent));
            }
        }
        store.append(events).await;
        store.archive().await;
    }
    for (report, columns) in [("sign_in_log", json!(["event_time"])), ("login_logout", json!(["login_time"]))] {
        for (agent, opened) in [("mara", [true, false, true]), ("lind", [false, true, false]), ("omar", [true, true, true])] {
            let definition = json!({
                "report": report, "range": {"from": "2026-04-13", "to": "2026-04-15"}, "columns": columns,
                "filters": [{"field": "agent", "values": [agent]}],
            });
            let plan = plan(&store, definition).await;
            let found = [13, 14, 15].map(|day| plan.contains(&format!("/day={day}/")));
            assert_eq!(found, opened, "{report} of {agent}: {plan}");
        }
    }
}

/// The total of a range is known without the days inside it, once they have been counted for another range.
#[tokio::test(flavor = "multi_thread")]
async fn days_inside_a_range_are_counted_once_for_all_ranges() {
    let store = three_days().await;
    let log = |from: &str, to: &str| {
        let sort = json!([{"field": "event_time", "dir": "desc"}]);
        json!({"report": "sign_in_log", "range": {"from": from, "to": to}, "columns": ["event_time"], "sort": sort})
    };
    assert_eq!(store.page(log("2026-04-13T00:00:00Z", "2026-04-16T00:00:00Z"), 1, None).await.unwrap().total, 18);
    store.remove_files("/day=14/access-");
    assert_eq!(store.page(log("2026-04-13T09:00:00Z", "2026-04-15T12:00:00Z"), 1, None).await.unwrap().total, 12);
    assert!(store.page(log("2026-04-13T09:00:00Z", "2026-04-14T12:00:00Z"), 1, None).await.is_err(), "the file is really gone");
}
