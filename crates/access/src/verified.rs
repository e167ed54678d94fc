//! Keys and sessions that were checked a moment ago, so that not every request asks the database.
//!
//! What lies here is at most [`FRESH_MICROS`] old: a key that another process revokes counts for that
//! long at most, one that this process revokes not at all.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use rollcall_model::Timestamp;
use rollcall_model::time::MICROS_PER_SECOND;
use uuid::Uuid;

use crate::api_key::SecretHash;
use crate::principal::Principal;

/// For how long the check of a key holds.
const FRESH_MICROS: i64 = 10 * MICROS_PER_SECOND;
/// For how long that of a session does: who was signed out on another node is out soon.
const SESSION_FRESH_MICROS: i64 = 2 * MICROS_PER_SECOND;
/// Most keys that are remembered.
const CAPACITY: usize = 1_024;

/// Keys or sessions that were checked a moment ago.
#[derive(Debug)]
pub(crate) struct Verified {
    keys: Mutex<Keys>,
    fresh_micros: i64,
}

#[derive(Debug, Default)]
struct Keys {
    by_id: HashMap<Uuid, Entry>,
    /// How often keys were forgotten. A check that began before the last time is not remembered: it may
    /// have read the key as it was before it was revoked.
    revocations: u64,
}

#[derive(Debug)]
struct Entry {
    secret: SecretHash,
    checked_at: Timestamp,
    expires_at: Option<Timestamp>,
    principal: Principal,
}

/// Taken before a key is read from the database, given back when it is to be remembered.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ticket(u64);

impl Entry {
    fn is_fresh(&self, now: Timestamp, fresh_micros: i64) -> bool {
        // A clock that was set back makes nothing fresh for longer.
        (0..fresh_micros).contains(&now.micros_since(self.checked_at))
    }
}

impl Default for Verified {
    fn default() -> Self {
        Verified { keys: Mutex::default(), fresh_micros: FRESH_MICROS }
    }
}

impl Verified {
    /// For sessions.
    pub(crate) fn of_sessions() -> Self {
        Verified { fresh_micros: SESSION_FRESH_MICROS, ..Self::default() }
    }

    /// The holder of a key that was checked a moment ago with the same secret.
    pub(crate) fn get(&self, id: Uuid, secret: &SecretHash, now: Timestamp) -> Option<Principal> {
        let keys = self.keys();
        let entry = keys.by_id.get(&id).filter(|entry| entry.is_fresh(now, self.fresh_micros))?;
        let counts = entry.expires_at.is_none_or(|expiry| now < expiry);
        (counts && entry.secret.matches(secret)).then(|| entry.principal.clone())
    }

    /// To be called before a key is read from the database.
    pub(crate) fn begin(&self) -> Ticket {
        Ticket(self.keys().revocations)
    }

    /// Remembers a key that was read and checked after `ticket` was taken.
    pub(crate) fn remember(
        &self,
        ticket: Ticket,
        id: Uuid,
        secret: SecretHash,
        expires_at: Option<Timestamp>,
        now: Timestamp,
        principal: Principal,
    ) {
        let mut keys = self.keys();
        if keys.revocations != ticket.0 {
            return;
        }
        if keys.by_id.len() >= CAPACITY && !keys.by_id.contains_key(&id) {
            keys.make_room(now, self.fresh_micros);
        }
        keys.by_id.insert(id, Entry { secret, checked_at: now, expires_at, principal });
    }

    /// Forgets a key that was revoked, once that is committed.
    pub(crate) fn forget(&self, id: Uuid) {
        let mut keys = self.keys();
        keys.revocations += 1;
        keys.by_id.remove(&id);
    }

    /// Forgets all: what they may do has changed.
    pub(crate) fn forget_all(&self) {
        let mut keys = self.keys();
        keys.revocations += 1;
        keys.by_id.clear();
    }

    fn keys(&self) -> MutexGuard<'_, Keys> {
        // Every change leaves the map whole, so a panic elsewhere under the lock does not matter.
        self.keys.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Keys {
    /// Drops what is no longer fresh; if that is nothing, the oldest.
    fn make_room(&mut self, now: Timestamp, fresh_micros: i64) {
        self.by_id.retain(|_, entry| entry.is_fresh(now, fresh_micros));
        if self.by_id.len() >= CAPACITY {
            let oldest = self.by_id.iter().min_by_key(|(_, entry)| entry.checked_at).map(|(id, _)| *id);
            if let Some(oldest) = oldest {
                self.by_id.remove(&oldest);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use rollcall_model::TenantId;

    use super::*;

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millis(1_790_000_000_000 + millis).unwrap()
    }

    fn id(number: usize) -> Uuid {
        Uuid::from_u128(number as u128)
    }

    const SECRET: SecretHash = SecretHash([1; 32]);

    fn remember(verified: &Verified, number: usize, now: Timestamp) {
        let principal = Principal::local_operator(TenantId::default());
        verified.remember(verified.begin(), id(number), SECRET, None, now, principal);
    }

    #[test]
    fn a_check_holds_for_ten_seconds_and_for_that_secret() {
        let verified = Verified::default();
        remember(&verified, 1, at(0));
        assert!(verified.get(id(1), &SECRET, at(9_999)).is_some());
        assert!(verified.get(id(1), &SECRET, at(10_000)).is_none());
        assert!(verified.get(id(1), &SECRET, at(-1)).is_none());
        assert!(verified.get(id(1), &SecretHash([2; 32]), at(1)).is_none());
        assert!(verified.get(id(2), &SECRET, at(1)).is_none());
    }

    #[test]
    fn a_key_that_expires_meanwhile_counts_no_longer() {
        let verified = Verified::default();
        let principal = Principal::local_operator(TenantId::default());
        verified.remember(verified.begin(), id(1), SECRET, Some(at(5_000)), at(0), principal);
        assert!(verified.get(id(1), &SECRET, at(4_999)).is_some());
        assert!(verified.get(id(1), &SECRET, at(5_000)).is_none());
    }

    #[test]
    fn a_revoked_key_is_forgotten_and_a_check_under_way_is_not_remembered() {
        let verified = Verified::default();
        remember(&verified, 1, at(0));
        let under_way = verified.begin();
        verified.forget(id(1));
        assert!(verified.get(id(1), &SECRET, at(1)).is_none());
        verified.remember(under_way, id(1), SECRET, None, at(1), Principal::local_operator(TenantId::default()));
        assert!(verified.get(id(1), &SECRET, at(1)).is_none());
    }

    #[test]
    fn it_is_bounded_and_drops_the_oldest() {
        let verified = Verified::default();
        for number in 0..CAPACITY + 10 {
            remember(&verified, number, at(number as i64));
        }
        assert_eq!(verified.keys().by_id.len(), CAPACITY);
        let now = at(CAPACITY as i64 + 10);
        assert!(verified.get(id(9), &SECRET, now).is_none());
        assert!(verified.get(id(10), &SECRET, now).is_some());
        // Once all have passed, one new key leaves room for all others.
        remember(&verified, 0, at(60_000));
        assert_eq!(verified.keys().by_id.len(), 1);
    }
}
