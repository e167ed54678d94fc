//! About which items a file has rows: a question about one instance opens the files that have something of it.
//!
//! Activity lies by time, so nothing rules a file out but its Bloom filters, and those lie in the file: a row group's is
//! some 150 KiB. They are kept in memory once they were read. Of access events, whose files have none of instances, a
//! filter is made: they name few.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::AsArray;
use datafusion::logical_expr::Expr;
use futures::{StreamExt, stream};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::bloom_filter::Sbbf;

use super::agents::{AT_ONCE, Asking};
use super::remembered::Remembered;
use super::write::Class;
use super::{DataFile, agents};
use crate::error::{Error, Result};
use crate::schema::{Table, position};
use crate::state::blocking;

const COLUMN: &str = "instance";
/// Memory for all filters.
const MAX_BYTES: usize = 128 * 1024 * 1024;
/// Share of instances that are wrongly taken for present, in filters that are made here.
const FALSE_POSITIVES: f64 = 0.01;

/// Those of a file: one for each row group, or one for all.
type Filters = Arc<[Sbbf]>;

/// The filters of the files that were asked for.
#[derive(Debug)]
pub(crate) struct InstanceFilters {
    lake: PathBuf,
    /// Of each file, those of its row groups.
    kept: Remembered<i64, Filters>,
}

impl InstanceFilters {
    pub(crate) fn new(lake: &Path) -> Self {
        InstanceFilters { lake: lake.to_path_buf(), kept: Remembered::new(MAX_BYTES) }
    }

    /// The files that can have rows for conditions which all must hold.
    pub(crate) async fn retain(
        &self,
        table: Table,
        schema_path: &str,
        files: Vec<Arc<DataFile>>,
        conditions: &[Expr],
    ) -> Vec<Arc<DataFile>> {
        let asking = Asking::of(conditions, &[COLUMN]).filter(|_| table == Table::Events);
        let Some(asking) = asking else { return files };
        let known = stream::iter(files).map(|file| async move {
            let filters = self.of_file(schema_path, &file).await;
            (file, filters)
        });
        let has = |filters: &Filters, _: &str, value: &str| filters.iter().any(|filter| filter.check(value));
        asking.retain(known.buffered(AT_ONCE).collect().await, has)
    }

    /// The filters of a file; none where they are not known.
    async fn of_file(&self, schema_path: &str, file: &DataFile) -> Option<Filters> {
        let class = Class::of_path(&file.path)?;
        if let Some(filters) = self.kept.known(&file.data_file_id) {
            return Some(filters);
        }
        let path = self.lake.join(schema_path).join(Table::Events.name()).join(&file.path);
        // Whoever reads the file's rows is told what is wrong with it.
        let filters: Filters = blocking(move || read(&path, class)).await.ok()??.into();
        let bytes = filters.iter().map(agents::bytes_of).sum();
        self.kept.remember(file.data_file_id, Arc::clone(&filters), bytes);
        Some(filters)
    }
}

/// Reads the filters of a file's row groups, or makes one of its rows.
fn read(path: &Path, class: Class) -> Result<Option<Vec<Sbbf>>> {
    let file = File::open(path).map_err(|e| Error::file(path, &e))?;
    let builder = ParquetRecordBatchReaderBuilder::try_new(file)?;
    let column = position(Table::Events, COLUMN);
    if class.bloom_columns().contains(&COLUMN) {
        let groups = 0..builder.metadata().num_row_groups();
        return Ok(groups.map(|group| builder.get_row_group_column_bloom_filter(group, column)).collect::<std::result::Result<_, _>>()?);
    }
    let mask = ProjectionMask::roots(builder.parquet_schema(), [column]);
    let batches = builder.with_projection(mask).build()?.collect::<std::result::Result<Vec<_>, _>>()?;
    let mut values: Vec<&str> =
        batches.iter().filter_map(|batch| batch.column(0).as_string_view_opt()).flat_map(|values| values.iter().flatten()).collect();
    values.sort_unstable();
    values.dedup();
    let mut filter = Sbbf::new_with_ndv_fpp(values.len().max(1) as u64, FALSE_POSITIVES)?;
    for value in values {
        filter.insert(value);
    }
    Ok(Some(vec![filter]))
}
