//! What is checked: a tenant as the database has it at one moment, read in one transaction.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use jiff::civil::Date;
use rollcall_model::TenantId;
use sea_orm::QueryResult;
use tokio::sync::OnceCell;

use crate::catalogue::{TableIds, read};
use crate::database::{Queries, Read, get};
use crate::edge::Edge;
use crate::error::Result;
use crate::lake::write::Class;
use crate::lake::{DataFile, FileStatistics};
use crate::ledger::Inner;
use crate::schema::Table;
use crate::seal::{self, Seal};
use crate::source::{self, SourceStatus};
use crate::state::{Head, LakeVersion, TenantState};
use crate::tail::Tail;

/// A file as the catalogue lists it.
#[derive(Debug)]
pub(super) struct Listed {
    pub(super) id: i64,
    pub(super) table: Table,
    pub(super) class: Option<Class>,
    /// The first snapshot that has it, and the first that has not any more.
    pub(super) begin: i64,
    pub(super) end: Option<i64>,
    /// Path below the table's folder.
    pub(super) path: String,
    pub(super) rows: i64,
    pub(super) bytes: i64,
    pub(super) footer_bytes: i64,
    pub(super) row_id_start: i64,
    pub(super) seal: Option<Seal>,
}

impl Listed {
    /// Whether the newest snapshot has it.
    pub(super) fn is_current(&self) -> bool {
        self.end.is_none()
    }

    /// Whether a snapshot that is kept has it.
    pub(super) fn is_visible(&self, snapshots: &BTreeSet<i64>) -> bool {
        snapshots.range(self.begin..self.end.unwrap_or(i64::MAX).max(self.begin)).next().is_some()
    }

    /// The calendar day (UTC) of its rows, by the folder that it is in.
    pub(super) fn day(&self) -> Option<Date> {
        DataFile::new(self.table, self.id, self.path.clone(), self.rows, self.bytes, self.footer_bytes, &[]).day()
    }
}

/// What the catalogue claims of a file beside its row.
#[derive(Debug, Default)]
pub(super) struct Claims {
    pub(super) statistics: BTreeMap<i64, FileStatistics>,
    /// Rows of statistics; more than there are columns if one is there twice.
    pub(super) statistics_rows: usize,
    pub(super) partition: Vec<Option<String>>,
}

impl Claims {
    /// Reads them. None if the catalogue has forgotten the file meanwhile.
    pub(super) async fn read(reading: &impl Queries, data_file_id: i64) -> Result<Option<Self>> {
        let id = || [data_file_id.into()];
        if reading.one("SELECT 1 FROM ducklake_data_file WHERE data_file_id = $1", id()).await?.is_none() {
            return Ok(None);
        }
        let mut claims = Claims::default();
        let sql = "SELECT column_id, column_size_bytes, value_count, null_count, min_value, max_value FROM ducklake_file_column_stats \
                   WHERE data_file_id = $1";
        for row in reading.all(sql, id()).await? {
            let column = FileStatistics {
                column_id: get(&row, 0)?,
                bytes: number(&row, 1)?,
                values: number(&row, 2)?,
                nulls: number(&row, 3)?,
                min: get(&row, 4)?,
                max: get(&row, 5)?,
            };
            claims.statistics.insert(column.column_id, column);
            claims.statistics_rows += 1;
        }
        let sql = "SELECT partition_value FROM ducklake_file_partition_value WHERE data_file_id = $1 ORDER BY partition_key_index";
        for row in reading.all(sql, id()).await? {
            claims.partition.push(get(&row, 0)?);
        }
        Ok(Some(claims))
    }
}

/// A row of the journal, without its events.
#[derive(Debug, Clone, Copy)]
pub(super) struct JournalRow {
    pub(super) first_seq: i64,
    pub(super) next_seq: i64,
    pub(super) archived_snapshot: Option<i64>,
}

