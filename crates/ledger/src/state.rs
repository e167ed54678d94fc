//! What readers see of a tenant: one lake snapshot and exactly the journal rows after it.
//!
//! A state never changes. Each commit publishes a new one, in the order of commits, while it still
//! holds the writer's turn; a reader takes the current one and keeps it as long as it likes.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::RecordBatch;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use rollcall_model::{Session, TenantId, Timestamp};
use tokio::sync::OnceCell;
use uuid::Uuid;

use crate::catalogue::{TableIds, read};
use crate::database::{Queries, Write, get};
use crate::edge::Edge;
use crate::error::{Error, Result};
use crate::lake::DataFile;
use crate::lake::write::Class;
use crate::schema::Table;
use crate::session_batch;
use crate::session_rows::SessionRows;
use crate::source::{self, SourceStatus};
use crate::tail::Tail;

/// A tenant at one moment.
#[derive(Debug)]
pub(crate) struct TenantState {
    pub(crate) lake: Arc<LakeVersion>,
    pub(crate) tail: Tail,
    /// The seq that the next event gets.
    pub(crate) next_seq: i64,
    /// What has come through which source.
    pub(crate) sources: Arc<BTreeMap<String, SourceStatus>>,
    /// The sessions as of this state, derived when the first reader asks.
    pub(crate) sessions: OnceCell<Arc<SessionView>>,
}

/// The lake at one snapshot.
#[derive(Debug)]
pub(crate) struct LakeVersion {
    pub(crate) snapshot_id: i64,
    /// The first seq that is not in the lake.
    pub(crate) archived_seq: i64,
    pub(crate) events: Vec<Arc<DataFile>>,
    /// Files of ended sessions.
    pub(crate) ended: Vec<Arc<DataFile>>,
    /// The file of open sessions, if there are any.
    pub(crate) open_files: Vec<Arc<DataFile>>,
    /// Files of counts.
    pub(crate) counts: Vec<Arc<DataFile>>,
    /// The sessions that are open as of this snapshot.
    pub(crate) open: Arc<SessionRows>,
    /// Where sessions begin, once retention has removed access events.
    pub(crate) edge: Arc<Edge>,
}

/// How the tail changes the sessions of the lake.
#[derive(Debug, Default)]
pub(crate) struct SessionView {
    /// Ended sessions in the lake that are different now.
    pub(crate) hidden: Arc<HashSet<Uuid>>,
    /// The same, whole: by their ends the files are found that hold them.
    pub(crate) hidden_sessions: Vec<Session>,
    /// Ended sessions that the lake does not have.
    pub(crate) ended: SessionRows,
    /// All sessions that are open.
    pub(crate) open: Arc<SessionRows>,
}

impl SessionView {
    /// The sessions that the lake's files of ended ones don't have, as columns.
    pub(crate) fn columns(&self) -> Result<Vec<RecordBatch>> {
        Ok(self.ended.columns()?.into_iter().chain(self.open.columns()?).collect())
    }
}

/// Which snapshot of the ledger a reader sees: enough to open it again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub struct SnapshotId {
    /// The lake's snapshot.
    pub snapshot_id: i64,
    /// The first seq that is not seen.
    pub next_seq: i64,
}

impl TenantState {
    pub(crate) fn id(&self) -> SnapshotId {
        SnapshotId { snapshot_id: self.lake.snapshot_id, next_seq: self.next_seq }
    }

    /// This state as it was when the next event was to get `next_seq`.
    pub(crate) fn up_to(&self, next_seq: i64) -> Result<Self> {
        Ok(TenantState {
            lake: Arc::clone(&self.lake),
            tail: self.tail.cut(self.lake.archived_seq, next_seq)?,
            next_seq,
            sources: Arc::clone(&self.sources),
            sessions: OnceCell::new(),
        })
    }

    /// Reads the newest state.
    pub(crate) async fn load(reading: &impl Queries, lake: &Path, tenant: &TenantId, ids: TableIds) -> Result<Self> {
        let head = Head::read(reading, tenant).await?;
        Self::load_at(reading, lake, tenant, ids, SnapshotId { snapshot_id: head.snapshot_id, next_seq: head.next_seq }).await
    }

    /// Reads the state of a snapshot that a cursor names.
    pub(crate) async fn reload(reading: &impl Queries, lake: &Path, tenant: &TenantId, ids: TableIds, id: SnapshotId) -> Result<Self> {
        let gone = || Error::SnapshotGone(format!("{}.{}", id.snapshot_id, id.next_seq));
        let sql = "SELECT 1 FROM ducklake_snapshot WHERE snapshot_id = $1";
        if reading.one(sql, [id.snapshot_id.into()]).await?.is_none() {
            return Err(gone());
        }
        match Self::load_at(reading, lake, tenant, ids, id).await {
            Err(Error::Corrupt(_)) => Err(gone()),
            loaded => loaded,
        }
    }

    async fn load_at(reading: &impl Queries, folder: &Path, tenant: &TenantId, ids: TableIds, id: SnapshotId) -> Result<Self> {
        let lake = LakeVersion::load(reading, folder, tenant, ids, id.snapshot_id, None).await?;
        let tail = Tail::default().follow(reading, tenant, lake.archived_seq, id.next_seq).await?;
        let sources = Arc::new(source::load(reading, tenant).await?);
        Ok(TenantState { lake: Arc::new(lake), tail, next_seq: id.next_seq, sources, sessions: OnceCell::new() })
    }

