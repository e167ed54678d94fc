//! The database's copy: a SQLite file with the ledger as of one moment.
//!
//! SQLite's own `VACUUM INTO` copies a file as it is, in whatever format, in one read that lasts as long as
//! the journal and the catalogue take to be written: seconds, during which the write-ahead log may grow. From
//! PostgreSQL the rows are read in one transaction.

use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions, Connection};

use super::Copied;
use super::files::LakeFile;
use crate::database::copy::{copy_all, table_names};
use crate::database::{Database, Place, Queries, Write, get};
use crate::error::{Error, Result};

/// How a SQLite file is opened that is to be copied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Access {
    /// Others may write to it.
    Shared,
    /// Nobody writes to it, and it is to stay as it is.
    ReadOnly,
}

/// Refuses a database without a ledger, and one on a server in a format that is not this version's.
pub(super) async fn require_ledger(database: &Database, place: &Place) -> Result<()> {
    let reading = database.read().await?;
    let place = match place {
        Place::File(path) => path.display().to_string(),
        Place::Postgres { schema, .. } => format!("the schema {schema}"),
    };
    if !table_names(&reading).await?.contains("rollcall_meta") {
        return Err(Error::NotPossible(format!("{place} holds no ledger")));
    }
    let found = format(&reading).await?;
    let supported = crate::database::tables::FORMAT;
    if found > supported {
        return Err(Error::TooNew { found, supported });
    }
    // Rows go into tables of this version; a file is copied as it is.
    if database.is_shared() && found < supported {
        return Err(Error::NotPossible(format!(
            "{place} has format {found}, this Rollcall writes {supported}; use the version that runs on it"
        )));
    }
    Ok(())
}

async fn format(reading: &impl Queries) -> Result<i64> {
    let row = reading.one("SELECT value FROM rollcall_meta WHERE name = 'format'", []).await?;
    row.map_or(Ok(0), |row| get(&row, 0))
}

/// Copies the database of a place into a file that is not there yet.
pub(super) async fn copy(place: &Place, database: &Database, to: &Path) -> Result<()> {
    match place {
        Place::File(path) => copy_file(path, to, Access::Shared).await,
        Place::Postgres { .. } => {
            let lake = to.parent().unwrap_or(to).join("lake");
            let target = Database::open(&Place::File(to.to_path_buf()), &lake).await?;
            let reading = database.read().await?;
            let write = target.write(None).await?;
            copy_all(&reading, &write).await?;
            write.commit().await?;
            target.close().await
        }
    }
}

/// Copies a SQLite file.
pub(super) async fn copy_file(from: &Path, to: &Path, access: Access) -> Result<()> {
    let failed = |what: &Path, error: sqlx::Error| Error::file(what, &error);
    let target = to.to_str().ok_or_else(|| Error::file(to, &"expected a path in UTF-8"))?;
    // SQLite would make it readable for others; an empty file it takes as it is.
    std::fs::File::options().write(true).create_new(true).mode(0o600).open(to).map_err(|e| Error::file(to, &e))?;
    let mut options = SqliteConnectOptions::new().filename(from).create_if_missing(false).disable_statement_logging();
    if access == Access::ReadOnly {
        // Without a log beside it, SQLite needs to write nothing to read it: it may lie on a read-only disk.
        options = options.read_only(true).immutable(!beside(from, "-wal").exists());
    }
    let mut connection = SqliteConnection::connect_with(&options).await.map_err(|e| failed(from, e))?;
    let copied = sqlx::query("VACUUM INTO ?").bind(target).execute(&mut connection).await;
    copied.map_err(|e| failed(from, e))?;
    connection.close().await.map_err(|e| failed(from, e))?;
    check(to).await
}

/// Asks SQLite whether a file is whole.
async fn check(path: &Path) -> Result<()> {
    let database = Database::connect(&Place::File(path.to_path_buf())).await?;
    let reading = database.read().await?;
    let row = reading.one("PRAGMA quick_check(1)", []).await?;
    let found: String = row.map_or(Ok(String::new()), |row| get(&row, 0))?;
    drop(reading);
    database.close().await?;
    if found == "ok" { Ok(()) } else { Err(Error::Corrupt(format!("the copy {} is not whole: {found}", path.display()))) }
}

