//! The range of a report: a preset or two bounds, resolved to instants in the report's zone.

use jiff::civil::{Date, DateTime, Weekday};
use jiff::{Span, ToSpan};
use serde::{Deserialize, Serialize};

use crate::event::words;
use crate::time::{MICROS_PER_DAY, MICROS_PER_HOUR, Timestamp};
use crate::zone::Zone;

words! {
    /// A range that is evaluated anew at each opening.
    ///
    /// `today`, `yesterday`, the weeks (Monday first, ISO 8601) and the months are whole units of the
    /// calendar in the report's zone; the others are multiples of 24 hours (or one hour) back from now.
    Preset {
        /// The current calendar day.
        Today = "today",
        /// The calendar day before.
        Yesterday = "yesterday",
        /// The current week.
        ThisWeek = "this_week",
        /// The week before.
        PreviousWeek = "previous_week",
        /// The current month.
        ThisMonth = "this_month",
        /// The month before.
        PreviousMonth = "previous_month",
        /// The last 60 minutes.
        LastHour = "last_hour",
        /// The last 24 hours.
        Last24Hours = "last_24_hours",
        /// The last 24 hours.
        OneDay = "1_day",
        /// The last 48 hours.
        Last2Days = "last_2_days",
        /// The last 72 hours.
        ThreeDays = "3_days",
        /// The last 72 hours.
        Last3Days = "last_3_days",
        /// The last 7 times 24 hours.
        SevenDays = "7_days",
        /// The last 7 times 24 hours.
        Last7Days = "last_7_days",
        /// The last 30 times 24 hours.
        Last30Days = "last_30_days",
        /// The last 90 times 24 hours.
        Last90Days = "last_90_days",
    }
}

/// A range as a report definition states it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged, deny_unknown_fields)]
pub enum Range {
    /// A preset.
    Preset {
        /// Which one.
        preset: Preset,
    },
    /// Bounds: civil times in the report's zone or RFC 3339 instants. A date alone as `to` includes that
    /// day. A bound that is left out is open.
    Custom {
        /// First instant of the range.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        from: Option<String>,
        /// First instant after the range; as a date alone, the last day in it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        to: Option<String>,
    },
}

/// A range that can't be resolved.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidRange {
    /// A bound is no time.
    #[error(
        "range.{bound}: expected a date (2026-05-01), a civil time (2026-05-01T08:00) or an RFC 3339 instant (2026-05-01T08:00:00+02:00); got {got:?}"
    )]
    Bound {
        /// `from` or `to`.
        bound: &'static str,
        /// What came instead.
        got: String,
    },
    /// The range ends before it begins.
    #[error("range: expected from to lie before to; got {from:?} to {to:?}")]
    Empty {
        /// First instant, as it was stated.
        from: String,
        /// First instant after, as it was stated.
        to: String,
    },
}

/// A range as instants: everything from `from` up to, but not including, `to`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResolvedRange {
    /// First instant of the range.
    pub from: Timestamp,
    /// First instant after the range.
    pub to: Timestamp,
}

impl Range {
    /// The instants that this range means at `now` in `zone`.
    pub fn resolve(&self, zone: &Zone, now: Timestamp) -> Result<ResolvedRange, InvalidRange> {
        let resolved = match self {
            Range::Preset { preset } => preset.resolve(zone, now),
            Range::Custom { from, to } => ResolvedRange {
                from: from.as_deref().map_or(Ok(Timestamp::MIN), |text| lower_bound(text, zone))?,
                to: to.as_deref().map_or(Ok(Timestamp::MAX), |text| upper_bound(text, zone))?,
            },
        };
        if resolved.from >= resolved.to {
            let (from, to) = self.stated();
            return Err(InvalidRange::Empty { from, to });
        }
        Ok(resolved)
    }
}

