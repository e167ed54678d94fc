//! A change of a tenant's lake: files come, files go, in one snapshot and one transaction with whatever else
//! belongs to it. Archiving, compaction, retention and repair all end here.
//!
//! The files that come are durable before; those that go stay on the disk until nothing needs them.

use std::collections::HashSet;
use std::sync::Arc;

use rollcall_model::{Session, Timestamp};
use tokio::sync::OnceCell;

use crate::catalogue::commit::{RemovedFile, TableChange, commit as commit_snapshot};
use crate::database::Write;
use crate::edge::Edge;
use crate::error::{Error, Result};
use crate::fault;
use crate::lake::write::Class;
use crate::lake::{DataFile, WrittenFile};
use crate::ledger::Inner;
use crate::schema::Table;
use crate::seal::{self, Seal};
use crate::session_rows::SessionRows;
use crate::state::{Head, LakeVersion, TenantState, blocking};
use crate::tenant::Tenant;

/// What changes in a tenant's lake.
#[derive(Debug, Default)]
pub(crate) struct Change {
    /// Files that are durable and become visible, each with its table.
    pub(crate) added: Vec<(Table, WrittenFile)>,
    /// Files that are no longer part of their table.
    pub(crate) removed: Vec<(Table, Arc<DataFile>)>,
    /// The events before this seq are in the lake now, if that has moved.
    pub(crate) archived_seq: Option<i64>,
    /// The sessions that are open now, if that has changed.
    pub(crate) open: Option<Arc<SessionRows>>,
    /// Where sessions begin now, and those that were open there, if that has moved.
    pub(crate) edge: Option<(Timestamp, Vec<Session>)>,
}

impl Change {
    pub(crate) fn add(&mut self, table: Table, files: Vec<WrittenFile>) {
        self.added.extend(files.into_iter().map(|file| (table, file)));
    }

    pub(crate) fn remove(&mut self, table: Table, files: impl IntoIterator<Item = Arc<DataFile>>) {
        self.removed.extend(files.into_iter().map(|file| (table, file)));
    }
}

