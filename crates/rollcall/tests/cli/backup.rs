//! `rollcall backup` and `rollcall restore`, beside a server that takes events, on either engine.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};

use crate::process::{Bench, Server, client, wait_until};

const LOG: [&str; 8] = ["report", "sign-in-log", "--preset", "last_90_days", "--format", "csv", "--columns", "event_id"];

/// Sends sign-ins to a server until it goes away, and counts those that were acknowledged.
fn send(server: &Server, key: String, acknowledged: Arc<AtomicUsize>) -> tokio::task::JoinHandle<()> {
    let url = format!("{}api/v1/events", server.url);
    tokio::spawn(async move {
        let client = client();
        for number in 0.. {
            let event = json!({"event_time": jiff::Timestamp::now().to_string(), "category": "access", "activity": "sign_in",
                               "outcome": "success", "account": format!("agent-{number}")});
            let Ok(answer) = client.post(&url).bearer_auth(&key).json(&event).send().await else { return };
            assert_eq!(answer.json::<Value>().await.unwrap()["accepted"], 1);
            acknowledged.fetch_add(1, Ordering::Relaxed);
        }
    })
}

fn events_in(bench: &Bench, args: &[&str]) -> usize {
    bench.run(&[&LOG[..], args].concat()).ok().stdout.lines().count() - 1
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_is_backed_up_beside_its_server_and_restored_elsewhere() {
    let bench = Bench::new();
    bench.key(&["reports:read"]);
    bench.write("data/rollcall.toml", "[sources.native]\nidle_limit_minutes = 30\n");
    let mut server = bench.serve(&["--archive-events", "60", "--archive-interval-s", "1"]);
    let (key, acknowledged) = (bench.key(&["events:write"]), Arc::new(AtomicUsize::new(0)));
    let sender = send(&server, key, Arc::clone(&acknowledged));
    let enough = |count: usize| wait_until("events came", || acknowledged.load(Ordering::Relaxed) > count);
    tokio::task::block_in_place(|| enough(150));
    let before = acknowledged.load(Ordering::Relaxed);
    let told = tokio::task::block_in_place(|| bench.run(&["backup", "--to", "copy"])).ok().stdout;
    assert!(told.contains("backed up the data folder data to copy") && told.contains("tenant default"), "{told}");
    tokio::task::block_in_place(|| enough(before + 50));
    bench.run(&["backup", "--to", "copy"]).failed(1, "empty or missing");
    bench.run(&["backup", "--to", "copy2", "--link-from", "copy"]).ok();
    server.stop();
    sender.await.unwrap();
    let told = bench.run(&["restore", "--from", "copy", "--data", "elsewhere"]).ok().stdout;
    assert!(told.contains("restored copy to the data folder elsewhere"), "{told}");
    for folder in ["elsewhere", "copy"] {
        let there = events_in(&bench, &["--data", folder]);
        assert!((before..=acknowledged.load(Ordering::Relaxed)).contains(&there), "{folder}: {before} {there}");
        bench.run(&["fsck", "--data", folder]).ok();
        assert_eq!(bench.run(&["key", "list", "--data", folder]).ok().stdout, bench.run(&["key", "list"]).ok().stdout);
        assert!(bench.path(folder).join("rollcall.toml").exists());
    }
    assert!(events_in(&bench, &["--data", "copy2"]) >= before + 50);
    bench.run(&["restore", "--from", "copy", "--data", "elsewhere"]).failed(1, "empty or missing");
    bench.run(&["restore", "--from", "nowhere", "--data", "new"]).failed(2, "there is no backup nowhere");
}

#[test]
fn a_store_goes_to_a_database_of_many_machines_and_back() {
    let database = rollcall_test_postgres::Server::shared().database();
    let bench = Bench::new();
    let events: String =
        (0..40).map(|n| format!("{}|NONE|support|SIP/{n}|ADDMEMBER|\n", jiff::Timestamp::now().as_second() - 4_000 + n)).collect();
    let file = bench.write("queue_log", events);
    bench.run(&["import", "--format", "asterisk-queue-log", &file]).ok();
    bench.key(&["reports:read"]);
    bench.run(&["backup", "--to", "copy"]).ok();
    let on_server = [("ROLLCALL_DATABASE", database.url.as_str()), ("ROLLCALL_LAKE", "lake"), ("ROLLCALL_DATA", "node")];
    let told = bench.run_with(&on_server, &["restore", "--from", "copy"]).ok().stdout;
    assert!(told.contains("schema rollcall_control") && !told.contains(&database.url), "{told}");
    let report = bench.run(&LOG).ok().stdout;
    assert_eq!(report.lines().count(), 41);
    assert_eq!(bench.run_with(&on_server, &LOG).ok().stdout, report);
    let keys = bench.run(&["key", "list"]).ok().stdout;
    assert_eq!(bench.run_with(&on_server, &["key", "list"]).ok().stdout, keys);
    assert!(!bench.path("lake/restore.db").exists() && !bench.path("lake/restore-control.db").exists());
    bench.run_with(&on_server, &["fsck"]).ok();
    bench.run_with(&on_server, &["backup", "--to", "back"]).ok();
    assert_eq!(bench.run(&[&LOG[..], &["--data", "back"]].concat()).ok().stdout, report);
    assert_eq!(bench.run(&["key", "list", "--data", "back"]).ok().stdout, keys);
    let taken = [on_server[0], ("ROLLCALL_LAKE", "lake2"), on_server[2]];
    bench.run_with(&taken, &["restore", "--from", "back"]).failed(1, "expected one without rows");
}
