//! From a definition and some keys to aggregated columns.
//!
//! How many rows a group has is summed over weights. A row weighs one; a row of counts weighs the events that
//! it counts. So counts and rows are aggregated together wherever counts tell the keys apart.
//!
//! Durations are summed as whole microseconds: the sum is the same in whatever order rows come.

use datafusion::arrow::datatypes::DataType;
use datafusion::dataframe::DataFrame;
use datafusion::functions::core::expr_fn::coalesce;
use datafusion::functions_aggregate::expr_fn::{approx_median, count, count_distinct, max, median, min, sum};
use datafusion::logical_expr::{Expr, cast, col, lit};
use datafusion::prelude::SessionContext;
use datafusion::scalar::ScalarValue;
use rollcall_model::zone::Zone;

use super::{GroupKey, Measure, empty};
use crate::bucket::{BucketSize, time_bucket};
use crate::definition::Definition;
use crate::engine::Planned;
use crate::error::Result;
use crate::kind::Kind;
use crate::kinds::{Rows, derived};
use crate::{plan, total};

/// Microseconds of a second.
const MICROS: f64 = 1_000_000.0;

/// A column by which rows are grouped.
pub(crate) struct KeyColumn {
    pub(crate) name: String,
    /// The key of a row.
    pub(crate) of_row: Expr,
    /// Where counts have it.
    pub(crate) counted: Counted,
    /// Whether agents without rows make groups too.
    pub(crate) empty: bool,
}

/// How counts have a key.
pub(crate) enum Counted {
    /// As one of their columns.
    As(String),
    /// As the bucket of the time at which they begin.
    Within(BucketSize),
    /// Not at all.
    Never,
}

impl KeyColumn {
    pub(crate) fn of(key: &GroupKey, zone: &Zone) -> Self {
        let name = key.name();
        match key.bucket {
            None => KeyColumn { name, of_row: col(key.field.as_str()), counted: Counted::As(key.field.clone()), empty: key.empty },
            Some(size) => {
                let counted = if key.field == "event_time" { Counted::Within(size) } else { Counted::Never };
                KeyColumn { name, of_row: time_bucket(size, zone, col(key.field.as_str())), counted, empty: false }
            }
        }
    }

    fn of_count(&self, zone: &Zone) -> Option<Expr> {
        match &self.counted {
            Counted::As(column) => Some(col(column.as_str())),
            Counted::Within(size) => Some(time_bucket(*size, zone, col("start_time"))),
            Counted::Never => None,
        }
    }
}

/// The time by which a kind's rows are ordered: of the event, or of the login.
pub(crate) fn time_field(kind: Kind) -> String {
    kind.default_sort().first().map(|key| key.field.clone()).unwrap_or_default()
}

/// The groups of a definition: a column for each key, then one for each measure.
pub(crate) async fn groups(
    planned: &Planned,
    definition: &Definition,
    keys: &[KeyColumn],
    measures: &[Measure],
    approximate: bool,
) -> Result<DataFrame> {
    let with_empty = keys.iter().any(|key| key.empty);
    if !with_empty
        && measures.iter().all(|measure| *measure == Measure::Count)
        && let Some(weighted) = counted(planned, definition, keys)?
    {
        return aggregate(weighted, keys, measures, approximate);
    }
    let rows = plan::rows(planned, definition).await?;
    let context = SessionContext::new_with_state(rows.clone().into_parts().0);
    let rows = weighted(rows, definition.report, keys, measures)?;
    if !with_empty {
        return aggregate(rows, keys, measures, approximate);
    }
    let without_rows = weightless(empty::agents(planned, definition, &context)?, keys, &rows)?;
    aggregate(rows.union(without_rows)?, keys, measures, approximate)
}

/// Rows that make groups and weigh nothing: with keys, and nothing to measure.
fn weightless(rows: DataFrame, keys: &[KeyColumn], like: &DataFrame) -> Result<DataFrame> {
    let measured = like.schema().fields().iter().filter(|field| field.name().starts_with("measured_"));
    let nothing = measured.map(|field| Ok(lit(ScalarValue::try_from(field.data_type())?).alias(field.name().as_str())));
    let columns = key_columns(keys).chain([lit(0_i64).alias("weight")]).map(Ok).chain(nothing);
    Ok(rows.select(columns.collect::<Result<Vec<Expr>>>()?)?)
}

/// Counts and what they don't count, with keys and weights, where that answers exactly.
pub(crate) fn counted(planned: &Planned, definition: &Definition, keys: &[KeyColumn]) -> Result<Option<DataFrame>> {
    let columns = keys.iter().filter_map(|key| match &key.counted {
        Counted::As(column) => Some(column.as_str()),
        _ => None,
    });
    let columns: Vec<&str> = columns.collect();
    let Some(events) = total::events(planned, definition, &columns)? else { return Ok(None) };
    let aligned = |key: &KeyColumn| match key.counted {
        Counted::As(_) => true,
        Counted::Within(size) => size.is_aligned(events.stretch_micros, planned.range, &definition.zone),
        Counted::Never => false,
    };
    if !keys.iter().all(aligned) {
        return Ok(None);
    }
    let of_counts = keys.iter().filter_map(|key| Some(key.of_count(&definition.zone)?.alias(key.name.as_str())));
    let of_counts: Vec<Expr> = of_counts.chain([col("events").alias("weight")]).collect();
    let counts = events.counts.select(of_counts)?;
    Ok(Some(counts.union(events.rows.select(key_columns(keys).chain([one()]).collect::<Vec<_>>())?)?))
}

