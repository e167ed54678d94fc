//! Compaction on demand, on a folder and through the server that holds it.

use crate::process::Bench;

/// Sign-ins of a few people on two days, some of them with a sign-out.
fn events(numbers: std::ops::Range<u32>) -> String {
    let line = |number: u32| {
        let (day, second) = (10 + number % 2, number % 60);
        let activity = if number % 3 == 2 { "sign_out" } else { "sign_in" };
        format!(
            "{{\"event_id\":\"c{number}\",\"event_time\":\"2026-04-{day}T08:{:02}:{second:02}Z\",\"category\":\"access\",\
             \"activity\":\"{activity}\",\"outcome\":\"success\",\"account\":\"agent{}\"}}\n",
            number / 60,
            number % 7
        )
    };
    numbers.map(line).collect()
}

const REPORT: &[&str] = &["report", "login-logout", "--from", "2026-04-01", "--to", "2026-05-01", "--format", "csv"];

#[test]
fn small_files_become_one_a_day_and_reports_say_the_same() {
    let bench = Bench::new();
    for part in 0..4_u32 {
        let file = bench.write(&format!("part{part}.ndjson"), events(part * 50..(part + 1) * 50));
        bench.run(&["import", "--format", "native", &file]).ok();
        bench.run(&["archive"]).ok();
    }
    let before = bench.run(REPORT).ok().stdout;
    assert!(before.lines().count() > 20, "{before}");

    // Two days with files of access events, ended sessions and counts.
    let told = bench.run(&["compact"]).ok().stdout;
    assert!(told.starts_with("merged ") && told.contains(" rows into "), "{told}");
    assert_eq!(bench.run(&["compact"]).ok().stdout, "nothing to merge: each day has one file of a class\n");
    assert_eq!(bench.run(REPORT).ok().stdout, before);
    bench.run(&["fsck"]).ok();

    let server = bench.serve(&[]);
    let file = bench.write("part4.ndjson", events(200..250));
    bench.run(&["import", "--format", "native", &file]).ok();
    bench.run(&["archive"]).ok();
    let told = bench.run(&["compact"]).ok().stdout;
    assert!(told.starts_with("merged ") && told.contains(" rows into "), "{told}");
    let (data, key) = (server.url.clone(), bench.key(&["reports:read"]));
    bench.run(&["compact", "--url", &data, "--key", &key]).failed(1, "store:archive");
    drop(server);
}
