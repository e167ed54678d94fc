//! Importing: nothing twice, nothing lost silently, from wherever it comes.

use std::io::Write;

use crate::process::Bench;

fn queue_log(lines: std::ops::Range<u32>) -> String {
    lines.map(|n| format!("{}|NONE|support|SIP/{n}|ADDMEMBER|\n", 1_763_625_598 + n)).collect()
}

const IMPORT: &[&str] = &["import", "--format", "asterisk-queue-log"];

fn import(bench: &Bench, args: &[&str]) -> crate::process::Done {
    bench.run(&[IMPORT, args].concat())
}

#[test]
fn a_file_imported_twice_and_files_that_overlap_add_nothing() {
    let bench = Bench::new();
    let (first, second, copy) =
        (bench.write("1", queue_log(0..20)), bench.write("2", queue_log(10..30)), bench.write("copy", queue_log(0..20)));
    let added = |name: &str| {
        let done = import(&bench, &[name]).ok();
        (done.count("added"), done.count("already there"))
    };
    assert_eq!(added(&first), (20, 0));
    assert_eq!(added(&first), (0, 20));
    assert_eq!(added(&second), (10, 10));
    assert_eq!(added(&copy), (0, 20));
    let done = import(&bench, &[&first, &second]).ok();
    assert!(done.stdout.contains("all files"));
    assert_eq!((done.count("events"), done.count("added")), (40, 0));
}

#[test]
fn another_source_name_is_another_source() {
    let bench = Bench::new();
    let file = bench.write("1", queue_log(0..5));
    assert_eq!(import(&bench, &[&file]).ok().count("added"), 5);
    assert_eq!(import(&bench, &["--source", "pbx-2", &file]).ok().count("added"), 5);
    let rows = bench.run(&["report", "sign-in-log", "--from", "2025-11-20", "--format", "json", "--filter", "source=pbx-2"]).ok().rows();
    assert_eq!(rows.len(), 5);
}

#[test]
fn rejected_records_are_named_and_fail_only_a_strict_import() {
    let bench = Bench::new();
    let file = bench.write("queue_log", format!("{}yesterday|NONE|support|SIP/1|ADDMEMBER|\n17|x\n", queue_log(0..3)));
    let done = import(&bench, &[&file]).ok();
    assert_eq!((done.count("added"), done.count("rejected")), (3, 2));
    assert!(done.stdout.contains("line 4") && done.stdout.contains("epoch: expected seconds since 1970"), "{}", done.stdout);
    assert!(done.stdout.contains("line 5"), "{}", done.stdout);
    assert!(done.stderr.contains("2 records were rejected; see them with: rollcall quarantine list --data data"), "{}", done.stderr);
    import(&bench, &["--strict", &file]).failed(1, "2 records were rejected");
    let fine = bench.write("fine", queue_log(0..3));
    assert!(import(&bench, &["--strict", &fine]).ok().stderr.is_empty());
}

#[test]
fn compressed_files_and_standard_input_are_read_too() {
    let bench = Bench::new();
    let log = queue_log(0..50);
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(log.as_bytes()).unwrap();
    let gzip = bench.write("queue_log.1", gzip.finish().unwrap());
    let zstd = bench.write("queue_log.2", zstd::encode_all(log.as_bytes(), 1).unwrap());
    let from_stdin = bench.run_on(log.as_bytes(), &[IMPORT, &["-"]].concat()).ok();
    assert_eq!((from_stdin.count("events"), from_stdin.count("added")), (50, 50));
    for file in [gzip, zstd] {
        let done = import(&bench, &[&file]).ok();
        assert_eq!((done.count("events"), done.count("already there")), (50, 50));
    }
    let cut = bench.write("cut.gz", &std::fs::read(bench.path("queue_log.1")).unwrap()[..40]);
    import(&bench, &[&cut]).failed(1, "can't be read to its end");
}

#[test]
fn native_records_without_ids_get_them_from_what_they_hold() {
    let bench = Bench::new();
    let line =
        r#"{"event_time":"2025-11-20T09:00:00Z","category":"access","activity":"sign_in","outcome":"success","account":"mara.lind"}"#;
    let file = bench.write("events.ndjson", format!("{line}\n"));
    assert_eq!(bench.run(&["import", "--format", "native", &file]).ok().count("added"), 1);
    assert_eq!(bench.run_on(line.as_bytes(), &["import", "--format", "native", "-"]).ok().count("added"), 0);
}

