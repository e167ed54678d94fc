//! The ledger's database: the journal and the lake's catalogue in one, so that one transaction spans both.
//!
//! It is a SQLite file in the data folder, or a schema of a PostgreSQL server that several nodes share.
//! Statements are written once, with `$1`, which both understand; what differs between the two stands in
//! this module alone:
//!
//! - [`connect`]: connections and what makes their commits durable
//! - [`tables`]: our own tables, and how those of earlier formats are brought up to date
//! - [`copy`]: all rows from one database into another
//! - [`wal`]: whether SQLite's write-ahead log is whole, before it is opened
//! - this file: transactions, locks between nodes, and what a failed commit means
//!
//! **Who writes a tenant** takes [`Database::write`] with the tenant's turn: one writer at a time in the
//! process, in commit order. SQLite has one writer for all tenants; on PostgreSQL tenants don't wait for
//! each other, and [`Write::lock_row`] keeps other nodes out. Readers take no lock.

pub(crate) mod connect;
pub(crate) mod copy;
pub(crate) mod tables;
mod wal;

use std::path::Path;
use std::sync::OnceLock;

use sea_orm::{
    AccessMode, ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, IsolationLevel, QueryResult, SqliteTransactionMode,
    Statement, TransactionOptions, TransactionTrait, Value,
};
use tokio::sync::{Mutex, MutexGuard};

use crate::catalogue;
use crate::error::{Error, Result};
use crate::fault;

/// Where the ledger's database is.
#[derive(Debug, Clone)]
pub(crate) enum Place {
    /// A file that this process owns.
    File(std::path::PathBuf),
    /// A PostgreSQL server, by its URL, and the schema in it.
    Postgres { url: String, schema: String },
}

/// The ledger's database.
#[derive(Debug)]
pub(crate) struct Database {
    connection: DatabaseConnection,
    /// Which of several ledgers on one server this is: its schema.
    name: String,
    /// SQLite's one writer.
    writer: Mutex<()>,
    /// Why a commit to the file failed, once one has.
    poisoned: OnceLock<String>,
}

/// A write under way. Dropped without [`Write::commit`], it leaves nothing behind.
pub(crate) struct Write<'a> {
    transaction: DatabaseTransaction,
    database: &'a Database,
    // Held until the transaction is over and its effect published.
    _turns: (Option<MutexGuard<'a, ()>>, Option<MutexGuard<'a, ()>>),
}

/// A consistent read of several statements.
pub(crate) struct Read {
    transaction: DatabaseTransaction,
}

/// What runs statements: a read, or a write that reads.
pub(crate) trait Queries: Sync {
    /// The transaction that they run in.
    fn transaction(&self) -> &DatabaseTransaction;

    /// The rows that a statement answers.
    fn all<const N: usize>(&self, sql: &str, values: [Value; N]) -> impl Future<Output = Result<Vec<QueryResult>>> + Send {
        let query = statement(self.transaction(), sql, values);
        async { Ok(self.transaction().query_all_raw(query).await?) }
    }

    /// The first row that a statement answers.
    fn one<const N: usize>(&self, sql: &str, values: [Value; N]) -> impl Future<Output = Result<Option<QueryResult>>> + Send {
        let query = statement(self.transaction(), sql, values);
        async { Ok(self.transaction().query_one_raw(query).await?) }
    }

    /// Whether other nodes write to the database too.
    fn is_shared(&self) -> bool {
        self.transaction().get_database_backend() == DbBackend::Postgres
    }
}

/// Ownership of one kind of work among all nodes, until it is dropped or its holder dies.
#[derive(Debug)]
pub(crate) struct NodeLock {
    // A connection of its own: the server lets go of the lock when it ends.
    _connection: Option<sqlx::PgConnection>,
}

impl Database {
    /// Opens the database, makes what is missing, and brings an earlier format up to date.
    pub(crate) async fn open(place: &Place, lake: &Path) -> Result<Self> {
        if let Place::File(path) = place {
            wal::check(path)?;
        }
        let database = Self::attach(place).await?;
        let write = database.write(None).await?;
        // Nodes that start together make the tables one after the other.
        write.lock("prepare").await?;
        tables::prepare(&write, database.is_shared()).await?;
        catalogue::prepare(&write, lake).await?;
        write.commit().await?;
        Ok(database)
    }

    /// Connects to a database as it is, beside whoever runs on it: nothing in it is made or brought up to date.
    pub(crate) async fn connect(place: &Place) -> Result<Self> {
        if let Place::File(path) = place {
            wal::check_beside(path)?;
        }
        Self::attach(place).await
    }

    async fn attach(place: &Place) -> Result<Self> {
        let connection = connect::connect(place).await?;
        let name = match place {
            Place::File(_) => String::new(),
            Place::Postgres { schema, .. } => schema.clone(),
        };
        Ok(Database { connection, name, writer: Mutex::new(()), poisoned: OnceLock::new() })
    }

    /// Whether other nodes write to it too.
    pub(crate) fn is_shared(&self) -> bool {
        self.connection.get_database_backend() == DbBackend::Postgres
    }

    /// Why nothing is written any more, if a commit to the file has failed.
    pub(crate) fn poisoned(&self) -> Option<String> {
        self.poisoned.get().cloned()
    }

    /// A commit failed. Of a file it is not known what is on the disk, so nothing is written from now on: neither
    /// this again nor anything else. Of a server's database that can be found out.
    fn commit_failed(&self, error: Error) -> Error {
        if self.is_shared() {
            return error;
        }
        Error::Poisoned(self.poisoned.get_or_init(|| error.to_string()).clone())
    }

