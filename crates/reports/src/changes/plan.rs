//! Both sides as one plan.
//!
//! Sessions are joined on their key, by sorting both sides: what does not fit into memory is sorted on the disk.
//! An event never changes and its row is made of it alone, so of events those that came since are all there is.

use datafusion::common::JoinType;
use datafusion::dataframe::DataFrame;
use datafusion::execution::SessionStateBuilder;
use datafusion::logical_expr::{Expr, Operator, binary_expr, col, lit, when};
use datafusion::scalar::ScalarValue;

use super::telling::ChangeKind;
use super::{AFTER, BEFORE, CHANGE, DIFFERS, of_side};
use crate::definition::{Clock, Definition};
use crate::engine::Planned;
use crate::error::{InvalidDefinition, Result};
use crate::kinds::Rows;
use crate::plan;

/// A definition at a snapshot, and the seq since which changes are asked.
pub(super) struct Since {
    pub(super) planned: Planned,
    seq: i64,
}

impl Since {
    /// Refuses a seq that was never known, or not yet on the newer side.
    pub(super) fn new(planned: Planned, seq: i64) -> Result<Self> {
        let newest = planned.snapshot.seq();
        if (0..=newest).contains(&seq) {
            return Ok(Since { planned, seq });
        }
        let reason = format!("expected a seq from 0 to {newest}, up to which the rows that are compared are known; got {seq}");
        Err(InvalidDefinition::new("since_seq", reason).into())
    }

    /// The changes, in no order: what became of a row, its sort keys by their names, its columns on both sides, and
    /// which of those differ. Of events there is no older side.
    pub(super) async fn changes(&self, definition: &Definition) -> Result<DataFrame> {
        let after = plan::rows(&self.planned, definition).await?;
        match definition.report.description().rows {
            Rows::Events(_) => self.new_events(after, definition),
            Rows::Sessions => self.compared(after, definition).await,
        }
    }

    fn new_events(&self, after: DataFrame, definition: &Definition) -> Result<DataFrame> {
        let keys = definition.sort.iter().map(|key| col(key.field.as_str()));
        let columns = keys.chain(renamed(definition, AFTER)).chain([word(ChangeKind::Added).alias(CHANGE)]);
        Ok(after.filter(col("seq").gt_eq(lit(self.seq)))?.select(columns.collect::<Vec<_>>())?)
    }

    async fn compared(&self, after: DataFrame, definition: &Definition) -> Result<DataFrame> {
        let older = self.planned.at(self.planned.snapshot.clone().as_of(self.seq)?);
        let before = plan::rows(&older, definition).await?.select(renamed(definition, BEFORE).collect::<Vec<_>>())?;
        let after = after.select(renamed(definition, AFTER).collect::<Vec<_>>())?;
        let key = definition.report.unique_field();
        let (key_before, key_after) = (of_side(BEFORE, key), of_side(AFTER, key));
        let joined = by_sorting(after).join(before, JoinType::Full, &[&key_after], &[&key_before], None)?;

        let (added, removed) = (|| col(key_before.as_str()).is_null(), || col(key_after.as_str()).is_null());
        let differs = |column: &String| binary_expr(col(of_side(BEFORE, column)), Operator::IsDistinctFrom, col(of_side(AFTER, column)));
        let any = definition.columns.iter().map(differs).fold(added().or(removed()), Expr::or);
        let change =
            when(added(), word(ChangeKind::Added)).when(removed(), word(ChangeKind::Removed)).otherwise(word(ChangeKind::Changed))?;
        let mut columns = vec![change.alias(CHANGE)];
        for key in &definition.sort {
            let newest = when(removed(), col(of_side(BEFORE, &key.field))).otherwise(col(of_side(AFTER, &key.field)))?;
            columns.push(newest.alias(&key.field));
        }
        columns.extend(definition.columns.iter().map(|column| differs(column).alias(of_side(DIFFERS, column))));
        for side in [BEFORE, AFTER] {
            columns.extend(names(definition).into_iter().map(|name| col(of_side(side, name))));
        }
        Ok(joined.filter(any)?.select(columns)?)
    }
}

/// The columns of each side: those that are shown, the sort keys with the unique field, and what tells times.
fn names(definition: &Definition) -> Vec<&str> {
    let mut names: Vec<&str> = definition.columns.iter().map(String::as_str).collect();
    let keys = definition.sort.iter().map(|key| key.field.as_str());
    let by_row = (definition.clock == Clock::Agent).then_some(Clock::BY_ROW);
    for name in keys.chain(by_row) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

fn renamed(definition: &Definition, side: &'static str) -> impl Iterator<Item = Expr> {
    names(definition).into_iter().map(move |name| col(name).alias(of_side(side, name)))
}

fn word(kind: ChangeKind) -> Expr {
    lit(ScalarValue::Utf8View(Some(kind.as_str().to_owned())))
}

/// The same rows, for a join that keeps neither side in memory.
fn by_sorting(rows: DataFrame) -> DataFrame {
    let (state, plan) = rows.into_parts();
    let mut config = state.config().clone();
    config.options_mut().optimizer.prefer_hash_join = false;
    DataFrame::new(SessionStateBuilder::new_from_existing(state).with_config(config).build(), plan)
}
