//! The sign-in log: access events, but not signs of life.

use datafusion::dataframe::DataFrame;
use datafusion::logical_expr::{Expr, col, lit};
use rollcall_ledger::Snapshot;
use rollcall_model::range::ResolvedRange;
use rollcall_model::{AccessActivity, Category};

use crate::error::Result;
use crate::plan::{agent, moment};

/// The columns that its conditions look at, beside the time.
pub(crate) const CONDITION_COLUMNS: [&str; 2] = ["category", "activity"];

/// What every event of the log is, whenever it happened.
pub(crate) fn conditions() -> Expr {
    let signs_of_life = lit(AccessActivity::SignOfLife.as_str());
    col("category").eq(lit(Category::Access.as_str())).and(col("activity").not_eq(signs_of_life))
}

/// The events of the range, with the agent.
pub(crate) fn rows(snapshot: &Snapshot, range: ResolvedRange) -> Result<DataFrame> {
    let events = snapshot.events()?.filter(
        col("category")
            .eq(lit(Category::Access.as_str()))
            .and(col("event_time").gt_eq(moment(range.from)))
            .and(col("event_time").lt(moment(range.to)))
            .and(col("activity").not_eq(lit(AccessActivity::SignOfLife.as_str()))),
    )?;
    Ok(events.with_column("agent", agent())?)
}
