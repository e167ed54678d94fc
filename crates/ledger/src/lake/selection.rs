//! What a plan selects from a table of the lake: how many rows, in which files, and where the first ones lie.
//!
//! A page of a report needs its total and its first rows. The total is the sum of what each file and the
//! tail have; of files it is remembered ([`super::matches`]), so a page that was asked for before reads none
//! for it. Knowing what each file has, a plan needs to open only those in which the first rows can lie.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::compute::{SortOptions, concat, sort_limit};
use datafusion::catalog::default_table_source::{provider_as_source, source_as_provider};
use datafusion::common::DFSchema;
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::execution::TaskContext;
use datafusion::execution::session_state::SessionState;
use datafusion::logical_expr::expr_rewriter::unnormalize_cols;
use datafusion::logical_expr::physical_planning_context::PhysicalPlanningContext;
use datafusion::logical_expr::utils::{conjunction, split_conjunction};
use datafusion::logical_expr::{Expr, LogicalPlan, col, lit};
use datafusion::physical_expr::{PhysicalExpr, create_physical_expr};
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_optimizer::filter_pushdown::FilterPushdown;
use datafusion::physical_optimizer::projection_pushdown::ProjectionPushdown;
use datafusion::physical_plan::filter::FilterExecBuilder;
use datafusion::physical_plan::{ExecutionPlan, collect_partitioned};
use datafusion::scalar::ScalarValue;

use super::early::Candidates;
use super::matches::Filters;
use super::table::LakeTable;
use super::{DataFile, certain};
use crate::error::Result;
use crate::schema::position;

/// From files with more rows than this, no keys are gathered while they are counted: memory has a bound.
const MAX_KEYS: i64 = 2_000_000;

/// A table and the filters that a plan selects its rows by.
#[derive(Debug)]
pub struct Selection {
    table: LakeTable,
    filters: Filters,
}

/// How many rows are selected, and where they lie.
#[derive(Debug, Clone)]
pub struct Selected {
    /// In files and in the tail together.
    pub total: u64,
    /// By the id of the file, hidden rows included; files that are not named have none.
    files: HashMap<i64, u64>,
    /// Rows of files that need not be opened for them, hidden ones included.
    early: Vec<RecordBatch>,
    /// How many of those in files are hidden.
    hidden: u64,
    /// A value of the first column of the order that at least as many rows reach as are wanted, where counting has
    /// come by it.
    bar: Option<ScalarValue>,
}

/// Which rows are wanted, by the first column of their order. Rows show it as files have it.
#[derive(Debug, Clone)]
pub struct FirstRows<'a> {
    /// The column.
    pub column: &'a str,
    /// Largest first.
    pub descending: bool,
    /// How many rows are wanted.
    pub limit: usize,
    /// The value that the row before them has, unless they are the very first.
    pub after: Option<ScalarValue>,
}

impl Selection {
    /// What an optimised plan selects, if it reads one table of the lake, filters it by nothing that the table
    /// does not know of, and what is hidden is known whole.
    pub fn of(plan: &LogicalPlan) -> Option<Self> {
        let mut above = Vec::new();
        let mut node = plan;
        let scan = loop {
            match node {
                LogicalPlan::TableScan(scan) => break scan,
                LogicalPlan::Filter(filter) => above.extend(split_conjunction(&filter.predicate).into_iter().cloned()),
                LogicalPlan::Projection(_) | LogicalPlan::Sort(_) | LogicalPlan::Limit(_) | LogicalPlan::SubqueryAlias(_) => {}
                _ => return None,
            }
            node = node.inputs().first().copied()?;
        };
        if scan.fetch.is_some() || !above.iter().all(|filter| scan.filters.contains(filter)) {
            return None;
        }
        let provider = source_as_provider(&scan.source).ok()?;
        let table = provider.downcast_ref::<LakeTable>()?.clone();
        if table.hidden_rows.is_none() && !table.hidden.is_empty() {
            return None;
        }
        Some(Selection { table, filters: Arc::from(unnormalize_cols(scan.filters.iter().cloned())) })
    }

