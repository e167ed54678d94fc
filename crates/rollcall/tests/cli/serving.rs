//! A server, and commands that reach it: by the socket in its folder, by its address, with and without rights.

use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::process::Stdio;
use std::time::Duration;

use crate::process::{Bench, client, files, wait_until};

const EVENT: &str = r#"{"event_id":"018f3e1c-7a52-7c31-9d1e-6a6f0c0d4e11","event_time":"2025-11-20T09:00:00Z","category":"access","activity":"sign_in","outcome":"success","account":"mara.lind"}"#;
const LOG: &[&str] = &["report", "sign-in-log", "--from", "2025-11-20", "--to", "2025-11-20", "--format", "csv", "--sort", "event_id"];

fn queue_log(bench: &Bench, name: &str, lines: std::ops::Range<u32>) -> String {
    bench.write(name, lines.map(|n| format!("{}|NONE|support|SIP/{n}|ADDMEMBER|\n", 1_763_625_598 + n)).collect::<String>())
}

#[test]
fn commands_on_a_folder_that_a_server_holds_reach_the_server() {
    let bench = Bench::new();
    let mut server = bench.serve(&[]);
    let mode = std::fs::metadata(bench.path("data/rollcall.sock")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let file = queue_log(&bench, "queue_log", 0..100);
    let import = ["import", "--format", "asterisk-queue-log", &file];
    let done = bench.run(&import).ok();
    assert_eq!((done.count("added"), done.count("already there")), (100, 0));
    assert_eq!(bench.run(&import).ok().count("added"), 0);
    let held = bench.run(LOG).ok().stdout;
    assert_eq!(held.lines().count(), 101);
    // With what is on record by then of the first administrator, and of the report that was run and written out.
    let archived = bench.run(&["archive"]).ok().stdout;
    assert!(archived.starts_with("archived 10"), "{archived}");
    let bad = bench.write("bad", "x|y\n");
    assert_eq!(bench.run(&["import", "--format", "asterisk-queue-log", &bad]).ok().count("rejected"), 1);
    assert!(bench.run(&["quarantine", "list"]).ok().stdout.contains("x|y"));
    // A second server has no business there, and a key that is revoked counts no longer.
    bench.run(&["serve", "--listen", "127.0.0.1:0"]).failed(1, "in use by another Rollcall");
    assert_eq!(server.stop(), 0);
    assert!(!bench.path("data/rollcall.sock").exists());
    // The same rows once the folder is opened by the command itself.
    assert_eq!(bench.run(LOG).ok().stdout, held);
}

#[test]
fn a_live_log_on_standard_input_is_sent_as_it_comes() {
    let bench = Bench::new();
    let _server = bench.serve(&[]);
    let mut command = bench.command(&["import", "--format", "asterisk-queue-log", "-"]);
    let mut import = command.stdin(Stdio::piped()).spawn().unwrap();
    let mut log = import.stdin.take().unwrap();
    for lines in 1..=2 {
        writeln!(log, "{}|NONE|support|SIP/1|ADDMEMBER|", 1_763_625_598 + lines).unwrap();
        wait_until("the line is in the store", || bench.run(LOG).ok().stdout.lines().count() == lines + 1);
    }
    drop(log);
    assert!(import.wait().unwrap().success());
}

#[test]
fn a_folder_below_a_long_path_has_a_socket_too() {
    let bench = Bench::new();
    let long = format!("{}/data", "a-rather-long-name".repeat(8));
    std::fs::create_dir_all(bench.path(&long)).unwrap();
    let _server = bench.serve(&["--data", &long]);
    let file = queue_log(&bench, "queue_log", 0..3);
    assert_eq!(bench.run(&["import", "--format", "asterisk-queue-log", "--data", &long, &file]).ok().count("added"), 3);
}

#[test]
fn a_server_is_used_by_its_address_with_a_key_that_allows_it() {
    let bench = Bench::new();
    let server = bench.serve(&[]);
    let (writer, reader) = (bench.key(&["events:write"]), bench.key(&["reports:read"]));
    let file = queue_log(&bench, "queue_log", 0..100);
    let import = ["import", "--format", "asterisk-queue-log", "--url", &server.url, &file];
    bench.run(&import).failed(1, "give a key with --key or ROLLCALL_KEY");
    bench.run_with(&[("ROLLCALL_KEY", "rk_nonsense")], &import).failed(1, "expected a valid API key");
    bench.run_with(&[("ROLLCALL_KEY", &reader)], &import).failed(1, "this needs the scope events:write");
    let done = bench.run_with(&[("ROLLCALL_KEY", &writer)], &import).ok();
    assert_eq!((done.count("added"), done.count("rejected")), (100, 0));
    // What the folder's own way would add is what came by the address.
    assert_eq!(bench.run(&["import", "--format", "asterisk-queue-log", &file]).ok().count("already there"), 100);
    let by_url = bench.run(&[LOG, &["--url", &server.url, "--key", &reader]].concat()).ok().stdout;
    assert_eq!(by_url, bench.run(LOG).ok().stdout);
    bench.run(&[LOG, &["--url", &server.url, "--key", &writer]].concat()).failed(1, "this needs the scope reports:read");
    bench.run(&["archive", "--url", &server.url, "--key", &reader]).failed(1, "this needs the scope store:archive");
}

#[test]
fn an_import_to_a_server_that_is_repeated_sends_only_what_it_must() {
    let bench = Bench::new();
    let server = bench.serve(&[]);
    let key = bench.key(&["events:write"]);
    let file = queue_log(&bench, "queue_log", 0..25_000);
    let import = || bench.run(&["import", "--format", "asterisk-queue-log", "--url", &server.url, "--key", &key, &file]).ok();
    assert_eq!(import().count("added"), 25_000);
    let again = import();
    assert!(again.stdout.contains("not sent again"), "{}", again.stdout);
    assert_eq!((again.count("added"), again.count("already there")), (0, 25_000));
    assert!(bench.path(".local/state/rollcall/imports").exists() && !bench.path("data/imports").exists());
}

#[test]
fn a_server_that_is_not_there_is_named() {
    let bench = Bench::new();
    let gone = { bench.serve(&[]).url.clone() };
    bench.run(&["archive", "--url", &gone, "--key", "rk_x"]).failed(1, "the server at http://127.0.0.1:");
    bench.run(&["archive", "--url", "ftp://example.org/"]).failed(2, "expected the address of a server");
}

#[test]
fn a_folder_in_use_by_what_does_not_answer_is_named() {
    let bench = Bench::new();
    bench.key(&["events:write"]);
    let lock = std::fs::File::create(bench.path("data/rollcall.lock")).unwrap();
    lock.lock().unwrap();
    bench.run(&["archive"]).failed(1, "in use by another Rollcall that does not answer on its socket");
}

#[test]
fn an_address_that_is_taken_is_named() {
    let bench = Bench::new();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    bench.run(&["serve", "--listen", &address]).failed(1, "give another address with --listen");
}

#[tokio::test]
async fn stopping_loses_nothing_that_was_acknowledged_and_the_page_is_served_before() {
    let bench = Bench::new();
    let mut server = bench.serve(&[]);
    let key = bench.key(&["events:write"]);
    let client = client();
    let page = client.get(&server.url).send().await.unwrap();
    assert!(page.status().is_success() && page.text().await.unwrap().contains("Rollcall"));
    let events = format!("{}api/v1/events", server.url);
    let answer = client.post(&events).bearer_auth(&key).header("content-type", "application/json").body(EVENT).send().await.unwrap();
    let answer: serde_json::Value = answer.json().await.unwrap();
    assert_eq!((&answer["accepted"], &answer["duplicates"]), (&1.into(), &0.into()));
    server.signal("INT");
    assert_eq!(server.wait(), 0);
    assert_eq!(bench.run(LOG).ok().stdout.lines().count(), 2);
}

#[test]
fn a_key_revoked_beside_a_server_counts_no_longer_after_ten_seconds() {
    let bench = Bench::new();
    let server = bench.serve(&[]);
    let key = bench.key(&["reports:read"]);
    let report = [LOG, &["--url", &server.url, "--key", &key]].concat();
    bench.run(&report).ok();
    bench.run(&["key", "revoke", &key[3..25]]).ok();
    wait_until("the server has noticed", || {
        std::thread::sleep(Duration::from_millis(250));
        bench.run(&report).code == 1
    });
}

#[test]
fn the_demo_fills_an_empty_store_once_and_prints_an_address_that_signs_in() {
    let bench = Bench::new();
    let mut server = bench.serve(&["--demo"]);
    assert_eq!(server.line(), "account: admin");
    assert_eq!(server.line().strip_prefix("password: ").map(str::len), Some(23));
    let sign_in = server.line();
    let key = sign_in.strip_prefix(&format!("sign-in: {}#key=", server.url)).unwrap().to_owned();
    let report = |url: &str, key: &str| {
        bench.run(&["report", "login-logout", "--preset", "last_30_days", "--format", "csv", "--url", url, "--key", key])
    };
    let sessions = report(&server.url, &key).ok().stdout.lines().count();
    assert!(sessions > 5_000, "{sessions}");
    let lines = |arguments: &[&str]| bench.run(&[arguments, &["--url", &server.url, "--key", &key]].concat()).ok().stdout.lines().count();
    assert_eq!(lines(&["directory", "list", "--format", "csv"]), 1 + 206, "everybody, and six who are on leave");
    assert_eq!(lines(&["report", "list", "--format", "csv"]), 1 + 5);
    assert_eq!(
        bench.run(&["user", "list"]).ok().stdout.lines().count(),
        2 + 5,
        "the administrator, somebody for each profile, and a team lead"
    );
    assert_eq!(lines(&["schedule", "list", "--format", "csv"]), 1 + 2);
    let delivered = bench.path("data/deliveries/Reports/payroll");
    wait_until("a scheduled report is delivered", || files(&delivered).iter().any(|file| file.extension().is_some_and(|end| end == "csv")));
    assert_eq!((server.stop(), server.rest()), (0, String::new()));
    let server = bench.serve(&["--demo"]);
    report(&server.url, &key).failed(1, "expected a valid API key");
    let keys = bench.run(&["key", "list"]).ok().stdout;
    assert_eq!((keys.matches("demo").count(), keys.matches("active").count()), (2, 1), "{keys}");
    let again = bench.run(&["report", "login-logout", "--preset", "last_30_days", "--format", "csv"]).ok().stdout.lines().count();
    // A few sessions may have left the last 30 days meanwhile.
    assert!(sessions.abs_diff(again) < 20, "{sessions} {again}");
}

#[tokio::test]
async fn a_server_whose_commit_has_failed_is_not_ready_and_acknowledges_nothing() {
    let bench = Bench::new();
    let key = bench.key(&["events:write"]);
    let server = bench.serve_with(&[("ROLLCALL_FAULT", "fail:commit:20")], &[]);
    let client = client();
    let readyz = format!("{}readyz", server.url);
    assert_eq!(client.get(&readyz).send().await.unwrap().status(), 200);
    let mut acknowledged = 0;
    let refused = loop {
        let event = EVENT.replace("4e11", &format!("{:04}", acknowledged));
        let post = client.post(format!("{}api/v1/events", server.url)).bearer_auth(&key).body(event);
        let answer = post.send().await.unwrap();
        if answer.status() != 200 {
            break answer;
        }
        acknowledged += 1;
        assert!(acknowledged < 20, "no commit has failed");
    };
    for answer in [refused, client.get(&readyz).send().await.unwrap()] {
        assert_eq!(answer.status(), 503);
        assert!(answer.text().await.unwrap().contains("/problems/poisoned"));
    }
    drop(server);
    assert_eq!(bench.run(LOG).ok().stdout.lines().count(), 1 + acknowledged);
}
