//! Moments of log lines that bear no offset, or no date.
//!
//! A line with a date gets its offset from the source's zone; a civil time that occurs twice is taken as
//! its first occurrence until the log itself steps back. A line with a time of day alone is on the day of
//! the line before it, and on the next day if the time steps back.
//!
//! Threads of a server write past each other, so a step back of up to ten seconds is no step.

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::AmbiguousOffset;
use jiff::{SignedDuration, Span, ToSpan};
use rollcall_model::Timestamp;
use rollcall_model::zone::Zone;

use crate::mapping::Rejection;
use crate::options::{DateBasis, SourceOptions};

/// How far back in time the lines of one moment may lie from each other.
const DISORDER_SECONDS: i64 = 10;
/// The longest hour that clocks repeat anywhere, in seconds, with some room.
const LONGEST_FOLD_SECONDS: i64 = 3 * 3600;
/// How many steps back of that length are remembered; a log has two a year, so more are no change of clocks.
const MOST_CANDIDATES: usize = 10_000;
const DAY_SECONDS: i64 = 24 * 3600;

/// Gives log lines their moments, in the order in which they stand.
#[derive(Debug, Clone)]
pub struct LogClock {
    zone: Zone,
    basis: Option<DateBasis>,
    days: DayCounter,
    /// The date of day 0 of `days`.
    first: Option<Date>,
    /// The civil time of the line before.
    last: Option<DateTime>,
    /// Whether the log has stepped back inside a time that occurs twice.
    second: bool,
    without_date: u64,
    without_offset: u64,
}

impl LogClock {
    /// A clock before the first line.
    pub fn new(options: &SourceOptions) -> Self {
        let first = options.date_basis.map(DateBasis::first_date);
        LogClock {
            zone: options.zone(),
            basis: options.date_basis,
            days: DayCounter::default(),
            first,
            last: None,
            second: false,
            without_date: 0,
            without_offset: 0,
        }
    }

    /// The moment of a line that bears a date and a time.
    pub fn dated(&mut self, civil: DateTime) -> Timestamp {
        self.without_offset += 1;
        (self.first, self.days) = (Some(civil.date()), DayCounter::at(civil.time()));
        self.moment(civil)
    }

    /// The moment of a date and a time in a file whose lines stand in no order of time: a civil time that
    /// occurs twice is its first occurrence.
    pub fn unordered(&mut self, civil: DateTime) -> Timestamp {
        self.without_offset += 1;
        self.zone.earlier(civil)
    }

    /// The moment of a line that bears a time of day alone.
    pub fn undated(&mut self, time: Time) -> Result<Timestamp, Rejection> {
        let Some(first) = self.first else {
            let reason = "the line bears no date, and neither a date nor the file's modification time was given";
            return Err(Rejection::of("event_time", reason));
        };
        self.without_date += 1;
        self.without_offset += 1;
        let on_day = |day: i64, time: Time| first.saturating_add(Span::new().try_days(day).unwrap_or_default()).to_datetime(time);
        match self.days.observe(time) {
            Observed::Forward => {}
            Observed::StraggledBehind => return Ok(self.zone.later(on_day(self.days.day - 1, time))),
            Observed::SteppedBack { from } => {
                let day = self.days.day;
                let clocks_were_set_back = !self.second && is_fold(&self.zone, on_day(day, from)) && is_fold(&self.zone, on_day(day, time));
                self.days.day += i64::from(!clocks_were_set_back);
            }
        }
        Ok(self.moment(on_day(self.days.day, time)))
    }

    /// The moment of the next line.
    fn moment(&mut self, civil: DateTime) -> Timestamp {
        let behind = self.last.filter(|last| civil < *last);
        let stepped_back = behind.is_some_and(|last| civil.duration_until(last).as_secs() > DISORDER_SECONDS);
        // Back inside the hour that comes twice, it comes the second time. A line that stands just behind
        // the end of that hour is of its second time too.
        let into_second = behind.is_some_and(|last| is_fold(&self.zone, last) == stepped_back);
        self.second = is_fold(&self.zone, civil) && (self.second || into_second);
        self.last = behind.filter(|_| !stepped_back).or(Some(civil));
        if self.second { self.zone.later(civil) } else { self.zone.earlier(civil) }
    }

    /// Where the dates of lines without one came from, if there were such lines.
    pub fn used_basis(&self) -> Option<DateBasis> {
        self.basis.filter(|_| self.without_date > 0)
    }

    /// How many lines bore no date.
    pub fn without_date(&self) -> u64 {
        self.without_date
    }

    /// How many lines bore no offset.
    pub fn without_offset(&self) -> u64 {
        self.without_offset
    }
}

/// Follows times of day from line to line.
#[derive(Debug, Clone, Default)]
pub(crate) struct DayCounter {
    /// Which day it is, counted from 0.
    pub(crate) day: i64,
    latest: Option<Time>,
}

