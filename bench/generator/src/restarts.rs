//! When the telephone system restarts: planned at night, with a stop and a start, and now and then by
//! a crash in working hours, which only a start tells of.

use jiff::ToSpan;
use jiff::civil::Date;

use crate::draw::{Draw, Purpose};
use crate::moment::{HOUR, MINUTE, SECOND};
use crate::teams::Site;

/// A planned restart and a crash each come once in so many days, a week apart.
const CYCLE_DAYS: i64 = 14;
const PLANNED_ON: i64 = 2;
const CRASH_ON: i64 = 9;

/// One restart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Restart {
    /// When it stopped, if it said so.
    pub(crate) stop: Option<i64>,
    /// When it was back.
    pub(crate) start: i64,
}

impl Restart {
    /// From when on nobody could use it.
    pub(crate) fn down_from(&self) -> i64 {
        self.stop.unwrap_or(self.start)
    }
}

/// The restarts of `days` days from `first`, by the clock of the head office.
pub(crate) fn restarts(seed: u64, first: Date, days: i64, head_office: &Site) -> Vec<Restart> {
    let mut draw = Draw::new(seed, Purpose::Restarts, 0);
    (0..days)
        .filter_map(|day| {
            let date = first.checked_add(day.days()).ok()?;
            match day % CYCLE_DAYS {
                PLANNED_ON => {
                    let stop = head_office.moment(date.at(3, 10, 0, 0))? + draw.between(0, 60) * SECOND;
                    Some(Restart { stop: Some(stop), start: stop + 4 * MINUTE })
                }
                CRASH_ON => {
                    let start = head_office.moment(date.at(9, 0, 0, 0))? + draw.between(0, 8 * HOUR) / SECOND * SECOND;
                    Some(Restart { stop: None, start })
                }
                _ => None,
            }
        })
        .collect()
}
