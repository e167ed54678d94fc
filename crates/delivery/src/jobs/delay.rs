//! After how long something that failed is tried again.

use std::time::Duration;

/// The delay after an attempt: twice that of the attempt before, from `first` up to `most`, and by up to a fifth
/// longer or shorter, so that what failed together does not come back together.
pub fn delay(attempt: u32, first: Duration, most: Duration) -> Duration {
    let doubled = first.saturating_mul(2u32.saturating_pow(attempt.saturating_sub(1).min(30)));
    let base = doubled.min(most);
    let mut byte = [0u8; 1];
    // Without randomness it is the plain delay.
    let part = if getrandom::fill(&mut byte).is_ok() { f64::from(byte[0]) / 255.0 } else { 0.5 };
    base.mul_f64(0.8 + 0.4 * part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_grows_up_to_its_bound_and_is_never_the_same_for_all() {
        let (first, most) = (Duration::from_secs(5), Duration::from_secs(600));
        for (attempt, expected) in [(1, 5.0), (2, 10.0), (3, 20.0), (8, 600.0), (40, 600.0)] {
            for _ in 0..50 {
                let seconds = delay(attempt, first, most).as_secs_f64();
                assert!((expected * 0.79..=expected * 1.21).contains(&seconds), "{attempt}: {seconds}");
            }
        }
        let told: std::collections::BTreeSet<Duration> = (0..50).map(|_| delay(3, first, most)).collect();
        assert!(told.len() > 5);
    }
}
