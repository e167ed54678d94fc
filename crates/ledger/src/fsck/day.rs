//! A day's files: each on its own, and together what their events must add up to.
//!
//! An event can only repeat one of its own day, and counts are by day, so a day is all that is in memory: of
//! each event eight bytes of fingerprint and its seq.

use std::collections::{BTreeMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::PathBuf;
use std::sync::Arc;

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::compute::concat_batches;
use arrow::datatypes::{Int64Type, TimestampMicrosecondType};
use jiff::civil::Date;
use rollcall_model::Timestamp;
use rollcall_model::columns::COUNTS;
use rollcall_model::event::OWN_SOURCE;
use uuid::Uuid;

use super::evidence::{Evidence, Mark, Ranges, Through};
use super::file::{self, Located};
use super::finding::{FindingKind, Place};
use super::view::{Claims, Listed};
use crate::counts;
use crate::error::{Error, Result};
use crate::lake::write::Class;
use crate::schema::Table;

/// Rows that are counted at once: more make fewer rows of counts to be merged.
const COUNT_ROWS: usize = 65_536;

/// A file with what the catalogue claims of it.
pub(super) struct Entry {
    pub(super) file: Arc<Listed>,
    pub(super) claims: Claims,
    pub(super) table_id: i64,
    /// Its path on the disk.
    pub(super) path: PathBuf,
    /// Its path below the lake's folder.
    pub(super) shown: String,
}

/// The files of a day, of all tables; those of no day are the sessions without an end.
pub(super) struct Day {
    pub(super) day: Option<Date>,
    pub(super) files: Vec<Entry>,
    /// The day's events that the journal has, by their ids, with their seqs.
    pub(super) tail: Vec<(Key, i64)>,
    /// The first seq that is not in the lake.
    pub(super) archived_seq: i64,
    /// Whether there are counts to be checked.
    pub(super) is_counted: bool,
}

/// What makes two records the same event.
pub(super) type Key = (Uuid, i64);

/// What was met of a day's events.
#[derive(Default)]
struct Met {
    fingerprints: Vec<u64>,
    counts: Vec<RecordBatch>,
    /// Whether all of them could be read.
    is_whole: bool,
}

/// Checks a day.
pub(super) fn check(day: &Day, evidence: &Evidence) -> Result<()> {
    let mut met = Met { is_whole: true, ..Met::default() };
    let mut stored = Some(Vec::new());
    for entry in &day.files {
        let located =
            Located { file: &entry.file, claims: &entry.claims, path: &entry.path, shown: entry.shown.clone(), table_id: entry.table_id };
        match entry.file.class.filter(|_| entry.file.is_current()) {
            Some(Class::Access | Class::Other) => met.add_file(day, &located, evidence)?,
            Some(Class::Counts) => {
                let mut batches = Vec::new();
                let is_whole = file::check(&located, evidence, |batch| {
                    batches.push(batch.clone());
                    Ok(())
                });
                stored = stored.filter(|_| is_whole);
                if let Some(stored) = &mut stored {
                    stored.append(&mut batches);
                }
            }
            Some(Class::Ended | Class::Open) | None => {
                file::check(&located, evidence, |_| Ok(()));
            }
        }
    }
    met.fingerprints.extend(day.tail.iter().map(|(key, _)| fingerprint(key)));
    check_ids(day, met.fingerprints, evidence)?;
    if met.is_whole && day.is_counted {
        let misplaced = day.files.iter().any(|entry| entry.file.table == Table::Counts && evidence.is_misplaced(entry.file.id));
        check_counts(day.day, &met.counts, stored, misplaced, evidence)?;
    }
    Ok(())
}

impl Met {
    fn add_file(&mut self, day: &Day, located: &Located<'_>, evidence: &Evidence) -> Result<()> {
        let mut events = Events { is_counted: day.is_counted, ..Events::default() };
        if !file::check(located, evidence, |batch| events.add(batch)) {
            self.is_whole = false;
            return Ok(());
        }
        events.count()?;
        evidence.add_events(events.seqs.len() as u64);
        evidence.add_sources(std::mem::take(&mut events.sources));
        note_seqs(events.seqs, day.archived_seq, evidence, |seqs| Place {
            file: Some(located.shown.clone()),
            ..Place::seqs("events", seqs)
        });
        self.fingerprints.append(&mut events.fingerprints);
        self.counts.push(counts::merge(&events.counts)?);
        Ok(())
    }
}

/// What was met of a file's events.
#[derive(Default)]
struct Events {
    seqs: Vec<i64>,
    fingerprints: Vec<u64>,
    sources: BTreeMap<String, Through>,
    is_counted: bool,
    counts: Vec<RecordBatch>,
    /// Rows that are to be counted.
    uncounted: Vec<RecordBatch>,
    uncounted_rows: usize,
}

impl Events {
    fn add(&mut self, batch: &RecordBatch) -> Result<()> {
        for (key, seq) in keys(batch)? {
            self.fingerprints.push(fingerprint(&key));
            self.seqs.push(seq);
        }
        for (source, through) in sources(batch) {
            self.sources.entry(source).or_default().add(through);
        }
        if !self.is_counted {
            return Ok(());
        }
        self.uncounted.push(counted_columns(batch)?);
        self.uncounted_rows += batch.num_rows();
        if self.uncounted_rows >= COUNT_ROWS { self.count() } else { Ok(()) }
    }

    fn count(&mut self) -> Result<()> {
        if self.uncounted_rows > 0 {
            self.counts.push(counts::count(&self.uncounted)?);
            self.uncounted.clear();
            self.uncounted_rows = 0;
        }
        Ok(())
    }
}

/// The columns of events that are counted by; the others needn't stay in memory.
fn counted_columns(batch: &RecordBatch) -> Result<RecordBatch> {
    let schema = batch.schema();
    let counted = |name: &str| name == "event_time" || COUNTS.iter().any(|column| column.name == name);
    let columns: Vec<usize> = schema.fields().iter().zip(0..).filter(|(field, _)| counted(field.name())).map(|(_, at)| at).collect();
    Ok(batch.project(&columns)?)
}

/// The ids and seqs of a batch's events.
pub(super) fn keys(batch: &RecordBatch) -> Result<impl Iterator<Item = (Key, i64)>> {
    let missing = |name: &str| Error::Corrupt(format!("events without {name}"));
    let column = |name: &str| batch.column_by_name(name).ok_or_else(|| missing(name));
    let ids = column("event_id")?.as_fixed_size_binary_opt().ok_or_else(|| missing("event_id"))?;
    let times = column("event_time")?.as_primitive_opt::<TimestampMicrosecondType>().ok_or_else(|| missing("event_time"))?;
    let seqs = column("seq")?.as_primitive_opt::<Int64Type>().ok_or_else(|| missing("seq"))?;
    let uuid = |id: Option<&[u8]>| id.and_then(|id| Uuid::from_slice(id).ok()).unwrap_or_default();
    Ok(ids.iter().zip(times.values()).zip(seqs.values()).map(move |((id, &time), &seq)| ((uuid(id), time), seq)))
}

/// How many of a batch's events came through which source. What Rollcall tells of a source's rejected records
/// bears its name, but did not come through it. Rollcall's own record came through none.
pub(super) fn sources(batch: &RecordBatch) -> BTreeMap<String, Through> {
    let mut met: BTreeMap<&str, Through> = BTreeMap::new();
    let texts = |name| batch.column_by_name(name).and_then(|array| array.as_string_view_opt());
    let times = batch.column_by_name("event_time").and_then(|array| array.as_primitive_opt::<TimestampMicrosecondType>());
    let (Some(names), Some(applications), Some(activities), Some(times)) =
        (texts("source"), texts("application"), texts("activity"), times)
    else {
        return BTreeMap::new();
    };
    for (((name, application), activity), &time) in names.iter().zip(applications).zip(activities).zip(times.values()) {
        if name != Some(OWN_SOURCE) && (application, activity) != (Some("Rollcall"), Some("records_rejected")) {
            met.entry(name.unwrap_or_default()).or_default().add(Through { events: 1, newest: Some(time) });
        }
    }
    met.into_iter().map(|(name, through)| (name.to_owned(), through)).collect()
}

fn fingerprint(key: &Key) -> u64 {
    // Its keys are always the same, so that two passes agree.
    let mut hasher = DefaultHasher::new();
    (key.0.as_u128(), key.1).hash(&mut hasher);
    hasher.finish()
}

/// Notes seqs that lie where only those before `before` can be.
pub(super) fn note_seqs(seqs: Vec<i64>, before: i64, evidence: &Evidence, place: impl Fn((i64, i64)) -> Place) {
    let (mut again, mut outside) = (Vec::new(), Vec::new());
    for seq in seqs {
        match evidence.seqs.mark(seq) {
            Mark::Again => again.push(seq),
            Mark::Outside => outside.push(seq),
            Mark::New if seq >= before => outside.push(seq),
            Mark::New => {}
        }
    }
    for range in Ranges::of(again).0 {
        let what = "events with these seqs are there already, or retention has noted them as removed";
        evidence.find(FindingKind::SeqRepeated, place(range), what);
    }
    for range in Ranges::of(outside).0 {
        evidence.find(FindingKind::SeqOutOfPlace, place(range), format!("expected seqs from 0 to before {before}"));
    }
}

/// Every event of the day once.
fn check_ids(day: &Day, mut fingerprints: Vec<u64>, evidence: &Evidence) -> Result<()> {
    fingerprints.sort_unstable();
    let equal = fingerprints.windows(2).filter_map(|pair| pair.first().filter(|first| pair.last() == Some(*first)));
    let suspects: HashSet<u64> = equal.copied().collect();
    if suspects.is_empty() {
        return Ok(());
    }
    // A fingerprint that is there twice proves nothing: the ids themselves are read, of these few.
    let mut met: BTreeMap<Key, Vec<i64>> = BTreeMap::new();
    let mut add = |(key, seq): (Key, i64)| {
        if suspects.contains(&fingerprint(&key)) {
            met.entry(key).or_default().push(seq);
        }
    };
    day.tail.iter().copied().for_each(&mut add);
    let of_events = |entry: &&Entry| entry.file.table == Table::Events && entry.file.is_current() && !evidence.is_bad(entry.file.id);
    for entry in day.files.iter().filter(of_events) {
        for batch in super::read::columns(&entry.path, &["seq", "event_id", "event_time"])? {
            keys(&batch?)?.for_each(&mut add);
        }
    }
    for ((id, time), mut seqs) in met.into_iter().filter(|(_, seqs)| seqs.len() > 1) {
        seqs.sort_unstable();
        let (first, last) = (seqs.first().copied().unwrap_or_default(), seqs.last().copied().unwrap_or_default());
        let moment = Timestamp::from_micros(time);
        let place = Place { first_time: moment, last_time: moment, ..Place::seqs("events", (first, last + 1)) };
        evidence.find(FindingKind::EventRepeated, place, format!("the event {id} is there under the seqs {seqs:?}"));
    }
    Ok(())
}

/// The day's counts against its events. `stored` is none where they can't be read.
fn check_counts(
    day: Option<Date>,
    events: &[RecordBatch],
    stored: Option<Vec<RecordBatch>>,
    misplaced: bool,
    evidence: &Evidence,
) -> Result<()> {
    let expected = counts::merge(events)?;
    let what = match stored {
        None => Some("they can't be read".to_owned()),
        Some(stored) => difference(&expected, &counts::merge(&stored)?)?,
    };
    if misplaced || what.is_some() {
        evidence.plan().counts.insert(day);
    }
    if let Some(what) = what {
        let start = day.and_then(|day| day.to_zoned(jiff::tz::TimeZone::UTC).ok()).map(|start| Timestamp::from(start.timestamp()));
        let place = Place { first_time: start, last_time: start, ..Place::table(Table::Counts.name()) };
        evidence.find(FindingKind::CountsWrong, place, what);
    }
    Ok(())
}

/// How counts differ from what they should be.
fn difference(expected: &RecordBatch, stored: &RecordBatch) -> Result<Option<String>> {
    if expected == stored {
        return Ok(None);
    }
    let total = |batch: &RecordBatch| {
        let events = batch.column_by_name("events").and_then(|array| array.as_primitive_opt::<Int64Type>());
        events.map_or(0, |events| events.values().iter().sum::<i64>())
    };
    // Both are sorted and without repetitions: what is in both appears twice when they are put together.
    let both = concat_batches(&Table::Counts.schema(), [expected, stored])?;
    let keys = both.num_columns() - 1;
    let converter_fields = (0..keys).map(|at| arrow::row::SortField::new(both.column(at).data_type().clone())).collect();
    let rows = arrow::row::RowConverter::new(converter_fields)?.convert_columns(both.columns().get(..keys).unwrap_or_default())?;
    let events = both.column(keys).as_primitive::<Int64Type>();
    let mut met: BTreeMap<Box<[u8]>, (i64, i64)> = BTreeMap::new();
    for (at, row) in rows.iter().enumerate() {
        let numbers = met.entry(row.data().into()).or_default();
        let number = if at < expected.num_rows() { &mut numbers.0 } else { &mut numbers.1 };
        *number += events.value(at);
    }
    let differ = met.values().filter(|(expected, stored)| expected != stored).count();
    // Every event is counted once in each grain.
    Ok(Some(format!("{differ} counts differ; expected {} events in both grains together, got {}", total(expected), total(stored))))
}
