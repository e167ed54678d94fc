//! Restore: a backup becomes a ledger again, in a folder or on PostgreSQL.
//!
//! The backup stays as it is: its database is copied first, and the copy is brought up to date if an earlier
//! version wrote it. Into a folder, that copy is the ledger's database. On PostgreSQL its rows are loaded in
//! one transaction, so that a restore which fails leaves no row behind.

use std::path::Path;

use super::Copied;
use super::database::{self, Access};
use super::files::Copying;
use super::folder::{self, Unfinished};
use crate::database::copy::{copy_all, table_names};
use crate::database::{Database, Place};
use crate::error::{Error, Result};
use crate::lock::FolderLock;
use crate::options::{LEDGER_FILE, Options};
use crate::state::blocking;

/// Where a backup's database is made ready before it is loaded into a server.
const STAGED: &str = "restore.db";

/// Restores the backup in a folder into a place that holds nothing yet. `to` is the folder that has been
/// begun for it: the data folder, or the lake's folder of a ledger on PostgreSQL.
pub async fn restore(from: &Path, to: &Unfinished, options: &Options) -> Result<Copied> {
    folder::refuse(from)?;
    let backup = from.join(LEDGER_FILE);
    if !backup.exists() {
        return Err(Error::NotPossible(format!("{} is no backup: expected {LEDGER_FILE} in it", from.display())));
    }
    let _lock = lock(from)?;
    let place = options.place();
    let (staged, lake) = match &place {
        Place::File(_) => (to.folder().join(LEDGER_FILE), to.folder().join("lake")),
        Place::Postgres { .. } => (to.folder().join(STAGED), to.folder().to_path_buf()),
    };
    if let Place::Postgres { schema, .. } = &place {
        require_empty(&place, schema).await?;
    }
    database::copy_file(&backup, &staged, Access::ReadOnly).await?;
    let (contents, files) = database::settle(&staged, &lake).await?;
    let mut copying = Copying::new(&from.join("lake"), &lake, None)?;
    for file in files {
        copying = blocking(move || copying.add(&file)).await?;
    }
    let copied = blocking(move || copying.finish()).await?;
    let restored = Database::open(&Place::File(staged.clone()), &lake).await?;
    if let Place::Postgres { .. } = &place {
        load(&restored, &place, &lake).await?;
    }
    restored.close().await?;
    if matches!(place, Place::Postgres { .. }) {
        database::remove(&staged)?;
    }
    Ok(Copied { files: copied.files, bytes: copied.bytes, ..contents })
}

/// A backup that was opened where it lies may be in use. One that can't be written to is not.
fn lock(from: &Path) -> Result<Option<FolderLock>> {
    match FolderLock::take(from) {
        Ok(lock) => Ok(Some(lock)),
        Err(Error::File { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Refuses a schema that has tables.
async fn require_empty(place: &Place, schema: &str) -> Result<()> {
    let database = Database::connect(place).await?;
    let tables = table_names(&database.read().await?).await?;
    database.close().await?;
    match tables.first() {
        None => Ok(()),
        Some(table) => Err(Error::NotPossible(format!(
            "expected an empty schema {schema}, got one with the table {table}; restore into another database, or drop the schema first"
        ))),
    }
}

/// Loads every row into a server.
async fn load(restored: &Database, place: &Place, lake: &Path) -> Result<()> {
    let server = Database::open(place, lake).await?;
    let reading = restored.read().await?;
    let write = server.write(None).await?;
    copy_all(&reading, &write).await?;
    write.commit().await?;
    drop(reading);
    server.close().await
}
