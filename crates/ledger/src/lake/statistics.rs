//! What the catalogue says of a file's columns: bounds by which files are left out, from the file's own metadata.

use parquet::file::metadata::ParquetMetaData;
use parquet::file::statistics::Statistics;
use rollcall_model::Timestamp;
use rollcall_model::columns::ColumnType;
use uuid::Uuid;

use super::FileStatistics;
use super::layout::leaf_position;
use crate::catalogue::moment_text;
use crate::schema::Table;

/// What the catalogue says of each column: merged over the file's row groups.
pub(crate) fn statistics(table: Table, metadata: &ParquetMetaData) -> Vec<FileStatistics> {
    let mut all = Vec::new();
    for (column, id) in table.columns().iter().zip(1_i64..).filter(|(column, _)| column.column_type != ColumnType::Map) {
        let leaf = usize::try_from(leaf_position(table, column.name)).unwrap_or(usize::MAX);
        let mut merged = FileStatistics { column_id: id, bytes: 0, values: 0, nulls: 0, min: None, max: None };
        let (mut min, mut max): (Option<Bound>, Option<Bound>) = (None, None);
        for group in metadata.row_groups() {
            let Some(chunk) = group.columns().get(leaf) else { continue };
            let nulls = chunk.statistics().and_then(Statistics::null_count_opt).unwrap_or(0);
            merged.bytes += chunk.compressed_size();
            merged.nulls += i64::try_from(nulls).unwrap_or(0);
            merged.values += chunk.num_values() - i64::try_from(nulls).unwrap_or(0);
            let Some(found) = chunk.statistics() else { continue };
            if let Some(low) = bound(column.column_type, found, true) {
                min = Some(min.map_or(low.clone(), |known| known.min(low)));
            }
            if let Some(high) = bound(column.column_type, found, false) {
                max = Some(max.map_or(high.clone(), |known| known.max(high)));
            }
        }
        merged.min = min.map(Bound::into_text);
        merged.max = max.map(Bound::into_text);
        all.push(merged);
    }
    all
}

/// A bound in an order in which it can be compared, and its text.
#[derive(Debug, Clone, PartialEq, PartialOrd)]
enum Bound {
    Int(i64),
    Moment(i64),
    Float(f64),
    Bool(bool),
    Text(String),
    Uuid(Uuid),
}

impl Bound {
    fn min(self, other: Self) -> Self {
        if other < self { other } else { self }
    }

    fn max(self, other: Self) -> Self {
        if other > self { other } else { self }
    }

    fn into_text(self) -> String {
        match self {
            Bound::Int(number) => number.to_string(),
            Bound::Moment(micros) => Timestamp::from_micros(micros).map(moment_text).unwrap_or_default(),
            Bound::Float(number) => format!("{number:?}"),
            Bound::Bool(flag) => i64::from(flag).to_string(),
            Bound::Text(text) => text,
            Bound::Uuid(uuid) => uuid.to_string(),
        }
    }
}

fn bound(column_type: ColumnType, statistics: &Statistics, low: bool) -> Option<Bound> {
    match statistics {
        Statistics::Boolean(s) => if low { s.min_opt() } else { s.max_opt() }.map(|&flag| Bound::Bool(flag)),
        Statistics::Int32(s) => if low { s.min_opt() } else { s.max_opt() }.map(|&number| Bound::Int(i64::from(number))),
        Statistics::Int64(s) => {
            let number = *if low { s.min_opt() } else { s.max_opt() }?;
            Some(if column_type == ColumnType::Timestamp { Bound::Moment(number) } else { Bound::Int(number) })
        }
        Statistics::Double(s) => if low { s.min_opt() } else { s.max_opt() }.map(|&number| Bound::Float(number)),
        Statistics::ByteArray(s) => {
            let bytes = if low { s.min_opt() } else { s.max_opt() }?;
            std::str::from_utf8(bytes.data()).ok().map(|text| Bound::Text(text.to_owned()))
        }
        Statistics::FixedLenByteArray(s) => {
            let bytes = if low { s.min_opt() } else { s.max_opt() }?;
            Uuid::from_slice(bytes.data()).ok().map(Bound::Uuid)
        }
        Statistics::Int96(_) | Statistics::Float(_) => None,
    }
}
