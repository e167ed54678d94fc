//! Leases: what somebody pages through stays until they are done.
//!
//! A cursor names a snapshot. While a lease on it lasts, the journal rows after its lake snapshot stay,
//! also when newer snapshots have them in files. It lasts over a restart.
//!
//! A backup does not know yet which snapshot it will find in its copy of the database: it holds the newest one
//! and every later one. Such a lease has no tenant, and keeps files alone.

use rollcall_model::time::MICROS_PER_HOUR;
use rollcall_model::{TenantId, Timestamp};

use crate::database::{Database, Queries, Write, get};
use crate::error::{Error, Result};
use crate::state::{SnapshotId, now};

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

/// A hold on the newest snapshot and every later one, of all tenants, by whatever process.
#[derive(Debug)]
pub(crate) struct FromNowOn {
    snapshot_id: i64,
    /// Which of the holds on that snapshot this is.
    begun_at: Timestamp,
    held_at: Timestamp,
}

impl FromNowOn {
    pub(crate) async fn hold(database: &Database) -> Result<Self> {
        let write = database.write(None).await?;
        // An expiry that runs now is over before the newest snapshot is read.
        write.lock("catalogue").await?;
        let row = write.one("SELECT COALESCE(max(snapshot_id), 0) FROM ducklake_snapshot", []).await?;
        let now = now();
        let held = Self { snapshot_id: row.map_or(Ok(0), |row| get(&row, 0))?, begun_at: now, held_at: now };
        held.store(&write).await?;
        write.commit().await?;
        Ok(held)
    }

    /// Makes sure that it lasts for at least an hour.
    pub(crate) async fn renew(&mut self, database: &Database) -> Result<()> {
        let now = now();
        if now.as_micros() - self.held_at.as_micros() < CURSOR_LIFE_MICROS {
            return Ok(());
        }
        self.held_at = now;
        let write = database.write(None).await?;
        self.store(&write).await?;
        write.commit().await
    }

    pub(crate) async fn release(self, database: &Database) -> Result<()> {
        let write = database.write(None).await?;
        let key = [self.snapshot_id.into(), self.begun_at.as_micros().into()];
        write.run("DELETE FROM rollcall_lease WHERE tenant = '' AND snapshot_id = $1 AND next_seq = $2", key).await?;
        write.commit().await
    }

    async fn store(&self, write: &Write<'_>) -> Result<()> {
        let expires_at = self.held_at.as_micros() + 2 * CURSOR_LIFE_MICROS;
        let row = [self.snapshot_id.into(), self.begun_at.as_micros().into(), expires_at.into()];
        let sql =
            "INSERT INTO rollcall_lease VALUES ('', $1, $2, $3) ON CONFLICT(tenant, snapshot_id, next_seq) DO UPDATE SET expires_at = $3";
        write.run(sql, row).await?;
        Ok(())
    }
}

/// The first of the snapshots that are held with every later one.
pub(crate) async fn held_from(reading: &impl Queries) -> Result<Option<i64>> {
    match reading.one("SELECT min(snapshot_id) FROM rollcall_lease WHERE tenant = ''", []).await? {
        Some(row) => get(&row, 0),
        None => Ok(None),
    }
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
