//! Who has read what: reports that were run and downloaded are on record.

use reqwest::Method;
use rollcall_test_postgres::{Engine, on_both_engines};
use serde_json::{Value, json};

use crate::harness::{Server, Unserved, id, moment, ok, sign_in, that_day};

on_both_engines![the_same_reading_is_recorded_once_also_by_several_at_once];

/// The record of what was read, oldest first.
async fn readings(server: &Server) -> Vec<Value> {
    server.own_record().await.into_iter().filter(|event| event["effect"] == "read").collect()
}

fn details(event: &Value) -> Value {
    event["details"].clone()
}

async fn shift(server: &Server, sign_ins: usize) {
    let events: Vec<Value> = (0..sign_ins).map(|number| sign_in(number, &format!("agent.{number}"))).collect();
    server.send(&json!(events)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_that_is_run_is_on_record_with_its_definition_and_its_rows() {
    let server = Server::start().await;
    shift(&server, 7).await;
    let query = json!({"range": that_day(), "time_zone": "Europe/Stockholm", "filters": [{"field": "account", "op": "prefix", "values": ["agent"]}]});
    server.page("sign_in_log", &query).await;
    let readings = readings(&server).await;
    assert_eq!(readings.len(), 1);
    let event = &readings[0];
    assert_eq!((&event["entity"], &event["activity"], &event["instance"]), (&json!("Report"), &json!("Query"), &json!("sign_in_log")));
    assert_eq!(
        (&event["outcome"], &event["triggered_by_name"], &event["application"]),
        (&json!("success"), &json!("test"), &json!("Rollcall"))
    );
    let details = details(event);
    assert_eq!((&details["rows"], &details["question"], &details["format"]), (&json!(7), &json!("rows"), &json!("json")));
    assert_eq!(details["definition"]["time_zone"], "Europe/Stockholm");
    assert_eq!(details["definition"]["filters"], query["filters"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_and_refreshes_are_one_reading_and_other_questions_others() {
    let server = Server::start().await;
    shift(&server, 7).await;
    let first = server.page("sign_in_log", &json!({"range": that_day(), "limit": 3})).await;
    server.page("sign_in_log", &json!({"range": that_day(), "limit": 3, "cursor": first["next_cursor"]})).await;
    for _ in 0..3 {
        server.page("sign_in_log", &json!({"range": that_day()})).await;
    }
    assert_eq!(readings(&server).await.len(), 1);
    ok(server.post("/api/v1/reports/sign_in_log/facets").json(&json!({"range": that_day()}))).await;
    ok(server.post("/api/v1/reports/sign_in_log/groups").json(&json!({"range": that_day(), "group_by": [{"field": "account"}]}))).await;
    ok(server.post("/api/v1/reports/sign_in_log/histogram").json(&json!({"range": that_day()}))).await;
    server.page("sign_in_log", &json!({"range": that_day(), "time_zone": "Asia/Seoul"})).await;
    let questions: Vec<Value> = readings(&server).await.iter().map(|event| details(event)["question"].clone()).collect();
    assert_eq!(questions, ["rows", "facets", "groups", "histogram", "rows"].map(Value::from));
    // Another reader is another reading.
    let other = server.key_with(rollcall_access::KeyScope::ALL).await;
    let asked = server.bare(Method::POST, "/api/v1/reports/sign_in_log/query").bearer_auth(other).json(&json!({"range": that_day()}));
    ok(asked).await;
    assert_eq!(readings(&server).await.len(), 6);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_refused_is_not_read() {
    let server = Server::start().await;
    let wrong = server.post("/api/v1/reports/sign_in_log/query").json(&json!({"range": {"preset": "some_day"}}));
    assert_eq!(wrong.send().await.unwrap().status(), 422);
    assert_eq!(readings(&server).await.len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_download_is_on_record_with_all_its_rows_once_it_is_there() {
    let server = Server::start().await;
    shift(&server, 300).await;
    for (accept, format) in [("text/csv", "csv"), ("application/x-ndjson", "ndjson")] {
        let request = server.post("/api/v1/reports/sign_in_log/query").header("accept", accept).json(&json!({"range": that_day()}));
        request.send().await.unwrap().text().await.unwrap();
        let event = readings(&server).await.pop().unwrap();
        assert_eq!((&event["activity"], &event["outcome"]), (&json!("Export"), &json!("success")));
        let details = details(&event);
        assert_eq!((&details["rows"], &details["complete"], &details["format"]), (&json!(300), &json!(true), &json!(format)));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_download_that_breaks_off_is_on_record_with_the_rows_that_left() {
    let server = Server::start().await;
    for begin in (0..60_000).step_by(10_000) {
        let events: Vec<Value> = (begin..begin + 10_000)
            .map(|number| {
                let mut event = sign_in(number % 86_400, "mara");
                event["event_id"] = json!(id(number));
                event["event_time"] = json!(moment(number % 86_400));
                event["comments"] = json!("x".repeat(400));
                event
            })
            .collect();
        server.send(&json!(events)).await;
    }
    let query = json!({"range": that_day(), "columns": ["account", "comments", "event_id"]});
    let request = server.post("/api/v1/reports/sign_in_log/query").header("accept", "text/csv").json(&query);
    let mut response = request.send().await.unwrap();
    response.chunk().await.unwrap().unwrap();
    drop(response);
    for _ in 0..200 {
        if let Some(event) = readings(&server).await.pop() {
            let details = details(&event);
            assert_eq!((&event["outcome"], &details["complete"]), (&json!("failure"), &json!(false)));
            let rows = details["rows"].as_u64().unwrap();
            assert!((1..60_000).contains(&rows), "{rows}");
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("it is not on record");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_record_of_a_download_waits_for_its_end_and_goes_without_if_there_is_none() {
    let server = Server::start().await;
    shift(&server, 3).await;
    let now = server.access.now();
    let actor = rollcall_access::record::Actor::system();
    let reading = rollcall_access::record::Reading {
        entity: "Report",
        activity: "Export",
        instance: None,
        summary: "Exported".to_owned(),
        details: json!({"rows": null}),
    };
    let tenant = rollcall_model::TenantId::default();
    let begun = |held_micros: i64| {
        let record = rollcall_access::record::reading(&tenant, &actor, now, reading.clone());
        (record, now.plus_micros(held_micros))
    };
    let (held, until) = begun(3_600_000_000);
    assert!(server.control.readings().record("held", now, &held, Some(until)).await.unwrap());
    let (left, until) = begun(-1);
    assert!(server.control.readings().record("left", now, &left, Some(until)).await.unwrap());
    let drained: Vec<Value> = readings(&server).await;
    assert_eq!(drained.iter().map(|event| event["event_id"].clone()).collect::<Vec<_>>(), [json!(left.event_id)]);
    assert!(server.control.outbox().complete(&held).await.unwrap());
    assert!(!server.control.outbox().complete(&left).await.unwrap(), "it has gone");
    assert_eq!(readings(&server).await.len(), 2);
}

async fn the_same_reading_is_recorded_once_also_by_several_at_once(engine: Engine) {
    let server = Server::on(engine).await;
    shift(&server, 3).await;
    let ask = || async { server.page("sign_in_log", &json!({"range": that_day()})).await };
    futures::future::join_all((0..8).map(|_| ask())).await;
    assert_eq!(readings(&server).await.len(), 1);
    // Also over a restart, which remembers nothing in memory.
    let home = server.stop().await;
    let unserved = Unserved::open(&home, "", crate::harness::Setup::default()).await;
    assert_eq!(unserved.control.outbox().count().await.unwrap(), 0);
    unserved.close().await;
}
