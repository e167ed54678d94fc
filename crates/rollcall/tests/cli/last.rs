//! What `last` prints for a `wtmp` file is what the login/logout report says about it.
//!
//! `last` shows an end for every session that is over, however it knows. Where it only concludes (the next
//! login on the line, a crash), the report has an inferred end with the same bound.

use std::collections::BTreeSet;
use std::process::Command;

use jiff::Timestamp;
use serde_json::Value;

use crate::process::Bench;

const RUN_LVL: i16 = 1;
const BOOT_TIME: i16 = 2;
const USER_PROCESS: i16 = 7;
const DEAD_PROCESS: i16 = 8;

/// A process id that no process has: Linux gives none above 4,194,304.
const NO_PROCESS: i32 = 2_000_000_000;

/// One record of utmp(5), as 64-bit Linux writes it.
fn record(kind: i16, pid: i32, line: &str, user: &str, host: &str, at: &str) -> Vec<u8> {
    let seconds = at.parse::<Timestamp>().unwrap().as_second();
    let mut bytes = vec![0; 384];
    let mut put = |at: usize, field: &[u8]| bytes[at..at + field.len()].copy_from_slice(field);
    put(0, &kind.to_le_bytes());
    put(4, &pid.to_le_bytes());
    put(8, line.as_bytes());
    put(40, &line.as_bytes()[line.len().saturating_sub(4)..]);
    put(44, user.as_bytes());
    put(76, host.as_bytes());
    put(340, &u32::try_from(seconds).unwrap().to_le_bytes());
    bytes
}

fn wtmp() -> Vec<u8> {
    let boot = |at| record(BOOT_TIME, 0, "~", "reboot", "6.1.0-13-amd64", at);
    let shutdown = |at| record(RUN_LVL, 0, "~", "shutdown", "6.1.0-13-amd64", at);
    let login = |line, user, host, at| record(USER_PROCESS, NO_PROCESS, line, user, host, at);
    let logout = |line, at| record(DEAD_PROCESS, NO_PROCESS, line, "", "", at);
    [
        boot("2025-03-03T06:00:00Z"),
        login("pts/0", "mara", "203.0.113.7", "2025-03-03T08:00:01Z"),
        login("tty1", "rune", "", "2025-03-03T08:30:02Z"),
        logout("pts/0", "2025-03-03T16:00:03Z"),
        // The same line again, by somebody else, who does not log out before the next one comes.
        login("pts/0", "noor", "203.0.113.9", "2025-03-03T17:00:04Z"),
        login("pts/0", "mara", "203.0.113.7", "2025-03-03T18:00:05Z"),
        // The machine crashes with rune and mara logged in.
        boot("2025-03-04T05:00:06Z"),
        login("pts/1", "edda", "host.example", "2025-03-04T08:00:07Z"),
        login("pts/2", "edda", "host.example", "2025-03-04T09:00:08Z"),
        logout("pts/2", "2025-03-04T09:30:09Z"),
        // A proper shutdown ends pts/1.
        shutdown("2025-03-04T20:00:10Z"),
        boot("2025-03-05T06:00:11Z"),
        // Over midnight, and over a day.
        login("pts/3", "noor", "", "2025-03-05T22:00:12Z"),
        logout("pts/3", "2025-03-07T02:00:13Z"),
        // Never logged out.
        login("tty2", "rune", "", "2025-03-07T10:00:14Z"),
    ]
    .concat()
}

