//! The notation of the worked cases: one line for an event, one for a session.
//!
//! An event: `TIME ACTIVITY AGENT CHANNEL WORD…`, for a start or stop of the source just
//! `TIME ACTIVITY WORD…`. The words: `id=` session id, `employee=`, `line=` a stream of its own, `by=`
//! who triggered it, `system` (the system did), `failed`, `source=`, `event=` its number among ties
//! (else the number of its line). `-` stands for no agent or no channel.
//!
//! A session: `LOGIN..END AGENT CHANNEL REASON WORD…`. The end is `16:00` if observed, `<=16:00` if
//! inferred, missing if it is open; an unknown login is `?`. The words: `impersonation`, `id=`,
//! `forced` (the login), `alive=` last sign of life, `by=` who ended it, `impersonator=`, `limit=` when
//! an open one will have expired, `employee=`, `line=`, `source=`.

use std::collections::BTreeMap;

use rollcall_model::{AccessActivity, Session, SessionKind, Timestamp};
use rollcall_sessions::{AccessEvent, Limits};
use uuid::Uuid;

/// The source of a line that names none.
pub(crate) const SOURCE: &str = "portal";
const DAY: &str = "2026-04-15";

/// A time of the day on which all cases play: `08:00`, `08:00:05` or finer.
pub(crate) fn time(text: &str) -> Timestamp {
    let seconds = if text.len() == 5 { ":00" } else { "" };
    format!("{DAY}T{text}{seconds}Z").parse().unwrap_or_else(|e| panic!("{text:?} is no time of day: {e}"))
}

/// Reads the line of an event.
pub(crate) fn event(line: &str, number: u128) -> AccessEvent {
    let mut words = line.split_whitespace();
    let mut next = || words.next().unwrap_or_else(|| panic!("an event lacks a word: {line:?}"));
    let event_time = time(next());
    let word = next();
    let activity = AccessActivity::from_word(word).unwrap_or_else(|| panic!("no activity {word:?}: {line:?}"));
    let of_source = matches!(activity, AccessActivity::SystemStart | AccessActivity::SystemStop);
    let (account, channel) = if of_source { (None, None) } else { (some(next()), some(next())) };
    let mut event = AccessEvent {
        event_id: Uuid::from_u128(number),
        event_time,
        source: SOURCE.to_owned(),
        activity,
        success: true,
        stream: None,
        channel,
        session_id: None,
        account,
        employee_id: None,
        agent_name: None,
        routing_profile: None,
        hierarchy: None,
        brand: None,
        sign_in_method: None,
        source_ip: None,
        tags: BTreeMap::new(),
        by_system: false,
        triggered_by: None,
    };
    for word in words {
        let (key, value) = word.split_once('=').unwrap_or((word, ""));
        match key {
            "id" => event.session_id = some(value),
            "employee" => event.employee_id = some(value),
            "line" => event.stream = some(value),
            "by" => event.triggered_by = some(value),
            "system" => event.by_system = true,
            "failed" => event.success = false,
            "source" => event.source = value.to_owned(),
            "event" => event.event_id = Uuid::from_u128(value.parse().unwrap_or_else(|e| panic!("{line:?}: {e}"))),
            _ => panic!("no word {word:?} for an event: {line:?}"),
        }
    }
    event
}

/// Reads limits: `portal idle=60m longest=8h`.
pub(crate) fn limits(line: &str) -> (String, Limits) {
    let mut words = line.split_whitespace();
    let source = words.next().unwrap_or_else(|| panic!("limits name a source")).to_owned();
    let mut limits = Limits::default();
    for word in words {
        match word.split_once('=') {
            Some(("idle", span)) => limits.idle_micros = Some(micros(span)),
            Some(("longest", span)) => limits.longest_micros = Some(micros(span)),
            _ => panic!("no limit {word:?}: {line:?}"),
        }
    }
    (source, limits)
}

/// Writes the line of a session.
pub(crate) fn session_line(session: &Session) -> String {
    let login = session.login_time.map_or("?".to_owned(), clock);
    let end = match (session.logout_time, session.ended_no_later_than) {
        (Some(logout), None) => clock(logout),
        (None, Some(bound)) if !session.open => format!("<={}", clock(bound)),
        (None, _) => String::new(),
        (Some(_), Some(_)) => panic!("both an observed and an inferred end: {session:?}"),
    };
    let mut line = format!("{login}..{end} {} {} {}", text(&session.account), text(&session.channel), session.end_reason);
    let mut word = |key: &str, value: Option<String>| {
        if let Some(value) = value {
            line.push_str(&format!(" {key}={value}"));
        }
    };
    word("id", session.session_id.clone());
    word("employee", session.employee_id.clone());
    word("line", session.stream.clone());
    word("source", Some(session.source.clone()).filter(|source| source != SOURCE));
    word("alive", session.last_sign_of_life.map(clock));
    word("by", session.ended_by.clone());
    word("impersonator", session.impersonator.clone());
    word("limit", session.ended_no_later_than.filter(|_| session.open).map(clock));
    line.push_str(if session.login_forced { " forced" } else { "" });
    line.push_str(if session.kind == SessionKind::Impersonation { " impersonation" } else { "" });
    line
}

/// A line with its words (all but the first four) in one order, so that they may be written in any.
pub(crate) fn normalized(line: &str) -> String {
    let mut words: Vec<&str> = line.split_whitespace().collect();
    let fixed = words.len().min(4);
    words[fixed..].sort_unstable();
    words.join(" ")
}

fn some(word: &str) -> Option<String> {
    (word != "-").then(|| word.to_owned())
}

fn text(value: &Option<String>) -> &str {
    value.as_deref().unwrap_or("-")
}

fn clock(moment: Timestamp) -> String {
    let text = moment.to_string();
    let time = text.strip_prefix(&format!("{DAY}T")).and_then(|t| t.strip_suffix('Z'));
    let time = time.unwrap_or_else(|| panic!("{text} is on another day"));
    time.strip_suffix(":00").unwrap_or(time).to_owned()
}

fn micros(span: &str) -> i64 {
    let (number, unit) = span.split_at(span.len() - 1);
    let seconds = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3_600,
        _ => panic!("no unit of time in {span:?}"),
    };
    number.parse::<i64>().unwrap_or_else(|e| panic!("{span:?}: {e}")) * seconds * 1_000_000
}
