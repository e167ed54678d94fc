//! Webhooks as destinations, received on this machine's loopback.

use std::sync::{Arc, Mutex};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http_body_util::{BodyExt, Full};
use hyper::HeaderMap;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use rollcall_model::TenantId;
use serde_json::{Value, json};
use standardwebhooks::Webhook;
use tokio::net::TcpListener;

use super::{Bench, steps};

pub(crate) const SECRET: &str = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

/// Answers with a status, and keeps what was signed as it should, just now.
async fn receiver(status: u16) -> (String, Arc<Mutex<Vec<(String, Value)>>>) {
    receiver_that(status, |secret, body, headers| secret.verify(body, headers).is_ok()).await
}

/// The same, also where the sender's clock is moved.
pub(crate) async fn receiver_at_any_time(status: u16) -> (String, Arc<Mutex<Vec<(String, Value)>>>) {
    let is_signed = |secret: &Webhook, body: &[u8], headers: &HeaderMap| {
        let header = |name: &str| headers[name].to_str().unwrap();
        let signed = secret.sign(header("webhook-id"), header("webhook-timestamp").parse().unwrap(), body).unwrap();
        header("webhook-signature") == signed
    };
    receiver_that(status, is_signed).await
}

async fn receiver_that(status: u16, is_signed: fn(&Webhook, &[u8], &HeaderMap) -> bool) -> (String, Arc<Mutex<Vec<(String, Value)>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (url, taken) = (format!("http://{}/hook?token=secret", listener.local_addr().unwrap()), Arc::new(Mutex::new(Vec::new())));
    let kept = Arc::clone(&taken);
    tokio::spawn(async move {
        while let Ok((socket, _)) = listener.accept().await {
            let kept = Arc::clone(&kept);
            let taking = service_fn(move |request: hyper::Request<hyper::body::Incoming>| {
                let kept = Arc::clone(&kept);
                async move {
                    let (parts, body) = request.into_parts();
                    let body = body.collect().await.unwrap().to_bytes();
                    assert!(is_signed(&Webhook::new(SECRET).unwrap(), &body, &parts.headers));
                    let id = parts.headers["webhook-id"].to_str().unwrap().to_owned();
                    kept.lock().unwrap().push((id, serde_json::from_slice(&body).unwrap()));
                    hyper::Response::builder().status(status).body(Full::<bytes::Bytes>::default())
                }
            });
            tokio::spawn(async move {
                let _ = http1::Builder::new().serve_connection(TokioIo::new(socket), taking).await;
            });
        }
    });
    (url, taken)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_is_told_of_and_comes_along_if_it_is_small() {
    let (bench, tenant) = (Bench::new().await, TenantId::default());
    let (url, taken) = receiver(200).await;
    let id = bench.destination("webhook", &json!({"url": url, "allow_http": true, "inline_limit_bytes": 3}), Some(SECRET)).await;
    let delivered = bench.delivery.deliver(&tenant, id, &bench.parcel(b"one")).await.unwrap();
    assert!(!delivered.place.contains("token=secret"), "{}", delivered.place);
    bench.delivery.deliver(&tenant, id, &bench.parcel(b"one")).await.unwrap();
    bench.delivery.deliver(&tenant, id, &bench.parcel(b"more")).await.unwrap();
    let taken = taken.lock().unwrap().clone();
    assert_eq!(taken[0].0, taken[1].0, "what comes a second time has the same id");
    let told = &taken[0].1;
    assert_eq!(
        (&told["type"], &told["data"]["report"], &told["data"]["rows"]),
        (&json!("report.delivered"), &json!("Nattskift Öst"), &json!(2))
    );
    let file = &told["data"]["file"];
    assert_eq!(STANDARD.decode(file["content_base64"].as_str().unwrap()).unwrap(), b"one");
    assert_eq!(taken[2].1["data"]["file"].get("content_base64"), None);
    assert_eq!(taken[2].1["data"]["bytes"], 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receiver_that_fails_is_told_so() {
    let (bench, tenant) = (Bench::new().await, TenantId::default());
    for (status, is_permanent) in [(500, false), (410, true)] {
        let (url, _) = receiver(status).await;
        let id = bench.destination("webhook", &json!({"url": url, "allow_http": true}), Some(SECRET)).await;
        let failure = bench.delivery.deliver(&tenant, id, &bench.parcel(b"one")).await.unwrap_err();
        assert_eq!((failure.failure_type.as_str(), failure.is_permanent), ("status", is_permanent));
        assert_eq!(failure.code, Some(status.to_string()));
    }
    let (url, taken) = receiver(200).await;
    let works = bench.tested("webhook", &json!({"url": url, "allow_http": true}), Some(SECRET)).await;
    assert_eq!(steps(&works), (vec!["name", "allowed", "connection", "tls", "answer"], None));
    assert_eq!(taken.lock().unwrap()[0].1["type"], "test");
    let refused = bench.tested("webhook", &json!({"url": "https://192.168.7.7/hook"}), Some(SECRET)).await;
    assert_eq!(steps(&refused).0, ["name", "allowed"]);
    assert!(!refused.ok);
}
