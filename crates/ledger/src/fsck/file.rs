//! One file of the lake against what the catalogue claims of it: every byte by its seal, every row decoded.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use arrow::array::{AsArray, RecordBatch};
use arrow::compute::SortOptions;
use arrow::row::{OwnedRow, RowConverter, SortField};
use jiff::civil::Date;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::file::metadata::ParquetMetaData;
use rollcall_model::columns::ColumnType;
use rollcall_model::{Category, EndReason, Outcome, SessionKind, Timestamp};

use super::evidence::{Claim, Evidence};
use super::finding::{Finding, FindingKind, Place};
use super::measure::Measures;
use super::view::{Claims, Listed};
use crate::catalogue::parse_moment_text;
use crate::error::{Error, Result};
use crate::lake::WrittenFile;
use crate::lake::write::Class;
use crate::schema::Table;
use crate::seal::{self, Seal};

/// Rows that are decoded at once.
const BATCH_ROWS: usize = 8_192;

/// What is derived can be made again.
const DERIVED_AGAIN: &str = "--repair makes it anew from the events";
/// What only snapshots of the past have goes with them.
const PAST: &str = "only earlier snapshots have it: it goes when they expire";

/// Where a file lies.
pub(super) struct Located<'a> {
    pub(super) file: &'a Listed,
    pub(super) claims: &'a Claims,
    /// Its path on the disk.
    pub(super) path: &'a Path,
    /// Its path below the lake's folder.
    pub(super) shown: String,
    pub(super) table_id: i64,
}

/// Checks a file, and hands each batch of its rows to `each`. Answers whether the file is whole; if it is
/// not, what `each` was given counts for nothing.
pub(super) fn check(located: &Located<'_>, evidence: &Evidence, each: impl FnMut(&RecordBatch) -> Result<()>) -> bool {
    let whole = check_bytes(located, evidence).and_then(|seal| {
        // A reader that meets damage may give up by panicking; that is a finding like any other.
        let content = catch_unwind(AssertUnwindSafe(|| check_rows(located, evidence, each)));
        match content {
            Ok(Ok(contradicts)) => Ok((seal, contradicts)),
            Ok(Err(error)) => Err(damaged(located, error.to_string())),
            Err(_) => Err(damaged(located, "its content can't be decoded")),
        }
    });
    evidence.has_read(located.file.bytes);
    match whole {
        Ok((seal, contradicts)) => {
            if located.file.seal.is_none() && !contradicts {
                evidence.find(FindingKind::FileUnsealed, place(located), "its digest is not noted");
                evidence.plan().seals.push((located.file.id, seal));
            }
            true
        }
        Err(finding) => {
            evidence.add_bad(located.file.id);
            if finding.kind == FindingKind::FileMissing {
                evidence.add_missing(located.file.id, *finding);
            } else {
                evidence.findings.add(*finding);
            }
            false
        }
    }
}

fn place(located: &Located<'_>) -> Place {
    Place { file: Some(located.shown.clone()), ..Place::table(located.file.table.name()) }
}

/// A finding of a file that can't be read, with what it held by the catalogue's word.
fn lost(located: &Located<'_>, kind: FindingKind, what: impl Into<String>) -> Box<Finding> {
    let bounds = |name: &str| {
        let id = located.file.table.columns().iter().zip(1_i64..).find(|(column, _)| column.name == name).map(|(_, id)| id);
        let claimed = id.and_then(|id| located.claims.statistics.get(&id));
        (claimed.and_then(|claimed| claimed.min.clone()), claimed.and_then(|claimed| claimed.max.clone()))
    };
    let number = |text: Option<String>| text.and_then(|text| text.parse().ok());
    let (first_seq, last_seq) = bounds("seq");
    let (first_time, last_time) = bounds(located.file.table.partition_column());
    let moment = |text: Option<String>| text.as_deref().and_then(parse_moment_text);
    let place = Place {
        first_seq: number(first_seq),
        last_seq: number(last_seq),
        first_time: moment(first_time),
        last_time: moment(last_time),
        ..place(located)
    };
    Box::new(judged(located, Finding::new(kind, place, what)))
}

