//! The quarantine: what was rejected is kept, can be looked at, and comes in after a fix.

use std::sync::Arc;

use rollcall_model::time::MICROS_PER_HOUR;
use serde_json::{Value, json};

use crate::harness::{Engine, Home, Server, Setup, id, ok, on_both_engines, problem, sign_in};

on_both_engines![
    rejected_records_are_listed_page_by_page_and_downloaded,
    a_binary_format_is_downloaded_without_line_ends,
    a_record_comes_in_after_the_fix_and_leaves,
    only_the_records_that_are_named_are_replayed,
    identical_records_are_as_many_events_and_a_replay_can_be_repeated,
    what_can_not_be_read_alone_stays,
    an_importer_is_told_which_of_its_records_is_wrong,
];

async fn list(server: &Server, query: &str) -> Value {
    ok(server.get(&format!("/api/v1/quarantine{query}"))).await
}

/// A valid event as an importer that could not read it would hand it in.
fn held_back(number: usize, format: &str, raw: &str) -> Value {
    use base64::Engine;
    let raw_base64 = base64::engine::general_purpose::STANDARD.encode(raw);
    json!({"record_id": id(number), "format": format, "line": number, "field": null, "reason": "too new", "raw_base64": raw_base64})
}

async fn rejected_records_are_listed_page_by_page_and_downloaded(engine: Engine) {
    let server = Server::on(engine).await;
    let bad: String = (0..5).map(|number| format!("{{\"bad\":{number}}}\n")).collect();
    ok(server.post("/api/v1/events?source=portal").body(bad)).await;
    ok(server.post("/api/v1/events?source=crm").body("{\"other\":\"\u{e4}\"}")).await;
    let first = list(&server, "?limit=4").await;
    let record = &first["records"][0];
    assert_eq!(
        (&record["source"], &record["format"], &record["line"], &record["field"]),
        (&json!("portal"), &json!("native"), &json!(1), &json!("event_time"))
    );
    assert_eq!((&record["raw"], &record["raw_base64"]), (&json!("{\"bad\":0}"), &json!("eyJiYWQiOjB9")));
    assert!(record["reason"].as_str().unwrap().starts_with("required: expected an RFC 3339 time"), "{record}");
    let second = list(&server, &format!("?limit=4&after={}", first["next_after"])).await;
    assert_eq!(second["records"].as_array().unwrap().len(), 2);
    assert_eq!(second["next_after"], Value::Null);

    let download = server.get("/api/v1/quarantine/raw?source=crm").send().await.unwrap();
    assert_eq!(download.headers()["content-type"], "text/plain; charset=utf-8");
    assert_eq!(download.text().await.unwrap(), "{\"other\":\"\u{e4}\"}\n");
    let all = server.get("/api/v1/quarantine/raw").send().await.unwrap().text().await.unwrap();
    assert_eq!(all.lines().count(), 6);
}

async fn a_binary_format_is_downloaded_without_line_ends(engine: Engine) {
    let server = Server::on(engine).await;
    let records = json!([held_back(1, "wtmp", "ab"), held_back(2, "wtmp", "cd")]);
    ok(server.post("/api/v1/sources/host/quarantine").json(&records)).await;
    let download = server.get("/api/v1/quarantine/raw?source=host").send().await.unwrap();
    assert_eq!(download.headers()["content-type"], "application/octet-stream");
    assert_eq!(download.text().await.unwrap(), "abcd");
}

async fn a_record_comes_in_after_the_fix_and_leaves(engine: Engine) {
    let hour_ahead = jiff::Timestamp::now() + jiff::SignedDuration::from_hours(1);
    let mut early = sign_in(1, "mara");
    early["event_time"] = json!(hour_ahead.to_string());
    let strict = Server::start_on(Arc::new(Home::new(engine)), Setup { max_future_micros: MICROS_PER_HOUR / 2, ..Setup::default() }).await;
    let answer = strict.send(&json!([early, {"never": "readable"}])).await;
    assert_eq!((&answer["accepted"], &answer["rejected_total"]), (&json!(0), &json!(2)));
    let nothing_new = ok(strict.post("/api/v1/quarantine/replay")).await;
    assert_eq!(nothing_new, json!({"replayed": 2, "accepted": 0, "duplicates": 0, "still_rejected": 2}));
    let folder = strict.stop().await;

    let lenient = Server::start_on(folder, Setup::default()).await;
    let before = lenient.events();
    let replayed = ok(lenient.post("/api/v1/quarantine/replay").json(&json!({"source": "native"}))).await;
    assert_eq!(replayed, json!({"replayed": 2, "accepted": 1, "duplicates": 0, "still_rejected": 1}));
    assert_eq!(lenient.events(), before + 1);
    let left = list(&lenient, "").await;
    assert_eq!(left["records"].as_array().unwrap().len(), 1);
    assert_eq!(left["records"][0]["raw"], "{\"never\":\"readable\"}");
}