/// A session as both tell it: who, on which line, from when, until when, and how it ended.
type Told = (String, String, Timestamp, Option<Timestamp>, &'static str);

fn moment(text: &str) -> Timestamp {
    jiff::fmt::strtime::parse("%a %b %d %H:%M:%S %Y", text)
        .unwrap()
        .to_datetime()
        .unwrap()
        .to_zoned(jiff::tz::TimeZone::UTC)
        .unwrap()
        .timestamp()
}

/// Where `last` says no time for an end, it says how long the session lasted, to the minute.
fn lasted(text: &str) -> i64 {
    let text = text.trim().trim_matches(['(', ')']);
    let (days, clock) = text.split_once('+').unwrap_or(("0", text));
    let (hours, minutes) = clock.split_once(':').unwrap();
    let number = |text: &str| text.parse::<i64>().unwrap();
    (number(days) * 24 + number(hours)) * 60 + number(minutes)
}

/// What `last -F` prints, without restarts.
fn by_last(bench: &Bench, file: &str, restarts: &[Timestamp]) -> BTreeSet<Told> {
    let output = Command::new("last").args(["-F", "-w", "-f"]).arg(bench.path(file)).env("TZ", "UTC").env("LC_ALL", "C").output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let sessions = text
        .lines()
        .filter(|line| !line.is_empty() && !line.contains("system boot") && !line.starts_with("wtmp") && !line.contains(" begins "));
    sessions.map(|line| session_of_last(line, restarts)).collect()
}

/// `user  line  host  Tue Mar  4 08:00:07 2025 - down  (12:00)`
fn session_of_last(line: &str, restarts: &[Timestamp]) -> Told {
    let words: Vec<&str> = line.split_whitespace().collect();
    let weekdays = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
    let at = words.iter().position(|word| weekdays.contains(word)).unwrap();
    let login = moment(&words[at..at + 5].join(" "));
    let rest = &words[at + 5..];
    let (end, how) = match rest {
        ["-", day, month, date, time, year, _] => (Some(moment(&[*day, month, date, time, year].join(" "))), "ended"),
        ["-", how @ ("crash" | "down"), duration] => {
            let minutes = lasted(duration);
            let end = restarts.iter().find(|restart| (restart.as_second() - login.as_second()) / 60 == minutes);
            (Some(*end.unwrap_or_else(|| panic!("no restart for {line}"))), if *how == "crash" { "crash" } else { "down" })
        }
        ["gone", "-", "no", "logout"] | ["still", "logged", "in"] => (None, "open"),
        _ => panic!("last said {line:?}"),
    };
    (words[0].to_owned(), words[1].to_owned(), login, end, how)
}

/// What the report says.
fn by_report(bench: &Bench) -> BTreeSet<Told> {
    let rows = bench.run(&["report", "login-logout", "--from", "2025-03-01", "--to", "2025-03-31", "--format", "json"]).ok().rows();
    rows.iter().map(session_of_report).collect()
}

fn session_of_report(row: &Value) -> Told {
    let text = |name: &str| row[name].as_str();
    let time = |name: &str| text(name).map(|text| text.parse::<Timestamp>().unwrap());
    let inferred = row["end_inferred"].as_bool().unwrap();
    let (end, how) = match (text("end_reason").unwrap(), inferred) {
        ("signed_out", false) => (time("logout_time"), "ended"),
        ("superseded", true) => (time("ended_no_later_than"), "ended"),
        ("system_restart", true) => (time("ended_no_later_than"), "crash"),
        ("system_restart", false) => (time("logout_time"), "down"),
        ("still_open", false) => (None, "open"),
        other => panic!("{other:?} in {row}"),
    };
    // An inferred end is a bound and no time of logout, so there is no duration either.
    assert_eq!(inferred || how == "open", row["logout_time"].is_null() && row["duration"].is_null(), "{row}");
    (text("account").unwrap().to_owned(), text("channel").unwrap().to_owned(), time("login_time").unwrap(), end, how)
}

#[test]
fn the_report_says_what_last_says() {
    let bench = Bench::new();
    let file = bench.write("wtmp", wtmp());
    let done = bench.run(&["import", "--format", "wtmp", "--strict", &file]).ok();
    assert_eq!((done.count("events"), done.count("added")), (15, 15));
    let restarts = ["2025-03-04T05:00:06Z", "2025-03-04T20:00:10Z"].map(|at| at.parse().unwrap());
    let last = by_last(&bench, &file, &restarts);
    assert_eq!(last.len(), 8, "{last:#?}");
    let ends: BTreeSet<&str> = last.iter().map(|session| session.4).collect();
    assert_eq!(ends, BTreeSet::from(["crash", "down", "ended", "open"]));
    assert_eq!(by_report(&bench), last);
}
