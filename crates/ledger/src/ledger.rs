//! The ledger of a data folder: opening, appending, archiving, snapshots, closing.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use arc_swap::ArcSwap;
use rollcall_model::{Scope, TenantId};
use rollcall_sessions::SourceLimits;
use tokio::sync::{Mutex, Notify, Semaphore, oneshot};
use tokio::task::JoinHandle;

use crate::append::{self, MAX_WAITING_KIB, Receipt, Request, Submission};
use crate::archive::{self, ArchiveReport};
use crate::background;
use crate::backup;
use crate::compact::{self, CompactReport, Extent};
use crate::counts_backfill;
use crate::database::Database;
use crate::error::{Error, Result};
use crate::expire::{self, ExpireReport};
use crate::files;
use crate::lake::store::Store;
use crate::lease;
use crate::lock::FolderLock;
use crate::options::Options;
use crate::quarantine::{self, QuarantinedRecord};
use crate::snapshot::Snapshot;
use crate::state::{Head, SnapshotId, TenantState, now};
use crate::tenant::Tenant;

/// Snapshots of cursors that are kept open.
const MAX_REOPENED: usize = 4;

/// When a tail is that many times as long as one that is to be archived, events are refused until it is
/// shorter: the archiver can't keep up, and memory has a bound.
const MAX_TAILS: usize = 2;
/// Events that came so long ago are still coming in.
const BUSY_MICROS: i64 = 5_000_000;
/// How long an append waits for the archiver before it is refused.
const ARCHIVER_WAIT: Duration = Duration::from_secs(10);
/// How long it waits before it looks again, should no word of it come.
const ARCHIVER_PAUSE: Duration = Duration::from_millis(50);
/// Memory of a tail from which on it is archived, whatever its number of events.
const ARCHIVE_BYTES: usize = 96 * 1024 * 1024;

/// What the ledger's parts share.
#[derive(Debug)]
pub(crate) struct Inner {
    pub(crate) database: Database,
    pub(crate) store: Arc<Store>,
    pub(crate) limits: SourceLimits,
    pub(crate) lake: PathBuf,
    pub(crate) file_grace_micros: i64,
    pub(crate) tenants: ArcSwap<BTreeMap<TenantId, Arc<Tenant>>>,
    archive_events: usize,
    pub(crate) archive_now: Notify,
    /// Told when a tail has become shorter.
    pub(crate) archived: Notify,
    /// When events last came, in microseconds.
    appended_at: AtomicI64,
}

impl Inner {
    /// Whether a tail is that many times as long as it may grow before it is archived, by events or by
    /// the memory that they hold.
    pub(crate) fn is_over(&self, tenant: &Tenant, times: usize) -> bool {
        let state = tenant.state.load();
        state.tail.rows() >= times * self.archive_events || state.tail.bytes() >= times * ARCHIVE_BYTES
    }

    /// How many events one step of retention looks at: their seqs are in memory, so they may be some more than
    /// an archive step takes.
    pub(crate) fn events_of_a_retention_step(&self) -> i64 {
        i64::try_from(self.archive_events).unwrap_or(i64::MAX).saturating_mul(10)
    }

    /// What of a state one archive step takes: memory has a bound, however long the tail has grown.
    pub(crate) fn of_one_step(&self, state: Arc<TenantState>) -> Result<Arc<TenantState>> {
        if state.tail.rows() <= self.archive_events {
            return Ok(state);
        }
        let rows = i64::try_from(self.archive_events).unwrap_or(i64::MAX);
        // At a commit's end, so that no row of the journal is split.
        let next_seq = state.tail.boundary_after(state.lake.archived_seq + rows);
        Ok(if next_seq == state.next_seq { state } else { Arc::new(state.up_to(next_seq)?) })
    }

    /// Whether events come in right now.
    pub(crate) fn is_busy(&self) -> bool {
        now().as_micros() - self.appended_at.load(Ordering::Relaxed) < BUSY_MICROS
    }

    /// Why no event is taken any more, if that is so.
    pub(crate) fn poisoned(&self) -> Option<String> {
        self.database.poisoned()
    }

    /// The lake's snapshots that queries in this process run on.
    pub(crate) fn snapshots_in_use(&self) -> BTreeSet<i64> {
        let tenants = self.tenants.load();
        tenants.values().flat_map(|tenant| tenant.states_in_use()).map(|state| state.lake.snapshot_id).collect()
    }

