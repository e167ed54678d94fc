//! Which events a file or the tail holds, by their ids: what duplicates are recognised by.

use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::path::Path;

use arrow::array::{AsArray, RecordBatch, UInt64Array};
use arrow::compute::take_record_batch;
use arrow::datatypes::TimestampMicrosecondType;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ParquetRecordBatchReaderBuilder, RowSelection, RowSelector};
use rollcall_model::directory::AgentFacts;
use rollcall_model::{Event, canonical};
use uuid::Uuid;

use crate::duplicates::{Key, day_of, key};
use crate::error::{Error, Result};
use crate::event_batch;
use crate::schema::{Table, position};
use crate::tail::Tail;

type Builder = ParquetRecordBatchReaderBuilder<File>;
type Contents = HashMap<Key, Content>;

/// What an event is compared by with one of the same id and time.
#[derive(Debug)]
pub(crate) struct Content {
    /// Digest of all of it.
    digest: [u8; 32],
    /// What it says of its agent, which may be the directory's.
    agent: AgentFacts,
}

impl Content {
    pub(crate) fn of(event: &Event) -> Self {
        Content { digest: canonical::content_digest(event), agent: AgentFacts::of(event) }
    }

    /// Whether an event that comes again is this one. What it does not say of its agent was perhaps added from
    /// the directory as that was then, so it makes no difference.
    pub(crate) fn is_of(&self, event: &Event) -> bool {
        let is_same = |event: &Event| canonical::content_digest(event) == self.digest;
        is_same(event) || self.agent.added_to(event).is_some_and(|event| is_same(&event))
    }
}

/// The ids of a day's events in the tail.
pub(crate) fn of_tail(tail: &Tail, day: i64) -> Vec<Key> {
    of_batches(&tail.batches()).filter(|key| day_of(key.1) == day).collect()
}

/// The ids of the events of batches.
pub(crate) fn of_batches(batches: &[RecordBatch]) -> impl Iterator<Item = Key> {
    batches.iter().flat_map(keys)
}

/// The ids of a file's events, and nothing else of it.
pub(crate) fn of_file(path: &Path) -> Result<Vec<Key>> {
    let builder = open(path)?;
    let mask = id_columns(&builder);
    let mut found = Vec::new();
    for batch in builder.with_projection(mask).build()? {
        found.extend(keys(&batch?));
    }
    Ok(found)
}

/// Contents of those events of the tail that are looked for.
pub(crate) fn find_in_tail(tail: &Tail, wanted: &HashSet<Key>) -> Result<Contents> {
    let mut found = Contents::new();
    if wanted.is_empty() {
        return Ok(found);
    }
    let wanted = Wanted::new(wanted);
    for batch in tail.batches() {
        let rows: UInt64Array = wanted.rows_of(&batch, 0).into_iter().collect();
        if !rows.is_empty() {
            found.extend(contents(&take_record_batch(&batch, &rows)?)?);
        }
    }
    Ok(found)
}

/// Contents of those events of a file that are looked for. The Bloom filters of its row groups tell
/// of most that are not there without a row being read.
pub(crate) fn find_in_file(path: &Path, wanted: &HashSet<Key>) -> Result<Contents> {
    let groups = groups_that_may_hold(&open(path)?, wanted)?;
    if groups.is_empty() {
        return Ok(Contents::new());
    }
    let builder = open(path)?;
    let mask = id_columns(&builder);
    let (mut rows, mut first) = (Vec::new(), 0);
    let wanted = Wanted::new(wanted);
    for batch in builder.with_projection(mask).with_row_groups(groups.clone()).build()? {
        let batch = batch?;
        rows.extend(wanted.rows_of(&batch, first));
        first += batch.num_rows() as u64;
    }
    let mut found = Contents::new();
    if rows.is_empty() {
        return Ok(found);
    }
    for batch in open(path)?.with_row_groups(groups).with_row_selection(selection(&rows, first)).build()? {
        found.extend(contents(&batch?)?);
    }
    Ok(found)
}

fn open(path: &Path) -> Result<Builder> {
    let file = File::open(path).map_err(|e| Error::file(path, &e))?;
    ParquetRecordBatchReaderBuilder::try_new(file).map_err(|e| Error::file(path, &e))
}

