//! PostgreSQL stopped and started while a node works.

use std::time::Duration;

use rollcall_test_postgres::{Server, Stop};

use crate::child::{Fault, Home, run, start, wait_for_lines};
use crate::oracle::{block_on, check, open};
use crate::work::{Draw, Kind};
use crate::{is_long, tell, times};

/// A test of the ledger has one round (`nodes.rs`); this one has many.
#[test]
fn a_server_that_stops_at_any_moment_loses_and_doubles_nothing() {
    let server = Server::start();
    let database = server.database();
    let mut draw = Draw(8);
    let rounds = if is_long() { times().min(150) } else { 2 };
    let (mut struck, mut home) = (0, Home::on(&database));
    for round in 0..rounds {
        let mut node = start(&home.place, draw.below(u64::MAX), Kind::Everything, &Fault::None);
        wait_for_lines(&home.place, &mut node, 1 + usize::try_from(draw.below(16)).unwrap());
        std::thread::sleep(Duration::from_micros(draw.below(5_000)));
        server.stop(if draw.below(3) == 0 { Stop::Fast } else { Stop::Immediate });
        std::thread::sleep(Duration::from_millis(draw.below(80)));
        server.start_again();
        // It goes on by itself, and comes to its end.
        let ended = node.wait().unwrap();
        let told = home.told();
        assert!(ended.success(), "{ended}: {:#?}", told.lines);
        assert!(!told.has("poisoned"), "a server's database is asked, not given up: {:#?}", told.lines);
        struck += usize::from(told.has("failed"));
        check(&home.place);
        if round % 10 == 9 {
            home = Home::on(&database);
        }
    }
    tell("PostgreSQL stopped and started", rounds, struck);
    assert!(run(&home.place, 1, Kind::Keeping, &Fault::None).success());
    check(&home.place);
}

#[test]
fn files_of_a_commit_that_the_server_still_finishes_are_no_orphans() {
    let database = Server::shared().database();
    let home = Home::on(&database);
    assert!(run(&home.place, 3, Kind::Keeping, &Fault::None).success());
    let truth = check(&home.place);
    // The node is gone, its transaction is not: the tenant is locked, and the files are named only at its end.
    let schema = format!("SET search_path TO {};", home.place.postgres.as_ref().unwrap().schema);
    database.sql(&format!("{schema} CREATE TABLE named AS TABLE ducklake_data_file; DELETE FROM ducklake_data_file"));
    let finish =
        "BEGIN; SELECT next_seq FROM rollcall_tenant FOR UPDATE; INSERT INTO ducklake_data_file TABLE named; SELECT pg_sleep(2); COMMIT";
    std::thread::scope(|scope| {
        scope.spawn(|| database.sql(&format!("{schema} {finish}")));
        std::thread::sleep(Duration::from_millis(700));
        block_on(async { open(&home.place).await.unwrap().close().await.unwrap() });
    });
    assert_eq!(check(&home.place), truth);
}
