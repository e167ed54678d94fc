//! Counts of events that were archived before there were counts, in format 1.
//!
//! They are made when a tenant is opened whose lake has events and no counts, a day at a time, and committed
//! as one change of the lake: stopped anywhere before, the next opening does it anew. Every archive step
//! since has written the counts of its own events, so a lake never has those of a part.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::civil::Date;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use rollcall_model::columns::{COUNTS, EVENTS, find};

use crate::change::{self, Change};
use crate::counts;
use crate::error::{Error, Result};
use crate::files;
use crate::lake::DataFile;
use crate::lake::write::{Class, Effort, write_class};
use crate::ledger::Inner;
use crate::schema::Table;
use crate::state::{LakeVersion, blocking};
use crate::tenant::Tenant;

/// Rows that are counted at once.
const ROWS_AT_ONCE: usize = 65_536;

/// Counts the events of a lake that has none of their counts.
pub(crate) async fn backfill(inner: &Inner, tenant: &Tenant) -> Result<()> {
    if !is_missing(&tenant.state.load().lake) {
        return Ok(());
    }
    let owned = files::own(inner, tenant).await?;
    // Another node may have done it while this one waited.
    let lake = Arc::clone(&inner.newest(tenant).await?.lake);
    if !is_missing(&lake) {
        return Ok(());
    }
    tracing::warn!(tenant = %tenant.id, files = lake.events.len(), "counting the events of the lake, once");
    let done = count_and_commit(inner, tenant, &lake).await;
    if done.is_err() {
        files::sweep_after_failure(inner, tenant, &owned).await;
    }
    done
}

fn is_missing(lake: &LakeVersion) -> bool {
    lake.counts.is_empty() && !lake.events.is_empty()
}

async fn count_and_commit(inner: &Inner, tenant: &Tenant, lake: &LakeVersion) -> Result<()> {
    let mut days: BTreeMap<Option<Date>, Vec<PathBuf>> = BTreeMap::new();
    let folder = tenant.folder(Table::Events);
    for file in &lake.events {
        days.entry(DataFile::day(file)).or_default().push(folder.join(&file.path));
    }
    let mut change = Change::default();
    for paths in days.into_values() {
        let folder = tenant.folder(Table::Counts);
        let written = blocking(move || write_class(&folder, Class::Counts, Effort::Compact, &[count(&paths)?])).await?;
        change.add(Table::Counts, written);
    }
    change::commit(inner, tenant, lake, change, async |_, _| Ok(())).await?;
    Ok(())
}

/// The counts of some files' events.
pub(crate) fn count(paths: &[PathBuf]) -> Result<arrow::array::RecordBatch> {
    let mut parts = Vec::new();
    for path in paths {
        for batch in counted_columns(path)? {
            parts.push(counts::count(&[batch?])?);
        }
    }
    counts::merge(&parts)
}

/// What counting needs of a file.
fn counted_columns(path: &Path) -> Result<parquet::arrow::arrow_reader::ParquetRecordBatchReader> {
    let file = std::fs::File::open(path).map_err(|e| Error::file(path, &e))?;
    let builder = ParquetRecordBatchReaderBuilder::try_new(file)?;
    let needed = |name: &str| name == "event_time" || (find(COUNTS, name).is_some() && find(EVENTS, name).is_some());
    let fields = builder.schema().fields().iter().zip(0_usize..);
    let roots: Vec<usize> = fields.filter(|(field, _)| needed(field.name())).map(|(_, at)| at).collect();
    let mask = ProjectionMask::roots(builder.parquet_schema(), roots);
    Ok(builder.with_projection(mask).with_batch_size(ROWS_AT_ONCE).build()?)
}
