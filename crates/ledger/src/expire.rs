//! Expiry: snapshots that nobody needs any more go, and with them the files that only they had.
//!
//! A snapshot of the lake is needed while
//!
//! - it is the newest, or a tenant's newest;
//! - it was the newest less than the grace period ago: a reader from outside may be at it;
//! - a cursor's lease names it, or a backup's names an earlier one;
//! - a query in this process runs on it, whatever the clock says. Queries on other nodes take leases.
//!
//! The catalogue forgets first, and remembers the files as to be deleted; then they are deleted. A crash
//! between the two leaves files that nobody sees, which the next run deletes.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use rollcall_model::Timestamp;
use serde::Serialize;

use crate::catalogue::parse_moment_text;
use crate::database::{Queries, Write, get};
use crate::error::{Error, Result};
use crate::fault;
use crate::lease;
use crate::ledger::Inner;
use crate::state::{blocking, now};

/// What expiry did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Default)]
pub struct ExpireReport {
    /// Snapshots that are gone.
    pub snapshots: u64,
    /// Files that are gone.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
}

/// Lets go of what nobody needs.
pub(crate) async fn expire(inner: &Inner) -> Result<ExpireReport> {
    if let Some(reason) = inner.poisoned() {
        return Err(Error::Poisoned(reason));
    }
    let in_use = inner.snapshots_in_use();
    let write = inner.database.write(None).await?;
    write.lock("catalogue").await?;
    let moment = now();
    write.run("DELETE FROM rollcall_lease WHERE expires_at <= $1", [moment.as_micros().into()]).await?;
    let needed = needed(&write, moment.plus_micros(-inner.file_grace_micros), in_use).await?;
    let mut report = ExpireReport::default();
    schedule_files(&write, &needed, moment, &mut report).await?;
    forget_snapshots(&write, &needed, &mut report).await?;
    fault::step("expire.catalogued")?;
    write.commit().await?;
    delete_scheduled(inner).await?;
    if report.snapshots > 0 {
        tracing::debug!(snapshots = report.snapshots, files = report.files, bytes = report.bytes, "expired");
    }
    Ok(report)
}

/// The snapshots that are needed.
async fn needed(write: &Write<'_>, grace_from: Timestamp, in_use: BTreeSet<i64>) -> Result<BTreeSet<i64>> {
    let mut needed = in_use;
    for sql in [
        "SELECT max(snapshot_id) FROM ducklake_snapshot",
        "SELECT snapshot_id FROM rollcall_tenant",
        "SELECT snapshot_id FROM rollcall_lease",
    ] {
        for row in write.all(sql, []).await? {
            needed.insert(get(&row, 0)?);
        }
    }
    let held_from = lease::held_from(write).await?.unwrap_or(i64::MAX);
    let mut before_grace = None;
    for row in write.all("SELECT snapshot_id, snapshot_time FROM ducklake_snapshot ORDER BY snapshot_id", []).await? {
        let (id, time): (i64, String) = (get(&row, 0)?, get(&row, 1)?);
        if parse_moment_text(&time).is_none_or(|time| time >= grace_from) || id >= held_from {
            needed.insert(id);
        } else {
            // The newest of them was still current when the grace period began.
            before_grace = Some(id);
        }
    }
    needed.extend(before_grace);
    Ok(needed)
}

