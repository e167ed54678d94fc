//! Compaction: the small files of a day become few large ones, sorted as their class is.
//!
//! Files of one class and day are merged as streams, so memory doesn't grow with the day. While a day still
//! grows, files of about the same size are merged, so that each row is rewritten a logarithmic number of
//! times; once nothing has come for a while, all of them become one.
//!
//! Rows stay what they are: no column of any row changes, and the number of rows is checked before the
//! files are exchanged. What a running query or a cursor reads stays on the disk (see `expire`).

use std::collections::BTreeMap;
use std::sync::Arc;

use datafusion::physical_expr::{LexOrdering, PhysicalSortExpr, expressions};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::sorts::sort_preserving_merge::SortPreservingMergeExec;
use futures::StreamExt;
use jiff::civil::Date;
use rollcall_model::Timestamp;
use rollcall_model::time::{MICROS_PER_HOUR, MICROS_PER_SECOND};
use serde::Serialize;
use uuid::Uuid;

use crate::archive;
use crate::change::{self, Change};
use crate::counts;
use crate::error::{Error, Result};
use crate::fault;
use crate::files;
use crate::lake::table::LakeTable;
use crate::lake::write::{Class, Effort, NewFile, write_class};
use crate::lake::{DataFile, WrittenFile};
use crate::ledger::Inner;
use crate::state::{LakeVersion, blocking, now, read_file};
use crate::tenant::Tenant;

/// Files of about the same size that are merged while their day grows.
const FILES_OF_A_SIZE: usize = 8;
/// The same while events come in, which need the processors more.
const FILES_WHILE_BUSY: usize = 32;
/// Most files merged at once.
const MAX_MERGED: usize = 32;
/// A file is of the size of smaller ones if it has no more than that many times their rows.
const OF_A_SIZE: i64 = 2;
/// A day has settled when nothing has come for that long.
const SETTLED_MICROS: i64 = 600 * MICROS_PER_SECOND;
/// A few late rows wait for that long, or until there are more of them, before a large file is rewritten.
const LATE_ROWS_WAIT_MICROS: i64 = 24 * MICROS_PER_HOUR;
/// Late rows are more than a few when the large file has less than that many times their number.
const FEW_LATE_ROWS: i64 = 20;
/// Rows in memory of each file that is merged.
const BATCH_ROWS: usize = 1_024;

/// What compaction did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Default)]
pub struct CompactReport {
    /// Files that were merged.
    pub merged: u64,
    /// Files that they became.
    pub files: u64,
    /// Their rows.
    pub rows: u64,
}

/// How far compaction goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Extent {
    /// What readers would soon feel.
    Pressing,
    /// What is worth it while nothing else is to do.
    Worthwhile,
    /// Down to one file for each class and day.
    Everything,
}

/// Files that become one.
struct Merge {
    class: Class,
    day: Date,
    files: Vec<Arc<DataFile>>,
    effort: Effort,
}

/// Merges until nothing is left to merge, or until `go_on` says no.
pub(crate) async fn compact(inner: &Inner, tenant: &Tenant, extent: Extent, go_on: impl Fn() -> bool) -> Result<CompactReport> {
    let mut report = CompactReport::default();
    let owned = match extent {
        Extent::Everything => files::own(inner, tenant).await?,
        Extent::Pressing | Extent::Worthwhile => match files::try_own(inner, tenant).await? {
            Some(owned) => owned,
            None => return Ok(report),
        },
    };
    while go_on() {
        if let Some(reason) = inner.poisoned() {
            return Err(Error::Poisoned(reason));
        }
        if extent == Extent::Everything && inner.is_over(tenant, 1) {
            // It takes long, and nobody else can archive meanwhile.
            archive::step(inner, tenant, &owned).await?;
        }
        let state = inner.newest(tenant).await?;
        let Some(merge) = next_merge(&state.lake, extent, now()) else { break };
        match run(inner, tenant, &state.lake, &merge).await {
            Ok(written) => {
                report.merged += merge.files.len() as u64;
                report.files += written.len() as u64;
                report.rows += written.iter().map(|file| u64::try_from(file.rows).unwrap_or(0)).sum::<u64>();
            }
            Err(error) => {
                files::sweep_after_failure(inner, tenant, &owned).await;
                return Err(error);
            }
        }
    }
    Ok(report)
}

/// The merge that is most worth it: the one of the most files.
fn next_merge(lake: &LakeVersion, extent: Extent, now: Timestamp) -> Option<Merge> {
    let mut of_day: BTreeMap<(Class, Date), Vec<Arc<DataFile>>> = BTreeMap::new();
    for file in lake.files() {
        if let (Some(class), Some(day)) = (Class::of_path(&file.path), file.day()) {
            of_day.entry((class, day)).or_default().push(Arc::clone(file));
        }
    }
    let merges = of_day.into_iter().filter_map(|((class, day), files)| {
        let (files, effort) = worth_merging(files, extent, now)?;
        Some(Merge { class, day, files, effort })
    });
    merges.max_by_key(|merge| merge.files.len())
}

