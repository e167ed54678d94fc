//! A page: its rows, and the total of all pages.
//!
//! The total comes first: what each file has of it is most often known already, and says in which files the
//! rows of the page can lie. Of one person or thing there are seldom more rows than a page has: there the page
//! comes first, and if it is not full, its rows are all there are. Where there are many, the rows of the page are
//! found by the first column of their order, and only then read.

use std::sync::Arc;

use arrow::array::RecordBatch;
use datafusion::dataframe::DataFrame;
use datafusion::execution::TaskContext;
use datafusion::execution::session_state::SessionState;
use datafusion::logical_expr::{Expr, LogicalPlan};
use datafusion::physical_plan::{ExecutionPlan, collect};
use datafusion::scalar::ScalarValue;
use rollcall_ledger::{FirstRows, Selected, Selection};

use crate::cursor::Position;
use crate::definition::Definition;
use crate::error::Result;
use crate::filter::Filter;
use crate::plan;
use crate::sort::Direction;

/// Of more rows than this, those of a page are found before all of their columns are read.
const MANY_ROWS: u64 = 8_192;

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
        Some(selection) => selection.count(&page.state, None).await?.total,
        None => rows.count().await? as u64,
    };
    Ok((total, batches))
}

/// The total alone, unless it is known.
pub(crate) async fn total(rows: DataFrame, definition: &Definition, known: Option<u64>) -> Result<u64> {
    if let Some(total) = known {
        return Ok(total);
    }
    let (state, plan) = optimised(rows.clone(), definition, None, 1)?;
    match Selection::of(&plan) {
        Some(selection) => Ok(selection.count(&state, None).await?.total),
        None => Ok(rows.count().await? as u64),
    }
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
        let first = first_rows(definition, after, limit);
        let selected = selection.count(&state, first.as_ref()).await?;
        let plan = match &first {
            Some(first) if selected.total > MANY_ROWS => match bar(&rows, definition, after, &selected, first).await? {
                Some(reaches) => optimised(rows.filter(reaches)?, definition, after, limit)?.1,
                None => plan,
            },
            _ => plan,
        };
        let plan = selected.narrow(plan, first.as_ref())?;
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

/// Which rows a page has, by the first column of their order, where that says in which files they can lie.
fn first_rows<'a>(definition: &'a Definition, after: Option<&Position>, limit: usize) -> Option<FirstRows<'a>> {
    let key = definition.sort.first().filter(|key| definition.report.is_stored(&key.field))?;
    let after = match after.map(|position| position.values.first().cloned().flatten()) {
        // After a row without a value come only rows without one.
        Some(None) => return None,
        after => after.flatten(),
    };
    Some(FirstRows { column: &key.field, descending: key.dir == Direction::Desc, limit, after })
}

/// A condition that a page's rows meet and few others do: found by reading the first column of their order alone,
/// unless counting has come by it.
///
/// A file is asked for all columns of the rows that meet the conditions before it is known which of them come
/// first. With this one they are few.
async fn bar(
    rows: &DataFrame,
    definition: &Definition,
    after: Option<&Position>,
    selected: &Selected,
    first: &FirstRows<'_>,
) -> Result<Option<Expr>> {
    if let Some(value) = selected.bar() {
        return Ok(Some(first.reach(value.clone())));
    }
    let Some(key) = definition.sort.first() else { return Ok(None) };
    let rows = match after {
        Some(position) => rows.clone().filter(plan::beyond(&definition.sort, position))?,
        None => rows.clone(),
    };
    let keys = rows.select_columns(&[first.column])?.sort(vec![key.expression()])?.limit(0, Some(first.limit))?;
    let (state, plan) = keys.into_parts();
    let plan = selected.narrow(state.optimize(&plan)?, Some(first))?;
    let batches = Page { total: 0, state, plan }.read().await?;
    let found: usize = batches.iter().map(RecordBatch::num_rows).sum();
    let last = batches.iter().rev().find(|batch| batch.num_rows() > 0).filter(|_| found == first.limit);
    let Some(last) = last else { return Ok(None) };
    let value = ScalarValue::try_from_array(last.column(0), last.num_rows() - 1)?;
    Ok((!value.is_null()).then(|| first.reach(value)))
}
