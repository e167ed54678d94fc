//! What operators see: health, status, metrics, request ids.

use reqwest::Method;
use serde_json::json;

use crate::harness::{Server, ok, sign_in};

#[tokio::test(flavor = "multi_thread")]
async fn health_needs_no_key() {
    let server = Server::start().await;
    for path in ["/healthz", "/readyz"] {
        assert_eq!(ok(server.bare(Method::GET, path)).await, json!({"status": "ok"}));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_status_tells_of_the_ledger_and_of_each_source() {
    let server = Server::start().await;
    server.send(&json!([sign_in(1, "mara"), sign_in(2, "omar"), {"bad": 1}])).await;
    let status = ok(server.get("/api/v1/status")).await;
    // Two sign-ins, and the event that tells of the rejected record.
    assert_eq!((&status["next_seq"], &status["tail_events"], &status["poisoned"]), (&json!(3), &json!(3), &json!(false)));
    let source = &status["sources"][0];
    assert_eq!((&source["source"], &source["events"], &source["rejected"]), (&json!("native"), &json!(2), &json!(1)));
    ok(server.post("/api/v1/archive")).await;
    assert_eq!(ok(server.get("/api/v1/status")).await["tail_events"], 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn metrics_count_requests_by_route_and_status_and_tell_of_the_ledger() {
    let server = Server::start().await;
    server.send(&sign_in(1, "mara")).await;
    server.get("/secret-in-the-path").send().await.unwrap();
    let response = server.get("/metrics").send().await.unwrap();
    assert!(response.headers()["content-type"].to_str().unwrap().starts_with("text/plain; version=0.0.4"));
    let text = response.text().await.unwrap();
    for expected in [
        "rollcall_http_requests_total{method=\"POST\",route=\"/api/v1/events\",status=\"200\"}",
        "rollcall_http_requests_total{method=\"GET\",route=\"none\",status=\"404\"}",
        "rollcall_http_request_seconds_bucket{method=\"POST\",route=\"/api/v1/events\",le=\"0.5\"}",
        "rollcall_http_requests_in_flight",
        "rollcall_http_request_body_bytes_total",
        "rollcall_events_accepted_total",
        "rollcall_ledger_next_seq",
        "rollcall_ledger_tail_events",
        "rollcall_ledger_poisoned 0",
    ] {
        assert!(text.contains(expected), "{expected} is missing in\n{text}");
    }
    assert!(!text.contains("secret-in-the-path"), "what is no route is not told");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_bears_the_id_of_its_request() {
    let server = Server::start().await;
    let given = server.get("/healthz").header("x-request-id", "trace-4711").send().await.unwrap();
    assert_eq!(given.headers()["x-request-id"], "trace-4711");
    let fresh = server.get("/api/v1/nothing").send().await.unwrap();
    assert_eq!(fresh.headers()["x-request-id"].len(), 36);
}
