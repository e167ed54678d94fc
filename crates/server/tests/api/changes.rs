//! `POST /reports/{kind}/changes`: which rows have changed since.

use rollcall_access::KeyScope;
use serde_json::{Value, json};

use crate::harness::{Server, moment, ok, problem, sign_in, that_day};

fn sign_out(number: usize, account: &str) -> Value {
    let mut event = sign_in(number, account);
    event["activity"] = json!("sign_out");
    event
}

fn since(seq: i64) -> Value {
    json!({"since_seq": seq, "range": that_day(), "columns": ["agent", "logout_time", "end_reason"], "sort": [{"field": "agent"}]})
}

/// Four have signed in; then two of them sign out, one of them is archived, and somebody else comes.
async fn changed() -> Server {
    let server = Server::start().await;
    server.send(&json!([sign_in(0, "a"), sign_in(1, "b"), sign_in(2, "c"), sign_in(3, "d")])).await;
    server.send(&json!([sign_out(3_600, "b")])).await;
    ok(server.post("/api/v1/archive")).await;
    server.send(&json!([sign_out(3_601, "a"), sign_in(3_602, "e")])).await;
    server
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_has_changes_exact_counts_and_a_cursor() {
    let server = changed().await;
    let mut query = since(4);
    query["limit"] = json!(2);
    let mut page = ok(server.post("/api/v1/reports/login-logout/changes").json(&query)).await;
    query["cursor"] = page["next_cursor"].take();
    assert!(query["cursor"].is_string());
    page["watermark"]["sources"] = json!("[of now]");
    page["range"]["as_of"] = json!("[of now]");
    for column in page["columns"].as_array_mut().unwrap() {
        *column = column["name"].take();
    }
    insta::assert_json_snapshot!("changes_page", page);
    // What comes meanwhile is part of the next comparison.
    server.send(&json!([sign_out(3_700, "c")])).await;
    let rest = ok(server.post("/api/v1/reports/login_logout/changes").json(&query)).await;
    assert_eq!((&rest["counts"], &rest["next_cursor"]), (&json!({"added": 1, "removed": 0, "changed": 2}), &Value::Null));
    assert_eq!(rest["changes"].as_array().unwrap().len(), 1);
    assert_eq!(rest["changes"][0]["after"]["agent"], "e");
    let next = ok(server.post("/api/v1/reports/login_logout/changes").json(&since(page["watermark"]["seq"].as_i64().unwrap()))).await;
    assert_eq!(next["counts"], json!({"added": 0, "removed": 0, "changed": 1}));
}

#[tokio::test(flavor = "multi_thread")]
async fn all_changes_come_as_ndjson_and_as_csv() {
    let server = changed().await;
    let stream = async |kind: &str, accept: &str, query: &Value| {
        let response = server.post(&format!("/api/v1/reports/{kind}/changes")).header("accept", accept).json(query).send().await.unwrap();
        assert_eq!(response.status(), 200);
        assert!(response.headers()["content-type"].to_str().unwrap().starts_with(accept));
        response.text().await.unwrap()
    };
    let ndjson = stream("login_logout", "application/x-ndjson", &since(4)).await;
    let changes: Vec<Value> = ndjson.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let page = ok(server.post("/api/v1/reports/login_logout/changes").json(&since(4))).await;
    assert_eq!(&Value::Array(changes), &page["changes"]);
    let csv = stream("login_logout", "text/csv", &since(5)).await;
    let mut lines = csv.split("\r\n");
    assert_eq!(
        lines.next().unwrap(),
        "change,key,changed_columns,before_agent,before_logout_time,before_end_reason,after_agent,after_logout_time,after_end_reason"
    );
    let (first, second) = (lines.next().unwrap(), lines.next().unwrap());
    assert!(first.starts_with("changed,") && second.starts_with("added,"), "{csv}");
    assert!(first.ends_with(&format!(",logout_time end_reason,a,,still_open,a,{},signed_out", moment(3_601))), "{first}");
    assert!(second.ends_with(",,,,,e,,still_open"), "{second}");
    assert_eq!(lines.collect::<Vec<_>>(), [""]);
    // Of events only new ones come.
    let mut query = json!({"since_seq": 5, "range": that_day(), "columns": ["account"], "sort": [{"field": "seq"}]});
    let csv = stream("sign_in_log", "text/csv", &query).await;
    assert_eq!(csv, "change,key,changed_columns,before_account,after_account\r\nadded,5,,,a\r\nadded,6,,,e\r\n");
    query["as_of_seq"] = json!(6);
    let ndjson = stream("sign_in_log", "application/x-ndjson", &query).await;
    assert_eq!(ndjson, "{\"change\":\"added\",\"key\":5,\"changed_columns\":[],\"before\":null,\"after\":{\"account\":\"a\"}}\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_seq_that_can_not_be_asked_is_named() {
    let server = changed().await;
    for seq in [json!(8), json!(-1), json!("4"), Value::Null] {
        let mut query = since(0);
        query["since_seq"] = seq.clone();
        let refused = problem(server.post("/api/v1/reports/login_logout/changes").json(&query), 422).await;
        assert_eq!(refused["field"], "since_seq", "{seq}: {refused}");
    }
    let mut query = since(6);
    query["as_of_seq"] = json!(5);
    let refused = problem(server.post("/api/v1/reports/login_logout/changes").json(&query), 422).await;
    assert!(refused["field"] == "since_seq" && refused["detail"].as_str().unwrap().contains("from 0 to 5"), "{refused}");
    let mut wrong = since(4);
    wrong["columns"] = json!(["nothing"]);
    let refused = problem(server.post("/api/v1/reports/login_logout/changes").json(&wrong), 422).await;
    assert_eq!(refused["field"], "columns[0]");
    problem(server.post("/api/v1/reports/nothing/changes").json(&since(4)), 404).await;
    let key = server.key_with(&[KeyScope::EventsWrite]).await;
    let stranger = server.bare(reqwest::Method::POST, "/api/v1/reports/login_logout/changes").bearer_auth(key).json(&since(4));
    problem(stranger, 403).await;
}
