//! How many of the selected rows have each value of an expression.
//!
//! Files never change, so what each has is found once and remembered: who asks again, or for a range with other days
//! beside the same ones, has it read from no file that was read before.

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, RecordBatch};
use arrow::compute::{cast, filter_record_batch};
use arrow::datatypes::DataType;
use datafusion::common::{DFSchema, HashMap};
use datafusion::execution::TaskContext;
use datafusion::execution::session_state::SessionState;
use datafusion::logical_expr::Expr;
use datafusion::logical_expr::physical_planning_context::PhysicalPlanningContext;
use datafusion::physical_expr::{PhysicalExpr, create_physical_expr};
use datafusion::physical_plan::ExecutionPlan;
use futures::StreamExt;
use tokio::task::JoinSet;

use super::DataFile;
use super::early::Candidates;
use super::matches::Filters;
use super::remembered::Remembered;
use super::selection::Selection;
use crate::error::{Error, Result};
use crate::schema::position;

/// Memory for what is remembered of files, in bytes; what was not asked for longest goes first.
const MAX_BYTES: usize = 64 * 1024 * 1024;
/// Of a file with more values than this nothing is remembered.
const MAX_VALUES: usize = 100_000;
/// Most values that are held in memory, of one file and of all.
pub const MAX_DISTINCT_VALUES: usize = 1_000_000;
/// Bytes that a value takes beside its text.
const VALUE_BYTES: usize = 48;

/// How many rows have each value.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ValueCounts {
    /// By the value as text.
    pub rows: HashMap<Box<str>, u64>,
    /// How many rows have none.
    pub missing: u64,
}

impl ValueCounts {
    fn add(&mut self, value: Option<&str>, rows: u64) {
        match value {
            None => self.missing += rows,
            Some(value) => match self.rows.get_mut(value) {
                Some(so_far) => *so_far += rows,
                None => drop(self.rows.insert(value.into(), rows)),
            },
        }
    }

    /// Adds the values of an array. Neighbours are often alike: they are looked up once.
    fn add_all(&mut self, values: &ArrayRef) -> Result<()> {
        let values = cast(values, &DataType::Utf8View)?;
        let values = values.as_string_view_opt().ok_or_else(|| Error::Corrupt("values are no texts".to_owned()))?;
        let mut run: Option<(Option<&str>, u64)> = None;
        for value in values {
            match &mut run {
                Some((of, rows)) if *of == value => *rows += 1,
                _ => {
                    if let Some((of, rows)) = run.replace((value, 1)) {
                        self.add(of, rows);
                    }
                }
            }
        }
        if let Some((of, rows)) = run {
            self.add(of, rows);
        }
        Ok(())
    }

    fn merge(&mut self, other: &ValueCounts) {
        self.missing += other.missing;
        for (value, rows) in &other.rows {
            self.add(Some(value), *rows);
        }
    }

    fn take_away(&mut self, other: &ValueCounts) {
        self.missing = self.missing.saturating_sub(other.missing);
        for (value, rows) in &other.rows {
            if let Some(left) = self.rows.get_mut(value) {
                *left = left.saturating_sub(*rows);
            }
        }
        self.rows.retain(|_, rows| *rows > 0);
    }

    /// Refuses to go on where memory has no room for more.
    fn check(&self) -> Result<()> {
        if self.rows.len() > MAX_DISTINCT_VALUES { Err(Error::TooManyValues(MAX_DISTINCT_VALUES)) } else { Ok(()) }
    }

    fn bytes(&self) -> usize {
        self.rows.keys().map(|value| value.len() + VALUE_BYTES).sum()
    }
}

impl Selection {
    /// How many of the selected rows have each value of an expression over the table's columns.
    pub async fn count_values(&self, value: &Expr, state: &SessionState) -> Result<ValueCounts> {
        let predicate = self.predicate(self.filters(), state)?;
        let Candidates { files: candidates, early } = self.table().candidates(&predicate, self.filters()).await?;
        let mut all = ValueCounts::default();
        for (filters, files) in self.by_what_is_uncertain(candidates) {
            for counts in self.values_of(&filters, files, value, state).await? {
                all.merge(&counts);
                all.check()?;
            }
        }
        let in_memory = |batches: &[RecordBatch]| {
            let mut counts = ValueCounts::default();
            for batch in batches {
                let matches = predicate.evaluate(batch)?.into_array(batch.num_rows())?;
                let matches = matches.as_boolean_opt().ok_or_else(|| Error::Corrupt("a condition is no truth value".to_owned()))?;
                add_batch(&mut counts, &filter_record_batch(batch, matches)?, value, state)?;
            }
            Ok::<_, Error>(counts)
        };
        all.merge(&in_memory(&self.table().tail)?);
        all.merge(&in_memory(&early)?);
        all.check()?;
        all.take_away(&in_memory(self.table().hidden_rows.as_slice())?);
        Ok(all)
    }

