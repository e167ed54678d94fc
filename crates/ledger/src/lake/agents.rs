//! Of whom a file has rows: a question about one person opens the files that have something of them, and no others.
//!
//! Where rows are sorted by agent, every file reaches from the first agent to the last, so its bounds rule out
//! nobody. What is kept in memory instead is a Bloom filter for each file, made when somebody first asks: a byte or
//! two for each agent of the file. It never says no where there is a row.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{AsArray, RecordBatch};
use datafusion::logical_expr::expr::{BinaryExpr, InList};
use datafusion::logical_expr::{Expr, Operator};
use futures::{StreamExt, stream};
use jiff::civil::Date;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::bloom_filter::Sbbf;

use super::DataFile;
use super::remembered::Remembered;
use super::write::Class;
use crate::error::{Error, Result};
use crate::schema::{Table, position};
use crate::state::blocking;

/// The columns that name an agent.
const COLUMNS: [&str; 3] = ["account", "employee_id", "agent_name"];
/// Share of agents that are wrongly taken for present.
const FALSE_POSITIVES: f64 = 0.01;
/// Memory for all filters; those not asked for longest go first.
const MAX_BYTES: usize = 64 * 1024 * 1024;
/// Days of which the filters are made before somebody asks.
const LEARNT_DAYS: i32 = 31;
/// Files that are read side by side.
pub(super) const AT_ONCE: usize = 2;

/// The filters of the files that were asked for.
#[derive(Debug)]
pub(crate) struct AgentFilters {
    lake: PathBuf,
    kept: Remembered<i64, Arc<Sbbf>>,
}

impl AgentFilters {
    pub(crate) fn new(lake: &Path) -> Self {
        AgentFilters { lake: lake.to_path_buf(), kept: Remembered::new(MAX_BYTES) }
    }

    /// The files that can have rows for conditions which all must hold.
    pub(crate) async fn retain(
        &self,
        table: Table,
        schema_path: &str,
        files: Vec<Arc<DataFile>>,
        conditions: &[Expr],
    ) -> Vec<Arc<DataFile>> {
        let Some(asking) = Asking::of(conditions, &COLUMNS) else { return files };
        let known = stream::iter(files).map(|file| async move {
            let agents = self.agents_of(table, schema_path, &file).await;
            (file, agents)
        });
        asking.retain(known.buffered(AT_ONCE).collect().await, |agents, column, value| has(agents, column, value))
    }

    /// Makes the filters of the newest files that have none yet, before somebody asks.
    pub(crate) async fn learn<'a>(&self, table: Table, schema_path: &str, files: impl Iterator<Item = &'a Arc<DataFile>>) {
        for file in newest(files) {
            self.agents_of(table, schema_path, file).await;
        }
    }

    /// The agents of a file; none where they are not known.
    async fn agents_of(&self, table: Table, schema_path: &str, file: &DataFile) -> Option<Arc<Sbbf>> {
        if !matches!(Class::of_path(&file.path), Some(Class::Access | Class::Ended)) {
            return None;
        }
        if let Some(agents) = self.kept.known(&file.data_file_id) {
            return Some(agents);
        }
        let path = self.lake.join(schema_path).join(table.name()).join(&file.path);
        // Whoever reads the file's rows is told what is wrong with it.
        let agents = Arc::new(blocking(move || read(table, &path)).await.ok()?);
        self.kept.remember(file.data_file_id, Arc::clone(&agents), bytes_of(&agents));
        Some(agents)
    }
}

/// Conditions that ask for certain values of some columns.
pub(super) struct Asking<'a> {
    conditions: Vec<&'a Expr>,
    columns: &'a [&'a str],
}

impl<'a> Asking<'a> {
    /// Those of conditions which all must hold; none where they ask for no values.
    pub(super) fn of(conditions: &'a [Expr], columns: &'a [&'a str]) -> Option<Self> {
        let conditions: Vec<&Expr> = conditions.iter().filter(|condition| !may_hold(condition, columns, &|_, _| false)).collect();
        (!conditions.is_empty()).then_some(Asking { conditions, columns })
    }

    /// The files that can have rows, by what is known of each; a file of which nothing is known stays.
    pub(super) fn retain<F>(&self, files: Vec<(Arc<DataFile>, Option<F>)>, has: impl Fn(&F, &str, &str) -> bool) -> Vec<Arc<DataFile>> {
        let has_rows = |known: &F| {
            let has = |column: &str, value: &str| has(known, column, value);
            self.conditions.iter().all(|condition| may_hold(condition, self.columns, &has))
        };
        let kept = files.into_iter().filter(|(_, known)| known.as_ref().is_none_or(has_rows));
        kept.map(|(file, _)| file).collect()
    }
}

/// Files of the newest days, the newest first: what is learnt before somebody asks.
pub(super) fn newest<'a>(files: impl Iterator<Item = &'a Arc<DataFile>>) -> impl Iterator<Item = &'a Arc<DataFile>> {
    let mut of_days: Vec<(Date, &Arc<DataFile>)> = files.filter_map(|file| Some((file.day()?, file))).collect();
    of_days.sort_by_key(|(day, _)| *day);
    let last = of_days.last().map(|(day, _)| *day);
    let is_recent = move |day: Date| last.is_some_and(|last| last.since(day).is_ok_and(|span| span.get_days() < LEARNT_DAYS));
    of_days.into_iter().rev().take_while(move |(day, _)| is_recent(*day)).map(|(_, file)| file)
}

