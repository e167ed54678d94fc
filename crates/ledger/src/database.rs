//! `ledger.db`: the journal and the lake's catalogue in one database, so that one transaction spans both.
//!
//! Who writes takes [`Database::write`]: one writer at a time, in commit order. Readers take no lock.
//! Statements are written with `$1`, which SQLite and PostgreSQL both understand.

use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::time::Duration;

use sea_orm::{
    ConnectOptions, ConnectionTrait, DatabaseConnection, DatabaseTransaction, QueryResult, SqliteTransactionMode, Statement,
    TransactionOptions, TransactionTrait, Value,
};
use tokio::sync::{Mutex, MutexGuard};

use crate::catalogue;
use crate::error::{Error, Result};

/// Format of the store that this version writes.
pub(crate) const FORMAT: i64 = 1;

/// Our own tables beside DuckLake's. Names start with `rollcall_`, so that the two never meet.
const TABLES: &[&str] = &[
    "CREATE TABLE IF NOT EXISTS rollcall_meta(name VARCHAR PRIMARY KEY, value BIGINT NOT NULL)",
    // A tenant's place in its ledger: the next event's seq, and the first seq that is not in the lake.
    "CREATE TABLE IF NOT EXISTS rollcall_tenant(tenant VARCHAR PRIMARY KEY, next_seq BIGINT NOT NULL, archived_seq BIGINT NOT NULL)",
    // The durable tail: one row a commit. archived_snapshot: in the lake since then, kept for a lease.
    "CREATE TABLE IF NOT EXISTS rollcall_journal(tenant VARCHAR NOT NULL, first_seq BIGINT NOT NULL, next_seq BIGINT NOT NULL, \
     batch BLOB NOT NULL, archived_snapshot BIGINT, PRIMARY KEY(tenant, first_seq))",
    // Up to which seq a tenant's events are in the lake since a snapshot.
    "CREATE TABLE IF NOT EXISTS rollcall_archive(tenant VARCHAR NOT NULL, snapshot_id BIGINT NOT NULL, archived_seq BIGINT NOT NULL, \
     PRIMARY KEY(tenant, snapshot_id))",
    // Snapshots that somebody pages through: their journal rows and files stay until then.
    "CREATE TABLE IF NOT EXISTS rollcall_lease(tenant VARCHAR NOT NULL, snapshot_id BIGINT NOT NULL, next_seq BIGINT NOT NULL, \
     expires_at BIGINT NOT NULL, PRIMARY KEY(tenant, snapshot_id, next_seq))",
    // Records that could not be taken, oldest first by position.
    "CREATE TABLE IF NOT EXISTS rollcall_quarantine(tenant VARCHAR NOT NULL, position BIGINT NOT NULL, record_id BLOB NOT NULL, \
     source VARCHAR NOT NULL, format VARCHAR NOT NULL, received_at BIGINT NOT NULL, line BIGINT NOT NULL, field VARCHAR, \
     reason VARCHAR NOT NULL, raw BLOB NOT NULL, PRIMARY KEY(tenant, position))",
    crate::source::TABLE,
    "CREATE UNIQUE INDEX IF NOT EXISTS rollcall_quarantine_record ON rollcall_quarantine(tenant, record_id)",
];

/// The ledger's database.
#[derive(Debug)]
pub(crate) struct Database {
    connection: DatabaseConnection,
    writer: Mutex<()>,
}

/// A write under way. Dropped without [`Write::commit`], it leaves nothing behind.
pub(crate) struct Write<'a> {
    transaction: DatabaseTransaction,
    // Held until the transaction is over and its effect published.
    _turn: MutexGuard<'a, ()>,
}

