//! The lake's catalogue: the tables of DuckLake 1.0, as its specification names them.
//!
//! We write them ourselves because a commit must be one transaction with the journal's deletion. What
//! is written here is proved by attaching the lake from DuckDB's own extension in a test.
//!
//! - this file: the tables themselves, the first snapshot, and where the files are
//! - [`commit`]: a new snapshot with new files and replaced ones
//! - [`read`]: the files of a snapshot

pub(crate) mod commit;
pub(crate) mod read;

use std::path::Path;

use rollcall_model::columns::{Column, ColumnType};
use rollcall_model::{TenantId, Timestamp};
use uuid::Uuid;

use crate::database::{Queries, Write, get};
use crate::error::Result;
use crate::schema::{Table, map_field_ids, position};

/// Version of the DuckLake specification that is written.
const VERSION: &str = "1.0";

/// Every table of the specification, also those that stay empty: readers look into them.
const TABLES: &[&str] = &[
    "ducklake_metadata(key VARCHAR NOT NULL, value VARCHAR NOT NULL, scope VARCHAR, scope_id BIGINT)",
    "ducklake_snapshot(snapshot_id BIGINT PRIMARY KEY, snapshot_time VARCHAR, schema_version BIGINT, next_catalog_id BIGINT, next_file_id BIGINT)",
    "ducklake_snapshot_changes(snapshot_id BIGINT PRIMARY KEY, changes_made VARCHAR, author VARCHAR, commit_message VARCHAR, commit_extra_info VARCHAR)",
    "ducklake_schema(schema_id BIGINT PRIMARY KEY, schema_uuid VARCHAR, begin_snapshot BIGINT, end_snapshot BIGINT, schema_name VARCHAR, path VARCHAR, path_is_relative BIGINT)",
    "ducklake_table(table_id BIGINT, table_uuid VARCHAR, begin_snapshot BIGINT, end_snapshot BIGINT, schema_id BIGINT, table_name VARCHAR, path VARCHAR, path_is_relative BIGINT)",
    "ducklake_view(view_id BIGINT, view_uuid VARCHAR, begin_snapshot BIGINT, end_snapshot BIGINT, schema_id BIGINT, view_name VARCHAR, dialect VARCHAR, sql VARCHAR, column_aliases VARCHAR)",
    "ducklake_tag(object_id BIGINT, begin_snapshot BIGINT, end_snapshot BIGINT, key VARCHAR, value VARCHAR)",
    "ducklake_column_tag(table_id BIGINT, column_id BIGINT, begin_snapshot BIGINT, end_snapshot BIGINT, key VARCHAR, value VARCHAR)",
    "ducklake_data_file(data_file_id BIGINT PRIMARY KEY, table_id BIGINT, begin_snapshot BIGINT, end_snapshot BIGINT, file_order BIGINT, path VARCHAR, path_is_relative BIGINT, file_format VARCHAR, record_count BIGINT, file_size_bytes BIGINT, footer_size BIGINT, row_id_start BIGINT, partition_id BIGINT, encryption_key VARCHAR, mapping_id BIGINT, partial_max BIGINT)",
    "ducklake_file_column_stats(data_file_id BIGINT, table_id BIGINT, column_id BIGINT, column_size_bytes BIGINT, value_count BIGINT, null_count BIGINT, min_value VARCHAR, max_value VARCHAR, contains_nan BIGINT, extra_stats VARCHAR)",
    "ducklake_file_variant_stats(data_file_id BIGINT, table_id BIGINT, column_id BIGINT, variant_path VARCHAR, shredded_type VARCHAR, column_size_bytes BIGINT, value_count BIGINT, null_count BIGINT, min_value VARCHAR, max_value VARCHAR, contains_nan BIGINT, extra_stats VARCHAR)",
    "ducklake_delete_file(delete_file_id BIGINT PRIMARY KEY, table_id BIGINT, begin_snapshot BIGINT, end_snapshot BIGINT, data_file_id BIGINT, path VARCHAR, path_is_relative BIGINT, format VARCHAR, delete_count BIGINT, file_size_bytes BIGINT, footer_size BIGINT, encryption_key VARCHAR, partial_max BIGINT)",
    "ducklake_column(column_id BIGINT, begin_snapshot BIGINT, end_snapshot BIGINT, table_id BIGINT, column_order BIGINT, column_name VARCHAR, column_type VARCHAR, initial_default VARCHAR, default_value VARCHAR, nulls_allowed BIGINT, parent_column BIGINT, default_value_type VARCHAR, default_value_dialect VARCHAR)",
    "ducklake_table_stats(table_id BIGINT, record_count BIGINT, next_row_id BIGINT, file_size_bytes BIGINT)",
    "ducklake_table_column_stats(table_id BIGINT, column_id BIGINT, contains_null BIGINT, contains_nan BIGINT, min_value VARCHAR, max_value VARCHAR, extra_stats VARCHAR)",
    "ducklake_partition_info(partition_id BIGINT, table_id BIGINT, begin_snapshot BIGINT, end_snapshot BIGINT)",
    "ducklake_partition_column(partition_id BIGINT, table_id BIGINT, partition_key_index BIGINT, column_id BIGINT, transform VARCHAR)",
    "ducklake_file_partition_value(data_file_id BIGINT, table_id BIGINT, partition_key_index BIGINT, partition_value VARCHAR)",
    "ducklake_files_scheduled_for_deletion(data_file_id BIGINT, path VARCHAR, path_is_relative BIGINT, schedule_start VARCHAR)",
    "ducklake_inlined_data_tables(table_id BIGINT, table_name VARCHAR, schema_version BIGINT)",
    "ducklake_column_mapping(mapping_id BIGINT, table_id BIGINT, type VARCHAR)",
    "ducklake_name_mapping(mapping_id BIGINT, column_id BIGINT, source_name VARCHAR, target_field_id BIGINT, parent_column BIGINT, is_partition BIGINT)",
    "ducklake_schema_versions(begin_snapshot BIGINT, schema_version BIGINT, table_id BIGINT)",
    "ducklake_macro(schema_id BIGINT, macro_id BIGINT, macro_name VARCHAR, begin_snapshot BIGINT, end_snapshot BIGINT)",
    "ducklake_macro_impl(macro_id BIGINT, impl_id BIGINT, dialect VARCHAR, sql VARCHAR, type VARCHAR)",
    "ducklake_macro_parameters(macro_id BIGINT, impl_id BIGINT, column_id BIGINT, parameter_name VARCHAR, parameter_type VARCHAR, default_value VARCHAR, default_value_type VARCHAR)",
    "ducklake_sort_info(sort_id BIGINT, table_id BIGINT, begin_snapshot BIGINT, end_snapshot BIGINT)",
    "ducklake_sort_expression(sort_id BIGINT, table_id BIGINT, sort_key_index BIGINT, expression VARCHAR, dialect VARCHAR, sort_direction VARCHAR, null_order VARCHAR)",
];