/// What a time of day is to those before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Observed {
    /// The same day.
    Forward,
    /// The next day, unless the clocks were set back.
    SteppedBack {
        /// The time before.
        from: Time,
    },
    /// A line of the day before, written just after midnight.
    StraggledBehind,
}

impl DayCounter {
    fn at(time: Time) -> Self {
        DayCounter { day: 0, latest: Some(time) }
    }

    /// Takes the next time of day. The day is the caller's to count.
    pub(crate) fn observe(&mut self, time: Time) -> Observed {
        let Some(latest) = self.latest else {
            self.latest = Some(time);
            return Observed::Forward;
        };
        let ahead = latest.duration_until(time).as_secs();
        if ahead > DAY_SECONDS - DISORDER_SECONDS && self.day > 0 {
            return Observed::StraggledBehind;
        }
        if ahead < -DISORDER_SECONDS {
            self.latest = Some(time);
            return Observed::SteppedBack { from: latest };
        }
        self.latest = Some(latest.max(time));
        Observed::Forward
    }

    /// The latest time of the current day.
    pub(crate) fn latest(&self) -> Option<Time> {
        self.latest
    }
}

/// Counts the days of a whole log, to find the date of its first line from that of its last.
#[derive(Debug, Default)]
pub(crate) struct DayCount {
    days: DayCounter,
    /// Steps back that may be clocks set back: on which day, from when, to when.
    candidates: Vec<(i64, Time, Time)>,
}

impl DayCount {
    pub(crate) fn observe(&mut self, time: Time) {
        if let Observed::SteppedBack { from } = self.days.observe(time) {
            let back = time.duration_until(from).as_secs();
            if back <= LONGEST_FOLD_SECONDS && self.candidates.len() < MOST_CANDIDATES {
                self.candidates.push((self.days.day, from, time));
            }
            self.days.day += 1;
        }
    }

    /// The date of the first line, if the last was written at `modified`.
    pub(crate) fn first_date(&self, zone: &Zone, modified: Timestamp) -> Option<Date> {
        let latest = self.days.latest()?;
        let modified = zone.civil(modified);
        let slack = SignedDuration::from_secs(DISORDER_SECONDS);
        let written_today = modified.time().saturating_add(slack) >= latest;
        let last = if written_today { modified.date() } else { modified.date().saturating_sub(1.day()) };
        // Backwards, because each date is known only by those after it.
        let mut folds = 0;
        for (day, from, to) in self.candidates.iter().rev() {
            let date = days_before(last, self.days.day - (day + 1) - folds);
            if is_fold(zone, date.to_datetime(*from)) && is_fold(zone, date.to_datetime(*to)) {
                folds += 1;
            }
        }
        Some(days_before(last, self.days.day - folds))
    }
}

fn days_before(date: Date, days: i64) -> Date {
    date.saturating_sub(Span::new().try_days(days).unwrap_or_default())
}

