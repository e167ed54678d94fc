//! What is remembered of files that never change, within a bound: what was not asked for longest goes first.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, PoisonError};

/// Values by key, as far as their memory has room.
#[derive(Debug)]
pub(crate) struct Remembered<K, V> {
    max_bytes: usize,
    kept: Mutex<Kept<K, V>>,
}

#[derive(Debug)]
struct Kept<K, V> {
    by_key: HashMap<K, Known<V>>,
    bytes: usize,
    clock: u64,
}

#[derive(Debug)]
struct Known<V> {
    value: V,
    bytes: usize,
    used: u64,
}

impl<K: Eq + Hash + Clone, V: Clone> Remembered<K, V> {
    /// Nothing yet, and room for so many bytes.
    pub(crate) fn new(max_bytes: usize) -> Self {
        Remembered { max_bytes, kept: Mutex::new(Kept { by_key: HashMap::new(), bytes: 0, clock: 0 }) }
    }

    /// What is known.
    pub(crate) fn known(&self, key: &K) -> Option<V> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.clock += 1;
        let now = kept.clock;
        let known = kept.by_key.get_mut(key)?;
        known.used = now;
        Some(known.value.clone())
    }

    /// Remembers a value of so many bytes.
    pub(crate) fn remember(&self, key: K, value: V, bytes: usize) {
        if bytes > self.max_bytes {
            return;
        }
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.bytes += bytes;
        let used = kept.clock;
        if let Some(before) = kept.by_key.insert(key, Known { value, bytes, used }) {
            kept.bytes -= before.bytes;
        }
        if kept.bytes > self.max_bytes {
            kept.make_room(self.max_bytes);
        }
    }

    #[cfg(test)]
    pub(crate) fn bytes(&self) -> usize {
        self.kept.lock().unwrap().bytes
    }
}

impl<K: Eq + Hash + Clone, V> Kept<K, V> {
    fn make_room(&mut self, max_bytes: usize) {
        let mut by_use: Vec<(u64, K)> = self.by_key.iter().map(|(key, known)| (known.used, key.clone())).collect();
        by_use.sort_unstable_by_key(|(used, _)| *used);
        for (_, key) in by_use {
            if self.bytes <= max_bytes {
                break;
            }
            if let Some(gone) = self.by_key.remove(&key) {
                self.bytes -= gone.bytes;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_asked_for_longest_makes_room() {
        let remembered = Remembered::new(100);
        for key in 0..3 {
            remembered.remember(key, "x", 50);
            assert_eq!(remembered.known(&0), Some("x"), "asked for all the time");
        }
        assert_eq!((remembered.known(&1), remembered.known(&2)), (None, Some("x")));
        remembered.remember(2, "y", 50);
        assert_eq!((remembered.known(&2), remembered.bytes()), (Some("y"), 100));
        remembered.remember(4, "z", 101);
        assert_eq!((remembered.known(&4), remembered.bytes()), (None, 100), "what has no room at all is not kept");
    }
}