    /// The newest state of a tenant: with what other nodes have committed, if there are others.
    pub(crate) async fn newest(&self, tenant: &Tenant) -> Result<Arc<TenantState>> {
        let state = tenant.state.load_full();
        if !self.database.is_shared() {
            return Ok(state);
        }
        let reading = self.database.read().await?;
        let head = Head::read(&reading, &tenant.id).await?;
        let is_new = |state: &TenantState| head.next_seq > state.next_seq || head.snapshot_id > state.lake.snapshot_id;
        if !is_new(&state) {
            return Ok(state);
        }
        let _turn = tenant.turn.lock().await;
        let state = tenant.state.load_full();
        if !is_new(&state) {
            return Ok(state);
        }
        match state.follow(&reading, &self.lake, &tenant.id, tenant.tables, head).await? {
            None => Ok(state),
            Some(next) => {
                tenant.reach().follow(&next.lake);
                let next = Arc::new(next);
                tenant.state.store(Arc::clone(&next));
                Ok(next)
            }
        }
    }
}

/// A ledger, on the folder and the database that it was opened with.
#[derive(Debug)]
pub struct Ledger {
    pub(crate) inner: Arc<Inner>,
    room: Arc<Semaphore>,
    archiver: Mutex<Option<JoinHandle<()>>>,
    /// Held while a tenant is made.
    making: Mutex<()>,
    _lock: FolderLock,
}

impl Ledger {
    /// Opens a folder, makes what is missing, and takes it: no other process can until it is closed.
    pub async fn open(options: Options) -> Result<Self> {
        let archive_interval = options.archive_interval;
        let (inner, lock) = open_inner(options).await?;
        let ledger = Ledger {
            inner,
            room: Arc::new(Semaphore::new(MAX_WAITING_KIB)),
            archiver: Mutex::new(None),
            making: Mutex::new(()),
            _lock: lock,
        };
        ledger.make_tenant(&TenantId::default()).await?;
        for name in Tenant::names(&ledger.inner.database).await? {
            ledger.make_tenant(&name).await?;
        }
        let archiver = tokio::spawn(background::run(Arc::clone(&ledger.inner), archive_interval));
        *ledger.archiver.lock().await = Some(archiver);
        Ok(ledger)
    }

    /// Makes a tenant, unless there is one of that name.
    pub async fn make_tenant(&self, id: &TenantId) -> Result<()> {
        let _making = self.making.lock().await;
        if self.inner.tenants.load().contains_key(id) {
            return Ok(());
        }
        let tenant = Arc::new(Tenant::open(&self.inner.database, &self.inner.lake, id.clone()).await?);
        files::sweep_if_free(&self.inner, &tenant).await?;
        counts_backfill::backfill(&self.inner, &tenant).await?;
        tenant.start_writer(&self.inner).await?;
        if self.inner.is_over(&tenant, 1) {
            self.inner.archive_now.notify_one();
        }
        self.inner.tenants.rcu(|tenants| {
            let mut tenants = BTreeMap::clone(tenants);
            tenants.insert(id.clone(), Arc::clone(&tenant));
            tenants
        });
        Ok(())
    }

    /// The tenants.
    pub fn tenants(&self) -> Vec<TenantId> {
        self.inner.tenants.load().keys().cloned().collect()
    }

    /// Appends events. The answer comes when they are durable.
    ///
    /// Refuses with [`Error::Busy`] when too much is waiting already.
    pub async fn append(&self, tenant: &TenantId, submission: impl Into<Arc<Submission>>) -> Result<Receipt> {
        let submission = submission.into();
        if let Some(reason) = self.inner.poisoned() {
            return Err(Error::Poisoned(reason));
        }
        let owner = self.tenant(tenant)?;
        let busy = |_| Error::Busy { waiting: submission.events.len(), retry_after_s: 1 };
        let room = Arc::clone(&self.room).try_acquire_many_owned(append::room_kib(&submission)?).map_err(busy)?;
        self.wait_for_the_archiver(&owner).await?;
        let (answer, answered) = oneshot::channel();
        owner.send(Request { submission, answer, _room: room })?;
        let receipt = answered.await.map_err(|_| Error::Closed)??;
        self.inner.appended_at.store(now().as_micros(), Ordering::Relaxed);
        if self.inner.is_over(&owner, 1) {
            self.inner.archive_now.notify_one();
        }
        Ok(receipt)
    }

    /// Moves what the journal holds into the lake now.
    pub async fn archive(&self, tenant: &TenantId) -> Result<ArchiveReport> {
        archive::archive(&self.inner, self.tenant(tenant)?.as_ref()).await
    }

    /// Waits while more events than are archived in time have come: a good moment to read the next.
    pub async fn ready(&self, tenant: &TenantId) -> Result<()> {
        self.wait_for_the_archiver(self.tenant(tenant)?.as_ref()).await
    }

    /// Waits while the tail is too long, but not for ever.
    async fn wait_for_the_archiver(&self, tenant: &Tenant) -> Result<()> {
        let given_up = tokio::time::Instant::now() + ARCHIVER_WAIT;
        loop {
            // Waits from before the look: no word is missed.
            let archived = self.inner.archived.notified();
            if !self.inner.is_over(tenant, MAX_TAILS) {
                return Ok(());
            }
            self.inner.archive_now.notify_one();
            if tokio::time::Instant::now() > given_up {
                return Err(Error::Busy { waiting: tenant.state.load().tail.rows(), retry_after_s: 2 });
            }
            let _ = tokio::time::timeout(ARCHIVER_PAUSE, archived).await;
        }
    }

