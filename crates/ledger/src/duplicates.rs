//! Duplicates: the same `event_id` and `event_time` within a tenant are one event, over the whole history.
//!
//! An event can only repeat one of its own day. So the ids of a day are read from that day's files when
//! an event of that day first comes, and stay in memory while the day is in use. The answer is exact
//! also for days long past; only how long it takes differs.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

use arrow::array::{AsArray, RecordBatch};
use arrow::datatypes::TimestampMicrosecondType;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use rollcall_model::time::MICROS_PER_DAY;
use rollcall_model::{Event, Timestamp, canonical};
use uuid::Uuid;

use crate::error::{Error, Result};
use crate::event_batch;
use crate::lake::DataFile;
use crate::schema::{Table, position};
use crate::state::{TenantState, blocking, read_file};

/// Ids kept in memory over all days; the days not used for longest go first.
const MAX_IDS: usize = 4_000_000;

/// What makes two records the same event.
type Key = (Uuid, i64);
/// The first eight bytes of a content digest; zero is "not known yet".
type Digest = u64;

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

/// The ids of one day.
#[derive(Debug, Default)]
struct Day {
    ids: HashMap<Key, Digest>,
    /// Whether the contents of what lies in files are known too.
    with_contents: bool,
    used: u64,
}

/// The ids of the days in use.
#[derive(Debug)]
pub(crate) struct Duplicates {
    /// Folder of the tenant's events.
    folder: PathBuf,
    days: HashMap<i64, Day>,
    clock: u64,
}

fn day_of(moment: Timestamp) -> i64 {
    moment.as_micros().div_euclid(MICROS_PER_DAY)
}

fn key(event: &Event) -> Key {
    (event.event_id, event.event_time.as_micros())
}

fn digest(event: &Event) -> Digest {
    let [a, b, c, d, e, f, g, h, ..] = canonical::content_digest(event);
    u64::from_be_bytes([a, b, c, d, e, f, g, h]).max(1)
}

impl Duplicates {
    pub(crate) fn new(folder: PathBuf) -> Self {
        Duplicates { folder, days: HashMap::new(), clock: 0 }
    }

    /// Judges events in their order, each also against those before it in the same call. What is new is
    /// remembered: call [`Duplicates::forget`] if it is not committed. After an error nothing is
    /// remembered: a part of the events could be, and none was committed.
    pub(crate) async fn judge(&mut self, events: &[Event], state: &TenantState) -> Result<Vec<Verdict>> {
        let verdicts = self.judge_all(events, state).await;
        if verdicts.is_err() {
            self.days.clear();
        }
        verdicts
    }

    async fn judge_all(&mut self, events: &[Event], state: &TenantState) -> Result<Vec<Verdict>> {
        self.load_days(events, state).await?;
        let mut verdicts = Vec::with_capacity(events.len());
        for event in events {
            let content = digest(event);
            let number = day_of(event.event_time);
            let unknown = self.days.get(&number).is_some_and(|day| day.ids.get(&key(event)) == Some(&0));
            if unknown {
                self.load_contents(number, state).await?;
            }
            let day = self.days.entry(number).or_default();
            verdicts.push(match day.ids.get(&key(event)) {
                None => {
                    day.ids.insert(key(event), content);
                    Verdict::New
                }
                Some(&known) if known == content => Verdict::Duplicate,
                Some(_) => Verdict::Conflict,
            });
        }
        Ok(verdicts)
    }

