//! How events arrive: most at once, some late, some twice.

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;

use rollcall_model::Event;

use crate::draw::Draw;
use crate::moment::{DAY, HOUR, MINUTE, SECOND};

/// In a million events, how many come late.
pub(crate) const LATE: u32 = 5_000;
/// In a million events, how many come a second time.
pub(crate) const REPEATED: u32 = 1_000;

/// Events on their way, first to arrive first.
#[derive(Default)]
pub(crate) struct OnTheWay {
    queue: BinaryHeap<Reverse<Delayed>>,
    sent: u64,
}

/// An event that arrives later than it happened.
struct Delayed {
    arrival: i64,
    /// Decides between those that arrive at one moment.
    number: u64,
    event: Event,
}

impl OnTheWay {
    /// Sends an event that happened at `at`. Answers it if it arrives at once.
    pub(crate) fn send(&mut self, at: i64, event: Event, draw: &mut Draw) -> Option<Event> {
        if draw.chance(REPEATED) {
            let pause = draw.between(SECOND, HOUR);
            let delay = if draw.chance(LATE) { delay(draw) } else { 0 };
            self.hold((at + delay + pause).min(at + DAY), event.clone());
        }
        if draw.chance(LATE) {
            self.hold(at + delay(draw), event);
            return None;
        }
        Some(event)
    }

    /// The event that arrives next, if it does so not after `until`.
    pub(crate) fn arrive(&mut self, until: Option<i64>) -> Option<Event> {
        let Reverse(next) = self.queue.peek()?;
        if until.is_some_and(|until| next.arrival > until) {
            return None;
        }
        self.queue.pop().map(|Reverse(delayed)| delayed.event)
    }

    fn hold(&mut self, arrival: i64, event: Event) {
        self.sent += 1;
        self.queue.push(Reverse(Delayed { arrival, number: self.sent, event }));
    }
}

/// How late something comes: mostly minutes, at most a day.
fn delay(draw: &mut Draw) -> i64 {
    match draw.below(100) {
        0..70 => draw.between(MINUTE, 15 * MINUTE),
        70..95 => draw.between(15 * MINUTE, 6 * HOUR),
        _ => draw.between(6 * HOUR, DAY),
    }
}

impl Ord for Delayed {
    fn cmp(&self, other: &Self) -> Ordering {
        (self.arrival, self.number).cmp(&(other.arrival, other.number))
    }
}

impl PartialOrd for Delayed {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Delayed {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Delayed {}
