//! `rollcall fsck`: what a store's operator is told, and what the shell is.

use std::path::{Path, PathBuf};

use crate::process::Bench;

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

fn filled() -> Bench {
    let bench = Bench::new();
    let line = |account: &str, time: &str, activity: &str| {
        format!(
            r#"{{"event_time":"2025-11-20T{time}Z","category":"access","activity":"{activity}","outcome":"success","account":"{account}"}}"#
        )
    };
    let mara = [line("mara.lind", "08:00:00", "sign_in"), line("mara.lind", "16:00:00", "sign_out")];
    let file = bench.write("events.ndjson", [mara.join("\n"), line("omar.aziz", "09:00:00", "sign_in")].join("\n"));
    bench.run(&["import", "--format", "native", &file]).ok();
    bench.run(&["archive"]).ok();
    bench
}

#[test]
fn a_store_is_proved_mended_and_found_damaged() {
    let bench = filled();
    let sound = bench.run(&["fsck"]).ok().stdout;
    assert!(sound.contains("tenant default: sound (3 events up to seq 3, 2 sessions, 4 files, "), "{sound}");
    bench.run(&["fsck", "--repair"]).ok();
    let json = bench.run(&["fsck", "--json", "--tenant", "default"]).ok().rows();
    assert_eq!((json[0]["tenant"].as_str(), json[0]["findings"].as_array().map(Vec::len)), (Some("default"), Some(0)));

    let of_class = |class: &str| {
        let named = |path: &PathBuf| path.file_name().unwrap().to_str().unwrap().starts_with(class);
        files(&bench.path("data/lake")).into_iter().find(named).unwrap()
    };
    std::fs::remove_file(of_class("open")).unwrap();
    let missing = bench.run(&["fsck"]);
    assert_eq!(missing.code, 1, "{}", missing.stderr);
    assert!(missing.stdout.contains("wrong: file_missing: default/sessions/open/open-"), "{}", missing.stdout);
    let mended = bench.run(&["fsck", "--repair"]).ok().stdout;
    assert!(mended.contains("mended: file_missing: ") && mended.contains("findings mended"), "{mended}");

    let events = of_class("access");
    let mut bytes = std::fs::read(&events).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&events, bytes).unwrap();
    let damaged = bench.run(&["fsck", "--repair", "--json"]);
    assert_eq!(damaged.code, 1, "events are not made up");
    let report = damaged.rows().remove(0);
    assert_eq!(report["findings"][0]["kind"], "seq_missing");
    assert_eq!((&report["findings"][0]["place"]["first_seq"], &report["findings"][0]["place"]["last_seq"]), (&0.into(), &2.into()));
    assert!(report["left"].as_array().unwrap().iter().any(|tally| tally["kind"] == "file_damaged" && tally["severity"] == "loss"));
}

#[test]
fn what_can_not_be_checked_says_why() {
    let bench = filled();
    bench.run(&["fsck", "--tenant", "north"]).failed(2, "there is no tenant north");
    bench.run(&["fsck", "--data", "nowhere"]).failed(2, "there is no data folder nowhere");
    let _server = bench.serve(&[]);
    bench.run(&["fsck"]).failed(2, "is in use by another Rollcall, and fsck needs it to itself; stop the server");
}
