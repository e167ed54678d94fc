//! Runs `tests/worked_cases/*.txt`: the specification, case by case.
//!
//! A case begins with `== NAME` and has blocks of indented lines: `limits:`, `events:`, and what is
//! expected: `sessions:`, `as of TIME:`, `report TIME to TIME:` (with `spanning` behind it if wanted).
//! Lines that begin with `#` say which rule a file is about. The notation is in `notation.rs`.

use std::path::Path;

use rollcall_model::{Session, Timestamp};
use rollcall_sessions::{AccessEvent, Limits, SourceLimits, sessions_of};

use crate::laws;
use crate::notation::{event, limits, normalized, session_line, time};

#[derive(Default)]
struct Case {
    name: String,
    events: Vec<AccessEvent>,
    limits: Vec<(String, Limits)>,
    expectations: Vec<Expectation>,
}

impl Case {
    fn limits(&self) -> SourceLimits {
        self.limits.iter().cloned().collect()
    }
}

struct Expectation {
    asked: String,
    sessions: Vec<String>,
}

#[test]
fn every_worked_case_holds() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/worked_cases");
    let mut cases = 0;
    let mut failures = Vec::new();
    for entry in std::fs::read_dir(&folder).expect("the folder of the worked cases") {
        let path = entry.expect("a file of worked cases").path();
        let text = std::fs::read_to_string(&path).expect("a readable file of worked cases");
        for case in read(&text) {
            cases += 1;
            let file = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            check(&case, |what| failures.push(format!("{file}: {}\n{what}", case.name)));
            laws::check_all(&case.events, &case.limits());
        }
    }
    assert!(failures.is_empty(), "\n{}", failures.join("\n"));
    assert!(cases > 50, "only {cases} cases were found in {}", folder.display());
}

fn check(case: &Case, mut fail: impl FnMut(String)) {
    assert!(!case.expectations.is_empty(), "{} expects nothing", case.name);
    for Expectation { asked, sessions } in &case.expectations {
        let mut expected: Vec<String> = sessions.iter().map(|line| normalized(line)).collect();
        let mut got: Vec<String> = answer(case, asked).iter().map(|session| normalized(&session_line(session))).collect();
        expected.sort_unstable();
        got.sort_unstable();
        if expected != got {
            fail(format!("  {asked}\n    expected\n      {}\n    got\n      {}", expected.join("\n      "), got.join("\n      ")));
        }
    }
}

/// The sessions that an expectation is about.
fn answer(case: &Case, asked: &str) -> Vec<Session> {
    let all = sessions_of(&case.events, &case.limits());
    match asked.split_whitespace().collect::<Vec<_>>()[..] {
        ["sessions"] => all,
        ["as", "of", moment] => as_of(&all, time(moment)),
        ["report", from, "to", to] => report(&all, time(from), time(to), false),
        ["report", from, "to", to, "spanning"] => report(&all, time(from), time(to), true),
        _ => panic!("{}: no such question: {asked:?}", case.name),
    }
}

fn as_of(sessions: &[Session], moment: Timestamp) -> Vec<Session> {
    sessions.iter().filter_map(|session| session.as_of(moment)).collect()
}

/// The range rule of the login/logout report: the world as of `to`; a session is a row if its login or
/// its end lies in [from, to), or, if asked for, when it spans the range.
fn report(sessions: &[Session], from: Timestamp, to: Timestamp, spanning: bool) -> Vec<Session> {
    let mut rows = as_of(sessions, to);
    rows.retain(|session| {
        let within = |moment: Option<Timestamp>| moment.is_some_and(|t| from <= t && t < to);
        let spans = session.login_time.is_some_and(|t| t < from) && session.open;
        within(session.login_time) || within(session.end_time()) || (spanning && spans)
    });
    rows
}

fn read(text: &str) -> Vec<Case> {
    let mut cases: Vec<Case> = Vec::new();
    let mut block = String::new();
    for (number, line) in text.lines().enumerate() {
        let content = line.trim();
        if content.is_empty() || content.starts_with('#') {
            continue;
        }
        if let Some(name) = content.strip_prefix("== ") {
            cases.push(Case { name: name.to_owned(), ..Case::default() });
            block.clear();
            continue;
        }
        let case = cases.last_mut().unwrap_or_else(|| panic!("a line before the first case: {line:?}"));
        if let Some(header) = content.strip_suffix(':') {
            block = header.to_owned();
            if !matches!(header, "limits" | "events") {
                case.expectations.push(Expectation { asked: header.to_owned(), sessions: Vec::new() });
            }
            continue;
        }
        match (block.as_str(), case.expectations.last_mut()) {
            ("limits", _) => case.limits.push(limits(content)),
            ("events", _) => case.events.push(event(content, number as u128 + 1)),
            (_, Some(expectation)) => expectation.sessions.push(content.to_owned()),
            (_, None) => panic!("{}: a line outside of a block: {line:?}", case.name),
        }
    }
    cases
}
