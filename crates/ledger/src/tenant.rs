//! A tenant of the ledger as this process has it: its tables, who writes it, and what its readers see.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Weak};

use arc_swap::ArcSwap;
use rollcall_model::TenantId;
use rollcall_sessions::SourceLimits;
use tokio::sync::{Mutex, mpsc};

use crate::append::{self, Request};
use crate::catalogue::{self, TableIds};
use crate::database::{Database, Queries, get};
use crate::derive;
use crate::error::{Error, Result};
use crate::files;
use crate::lake::store::Store;
use crate::ledger::Inner;
use crate::reach::Reach;
use crate::schema::Table;
use crate::state::{SessionView, TenantState};

/// A tenant of the ledger.
#[derive(Debug)]
pub(crate) struct Tenant {
    pub(crate) id: TenantId,
    pub(crate) tables: TableIds,
    /// Its folder in the lake.
    pub(crate) folder: PathBuf,
    /// Who writes: one at a time.
    pub(crate) turn: Mutex<()>,
    /// What readers see. Exchanged only while holding the turn.
    pub(crate) state: ArcSwap<TenantState>,
    /// Held through work that writes files: one at a time.
    pub(crate) archiving: Mutex<()>,
    /// Snapshots that cursors came back to, the latest last.
    pub(crate) reopened: Mutex<VecDeque<Arc<TenantState>>>,
    /// How far the access events in the lake reach.
    reach: std::sync::Mutex<Reach>,
    /// States that snapshots were taken of; those that are let go of fall away.
    in_use: std::sync::Mutex<Vec<Weak<TenantState>>>,
    /// Where submissions go; none once the ledger is closing.
    requests: std::sync::Mutex<Option<mpsc::UnboundedSender<Request>>>,
    writer: Mutex<Option<std::thread::JoinHandle<()>>>,
}

impl Tenant {
    /// The sessions as of a state, derived once.
    pub(crate) async fn sessions(&self, store: &Arc<Store>, limits: &SourceLimits, state: &TenantState) -> Result<Arc<SessionView>> {
        let derive = async {
            let suspects = self.reach().suspects(&state.tail);
            Ok::<_, Error>(Arc::new(derive::sessions_with(store, self.id.as_str(), limits, state, &suspects).await?))
        };
        Ok(Arc::clone(state.sessions.get_or_try_init(|| derive).await?))
    }

    /// How far the lake reaches; at least as far as any state's lake does.
    pub(crate) fn reach(&self) -> std::sync::MutexGuard<'_, Reach> {
        self.reach.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// Notes that somebody reads a state.
    pub(crate) fn in_use(&self, state: &Arc<TenantState>) {
        let Ok(mut in_use) = self.in_use.lock() else { return };
        if in_use.last().is_none_or(|last| !std::ptr::eq(last.as_ptr(), Arc::as_ptr(state))) {
            in_use.retain(|state| state.strong_count() > 0);
            in_use.push(Arc::downgrade(state));
        }
    }

    /// The states that somebody reads, or that are the newest.
    pub(crate) fn states_in_use(&self) -> Vec<Arc<TenantState>> {
        let mut states: Vec<_> = self.in_use.lock().map(|in_use| in_use.iter().filter_map(Weak::upgrade).collect()).unwrap_or_default();
        states.push(self.state.load_full());
        states
    }

    /// The folder of one of its tables.
    pub(crate) fn folder(&self, table: Table) -> PathBuf {
        self.folder.join(table.name())
    }

    /// Opens a tenant, and makes its tables if it is new.
    pub(crate) async fn open(database: &Database, lake: &Path, id: TenantId) -> Result<Self> {
        let tables = Self::make(database, &id).await?;
        let reading = database.read().await?;
        files::refuse_unmounted(&reading, lake, &id, tables).await?;
        let state = TenantState::load(&reading, lake, &id, tables).await?;
        drop(reading);
        Ok(Self::with_state(lake, id, tables, state))
    }

    /// Makes a tenant's tables, those that are missing. Answers all of them.
    pub(crate) async fn make(database: &Database, id: &TenantId) -> Result<TableIds> {
        let write = database.write(None).await?;
        write.lock("catalogue").await?;
        let tables = catalogue::ensure_tenant(&write, id).await?;
        let row = [id.as_str().into()];
        let sql = "INSERT INTO rollcall_tenant(tenant, next_seq, archived_seq, snapshot_id) \
                   VALUES ($1, 0, 0, (SELECT max(snapshot_id) FROM ducklake_snapshot)) ON CONFLICT DO NOTHING";
        write.run(sql, row).await?;
        write.commit().await?;
        Ok(tables)
    }

    /// A tenant of which this is what readers see.
    pub(crate) fn with_state(lake: &Path, id: TenantId, tables: TableIds, state: TenantState) -> Self {
        Tenant {
            folder: lake.join(id.as_str()),
            id,
            tables,
            turn: Mutex::new(()),
            reach: std::sync::Mutex::new(Reach::of(&state.lake)),
            state: ArcSwap::from_pointee(state),
            archiving: Mutex::new(()),
            reopened: Mutex::new(VecDeque::new()),
            in_use: std::sync::Mutex::default(),
            requests: std::sync::Mutex::new(None),
            writer: Mutex::new(None),
        }
    }

    /// The names of all tenants.
    pub(crate) async fn names(database: &Database) -> Result<Vec<TenantId>> {
        let rows = database.read().await?.all("SELECT tenant FROM rollcall_tenant ORDER BY tenant", []).await?;
        let name = |row| {
            let name: String = get(row, 0)?;
            TenantId::new(&name).map_err(|error| Error::Corrupt(format!("a tenant {name:?}: {error}")))
        };
        rows.iter().map(name).collect()
    }

    /// Starts its writer, on a thread of its own: encoding a batch takes longer than an async thread should
    /// be held.
    pub(crate) async fn start_writer(self: &Arc<Self>, inner: &Arc<Inner>) -> Result<()> {
        let (sender, receiver) = mpsc::unbounded_channel();
        let runtime = tokio::runtime::Handle::current();
        let (inner, tenant) = (Arc::clone(inner), Arc::clone(self));
        let thread = std::thread::Builder::new()
            .name(format!("write-{}", self.id))
            .spawn(move || runtime.block_on(append::write_all(inner, tenant, receiver)))
            .map_err(|e| Error::Database(format!("no thread for the writer: {e}")))?;
        if let Ok(mut requests) = self.requests.lock() {
            *requests = Some(sender);
        }
        *self.writer.lock().await = Some(thread);
        Ok(())
    }

    /// Lets the writer finish what is waiting.
    pub(crate) async fn stop_writer(&self) {
        if let Ok(mut requests) = self.requests.lock() {
            requests.take();
        }
        if let Some(writer) = self.writer.lock().await.take() {
            let _ = tokio::task::spawn_blocking(move || writer.join()).await;
        }
    }

    /// Hands a submission to the writer.
    pub(crate) fn send(&self, request: Request) -> Result<()> {
        let requests = self.requests.lock().map_err(|_| Error::Closed)?;
        requests.as_ref().ok_or(Error::Closed)?.send(request).map_err(|_| Error::Closed)
    }
}