    /// Counts what is selected. Files are read only where the answer is not known; where they are, the first column
    /// of the order is read with them, if some first rows are wanted.
    pub async fn count(&self, state: &SessionState, first: Option<&FirstRows<'_>>) -> Result<Selected> {
        let predicate = self.predicate(&self.filters, state)?;
        let Candidates { files: candidates, early } = self.table.candidates(&predicate, &self.filters).await?;
        let (mut files, mut keys) = (HashMap::new(), HashMap::new());
        for (filters, of_filters) in self.by_what_is_uncertain(candidates) {
            files.extend(self.rows_of(&filters, of_filters, first, &mut keys, state).await?);
        }
        files.retain(|_, rows| *rows > 0);
        let tail = self.table.tail.iter().map(|batch| matching(batch, &predicate)).sum::<Result<u64>>()?;
        let of_early = early.iter().map(|batch| batch.num_rows() as u64).sum::<u64>();
        let hidden = self.table.hidden_rows.iter().map(|batch| matching(batch, &predicate)).sum::<Result<u64>>()?;
        let total = (files.values().sum::<u64>() + of_early + tail).saturating_sub(hidden);
        let mut selected = Selected { total, files, early, hidden, bar: None };
        if let Some(first) = first {
            selected.bar = selected.bar_of_keys(&self.table.files, &keys, first)?;
        }
        Ok(selected)
    }

    pub(super) fn table(&self) -> &LakeTable {
        &self.table
    }

    pub(super) fn filters(&self) -> &Filters {
        &self.filters
    }

    pub(super) fn predicate(&self, filters: &Filters, state: &SessionState) -> Result<Arc<dyn PhysicalExpr>> {
        let Some(filter) = conjunction(filters.iter().cloned()) else { return Ok(datafusion::physical_expr::expressions::lit(true)) };
        let schema = DFSchema::try_from(self.table.table.schema())?;
        Ok(create_physical_expr(&filter, &schema, state.execution_props(), &PhysicalPlanningContext::default())?)
    }

    /// Files by the filters that some of their rows may not meet.
    pub(super) fn by_what_is_uncertain(&self, files: Vec<Arc<DataFile>>) -> HashMap<Filters, Vec<Arc<DataFile>>> {
        let mut by_uncertain: HashMap<Vec<bool>, Vec<Arc<DataFile>>> = HashMap::new();
        for file in files {
            let uncertain = self.filters.iter().map(|filter| !certain::is_met(filter, &file)).collect();
            by_uncertain.entry(uncertain).or_default().push(file);
        }
        let filters_of = |uncertain: Vec<bool>| {
            let filters = self.filters.iter().zip(uncertain).filter(|(_, is_uncertain)| *is_uncertain);
            filters.map(|(filter, _)| filter.clone()).collect::<Filters>()
        };
        by_uncertain.into_iter().map(|(uncertain, files)| (filters_of(uncertain), files)).collect()
    }

    /// How many rows of each file match filters. Of files that are read, what they have of the order's first column
    /// is added to the keys.
    async fn rows_of(
        &self,
        filters: &Filters,
        files: Vec<Arc<DataFile>>,
        first: Option<&FirstRows<'_>>,
        keys: &mut HashMap<i64, Vec<ArrayRef>>,
        state: &SessionState,
    ) -> Result<Vec<(i64, u64)>> {
        if filters.is_empty() {
            return Ok(files.iter().map(|file| (file.data_file_id, u64::try_from(file.rows).unwrap_or(0))).collect());
        }
        let mut known = self.table.store.matches().known(filters);
        let unknown: Vec<Arc<DataFile>> = files.iter().filter(|file| !known.contains_key(&file.data_file_id)).cloned().collect();
        if !unknown.is_empty() {
            let few = unknown.iter().map(|file| file.rows).sum::<i64>() <= MAX_KEYS;
            let key = first.filter(|first| few && first.after.is_none()).map(|first| position(self.table.table, first.column));
            let parts = self.matching_rows(&unknown, filters, key, state).await?;
            let rows = parts.iter().map(|batches| batches.iter().map(|batch| batch.num_rows() as u64).sum::<u64>());
            let found: Vec<(i64, u64)> = unknown.iter().map(|file| file.data_file_id).zip(rows).collect();
            self.table.store.matches().remember(filters, found.iter().copied());
            known.extend(found);
            if key.is_some() {
                let of_part = |batches: &Vec<RecordBatch>| batches.iter().filter_map(|batch| batch.columns().first().cloned()).collect();
                keys.extend(unknown.iter().map(|file| file.data_file_id).zip(parts.iter().map(of_part)));
            }
        }
        Ok(files.iter().filter_map(|file| Some((file.data_file_id, *known.get(&file.data_file_id)?))).collect())
    }

