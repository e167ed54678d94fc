//! Writing files: sorted within a day, with statistics and Bloom filters, durable before anybody sees them.
//!
//! A file is durable once its bytes *and* every folder on the way to it have been synced: a rename or a
//! new name lives in the folder. Until the catalogue names it, it is an orphan that no reader sees.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::compute::{SortColumn, SortOptions, interleave, interleave_record_batch, lexsort_to_indices};
use arrow::datatypes::TimestampMicrosecondType;
use jiff::civil::Date;
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::metadata::{ParquetMetaData, SortingColumn};
use parquet::file::properties::WriterProperties;
use parquet::file::statistics::Statistics;
use parquet::schema::types::ColumnPath;
use rollcall_model::Timestamp;
use rollcall_model::columns::ColumnType;
use uuid::Uuid;

use super::{FileStatistics, WrittenFile};
use crate::catalogue::moment_text;
use crate::counts;
use crate::error::{Error, Result};
use crate::fault;
use crate::schema::{Table, position};

/// Rows in a row group: small enough that a query for one agent decodes little, large enough to pack well.
const ROW_GROUP_ROWS: usize = 32_768;

/// Rows that are put together and written at once.
const ROWS_AT_ONCE: usize = 8_192;

/// How much work goes into packing a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Effort {
    /// While events wait: the file is merged with others soon.
    Archive,
    /// Once, for a file that stays.
    Compact,
}

impl Effort {
    fn zstd_level(self) -> i32 {
        match self {
            Effort::Archive => 1,
            Effort::Compact => 6,
        }
    }
}

/// A class of rows that lies in files of its own and has its own order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Class {
    /// Access events, by agent and time: one event in ten, and most questions.
    Access,
    /// Other events, by time.
    Other,
    /// Sessions that have ended, by agent and login.
    Ended,
    /// Sessions that have not: one small file, replaced by each snapshot.
    Open,
    /// Counts of events.
    Counts,
}

impl Class {
    pub(crate) const ALL: [Class; 5] = [Class::Access, Class::Other, Class::Ended, Class::Open, Class::Counts];

    pub(crate) fn table(self) -> Table {
        match self {
            Class::Access | Class::Other => Table::Events,
            Class::Ended | Class::Open => Table::Sessions,
            Class::Counts => Table::Counts,
        }
    }

    /// The first part of a file's name, by which a file's class is known.
    pub(crate) fn prefix(self) -> &'static str {
        match self {
            Class::Access => "access",
            Class::Other => "other",
            Class::Ended => "ended",
            Class::Open => "open",
            Class::Counts => "counts",
        }
    }

    /// The class of a file by its path below the table's folder.
    pub(crate) fn of_path(path: &str) -> Option<Self> {
        let name = path.rsplit('/').next().unwrap_or(path);
        Class::ALL.into_iter().find(|class| name.starts_with(class.prefix()))
    }

    /// The columns by which its rows are sorted; missing values last.
    pub(crate) fn sort_columns(self) -> &'static [&'static str] {
        match self {
            Class::Access => &["account", "employee_id", "event_time", "seq"],
            Class::Other => &["event_time", "seq"],
            Class::Ended | Class::Open => &["account", "employee_id", "login_time", "session_key"],
            Class::Counts => counts::SORT_COLUMNS,
        }
    }

    /// Columns that are looked up by one value.
    fn bloom_columns(self) -> &'static [&'static str] {
        match self {
            Class::Access => &["event_id", "account", "employee_id", "session_id"],
            Class::Other => &["event_id", "instance"],
            Class::Ended => &["session_key", "account", "employee_id", "session_id"],
            Class::Open | Class::Counts => &[],
        }
    }
}

/// A row: which batch it is in, and where.
type Place = (usize, usize);

