//! Moments as RFC 3339, without a look into the zone for each of them.
//!
//! A zone's offset holds from one change of its clocks to the next. It is looked up once for all moments in
//! between; the rest is arithmetic. What lies outside of it (offsets with seconds, years beyond four digits) is
//! told by [`Zone::rfc3339`], which says what all of this is to be.

use rollcall_model::Timestamp;
use rollcall_model::time::{MICROS_PER_DAY, MICROS_PER_SECOND};
use rollcall_model::zone::Zone;

/// Tells moments in a zone, quickly where they lie near each other.
#[derive(Debug)]
pub(super) struct Teller<'a> {
    zone: &'a Zone,
    /// The moments for which the offset holds.
    from: i64,
    to: i64,
    offset_micros: i64,
    /// The offset as it is written; none if it can't be written in hours and minutes.
    suffix: Option<([u8; 6], usize)>,
    /// The civil day whose date is written out.
    day: i64,
    date: [u8; 11],
}

impl<'a> Teller<'a> {
    pub(super) fn new(zone: &'a Zone) -> Self {
        Teller { zone, from: 0, to: 0, offset_micros: 0, suffix: None, day: i64::MIN, date: *b"0000-00-00T" }
    }

    /// The civil time of a moment, as microseconds since the civil beginning of 1970.
    pub(super) fn civil(&mut self, micros: i64) -> i64 {
        if micros < self.from || micros >= self.to {
            self.look_up(micros);
        }
        micros.saturating_add(self.offset_micros)
    }

    /// Writes a moment as [`Zone::rfc3339`] does; nothing if it is none that is stored.
    pub(super) fn write(&mut self, micros: i64, out: &mut Vec<u8>) {
        let Some(moment) = Timestamp::from_micros(micros) else { return };
        let civil = self.civil(micros);
        let (day, of_day) = (civil.div_euclid(MICROS_PER_DAY), civil.rem_euclid(MICROS_PER_DAY));
        let Some((suffix, length)) = self.suffix.filter(|_| self.is_of_day(day)) else {
            out.extend_from_slice(self.zone.rfc3339(moment).as_bytes());
            return;
        };
        out.extend_from_slice(&self.date);
        let (seconds, fraction) = (of_day / MICROS_PER_SECOND, of_day % MICROS_PER_SECOND);
        let ([h, i], [m, n], [s, t]) = (two(seconds / 3_600), two(seconds / 60 % 60), two(seconds % 60));
        out.extend_from_slice(&[h, i, b':', m, n, b':', s, t]);
        if fraction != 0 {
            let ([a, b], [c, d], [e, f]) = (two(fraction / 10_000), two(fraction / 100 % 100), two(fraction % 100));
            let digits = [b'.', a, b, c, d, e, f];
            let zeros = digits.iter().rev().take_while(|digit| **digit == b'0').count();
            out.extend(digits.iter().take(digits.len() - zeros));
        }
        out.extend(suffix.iter().take(length));
    }

    /// Whether the date of that civil day is written out, or can be.
    fn is_of_day(&mut self, day: i64) -> bool {
        if day == self.day {
            return true;
        }
        let (year, month, day_of_month) = date(day);
        if !(0..=9_999).contains(&year) {
            return false;
        }
        let ([a, b], [c, d], [m, n], [e, f]) = (two(year / 100), two(year % 100), two(month), two(day_of_month));
        (self.day, self.date) = (day, [a, b, c, d, b'-', m, n, b'-', e, f, b'T']);
        true
    }

    fn look_up(&mut self, micros: i64) {
        let moment = Timestamp::from_micros(micros).unwrap_or_default();
        let tz = self.zone.tz();
        let seconds = i64::from(tz.to_offset(moment.to_jiff()).seconds());
        // The last change that is not after the moment, and the first that is.
        let last = tz.preceding(moment.plus_micros(1).to_jiff()).next();
        let next = tz.following(moment.to_jiff()).next();
        self.from = last.map_or(i64::MIN, |change| change.timestamp().as_microsecond());
        self.to = next.map_or(i64::MAX, |change| change.timestamp().as_microsecond());
        self.offset_micros = seconds * MICROS_PER_SECOND;
        self.day = i64::MIN;
        self.suffix = if *self.zone == Zone::utc() {
            Some((*b"Z     ", 1))
        } else if seconds % 60 == 0 {
            let sign = if seconds < 0 { b'-' } else { b'+' };
            let minutes = seconds.abs() / 60;
            let ([h, i], [m, n]) = (two(minutes / 60), two(minutes % 60));
            Some(([sign, h, i, b':', m, n], 6))
        } else {
            None
        };
    }
}

/// Two digits of a number below a hundred.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
fn two(number: i64) -> [u8; 2] {
    let number = number as u8;
    [b'0' + number / 10 % 10, b'0' + number % 10]
}

/// Year, month and day of a number of days since 1970, in the Gregorian calendar (after Howard Hinnant's
/// `civil_from_days`).
pub(super) fn date(days: i64) -> (i64, i64, i64) {
    let shifted = days.saturating_add(719_468);
    let (era, of_era) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn told(teller: &mut Teller<'_>, micros: i64) -> String {
        let mut out = Vec::new();
        teller.write(micros, &mut out);
        String::from_utf8(out).unwrap()
    }

    proptest! {
        #[test]
        fn a_moment_is_told_as_the_zone_tells_it(
            name in prop::sample::select(vec![
                "UTC", "Europe/Stockholm", "Asia/Kathmandu", "America/Santiago", "Africa/Monrovia", "Asia/Beirut", "Europe/London",
                "America/Caracas", "Pacific/Apia", "Etc/GMT+5",
            ]),
            moments in prop::collection::vec(
                prop_oneof![
                    Timestamp::MIN.as_micros()..=Timestamp::MAX.as_micros(),
                    -2_000_000_000_000_000..=2_000_000_000_000_000_i64,
                    (1_600_000_000_i64..1_800_000_000).prop_map(|seconds| seconds * MICROS_PER_SECOND),
                    (1_600_000_000_i64..1_800_000_000).prop_map(|seconds| seconds * MICROS_PER_SECOND + 120_000),
                ],
                1..40,
            ),
        ) {
            let zone = Zone::new(name).unwrap();
            let mut teller = Teller::new(&zone);
            for micros in moments {
                let moment = Timestamp::from_micros(micros).unwrap();
                prop_assert_eq!(told(&mut teller, micros), zone.rfc3339(moment));
            }
        }
    }

    #[test]
    fn an_offset_holds_from_one_change_of_the_clocks_to_the_next() {
        for name in ["Europe/Stockholm", "America/Santiago", "Asia/Beirut", "Australia/Lord_Howe"] {
            let zone = Zone::new(name).unwrap();
            let mut teller = Teller::new(&zone);
            for change in zone.tz().following("2024-01-01T00:00:00Z".parse().unwrap()).take(8) {
                let at = change.timestamp().as_microsecond();
                for micros in [at - 1, at, at + 1, at, at - 1, at - 1_000_000] {
                    assert_eq!(told(&mut teller, micros), zone.rfc3339(Timestamp::from_micros(micros).unwrap()), "{name}");
                }
            }
        }
    }
}
