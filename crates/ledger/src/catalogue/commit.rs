//! A new snapshot of the lake: new files, and files that they replace.

use rollcall_model::Timestamp;

use super::{TableIds, moment_text};
use crate::database::{Queries, Write, get};
use crate::error::{Error, Result};
use crate::lake::{FileStatistics, WrittenFile};
use crate::schema::Table;

/// The numbers of the snapshot that comes next.
pub(crate) struct NextSnapshot {
    pub(crate) snapshot_id: i64,
    pub(crate) schema_version: i64,
    next_catalog_id: i64,
    next_file_id: i64,
}

impl NextSnapshot {
    pub(crate) fn take_catalog_id(&mut self) -> i64 {
        self.next_catalog_id += 1;
        self.next_catalog_id - 1
    }

    fn take_file_id(&mut self) -> i64 {
        self.next_file_id += 1;
        self.next_file_id - 1
    }
}

/// Reads the numbers of the newest snapshot and steps on.
pub(crate) async fn next_snapshot(write: &Write<'_>) -> Result<NextSnapshot> {
    let sql = "SELECT snapshot_id, schema_version, next_catalog_id, next_file_id FROM ducklake_snapshot ORDER BY snapshot_id DESC LIMIT 1";
    let row = write.one(sql, []).await?.ok_or_else(|| Error::Corrupt("a catalogue without a snapshot".to_owned()))?;
    let newest: i64 = get(&row, 0)?;
    Ok(NextSnapshot { snapshot_id: newest + 1, schema_version: get(&row, 1)?, next_catalog_id: get(&row, 2)?, next_file_id: get(&row, 3)? })
}

/// Adds the snapshot itself.
pub(crate) async fn insert_snapshot(write: &Write<'_>, next: &NextSnapshot, changes: &str) -> Result<()> {
    let now: Timestamp = jiff::Timestamp::now().into();
    let row = [
        next.snapshot_id.into(),
        moment_text(now).into(),
        next.schema_version.into(),
        next.next_catalog_id.into(),
        next.next_file_id.into(),
    ];
    write.run("INSERT INTO ducklake_snapshot VALUES ($1, $2, $3, $4, $5)", row).await?;
    let changed = [next.snapshot_id.into(), changes.into()];
    write.run("INSERT INTO ducklake_snapshot_changes(snapshot_id, changes_made) VALUES ($1, $2)", changed).await?;
    Ok(())
}

/// What one snapshot changes in one table.
pub(crate) struct TableChange<'a> {
    pub(crate) table: Table,
    /// Files that are durable on the disk and become visible.
    pub(crate) added: &'a [WrittenFile],
    /// Ids of files that are no longer part of the table, with the rows and bytes they held.
    pub(crate) removed: &'a [RemovedFile],
}

/// A file that a snapshot takes out of its table.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RemovedFile {
    pub(crate) data_file_id: i64,
    pub(crate) rows: i64,
    pub(crate) bytes: i64,
}

/// Adds one snapshot with all changes. Answers its id, and the ids of the added files in their order.
pub(crate) async fn commit(write: &Write<'_>, ids: TableIds, changes: &[TableChange<'_>]) -> Result<(i64, Vec<i64>)> {
    let mut next = next_snapshot(write).await?;
    let mut made = Vec::new();
    let mut file_ids = Vec::new();
    for change in changes {
        let table_id = ids.of(change.table);
        for file in change.removed {
            let row = [next.snapshot_id.into(), file.data_file_id.into()];
            let ended =
                write.run("UPDATE ducklake_data_file SET end_snapshot = $1 WHERE data_file_id = $2 AND end_snapshot IS NULL", row).await?;
            if ended != 1 {
                return Err(Error::Corrupt(format!("file {} to be replaced is not part of the lake", file.data_file_id)));
            }
        }
        file_ids.extend(add_files(write, &mut next, table_id, change).await?);
        if !change.added.is_empty() {
            made.push(format!("inserted_into_table:{table_id}"));
        }
        if !change.removed.is_empty() {
            made.push(format!("deleted_from_table:{table_id}"));
        }
    }
    insert_snapshot(write, &next, &made.join(",")).await?;
    Ok((next.snapshot_id, file_ids))
}

