//! Moments in time: UTC microseconds since 1970-01-01T00:00:00Z.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// A moment, in UTC microseconds since the Unix epoch: the resolution of the ledger.
///
/// ```
/// use rollcall_model::Timestamp;
/// let moment: Timestamp = "2026-04-15T08:59:58.12+02:00".parse().unwrap();
/// assert_eq!(moment.to_string(), "2026-04-15T06:59:58.12Z");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Timestamp(i64);

/// Microseconds in a second.
pub const MICROS_PER_SECOND: i64 = 1_000_000;
/// Microseconds in an hour.
pub const MICROS_PER_HOUR: i64 = 3_600 * MICROS_PER_SECOND;
/// Microseconds in 24 hours.
pub const MICROS_PER_DAY: i64 = 24 * MICROS_PER_HOUR;

/// A text or number that is no moment Rollcall can store.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "expected an RFC 3339 time with an offset between the years 0 and 9999, such as 2026-04-15T08:59:58Z, or integer milliseconds; got {0:?}"
)]
pub struct InvalidTimestamp(pub String);

impl Timestamp {
    /// The earliest moment that is stored: 0000-01-01T00:00:00Z.
    pub const MIN: Timestamp = Timestamp(-62_167_219_200_000_000);
    /// The latest moment that is stored: 9999-12-30T22:00:00Z, the last hour that every zone can write.
    pub const MAX: Timestamp = Timestamp(253_402_207_200_000_000);

    /// The moment that many microseconds after the epoch, if it is one that is stored.
    pub fn from_micros(micros: i64) -> Option<Self> {
        let moment = Timestamp(micros);
        (Self::MIN..=Self::MAX).contains(&moment).then_some(moment)
    }

    /// The moment that many milliseconds after the epoch, if it is one that is stored.
    pub fn from_millis(millis: i64) -> Option<Self> {
        millis.checked_mul(1_000).and_then(Self::from_micros)
    }

    /// The moment that many seconds after the epoch, if it is one that is stored.
    pub fn from_seconds(seconds: i64) -> Option<Self> {
        seconds.checked_mul(MICROS_PER_SECOND).and_then(Self::from_micros)
    }

    /// Microseconds since the epoch.
    pub const fn as_micros(self) -> i64 {
        self.0
    }

    /// This moment moved by that many microseconds, kept within what is stored.
    #[must_use]
    pub fn plus_micros(self, micros: i64) -> Self {
        Timestamp(self.0.saturating_add(micros)).clamp(Self::MIN, Self::MAX)
    }

    /// Microseconds from `earlier` to this moment; negative if it is the later one.
    pub const fn micros_since(self, earlier: Timestamp) -> i64 {
        self.0.saturating_sub(earlier.0)
    }

    /// Seconds from `earlier` to this moment, with their fraction.
    #[allow(clippy::cast_precision_loss)]
    pub fn seconds_since(self, earlier: Timestamp) -> f64 {
        self.micros_since(earlier) as f64 / MICROS_PER_SECOND as f64
    }

    /// The same moment for calendar arithmetic.
    pub fn to_jiff(self) -> jiff::Timestamp {
        // Every stored moment lies within jiff's range, so the fallback is never taken.
        jiff::Timestamp::from_microsecond(self.0).unwrap_or(jiff::Timestamp::UNIX_EPOCH)
    }

    /// The calendar day of this moment in UTC: the day whose partition it lies in.
    pub fn utc_date(self) -> jiff::civil::Date {
        self.to_jiff().to_zoned(jiff::tz::TimeZone::UTC).date()
    }
}

impl From<jiff::Timestamp> for Timestamp {
    fn from(value: jiff::Timestamp) -> Self {
        Timestamp(value.as_microsecond()).clamp(Self::MIN, Self::MAX)
    }
}

impl std::str::FromStr for Timestamp {
    type Err = InvalidTimestamp;

    /// Reads RFC 3339: a date, a time and an offset. A fraction finer than a microsecond is cut off.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let invalid = || InvalidTimestamp(text.chars().take(64).collect());
        let parsed: jiff::Timestamp = text.parse().map_err(|_| invalid())?;
        Self::from_micros(parsed.as_microsecond()).ok_or_else(invalid)
    }
}

impl fmt::Display for Timestamp {
    /// Writes RFC 3339 in UTC, with as many digits of the second as are not zero.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.to_jiff().fmt(f)
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Form {
            Millis(i64),
            Text(String),
        }
        match Form::deserialize(deserializer)? {
            Form::Millis(millis) => Timestamp::from_millis(millis).ok_or_else(|| de::Error::custom(InvalidTimestamp(millis.to_string()))),
            Form::Text(text) => text.parse().map_err(de::Error::custom),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_offsets_and_writes_utc() {
        let t: Timestamp = "2026-04-15T08:59:58.120+02:00".parse().unwrap();
        assert_eq!(t.as_micros(), 1_776_236_398_120_000);
        assert_eq!(t.to_string(), "2026-04-15T06:59:58.12Z");
    }

    #[test]
    fn refuses_what_has_no_offset_and_what_lies_outside_the_calendar() {
        assert!("2026-04-15T08:59:58".parse::<Timestamp>().is_err());
        assert!("yesterday".parse::<Timestamp>().is_err());
        assert!(Timestamp::from_millis(i64::MAX).is_none());
        assert!(Timestamp::from_seconds(-62_167_219_201).is_none());
    }

    #[test]
    fn cuts_what_is_finer_than_a_microsecond() {
        let t: Timestamp = "1970-01-01T00:00:00.0000019Z".parse().unwrap();
        assert_eq!(t.as_micros(), 1);
    }
}
