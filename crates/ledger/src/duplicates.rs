//! Duplicates: the same `event_id` and `event_time` within a tenant are one event, over the whole history.
//!
//! An event can only repeat one of its own day, so what is known is kept by day:
//!
//! - **Fingerprints** of the ids of days in use are in memory, eight bytes each. One that is not there proves
//!   an event new. One that is there proves nothing: the stored events are looked up and compared.
//! - **Other days** are asked through the Bloom filters of that day's files, again without false "new".
//!   A day of which much comes has its ids read instead.
//!
//! So the answer is exact also for days long past; only how long it takes differs. Whether the contents are
//! the same is judged by the digest of the canonical form, of the few events that repeat. What an event does
//! not say of its agent makes no difference: the directory may have said it when the event came first.

use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasher, BuildHasherDefault, Hasher, RandomState};
use std::path::PathBuf;
use std::sync::Arc;

use rollcall_model::time::MICROS_PER_DAY;
use rollcall_model::{Event, Timestamp};
use uuid::Uuid;

use crate::error::{Error, Result};
use crate::lake::DataFile;
use crate::lake::ids::{self, Content};
use crate::state::{TenantState, blocking};

/// Fingerprints kept in memory over all days; the days not used for longest go first.
const MAX_FINGERPRINTS: usize = 2_000_000;
/// Of a day of which more events come than this, the ids are read; until then its Bloom filters are asked.
const MANY_OF_A_DAY: usize = 500;

/// What makes two records the same event.
pub(crate) type Key = (Uuid, i64);
type Fingerprint = u64;

/// What an event is to those that came before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Not seen before.
    New,
    /// The same event again.
    Duplicate,
    /// The same id and time with other content: the first stays.
    Conflict,
}

/// What is known of the ids of one day.
#[derive(Debug, Default)]
struct Day {
    fingerprints: HashSet<Fingerprint, BuildHasherDefault<AsItIs>>,
    /// Whether the ids in files are among them; otherwise only those since the tail began.
    whole: bool,
    /// How many of its events the Bloom filters were asked for.
    asked: usize,
    used: u64,
}

/// Events that may be in the ledger already.
#[derive(Debug, Default)]
struct Perhaps {
    /// Their fingerprint is known.
    anywhere: HashSet<Key>,
    /// It isn't, but that of what lies in files of their day isn't either.
    in_files: HashSet<Key>,
}

/// A fingerprint is a hash already.
#[derive(Debug, Default, Clone, Copy)]
struct AsItIs(u64);

impl Hasher for AsItIs {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, _: &[u8]) {}

    fn write_u64(&mut self, number: u64) {
        self.0 = number;
    }
}

/// The ids of the days in use.
#[derive(Debug)]
pub(crate) struct Duplicates {
    /// Folder of the tenant's events.
    folder: PathBuf,
    days: HashMap<i64, Day>,
    /// Keyed anew in each process, so that nobody can send ids that collide.
    hasher: RandomState,
    /// The events before this seq are known of.
    seen_seq: i64,
    clock: u64,
}

pub(crate) fn day_of(micros: i64) -> i64 {
    micros.div_euclid(MICROS_PER_DAY)
}

pub(crate) fn key(event: &Event) -> Key {
    (event.event_id, event.event_time.as_micros())
}

impl Duplicates {
    pub(crate) fn new(folder: PathBuf) -> Self {
        Duplicates { folder, days: HashMap::new(), hasher: RandomState::new(), seen_seq: 0, clock: 0 }
    }

    fn fingerprint(&self, key: &Key) -> Fingerprint {
        self.hasher.hash_one((key.0.as_u128(), key.1))
    }