async fn add_files(write: &Write<'_>, next: &mut NextSnapshot, table_id: i64, change: &TableChange<'_>) -> Result<Vec<i64>> {
    let sql = "SELECT record_count, next_row_id, file_size_bytes FROM ducklake_table_stats WHERE table_id = $1";
    let row = write.one(sql, [table_id.into()]).await?.ok_or_else(|| Error::Corrupt(format!("table {table_id} without counts")))?;
    let (mut rows, mut next_row_id, mut bytes): (i64, i64, i64) = (get(&row, 0)?, get(&row, 1)?, get(&row, 2)?);
    let partition = write.one("SELECT partition_id FROM ducklake_partition_info WHERE table_id = $1", [table_id.into()]).await?;
    let partition_id: i64 = get(&partition.ok_or_else(|| Error::Corrupt(format!("table {table_id} without partitions")))?, 0)?;
    let mut ids = Vec::new();
    for file in change.added {
        let file_id = next.take_file_id();
        let row = [
            file_id.into(),
            table_id.into(),
            next.snapshot_id.into(),
            file.path.clone().into(),
            file.rows.into(),
            file.bytes.into(),
            file.footer_bytes.into(),
            next_row_id.into(),
            partition_id.into(),
        ];
        let sql = "INSERT INTO ducklake_data_file(data_file_id, table_id, begin_snapshot, path, path_is_relative, file_format, record_count, \
                   file_size_bytes, footer_size, row_id_start, partition_id) VALUES ($1, $2, $3, $4, 1, 'parquet', $5, $6, $7, $8, $9)";
        write.run(sql, row).await?;
        add_partition(write, table_id, file_id, file).await?;
        add_statistics(write, table_id, file_id, &file.statistics).await?;
        next_row_id += file.rows;
        rows += file.rows;
        bytes += file.bytes;
        ids.push(file_id);
    }
    rows -= change.removed.iter().map(|file| file.rows).sum::<i64>();
    bytes -= change.removed.iter().map(|file| file.bytes).sum::<i64>();
    let row = [rows.into(), next_row_id.into(), bytes.into(), table_id.into()];
    write.run("UPDATE ducklake_table_stats SET record_count = $1, next_row_id = $2, file_size_bytes = $3 WHERE table_id = $4", row).await?;
    Ok(ids)
}

pub(crate) async fn add_partition(write: &Write<'_>, table_id: i64, file_id: i64, file: &WrittenFile) -> Result<()> {
    let values = match file.day {
        Some(day) => [Some(day.year().to_string()), Some(day.month().to_string()), Some(day.day().to_string())],
        None => [None, None, None],
    };
    for (index, value) in (0_i64..).zip(values) {
        let row = [file_id.into(), table_id.into(), index.into(), value.into()];
        write.run("INSERT INTO ducklake_file_partition_value VALUES ($1, $2, $3, $4)", row).await?;
    }
    Ok(())
}

pub(crate) async fn add_statistics(write: &Write<'_>, table_id: i64, file_id: i64, statistics: &[FileStatistics]) -> Result<()> {
    for column in statistics {
        let row = [
            file_id.into(),
            table_id.into(),
            column.column_id.into(),
            column.bytes.into(),
            column.values.into(),
            column.nulls.into(),
            column.min.clone().into(),
            column.max.clone().into(),
        ];
        let sql = "INSERT INTO ducklake_file_column_stats(data_file_id, table_id, column_id, column_size_bytes, value_count, null_count, \
                   min_value, max_value) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
        write.run(sql, row).await?;
    }
    Ok(())
}
