//! Who works on which day, and from when to when, by the clock on the wall.

use jiff::civil::{Date, DateTime};
use jiff::{Span, ToSpan};

use crate::draw::{Draw, MILLION};

/// When somebody begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shift {
    /// At 6 in the morning.
    Early,
    /// At 8.
    Day,
    /// At half past 13.
    Late,
    /// Early and late, by turns of a week.
    Rotating,
    /// At 22, over midnight.
    Night,
}

/// A week of somebody's work, repeated.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Roster {
    shift: Shift,
    /// Monday is the lowest bit.
    days_off: u8,
    /// Minutes after the shift's beginning.
    offset: u8,
    /// Minutes from the first to the last, breaks included.
    minutes: u16,
}

/// Minutes of a full day's work: eight hours and a break.
const FULL_DAY: u16 = 510;

impl Roster {
    /// Somebody's roster.
    pub(crate) fn draw(draw: &mut Draw) -> Self {
        let shift = match draw.below(100) {
            0..40 => Shift::Day,
            40..60 => Shift::Early,
            60..75 => Shift::Late,
            75..90 => Shift::Rotating,
            _ => Shift::Night,
        };
        let part_time = shift != Shift::Night && draw.chance(MILLION / 5);
        let minutes = if part_time { draw.one_of(&[240, 270, 300, 360]) } else { FULL_DAY };
        // Six in ten have Saturday and Sunday off, the others two days in a row somewhere in the week.
        let weekend = if draw.chance(600_000) { 5 } else { draw.below(7) as u32 };
        let mut days_off = day_bit(weekend) | day_bit(weekend + 1);
        if part_time {
            days_off |= day_bit(weekend + 3);
        }
        Roster { shift, days_off, offset: 15 * draw.below(4) as u8, minutes }
    }

    /// Whether the hours are fewer than a full day's.
    pub(crate) fn is_part_time(&self) -> bool {
        self.minutes < FULL_DAY
    }

    /// From when to when somebody is to work on the shift that begins on a day, if they are.
    pub(crate) fn hours(&self, date: Date) -> Option<(DateTime, DateTime)> {
        if self.days_off & day_bit(date.weekday().to_monday_zero_offset() as u32) != 0 {
            return None;
        }
        let (hour, minute) = match self.shift {
            Shift::Early => (6, 0),
            Shift::Day => (8, 0),
            Shift::Late => (13, 30),
            Shift::Rotating if date.iso_week_date().week() % 2 == 0 => (6, 0),
            Shift::Rotating => (13, 30),
            Shift::Night => (22, 0),
        };
        let from = later(date.at(hour, minute, 0, 0), i64::from(self.offset));
        Some((from, later(from, i64::from(self.minutes))))
    }
}

fn day_bit(day: u32) -> u8 {
    1 << (day % 7)
}

fn later(civil: DateTime, minutes: i64) -> DateTime {
    let span: Span = minutes.minutes();
    civil.saturating_add(span)
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn roster(shift: Shift) -> Roster {
        Roster { shift, days_off: day_bit(5) | day_bit(6), offset: 15, minutes: FULL_DAY }
    }

    #[test]
    fn a_night_ends_on_the_next_day_by_the_clock_on_the_wall() {
        let (from, to) = roster(Shift::Night).hours(date(2026, 11, 20)).unwrap();
        assert_eq!(from.to_string(), "2026-11-20T22:15:00");
        assert_eq!(to.to_string(), "2026-11-21T06:45:00");
    }

    #[test]
    fn a_day_off_has_no_hours() {
        assert!(roster(Shift::Day).hours(date(2026, 11, 21)).is_none());
        assert!(roster(Shift::Day).hours(date(2026, 11, 23)).is_some());
    }

    #[test]
    fn turns_change_with_the_week() {
        let start = |day| roster(Shift::Rotating).hours(day).unwrap().0.hour();
        assert_ne!(start(date(2026, 11, 20)), start(date(2026, 11, 23)));
    }
}
