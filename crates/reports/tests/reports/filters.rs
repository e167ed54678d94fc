//! Filters, in tail and lake alike.

use rollcall_model::Event;
use serde_json::{Value, json};

use crate::fixtures::*;

fn agent(number: u128, account: &str, name: Option<&str>, profile: Option<&str>, hierarchy: Option<&str>, address: &str) -> Event {
    let mut event = access(number, "08:00", "sign_in", account);
    event.event_time = event.event_time.plus_micros(i64::try_from(number).unwrap() * 60_000_000);
    event.employee_id = Some(format!("E{number}"));
    event.agent_name = name.map(str::to_owned);
    event.routing_profile = profile.map(str::to_owned);
    event.hierarchy = hierarchy.map(str::to_owned);
    event.source_ip = Some(address.to_owned());
    event
}

#[tokio::test(flavor = "multi_thread")]
async fn every_operator_keeps_the_rows_it_says() {
    let store = Store::new().await;
    store
        .append(vec![
            agent(1, "mara", Some("Mara Lind"), Some("Billing"), Some("EMEA / Stockholm / Billing"), "203.0.113.7"),
            agent(2, "omar", Some("Omar Aziz"), Some("Tech_1"), Some("EMEA / Stock"), "198.51.100.9"),
            agent(3, "ines", None, None, None, "2001:db8::7"),
            agent(4, "ÅSA", Some("Åsa 100%"), Some("Tech%1"), Some("EMEA"), "desk-4.example"),
        ])
        .await;
    let cases: &[(&str, &[&str])] = &[
        (r#"{"field":"account","values":["mara","ines"]}"#, &["mara", "ines"]),
        (r#"{"field":"agent","values":["Mara Lind","omar","E3"]}"#, &["mara", "omar", "ines"]),
        (r#"{"field":"agent","op":"not_in","values":["Mara Lind","omar"]}"#, &["ines", "ÅSA"]),
        (r#"{"field":"routing_profile","op":"not_in","values":["Billing"]}"#, &["omar", "ines", "ÅSA"]),
        (r#"{"field":"routing_profile","op":"is_null"}"#, &["ines"]),
        (r#"{"field":"agent_name","op":"contains","values":["LIND"]}"#, &["mara"]),
        (r#"{"field":"account","op":"contains","values":["åsa"]}"#, &["ÅSA"]),
        (r#"{"field":"agent_name","op":"contains","values":["0%"]}"#, &["ÅSA"]),
        (r#"{"field":"routing_profile","op":"prefix","values":["Tech_"]}"#, &["omar"]),
        (r#"{"field":"routing_profile","op":"prefix","values":["Tech"]}"#, &["omar", "ÅSA"]),
        (r#"{"field":"hierarchy","op":"under","values":["EMEA / Stockholm"]}"#, &["mara"]),
        (r#"{"field":"hierarchy","op":"under","values":["EMEA / Stock"]}"#, &["omar"]),
        (r#"{"field":"hierarchy","op":"under","values":["EMEA"]}"#, &["mara", "omar", "ÅSA"]),
        (r#"{"field":"source_ip","op":"cidr","values":["203.0.113.0/24","2001:db8::/32"]}"#, &["mara", "ines"]),
        (r#"{"field":"source_ip","op":"cidr","values":["198.51.100.9"]}"#, &["omar"]),
        (r#"{"field":"login_time","op":"gte","values":["2026-04-15T08:03:00Z"]}"#, &["ines", "ÅSA"]),
        (r#"{"field":"login_time","op":"lte","values":["2026-04-15T10:02:00+02:00"]}"#, &["mara", "omar"]),
        (r#"{"field":"open","values":[true]}"#, &["mara", "omar", "ines", "ÅSA"]),
        (r#"{"field":"duration","op":"gte","values":[1]}"#, &[]),
        (r#"{"field":"end_reason","values":["Still open"]}"#, &["mara", "omar", "ines", "ÅSA"]),
        (r#"{"field":"end_reason","op":"not_in","values":["still_open"]}"#, &[]),
    ];
    for place in ["tail", "lake"] {
        for (filter, expected) in cases {
            let mut definition = day(&["account"]);
            definition["filters"] = json!([serde_json::from_str::<Value>(filter).unwrap()]);
            let rows = store.rows(definition).await;
            let accounts: Vec<&str> = rows.iter().filter_map(|row| row["account"].as_str()).collect();
            assert_eq!(&accounts, expected, "{filter} in the {place}");
        }
        store.archive().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_sign_in_log_has_failures_but_no_signs_of_life() {
    let store = Store::new().await;
    let mut failed = access(1, "08:00", "sign_in", "mara");
    failed.outcome = rollcall_model::Outcome::Failure;
    failed.failure_code = Some("invalid_user_credentials".to_owned());
    store.append(vec![failed, access(2, "08:01", "sign_in", "mara"), access(3, "08:02", "sign_of_life", "mara")]).await;
    let definition = json!({"report": "sign_in_log", "range": {"from": "2026-04-15", "to": "2026-04-15"}});
    let rows = store.rows(definition).await;
    let expected = json!([
        {"account": "mara", "employee_id": null, "activity": "sign_in", "event_time": "2026-04-15T08:01:00Z", "outcome": "success",
         "source_ip": null, "failure_code": null},
        {"account": "mara", "employee_id": null, "activity": "sign_in", "event_time": "2026-04-15T08:00:00Z", "outcome": "failure",
         "source_ip": null, "failure_code": "invalid_user_credentials"},
    ]);
    assert_eq!(json!(rows), expected, "newest first");
}
