//! Definitions: what is wrong is named, with what is allowed.

use rollcall_reports::Definition;
use serde_json::{Value, json};

fn refused(definition: Value) -> (String, String) {
    let error = Definition::parse(definition).unwrap_err();
    (error.field, error.reason)
}

#[test]
fn what_is_wrong_is_named_with_what_is_allowed() {
    let mut told = Vec::new();
    for wrong in [
        json!([]),
        json!({}),
        json!({"report": "logins"}),
        json!({"report": "login_logout", "colour": "red"}),
        json!({"report": "login_logout", "range": {"preset": "tomorrow"}}),
        json!({"report": "login_logout", "range": {"from": "soon"}}),
        json!({"report": "login_logout", "range": {"from": "2026-05-02", "to": "2026-05-01"}}),
        json!({"report": "login_logout", "range": 7}),
        json!({"report": "login_logout", "time_zone": "Mars/Olympus"}),
        json!({"report": "login_logout", "clock": "wall"}),
        json!({"report": "login_logout", "columns": ["agent", "mood"]}),
        json!({"report": "login_logout", "columns": ["agent", "agent"]}),
        json!({"report": "login_logout", "sort": [{"field": "mood"}]}),
        json!({"report": "login_logout", "sort": [{"field": "agent", "dir": "sideways"}]}),
        json!({"report": "login_logout", "filters": [{"field": "mood", "values": ["good"]}]}),
        json!({"report": "login_logout", "filters": [{"field": "agent", "op": "like", "values": ["x"]}]}),
        json!({"report": "login_logout", "filters": [{"field": "agent", "value": "x"}]}),
        json!({"report": "login_logout", "filters": {"agent": "x"}}),
        json!({"report": "login_logout", "filters": [{"field": "agent", "op": "under", "values": ["x"]}]}),
        json!({"report": "login_logout", "filters": [{"field": "agent", "op": "in", "values": []}]}),
        json!({"report": "login_logout", "filters": [{"field": "agent", "op": "in", "values": [7]}]}),
        json!({"report": "login_logout", "filters": [{"field": "login_time", "op": "gte", "values": ["soon"]}]}),
        json!({"report": "login_logout", "filters": [{"field": "source_ip", "op": "cidr", "values": ["300.0.0.0/8"]}]}),
        json!({"report": "sign_in_log", "filters": [{"field": "outcome", "values": ["bad"]}]}),
        json!({"report": "sign_in_log", "spanning": true}),
        json!({"report": "sign_in_log", "group_by": ["outcome"]}),
        json!({"report": "sign_in_log", "group_by": [{"field": "tags"}]}),
        json!({"report": "sign_in_log", "group_by": [{"field": "outcome", "bucket": "day"}]}),
        json!({"report": "sign_in_log", "group_by": [{"field": "event_time", "bucket": "decade"}]}),
        json!({"report": "sign_in_log", "group_by": [{"field": "outcome"}, {"field": "outcome"}]}),
        json!({"report": "sign_in_log", "group_by": [{"field": "agent"}, {"field": "agent", "empty": true}]}),
        json!({"report": "sign_in_log", "group_by": [{"field": "outcome"}], "measures": ["duration_sum"]}),
        json!({"report": "sign_in_log", "group_by": [{"field": "outcome"}], "measures": ["count", "count"]}),
        json!({"report": "sign_in_log", "group_by": [{"field": "outcome"}], "sort": [{"field": "agents"}]}),
        json!({"report": "sign_in_log", "group_by": [{"field": "outcome"}], "group_sort": [{"field": "account"}]}),
        json!({"report": "sign_in_log", "group_sort": [{"field": "count"}]}),
    ] {
        let (field, reason) = refused(wrong.clone());
        told.push(format!("{wrong}\n  {field}: {reason}"));
    }
    insta::assert_snapshot!(told.join("\n"));
}

#[test]
fn every_preset_of_the_specification_is_known() {
    let calendar = ["today", "yesterday", "this_week", "previous_week", "this_month", "previous_month"];
    let rolling = [
        "last_hour",
        "last_24_hours",
        "1_day",
        "last_2_days",
        "3_days",
        "last_3_days",
        "7_days",
        "last_7_days",
        "last_30_days",
        "last_90_days",
    ];
    for preset in calendar.iter().chain(&rolling) {
        let definition = Definition::parse(json!({"report": "activity_audit", "range": {"preset": preset}})).unwrap();
        assert_eq!(serde_json::to_value(&definition).unwrap()["range"], json!({"preset": preset}));
    }
}

#[test]
fn a_definition_reads_what_it_writes() {
    let definition = Definition::parse(json!({
        "report": "login-logout",
        "range": {"preset": "yesterday"},
        "time_zone": "Europe/Stockholm",
        "filters": [{"field": "hierarchy", "op": "under", "values": ["EMEA / Stockholm"]}],
        "spanning": true,
        "clock": "utc",
        "sort": [{"field": "agent"}],
    }))
    .unwrap();
    let written = serde_json::to_value(&definition).unwrap();
    assert_eq!(Definition::parse(written).unwrap(), definition);
}
