//! Seeded draws: the same numbers on every machine and in every version.
//!
//! Owns all randomness of the generator. It takes only the key stream of ChaCha8, which the cipher's
//! definition fixes, and integer arithmetic: no distribution of a library, whose methods may draw
//! differently in a later version, and no floating point, whose logarithms differ between platforms.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};

/// What a stream of draws is for. Two purposes never share numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Who works where.
    Organisation = 1,
    /// One person's day.
    Day = 2,
    /// Which people are looked at to estimate how many events there will be.
    Sample = 3,
    /// When systems restart.
    Restarts = 4,
    /// What the events say, when they arrive, their ids.
    Events = 5,
}

/// A million, the whole of [`Draw::chance`].
pub(crate) const MILLION: u32 = 1_000_000;

/// A stream of draws.
#[derive(Debug, Clone)]
pub(crate) struct Draw(ChaCha8Rng);

impl Draw {
    /// The stream of a seed for a purpose. Streams of different `stream` numbers are independent.
    pub(crate) fn new(seed: u64, purpose: Purpose, stream: u64) -> Self {
        let mut key = [0; 32];
        let parts = seed.to_le_bytes().into_iter().chain((purpose as u64).to_le_bytes());
        for (byte, part) in key.iter_mut().zip(parts) {
            *byte = part;
        }
        let mut rng = ChaCha8Rng::from_seed(key);
        rng.set_stream(stream);
        Draw(rng)
    }

    /// 64 random bits.
    pub(crate) fn bits(&mut self) -> u64 {
        self.0.next_u64()
    }

    /// A number from 0 up to, but not including, `bound`; 0 if `bound` is 0.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        // Multiplying and keeping the high half favours some numbers by at most bound / 2^64.
        ((u128::from(self.0.next_u64()) * u128::from(bound)) >> 64) as u64
    }

    /// A number from `from` up to, but not including, `to`; `from` if there is none.
    pub(crate) fn between(&mut self, from: i64, to: i64) -> i64 {
        from + self.below(to.saturating_sub(from).max(0) as u64) as i64
    }

    /// Whether something happens that does so `parts` times in a million.
    pub(crate) fn chance(&mut self, parts: u32) -> bool {
        ((u64::from(self.0.next_u32()) * u64::from(MILLION)) >> 32) < u64::from(parts)
    }

    /// One item of a list, each as likely as the others.
    pub(crate) fn one_of<T: Copy>(&mut self, list: &[T]) -> T {
        match list.get(self.below(list.len() as u64) as usize) {
            Some(item) => *item,
            None => unreachable!("a list to draw from has at least one item"),
        }
    }

    /// A waiting time whose mean is `mean`: six in ten are short, the others long, so that what waits
    /// comes in bursts as work does.
    pub(crate) fn gap(&mut self, mean: i64) -> i64 {
        // 0.6 * 0.2 + 0.4 * 2.2 = 1
        let longest = if self.chance(600_000) { mean.saturating_mul(2) / 5 } else { mean.saturating_mul(22) / 5 };
        self.between(0, longest).max(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draws_are_pinned() {
        let mut draw = Draw::new(1, Purpose::Events, 7);
        let drawn: Vec<u64> = (0..4).map(|_| draw.below(1_000)).collect();
        assert_eq!(drawn, [479, 334, 359, 353]);
    }

    #[test]
    fn purposes_and_streams_are_independent() {
        let first = |purpose, stream| Draw::new(1, purpose, stream).bits();
        assert_ne!(first(Purpose::Day, 0), first(Purpose::Events, 0));
        assert_ne!(first(Purpose::Day, 0), first(Purpose::Day, 1));
    }

    #[test]
    fn a_gap_has_its_mean() {
        let mut draw = Draw::new(1, Purpose::Events, 0);
        let mean = (0..100_000).map(|_| draw.gap(1_000_000)).sum::<i64>() / 100_000;
        assert!((985_000..1_015_000).contains(&mean), "{mean}");
    }

    #[test]
    fn bounds_hold() {
        let mut draw = Draw::new(1, Purpose::Events, 0);
        assert!((0..10_000).all(|_| draw.below(3) < 3));
        assert!((0..10_000).all(|_| (-5..5).contains(&draw.between(-5, 5))));
        assert_eq!(draw.below(0), 0);
        assert_eq!(draw.between(9, 9), 9);
    }
}