async fn only_the_records_that_are_named_are_replayed(engine: Engine) {
    let server = Server::on(engine).await;
    let events: Vec<String> = (1..=3).map(|number| sign_in(number, "mara").to_string()).collect();
    let records: Vec<Value> = events.iter().enumerate().map(|(at, raw)| held_back(at + 1, "native", raw)).collect();
    assert_eq!(ok(server.post("/api/v1/sources/portal/quarantine").json(&records)).await, json!({"quarantined": 3}));
    let listed = list(&server, "").await;
    let position = &listed["records"][1]["position"];
    let other_source = ok(server.post("/api/v1/quarantine/replay").json(&json!({"source": "crm", "positions": [position]}))).await;
    assert_eq!(other_source["replayed"], 0);
    let one = ok(server.post("/api/v1/quarantine/replay").json(&json!({"positions": [position]}))).await;
    assert_eq!(one, json!({"replayed": 1, "accepted": 1, "duplicates": 0, "still_rejected": 0}));
    let page = server.page("sign_in_log", &json!({"range": crate::harness::that_day(), "columns": ["event_id", "source"]})).await;
    assert_eq!(page["rows"], json!([{"event_id": id(2), "source": "portal"}]));
    let rest = ok(server.post("/api/v1/quarantine/replay").json(&json!({}))).await;
    assert_eq!((&rest["replayed"], &rest["accepted"]), (&json!(2), &json!(2)));
}

async fn identical_records_are_as_many_events_and_a_replay_can_be_repeated(engine: Engine) {
    let server = Server::on(engine).await;
    let line = "1366720310|1366720310.1|NONE|Agent/1001|AGENTLOGIN|SIP/8007-00000012";
    let twins = || json!([held_back(1, "asterisk-queue-log", line), held_back(2, "asterisk-queue-log", line)]);
    for (accepted, duplicates) in [(2, 0), (0, 2)] {
        ok(server.post("/api/v1/sources/pbx/quarantine").json(&twins())).await;
        let replayed = ok(server.post("/api/v1/quarantine/replay")).await;
        assert_eq!(replayed, json!({"replayed": 2, "accepted": accepted, "duplicates": duplicates, "still_rejected": 0}));
    }
}

async fn what_can_not_be_read_alone_stays(engine: Engine) {
    let server = Server::on(engine).await;
    let row = "2026-04-15T08:59:58Z,access,sign_in,success,mara";
    let undated = "21:01:45,403 WARN  [org.keycloak.events] (default task-1) type=LOGIN_ERROR, realmId=master, clientId=portal, \
                   userId=null, ipAddress=192.0.2.1, error=user_not_found, username=mara";
    let mut other = sign_in(7, "mara");
    server.send(&other).await;
    other["channel"] = json!("desktop");
    let records = json!([held_back(1, "csv", row), held_back(2, "keycloak", undated), held_back(3, "native", &other.to_string())]);
    ok(server.post("/api/v1/sources/mixed/quarantine").json(&records)).await;
    let replayed = ok(server.post("/api/v1/quarantine/replay")).await;
    assert_eq!(replayed, json!({"replayed": 3, "accepted": 0, "duplicates": 0, "still_rejected": 3}));
}

async fn an_importer_is_told_which_of_its_records_is_wrong(engine: Engine) {
    let server = Server::on(engine).await;
    let path = "/api/v1/sources/portal/quarantine";
    let mut odd = held_back(2, "native", "x");
    odd["raw_base64"] = json!("not base64!");
    let wrong = problem(server.post(path).json(&json!([held_back(1, "native", "x"), odd])), 422).await;
    assert_eq!((&wrong["type"], &wrong["field"]), (&json!("/problems/invalid-body"), &json!("[1].raw_base64")));
    let wrong = problem(server.post(path).json(&json!([held_back(1, "nativ", "x")])), 422).await;
    assert_eq!(wrong["field"], "[0].format");
    let wrong = problem(server.post(path).json(&json!([{"line": 1}])), 422).await;
    assert_eq!(wrong["type"], "/problems/invalid-body");
    let wrong = problem(server.post(path).body("[").header("content-type", "application/json"), 400).await;
    assert_eq!(wrong["type"], "/problems/malformed-body");
}
