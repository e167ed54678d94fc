//! A page: its rows, and the total of all pages.
//!
//! The total comes first: what each file has of it is most often known already, and says in which files the
//! rows of the page can lie. Of one person or thing there are seldom more rows than a page has: there the page
//! comes first, and if it is not full, its rows are all there are.

use std::sync::Arc;

use arrow::array::RecordBatch;
use datafusion::dataframe::DataFrame;
use datafusion::execution::TaskContext;
use datafusion::execution::session_state::SessionState;
use datafusion::logical_expr::LogicalPlan;
use datafusion::physical_plan::{ExecutionPlan, collect};
use rollcall_ledger::{FirstRows, Selected, Selection};

use crate::cursor::Position;
use crate::definition::Definition;
use crate::error::Result;
use crate::filter::Filter;
use crate::plan;
use crate::sort::Direction;

/// Reads the first rows after a position, at most `limit`, and the total of all pages unless that is known.
pub(crate) async fn read(
    rows: DataFrame,
    definition: &Definition,
    known_total: Option<u64>,
    after: Option<&Position>,
    limit: usize,
) -> Result<(u64, Vec<RecordBatch>)> {
    let seldom_full = limit > 1 && definition.filters.iter().any(Filter::names_one);
    if known_total.is_some() || after.is_some() || !seldom_full {
        let page = Page::plan(rows, definition, known_total, after, limit).await?;
        return Ok((page.total, page.read().await?));
    }
    let (state, plan) = optimised(rows.clone(), definition, None, limit)?;
    let selection = Selection::of(&plan);
    let page = Page { total: 0, state, plan };
    let batches = page.read().await?;
    let found: usize = batches.iter().map(RecordBatch::num_rows).sum();
    let total = match selection {
        _ if found < limit => found as u64,
        Some(selection) => selection.count(&page.state).await?.total,
        None => rows.count().await? as u64,
    };
    Ok((total, batches))
}

/// A page that is about to be read.
pub(crate) struct Page {
    /// How many rows there are on all pages.
    total: u64,
    state: SessionState,
    plan: LogicalPlan,
}

impl Page {
    /// Plans the first rows after a position, at most `limit`. The total is counted unless it is known.
    pub(crate) async fn plan(
        rows: DataFrame,
        definition: &Definition,
        known_total: Option<u64>,
        after: Option<&Position>,
        limit: usize,
    ) -> Result<Self> {
        let (state, first) = optimised(rows.clone(), definition, None, limit)?;
        let plan = match after {
            Some(_) => optimised(rows.clone(), definition, after, limit)?.1,
            None => first.clone(),
        };
        let Some(selection) = Selection::of(&first) else {
            let total = match known_total {
                Some(total) => total,
                None => rows.count().await? as u64,
            };
            return Ok(Page { total, state, plan });
        };
        let selected = selection.count(&state).await?;
        let plan = narrow(&selected, plan, definition, after, limit)?;
        Ok(Page { total: known_total.unwrap_or(selected.total), state, plan })
    }

    /// The plan as the query engine runs it.
    pub(crate) async fn physical(&self) -> Result<Arc<dyn ExecutionPlan>> {
        Ok(self.state.query_planner().create_physical_plan(&self.plan, &self.state).await?)
    }

    /// Its rows.
    async fn read(&self) -> Result<Vec<RecordBatch>> {
        Ok(collect(self.physical().await?, Arc::new(TaskContext::from(&self.state))).await?)
    }
}

fn optimised(rows: DataFrame, definition: &Definition, after: Option<&Position>, limit: usize) -> Result<(SessionState, LogicalPlan)> {
    let (state, plan) = plan::sorted(rows, definition, after, Some(limit))?.into_parts();
    let plan = state.optimize(&plan)?;
    Ok((state, plan))
}

/// The plan of a page, reading only the files in which its rows can lie.
fn narrow(selected: &Selected, page: LogicalPlan, definition: &Definition, after: Option<&Position>, limit: usize) -> Result<LogicalPlan> {
    let after = after.map(|position| position.values.first().cloned().flatten());
    let key = definition.sort.first().filter(|key| definition.report.is_stored(&key.field));
    let first = match (key, after) {
        // After a row without a value come only rows without one.
        (None, _) | (_, Some(None)) => None,
        (Some(key), after) => Some(FirstRows { column: &key.field, descending: key.dir == Direction::Desc, limit, after: after.flatten() }),
    };
    Ok(selected.narrow(page, first.as_ref())?)
}
