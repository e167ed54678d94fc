//! Stores as earlier versions left them: their reports say what they said, also after a kill in the middle of
//! bringing them up to date.
//!
//! What is frozen, and how, stands in `crates/ledger/tests/ledger/formats.rs`.

use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use crate::process::Bench;

const REPORTS: [(&str, &[&str]); 2] =
    [("login-logout", &["--sort", "session_key"]), ("sign-in-log", &["--sort", "event_time", "--sort", "event_id"])];

fn fixture(format: u32) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../ledger/tests/fixtures/format-{format}"))
}

fn copy_folder(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy_folder(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// A bench whose data folder is a copy of a frozen store.
fn bench(format: u32) -> Bench {
    let bench = Bench::new();
    copy_folder(&fixture(format).join("store"), &bench.path("data"));
    bench
}

fn report(bench: &Bench, kind: &str, sort: &[&str]) -> String {
    let range = ["report", kind, "--from", "2026-04-14", "--to", "2026-04-19", "--format", "json"];
    bench.run(&[&range[..], sort].concat()).ok().stdout
}

#[track_caller]
fn assert_reports_are_frozen(bench: &Bench, format: u32) {
    for (kind, sort) in REPORTS {
        let frozen = std::fs::read_to_string(fixture(format).join(format!("{kind}.ndjson"))).unwrap();
        let told = report(bench, kind, sort);
        for (number, (told, frozen)) in told.lines().zip(frozen.lines()).enumerate() {
            let json = |line: &str| serde_json::from_str::<Map<String, Value>>(line).unwrap();
            let (mut told, frozen) = (json(told), json(frozen));
            // A later Rollcall may have more fields.
            told.retain(|name, _| frozen.contains_key(name));
            assert_eq!(told, frozen, "format {format}: {kind}, line {}", number + 1);
        }
        assert_eq!(told.lines().count(), frozen.lines().count(), "format {format}: {kind}");
        assert!(told.lines().count() > 10);
    }
}

#[test]
fn reports_on_a_frozen_store_say_what_they_said_before_and_after_an_archive_step() {
    for format in [1, 2] {
        let bench = bench(format);
        assert_reports_are_frozen(&bench, format);
        bench.run(&["archive"]).ok();
        assert_reports_are_frozen(&bench, format);
        bench.run(&["fsck"]).ok();
    }
}

#[test]
fn keys_of_a_frozen_store_are_there() {
    let bench = bench(2);
    let keys = bench.run(&["key", "list"]).ok().stdout;
    assert!(keys.contains("frozen") && keys.contains("reports:read"), "{keys}");
}

#[test]
fn bringing_a_store_up_to_date_says_that_there_is_no_way_back() {
    let bench = bench(1);
    let done = bench.run(&["archive"]).ok();
    assert!(done.stderr.contains("an earlier Rollcall can't open it any more"), "{}", done.stderr);
    assert_eq!(bench.run(&["archive"]).ok().stderr, "", "once");
}

#[test]
fn a_kill_anywhere_in_bringing_a_store_up_to_date_leaves_one_that_opens() {
    let steps = [
        "upgrade.tables:1",
        "commit:1",
        "committed:1",
        "commit:2",
        "committed:2",
        "archive.file_written:1",
        "archive.file_synced:2",
        "archive.folders_synced:3",
        "archive.catalogued:1",
        "commit:3",
        "committed:3",
    ];
    for step in steps {
        let bench = bench(1);
        let fault = format!("kill:{step}");
        let killed = bench.run_with(&[("ROLLCALL_FAULT", &fault)], &["report", "login-logout", "--preset", "today"]);
        assert_eq!(killed.code, -1, "{step}: {} {}", killed.stdout, killed.stderr);
        assert_reports_are_frozen(&bench, 1);
        bench.run(&["fsck"]).ok();
    }
}

#[test]
#[ignore = "makes a fixture: see crates/ledger/tests/ledger/formats.rs"]
fn freeze_what_the_reports_of_this_format_say() {
    let newest = (1..).take_while(|&format| fixture(format).exists()).last().unwrap();
    let bench = bench(newest);
    bench.run(&["key", "create", "--scope", "reports:read", "--name", "frozen"]).ok();
    let control = fixture(newest).join("store/control.db");
    assert!(!control.exists(), "{} is frozen", control.display());
    std::fs::copy(bench.path("data/control.db"), control).unwrap();
    for (kind, sort) in REPORTS {
        std::fs::write(fixture(newest).join(format!("{kind}.ndjson")), report(&bench, kind, sort)).unwrap();
    }
}
