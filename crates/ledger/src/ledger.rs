//! The ledger of a data folder: opening, appending, archiving, snapshots, closing.

use std::collections::{BTreeMap, VecDeque};
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use arc_swap::ArcSwap;
use rollcall_model::{Scope, TenantId};
use rollcall_sessions::SourceLimits;
use tokio::sync::{Mutex, Notify, Semaphore, mpsc, oneshot};
use tokio::task::JoinHandle;

use crate::append::{self, MAX_WAITING_KIB, Receipt, Request, Submission};
use crate::archive::{self, ArchiveReport};
use crate::catalogue::{self, TableIds};
use crate::database::Database;
use crate::derive;
use crate::error::{Error, Result};
use crate::lake::store::Store;
use crate::lease;
use crate::lock::FolderLock;
use crate::quarantine::{self, QuarantinedRecord};
use crate::schema::Table;
use crate::snapshot::Snapshot;
use crate::state::{SessionView, SnapshotId, TenantState, now, table_folder};

/// Snapshots of cursors that are kept open.
const MAX_REOPENED: usize = 4;

/// When a tail is that many times as long as one that is to be archived, events are refused until it is
/// shorter: the archiver can't keep up, and memory has a bound.
const MAX_TAILS: usize = 3;
/// Memory of a tail from which on it is archived, whatever its number of events.
const ARCHIVE_BYTES: usize = 96 * 1024 * 1024;
/// How long after a failed archive step the next one is tried.
const RETRY_ARCHIVE_AFTER: Duration = Duration::from_secs(5);

/// How a ledger is run.
#[derive(Debug, Clone)]
pub struct Options {
    /// The data folder; made if it is missing.
    pub folder: PathBuf,
    /// Limits of sources after which a session counts as expired.
    pub limits: SourceLimits,
    /// The tail is archived when it has this many events…
    pub archive_events: usize,
    /// … or is this old.
    pub archive_interval: Duration,
    /// Into how many parts a query is split: as many as there are cores.
    pub query_partitions: usize,
}

impl Options {
    /// The usual options for a folder.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Options {
            folder: folder.into(),
            limits: SourceLimits::default(),
            archive_events: 100_000,
            archive_interval: Duration::from_secs(300),
            query_partitions: std::thread::available_parallelism().map_or(2, usize::from),
        }
    }
}

/// A tenant of the ledger.
#[derive(Debug)]
pub(crate) struct Tenant {
    pub(crate) id: TenantId,
    pub(crate) tables: TableIds,
    pub(crate) events_folder: PathBuf,
    pub(crate) sessions_folder: PathBuf,
    /// What readers see. Exchanged only while holding the database's writer turn.
    pub(crate) state: ArcSwap<TenantState>,
    /// Held through an archive step: one at a time.
    pub(crate) archiving: Mutex<()>,
    /// Snapshots that cursors came back to, the latest last.
    reopened: Mutex<VecDeque<Arc<TenantState>>>,
}

impl Tenant {
    /// The sessions as of a state, derived once.
    pub(crate) async fn sessions(&self, store: &Arc<Store>, limits: &SourceLimits, state: &TenantState) -> Result<Arc<SessionView>> {
        let derive = async { Ok::<_, Error>(Arc::new(derive::sessions(store, self.id.as_str(), limits, state).await?)) };
        Ok(Arc::clone(state.sessions.get_or_try_init(|| derive).await?))
    }
}

/// What the ledger's parts share.
#[derive(Debug)]
pub(crate) struct Inner {
    pub(crate) database: Database,
    pub(crate) store: Arc<Store>,
    pub(crate) limits: SourceLimits,
    lake: PathBuf,
    tenants: BTreeMap<TenantId, Arc<Tenant>>,
    poisoned: OnceLock<String>,
    archive_events: usize,
    archive_now: Notify,
}

impl Inner {
    pub(crate) fn tenant(&self, id: &TenantId) -> Option<Arc<Tenant>> {
        self.tenants.get(id).cloned()
    }