/// Which files of a table are looked for again and again.
const INDEXES: &[(&str, &str)] = &[
    ("rollcall_data_file_table", "ducklake_data_file(table_id, end_snapshot)"),
    ("rollcall_file_column_stats_file", "ducklake_file_column_stats(data_file_id, column_id)"),
];

/// Makes the catalogue where there is none, and puts right where the files are.
pub(crate) async fn prepare(write: &Write<'_>, lake: &Path) -> Result<()> {
    for table in TABLES {
        write.run(&format!("CREATE TABLE IF NOT EXISTS {table}"), []).await?;
    }
    for (name, on) in INDEXES {
        write.make_index("INDEX", name, on).await?;
    }
    if write.one("SELECT snapshot_id FROM ducklake_snapshot LIMIT 1", []).await?.is_none() {
        begin(write).await?;
    }
    // A folder that was moved: readers from outside find the files by this path.
    let path = format!("{}/", lake.display());
    write.run("UPDATE ducklake_metadata SET value = $1 WHERE key = 'data_path' AND value <> $1", [path.into()]).await?;
    Ok(())
}

/// The first snapshot: an empty lake with DuckLake's own schema `main`.
async fn begin(write: &Write<'_>) -> Result<()> {
    let created_by = concat!("rollcall ", env!("CARGO_PKG_VERSION"));
    for (key, value) in [("version", VERSION), ("created_by", created_by), ("data_path", ""), ("encrypted", "false")] {
        write.run("INSERT INTO ducklake_metadata(key, value) VALUES ($1, $2)", [key.into(), value.into()]).await?;
    }
    let now: Timestamp = jiff::Timestamp::now().into();
    let snapshot = [moment_text(now).into()];
    write.run("INSERT INTO ducklake_snapshot VALUES (0, $1, 0, 1, 0)", snapshot).await?;
    write.run("INSERT INTO ducklake_snapshot_changes(snapshot_id, changes_made) VALUES (0, 'created_schema:\"main\"')", []).await?;
    let uuid = Uuid::new_v4().to_string();
    write.run("INSERT INTO ducklake_schema VALUES (0, $1, 0, NULL, 'main', 'main/', 1)", [uuid.into()]).await?;
    Ok(())
}

/// Makes a tenant's schema and those of its tables that are missing, in one snapshot. Answers the tables.
pub(crate) async fn ensure_tenant(write: &Write<'_>, tenant: &TenantId) -> Result<TableIds> {
    let mut next = commit::next_snapshot(write).await?;
    let mut changes = Vec::new();
    let name = tenant.as_str();
    let sql = "SELECT schema_id FROM ducklake_schema WHERE schema_name = $1 AND end_snapshot IS NULL";
    let schema_id = match write.one(sql, [name.into()]).await? {
        Some(row) => get(&row, 0)?,
        None => {
            let (schema_id, uuid) = (next.take_catalog_id(), Uuid::new_v4().to_string());
            let schema = [schema_id.into(), uuid.into(), next.snapshot_id.into(), name.into(), format!("{name}/").into()];
            write.run("INSERT INTO ducklake_schema VALUES ($1, $2, $3, NULL, $4, $5, 1)", schema).await?;
            changes.push(format!("created_schema:\"{name}\""));
            schema_id
        }
    };
    let mut ids = [0_i64; Table::ALL.len()];
    for (id, table) in ids.iter_mut().zip(Table::ALL) {
        let sql = "SELECT table_id FROM ducklake_table WHERE schema_id = $1 AND table_name = $2 AND end_snapshot IS NULL";
        *id = match write.one(sql, [schema_id.into(), table.name().into()]).await? {
            Some(row) => get(&row, 0)?,
            None => {
                changes.push(format!("created_table:\"{name}\".\"{}\"", table.name()));
                create_table(write, &mut next, schema_id, table).await?
            }
        };
    }
    if !changes.is_empty() {
        next.schema_version += 1;
        commit::insert_snapshot(write, &next, &changes.join(",")).await?;
    }
    Ok(TableIds(ids))
}

