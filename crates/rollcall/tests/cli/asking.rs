//! What is asked about rows instead of the rows: groups, values, bars, signed-in time, and definitions from elsewhere.

use serde_json::json;

use crate::main_job::imported;
use crate::process::{Bench, Done};

fn report(bench: &Bench, args: &[&str]) -> Done {
    bench.run(&[&["report", "login-logout", "--from", "2025-11-20", "--to", "2025-11-21"], args].concat())
}

/// The lines of a table, without the header and the line below it, each with single spaces.
fn cells(done: &Done) -> Vec<String> {
    done.stdout.lines().skip(2).map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect()
}

#[test]
fn groups_are_printed_in_every_format() {
    let bench = imported();
    let grouped = &["--group-by", "channel,login_time:day", "--measures", "count,agents,duration_sum"];
    for archived in [false, true] {
        let table = report(&bench, grouped).ok();
        let header = table.stdout.lines().next().unwrap().split("  ").map(str::trim).filter(|cell| !cell.is_empty()).collect::<Vec<_>>();
        assert_eq!(header, ["Channel", "Login time by day", "Rows", "Agents", "Total duration"]);
        let rows = [
            "phone 2025-11-20 1 1 4:00:00",
            "queue/support 2025-11-20 1 1 8:10:02",
            "queue/support 2025-11-21 1 1",
            "sso 2025-11-20 2 2 8:30:02",
        ];
        assert_eq!(cells(&table), rows, "archived: {archived}");
        assert!(table.stderr.contains("\n4 groups, complete up to "), "{}", table.stderr);
        let outer =
            report(&bench, &[grouped, &["--depth", "1", "--sort", "count:desc", "--sort", "channel", "--format", "csv"][..]].concat())
                .ok()
                .stdout;
        assert_eq!(outer, "channel,count,agents,duration_sum\r\nqueue/support,2,1,29402\r\nsso,2,2,30602.7\r\nphone,1,1,14400\r\n");
        let first =
            report(&bench, &["--group-by", "channel", "--group-sort", "channel:desc", "--limit", "1", "--format", "json"]).ok().rows();
        let drill_down = json!([{"field": "channel", "op": "in", "values": ["sso"]}]);
        assert_eq!(first, [json!({"keys": {"channel": "sso"}, "measures": {"count": 2}, "drill_down": drill_down})]);
        bench.run(&["archive"]).ok();
    }
    // The group's filter in addition, and as rows.
    let rows = report(
        &bench,
        &["--group-by", "channel", "--rows", "--filter", "channel=sso", "--columns", "agent", "--sort", "agent", "--format", "csv"],
    );
    assert_eq!(rows.ok().stdout, "agent\r\nmara.lind\r\nrune.berg\r\n");
    let none = report(&bench, &["--group-by", "channel", "--filter", "account=nobody", "--format", "csv"]).ok();
    assert_eq!(none.stdout, "channel,count\r\n");
}

#[test]
fn a_limit_cuts_groups_and_days_in_every_format() {
    let bench = imported();
    for (asked, all) in [(&["--group-by", "channel"][..], 3), (&["--signed-in"], 6)] {
        for (format, more) in [("json", 0), ("csv", 1), ("table", 2)] {
            let lines = |limit: &[&str]| report(&bench, &[asked, &["--format", format], limit].concat()).ok().stdout.lines().count() - more;
            assert_eq!((lines(&[]), lines(&["--limit", "2"]), lines(&["--limit", "20000"])), (all, 2, all), "{asked:?} {format}");
        }
    }
}

#[test]
fn buckets_of_hours_and_months_are_told_as_such() {
    let bench = imported();
    let by =
        |bucket: &str| cells(&report(&bench, &["--group-by", &format!("login_time:{bucket}"), "--time-zone", "Europe/Stockholm"]).ok());
    assert_eq!(by("month"), ["2025-11 5"]);
    assert_eq!(by("week"), ["2025-11-17 5"]);
    assert_eq!(by("six-hours"), ["2025-11-20 06:00:00 3", "2025-11-20 12:00:00 1", "2025-11-21 06:00:00 1"]);
}

