//! Changes as JSON objects and CSV lines.

use std::sync::Arc;

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::{Field, Schema};
use serde::Serialize;
use serde_json::Value;
use serde_json::value::RawValue;

use super::{AFTER, BEFORE, CHANGE, DIFFERS, of_side};
use crate::definition::Definition;
use crate::error::{Error, Result};
use crate::field::FieldType;
use crate::rows::{RowWriter, Tell, csv_writer};

/// What became of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ChangeKind {
    /// It was not there.
    Added,
    /// It is no longer there.
    Removed,
    /// A column that is shown has another value.
    Changed,
}

impl ChangeKind {
    /// All of them.
    pub const ALL: &'static [ChangeKind] = &[ChangeKind::Added, ChangeKind::Removed, ChangeKind::Changed];

    /// Its name.
    pub fn as_str(self) -> &'static str {
        match self {
            ChangeKind::Added => "added",
            ChangeKind::Removed => "removed",
            ChangeKind::Changed => "changed",
        }
    }
}

/// One row that has changed.
#[derive(Debug, Clone, Serialize)]
pub struct Change {
    /// What became of it.
    pub change: ChangeKind,
    /// What tells it from every other row: the `session_key` of a session, the `seq` of an event.
    pub key: Value,
    /// The columns that differ, where the row is on both sides.
    pub changed_columns: Vec<String>,
    /// The columns that are shown as they were; none of a row that was not there.
    pub before: Option<Box<RawValue>>,
    /// The columns that are shown as they are; none of a row that is no longer there.
    pub after: Option<Box<RawValue>>,
}

/// Tells the changes of a definition's rows.
#[derive(Debug, Clone)]
pub struct ChangeWriter {
    columns: Vec<String>,
    rows: RowWriter,
    /// The unique field alone.
    key: RowWriter,
    key_name: &'static str,
    key_is_number: bool,
}

impl ChangeWriter {
    pub(super) fn of(definition: &Definition) -> Self {
        let key_name = definition.report.unique_field();
        ChangeWriter {
            columns: definition.columns.clone(),
            rows: RowWriter::of(definition),
            key: RowWriter::new(vec![key_name.to_owned()], definition.shown_zone()),
            key_name,
            key_is_number: definition.report.field(key_name).is_some_and(|field| field.field_type == FieldType::Integer),
        }
    }

    /// The changes of a batch.
    pub fn changes(&self, batch: &RecordBatch) -> Result<Vec<Change>> {
        let told = |side: Option<RecordBatch>| side.map(|side| self.rows.json(&side)).transpose();
        let (before, after) = (told(side(batch, BEFORE)?)?, told(side(batch, AFTER)?)?);
        let kinds = kinds(batch)?;
        let keys = self.key.cells(&batch.project(&[index(batch, self.key_name)?])?)?;
        let at = |rows: &Option<Vec<Box<RawValue>>>, row: usize| rows.as_ref().and_then(|rows| rows.get(row).cloned());
        let change = |(row, (change, key)): (usize, (ChangeKind, Vec<String>))| Change {
            change,
            key: self.key_value(key.into_iter().next().unwrap_or_default()),
            changed_columns: self.changed_columns(batch, row, change),
            before: at(&before, row).filter(|_| change != ChangeKind::Added),
            after: at(&after, row).filter(|_| change != ChangeKind::Removed),
        };
        Ok(kinds.into_iter().zip(keys).enumerate().map(change).collect())
    }

    fn key_value(&self, text: String) -> Value {
        match text.parse::<i64>() {
            Ok(number) if self.key_is_number => number.into(),
            _ => text.into(),
        }
    }

    fn changed_columns(&self, batch: &RecordBatch, row: usize, change: ChangeKind) -> Vec<String> {
        let differs = |column: &&String| {
            let flags = batch.column_by_name(&of_side(DIFFERS, column)).and_then(|flags| flags.as_boolean_opt());
            flags.is_some_and(|flags| flags.is_valid(row) && flags.value(row))
        };
        self.columns.iter().filter(|_| change == ChangeKind::Changed).filter(differs).cloned().collect()
    }
}

