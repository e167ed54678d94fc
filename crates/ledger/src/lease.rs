//! Leases: what somebody pages through stays until they are done.
//!
//! A cursor names a snapshot. While a lease on it lasts, the journal rows after its lake snapshot stay,
//! also when newer snapshots have them in files. It lasts over a restart.

use rollcall_model::time::MICROS_PER_HOUR;
use rollcall_model::{TenantId, Timestamp};

use crate::database::{Database, Queries, Write, get};
use crate::error::{Error, Result};
use crate::state::SnapshotId;

/// How long a cursor can be used after its last page, at least.
pub const CURSOR_LIFE_MICROS: i64 = MICROS_PER_HOUR;

/// Makes sure that a snapshot is kept for at least an hour from now.
///
/// A lease is written for two hours, so that most pages find one that lasts long enough.
pub(crate) async fn hold(database: &Database, tenant: &TenantId, id: SnapshotId, now: Timestamp) -> Result<()> {
    let key = || [tenant.as_str().into(), id.snapshot_id.into(), id.next_seq.into()];
    let sql = "SELECT expires_at FROM rollcall_lease WHERE tenant = $1 AND snapshot_id = $2 AND next_seq = $3";
    if let Some(row) = database.read().await?.one(sql, key()).await? {
        let expires_at: i64 = get(&row, 0)?;
        if expires_at > now.as_micros() + CURSOR_LIFE_MICROS {
            return Ok(());
        }
    }
    let expires_at = now.as_micros() + 2 * CURSOR_LIFE_MICROS;
    let write = database.write(None).await?;
    // An expiry that runs now either sees this lease, or is seen by it.
    write.lock("catalogue").await?;
    if !is_whole(&write, tenant, id).await? {
        return Err(Error::SnapshotGone(format!("{}.{}", id.snapshot_id, id.next_seq)));
    }
    let row = [tenant.as_str().into(), id.snapshot_id.into(), id.next_seq.into(), expires_at.into()];
    let sql = "INSERT INTO rollcall_lease VALUES ($1, $2, $3, $4) ON CONFLICT(tenant, snapshot_id, next_seq) DO UPDATE SET expires_at = $4";
    write.run(sql, row).await?;
    write.commit().await
}

/// Whether the lake still has the snapshot, and the journal every row after it. An archive step since the
/// snapshot was taken has deleted those rows, and the snapshot may have expired, unless a lease held them.
async fn is_whole(write: &Write<'_>, tenant: &TenantId, id: SnapshotId) -> Result<bool> {
    let sql = "SELECT 1 FROM ducklake_snapshot WHERE snapshot_id = $1";
    if write.one(sql, [id.snapshot_id.into()]).await?.is_none() {
        return Ok(false);
    }
    let sql = "SELECT archived_seq FROM rollcall_archive WHERE tenant = $1 AND snapshot_id <= $2 ORDER BY snapshot_id DESC LIMIT 1";
    let row = write.one(sql, [tenant.as_str().into(), id.snapshot_id.into()]).await?;
    let archived_seq: i64 = row.map_or(Ok(0), |row| get(&row, 0))?;
    let sql = "SELECT CAST(COALESCE(SUM(next_seq - first_seq), 0) AS BIGINT) FROM rollcall_journal WHERE tenant = $1 AND first_seq >= $2 AND next_seq <= $3";
    let row = write.one(sql, [tenant.as_str().into(), archived_seq.into(), id.next_seq.into()]).await?;
    let kept: i64 = row.map_or(Ok(0), |row| get(&row, 0))?;
    Ok(kept == id.next_seq - archived_seq)
}
