//! `rollcall report KIND --changed-since SEQ`: which rows have changed since.

use serde_json::json;

use crate::process::{Bench, Done};

const SIGN_INS: &str = "1763625598|NONE|support|SIP/1|ADDMEMBER|\n1763625599|NONE|support|SIP/2|ADDMEMBER|\n";
const SIGN_OUTS: &str = "1763629200|NONE|support|SIP/1|REMOVEMEMBER|\n1763629201|NONE|support|SIP/3|ADDMEMBER|\n";

/// A queue log of two sign-ins, and what came later.
fn changed() -> Bench {
    let bench = Bench::new();
    for (name, lines) in [("queue_log", SIGN_INS), ("queue_log.1", SIGN_OUTS)] {
        bench.write(name, lines);
        bench.run(&["import", "--format", "asterisk-queue-log", "--time-zone", "UTC", name]).ok();
    }
    bench
}

fn since(bench: &Bench, seq: &str, more: &[&str]) -> Done {
    let args = ["report", "login-logout", "--from", "2025-11-20", "--to", "2025-11-20", "--changed-since", seq, "--columns"];
    bench.run(&[&args[..], &["agent,logout_time", "--sort", "agent"], more].concat())
}

#[test]
fn a_table_tells_how_changed_rows_were_and_are() {
    let bench = changed();
    let done = since(&bench, "2", &[]).ok();
    let lines: Vec<Vec<&str>> = done.stdout.lines().map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(lines[0], ["Change", "Agent", "Logout", "time"]);
    assert_eq!(
        lines[2..],
        [vec!["changed", "from", "SIP/1"], vec!["changed", "to", "SIP/1", "2025-11-20", "09:00:00"], vec!["added", "SIP/3"]]
    );
    assert!(done.stderr.contains("\n2 changes since 2: 1 added, 0 removed, 1 changed, complete up to "), "{}", done.stderr);
    let one = since(&bench, "2", &["--limit", "1"]).ok();
    assert_eq!(one.stdout.lines().count(), 2 + 2, "{}", one.stdout);
    assert!(one.stderr.contains("\n1 of 2 changes since 2: "), "{}", one.stderr);
    let none = since(&bench, "4", &[]).ok();
    assert_eq!(none.stdout.lines().count(), 2, "{}", none.stdout);
    assert!(none.stderr.contains("\n0 changes since 4: "), "{}", none.stderr);
}

#[test]
fn csv_and_json_are_those_of_the_api() {
    let bench = changed();
    let header = "change,key,changed_columns,before_agent,before_logout_time,after_agent,after_logout_time\r\n";
    let csv = since(&bench, "2", &["--format", "csv"]).ok().stdout;
    assert!(csv.starts_with(header) && csv.lines().count() == 3, "{csv}");
    assert!(csv.contains(",logout_time,SIP/1,,SIP/1,2025-11-20T09:00:00Z\r\n"), "{csv}");
    assert_eq!(since(&bench, "4", &["--format", "csv"]).ok().stdout, header);
    let limited = since(&bench, "2", &["--format", "csv", "--limit", "1"]).ok().stdout;
    assert_eq!(limited.lines().count(), 2, "{limited}");
    let rows = since(&bench, "2", &["--format", "json"]).ok().rows();
    assert_eq!(rows.len(), 2);
    assert_eq!((&rows[0]["change"], &rows[0]["changed_columns"]), (&json!("changed"), &json!(["logout_time"])));
    assert_eq!(rows[0]["before"], json!({"agent": "SIP/1", "logout_time": null}));
    assert_eq!((&rows[1]["change"], &rows[1]["before"]), (&json!("added"), &json!(null)));
}

#[test]
fn a_seq_that_is_not_there_is_an_error_of_usage() {
    since(&changed(), "5", &[]).failed(2, "since_seq");
}
