//! The quarantine: what was rejected can be seen, taken away, and read again once it can be read.

use crate::process::Bench;

const CSV: &str = "When;Who;What\r\n2025-11-20 08:59:58;mara.lind;sign_in\r\n2025-11-20 17:02:10;mara.lind;sign_off\r\n";
const BROKEN: &str =
    "[sources.hr]\nformat = \"csv\"\n[sources.hr.csv]\ndelimiter = \";\"\ndefaults = { category = \"access\", outcome = \"success\" }\n";

#[test]
fn rejected_records_are_listed_downloaded_and_replayed_after_a_fix() {
    let bench = Bench::new();
    let line =
        r#"{"event_time":"2125-11-20T09:00:00Z","category":"access","activity":"sign_in","outcome":"success","account":"mara.lind"}"#;
    let file = bench.write("events.ndjson", format!("{line}\nnonsense\n"));
    assert_eq!(bench.run(&["import", "--format", "native", &file]).ok().count("rejected"), 2);

    let listed = bench.run(&["quarantine", "list"]).ok().stdout;
    assert!(listed.contains("event_time: ") && listed.contains("in the future") && listed.contains("nonsense"), "{listed}");
    assert_eq!(bench.run(&["quarantine", "list", "--limit", "1"]).ok().stdout.lines().count(), 3);
    let later = bench.run(&["quarantine", "list", "--after", "1"]).ok().stdout;
    assert!(later.contains("nonsense") && !later.contains("in the future"), "{later}");

    assert_eq!(bench.run(&["quarantine", "download"]).ok().stdout, format!("{line}\nnonsense\n"));
    assert_eq!(bench.run(&["quarantine", "download", "--source", "other"]).ok().stdout, "");
    bench.run(&["quarantine", "download", "--out", "raw"]).ok();
    assert_eq!(std::fs::read_to_string(bench.path("raw")).unwrap(), format!("{line}\nnonsense\n"));

    let replay = |args: &[&str]| bench.run(&[&["quarantine", "replay"], args].concat()).ok().stdout;
    assert_eq!(replay(&[]), "read 2 records again: 0 events added, 0 already there, 2 records still rejected\n");
    // A hundred years and more are allowed now.
    assert_eq!(
        replay(&["--max-future-h", "876000", "1"]),
        "read 1 records again: 1 events added, 0 already there, 0 records still rejected\n"
    );
    let listed = bench.run(&["quarantine", "list"]).ok().stdout;
    assert!(listed.contains("nonsense") && !listed.contains("in the future"), "{listed}");
}

#[test]
fn a_mapping_that_was_mended_lets_a_file_in() {
    let bench = Bench::new();
    let file = bench.write("hr.csv", CSV);
    bench.write("c.toml", BROKEN);
    let import = || bench.run(&["import", "--config", "c.toml", "--source", "hr", "--time-zone", "Europe/Stockholm", &file]).ok();
    assert_eq!((import().count("added"), import().count("rejected")), (0, 2));
    bench.write("c.toml", format!("{BROKEN}columns = {{ event_time = \"When\", account = \"Who\", activity = \"What\" }}\n"));
    let done = import();
    assert_eq!((done.count("added"), done.count("rejected")), (1, 1));
    assert!(done.stdout.contains("line 3") && done.stdout.contains("sign_off"), "{}", done.stdout);
}

#[test]
fn an_empty_quarantine_says_so() {
    let bench = Bench::new();
    std::fs::create_dir(bench.path("data")).unwrap();
    assert_eq!(bench.run(&["quarantine", "list"]).ok().stdout, "no records are in quarantine\n");
}
