//! Statistics of a file's columns, taken from its rows: what the catalogue should say of them.

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::compute::{max, max_boolean, max_fixed_size_binary, max_string_view, min, min_boolean, min_fixed_size_binary, min_string_view};
use arrow::datatypes::{DataType, Float64Type, Int32Type, Int64Type, TimestampMicrosecondType};
use rollcall_model::Timestamp;
use rollcall_model::columns::{Column, ColumnType};
use uuid::Uuid;

use crate::catalogue::moment_text;
use crate::lake::FileStatistics;
use crate::schema::Table;

/// Texts are cut to so many bytes where they serve as bounds: a page of a log is no use as one.
const BOUND_BYTES: usize = 64;

/// A value, in the order in which columns are.
#[derive(Debug, Clone, PartialEq, PartialOrd)]
enum Value {
    Int(i64),
    Moment(i64),
    Float(f64),
    Bool(bool),
    Text(String),
    Uuid(Uuid),
}

/// What was met of one column.
#[derive(Debug)]
struct Measure {
    column: &'static Column,
    /// DuckLake's number of it.
    id: i64,
    nulls: i64,
    values: i64,
    min: Option<Value>,
    max: Option<Value>,
}

/// What was met of all columns of a table but its map, of which the catalogue says nothing.
#[derive(Debug)]
pub(super) struct Measures(Vec<Measure>);

impl Measures {
    pub(super) fn new(table: Table) -> Self {
        let columns = table.columns().iter().zip(1_i64..).filter(|(column, _)| column.column_type != ColumnType::Map);
        Measures(columns.map(|(column, id)| Measure { column, id, nulls: 0, values: 0, min: None, max: None }).collect())
    }

    /// Adds rows. A column that they don't have is missing in all of them.
    pub(super) fn add(&mut self, batch: &RecordBatch) {
        for measure in &mut self.0 {
            match batch.column_by_name(measure.column.name) {
                Some(array) => measure.add(array),
                None => measure.nulls += i64::try_from(batch.num_rows()).unwrap_or(0),
            }
        }
    }

    /// The first and the last moment of a time column, in microseconds, and whether some rows have none.
    pub(super) fn times(&self, column: &str) -> (Option<(i64, i64)>, bool) {
        let Some(measure) = self.0.iter().find(|measure| measure.column.name == column) else { return (None, true) };
        match (&measure.min, &measure.max) {
            (Some(Value::Moment(first)), Some(Value::Moment(last))) => (Some((*first, *last)), measure.nulls > 0),
            _ => (None, measure.nulls > 0),
        }
    }

    /// A required column that some rows lack.
    pub(super) fn lacking(&self) -> Option<&'static str> {
        self.0.iter().find(|measure| measure.column.required && measure.nulls > 0).map(|measure| measure.column.name)
    }

    /// What is wrong in the first of the catalogue's claims that is.
    pub(super) fn contradiction(&self, claimed: impl Fn(i64) -> Option<FileStatistics>) -> Option<String> {
        self.0.iter().find_map(|measure| {
            let what = match claimed(measure.id) {
                Some(claimed) => measure.contradiction(&claimed)?,
                None => "expected statistics, got none".to_owned(),
            };
            Some(format!("column {}: {what}", measure.column.name))
        })
    }

    /// What the catalogue should say. `bytes` are those of each column, in the order of the table's columns.
    pub(super) fn statistics(&self, bytes: impl Fn(i64) -> i64) -> Vec<FileStatistics> {
        let of = |measure: &Measure| FileStatistics {
            column_id: measure.id,
            bytes: bytes(measure.id),
            values: measure.values,
            nulls: measure.nulls,
            min: measure.min.as_ref().map(Value::lower_bound),
            max: measure.max.as_ref().map(Value::upper_bound),
        };
        self.0.iter().map(of).collect()
    }
}

impl Measure {
    fn add(&mut self, array: &ArrayRef) {
        let nulls = array.logical_null_count();
        self.nulls += i64::try_from(nulls).unwrap_or(0);
        self.values += i64::try_from(array.len() - nulls).unwrap_or(0);
        if let Some((low, high)) = bounds(array) {
            if self.min.as_ref().is_none_or(|known| low < *known) {
                self.min = Some(low);
            }
            if self.max.as_ref().is_none_or(|known| high > *known) {
                self.max = Some(high);
            }
        }
    }

    fn contradiction(&self, claimed: &FileStatistics) -> Option<String> {
        let differs = |name: &str, found: &dyn std::fmt::Display, claimed: &dyn std::fmt::Display| {
            Some(format!("the rows have {name} {found}, the catalogue claims {claimed}"))
        };
        if claimed.nulls != self.nulls {
            return differs("missing values", &self.nulls, &claimed.nulls);
        }
        if claimed.values != self.values {
            return differs("values", &self.values, &claimed.values);
        }
        // A claim that is not made can't be wrong: such a file is never left out.
        let wrong = |claim: &Option<String>, found: &Option<Value>, holds: fn(&Value, &str) -> bool| match (claim, found) {
            (Some(claim), Some(found)) => !holds(found, claim),
            (Some(_), None) => true,
            (None, _) => false,
        };
        let text = |value: &Option<Value>| value.as_ref().map_or_else(|| "none".to_owned(), Value::text);
        if wrong(&claimed.min, &self.min, Value::has_lower_bound) {
            return differs("the smallest value", &text(&self.min), &claimed.min.as_deref().unwrap_or_default());
        }
        if wrong(&claimed.max, &self.max, Value::has_upper_bound) {
            return differs("the largest value", &text(&self.max), &claimed.max.as_deref().unwrap_or_default());
        }
        None
    }
}