/// How bad it is if something is wrong with a file: what is derived can be made again, and what only the past
/// has concerns nobody who asks now.
fn judged(located: &Located<'_>, finding: Finding) -> Finding {
    match (located.file.table, located.file.is_current()) {
        (Table::Events, true) => finding,
        (_, true) => finding.derived(DERIVED_AGAIN),
        (_, false) => finding.past(PAST),
    }
}

fn damaged(located: &Located<'_>, what: impl Into<String>) -> Box<Finding> {
    lost(located, FindingKind::FileDamaged, format!("{}; it held {} rows", what.into(), located.file.rows))
}

/// The file as bytes: there, as long as it should be, and those that were sealed.
fn check_bytes(located: &Located<'_>, evidence: &Evidence) -> Result<Seal, Box<Finding>> {
    let file = located.file;
    let bytes = match std::fs::metadata(located.path) {
        Ok(metadata) => i64::try_from(metadata.len()).unwrap_or(i64::MAX),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Err(lost(located, FindingKind::FileMissing, format!("the file is not there; it held {} rows", file.rows)));
        }
        Err(error) => return Err(damaged(located, format!("it can't be read: {error}"))),
    };
    let seal = seal::of_file(located.path).map_err(|error| damaged(located, error.to_string()))?;
    if file.seal.is_some_and(|expected| expected != seal) {
        return Err(damaged(located, "its bytes are not those that were written: the digest is another"));
    }
    if bytes != file.bytes {
        let what = format!("the file has {bytes} bytes, the catalogue claims {}", file.bytes);
        if file.seal.is_none() {
            return Err(damaged(located, what));
        }
        evidence.find(FindingKind::CatalogueWrong, place(located), what);
    }
    Ok(seal)
}

/// The file as rows. Answers whether the catalogue contradicts it.
fn check_rows(located: &Located<'_>, evidence: &Evidence, mut each: impl FnMut(&RecordBatch) -> Result<()>) -> Result<bool> {
    let file = located.file;
    let Some(class) = file.class else {
        evidence.find(FindingKind::RowsMisplaced, place(located), "its name says no class of rows");
        return Ok(true);
    };
    let (footer_bytes, bytes) = footer(located.path)?;
    let handle = File::open(located.path).map_err(|e| Error::file(located.path, &e))?;
    let builder = ParquetRecordBatchReaderBuilder::try_new(handle)?.with_batch_size(BATCH_ROWS);
    check_schema(file.table, builder.schema())?;
    let metadata = std::sync::Arc::clone(builder.metadata());
    let mut measures = Measures::new(file.table);
    let mut order = Order::new(class)?;
    let mut words = Words::default();
    let mut rows = 0_i64;
    for batch in builder.build()? {
        let batch = batch?;
        rows += i64::try_from(batch.num_rows()).unwrap_or(0);
        measures.add(&batch);
        order.add(&batch)?;
        words.add(class, &batch);
        each(&batch)?;
    }
    if let Some(column) = measures.lacking() {
        return Err(Error::Corrupt(format!("rows without {column}")));
    }
    if let Some(word) = words.unknown {
        return Err(Error::Corrupt(format!("a row with {word}")));
    }
    check_place(located, &measures, &order, &words, evidence);
    let statistics = measures.statistics(|id| column_bytes(&metadata, file.table, id));
    let found = WrittenFile { path: file.path.clone(), day: file.day(), rows, bytes, footer_bytes, statistics };
    Ok(check_claims(located, &measures, found, evidence))
}

/// Length of the metadata at a file's end, and of the whole file.
fn footer(path: &Path) -> Result<(i64, i64)> {
    let read = || {
        let mut file = File::open(path)?;
        let end = file.seek(SeekFrom::End(-8))?;
        let mut closing = [0_u8; 8];
        file.read_exact(&mut closing)?;
        let [a, b, c, d, ..] = closing;
        Ok::<_, std::io::Error>((i64::from(u32::from_le_bytes([a, b, c, d])), i64::try_from(end + 8).unwrap_or(i64::MAX)))
    };
    read().map_err(|e| Error::file(path, &e))
}