/// Commits a change of the lake as it was in `base`, together with what `with` writes, and publishes it.
/// Answers the snapshot.
pub(crate) async fn commit(
    inner: &Inner,
    tenant: &Tenant,
    base: &LakeVersion,
    change: Change,
    with: impl AsyncFnOnce(&Write<'_>, i64) -> Result<()>,
) -> Result<i64> {
    let seals = seals_of(tenant, &change.added).await?;
    let write = inner.database.write(Some(&tenant.turn)).await?;
    let head = Head::lock(&write, &tenant.id).await?;
    if head.snapshot_id != base.snapshot_id || head.archived_seq != base.archived_seq {
        return Err(Error::Corrupt(format!(
            "the lake of {} is at snapshot {} and seq {}, expected {} and {}",
            tenant.id, head.snapshot_id, head.archived_seq, base.snapshot_id, base.archived_seq
        )));
    }
    // Snapshots of all tenants are numbered in one row.
    write.lock("catalogue").await?;
    let (snapshot_id, added) = catalogue(&write, tenant, &change, &seals).await?;
    let edge = move_edge(&write, tenant, base, &change, snapshot_id).await?;
    with(&write, snapshot_id).await?;
    let archived_seq = change.archived_seq.unwrap_or(base.archived_seq);
    move_head(&write, tenant, snapshot_id, archived_seq).await?;
    fault::step("archive.catalogued")?;
    let lake = Arc::new(next_version(base, added, &change, edge, snapshot_id, archived_seq));
    // Commits since this step began have added to the tail; none can while this one holds the turn.
    let current = tenant.state.load_full();
    let tail = current.tail.cut(archived_seq, i64::MAX)?;
    let publish = || {
        let next = TenantState { lake, tail, next_seq: current.next_seq, sources: Arc::clone(&current.sources), sessions: OnceCell::new() };
        tenant.state.store(Arc::new(next));
    };
    write.commit_then(publish).await?;
    Ok(snapshot_id)
}

/// The seals of the files that come, in their order.
async fn seals_of(tenant: &Tenant, added: &[(Table, WrittenFile)]) -> Result<Vec<Seal>> {
    let paths: Vec<_> = added.iter().map(|(table, file)| tenant.folder(*table).join(&file.path)).collect();
    blocking(move || paths.iter().map(|path| seal::of_file(path)).collect()).await
}

/// Writes the change into the catalogue. Answers the snapshot, and the files that come as they are known there.
async fn catalogue(write: &Write<'_>, tenant: &Tenant, change: &Change, seals: &[Seal]) -> Result<(i64, Vec<Arc<DataFile>>)> {
    let mut tables = Vec::new();
    let mut sealed = Vec::new();
    for table in Table::ALL {
        let coming = || change.added.iter().zip(seals).filter(move |((of, _), _)| *of == table);
        let added: Vec<WrittenFile> = coming().map(|((_, file), _)| file.clone()).collect();
        sealed.extend(coming().map(|((_, file), seal)| (table, file, seal)));
        let removed = change.removed.iter().filter(|(of, _)| *of == table);
        let removed: Vec<RemovedFile> =
            removed.map(|(_, file)| RemovedFile { data_file_id: file.data_file_id, rows: file.rows, bytes: file.bytes }).collect();
        tables.push((table, added, removed));
    }
    let changes: Vec<TableChange<'_>> =
        tables.iter().map(|(table, added, removed)| TableChange { table: *table, added, removed }).collect();
    let (snapshot_id, file_ids) = commit_snapshot(write, tenant.tables, &changes).await?;
    let mut files = Vec::with_capacity(sealed.len());
    for (&id, (table, file, seal)) in file_ids.iter().zip(sealed) {
        seal::store(write, id, seal).await?;
        files.push(Arc::new(DataFile::committed(table, id, file)));
    }
    Ok((snapshot_id, files))
}

async fn move_head(write: &Write<'_>, tenant: &Tenant, snapshot_id: i64, archived_seq: i64) -> Result<()> {
    let row = || [tenant.id.as_str().into(), snapshot_id.into(), archived_seq.into()];
    write.run("INSERT INTO rollcall_archive(tenant, snapshot_id, archived_seq) VALUES ($1, $2, $3)", row()).await?;
    write.run("UPDATE rollcall_tenant SET snapshot_id = $2, archived_seq = $3 WHERE tenant = $1", row()).await?;
    Ok(())
}

async fn move_edge(write: &Write<'_>, tenant: &Tenant, base: &LakeVersion, change: &Change, snapshot_id: i64) -> Result<Arc<Edge>> {
    let Some((moment, open)) = &change.edge else { return Ok(Arc::clone(&base.edge)) };
    let edge = Edge { snapshot_id, moment: Some(*moment), open: open.clone() };
    edge.store(write, &tenant.id).await?;
    Ok(Arc::new(edge))
}

fn next_version(
    base: &LakeVersion,
    added: Vec<Arc<DataFile>>,
    change: &Change,
    edge: Arc<Edge>,
    snapshot_id: i64,
    archived_seq: i64,
) -> LakeVersion {
    let gone: HashSet<i64> = change.removed.iter().map(|(_, file)| file.data_file_id).collect();
    let still = |files: &[Arc<DataFile>]| files.iter().filter(|file| !gone.contains(&file.data_file_id)).cloned().collect::<Vec<_>>();
    let mut next = LakeVersion {
        snapshot_id,
        archived_seq,
        events: still(&base.events),
        ended: still(&base.ended),
        open_files: still(&base.open_files),
        counts: still(&base.counts),
        open: Arc::clone(change.open.as_ref().unwrap_or(&base.open)),
        edge,
    };
    for file in added {
        next.files_of(Class::of_path(&file.path)).push(file);
    }
    next
}
