//! Rows as JSON objects and CSV lines.
//!
//! Every value is told the same way in both: times as RFC 3339 in the shown zone, durations in seconds,
//! words as the specification spells them. A missing value is `null` in JSON and empty in CSV.
//!
//! Files of millions of rows are told here: nothing is allocated for a cell, and a zone is not asked for each time.

mod moment;
mod text;
mod values;

use std::borrow::Cow;

use arrow::array::{Array, ArrayRef, RecordBatch};
use rollcall_model::zone::Zone;

use crate::definition::{Clock, Definition};
use crate::error::{Error, Result};
use moment::Teller;
pub(crate) use text::number;
use values::{Tellers, Values, Zones};

/// Tells what batches hold, a line at a time.
pub trait Tell {
    /// As NDJSON: one object a line.
    fn ndjson(&self, batch: &RecordBatch, out: &mut Vec<u8>) -> Result<()>;
    /// The header of the CSV.
    fn csv_header(&self, out: &mut Vec<u8>) -> Result<()>;
    /// As lines of CSV (RFC 4180). A text that a spreadsheet would run as a formula is told with a leading `'`.
    fn csv(&self, batch: &RecordBatch, out: &mut Vec<u8>) -> Result<()>;
    /// The same; `raw` texts are told as they are, whatever a spreadsheet makes of them.
    #[must_use]
    fn with_raw(self, raw: bool) -> Self
    where
        Self: Sized;
    /// The columns of its table, where it has one.
    fn table(&self) -> Option<&RowWriter>;
}

/// A value with its type, for files that tell types apart.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell<'a> {
    /// No value.
    Missing,
    /// A text, or what has no type of its own: as JSON.
    Text(Cow<'a, str>),
    /// A whole number.
    Whole(i64),
    /// Any number.
    Number(f64),
    /// True or false.
    Flag(bool),
    /// What the shown clock shows at a moment: microseconds since it showed the beginning of 1970.
    Moment(i64),
    /// A calendar day, in days since 1970.
    Date(i32),
}

/// Tells the rows of batches that all have the same columns.
#[derive(Debug, Clone)]
pub struct RowWriter {
    columns: Vec<Shown>,
    zone: Zone,
    /// The column that names the zone of each row, where that is not the same for all.
    zone_by_row: Option<&'static str>,
    raw: bool,
}

/// A column that is shown.
#[derive(Debug, Clone)]
struct Shown {
    name: String,
    /// The zone of its times, where that is one of its own.
    zone: Option<Zone>,
}

impl RowWriter {
    /// A writer of these columns, times in this zone.
    pub fn new(columns: Vec<String>, zone: Zone) -> Self {
        let columns = columns.into_iter().map(|name| Shown { name, zone: None }).collect();
        RowWriter { columns, zone, zone_by_row: None, raw: false }
    }

    /// A writer of a definition's rows.
    pub(crate) fn of(definition: &Definition) -> Self {
        let zone_by_row = (definition.clock == Clock::Agent).then_some(Clock::BY_ROW);
        RowWriter { zone_by_row, ..RowWriter::new(definition.columns.clone(), definition.shown_zone()) }
    }

    /// The same, the times of some columns in a zone of their own.
    pub(crate) fn with_own_zone(mut self, zone: &Zone, is_own: impl Fn(&str) -> bool) -> Self {
        for column in self.columns.iter_mut().filter(|column| is_own(&column.name)) {
            column.zone = Some(zone.clone());
        }
        self
    }

    /// The names of the columns.
    pub fn names(&self) -> impl ExactSizeIterator<Item = &str> {
        self.columns.iter().map(|column| column.name.as_str())
    }

