//! When a message that has failed is sent again.

use std::time::Duration;

use rollcall_model::Timestamp;

use crate::jobs::{after, delay};

/// After the first attempts, one after the other; the last one stands for all that follow.
const DELAYS: [Duration; 7] = [
    Duration::from_secs(5),
    Duration::from_secs(30),
    Duration::from_secs(2 * 60),
    Duration::from_secs(10 * 60),
    Duration::from_secs(3_600),
    Duration::from_secs(3 * 3_600),
    Duration::from_secs(6 * 3_600),
];
/// For so long a message is tried.
const TRIED_FOR: Duration = Duration::from_secs(24 * 3_600);
/// A receiver is left alone for at most so long at a time.
const LONGEST_WISH: Duration = Duration::from_secs(6 * 3_600);

/// When to try again after so many failed attempts, the last of them now; never, once a day is over. The last attempt is
/// at the day's end.
pub(crate) fn next(now: Timestamp, first_failed_at: Timestamp, attempts: i32, wish: Option<Duration>) -> Option<Timestamp> {
    let end = after(first_failed_at, TRIED_FOR);
    if now >= end {
        return None;
    }
    let at = usize::try_from(attempts.saturating_sub(1)).unwrap_or(0).min(DELAYS.len() - 1);
    let usual = DELAYS.get(at).copied().unwrap_or(LONGEST_WISH);
    let wait = delay(1, usual, usual).max(wish.unwrap_or_default().min(LONGEST_WISH));
    Some(after(now, wait).min(end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attempts_grow_rarer_and_end_after_a_day() {
        let first: Timestamp = "2026-04-15T08:00:00Z".parse().unwrap();
        let (mut now, mut waits) = (first, Vec::new());
        for attempts in 1.. {
            let Some(at) = next(now, first, attempts, None) else { break };
            waits.push(at.seconds_since(now));
            now = at;
        }
        assert_eq!(now, after(first, TRIED_FOR), "the last attempt is at the end of the day");
        for (wait, usual) in waits.iter().zip(DELAYS) {
            assert!((0.79..=1.21).contains(&(wait / usual.as_secs_f64())), "{waits:?}");
        }
        assert!((9..=11).contains(&waits.len()), "{waits:?}");
    }

    #[test]
    fn a_receiver_is_left_alone_as_long_as_it_wants_within_bounds() {
        let now: Timestamp = "2026-04-15T08:00:00Z".parse().unwrap();
        let wait = |seconds| next(now, now, 1, Some(Duration::from_secs(seconds))).unwrap().seconds_since(now);
        assert!(wait(0) < 7.0);
        assert!((wait(300) - 300.0).abs() < 0.001);
        assert!((wait(1_000_000) - 21_600.0).abs() < 0.001);
    }
}