    /// Whether a tail is that many times as long as it may grow before it is archived, by events or by
    /// the memory that they hold.
    fn is_over(&self, tenant: &Tenant, times: usize) -> bool {
        let state = tenant.state.load();
        state.tail.rows() >= times * self.archive_events || state.tail.bytes() >= times * ARCHIVE_BYTES
    }

    /// Why no event is taken any more, if that is so.
    pub(crate) fn poisoned(&self) -> Option<String> {
        self.poisoned.get().cloned()
    }

    /// A commit failed: what is on the disk is not known, so nothing is acknowledged from now on.
    pub(crate) fn poison(&self, error: Error) -> Error {
        let reason = error.to_string();
        let _ = self.poisoned.set(reason.clone());
        Error::Poisoned(reason)
    }
}

/// The ledger of a data folder.
#[derive(Debug)]
pub struct Ledger {
    inner: Arc<Inner>,
    room: Arc<Semaphore>,
    requests: std::sync::Mutex<Option<mpsc::UnboundedSender<Request>>>,
    writer: Mutex<Option<std::thread::JoinHandle<()>>>,
    archiver: Mutex<Option<JoinHandle<()>>>,
    _lock: FolderLock,
}

impl Ledger {
    /// Opens a folder, makes what is missing, and takes it: no other process can until it is closed.
    pub async fn open(options: Options) -> Result<Self> {
        let (folder, lake) = prepare_folder(&options.folder)?;
        let lock = FolderLock::take(&folder)?;
        let database = Database::open(&folder.join("ledger.db"), &lake).await?;
        let store = Arc::new(Store::new(&lake, options.query_partitions)?);
        let tenant = open_tenant(&database, &lake, TenantId::default()).await?;
        let inner = Arc::new(Inner {
            database,
            store,
            limits: options.limits,
            lake,
            tenants: BTreeMap::from([(tenant.id.clone(), Arc::new(tenant))]),
            poisoned: OnceLock::new(),
            archive_events: options.archive_events.max(1),
            archive_now: Notify::new(),
        });
        for tenant in inner.tenants.values() {
            archive::sweep(&inner, tenant).await?;
            if inner.is_over(tenant, 1) {
                inner.archive_now.notify_one();
            }
        }
        let (sender, receiver) = mpsc::unbounded_channel();
        let writer = spawn_writer(Arc::clone(&inner), receiver)?;
        let archiver = tokio::spawn(archive_regularly(Arc::clone(&inner), options.archive_interval));
        Ok(Ledger {
            inner,
            room: Arc::new(Semaphore::new(MAX_WAITING_KIB)),
            requests: std::sync::Mutex::new(Some(sender)),
            writer: Mutex::new(Some(writer)),
            archiver: Mutex::new(Some(archiver)),
            _lock: lock,
        })
    }

    /// Appends events. The answer comes when they are durable.
    ///
    /// Refuses with [`Error::Busy`] when too much is waiting already.
    pub async fn append(&self, tenant: &TenantId, submission: Submission) -> Result<Receipt> {
        if let Some(reason) = self.inner.poisoned() {
            return Err(Error::Poisoned(reason));
        }
        let owner = self.tenant(tenant)?;
        if self.inner.is_over(&owner, MAX_TAILS) {
            self.inner.archive_now.notify_one();
            return Err(Error::Busy { waiting: owner.state.load().tail.rows(), retry_after_s: 2 });
        }
        let busy = |_| Error::Busy { waiting: submission.events.len(), retry_after_s: 1 };
        let room = Arc::clone(&self.room).try_acquire_many_owned(append::room_kib(&submission)?).map_err(busy)?;
        let (answer, answered) = oneshot::channel();
        let request = Request { tenant: tenant.clone(), submission, answer, _room: room };
        self.send(request)?;
        let receipt = answered.await.map_err(|_| Error::Closed)??;
        if self.inner.is_over(&owner, 1) {
            self.inner.archive_now.notify_one();
        }
        Ok(receipt)
    }

