//! The time that stands in front of a log line, in the ways that logs write it.
//!
//! What is read: `2026-04-15 08:59:58,120`, with `T` for the space, `.` for the comma, with an offset (`Z`,
//! `+02:00`, `+0200`) or without, and a time of day alone, `08:59:58,120`.

use jiff::civil::{DateTime, Time};
use rollcall_model::Timestamp;

/// A time as a log line bears it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stamp {
    /// With date and offset.
    Moment(Timestamp),
    /// With a date.
    Civil(DateTime),
    /// Alone.
    TimeOfDay(Time),
}

/// How many words of a prefix are looked at.
const WORDS: usize = 8;

/// The time that a line begins with. In front of it may stand a container's name and a bar, or a bracket.
pub(crate) fn leading(line: &str) -> Option<Stamp> {
    let line = match line.split_once('|') {
        Some((name, rest)) if !name.trim().contains(' ') && !name.contains(':') => rest,
        _ => line,
    };
    read(line.trim_start().trim_start_matches('['))
}

/// The time that stands somewhere in a prefix; one with a date is preferred.
pub(crate) fn within(prefix: &str) -> Option<Stamp> {
    let mut time_of_day = None;
    let mut rest = prefix.trim_start();
    for _ in 0..WORDS {
        match read(rest.trim_start_matches('[')) {
            Some(Stamp::TimeOfDay(time)) => time_of_day = time_of_day.or(Some(time)),
            Some(stamp) => return Some(stamp),
            None => {}
        }
        match rest.split_once(' ') {
            Some((_, after)) => rest = after.trim_start(),
            None => break,
        }
    }
    time_of_day.map(Stamp::TimeOfDay)
}

/// The time at the very front.
fn read(text: &str) -> Option<Stamp> {
    let mut digits = Digits(text.as_bytes());
    let Some(year) = digits.clone().number(4).filter(|_| text.as_bytes().get(4) == Some(&b'-')) else {
        return digits.time().map(Stamp::TimeOfDay);
    };
    digits.number(4)?;
    digits.symbol(b"-")?;
    let month = digits.number(2)?;
    digits.symbol(b"-")?;
    let day = digits.number(2)?;
    digits.symbol(b"T ")?;
    let time = digits.time()?;
    let date = jiff::civil::Date::new(i16::try_from(year).ok()?, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()?;
    let civil = date.to_datetime(time);
    match digits.offset() {
        Some(seconds) => jiff::tz::Offset::from_seconds(seconds).ok()?.to_timestamp(civil).ok().map(|moment| Stamp::Moment(moment.into())),
        None => Some(Stamp::Civil(civil)),
    }
}

/// The rest of a text of which digits are read.
#[derive(Clone)]
struct Digits<'a>(&'a [u8]);

impl Digits<'_> {
    fn number(&mut self, width: usize) -> Option<i32> {
        let (digits, rest) = self.0.split_at_checked(width)?;
        let number = digits.iter().try_fold(0, |n, digit| digit.is_ascii_digit().then(|| n * 10 + i32::from(digit - b'0')))?;
        self.0 = rest;
        Some(number)
    }

    fn symbol(&mut self, any_of: &[u8]) -> Option<u8> {
        let (symbol, rest) = self.0.split_first()?;
        any_of.contains(symbol).then(|| {
            self.0 = rest;
            *symbol
        })
    }

    /// `08:59:58`, with a fraction if there is one. A leap second is taken as the second before it.
    fn time(&mut self) -> Option<Time> {
        let hour = self.number(2)?;
        self.symbol(b":")?;
        let minute = self.number(2)?;
        self.symbol(b":")?;
        let second = self.number(2)?.min(59);
        let nanosecond = self.fraction();
        Time::new(i8::try_from(hour).ok()?, i8::try_from(minute).ok()?, i8::try_from(second).ok()?, nanosecond).ok()
    }

    fn fraction(&mut self) -> i32 {
        let mut rest = self.clone();
        if rest.symbol(b",.").is_none() {
            return 0;
        }
        let mut nanoseconds = 0;
        let mut unit = 100_000_000;
        while let Some(digit) = rest.number(1) {
            nanoseconds += digit * unit;
            unit /= 10;
            self.0 = rest.0;
        }
        nanoseconds
    }

    /// An offset in seconds.
    fn offset(&mut self) -> Option<i32> {
        let sign = match self.symbol(b"Z+-")? {
            b'Z' => return Some(0),
            b'-' => -1,
            _ => 1,
        };
        let hours = self.number(2)?;
        self.symbol(b":");
        let minutes = self.number(2)?;
        Some(sign * (hours * 3600 + minutes * 60))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moment(text: &str) -> Option<Stamp> {
        Some(Stamp::Moment(text.parse().unwrap()))
    }
    fn civil(text: &str) -> Option<Stamp> {
        Some(Stamp::Civil(text.parse().unwrap()))
    }
    fn time_of_day(text: &str) -> Option<Stamp> {
        Some(Stamp::TimeOfDay(text.parse().unwrap()))
    }

    #[test]
    fn a_leading_time_is_read_in_its_usual_forms() {
        assert_eq!(leading("2026-04-15 08:59:58,120 INFO"), civil("2026-04-15T08:59:58.12"));
        assert_eq!(leading("2026-04-15T08:59:58.120+0200 INFO"), moment("2026-04-15T06:59:58.12Z"));
        assert_eq!(leading("2026-04-15T08:59:58Z"), moment("2026-04-15T08:59:58Z"));
        assert_eq!(leading("[2026-04-15 08:59:60]"), civil("2026-04-15T08:59:59"));
        assert_eq!(leading("21:01:45,403 WARN"), time_of_day("21:01:45.403"));
        assert_eq!(leading("keycloak-1  | 21:01:45,403 WARN"), time_of_day("21:01:45.403"));
    }

    #[test]
    fn a_time_inside_a_message_is_no_leading_time() {
        assert_eq!(leading("\tat 12:00:00 something"), None);
        assert_eq!(leading("Started at | 12:00:00"), None);
        assert_eq!(leading("24:00:00,000"), None);
        assert_eq!(leading("2026-13-01 00:00:00"), None);
        assert_eq!(leading(""), None);
    }

    #[test]
    fn within_a_prefix_a_date_is_preferred() {
        assert_eq!(within("Apr 15 08:59:58 host kc[1]: 2026-04-15 08:59:57,120 INFO "), civil("2026-04-15T08:59:57.12"));
        assert_eq!(within("host 08:59:58,1 09:00:00 "), time_of_day("08:59:58.1"));
        assert_eq!(within("INFO [org.keycloak.events] "), None);
    }
}
