//! The values of a column, and how each is told.

use std::borrow::Cow;
use std::collections::HashMap;

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch, StringViewArray, StructArray};
use arrow::datatypes::{DataType, Date32Type, Float64Type, Int32Type, Int64Type, TimestampMicrosecondType};
use rollcall_model::zone::Zone;
use serde_json::{Map, Value};
use uuid::Uuid;

use super::Cell;
use super::moment::{Teller, date};
use super::text::{self, number};
use crate::error::Result;

/// One column of a batch, ready to be told.
pub(super) enum Values<'a> {
    Text(&'a StringViewArray),
    Moment(&'a arrow::array::TimestampMicrosecondArray),
    Date(&'a arrow::array::Date32Array),
    Float(&'a arrow::array::Float64Array),
    Int(&'a arrow::array::Int64Array),
    SmallInt(&'a arrow::array::Int32Array),
    Flag(&'a arrow::array::BooleanArray),
    Uuid(&'a arrow::array::FixedSizeBinaryArray),
    Tags(&'a arrow::array::MapArray),
    /// Lists of objects.
    Objects(&'a arrow::array::ListArray),
}

impl<'a> Values<'a> {
    pub(super) fn of(array: &'a ArrayRef) -> Option<Self> {
        Some(match array.data_type() {
            DataType::Utf8View => Values::Text(array.as_string_view_opt()?),
            DataType::Timestamp(..) => Values::Moment(array.as_primitive_opt::<TimestampMicrosecondType>()?),
            DataType::Date32 => Values::Date(array.as_primitive_opt::<Date32Type>()?),
            DataType::Float64 => Values::Float(array.as_primitive_opt::<Float64Type>()?),
            DataType::Int64 => Values::Int(array.as_primitive_opt::<Int64Type>()?),
            DataType::Int32 => Values::SmallInt(array.as_primitive_opt::<Int32Type>()?),
            DataType::Boolean => Values::Flag(array.as_boolean_opt()?),
            DataType::FixedSizeBinary(16) => Values::Uuid(array.as_fixed_size_binary_opt()?),
            DataType::Map(..) => Values::Tags(array.as_map_opt()?),
            DataType::List(_) => Values::Objects(array.as_list_opt()?),
            _ => return None,
        })
    }

    pub(super) fn array(&self) -> &'a dyn Array {
        match self {
            Values::Text(array) => *array,
            Values::Moment(array) => *array,
            Values::Date(array) => *array,
            Values::Float(array) => *array,
            Values::Int(array) => *array,
            Values::SmallInt(array) => *array,
            Values::Flag(array) => *array,
            Values::Uuid(array) => *array,
            Values::Tags(array) => *array,
            Values::Objects(array) => *array,
        }
    }

    /// The value as JSON.
    pub(super) fn write_json(&self, row: usize, teller: &mut Teller<'_>, out: &mut Vec<u8>) -> Result<()> {
        if self.array().is_null(row) {
            out.extend_from_slice(b"null");
            return Ok(());
        }
        match self {
            Values::Text(array) => text::json_text(array.value(row), out)?,
            Values::Moment(_) | Values::Date(_) | Values::Uuid(_) => {
                out.push(b'"');
                self.write_plain(row, teller, out)?;
                out.push(b'"');
            }
            _ => self.write_plain(row, teller, out)?,
        }
        Ok(())
    }

    /// The value as a cell of CSV.
    pub(super) fn write_cell(&self, row: usize, teller: &mut Teller<'_>, raw: bool, out: &mut Vec<u8>) -> Result<()> {
        match self {
            Values::Text(array) if array.is_null(row) => {}
            Values::Text(array) if raw => text::csv_text(array.value(row).as_bytes(), out),
            Values::Text(array) => text::harmless_csv_text(array.value(row).as_bytes(), out),
            Values::Tags(_) | Values::Objects(_) => {
                let mut plain = Vec::new();
                self.write_plain(row, teller, &mut plain)?;
                text::csv_text(&plain, out);
            }
            _ => self.write_plain(row, teller, out)?,
        }
        Ok(())
    }

    /// The value with its type.
    pub(super) fn cell(&self, row: usize, teller: &mut Teller<'_>) -> Result<Cell<'a>> {
        if self.array().is_null(row) {
            return Ok(Cell::Missing);
        }
        Ok(match self {
            Values::Text(array) => Cell::Text(Cow::Borrowed(array.value(row))),
            Values::Moment(array) => Cell::Moment(teller.civil(array.value(row))),
            Values::Date(array) => Cell::Date(array.value(row)),
            Values::Float(array) => Cell::Number(array.value(row)),
            Values::Int(array) => Cell::Whole(array.value(row)),
            Values::SmallInt(array) => Cell::Whole(array.value(row).into()),
            Values::Flag(array) => Cell::Flag(array.value(row)),
            Values::Uuid(_) | Values::Tags(_) | Values::Objects(_) => {
                let mut plain = Vec::new();
                self.write_plain(row, teller, &mut plain)?;
                Cell::Text(Cow::Owned(String::from_utf8_lossy(&plain).into_owned()))
            }
        })
    }

    /// The value as text; nothing of none.
    pub(super) fn write_plain(&self, row: usize, teller: &mut Teller<'_>, out: &mut Vec<u8>) -> Result<()> {
        if self.array().is_null(row) {
            return Ok(());
        }
        match self {
            Values::Text(array) => out.extend_from_slice(array.value(row).as_bytes()),
            Values::Moment(array) => teller.write(array.value(row), out),
            Values::Date(array) => out.extend_from_slice(date_text(array.value(row)).as_bytes()),
            Values::Float(array) => text::seconds(array.value(row), out)?,
            Values::Int(array) => text::integer(array.value(row), out),
            Values::SmallInt(array) => text::integer(array.value(row).into(), out),
            Values::Flag(array) => out.extend_from_slice(if array.value(row) { b"true" } else { b"false" }),
            Values::Uuid(array) => {
                let uuid = Uuid::from_slice(array.value(row)).unwrap_or_default();
                out.extend_from_slice(uuid.hyphenated().encode_lower(&mut Uuid::encode_buffer()).as_bytes());
            }
            Values::Tags(array) => text::json(&tags(array, row), out)?,
            Values::Objects(array) => text::json(&objects(&array.value(row)), out)?,
        }
        Ok(())
    }
}

fn date_text(days: i32) -> String {
    let (year, month, day) = date(days.into());
    format!("{year:04}-{month:02}-{day:02}")
}

fn tags(array: &arrow::array::MapArray, row: usize) -> Map<String, Value> {
    let entries = array.value(row);
    let text = |column: &ArrayRef, at: usize| column.as_string_opt::<i32>().map(|texts| texts.value(at).to_owned());
    (0..entries.len()).filter_map(|at| Some((text(entries.column(0), at)?, text(entries.column(1), at)?.into()))).collect()
}

/// Objects with texts and numbers of seconds.
fn objects(array: &ArrayRef) -> Vec<Map<String, Value>> {
    let Some(objects) = array.as_any().downcast_ref::<StructArray>() else { return Vec::new() };
    let value = |column: &ArrayRef, at: usize| -> Value {
        if column.is_null(at) {
            return Value::Null;
        }
        let text = column.as_string_view_opt().map(|texts| texts.value(at).into());
        text.or_else(|| Some(number(column.as_primitive_opt::<Float64Type>()?.value(at)).into())).unwrap_or_default()
    };
    let object = |at: usize| {
        let values = objects.columns().iter().map(|column| value(column, at));
        objects.column_names().into_iter().map(str::to_owned).zip(values).collect()
    };
    (0..objects.len()).map(object).collect()
}

/// Tells the moments of a batch's rows, each in its zone.
pub(super) struct Tellers<'a> {
    /// Of rows that name no zone.
    shown: Teller<'a>,
    names: Option<&'a StringViewArray>,
    places: HashMap<&'a str, usize>,
    by_name: Vec<Teller<'a>>,
}

impl<'a> Tellers<'a> {
    pub(super) fn of(zone: &'a Zone, zones: &'a Zones, batch: &'a RecordBatch) -> Self {
        let names = zones.column.and_then(|column| batch.column_by_name(column)?.as_string_view_opt());
        let places = zones.by_name.keys().enumerate().map(|(place, name)| (name.as_str(), place)).collect();
        Tellers { shown: Teller::new(zone), names, places, by_name: zones.by_name.values().map(Teller::new).collect() }
    }

    /// The teller of a row.
    pub(super) fn of_row(&mut self, row: usize) -> &mut Teller<'a> {
        let name = self.names.filter(|names| names.is_valid(row)).map(|names| names.value(row));
        let place = name.and_then(|name| self.places.get(name).copied());
        place.and_then(|place| self.by_name.get_mut(place)).unwrap_or(&mut self.shown)
    }
}

/// The zones that the rows of a batch name.
pub(super) struct Zones {
    column: Option<&'static str>,
    by_name: HashMap<String, Zone>,
}

impl Zones {
    pub(super) fn of(column: Option<&'static str>, batch: &RecordBatch) -> Self {
        let names = column.and_then(|column| batch.column_by_name(column)?.as_string_view_opt());
        let mut by_name = HashMap::new();
        for name in names.into_iter().flatten().flatten() {
            if !by_name.contains_key(name)
                && let Ok(zone) = Zone::new(name)
            {
                by_name.insert(name.to_owned(), zone);
            }
        }
        Zones { column, by_name }
    }
}
