//! What the checks gather while they run side by side: findings, the seqs and sources they met, and what a
//! repair will need.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::civil::Date;
use rollcall_model::Session;
use uuid::Uuid;

use super::finding::{Finding, FindingKind, Findings, Place};
use super::{FsckProgress, Report};
use crate::lake::WrittenFile;
use crate::seal::Seal;

/// What came through a source.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Through {
    pub(super) events: i64,
    /// Time of the newest event, in microseconds.
    pub(super) newest: Option<i64>,
}

impl Through {
    pub(super) fn add(&mut self, other: Through) {
        self.events += other.events;
        self.newest = self.newest.max(other.newest);
    }
}

/// What the catalogue should say of a file.
#[derive(Debug)]
pub(super) struct Claim {
    pub(super) data_file_id: i64,
    pub(super) table_id: i64,
    pub(super) file: WrittenFile,
}

/// The sessions that are to be put right.
#[derive(Debug, Default)]
pub(super) struct SessionPlan {
    /// Keys of stored rows that go.
    pub(super) gone: HashSet<Uuid>,
    /// Ended sessions that come.
    pub(super) come: Vec<Session>,
    /// Files of ended sessions that can't be read.
    pub(super) unreadable: BTreeSet<i64>,
    /// Files of ended sessions in which rows go, or are not where they belong.
    pub(super) touched: BTreeSet<i64>,
    /// Whether the file of open sessions is wrong.
    pub(super) open_is_wrong: bool,
    /// The sessions that are open.
    pub(super) open: Vec<Session>,
}

/// What a repair will do.
#[derive(Debug, Default)]
pub(super) struct Plan {
    pub(super) seals: Vec<(i64, Seal)>,
    pub(super) claims: Vec<Claim>,
    /// Of each table: rows, bytes and next row id.
    pub(super) table_stats: BTreeMap<i64, (i64, i64, i64)>,
    /// Leases to end, by snapshot and seq.
    pub(super) leases: Vec<(i64, i64)>,
    pub(super) sources: BTreeMap<String, Through>,
    pub(super) sessions: SessionPlan,
    /// Days on which the counts are wrong.
    pub(super) counts: BTreeSet<Option<Date>>,
    pub(super) has_orphans: bool,
}

/// Everything that is gathered.
pub(super) struct Evidence {
    pub(super) findings: Findings,
    pub(super) seqs: SeqMap,
    plan: Mutex<Plan>,
    sources: Mutex<BTreeMap<String, Through>>,
    /// Files that are missing or damaged.
    bad: Mutex<BTreeSet<i64>>,
    /// Files whose rows are not where they belong.
    misplaced: Mutex<BTreeSet<i64>>,
    /// Files that are missing, unless they have expired meanwhile.
    missing: Mutex<Vec<(i64, Finding)>>,
    events: AtomicU64,
    sessions: AtomicU64,
    bytes: AtomicU64,
    total_bytes: u64,
    report: Report,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Whoever panicked with it has added a finding or not; what is there is right.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Evidence {
    pub(super) fn new(seqs: SeqMap, total_bytes: u64, report: Report) -> Self {
        Evidence {
            findings: Findings::default(),
            seqs,
            plan: Mutex::default(),
            sources: Mutex::default(),
            bad: Mutex::default(),
            misplaced: Mutex::default(),
            missing: Mutex::default(),
            events: AtomicU64::new(0),
            sessions: AtomicU64::new(0),
            bytes: AtomicU64::new(0),
            total_bytes,
            report,
        }
    }

    pub(super) fn find(&self, kind: FindingKind, place: Place, what: impl Into<String>) {
        self.findings.add(Finding::new(kind, place, what));
    }

    pub(super) fn plan(&self) -> MutexGuard<'_, Plan> {
        lock(&self.plan)
    }

    pub(super) fn add_sources(&self, sources: BTreeMap<String, Through>) {
        let mut all = lock(&self.sources);
        for (source, through) in sources {
            all.entry(source).or_default().add(through);
        }
    }

    pub(super) fn sources(&self) -> BTreeMap<String, Through> {
        lock(&self.sources).clone()
    }

    pub(super) fn is_bad(&self, data_file_id: i64) -> bool {
        lock(&self.bad).contains(&data_file_id)
    }

    pub(super) fn add_bad(&self, data_file_id: i64) {
        lock(&self.bad).insert(data_file_id);
    }

    pub(super) fn is_misplaced(&self, data_file_id: i64) -> bool {
        lock(&self.misplaced).contains(&data_file_id)
    }

    pub(super) fn add_misplaced(&self, data_file_id: i64) {
        lock(&self.misplaced).insert(data_file_id);
    }

    pub(super) fn add_missing(&self, data_file_id: i64, finding: Finding) {
        lock(&self.missing).push((data_file_id, finding));
    }

    pub(super) fn take_missing(&self) -> Vec<(i64, Finding)> {
        std::mem::take(&mut lock(&self.missing))
    }

