//! Orphans: files that a step wrote and never committed. Nobody sees them, and they take room.
//!
//! They are looked for when a folder is opened, and after a failed step, while nothing else writes files.
//! Only a file that bears a name of ours and that no snapshot, old or new, has ever named is one.
//!
//! A step writes only events that were in the journal before. So a file with events that the database has never
//! heard of is no orphan: the database is missing, or older than its lake. Then nothing is removed.

use std::collections::HashSet;
use std::fs::File;
use std::path::{Path, PathBuf};

use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::file::statistics::Statistics;

use crate::error::{Error, Result};
use crate::lake::write::Class;

/// The orphans of a table's folder. `named` are the paths below it that the catalogue names.
pub(crate) fn orphans(table_folder: &Path, named: &HashSet<String>) -> Result<Vec<PathBuf>> {
    let mut found = files(table_folder)?;
    found.retain(|path| below(path, table_folder).is_some_and(|below| is_ours(below) && !named.contains(below)));
    Ok(found)
}

/// Removes orphans. Answers how many there were.
pub(crate) fn remove(orphans: &[PathBuf]) -> Result<u64> {
    for path in orphans {
        std::fs::remove_file(path).map_err(|e| Error::file(path, &e))?;
    }
    Ok(orphans.len() as u64)
}

/// Refuses orphans with events from `next_seq` on: the database would have to know them.
pub(crate) fn refuse_what_is_newer(orphans: &[PathBuf], next_seq: i64) -> Result<()> {
    for path in orphans {
        if let Some(seq) = newest_seq(path).filter(|seq| *seq >= next_seq) {
            return Err(older(path, &format!("it holds events up to seq {seq}, the database knows those before {next_seq}")));
        }
    }
    Ok(())
}

/// Whether a folder holds files of ours.
pub(crate) fn holds_files(table_folder: &Path) -> bool {
    files(table_folder).is_ok_and(|files| files.iter().any(|path| below(path, table_folder).is_some_and(is_ours)))
}

/// The refusal to work on a lake whose database is missing or older.
pub(crate) fn older(path: &Path, why: &str) -> Error {
    Error::Corrupt(format!(
        "{}: {why}, so the ledger's database (ledger.db and ledger.db-wal) is missing or older than the lake; nothing was removed: \
         put the newest database back, or restore a backup",
        path.display()
    ))
}

/// The newest seq of a file of events. None of one that was never finished.
fn newest_seq(path: &Path) -> Option<i64> {
    let reader = ParquetRecordBatchReaderBuilder::try_new(File::open(path).ok()?).ok()?;
    let metadata = reader.metadata();
    let columns = metadata.file_metadata().schema_descr();
    let seq = columns.columns().iter().position(|column| column.name() == "seq")?;
    let newest = |group: &parquet::file::metadata::RowGroupMetaData| match group.columns().get(seq)?.statistics()? {
        Statistics::Int64(of_seq) => of_seq.max_opt().copied(),
        _ => None,
    };
    metadata.row_groups().iter().filter_map(newest).max()
}

fn below<'a>(path: &'a Path, table_folder: &Path) -> Option<&'a str> {
    path.strip_prefix(table_folder).ok().and_then(Path::to_str)
}

fn is_ours(below: &str) -> bool {
    below.ends_with(".parquet") && Class::of_path(below).is_some()
}

fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    if !folder.is_dir() {
        return Ok(found);
    }
    for entry in std::fs::read_dir(folder).map_err(|e| Error::file(folder, &e))? {
        let path = entry.map_err(|e| Error::file(folder, &e))?.path();
        if path.is_dir() {
            found.extend(files(&path)?);
        } else {
            found.push(path);
        }
    }
    Ok(found)
}