#[test]
fn values_are_printed_with_their_rows() {
    let bench = imported();
    let table = report(&bench, &["--facets", "channel,end_reason", "--top", "2"]).ok();
    // Of a closed vocabulary, what did not occur is told too.
    let expected = [
        "Channel queue/support 2",
        "sso 2",
        "(1 other) 1",
        "End reason Signed out (signed_out) 2",
        "Still open (still_open) 2",
        "Signed out by force (forced_out) 0 did not occur",
        "Signed in again (superseded) 0 did not occur",
        "(1 other) 1",
        "(4 more) 0 did not occur",
    ];
    assert_eq!(cells(&table), expected);
    let csv = report(&bench, &["--facets", "channel", "--search", "S", "--format", "csv"]).ok().stdout;
    assert_eq!(csv, "field,value,label,rows,occurred,origin\r\nchannel,queue/support,,2,true,\r\nchannel,sso,,2,true,\r\n");
    let rows = report(&bench, &["--facets", "--format", "json"]).ok().rows();
    let fields: Vec<&str> = rows.iter().map(|facet| facet["field"].as_str().unwrap()).collect();
    assert_eq!(fields, ["agent", "hierarchy", "routing_profile"]);
    assert_eq!(rows[2]["missing"], 5);
    // What is known and did not occur is marked.
    let audit = ["report", "activity-audit", "--from", "2025-11-20", "--to", "2025-11-21", "--facets", "application", "--top", "1"];
    let table = bench.run(&audit).ok();
    let lines = cells(&table);
    assert_eq!((lines[0].as_str(), lines[2].as_str()), ("Application portal 4", "(no value) 7"));
    assert!(lines[1].ends_with(" 0 did not occur") && lines[3].ends_with(" more) 0 did not occur"), "{lines:?}");
}

#[test]
fn bars_are_printed_over_the_range() {
    let bench = imported();
    let table = report(&bench, &["--histogram", "day", "--split", "source"]).ok();
    assert!(table.stdout.starts_with("From        Rows  asterisk-queue-log  portal"), "{}", table.stdout);
    assert_eq!(cells(&table), [format!("2025-11-20 4 2 2 {}", "█".repeat(40)), format!("2025-11-21 1 1 0 {}", "█".repeat(10))]);
    let csv = report(&bench, &["--histogram", "day", "--split", "source", "--top", "1", "--format", "csv"]).ok().stdout;
    let expected = "from,to,rows,asterisk-queue-log,others\r\n2025-11-20T00:00:00Z,2025-11-21T00:00:00Z,4,2,2\r\n\
                    2025-11-21T00:00:00Z,2025-11-22T00:00:00Z,1,1,0\r\n";
    assert_eq!(csv, expected);
    let bars = report(&bench, &["--histogram", "--time", "logout_time", "--format", "json"]).ok().rows();
    assert_eq!((bars.len(), bars.iter().map(|bar| bar["rows"].as_u64().unwrap()).sum::<u64>()), (48, 3));
    let table = report(&bench, &["--histogram", "day", "--time", "logout_time"]).ok();
    assert!(table.stderr.contains("in no bar: 2 rows"), "{}", table.stderr);
}

#[test]
fn signed_in_time_is_printed_by_agent_and_day() {
    let bench = imported();
    let day = &["--signed-in", "--filter", "source=asterisk-queue-log"];
    let table = report(&bench, day).ok();
    let expected = [
        "Agent/1001 2025-11-20 4:00:00 1 phone 4:00:00 no no",
        "SIP/8007 2025-11-20 8:10:02 1 queue/support 8:10:02 no no",
        "SIP/8007 2025-11-21 16:00:00 1 queue/support 16:00:00 yes no",
    ];
    assert_eq!(cells(&table), expected);
    assert!(
        table.stderr.contains("\n3 agent-days, ") && table.stderr.contains("\n2 agents, signed in for 28:10:02 altogether\n"),
        "{}",
        table.stderr
    );
    let rows = report(&bench, &[day, &["--format", "json"][..]].concat()).ok().rows();
    assert_eq!((&rows[1]["seconds"], &rows[1]["day"]), (&json!(29_402), &json!("2025-11-20")));
}

#[test]
fn a_definition_comes_from_a_file_from_stdin_and_from_an_address() {
    let bench = imported();
    let link = report(&bench, &["--group-by", "channel", "--filter", "channel=sso", "--link"]).ok().stdout;
    let definition = json!({
        "report": "login-logout", "range": {"from": "2025-11-20", "to": "2025-11-21"}, "group_by": [{"field": "channel"}],
        "filters": [{"field": "channel", "values": ["sso"]}],
    });
    let text = definition.to_string();
    let file = bench.write("definition.json", &text);
    let run = |from: &str, args: &[&str]| {
        bench.run_on(text.as_bytes(), &[&["report", "run", "--definition", from, "--format", "csv"], args].concat()).ok().stdout
    };
    for from in [link.trim(), &file, "-"] {
        assert_eq!(run(from, &[]), "channel,count\r\nsso,2\r\n", "{from}");
        // What flags say takes its place, and their filters come to those that there are.
        let changed = ["--rows", "--filter", "account=mara.lind", "--columns", "agent,login_time", "--clock", "utc"];
        assert_eq!(run(from, &changed), "agent,login_time\r\nmara.lind,2025-11-20T07:50:10.12Z\r\n", "{from}");
        assert_eq!(run(from, &["--from", "2025-11-21"]), "channel,count\r\n", "{from}");
    }
    let refused = |from: &str, says: &str| {
        bench.run_on(b"{]", &["report", "run", "--definition", from]).failed(2, says);
    };
    refused("-", "expected a report definition as JSON");
    refused("none.json", "there is no file none.json");
    refused("none", "expected the compact form of a definition");
    let kindless = bench.write("kindless.json", "{}");
    refused(&kindless, "names its kind of report");
    bench.run(&["report", "run"]).failed(2, "REPORT");
    bench.run(&["report", "run", "x", "--definition", "-"]).failed(2, "cannot be used with");
}