#[test]
fn a_conflict_is_named_and_the_first_stays() {
    let bench = Bench::new();
    let event = |account: &str| {
        format!(
            r#"{{"event_id":"018f3e1c-7a52-7c31-9d1e-6a6f0c0d4e11","event_time":"2025-11-20T09:00:00Z","category":"access","activity":"sign_in","outcome":"success","account":"{account}"}}"#
        )
    };
    let (first, second) = (bench.write("1", event("mara.lind")), bench.write("2", event("rune.berg")));
    assert_eq!(bench.run(&["import", "--format", "native", &first]).ok().count("added"), 1);
    let done = bench.run(&["import", "--format", "native", &second]).ok();
    assert_eq!((done.count("added"), done.count("already there"), done.count("conflicts")), (0, 0, 1));
    assert!(done.stdout.contains("line 1"), "{}", done.stdout);
    let rows = bench.run(&["report", "sign-in-log", "--from", "2025-11-20", "--format", "json"]).ok().rows();
    assert_eq!((rows.len(), &rows[0]["account"]), (1, &serde_json::json!("mara.lind")));
}

#[test]
fn a_log_without_dates_is_dated_by_its_modification_or_as_given() {
    let log = "21:02:10,000 DEBUG [org.keycloak.events] (default task-2) type=LOGIN, realmId=demo, clientId=app, userId=u-17, username=mara.lind\n\
               00:00:00,004 DEBUG [org.keycloak.events] (default task-3) type=LOGOUT, realmId=demo, clientId=app, userId=u-17\n";
    let bench = Bench::new();
    let file = bench.write("server.log", log);
    let modified: jiff::Timestamp = "2025-11-20T23:00:30Z".parse().unwrap();
    std::fs::File::options().append(true).open(bench.path(&file)).unwrap().set_modified(modified.into()).unwrap();
    let done = bench.run(&["import", "--format", "keycloak", "--time-zone", "Europe/Stockholm", &file]).ok();
    assert!(
        done.stdout.contains("dates          from 2025-11-20, counted back from the file's modification at 2025-11-20T23:00:30Z"),
        "{}",
        done.stdout
    );
    let given = ["import", "--format", "keycloak", "--source", "given", "--date", "2025-03-01", "-"];
    let done = bench.run_on(log.as_bytes(), &given).ok();
    assert!(done.stdout.contains("dates          from 2025-03-01, as given"), "{}", done.stdout);
    let times = |source: &str| -> Vec<String> {
        let filter = format!("source={source}");
        let args = ["report", "sign-in-log", "--from", "2025-01-01", "--format", "json", "--sort", "event_time", "--filter", &filter];
        bench.run(&args).ok().rows().iter().map(|row| row["event_time"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(times("keycloak"), ["2025-11-20T20:02:10Z", "2025-11-20T23:00:00.004Z"]);
    assert_eq!(times("given"), ["2025-03-01T21:02:10Z", "2025-03-02T00:00:00.004Z"]);
    bench.run_on(log.as_bytes(), &["import", "--format", "keycloak", "-"]).failed(2, "--date");
}

#[test]
fn what_can_not_be_imported_is_said_in_a_sentence() {
    let bench = Bench::new();
    let file = bench.write("x", "");
    bench.run(&["import", "--format", "asterisk", &file]).failed(2, "expected the name of a format, one of native, csv");
    bench.run(&["import", &file]).failed(2, "--format");
    bench.run(&["import", "--source", "pbx", &file]).failed(2, "the source pbx has none in the configuration");
    bench.run(&["import", "--source", "rollcall", "--format", "keycloak", &file]).failed(2, "kept for Rollcall's own record");
    bench.run(&["import", "--format", "native", "missing"]).failed(1, "missing can't be read: No such file");
    bench.run(&["import", "--format", "native", "."]).failed(1, "is a folder");
    bench.run(&["import", "--format", "native", "--time-zone", "Mars/Olympus", &file]).failed(2, "IANA");
    bench.run(&["import", "--format", "native"]).failed(2, "<FILE>");
}