/// Every column that the file has must be one of the table. Columns that a later version added may lack.
fn check_schema(table: Table, found: &arrow::datatypes::Schema) -> Result<()> {
    let expected = table.schema();
    for (at, field) in found.fields().iter().enumerate() {
        let column = expected.fields().get(at);
        if column.is_none_or(|column| column.name() != field.name() || !column.data_type().equals_datatype(field.data_type())) {
            let wanted = column.map_or_else(|| "none".to_owned(), |column| format!("{} of type {}", column.name(), column.data_type()));
            let got = format!("{} of type {}", field.name(), field.data_type());
            return Err(Error::Corrupt(format!("expected as column {at} {wanted}, got {got}")));
        }
    }
    Ok(())
}

/// Bytes that a column takes in the file.
fn column_bytes(metadata: &ParquetMetaData, table: Table, id: i64) -> i64 {
    let before = table.columns().iter().take(usize::try_from(id - 1).unwrap_or(0));
    // The map has two leaves.
    let leaf: usize = before.map(|column| if column.column_type == ColumnType::Map { 2 } else { 1 }).sum();
    metadata.row_groups().iter().filter_map(|group| group.columns().get(leaf)).map(|chunk| chunk.compressed_size()).sum()
}

/// Order, day and class of the rows.
fn check_place(located: &Located<'_>, measures: &Measures, order: &Order, words: &Words, evidence: &Evidence) {
    let find = |what: String| {
        evidence.findings.add(judged(located, Finding::new(FindingKind::RowsMisplaced, place(located), what)));
        evidence.add_misplaced(located.file.id);
    };
    if let Some(row) = order.broken_at {
        find(format!("row {row} comes before the row ahead of it in the order of its class"));
    }
    if let Some(word) = &words.misplaced {
        find(format!("a row with {word} lies in a file of another class"));
    }
    let (times, some_lack) = measures.times(located.file.table.partition_column());
    let day_of = |micros: i64| Timestamp::from_micros(micros).map(Timestamp::utc_date);
    let expected = located.file.day();
    let is_of_day = match (times, expected) {
        (Some((first, last)), Some(_)) => !some_lack && day_of(first) == expected && day_of(last) == expected,
        (None, None) => located.file.path.starts_with("open/"),
        _ => false,
    };
    if !is_of_day {
        find("some rows are of another day than the folder says".to_owned());
    }
}

/// Whether the catalogue claims of the file what is not so.
fn check_claims(located: &Located<'_>, measures: &Measures, found: WrittenFile, evidence: &Evidence) -> bool {
    let (file, claims) = (located.file, located.claims);
    let mut wrong = Vec::new();
    if file.rows != found.rows {
        wrong.push(format!("the file has {} rows, the catalogue claims {}", found.rows, file.rows));
    }
    if file.footer_bytes != found.footer_bytes {
        wrong.push(format!("its footer has {} bytes, the catalogue claims {}", found.footer_bytes, file.footer_bytes));
    }
    if claims.statistics_rows != claims.statistics.len() || claims.statistics_rows != found.statistics.len() {
        wrong.push(format!("expected statistics of {} columns, got {}", found.statistics.len(), claims.statistics_rows));
    }
    wrong.extend(measures.contradiction(|id| claims.statistics.get(&id).cloned()));
    let bytes_of = |id| claims.statistics.get(&id).map(|column| column.bytes);
    if let Some(column) = found.statistics.iter().find(|column| bytes_of(column.column_id).is_some_and(|bytes| bytes != column.bytes)) {
        wrong.push(format!("column {} takes {} bytes, the catalogue claims another number", column.column_id, column.bytes));
    }
    if claims.partition != partition_of(found.day) {
        wrong.push(format!("it is of {}, the catalogue claims {:?}", told(found.day), claims.partition));
    }
    let is_wrong = !wrong.is_empty() || file.bytes != found.bytes;
    for what in wrong {
        evidence.find(FindingKind::CatalogueWrong, place(located), what);
    }
    if is_wrong {
        evidence.plan().claims.push(Claim { data_file_id: file.id, table_id: located.table_id, file: found });
    }
    is_wrong
}