async fn create_table(write: &Write<'_>, next: &mut commit::NextSnapshot, schema_id: i64, table: Table) -> Result<i64> {
    let (snapshot, table_id, name) = (next.snapshot_id, next.take_catalog_id(), table.name());
    let uuid = Uuid::new_v4().to_string();
    let row = [table_id.into(), uuid.into(), snapshot.into(), schema_id.into(), name.into(), format!("{name}/").into()];
    write.run("INSERT INTO ducklake_table VALUES ($1, $2, $3, NULL, $4, $5, $6, 1)", row).await?;
    for (column, id) in table.columns().iter().zip(1_i64..) {
        insert_column(write, snapshot, table_id, id, column.name, type_name(column), !column.required, None).await?;
        if column.column_type == ColumnType::Map {
            let (key, value) = map_field_ids(table.columns());
            insert_column(write, snapshot, table_id, key, "key", "varchar", false, Some(id)).await?;
            insert_column(write, snapshot, table_id, value, "value", "varchar", true, Some(id)).await?;
        }
    }
    let partition_id = next.take_catalog_id();
    write
        .run("INSERT INTO ducklake_partition_info VALUES ($1, $2, $3, NULL)", [partition_id.into(), table_id.into(), snapshot.into()])
        .await?;
    let partition_column = i64::try_from(position(table, table.partition_column())).unwrap_or(0) + 1;
    // DuckLake's day() is the day of the month: only the three together are a day.
    for (index, transform) in (0_i64..).zip(["year", "month", "day"]) {
        let row = [partition_id.into(), table_id.into(), index.into(), partition_column.into(), transform.into()];
        write.run("INSERT INTO ducklake_partition_column VALUES ($1, $2, $3, $4, $5)", row).await?;
    }
    write.run("INSERT INTO ducklake_table_stats VALUES ($1, 0, 0, 0)", [table_id.into()]).await?;
    let versions = [snapshot.into(), (next.schema_version + 1).into(), table_id.into()];
    write.run("INSERT INTO ducklake_schema_versions VALUES ($1, $2, $3)", versions).await?;
    Ok(table_id)
}

#[allow(clippy::too_many_arguments)] // a row of the catalogue, column by column
async fn insert_column(
    write: &Write<'_>,
    snapshot: i64,
    table_id: i64,
    id: i64,
    name: &str,
    type_name: &str,
    nulls_allowed: bool,
    parent: Option<i64>,
) -> Result<()> {
    let row = [id.into(), snapshot.into(), table_id.into(), name.into(), type_name.into(), i64::from(nulls_allowed).into(), parent.into()];
    let sql = "INSERT INTO ducklake_column(column_id, begin_snapshot, table_id, column_order, column_name, column_type, \
               default_value, nulls_allowed, parent_column, default_value_type, default_value_dialect) \
               VALUES ($1, $2, $3, $1, $4, $5, 'NULL', $6, $7, 'literal', 'duckdb')";
    write.run(sql, row).await?;
    Ok(())
}

/// DuckLake's name of a column's type.
fn type_name(column: &Column) -> &'static str {
    match column.column_type {
        ColumnType::Int64 => "int64",
        ColumnType::Int32 => "int32",
        ColumnType::Float64 => "float64",
        ColumnType::Boolean => "boolean",
        ColumnType::Uuid => "uuid",
        ColumnType::Timestamp => "timestamptz",
        ColumnType::Text => "varchar",
        ColumnType::Map => "map",
    }
}

/// A moment as the catalogue's texts have it, such as `2026-04-15 06:59:58.12+00`.
pub(crate) fn moment_text(moment: Timestamp) -> String {
    moment.to_string().replace('T', " ").replace('Z', "+00")
}

/// The moment of such a text.
pub(crate) fn parse_moment_text(text: &str) -> Option<Timestamp> {
    text.replacen(' ', "T", 1).replace("+00", "Z").parse().ok()
}

/// The ids of a tenant's tables, in the order of [`Table::ALL`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TableIds([i64; Table::ALL.len()]);

impl TableIds {
    pub(crate) fn of(self, table: Table) -> i64 {
        let of = Table::ALL.into_iter().zip(self.0).find(|(of, _)| *of == table);
        of.map_or(-1, |(_, id)| id)
    }
}