/// Memory of a filter: blocks of 256 bits.
pub(super) fn bytes_of(agents: &Sbbf) -> usize {
    agents.num_blocks() * 32
}

/// Reads who the agents of a file are.
fn read(table: Table, path: &Path) -> Result<Sbbf> {
    let file = File::open(path).map_err(|e| Error::file(path, &e))?;
    let builder = ParquetRecordBatchReaderBuilder::try_new(file)?;
    let mask = ProjectionMask::roots(builder.parquet_schema(), COLUMNS.map(|column| position(table, column)));
    let batches = builder.with_projection(mask).build()?.collect::<std::result::Result<Vec<_>, _>>()?;
    let in_runs = || COLUMNS.into_iter().flat_map(|column| batches.iter().flat_map(move |batch| runs(batch, column)));
    let mut agents = Sbbf::new_with_ndv_fpp(in_runs().count().max(1) as u64, FALSE_POSITIVES)?;
    let mut bytes = Vec::new();
    for (column, value) in in_runs() {
        agents.insert(key(&mut bytes, column, value));
    }
    Ok(agents)
}

/// The values of a column, each once for rows that follow each other: rows of one agent do.
fn runs<'a>(batch: &'a RecordBatch, column: &'static str) -> impl Iterator<Item = (&'static str, &'a str)> {
    let values = batch.column_by_name(column).and_then(|values| values.as_string_view_opt());
    let mut last = None;
    let begins = move |value: &&'a str| last.replace(*value) != Some(*value);
    values.into_iter().flat_map(|values| values.iter().flatten()).filter(begins).map(move |value| (column, value))
}

fn has(agents: &Sbbf, column: &str, value: &str) -> bool {
    agents.check(key(&mut Vec::new(), column, value))
}

/// A value of a column, as the filter has it.
fn key<'a>(bytes: &'a mut Vec<u8>, column: &str, value: &str) -> &'a [u8] {
    bytes.clear();
    bytes.extend_from_slice(column.as_bytes());
    bytes.push(b'=');
    bytes.extend_from_slice(value.as_bytes());
    bytes
}

/// Whether a condition may hold for a row of a file that has certain values in some columns.
pub(super) fn may_hold(condition: &Expr, columns: &[&str], has: &impl Fn(&str, &str) -> bool) -> bool {
    let may_equal = |column: &Expr, value: &Expr| match (column, value) {
        (Expr::Column(column), Expr::Literal(value, _)) if columns.contains(&column.name.as_str()) => {
            value.try_as_str().flatten().is_none_or(|value| has(&column.name, value))
        }
        _ => true,
    };
    match condition {
        Expr::BinaryExpr(BinaryExpr { left, op: Operator::And, right }) => may_hold(left, columns, has) && may_hold(right, columns, has),
        Expr::BinaryExpr(BinaryExpr { left, op: Operator::Or, right }) => may_hold(left, columns, has) || may_hold(right, columns, has),
        Expr::BinaryExpr(BinaryExpr { left, op: Operator::Eq, right }) => may_equal(left, right),
        Expr::InList(InList { expr, list, negated: false }) => list.iter().any(|value| may_equal(expr, value)),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use datafusion::logical_expr::{col, lit};

    use super::*;

    /// Whether a file with the account mara and the employee 17 may have rows.
    fn of_mara(condition: &Expr) -> bool {
        may_hold(condition, &COLUMNS, &|column, value| [("account", "mara"), ("employee_id", "17")].contains(&(column, value)))
    }

    #[test]
    fn a_file_is_left_out_only_where_the_condition_needs_somebody_else() {
        let mara = || col("account").eq(lit("mara"));
        let other = || col("account").eq(lit("lind"));
        assert!(of_mara(&mara()) && !of_mara(&other()));
        assert!(of_mara(&other().or(mara())) && !of_mara(&other().and(mara())));
        assert!(of_mara(&col("account").in_list(vec![lit("lind"), lit("mara")], false)));
        assert!(!of_mara(&col("account").in_list(vec![lit("lind")], false)));
        assert!(of_mara(&col("employee_id").eq(lit("17")).or(other())) && !of_mara(&col("employee_id").eq(lit("mara"))));
        // What says nothing of who it is rules nothing out.
        for open in
            [col("account").not_eq(lit("lind")), col("activity").eq(lit("sign_in")), col("account").is_null(), other().or(lit(true))]
        {
            assert!(of_mara(&open), "{open}");
        }
        assert!(of_mara(&col("account").in_list(vec![lit("lind")], true)));
    }
}