/// Which files of a class and day are worth merging.
fn worth_merging(mut files: Vec<Arc<DataFile>>, extent: Extent, now: Timestamp) -> Option<(Vec<Arc<DataFile>>, Effort)> {
    if files.len() < 2 {
        return None;
    }
    files.sort_by_key(|file| (file.rows, file.data_file_id));
    let newest = files.iter().filter_map(|file| written_at(file)).max().unwrap_or(0);
    let quiet_for = now.as_micros() - newest;
    let largest = files.last().map_or(0, |file| file.rows);
    let late: i64 = files.iter().map(|file| file.rows).sum::<i64>() - largest;
    let few_late = files.len() < FILES_OF_A_SIZE / 2 && late * FEW_LATE_ROWS < largest;
    let settled = quiet_for > if few_late { LATE_ROWS_WAIT_MICROS } else { SETTLED_MICROS };
    if extent == Extent::Everything || (extent == Extent::Worthwhile && settled) {
        files.truncate(MAX_MERGED);
        return Some((files, Effort::Compact));
    }
    let mut rows = 0;
    let of_a_size = |file: &&Arc<DataFile>| {
        let similar = rows == 0 || file.rows <= OF_A_SIZE * rows;
        rows += file.rows;
        similar
    };
    let similar: Vec<_> = files.iter().take_while(of_a_size).take(MAX_MERGED).cloned().collect();
    let enough = if extent == Extent::Pressing { FILES_WHILE_BUSY } else { FILES_OF_A_SIZE };
    (similar.len() >= enough).then_some((similar, Effort::Archive))
}

/// When a file was written: its name bears a UUID of version 7.
fn written_at(file: &DataFile) -> Option<i64> {
    let name = file.path.rsplit('/').next()?.strip_suffix(".parquet")?;
    let (_, uuid) = name.split_once('-')?;
    let (seconds, nanos) = Uuid::parse_str(uuid).ok()?.get_timestamp()?.to_unix();
    Some(i64::try_from(seconds).ok()? * MICROS_PER_SECOND + i64::from(nanos) / 1_000)
}

/// Merges, and exchanges the files.
async fn run(inner: &Inner, tenant: &Tenant, lake: &LakeVersion, merge: &Merge) -> Result<Vec<WrittenFile>> {
    let started = std::time::Instant::now();
    let written = if merge.class == Class::Counts { add_up(tenant, merge).await? } else { vec![merge_rows(inner, tenant, merge).await?] };
    fault::step("compact.files_written")?;
    let mut change = Change::default();
    change.add(merge.class.table(), written.clone());
    change.remove(merge.class.table(), merge.files.iter().cloned());
    let snapshot_id = change::commit(inner, tenant, lake, change, async |_, _| fault::step("compact.catalogued")).await?;
    let rows: i64 = written.iter().map(|file| file.rows).sum();
    let seconds = started.elapsed().as_secs_f64();
    metrics::histogram!("rollcall_compact_seconds").record(seconds);
    tracing::debug!(tenant = %tenant.id, class = merge.class.prefix(), day = %merge.day, merged = merge.files.len(), rows, snapshot_id, seconds, "compacted");
    Ok(written)
}

/// Counts of a day: rows that differ in nothing but the number become one.
async fn add_up(tenant: &Tenant, merge: &Merge) -> Result<Vec<WrittenFile>> {
    let folder = tenant.folder(merge.class.table());
    let paths: Vec<_> = merge.files.iter().map(|file| folder.join(&file.path)).collect();
    let effort = merge.effort;
    blocking(move || {
        let mut batches = Vec::new();
        for path in &paths {
            batches.extend(read_file(path)?);
        }
        write_class(&folder, Class::Counts, effort, &[counts::merge(&batches)?])
    })
    .await
}

/// Rows of a day, merged in their order.
async fn merge_rows(inner: &Inner, tenant: &Tenant, merge: &Merge) -> Result<WrittenFile> {
    let context = inner.store.context_for_merge(merge.files.len(), BATCH_ROWS);
    let plan = sorted_merge(inner, tenant, merge, &context).await?;
    let mut rows = plan.execute(0, context.task_ctx())?;
    let (class, day, effort) = (merge.class, merge.day, merge.effort);
    let folder = tenant.folder(class.table());
    let expected: i64 = merge.files.iter().map(|file| file.rows).sum();
    let runtime = tokio::runtime::Handle::current();
    blocking(move || {
        let mut file = NewFile::create(&folder, class, Some(day), effort)?;
        while let Some(batch) = runtime.block_on(rows.next()) {
            file.write(&batch?)?;
        }
        let written = file.finish()?;
        if written.rows == expected {
            return Ok(written);
        }
        Err(Error::Corrupt(format!("merging {expected} rows of {day} gave {} rows", written.rows)))
    })
    .await
}

async fn sorted_merge(
    inner: &Inner,
    tenant: &Tenant,
    merge: &Merge,
    context: &datafusion::prelude::SessionContext,
) -> Result<Arc<dyn ExecutionPlan>> {
    let table = LakeTable::of_files(merge.class.table(), tenant.id.as_str(), &inner.store, merge.files.clone());
    let scan = datafusion::catalog::TableProvider::scan(&table, &context.state(), None, &[], None).await?;
    let options = arrow::compute::SortOptions { descending: false, nulls_first: false };
    let schema = scan.schema();
    let keys = merge.class.sort_columns().iter().map(|name| Ok(PhysicalSortExpr::new(expressions::col(name, &schema)?, options)));
    let order = LexOrdering::new(keys.collect::<Result<Vec<_>>>()?);
    let order = order.ok_or_else(|| Error::Corrupt(format!("files of class {} have no order", merge.class.prefix())))?;
    Ok(Arc::new(SortPreservingMergeExec::new(order, scan)))
}