fn id_columns(builder: &Builder) -> ProjectionMask {
    ProjectionMask::roots(builder.parquet_schema(), [position(Table::Events, "event_id"), position(Table::Events, "event_time")])
}

/// The row groups whose Bloom filter doesn't rule out all that is looked for.
fn groups_that_may_hold(builder: &Builder, wanted: &HashSet<Key>) -> Result<Vec<usize>> {
    let column = position(Table::Events, "event_id");
    let mut groups = Vec::new();
    for group in 0..builder.metadata().num_row_groups() {
        let filter = builder.get_row_group_column_bloom_filter(group, column)?;
        if filter.is_none_or(|filter| wanted.iter().any(|key| filter.check(key.0.as_bytes().as_slice()))) {
            groups.push(group);
        }
    }
    Ok(groups)
}

/// Ids that are looked for among many.
struct Wanted<'a> {
    keys: &'a HashSet<Key>,
    /// A bit for each of the times that occur, by which most rows are passed over without a look at their id.
    times: Vec<u64>,
}

impl<'a> Wanted<'a> {
    /// Bits for each id that is looked for.
    const BITS: usize = 64;

    fn new(keys: &'a HashSet<Key>) -> Self {
        let mut wanted = Wanted { keys, times: vec![0; (keys.len() * Self::BITS / 64).next_power_of_two()] };
        for (_, time) in keys {
            let (word, bit) = wanted.place(*time);
            if let Some(word) = wanted.times.get_mut(word) {
                *word |= bit;
            }
        }
        wanted
    }

    /// The rows of a batch that are looked for, counted from `first`.
    fn rows_of(&self, batch: &RecordBatch, first: u64) -> Vec<u64> {
        let times = batch.column_by_name("event_time").and_then(|array| array.as_primitive_opt::<TimestampMicrosecondType>());
        let times = times.map(|times| times.values().as_ref()).unwrap_or_default();
        let ids = batch.column_by_name("event_id").and_then(|array| array.as_fixed_size_binary_opt());
        let is_wanted = |row: usize, time: i64| {
            let id = ids.and_then(|ids| Uuid::from_slice(ids.value(row)).ok()).unwrap_or_default();
            self.keys.contains(&(id, time))
        };
        let rows = times.iter().enumerate().filter(|&(row, &time)| self.may_have(time) && is_wanted(row, time));
        rows.map(|(row, _)| first + row as u64).collect()
    }

    fn may_have(&self, time: i64) -> bool {
        let (word, bit) = self.place(time);
        self.times.get(word).is_some_and(|word| word & bit != 0)
    }

    fn place(&self, time: i64) -> (usize, u64) {
        // Fibonacci hashing: times that are near each other are spread.
        let hash = time.cast_unsigned().wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 20;
        (usize::try_from(hash >> 6).unwrap_or(0) & (self.times.len() - 1), 1 << (hash & 63))
    }
}

/// The ids and times of a batch's events, row by row.
fn keys(batch: &RecordBatch) -> impl Iterator<Item = Key> {
    let ids = batch.column_by_name("event_id").and_then(|array| array.as_fixed_size_binary_opt());
    let times = batch.column_by_name("event_time").and_then(|array| array.as_primitive_opt::<TimestampMicrosecondType>());
    // Both are required columns: every file of ours has them.
    let pairs = ids.zip(times).map(|(ids, times)| ids.iter().zip(times.values().iter()));
    pairs.into_iter().flatten().map(|(id, &time)| (id.and_then(|id| Uuid::from_slice(id).ok()).unwrap_or_default(), time))
}

fn contents(batch: &RecordBatch) -> Result<Vec<(Key, Content)>> {
    let stored = event_batch::decode(batch)?;
    Ok(stored.iter().map(|stored| (key(&stored.event), Content::of(&stored.event))).collect())
}

/// Selects rows by their numbers, which rise.
fn selection(rows: &[u64], total: u64) -> RowSelection {
    let (mut selectors, mut at) = (Vec::new(), 0);
    let count = |rows: u64| usize::try_from(rows).unwrap_or(usize::MAX);
    for &row in rows {
        if row > at {
            selectors.push(RowSelector::skip(count(row - at)));
        }
        selectors.push(RowSelector::select(1));
        at = row + 1;
    }
    if total > at {
        selectors.push(RowSelector::skip(count(total - at)));
    }
    RowSelection::from(selectors)
}
