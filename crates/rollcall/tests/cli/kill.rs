//! What was acknowledged survives `kill -9`, once each, and `seq` has no gaps.
//!
//! Several connections post numbered events; the server is killed at some moment, started anew on the same
//! folder, and given what it had not acknowledged together with new events. The journal is archived so often
//! that many kills hit an archive step.

use std::collections::BTreeMap;
use std::hash::{BuildHasher, Hasher};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::process::{Bench, client};

const ROUNDS: usize = 8;
const CONNECTIONS: usize = 4;
const EVENTS_PER_REQUEST: usize = 25;

/// Numbers of events: handed out, and what became of them.
#[derive(Default)]
pub(crate) struct Numbers {
    next: AtomicU32,
    /// Sent and not acknowledged: to be sent again.
    open: Mutex<Vec<u32>>,
    pub(crate) acknowledged: Mutex<Vec<u32>>,
}

impl Numbers {
    /// Some numbers to send: first those of a request without an answer, then new ones.
    fn take(&self) -> Vec<u32> {
        let mut open = self.open.lock().unwrap();
        let again = open.len().min(EVENTS_PER_REQUEST / 2);
        let rest = open.len() - again;
        let mut numbers = open.split_off(rest);
        let new = (EVENTS_PER_REQUEST - again) as u32;
        let first = self.next.fetch_add(new, Ordering::Relaxed);
        numbers.extend(first..first + new);
        numbers
    }
}

fn event(number: u32) -> serde_json::Value {
    serde_json::json!({
        "event_id": uuid::Uuid::from_u128(0x018f_3e1c_7a52_7c31_8000_0000_0000_0000 + u128::from(number)),
        "event_time": 1_763_625_598_000_i64 + i64::from(number) * 1_000,
        "category": "access", "activity": "sign_in", "outcome": "success",
        "account": format!("agent-{}", number % 50), "session_id": number.to_string(),
    })
}

/// Posts until the server no longer answers.
pub(crate) async fn post_on(client: reqwest::Client, address: String, key: String, numbers: Arc<Numbers>) {
    loop {
        let batch = numbers.take();
        let body: Vec<_> = batch.iter().map(|number| event(*number)).collect();
        let answer = client.post(&address).bearer_auth(&key).json(&body).send().await;
        let answer = match answer {
            Ok(answer) if answer.status().is_success() => answer.json::<serde_json::Value>().await,
            Ok(refused) => {
                // Busy is no failure: it has taken nothing.
                assert_eq!(refused.status(), reqwest::StatusCode::TOO_MANY_REQUESTS, "{:?}", refused.text().await);
                numbers.open.lock().unwrap().extend(batch);
                tokio::time::sleep(Duration::from_millis(20)).await;
                continue;
            }
            Err(error) => Err(error),
        };
        match answer {
            Ok(answer) => {
                let count = |name: &str| answer[name].as_u64().unwrap();
                assert_eq!(count("accepted") + count("duplicates"), batch.len() as u64, "{answer}");
                numbers.acknowledged.lock().unwrap().extend(batch);
            }
            Err(_killed) => {
                numbers.open.lock().unwrap().extend(batch);
                return;
            }
        }
    }
}

pub(crate) fn some_moment() -> Duration {
    let random = std::collections::hash_map::RandomState::new().build_hasher().finish();
    Duration::from_millis(30 + random % 400)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_acknowledged_survives_kill_9() {
    let bench = Bench::new();
    let key = bench.key(&["events:write"]);
    let numbers = Arc::new(Numbers::default());
    for _ in 0..ROUNDS {
        let mut server = bench.serve(&["--archive-events", "150", "--archive-interval-s", "1"]);
        let address = format!("{}api/v1/events", server.url);
        let posting: Vec<_> =
            (0..CONNECTIONS).map(|_| tokio::spawn(post_on(client(), address.clone(), key.clone(), Arc::clone(&numbers)))).collect();
        tokio::time::sleep(some_moment()).await;
        server.kill();
        for connection in posting {
            connection.await.unwrap();
        }
    }
    let acknowledged = numbers.acknowledged.lock().unwrap().len();
    assert!(acknowledged > ROUNDS * EVENTS_PER_REQUEST, "only {acknowledged} events were acknowledged");
    check(&bench, &numbers);
    // Archiving what is left changes nothing.
    bench.run(&["archive"]).ok();
    check(&bench, &numbers);
    // No seq is missing, and none is there twice.
    bench.run(&["fsck"]).ok();
}

/// What was acknowledged is there, and everything is there once.
pub(crate) fn check(bench: &Bench, numbers: &Numbers) {
    let log =
        ["report", "sign-in-log", "--from", "2025-11-20", "--format", "json", "--columns", "seq,session_id,event_id", "--sort", "seq"];
    let rows = bench.run(&log).ok().rows();
    let mut stored: BTreeMap<u32, usize> = BTreeMap::new();
    let mut before = -1;
    for row in &rows {
        // What lies between is Rollcall's own record.
        let seq = row["seq"].as_i64().unwrap();
        assert!(seq > before, "not in order: {row}");
        before = seq;
        let number: u32 = row["session_id"].as_str().unwrap().parse().unwrap();
        assert_eq!(row["event_id"], event(number)["event_id"]);
        *stored.entry(number).or_default() += 1;
    }
    let acknowledged = numbers.acknowledged.lock().unwrap();
    for number in acknowledged.iter() {
        assert_eq!(stored.get(number), Some(&1), "event {number} was acknowledged");
    }
    assert!(stored.values().all(|&times| times == 1));
    // Each is a session of its own.
    let sessions = bench.run(&["report", "login-logout", "--from", "2025-11-20", "--format", "csv"]).ok().stdout;
    assert_eq!(sessions.lines().count(), stored.len() + 1);
}