    /// Reads files, each as a part of its own. Of the rows that match a column is given, or nothing but their number.
    async fn matching_rows(
        &self,
        files: &[Arc<DataFile>],
        filters: &Filters,
        column: Option<usize>,
        state: &SessionState,
    ) -> Result<Vec<Vec<RecordBatch>>> {
        let (plan, context) = self.parts(files, filters, column.into_iter().collect(), state)?;
        Ok(collect_partitioned(plan, context).await?)
    }

    /// A plan that reads files, each as a part of its own, with some columns of the rows that match.
    pub(super) fn parts(
        &self,
        files: &[Arc<DataFile>],
        filters: &Filters,
        columns: Vec<usize>,
        state: &SessionState,
    ) -> Result<(Arc<dyn ExecutionPlan>, Arc<TaskContext>)> {
        let scan = self.table.scan_parts(files, None, filters, files.len())?;
        let matching = FilterExecBuilder::new(self.predicate(filters, state)?, scan).apply_projection(Some(columns))?.build()?;
        let options = state.config_options();
        let plan = FilterPushdown::new().optimize(Arc::new(matching), options)?;
        let plan: Arc<dyn ExecutionPlan> = ProjectionPushdown::new().optimize(plan, options)?;
        // A part that is done early must not help itself to the file of another.
        let mut config = state.config().clone();
        config.options_mut().execution.enable_file_stream_work_stealing = false;
        Ok((plan, Arc::new(TaskContext::from(state).with_session_config(config))))
    }
}

impl Selected {
    /// A value of the first column of the order that all of the first rows reach, where counting has come by it.
    pub fn bar(&self) -> Option<&ScalarValue> {
        self.bar.as_ref()
    }

    /// The plan, reading no file but those in which its first rows can lie. It may select fewer rows than were
    /// counted: those that come after a value.
    pub fn narrow(&self, plan: LogicalPlan, first: Option<&FirstRows<'_>>) -> Result<LogicalPlan> {
        let narrowed = plan.transform_up(|node| match node {
            LogicalPlan::TableScan(mut scan) => {
                let provider = source_as_provider(&scan.source)?;
                let Some(table) = provider.downcast_ref::<LakeTable>() else {
                    return Ok(Transformed::no(LogicalPlan::TableScan(scan)));
                };
                let mut table = table.clone();
                table.files = self.files_of_interest(&table.files, first);
                table.tail.extend(table.visible(&self.early)?);
                scan.source = provider_as_source(Arc::new(table));
                Ok(Transformed::yes(LogicalPlan::TableScan(scan)))
            }
            node => Ok(Transformed::no(node)),
        });
        Ok(narrowed?.data)
    }

    fn files_of_interest(&self, files: &[Arc<DataFile>], first: Option<&FirstRows<'_>>) -> Vec<Arc<DataFile>> {
        let mut files: Vec<Arc<DataFile>> = files.iter().filter(|file| self.files.contains_key(&file.data_file_id)).cloned().collect();
        let Some(first) = first else { return files };
        // The best value of a file comes first, so that what is found in the first files rules out rows of the others.
        let best = |file: &DataFile| Edge::of(file, first).map(|edge| edge.best);
        files.sort_by(|a, b| first.order(best(a).as_ref(), best(b).as_ref()));
        let Some(bar) = self.bar_of_files(&files, first) else { return files };
        files.retain(|file| best(file).is_none_or(|best| first.order(Some(&best), Some(&bar)).is_le()));
        files
    }