    pub(super) fn add_events(&self, events: u64) {
        self.events.fetch_add(events, Ordering::Relaxed);
    }

    pub(super) fn add_sessions(&self, sessions: u64) {
        self.sessions.fetch_add(sessions, Ordering::Relaxed);
    }

    pub(super) fn events(&self) -> u64 {
        self.events.load(Ordering::Relaxed)
    }

    pub(super) fn sessions(&self) -> u64 {
        self.sessions.load(Ordering::Relaxed)
    }

    /// Bytes of files have been read.
    pub(super) fn has_read(&self, bytes: i64) {
        let bytes = u64::try_from(bytes).unwrap_or(0);
        let done = self.bytes.fetch_add(bytes, Ordering::Relaxed) + bytes;
        self.report.tell(FsckProgress { step: "files", done, total: self.total_bytes });
    }

    /// A pass over the access events is done.
    pub(super) fn has_paired(&self, done: u64, total: u64) {
        self.report.tell(FsckProgress { step: "sessions", done, total });
    }

    pub(super) fn into_parts(self) -> (Findings, Plan) {
        (self.findings, self.plan.into_inner().unwrap_or_else(PoisonError::into_inner))
    }
}

/// What became of noting a seq.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mark {
    New,
    Again,
    Outside,
}

/// Which seqs were met: one bit each, set from several threads.
#[derive(Debug)]
pub(super) struct SeqMap {
    words: Vec<AtomicU64>,
    next_seq: i64,
}

impl SeqMap {
    /// For the seqs before `next_seq`. No more than `at_most` can be met, whatever `next_seq` claims.
    pub(super) fn new(next_seq: i64, at_most: i64) -> Self {
        let room = usize::try_from(next_seq.min(at_most).max(0)).unwrap_or(0);
        let mut words = Vec::new();
        words.resize_with(room.div_ceil(64), AtomicU64::default);
        SeqMap { words, next_seq }
    }

    pub(super) fn mark(&self, seq: i64) -> Mark {
        let at = usize::try_from(seq).ok().filter(|_| seq < self.next_seq);
        let word = at.and_then(|at| Some((self.words.get(at / 64)?, 1_u64 << (at % 64))));
        match word {
            None => Mark::Outside,
            Some((word, bit)) if word.fetch_or(bit, Ordering::Relaxed) & bit == 0 => Mark::New,
            Some(_) => Mark::Again,
        }
    }

    /// The ranges that were not met, each from its first seq to before the second.
    pub(super) fn missing(&self) -> Vec<(i64, i64)> {
        let mut ranges = Ranges::default();
        let mut first = 0_i64;
        for word in &self.words {
            let unmet = !word.load(Ordering::Relaxed);
            if unmet != 0 {
                let of_word = (first..self.next_seq.min(first + 64)).zip(0..).filter(|(_, bit)| unmet >> bit & 1 == 1);
                of_word.for_each(|(seq, _)| ranges.push(seq));
            }
            first += 64;
        }
        if first < self.next_seq {
            ranges.push_range(first, self.next_seq);
        }
        ranges.0
    }
}

/// Seqs that rise, gathered into ranges.
#[derive(Debug, Default)]
pub(super) struct Ranges(pub(super) Vec<(i64, i64)>);

impl Ranges {
    pub(super) fn push(&mut self, seq: i64) {
        self.push_range(seq, seq.saturating_add(1));
    }

    fn push_range(&mut self, from: i64, to: i64) {
        match self.0.last_mut() {
            Some((_, end)) if *end == from => *end = to,
            _ => self.0.push((from, to)),
        }
    }

    /// The ranges of seqs in any order.
    pub(super) fn of(mut seqs: Vec<i64>) -> Self {
        seqs.sort_unstable();
        seqs.dedup();
        let mut ranges = Ranges::default();
        seqs.into_iter().for_each(|seq| ranges.push(seq));
        ranges
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_met_is_told_as_ranges() {
        let map = SeqMap::new(200, 1_000);
        for seq in (0..200).filter(|seq| !matches!(seq, 0 | 63 | 64 | 65 | 199)) {
            assert_eq!(map.mark(seq), Mark::New);
        }
        assert_eq!(map.missing(), [(0, 1), (63, 66), (199, 200)]);
        assert_eq!(map.mark(7), Mark::Again);
        for outside in [-1, 200, i64::MAX] {
            assert_eq!(map.mark(outside), Mark::Outside);
        }
    }

    #[test]
    fn a_head_that_claims_too_much_takes_no_memory() {
        let map = SeqMap::new(i64::MAX, 100);
        (0..100).for_each(|seq| assert_eq!(map.mark(seq), Mark::New));
        assert_eq!(map.missing(), [(100, i64::MAX)]);
        assert_eq!(SeqMap::new(0, 100).missing(), []);
    }
}
