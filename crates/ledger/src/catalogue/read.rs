//! The files of a snapshot, with the statistics by which a query leaves them out.

use std::collections::{HashMap, HashSet};

use super::TableIds;
use crate::database::{Read, get};
use crate::error::Result;
use crate::lake::{DataFile, FileStatistics};
use crate::schema::Table;

/// Reads the files of a table that are part of a snapshot.
pub(crate) async fn files(read: &Read, ids: TableIds, table: Table, snapshot_id: i64) -> Result<Vec<DataFile>> {
    let part_of = "table_id = $1 AND begin_snapshot <= $2 AND (end_snapshot IS NULL OR end_snapshot > $2)";
    let values = || [ids.of(table).into(), snapshot_id.into()];
    let sql = format!(
        "SELECT data_file_id, path, record_count, file_size_bytes, footer_size FROM ducklake_data_file WHERE {part_of} ORDER BY data_file_id"
    );
    let rows = read.all(&sql, values()).await?;
    let sql = format!(
        "SELECT data_file_id, column_id, column_size_bytes, value_count, null_count, min_value, max_value FROM ducklake_file_column_stats \
         WHERE table_id = $1 AND data_file_id IN (SELECT data_file_id FROM ducklake_data_file WHERE {part_of})"
    );
    let mut statistics: HashMap<i64, Vec<FileStatistics>> = HashMap::new();
    for row in read.all(&sql, values()).await? {
        statistics.entry(get(&row, 0)?).or_default().push(FileStatistics {
            column_id: get(&row, 1)?,
            bytes: get(&row, 2)?,
            values: get(&row, 3)?,
            nulls: get(&row, 4)?,
            min: get(&row, 5)?,
            max: get(&row, 6)?,
        });
    }
    let file = |row: &sea_orm::QueryResult| {
        let data_file_id = get(row, 0)?;
        let statistics = statistics.remove(&data_file_id).unwrap_or_default();
        Ok(DataFile::new(table, data_file_id, get(row, 1)?, get(row, 2)?, get(row, 3)?, get(row, 4)?, &statistics))
    };
    rows.iter().map(file).collect()
}

/// The paths of all files of a table that any snapshot names, also those that were replaced.
pub(crate) async fn paths(read: &Read, ids: TableIds, table: Table) -> Result<HashSet<String>> {
    let rows = read.all("SELECT path FROM ducklake_data_file WHERE table_id = $1", [ids.of(table).into()]).await?;
    rows.iter().map(|row| get(row, 0)).collect()
}