    /// This state, brought up to what other nodes have committed since. None where nothing has changed.
    pub(crate) async fn follow(
        &self,
        reading: &impl Queries,
        folder: &Path,
        tenant: &TenantId,
        ids: TableIds,
        head: Head,
    ) -> Result<Option<Self>> {
        if head.next_seq == self.next_seq && head.snapshot_id == self.lake.snapshot_id {
            return Ok(None);
        }
        let lake = if head.snapshot_id == self.lake.snapshot_id {
            Arc::clone(&self.lake)
        } else {
            Arc::new(LakeVersion::load(reading, folder, tenant, ids, head.snapshot_id, Some(&self.lake)).await?)
        };
        // What of the tail is in the lake now needn't be read from the journal, which may have forgotten it.
        let known = self.tail.cut(lake.archived_seq, i64::MAX)?;
        let from = self.next_seq.max(lake.archived_seq);
        let tail = known.follow(reading, tenant, from, head.next_seq).await?;
        let sources = Arc::new(source::load(reading, tenant).await?);
        Ok(Some(TenantState { lake, tail, next_seq: head.next_seq, sources, sessions: OnceCell::new() }))
    }
}

/// Where a tenant's ledger stands, as the database says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Head {
    pub(crate) next_seq: i64,
    pub(crate) archived_seq: i64,
    pub(crate) snapshot_id: i64,
}

impl Head {
    const SQL: &str = "SELECT next_seq, archived_seq, snapshot_id FROM rollcall_tenant WHERE tenant = $1";

    pub(crate) async fn read(reading: &impl Queries, tenant: &TenantId) -> Result<Self> {
        Self::of(tenant, reading.one(Self::SQL, [tenant.as_str().into()]).await?)
    }

    /// Reads it, and keeps other nodes from moving it until the write is over.
    pub(crate) async fn lock(write: &Write<'_>, tenant: &TenantId) -> Result<Self> {
        Self::of(tenant, write.lock_row(Self::SQL, [tenant.as_str().into()]).await?)
    }

    fn of(tenant: &TenantId, row: Option<sea_orm::QueryResult>) -> Result<Self> {
        let row = row.ok_or_else(|| Error::Corrupt(format!("the tenant {tenant} is not in the ledger")))?;
        Ok(Head { next_seq: get(&row, 0)?, archived_seq: get(&row, 1)?, snapshot_id: get(&row, 2)? })
    }
}

impl LakeVersion {
    /// Reads what a snapshot has of a tenant. What an earlier version `known` has already isn't read again.
    pub(crate) async fn load(
        reading: &impl Queries,
        folder: &Path,
        tenant: &TenantId,
        ids: TableIds,
        snapshot_id: i64,
        known: Option<&LakeVersion>,
    ) -> Result<Self> {
        let sql = "SELECT archived_seq FROM rollcall_archive WHERE tenant = $1 AND snapshot_id <= $2 ORDER BY snapshot_id DESC LIMIT 1";
        let row = reading.one(sql, [tenant.as_str().into(), snapshot_id.into()]).await?;
        let archived_seq = row.map_or(Ok(0), |row| get(&row, 0))?;
        let edge = Edge::load(reading, tenant, snapshot_id, known.map(|known| &known.edge)).await?;
        let known: HashMap<i64, Arc<DataFile>> =
            known.into_iter().flat_map(LakeVersion::files).map(|file| (file.data_file_id, Arc::clone(file))).collect();
        let events = read::files(reading, ids, Table::Events, snapshot_id, &known).await?;
        let sessions = read::files(reading, ids, Table::Sessions, snapshot_id, &known).await?;
        let counts = read::files(reading, ids, Table::Counts, snapshot_id, &known).await?;
        let (open_files, ended): (Vec<_>, Vec<_>) = sessions.into_iter().partition(|file| Class::of_path(&file.path) == Some(Class::Open));
        let open = open_sessions(table_folder(folder, tenant, Table::Sessions), &open_files).await?;
        Ok(LakeVersion { snapshot_id, archived_seq, events, ended, open_files, counts, open: Arc::new(SessionRows::of(open)), edge })
    }

    pub(crate) fn files(&self) -> impl Iterator<Item = &Arc<DataFile>> {
        self.events.iter().chain(&self.ended).chain(&self.open_files).chain(&self.counts)
    }

    /// The list that files of a class are in.
    pub(crate) fn files_of(&mut self, class: Option<Class>) -> &mut Vec<Arc<DataFile>> {
        match class {
            Some(Class::Ended) => &mut self.ended,
            Some(Class::Open) => &mut self.open_files,
            Some(Class::Counts) => &mut self.counts,
            Some(Class::Access | Class::Other) | None => &mut self.events,
        }
    }
}

/// The folder of a tenant's table in the lake.
pub(crate) fn table_folder(lake: &Path, tenant: &TenantId, table: Table) -> PathBuf {
    lake.join(tenant.as_str()).join(table.name())
}

async fn open_sessions(folder: PathBuf, files: &[Arc<DataFile>]) -> Result<Vec<Session>> {
    let paths: Vec<PathBuf> = files.iter().map(|file| folder.join(&file.path)).collect();
    blocking(move || {
        let mut sessions = Vec::new();
        for path in &paths {
            for batch in read_file(path)? {
                sessions.extend(session_batch::decode(&batch)?);
            }
        }
        Ok(sessions)
    })
    .await
}

/// Reads a whole file of the lake.
pub(crate) fn read_file(path: &Path) -> Result<Vec<RecordBatch>> {
    let file = std::fs::File::open(path).map_err(|e| Error::file(path, &e))?;
    let reader = ParquetRecordBatchReaderBuilder::try_new(file)?.build()?;
    reader.map(|batch| Ok(batch?)).collect()
}

/// Runs what takes longer than an async thread should be held.
pub(crate) async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(|e| Error::Columns(format!("a background task ended early: {e}")))?
}

/// The moment that it is now.
pub(crate) fn now() -> Timestamp {
    jiff::Timestamp::now().into()
}
