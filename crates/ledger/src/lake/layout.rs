//! How rows lie in files: the classes of rows, and the order, sizes, encodings and filters of each.
//!
//! What is chosen here was measured on whole days of 20,000 agents:
//!
//! - Numbers that rise or nearly do (`seq`, times) are packed as differences: a third of the room of a
//!   dictionary, and read in a quarter of the time.
//! - In files that are sorted by agent those differences and ids are not compressed on top: it saves next to no
//!   room, and a reader makes a decompressor for each column it looks at.
//! - In files that are sorted by agent, what follows the agent shares its beginnings with the row above.
//!   Packed by that it needs no dictionary, so a query for one agent decodes one page and nothing else.
//! - Pages are small and have an index, so that row groups may be large: what is shared by a row group
//!   (dictionaries, its share of the footer) is paid for once.
//! - Bounds of pages are kept only for columns in whose order the rows lie: others hold nearly every value
//!   in nearly every page.

use parquet::basic::{Compression, Encoding, ZstdLevel};
use parquet::file::metadata::SortingColumn;
use parquet::file::properties::{EnabledStatistics, WriterProperties, WriterPropertiesBuilder};
use parquet::schema::types::ColumnPath;
use rollcall_model::columns::{Column, ColumnType};

use crate::counts;
use crate::schema::Table;

/// Rows in a row group.
const ROW_GROUP_ROWS: usize = 131_072;
/// Share of values that a Bloom filter wrongly takes for present.
const BLOOM_FALSE_POSITIVES: f64 = 0.01;
/// Where a column has more distinct values than fit into a dictionary of so many bytes, none is written.
const DICTIONARY_BYTES: usize = 2 * 1024 * 1024;
/// The same for columns of numbers: few values that repeat, or none that do.
const NUMBER_DICTIONARY_BYTES: usize = 64 * 1024;

/// How much work goes into packing a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Effort {
    /// While events wait: the file is merged with others soon.
    Archive,
    /// Once, for a file that stays.
    Compact,
}

impl Effort {
    fn zstd_level(self) -> i32 {
        match self {
            Effort::Archive => 1,
            Effort::Compact => 6,
        }
    }
}

/// A class of rows that lies in files of its own and has its own order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Class {
    /// Access events, by agent and time: one event in ten, and most questions.
    Access,
    /// Other events, by time.
    Other,
    /// Sessions that have ended, by agent and login.
    Ended,
    /// Sessions that have not: one small file, replaced by each snapshot.
    Open,
    /// Counts of events.
    Counts,
}

impl Class {
    pub(crate) const ALL: [Class; 5] = [Class::Access, Class::Other, Class::Ended, Class::Open, Class::Counts];

    pub(crate) fn table(self) -> Table {
        match self {
            Class::Access | Class::Other => Table::Events,
            Class::Ended | Class::Open => Table::Sessions,
            Class::Counts => Table::Counts,
        }
    }

    /// The first part of a file's name, by which a file's class is known.
    pub(crate) fn prefix(self) -> &'static str {
        match self {
            Class::Access => "access",
            Class::Other => "other",
            Class::Ended => "ended",
            Class::Open => "open",
            Class::Counts => "counts",
        }
    }

    /// The class of a file by its path below the table's folder.
    pub(crate) fn of_path(path: &str) -> Option<Self> {
        let name = path.rsplit('/').next().unwrap_or(path);
        Class::ALL.into_iter().find(|class| name.starts_with(class.prefix()))
    }

    /// The columns by which its rows are sorted; missing values last.
    pub(crate) fn sort_columns(self) -> &'static [&'static str] {
        match self {
            Class::Access => &["account", "employee_id", "event_time", "seq"],
            Class::Other => &["event_time", "seq"],
            Class::Ended | Class::Open => &["account", "employee_id", "login_time", "session_key"],
            Class::Counts => counts::SORT_COLUMNS,
        }
    }

    /// Columns that are looked up by one value and in whose order the rows do not lie.
    pub(crate) fn bloom_columns(self) -> &'static [&'static str] {
        match self {
            Class::Access => &["event_id", "employee_id", "session_id"],
            Class::Other => &["event_id", "instance"],
            Class::Ended => &["session_key", "employee_id", "session_id"],
            Class::Open | Class::Counts => &[],
        }
    }

    /// Columns whose values lie in runs or rise in the order of the rows: by them pages are left out.
    fn page_bounds(self) -> &'static [&'static str] {
        match self {
            Class::Access => &["account", "employee_id"],
            Class::Other => &["event_time", "seq"],
            Class::Ended | Class::Open => &["account", "employee_id"],
            Class::Counts => &["start_time"],
        }
    }

    /// Rows in a page: what is decoded at least to read one row.
    fn page_rows(self) -> usize {
        match self {
            Class::Access | Class::Ended | Class::Open => 4_096,
            Class::Other | Class::Counts => 8_192,
        }
    }

    /// How a column is encoded.
    fn packing(self, column: &Column) -> Packing {
        match (column.column_type, column.name) {
            // Commits are few and their time is that of all their events; or nearly every event has its own.
            (ColumnType::Timestamp, "received_at") => Packing::Dictionary { else_as: Some(Encoding::DELTA_BINARY_PACKED) },
            (ColumnType::Timestamp | ColumnType::Int64, _) => Packing::Plainly(Encoding::DELTA_BINARY_PACKED),
            // Random values, and measured ones, repeat nowhere: a dictionary of them is wasted.
            (ColumnType::Uuid | ColumnType::Float64, _) => Packing::Plainly(Encoding::PLAIN),
            // The items that activities are about are too many for a dictionary.
            (ColumnType::Text, "instance") if self == Class::Other => Packing::Plainly(Encoding::PLAIN),
            (ColumnType::Text, "account" | "employee_id" | "agent_name" | "instance") if self.sort_columns().contains(&"account") => {
                Packing::Plainly(Encoding::DELTA_BYTE_ARRAY)
            }
            _ => Packing::Dictionary { else_as: None },
        }
    }

    /// Whether a column is packed so densely that nothing is left to compress: where rows lie by agent, ids and
    /// differences of numbers rise and fall. (Where they lie by time, ids that begin with a time begin alike.)
    fn is_dense(self, column: &Column) -> bool {
        let is_number = || self.packing(column) == Packing::Plainly(Encoding::DELTA_BINARY_PACKED);
        self.sort_columns().contains(&"account") && (column.column_type == ColumnType::Uuid || is_number())
    }

    /// How its files are written.
    pub(crate) fn properties(self, effort: Effort) -> WriterProperties {
        let mut properties = WriterProperties::builder()
            .set_compression(Compression::ZSTD(ZstdLevel::try_new(effort.zstd_level()).unwrap_or_default()))
            .set_max_row_group_row_count(Some(ROW_GROUP_ROWS))
            .set_data_page_row_count_limit(self.page_rows())
            .set_dictionary_page_size_limit(DICTIONARY_BYTES)
            .set_statistics_enabled(EnabledStatistics::Chunk)
            .set_created_by(concat!("rollcall ", env!("CARGO_PKG_VERSION")).to_owned())
            .set_sorting_columns(Some(self.sorting()));
        for column in self.table().columns().iter().filter(|column| column.column_type != ColumnType::Map) {
            properties = self.packing(column).of(column, properties);
            if self.is_dense(column) {
                properties = properties.set_column_compression(ColumnPath::from(column.name), Compression::UNCOMPRESSED);
            }
        }
        for name in self.page_bounds() {
            properties = properties.set_column_statistics_enabled(ColumnPath::from(*name), EnabledStatistics::Page);
        }
        for name in self.bloom_columns() {
            let path = ColumnPath::from(*name);
            properties =
                properties.set_column_bloom_filter_enabled(path.clone(), true).set_column_bloom_filter_fpp(path, BLOOM_FALSE_POSITIVES);
        }
        properties.build()
    }

    fn sorting(self) -> Vec<SortingColumn> {
        let by = |name: &&str| SortingColumn { column_idx: leaf_position(self.table(), name), descending: false, nulls_first: false };
        self.sort_columns().iter().map(by).collect()
    }
}