/// Writes the rows of one class as one file per day and makes them durable.
pub(crate) fn write_class(table_folder: &Path, class: Class, effort: Effort, batches: &[RecordBatch]) -> Result<Vec<WrittenFile>> {
    let places = |(batch, rows): (usize, &RecordBatch)| (0..rows.num_rows()).map(move |row| (batch, row));
    write_rows(table_folder, class, effort, batches, batches.iter().enumerate().flat_map(places).collect())
}

/// Writes some rows of batches as one file per day and makes them durable. Only the columns by which they are
/// sorted are copied as a whole; the rows themselves follow a few thousand at a time.
pub(crate) fn write_rows(
    table_folder: &Path,
    class: Class,
    effort: Effort,
    batches: &[RecordBatch],
    rows: Vec<Place>,
) -> Result<Vec<WrittenFile>> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let rows = sort(batches, class, rows)?;
    let all: Vec<&RecordBatch> = batches.iter().collect();
    let mut files = Vec::new();
    for (day, rows) in by_day(batches, class.table(), &rows)? {
        let mut file = NewFile::create(table_folder, class, day, effort)?;
        for some in rows.chunks(ROWS_AT_ONCE) {
            file.write(&interleave_record_batch(&all, some)?)?;
        }
        files.push(file.finish()?);
    }
    Ok(files)
}

fn sort(batches: &[RecordBatch], class: Class, rows: Vec<Place>) -> Result<Vec<Place>> {
    let options = Some(SortOptions { descending: false, nulls_first: false });
    let keys = class.sort_columns().iter();
    let keys = keys.map(|name| Ok(SortColumn { values: column(batches, class.table(), name, &rows)?, options }));
    let order = lexsort_to_indices(&keys.collect::<Result<Vec<_>>>()?, None)?;
    Ok(order.values().iter().filter_map(|&at| rows.get(usize::try_from(at).ok()?).copied()).collect())
}

/// A column of some rows.
fn column(batches: &[RecordBatch], table: Table, name: &str, rows: &[Place]) -> Result<ArrayRef> {
    let of_batches: Vec<&dyn Array> = batches.iter().map(|batch| batch.column(position(table, name)).as_ref()).collect();
    Ok(interleave(&of_batches, rows)?)
}

/// The rows of each calendar day in UTC, in their order.
fn by_day(batches: &[RecordBatch], table: Table, rows: &[Place]) -> Result<BTreeMap<Option<Date>, Vec<Place>>> {
    let times = column(batches, table, table.partition_column(), rows)?;
    let times = times.as_primitive::<TimestampMicrosecondType>();
    let mut days: BTreeMap<Option<Date>, Vec<Place>> = BTreeMap::new();
    // Most rows share their day with the row before.
    let mut last: Option<(i64, Option<Date>)> = None;
    for (&row, time) in rows.iter().zip(times.iter()) {
        let key = time.map(|micros| micros.div_euclid(rollcall_model::time::MICROS_PER_DAY));
        let day = match (last, key) {
            (Some((known, day)), Some(key)) if known == key => day,
            (_, Some(key)) => {
                let day = time.and_then(Timestamp::from_micros).map(Timestamp::utc_date);
                last = Some((key, day));
                day
            }
            (_, None) => None,
        };
        days.entry(day).or_default().push(row);
    }
    Ok(days)
}

/// A file that is being written. Its rows come in the order of its class.
pub(crate) struct NewFile {
    class: Class,
    day: Option<Date>,
    /// Path below the table's folder.
    path: String,
    full: PathBuf,
    table_folder: PathBuf,
    handle: File,
    writer: ArrowWriter<File>,
}