    /// Starts a write, once those before it are over: all others on SQLite, those of the tenant whose
    /// turn it is on PostgreSQL.
    pub(crate) async fn write<'a>(&'a self, tenant: Option<&'a Mutex<()>>) -> Result<Write<'a>> {
        let of_tenant = match tenant {
            Some(turn) => Some(turn.lock().await),
            None => None,
        };
        let of_file = if self.is_shared() { None } else { Some(self.writer.lock().await) };
        if let Some(reason) = self.poisoned() {
            return Err(Error::Poisoned(reason));
        }
        // Immediate: a write that begins by reading can't be overtaken by another before it writes.
        let options = TransactionOptions {
            sqlite_transaction_mode: (!self.is_shared()).then_some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        };
        let transaction = self.connection.begin_with_options(options).await?;
        Ok(Write { transaction, database: self, _turns: (of_tenant, of_file) })
    }

    /// Starts a consistent read of several statements. Keep it short.
    pub(crate) async fn read(&self) -> Result<Read> {
        let options = if self.is_shared() {
            TransactionOptions {
                isolation_level: Some(IsolationLevel::RepeatableRead),
                access_mode: Some(AccessMode::ReadOnly),
                ..TransactionOptions::default()
            }
        } else {
            TransactionOptions::default()
        };
        Ok(Read { transaction: self.connection.begin_with_options(options).await? })
    }

    /// Takes a kind of work for this node, unless another node does it now. In a process of its own there
    /// is no other node.
    pub(crate) async fn try_own(&self, work: &str) -> Result<Option<NodeLock>> {
        if !self.is_shared() {
            return Ok(Some(NodeLock { _connection: None }));
        }
        let pool = self.connection.get_postgres_connection_pool();
        let mut connection = pool.acquire().await.map_err(sqlx_error)?.detach();
        let taken: bool = sqlx::query_scalar("SELECT pg_try_advisory_lock($1)")
            .bind(lock_number(&self.name, work))
            .fetch_one(&mut connection)
            .await
            .map_err(sqlx_error)?;
        Ok(taken.then_some(NodeLock { _connection: Some(connection) }))
    }

    /// Lets go of the files and connections.
    pub(crate) async fn close(&self) -> Result<()> {
        Ok(self.connection.clone().close().await?)
    }
}

impl Queries for Read {
    fn transaction(&self) -> &DatabaseTransaction {
        &self.transaction
    }
}

impl Queries for Write<'_> {
    fn transaction(&self) -> &DatabaseTransaction {
        &self.transaction
    }
}

impl Write<'_> {
    /// Runs a statement and says how many rows it touched.
    pub(crate) async fn run<const N: usize>(&self, sql: &str, values: [Value; N]) -> Result<u64> {
        Ok(self.transaction.execute_raw(statement(&self.transaction, sql, values)).await?.rows_affected())
    }

    /// Makes an index, unless there is one of that name. A server locks the table before it looks, which a node
    /// that starts would do to those at work.
    pub(crate) async fn make_index(&self, kind: &str, name: &str, on: &str) -> Result<()> {
        if self.is_shared() {
            let sql = "SELECT 1 FROM pg_indexes WHERE schemaname = current_schema() AND indexname = $1";
            if self.one(sql, [name.into()]).await?.is_some() {
                return Ok(());
            }
        }
        self.run(&format!("CREATE {kind} IF NOT EXISTS {name} ON {on}"), []).await?;
        Ok(())
    }

    /// Reads one row and keeps other nodes from changing it until this write is over.
    pub(crate) async fn lock_row<const N: usize>(&self, sql: &str, values: [Value; N]) -> Result<Option<QueryResult>> {
        if self.is_shared() { self.one(&format!("{sql} FOR UPDATE"), values).await } else { self.one(sql, values).await }
    }

    /// Waits until no other node is in a write that took the same lock, and keeps them out until this one
    /// is over.
    pub(crate) async fn lock(&self, name: &str) -> Result<()> {
        if self.is_shared() {
            self.one("SELECT pg_advisory_xact_lock($1)::text", [lock_number(&self.database.name, name).into()]).await?;
        }
        Ok(())
    }

    /// Makes it durable, then runs `publish` before the next write can begin, so that what readers see
    /// follows the order of commits.
    pub(crate) async fn commit_then<T>(self, publish: impl FnOnce() -> T) -> Result<T> {
        let Write { transaction, database, _turns } = self;
        let commit = async {
            fault::step("commit")?;
            transaction.commit().await?;
            fault::step("committed")
        };
        commit.await.map_err(|error| database.commit_failed(error))?;
        Ok(publish())
    }

    /// Makes it durable.
    pub(crate) async fn commit(self) -> Result<()> {
        self.commit_then(|| ()).await
    }
}

/// The number by which PostgreSQL knows a lock: FNV-1a of its name, apart for each ledger on the server.
fn lock_number(ledger: &str, name: &str) -> i64 {
    let hash = format!("rollcall {ledger} {name}")
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3));
    i64::from_be_bytes(hash.to_be_bytes())
}

fn statement<const N: usize>(connection: &impl ConnectionTrait, sql: &str, values: [Value; N]) -> Statement {
    Statement::from_sql_and_values(connection.get_database_backend(), sql, values)
}

/// A value of a row by its position.
pub(crate) fn get<T: sea_orm::TryGetable>(row: &QueryResult, column: usize) -> Result<T> {
    Ok(row.try_get_by_index(column)?)
}

fn sqlx_error(error: sqlx::Error) -> Error {
    Error::from(sea_orm::DbErr::Conn(sea_orm::RuntimeErr::SqlxError(std::sync::Arc::new(error))))
}
