//! Our own tables beside DuckLake's, and the format of the store.
//!
//! Names start with `rollcall_`, so that the two never meet. A store says which format it has; an earlier
//! one is brought up to date when it is opened, in the transaction that says so, and a later one is refused.

use super::{Queries, Write, get};
use crate::error::{Error, Result};
use crate::fault;

/// Format of the store that this version writes.
///
/// | format | what it brought |
/// | --- | --- |
/// | 1 | journal, events and sessions |
/// | 2 | the table `counts`, a tenant's own snapshot, Idempotency-Key, retention and legal hold |
pub(crate) const FORMAT: i64 = 2;

/// The tables as this format has them. `BLOB` is what PostgreSQL calls `BYTEA`.
const TABLES: &[&str] = &[
    "rollcall_meta(name VARCHAR PRIMARY KEY, value BIGINT NOT NULL)",
    // A tenant's place in its ledger: the next event's seq, the first seq that is not in the lake, and the
    // newest snapshot that changed its tables.
    "rollcall_tenant(tenant VARCHAR PRIMARY KEY, next_seq BIGINT NOT NULL, archived_seq BIGINT NOT NULL, \
     snapshot_id BIGINT NOT NULL DEFAULT 0)",
    // The durable tail: one row a commit. archived_snapshot: in the lake since then, kept for a lease.
    "rollcall_journal(tenant VARCHAR NOT NULL, first_seq BIGINT NOT NULL, next_seq BIGINT NOT NULL, batch BLOB NOT NULL, \
     archived_snapshot BIGINT, PRIMARY KEY(tenant, first_seq))",
    // Up to which seq a tenant's events are in the lake since a snapshot.
    "rollcall_archive(tenant VARCHAR NOT NULL, snapshot_id BIGINT NOT NULL, archived_seq BIGINT NOT NULL, \
     PRIMARY KEY(tenant, snapshot_id))",
    // Snapshots that somebody pages through: their journal rows and files stay until then. Without a tenant: a
    // backup's, begun at next_seq, which keeps the files of that snapshot and of every later one.
    "rollcall_lease(tenant VARCHAR NOT NULL, snapshot_id BIGINT NOT NULL, next_seq BIGINT NOT NULL, expires_at BIGINT NOT NULL, \
     PRIMARY KEY(tenant, snapshot_id, next_seq))",
    // Records that could not be taken, oldest first by position.
    "rollcall_quarantine(tenant VARCHAR NOT NULL, position BIGINT NOT NULL, record_id BLOB NOT NULL, source VARCHAR NOT NULL, \
     format VARCHAR NOT NULL, received_at BIGINT NOT NULL, line BIGINT NOT NULL, field VARCHAR, reason VARCHAR NOT NULL, \
     raw BLOB NOT NULL, PRIMARY KEY(tenant, position))",
    crate::source::TABLE,
    // Answers of requests that bore an Idempotency-Key: kept with the events that the request brought.
    "rollcall_idempotency(tenant VARCHAR NOT NULL, request_key BLOB NOT NULL, fingerprint BLOB NOT NULL, receipt VARCHAR NOT NULL, \
     note VARCHAR NOT NULL, created_at BIGINT NOT NULL, PRIMARY KEY(tenant, request_key))",
    // How many days a tenant keeps the events of a category.
    "rollcall_retention(tenant VARCHAR NOT NULL, category VARCHAR NOT NULL, days BIGINT NOT NULL, PRIMARY KEY(tenant, category))",
    // What retention has removed: how many events of a category before a moment, and their seqs.
    "rollcall_removal(tenant VARCHAR NOT NULL, snapshot_id BIGINT NOT NULL, category VARCHAR NOT NULL, before_micros BIGINT NOT NULL, \
     removed_at BIGINT NOT NULL, events BIGINT NOT NULL, seqs BLOB NOT NULL, PRIMARY KEY(tenant, snapshot_id, category))",
    // Since a snapshot, the moment before which a tenant's access events count no more, and the sessions that
    // were open then.
    "rollcall_edge(tenant VARCHAR NOT NULL, snapshot_id BIGINT NOT NULL, moment BIGINT NOT NULL, sessions BLOB NOT NULL, \
     PRIMARY KEY(tenant, snapshot_id))",
    // Reasons for which nothing of a tenant may be removed.
    "rollcall_hold(tenant VARCHAR NOT NULL, name VARCHAR NOT NULL, reason VARCHAR NOT NULL, created_at BIGINT NOT NULL, \
     PRIMARY KEY(tenant, name))",
    // Digests of the lake's files.
    crate::seal::TABLE,
];

/// What is looked for again and again: kind, name, and columns.
const INDEXES: &[(&str, &str, &str)] = &[
    ("UNIQUE INDEX", "rollcall_quarantine_record", "rollcall_quarantine(tenant, record_id)"),
    ("INDEX", "rollcall_idempotency_age", "rollcall_idempotency(created_at)"),
];

/// Makes what is missing, and brings an earlier format up to date.
pub(crate) async fn prepare(write: &Write<'_>, is_shared: bool) -> Result<()> {
    let existed = exists(write, is_shared).await?;
    let found = if existed { format(write).await? } else { None };
    if let Some(found) = found.filter(|&found| found > FORMAT) {
        return Err(Error::TooNew { found, supported: FORMAT });
    }
    for table in TABLES {
        let bytes = if is_shared { table.replace(" BLOB", " BYTEA") } else { (*table).to_owned() };
        write.run(&format!("CREATE TABLE IF NOT EXISTS {bytes}"), []).await?;
    }
    for (kind, name, on) in INDEXES {
        write.make_index(kind, name, on).await?;
    }
    match found {
        None => write.run("INSERT INTO rollcall_meta(name, value) VALUES ('format', $1)", [FORMAT.into()]).await?,
        Some(found) if found < FORMAT => upgrade(write, found).await?,
        Some(_) => 0,
    };
    Ok(())
}

async fn exists(write: &Write<'_>, is_shared: bool) -> Result<bool> {
    let sql = if is_shared {
        "SELECT 1 FROM information_schema.tables WHERE table_schema = current_schema() AND table_name = 'rollcall_meta'"
    } else {
        "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'rollcall_meta'"
    };
    Ok(write.one(sql, []).await?.is_some())
}

async fn format(write: &Write<'_>) -> Result<Option<i64>> {
    let row = write.one("SELECT value FROM rollcall_meta WHERE name = 'format'", []).await?;
    row.map(|row| get(&row, 0)).transpose()
}

/// From an earlier format to this one. The lake's new tables follow when the tenants are opened.
async fn upgrade(write: &Write<'_>, found: i64) -> Result<u64> {
    tracing::warn!(from = found, to = FORMAT, "bringing the store up to date; an earlier Rollcall can't open it any more");
    if found < 2 {
        write.run("ALTER TABLE rollcall_tenant ADD COLUMN snapshot_id BIGINT NOT NULL DEFAULT 0", []).await?;
        let newest = "UPDATE rollcall_tenant SET snapshot_id = (SELECT max(snapshot_id) FROM ducklake_snapshot)";
        write.run(newest, []).await?;
    }
    fault::step("upgrade.tables")?;
    write.run("UPDATE rollcall_meta SET value = $1 WHERE name = 'format'", [FORMAT.into()]).await
}