    /// The same by the keys of some files, if those are among them in which the very first rows can lie: from others
    /// a bar would be low.
    fn bar_of_keys(
        &self,
        files: &[Arc<DataFile>],
        keys: &HashMap<i64, Vec<ArrayRef>>,
        first: &FirstRows<'_>,
    ) -> Result<Option<ScalarValue>> {
        let of_interest = self.files_of_interest(files, Some(first));
        if !of_interest.first().is_some_and(|file| keys.contains_key(&file.data_file_id)) {
            return Ok(None);
        }
        // Any of them may be hidden.
        let wanted = first.limit + usize::try_from(self.hidden).unwrap_or(usize::MAX);
        first.nth(&keys.values().flatten().cloned().collect::<Vec<_>>(), wanted)
    }

    /// A value that at least as many rows reach as are wanted, if that can be said.
    fn bar_of_files(&self, files: &[Arc<DataFile>], first: &FirstRows<'_>) -> Option<ScalarValue> {
        let mut edges: Vec<(ScalarValue, u64)> = files
            .iter()
            .filter_map(|file| {
                let edge = Edge::of(file, first)?;
                // Of a file that the rows before reach into it isn't known how many are left.
                if first.after.as_ref().is_some_and(|after| first.order(Some(&edge.best), Some(after)).is_le()) {
                    return None;
                }
                let rows = self.files.get(&file.data_file_id)?;
                Some((edge.worst, rows.saturating_sub(edge.missing)))
            })
            .collect();
        edges.sort_by(|(a, _), (b, _)| first.order(Some(a), Some(b)));
        // Any of them may be hidden.
        let wanted = first.limit as u64 + self.hidden;
        let mut reached = 0;
        edges.into_iter().find_map(|(worst, rows)| {
            reached += rows;
            (reached >= wanted).then_some(worst)
        })
    }
}

impl FirstRows<'_> {
    /// Whether a row comes no later than one with this value.
    pub fn reach(&self, value: ScalarValue) -> Expr {
        if self.descending { col(self.column).gt_eq(lit(value)) } else { col(self.column).lt_eq(lit(value)) }
    }

    /// The value of the `wanted`th of some keys in this order, if there are as many that have one.
    fn nth(&self, keys: &[ArrayRef], wanted: usize) -> Result<Option<ScalarValue>> {
        let keys: Vec<&dyn Array> = keys.iter().map(AsRef::as_ref).collect();
        if wanted == 0 || keys.iter().map(|keys| keys.len() - keys.null_count()).sum::<usize>() < wanted {
            return Ok(None);
        }
        let options = SortOptions { descending: self.descending, nulls_first: false };
        let first = sort_limit(&concat(&keys)?, Some(options), Some(wanted))?;
        Ok(Some(ScalarValue::try_from_array(&first, wanted - 1)?))
    }

    /// The order in which rows with these values come; missing values last.
    fn order(&self, a: Option<&ScalarValue>, b: Option<&ScalarValue>) -> std::cmp::Ordering {
        match (a, b) {
            (Some(a), Some(b)) => {
                let order = a.partial_cmp(b).unwrap_or(std::cmp::Ordering::Equal);
                if self.descending { order.reverse() } else { order }
            }
            (a, b) => a.is_none().cmp(&b.is_none()),
        }
    }
}

/// The values of a file that come first and last in an order.
struct Edge {
    best: ScalarValue,
    worst: ScalarValue,
    /// How many rows have no value, and come after all that do.
    missing: u64,
}

impl Edge {
    fn of(file: &DataFile, first: &FirstRows<'_>) -> Option<Self> {
        let bounds = file.bounds.get(first.column)?;
        if bounds.min.is_null() || bounds.max.is_null() {
            return None;
        }
        let (min, max) = (bounds.min.clone(), bounds.max.clone());
        let (best, worst) = if first.descending { (max, min) } else { (min, max) };
        Some(Edge { best, worst, missing: u64::try_from(bounds.nulls).unwrap_or(u64::MAX) })
    }
}

/// How many rows of a batch match.
fn matching(batch: &RecordBatch, predicate: &Arc<dyn PhysicalExpr>) -> Result<u64> {
    let array = predicate.evaluate(batch)?.into_array(batch.num_rows())?;
    Ok(array.as_boolean_opt().map_or(0, |matches| matches.true_count()) as u64)
}