fn key_columns(keys: &[KeyColumn]) -> impl Iterator<Item = Expr> {
    keys.iter().map(|key| key.of_row.clone().alias(key.name.as_str()))
}

fn one() -> Expr {
    lit(1_i64).alias("weight")
}

/// Rows with keys, weights and what the measures look at.
fn weighted(rows: DataFrame, kind: Kind, keys: &[KeyColumn], measures: &[Measure]) -> Result<DataFrame> {
    let mut columns: Vec<Expr> = key_columns(keys).chain([one()]).collect();
    let any = |wanted: &[Measure]| measures.iter().any(|measure| wanted.contains(measure));
    if any(&[Measure::Agents]) {
        // Of something done, it is who did it.
        let agent = match kind.description().rows {
            Rows::Events(_) => derived::first_of([col("agent_id"), col("triggered_by_id")].into_iter()),
            Rows::Sessions => col("agent_id"),
        };
        columns.push(agent.alias("measured_agent"));
    }
    if any(&[Measure::First, Measure::Last]) {
        columns.push(col(time_field(kind).as_str()).alias("measured_time"));
    }
    if measures.iter().any(|measure| measure.is_of_durations()) {
        columns.push(col("duration").alias("measured_seconds"));
        // A duration is whole microseconds: adding a half makes up for what the division has lost.
        columns.push(cast(col("duration") * lit(MICROS) + lit(0.5), DataType::Int64).alias("measured_micros"));
    }
    Ok(rows.select(columns)?)
}

/// Groups of rows that have keys and weights.
fn aggregate(rows: DataFrame, keys: &[KeyColumn], measures: &[Measure], approximate: bool) -> Result<DataFrame> {
    let by = keys.iter().map(|key| col(key.name.as_str())).collect();
    let aggregates = measures.iter().flat_map(|measure| aggregates(*measure, approximate)).collect();
    let grouped = rows.aggregate(by, aggregates)?;
    let is_all = keys.is_empty();
    let keys = keys.iter().map(|key| col(key.name.as_str()));
    let measures = measures.iter().map(|measure| match measure {
        // A group has a row; all rows together may be none, of which there is no sum.
        Measure::Count if is_all => coalesce(vec![col(measure.name()), lit(0_i64)]).alias(measure.name()),
        measure => told(*measure),
    });
    Ok(grouped.select(keys.chain(measures).collect::<Vec<_>>())?)
}

fn aggregates(measure: Measure, approximate: bool) -> Vec<Expr> {
    let seconds = || col("measured_seconds");
    let one = |expression: Expr| vec![expression.alias(measure.name())];
    match measure {
        Measure::Count => one(sum(col("weight"))),
        Measure::Agents => one(count_distinct(col("measured_agent"))),
        Measure::First => one(min(col("measured_time"))),
        Measure::Last => one(max(col("measured_time"))),
        Measure::DurationSum => one(sum(col("measured_micros"))),
        Measure::DurationMean => {
            vec![sum(col("measured_micros")).alias("mean_of_micros"), count(col("measured_micros")).alias("mean_of_rows")]
        }
        Measure::DurationMedian if approximate => one(approx_median(seconds())),
        Measure::DurationMedian => one(median(seconds())),
        Measure::DurationMax => one(max(seconds())),
    }
}

fn told(measure: Measure) -> Expr {
    let number = |column: &str| cast(col(column), DataType::Float64);
    let value = match measure {
        Measure::DurationSum => number(measure.name()) / lit(MICROS),
        Measure::DurationMean => number("mean_of_micros") / number("mean_of_rows") / lit(MICROS),
        _ => return col(measure.name()),
    };
    value.alias(measure.name())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{ArrayRef, AsArray, Float64Array, Int64Array, RecordBatch};
    use arrow::datatypes::Float64Type;
    use datafusion::prelude::SessionContext;

    use super::*;

    async fn median_of(seconds: Vec<f64>, approximate: bool) -> f64 {
        let weight: ArrayRef = Arc::new(Int64Array::from(vec![1; seconds.len()]));
        let seconds: ArrayRef = Arc::new(Float64Array::from(seconds));
        let rows = RecordBatch::try_from_iter([("weight", weight), ("measured_seconds", seconds)]).unwrap();
        let rows = SessionContext::new().read_batch(rows).unwrap();
        let groups = aggregate(rows, &[], &[Measure::DurationMedian], approximate).unwrap().collect().await.unwrap();
        groups[0].column(0).as_primitive::<Float64Type>().value(0)
    }

    #[tokio::test]
    async fn a_median_is_the_middle_or_near_it() {
        assert_eq!(median_of(vec![9.0, 1.0, 4.0, 2.0], false).await.to_bits(), 3.0_f64.to_bits());
        let near = median_of((0..10_000).map(f64::from).collect(), true).await;
        assert!((near - 4_999.5).abs() < 100.0, "{near}");
    }
}
