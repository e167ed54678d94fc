//! Sessions that began long before they ended: of each file, those few whole, in memory.
//!
//! Files of ended sessions lie by the day of the end. Nearly all of a file's sessions began on that day or the one before,
//! and a few long before: somebody forgot to sign out, and came back. By their logins a file reaches back for weeks, so
//! bounds would not rule it out for any day of them. What is kept of a file therefore is when its other sessions began;
//! where a question can be about the early ones alone, these are looked at in memory and the file stays closed.

use std::collections::HashSet;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{AsArray, BooleanArray, RecordBatch};
use arrow::compute::{concat_batches, filter_record_batch};
use arrow::datatypes::TimestampMicrosecondType;
use datafusion::common::Result as DataFusionResult;
use datafusion::physical_expr::PhysicalExpr;
use datafusion::scalar::ScalarValue;
use jiff::ToSpan;
use jiff::tz::TimeZone;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ArrowPredicateFn, ParquetRecordBatchReaderBuilder, RowFilter};
use uuid::Uuid;

use super::agents::newest;
use super::prune::prune;
use super::remembered::Remembered;
use super::write::Class;
use super::{Bounds, DataFile};
use crate::error::{Error, Result};
use crate::schema::{Table, position};
use crate::state::blocking;

const LOGIN: &str = "login_time";
/// Memory for the early sessions of all files.
const MAX_BYTES: usize = 64 * 1024 * 1024;
/// Of a file with more early sessions than this they are not kept: it is opened.
const MAX_ROWS: usize = 8_192;
/// Days before that of their end on which sessions are early.
const USUAL_DAYS: i64 = 1;

/// The early sessions of files.
#[derive(Debug)]
pub(crate) struct EarlySessions {
    lake: PathBuf,
    /// Nothing of a file that has too many.
    kept: Remembered<i64, Option<RecordBatch>>,
}

/// What can have rows for a predicate.
#[derive(Debug, Default)]
pub(crate) struct Candidates {
    /// Files that are to be opened.
    pub(crate) files: Vec<Arc<DataFile>>,
    /// Early sessions of files that need not be, as far as they meet the predicate.
    pub(crate) early: Vec<RecordBatch>,
}

impl EarlySessions {
    pub(crate) fn new(lake: &Path) -> Self {
        EarlySessions { lake: lake.to_path_buf(), kept: Remembered::new(MAX_BYTES) }
    }

    /// Parts files into those that are to be opened, and the early sessions of the others.
    pub(crate) async fn part(
        &self,
        schema_path: &str,
        files: Vec<Arc<DataFile>>,
        predicate: &Arc<dyn PhysicalExpr>,
    ) -> DataFusionResult<Candidates> {
        let without: Vec<Arc<DataFile>> = files.iter().filter_map(|file| without_early(file)).map(Arc::new).collect();
        if without.is_empty() {
            return Ok(Candidates { files, early: Vec::new() });
        }
        let mut early_alone: HashSet<i64> = without.iter().map(|file| file.data_file_id).collect();
        for file in prune(Table::Sessions, &without, predicate)? {
            early_alone.remove(&file.data_file_id);
        }
        let mut candidates = Candidates::default();
        for file in files {
            let early = if early_alone.contains(&file.data_file_id) { self.of_file(schema_path, &file).await } else { None };
            match early {
                Some(early) => candidates.early.extend(meeting(&early, predicate)?),
                None => candidates.files.push(file),
            }
        }
        Ok(candidates)
    }

    /// Reads those of the newest files before somebody asks.
    pub(crate) async fn learn<'a>(&self, schema_path: &str, files: impl Iterator<Item = &'a Arc<DataFile>>) {
        for file in newest(files).filter(|file| without_early(file).is_some()) {
            self.of_file(schema_path, file).await;
        }
    }

    /// The early sessions of a file; none where they are too many, or not known.
    async fn of_file(&self, schema_path: &str, file: &DataFile) -> Option<RecordBatch> {
        if let Some(known) = self.kept.known(&file.data_file_id) {
            return known;
        }
        let path = self.lake.join(schema_path).join(Table::Sessions.name()).join(&file.path);
        let before = usual_from(file)?;
        // Whoever reads the file's rows is told what is wrong with it.
        let early = blocking(move || read(&path, before)).await.ok()?;
        let bytes = early.as_ref().map_or(0, RecordBatch::get_array_memory_size);
        self.kept.remember(file.data_file_id, early.clone(), bytes);
        early
    }
}

/// The rows that meet a predicate, if there are any.
fn meeting(batch: &RecordBatch, predicate: &Arc<dyn PhysicalExpr>) -> DataFusionResult<Option<RecordBatch>> {
    let meets = predicate.evaluate(batch)?.into_array(batch.num_rows())?;
    let meeting = filter_record_batch(batch, meets.as_boolean())?;
    Ok((meeting.num_rows() > 0).then_some(meeting))
}

