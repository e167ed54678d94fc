//! The values of one field, by what each file is known to have of them.
//!
//! It is asked for a field that counts do not tell apart. Its values in a file are found once; who asks again reads
//! only what has come since.

use datafusion::arrow::datatypes::DataType;
use datafusion::logical_expr::{Expr, cast, col};
use rollcall_ledger::Selection;

use super::tally::Tally;
use super::without;
use crate::definition::Definition;
use crate::engine::Planned;
use crate::error::Result;
use crate::kinds::Rows;
use crate::plan;

/// The tally of a field; none where rows are not those of one table as they are.
pub(super) async fn tally(planned: &Planned, definition: &Definition, field: &str) -> Result<Option<Tally>> {
    if !matches!(definition.report.description().rows, Rows::Events(_)) {
        return Ok(None);
    }
    let rows = plan::rows(planned, &without(definition, &[field])).await?;
    let (state, plan) = rows.select_columns(&[definition.report.unique_field()])?.into_parts();
    let plan = state.optimize(&plan)?;
    let Some(selection) = Selection::of(&plan) else { return Ok(None) };
    let counts = selection.count_values(&value(planned, definition, field), &state).await?;
    Ok(Some(Tally::of(counts)))
}

/// What the field shows, over the columns of events.
fn value(planned: &Planned, definition: &Definition, field: &str) -> Expr {
    let derived = definition.report.description().derived.iter().find(|derived| derived.name == field);
    let shown = derived.map_or_else(|| col(field), |derived| derived.expression(&planned.people, &definition.zone));
    cast(shown, DataType::Utf8View)
}
