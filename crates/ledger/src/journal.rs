//! The journal: the durable tail of the ledger, one row of the database a commit.
//!
//! A row holds its events as one Arrow IPC stream, access events and others as batches of their own. `first_seq` and `next_seq` of
//! neighbouring rows meet without a gap.
//!
//! A row ends with a seal, a digest of what is before it: the database would not notice a bit that has flipped in
//! an event's text, and the archive step would then write it into the lake. Rows from before there were seals end
//! as Arrow ends its streams.

use arrow::array::{AsArray, BooleanArray, RecordBatch};
use arrow::compute::{concat_batches, filter_record_batch, sort_to_indices, take_record_batch};
use arrow::ipc::reader::StreamReader;
use arrow::ipc::writer::{IpcWriteOptions, StreamWriter};
use arrow::ipc::{CompressionType, MetadataVersion};
use rollcall_model::{Category, TenantId};
use sha2::{Digest, Sha256};

use crate::database::{Queries, Write, get};
use crate::error::{Error, Result};
use crate::schema::{Table, position};

/// Batches as bytes of a journal row.
pub(crate) fn encode(batches: &[RecordBatch]) -> Result<Vec<u8>> {
    let schema = batches.first().ok_or_else(|| Error::Corrupt("a journal row of no batch".to_owned()))?.schema();
    let options = IpcWriteOptions::try_new(8, false, MetadataVersion::V5)?.try_with_compression(Some(CompressionType::LZ4_FRAME))?;
    let mut bytes = Vec::with_capacity(64 * 1024);
    let mut writer = StreamWriter::try_new_with_options(&mut bytes, &schema, options)?;
    for batch in batches {
        writer.write(batch)?;
    }
    writer.finish()?;
    drop(writer);
    let seal = seal(&bytes);
    bytes.extend_from_slice(&seal);
    Ok(bytes)
}

/// How Arrow ends a stream.
const END_OF_STREAM: [u8; 8] = [0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0];

/// The first half of the SHA-256 of a row's stream.
fn seal(stream: &[u8]) -> [u8; 16] {
    let digest: [u8; 32] = Sha256::digest(stream).into();
    digest.first_chunk().copied().unwrap_or_default()
}

/// A row's stream, once it is certain that it is what was written.
fn unsealed(bytes: &[u8]) -> Result<&[u8]> {
    match bytes.split_last_chunk::<16>() {
        _ if bytes.ends_with(&END_OF_STREAM) => Ok(bytes),
        Some((stream, sealed)) if seal(stream) == *sealed => Ok(stream),
        _ => Err(Error::Corrupt("a journal row is not what was written: its seal is broken".to_owned())),
    }
}

/// The batches of a journal row's bytes: access events and others apart. Rows of format 1 had them mixed.
pub(crate) fn decode(bytes: &[u8]) -> Result<Vec<RecordBatch>> {
    let mut batches = Vec::new();
    for batch in StreamReader::try_new(unsealed(bytes)?, None)? {
        let batch = batch?;
        // Every version that writes more columns adds them at the end; what a row does not have is missing.
        let (found, expected) = (batch.schema_ref().fields().len(), Table::Events.schema().fields().len());
        if found != expected {
            return Err(Error::Corrupt(format!("a journal row with {found} columns, expected {expected}")));
        }
        batches.extend(by_class(&RecordBatch::try_new(Table::Events.schema(), batch.columns().to_vec())?)?);
    }
    if batches.is_empty() { Err(Error::Corrupt("a journal row without a batch".to_owned())) } else { Ok(batches) }
}

/// The events of a journal row's bytes as one batch, in the order of seq.
pub(crate) fn decode_in_order(bytes: &[u8]) -> Result<RecordBatch> {
    let all = concat_batches(&Table::Events.schema(), &decode(bytes)?)?;
    let order = sort_to_indices(all.column(position(Table::Events, "seq")), None, None)?;
    Ok(take_record_batch(&all, &order)?)
}

/// Access events and others of a batch, each if there are any.
fn by_class(batch: &RecordBatch) -> Result<Vec<RecordBatch>> {
    let categories = batch.column(position(Table::Events, "category")).as_string_view();
    let is_access: BooleanArray = categories.iter().map(|category| Some(category == Some(Category::Access.as_str()))).collect();
    if is_access.true_count() == 0 || is_access.false_count() == 0 {
        return Ok(vec![batch.clone()]);
    }
    Ok(vec![filter_record_batch(batch, &is_access)?, filter_record_batch(batch, &arrow::compute::not(&is_access)?)?])
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
pub(crate) async fn read(read: &impl Queries, tenant: &TenantId, from: i64, to: i64) -> Result<Vec<(i64, Vec<RecordBatch>)>> {
    let sql = "SELECT first_seq, next_seq, batch FROM rollcall_journal WHERE tenant = $1 AND first_seq >= $2 AND next_seq <= $3 ORDER BY first_seq";
    let mut batches = Vec::new();
    let mut expected = from;
    for row in read.all(sql, [tenant.as_str().into(), from.into(), to.into()]).await? {
        let (first_seq, next_seq, bytes): (i64, i64, Vec<u8>) = (get(&row, 0)?, get(&row, 1)?, get(&row, 2)?);
        let decoded = decode(&bytes)?;
        let rows: usize = decoded.iter().map(RecordBatch::num_rows).sum();
        if first_seq != expected || next_seq - first_seq != i64::try_from(rows).unwrap_or(-1) {
            return Err(Error::Corrupt(format!("the journal goes on at seq {first_seq}, expected {expected}")));
        }
        expected = next_seq;
        batches.push((first_seq, decoded));
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