/// Sessions that are not to be seen are taken out.
pub(crate) fn visible(batch: &RecordBatch, hidden: &HashSet<Uuid>) -> DataFusionResult<RecordBatch> {
    let keys = batch.column(position(Table::Sessions, "session_key")).as_fixed_size_binary();
    let is_visible = |key: Option<&[u8]>| key.and_then(|key| Uuid::from_slice(key).ok()).is_none_or(|key| !hidden.contains(&key));
    let visible: BooleanArray = keys.iter().map(|key| Some(is_visible(key))).collect();
    Ok(filter_record_batch(batch, &visible)?)
}

/// From when on most sessions of a file began, in microseconds.
fn usual_from(file: &DataFile) -> Option<i64> {
    let first = file.day()?.checked_sub(USUAL_DAYS.days()).ok()?;
    Some(first.to_zoned(TimeZone::UTC).ok()?.timestamp().as_microsecond())
}

/// A file as its bounds would be without the early sessions; none where it has no such.
fn without_early(file: &DataFile) -> Option<DataFile> {
    if Class::of_path(&file.path) != Some(Class::Ended) {
        return None;
    }
    let (usual, bounds) = (usual_from(file)?, file.bounds.get(LOGIN)?);
    let ScalarValue::TimestampMicrosecond(Some(first), zone) = &bounds.min else { return None };
    if *first >= usual {
        return None;
    }
    let min = ScalarValue::TimestampMicrosecond(Some(usual), zone.clone());
    // Without any usual session, whatever is asked of those holds for none.
    let max = if bounds.max < min { min.clone() } else { bounds.max.clone() };
    let mut without = file.clone();
    without.bounds.insert(LOGIN, Bounds { min, max, nulls: bounds.nulls });
    Some(without)
}

/// The bounds of a file's column without its early sessions.
pub(super) fn usual_bounds(file: &DataFile, column: &str) -> Option<Bounds> {
    without_early(file).as_ref().unwrap_or(file).bounds.get(column).cloned()
}

/// Reads the sessions of a file that began before a moment; none where they are too many.
fn read(path: &Path, before: i64) -> Result<Option<RecordBatch>> {
    let file = File::open(path).map_err(|e| Error::file(path, &e))?;
    let builder = ParquetRecordBatchReaderBuilder::try_new(file)?;
    let login = ProjectionMask::roots(builder.parquet_schema(), [position(Table::Sessions, LOGIN)]);
    let is_early = ArrowPredicateFn::new(login, move |batch: RecordBatch| {
        let logins = batch.column(0).as_primitive::<TimestampMicrosecondType>();
        Ok(logins.iter().map(|login| Some(login.is_some_and(|login| login < before))).collect::<BooleanArray>())
    });
    let early = builder.with_row_filter(RowFilter::new(vec![Box::new(is_early)])).build()?.collect::<std::result::Result<Vec<_>, _>>()?;
    if early.iter().map(RecordBatch::num_rows).sum::<usize>() > MAX_ROWS {
        return Ok(None);
    }
    let early = concat_batches(&Table::Sessions.schema(), &early)?;
    // Texts would else keep the pages in memory that they were read from.
    let columns = early.columns().iter().map(|column| match column.as_string_view_opt() {
        Some(texts) => Arc::new(texts.gc()) as _,
        None => Arc::clone(column),
    });
    Ok(Some(RecordBatch::try_new(early.schema(), columns.collect())?))
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    fn file(first_login: &str) -> DataFile {
        let moment = |text: &str| {
            ScalarValue::TimestampMicrosecond(Some(text.parse::<jiff::Timestamp>().unwrap().as_microsecond()), Some("UTC".into()))
        };
        let bounds = Bounds { min: moment(first_login), max: moment("2026-04-15T23:00:00Z"), nulls: 0 };
        DataFile {
            data_file_id: 1,
            path: "year=2026/month=4/day=15/ended-0.parquet".to_owned(),
            rows: 10,
            bytes: 1_000,
            footer_bytes: 100,
            bounds: HashMap::from([(LOGIN, bounds)]),
        }
    }

    #[test]
    fn sessions_of_the_day_and_the_one_before_are_usual() {
        assert!(without_early(&file("2026-04-14T00:00:00Z")).is_none());
        let without = without_early(&file("2026-04-13T23:59:59Z")).unwrap();
        let usual = "2026-04-14T00:00:00Z".parse::<jiff::Timestamp>().unwrap().as_microsecond();
        assert_eq!(without.bounds[LOGIN].min, ScalarValue::TimestampMicrosecond(Some(usual), Some("UTC".into())));
        assert_eq!(without.bounds[LOGIN].max, file("2026-04-14T00:00:00Z").bounds[LOGIN].max);
    }
}