    fn send(&self, request: Request) -> Result<()> {
        let requests = self.requests.lock().map_err(|_| Error::Closed)?;
        requests.as_ref().ok_or(Error::Closed)?.send(request).map_err(|_| Error::Closed)
    }

    /// Moves what the journal holds into the lake now.
    pub async fn archive(&self, tenant: &TenantId) -> Result<ArchiveReport> {
        archive::archive(&self.inner, self.tenant(tenant)?.as_ref()).await
    }

    /// What is acknowledged now, as far as `scope` goes.
    pub fn snapshot(&self, tenant: &TenantId, scope: Scope) -> Result<Snapshot> {
        let tenant = self.tenant(tenant)?;
        let state = tenant.state.load_full();
        Ok(Snapshot { inner: Arc::clone(&self.inner), tenant, scope, state })
    }

    /// The snapshot that a cursor names. It must have been held by [`Ledger::hold`].
    pub async fn snapshot_at(&self, tenant: &TenantId, scope: Scope, id: SnapshotId) -> Result<Snapshot> {
        let tenant = self.tenant(tenant)?;
        let state = self.reopen(&tenant, id).await?;
        Ok(Snapshot { inner: Arc::clone(&self.inner), tenant, scope, state })
    }

    async fn reopen(&self, owner: &Tenant, id: SnapshotId) -> Result<Arc<TenantState>> {
        let current = owner.state.load_full();
        if current.id() == id {
            return Ok(current);
        }
        let mut reopened = owner.reopened.lock().await;
        if let Some(state) = reopened.iter().find(|state| state.id() == id) {
            return Ok(Arc::clone(state));
        }
        if id.next_seq > current.next_seq || id.snapshot_id > current.lake.snapshot_id || id.snapshot_id < 0 || id.next_seq < 0 {
            return Err(Error::SnapshotGone(format!("{}.{}", id.snapshot_id, id.next_seq)));
        }
        let state = if id.snapshot_id == current.lake.snapshot_id {
            // The same lake, and a part of the tail that is in memory anyway.
            current.up_to(id.next_seq)?
        } else {
            let reading = self.inner.database.read().await?;
            TenantState::load(&reading, &self.inner.lake, &owner.id, owner.tables, Some(id)).await?
        };
        let state = Arc::new(state);
        reopened.push_back(Arc::clone(&state));
        if reopened.len() > MAX_REOPENED {
            reopened.pop_front();
        }
        Ok(state)
    }

    /// Keeps a snapshot for at least an hour from now, also over a restart.
    pub async fn hold(&self, snapshot: &Snapshot) -> Result<()> {
        lease::hold(&self.inner.database, snapshot.tenant(), snapshot.id(), now()).await
    }

    /// Records in quarantine after a position, oldest first.
    pub async fn quarantined(&self, tenant: &TenantId, after: i64, limit: i64) -> Result<Vec<QuarantinedRecord>> {
        quarantine::list(&self.inner.database.read().await?, tenant, after, limit).await
    }

    /// Takes records out of quarantine. Answers how many were there.
    pub async fn release(&self, tenant: &TenantId, positions: &[i64]) -> Result<u64> {
        let write = self.inner.database.write().await?;
        let removed = quarantine::remove(&write, tenant, positions).await?;
        write.commit().await?;
        Ok(removed)
    }

    /// Why no event is taken any more, if a commit has failed.
    pub fn poisoned(&self) -> Option<String> {
        self.inner.poisoned()
    }

    /// The seq that the next event gets: how many events the tenant has.
    pub fn next_seq(&self, tenant: &TenantId) -> Result<i64> {
        Ok(self.tenant(tenant)?.state.load().next_seq)
    }

    /// Events that are not in the lake yet.
    pub fn tail_events(&self, tenant: &TenantId) -> Result<usize> {
        Ok(self.tenant(tenant)?.state.load().tail.rows())
    }

