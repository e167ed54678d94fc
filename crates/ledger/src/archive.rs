//! The archive step: the tail becomes files of the lake, and the journal forgets it, in one transaction.
//!
//! 1. The sessions as of the current state are derived (the same that readers see).
//! 2. Events and sessions are written as sorted files and made durable. Nobody sees them yet.
//! 3. One transaction adds a lake snapshot with the files of all tables and deletes the journal's rows.
//! 4. What readers see is exchanged, before the next commit can begin.
//!
//! Stopped anywhere before the end of step 3, nothing has happened but orphan files.

use std::collections::{BTreeMap, HashSet};
use std::path::Path;
use std::sync::Arc;

use arrow::array::{AsArray, BooleanArray, RecordBatch};
use arrow::compute::filter_record_batch;
use rollcall_model::{Category, Session};
use serde::Serialize;
use tokio::sync::OnceCell;
use uuid::Uuid;

use crate::catalogue::commit::{RemovedFile, TableChange, commit};
use crate::catalogue::read;
use crate::error::{Error, Result};
use crate::journal;
use crate::lake::sweep::sweep as lake_sweep;
use crate::lake::write::{Class, write_class};
use crate::lake::{DataFile, WrittenFile};
use crate::ledger::{Inner, Tenant};
use crate::schema::{Table, position};
use crate::session_batch;
use crate::state::{LakeVersion, SessionView, TenantState, blocking, now, read_file};

/// What an archive step did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Default)]
pub struct ArchiveReport {
    /// Events that are in the lake now and were not before.
    pub events: u64,
    /// Ended sessions that are in the lake now and were not before, or are different now.
    pub sessions: u64,
    /// Files that were written.
    pub files: u64,
    /// The lake's newest snapshot.
    pub snapshot_id: i64,
}

/// Files that are durable and wait for their commit.
struct Written {
    events: Vec<WrittenFile>,
    ended: Vec<WrittenFile>,
    open: Vec<WrittenFile>,
    /// Files of sessions that others replace.
    replaced: Vec<Arc<DataFile>>,
}

/// Archives what a tenant's tail holds now.
pub(crate) async fn archive(inner: &Inner, tenant: &Tenant) -> Result<ArchiveReport> {
    let _turn = tenant.archiving.lock().await;
    if let Some(reason) = inner.poisoned() {
        // Whether the commit that failed has happened is not known: only a fresh start tells.
        return Err(Error::Poisoned(reason));
    }
    let state = tenant.state.load_full();
    if state.tail.rows() == 0 {
        return Ok(ArchiveReport { snapshot_id: state.lake.snapshot_id, ..ArchiveReport::default() });
    }
    let started = std::time::Instant::now();
    let view = tenant.sessions(&inner.store, &inner.limits, &state).await?;
    let step = async {
        let written = write_files(tenant, &state, &view).await?;
        Ok((commit_files(inner, tenant, &state, &view, &written).await?, written))
    };
    let (snapshot_id, written) = match step.await {
        Ok(done) => done,
        Err(error) => {
            sweep_after_failure(inner, tenant).await;
            return Err(error);
        }
    };
    let report = ArchiveReport {
        events: state.tail.rows() as u64,
        sessions: view.ended.len() as u64,
        files: (written.events.len() + written.ended.len() + written.open.len()) as u64,
        snapshot_id,
    };
    let seconds = started.elapsed().as_secs_f64();
    metrics::histogram!("rollcall_archive_seconds").record(seconds);
    tracing::info!(tenant = %tenant.id, events = report.events, sessions = report.sessions, files = report.files, snapshot_id, seconds, "archived");
    Ok(report)
}

/// Gives back the room that a failed step has taken: the next one writes its files anew.
async fn sweep_after_failure(inner: &Inner, tenant: &Tenant) {
    if inner.poisoned().is_some() {
        return;
    }
    if let Err(error) = sweep(inner, tenant).await {
        tracing::warn!(tenant = %tenant.id, %error, "files of a failed archive step were left behind");
    }
}

