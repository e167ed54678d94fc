//! A server whose disk fails acknowledges nothing more, says so, and has lost nothing. A damaged control database
//! is told. (What the ledger does under faults, one by one: `crates/ledger/tests/faults`.)

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use reqwest::StatusCode;

use crate::process::{Bench, Server, client};

/// strace at a running server: from now on no file can be synced.
struct FailingDisk(Child);

impl FailingDisk {
    /// None where system calls can't be traced.
    fn under(server: &Server) -> Option<Self> {
        let mut command = Command::new("strace");
        command.args(["--follow-forks", "--trace=fsync,fdatasync", "--inject=fsync,fdatasync:error=EIO", "--attach"]);
        let traced = command.arg(server.pid().to_string()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn();
        // Not installed: the ledger's fault tests say so.
        let mut strace = traced.ok()?;
        let mut says = BufReader::new(strace.stderr.take().unwrap()).lines();
        let is_attached = says.any(|line| line.is_ok_and(|line| line.contains("attached")));
        std::thread::spawn(move || says.count());
        if !is_attached {
            let _ = strace.wait();
        }
        is_attached.then_some(FailingDisk(strace))
    }

    /// The disk is whole again.
    fn mend(mut self) {
        let stopped = Command::new("kill").args(["-INT", &self.0.id().to_string()]).status().unwrap();
        assert!(stopped.success());
        self.0.wait().unwrap();
    }
}

async fn post(server: &Server, key: &str, number: u32) -> (StatusCode, serde_json::Value) {
    let event = serde_json::json!({
        "event_id": uuid::Uuid::from_u128(0x018f_3e1c_7a52_7c31_8000_0000_0000_0000 + u128::from(number)),
        "event_time": 1_763_625_598_000_i64 + i64::from(number) * 1_000,
        "category": "access", "activity": "sign_in", "outcome": "success", "account": format!("agent-{number}"),
    });
    let answer = client().post(format!("{}api/v1/events", server.url)).bearer_auth(key).json(&event).send().await.unwrap();
    (answer.status(), answer.json().await.unwrap())
}

fn accounts(bench: &Bench) -> Vec<String> {
    let log = ["report", "sign-in-log", "--from", "2025-11-20", "--format", "json", "--columns", "account", "--sort", "seq"];
    bench.run(&log).ok().rows().iter().map(|row| row["account"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_server_whose_disk_fails_acknowledges_nothing_more_and_has_lost_nothing() {
    let bench = Bench::new();
    let key = bench.key(&["events:write"]);
    let mut server = bench.serve(&[]);
    for number in 0..3 {
        assert_eq!(post(&server, &key, number).await.0, StatusCode::OK);
    }
    let Some(disk) = FailingDisk::under(&server) else { return };
    let (status, problem) = post(&server, &key, 3).await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(problem["detail"].as_str().unwrap().contains("mend the disk and start Rollcall anew"), "{problem}");
    disk.mend();
    // The disk is whole again, but what became of the commit that failed is not known: nothing is tried again.
    assert_eq!(post(&server, &key, 4).await.0, StatusCode::SERVICE_UNAVAILABLE);
    let ready = client().get(format!("{}readyz", server.url)).send().await.unwrap();
    assert_eq!(ready.status(), StatusCode::SERVICE_UNAVAILABLE);
    server.kill();
    let found = accounts(&bench);
    assert_eq!(found[..3], ["agent-0", "agent-1", "agent-2"]);
    // What was refused may have reached the disk, or not: it was never acknowledged.
    assert!(found.len() == 3 || found[3..] == ["agent-3"], "{found:?}");
    bench.run(&["fsck"]).ok();
    let server = bench.serve(&[]);
    for number in 0..5 {
        assert_eq!(post(&server, &key, number).await.0, StatusCode::OK);
    }
    drop(server);
    assert_eq!(accounts(&bench), ["agent-0", "agent-1", "agent-2", "agent-3", "agent-4"]);
}

#[test]
fn a_damaged_control_database_is_told_and_not_replaced() {
    let bench = Bench::new();
    bench.key(&["events:write"]);
    let path = bench.path("data/control.db");
    let whole = std::fs::read(&path).unwrap();
    let damaged = [
        // No database at all, one whose first page is no page, and one that ends in the middle.
        b"this is no database, but long enough to be taken for one".repeat(100),
        [vec![0xff; 200], whole[200..].to_vec()].concat(),
        whole[..whole.len() / 2].to_vec(),
    ];
    for bytes in damaged {
        std::fs::write(&path, &bytes).unwrap();
        let listed = bench.run(&["key", "list"]);
        assert_ne!(listed.code, 0, "{}", listed.stdout);
        assert!(listed.stderr.contains("control") && listed.stderr.len() > 30, "{}", listed.stderr);
    }
    std::fs::write(&path, &whole).unwrap();
    assert_eq!(bench.run(&["key", "list"]).ok().stdout.lines().filter(|line| line.contains("events:write")).count(), 1);
}
