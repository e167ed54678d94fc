//! A column's values in stretches with about as many rows each, by what the catalogue says of files.
//!
//! Rows that are wanted in the order of a column need not be sorted all at once: those of one stretch come before those of
//! the next. Files lie by day, so a stretch is in few of them. Whether the rows lie as evenly in a file as is assumed
//! here matters to how many rows a stretch has, and to nothing else.

use arrow::array::RecordBatch;
use arrow::datatypes::DataType;
use datafusion::common::Result as DataFusionResult;
use datafusion::execution::session_state::SessionState;
use datafusion::scalar::ScalarValue;

use super::DataFile;
use super::early::usual_bounds;
use super::selection::Selection;
use crate::error::Result;

/// Most stretches: each is a query of its own.
const MAX_STRETCHES: u64 = 4_096;

/// Rows between two values.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Span {
    from: i64,
    to: i64,
    rows: f64,
}

impl Selection {
    /// Where stretches of a column begin, the first aside, in ascending order: each has about so many of the rows that may
    /// be selected. None where they are few, or where nothing is known of the column.
    pub async fn stretches(&self, state: &SessionState, column: &str, rows: u64) -> Result<Vec<ScalarValue>> {
        let predicate = self.predicate(self.filters(), state)?;
        let candidates = self.table().candidates(&predicate, self.filters()).await?;
        let mut spans: Vec<Span> = candidates.files.iter().filter_map(|file| bounds(file, column)).collect();
        for batch in &self.table().tail {
            spans.extend(span_of(batch, column)?);
        }
        let schema = self.table().table.schema();
        let Ok(field) = schema.field_with_name(column) else { return Ok(Vec::new()) };
        let of_value = |value: i64| match field.data_type() {
            DataType::Timestamp(_, zone) => ScalarValue::TimestampMicrosecond(Some(value), zone.clone()),
            _ => ScalarValue::Int64(Some(value)),
        };
        Ok(cuts(&spans, rows).into_iter().map(of_value).collect())
    }
}

/// The values that a file's rows have.
fn bounds(file: &DataFile, column: &str) -> Option<Span> {
    let bounds = usual_bounds(file, column)?;
    let rows = file.rows as f64;
    match (&bounds.min, &bounds.max) {
        (ScalarValue::TimestampMicrosecond(Some(from), _), ScalarValue::TimestampMicrosecond(Some(to), _))
        | (ScalarValue::Int64(Some(from)), ScalarValue::Int64(Some(to))) => Some(Span { from: *from, to: *to, rows }),
        _ => None,
    }
}

fn span_of(batch: &RecordBatch, column: &str) -> DataFusionResult<Option<Span>> {
    use arrow::array::AsArray;
    use arrow::datatypes::{Int64Type, TimestampMicrosecondType};
    let Some(array) = batch.column_by_name(column) else { return Ok(None) };
    let bounds = match array.as_primitive_opt::<TimestampMicrosecondType>() {
        Some(moments) => arrow::compute::min(moments).zip(arrow::compute::max(moments)),
        None => array.as_primitive_opt::<Int64Type>().and_then(|numbers| arrow::compute::min(numbers).zip(arrow::compute::max(numbers))),
    };
    Ok(bounds.map(|(from, to)| Span { from, to, rows: batch.num_rows() as f64 }))
}

/// Values that part spans into stretches of about so many rows, in ascending order.
#[allow(clippy::cast_possible_truncation, clippy::cast_precision_loss, clippy::cast_sign_loss)]
fn cuts(spans: &[Span], rows: u64) -> Vec<i64> {
    let total: f64 = spans.iter().map(|span| span.rows).sum();
    let count = ((total / rows.max(1) as f64).round() as u64).min(MAX_STRETCHES);
    if count < 2 {
        return Vec::new();
    }
    // How many rows begin to come with each value, for each unit of it.
    let mut changes: Vec<(i64, f64)> = Vec::with_capacity(2 * spans.len());
    for span in spans {
        let end = span.to.saturating_add(1);
        let density = span.rows / (end as f64 - span.from as f64).max(1.0);
        changes.extend([(span.from, density), (end, -density)]);
    }
    changes.sort_by_key(|(value, _)| *value);
    let step = total / count as f64;
    let (mut cuts, mut seen, mut density, mut at) = (Vec::new(), 0.0, 0.0, i64::MIN);
    for (value, change) in changes {
        let come = density * (value as f64 - at as f64);
        while density > 0.0 && (cuts.len() as u64) < count - 1 && seen + come >= step * (cuts.len() + 1) as f64 {
            let into = (step * (cuts.len() + 1) as f64 - seen) / density;
            cuts.push(at.saturating_add(into as i64).clamp(at, value));
        }
        (seen, density, at) = (seen + come.max(0.0), (density + change).max(0.0), value);
    }
    cuts.dedup();
    cuts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(from: i64, to: i64, rows: f64) -> Span {
        Span { from, to, rows }
    }

    #[test]
    fn stretches_have_as_many_rows_each() {
        let days: Vec<Span> = (0..10).map(|day| span(day * 100, day * 100 + 99, 1_000.0)).collect();
        let even = cuts(&days, 2_000);
        assert_eq!(even.len(), 4);
        for (cut, expected) in even.iter().zip([200, 400, 600, 800]) {
            assert!((cut - expected).abs() <= 1, "{even:?}");
        }
        // One that is full of rows is parted more often.
        let uneven = cuts(&[span(0, 99, 100.0), span(100, 199, 10_000.0)], 1_000);
        assert!(uneven.iter().filter(|cut| **cut >= 100).count() >= 8, "{uneven:?}");
        assert!(uneven.windows(2).all(|pair| pair[0] < pair[1]));
    }

    #[test]
    fn few_rows_or_one_value_are_one_stretch() {
        assert!(cuts(&[span(0, 99, 100.0)], 1_000).is_empty());
        assert!(cuts(&[], 10).is_empty());
        assert!(cuts(&[span(5, 5, 1e6)], 10).len() <= 2);
        assert!(cuts(&[span(i64::MIN, i64::MAX, 1e6)], 1_000).len() < 1_001);
    }
}
