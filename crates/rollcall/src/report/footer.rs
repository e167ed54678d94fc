//! What is told below a table: the range, how many rows, and up to which moment it is complete.

use std::fmt::Write as _;

use rollcall_model::Timestamp;
use rollcall_model::zone::Zone;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::table::{Column, hours, printable, shown_moment};
use super::told::Told;

/// What an answer says besides its rows.
#[derive(Debug, Deserialize)]
pub(crate) struct Answer {
    range: Range,
    #[serde(default)]
    pub(crate) columns: Vec<Column>,
    pub(crate) total: u64,
    pub(crate) next_cursor: Option<String>,
    watermark: Watermark,
    /// Rows, groups or days, if some were asked for.
    #[serde(default, alias = "groups", alias = "days")]
    pub(crate) rows: Vec<Box<RawValue>>,
    /// The keys of groups.
    #[serde(default)]
    pub(crate) group_by: Vec<Key>,
    /// Measures of groups that are not exact.
    #[serde(default)]
    approximate: Vec<String>,
    /// Of days: how many agents.
    agents: Option<u64>,
    /// Of days: the seconds of all of them.
    seconds: Option<f64>,
    /// Of days: sessions that are left out because their login is not known.
    #[serde(default)]
    unknown_logins: u64,
    /// Of days: sessions that are left out because they name nobody.
    #[serde(default)]
    nameless: u64,
}

/// A key of groups.
#[derive(Debug, Deserialize)]
pub(crate) struct Key {
    pub(crate) name: String,
    pub(crate) bucket: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Range {
    time_zone: String,
    words: String,
}

#[derive(Debug, Deserialize)]
struct Watermark {
    complete_to: Option<Timestamp>,
    #[serde(default)]
    held_back_by: Option<String>,
    /// Whether the range is complete.
    #[serde(default)]
    complete: bool,
    seq: i64,
    sources: Vec<Source>,
}

#[derive(Debug, Deserialize)]
struct Source {
    source: String,
    silent_seconds: Option<i64>,
    clock_ahead_seconds: Option<i64>,
    #[serde(default)]
    rejected: Option<i64>,
}

impl Answer {
    /// The report's zone.
    pub(crate) fn zone(&self) -> Zone {
        Zone::new(&self.range.time_zone).unwrap_or_else(|_| Zone::utc())
    }

    /// The lines below a table that says something about all of it.
    pub(crate) fn footer_of_all(&self, told: Told) -> String {
        self.footer(told, self.total)
    }

    /// The lines below a table of `shown` of what is told.
    pub(crate) fn footer(&self, told: Told, shown: u64) -> String {
        let total = counted(self.total, told.nouns());
        self.footer_of(&if shown < self.total { format!("{shown} of {total}") } else { total })
    }

    /// The lines below a table that shows so much.
    pub(crate) fn footer_of(&self, shown: &str) -> String {
        let mut text = format!("\n{}\n{shown}, {}\n", self.range.words, self.completeness());
        // Writing into a text does not fail.
        if let (Some(agents), Some(seconds)) = (self.agents, self.seconds) {
            let _ = writeln!(text, "{}, signed in for {} altogether", counted(agents, ("agent", "agents")), hours(seconds));
        }
        for (left_out, why) in [(self.unknown_logins, "whose login is not known"), (self.nameless, "that name nobody")] {
            if left_out > 0 {
                let _ = writeln!(text, "left out: {} {why}", counted(left_out, ("session", "sessions")));
            }
        }
        if !self.approximate.is_empty() {
            let _ = writeln!(text, "approximate: {}", self.approximate.join(", "));
        }
        for source in &self.watermark.sources {
            let name = printable(&source.source);
            if let Some(seconds) = source.silent_seconds {
                let _ = writeln!(text, "silent: {name} for {}", spoken(seconds));
            }
            if let Some(seconds) = source.clock_ahead_seconds {
                let _ = writeln!(text, "clock ahead: {name} by {}", spoken(seconds));
            }
            let rejected = source.rejected.unwrap_or_default();
            if rejected > 0 {
                let rejected = counted(rejected.unsigned_abs(), ("record", "records"));
                let _ = writeln!(text, "rejected: {rejected} of {name}");
            }
        }
        text
    }