    fn tenant(&self, id: &TenantId) -> Result<Arc<Tenant>> {
        self.inner.tenant(id).ok_or_else(|| Error::Corrupt(format!("no tenant {id}")))
    }

    /// Writes what is waiting, finishes the archive step that is under way, and lets go of the folder.
    pub async fn close(&self) -> Result<()> {
        if let Ok(mut requests) = self.requests.lock() {
            requests.take();
        }
        if let Some(writer) = self.writer.lock().await.take() {
            let _ = tokio::task::spawn_blocking(move || writer.join()).await;
        }
        if let Some(archiver) = self.archiver.lock().await.take() {
            for tenant in self.inner.tenants.values() {
                let _step_under_way = tenant.archiving.lock().await;
                archiver.abort();
            }
        }
        self.inner.database.close().await
    }
}

/// Makes the folders, readable for their owner alone.
fn prepare_folder(folder: &Path) -> Result<(PathBuf, PathBuf)> {
    use std::os::unix::fs::DirBuilderExt;
    let make = |path: &Path| {
        let mut builder = std::fs::DirBuilder::new();
        builder.recursive(true).mode(0o700).create(path).map_err(|e| Error::file(path, &e))
    };
    make(folder)?;
    let folder = folder.canonicalize().map_err(|e| Error::file(folder, &e))?;
    let lake = folder.join("lake");
    make(&lake)?;
    Ok((folder, lake))
}

async fn open_tenant(database: &Database, lake: &Path, id: TenantId) -> Result<Tenant> {
    let write = database.write().await?;
    if TableIds::find(&write, &id).await?.is_none() {
        catalogue::create_tenant(&write, &id).await?;
        let row = [id.as_str().into()];
        write.run("INSERT INTO rollcall_tenant(tenant, next_seq, archived_seq) VALUES ($1, 0, 0)", row).await?;
    }
    let tables = TableIds::find(&write, &id).await?.ok_or_else(|| Error::Corrupt(format!("the tenant {id} has no tables")))?;
    write.commit().await?;
    let reading = database.read().await?;
    let state = TenantState::load(&reading, lake, &id, tables, None).await?;
    Ok(Tenant {
        events_folder: table_folder(lake, &id, Table::Events),
        sessions_folder: table_folder(lake, &id, Table::Sessions),
        id,
        tables,
        state: ArcSwap::from_pointee(state),
        archiving: Mutex::new(()),
        reopened: Mutex::new(VecDeque::new()),
    })
}

/// The writer has a thread of its own: encoding a batch takes longer than an async thread should be held.
fn spawn_writer(inner: Arc<Inner>, requests: mpsc::UnboundedReceiver<Request>) -> Result<std::thread::JoinHandle<()>> {
    let runtime = tokio::runtime::Handle::current();
    std::thread::Builder::new()
        .name("ledger-writer".to_owned())
        .spawn(move || runtime.block_on(append::write_all(inner, requests)))
        .map_err(|e| Error::Database(format!("no thread for the writer: {e}")))
}

/// Archives whenever a tail is long enough, and all tails when the time has come.
async fn archive_regularly(inner: Arc<Inner>, interval: Duration) {
    let mut due = tokio::time::Instant::now() + interval;
    loop {
        let all = tokio::time::timeout_at(due, inner.archive_now.notified()).await.is_err();
        for tenant in inner.tenants.values() {
            // A reminder can be older than the step that has seen to it.
            if !all && !inner.is_over(tenant, 1) {
                continue;
            }
            if let Err(error) = archive::archive(&inner, tenant).await {
                tracing::error!(tenant = %tenant.id, %error, "an archive step failed; its events stay in the journal");
                // Not at once again: what failed now fails a moment later too.
                tokio::time::sleep(RETRY_ARCHIVE_AFTER).await;
                inner.archive_now.notify_one();
            }
        }
        if all {
            due = tokio::time::Instant::now() + interval;
        }
    }
}
