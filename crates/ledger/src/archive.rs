//! The archive step: the tail becomes files of the lake, and the journal forgets it, in one transaction.
//!
//! 1. The sessions as of the current state are derived (the same that readers see).
//! 2. Events and sessions are written as sorted files and made durable. Nobody sees them yet.
//! 3. One transaction adds a lake snapshot with the files of all tables and deletes the journal's rows.
//! 4. What readers see is exchanged, before the next commit can begin.
//!
//! Stopped anywhere before the end of step 3, nothing has happened but orphan files.

use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;

use arrow::array::{AsArray, BooleanArray, RecordBatch};
use arrow::compute::filter_record_batch;
use rollcall_model::{Category, Session};
use serde::Serialize;
use uuid::Uuid;

use crate::change::{self, Change};
use crate::counts as counting;
use crate::database::Write;
use crate::error::{Error, Result};
use crate::fault;
use crate::files::{self, Files};
use crate::idempotency;
use crate::journal;
use crate::lake::write::{Class, Effort, Place, write_class, write_rows};
use crate::lake::{DataFile, WrittenFile};
use crate::ledger::Inner;
use crate::schema::{Table, position};
use crate::state::{LakeVersion, SessionView, TenantState, blocking, now, read_file};
use crate::tenant::Tenant;

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

/// Archives what a tenant's tail holds now, in as many steps as that takes; once a node that is at it now
/// has finished.
pub(crate) async fn archive(inner: &Inner, tenant: &Tenant) -> Result<ArchiveReport> {
    let files = files::own(inner, tenant).await?;
    let until = inner.newest(tenant).await?.next_seq;
    let mut all = ArchiveReport::default();
    loop {
        let report = step(inner, tenant, &files).await?;
        all.events += report.events;
        all.sessions += report.sessions;
        all.files += report.files;
        all.snapshot_id = report.snapshot_id;
        if report.events == 0 || tenant.state.load().lake.archived_seq >= until {
            return Ok(all);
        }
    }
}

/// Archives what a tenant's tail holds now, unless another node is at it.
pub(crate) async fn archive_if_free(inner: &Inner, tenant: &Tenant) -> Result<()> {
    if let Some(files) = files::try_own(inner, tenant).await? {
        step(inner, tenant, &files).await?;
    }
    Ok(())
}

/// Archives what a tenant's tail holds now, as far as one step goes.
pub(crate) async fn step(inner: &Inner, tenant: &Tenant, owned: &Files<'_>) -> Result<ArchiveReport> {
    if let Some(reason) = inner.poisoned() {
        // Whether the commit that failed has happened is not known: only a fresh start tells.
        return Err(Error::Poisoned(reason));
    }
    let state = inner.newest(tenant).await?;
    if state.tail.rows() == 0 {
        return Ok(ArchiveReport { snapshot_id: state.lake.snapshot_id, ..ArchiveReport::default() });
    }
    let started = std::time::Instant::now();
    let state = inner.of_one_step(state)?;
    let view = tenant.sessions(&inner.store, &inner.limits, &state).await?;
    fault::step("archive.derived")?;
    let report = match write_and_commit(inner, tenant, &state, &view).await {
        Ok(report) => report,
        Err(error) => {
            files::sweep_after_failure(inner, tenant, owned).await;
            return Err(error);
        }
    };
    let seconds = started.elapsed().as_secs_f64();
    metrics::histogram!("rollcall_archive_seconds").record(seconds);
    tracing::info!(tenant = %tenant.id, events = report.events, sessions = report.sessions, files = report.files,
        snapshot_id = report.snapshot_id, seconds, "archived");
    Ok(report)
}

async fn write_and_commit(inner: &Inner, tenant: &Tenant, state: &TenantState, view: &Arc<SessionView>) -> Result<ArchiveReport> {
    let change = write_files(tenant, state, view).await?;
    fault::step("archive.files_written")?;
    // Before anybody sees them in the lake.
    tenant.reach().add(state.tail.access());
    let files = change.added.len() as u64;
    let forget = async |write: &Write<'_>, snapshot_id: i64| {
        journal::forget(write, &tenant.id, state.next_seq, snapshot_id, now().as_micros()).await?;
        idempotency::forget(write, now()).await?;
        fault::step("archive.forgotten")
    };
    let snapshot_id = change::commit(inner, tenant, &state.lake, change, forget).await?;
    inner.archived.notify_waiters();
    Ok(ArchiveReport { events: state.tail.rows() as u64, sessions: view.ended.len() as u64, files, snapshot_id })
}

/// Writes what the tail adds, the classes side by side. What others replace goes.
async fn write_files(tenant: &Tenant, state: &TenantState, view: &Arc<SessionView>) -> Result<Change> {
    let batches: Arc<[RecordBatch]> = state.tail.batches().into();
    let [of_other, of_access] = [Class::Other, Class::Access].map(|class| {
        let (folder, batches) = (tenant.folder(Table::Events), Arc::clone(&batches));
        blocking(move || write_rows(&folder, class, Effort::Archive, &batches, rows_of(class, &batches)))
    });
    let counts = tenant.folder(Table::Counts);
    let of_counts = blocking(move || write_class(&counts, Class::Counts, Effort::Archive, &[counting::count(&batches)?]));
    let (sessions, lake, view_of_files) = (tenant.folder(Table::Sessions), Arc::clone(&state.lake), Arc::clone(view));
    let of_sessions = blocking(move || write_sessions(&sessions, &lake, &view_of_files));
    // All of them end before what a failed one leaves is swept away.
    let (other, access, counts, sessions) = tokio::join!(of_other, of_access, of_counts, of_sessions);
    let mut change = Change { archived_seq: Some(state.next_seq), open: Some(Arc::clone(&view.open)), ..Change::default() };
    change.add(Table::Events, access?);
    change.add(Table::Events, other?);
    let (replaced, sessions) = sessions?;
    change.add(Table::Sessions, sessions);
    change.add(Table::Counts, counts?);
    change.remove(Table::Sessions, replaced);
    change.remove(Table::Sessions, state.lake.open_files.iter().cloned());
    Ok(change)
}

/// Writes the sessions that have ended, with those that lie in a file with hidden ones, and all that are open.
/// Answers the files that they replace, and those that were written.
fn write_sessions(folder: &Path, lake: &LakeVersion, view: &SessionView) -> Result<(Vec<Arc<DataFile>>, Vec<WrittenFile>)> {
    let (replaced, mut ended) = without_hidden(folder, &lake.ended, view)?;
    ended.extend(view.ended.columns()?);
    let open: Vec<RecordBatch> = view.open.columns()?.into_iter().collect();
    let mut written = write_class(folder, Class::Ended, Effort::Archive, &ended)?;
    written.extend(write_class(folder, Class::Open, Effort::Archive, &open)?);
    Ok((replaced, written))
}

/// The events of a class: access events and others lie in files of their own.
fn rows_of(class: Class, batches: &[RecordBatch]) -> Vec<Place> {
    let mut rows = Vec::new();
    for (at, batch) in batches.iter().enumerate() {
        let categories = batch.column(position(Table::Events, "category")).as_string_view();
        let is_of_class = |category: Option<&str>| (category == Some(Category::Access.as_str())) == (class == Class::Access);
        rows.extend(categories.iter().enumerate().filter(|(_, category)| is_of_class(*category)).map(|(row, _)| (at, row)));
    }
    rows
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