    /// Up to which moment the rows are complete, and who holds that back where more was asked.
    fn completeness(&self) -> String {
        let Watermark { complete_to, held_back_by, complete, seq, .. } = &self.watermark;
        let zone = self.zone();
        match (complete_to, held_back_by) {
            (Some(moment), Some(source)) if !complete => {
                format!("complete up to {} ({}), held back by {}", shown_moment(*moment, &zone), zone.name(), printable(source))
            }
            (Some(moment), _) => format!("complete up to {} ({})", shown_moment(*moment, &zone), zone.name()),
            (None, _) if *seq > 0 => format!("as known at seq {seq}"),
            (None, _) => "no events yet".to_owned(),
        }
    }
}

/// So many of something, by its words for one and for several.
pub(crate) fn counted(number: u64, (one, several): (&str, &str)) -> String {
    format!("{number} {}", if number == 1 { one } else { several })
}

/// A length of time in its two largest units.
fn spoken(seconds: i64) -> String {
    let units = [(86_400, "d"), (3_600, "h"), (60, "min"), (1, "s")];
    let Some(at) = units.iter().position(|(size, _)| seconds >= *size) else { return "0 s".to_owned() };
    let mut rest = seconds;
    let mut parts = Vec::new();
    for (size, unit) in units.iter().skip(at).take(2) {
        if rest >= *size {
            parts.push(format!("{} {unit}", rest / size));
        }
        rest %= size;
    }
    parts.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_of_time_are_told_in_two_units() {
        assert_eq!([0, 59, 60, 3_725, 90_000, 864_000].map(spoken), ["0 s", "59 s", "1 min", "1 h 2 min", "1 d 1 h", "10 d"]);
    }

    #[test]
    fn a_footer_tells_range_rows_completeness_and_what_is_odd() {
        let answer = |total: u64| -> Answer {
            serde_json::from_value(serde_json::json!({
                "report": "login_logout",
                "range": {"from": "x", "to": "y", "as_of": "y", "time_zone": "Europe/Stockholm", "words": "from x to y"},
                "columns": [], "total": total, "next_cursor": null,
                "watermark": {"complete_to": "2026-11-20T22:10:00Z", "held_back_by": "portal", "complete": false, "seq": 5, "sources": [
                    {"source": "pbx", "newest_event_time": "x", "silent_seconds": 7200, "clock_ahead_seconds": null, "rejected": 3},
                    {"source": "portal", "silent_seconds": null, "clock_ahead_seconds": 90},
                    {"source": "well", "silent_seconds": null, "clock_ahead_seconds": null},
                ]},
            }))
            .unwrap()
        };
        let expected = "\nfrom x to y\n2 of 5 rows, complete up to 2026-11-20 23:10:00 (Europe/Stockholm), held back by portal\nsilent: pbx for 2 h\nrejected: 3 records of pbx\nclock ahead: portal by 1 min 30 s\n";
        assert_eq!(answer(5).footer(Told::Rows, 2), expected);
        assert!(answer(1).footer(Told::Rows, 1).contains("\n1 row, complete"));
        // Who sends nothing more about a range that is complete holds nothing back.
        let mut whole = answer(5);
        whole.watermark.complete = true;
        assert!(whole.footer(Told::Rows, 5).contains("\n5 rows, complete up to 2026-11-20 23:10:00 (Europe/Stockholm)\n"));
        let mut past = answer(5);
        past.watermark.complete_to = None;
        assert!(past.footer(Told::Rows, 5).contains("\n5 rows, as known at seq 5\n"));
    }

    #[test]
    fn a_footer_of_days_tells_the_sums_and_what_is_left_out() {
        let answer: Answer = serde_json::from_value(serde_json::json!({
            "range": {"from": "x", "to": "y", "as_of": "y", "time_zone": "UTC", "words": "from x to y"},
            "days": [], "total": 2, "agents": 1, "seconds": 5400.5, "unknown_logins": 1, "nameless": 2, "next_cursor": null,
            "watermark": {"complete_to": null, "seq": 0, "sources": []},
        }))
        .unwrap();
        let expected = "\nfrom x to y\n2 agent-days, no events yet\n1 agent, signed in for 1:30:00 altogether\n\
                        left out: 1 session whose login is not known\nleft out: 2 sessions that name nobody\n";
        assert_eq!(answer.footer_of_all(Told::Days), expected);
    }
}