/// What retention has noted.
#[derive(Debug)]
pub(super) struct Removal {
    pub(super) snapshot_id: i64,
    pub(super) category: String,
    pub(super) events: i64,
    pub(super) seqs: Vec<u8>,
}

/// Somebody pages through a snapshot.
#[derive(Debug, Clone, Copy)]
pub(super) struct Lease {
    pub(super) snapshot_id: i64,
    pub(super) next_seq: i64,
    pub(super) expires_at: i64,
}

/// What the catalogue says of a table as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct TableStats {
    pub(super) rows: i64,
    pub(super) next_row_id: i64,
    pub(super) bytes: i64,
}

/// A tenant at one moment.
#[derive(Debug)]
pub(super) struct View {
    pub(super) head: Head,
    pub(super) snapshots: BTreeSet<i64>,
    /// The file id that the next file of any tenant gets.
    pub(super) next_file_id: i64,
    /// Up to which seq the events are in the lake since a snapshot.
    pub(super) archives: Vec<(i64, i64)>,
    pub(super) leases: Vec<Lease>,
    pub(super) removals: Vec<Removal>,
    /// None if it can't be read.
    pub(super) edge: Option<Arc<Edge>>,
    pub(super) sources: BTreeMap<String, SourceStatus>,
    /// Several rows of a table are one too many.
    pub(super) table_stats: BTreeMap<i64, Vec<TableStats>>,
    pub(super) files: Vec<Arc<Listed>>,
    pub(super) journal: Vec<JournalRow>,
}

impl View {
    pub(super) async fn read(reading: &Read, id: &TenantId, tables: TableIds) -> Result<Self> {
        let mut table_stats = BTreeMap::new();
        let mut files = Vec::new();
        let seals = seal::load(reading).await?;
        for table in Table::ALL {
            let table_id = tables.of(table);
            table_stats.insert(table_id, stats_of_table(reading, table_id).await?);
            files.extend(files_of_table(reading, table, table_id, &seals).await?);
        }
        let newest = "SELECT next_file_id FROM ducklake_snapshot ORDER BY snapshot_id DESC LIMIT 1";
        let next_file_id = reading.one(newest, []).await?.map_or(Ok(0), |row| number(&row, 0))?;
        let head = Head::read(reading, id).await?;
        Ok(View {
            head,
            snapshots: snapshots(reading).await?,
            next_file_id,
            archives: archives(reading, id).await?,
            leases: leases(reading, id).await?,
            removals: removals(reading, id).await?,
            edge: Edge::load(reading, id, head.snapshot_id, None).await.ok(),
            sources: source::load(reading, id).await?,
            table_stats,
            files,
            journal: journal(reading, id).await?,
        })
    }

    /// Files of a class that the newest snapshot has.
    pub(super) fn current(&self, class: Class) -> impl Iterator<Item = &Arc<Listed>> {
        self.files.iter().filter(move |file| file.class == Some(class) && file.is_current())
    }
}

/// A number; a missing one is no valid number of anything.
fn number(row: &QueryResult, column: usize) -> Result<i64> {
    Ok(get::<Option<i64>>(row, column)?.unwrap_or(-1))
}

async fn snapshots(reading: &Read) -> Result<BTreeSet<i64>> {
    let rows = reading.all("SELECT snapshot_id FROM ducklake_snapshot", []).await?;
    rows.iter().map(|row| get(row, 0)).collect()
}

async fn archives(reading: &Read, id: &TenantId) -> Result<Vec<(i64, i64)>> {
    let sql = "SELECT snapshot_id, archived_seq FROM rollcall_archive WHERE tenant = $1 ORDER BY snapshot_id";
    let rows = reading.all(sql, [id.as_str().into()]).await?;
    rows.iter().map(|row| Ok((get(row, 0)?, get(row, 1)?))).collect()
}

async fn leases(reading: &Read, id: &TenantId) -> Result<Vec<Lease>> {
    let rows = reading.all("SELECT snapshot_id, next_seq, expires_at FROM rollcall_lease WHERE tenant = $1", [id.as_str().into()]).await?;
    rows.iter().map(|row| Ok(Lease { snapshot_id: get(row, 0)?, next_seq: get(row, 1)?, expires_at: get(row, 2)? })).collect()
}

