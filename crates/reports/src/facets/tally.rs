//! Counting the values of several fields in one pass.
//!
//! A row counts for a field if it meets the filters on all other fields. So a row that meets all filters
//! counts for every field, one that fails those on a single field counts for that one alone, and one that
//! fails those on two or more counts for none.

use std::collections::{BTreeMap, HashMap};

use arrow::array::{AsArray, BooleanArray, Int64Array, RecordBatch, StringViewArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Int64Type};
use datafusion::dataframe::DataFrame;
use datafusion::logical_expr::{Expr, col, lit};
use datafusion::physical_plan::SendableRecordBatchStream;
use futures::StreamExt;
use rollcall_ledger::{MAX_DISTINCT_VALUES, ValueCounts};
use tokio::task::JoinSet;

use super::{too_many, without};
use crate::definition::Definition;
use crate::engine::Planned;
use crate::error::{Error, Result};
use crate::people::People;
use crate::{plan, total};

/// How many rows have each value of a field.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) rows: HashMap<Box<str>, u64>,
    pub(crate) missing: u64,
}

impl Tally {
    pub(crate) fn of(counts: ValueCounts) -> Self {
        Tally { missing: counts.missing, rows: counts.rows.into_iter().collect() }
    }

    /// How many rows have a value or none.
    pub(crate) fn total(&self) -> u64 {
        self.missing + self.rows.values().sum::<u64>()
    }

    fn add(&mut self, value: Option<&str>, rows: u64) {
        match value {
            None => self.missing += rows,
            Some(value) => match self.rows.get_mut(value) {
                Some(so_far) => *so_far += rows,
                None => {
                    self.rows.insert(value.into(), rows);
                }
            },
        }
    }

    fn merge(&mut self, other: Tally) {
        self.missing += other.missing;
        for (value, rows) in other.rows {
            *self.rows.entry(value).or_insert(0) += rows;
        }
    }
}

/// Rows whose fields are to be counted.
pub(crate) struct Scan {
    fields: Vec<String>,
    /// Fields that have filters of their own: a column `meets_…` says whether a row meets them.
    filtered: Vec<String>,
    sources: Vec<DataFrame>,
}

impl Scan {
    /// By counts, where they answer exactly.
    pub(crate) fn counted(planned: &Planned, definition: &Definition, fields: &[&str]) -> Result<Option<Self>> {
        let own = own_filters(definition, fields);
        let rest = without(definition, fields);
        let Some(events) = total::events(planned, &rest, fields)? else { return Ok(None) };
        let sources = vec![
            events.counts.select(columns(&planned.people, definition, fields, &own, col("events")))?,
            events.rows.select(columns(&planned.people, definition, fields, &own, lit(1_i64)))?,
        ];
        Ok(Some(Scan { fields: owned(fields), filtered: own, sources }))
    }

    /// Row by row.
    pub(crate) async fn of_rows(planned: &Planned, definition: &Definition, fields: &[&str]) -> Result<Self> {
        let own = own_filters(definition, fields);
        let rows = plan::rows(planned, &without(definition, fields).naming(fields)).await?;
        let rows = rows.select(columns(&planned.people, definition, fields, &own, lit(1_i64)))?;
        Ok(Scan { fields: owned(fields), filtered: own, sources: vec![rows] })
    }

    /// The fields with their tallies, and how many rows meet all filters.
    pub(crate) async fn run(self) -> Result<(Vec<(String, Tally)>, u64)> {
        let mut parts = JoinSet::new();
        for source in self.sources {
            for stream in source.execute_stream_partitioned().await? {
                parts.spawn(Counter::new(&self.fields, &self.filtered).all(stream));
            }
        }
        let mut whole = Counter::new(&self.fields, &self.filtered);
        while let Some(part) = parts.join_next().await {
            whole.merge(part.map_err(|error| Error::Query(format!("the count ended early: {error}")))??);
            whole.check()?;
        }
        Ok((self.fields.into_iter().zip(whole.tallies).collect(), whole.total))
    }
}

fn owned(names: &[&str]) -> Vec<String> {
    names.iter().map(|&name| name.to_owned()).collect()
}

/// The fields among these that have filters.
fn own_filters(definition: &Definition, fields: &[&str]) -> Vec<String> {
    let has_filter = |name: &&&str| definition.filters.iter().any(|filter| filter.field == **name);
    fields.iter().filter(has_filter).map(|&name| name.to_owned()).collect()
}

/// The fields, whether a row meets the filters on each, and what it weighs.
fn columns(people: &People, definition: &Definition, fields: &[&str], filtered: &[String], weight: Expr) -> Vec<Expr> {
    let meets = |field: &String| {
        let own = definition.filters.iter().filter(|filter| filter.field == *field);
        let all = own.map(|filter| filter.expression(definition.report, people)).reduce(Expr::and).unwrap_or_else(|| lit(true));
        all.is_true().alias(format!("meets_{field}"))
    };
    let fields = fields.iter().map(|&name| col(name));
    fields.chain(filtered.iter().map(meets)).chain([weight.alias("weight")]).collect()
}

