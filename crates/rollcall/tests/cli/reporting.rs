//! Reports by flags: filters, zones, columns, order, limits, and what is said when they can't be.

use std::io::{BufRead, BufReader};

use serde_json::{Value, json};

use crate::main_job::imported;
use crate::process::{Bench, Done};

const DAYS: &[&str] = &["--from", "2025-11-20", "--to", "2025-11-21"];

fn report(bench: &Bench, kind: &str, args: &[&str]) -> Done {
    bench.run(&[&["report", kind], DAYS, args].concat())
}

fn column(done: Done, name: &str) -> Vec<Value> {
    done.ok().rows().iter().map(|row| row[name].clone()).collect()
}

#[test]
fn filters_name_fields_operators_and_values() {
    let bench = imported();
    let accounts = |filters: &[&str]| {
        let args: Vec<&str> = filters.iter().flat_map(|filter| ["--filter", filter]).collect();
        let args = [&args[..], &["--format", "json", "--sort", "login_time"]].concat();
        column(report(&bench, "login-logout", &args), "account")
    };
    assert_eq!(accounts(&["account=mara.lind"]), ["mara.lind"]);
    assert_eq!(accounts(&["account=mara.lind", "account=Agent/1001"]), ["mara.lind", "Agent/1001"]);
    assert_eq!(accounts(&["source:not_in=asterisk-queue-log"]), ["mara.lind", "rune.berg"]);
    assert_eq!(accounts(&["account:contains=LIND"]), ["mara.lind"]);
    assert_eq!(accounts(&["account:prefix=SIP/", "end_reason=signed_out"]), ["SIP/8007"]);
    assert_eq!(accounts(&["source_ip:cidr=203.0.113.8/32"]), ["rune.berg"]);
    assert_eq!(accounts(&["session_id:is_null", "duration:gte=14400", "duration:lte=14400"]), ["Agent/1001"]);
    assert_eq!(accounts(&["open=true"]), ["rune.berg", "SIP/8007"]);
}

#[test]
fn columns_order_zone_and_clock_are_as_asked() {
    let bench = imported();
    let args = [
        "--columns",
        "agent,login_time",
        "--sort",
        "login_time:desc",
        "--time-zone",
        "Asia/Kolkata",
        "--filter",
        "source=portal",
        "--format",
    ];
    let with = |more: &[&str]| report(&bench, "login-logout", &[&args[..], more].concat()).ok().stdout;
    assert_eq!(with(&["csv"]), "agent,login_time\r\nrune.berg,2025-11-20T13:36:40+05:30\r\nmara.lind,2025-11-20T13:20:10.12+05:30\r\n");
    assert_eq!(
        with(&["csv", "--clock", "utc"]),
        "agent,login_time\r\nrune.berg,2025-11-20T08:06:40Z\r\nmara.lind,2025-11-20T07:50:10.12Z\r\n"
    );
    assert_eq!(with(&["json", "--limit", "1"]), "{\"agent\":\"rune.berg\",\"login_time\":\"2025-11-20T13:36:40+05:30\"}\n");
    let table = with(&["table"]);
    assert!(table.contains("Agent") && table.contains("rune.berg  2025-11-20 13:36:40"), "{table}");
}

#[test]
fn a_limit_cuts_in_every_format() {
    let bench = imported();
    for (format, more) in [("json", 0), ("csv", 1), ("table", 2)] {
        for limit in [0, 1, 3] {
            let done = report(&bench, "login-logout", &["--format", format, "--limit", &limit.to_string()]).ok();
            assert_eq!(done.stdout.lines().count(), limit + more, "{format} {limit}: {}", done.stdout);
        }
    }
    let done = report(&bench, "login-logout", &["--limit", "3"]).ok();
    assert!(done.stderr.contains("\n3 of 5 rows, complete up to "), "{}", done.stderr);
}

#[test]
fn many_rows_stream_whole_in_every_format() {
    let bench = Bench::new();
    let lines: String = (0..12_345).map(|n| format!("{}|NONE|support|SIP/{n}|ADDMEMBER|\n", 1_763_625_598 + n % 5)).collect();
    bench.write("queue_log", lines);
    bench.run(&["import", "--format", "asterisk-queue-log", "queue_log"]).ok();
    for (format, more) in [("json", 0), ("csv", 1), ("table", 2)] {
        let lines = |args: &[&str]| report(&bench, "sign-in-log", &[&["--format", format], args].concat()).ok().stdout.lines().count();
        assert_eq!(lines(&[]), 12_345 + more, "{format}");
        assert_eq!(lines(&["--limit", "11000"]), 11_000 + more, "{format}");
    }
}