/// Takes files that no needed snapshot has out of the catalogue, and notes them as to be deleted.
async fn schedule_files(write: &Write<'_>, needed: &BTreeSet<i64>, moment: Timestamp, report: &mut ExpireReport) -> Result<()> {
    let sql = "SELECT f.data_file_id, f.begin_snapshot, f.end_snapshot, f.file_size_bytes, s.path || t.path || f.path FROM ducklake_data_file f \
               JOIN ducklake_table t ON t.table_id = f.table_id JOIN ducklake_schema s ON s.schema_id = t.schema_id \
               WHERE f.end_snapshot IS NOT NULL";
    for row in write.all(sql, []).await? {
        let (id, begin, end): (i64, i64, i64) = (get(&row, 0)?, get(&row, 1)?, get(&row, 2)?);
        if needed.range(begin..end).next().is_some() {
            continue;
        }
        let (bytes, path): (i64, String) = (get(&row, 3)?, get(&row, 4)?);
        let scheduled = [id.into(), path.into(), crate::catalogue::moment_text(moment).into()];
        write.run("INSERT INTO ducklake_files_scheduled_for_deletion VALUES ($1, $2, 1, $3)", scheduled).await?;
        for table in ["ducklake_data_file", "ducklake_file_column_stats", "ducklake_file_partition_value", "rollcall_digest"] {
            write.run(&format!("DELETE FROM {table} WHERE data_file_id = $1"), [id.into()]).await?;
        }
        report.files += 1;
        report.bytes += u64::try_from(bytes).unwrap_or(0);
    }
    Ok(())
}

async fn forget_snapshots(write: &Write<'_>, needed: &BTreeSet<i64>, report: &mut ExpireReport) -> Result<()> {
    for row in write.all("SELECT snapshot_id FROM ducklake_snapshot", []).await? {
        let id: i64 = get(&row, 0)?;
        if !needed.contains(&id) {
            for table in ["ducklake_snapshot", "ducklake_snapshot_changes"] {
                write.run(&format!("DELETE FROM {table} WHERE snapshot_id = $1"), [id.into()]).await?;
            }
            report.snapshots += 1;
        }
    }
    // Of each tenant stays what says where its lake ended, and where its sessions began, at a needed snapshot.
    for table in ["rollcall_archive", "rollcall_edge"] {
        forget_since(write, table, needed).await?;
    }
    Ok(())
}

/// Forgets the rows of a table, each of which says what is so since a snapshot, that say it of no needed one.
async fn forget_since(write: &Write<'_>, table: &str, needed: &BTreeSet<i64>) -> Result<()> {
    let mut since: BTreeMap<String, BTreeSet<i64>> = BTreeMap::new();
    for row in write.all(&format!("SELECT tenant, snapshot_id FROM {table}"), []).await? {
        since.entry(get(&row, 0)?).or_default().insert(get(&row, 1)?);
    }
    for (tenant, snapshots) in since {
        let kept: BTreeSet<i64> = needed.iter().filter_map(|&id| snapshots.range(..=id).next_back().copied()).collect();
        for id in snapshots.difference(&kept) {
            let row = [tenant.as_str().into(), (*id).into()];
            write.run(&format!("DELETE FROM {table} WHERE tenant = $1 AND snapshot_id = $2"), row).await?;
        }
    }
    Ok(())
}

/// Deletes the files that the catalogue has forgotten, then forgets that they were to be deleted.
async fn delete_scheduled(inner: &Inner) -> Result<()> {
    let mut scheduled: Vec<(i64, String)> = Vec::new();
    for row in inner.database.read().await?.all("SELECT data_file_id, path FROM ducklake_files_scheduled_for_deletion", []).await? {
        scheduled.push((get(&row, 0)?, get(&row, 1)?));
    }
    if scheduled.is_empty() {
        return Ok(());
    }
    let scheduled = Arc::new(scheduled);
    let (lake, paths) = (inner.lake.clone(), Arc::clone(&scheduled));
    blocking(move || paths.iter().try_for_each(|(_, path)| remove(&lake, path))).await?;
    let write = inner.database.write(None).await?;
    for (id, _) in scheduled.iter() {
        write.run("DELETE FROM ducklake_files_scheduled_for_deletion WHERE data_file_id = $1", [(*id).into()]).await?;
    }
    write.commit().await
}

fn remove(lake: &Path, path: &str) -> Result<()> {
    let full = lake.join(path);
    match std::fs::remove_file(&full) {
        Ok(()) => fault::step("expire.file_removed"),
        // A run before this one has deleted it, and was stopped before it could say so.
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(Error::file(full, &error)),
    }
}