    /// Takes back what was remembered of events that were not committed.
    pub(crate) fn forget<'a>(&mut self, events: impl Iterator<Item = &'a Event>) {
        for event in events {
            if let Some(day) = self.days.get_mut(&day_of(event.event_time)) {
                day.ids.remove(&key(event));
            }
        }
    }

    async fn load_days(&mut self, events: &[Event], state: &TenantState) -> Result<()> {
        self.clock += 1;
        let mut numbers: Vec<i64> = events.iter().map(|event| day_of(event.event_time)).collect();
        numbers.sort_unstable();
        numbers.dedup();
        for &number in &numbers {
            if !self.days.contains_key(&number) {
                let mut day = Day::default();
                self.read_files(number, state, false, &mut day).await?;
                read_tail(number, state, &mut day)?;
                self.days.insert(number, day);
            }
            if let Some(day) = self.days.get_mut(&number) {
                day.used = self.clock;
            }
        }
        self.make_room();
        Ok(())
    }

    /// Lets go of the days that were not used for longest, but of none that the current call uses.
    fn make_room(&mut self) {
        let mut total: usize = self.days.values().map(|day| day.ids.len()).sum();
        while total > MAX_IDS {
            let oldest = self.days.iter().filter(|(_, day)| day.used < self.clock).min_by_key(|(_, day)| day.used);
            let Some((&number, day)) = oldest else { break };
            total -= day.ids.len();
            self.days.remove(&number);
        }
    }

    /// Learns the contents of a day's events in files: a record has come again, and may differ.
    async fn load_contents(&mut self, number: i64, state: &TenantState) -> Result<()> {
        let mut day = self.days.remove(&number).unwrap_or_default();
        if !day.with_contents {
            self.read_files(number, state, true, &mut day).await?;
            day.with_contents = true;
        }
        self.days.insert(number, day);
        Ok(())
    }

    async fn read_files(&self, number: i64, state: &TenantState, contents: bool, day: &mut Day) -> Result<()> {
        let of_day =
            |file: &&Arc<DataFile>| file.times("event_time").is_none_or(|(first, last)| day_of(first) <= number && number <= day_of(last));
        let paths: Vec<PathBuf> = state.lake.events.iter().filter(of_day).map(|file| self.folder.join(&file.path)).collect();
        let read = move || {
            let mut found = Vec::new();
            for path in &paths {
                if contents {
                    for batch in read_file(path)? {
                        found.extend(event_batch::decode(&batch)?.iter().map(|stored| (key(&stored.event), digest(&stored.event))));
                    }
                } else {
                    found.extend(read_ids(path)?.into_iter().map(|key| (key, 0)));
                }
            }
            Ok(found)
        };
        for (key, digest) in blocking(read).await? {
            let known = day.ids.entry(key).or_insert(digest);
            *known = (*known).max(digest);
        }
        Ok(())
    }
}

/// The ids and times of a file's events, and nothing else of it.
fn read_ids(path: &std::path::Path) -> Result<Vec<Key>> {
    let file = std::fs::File::open(path).map_err(|e| Error::file(path, &e))?;
    let builder = ParquetRecordBatchReaderBuilder::try_new(file)?;
    let wanted = [position(Table::Events, "event_id"), position(Table::Events, "event_time")];
    let mask = ProjectionMask::roots(builder.parquet_schema(), wanted);
    let mut keys = Vec::new();
    for batch in builder.with_projection(mask).build()? {
        keys.extend(batch_keys(&batch?)?);
    }
    Ok(keys)
}

fn batch_keys(batch: &RecordBatch) -> Result<Vec<Key>> {
    let missing = || Error::Corrupt("events without ids".to_owned());
    let ids = batch.column_by_name("event_id").and_then(|array| array.as_fixed_size_binary_opt()).ok_or_else(missing)?;
    let times =
        batch.column_by_name("event_time").and_then(|array| array.as_primitive_opt::<TimestampMicrosecondType>()).ok_or_else(missing)?;
    let pairs = ids.iter().zip(times.iter());
    Ok(pairs.filter_map(|(id, time)| Some((Uuid::from_slice(id?).ok()?, time?))).collect())
}

/// What of a day is in the journal.
fn read_tail(number: i64, state: &TenantState, day: &mut Day) -> Result<()> {
    for batch in state.tail.batches() {
        let of_day = |time: Option<i64>| time.and_then(Timestamp::from_micros).is_some_and(|moment| day_of(moment) == number);
        let times = batch.column(position(Table::Events, "event_time")).as_primitive::<TimestampMicrosecondType>();
        if times.iter().any(of_day) {
            let stored = event_batch::decode(&batch)?;
            let of_day = stored.iter().filter(|stored| day_of(stored.event.event_time) == number);
            day.ids.extend(of_day.map(|stored| (key(&stored.event), digest(&stored.event))));
        }
    }
    Ok(())
}
