//! Quarantine: records that could not be taken, with the reason, until somebody has seen to them.
//!
//! It is bounded: the oldest make room for the newest. A record that is there already is not taken
//! again, so importing a file twice reports its bad lines once.

use std::collections::BTreeMap;

use rollcall_model::{Category, Event, Outcome, TenantId, Timestamp};
use sea_orm::QueryResult;
use uuid::Uuid;

use crate::database::{Queries, Write, get};
use crate::error::{Error, Result};

/// Most records kept for a tenant.
pub const MAX_QUARANTINED: i64 = 10_000;

/// A record that could not be taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RejectedRecord {
    /// Derived from source and raw bytes: the same record has the same id.
    pub record_id: Uuid,
    /// The source it came through.
    pub source: String,
    /// The format it was read as.
    pub format: String,
    /// Line or record number in what was sent, from 1.
    pub line: i64,
    /// The field that is wrong, if it is one.
    pub field: Option<String>,
    /// What was expected, what came.
    pub reason: String,
    /// The record as it came.
    pub raw: Vec<u8>,
}

/// A record in quarantine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuarantinedRecord {
    /// Its place in the quarantine; later ones have higher numbers.
    pub position: i64,
    /// When it came.
    pub received_at: Timestamp,
    /// The record.
    pub record: RejectedRecord,
}

/// Puts records into quarantine. Answers how many are new, by source, format and reason.
pub(crate) async fn add(
    write: &Write<'_>,
    tenant: &TenantId,
    records: &[&RejectedRecord],
    received_at: Timestamp,
) -> Result<BTreeMap<Group, Count>> {
    let mut groups: BTreeMap<Group, Count> = BTreeMap::new();
    if records.is_empty() {
        return Ok(groups);
    }
    let counter = format!("quarantined {tenant}");
    let row = write.one("SELECT value FROM rollcall_meta WHERE name = $1", [counter.as_str().into()]).await?;
    let mut position: i64 = row.map_or(Ok(0), |row| get(&row, 0))?;
    for record in records {
        let row = [
            tenant.as_str().into(),
            (position + 1).into(),
            record.record_id.as_bytes().to_vec().into(),
            record.source.as_str().into(),
            record.format.as_str().into(),
            received_at.as_micros().into(),
            record.line.into(),
            record.field.clone().into(),
            record.reason.as_str().into(),
            record.raw.clone().into(),
        ];
        let sql = "INSERT INTO rollcall_quarantine VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT DO NOTHING";
        if write.run(sql, row).await? > 0 {
            position += 1;
            let group = Group { source: record.source.clone(), format: record.format.clone(), reason: group_reason(record) };
            let count = groups.entry(group).or_insert(Count { records: 0, first_line: record.line });
            count.records += 1;
        }
    }
    // A position is never used twice, also after its record was released.
    let sql = "INSERT INTO rollcall_meta(name, value) VALUES ($1, $2) ON CONFLICT(name) DO UPDATE SET value = $2";
    write.run(sql, [counter.into(), position.into()]).await?;
    let oldest = [tenant.as_str().into(), (position - MAX_QUARANTINED).into()];
    write.run("DELETE FROM rollcall_quarantine WHERE tenant = $1 AND position <= $2", oldest).await?;
    Ok(groups)
}

/// Records of one batch that were rejected for one reason.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Group {
    pub(crate) source: String,
    pub(crate) format: String,
    pub(crate) reason: String,
}

/// How many they are.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Count {
    pub(crate) records: i64,
    pub(crate) first_line: i64,
}

/// A reason without what differs from record to record: what came, which follows after `; got`.
fn group_reason(record: &RejectedRecord) -> String {
    let general = record.reason.split("; got").next().unwrap_or(&record.reason);
    match &record.field {
        Some(field) => format!("{field}: {general}"),
        None => general.to_owned(),
    }
}

/// The event that tells of rejected records: one for each batch and reason.
pub(crate) fn failure_event(group: &Group, count: Count, received_at: Timestamp) -> Event {
    let mut event =
        Event::new(Uuid::now_v7(), received_at, &group.source, Category::IntegrationFailure, "records_rejected", Outcome::Failure);
    event.application = Some("Rollcall".to_owned());
    event.entity = Some("Source".to_owned());
    event.instance = Some(group.source.clone());
    event.target = Some(group.source.clone());
    event.target_kind = Some(group.format.clone());
    event.failure_type = Some("record_rejected".to_owned());
    event.failure_reason = Some(group.reason.clone());
    event.summary = Some(format!("{} records of {} rejected: {}", count.records, group.source, group.reason));
    event.details = Some(serde_json::json!({ "count": count.records, "first_line": count.first_line }).to_string());
    event
}

/// Reads records after a position, oldest first.
pub(crate) async fn list(read: &impl Queries, tenant: &TenantId, after: i64, limit: i64) -> Result<Vec<QuarantinedRecord>> {
    let sql = "SELECT position, record_id, source, format, received_at, line, field, reason, raw FROM rollcall_quarantine \
               WHERE tenant = $1 AND position > $2 ORDER BY position LIMIT $3";
    let rows = read.all(sql, [tenant.as_str().into(), after.into(), limit.into()]).await?;
    rows.iter().map(quarantined).collect()
}

fn quarantined(row: &QueryResult) -> Result<QuarantinedRecord> {
    let id: Vec<u8> = get(row, 1)?;
    let received: i64 = get(row, 4)?;
    Ok(QuarantinedRecord {
        position: get(row, 0)?,
        received_at: Timestamp::from_micros(received).unwrap_or_default(),
        record: RejectedRecord {
            record_id: Uuid::from_slice(&id).map_err(|e| Error::Corrupt(format!("a quarantined record's id: {e}")))?,
            source: get(row, 2)?,
            format: get(row, 3)?,
            line: get(row, 5)?,
            field: get(row, 6)?,
            reason: get(row, 7)?,
            raw: get(row, 8)?,
        },
    })
}

/// Takes records out of quarantine: they have been replayed, or nobody wants them.
pub(crate) async fn remove(write: &Write<'_>, tenant: &TenantId, positions: &[i64]) -> Result<u64> {
    let mut removed = 0;
    for position in positions {
        let row = [tenant.as_str().into(), (*position).into()];
        removed += write.run("DELETE FROM rollcall_quarantine WHERE tenant = $1 AND position = $2", row).await?;
    }
    Ok(removed)
}
