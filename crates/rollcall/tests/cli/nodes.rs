//! Several servers on one PostgreSQL database and one lake folder, each with a data folder of its own.

use std::sync::Arc;
use std::time::Duration;

use rollcall_test_postgres::{Database, Stop};
use serde_json::{Value, json};

use crate::kill::{Numbers, check, post_on, some_moment};
use crate::process::{Bench, Server, client, files, wait_until};

const EVENTS: &str = "api/v1/events";
const COUNT: &[&str] = &["report", "sign-in-log", "--from", "2025-11-20", "--to", "2025-11-20", "--format", "csv", "--columns", "event_id"];

/// Commands that find the database and the lake in their environment.
fn bench_on(database: &Database) -> Bench {
    Bench::with_environment(vec![("ROLLCALL_DATABASE", database.url.clone()), ("ROLLCALL_LAKE", "lake".to_owned())])
}

fn node(bench: &Bench, folder: &str) -> Server {
    bench.serve(&["--data", folder, "--archive-events", "150", "--archive-interval-s", "1"])
}

/// A sign-in without an id.
fn sign_in(number: usize) -> Value {
    json!({"event_time": format!("2025-11-20T09:{:02}:{:02}Z", number / 60, number % 60), "category": "access",
           "activity": "sign_in", "outcome": "success", "account": format!("agent-{number}"), "session_id": number.to_string()})
}

/// How many sign-ins a command on a folder finds.
fn events_seen(bench: &Bench, folder: &str) -> usize {
    bench.run(&[COUNT, &["--data", folder]].concat()).ok().stdout.lines().count() - 1
}

