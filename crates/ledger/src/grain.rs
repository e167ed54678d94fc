//! Which questions counts answer exactly, and for which part of a range.
//!
//! Counts lie in two grains. Those of a quarter of an hour tell events apart by every column of the table
//! but the hierarchy; those of a UTC day by the hierarchy too. A question can be answered from a grain if
//! every column by which it filters (scope included), groups or splits is told apart there, and all that
//! it asks of the events is how many they are. Whole stretches are then read from counts, the edges of
//! the range from events: see [`Grain::answering`] and [`Grain::split`].
//!
//! Never from counts: anything about a person, an address, an id or a tag, distinct agents, first and last
//! times, rows, and what was known as of an earlier `seq`.

use std::ops::Range;

use rollcall_model::columns::{COUNTS, find};
use rollcall_model::time::{MICROS_PER_DAY, MICROS_PER_HOUR};

/// The stretch of time by which events are counted together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Grain {
    /// A day in UTC, with the hierarchy.
    Day,
    /// A quarter of an hour: zones are offset by 30 and 45 minutes too. Without the hierarchy.
    QuarterHour,
}

/// A range of moments in microseconds, in three parts that follow each other. Any of them may be empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Split {
    /// What lies before the first whole stretch: asked of events.
    pub(crate) before: Range<i64>,
    /// The whole stretches: asked of counts, by `start_time`.
    pub(crate) whole: Range<i64>,
    /// What lies after the last whole stretch: asked of events.
    pub(crate) after: Range<i64>,
}

impl Grain {
    /// All grains, in their order as texts.
    pub(crate) const ALL: [Grain; 2] = [Grain::Day, Grain::QuarterHour];

    /// Its word in the column `grain`.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Grain::Day => "day",
            Grain::QuarterHour => "quarter_hour",
        }
    }

    /// The grain of a word.
    pub(crate) fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|grain| grain.as_str() == word)
    }

    /// How long a stretch is, in microseconds.
    pub(crate) fn micros(self) -> i64 {
        match self {
            Grain::Day => MICROS_PER_DAY,
            Grain::QuarterHour => MICROS_PER_HOUR / 4,
        }
    }

    /// Start of the stretch in which a moment lies.
    pub(crate) fn start(self, moment: i64) -> i64 {
        moment - moment.rem_euclid(self.micros())
    }

    /// Whether its counts tell events apart by a column.
    pub(crate) fn tells_apart(self, column: &str) -> bool {
        match column {
            "grain" | "start_time" | "events" => false,
            "hierarchy" => self == Grain::Day,
            _ => find(COUNTS, column).is_some(),
        }
    }

    /// The finest grain that answers a question which filters, groups and splits by these columns of an
    /// event, if one does. A scope filters too: by hierarchy, routing profile and tags.
    pub(crate) fn answering(columns: &[&str]) -> Option<Self> {
        let answers = |grain: &Grain| columns.iter().all(|column| grain.tells_apart(column));
        [Grain::QuarterHour, Grain::Day].into_iter().find(answers)
    }

    /// Parts a range, from its first moment to before its end, in edges and whole stretches. A range
    /// without a whole stretch is all edge; one that ends before it begins is empty.
    pub(crate) fn split(self, range: Range<i64>) -> Split {
        let Range { start: from, end } = range;
        let to = end.max(from);
        let first = match self.start(from) {
            start if start == from => from,
            start => start + self.micros(),
        };
        let last = self.start(to);
        if first < last {
            Split { before: from..first, whole: first..last, after: last..to }
        } else {
            Split { before: from..to, whole: to..to, after: to..to }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const QUARTER: i64 = MICROS_PER_HOUR / 4;

    #[test]
    fn the_finest_grain_that_tells_all_columns_apart_answers() {
        assert_eq!(Grain::answering(&[]), Some(Grain::QuarterHour));
        assert_eq!(Grain::answering(&["category", "activity", "routing_profile"]), Some(Grain::QuarterHour));
        assert_eq!(Grain::answering(&["category", "hierarchy"]), Some(Grain::Day));
        for finer in ["account", "instance", "tags", "source_ip", "event_time", "grain", "start_time", "events", "no_such_column"] {
            assert_eq!(Grain::answering(&["category", finer]), None, "{finer}");
        }
    }

    #[test]
    fn a_range_is_parted_at_whole_stretches() {
        let split = |range| Grain::QuarterHour.split(range);
        let parts = |before, whole, after| Split { before, whole, after };
        assert_eq!(split(0..QUARTER), parts(0..0, 0..QUARTER, QUARTER..QUARTER), "a whole one has no edges");
        assert_eq!(split(1..3 * QUARTER - 1), parts(1..QUARTER, QUARTER..2 * QUARTER, 2 * QUARTER..3 * QUARTER - 1));
        assert_eq!(split(-1..QUARTER + 1), parts(-1..0, 0..QUARTER, QUARTER..QUARTER + 1), "times before 1970");
        let all_edge = |range: Range<i64>| parts(range.clone(), range.end..range.end, range.end..range.end);
        assert_eq!(split(1..QUARTER), all_edge(1..QUARTER), "within one stretch");
        assert_eq!(split(1..2 * QUARTER - 1), all_edge(1..2 * QUARTER - 1), "over a bound, but no whole stretch");
        assert_eq!(split(Range { start: 7, end: 3 }), all_edge(7..7), "it ends before it begins");
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
        #[test]
        fn the_parts_make_the_range_and_edges_are_short(from in -3 * MICROS_PER_DAY..3 * MICROS_PER_DAY, length in 0..3 * MICROS_PER_DAY) {
            for grain in Grain::ALL {
                let Split { before, whole, after } = grain.split(from..from + length);
                prop_assert_eq!((before.start, before.end, whole.end, after.end), (from, whole.start, after.start, from + length));
                prop_assert!(before.start <= before.end && whole.start <= whole.end && after.start <= after.end);
                if whole.is_empty() {
                    prop_assert!(length < 2 * grain.micros());
                } else {
                    prop_assert_eq!((grain.start(whole.start), grain.start(whole.end)), (whole.start, whole.end));
                    prop_assert!(before.end - before.start < grain.micros() && after.end - after.start < grain.micros());
                }
            }
        }
    }
}