impl Range {
    /// The bounds as they were stated; none is said to be open.
    fn stated(&self) -> (String, String) {
        let bound = |text: &Option<String>| text.clone().unwrap_or_else(|| "open".to_owned());
        match self {
            Range::Preset { preset } => (preset.to_string(), preset.to_string()),
            Range::Custom { from, to } => (bound(from), bound(to)),
        }
    }
}

impl Preset {
    /// The instants that this preset means at `now` in `zone`.
    pub fn resolve(self, zone: &Zone, now: Timestamp) -> ResolvedRange {
        let today = zone.date(now);
        let monday = step(today, (-i64::from(today.weekday().since(Weekday::Monday))).days());
        let first = today.first_of_month();
        let days = |from: Date, to: Date| ResolvedRange { from: zone.first_instant(from), to: zone.first_instant(to) };
        let back = |micros: i64| ResolvedRange { from: now.plus_micros(-micros), to: now };
        match self {
            Preset::Today => days(today, step(today, 1.day())),
            Preset::Yesterday => days(step(today, (-1).days()), today),
            Preset::ThisWeek => days(monday, step(monday, 1.week())),
            Preset::PreviousWeek => days(step(monday, (-1).weeks()), monday),
            Preset::ThisMonth => days(first, step(first, 1.month())),
            Preset::PreviousMonth => days(step(first, (-1).months()), first),
            Preset::LastHour => back(MICROS_PER_HOUR),
            Preset::Last24Hours | Preset::OneDay => back(MICROS_PER_DAY),
            Preset::Last2Days => back(2 * MICROS_PER_DAY),
            Preset::ThreeDays | Preset::Last3Days => back(3 * MICROS_PER_DAY),
            Preset::SevenDays | Preset::Last7Days => back(7 * MICROS_PER_DAY),
            Preset::Last30Days => back(30 * MICROS_PER_DAY),
            Preset::Last90Days => back(90 * MICROS_PER_DAY),
        }
    }
}

fn step(date: Date, span: Span) -> Date {
    date.saturating_add(span)
}

fn lower_bound(text: &str, zone: &Zone) -> Result<Timestamp, InvalidRange> {
    match parse(text) {
        Some(Bound::Instant(moment)) => Ok(moment),
        Some(Bound::Civil(civil)) => Ok(zone.earlier(civil)),
        Some(Bound::Day(date)) => Ok(zone.first_instant(date)),
        None => Err(InvalidRange::Bound { bound: "from", got: text.to_owned() }),
    }
}

fn upper_bound(text: &str, zone: &Zone) -> Result<Timestamp, InvalidRange> {
    match parse(text) {
        Some(Bound::Instant(moment)) => Ok(moment),
        Some(Bound::Civil(civil)) => Ok(zone.later(civil)),
        Some(Bound::Day(date)) => Ok(zone.first_instant(step(date, 1.day()))),
        None => Err(InvalidRange::Bound { bound: "to", got: text.to_owned() }),
    }
}

/// What a bound can be.
enum Bound {
    Instant(Timestamp),
    Civil(DateTime),
    Day(Date),
}

fn parse(text: &str) -> Option<Bound> {
    let text = text.trim();
    if text.len() == 10 {
        return text.parse().ok().map(Bound::Day);
    }
    // An offset or Z makes it an instant; without one it is civil. jiff refuses a civil time with Z.
    if let Ok(moment) = text.parse::<Timestamp>() {
        return Some(Bound::Instant(moment));
    }
    text.parse().ok().map(Bound::Civil)
}