fn is_fold(zone: &Zone, civil: DateTime) -> bool {
    matches!(zone.tz().to_ambiguous_timestamp(civil).offset(), AmbiguousOffset::Fold { .. })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// A log whose lines lie less than 20 hours apart loses nothing by leaving out the dates, except in
        /// the hour that comes twice.
        #[test]
        fn times_of_day_alone_tell_the_moments(
            start in 1_700_000_000_i64..1_800_000_000,
            gaps in prop::collection::vec(prop_oneof![0..72_000_i64, 0..4_000_i64], 0..600),
            zone in prop::sample::select(vec!["UTC", "Europe/Stockholm", "America/New_York", "Australia/Lord_Howe"]),
        ) {
            let seconds = gaps.iter().scan(start, |now, gap| { *now += gap; Some(*now) });
            let moments: Vec<Timestamp> = std::iter::once(start).chain(seconds).map(|s| Timestamp::from_seconds(s).unwrap()).collect();
            let tz = Zone::new(zone).unwrap();
            let civil: Vec<DateTime> = moments.iter().map(|moment| tz.civil(*moment)).collect();
            let mut count = DayCount::default();
            civil.iter().for_each(|civil| count.observe(civil.time()));
            let first = count.first_date(&tz, moments[moments.len() - 1]).unwrap();
            prop_assert_eq!(first, civil[0].date());
            let mut clock = LogClock::new(&options(zone, &first.to_string()));
            for (moment, civil) in moments.iter().zip(&civil) {
                let told = clock.undated(civil.time()).unwrap();
                prop_assert!(told == *moment || is_fold(&tz, *civil), "{} instead of {}", told, moment);
            }
        }
    }

    fn options(zone: &str, first: &str) -> SourceOptions {
        let mut options = SourceOptions::new(Timestamp::MAX);
        options.time_zone = Some(Zone::new(zone).unwrap());
        options.date_basis = Some(DateBasis::Given(first.parse().unwrap()));
        options
    }

    fn undated(zone: &str, first: &str, times: &[&str]) -> Vec<String> {
        let mut clock = LogClock::new(&options(zone, first));
        times.iter().map(|time| clock.undated(time.parse().unwrap()).unwrap().to_string()).collect()
    }

    /// The first date that the same lines are given when counted back from the last of them.
    fn counted_back(zone: &str, times: &[&str], modified: &str) -> String {
        let mut count = DayCount::default();
        times.iter().for_each(|time| count.observe(time.parse().unwrap()));
        count.first_date(&Zone::new(zone).unwrap(), modified.parse().unwrap()).unwrap().to_string()
    }

    #[test]
    fn the_date_rolls_over_at_midnight_and_new_year() {
        let times = ["23:59:58", "23:59:59.9", "00:00:00.1", "12:00:00", "03:00:00"];
        let moments =
            ["2025-12-31T23:59:58Z", "2025-12-31T23:59:59.9Z", "2026-01-01T00:00:00.1Z", "2026-01-01T12:00:00Z", "2026-01-02T03:00:00Z"];
        assert_eq!(undated("UTC", "2025-12-31", &times), moments);
        assert_eq!(counted_back("UTC", &times, "2026-01-02T03:00:00Z"), "2025-12-31");
    }

    #[test]
    fn lines_of_one_moment_may_stand_in_disorder_also_around_midnight() {
        let times = ["23:59:59.9", "00:00:00.2", "23:59:59.95", "00:00:00.1", "00:00:07"];
        let moments = [
            "2026-03-01T23:59:59.9Z",
            "2026-03-02T00:00:00.2Z",
            "2026-03-01T23:59:59.95Z",
            "2026-03-02T00:00:00.1Z",
            "2026-03-02T00:00:07Z",
        ];
        assert_eq!(undated("UTC", "2026-03-01", &times), moments);
        assert_eq!(counted_back("UTC", &times, "2026-03-02T00:00:09Z"), "2026-03-01");
    }

    #[test]
    fn a_step_back_in_the_hour_that_occurs_twice_is_no_midnight() {
        let times = ["23:00:00", "01:30:00", "02:50:00", "02:05:00", "02:55:00", "03:10:00"];
        let moments = [
            "2026-10-24T21:00:00Z",
            "2026-10-24T23:30:00Z",
            "2026-10-25T00:50:00Z",
            "2026-10-25T01:05:00Z",
            "2026-10-25T01:55:00Z",
            "2026-10-25T02:10:00Z",
        ];
        assert_eq!(undated("Europe/Stockholm", "2026-10-24", &times), moments);
        assert_eq!(counted_back("Europe/Stockholm", &times, "2026-10-25T02:10:00Z"), "2026-10-24");
        assert_eq!(counted_back("UTC", &times, "2026-10-25T03:10:00Z"), "2026-10-23");
    }

    #[test]
    fn a_file_modified_before_its_last_time_of_day_ended_the_day_before() {
        assert_eq!(counted_back("UTC", &["23:59:59"], "2026-03-02T00:00:30Z"), "2026-03-01");
        assert_eq!(counted_back("UTC", &["12:00:05"], "2026-03-02T12:00:00Z"), "2026-03-02");
    }

    #[test]
    fn dated_lines_take_the_first_occurrence_until_the_log_steps_back() {
        let mut clock = LogClock::new(&options("Europe/Stockholm", "2000-01-01"));
        let mut at = |civil: &str| clock.dated(civil.parse().unwrap()).to_string();
        assert_eq!(at("2026-10-25T02:30:00"), "2026-10-25T00:30:00Z");
        assert_eq!(at("2026-10-25T02:59:59"), "2026-10-25T00:59:59Z");
        assert_eq!(at("2026-10-25T02:59:55"), "2026-10-25T00:59:55Z");
        assert_eq!(at("2026-10-25T02:00:01"), "2026-10-25T01:00:01Z");
        assert_eq!(at("2026-10-25T02:30:00"), "2026-10-25T01:30:00Z");
        assert_eq!(at("2026-10-25T03:00:00"), "2026-10-25T02:00:00Z");
        assert_eq!(at("2026-10-25T02:59:58"), "2026-10-25T01:59:58Z");
    }

    #[test]
    fn without_a_date_a_time_of_day_is_refused_until_a_dated_line_comes() {
        let mut clock = LogClock::new(&SourceOptions::new(Timestamp::MAX));
        assert!(clock.undated(Time::midnight()).is_err());
        clock.dated("2026-03-01T10:00:00".parse().unwrap());
        assert_eq!(clock.undated("09:00:00".parse().unwrap()).unwrap().to_string(), "2026-03-02T09:00:00Z");
        assert_eq!(clock.used_basis(), None);
    }
}
