//! A row by its place: how many others come before it.
//!
//! A cursor goes on from one page to the next. Who scrolls far down at once asks for a row in the middle, of which nothing is
//! known but its place. It is found key by key: all values of the first key are looked at, and of no other column; the value
//! at that place leaves few rows, of which the next key tells the one that is meant.

use std::cmp::Ordering;

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Float64Type, Int64Type};
use datafusion::dataframe::DataFrame;
use datafusion::functions_aggregate::expr_fn::count;
use datafusion::logical_expr::{Expr, col, lit};
use datafusion::scalar::ScalarValue;
use futures::StreamExt;

use crate::cursor::Position;
use crate::definition::Definition;
use crate::error::Result;
use crate::plan;
use crate::sort::{Direction, SortKey};

/// The position of the row that so many others come before, of those after a position. None where there are not as many.
pub(crate) async fn seek(rows: DataFrame, definition: &Definition, after: Option<&Position>, place: u64) -> Result<Option<Position>> {
    let mut rows = match after {
        Some(position) => rows.filter(plan::beyond(&definition.sort, position))?,
        None => rows,
    };
    let (mut place, mut values) = (place, Vec::with_capacity(definition.sort.len()));
    for key in &definition.sort {
        let Some(Found { value, before }) = find(&rows, key, place).await? else { return Ok(None) };
        rows = rows.filter(is_value(key, value.as_ref()))?;
        place -= before;
        values.push(value);
    }
    Ok(Some(Position { values }))
}

/// A value of a key, and how many rows come before all that have it.
struct Found {
    value: Option<ScalarValue>,
    before: u64,
}

fn is_value(key: &SortKey, value: Option<&ScalarValue>) -> Expr {
    let column = col(key.field.as_str());
    match value {
        Some(value) => column.eq(lit(value.clone())),
        None => column.is_null(),
    }
}

/// The value of a key that the row at a place has, by that key's order.
async fn find(rows: &DataFrame, key: &SortKey, place: u64) -> Result<Option<Found>> {
    let keys = rows.clone().select_columns(&[key.field.as_str()])?;
    let data_type = keys.schema().field(0).data_type().clone();
    match data_type {
        DataType::Int64 | DataType::Timestamp(..) => find_number(keys, key, place, data_type, i64::cmp, as_int64, ScalarValue::Int64).await,
        DataType::Float64 => find_number(keys, key, place, data_type, f64::total_cmp, as_float64, ScalarValue::Float64).await,
        _ => find_counted(keys, key, place).await,
    }
}

/// Of numbers and times, of which there may be as many as rows: all are held, eight bytes each, and parted at the place.
async fn find_number<T: Copy>(
    keys: DataFrame,
    key: &SortKey,
    place: u64,
    data_type: DataType,
    compare: impl Fn(&T, &T) -> Ordering,
    values_of: impl Fn(&RecordBatch) -> Result<Vec<T>>,
    scalar: impl Fn(Option<T>) -> ScalarValue,
) -> Result<Option<Found>> {
    let (mut values, mut rows) = (Vec::new(), 0_u64);
    let mut batches = keys.execute_stream().await?;
    while let Some(batch) = batches.next().await {
        let batch = batch?;
        rows += batch.num_rows() as u64;
        values.extend(values_of(&batch)?);
    }
    let at = usize::try_from(place).unwrap_or(usize::MAX);
    if at >= values.len() {
        // Rows without a value come last.
        let before = values.len() as u64;
        return Ok((place < rows).then_some(Found { value: None, before }));
    }
    let directed = |one: &T, other: &T| if key.dir == Direction::Asc { compare(one, other) } else { compare(other, one) };
    let (earlier, value, _) = values.select_nth_unstable_by(at, directed);
    let before = earlier.iter().filter(|one| directed(one, value) == Ordering::Less).count() as u64;
    let value = scalar(Some(*value)).cast_to(&data_type)?;
    Ok(Some(Found { value: Some(value), before }))
}

fn as_int64(batch: &RecordBatch) -> Result<Vec<i64>> {
    let numbers = cast(batch.column(0), &DataType::Int64)?;
    Ok(numbers.as_primitive::<Int64Type>().iter().flatten().collect())
}

fn as_float64(batch: &RecordBatch) -> Result<Vec<f64>> {
    Ok(batch.column(0).as_primitive::<Float64Type>().iter().flatten().collect())
}

/// Of texts and the like, of which there are fewer than rows: how many rows have each, in their order.
async fn find_counted(keys: DataFrame, key: &SortKey, place: u64) -> Result<Option<Found>> {
    const ROWS: &str = "rows";
    let counted = keys.aggregate(vec![col(key.field.as_str())], vec![count(lit(1)).alias(ROWS)])?.sort(vec![key.expression()])?;
    let mut batches = counted.execute_stream().await?;
    let mut before = 0;
    while let Some(batch) = batches.next().await {
        let batch = batch?;
        let counts = cast(batch.column(1), &DataType::Int64)?;
        for (row, rows) in counts.as_primitive::<Int64Type>().iter().enumerate() {
            let rows = u64::try_from(rows.unwrap_or_default()).unwrap_or_default();
            if place < before + rows {
                let column = batch.column(0);
                let value = (!column.is_null(row)).then(|| ScalarValue::try_from_array(column, row)).transpose()?;
                return Ok(Some(Found { value, before }));
            }
            before += rows;
        }
    }
    Ok(None)
}