/// Removes the files that no snapshot names. Nothing else may be writing files.
pub(crate) async fn sweep(inner: &Inner, tenant: &Tenant) -> Result<()> {
    let reading = inner.database.read().await?;
    for (table, folder) in [(Table::Events, &tenant.events_folder), (Table::Sessions, &tenant.sessions_folder)] {
        let named = read::paths(&reading, tenant.tables, table).await?;
        let folder = folder.clone();
        let removed = blocking(move || lake_sweep(&folder, &named)).await?;
        if removed > 0 {
            tracing::info!(tenant = %tenant.id, table = table.name(), removed, "removed files that were never committed");
        }
    }
    Ok(())
}

async fn write_files(tenant: &Tenant, state: &TenantState, view: &Arc<SessionView>) -> Result<Written> {
    let events_folder = tenant.events_folder.clone();
    let sessions_folder = tenant.sessions_folder.clone();
    let batches = state.tail.batches();
    let lake = Arc::clone(&state.lake);
    let view = Arc::clone(view);
    blocking(move || {
        let (access, other) = split(&batches)?;
        let mut events = write_class(&events_folder, Class::Access, &access)?;
        events.extend(write_class(&events_folder, Class::Other, &other)?);
        let (replaced, kept) = without_hidden(&sessions_folder, &lake.ended, &view)?;
        let mut ended = kept;
        if !view.ended.is_empty() {
            ended.push(session_batch::encode(&view.ended)?);
        }
        let open = if view.open.is_empty() { Vec::new() } else { vec![session_batch::encode(&view.open)?] };
        Ok(Written {
            events,
            ended: write_class(&sessions_folder, Class::Ended, &ended)?,
            open: write_class(&sessions_folder, Class::Open, &open)?,
            replaced,
        })
    })
    .await
}

/// Access events and others, which lie in files of their own.
fn split(batches: &[RecordBatch]) -> Result<(Vec<RecordBatch>, Vec<RecordBatch>)> {
    let mut access = Vec::with_capacity(batches.len());
    let mut other = Vec::with_capacity(batches.len());
    for batch in batches {
        let categories = batch.column(position(Table::Events, "category")).as_string_view();
        let is_access: BooleanArray = categories.iter().map(|category| Some(category == Some(Category::Access.as_str()))).collect();
        access.push(filter_record_batch(batch, &is_access)?);
        other.push(filter_record_batch(batch, &arrow::compute::not(&is_access)?)?);
    }
    Ok((access, other))
}

/// The files that hold hidden sessions, and their other rows.
fn without_hidden(folder: &Path, files: &[Arc<DataFile>], view: &SessionView) -> Result<(Vec<Arc<DataFile>>, Vec<RecordBatch>)> {
    let mut replaced = Vec::new();
    let mut kept = Vec::new();
    for file in files.iter().filter(|file| may_hold(file, &view.hidden_sessions)) {
        let batches = read_file(&folder.join(&file.path))?;
        let remaining = batches.iter().map(|batch| visible(batch, &view.hidden)).collect::<Result<Vec<_>>>()?;
        let rows = |batches: &[RecordBatch]| batches.iter().map(RecordBatch::num_rows).sum::<usize>();
        if rows(&remaining) < rows(&batches) {
            replaced.push(Arc::clone(file));
            kept.extend(remaining);
        }
    }
    Ok((replaced, kept))
}

fn may_hold(file: &DataFile, sessions: &[Session]) -> bool {
    let Some((first, last)) = file.times("ended_at") else { return !sessions.is_empty() };
    sessions.iter().filter_map(Session::end_time).any(|end| first <= end && end <= last)
}

fn visible(batch: &RecordBatch, hidden: &HashSet<Uuid>) -> Result<RecordBatch> {
    let keys = batch.column(position(Table::Sessions, "session_key")).as_fixed_size_binary();
    let is_visible = |key: Option<&[u8]>| Some(!key.and_then(|key| Uuid::from_slice(key).ok()).is_some_and(|key| hidden.contains(&key)));
    let keep: BooleanArray = keys.iter().map(is_visible).collect();
    Ok(filter_record_batch(batch, &keep)?)
}

