//! The lake: immutable Parquet files, which the catalogue makes visible.
//!
//! - this file: what is known of a file
//! - [`layout`]: the classes of rows, and how each lies in its files
//! - [`write`]: sorted, durable files, one per day and class of rows
//! - [`statistics`]: what the catalogue says of a file's columns
//! - [`ids`]: which events a file or the tail holds, by their ids
//! - [`prune`]: which files a query can leave out
//! - [`agents`]: of whom a file has rows
//! - [`certain`]: which conditions all rows of a file meet
//! - [`table`]: the files of a snapshot and the journal's tail as one table of the query engine
//! - [`selection`]: how many rows a plan selects, and the files in which its first rows lie
//! - [`stretches`]: a column's values in parts with about as many rows each
//! - [`streams`]: the memory in which all rows are sorted that are streamed
//! - [`matches`]: how many rows of a file match some filters
//! - [`read`]: parts of files for the query engine
//! - [`sweep`]: files that were never committed
//! - [`store`]: where the query engine reads the files from

pub(crate) mod agents;
pub(crate) mod certain;
pub(crate) mod early;
pub(crate) mod ids;
pub(crate) mod instances;
pub(crate) mod layout;
pub(crate) mod matches;
pub(crate) mod prune;
pub(crate) mod read;
pub(crate) mod remembered;
pub(crate) mod selection;
pub(crate) mod statistics;
pub(crate) mod store;
pub(crate) mod streams;
pub(crate) mod stretches;
pub(crate) mod sweep;
pub(crate) mod table;
pub(crate) mod values;
pub(crate) mod write;

use std::collections::HashMap;
use std::str::FromStr;

use datafusion::scalar::ScalarValue;
use jiff::civil::Date;
use rollcall_model::Timestamp;
use rollcall_model::columns::ColumnType;

use crate::catalogue::parse_moment_text;
use crate::schema::Table;

/// Statistics of one column of one file, as the catalogue has them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FileStatistics {
    pub(crate) column_id: i64,
    pub(crate) bytes: i64,
    pub(crate) values: i64,
    pub(crate) nulls: i64,
    pub(crate) min: Option<String>,
    pub(crate) max: Option<String>,
}

/// A file that was written and is durable, but that nobody sees yet.
#[derive(Debug, Clone)]
pub(crate) struct WrittenFile {
    /// Path below the table's folder.
    pub(crate) path: String,
    /// The calendar day (UTC) of its rows; none for sessions without an end.
    pub(crate) day: Option<Date>,
    pub(crate) rows: i64,
    pub(crate) bytes: i64,
    pub(crate) footer_bytes: i64,
    pub(crate) statistics: Vec<FileStatistics>,
}

/// Smallest and largest value of a column in a file, and how many rows have none.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Bounds {
    pub(crate) min: ScalarValue,
    pub(crate) max: ScalarValue,
    pub(crate) nulls: i64,
}

/// A file of a snapshot.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct DataFile {
    pub(crate) data_file_id: i64,
    /// Path below the table's folder.
    pub(crate) path: String,
    pub(crate) rows: i64,
    pub(crate) bytes: i64,
    pub(crate) footer_bytes: i64,
    /// By column name.
    pub(crate) bounds: HashMap<&'static str, Bounds>,
}

impl DataFile {
    pub(crate) fn new(
        table: Table,
        data_file_id: i64,
        path: String,
        rows: i64,
        bytes: i64,
        footer_bytes: i64,
        statistics: &[FileStatistics],
    ) -> Self {
        let bounds = statistics.iter().filter_map(|column| {
            let column_definition = table.columns().get(usize::try_from(column.column_id - 1).ok()?)?;
            let null = scalar(column_definition.column_type, None)?;
            let bound = |text: &Option<String>| {
                text.as_deref().map_or(Some(null.clone()), |text| scalar(column_definition.column_type, Some(text)))
            };
            Some((column_definition.name, Bounds { min: bound(&column.min)?, max: bound(&column.max)?, nulls: column.nulls }))
        });
        DataFile { data_file_id, path, rows, bytes, footer_bytes, bounds: bounds.collect() }
    }

    /// The file that a written one becomes once it is committed.
    pub(crate) fn committed(table: Table, data_file_id: i64, file: &WrittenFile) -> Self {
        Self::new(table, data_file_id, file.path.clone(), file.rows, file.bytes, file.footer_bytes, &file.statistics)
    }

    /// The calendar day (UTC) of its rows, by the folder that it is in.
    pub(crate) fn day(&self) -> Option<Date> {
        let mut parts = self.path.split('/');
        let mut number = |name: &str| parts.next()?.strip_prefix(name)?.strip_prefix('=')?.parse::<i16>().ok();
        let (year, month, day) = (number("year")?, number("month")?, number("day")?);
        Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
    }

    /// Smallest and largest value of a time column, if the file has any.
    pub(crate) fn times(&self, column: &str) -> Option<(Timestamp, Timestamp)> {
        let bounds = self.bounds.get(column)?;
        let moment = |scalar: &ScalarValue| match scalar {
            ScalarValue::TimestampMicrosecond(Some(micros), _) => Timestamp::from_micros(*micros),
            _ => None,
        };
        Some((moment(&bounds.min)?, moment(&bounds.max)?))
    }
}

/// A bound as the catalogue's text says it, or a missing one. None for types that are not pruned by.
fn scalar(column_type: ColumnType, text: Option<&str>) -> Option<ScalarValue> {
    Some(match column_type {
        ColumnType::Int64 => ScalarValue::Int64(text.map(i64::from_str).transpose().ok()?),
        ColumnType::Text => ScalarValue::Utf8View(text.map(str::to_owned)),
        ColumnType::Timestamp => {
            let micros = text.map(parse_moment_text).map_or(Some(None), |moment| moment.map(|m| Some(m.as_micros())))?;
            ScalarValue::TimestampMicrosecond(micros, Some("UTC".into()))
        }
        ColumnType::Int32 | ColumnType::Float64 | ColumnType::Boolean | ColumnType::Uuid | ColumnType::Map => return None,
    })
}
