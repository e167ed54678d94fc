//! A change and its record are one: killed at any moment, each change that is there is on record once, and no other is.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use reqwest::Client;
use serde_json::{Value, json};

use crate::process::{Bench, client};

/// How often the server is killed.
const ROUNDS: u32 = 6;
/// How many make users at the same time.
const CONNECTIONS: usize = 4;

/// Makes users one after the other until the server is gone. Answers those that were acknowledged.
async fn make_users(client: Client, url: String, key: String, numbers: Arc<AtomicU32>) -> Vec<String> {
    let mut made = Vec::new();
    loop {
        let account = format!("user.{}", numbers.fetch_add(1, Ordering::Relaxed));
        // One without a password costs no hash: more of them are under way when the server is killed.
        let body = json!({"account": account, "with_password": false});
        let sent = client.post(format!("{url}api/v1/users")).bearer_auth(&key).json(&body).send().await;
        match sent {
            Ok(response) if response.status() == 201 => made.push(account),
            Ok(response) => panic!("{}", response.text().await.unwrap()),
            Err(_) => return made,
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_change_is_on_record_once_whenever_the_server_is_killed() {
    let bench = Bench::new();
    let key = bench.key(&["access:write"]);
    let numbers = Arc::new(AtomicU32::new(0));
    let mut acknowledged = Vec::new();
    for round in 0..ROUNDS {
        let mut server = bench.serve(&[]);
        let making: Vec<_> =
            (0..CONNECTIONS).map(|_| tokio::spawn(make_users(client(), server.url.clone(), key.clone(), Arc::clone(&numbers)))).collect();
        tokio::time::sleep(Duration::from_millis(120 + u64::from(round) * 90)).await;
        server.kill();
        for made in making {
            acknowledged.extend(made.await.unwrap());
        }
    }
    assert!(acknowledged.len() > 20, "only {} were made", acknowledged.len());
    // What the last server left in the outbox is brought into the ledger by the next one.
    let mut server = bench.serve(&[]);
    assert_eq!(server.stop(), 0);
    let listed = bench.run(&["user", "list"]).ok().stdout;
    let users: Vec<&str> =
        listed.lines().filter_map(|line| line.split_whitespace().next()).filter(|word| word.starts_with("user.")).collect();
    let report = [
        "report",
        "activity-log",
        "--preset",
        "last_24_hours",
        "--format",
        "json",
        "--columns",
        "instance,activity,entity,outcome",
        "--filter",
        "entity=User",
        "--filter",
        "activity=Created",
    ];
    let mut recorded: BTreeMap<String, usize> = BTreeMap::new();
    for row in bench.run(&report).ok().rows() {
        let row: Value = row;
        *recorded.entry(row["instance"].as_str().unwrap().to_owned()).or_default() += 1;
    }
    assert_eq!(recorded.remove("admin"), Some(1));
    assert!(recorded.values().all(|count| *count == 1), "{recorded:?}");
    let told: Vec<&str> = recorded.keys().map(String::as_str).collect();
    let mut there = users.clone();
    there.sort_unstable();
    assert_eq!(told, there, "who is there is on record, and nobody else");
    for account in &acknowledged {
        assert!(users.contains(&account.as_str()), "{account} was acknowledged");
    }
    bench.run(&["fsck"]).ok();
}
