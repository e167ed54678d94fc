//! A server starts, answers, stops, starts again, and leaves nothing behind.

#![allow(missing_docs, clippy::unwrap_used)]

use std::io::{BufRead, BufReader};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use rollcall_test_postgres::{Options, Server, Stop};

fn listens(port: u16) -> bool {
    TcpStream::connect(("127.0.0.1", port)).is_ok()
}

#[test]
fn databases_of_one_server_know_nothing_of_each_other() {
    let (one, two) = (Server::shared().database(), Server::shared().database());
    assert_ne!(one.url, two.url);
    one.sql("CREATE TABLE t (n INT); INSERT INTO t VALUES (1), (2)");
    assert_eq!(one.sql("SELECT n, n * n FROM t ORDER BY n"), "1|1\n2|4");
    assert_eq!(two.sql("SELECT to_regclass('t') IS NULL"), "t");
    assert_eq!(two.sql("SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = current_database()"), "rollcall");
}

#[test]
fn a_database_goes_with_its_value() {
    let (gone, stays) = (Server::shared().database(), Server::shared().database());
    let count = format!("SELECT count(*) FROM pg_database WHERE datname = '{}'", gone.name);
    assert_eq!(stays.sql(&count), "1");
    drop(gone);
    assert_eq!(stays.sql(&count), "0");
}

#[test]
fn what_was_committed_is_there_after_a_stop_and_a_start() {
    let server = Server::start();
    let database = server.database();
    database.sql("CREATE TABLE t (n INT)");
    for (how, number) in [(Stop::Fast, 1), (Stop::Immediate, 2), (Stop::Fast, 3)] {
        database.sql(&format!("INSERT INTO t VALUES ({number})"));
        server.stop(how);
        assert!(!listens(server.port()));
        server.start_again();
        assert!(listens(server.port()));
        assert_eq!(database.sql("SELECT count(*) FROM t"), number.to_string());
        let recovered = server.log().contains("not properly shut down");
        assert_eq!(recovered, how == Stop::Immediate, "{}", server.log());
    }
}

#[test]
fn it_is_set_up_as_it_was_asked_to_be() {
    let settings = vec![("statement_timeout".to_owned(), "1234ms".to_owned())];
    let server = Server::start_with(Options { fsync: true, max_connections: 17, tls: true, settings });
    let database = server.database();
    assert_eq!(database.sql("SHOW fsync"), "on");
    assert_eq!(database.sql("SHOW max_connections"), server.max_connections().to_string());
    assert_eq!(database.sql("SHOW ssl"), "on");
    assert_eq!(database.sql("SHOW statement_timeout"), "1234ms");
    assert!(std::fs::read_to_string(server.certificate()).unwrap().contains("BEGIN CERTIFICATE"));
}

#[test]
fn it_ends_with_its_value() {
    let server = Server::start();
    let (port, folder) = (server.port(), server.folder().to_path_buf());
    drop(server);
    assert!(!listens(port));
    assert!(!folder.exists());
}

#[test]
fn it_ends_with_a_process_that_is_killed() {
    let program = env!("CARGO_BIN_EXE_rollcall-test-postgres");
    let mut process = Command::new(program).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(process.stdout.take().unwrap()).lines().map(Result::unwrap);
    let (url, folder) = (lines.next().unwrap(), PathBuf::from(lines.next().unwrap()));
    let port = url.rsplit([':', '/']).nth(1).unwrap().parse().unwrap();
    assert!(listens(port) && folder.exists());

    process.kill().unwrap();
    process.wait().unwrap();
    let deadline = Instant::now() + Duration::from_secs(30);
    while listens(port) || folder.exists() {
        assert!(Instant::now() < deadline, "a server is left on port {port}, in {}", folder.display());
        std::thread::sleep(Duration::from_millis(10));
    }
}