impl NewFile {
    pub(crate) fn create(table_folder: &Path, class: Class, day: Option<Date>, effort: Effort) -> Result<Self> {
        let folder = match day {
            Some(day) => format!("year={}/month={}/day={}", day.year(), day.month(), day.day()),
            None => "open".to_owned(),
        };
        let path = format!("{folder}/{}-{}.parquet", class.prefix(), Uuid::now_v7());
        let full = table_folder.join(&path);
        let in_folder = full.parent().unwrap_or(table_folder);
        std::fs::create_dir_all(in_folder).map_err(|e| Error::file(in_folder, &e))?;
        let handle = File::create_new(&full).map_err(|e| Error::file(&full, &e))?;
        let file = handle.try_clone().map_err(|e| Error::file(&full, &e))?;
        let writer = ArrowWriter::try_new(file, class.table().schema(), Some(properties(class, effort)))?;
        Ok(NewFile { class, day, path, full, table_folder: table_folder.to_path_buf(), handle, writer })
    }

    pub(crate) fn write(&mut self, batch: &RecordBatch) -> Result<()> {
        Ok(self.writer.write(batch)?)
    }

    /// Makes it durable, with the folders on the way to it.
    pub(crate) fn finish(self) -> Result<WrittenFile> {
        let metadata = self.writer.close()?;
        fault::step("archive.file_written")?;
        self.handle.sync_all().map_err(|e| Error::file(&self.full, &e))?;
        fault::step("archive.file_synced")?;
        let bytes = self.handle.metadata().map_err(|e| Error::file(&self.full, &e))?.len();
        sync_folders(self.full.parent().unwrap_or(&self.table_folder), &self.table_folder)?;
        fault::step("archive.folders_synced")?;
        Ok(WrittenFile {
            path: self.path,
            day: self.day,
            rows: metadata.file_metadata().num_rows(),
            bytes: i64::try_from(bytes).unwrap_or(i64::MAX),
            footer_bytes: footer_bytes(&self.full)?,
            statistics: statistics(self.class.table(), &metadata),
        })
    }
}

fn properties(class: Class, effort: Effort) -> WriterProperties {
    let level = ZstdLevel::try_new(effort.zstd_level()).unwrap_or_default();
    let sorting = class.sort_columns().iter().map(|name| SortingColumn {
        column_idx: leaf_position(class.table(), name),
        descending: false,
        nulls_first: false,
    });
    let mut properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(level))
        .set_max_row_group_row_count(Some(ROW_GROUP_ROWS))
        .set_created_by(concat!("rollcall ", env!("CARGO_PKG_VERSION")).to_owned())
        .set_sorting_columns(Some(sorting.collect()));
    for name in class.bloom_columns() {
        let path = ColumnPath::from(*name);
        properties = properties.set_column_bloom_filter_enabled(path.clone(), true).set_column_bloom_filter_fpp(path.clone(), 0.01);
        if *name == "event_id" {
            // Random values repeat nowhere: a dictionary of them is wasted.
            properties = properties.set_column_dictionary_enabled(path, false);
        }
    }
    properties.build()
}

/// Position of a column among the leaves of the Parquet schema: the map at the end has two.
fn leaf_position(table: Table, name: &str) -> i32 {
    let leaves = table.columns().iter().take_while(|column| column.name != name);
    leaves.map(|column| if column.column_type == ColumnType::Map { 2 } else { 1 }).sum()
}

/// Length of a Parquet file's metadata: the little-endian number before the closing magic.
fn footer_bytes(path: &Path) -> Result<i64> {
    use std::io::{Read, Seek, SeekFrom};
    let read = || {
        let mut file = File::open(path)?;
        file.seek(SeekFrom::End(-8))?;
        let mut length = [0_u8; 4];
        file.read_exact(&mut length)?;
        Ok::<_, std::io::Error>(i64::from(u32::from_le_bytes(length)))
    };
    read().map_err(|e| Error::file(path, &e))
}

/// Syncs every folder from `folder` up to and including the parent of `top`, so that the names on the way are durable.
fn sync_folders(folder: &Path, top: &Path) -> Result<()> {
    let last: Option<PathBuf> = top.parent().and_then(Path::parent).map(Path::to_path_buf);
    for folder in folder.ancestors().take_while(|ancestor| Some(*ancestor) != last.as_deref().and_then(Path::parent)) {
        File::open(folder).and_then(|handle| handle.sync_all()).map_err(|e| Error::file(folder, &e))?;
    }
    Ok(())
}

