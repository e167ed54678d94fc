//! When a schedule is due, and which range a run covers. What is stored is the rule and the zone; instants come of
//! them, by the rules of the zone as they are known then.

use std::collections::BTreeSet;
use std::str::FromStr;

use jiff::civil::{Date, Weekday};
use rollcall_model::Timestamp;
use rollcall_model::range::{Preset, ResolvedRange};
use rollcall_model::time::MICROS_PER_DAY;
use rollcall_model::zone::Zone;
use serde::{Deserialize, Serialize};

/// Days of the week, as JSON has them.
const WEEKDAYS: [(&str, Weekday); 7] = [
    ("monday", Weekday::Monday),
    ("tuesday", Weekday::Tuesday),
    ("wednesday", Weekday::Wednesday),
    ("thursday", Weekday::Thursday),
    ("friday", Weekday::Friday),
    ("saturday", Weekday::Saturday),
    ("sunday", Weekday::Sunday),
];

/// On which dates a schedule is due: at each one's first instant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "every", rename_all = "lowercase", deny_unknown_fields)]
pub enum Rule {
    /// Every date.
    Day,
    /// On days of the week.
    Week {
        /// Which ones: `monday` to `sunday`.
        on: BTreeSet<Day>,
    },
}

/// A day of the week.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "&'static str")]
pub struct Day(usize);

impl Day {
    fn of(date: Date) -> Self {
        Day(usize::try_from(date.weekday().to_monday_zero_offset()).unwrap_or(0))
    }

    /// Its word.
    pub fn as_str(self) -> &'static str {
        WEEKDAYS.get(self.0).map_or("monday", |(word, _)| word)
    }
}

impl From<Day> for &'static str {
    fn from(day: Day) -> Self {
        day.as_str()
    }
}

impl TryFrom<String> for Day {
    type Error = String;

    fn try_from(word: String) -> Result<Self, String> {
        word.parse()
    }
}

impl FromStr for Day {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        let found = WEEKDAYS.iter().position(|(day, _)| *day == word);
        found.map(Day).ok_or_else(|| format!("expected monday to sunday; got {:?}", word.chars().take(32).collect::<String>()))
    }
}

impl Rule {
    /// Whether it is due on a date.
    pub fn is_on(&self, date: Date) -> bool {
        match self {
            Rule::Day => true,
            Rule::Week { on } => on.contains(&Day::of(date)),
        }
    }

    /// The dates that are due behind a moment, up to another one, with their first instants. A date that a zone skips
    /// whole is never due.
    pub fn due(&self, zone: &Zone, after: Timestamp, up_to: Timestamp) -> Vec<Due> {
        let (mut date, mut due) = (zone.date(after), Vec::new());
        loop {
            let at = zone.first_instant(date);
            if at > up_to {
                return due;
            }
            if at > after && self.is_on(date) && zone.date(at) == date {
                due.push(Due { date, at });
            }
            let Ok(next) = date.tomorrow() else { return due };
            date = next;
        }
    }

    /// The first date that is due behind a moment.
    pub fn next(&self, zone: &Zone, after: Timestamp) -> Option<Due> {
        // A week has every day; two, should a zone skip one.
        self.due(zone, after, after.plus_micros(16 * MICROS_PER_DAY)).into_iter().next()
    }

    /// The last date that was due at a moment.
    pub fn last(&self, zone: &Zone, at: Timestamp) -> Option<Due> {
        self.due(zone, at.plus_micros(-16 * MICROS_PER_DAY), at).pop()
    }

    /// The rule in words, such as `every Monday and Friday at 00:00 (Europe/Stockholm)`.
    pub fn in_words(&self, zone: &Zone) -> String {
        let days = match self {
            Rule::Day => "day".to_owned(),
            Rule::Week { on } => {
                let names: Vec<String> = on.iter().map(|day| capital(day.as_str())).collect();
                match names.split_last() {
                    Some((last, rest)) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
                    _ => names.concat(),
                }
            }
        };
        format!("every {days} at 00:00 ({})", zone.name())
    }
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map(|first| first.to_ascii_uppercase().to_string() + letters.as_str()).unwrap_or_default()
}

