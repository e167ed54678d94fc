//! Rows as JSON objects and CSV lines.
//!
//! Every value is told the same way in both: times as RFC 3339 in the shown zone, durations in seconds,
//! words as the specification spells them. A missing value is `null` in JSON and empty in CSV.

use std::collections::HashMap;

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch, StringViewArray};
use arrow::datatypes::{DataType, Float64Type, Int32Type, Int64Type, TimestampMicrosecondType};
use rollcall_model::Timestamp;
use rollcall_model::zone::Zone;
use serde_json::Value;
use uuid::Uuid;

use crate::definition::{Clock, Definition};
use crate::error::{Error, Result};

/// One column of a batch, ready to be told.
enum Values<'a> {
    Text(&'a arrow::array::StringViewArray),
    Moment(&'a arrow::array::TimestampMicrosecondArray),
    Float(&'a arrow::array::Float64Array),
    Int(&'a arrow::array::Int64Array),
    SmallInt(&'a arrow::array::Int32Array),
    Flag(&'a arrow::array::BooleanArray),
    Uuid(&'a arrow::array::FixedSizeBinaryArray),
    Tags(&'a arrow::array::MapArray),
}

/// Tells what batches hold, a line at a time.
pub trait Tell {
    /// As NDJSON: one object a line.
    fn ndjson(&self, batch: &RecordBatch, out: &mut Vec<u8>) -> Result<()>;
    /// The header of the CSV.
    fn csv_header(&self, out: &mut Vec<u8>) -> Result<()>;
    /// As lines of CSV (RFC 4180). A text that a spreadsheet would run as a formula is told with a leading `'`.
    fn csv(&self, batch: &RecordBatch, out: &mut Vec<u8>) -> Result<()>;
}

/// Tells the rows of batches that all have the same columns.
#[derive(Debug, Clone)]
pub struct RowWriter {
    columns: Vec<String>,
    zone: Zone,
    /// The column that names the zone of each row, where that is not the same for all.
    zone_by_row: Option<&'static str>,
}

impl RowWriter {
    /// A writer of these columns, times in this zone.
    pub fn new(columns: Vec<String>, zone: Zone) -> Self {
        RowWriter { columns, zone, zone_by_row: None }
    }

    /// A writer of a definition's rows.
    pub(crate) fn of(definition: &Definition) -> Self {
        let zone_by_row = (definition.clock == Clock::Agent).then_some(Clock::BY_ROW);
        RowWriter { zone_by_row, ..RowWriter::new(definition.columns.clone(), definition.shown_zone()) }
    }

    /// The rows as JSON objects.
    pub fn json(&self, batch: &RecordBatch) -> Result<Vec<Box<serde_json::value::RawValue>>> {
        let columns = self.values(batch)?;
        let zones = self.zones(batch);
        let object = |row| {
            let mut text = Vec::with_capacity(256);
            self.write_object(&columns, row, zones.of(row), &mut text)?;
            let text = String::from_utf8(text).map_err(|e| Error::Query(e.to_string()))?;
            serde_json::value::RawValue::from_string(text).map_err(|e| Error::Query(e.to_string()))
        };
        (0..batch.num_rows()).map(object).collect()
    }

    /// The rows as texts of CSV cells.
    pub(crate) fn cells(&self, batch: &RecordBatch) -> Result<Vec<Vec<String>>> {
        let columns = self.values(batch)?;
        let zones = self.zones(batch);
        Ok((0..batch.num_rows()).map(|row| columns.iter().map(|values| values.plain(row, zones.of(row))).collect()).collect())
    }

    fn values<'a>(&self, batch: &'a RecordBatch) -> Result<Vec<Values<'a>>> {
        let column = |name: &String| {
            let array = batch.column_by_name(name).ok_or_else(|| Error::Query(format!("the plan has no column {name}")))?;
            Values::of(array).ok_or_else(|| Error::Query(format!("the column {name} has type {}", array.data_type())))
        };
        self.columns.iter().map(column).collect()
    }

    /// The zones in which the times of a batch's rows are told.
    fn zones<'a>(&'a self, batch: &'a RecordBatch) -> Zones<'a> {
        let names = self.zone_by_row.and_then(|column| batch.column_by_name(column)?.as_string_view_opt());
        let mut by_name = HashMap::new();
        for name in names.into_iter().flatten().flatten() {
            if !by_name.contains_key(name) {
                by_name.insert(name, Zone::new(name).unwrap_or_else(|_| self.zone.clone()));
            }
        }
        Zones { zone: &self.zone, names, by_name }
    }

    fn write_object(&self, columns: &[Values<'_>], row: usize, zone: &Zone, out: &mut Vec<u8>) -> Result<()> {
        out.push(b'{');
        for (at, (name, values)) in self.columns.iter().zip(columns).enumerate() {
            if at > 0 {
                out.push(b',');
            }
            write_json(out, name)?;
            out.push(b':');
            values.write_json(row, zone, out)?;
        }
        out.push(b'}');
        Ok(())
    }
}

impl Tell for RowWriter {
    fn ndjson(&self, batch: &RecordBatch, out: &mut Vec<u8>) -> Result<()> {
        let columns = self.values(batch)?;
        let zones = self.zones(batch);
        for row in 0..batch.num_rows() {
            self.write_object(&columns, row, zones.of(row), out)?;
            out.push(b'\n');
        }
        Ok(())
    }

    fn csv_header(&self, out: &mut Vec<u8>) -> Result<()> {
        let mut csv = csv_writer(out);
        csv.write_record(&self.columns).and_then(|()| csv.flush().map_err(Into::into)).map_err(|e| Error::Query(e.to_string()))
    }

    fn csv(&self, batch: &RecordBatch, out: &mut Vec<u8>) -> Result<()> {
        let columns = self.values(batch)?;
        let zones = self.zones(batch);
        let mut csv = csv_writer(out);
        for row in 0..batch.num_rows() {
            let cells = columns.iter().map(|values| values.plain(row, zones.of(row)));
            csv.write_record(cells).map_err(|e| Error::Query(e.to_string()))?;
        }
        csv.flush().map_err(|e| Error::Query(e.to_string()))
    }
}

/// The zone of each row.
struct Zones<'a> {
    /// Of rows that name none.
    zone: &'a Zone,
    names: Option<&'a StringViewArray>,
    by_name: HashMap<&'a str, Zone>,
}

impl Zones<'_> {
    fn of(&self, row: usize) -> &Zone {
        let name = self.names.filter(|names| names.is_valid(row)).map(|names| names.value(row));
        name.and_then(|name| self.by_name.get(name)).unwrap_or(self.zone)
    }
}

/// A line of CSV with values as JSON has them: told as [`RowWriter::csv`] tells those of rows.
pub fn csv_line(values: &[Value], out: &mut Vec<u8>) -> Result<()> {
    let cell = |value: &Value| match value {
        Value::Null => String::new(),
        Value::String(text) => neutralised(text),
        other => other.to_string(),
    };
    let mut csv = csv_writer(out);
    csv.write_record(values.iter().map(cell)).map_err(|e| Error::Query(e.to_string()))?;
    csv.flush().map_err(|e| Error::Query(e.to_string()))
}

pub(crate) fn csv_writer(out: &mut Vec<u8>) -> csv::Writer<&mut Vec<u8>> {
    csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(out)
}

fn write_json<T: serde::Serialize + ?Sized>(out: &mut Vec<u8>, value: &T) -> Result<()> {
    serde_json::to_writer(out, value).map_err(|e| Error::Query(e.to_string()))
}

impl<'a> Values<'a> {
    fn of(array: &'a ArrayRef) -> Option<Self> {
        Some(match array.data_type() {
            DataType::Utf8View => Values::Text(array.as_string_view_opt()?),
            DataType::Timestamp(..) => Values::Moment(array.as_primitive_opt::<TimestampMicrosecondType>()?),
            DataType::Float64 => Values::Float(array.as_primitive_opt::<Float64Type>()?),
            DataType::Int64 => Values::Int(array.as_primitive_opt::<Int64Type>()?),
            DataType::Int32 => Values::SmallInt(array.as_primitive_opt::<Int32Type>()?),
            DataType::Boolean => Values::Flag(array.as_boolean_opt()?),
            DataType::FixedSizeBinary(16) => Values::Uuid(array.as_fixed_size_binary_opt()?),
            DataType::Map(..) => Values::Tags(array.as_map_opt()?),
            _ => return None,
        })
    }

    fn array(&self) -> &dyn Array {
        match self {
            Values::Text(array) => *array,
            Values::Moment(array) => *array,
            Values::Float(array) => *array,
            Values::Int(array) => *array,
            Values::SmallInt(array) => *array,
            Values::Flag(array) => *array,
            Values::Uuid(array) => *array,
            Values::Tags(array) => *array,
        }
    }

    fn write_json(&self, row: usize, zone: &Zone, out: &mut Vec<u8>) -> Result<()> {
        if self.array().is_null(row) {
            out.extend_from_slice(b"null");
            return Ok(());
        }
        match self {
            Values::Text(array) => write_json(out, array.value(row)),
            Values::Moment(array) => write_json(out, &moment_text(array.value(row), zone)),
            Values::Float(array) => write_json(out, &number(array.value(row))),
            Values::Int(array) => write_json(out, &array.value(row)),
            Values::SmallInt(array) => write_json(out, &array.value(row)),
            Values::Flag(array) => write_json(out, &array.value(row)),
            Values::Uuid(array) => write_json(out, &uuid_text(array.value(row))),
            Values::Tags(array) => write_json(out, &tags(array, row)),
        }
    }

    /// The value as the text of a CSV cell.
    fn plain(&self, row: usize, zone: &Zone) -> String {
        if self.array().is_null(row) {
            return String::new();
        }
        match self {
            Values::Text(array) => neutralised(array.value(row)),
            Values::Moment(array) => moment_text(array.value(row), zone),
            Values::Float(array) => number(array.value(row)).to_string(),
            Values::Int(array) => array.value(row).to_string(),
            Values::SmallInt(array) => array.value(row).to_string(),
            Values::Flag(array) => array.value(row).to_string(),
            Values::Uuid(array) => uuid_text(array.value(row)),
            Values::Tags(array) => serde_json::Value::Object(tags(array, row)).to_string(),
        }
    }
}

fn moment_text(micros: i64, zone: &Zone) -> String {
    Timestamp::from_micros(micros).map(|moment| zone.rfc3339(moment)).unwrap_or_default()
}

fn uuid_text(bytes: &[u8]) -> String {
    Uuid::from_slice(bytes).map(|uuid| uuid.to_string()).unwrap_or_default()
}

/// A number of seconds without a needless `.0`.
#[allow(clippy::cast_possible_truncation, clippy::cast_precision_loss)]
pub(crate) fn number(seconds: f64) -> serde_json::Number {
    let whole = seconds as i64;
    if (whole as f64).to_bits() == seconds.to_bits() {
        return whole.into();
    }
    serde_json::Number::from_f64(seconds).unwrap_or_else(|| 0.into())
}

fn tags(array: &arrow::array::MapArray, row: usize) -> serde_json::Map<String, serde_json::Value> {
    let entries = array.value(row);
    let text = |column: &ArrayRef, at: usize| column.as_string_opt::<i32>().map(|texts| texts.value(at).to_owned());
    (0..entries.len()).filter_map(|at| Some((text(entries.column(0), at)?, text(entries.column(1), at)?.into()))).collect()
}

/// A text that no spreadsheet runs as a formula (OWASP, CSV injection).
fn neutralised(text: &str) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{text}") } else { text.to_owned() }
}
