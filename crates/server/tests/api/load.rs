//! Back-pressure, and stopping under load.

use std::sync::Arc;
use std::time::Duration;

use rollcall_server::Limits;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::harness::{Server, Setup, id, ok, problem_of, sign_in, that_day};

const EVENTS: &str = "/api/v1/events";

/// Begins a request by hand, up to the moment when the server waits for its body.
async fn begin(server: &Server, key: &str, bytes: usize) -> TcpStream {
    let mut connection = TcpStream::connect(server.address).await.unwrap();
    let head = format!(
        "POST {EVENTS} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {key}\r\ncontent-length: {bytes}\r\n\
         connection: close\r\nexpect: 100-continue\r\n\r\n"
    );
    connection.write_all(head.as_bytes()).await.unwrap();
    let mut told_to_go_on = [0; 25];
    connection.read_exact(&mut told_to_go_on).await.unwrap();
    assert_eq!(&told_to_go_on, b"HTTP/1.1 100 Continue\r\n\r\n");
    connection
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_finds_no_room_is_refused_until_there_is_some() {
    let limits = Limits { body_bytes: 256 * 1024, ..Limits::default() };
    let server = Server::start_with(Setup { limits, ..Setup::default() }).await;
    let key = server.key_with(&[rollcall_access::KeyScope::EventsWrite]).await;
    let large = || server.post(EVENTS).body(vec![b' '; 128 * 1024]);
    // A request that takes its time holds 192 KiB, once all but the last byte of it has been read.
    let mut pause = Duration::from_millis(20);
    let (mut slow, refused) = loop {
        let mut slow = begin(&server, &key, 196_608).await;
        slow.write_all(&[b' '; 196_607]).await.unwrap();
        tokio::time::sleep(pause).await;
        let response = large().send().await.unwrap();
        if response.status() != 200 {
            break (slow, response);
        }
        // That was too early, and may have taken the room of the slow one.
        pause *= 2;
    };
    assert_eq!(refused.headers()["retry-after"], "1");
    let refused = problem_of(refused, 429).await;
    assert_eq!((&refused["type"], &refused["retry_after_seconds"]), (&json!("/problems/busy"), &json!(1)));
    // A small one still fits beside it.
    assert_eq!(server.send(&sign_in(1, "mara")).await["accepted"], 1);

    slow.write_all(b" ").await.unwrap();
    let mut answer = String::new();
    slow.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
    ok(large()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn reports_beyond_the_limit_are_refused() {
    let limits = Limits { reports: 0, ..Limits::default() };
    let server = Server::start_with(Setup { limits, ..Setup::default() }).await;
    let refused = server.post("/api/v1/reports/sign_in_log/query").send().await.unwrap();
    assert_eq!(refused.headers()["retry-after"], "2");
    problem_of(refused, 429).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_acknowledged_before_a_stop_is_there_after_it() {
    let server = Arc::new(Server::start().await);
    let (enough, mut heard) = tokio::sync::mpsc::channel(1);
    let senders: Vec<_> = (0..16)
        .map(|sender| {
            let (server, enough) = (Arc::clone(&server), enough.clone());
            tokio::spawn(async move {
                let mut acknowledged = Vec::new();
                for number in 0.. {
                    let number = sender * 1_000 + number;
                    // A refusal or a broken connection acknowledges nothing.
                    let Ok(response) = server.post(EVENTS).json(&sign_in(number, "mara")).send().await else { break };
                    if response.status() != 200 {
                        break;
                    }
                    let Ok(answer) = response.json::<Value>().await else { break };
                    assert_eq!(answer["accepted"], 1);
                    acknowledged.push(id(number));
                    if acknowledged.len() == 5 {
                        let _ = enough.try_send(());
                    }
                }
                acknowledged
            })
        })
        .collect();
    // In the middle of it all: others send on.
    heard.recv().await.unwrap();
    server.shutdown.cancel();
    let mut acknowledged = Vec::new();
    for sender in senders {
        acknowledged.extend(sender.await.unwrap());
    }
    assert!(acknowledged.len() >= 5, "only {} were acknowledged", acknowledged.len());
    let folder = Arc::into_inner(server).unwrap().stop().await;

    let again = Server::start_on(folder, Setup::default()).await;
    let query = json!({"range": that_day(), "columns": ["event_id"]});
    let rows = again.post("/api/v1/reports/sign_in_log/query").header("accept", "application/x-ndjson").json(&query).send().await.unwrap();
    let rows = rows.text().await.unwrap();
    let missing: Vec<&String> = acknowledged.iter().filter(|id| !rows.contains(id.as_str())).collect();
    assert!(missing.is_empty(), "{missing:?} were acknowledged and are gone");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_under_way_is_finished_before_the_server_stops() {
    let server = Server::start().await;
    let key = server.key_with(&[rollcall_access::KeyScope::EventsWrite]).await;
    let body = sign_in(1, "mara").to_string();
    let mut slow = begin(&server, &key, body.len()).await;
    let (first, second) = body.split_at(body.len() / 2);
    slow.write_all(first.as_bytes()).await.unwrap();
    server.shutdown.cancel();
    let address = server.address;
    let stopped = tokio::spawn(server.stop());
    while TcpStream::connect(address).await.is_ok() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    slow.write_all(second.as_bytes()).await.unwrap();
    let mut answer = String::new();
    slow.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 OK") && answer.contains("\"accepted\":1"), "{answer}");
    let again = Server::start_on(stopped.await.unwrap(), Setup::default()).await;
    assert_eq!(again.events(), 1);
}
