//! The total alone: where somebody asks for no rows, events that were counted already needn't be read.

use arrow::array::AsArray;
use arrow::datatypes::Int64Type;
use datafusion::dataframe::DataFrame;
use datafusion::functions_aggregate::expr_fn::sum;
use datafusion::logical_expr::col;
use rollcall_ledger::CountedEvents;

use crate::definition::Definition;
use crate::engine::Planned;
use crate::error::Result;
use crate::kinds::Rows;

/// The rows of a definition for somebody who only counts them, by more columns too, where counts answer exactly.
pub(crate) fn events(planned: &Planned, definition: &Definition, by: &[&str]) -> Result<Option<CountedEvents>> {
    let range = planned.range;
    let Rows::Events(of_kind) = &definition.report.description().rows else { return Ok(None) };
    let mut columns = of_kind.condition_columns();
    columns.extend(definition.filters.iter().map(|filter| filter.field.as_str()));
    columns.extend(by);
    let Some(events) = planned.snapshot.counted_events(range.from..range.to, &columns)? else { return Ok(None) };
    let filtered = |rows: DataFrame| -> Result<DataFrame> {
        let rows = match of_kind.conditions() {
            Some(conditions) => rows.filter(conditions)?,
            None => rows,
        };
        definition.filters.iter().try_fold(rows, |rows, filter| Ok(rows.filter(filter.expression(definition.report, &planned.people))?))
    };
    Ok(Some(CountedEvents { counts: filtered(events.counts)?, rows: filtered(events.rows)?, ..events }))
}

/// The total of a definition's rows by the counts, where those answer exactly.
pub(crate) async fn counted(planned: &Planned, definition: &Definition) -> Result<Option<u64>> {
    let Some(events) = events(planned, definition, &[])? else { return Ok(None) };
    let summed = events.counts.aggregate(Vec::new(), vec![sum(col("events"))])?.collect().await?;
    let summed =
        summed.iter().filter_map(|batch| batch.columns().first()?.as_primitive_opt::<Int64Type>()?.iter().flatten().next()).sum::<i64>();
    let one_by_one = events.rows.count().await? as u64;
    Ok(Some(u64::try_from(summed).unwrap_or(0) + one_by_one))
}
