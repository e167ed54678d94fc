//! The tables of the lake as Arrow schemas, made from the model's column lists.
//!
//! A column's field id is its position in the list plus one; the two fields inside a map follow after
//! all columns. DuckLake calls the same number `column_id`, and readers match a file's columns by it.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

use arrow::datatypes::{DataType, Field, Fields, Schema, SchemaRef, TimeUnit};
use rollcall_model::columns::{COUNTS, Column, ColumnType, EVENTS, SESSIONS};

/// The key under which the Parquet writer finds a field's id.
const FIELD_ID: &str = "PARQUET:field_id";

/// One of a tenant's tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Table {
    /// Every event.
    Events,
    /// Every session.
    Sessions,
    /// How many events there were, by the columns that have few values.
    Counts,
}

impl Table {
    /// All tables, in the order in which they are made.
    pub const ALL: [Table; 3] = [Table::Events, Table::Sessions, Table::Counts];

    /// Its name in the lake.
    pub fn name(self) -> &'static str {
        match self {
            Table::Events => "events",
            Table::Sessions => "sessions",
            Table::Counts => "counts",
        }
    }

    /// Its columns.
    pub fn columns(self) -> &'static [Column] {
        match self {
            Table::Events => EVENTS,
            Table::Sessions => SESSIONS,
            Table::Counts => COUNTS,
        }
    }

    /// Its Arrow schema.
    pub fn schema(self) -> SchemaRef {
        static EVENTS_SCHEMA: LazyLock<SchemaRef> = LazyLock::new(|| schema_of(EVENTS));
        static SESSIONS_SCHEMA: LazyLock<SchemaRef> = LazyLock::new(|| schema_of(SESSIONS));
        static COUNTS_SCHEMA: LazyLock<SchemaRef> = LazyLock::new(|| schema_of(COUNTS));
        match self {
            Table::Events => EVENTS_SCHEMA.clone(),
            Table::Sessions => SESSIONS_SCHEMA.clone(),
            Table::Counts => COUNTS_SCHEMA.clone(),
        }
    }

    /// The time by whose day its files are laid out. A session without an end has none.
    pub fn partition_column(self) -> &'static str {
        match self {
            Table::Events => "event_time",
            Table::Sessions => "ended_at",
            Table::Counts => "start_time",
        }
    }
}

/// Type of moments in every table.
pub fn timestamp_type() -> DataType {
    DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()))
}

/// The ids of the two fields inside a table's map column: after all columns.
pub(crate) fn map_field_ids(columns: &[Column]) -> (i64, i64) {
    let columns = i64::try_from(columns.len()).unwrap_or(i64::MAX - 2);
    (columns + 1, columns + 2)
}

/// The fields of an entry of a map column: with ids as the lake has them, or bare as builders make them.
pub(crate) fn map_entry_fields(ids: Option<(i64, i64)>) -> Fields {
    let key = Field::new("key", DataType::Utf8, false);
    let value = Field::new("value", DataType::Utf8, true);
    match ids {
        Some((key_id, value_id)) => Fields::from(vec![with_id(key, key_id), with_id(value, value_id)]),
        None => Fields::from(vec![key, value]),
    }
}

fn map_type(ids: Option<(i64, i64)>) -> DataType {
    DataType::Map(Arc::new(Field::new("key_value", DataType::Struct(map_entry_fields(ids)), false)), false)
}

fn with_id(field: Field, id: i64) -> Field {
    field.with_metadata(HashMap::from([(FIELD_ID.to_owned(), id.to_string())]))
}

fn schema_of(columns: &[Column]) -> SchemaRef {
    let ids = map_field_ids(columns);
    let fields: Vec<Field> = columns
        .iter()
        .zip(1_i64..)
        .map(|(column, id)| {
            let data_type = match column.column_type {
                ColumnType::Int64 => DataType::Int64,
                ColumnType::Int32 => DataType::Int32,
                ColumnType::Float64 => DataType::Float64,
                ColumnType::Boolean => DataType::Boolean,
                ColumnType::Uuid => DataType::FixedSizeBinary(16),
                ColumnType::Timestamp => timestamp_type(),
                ColumnType::Text => DataType::Utf8View,
                ColumnType::Map => map_type(Some(ids)),
            };
            let mut field = with_id(Field::new(column.name, data_type, !column.required), id);
            if column.column_type == ColumnType::Uuid {
                // The canonical extension type makes the Parquet writer mark the column as a UUID.
                let mut metadata = field.metadata().clone();
                metadata.insert("ARROW:extension:name".to_owned(), "arrow.uuid".to_owned());
                field = field.with_metadata(metadata);
            }
            field
        })
        .collect();
    Arc::new(Schema::new(fields))
}

/// Position of a column in a table.
pub(crate) fn position(table: Table, name: &str) -> usize {
    table.columns().iter().position(|column| column.name == name).unwrap_or(usize::MAX)
}