#[tokio::test(flavor = "multi_thread")]
async fn two_nodes_take_events_in_turn_and_each_answers_all_of_them() {
    let database = rollcall_test_postgres::Server::shared().database();
    let bench = bench_on(&database);
    let (one, two) = (node(&bench, "one"), node(&bench, "two"));
    let key = bench.key(&["events:write", "reports:read"]);
    let client = client();
    for number in 0..400 {
        let server = if number % 2 == 0 { &one } else { &two };
        let answer = client.post(format!("{}{EVENTS}", server.url)).bearer_auth(&key).json(&sign_in(number)).send().await.unwrap();
        assert_eq!(answer.json::<Value>().await.unwrap()["accepted"], 1);
    }
    // By the address of each, by the socket of each, and by a node of its own for the one command.
    for server in [&one, &two] {
        let report = [COUNT, &["--url", &server.url, "--key", &key]].concat();
        assert_eq!(bench.run(&report).ok().stdout.lines().count(), 401);
    }
    assert!(["one", "two", "data"].iter().all(|folder| events_seen(&bench, folder) == 400));
    // An import beside them, and the same file once more by way of a node.
    let log = (0..300).map(|n| format!("{}|NONE|support|SIP/{n}|ADDMEMBER|\n", 1_763_625_598 + n)).collect::<String>();
    let file = bench.write("queue_log", log);
    assert_eq!(bench.run(&["import", "--format", "asterisk-queue-log", &file]).ok().count("added"), 300);
    assert_eq!(bench.run(&["import", "--format", "asterisk-queue-log", "--data", "one", &file]).ok().count("already there"), 300);
    assert_eq!((events_seen(&bench, "one"), events_seen(&bench, "two")), (700, 700));
    bench.run(&["archive", "--data", "two"]).ok();
    assert_eq!((events_seen(&bench, "one"), events_seen(&bench, "two")), (700, 700));
    // What one node has rejected, the other one shows.
    let bad = bench.write("bad", "x|y\n");
    bench.run(&["import", "--format", "asterisk-queue-log", "--data", "one", &bad]).ok();
    assert!(bench.run(&["quarantine", "list", "--data", "two"]).ok().stdout.contains("x|y"));
    // The nodes' folders hold what is theirs alone.
    let stores = ["ledger.db", "control.db", "lake"];
    assert!(["one", "two", "data"].iter().all(|folder| stores.iter().all(|store| !bench.path(folder).join(store).exists())));
    assert!(!files(&bench.path("lake")).is_empty() && bench.path("data/imports").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_is_repeated_on_another_node_gets_the_first_answer() {
    let database = rollcall_test_postgres::Server::shared().database();
    let bench = bench_on(&database);
    let (one, two) = (node(&bench, "one"), node(&bench, "two"));
    let key = bench.key(&["events:write"]);
    let mut answers = Vec::new();
    for server in [&one, &two, &one] {
        let request = client().post(format!("{}{EVENTS}", server.url)).bearer_auth(&key).header("idempotency-key", "a");
        let response = request.json(&json!([sign_in(1), sign_in(2)])).send().await.unwrap();
        answers.push((response.headers().contains_key("idempotent-replayed"), response.text().await.unwrap()));
    }
    assert_eq!(answers.iter().map(|(replayed, _)| *replayed).collect::<Vec<_>>(), [false, true, true]);
    assert!(answers.iter().all(|(_, text)| *text == answers[0].1), "{answers:?}");
    assert_eq!(events_seen(&bench, "two"), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_is_killed_takes_nothing_along_that_was_acknowledged() {
    let database = rollcall_test_postgres::Server::shared().database();
    let bench = bench_on(&database);
    let key = bench.key(&["events:write"]);
    let numbers = Arc::new(Numbers::default());
    let mut lasting = node(&bench, "lasting");
    let post = |server: &Server| tokio::spawn(post_on(client(), format!("{}{EVENTS}", server.url), key.clone(), Arc::clone(&numbers)));
    let to_lasting = [post(&lasting), post(&lasting)];
    for _ in 0..4 {
        let mut killed = node(&bench, "killed");
        let to_killed = [post(&killed), post(&killed)];
        tokio::time::sleep(some_moment()).await;
        killed.kill();
        for connection in to_killed {
            connection.await.unwrap();
        }
        // The other one goes on, with what the killed one had not acknowledged.
        let acknowledged = || numbers.acknowledged.lock().unwrap().len();
        let before = acknowledged();
        wait_until("the other node has taken more", || acknowledged() > before + 100);
    }
    assert_eq!(lasting.stop(), 0);
    for connection in to_lasting {
        connection.await.unwrap();
    }
    check(&bench, &numbers);
    bench.run(&["archive"]).ok();
    check(&bench, &numbers);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_says_that_its_database_is_away_and_goes_on_when_it_is_back() {
    let postgres = rollcall_test_postgres::Server::start();
    let database = postgres.database();
    let bench = bench_on(&database);
    let server = node(&bench, "one");
    let key = bench.key(&["events:write"]);
    let client = client();
    let ready = async || client.get(format!("{}readyz", server.url)).send().await.unwrap();
    let post = async || client.post(format!("{}{EVENTS}", server.url)).bearer_auth(&key).json(&sign_in(1)).send().await.unwrap();
    assert_eq!((ready().await.status().as_u16(), post().await.status().as_u16()), (200, 200));
    postgres.stop(Stop::Immediate);
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    let away = ready().await;
    assert_eq!((away.status().as_u16(), away.headers()["retry-after"].to_str().unwrap()), (503, "5"));
    assert_eq!(away.json::<Value>().await.unwrap()["type"], "/problems/database-unavailable");
    assert_eq!(client.get(format!("{}healthz", server.url)).send().await.unwrap().status(), 200);
    postgres.start_again();
    for _ in 0..100 {
        if ready().await.status() == 200 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(300)).await;
    }
    assert_eq!((ready().await.status().as_u16(), post().await.status().as_u16()), (200, 200));
    assert_eq!(events_seen(&bench, "one"), 2);
}

#[test]
fn what_is_wrong_with_a_database_is_told_without_its_password() {
    let database = rollcall_test_postgres::Server::shared().database();
    let bench = Bench::new();
    let password = database.url.split(['@', ':']).nth(2).unwrap();
    let other = database.url.replace(password, "s3cret");
    let nobody = { std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap() };
    let cases = [
        (other.clone(), 1, "check user and password"),
        (format!("postgres://u:s3cret@{nobody}/x"), 1, "check that the server runs"),
        (other.replace("postgres:", "mysql:"), 2, "database: the URL does not begin with postgres://"),
        ("postgres://u:s3cret/and@more@h/x".to_owned(), 2, "database: the URL has a # or an @ where none can be"),
        (format!("{other}?sslmod=require"), 2, "has a parameter that is none of"),
    ];
    for (url, code, says) in &cases {
        for command in [&["serve", "--listen", "127.0.0.1:0"][..], &["archive"], &["key", "list"]] {
            let environment = [("ROLLCALL_DATABASE", url.as_str()), ("ROLLCALL_LAKE", "lake"), ("ROLLCALL_LOG_LEVEL", "trace")];
            let done = bench.run_with(&environment, command).failed(*code, says);
            assert!(!format!("{}{}", done.stdout, done.stderr).contains("s3cret"), "{}", done.stderr);
        }
    }
    let help = bench.run_with(&[("ROLLCALL_DATABASE", &other)], &["serve", "--help"]).ok();
    assert!(help.stdout.contains("ROLLCALL_DATABASE") && !help.stdout.contains("s3cret"), "{}", help.stdout);
    bench.write("c.toml", format!("database = \"{other}"));
    let torn = bench.run(&["archive", "--config", "c.toml"]).failed(2, "c.toml, line 1: ");
    assert!(!torn.stderr.contains("s3cret"), "{}", torn.stderr);
}

#[test]
fn a_folder_is_that_of_a_node_or_of_a_store_and_not_both() {
    let database = rollcall_test_postgres::Server::shared().database();
    let bench = Bench::new();
    let on_database = [("ROLLCALL_DATABASE", database.url.as_str()), ("ROLLCALL_LAKE", "lake")];
    bench.run_with(&on_database[..1], &["archive"]).failed(2, "lake: expected the folder that the nodes of this store share");
    bench.run_with(&on_database[1..], &["serve"]).failed(2, "lake: expected only together with database");
    bench.run_with(&on_database, &["archive"]).ok();
    // Without the database, the folder would look like an empty store.
    for command in [&["archive"][..], &["serve"], &["key", "list"], &["key", "create", "--scope", "events:write"]] {
        let refused = bench.run(command).failed(2, "belongs to a node whose store is on PostgreSQL");
        assert!(refused.stderr.contains(&database.name) && refused.stderr.contains("ROLLCALL_DATABASE"), "{}", refused.stderr);
    }
    assert!(!bench.path("data/ledger.db").exists() && !bench.path("data/control.db").exists());
    bench.run(&["import", "--format", "native", "--data", "own", "/dev/null"]).ok();
    bench.run_with(&on_database, &["archive", "--data", "own"]).failed(2, "holds a store of its own (ledger.db)");
}

#[test]
fn commands_on_the_folder_of_a_node_that_is_served_need_no_database() {
    let database = rollcall_test_postgres::Server::shared().database();
    let bench = Bench::new();
    let args = ["--data", "one", "--database", &database.url, "--lake", "lake"];
    let mut server = bench.serve(&args);
    // That the first administrator was made is on record, in a moment.
    bench.run(&["archive", "--data", "one"]).ok();
    // A folder is one process's here too.
    bench.run(&[&["serve", "--listen", "127.0.0.1:0"][..], &args].concat()).failed(1, "in use by another Rollcall");
    assert_eq!(server.stop(), 0);
    bench.run(&["archive", "--data", "one"]).failed(2, "ROLLCALL_DATABASE");
}