async fn removals(reading: &Read, id: &TenantId) -> Result<Vec<Removal>> {
    let sql = "SELECT snapshot_id, category, events, seqs FROM rollcall_removal WHERE tenant = $1 ORDER BY snapshot_id, category";
    let rows = reading.all(sql, [id.as_str().into()]).await?;
    rows.iter()
        .map(|row| Ok(Removal { snapshot_id: get(row, 0)?, category: get(row, 1)?, events: get(row, 2)?, seqs: get(row, 3)? }))
        .collect()
}

async fn journal(reading: &Read, id: &TenantId) -> Result<Vec<JournalRow>> {
    let sql = "SELECT first_seq, next_seq, archived_snapshot FROM rollcall_journal WHERE tenant = $1 ORDER BY first_seq";
    let rows = reading.all(sql, [id.as_str().into()]).await?;
    rows.iter().map(|row| Ok(JournalRow { first_seq: get(row, 0)?, next_seq: get(row, 1)?, archived_snapshot: get(row, 2)? })).collect()
}

async fn stats_of_table(reading: &Read, table_id: i64) -> Result<Vec<TableStats>> {
    let sql = "SELECT record_count, next_row_id, file_size_bytes FROM ducklake_table_stats WHERE table_id = $1";
    let rows = reading.all(sql, [table_id.into()]).await?;
    rows.iter().map(|row| Ok(TableStats { rows: number(row, 0)?, next_row_id: number(row, 1)?, bytes: number(row, 2)? })).collect()
}

async fn files_of_table(reading: &Read, table: Table, table_id: i64, seals: &HashMap<i64, Seal>) -> Result<Vec<Arc<Listed>>> {
    let sql = "SELECT data_file_id, begin_snapshot, end_snapshot, path, record_count, file_size_bytes, footer_size, row_id_start \
               FROM ducklake_data_file WHERE table_id = $1 ORDER BY data_file_id";
    let file = |row: &QueryResult| {
        let path: String = get::<Option<String>>(row, 3)?.unwrap_or_default();
        let id = get(row, 0)?;
        Ok(Arc::new(Listed {
            id,
            table,
            class: Class::of_path(&path).filter(|class| class.table() == table),
            begin: number(row, 1)?,
            end: get(row, 2)?,
            path,
            rows: number(row, 4)?,
            bytes: number(row, 5)?,
            footer_bytes: number(row, 6)?,
            row_id_start: number(row, 7)?,
            seal: seals.get(&id).copied(),
        }))
    };
    reading.all(sql, [table_id.into()]).await?.iter().map(file).collect()
}

/// What can be known of a tenant whose open sessions or journal can't be read: enough to repair the former.
pub(super) async fn lenient_state(inner: &Inner, id: &TenantId, tables: TableIds) -> Result<TenantState> {
    let reading = inner.database.read().await?;
    let head = Head::read(&reading, id).await?;
    let known = HashMap::new();
    let of = async |table| read::files(&reading, tables, table, head.snapshot_id, &known).await;
    let (events, counts) = (of(Table::Events).await?, of(Table::Counts).await?);
    let (open_files, ended) = of(Table::Sessions).await?.into_iter().partition(|file| Class::of_path(&file.path) == Some(Class::Open));
    let lake = LakeVersion {
        snapshot_id: head.snapshot_id,
        archived_seq: head.archived_seq,
        events,
        ended,
        open_files,
        counts,
        open: Arc::default(),
        edge: Edge::load(&reading, id, head.snapshot_id, None).await.unwrap_or_default(),
    };
    let sources = Arc::new(source::load(&reading, id).await?);
    Ok(TenantState { lake: Arc::new(lake), tail: Tail::default(), next_seq: head.next_seq, sources, sessions: OnceCell::new() })
}
