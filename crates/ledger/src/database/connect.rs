//! Connections to the ledger's database, and what makes their commits durable.

use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::time::Duration;

use sea_orm::{ConnectOptions, ConnectionTrait, DatabaseConnection, DbBackend, Statement};

use super::Place;
use crate::error::{Error, Result};

/// How long a statement waits for a connection, or for SQLite's other processes.
const WAIT: Duration = Duration::from_secs(30);
/// A node that was cut off in the middle of a write lets go of its locks after that long.
const IDLE_IN_TRANSACTION: &str = "60s";
/// Connections to a server: appends, archiving and compaction of several tenants, and readers.
const SERVER_CONNECTIONS: u32 = 16;

/// Bytes of a page of a new file: rows of the journal are long, and a page is written by two system calls.
const PAGE_BYTES: u32 = 16 * 1024;
/// Memory for pages, in KiB: a commit's pages fit, and need not be written before their time.
const CACHE_KIB: u32 = 16 * 1024;

/// Connects to a place. A file's log has been looked at.
pub(crate) async fn connect(place: &Place) -> Result<DatabaseConnection> {
    match place {
        Place::File(path) => file(path).await,
        Place::Postgres { url, schema } => server(url, schema).await,
    }
}

async fn file(path: &Path) -> Result<DatabaseConnection> {
    // For its owner alone; the write-ahead log beside it gets the same mode.
    let mut file = std::fs::File::options();
    file.create(true).truncate(false).write(true).mode(0o600).open(path).map_err(|e| Error::file(path, &e))?;
    let mut options = ConnectOptions::new(format!("sqlite://{}?mode=rwc", path.display()));
    options.max_connections(4).min_connections(1).sqlx_logging(false).acquire_timeout(WAIT);
    options.map_sqlx_sqlite_opts(|options| {
        options
            .page_size(PAGE_BYTES)
            .pragma("cache_size", format!("-{CACHE_KIB}"))
            .journal_mode(sqlx::sqlite::SqliteJournalMode::Wal)
            // The commit returns once the write-ahead log is on the disk: an acknowledged event is durable.
            .synchronous(sqlx::sqlite::SqliteSynchronous::Full)
            .busy_timeout(WAIT)
            .foreign_keys(false)
    });
    Ok(sea_orm::Database::connect(options).await?)
}

async fn server(url: &str, schema: &str) -> Result<DatabaseConnection> {
    let connection = with_settings(url, schema, &[]).await?;
    // A server may be told to answer before a commit is on its disk. Ours answer after.
    if setting(&connection, "synchronous_commit").await? == "off" {
        tracing::warn!("the PostgreSQL server has synchronous_commit = off; Rollcall turns it on for its own commits");
        connection.close().await?;
        return with_settings(url, schema, &[("synchronous_commit", "on")]).await;
    }
    if setting(&connection, "fsync").await? == "off" {
        tracing::warn!("the PostgreSQL server has fsync = off: a power cut can lose what Rollcall has acknowledged");
    }
    let make = Statement::from_string(DbBackend::Postgres, format!("CREATE SCHEMA IF NOT EXISTS \"{}\"", schema.replace('"', "\"\"")));
    // Two nodes that make it at the same moment: one of them is told that it is there.
    if let Err(error) = connection.execute_raw(make.clone()).await {
        tracing::debug!(%error, "making the schema, once more");
        connection.execute_raw(make).await?;
    }
    Ok(connection)
}

async fn with_settings(url: &str, schema: &str, settings: &'static [(&'static str, &'static str)]) -> Result<DatabaseConnection> {
    let mut options = ConnectOptions::new(url);
    options.max_connections(SERVER_CONNECTIONS).sqlx_logging(false).acquire_timeout(WAIT).connect_timeout(WAIT);
    options.set_schema_search_path(schema);
    options.map_sqlx_postgres_opts(move |options| {
        let options = options.application_name("rollcall").options([("idle_in_transaction_session_timeout", IDLE_IN_TRANSACTION)]);
        options.options(settings.iter().copied())
    });
    sea_orm::Database::connect(options).await.map_err(|error| Error::Unavailable(error.to_string()))
}

async fn setting(connection: &DatabaseConnection, name: &str) -> Result<String> {
    let show = Statement::from_string(DbBackend::Postgres, format!("SHOW {name}"));
    let row = connection.query_one_raw(show).await?.ok_or_else(|| Error::Database(format!("the server has no setting {name}")))?;
    super::get(&row, 0)
}