impl ResolvedRange {
    /// The range in words. A time that comes twice bears its offset. Such as `Fri 20 Nov 2026 00:00 to Sat 21 Nov 2026 00:00 (Europe/Stockholm)`.
    pub fn in_words(&self, zone: &Zone) -> String {
        let bound = |moment: Timestamp, open: Timestamp, word: &str| {
            if moment == open {
                return word.to_owned();
            }
            let civil = zone.civil(moment).strftime("%a %-d %b %Y %H:%M").to_string();
            if zone.comes_twice(moment) { format!("{civil} {}", zone.offset(moment)) } else { civil }
        };
        format!("{} to {} ({})", bound(self.from, Timestamp::MIN, "the beginning"), bound(self.to, Timestamp::MAX, "the end"), zone.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn resolve(json: &str, zone: &str, now: &str) -> Result<(String, String), InvalidRange> {
        let range: Range = serde_json::from_str(json).unwrap();
        let resolved = range.resolve(&Zone::new(zone).unwrap(), at(now))?;
        Ok((resolved.from.to_string(), resolved.to.to_string()))
    }

    fn pair(from: &str, to: &str) -> Result<(String, String), InvalidRange> {
        Ok((from.to_owned(), to.to_owned()))
    }

    #[test]
    fn a_date_alone_as_to_includes_that_day() {
        let may = r#"{"from":"2026-05-01","to":"2026-05-31"}"#;
        assert_eq!(resolve(may, "UTC", "2026-11-21T12:00:00Z"), pair("2026-05-01T00:00:00Z", "2026-06-01T00:00:00Z"));
    }

    #[test]
    fn yesterday_can_last_25_hours() {
        let yesterday = r#"{"preset":"yesterday"}"#;
        assert_eq!(resolve(yesterday, "Europe/Stockholm", "2026-10-26T12:00:00Z"), pair("2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z"));
    }

    #[test]
    fn of_a_time_that_comes_twice_from_is_the_earlier_and_to_the_later() {
        let twice = r#"{"from":"2026-10-25T02:30","to":"2026-10-25T02:30"}"#;
        assert_eq!(resolve(twice, "Europe/Stockholm", "2026-11-21T12:00:00Z"), pair("2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z"));
    }

    #[test]
    fn weeks_begin_on_monday_and_months_on_the_first() {
        let now = "2026-11-21T12:00:00Z";
        assert_eq!(resolve(r#"{"preset":"this_week"}"#, "UTC", now), pair("2026-11-16T00:00:00Z", "2026-11-23T00:00:00Z"));
        assert_eq!(resolve(r#"{"preset":"previous_week"}"#, "UTC", now), pair("2026-11-09T00:00:00Z", "2026-11-16T00:00:00Z"));
        assert_eq!(resolve(r#"{"preset":"previous_month"}"#, "UTC", now), pair("2026-10-01T00:00:00Z", "2026-11-01T00:00:00Z"));
    }

    #[test]
    fn rolling_presets_are_multiples_of_24_hours_across_a_change_of_clocks() {
        assert_eq!(
            resolve(r#"{"preset":"1_day"}"#, "Europe/Stockholm", "2026-10-25T12:00:00Z"),
            pair("2026-10-24T12:00:00Z", "2026-10-25T12:00:00Z")
        );
    }

    #[test]
    fn a_bound_that_is_no_time_is_named() {
        let error = resolve(r#"{"from":"soon"}"#, "UTC", "2026-11-21T12:00:00Z").unwrap_err();
        assert!(error.to_string().starts_with("range.from: expected a date"), "{error}");
        let error = resolve(r#"{"from":"2026-05-02","to":"2026-05-01"}"#, "UTC", "2026-11-21T12:00:00Z").unwrap_err();
        assert!(matches!(error, InvalidRange::Empty { .. }));
    }

    #[test]
    fn a_range_is_told_in_words() {
        let zone = Zone::new("Europe/Stockholm").unwrap();
        let resolved = Preset::Yesterday.resolve(&zone, at("2026-11-21T12:00:00Z"));
        assert_eq!(resolved.in_words(&zone), "Fri 20 Nov 2026 00:00 to Sat 21 Nov 2026 00:00 (Europe/Stockholm)");
        let hour = ResolvedRange { from: at("2026-10-25T00:30:00Z"), to: at("2026-10-25T01:30:00Z") };
        assert_eq!(hour.in_words(&zone), "Sun 25 Oct 2026 02:30 +02:00 to Sun 25 Oct 2026 02:30 +01:00 (Europe/Stockholm)");
    }
}