/// Removes a copy, with what SQLite puts beside it.
pub(super) fn remove(path: &Path) -> Result<()> {
    for path in [path.to_path_buf(), beside(path, "-wal"), beside(path, "-shm")] {
        match std::fs::remove_file(&path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(Error::file(path, &error)),
            _ => {}
        }
    }
    Ok(())
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// Leaves the newest snapshot alone in a copy, says where its lake is, and answers what it holds and names.
pub(super) async fn settle(copy: &Path, lake: &Path) -> Result<(Copied, Vec<LakeFile>)> {
    let database = Database::connect(&Place::File(copy.to_path_buf())).await?;
    let write = database.write(None).await?;
    let row = write.one("SELECT max(snapshot_id) FROM ducklake_snapshot", []).await?;
    let snapshot_id: i64 = row.map_or(Ok(0), |row| get(&row, 0))?;
    forget_readers(&write).await?;
    forget_snapshots(&write, snapshot_id).await?;
    let path = format!("{}/", lake.display());
    write.run("UPDATE ducklake_metadata SET value = $1 WHERE key = 'data_path'", [path.into()]).await?;
    let contents = contents(&write, snapshot_id).await?;
    write.commit().await?;
    database.close().await?;
    Ok(contents)
}

/// Nobody pages through a copy: leases go, and the rows that only they kept.
async fn forget_readers(write: &Write<'_>) -> Result<()> {
    write.run("DELETE FROM rollcall_lease", []).await?;
    write.run("DELETE FROM rollcall_journal WHERE archived_snapshot IS NOT NULL", []).await?;
    Ok(())
}

/// Every snapshot but one goes, and what is known of files that it does not have.
async fn forget_snapshots(write: &Write<'_>, snapshot_id: i64) -> Result<()> {
    write.run("DELETE FROM ducklake_data_file WHERE end_snapshot IS NOT NULL", []).await?;
    // Statistics, partitions, files that wait to be deleted, and whatever else is said of single files.
    let sql = "SELECT m.name FROM sqlite_master m JOIN pragma_table_info(m.name) c ON c.name = 'data_file_id' \
               WHERE m.type = 'table' AND m.name <> 'ducklake_data_file'";
    for row in write.all(sql, []).await? {
        let table: String = get(&row, 0)?;
        write.run(&format!("DELETE FROM {table} WHERE data_file_id NOT IN (SELECT data_file_id FROM ducklake_data_file)"), []).await?;
    }
    for table in ["ducklake_snapshot", "ducklake_snapshot_changes"] {
        write.run(&format!("DELETE FROM {table} WHERE snapshot_id <> $1"), [snapshot_id.into()]).await?;
    }
    // Of each tenant stays what is so since some snapshot: how far its lake goes, where its sessions begin.
    for table in ["rollcall_archive", "rollcall_edge"] {
        if !table_names(write).await?.contains(table) {
            // In an earlier format.
            continue;
        }
        let earlier = format!(
            "DELETE FROM {table} WHERE EXISTS (SELECT 1 FROM {table} later \
             WHERE later.tenant = {table}.tenant AND later.snapshot_id > {table}.snapshot_id)"
        );
        write.run(&earlier, []).await?;
        write.run(&format!("UPDATE {table} SET snapshot_id = $1"), [snapshot_id.into()]).await?;
    }
    let has_own = "SELECT 1 FROM pragma_table_info('rollcall_tenant') WHERE name = 'snapshot_id'";
    if write.one(has_own, []).await?.is_some() {
        write.run("UPDATE rollcall_tenant SET snapshot_id = $1", [snapshot_id.into()]).await?;
    }
    Ok(())
}

async fn contents(reading: &impl Queries, snapshot_id: i64) -> Result<(Copied, Vec<LakeFile>)> {
    let mut copied = Copied { snapshot_id, ..Copied::default() };
    for row in reading.all("SELECT tenant, next_seq FROM rollcall_tenant", []).await? {
        copied.tenants.insert(get(&row, 0)?, get(&row, 1)?);
    }
    let journal = reading.one("SELECT CAST(COALESCE(SUM(next_seq - first_seq), 0) AS BIGINT) FROM rollcall_journal", []).await?;
    copied.journal_events = journal.map_or(Ok(0), |row| get(&row, 0))?;
    let sql = "SELECT s.path || t.path || f.path, f.file_size_bytes FROM ducklake_data_file f \
               JOIN ducklake_table t ON t.table_id = f.table_id JOIN ducklake_schema s ON s.schema_id = t.schema_id ORDER BY f.data_file_id";
    let mut files = Vec::new();
    for row in reading.all(sql, []).await? {
        let bytes: i64 = get(&row, 1)?;
        files.push(LakeFile { path: get(&row, 0)?, bytes: u64::try_from(bytes).unwrap_or(0) });
    }
    let named = reading.one("SELECT count(*) FROM ducklake_data_file", []).await?;
    let named: i64 = named.map_or(Ok(0), |row| get(&row, 0))?;
    if usize::try_from(named).ok() != Some(files.len()) {
        return Err(Error::Corrupt(format!("{named} files are in the catalogue, {} of them in a table", files.len())));
    }
    Ok((copied, files))
}
