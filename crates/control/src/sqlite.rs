//! Connections to SQLite: a file, or memory.

use std::path::Path;
use std::time::Duration;

use sea_orm::DatabaseConnection;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};

use crate::error::ControlError;
use crate::{migrations, transaction};

/// Writers wait for each other, which takes milliseconds; after that long, something is wrong.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);
/// Readers work beside each other and beside one writer.
const CONNECTIONS: u32 = 4;

/// Makes an empty file that only its owner may read, unless there is one. SQLite gives the same rights
/// to the files that it puts beside it.
pub(crate) async fn create_file(path: &Path) -> Result<(), ControlError> {
    let mut options = tokio::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    options.mode(0o600);
    let created = match options.open(path).await {
        Ok(file) => file.sync_all().await,
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => return Ok(()),
        Err(error) => Err(error),
    };
    let entered = match created {
        Ok(()) => sync_folder(path).await,
        Err(error) => Err(error),
    };
    entered.map_err(|source| ControlError::Create { path: path.to_path_buf(), source })
}

/// Makes the file's entry in its folder durable, which SQLite does only for files that it made.
async fn sync_folder(path: &Path) -> std::io::Result<()> {
    match path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        Some(folder) if cfg!(unix) => tokio::fs::File::open(folder).await?.sync_all().await,
        _ => Ok(()),
    }
}

/// Connects to a file. What is committed survives a power cut: every commit is synced.
pub(crate) async fn file(path: &Path) -> Result<DatabaseConnection, ControlError> {
    let options =
        sqlite().filename(path).journal_mode(SqliteJournalMode::Wal).synchronous(SqliteSynchronous::Full).busy_timeout(BUSY_TIMEOUT);
    let pool = SqlitePoolOptions::new().max_connections(CONNECTIONS);
    connect(pool, options, path.display().to_string()).await
}

/// Connects to a new database in memory. It lies in its connection, so there is exactly one, which is
/// never given up.
pub(crate) async fn memory() -> Result<DatabaseConnection, ControlError> {
    let pool = SqlitePoolOptions::new().min_connections(1).max_connections(1).idle_timeout(None).max_lifetime(None);
    connect(pool, sqlite().in_memory(true), "in memory".to_owned()).await
}

fn sqlite() -> SqliteConnectOptions {
    SqliteConnectOptions::new().foreign_keys(true)
}

/// Brings the tables up to date, on one connection: another one that had made a table would not know its index, and
/// SQLite looks no second time when a statement names one that it does not know.
pub(crate) async fn prepare(db: &DatabaseConnection, place: &str) -> Result<(), ControlError> {
    let change = transaction::changing(db).await?;
    migrations::apply(&change, place).await?;
    Ok(change.commit().await?)
}

async fn connect(pool: SqlitePoolOptions, options: SqliteConnectOptions, place: String) -> Result<DatabaseConnection, ControlError> {
    match pool.connect_with(options).await {
        Ok(pool) => Ok(pool.into()),
        Err(source) => Err(ControlError::Open { place, source }),
    }
}
