//! Stretches of time in which somebody was signed in: united where they overlap, and parted by days.

use std::collections::BTreeMap;

use rollcall_model::Timestamp;
use rollcall_model::zone::Zone;

use crate::bucket::{Bucket, BucketSize};

/// A stretch of time, from its first instant up to, but not including, its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Stay {
    pub(crate) from: Timestamp,
    pub(crate) to: Timestamp,
}

impl Stay {
    /// The part of it that lies in a stretch, if any does.
    pub(crate) fn clipped(self, from: Timestamp, to: Timestamp) -> Option<Self> {
        let clipped = Stay { from: self.from.max(from), to: self.to.min(to) };
        (clipped.from < clipped.to).then_some(clipped)
    }

    pub(crate) fn micros(self) -> i64 {
        self.to.micros_since(self.from)
    }
}

/// The same time without overlaps: each moment once, the earliest stretch first.
pub(crate) fn united(mut stays: Vec<Stay>) -> Vec<Stay> {
    stays.sort_unstable();
    let mut whole: Vec<Stay> = Vec::new();
    for stay in stays {
        match whole.last_mut() {
            Some(last) if stay.from <= last.to => last.to = last.to.max(stay.to),
            _ => whole.push(stay),
        }
    }
    whole
}

/// Calendar days of a zone, each asked for once.
pub(crate) struct Days<'a> {
    zone: &'a Zone,
    known: BTreeMap<Timestamp, Bucket>,
}

impl<'a> Days<'a> {
    pub(crate) fn of(zone: &'a Zone) -> Self {
        Days { zone, known: BTreeMap::new() }
    }

    /// The day in which a moment lies.
    pub(crate) fn around(&mut self, moment: Timestamp) -> Bucket {
        if let Some((_, day)) = self.known.range(..=moment).next_back()
            && moment < day.to
        {
            return *day;
        }
        let day = BucketSize::Day.around(moment, self.zone);
        self.known.insert(day.from, day);
        day
    }

    /// The days that a stretch touches, with the part of it in each.
    pub(crate) fn parts(&mut self, stay: Stay) -> Vec<(Bucket, Stay)> {
        let mut parts = Vec::new();
        let mut from = stay.from;
        while from < stay.to {
            let day = self.around(from);
            let to = day.to.min(stay.to);
            if to <= from {
                break;
            }
            parts.push((day, Stay { from, to }));
            from = to;
        }
        parts
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rollcall_model::time::MICROS_PER_HOUR;

    use super::*;

    const MINUTE: i64 = 60_000_000;

    fn minute(base: Timestamp, minutes: i64) -> Timestamp {
        base.plus_micros(minutes * MINUTE)
    }

    #[test]
    fn a_stay_over_a_change_of_clocks_fills_a_day_of_25_hours() {
        let zone = Zone::new("Europe/Stockholm").unwrap();
        let stay = Stay { from: "2026-10-24T00:00:00Z".parse().unwrap(), to: "2026-10-27T00:00:00Z".parse().unwrap() };
        let hours: Vec<i64> = Days::of(&zone).parts(stay).iter().map(|(_, part)| part.micros() / MICROS_PER_HOUR).collect();
        assert_eq!(hours, [22, 25, 24, 1]);
    }

    #[test]
    fn what_touches_is_one_stretch() {
        let base = Timestamp::from_micros(0).unwrap();
        let stay = |from, to| Stay { from: minute(base, from), to: minute(base, to) };
        assert_eq!(united(vec![stay(3, 5), stay(0, 3), stay(7, 8), stay(4, 5)]), [stay(0, 5), stay(7, 8)]);
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

        /// Day by day, there are as many minutes as a clock that looks every minute sees somebody signed in.
        #[test]
        fn days_hold_each_minute_once(
            stays in prop::collection::vec((0_i64..5_000, 1_i64..3_000), 0..12),
            zone in prop::sample::select(vec!["UTC", "Europe/Stockholm", "Australia/Lord_Howe", "Asia/Kathmandu", "America/Santiago"]),
            month in 0_i64..12,
        ) {
            let zone = Zone::new(zone).unwrap();
            let start: Timestamp = "2026-01-24T00:00:00Z".parse().unwrap();
            let base = start.plus_micros(month * 30 * 24 * MICROS_PER_HOUR);
            let stays: Vec<Stay> =
                stays.into_iter().map(|(from, length)| Stay { from: minute(base, from), to: minute(base, from + length) }).collect();
            let mut seen: BTreeMap<String, i64> = BTreeMap::new();
            for at in (0..8_000).map(|at| minute(base, at)) {
                if stays.iter().any(|stay| stay.from <= at && at < stay.to) {
                    *seen.entry(zone.date(at).to_string()).or_default() += 1;
                }
            }
            let mut days = Days::of(&zone);
            let mut counted: BTreeMap<String, i64> = BTreeMap::new();
            for (day, part) in united(stays).into_iter().flat_map(|stay| days.parts(stay)) {
                *counted.entry(zone.date(day.from).to_string()).or_default() += part.micros() / MINUTE;
            }
            prop_assert_eq!(counted, seen);
        }
    }
}
