//! Retention and legal holds, on a folder and through the server that holds it.

use crate::process::Bench;

fn event(number: u32, days_ago: i64) -> String {
    let time = jiff::Timestamp::now().as_second() - days_ago * 86_400;
    let time = jiff::Timestamp::from_second(time).unwrap();
    format!(
        "{{\"event_id\":\"h{number}\",\"event_time\":\"{time}\",\"category\":\"activity\",\"activity\":\"Updated\",\"outcome\":\"success\"}}\n"
    )
}

#[test]
fn events_are_kept_for_as_long_as_was_set() {
    let bench = Bench::new();
    let file = bench.write("events.ndjson", event(1, 40) + &event(2, 20) + &event(3, 0));
    assert_eq!(bench.run(&["import", "--format", "native", &file]).ok().count("added"), 3);
    bench.run(&["archive"]).ok();
    let run = |args: &[&str]| bench.run(args).ok().stdout;
    assert!(run(&["retention", "run"]).starts_with("everything is kept for ever"));
    let shown = run(&["retention", "set", "activity", "30"]);
    assert!(shown.contains("30 days") && shown.matches("for ever").count() == 3, "{shown}");
    assert_eq!(run(&["retention", "show"]), shown);

    assert_eq!(run(&["hold", "list"]), "no legal hold is in place\n");
    assert!(run(&["hold", "place", "case 7/2026", "--reason", "the court asks"]).contains("case 7/2026 (the court asks), placed "));
    assert!(run(&["hold", "list"]).contains("the court asks"));
    for held in [run(&["retention", "run"]), run(&["retention", "show"])] {
        assert!(held.contains("nothing is removed, because of a legal hold:\n  case 7/2026 (the court asks)"), "{held}");
    }
    assert!(run(&["hold", "release", "case 7/2026"]).contains("with the next run"));
    bench.run(&["hold", "release", "case 7/2026"]).failed(1, "there is no legal hold case 7/2026");

    let preview = run(&["retention", "run", "--dry-run"]);
    assert!(
        preview.contains("would remove 1 events of activity before ") && preview.contains("2 files of 1 MiB would be deleted"),
        "{preview}"
    );
    // The same through a server that holds the folder.
    let server = bench.serve(&[]);
    let removed = run(&["retention", "run"]);
    assert!(
        removed.contains("removed 1 events of activity before ") && removed.contains("2 files of 1 MiB are deleted from "),
        "{removed}"
    );
    let shown = run(&["retention", "unset", "activity"]);
    assert_eq!(shown.matches("for ever").count(), 4, "{shown}");
    drop(server);
}

#[test]
fn what_can_not_be_meant_is_refused() {
    let bench = Bench::new();
    bench.run(&["retention", "set", "acess", "30"]).failed(2, "expected one of access, activity, webhook_failure, integration_failure");
    bench.run(&["retention", "set", "webhook-failure", "0"]).failed(2, "0 is not in 1..=36500");
    bench.run(&["hold", "place", "case 7"]).failed(2, "--reason");
}
