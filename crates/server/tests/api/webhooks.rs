//! Webhooks over HTTP: set up, tested, told of events by a running server, and seen in the failure log.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use reqwest::{Method, RequestBuilder};
use rollcall_access::{KeyScope, Permission};
use rollcall_model::Scope;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use crate::harness::{Engine, Home, Server, Setup, id, ok, on_both_engines, problem, sign_in};
use crate::people::Wanted;

on_both_engines![a_server_tells_a_receiver_of_events_and_its_failures_are_in_the_log];

const WEBHOOKS: &str = "/api/v1/webhooks";

/// A receiver that refuses so many messages, and takes those that follow.
struct Receiver {
    url: String,
    bodies: Arc<Mutex<Vec<Value>>>,
}

impl Receiver {
    async fn refusing(mut refusals: usize) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hook?token=4711", listener.local_addr().unwrap());
        let bodies = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&bodies);
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let mut request = Vec::new();
                let body = loop {
                    let text = String::from_utf8_lossy(&request);
                    let body = text.split_once("\r\n\r\n").and_then(|(_, body)| serde_json::from_str(body).ok());
                    if let Some(body) = body {
                        break body;
                    }
                    if stream.read_buf(&mut request).await.unwrap_or(0) == 0 {
                        break Value::Null;
                    }
                };
                kept.lock().unwrap().push(body);
                let status = if refusals > 0 { "503 Busy" } else { "200 OK" };
                refusals = refusals.saturating_sub(1);
                let _ = stream.write_all(format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n").as_bytes()).await;
            }
        });
        Receiver { url, bodies }
    }

    async fn wait_for(&self, count: usize) -> Vec<Value> {
        for _ in 0..800 {
            let bodies = self.bodies.lock().unwrap().clone();
            if bodies.len() >= count {
                return bodies;
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        panic!("expected {count} messages, got {:?}", self.bodies.lock().unwrap());
    }
}

fn setup() -> Setup {
    Setup { allowed_networks: vec!["127.0.0.0/8".parse().unwrap()], ..Setup::default() }
}

fn wish(name: &str, url: &str) -> Value {
    json!({"name": name, "url": url, "allow_http": true, "filter": {"categories": ["access"]}})
}

async fn made(request: RequestBuilder) -> (String, Value) {
    let response = request.send().await.unwrap();
    assert_eq!(response.status(), 201, "{}", response.text().await.unwrap());
    (response.headers()["location"].to_str().unwrap().to_owned(), response.json().await.unwrap())
}

async fn a_server_tells_a_receiver_of_events_and_its_failures_are_in_the_log(engine: Engine) {
    let (server, receiver) = (Server::start_on(Arc::new(Home::new(engine)), setup()).await, Receiver::refusing(1).await);
    let (address, webhook) = made(server.post(WEBHOOKS).json(&wish("desk", &receiver.url))).await;
    server.send(&json!([sign_in(1, "mara"), sign_in(2, "rune")])).await;
    receiver.wait_for(1).await;
    // Tried again after five seconds or so.
    let came = receiver.wait_for(3).await;
    let accounts: Vec<&str> = came.iter().map(|body| body["data"]["account"].as_str().unwrap()).collect();
    assert_eq!(accounts, ["mara", "mara", "rune"]);
    server.app.drain_outbox().await.unwrap();
    let log = server.page("webhook_failures", &json!({"range": {"preset": "today"}})).await;
    assert_eq!(log["total"], 1);
    let row = &log["rows"][0];
    assert_eq!(
        (&row["target"], &row["failure_type"], &row["failure_code"], &row["attempt"]),
        (&json!("desk"), &json!("status"), &json!("503"), &json!(1))
    );
    let details: Value = serde_json::from_str(row["details"].as_str().unwrap()).unwrap();
    assert_eq!((&details["event_id"], &details["number"]), (&json!(id(1)), &json!(1)));
    // The same message once more, by the failure that tells of it.
    let columns = json!({"range": {"preset": "today"}, "columns": ["event_id"]});
    let failure = server.page("webhook_failures", &columns).await["rows"][0]["event_id"].clone();
    let again = ok(server.post(&format!("{address}/resend")).json(&json!({"failure_id": failure}))).await;
    assert_eq!((&again["delivered"], &again["event_id"], &again["message_id"]), (&json!(true), &json!(id(1)), &details["message_id"]));
    for (body, status) in [(json!({}), 400), (json!({"event_id": id(1), "failure_id": id(1)}), 400), (json!({"event_id": id(9)}), 404)] {
        problem(server.post(&format!("{address}/resend")).json(&body), status).await;
    }
    let present = ok(server.get(&address)).await;
    assert_eq!((&present["state"], &present["retry"]), (&json!("active"), &Value::Null));
    assert!(present["delivered_at"].is_string() && present.get("secret").is_none());
    assert_eq!(ok(server.get(&format!("{address}/undelivered"))).await, json!({"messages": []}));
    let secret = webhook["secret"].as_str().unwrap();
    let record = json!(server.own_record().await).to_string();
    assert!(secret.starts_with("whsec_") && !record.contains(secret) && !record.contains("4711"), "{record}");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_webhook_is_set_up_changed_by_one_at_a_time_and_on_record() {
    let (server, receiver) = (Server::start_with(setup()).await, Receiver::refusing(0).await);
    let (address, webhook) = made(server.post(WEBHOOKS).json(&wish("desk", &receiver.url))).await;
    problem(server.post(WEBHOOKS).json(&wish(" DESK", &receiver.url)), 409).await;
    for (wrong, field) in [
        (json!({"name": "", "url": receiver.url, "allow_http": true, "filter": {"runs": true}}), "name"),
        (json!({"name": "x", "url": receiver.url, "allow_http": true, "filter": {}}), "filter.categories"),
        (json!({"name": "x", "url": receiver.url, "filter": {"runs": true}}), "url"),
        (json!({"name": "x", "url": "https://10.0.0.1/", "filter": {"runs": true}}), "url"),
    ] {
        assert_eq!(problem(server.post(WEBHOOKS).json(&wrong), 422).await["field"], field);
    }
    let put = |tag: &str, name: &str| server.request(Method::PUT, &address).header("if-match", tag).json(&wish(name, &receiver.url));
    problem(server.request(Method::PUT, &address).json(&wish("x", &receiver.url)), 428).await;
    assert_eq!(ok(put("\"1\"", "service desk")).await["version"], 2);
    problem(put("\"1\"", "other"), 412).await;
    assert_eq!(ok(server.post(&format!("{address}/pause"))).await["state"], "paused");
    problem(server.post(&format!("{address}/pause")), 409).await;
    assert_eq!(ok(server.post(&format!("{address}/resume"))).await["state"], "active");
    let rotated = ok(server.post(&format!("{address}/rotate"))).await;
    assert_ne!(rotated["secret"], webhook["secret"]);
    let tested = ok(server.post(&format!("{address}/test"))).await;
    assert_eq!((&tested["delivered"], &tested["status"], &tested["steps"][0]["step"]), (&json!(true), &json!(200), &json!("name")));
    assert_eq!(receiver.wait_for(1).await[0]["type"], "test");
    let list = ok(server.get(WEBHOOKS)).await;
    assert_eq!((&list["webhooks"][0]["name"], list["webhooks"].as_array().unwrap().len()), (&json!("service desk"), 1));
    let gone = server.request(Method::DELETE, &address).header("if-match", "*").send().await.unwrap();
    assert_eq!(gone.status(), 204);
    problem(server.get(&address), 404).await;
    assert_eq!(ok(server.get("/api/v1/jobs?kind=webhook")).await["jobs"], json!([]));
    let record: Vec<Value> = server.own_record().await.into_iter().filter(|event| event["entity"] == "Webhook").collect();
    let activities: Vec<&str> = record.iter().map(|event| event["activity"].as_str().unwrap()).collect();
    assert_eq!(activities, ["Created", "Updated", "Paused", "Resumed", "Updated", "Tested", "Deleted"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_only_see_webhooks_changes_none_and_sees_no_tokens() {
    let (server, receiver) = (Server::start_with(setup()).await, Receiver::refusing(0).await);
    let (address, _) = made(server.post(WEBHOOKS).json(&wish("desk", &receiver.url))).await;
    let profile = server.profile("Looker", &[Permission::WebhooksView], Scope::All).await;
    let looker = server.person(Wanted { account: "rune", profiles: &[&profile], ..Wanted::default() }).await;
    let seen = ok(looker.request(Method::GET, &address)).await;
    assert!(seen["url"].as_str().unwrap().ends_with("/hook?token=..."), "{seen}");
    problem(looker.post(&format!("{address}/test"), &Value::Null), 403).await;
    problem(looker.post(WEBHOOKS, &wish("mine", &receiver.url)), 403).await;
    let reader = server.key_with(&[KeyScope::ReportsRead]).await;
    problem(server.bare(Method::GET, WEBHOOKS).bearer_auth(reader), 403).await;
}