/// The one transaction, and the exchange of what readers see.
async fn commit_files(inner: &Inner, tenant: &Tenant, state: &TenantState, view: &SessionView, written: &Written) -> Result<i64> {
    let removed: Vec<Arc<DataFile>> = written.replaced.iter().chain(&state.lake.open_files).cloned().collect();
    let removed_rows: Vec<RemovedFile> =
        removed.iter().map(|file| RemovedFile { data_file_id: file.data_file_id, rows: file.rows, bytes: file.bytes }).collect();
    let session_files: Vec<WrittenFile> = written.ended.iter().chain(&written.open).cloned().collect();
    let write = inner.database.write().await?;
    let changes = [
        TableChange { table: Table::Events, added: &written.events, removed: &[] },
        TableChange { table: Table::Sessions, added: &session_files, removed: &removed_rows },
    ];
    let (snapshot_id, file_ids) = commit(&write, tenant.tables, &changes).await?;
    journal::forget(&write, &tenant.id, state.next_seq, snapshot_id, now().as_micros()).await?;
    let row = [tenant.id.as_str().into(), snapshot_id.into(), state.next_seq.into()];
    write.run("INSERT INTO rollcall_archive(tenant, snapshot_id, archived_seq) VALUES ($1, $2, $3)", row).await?;
    let moved = [state.next_seq.into(), tenant.id.as_str().into(), state.lake.archived_seq.into()];
    let sql = "UPDATE rollcall_tenant SET archived_seq = $1 WHERE tenant = $2 AND archived_seq = $3";
    if write.run(sql, moved).await? != 1 {
        return Err(Error::Corrupt(format!("the lake of {} has moved on from seq {}", tenant.id, state.lake.archived_seq)));
    }
    let lake = Arc::new(next_version(state, view, written, &removed, snapshot_id, &file_ids));
    // Commits since this step began have added to the tail; none can while this one holds the turn.
    let current = tenant.state.load_full();
    let tail = current.tail.cut(state.next_seq, i64::MAX)?;
    let publish = || {
        let next = TenantState { lake, tail, next_seq: current.next_seq, sources: Arc::clone(&current.sources), sessions: OnceCell::new() };
        tenant.state.store(Arc::new(next));
    };
    write.commit_then(publish).await.map_err(|e| inner.poison(e))?;
    Ok(snapshot_id)
}

fn next_version(
    state: &TenantState,
    view: &SessionView,
    written: &Written,
    removed: &[Arc<DataFile>],
    snapshot_id: i64,
    file_ids: &[i64],
) -> LakeVersion {
    let gone: HashSet<i64> = removed.iter().map(|file| file.data_file_id).collect();
    let files = written.events.iter().map(|file| (Table::Events, file));
    let files = files.chain(written.ended.iter().chain(&written.open).map(|file| (Table::Sessions, file)));
    let mut added: BTreeMap<Option<Class>, Vec<Arc<DataFile>>> = BTreeMap::new();
    for (&id, (table, file)) in file_ids.iter().zip(files) {
        added.entry(Class::of_path(&file.path)).or_default().push(Arc::new(DataFile::committed(table, id, file)));
    }
    let mut take = |class: Class| added.remove(&Some(class)).unwrap_or_default();
    let (access, other, ended, open_files) = (take(Class::Access), take(Class::Other), take(Class::Ended), take(Class::Open));
    LakeVersion {
        snapshot_id,
        archived_seq: state.next_seq,
        events: state.lake.events.iter().cloned().chain(access).chain(other).collect(),
        ended: state.lake.ended.iter().filter(|file| !gone.contains(&file.data_file_id)).cloned().chain(ended).collect(),
        open_files,
        open: Arc::new(view.open.clone()),
    }
}
