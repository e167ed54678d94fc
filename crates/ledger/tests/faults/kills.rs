//! `kill -9` at any moment, and at any system call that writes.

use std::os::unix::process::ExitStatusExt;
use std::time::Duration;

use rollcall_test_postgres::Server;

use crate::child::{Fault, Home, can_trace, run};
use crate::oracle::check;
use crate::work::{Draw, Kind};
use crate::{is_long, tell, times};

/// System calls that change what is on the disk, by each name that a machine may have for them.
const CALLS: [&str; 8] = ["write", "pwrite64", "fsync", "fdatasync", "ftruncate", "?mkdir,?mkdirat", "?unlink,?unlinkat", "?open,?openat"];

#[test]
fn killed_at_any_moment_loses_and_doubles_nothing() {
    let mut draw = Draw(4);
    let (mut tried, mut struck) = (0, 0);
    for _ in 0..2 * times() {
        let home = Home::new();
        // One life after the other, on the same store.
        for _ in 0..10 {
            let lines = usize::try_from(draw.below(25)).unwrap();
            let pause = Duration::from_micros(draw.below(4_000));
            let ended = run(&home.place, draw.below(u64::MAX), Kind::Everything, &Fault::After(lines, pause));
            tried += 1;
            struck += usize::from(ended.signal().is_some());
            check(&home.place);
        }
    }
    tell("kill -9 at a random moment", tried, struck);
    assert!(struck * 2 > tried, "only {struck} of {tried} were killed before their end");
}

#[test]
fn killed_at_any_system_call_that_writes_loses_and_doubles_nothing() {
    if !can_trace() {
        return;
    }
    let mut draw = Draw(5);
    let (mut tried, mut struck) = (0, 0);
    for round in 0..u64::try_from(times().div_ceil(25)).unwrap() {
        let lived_in = Home::lived_in(10 + round, Kind::Everything);
        let seed = draw.below(u64::MAX);
        for calls in CALLS {
            let mut unharmed = 0;
            let mut nth = 1 + draw.below(3);
            // Counted in each thread: beyond the largest count nothing is struck any more.
            while unharmed < 2 {
                let home = lived_in.copy();
                let ended = run(&home.place, seed, Kind::Everything, &Fault::inject(calls, "signal=KILL", nth));
                tried += 1;
                let was_struck = ended.signal().is_some();
                struck += usize::from(was_struck);
                unharmed = if was_struck { 0 } else { unharmed + 1 };
                check(&home.place);
                nth += if is_long() { 1 } else { nth.div_ceil(2) + 3 };
            }
        }
    }
    tell("kill at the Nth of a system call", tried, struck);
    assert!(struck * 2 > tried, "only {struck} of {tried} were struck");
}

#[test]
fn killed_beside_its_server_loses_and_doubles_nothing() {
    let mut draw = Draw(6);
    let (mut tried, mut struck) = (0, 0);
    for _ in 0..times().div_ceil(4) {
        let database = Server::shared().database();
        let home = Home::on(&database);
        for _ in 0..6 {
            let fault = match draw.below(2) {
                0 => Fault::After(usize::try_from(draw.below(20)).unwrap(), Duration::from_micros(draw.below(4_000))),
                _ => {
                    let step =
                        ["append.journaled", "commit", "committed", "archive.files_written", "archive.catalogued", "expire.catalogued"];
                    Fault::Step(format!("kill:{}:{}", step[usize::try_from(draw.below(6)).unwrap()], 1 + draw.below(6)))
                }
            };
            let ended = run(&home.place, draw.below(u64::MAX), Kind::Everything, &fault);
            tried += 1;
            struck += usize::from(ended.signal().is_some());
            check(&home.place);
        }
    }
    tell("kill of a node beside PostgreSQL", tried, struck);
    assert!(struck > 0);
}
