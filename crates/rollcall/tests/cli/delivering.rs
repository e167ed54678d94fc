//! Reports that leave the building, on the command line: destinations, schedules and their runs, webhooks.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{SystemTime, UNIX_EPOCH};

use rollcall_model::Timestamp;
use serde_json::{Value, json};

use crate::process::{Bench, Done, files, wait_until};

const DAY_SECONDS: u64 = 24 * 60 * 60;

/// The midnight, in UTC, that today began with.
fn midnight() -> Timestamp {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    Timestamp::from_seconds(i64::try_from(now - now % DAY_SECONDS).unwrap()).unwrap()
}

/// A store with the last days of some agents, which may deliver into the folder `out`.
fn filled(agents: &str, environment: Vec<(&'static str, String)>) -> Bench {
    let bench = Bench::with_environment([vec![("ROLLCALL_CONFIG", "rollcall.toml".to_owned())], environment].concat());
    let out = bench.path("out");
    std::fs::create_dir(&out).unwrap();
    bench.write("rollcall.toml", format!("delivery_folders = [{out:?}]\nwebhook_allowed_networks = [\"127.0.0.0/8\"]\n"));
    let end = midnight().to_string();
    bench.run(&["generate", "--agents", agents, "--days", "3", "--seed", "7", "--end", &end, "--out", "events.ndjson"]).ok();
    bench.run(&["import", "--format", "native", "events.ndjson"]).ok();
    bench
}

/// Saves the report, and has it delivered into the folder. Nothing is waited for: the sources sleep since midnight.
fn scheduled(bench: &Bench) {
    let path = format!("path={}", bench.path("out").display());
    bench.run(&["destination", "create", "Office", "--kind", "folder", "--set", &path]).ok();
    bench.run(&["report", "save", "Night shift", "sign-in-log", "--preset", "yesterday", "--columns", "account,event_time"]).ok();
    bench.run(&["schedule", "create", "Night shift", "--to", "office", "--prefix", "Daily", "--max-wait-hours", "0"]).ok();
}

/// The runs of the schedule, the newest first.
fn runs(bench: &Bench) -> Vec<Value> {
    bench.run(&["schedule", "runs", "night SHIFT", "--format", "json"]).ok().rows()
}

fn shown(done: Done) -> Value {
    serde_json::from_str(&done.ok().stdout).unwrap()
}

/// The files below a folder.
fn below(folder: &Path) -> Vec<PathBuf> {
    let found = files(folder).into_iter();
    found.flat_map(|path| if path.is_dir() { below(&path) } else { vec![path] }).collect()
}

/// The last days as the report tells one of them by hand.
fn of_the_day(bench: &Bench, run: &Value) -> String {
    let range = |end: &str| run["range"][end].as_str().unwrap().to_owned();
    let (from, to) = (range("from"), range("to"));
    let report = ["report", "run", "Night shift", "--from", &from, "--to", &to, "--format", "csv"];
    bench.run(&report).ok().stdout
}

#[test]
fn a_report_is_delivered_shown_fetched_and_told_anew() {
    let bench = filled("20", Vec::new());
    bench.run(&["destination", "create", "Office", "--kind", "folder", "--set", "path=/etc"]).failed(1, "delivery_folders");
    bench.run(&["destination", "create", "Office", "--kind", "carrier-pigeon"]).failed(1, "carrier-pigeon");
    bench.run(&["destination", "create", "Office", "--kind", "folder", "--set", "path"]).failed(2, "expected MEMBER=VALUE");
    scheduled(&bench);
    let tested = bench.run(&["destination", "test", "office"]).ok().stdout;
    assert!(tested.lines().count() > 2 && tested.lines().all(|line| line.starts_with("ok ")), "{tested}");
    bench.run(&["schedule", "create", "Night shift", "--to", "Nowhere"]).failed(1, "there is no destination Nowhere");
    bench.run(&["schedule", "create", "Day shift", "--to", "Office"]).failed(1, "there is no saved report Day shift");
    bench.run(&["schedule", "create", "Night shift", "--to", "Office", "--time-zone", "Mars/Phobos"]).failed(1, "Mars/Phobos");
    bench.run(&["destination", "delete", "Office"]).failed(1, "Night shift");

    let listed = bench.run(&["schedule", "list", "--format", "json"]).ok().rows();
    let next = midnight().plus_micros(i64::try_from(DAY_SECONDS).unwrap() * 1_000_000).to_string();
    assert_eq!((listed.len(), &listed[0]["report_name"], &listed[0]["next_run_at"]), (1, &json!("Night shift"), &json!(next)));
    bench.run(&["schedule", "run", "night shift"]).ok();
    let run = runs(&bench).remove(0);
    assert_eq!(run["status"], "succeeded", "{run:#}");
    let id = run["id"].as_str().unwrap();
    assert_eq!(shown(bench.run(&["run", "show", id])), run);
    let expected = of_the_day(&bench, &run);
    assert!(expected.lines().count() > 20, "{expected}");
    assert_eq!(run["rows"], json!(expected.lines().count() - 1));
    let delivered = below(&bench.path("out/Reports/Daily"));
    assert_eq!((delivered.len(), std::fs::read_to_string(&delivered[0]).unwrap()), (1, expected.clone()));
    bench.run(&["run", "download", id, "--output", "night.csv"]).ok();
    assert_eq!(std::fs::read_to_string(bench.path("night.csv")).unwrap(), expected);
    bench.run(&["run", "download", id, "--output", "night.csv"]).failed(1, "night.csv can't be made");

    // Somebody's sign-in comes late.
    let late = format!(
        r#"{{"event_time":"{}","category":"access","activity":"sign_in","outcome":"success","account":"zz-late"}}"#,
        run["range"]["from"].as_str().unwrap()
    );
    bench.run(&["import", "--format", "native", "--source", "portal", &bench.write("late.ndjson", late)]).ok();
    bench.run(&["run", "restate", id]).ok();
    let all = runs(&bench);
    let restated = all.iter().find(|found| found["restates"] == run["id"]).unwrap();
    assert_eq!((all.len(), &restated["rows"]), (2, &json!(expected.lines().count())));
    let delivered = below(&bench.path("out/Reports/Daily"));
    let texts: Vec<String> = delivered.iter().map(|path| std::fs::read_to_string(path).unwrap()).collect();
    assert!(delivered.len() == 2 && texts.contains(&expected) && texts.iter().any(|text| text.contains("zz-late")), "{delivered:?}");

    bench.run(&["schedule", "pause", "Night shift"]).ok();
    assert!(bench.run(&["schedule", "list"]).ok().stdout.contains("paused"));
    bench.run(&["schedule", "resume", "Night shift"]).ok();
    bench.run(&["schedule", "delete", "Night shift"]).ok();
    bench.run(&["schedule", "show", "Night shift"]).failed(1, "there is no schedule Night shift");
    bench.run(&["run", "show", id]).ok();
    bench.run(&["destination", "delete", "Office"]).ok();
    assert_eq!(bench.run(&["destination", "list", "--format", "json"]).ok().rows().len(), 0);
    assert_eq!(below(&bench.path("out")).len(), 2, "what was delivered stays");
}

#[test]
fn a_run_that_is_killed_is_delivered_once_and_whole_by_the_next_server() {
    let bench = filled("1500", Vec::new());
    scheduled(&bench);
    let kept = |end: &str| {
        below(&bench.path("data/exports/default/runs")).into_iter().filter(|path| path.to_str().unwrap().ends_with(end)).count()
    };
    let mut server = bench.serve(&[]);
    bench.run(&["schedule", "run", "Night shift"]).ok();
    wait_until("the file is being written", || kept("") > 0);
    server.kill();
    assert_eq!((kept(".csv"), below(&bench.path("out")).len()), (0, 0), "it was killed before it was delivered");

    let mut server = bench.serve(&[]);
    wait_until("the run is over", || runs(&bench)[0]["status"] == "succeeded");
    assert_eq!(runs(&bench).len(), 1);
    let delivered = below(&bench.path("out"));
    assert_eq!(delivered.len(), 1, "{delivered:?}");
    assert_eq!(std::fs::read_to_string(&delivered[0]).unwrap(), of_the_day(&bench, &runs(&bench)[0]));
    wait_until("nothing half is left", || kept("") == 1 && kept(".csv") == 1);
    assert_eq!(server.stop(), 0);
}

#[test]
fn what_one_node_is_asked_for_any_node_delivers_once() {
    let database = rollcall_test_postgres::Server::shared().database();
    let bench = filled("20", vec![("ROLLCALL_DATABASE", database.url.clone()), ("ROLLCALL_LAKE", "lake".to_owned())]);
    scheduled(&bench);
    let mut nodes = [bench.serve(&["--data", "one"]), bench.serve(&["--data", "two"])];
    const RUNS: usize = 6;
    for number in 0..RUNS {
        let node = if number % 2 == 0 { "one" } else { "two" };
        bench.run(&["schedule", "run", "Night shift", "--data", node]).ok();
    }
    wait_until("all are over", || runs(&bench).iter().all(|run| run["status"] == "succeeded"));
    let runs = runs(&bench);
    assert!(runs.iter().all(|run| run["attempts"] == 1), "{runs:#?}");
    let delivered = below(&bench.path("out"));
    assert_eq!((runs.len(), delivered.len()), (RUNS, RUNS), "{delivered:?}");
    let expected = of_the_day(&bench, &runs[0]);
    assert!(delivered.iter().all(|path| std::fs::read_to_string(path).unwrap() == expected));
    let jobs = bench.run(&["job", "list", "--format", "json"]).ok().rows();
    assert!(jobs.iter().filter(|job| job["kind"] == "schedule_run").all(|job| job["status"] == "succeeded"), "{jobs:#?}");
    for node in &mut nodes {
        assert_eq!(node.stop(), 0);
    }
}

/// Takes messages on this machine's loopback: the first ones with answers of their own, all others with 204.
struct Receiver {
    address: String,
    taken: Arc<Mutex<Vec<Value>>>,
}

impl Receiver {
    fn start(first: &'static [u16]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let (address, taken) = (format!("http://{}/hook", listener.local_addr().unwrap()), Arc::new(Mutex::new(Vec::new())));
        let kept = Arc::clone(&taken);
        std::thread::spawn(move || {
            let mut answers = first.iter().copied();
            for stream in listener.incoming() {
                let mut reader = BufReader::new(stream.unwrap());
                let (mut line, mut length) = (String::new(), 0);
                while reader.read_line(&mut line).unwrap() > 2 {
                    if let Some(value) = line.to_lowercase().strip_prefix("content-length:") {
                        length = value.trim().parse().unwrap();
                    }
                    line.clear();
                }
                let mut body = vec![0; length];
                reader.read_exact(&mut body).unwrap();
                let status = answers.next().unwrap_or(204);
                write!(reader.get_mut(), "HTTP/1.1 {status} x\r\ncontent-length: 0\r\nconnection: close\r\n\r\n").unwrap();
                if status == 204 {
                    kept.lock().unwrap().push(serde_json::from_slice(&body).unwrap());
                }
            }
        });
        Receiver { address, taken }
    }

    /// The types of what it has taken.
    fn types(&self) -> Vec<String> {
        self.taken.lock().unwrap().iter().map(|message| message["type"].as_str().unwrap().to_owned()).collect()
    }
}

/// Imports a sign-in that failed, and answers the id of its event.
fn failed_sign_in(bench: &Bench, number: u32) -> String {
    let id = format!("0199c2e6-0000-7000-8000-{number:012}");
    let event = format!(
        r#"{{"event_id":"{id}","event_time":"{}","category":"access","activity":"sign_in","outcome":"failure","account":"mara"}}"#,
        midnight()
    );
    bench.run(&["import", "--format", "native", "--source", "portal", &bench.write("failed.ndjson", event)]).ok();
    id
}

#[test]
fn a_webhook_is_made_tested_told_paused_and_told_again() {
    let bench = filled("5", Vec::new());
    let receiver = Receiver::start(&[500, 500]);
    let mut server = bench.serve(&[]);
    let create = ["webhook", "create", "Service desk", &receiver.address, "--category", "access", "--outcome", "failure"];
    bench.run(&create).failed(1, "https");
    let made = bench.run(&[&create[..], &["--allow-http"]].concat()).ok().stdout;
    assert!(made.split_whitespace().next_back().unwrap().starts_with("whsec_"), "{made}");
    assert!(!bench.run(&["webhook", "show", "service DESK"]).ok().stdout.contains("whsec_"), "it is shown once");
    let refused = bench.run(&["webhook", "test", "Service desk"]).failed(1, "has not taken the message");
    assert!(refused.stdout.lines().last().unwrap().contains("failed"), "{}", refused.stdout);

    // The first attempt is refused too, and made again.
    let first = failed_sign_in(&bench, 1);
    wait_until("it is told of the event", || receiver.types() == ["access.sign_in"]);
    assert_eq!(receiver.taken.lock().unwrap()[0]["data"]["event_id"], json!(first));
    let tested = bench.run(&["webhook", "test", "Service desk"]).ok().stdout;
    assert!(tested.lines().count() > 3 && tested.lines().all(|line| line.contains(" ok ")), "{tested}");
    let today = midnight().to_string();
    let log = ["report", "webhook-failures", "--from", &today[..10], "--to", &today[..10], "--format", "json"];
    let failures = bench.run(&log).ok().rows();
    assert!(!failures.is_empty() && failures.iter().all(|failure| failure["failure_code"] == "500"), "{failures:?}");

    bench.run(&["webhook", "pause", "Service desk"]).ok();
    let second = failed_sign_in(&bench, 2);
    let listed = bench.run(&["webhook", "list", "--format", "json"]).ok().rows();
    assert_eq!((listed.len(), &listed[0]["state"]), (1, &json!("paused")));
    bench.run(&["webhook", "resume", "Service desk"]).ok();
    wait_until("what has happened meanwhile is told", || receiver.types().len() == 3);
    bench.run(&["webhook", "resend", "Service desk", &first]).ok();
    bench.run(&["webhook", "resend", "Service desk", &format!("{}9", &first[..35])]).failed(1, "no event");
    let told: Vec<Value> = receiver.taken.lock().unwrap().iter().map(|message| message["data"]["event_id"].clone()).collect();
    assert_eq!((told.len(), &told[2], &told[3]), (4, &json!(second), &json!(first)));
    bench.run(&["webhook", "delete", "Service desk"]).ok();
    bench.run(&["webhook", "show", "Service desk"]).failed(1, "there is no webhook Service desk");
    assert_eq!(server.stop(), 0);
}