#[test]
fn sessions_that_span_the_range_are_added_if_asked_for() {
    let bench = imported();
    let rows = |args: &[&str]| {
        let noon = ["report", "login-logout", "--from", "2025-11-20T12:30:00", "--to", "2025-11-20T12:31:00", "--format", "json"];
        bench.run(&[&noon[..], args].concat()).ok().rows().len()
    };
    assert_eq!((rows(&[]), rows(&["--spanning"])), (0, 4));
}

#[test]
fn an_empty_store_has_headers_and_a_missing_one_is_named() {
    let bench = Bench::new();
    report(&bench, "login-logout", &[]).failed(2, "there is no data folder data");
    assert!(!bench.path("data").exists());
    std::fs::create_dir(bench.path("photos")).unwrap();
    std::fs::write(bench.path("photos/summer.txt"), "not a store").unwrap();
    bench.run(&["report", "login-logout", "--data", "photos"]).failed(2, "photos is no data folder");
    assert!(!bench.path("photos/ledger.db").exists());
    std::fs::create_dir(bench.path("data")).unwrap();
    let done = report(&bench, "sign-in-log", &[]).ok();
    assert!(done.stdout.starts_with("Account") && done.stderr.contains("0 rows, no events yet"), "{}{}", done.stdout, done.stderr);
    assert_eq!(report(&bench, "login-logout", &["--format", "csv", "--columns", "agent,duration"]).ok().stdout, "agent,duration\r\n");
    assert_eq!(report(&bench, "sign-in-log", &["--format", "json"]).ok().stdout, "");
}

#[test]
fn json_without_columns_carries_every_column() {
    let bench = imported();
    let rows = report(&bench, "login-logout", &["--format", "json", "--filter", "account=mara.lind"]).ok().rows();
    let names: Vec<&String> = rows[0].as_object().unwrap().keys().collect();
    let expected = rollcall_model::columns::SESSIONS.iter().map(|column| column.name).filter(|name| *name != "ended_at");
    assert!(expected.clone().all(|name| names.iter().any(|known| *known == name)), "{names:?}");
    assert_eq!(rows[0]["duration"], json!(30_602.7));
}

#[test]
fn a_definition_that_can_not_be_is_an_error_of_usage_that_names_what_can() {
    let bench = imported();
    let wrong = |args: &[&str], says: &str| {
        report(&bench, "login-logout", args).failed(2, says);
    };
    wrong(&["--filter", "nope=1"], "filters[0].field: expected one of agent, agent_id");
    wrong(&["--filter", "account:like=1"], "filters[0].op: expected one of in, not_in");
    wrong(&["--filter", "account"], "FIELD:OP=VALUE");
    wrong(&["--columns", "agent,nope"], "columns[1]: expected one of agent");
    wrong(&["--sort", "agent:up"], "FIELD:desc");
    wrong(&["--time-zone", "Mars/Olympus"], "time_zone: expected a time zone");
    bench.run(&["report", "login-logout", "--preset", "fortnight"]).failed(2, "range.preset: expected one of today, yesterday");
    bench.run(&["report", "login-logout", "--preset", "today", "--from", "2025-01-01"]).failed(2, "cannot be used with");
    bench.run(&["report", "login-logout", "--from", "2025-01-02", "--to", "2025-01-01"]).failed(2, "expected from to lie before to");
    bench.run(&["report", "audit"]).failed(2, "sign-in-log, login-logout");
}

#[test]
fn presets_may_be_written_with_hyphens() {
    let bench = imported();
    bench.run(&["report", "login-logout", "--preset", "last-7-days"]).ok();
}

#[test]
fn a_reader_that_has_seen_enough_ends_it_quietly() {
    let bench = Bench::new();
    let lines: String = (0..20_000).map(|n| format!("{}|NONE|support|SIP/{n}|ADDMEMBER|\n", 1_763_625_598 + n % 5)).collect();
    bench.write("queue_log", lines);
    bench.run(&["import", "--format", "asterisk-queue-log", "queue_log"]).ok();
    for format in ["csv", "json", "table"] {
        let mut child = bench.command(&["report", "sign-in-log", "--from", "2025-11-20", "--format", format]).spawn().unwrap();
        let mut first = String::new();
        BufReader::with_capacity(64, child.stdout.take().unwrap()).read_line(&mut first).unwrap();
        let output = child.wait_with_output().unwrap();
        assert_eq!((output.status.code(), String::from_utf8(output.stderr).unwrap()), (Some(0), String::new()), "{format}");
    }
}