/// A date that is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Due {
    /// The date in the schedule's zone.
    pub date: Date,
    /// Its first instant.
    pub at: Timestamp,
}

/// Which range a run covers. None reaches beyond the moment at which it is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(try_from = "String", into = "&'static str")]
pub enum Covered {
    /// The day that has just ended there, from its first instant to its last.
    #[default]
    EndedDay,
    /// The 24 hours before.
    Trailing24Hours,
    /// A preset. Of the current day, week or month it is the one in which the run's last instant lies.
    Preset(Preset),
}

const ENDED_DAY: &str = "ended_day";
const TRAILING: &str = "trailing_24_hours";

impl From<Covered> for &'static str {
    fn from(covered: Covered) -> Self {
        match covered {
            Covered::EndedDay => ENDED_DAY,
            Covered::Trailing24Hours => TRAILING,
            Covered::Preset(preset) => preset.as_str(),
        }
    }
}

impl TryFrom<String> for Covered {
    type Error = String;

    fn try_from(word: String) -> Result<Self, String> {
        match word.as_str() {
            ENDED_DAY => Ok(Covered::EndedDay),
            TRAILING => Ok(Covered::Trailing24Hours),
            preset => Preset::from_word(preset)
                .map(Covered::Preset)
                .ok_or_else(|| format!("expected {}; got {:?}", Covered::words().join(", "), word.chars().take(64).collect::<String>())),
        }
    }
}

impl Covered {
    /// Every word for one.
    pub fn words() -> Vec<&'static str> {
        [ENDED_DAY, TRAILING].into_iter().chain(Preset::ALL.iter().map(|preset| preset.as_str())).collect()
    }

    /// The range of a run that was due at a moment.
    pub fn range(self, zone: &Zone, due: Timestamp) -> ResolvedRange {
        let before = due.plus_micros(-1);
        match self {
            // A day that a zone skips whole has not ended there: it is the last one that there was.
            Covered::EndedDay | Covered::Preset(Preset::Today | Preset::Yesterday) => {
                ResolvedRange { from: zone.first_instant(zone.date(before)), to: due }
            }
            Covered::Trailing24Hours => ResolvedRange { from: due.plus_micros(-MICROS_PER_DAY), to: due },
            Covered::Preset(preset @ (Preset::ThisWeek | Preset::ThisMonth)) => ResolvedRange { to: due, ..preset.resolve(zone, before) },
            Covered::Preset(preset) => preset.resolve(zone, due),
        }
    }

    /// The range in words.
    pub fn in_words(self) -> String {
        match self {
            Covered::EndedDay => "the day that has just ended".to_owned(),
            Covered::Trailing24Hours => "the 24 hours before".to_owned(),
            Covered::Preset(preset) => preset.as_str().replace('_', " "),
        }
    }
}

/// The local time of a moment as it stands in the names of files.
pub fn file_time(zone: &Zone, due: Timestamp) -> String {
    zone.civil(due).strftime("%Y-%m-%dT%H%M%S").to_string()
}

#[cfg(test)]
mod tests {
    use jiff::ToSpan;
    use jiff::civil::date;
    use proptest::prelude::*;

    use super::*;

    /// Zones with what can befall a midnight: skipped, repeated, a change by half an hour, a whole day skipped.
    const ZONES: [&str; 13] = [
        "UTC",
        "Europe/Stockholm",
        "America/Santiago",
        "Asia/Beirut",
        "Australia/Lord_Howe",
        "Pacific/Apia",
        "Asia/Kathmandu",
        "America/Sao_Paulo",
        "America/St_Johns",
        "Africa/Cairo",
        "America/Havana",
        "Asia/Tehran",
        "Pacific/Kwajalein",
    ];

    fn days_on(date: Date, days: i64) -> Date {
        date.saturating_add(days.days())
    }

