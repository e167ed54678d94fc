//! The journal: the durable tail of the ledger, one row of the database a commit.
//!
//! A row holds its events as one Arrow IPC stream with one batch. `first_seq` and `next_seq` of
//! neighbouring rows meet without a gap.

use arrow::array::RecordBatch;
use arrow::ipc::reader::StreamReader;
use arrow::ipc::writer::{IpcWriteOptions, StreamWriter};
use arrow::ipc::{CompressionType, MetadataVersion};
use rollcall_model::TenantId;

use crate::database::{Queries, Write, get};
use crate::error::{Error, Result};
use crate::schema::Table;

/// A batch as bytes of a journal row.
pub(crate) fn encode(batch: &RecordBatch) -> Result<Vec<u8>> {
    let options = IpcWriteOptions::try_new(8, false, MetadataVersion::V5)?.try_with_compression(Some(CompressionType::LZ4_FRAME))?;
    let mut bytes = Vec::with_capacity(64 * 1024);
    let mut writer = StreamWriter::try_new_with_options(&mut bytes, batch.schema_ref(), options)?;
    writer.write(batch)?;
    writer.finish()?;
    drop(writer);
    Ok(bytes)
}

/// The batch of a journal row's bytes.
pub(crate) fn decode(bytes: &[u8]) -> Result<RecordBatch> {
    let mut reader = StreamReader::try_new(bytes, None)?;
    let batch = reader.next().ok_or_else(|| Error::Corrupt("a journal row without a batch".to_owned()))??;
    // Every version that writes more columns adds them at the end; what a row does not have is missing.
    if batch.schema_ref().fields().len() != Table::Events.schema().fields().len() {
        return Err(Error::Corrupt(format!(
            "a journal row with {} columns, expected {}",
            batch.schema_ref().fields().len(),
            Table::Events.schema().fields().len()
        )));
    }
    Ok(RecordBatch::try_new(Table::Events.schema(), batch.columns().to_vec())?)
}

/// Adds a row, and moves the tenant's head on.
pub(crate) async fn append(write: &Write<'_>, tenant: &TenantId, first_seq: i64, bytes: Vec<u8>, events: usize) -> Result<()> {
    let next_seq = first_seq + i64::try_from(events).unwrap_or(0);
    let row = [tenant.as_str().into(), first_seq.into(), next_seq.into(), bytes.into()];
    write.run("INSERT INTO rollcall_journal(tenant, first_seq, next_seq, batch) VALUES ($1, $2, $3, $4)", row).await?;
    write.run("UPDATE rollcall_tenant SET next_seq = $1 WHERE tenant = $2", [next_seq.into(), tenant.as_str().into()]).await?;
    Ok(())
}

/// Reads the rows between two positions, and checks that they meet.
pub(crate) async fn read(read: &impl Queries, tenant: &TenantId, from: i64, to: i64) -> Result<Vec<(i64, RecordBatch)>> {
    let sql = "SELECT first_seq, next_seq, batch FROM rollcall_journal WHERE tenant = $1 AND first_seq >= $2 AND next_seq <= $3 ORDER BY first_seq";
    let mut batches = Vec::new();
    let mut expected = from;
    for row in read.all(sql, [tenant.as_str().into(), from.into(), to.into()]).await? {
        let (first_seq, next_seq, bytes): (i64, i64, Vec<u8>) = (get(&row, 0)?, get(&row, 1)?, get(&row, 2)?);
        let batch = decode(&bytes)?;
        if first_seq != expected || next_seq - first_seq != i64::try_from(batch.num_rows()).unwrap_or(-1) {
            return Err(Error::Corrupt(format!("the journal goes on at seq {first_seq}, expected {expected}")));
        }
        expected = next_seq;
        batches.push((first_seq, batch));
    }
    if expected == to { Ok(batches) } else { Err(Error::Corrupt(format!("the journal ends at seq {expected}, expected {to}"))) }
}

/// Forgets the rows that are in the lake since `snapshot_id`; those that a lease needs stay, marked.
pub(crate) async fn forget(write: &Write<'_>, tenant: &TenantId, archived_seq: i64, snapshot_id: i64, now_micros: i64) -> Result<()> {
    write.run("DELETE FROM rollcall_lease WHERE expires_at <= $1", [now_micros.into()]).await?;
    let mark = "UPDATE rollcall_journal SET archived_snapshot = $1 WHERE tenant = $2 AND next_seq <= $3 AND archived_snapshot IS NULL";
    write.run(mark, [snapshot_id.into(), tenant.as_str().into(), archived_seq.into()]).await?;
    let delete = "DELETE FROM rollcall_journal WHERE tenant = $1 AND archived_snapshot IS NOT NULL AND NOT EXISTS (\
                  SELECT 1 FROM rollcall_lease l WHERE l.tenant = rollcall_journal.tenant \
                  AND l.snapshot_id < rollcall_journal.archived_snapshot AND l.next_seq > rollcall_journal.first_seq)";
    write.run(delete, [tenant.as_str().into()]).await?;
    Ok(())
}