impl Database {
    /// Opens the database of a folder, and makes what is missing.
    pub(crate) async fn open(path: &Path, lake: &Path) -> Result<Self> {
        // For its owner alone; the write-ahead log beside it gets the same mode.
        let mut file = std::fs::File::options();
        file.create(true).truncate(false).write(true).mode(0o600).open(path).map_err(|e| Error::file(path, &e))?;
        let mut options = ConnectOptions::new(format!("sqlite://{}?mode=rwc", path.display()));
        options.max_connections(4).min_connections(1).sqlx_logging(false).acquire_timeout(Duration::from_secs(30));
        options.map_sqlx_sqlite_opts(|options| {
            options
                .journal_mode(sqlx::sqlite::SqliteJournalMode::Wal)
                // The commit returns once the write-ahead log is on the disk: an acknowledged event is durable.
                .synchronous(sqlx::sqlite::SqliteSynchronous::Full)
                .busy_timeout(Duration::from_secs(30))
                .foreign_keys(false)
        });
        let connection = sea_orm::Database::connect(options).await?;
        let database = Database { connection, writer: Mutex::new(()) };
        database.prepare(lake).await?;
        Ok(database)
    }

    async fn prepare(&self, lake: &Path) -> Result<()> {
        let write = self.write().await?;
        for table in TABLES {
            write.run(table, []).await?;
        }
        match write.one("SELECT value FROM rollcall_meta WHERE name = 'format'", []).await? {
            None => write.run("INSERT INTO rollcall_meta(name, value) VALUES ('format', $1)", [FORMAT.into()]).await?,
            Some(row) => {
                let found: i64 = get(&row, 0)?;
                if found > FORMAT {
                    return Err(Error::TooNew { found, supported: FORMAT });
                }
                0
            }
        };
        catalogue::prepare(&write, lake).await?;
        write.commit().await
    }

    /// Starts a write, once those before it are over.
    pub(crate) async fn write(&self) -> Result<Write<'_>> {
        let turn = self.writer.lock().await;
        // Immediate: a write that begins by reading can't be overtaken by another before it writes.
        let options =
            TransactionOptions { sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate), ..TransactionOptions::default() };
        Ok(Write { transaction: self.connection.begin_with_options(options).await?, _turn: turn })
    }

    /// Starts a consistent read of several statements. Keep it short.
    pub(crate) async fn read(&self) -> Result<Read> {
        Ok(Read { transaction: self.connection.begin().await? })
    }

    /// Lets go of the files.
    pub(crate) async fn close(&self) -> Result<()> {
        Ok(self.connection.clone().close().await?)
    }
}

/// A consistent read of several statements.
pub(crate) struct Read {
    transaction: DatabaseTransaction,
}

impl Read {
    pub(crate) async fn all<const N: usize>(&self, sql: &str, values: [Value; N]) -> Result<Vec<QueryResult>> {
        Ok(self.transaction.query_all_raw(statement(&self.transaction, sql, values)).await?)
    }

    pub(crate) async fn one<const N: usize>(&self, sql: &str, values: [Value; N]) -> Result<Option<QueryResult>> {
        Ok(self.transaction.query_one_raw(statement(&self.transaction, sql, values)).await?)
    }
}

impl Write<'_> {
    /// Runs a statement and says how many rows it touched.
    pub(crate) async fn run<const N: usize>(&self, sql: &str, values: [Value; N]) -> Result<u64> {
        Ok(self.transaction.execute_raw(statement(&self.transaction, sql, values)).await?.rows_affected())
    }

    pub(crate) async fn one<const N: usize>(&self, sql: &str, values: [Value; N]) -> Result<Option<QueryResult>> {
        Ok(self.transaction.query_one_raw(statement(&self.transaction, sql, values)).await?)
    }

    /// Makes it durable, then runs `publish` before the next write can begin, so that what readers see
    /// follows the order of commits.
    pub(crate) async fn commit_then<T>(self, publish: impl FnOnce() -> T) -> Result<T> {
        self.transaction.commit().await?;
        Ok(publish())
    }

    /// Makes it durable.
    pub(crate) async fn commit(self) -> Result<()> {
        self.commit_then(|| ()).await
    }
}

fn statement<const N: usize>(connection: &impl ConnectionTrait, sql: &str, values: [Value; N]) -> Statement {
    Statement::from_sql_and_values(connection.get_database_backend(), sql, values)
}

/// A value of a row by its position.
pub(crate) fn get<T: sea_orm::TryGetable>(row: &QueryResult, column: usize) -> Result<T> {
    Ok(row.try_get_by_index(column)?)
}