impl Tell for ChangeWriter {
    fn csv_header(&self, out: &mut Vec<u8>) -> Result<()> {
        let sides = [BEFORE, AFTER].into_iter().flat_map(|side| self.columns.iter().map(move |column| of_side(side, column)));
        let header = [CHANGE, "key", "changed_columns"].map(str::to_owned).into_iter().chain(sides);
        let mut csv = csv_writer(out);
        csv.write_record(header).and_then(|()| csv.flush().map_err(Into::into)).map_err(|e| Error::Query(e.to_string()))
    }

    fn csv(&self, batch: &RecordBatch, out: &mut Vec<u8>) -> Result<()> {
        let cells = |side: Option<RecordBatch>| side.map(|side| self.rows.cells(&side)).transpose();
        let sides = [cells(side(batch, BEFORE)?)?, cells(side(batch, AFTER)?)?];
        let keys = self.key.cells(&batch.project(&[index(batch, self.key_name)?])?)?;
        let mut csv = csv_writer(out);
        for (row, (change, key)) in kinds(batch)?.into_iter().zip(keys).enumerate() {
            let mut line = vec![change.as_str().to_owned()];
            line.extend(key);
            line.push(self.changed_columns(batch, row, change).join(" "));
            for (cells, missing) in sides.iter().zip([ChangeKind::Added, ChangeKind::Removed]) {
                match cells.as_ref().and_then(|rows| rows.get(row)).filter(|_| change != missing) {
                    Some(cells) => line.extend(cells.iter().cloned()),
                    None => line.extend(self.columns.iter().map(|_| String::new())),
                }
            }
            csv.write_record(line).map_err(|e| Error::Query(e.to_string()))?;
        }
        csv.flush().map_err(|e| Error::Query(e.to_string()))
    }

    fn with_raw(self, raw: bool) -> Self {
        ChangeWriter { rows: self.rows.with_raw(raw), ..self }
    }

    fn table(&self) -> Option<&RowWriter> {
        None
    }

    fn ndjson(&self, batch: &RecordBatch, out: &mut Vec<u8>) -> Result<()> {
        for change in self.changes(batch)? {
            serde_json::to_writer(&mut *out, &change).map_err(|e| Error::Query(e.to_string()))?;
            out.push(b'\n');
        }
        Ok(())
    }
}

/// What became of the rows of a batch.
fn kinds(batch: &RecordBatch) -> Result<Vec<ChangeKind>> {
    let words = batch.column(index(batch, CHANGE)?).as_string_view_opt();
    let known = |word: Option<&str>| ChangeKind::ALL.iter().copied().find(|kind| Some(kind.as_str()) == word);
    let kinds: Option<Vec<_>> = words.and_then(|words| words.iter().map(known).collect());
    kinds.ok_or_else(|| Error::Query("the plan does not say what became of a row".to_owned()))
}

/// One side of a batch, its columns by their own names; none where the plan has no such side.
fn side(batch: &RecordBatch, side: &str) -> Result<Option<RecordBatch>> {
    let schema = batch.schema();
    let of_side = |(at, field): (usize, &Arc<Field>)| {
        let name = field.name().strip_prefix(side)?;
        Some((field.as_ref().clone().with_name(name), Arc::clone(batch.columns().get(at)?)))
    };
    let (fields, columns): (Vec<Field>, Vec<_>) = schema.fields().iter().enumerate().filter_map(of_side).unzip();
    if fields.is_empty() { Ok(None) } else { Ok(Some(RecordBatch::try_new(Arc::new(Schema::new(fields)), columns)?)) }
}

fn index(batch: &RecordBatch, column: &str) -> Result<usize> {
    Ok(batch.schema().index_of(column)?)
}
