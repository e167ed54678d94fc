//! What readers see of a tenant: one lake snapshot and exactly the journal rows after it.
//!
//! A state never changes. Each commit publishes a new one, in the order of commits, while it still
//! holds the writer's turn; a reader takes the current one and keeps it as long as it likes.

use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::RecordBatch;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use rollcall_model::{Session, TenantId, Timestamp};
use tokio::sync::OnceCell;
use uuid::Uuid;

use crate::catalogue::{TableIds, read};
use crate::database::{Read, get};
use crate::error::{Error, Result};
use crate::journal;
use crate::lake::DataFile;
use crate::lake::write::Class;
use crate::schema::Table;
use crate::session_batch;
use crate::source::{self, SourceStatus};
use crate::tail::{Segment, Tail};

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
    /// The sessions that are open as of this snapshot.
    pub(crate) open: Arc<Vec<Session>>,
}

/// How the tail changes the sessions of the lake.
#[derive(Debug, Default)]
pub(crate) struct SessionView {
    /// Ended sessions in the lake that are different now.
    pub(crate) hidden: Arc<HashSet<Uuid>>,
    /// The same, whole: by their ends the files are found that hold them.
    pub(crate) hidden_sessions: Vec<Session>,
    /// Ended sessions that the lake does not have.
    pub(crate) ended: Vec<Session>,
    /// All sessions that are open.
    pub(crate) open: Vec<Session>,
    /// Both as columns.
    pub(crate) batch: Option<RecordBatch>,
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

    /// Reads the state of a snapshot, or the newest one.
    pub(crate) async fn load(reading: &Read, folder: &Path, tenant: &TenantId, ids: TableIds, wanted: Option<SnapshotId>) -> Result<Self> {
        let id = match wanted {
            Some(id) => id,
            None => newest(reading, tenant).await?,
        };
        let lake = LakeVersion::load(reading, folder, tenant, ids, id.snapshot_id).await?;
        let rows = journal::read(reading, tenant, lake.archived_seq, id.next_seq).await;
        let rows = match (rows, wanted) {
            (Err(Error::Corrupt(_)), Some(_)) => return Err(Error::SnapshotGone(format!("{}.{}", id.snapshot_id, id.next_seq))),
            (rows, _) => rows?,
        };
        let mut tail = Tail::default();
        for (first_seq, batch) in rows {
            tail = tail.push(Segment::decode(first_seq, batch)?)?;
        }
        let sources = Arc::new(source::load(reading, tenant).await?);
        Ok(TenantState { lake: Arc::new(lake), tail, next_seq: id.next_seq, sources, sessions: OnceCell::new() })
    }
}

async fn newest(reading: &Read, tenant: &TenantId) -> Result<SnapshotId> {
    let sql = "SELECT next_seq, (SELECT max(snapshot_id) FROM ducklake_snapshot) FROM rollcall_tenant WHERE tenant = $1";
    let row = reading.one(sql, [tenant.as_str().into()]).await?;
    let row = row.ok_or_else(|| Error::Corrupt(format!("the tenant {tenant} is not in the ledger")))?;
    Ok(SnapshotId { next_seq: get(&row, 0)?, snapshot_id: get(&row, 1)? })
}

impl LakeVersion {
    async fn load(reading: &Read, folder: &Path, tenant: &TenantId, ids: TableIds, snapshot_id: i64) -> Result<Self> {
        let sql = "SELECT archived_seq FROM rollcall_archive WHERE tenant = $1 AND snapshot_id <= $2 ORDER BY snapshot_id DESC LIMIT 1";
        let row = reading.one(sql, [tenant.as_str().into(), snapshot_id.into()]).await?;
        let archived_seq = row.map_or(Ok(0), |row| get(&row, 0))?;
        let events = read::files(reading, ids, Table::Events, snapshot_id).await?;
        let sessions = read::files(reading, ids, Table::Sessions, snapshot_id).await?;
        let (open_files, ended): (Vec<_>, Vec<_>) =
            sessions.into_iter().map(Arc::new).partition(|file| Class::of_path(&file.path) == Some(Class::Open));
        let open = open_sessions(table_folder(folder, tenant, Table::Sessions), &open_files).await?;
        Ok(LakeVersion {
            snapshot_id,
            archived_seq,
            events: events.into_iter().map(Arc::new).collect(),
            ended,
            open_files,
            open: Arc::new(open),
        })
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
