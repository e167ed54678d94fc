//! Moments and lengths of time as the generator reckons them: microseconds, as the ledger stores them.

use rollcall_model::Timestamp;

/// Microseconds in a millisecond.
pub(crate) const MILLISECOND: i64 = 1_000;
/// Microseconds in a second.
pub(crate) const SECOND: i64 = 1_000 * MILLISECOND;
/// Microseconds in a minute.
pub(crate) const MINUTE: i64 = 60 * SECOND;
/// Microseconds in an hour.
pub(crate) const HOUR: i64 = 60 * MINUTE;
/// Microseconds in 24 hours.
pub(crate) const DAY: i64 = 24 * HOUR;

/// A moment as an event bears it: to the millisecond, as most sources tell it.
pub(crate) fn to_the_millisecond(micros: i64) -> Timestamp {
    timestamp(micros - micros.rem_euclid(MILLISECOND))
}

/// A moment to the second, as the telephone system tells it.
pub(crate) fn to_the_second(micros: i64) -> Timestamp {
    timestamp(micros - micros.rem_euclid(SECOND))
}

fn timestamp(micros: i64) -> Timestamp {
    // Every moment lies in the range of the options, which are timestamps themselves.
    Timestamp::from_micros(micros).unwrap_or_default()
}
