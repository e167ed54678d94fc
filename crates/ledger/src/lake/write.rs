//! Writing files: sorted within a day, with statistics and Bloom filters, durable before anybody sees them.
//!
//! A file is durable once its bytes *and* every folder on the way to it have been synced: a rename or a
//! new name lives in the folder. Until the catalogue names it, it is an orphan that no reader sees.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch, new_null_array};
use arrow::compute::{SortColumn, SortOptions, interleave, lexsort_to_indices};
use arrow::datatypes::{FieldRef, SchemaRef, TimestampMicrosecondType};
use jiff::civil::Date;
use parquet::arrow::ArrowWriter;
use rollcall_model::Timestamp;
use uuid::Uuid;

use super::WrittenFile;
pub(crate) use super::layout::{Class, Effort};
use super::statistics::statistics;
use crate::error::{Error, Result};
use crate::fault;
use crate::schema::{Table, position};

/// Rows that are put together and written at once.
const ROWS_AT_ONCE: usize = 8_192;

/// A row: which batch it is in, and where.
pub(crate) type Place = (usize, usize);

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
    let columns = Columns::of(class.table(), batches);
    let mut files = Vec::new();
    for (day, rows) in by_day(batches, class.table(), &rows)? {
        let mut file = NewFile::create(table_folder, class, day, effort)?;
        for some in rows.chunks(ROWS_AT_ONCE) {
            file.write(&columns.rows(some)?)?;
        }
        files.push(file.finish()?);
    }
    Ok(files)
}

/// Batches by column.
struct Columns<'a> {
    schema: SchemaRef,
    /// Each column's arrays, one a batch; none of one without any value, which most rows have many of.
    arrays: Vec<Option<Vec<&'a dyn Array>>>,
}

impl<'a> Columns<'a> {
    fn of(table: Table, batches: &'a [RecordBatch]) -> Self {
        let arrays_of = |at: usize| {
            let arrays: Vec<&dyn Array> = batches.iter().map(|batch| batch.column(at).as_ref()).collect();
            arrays.iter().any(|array| array.null_count() < array.len()).then_some(arrays)
        };
        let schema = table.schema();
        Columns { arrays: (0..schema.fields().len()).map(arrays_of).collect(), schema }
    }

    /// Some rows, put together.
    fn rows(&self, rows: &[Place]) -> Result<RecordBatch> {
        let column = |(field, arrays): (&FieldRef, &Option<Vec<&dyn Array>>)| match arrays {
            Some(arrays) => interleave(arrays, rows),
            None => Ok(new_null_array(field.data_type(), rows.len())),
        };
        let columns = self.schema.fields().iter().zip(&self.arrays).map(column).collect::<std::result::Result<_, _>>()?;
        Ok(RecordBatch::try_new(Arc::clone(&self.schema), columns)?)
    }
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
        let writer = ArrowWriter::try_new(file, class.table().schema(), Some(class.properties(effort)))?;
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
