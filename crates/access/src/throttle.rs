//! How soon somebody may try to sign in again who has failed: at once at first, later and later from then on.
//!
//! Attempts are counted for an account from one address, for an account from anywhere, and for an address whatever
//! the account: a guess costs its guesser time, and somebody else's guesses cost an account's owner as little as can be.
//! It is the same for accounts that there are not.

use rollcall_control::sign_ins::Failures;
use rollcall_control::users::account_key;
use rollcall_model::time::MICROS_PER_SECOND;
use rollcall_model::{TenantId, Timestamp};
use sha2::{Digest, Sha256};

/// The longest wait, in seconds.
const LONGEST_S: i64 = 15 * 60;
/// After so long nothing is counted any more, in seconds.
pub(crate) const FORGOTTEN_AFTER_S: i64 = 24 * 60 * 60;

/// What attempts are counted for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Subjects {
    /// An account from an address.
    pair: String,
    /// An account.
    account: String,
    /// An address.
    address: Option<String>,
}

impl Subjects {
    pub(crate) fn of(tenant: &TenantId, account: &str, address: Option<&str>) -> Self {
        // The key of the account, lest each way to write it has attempts of its own. What somebody types for an account may
        // be their password: it is not kept.
        let account = account_key(account);
        let digest = |parts: &[&str]| {
            let mut digest = Sha256::new();
            for part in parts {
                digest.update((part.len() as u64).to_be_bytes());
                digest.update(part.as_bytes());
            }
            digest.finalize().iter().take(16).map(|byte| format!("{byte:02x}")).collect::<String>()
        };
        let address_text = address.unwrap_or("none");
        Subjects {
            pair: format!("p:{}", digest(&[tenant.as_str(), &account, address_text])),
            account: format!("n:{}", digest(&[tenant.as_str(), &account])),
            address: address.map(|address| format!("a:{}", digest(&[address]))),
        }
    }

    /// All of them.
    pub(crate) fn all(&self) -> Vec<String> {
        [Some(&self.pair), Some(&self.account), self.address.as_ref()].into_iter().flatten().cloned().collect()
    }
}

/// Whether a success forgives what has failed for a subject. Of an address it does not: whoever has one account would try the
/// passwords of others for as long as they like.
pub(crate) fn is_forgiven(subject: &str) -> bool {
    !subject.starts_with("a:")
}

/// How many seconds must still pass before another attempt for a subject; none if it may be made now.
pub(crate) fn wait_s(subject: &str, failures: Failures, now: Timestamp) -> Option<i64> {
    let free = match subject.split_once(':').map(|(kind, _)| kind) {
        Some("p") => 5,
        Some("n") => 25,
        _ => 100,
    };
    let passed_s = now.micros_since(failures.last_at) / MICROS_PER_SECOND;
    if failures.count < free || passed_s >= FORGOTTEN_AFTER_S {
        return None;
    }
    // 2, 4, 8, … seconds.
    let doublings = u32::try_from(failures.count - free).unwrap_or(u32::MAX).min(20);
    let wait_s = 2_i64.saturating_mul(2_i64.saturating_pow(doublings)).min(LONGEST_S);
    Some(wait_s - passed_s.max(0)).filter(|left| *left > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_seconds(1_790_000_000 + seconds).unwrap()
    }

    fn wait(subject: &str, count: i64, passed: i64) -> Option<i64> {
        wait_s(subject, Failures { count, last_at: at(0) }, at(passed))
    }

    #[test]
    fn the_wait_doubles_up_to_a_quarter_of_an_hour() {
        assert_eq!(wait("p:x", 4, 0), None);
        assert_eq!([5, 6, 7, 8].map(|count| wait("p:x", count, 0)), [Some(2), Some(4), Some(8), Some(16)]);
        assert_eq!(wait("p:x", 1_000, 0), Some(LONGEST_S));
        assert_eq!(wait("p:x", 8, 10), Some(6));
        assert_eq!(wait("p:x", 8, 16), None);
        assert_eq!(wait("p:x", 8, -5), Some(16), "a clock that was set back makes nobody wait longer");
    }

    #[test]
    fn an_account_and_an_address_have_more_attempts_than_both_together() {
        assert_eq!((wait("n:x", 24, 0), wait("n:x", 25, 0)), (None, Some(2)));
        assert_eq!((wait("a:x", 99, 0), wait("a:x", 100, 0)), (None, Some(2)));
    }

    #[test]
    fn an_account_is_the_same_however_it_is_written_and_is_not_kept() {
        let default = TenantId::default();
        let subjects = Subjects::of(&default, " Mara ", Some("192.0.2.7"));
        assert_eq!(subjects, Subjects::of(&default, "mara", Some("192.0.2.7")));
        assert_eq!(subjects.all().len(), 3);
        assert!(!format!("{subjects:?}").to_lowercase().contains("mara"));
        assert_ne!(subjects.account, Subjects::of(&TenantId::new("emea").unwrap(), "mara", None).account);
        assert_eq!(Subjects::of(&default, "mara", None).all().len(), 2);
    }
}