/// Counts batches.
struct Counter {
    fields: Vec<String>,
    /// For each of them the column that says whether a row meets its filters.
    meets: Vec<Option<String>>,
    tallies: Vec<Tally>,
    total: u64,
}

impl Counter {
    fn new(fields: &[String], filtered: &[String]) -> Self {
        let meets = fields.iter().map(|field| filtered.contains(field).then(|| format!("meets_{field}")));
        Counter { fields: fields.to_vec(), meets: meets.collect(), tallies: vec![Tally::default(); fields.len()], total: 0 }
    }

    async fn all(mut self, mut stream: SendableRecordBatchStream) -> Result<Self> {
        while let Some(batch) = stream.next().await {
            self.add(&batch?)?;
            self.check()?;
        }
        Ok(self)
    }

    fn check(&self) -> Result<()> {
        let is_full = |tally: &Tally| tally.rows.len() > MAX_DISTINCT_VALUES;
        let full = self.fields.iter().zip(&self.tallies).find(|(_, tally)| is_full(tally));
        full.map_or(Ok(()), |(field, _)| Err(too_many(field)))
    }

    fn merge(&mut self, other: Counter) {
        self.total += other.total;
        for (tally, more) in self.tallies.iter_mut().zip(other.tallies) {
            tally.merge(more);
        }
    }

    fn add(&mut self, batch: &RecordBatch) -> Result<()> {
        let weights = weights(batch)?;
        let meets = self.meets.iter().map(|name| name.as_deref().map(|name| flags(batch, name)).transpose());
        let meets: Vec<Option<BooleanArray>> = meets.collect::<Result<_>>()?;
        // How many fields have filters that a row does not meet.
        let fails = |row: usize| meets.iter().flatten().filter(|flags| !flags.value(row)).count();
        let fails: Vec<usize> = (0..batch.num_rows()).map(fails).collect();
        let all = fails.iter().zip(weights.values()).filter(|(fails, _)| **fails == 0);
        self.total += all.map(|(_, weight)| u64::try_from(*weight).unwrap_or(0)).sum::<u64>();
        for ((name, meets), tally) in self.fields.iter().zip(&meets).zip(&mut self.tallies) {
            let counts = |row: usize, fails: usize| fails == 0 || (fails == 1 && meets.as_ref().is_some_and(|flags| !flags.value(row)));
            count(&texts(batch, name)?, &weights, &fails, counts, tally);
        }
        Ok(())
    }
}

/// Adds the values of one column. Neighbours are often alike: they are looked up once.
fn count(values: &StringViewArray, weights: &Int64Array, fails: &[usize], counts: impl Fn(usize, usize) -> bool, tally: &mut Tally) {
    let mut run: Option<(Option<&str>, u64)> = None;
    for (row, ((value, weight), fails)) in values.iter().zip(weights.values()).zip(fails).enumerate() {
        if !counts(row, *fails) {
            continue;
        }
        let weight = u64::try_from(*weight).unwrap_or(0);
        run = match run {
            Some((of, rows)) if of == value => Some((of, rows + weight)),
            before => {
                if let Some((of, rows)) = before {
                    tally.add(of, rows);
                }
                Some((value, weight))
            }
        };
    }
    if let Some((of, rows)) = run {
        tally.add(of, rows);
    }
}

fn column<'a>(batch: &'a RecordBatch, name: &str) -> Result<&'a arrow::array::ArrayRef> {
    batch.column_by_name(name).ok_or_else(|| Error::Query(format!("the plan has no column {name}")))
}

fn texts(batch: &RecordBatch, name: &str) -> Result<StringViewArray> {
    let texts = cast(column(batch, name)?, &DataType::Utf8View)?;
    texts.as_string_view_opt().cloned().ok_or_else(|| Error::Query(format!("the column {name} has no texts")))
}

fn weights(batch: &RecordBatch) -> Result<Int64Array> {
    let weights = column(batch, "weight")?.as_primitive_opt::<Int64Type>().cloned();
    weights.ok_or_else(|| Error::Query("the column weight has no numbers".to_owned()))
}

fn flags(batch: &RecordBatch, name: &str) -> Result<BooleanArray> {
    column(batch, name)?.as_boolean_opt().cloned().ok_or_else(|| Error::Query(format!("the column {name} has no truth values")))
}

/// A tally as a list that is always the same.
impl From<&Tally> for BTreeMap<String, u64> {
    fn from(tally: &Tally) -> Self {
        tally.rows.iter().map(|(value, rows)| (value.to_string(), *rows)).collect()
    }
}