    async fn values_of(
        &self,
        filters: &Filters,
        files: Vec<Arc<DataFile>>,
        value: &Expr,
        state: &SessionState,
    ) -> Result<Vec<Arc<ValueCounts>>> {
        let asked = Asked { filters: Arc::clone(filters), value: Arc::new(value.clone()) };
        let remembered = self.table().store.values();
        let mut found = Vec::new();
        let mut unknown = Vec::new();
        for file in files {
            match remembered.known(&asked, file.data_file_id) {
                Some(counts) => found.push(counts),
                None => unknown.push(file),
            }
        }
        for (file, counts) in unknown.iter().zip(self.read_values(&unknown, filters, value, state).await?) {
            let counts = Arc::new(counts);
            remembered.remember(&asked, file.data_file_id, &counts);
            found.push(counts);
        }
        Ok(found)
    }

    /// Reads files, each as a part of its own.
    async fn read_values(
        &self,
        files: &[Arc<DataFile>],
        filters: &Filters,
        value: &Expr,
        state: &SessionState,
    ) -> Result<Vec<ValueCounts>> {
        if files.is_empty() {
            return Ok(Vec::new());
        }
        let mut columns: Vec<usize> = value.column_refs().iter().map(|column| position(self.table().table, &column.name)).collect();
        columns.sort_unstable();
        let (plan, context) = self.parts(files, filters, columns, state)?;
        let mut parts = JoinSet::new();
        for part in 0..files.len() {
            parts.spawn(count_part(part, Arc::clone(&plan), Arc::clone(&context), value.clone(), state.clone()));
        }
        let mut counts = vec![ValueCounts::default(); files.len()];
        while let Some(part) = parts.join_next().await {
            let (part, found) = part.map_err(|error| Error::Corrupt(format!("counting values ended early: {error}")))??;
            if let Some(of_part) = counts.get_mut(part) {
                *of_part = found;
            }
        }
        Ok(counts)
    }
}

async fn count_part(
    part: usize,
    plan: Arc<dyn ExecutionPlan>,
    context: Arc<TaskContext>,
    value: Expr,
    state: SessionState,
) -> Result<(usize, ValueCounts)> {
    let mut counts = ValueCounts::default();
    let mut batches = plan.execute(part, context)?;
    while let Some(batch) = batches.next().await {
        add_batch(&mut counts, &batch?, &value, &state)?;
        counts.check()?;
    }
    Ok((part, counts))
}

fn add_batch(counts: &mut ValueCounts, batch: &RecordBatch, value: &Expr, state: &SessionState) -> Result<()> {
    if batch.num_rows() == 0 {
        return Ok(());
    }
    let schema = DFSchema::try_from(batch.schema())?;
    let value: Arc<dyn PhysicalExpr> = create_physical_expr(value, &schema, state.execution_props(), &PhysicalPlanningContext::default())?;
    counts.add_all(&value.evaluate(batch)?.into_array(batch.num_rows())?)
}

/// What is asked of a file: which of its rows, and what of them.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Asked {
    filters: Filters,
    value: Arc<Expr>,
}

/// What is remembered of files.
#[derive(Debug)]
pub(crate) struct KnownValues(Remembered<(Asked, i64), Arc<ValueCounts>>);

impl Default for KnownValues {
    fn default() -> Self {
        KnownValues(Remembered::new(MAX_BYTES))
    }
}

impl KnownValues {
    fn known(&self, asked: &Asked, file: i64) -> Option<Arc<ValueCounts>> {
        self.0.known(&(asked.clone(), file))
    }

    fn remember(&self, asked: &Asked, file: i64, counts: &Arc<ValueCounts>) {
        if counts.rows.len() <= MAX_VALUES {
            self.0.remember((asked.clone(), file), Arc::clone(counts), counts.bytes() + VALUE_BYTES);
        }
    }
}

#[cfg(test)]
mod tests {
    use datafusion::logical_expr::{col, lit};

    use super::*;

    fn asked(number: i64) -> Asked {
        Asked { filters: Arc::from([col("seq").gt(lit(number))]), value: Arc::new(col("account")) }
    }

    fn counts(text: &str) -> Arc<ValueCounts> {
        let mut counts = ValueCounts::default();
        counts.add(Some(text), 3);
        counts.add(None, 2);
        Arc::new(counts)
    }

    #[test]
    fn what_was_found_is_known_for_the_same_question_and_file_alone() {
        let known = KnownValues::default();
        known.remember(&asked(1), 7, &counts("mara"));
        assert_eq!(known.known(&asked(1), 7), Some(counts("mara")));
        assert_eq!(known.known(&asked(1), 8), None);
        assert_eq!(known.known(&asked(2), 7), None);
    }

    #[test]
    fn counts_are_added_and_taken_away() {
        let mut all = ValueCounts::default();
        all.merge(&counts("mara"));
        all.merge(&counts("omar"));
        all.take_away(&counts("omar"));
        assert_eq!(all, *counts("mara"));
    }
}
