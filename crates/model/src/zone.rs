//! Time zones and civil time.

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;

use crate::time::Timestamp;

/// A named zone of the IANA time zone database.
#[derive(Debug, Clone, PartialEq)]
pub struct Zone {
    name: String,
    tz: TimeZone,
}

/// A name that is no zone.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected a time zone of the IANA database, such as Europe/Stockholm, Asia/Seoul or UTC; got {0:?}")]
pub struct UnknownZone(pub String);

impl Zone {
    /// The zone of that name.
    pub fn new(name: &str) -> Result<Self, UnknownZone> {
        if name.eq_ignore_ascii_case("utc") || name == "Z" {
            return Ok(Self::utc());
        }
        let tz = TimeZone::get(name).map_err(|_| UnknownZone(name.chars().take(64).collect()))?;
        let name = tz.iana_name().unwrap_or(name).to_owned();
        Ok(Zone { name, tz })
    }

    /// Coordinated universal time.
    pub fn utc() -> Self {
        Zone { name: "UTC".to_owned(), tz: TimeZone::UTC }
    }

    /// Its name in the IANA database.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The same zone for calendar arithmetic.
    pub fn tz(&self) -> &TimeZone {
        &self.tz
    }

    /// The civil time at a moment.
    pub fn civil(&self, moment: Timestamp) -> DateTime {
        moment.to_jiff().to_zoned(self.tz.clone()).datetime()
    }

    /// The calendar day at a moment.
    pub fn date(&self, moment: Timestamp) -> Date {
        self.civil(moment).date()
    }

    /// The first instant of a calendar day. Where midnight is skipped it is the first time that exists,
    /// where it comes twice it is the first of the two.
    pub fn first_instant(&self, date: Date) -> Timestamp {
        match date.to_zoned(self.tz.clone()).and_then(|zoned| zoned.start_of_day()) {
            Ok(zoned) => zoned.timestamp().into(),
            Err(_) => self.earlier(date.at(0, 0, 0, 0)),
        }
    }

    /// The moment of a civil time: the earlier one where it occurs twice. A time that is skipped is taken
    /// as far after the gap as it lies inside.
    pub fn earlier(&self, civil: DateTime) -> Timestamp {
        self.moment(civil, false)
    }

    /// The moment of a civil time: the later one where it occurs twice. A time that is skipped is taken
    /// as far after the gap as it lies inside.
    pub fn later(&self, civil: DateTime) -> Timestamp {
        self.moment(civil, true)
    }

    fn moment(&self, civil: DateTime, later: bool) -> Timestamp {
        let ambiguous = self.tz.to_ambiguous_timestamp(civil);
        let resolved = if later && !matches!(ambiguous.offset(), jiff::tz::AmbiguousOffset::Gap { .. }) {
            ambiguous.later()
        } else {
            ambiguous.compatible()
        };
        match resolved {
            Ok(moment) => moment.into(),
            Err(_) if civil.year() > 0 => Timestamp::MAX,
            Err(_) => Timestamp::MIN,
        }
    }

    /// Whether the civil time at a moment comes twice, as it does when clocks are put back.
    pub fn comes_twice(&self, moment: Timestamp) -> bool {
        matches!(self.tz.to_ambiguous_timestamp(self.civil(moment)).offset(), jiff::tz::AmbiguousOffset::Fold { .. })
    }

    /// This zone's offset at a moment, such as `+02:00`.
    pub fn offset(&self, moment: Timestamp) -> String {
        moment.to_jiff().to_zoned(self.tz.clone()).strftime("%:z").to_string()
    }

    /// A moment as RFC 3339 with this zone's offset, such as `2026-04-15T08:59:58.12+02:00`.
    pub fn rfc3339(&self, moment: Timestamp) -> String {
        if self.tz == TimeZone::UTC {
            return moment.to_string();
        }
        let zoned = moment.to_jiff().to_zoned(self.tz.clone());
        moment.to_jiff().display_with_offset(zoned.offset()).to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn a_civil_time_that_comes_twice_has_an_earlier_and_a_later_moment() {
        let zone = Zone::new("Europe/Stockholm").unwrap();
        let twice = date(2026, 10, 25).at(2, 30, 0, 0);
        assert_eq!(zone.earlier(twice).to_string(), "2026-10-25T00:30:00Z");
        assert_eq!(zone.later(twice).to_string(), "2026-10-25T01:30:00Z");
        assert!(zone.comes_twice(zone.earlier(twice)) && zone.comes_twice(zone.later(twice)));
        assert_eq!((zone.offset(zone.earlier(twice)).as_str(), zone.offset(zone.later(twice)).as_str()), ("+02:00", "+01:00"));
        assert!(!zone.comes_twice(zone.earlier(date(2026, 10, 25).at(3, 30, 0, 0))));
    }

    #[test]
    fn a_day_whose_midnight_is_skipped_starts_at_its_first_time() {
        let zone = Zone::new("America/Santiago").unwrap();
        assert_eq!(zone.first_instant(date(2026, 9, 6)).to_string(), "2026-09-06T04:00:00Z");
        assert_eq!(zone.rfc3339(zone.first_instant(date(2026, 9, 6))), "2026-09-06T01:00:00-03:00");
    }

    #[test]
    fn an_unknown_zone_is_named() {
        assert_eq!(Zone::new("Mars/Olympus").unwrap_err().to_string(), UnknownZone("Mars/Olympus".into()).to_string());
    }
}