/// The values by which DuckLake knows a day.
fn partition_of(day: Option<Date>) -> Vec<Option<String>> {
    match day {
        Some(day) => vec![Some(day.year().to_string()), Some(day.month().to_string()), Some(day.day().to_string())],
        None => vec![None, None, None],
    }
}

fn told(day: Option<Date>) -> String {
    day.map_or_else(|| "no day".to_owned(), |day| day.to_string())
}

/// Whether rows come in the order of their class.
struct Order {
    converter: RowConverter,
    columns: &'static [&'static str],
    last: Option<OwnedRow>,
    rows: u64,
    broken_at: Option<u64>,
}

impl Order {
    fn new(class: Class) -> Result<Self> {
        let schema = class.table().schema();
        let columns = class.sort_columns();
        let options = SortOptions { descending: false, nulls_first: false };
        let fields = columns.iter().map(|name| Ok(SortField::new_with_options(schema.field_with_name(name)?.data_type().clone(), options)));
        Ok(Order { converter: RowConverter::new(fields.collect::<Result<_>>()?)?, columns, last: None, rows: 0, broken_at: None })
    }

    fn add(&mut self, batch: &RecordBatch) -> Result<()> {
        let missing = |name: &str| Error::Corrupt(format!("no column {name}"));
        let columns = self.columns.iter().map(|name| batch.column_by_name(name).cloned().ok_or_else(|| missing(name)));
        let rows = self.converter.convert_columns(&columns.collect::<Result<Vec<_>>>()?)?;
        for (row, at) in rows.iter().zip(self.rows..) {
            let before = match at.checked_sub(self.rows + 1).and_then(|before| usize::try_from(before).ok()) {
                Some(before) => Some(rows.row(before)),
                None => self.last.as_ref().map(OwnedRow::row),
            };
            if before.is_some_and(|before| before > row) {
                self.broken_at.get_or_insert(at);
            }
        }
        self.rows += rows.num_rows() as u64;
        if let Some(last) = rows.num_rows().checked_sub(1) {
            self.last = Some(rows.row(last).owned());
        }
        Ok(())
    }
}

/// Words that have a meaning, and that say in which file a row belongs.
#[derive(Default)]
struct Words {
    /// One that nobody knows.
    unknown: Option<String>,
    /// One that belongs into a file of another class.
    misplaced: Option<String>,
}

impl Words {
    fn add(&mut self, class: Class, batch: &RecordBatch) {
        match class {
            Class::Access | Class::Other => {
                let of_class = |word: &str| (word == Category::Access.as_str()) == (class == Class::Access);
                self.add_texts(batch, "category", |word| Category::from_word(word).is_some(), of_class);
                self.add_texts(batch, "outcome", |word| Outcome::from_word(word).is_some(), |_| true);
            }
            Class::Ended | Class::Open => {
                let is_open = batch.column_by_name("open").and_then(|column| column.as_boolean_opt());
                if is_open.is_none_or(|open| open.iter().flatten().any(|open| open != (class == Class::Open))) {
                    self.misplaced.get_or_insert_with(|| "the wrong value of open".to_owned());
                }
                self.add_texts(batch, "end_reason", |word| EndReason::from_word(word).is_some(), |_| true);
                self.add_texts(batch, "kind", |word| SessionKind::from_word(word).is_some(), |_| true);
            }
            Class::Counts => self.add_texts(batch, "grain", |word| crate::grain::Grain::from_word(word).is_some(), |_| true),
        }
    }

    fn add_texts(&mut self, batch: &RecordBatch, column: &str, is_known: impl Fn(&str) -> bool, is_of_class: impl Fn(&str) -> bool) {
        let Some(texts) = batch.column_by_name(column).and_then(|array| array.as_string_view_opt()) else { return };
        let mut last = None;
        // Most rows have the word of the row before.
        for word in texts.iter().flatten().filter(|word| last.replace(*word) != Some(*word)) {
            if !is_known(word) {
                self.unknown.get_or_insert_with(|| format!("{column} {word:?}"));
            } else if !is_of_class(word) {
                self.misplaced.get_or_insert_with(|| format!("{column} {word}"));
            }
        }
    }
}
