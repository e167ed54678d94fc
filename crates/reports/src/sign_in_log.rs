//! The sign-in log: access events, but not signs of life.

use datafusion::dataframe::DataFrame;
use datafusion::logical_expr::{col, lit};
use rollcall_ledger::Snapshot;
use rollcall_model::range::ResolvedRange;
use rollcall_model::{AccessActivity, Category};

use crate::error::Result;
use crate::plan::{agent, moment};

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
