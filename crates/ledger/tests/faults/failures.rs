//! A disk that fails, is full, or can't be written.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::child::{Fault, Home, can_trace, run};
use crate::log::Told;
use crate::oracle::check;
use crate::work::{Draw, Kind};
use crate::{is_long, tell, times};

/// Runs children that share a beginning, each with an error at another call of a kind, and holds the store
/// against its log. Answers how many were tried, and how many noticed.
fn sweep(seed: u64, calls: &str, error: &str, rounds: usize) -> (usize, usize) {
    let lived_in = Home::lived_in(seed, Kind::Everything);
    let mut draw = Draw(seed);
    let (mut tried, mut struck) = (0, 0);
    for round in 0..rounds {
        let home = lived_in.copy();
        // Once, and from then on for good.
        // The first few reads are those that load the program.
        let nth = 8 + draw.below(40);
        let when = if round % 2 == 0 { nth.to_string() } else { format!("{nth}+") };
        let ended = run(&home.place, draw.below(u64::MAX), Kind::Everything, &Fault::inject(calls, &format!("error={error}"), &when));
        let told = home.told();
        assert!(ended.success(), "{ended}, {calls} {error} {when}: {:#?}", told.lines);
        tried += 1;
        struck += usize::from(told.has("failed") || told.has("poisoned"));
        nothing_is_acknowledged_once_poisoned(&told);
        check(&home.place);
    }
    (tried, struck)
}

fn nothing_is_acknowledged_once_poisoned(told: &Told) {
    let Some(at) = told.lines.iter().position(|line| line.starts_with("poisoned")) else { return };
    let after = &told.lines[at..];
    assert!(!after.iter().any(|line| line.starts_with("acknowledged")), "acknowledged after a commit had failed: {after:#?}");
}

#[test]
fn a_sync_that_fails_ends_acknowledgements_and_loses_nothing() {
    if !can_trace() {
        return;
    }
    let (tried, struck) = sweep(21, "fsync,fdatasync", "EIO", 10 * times());
    tell("fsync and fdatasync fail", tried, struck);
    assert!(struck * 3 > tried, "only {struck} of {tried} failed");
}

#[test]
fn a_commit_whose_sync_failed_is_never_acknowledged_by_trying_again() {
    if !can_trace() {
        return;
    }
    // The second sync of the write-ahead log alone fails; every later one would succeed.
    let home = Home::new();
    assert!(run(&home.place, 1, Kind::Keeping, &Fault::None).success());
    let wal = home.place.data.canonicalize().unwrap().join("ledger.db-wal");
    let Fault::Calls(mut arguments) = Fault::inject("fsync,fdatasync", "error=EIO", 2) else { unreachable!() };
    arguments.push(format!("--trace-path={}", wal.display()));
    assert!(run(&home.place, 2, Kind::Keeping, &Fault::Calls(arguments)).success());
    let told = home.told();
    assert!(told.has("poisoned"), "{:#?}", told.lines);
    nothing_is_acknowledged_once_poisoned(&told);
    check(&home.place);
}

#[test]
fn a_write_of_the_database_that_finds_no_room_loses_nothing() {
    if !can_trace() {
        return;
    }
    let (tried, struck) = sweep(22, "pwrite64", "ENOSPC", 10 * times());
    tell("write of the database fails with ENOSPC", tried, struck);
    assert!(struck > 0);
}

#[test]
fn a_read_that_fails_loses_nothing() {
    if !can_trace() {
        return;
    }
    let (tried, struck) = sweep(23, "pread64", "EIO", 6 * times());
    tell("read fails with EIO", tried, struck);
    assert!(struck > 0);
}

#[test]
fn a_file_that_may_not_grow_loses_nothing() {
    // Blocks of 512 bytes: the write-ahead log is soon larger. The signal that goes with it is ignored.
    let home = Home::new();
    assert!(run(&home.place, 1, Kind::Keeping, &Fault::None).success());
    for seed in 0..u64::try_from(2 * times().min(20)).unwrap() {
        let ended = run(&home.place, 100 + seed, Kind::Everything, &Fault::Shell("trap '' XFSZ; ulimit -f 300"));
        assert!(ended.success(), "{ended}: {:#?}", home.told().lines);
        nothing_is_acknowledged_once_poisoned(&home.told());
        check(&home.place);
    }
    assert!(home.told().has("poisoned") || home.told().has("failed"), "{:#?}", home.told().lines);
    tell("file size limit", 2 * times().min(20), 2 * times().min(20));
}

/// A small disk in memory. None where nothing may be mounted.
struct Disk(PathBuf);

impl Disk {
    fn mount(at: &Path, size: &str) -> Option<Self> {
        std::fs::create_dir_all(at).unwrap();
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", &format!("size={size}"), "tmpfs"]).arg(at).output();
        if mounted.is_ok_and(|done| done.status.success()) {
            return Some(Disk(at.to_owned()));
        }
        eprintln!("skipped: a disk can't be mounted by who runs this");
        None
    }

    fn remount(&self, how: &str) {
        assert!(Command::new("mount").args(["-o", &format!("remount,{how}")]).arg(&self.0).status().unwrap().success());
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(&self.0).status();
    }
}

#[test]
fn a_full_disk_loses_nothing() {
    let home = Home::new();
    let Some(disk) = Disk::mount(&home.place.data, "1m") else { return };
    let mut failures = 0;
    for seed in 0..if is_long() { 40 } else { 4 } {
        let ended = run(&home.place, 200 + seed, Kind::Keeping, &Fault::None);
        let told = home.told();
        assert!(ended.success(), "{ended}: {:#?}", told.lines);
        nothing_is_acknowledged_once_poisoned(&told);
        if told.has("poisoned") || told.has("failed") {
            failures += 1;
            // Somebody makes room: everything that was acknowledged is there.
            disk.remount("size=64m");
            check(&home.place);
            let full = used_kib(&home.place.data) + 40 * (1 + seed % 5);
            disk.remount(&format!("size={full}k"));
        }
    }
    tell("full disk", if is_long() { 40 } else { 4 }, failures);
    assert!(failures > 0, "the disk was never full");
    disk.remount("size=64m");
    check(&home.place);
}

fn used_kib(folder: &Path) -> u64 {
    let said = Command::new("df").args(["--output=used", "-k"]).arg(folder).output().unwrap().stdout;
    String::from_utf8(said).unwrap().lines().last().unwrap().trim().parse().unwrap()
}

#[test]
fn a_folder_that_cannot_be_written_is_refused_and_left_as_it_is() {
    let home = Home::new();
    let Some(disk) = Disk::mount(&home.place.data, "64m") else { return };
    for seed in 0..2 {
        assert!(run(&home.place, 300 + seed, Kind::Everything, &Fault::None).success());
    }
    let before = check(&home.place);
    disk.remount("ro");
    assert!(run(&home.place, 302, Kind::Everything, &Fault::None).success());
    let told = home.told();
    let refused = told.lines.iter().find(|line| line.starts_with("failed open")).unwrap_or_else(|| panic!("{:#?}", told.lines));
    assert!(refused.contains("Read-only file system"), "{refused}");
    disk.remount("rw");
    assert_eq!(check(&home.place), before);
    tell("read-only disk", 1, 1);
}