/// How the values of a column are packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Packing {
    /// As a dictionary while there are few of them; else in another encoding.
    Dictionary { else_as: Option<Encoding> },
    /// In this encoding alone.
    Plainly(Encoding),
}

impl Packing {
    fn of(self, column: &Column, properties: WriterPropertiesBuilder) -> WriterPropertiesBuilder {
        let path = ColumnPath::from(column.name);
        match self {
            Packing::Dictionary { else_as: None } => properties,
            Packing::Dictionary { else_as: Some(encoding) } => {
                properties.set_column_dictionary_page_size_limit(path.clone(), NUMBER_DICTIONARY_BYTES).set_column_encoding(path, encoding)
            }
            Packing::Plainly(encoding) => properties.set_column_dictionary_enabled(path.clone(), false).set_column_encoding(path, encoding),
        }
    }
}

/// Position of a column among the leaves of the Parquet schema: a map has two.
pub(crate) fn leaf_position(table: Table, name: &str) -> i32 {
    let leaves = table.columns().iter().take_while(|column| column.name != name);
    leaves.map(|column| if column.column_type == ColumnType::Map { 2 } else { 1 }).sum()
}

#[cfg(test)]
mod tests {
    use rollcall_model::columns::find;

    use super::*;

    #[test]
    fn a_file_is_known_by_its_name() {
        for class in Class::ALL {
            let path = format!("year=2026/month=4/day=15/{}-0.parquet", class.prefix());
            assert_eq!(Class::of_path(&path), Some(class));
        }
        assert_eq!(Class::of_path("year=2026/month=4/day=15/ducklake-0.parquet"), None);
    }

    #[test]
    fn what_is_named_of_a_class_are_columns_of_its_table() {
        for class in Class::ALL {
            let named = [class.sort_columns(), class.bloom_columns(), class.page_bounds()].concat();
            for name in named {
                assert!(find(class.table().columns(), name).is_some(), "{class:?} has no column {name}");
            }
            // Pages are left out by the order of the rows: a column that does not lead it has no bounds worth keeping.
            assert!(class.page_bounds().iter().all(|name| class.sort_columns().contains(name)), "{class:?}");
        }
    }

    #[test]
    fn numbers_are_packed_as_differences_and_ids_as_they_are() {
        let properties = Class::Other.properties(Effort::Compact);
        for (name, encoding) in
            [("seq", Encoding::DELTA_BINARY_PACKED), ("event_time", Encoding::DELTA_BINARY_PACKED), ("event_id", Encoding::PLAIN)]
        {
            let path = ColumnPath::from(name);
            assert_eq!((properties.encoding(&path), properties.dictionary_enabled(&path)), (Some(encoding), false), "{name}");
        }
        let of = |class: Class, name| class.properties(Effort::Compact).compression(&ColumnPath::from(name));
        for name in ["event_id", "event_time"] {
            assert_eq!(of(Class::Access, name), Compression::UNCOMPRESSED, "{name}");
            assert_ne!(of(Class::Other, name), Compression::UNCOMPRESSED, "{name}: what rises begins alike");
        }
        let activity = ColumnPath::from("activity");
        assert!(properties.dictionary_enabled(&activity));
        assert!(properties.bloom_filter_properties(&ColumnPath::from("event_id")).is_some());
        assert!(properties.bloom_filter_properties(&activity).is_none());
    }
}
