//! Problems, as callers see them.

use axum::body::Body;
use axum::http::Request;
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::harness::{Server, ok, problem, sign_in};

const EVENTS: &str = "/api/v1/events";

#[tokio::test(flavor = "multi_thread")]
async fn problems_are_told_in_full() {
    let server = Server::start().await;
    let post = |path: &str, body: &'static str| server.post(path).body(body).header("content-type", "application/json");
    let query = "/api/v1/reports/login_logout/query";
    let cases: Vec<(&str, RequestBuilder, u16)> = vec![
        ("no key", server.bare(Method::GET, "/api/v1/status"), 401),
        ("another key", server.bare(Method::GET, "/api/v1/status").bearer_auth("rk_nonsense"), 401),
        ("unknown address", server.get("/api/v1/nothing"), 404),
        ("wrong method", server.request(Method::DELETE, EVENTS), 405),
        ("unknown parameter", server.post("/api/v1/events?sorce=x"), 400),
        ("wrong flag", server.post("/api/v1/events?all_or_nothing=maybe"), 400),
        ("wrong number", server.get("/api/v1/quarantine?limit=many"), 400),
        ("form", server.post(EVENTS).body("a=b").header("content-type", "application/x-www-form-urlencoded"), 415),
        ("unknown encoding", server.post(EVENTS).header("content-encoding", "br"), 415),
        ("not compressed", server.post(EVENTS).body("{}").header("content-encoding", "gzip"), 400),
        ("all or nothing", post("/api/v1/events?all_or_nothing=true", "[{}]"), 422),
        ("no json", post(query, "{"), 400),
        ("no object", post(query, "[]"), 422),
        ("unknown column", post(query, r#"{"columns":["colour"],"range":{"preset":"today"}}"#), 422),
        ("empty range", post(query, r#"{"range":{"from":"2026-05-02","to":"2026-05-01"}}"#), 422),
        ("no cursor", post(query, r#"{"cursor":"abc"}"#), 422),
    ];
    let mut told = serde_json::Map::new();
    for (name, request, status) in cases {
        let mut problem = problem(request, status).await;
        // The list of columns is long, and has its own tests.
        if name == "unknown column" {
            problem["allowed"].as_array_mut().unwrap().truncate(3);
            problem["detail"] = json!("[ends with] …".replace("…", problem["detail"].as_str().unwrap().split("; ").last().unwrap()));
        }
        told.insert(name.to_owned(), problem);
    }
    insta::assert_json_snapshot!("problems", told);
}

#[tokio::test(flavor = "multi_thread")]
async fn headers_say_what_a_program_does_next() {
    let server = Server::start().await;
    let refused = server.bare(Method::GET, "/api/v1/status").send().await.unwrap();
    assert_eq!(refused.headers()["www-authenticate"], "Bearer");
    let refused = server.request(Method::DELETE, EVENTS).send().await.unwrap();
    assert_eq!(refused.headers()["allow"], "POST");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_who_sends_much_and_is_refused_reads_why() {
    let server = Server::start().await;
    for _ in 0..5 {
        let request = server.bare(Method::POST, EVENTS).body(vec![b' '; 8 * 1024 * 1024]);
        assert_eq!(problem(request, 401).await["type"], "/problems/unauthenticated");
    }
    // The connection is as good as new.
    assert_eq!(server.send(&sign_in(1, "mara")).await["accepted"], 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_stops_says_so() {
    let server = Server::start().await;
    ok(server.bare(Method::GET, "/readyz")).await;
    let app = std::sync::Arc::clone(&server.app);
    server.stop().await;
    let answer = async |request: Request<Body>| {
        let response = rollcall_server::local_router(std::sync::Arc::clone(&app)).oneshot(request).await.unwrap();
        assert_eq!(response.status(), 503);
        let body = axum::body::to_bytes(response.into_body(), 10_000).await.unwrap();
        serde_json::from_slice::<Value>(&body).unwrap()["type"].clone()
    };
    assert_eq!(answer(Request::get("/readyz").body(Body::empty()).unwrap()).await, "/problems/closing");
    let events = Body::from(sign_in(1, "mara").to_string());
    assert_eq!(answer(Request::post(EVENTS).body(events).unwrap()).await, "/problems/closing");
}