    /// Reads what [`Duplicates::judge`] will need for these events, so that it is quick.
    pub(crate) async fn prepare<'a>(&mut self, events: impl Iterator<Item = &'a Event>, state: &TenantState) -> Result<()> {
        self.clock += 1;
        let mut of_day: HashMap<i64, usize> = HashMap::new();
        for event in events {
            *of_day.entry(day_of(event.event_time.as_micros())).or_default() += 1;
        }
        for (number, count) in of_day {
            self.know(number, state);
            let files = files_of_day(state, number);
            let Some(day) = self.days.get_mut(&number) else { continue };
            day.used = self.clock;
            day.whole |= files.is_empty();
            day.asked += count;
            if !day.whole && day.asked > MANY_OF_A_DAY {
                self.read_ids(number, files).await?;
            }
        }
        self.make_room();
        Ok(())
    }

    /// Begins to keep a day: with what of it is in the tail.
    fn know(&mut self, number: i64, state: &TenantState) {
        if !self.days.contains_key(&number) {
            let mut day = Day::default();
            for key in ids::of_tail(&state.tail, number) {
                day.fingerprints.insert(self.fingerprint(&key));
            }
            self.days.insert(number, day);
        }
    }

    async fn read_ids(&mut self, number: i64, files: Vec<Arc<DataFile>>) -> Result<()> {
        let folder = self.folder.clone();
        let hasher = self.hasher.clone();
        let read = move || {
            let mut fingerprints = Vec::new();
            for file in &files {
                let keys = ids::of_file(&folder.join(&file.path))?;
                fingerprints.extend(keys.iter().map(|key| hasher.hash_one((key.0.as_u128(), key.1))));
            }
            Ok(fingerprints)
        };
        let fingerprints = blocking(read).await?;
        if let Some(day) = self.days.get_mut(&number) {
            day.fingerprints.extend(fingerprints);
            day.whole = true;
        }
        Ok(())
    }

    /// Lets go of the days that were not used for longest, but of none that the current call uses.
    fn make_room(&mut self) {
        let mut total: usize = self.days.values().map(|day| day.fingerprints.len()).sum();
        while total > MAX_FINGERPRINTS {
            let oldest = self.days.iter().filter(|(_, day)| day.used < self.clock).min_by_key(|(_, day)| day.used);
            let Some((&number, day)) = oldest else { break };
            total -= day.fingerprints.len();
            self.days.remove(&number);
        }
    }

    /// Judges events in their order, each also against those before it in the same call. What is new is
    /// remembered: call [`Duplicates::forget`] if it is not committed.
    pub(crate) async fn judge(&mut self, events: &[&Event], state: &TenantState) -> Result<Vec<Verdict>> {
        let verdicts = self.judge_all(events, state).await;
        if verdicts.is_err() {
            // Some of them may be remembered, and none was committed.
            self.days.clear();
        }
        verdicts
    }

    async fn judge_all(&mut self, events: &[&Event], state: &TenantState) -> Result<Vec<Verdict>> {
        let mut verdicts = vec![Verdict::New; events.len()];
        let mut perhaps = Perhaps::default();
        for event in events {
            let key = key(event);
            let fingerprint = self.fingerprint(&key);
            let number = day_of(key.1);
            // Known since they were prepared, unless all was forgotten in between.
            self.know(number, state);
            let day = self.days.entry(number).or_default();
            if !day.fingerprints.insert(fingerprint) {
                perhaps.anywhere.insert(key);
            } else if !day.whole {
                perhaps.in_files.insert(key);
            }
        }
        if perhaps.anywhere.is_empty() && perhaps.in_files.is_empty() {
            return Ok(verdicts);
        }
        let mut stored = self.stored(&perhaps, state).await?;
        // In their order: the first of several that are new is the one the others are held against.
        for (event, verdict) in events.iter().zip(&mut verdicts) {
            let key = key(event);
            if perhaps.anywhere.contains(&key) || perhaps.in_files.contains(&key) {
                *verdict = match stored.get(&key) {
                    None => {
                        stored.insert(key, Content::of(event));
                        Verdict::New
                    }
                    Some(known) if known.is_of(event) => Verdict::Duplicate,
                    Some(_) => Verdict::Conflict,
                };
            }
        }
        Ok(verdicts)
    }

    /// The contents of those events that are in the ledger already.
    async fn stored(&self, perhaps: &Perhaps, state: &TenantState) -> Result<HashMap<Key, Content>> {
        let mut stored = ids::find_in_tail(&state.tail, &perhaps.anywhere)?;
        let mut by_day: HashMap<i64, HashSet<Key>> = HashMap::new();
        for key in perhaps.anywhere.iter().chain(&perhaps.in_files).filter(|key| !stored.contains_key(key)) {
            by_day.entry(day_of(key.1)).or_default().insert(*key);
        }
        for (number, keys) in by_day {
            let paths: Vec<PathBuf> = files_of_day(state, number).iter().map(|file| self.folder.join(&file.path)).collect();
            if paths.is_empty() {
                continue;
            }
            let find = move || {
                let mut found = HashMap::new();
                for path in &paths {
                    found.extend(ids::find_in_file(path, &keys)?);
                }
                Ok::<_, Error>(found)
            };
            stored.extend(blocking(find).await?);
        }
        Ok(stored)
    }

    /// Learns of events that other nodes have committed, up to a state.
    pub(crate) fn follow(&mut self, state: &TenantState) -> Result<()> {
        if self.seen_seq >= state.next_seq {
            return Ok(());
        }
        if state.lake.archived_seq > self.seen_seq {
            // Events came and went into files unseen.
            self.days.clear();
        } else {
            for key in ids::of_batches(&state.tail.cut(self.seen_seq, i64::MAX)?.batches()) {
                let fingerprint = self.fingerprint(&key);
                if let Some(day) = self.days.get_mut(&day_of(key.1)) {
                    day.fingerprints.insert(fingerprint);
                }
            }
        }
        self.seen_seq = state.next_seq;
        Ok(())
    }

    /// What was judged new is committed: the next event gets `next_seq`.
    pub(crate) fn committed(&mut self, next_seq: i64) {
        self.seen_seq = next_seq;
    }

    /// Takes back what was remembered of events that were not committed.
    pub(crate) fn forget<'a>(&mut self, events: impl Iterator<Item = &'a Event>) {
        for event in events {
            let fingerprint = self.fingerprint(&key(event));
            if let Some(day) = self.days.get_mut(&day_of(event.event_time.as_micros())) {
                day.fingerprints.remove(&fingerprint);
            }
        }
    }

    /// Forgets everything: what is stored is not known for sure.
    pub(crate) fn forget_all(&mut self) {
        self.days.clear();
    }
}

fn files_of_day(state: &TenantState, number: i64) -> Vec<Arc<DataFile>> {
    let of_day = |moment: Timestamp| day_of(moment.as_micros());
    let touches =
        |file: &&Arc<DataFile>| file.times("event_time").is_none_or(|(first, last)| of_day(first) <= number && number <= of_day(last));
    state.lake.events.iter().filter(touches).cloned().collect()
}