    /// Merges the small files of each day into one, however little that is worth now.
    pub async fn compact(&self, tenant: &TenantId) -> Result<CompactReport> {
        compact::compact(&self.inner, self.tenant(tenant)?.as_ref(), Extent::Everything, || true).await
    }

    /// Lets go of snapshots and files that nobody needs any more.
    pub async fn expire(&self) -> Result<ExpireReport> {
        expire::expire(&self.inner).await
    }

    /// What is acknowledged now, on every node, as far as `scope` goes.
    pub async fn snapshot(&self, tenant: &TenantId, scope: Scope) -> Result<Snapshot> {
        let tenant = self.tenant(tenant)?;
        let state = self.inner.newest(&tenant).await?;
        tenant.in_use(&state);
        Ok(Snapshot { inner: Arc::clone(&self.inner), tenant, scope, id: state.id(), state, known_to: None })
    }

    /// The snapshot that a cursor names. It must have been held by [`Ledger::hold`].
    pub async fn snapshot_at(&self, tenant: &TenantId, scope: Scope, id: SnapshotId) -> Result<Snapshot> {
        let tenant = self.tenant(tenant)?;
        let state = self.reopen(&tenant, id).await?;
        tenant.in_use(&state);
        Ok(Snapshot { inner: Arc::clone(&self.inner), tenant, scope, id: state.id(), state, known_to: None })
    }

    async fn reopen(&self, owner: &Tenant, id: SnapshotId) -> Result<Arc<TenantState>> {
        let current = if id.next_seq > owner.state.load().next_seq { self.inner.newest(owner).await? } else { owner.state.load_full() };
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
            TenantState::reload(&reading, &self.inner.lake, &owner.id, owner.tables, id).await?
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
        let write = self.inner.database.write(None).await?;
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

    pub(crate) fn tenant(&self, id: &TenantId) -> Result<Arc<Tenant>> {
        self.inner.tenants.load().get(id).cloned().ok_or_else(|| Error::UnknownTenant(id.to_string()))
    }

    /// Writes what is waiting, finishes the step that is under way, and lets go of the folder.
    pub async fn close(&self) -> Result<()> {
        let tenants = self.inner.tenants.load_full();
        for tenant in tenants.values() {
            tenant.stop_writer().await;
        }
        if let Some(archiver) = self.archiver.lock().await.take() {
            let mut under_way = Vec::new();
            for tenant in tenants.values() {
                under_way.push(tenant.archiving.lock().await);
            }
            archiver.abort();
            // It goes on until it waits the next time: meanwhile the database is still there for it.
            let _aborted = archiver.await;
        }
        self.inner.database.close().await
    }
}

/// Takes a folder and opens its database, whatever state its tenants are in.
pub(crate) async fn open_inner(options: Options) -> Result<(Arc<Inner>, FolderLock)> {
    let (folder, lake) = prepare_folders(&options)?;
    let lock = FolderLock::take(&folder)?;
    let database = Database::open(&Options { folder, ..options.clone() }.place(), &lake).await?;
    files::refuse_strangers(&lake, &Tenant::names(&database).await?)?;
    let store = Arc::new(Store::new(&lake, options.query_partitions)?);
    let inner = Arc::new(Inner {
        database,
        store,
        limits: options.limits,
        lake,
        file_grace_micros: i64::try_from(options.file_grace.as_micros()).unwrap_or(i64::MAX),
        tenants: ArcSwap::default(),
        archive_events: options.archive_events.max(1),
        archive_now: Notify::new(),
        archived: Notify::new(),
        appended_at: AtomicI64::new(0),
    });
    Ok((inner, lock))
}

/// Makes the data folder and the lake's, readable for their owner alone.
fn prepare_folders(options: &Options) -> Result<(PathBuf, PathBuf)> {
    use std::os::unix::fs::DirBuilderExt;
    let make = |path: &Path| {
        let mut builder = std::fs::DirBuilder::new();
        let made = path.ancestors().take_while(|folder| !folder.exists()).count();
        builder.recursive(true).mode(0o700).create(path).map_err(|e| Error::file(path, &e))?;
        let path = path.canonicalize().map_err(|e| Error::file(path, &e))?;
        // A new folder whose name is lost takes along what is synced in it.
        for above in path.ancestors().skip(1).take(made) {
            File::open(above).and_then(|above| above.sync_all()).map_err(|e| Error::file(above, &e))?;
        }
        Ok::<_, Error>(path)
    };
    let folder = make(&options.folder)?;
    let lake = make(&options.lake_folder())?;
    // What a backup or a restore has not finished is no ledger yet.
    [&folder, &lake].into_iter().try_for_each(|folder| backup::folder::refuse(folder))?;
    Ok((folder, lake))
}