#[test]
fn what_comes_with_the_product_is_listed_and_run_by_its_id() {
    let bench = imported();
    let ids: Vec<String> =
        bench.run(&["report", "shipped", "--format", "json"]).ok().rows().iter().map(|row| row["id"].to_string()).collect();
    assert!(ids.contains(&"\"failed_sign_ins\"".to_owned()), "{ids:?}");
    assert!(bench.run(&["report", "shipped"]).ok().stdout.contains("Failed sign-ins"));
    for id in ["failed_sign_ins", "failed-sign-ins"] {
        let done = bench.run(&[
            "report",
            "run",
            id,
            "--from",
            "2025-11-20",
            "--to",
            "2025-11-20",
            "--columns",
            "account,failure_code",
            "--format",
            "csv",
        ]);
        assert_eq!(done.ok().stdout, "account,failure_code\r\nmara.lind,invalid_user_credentials\r\n");
    }
    // One's own comes first.
    bench
        .run(&["report", "save", "failed_sign_ins", "login-logout", "--from", "2025-11-20", "--to", "2025-11-20", "--group-by", "channel"])
        .ok();
    assert_eq!(
        bench.run(&["report", "run", "failed_sign_ins", "--format", "csv", "--limit", "1"]).ok().stdout,
        "channel,count\r\nphone,1\r\n"
    );
    bench.run(&["report", "run", "forced"]).failed(1, "there is no saved report forced, and none that comes with the product has that id");
}

#[test]
fn what_makes_no_sense_together_is_an_error_of_usage() {
    let bench = imported();
    let wrong = |args: &[&str], says: &str| {
        report(&bench, args).failed(2, says);
    };
    wrong(&["--facets", "channel", "--histogram", "day"], "cannot be used with");
    wrong(&["--search", "x"], "--search says nothing alone: expected --facets too");
    wrong(&["--depth", "1"], "--depth is about groups: expected --group-by too");
    wrong(&["--measures", "count"], "expected --group-by too");
    wrong(&["--facets", "channel", "--limit", "5"], "for values there is --top");
    wrong(&["--group-by", "channel", "--depth", "2"], "depth: expected 0 to 1, as many keys as group_by has; got 2");
    wrong(&["--group-by", "colour"], "group_by[0].field: expected one of agent, ");
    wrong(&["--group-by", "login_time:fortnight"], "group_by[0].bucket: expected one of minute");
    wrong(&["--group-by", "channel", "--measures", "mode"], "measures[0]: expected one of count, agents");
    wrong(&["--group-by", "channel", "--group-sort", "agent"], "group_sort[0].field: expected one of channel, count");
    wrong(&["--facets", "login_time"], "facets[0].field: expected one of");
    wrong(&["--histogram", "fortnight"], "histogram.bucket: expected one of minute");
    bench.run(&["report", "sign-in-log", "--signed-in"]).failed(2, "report: expected one of login_logout");
}

#[test]
fn a_served_store_is_asked_by_its_address_with_a_key_that_may_read() {
    let bench = imported();
    let (reader, writer) = (bench.key(&["reports:read"]), bench.key(&["events:write"]));
    let server = bench.serve(&[]);
    for asked in [&["--group-by", "channel"][..], &["--facets", "channel"], &["--histogram", "day"], &["--signed-in"], &["--link"]] {
        let by_address = |key: &str| {
            let args = [&["report", "login-logout", "--from", "2025-11-20", "--to", "2025-11-21", "--url", &server.url], asked].concat();
            bench.run_with(&[("ROLLCALL_KEY", key)], &args)
        };
        assert_eq!(by_address(&reader).ok().stdout, report(&bench, asked).ok().stdout, "{asked:?}");
        by_address(&writer).failed(1, "reports:read");
    }
}