    fn zone(name: &str) -> Zone {
        Zone::new(name).unwrap()
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn ranges(zone: &Zone, from: Date, days: i64) -> Vec<ResolvedRange> {
        let (from, to) = (zone.first_instant(from), zone.first_instant(days_on(from, days)));
        Rule::Day.due(zone, from, to).into_iter().map(|due| Covered::EndedDay.range(zone, due.at)).collect()
    }

    #[test]
    fn the_daily_ranges_of_sixty_years_hold_every_instant_once() {
        for name in ZONES {
            let zone = zone(name);
            let first = zone.first_instant(date(1970, 1, 1));
            let ranges = ranges(&zone, date(1970, 1, 1), 366 * 60);
            let mut reached = first;
            for range in &ranges {
                assert_eq!(range.from, reached, "{name}: a gap or an overlap");
                assert!(range.to > range.from, "{name}: {range:?}");
                reached = range.to;
            }
            assert!(ranges.len() > 365 * 60 - 2, "{name}: {}", ranges.len());
        }
    }

    #[test]
    fn a_midnight_that_is_skipped_or_repeated_is_due_once_at_the_first_instant() {
        let due = |name: &str, after: &str, to: &str| -> Vec<String> {
            let zone = zone(name);
            Rule::Day.due(&zone, at(after), at(to)).into_iter().map(|due| format!("{} {}", due.date, zone.rfc3339(due.at))).collect()
        };
        // Clocks are put forward at midnight: the day begins at one.
        assert_eq!(due("America/Santiago", "2026-09-05T12:00:00Z", "2026-09-06T12:00:00Z"), ["2026-09-06 2026-09-06T01:00:00-03:00"]);
        // At one minute past midnight they are put back: midnight comes twice, the run once.
        assert_eq!(due("America/St_Johns", "2010-11-06T12:00:00Z", "2010-11-07T12:00:00Z"), ["2010-11-07 2010-11-07T00:00:00-02:30"]);
        // Samoa had no 30 December 2011.
        assert_eq!(
            due("Pacific/Apia", "2011-12-29T00:00:00Z", "2011-12-31T06:00:00Z"),
            ["2011-12-29 2011-12-29T00:00:00-10:00", "2011-12-31 2011-12-31T00:00:00+14:00"]
        );
        let apia = Covered::EndedDay.range(&zone("Pacific/Apia"), at("2011-12-30T10:00:00Z"));
        assert_eq!((apia.from, apia.to), (at("2011-12-29T10:00:00Z"), at("2011-12-30T10:00:00Z")));
    }

    #[test]
    fn days_of_23_and_25_hours_are_whole() {
        let hours = |due: &str| {
            let range = Covered::EndedDay.range(&zone("Europe/Stockholm"), at(due));
            (range.to.as_micros() - range.from.as_micros()) / 3_600_000_000
        };
        assert_eq!((hours("2026-03-29T22:00:00Z"), hours("2026-10-25T23:00:00Z"), hours("2026-11-25T23:00:00Z")), (23, 25, 24));
        let trailing = Covered::Trailing24Hours.range(&zone("Europe/Stockholm"), at("2026-10-25T23:00:00Z"));
        assert_eq!(trailing.from, at("2026-10-24T23:00:00Z"), "24 hours, whatever the clocks");
    }

    #[test]
    fn no_range_reaches_into_the_day_of_the_run_and_none_is_empty() {
        for name in ZONES {
            let zone = zone(name);
            for due in Rule::Day.due(&zone, at("2011-11-25T00:00:00Z"), at("2012-11-25T00:00:00Z")) {
                for word in Covered::words() {
                    let range = Covered::try_from(word.to_owned()).unwrap().range(&zone, due.at);
                    assert!(range.from < range.to && range.to <= due.at, "{name} {word} {due:?}: {range:?}");
                }
            }
        }
        // A run on Wednesday: the week so far; on Monday: the week that has just ended.
        let this_week = |due: &str| Covered::Preset(Preset::ThisWeek).range(&Zone::utc(), at(due));
        assert_eq!(this_week("2026-11-25T00:00:00Z").from, at("2026-11-23T00:00:00Z"));
        assert_eq!(this_week("2026-11-23T00:00:00Z").from, at("2026-11-16T00:00:00Z"));
        assert_eq!(
            Covered::Preset(Preset::PreviousMonth).range(&Zone::utc(), at("2026-11-01T00:00:00Z")),
            ResolvedRange { from: at("2026-10-01T00:00:00Z"), to: at("2026-11-01T00:00:00Z") }
        );
    }

    #[test]
    fn rules_and_ranges_are_told_as_they_are_read() {
        let rule: Rule = serde_json::from_str(r#"{"every":"week","on":["friday","monday","wednesday"]}"#).unwrap();
        assert_eq!(rule.in_words(&zone("Europe/Stockholm")), "every Monday, Wednesday and Friday at 00:00 (Europe/Stockholm)");
        assert_eq!(serde_json::to_string(&rule).unwrap(), r#"{"every":"week","on":["monday","wednesday","friday"]}"#);
        assert_eq!(serde_json::from_str::<Rule>(r#"{"every":"day"}"#).unwrap().in_words(&Zone::utc()), "every day at 00:00 (UTC)");
        assert!(serde_json::from_str::<Rule>(r#"{"every":"week","on":["mon"]}"#).is_err());
        assert_eq!(serde_json::from_str::<Covered>("\"previous_week\"").unwrap(), Covered::Preset(Preset::PreviousWeek));
        assert!(serde_json::from_str::<Covered>("\"tomorrow\"").is_err());
        assert_eq!(file_time(&zone("America/Santiago"), at("2026-09-06T04:00:00Z")), "2026-09-06T010000");
    }

    proptest! {
        #[test]
        fn each_date_is_due_once_wherever_the_planning_is_interrupted(
            name in prop::sample::select(&ZONES[..]),
            day in 0i64..20_000,
            pauses in prop::collection::vec(1i64..20 * MICROS_PER_DAY, 1..40),
            days in prop::collection::btree_set(0usize..7, 1..7),
        ) {
            let zone = zone(name);
            let rule = Rule::Week { on: days.iter().map(|day| Day(*day)).collect() };
            let begin = zone.first_instant(days_on(date(1971, 1, 1), day));
            let (mut planned, mut due) = (begin, Vec::new());
            for pause in pauses {
                let now = planned.plus_micros(pause);
                due.extend(rule.due(&zone, planned, now));
                planned = now;
            }
            prop_assert_eq!(&due, &rule.due(&zone, begin, planned));
            for pair in due.windows(2) {
                prop_assert!(pair[0].at < pair[1].at && pair[0].date < pair[1].date);
            }
            for due in &due {
                prop_assert!(days.contains(&Day::of(due.date).0));
                prop_assert_eq!(zone.date(due.at), due.date);
                prop_assert!(zone.date(due.at.plus_micros(-1)) < due.date, "the first instant of its date");
            }
            if let Some(next) = rule.next(&zone, begin) {
                prop_assert!(due.first().is_none_or(|first| *first == next));
            }
            prop_assert_eq!(rule.last(&zone, planned).filter(|last| last.at > begin), due.last().copied());
        }

        #[test]
        fn weekly_runs_of_a_previous_week_hold_every_instant_once(name in prop::sample::select(&ZONES[..]), on in 0usize..7, year in 1975i16..2037) {
            let zone = zone(name);
            let rule = Rule::Week { on: [Day(on)].into() };
            let due = rule.due(&zone, zone.first_instant(date(year, 1, 1)), zone.first_instant(date(year + 1, 1, 1)));
            let ranges: Vec<ResolvedRange> = due.iter().map(|due| Covered::Preset(Preset::PreviousWeek).range(&zone, due.at)).collect();
            // A week without its day, as Samoa had one, has no run.
            let skips_a_day = name == "Pacific/Apia" && year == 2011 || name == "Pacific/Kwajalein" && year == 1993;
            for pair in ranges.windows(2).filter(|_| !skips_a_day) {
                prop_assert_eq!(pair[0].to, pair[1].from);
            }
        }
    }
}