/// What the catalogue says of each column: merged over the file's row groups.
fn statistics(table: Table, metadata: &ParquetMetaData) -> Vec<FileStatistics> {
    let mut all = Vec::new();
    for (column, id) in table.columns().iter().zip(1_i64..).filter(|(column, _)| column.column_type != ColumnType::Map) {
        let leaf = usize::try_from(leaf_position(table, column.name)).unwrap_or(usize::MAX);
        let mut merged = FileStatistics { column_id: id, bytes: 0, values: 0, nulls: 0, min: None, max: None };
        let (mut min, mut max): (Option<Bound>, Option<Bound>) = (None, None);
        for group in metadata.row_groups() {
            let Some(chunk) = group.columns().get(leaf) else { continue };
            let nulls = chunk.statistics().and_then(Statistics::null_count_opt).unwrap_or(0);
            merged.bytes += chunk.compressed_size();
            merged.nulls += i64::try_from(nulls).unwrap_or(0);
            merged.values += chunk.num_values() - i64::try_from(nulls).unwrap_or(0);
            let Some(found) = chunk.statistics() else { continue };
            if let Some(low) = bound(column.column_type, found, true) {
                min = Some(min.map_or(low.clone(), |known| known.min(low)));
            }
            if let Some(high) = bound(column.column_type, found, false) {
                max = Some(max.map_or(high.clone(), |known| known.max(high)));
            }
        }
        merged.min = min.map(Bound::into_text);
        merged.max = max.map(Bound::into_text);
        all.push(merged);
    }
    all
}

/// A bound in an order in which it can be compared, and its text.
#[derive(Debug, Clone, PartialEq, PartialOrd)]
enum Bound {
    Int(i64),
    Moment(i64),
    Float(f64),
    Bool(bool),
    Text(String),
    Uuid(Uuid),
}

impl Bound {
    fn min(self, other: Self) -> Self {
        if other < self { other } else { self }
    }

    fn max(self, other: Self) -> Self {
        if other > self { other } else { self }
    }

    fn into_text(self) -> String {
        match self {
            Bound::Int(number) => number.to_string(),
            Bound::Moment(micros) => Timestamp::from_micros(micros).map(moment_text).unwrap_or_default(),
            Bound::Float(number) => format!("{number:?}"),
            Bound::Bool(flag) => i64::from(flag).to_string(),
            Bound::Text(text) => text,
            Bound::Uuid(uuid) => uuid.to_string(),
        }
    }
}

fn bound(column_type: ColumnType, statistics: &Statistics, low: bool) -> Option<Bound> {
    match statistics {
        Statistics::Boolean(s) => if low { s.min_opt() } else { s.max_opt() }.map(|&flag| Bound::Bool(flag)),
        Statistics::Int32(s) => if low { s.min_opt() } else { s.max_opt() }.map(|&number| Bound::Int(i64::from(number))),
        Statistics::Int64(s) => {
            let number = *if low { s.min_opt() } else { s.max_opt() }?;
            Some(if column_type == ColumnType::Timestamp { Bound::Moment(number) } else { Bound::Int(number) })
        }
        Statistics::Double(s) => if low { s.min_opt() } else { s.max_opt() }.map(|&number| Bound::Float(number)),
        Statistics::ByteArray(s) => {
            let bytes = if low { s.min_opt() } else { s.max_opt() }?;
            std::str::from_utf8(bytes.data()).ok().map(|text| Bound::Text(text.to_owned()))
        }
        Statistics::FixedLenByteArray(s) => {
            let bytes = if low { s.min_opt() } else { s.max_opt() }?;
            Uuid::from_slice(bytes.data()).ok().map(Bound::Uuid)
        }
        Statistics::Int96(_) | Statistics::Float(_) => None,
    }
}
