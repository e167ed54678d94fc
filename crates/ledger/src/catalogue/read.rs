//! The files of a snapshot, with the statistics by which a query leaves them out.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use sea_orm::QueryResult;

use super::TableIds;
use crate::database::{Queries, get};
use crate::error::Result;
use crate::lake::{DataFile, FileStatistics};
use crate::schema::Table;

/// From that many files on, the statistics of all of a snapshot are read at once.
const MANY_FILES: usize = 20;

const STATISTICS: &str = "SELECT data_file_id, column_id, column_size_bytes, value_count, null_count, min_value, max_value \
                          FROM ducklake_file_column_stats";

/// Reads the files of a table that are part of a snapshot. What is `known` of files already isn't read again.
pub(crate) async fn files(
    read: &impl Queries,
    ids: TableIds,
    table: Table,
    snapshot_id: i64,
    known: &HashMap<i64, Arc<DataFile>>,
) -> Result<Vec<Arc<DataFile>>> {
    let part_of = "table_id = $1 AND begin_snapshot <= $2 AND (end_snapshot IS NULL OR end_snapshot > $2)";
    let values = || [ids.of(table).into(), snapshot_id.into()];
    let sql = format!(
        "SELECT data_file_id, path, record_count, file_size_bytes, footer_size FROM ducklake_data_file WHERE {part_of} ORDER BY data_file_id"
    );
    let rows = read.all(&sql, values()).await?;
    let mut new = HashSet::new();
    for row in &rows {
        let id: i64 = get(row, 0)?;
        if !known.contains_key(&id) {
            new.insert(id);
        }
    }
    let mut statistics: HashMap<i64, Vec<FileStatistics>> = HashMap::new();
    if new.len() > MANY_FILES {
        let of_files =
            format!("{STATISTICS} WHERE table_id = $1 AND data_file_id IN (SELECT data_file_id FROM ducklake_data_file WHERE {part_of})");
        add_statistics(&mut statistics, &read.all(&of_files, values()).await?)?;
    } else {
        for &id in &new {
            let of_file = format!("{STATISTICS} WHERE data_file_id = $1");
            add_statistics(&mut statistics, &read.all(&of_file, [id.into()]).await?)?;
        }
    }
    let file = |row: &QueryResult| {
        let id: i64 = get(row, 0)?;
        if let Some(file) = known.get(&id) {
            return Ok(Arc::clone(file));
        }
        let statistics = statistics.remove(&id).unwrap_or_default();
        Ok(Arc::new(DataFile::new(table, id, get(row, 1)?, get(row, 2)?, get(row, 3)?, get(row, 4)?, &statistics)))
    };
    rows.iter().map(file).collect()
}

fn add_statistics(statistics: &mut HashMap<i64, Vec<FileStatistics>>, rows: &[QueryResult]) -> Result<()> {
    for row in rows {
        statistics.entry(get(row, 0)?).or_default().push(FileStatistics {
            column_id: get(row, 1)?,
            bytes: get(row, 2)?,
            values: get(row, 3)?,
            nulls: get(row, 4)?,
            min: get(row, 5)?,
            max: get(row, 6)?,
        });
    }
    Ok(())
}

/// The paths of all files of a table that any snapshot names, also those that were replaced, and those
/// that wait to be deleted.
pub(crate) async fn paths(read: &impl Queries, ids: TableIds, table: Table) -> Result<HashSet<String>> {
    let rows = read.all("SELECT path FROM ducklake_data_file WHERE table_id = $1", [ids.of(table).into()]).await?;
    rows.iter().map(|row| get(row, 0)).collect()
}
