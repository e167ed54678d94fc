//! Events one after the other, in the order in which they came: for whoever is told of each.

use datafusion::logical_expr::{Expr, col, lit};
use datafusion::scalar::ScalarValue;
use rollcall_model::columns::EVENTS;
use rollcall_model::zone::Zone;
use serde_json::value::RawValue;
use uuid::Uuid;

use crate::engine::{Caller, Reports};
use crate::error::{Error, Result};
use crate::rows::RowWriter;

/// Events of so many seqs are looked at together: what is not in memory lies in few files then.
const STRETCH: i64 = 50_000;

/// What holds of an event: each of these columns has one of these values.
pub type AllOf = Vec<(&'static str, Vec<String>)>;

/// Which events.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Wanted {
    /// One of them holds.
    pub any_of: Vec<AllOf>,
    /// None of them holds.
    pub none_of: Vec<AllOf>,
}

/// Some events, in the order in which they came.
#[derive(Debug)]
pub struct Fed {
    /// Each as an object by column name, times in UTC.
    pub events: Vec<Box<RawValue>>,
    /// Where to go on.
    pub next_seq: i64,
    /// Whether those are all that have come so far.
    pub is_all: bool,
}

impl Reports {
    /// The next events from a seq on that are wanted and that the caller may see, at most `limit`. There may be none of
    /// them, and more later on.
    pub async fn events_from(&self, caller: &Caller, wanted: &Wanted, from_seq: i64, limit: usize) -> Result<Fed> {
        let (reports, caller, wanted) = (self.clone(), caller.clone(), wanted.clone());
        self.on_query_threads(async move { reports.read_from(&caller, &wanted, from_seq, limit).await }).await
    }

    /// The event of an id, if there is one that the caller may see.
    pub async fn event(&self, caller: &Caller, event_id: Uuid) -> Result<Option<Box<RawValue>>> {
        let (reports, caller) = (self.clone(), caller.clone());
        self.on_query_threads(async move {
            let snapshot = reports.ledger().snapshot(&caller.tenant, caller.scope.clone()).await?;
            let id = lit(ScalarValue::FixedSizeBinary(16, Some(event_id.as_bytes().to_vec())));
            let rows = snapshot.events()?.filter(col("event_id").eq(id))?.limit(0, Some(1))?;
            let batches = rows.select_columns(&columns())?.collect().await?;
            Ok(told(&batches)?.pop())
        })
        .await
    }

    async fn read_from(&self, caller: &Caller, wanted: &Wanted, from_seq: i64, limit: usize) -> Result<Fed> {
        let snapshot = self.ledger().snapshot(&caller.tenant, caller.scope.clone()).await?;
        let end = snapshot.seq().min(from_seq.saturating_add(STRETCH));
        let is_last = end == snapshot.seq();
        if from_seq >= end {
            return Ok(Fed { events: Vec::new(), next_seq: from_seq, is_all: true });
        }
        let rows = snapshot.events_of(from_seq..end)?.filter(wanted.expression())?;
        let rows = rows.select_columns(&columns())?.sort(vec![col("seq").sort(true, false)])?.limit(0, Some(limit))?;
        let batches = rows.collect().await?;
        let events = told(&batches)?;
        let (next_seq, is_all) = match events.last() {
            Some(last) if events.len() >= limit => (seq_of(last)?.saturating_add(1), false),
            _ => (end, is_last),
        };
        Ok(Fed { events, next_seq, is_all })
    }
}

impl Wanted {
    fn expression(&self) -> Expr {
        let any = |all_of: &[AllOf]| all_of.iter().map(holds).reduce(Expr::or).unwrap_or_else(|| lit(false));
        any(&self.any_of).and(any(&self.none_of).is_not_true())
    }
}

fn holds(all_of: &AllOf) -> Expr {
    let one_of = |(column, values): &(&'static str, Vec<String>)| {
        let values = values.iter().map(|value| lit(ScalarValue::Utf8View(Some(value.clone()))));
        col(*column).in_list(values.collect(), false)
    };
    all_of.iter().map(one_of).reduce(Expr::and).unwrap_or_else(|| lit(true))
}

fn columns() -> Vec<&'static str> {
    EVENTS.iter().map(|column| column.name).collect()
}

fn told(batches: &[arrow::array::RecordBatch]) -> Result<Vec<Box<RawValue>>> {
    let writer = RowWriter::new(columns().into_iter().map(str::to_owned).collect(), Zone::utc());
    let mut told = Vec::new();
    for batch in batches {
        told.extend(writer.json(batch)?);
    }
    Ok(told)
}

fn seq_of(event: &RawValue) -> Result<i64> {
    #[derive(serde::Deserialize)]
    struct Placed {
        seq: i64,
    }
    serde_json::from_str::<Placed>(event.get()).map(|placed| placed.seq).map_err(|error| Error::Query(error.to_string()))
}
