//! An import that was interrupted goes on, one of a file that has grown continues, and neither trusts what
//! may no longer be so.

use std::fs;
use std::path::PathBuf;
use std::process::Stdio;

use crate::process::{Bench, files, wait_until};

const GENERATED: &[&str] = &["generate", "--agents", "400", "--days", "5", "--end", "2025-11-20T00:00:00Z", "--out"];
const IMPORT: &[&str] = &["import", "--format", "native", "events.ndjson"];
const EVERYTHING: &[&str] =
    &["report", "sign-in-log", "--from", "2025-11-01", "--format", "csv", "--columns", "event_id,event_time,account", "--sort", "event_id"];

/// Starts an import and ends it as soon as two batches are acknowledged: the last one is always sent again.
fn interrupted(bench: &Bench) {
    let mut command = bench.command(IMPORT);
    command.stdout(Stdio::null()).stderr(Stdio::null());
    let mut import = command.spawn().unwrap();
    let has_two_batches =
        |path: &PathBuf| fs::read_to_string(path).is_ok_and(|mark| mark.contains("batch_start") && !mark.contains("\"batch_start\":0"));
    wait_until("two batches are acknowledged", || files(&bench.path("data/imports")).iter().any(has_two_batches));
    import.kill().unwrap();
    assert_eq!(import.wait().unwrap().code(), None, "the import was to be interrupted, but it had ended: use more events");
}

#[test]
fn an_interrupted_import_goes_on_where_it_stopped() {
    let bench = Bench::new();
    bench.run(&[GENERATED, &["events.ndjson"]].concat()).ok();
    interrupted(&bench);
    let done = bench.run(IMPORT).ok();
    assert!(done.stdout.contains("from an earlier import of this file, and not sent again"), "{}", done.stdout);
    assert_eq!(done.count("events"), done.count("added") + done.count("already there"));
    let resumed = bench.run(EVERYTHING).ok().stdout;
    assert!(resumed.lines().count() > 3_000);
    let other = [("ROLLCALL_DATA", "other")];
    bench.run_with(&other, IMPORT).ok();
    assert_eq!(resumed, bench.run_with(&other, EVERYTHING).ok().stdout);
}

#[test]
fn a_grown_file_continues_and_a_changed_one_starts_anew() {
    let bench = Bench::new();
    let line = |n: u32| format!("{}|NONE|support|SIP/{n}|ADDMEMBER|\n", 1_763_625_598 + n);
    let lines = |from: u32, to: u32| (from..to).map(line).collect::<String>();
    let import = || bench.run(&["import", "--format", "asterisk-queue-log", "queue_log"]).ok();
    // The last line is still being written.
    let whole = lines(0, 30_000);
    bench.write("queue_log", &whole[..whole.len() - 15]);
    assert_eq!(import().count("added"), 29_999);
    bench.write("queue_log", lines(0, 30_010));
    let done = import();
    assert_eq!((done.count("events"), done.count("added")), (30_010, 11));
    assert!(done.stdout.contains("not sent again"), "{}", done.stdout);
    // As many bytes, but not the same ones: nothing is taken as known.
    bench.write("queue_log", lines(5, 30_015));
    let done = import();
    assert_eq!((done.count("events"), done.count("added")), (30_010, 5));
    assert!(!done.stdout.contains("not sent again"), "{}", done.stdout);
}

#[test]
fn a_store_that_lost_what_it_acknowledged_gets_everything_again() {
    let bench = Bench::new();
    let lines: String = (0..25_000).map(|n| format!("{}|NONE|support|SIP/{n}|ADDMEMBER|\n", 1_763_625_598 + n)).collect();
    bench.write("queue_log", lines);
    let import = || bench.run(&["import", "--format", "asterisk-queue-log", "queue_log"]).ok();
    assert_eq!(import().count("added"), 25_000);
    assert_eq!(import().count("added"), 0);
    for file in files(&bench.path("data")).iter().filter(|path| path.is_file()) {
        fs::remove_file(file).unwrap();
    }
    fs::remove_dir_all(bench.path("data/lake")).unwrap();
    let done = import();
    assert_eq!((done.count("events"), done.count("added"), done.count("already there")), (25_000, 25_000, 0));
}

#[test]
fn rejected_records_that_were_seen_to_do_not_come_back() {
    let bench = Bench::new();
    let event = |year: u32| {
        format!(
            "{{\"event_time\":\"{year}-11-20T09:00:00Z\",\"category\":\"access\",\"activity\":\"sign_in\",\"outcome\":\"success\",\"account\":\"mara.lind\"}}\n"
        )
    };
    bench.write("events.ndjson", event(2125) + &event(2025));
    let import = || bench.run(IMPORT).ok();
    let in_quarantine = || bench.run(&["quarantine", "list"]).ok().stdout.matches("2125-11-20").count();
    assert_eq!((import().count("rejected"), in_quarantine()), (1, 2));
    // It is there once, named in its reason and shown as it came.
    assert_eq!((import().count("rejected"), in_quarantine()), (1, 2));
    bench.run(&["quarantine", "replay", "--max-future-h", "876000"]).ok();
    assert_eq!((import().count("rejected"), in_quarantine()), (1, 0));
}