    /// The columns of a batch, in their order.
    pub fn arrays<'a>(&self, batch: &'a RecordBatch) -> Result<Vec<&'a ArrayRef>> {
        let column = |name: &str| batch.column_by_name(name).ok_or_else(|| Error::Query(format!("the plan has no column {name}")));
        self.names().map(column).collect()
    }

    /// Hands on the cells of a batch's rows with their types, row by row.
    pub fn each_cell(&self, batch: &RecordBatch, mut each: impl FnMut(usize, usize, Cell<'_>) -> Result<()>) -> Result<()> {
        let columns = self.values(batch)?;
        let zones = Zones::of(self.zone_by_row, batch);
        let mut tellers = Tellers::of(&self.zone, &zones, batch);
        let own = self.columns.iter().map(|column| column.zone.as_ref().map(Teller::new));
        let mut columns: Vec<(Values<'_>, Option<Teller<'_>>)> = columns.into_iter().zip(own).collect();
        for row in 0..batch.num_rows() {
            let of_row = tellers.of_row(row);
            for (column, (values, own)) in columns.iter_mut().enumerate() {
                each(row, column, values.cell(row, own.as_mut().unwrap_or(of_row))?)?;
            }
        }
        Ok(())
    }

    /// The rows as JSON objects.
    pub fn json(&self, batch: &RecordBatch) -> Result<Vec<Box<serde_json::value::RawValue>>> {
        let mut rows = Vec::with_capacity(batch.num_rows());
        let mut text = Vec::with_capacity(256);
        self.objects(batch, &mut text, |text| {
            let object = text_of(std::mem::take(text))?;
            rows.push(serde_json::value::RawValue::from_string(object).map_err(|e| Error::Query(e.to_string()))?);
            Ok(())
        })?;
        Ok(rows)
    }

    /// The rows as texts of CSV cells.
    pub(crate) fn cells(&self, batch: &RecordBatch) -> Result<Vec<Vec<String>>> {
        let columns = self.values(batch)?;
        let zones = Zones::of(self.zone_by_row, batch);
        let mut tellers = Tellers::of(&self.zone, &zones, batch);
        let mut cell = |values: &Values<'_>, row: usize| {
            let mut text = Vec::new();
            values.write_plain(row, tellers.of_row(row), &mut text)?;
            if matches!(values, Values::Text(_)) && !self.raw && text::is_formula(&text) {
                text.insert(0, b'\'');
            }
            text_of(text)
        };
        (0..batch.num_rows()).map(|row| columns.iter().map(|values| cell(values, row)).collect()).collect()
    }

    fn values<'a>(&self, batch: &'a RecordBatch) -> Result<Vec<Values<'a>>> {
        let column = |(name, array): (&str, &'a ArrayRef)| {
            Values::of(array).ok_or_else(|| Error::Query(format!("the column {name} has type {}", array.data_type())))
        };
        self.names().zip(self.arrays(batch)?).map(column).collect()
    }

    /// Writes each row as an object, and says when one is written.
    fn objects(&self, batch: &RecordBatch, out: &mut Vec<u8>, mut each: impl FnMut(&mut Vec<u8>) -> Result<()>) -> Result<()> {
        let columns = self.values(batch)?;
        let zones = Zones::of(self.zone_by_row, batch);
        let mut tellers = Tellers::of(&self.zone, &zones, batch);
        let mut members = Vec::with_capacity(columns.len());
        for (at, (values, column)) in columns.into_iter().zip(&self.columns).enumerate() {
            let mut name = if at == 0 { Vec::new() } else { vec![b','] };
            text::json_text(&column.name, &mut name)?;
            name.push(b':');
            members.push((name, values, column.zone.as_ref().map(Teller::new)));
        }
        for row in 0..batch.num_rows() {
            let of_row = tellers.of_row(row);
            out.push(b'{');
            for (name, values, own) in &mut members {
                out.extend_from_slice(name);
                values.write_json(row, own.as_mut().unwrap_or(of_row), out)?;
            }
            out.push(b'}');
            each(out)?;
        }
        Ok(())
    }
}

impl Tell for RowWriter {
    fn ndjson(&self, batch: &RecordBatch, out: &mut Vec<u8>) -> Result<()> {
        self.objects(batch, out, |out| {
            out.push(b'\n');
            Ok(())
        })
    }

    fn csv_header(&self, out: &mut Vec<u8>) -> Result<()> {
        for (at, name) in self.names().enumerate() {
            if at > 0 {
                out.push(b',');
            }
            text::csv_text(name.as_bytes(), out);
        }
        out.extend_from_slice(b"\r\n");
        Ok(())
    }

    fn csv(&self, batch: &RecordBatch, out: &mut Vec<u8>) -> Result<()> {
        let columns = self.values(batch)?;
        let zones = Zones::of(self.zone_by_row, batch);
        let mut tellers = Tellers::of(&self.zone, &zones, batch);
        let own = self.columns.iter().map(|column| column.zone.as_ref().map(Teller::new));
        let mut columns: Vec<(Values<'_>, Option<Teller<'_>>)> = columns.into_iter().zip(own).collect();
        for row in 0..batch.num_rows() {
            let (of_row, begin) = (tellers.of_row(row), out.len());
            for (at, (values, own)) in columns.iter_mut().enumerate() {
                if at > 0 {
                    out.push(b',');
                }
                values.write_cell(row, own.as_mut().unwrap_or(of_row), self.raw, out)?;
            }
            // A line of one empty cell would pass for none.
            if out.len() == begin {
                out.extend_from_slice(b"\"\"");
            }
            out.extend_from_slice(b"\r\n");
        }
        Ok(())
    }

    fn with_raw(self, raw: bool) -> Self {
        RowWriter { raw, ..self }
    }

    fn table(&self) -> Option<&RowWriter> {
        Some(self)
    }
}

pub(crate) fn csv_writer(out: &mut Vec<u8>) -> csv::Writer<&mut Vec<u8>> {
    csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(out)
}

fn text_of(bytes: Vec<u8>) -> Result<String> {
    String::from_utf8(bytes).map_err(|e| Error::Query(e.to_string()))
}
