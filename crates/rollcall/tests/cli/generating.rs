//! Generated data: the same options make the same bytes, and what comes out can go in.

use crate::process::Bench;

const OPTIONS: &[&str] = &["generate", "--agents", "20", "--days", "2", "--end", "2025-11-20T00:00:00Z"];

#[test]
fn the_same_options_make_the_same_bytes_however_they_are_written() {
    let bench = Bench::new();
    let generate = |args: &[&str]| bench.run(&[OPTIONS, args].concat()).ok().stdout;
    let first = generate(&["--seed", "7"]);
    assert!(first.lines().count() > 800, "{}", first.lines().count());
    assert_eq!(generate(&["--seed", "7"]), first);
    assert_ne!(generate(&["--seed", "8"]), first);
    let events = generate(&["--events", "3000"]).lines().count();
    assert!((2_900..3_100).contains(&events), "{events}");
    for name in ["a.ndjson", "a.ndjson.gz", "a.ndjson.zst"] {
        assert_eq!(generate(&["--seed", "7", "--out", name]), "");
    }
    let read = |name: &str| std::fs::read(bench.path(name)).unwrap();
    assert_eq!(read("a.ndjson"), first.as_bytes());
    assert_eq!(zstd::decode_all(&read("a.ndjson.zst")[..]).unwrap(), first.as_bytes());
    let mut gunzipped = String::new();
    std::io::Read::read_to_string(&mut flate2::read::GzDecoder::new(&read("a.ndjson.gz")[..]), &mut gunzipped).unwrap();
    assert_eq!(gunzipped, first);
}

#[test]
fn what_is_generated_can_be_imported_without_a_rejection() {
    let bench = Bench::new();
    let generated = bench.run(&[OPTIONS, &["--time-zone", "Europe/Stockholm"]].concat()).ok().stdout;
    let done = bench.run_on(generated.as_bytes(), &["import", "--format", "native", "--strict", "-"]).ok();
    assert_eq!(done.count("events"), generated.lines().count() as u64);
    assert_eq!((done.count("events"), done.count("rejected")), (done.count("added") + done.count("already there"), 0));
    let rows = bench.run(&["report", "login-logout", "--from", "2025-11-17", "--format", "json"]).ok().rows();
    assert!(rows.len() > 20 && rows.iter().all(|row| row["end_reason"].is_string()));
}