/// The smallest and the largest value of an array.
fn bounds(array: &ArrayRef) -> Option<(Value, Value)> {
    let both = |low: Option<Value>, high: Option<Value>| low.zip(high);
    match array.data_type() {
        DataType::Int64 => {
            let numbers = array.as_primitive::<Int64Type>();
            both(min(numbers).map(Value::Int), max(numbers).map(Value::Int))
        }
        DataType::Int32 => {
            let numbers = array.as_primitive::<Int32Type>();
            both(min(numbers).map(i64::from).map(Value::Int), max(numbers).map(i64::from).map(Value::Int))
        }
        DataType::Float64 => {
            let numbers = array.as_primitive::<Float64Type>();
            both(min(numbers).map(Value::Float), max(numbers).map(Value::Float))
        }
        DataType::Timestamp(..) => {
            let moments = array.as_primitive::<TimestampMicrosecondType>();
            both(min(moments).map(Value::Moment), max(moments).map(Value::Moment))
        }
        DataType::Boolean => both(min_boolean(array.as_boolean()).map(Value::Bool), max_boolean(array.as_boolean()).map(Value::Bool)),
        DataType::Utf8View => {
            let texts = array.as_string_view();
            let owned = |text: &str| Value::Text(text.to_owned());
            both(min_string_view(texts).map(owned), max_string_view(texts).map(owned))
        }
        DataType::FixedSizeBinary(16) => {
            let uuids = array.as_fixed_size_binary();
            let uuid = |bytes: &[u8]| Uuid::from_slice(bytes).ok().map(Value::Uuid);
            both(min_fixed_size_binary(uuids).and_then(uuid), max_fixed_size_binary(uuids).and_then(uuid))
        }
        _ => None,
    }
}

impl Value {
    /// As the catalogue writes it.
    fn text(&self) -> String {
        match self {
            Value::Int(number) => number.to_string(),
            Value::Moment(micros) => Timestamp::from_micros(*micros).map(moment_text).unwrap_or_default(),
            Value::Float(number) => format!("{number:?}"),
            Value::Bool(flag) => i64::from(*flag).to_string(),
            Value::Text(text) => text.clone(),
            Value::Uuid(uuid) => uuid.to_string(),
        }
    }

    /// A text that is not larger, and short.
    fn lower_bound(&self) -> String {
        match self {
            Value::Text(text) => beginning(text).to_owned(),
            other => other.text(),
        }
    }

    /// A text that is not smaller, and short where that can be.
    fn upper_bound(&self) -> String {
        match self {
            Value::Text(text) if text.len() > BOUND_BYTES => next_text(beginning(text)).unwrap_or_else(|| text.clone()),
            other => other.text(),
        }
    }

    fn has_lower_bound(&self, claim: &str) -> bool {
        match self {
            Value::Text(text) => text == claim || (text.starts_with(claim) && is_cut(claim)),
            Value::Float(number) => claim.parse() == Ok(*number),
            other => other.text() == claim,
        }
    }

    fn has_upper_bound(&self, claim: &str) -> bool {
        match self {
            Value::Text(text) => self.upper_bound() == claim || text == claim || (is_next_of(text, claim) && is_cut(claim)),
            Value::Float(number) => claim.parse() == Ok(*number),
            other => other.text() == claim,
        }
    }
}

/// Whether a bound is so long that it can have been cut.
fn is_cut(claim: &str) -> bool {
    claim.len() + 3 >= BOUND_BYTES
}

/// Whether a bound is a beginning of the text with its last character replaced by the next one.
fn is_next_of(text: &str, claim: &str) -> bool {
    let mut before = claim.char_indices();
    let Some((at, _)) = before.next_back() else { return false };
    claim.get(..at).is_some_and(|common| text.starts_with(common)) && text < claim
}

/// What of a text lies within the length of a bound.
fn beginning(text: &str) -> &str {
    let cut = (0..=BOUND_BYTES.min(text.len())).rev().find(|&at| text.is_char_boundary(at));
    text.get(..cut.unwrap_or(0)).unwrap_or(text)
}

/// The shortest text after all that begin with `text`: one character counts one further, what follows it is cut.
fn next_text(text: &str) -> Option<String> {
    text.char_indices().rev().find_map(|(at, last)| {
        let next = char::from_u32(u32::from(last) + 1).filter(|next| next.len_utf8() == last.len_utf8())?;
        Some(format!("{}{next}", text.get(..at)?))
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_long_text_is_cut_to_a_bound() {
        let long = Value::Text("a".repeat(100));
        assert_eq!(long.lower_bound(), "a".repeat(64));
        assert_eq!(long.upper_bound(), format!("{}b", "a".repeat(63)));
        assert!(!long.has_upper_bound(&"a".repeat(64)), "smaller than the text");
        assert!(!long.has_upper_bound("b"), "a bound, but not one that was cut from it");
        assert!(!long.has_lower_bound("a"));
        let last = Value::Text("\u{10ffff}".repeat(40));
        assert_eq!(last.upper_bound(), "\u{10ffff}".repeat(40), "nothing comes after it");
    }

    #[test]
    fn zero_has_two_signs() {
        assert!(Value::Float(0.0).has_lower_bound("-0.0"));
        assert!(!Value::Float(0.5).has_lower_bound("0.0"));
    }

    proptest! {
        #[test]
        fn bounds_hold_and_are_known_again(text in "[a-c\u{e4}\u{d7ff}\u{10ffff}]{0,90}") {
            let value = Value::Text(text.clone());
            let (low, high) = (value.lower_bound(), value.upper_bound());
            prop_assert!(low <= text && text <= high);
            prop_assert!(value.has_lower_bound(&low) && value.has_upper_bound(&high));
        }
    }
}
