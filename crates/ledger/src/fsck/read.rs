//! Reading some columns, or some rows, of files that were found whole.

use std::fs::File;
use std::path::Path;

use arrow::array::{BooleanArray, RecordBatch};
use arrow::error::ArrowError;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ArrowPredicateFn, ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder, RowFilter};

use crate::error::{Error, Result};

type Builder = ParquetRecordBatchReaderBuilder<File>;

/// Some columns of all rows.
pub(super) fn columns(path: &Path, names: &[&str]) -> Result<ParquetRecordBatchReader> {
    let builder = open(path)?;
    let mask = mask(&builder, names);
    Ok(builder.with_projection(mask).build()?)
}

/// Some columns of those rows that are chosen by the values of others.
pub(super) fn chosen(
    path: &Path,
    names: &[&str],
    by: &[&str],
    choose: impl Fn(&RecordBatch) -> BooleanArray + Send + 'static,
) -> Result<ParquetRecordBatchReader> {
    let builder = open(path)?;
    let (wanted, looked_at) = (mask(&builder, names), mask(&builder, by));
    let choose = ArrowPredicateFn::new(looked_at, move |batch| Ok::<_, ArrowError>(choose(&batch)));
    Ok(builder.with_projection(wanted).with_row_filter(RowFilter::new(vec![Box::new(choose)])).build()?)
}

fn open(path: &Path) -> Result<Builder> {
    let file = File::open(path).map_err(|e| Error::file(path, &e))?;
    ParquetRecordBatchReaderBuilder::try_new(file).map_err(|e| Error::file(path, &e))
}

fn mask(builder: &Builder, names: &[&str]) -> ProjectionMask {
    let fields = builder.schema().fields().iter().zip(0_usize..);
    let wanted: Vec<usize> = fields.filter(|(field, _)| names.contains(&field.name().as_str())).map(|(_, at)| at).collect();
    ProjectionMask::roots(builder.parquet_schema(), wanted)
}
