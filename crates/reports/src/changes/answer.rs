//! Pages of changes with the exact number of each kind, and all of them as a stream.

use arrow::array::{AsArray, RecordBatch};
use arrow::datatypes::Int64Type;
use datafusion::dataframe::DataFrame;
use datafusion::functions_aggregate::expr_fn::count;
use datafusion::logical_expr::{col, lit};
use datafusion::scalar::ScalarValue;
use rollcall_model::Timestamp;
use serde::Serialize;

use super::CHANGE;
use super::plan::Since;
use super::telling::{Change, ChangeKind, ChangeWriter};
use crate::cursor::{Cursor, Position};
use crate::definition::Definition;
use crate::engine::{AnswerRange, Caller, DEFAULT_PAGE_ROWS, MAX_PAGE_ROWS, Paging, Planned, Reports, answer_range, cut, last_position};
use crate::error::{Error, InvalidDefinition, Result};
use crate::field::{Field, FieldType};
use crate::kind::Kind;
use crate::people::People;
use crate::plan;
use crate::stream::RowStream;
use crate::watermark::Watermark;

/// One page of changes, in the order of the definition: of a removed row as it was, else as it is.
#[derive(Debug, Serialize)]
pub struct ChangesAnswer {
    /// The kind of report.
    pub report: Kind,
    /// What the range meant, on both sides.
    pub range: AnswerRange,
    /// The seq at which the older side was known.
    pub since_seq: i64,
    /// The columns that are shown and compared.
    pub columns: Vec<Field>,
    /// The field that tells a row from every other.
    pub key: &'static str,
    /// The changes.
    pub changes: Vec<Change>,
    /// How many there are of each kind on all pages.
    pub counts: ChangeCounts,
    /// How many there are on all pages.
    pub total: u64,
    /// Where the next page begins; missing after the last.
    pub next_cursor: Option<String>,
    /// Up to which moment the newer side is complete. Its `seq` is where the next comparison goes on.
    pub watermark: Watermark,
}

/// How many rows have changed in which way.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct ChangeCounts {
    /// Rows that were not there.
    pub added: u64,
    /// Rows that are no longer there.
    pub removed: u64,
    /// Rows of which a column that is shown has another value.
    pub changed: u64,
}

/// What a cursor of changes belongs to.
#[derive(Serialize)]
struct Asked<'a> {
    changes_of: &'a Definition,
    since_seq: i64,
}

impl Reports {
    /// One page of what has changed since a seq, with the exact number of changes.
    pub async fn changes(
        &self,
        caller: &Caller,
        definition: &Definition,
        since_seq: i64,
        paging: &Paging,
        now: Timestamp,
    ) -> Result<ChangesAnswer> {
        let limit = paging.limit.unwrap_or(DEFAULT_PAGE_ROWS);
        if limit > MAX_PAGE_ROWS {
            let reason =
                format!("expected at most {MAX_PAGE_ROWS}; got {limit}. All changes come as a stream: ask for application/x-ndjson");
            return Err(InvalidDefinition::new("limit", reason).into());
        }
        let (reports, caller, definition, cursor) = (self.clone(), caller.clone(), definition.clone(), paging.cursor.clone());
        self.on_query_threads(async move { reports.run_changes(&caller, &definition, since_seq, limit, cursor, now).await }).await
    }

    /// All changes since a seq, or all after a cursor.
    pub async fn change_stream(
        &self,
        caller: &Caller,
        definition: &Definition,
        since_seq: i64,
        cursor: Option<&str>,
        now: Timestamp,
    ) -> Result<RowStream<ChangeWriter>> {
        let (reports, caller, definition, cursor) = (self.clone(), caller.clone(), definition.clone(), cursor.map(str::to_owned));
        self.on_query_threads(async move {
            let opened = reports.open_changes(&caller, &definition, since_seq, cursor.as_deref(), now).await?;
            let (planned, lease) = reports.held(opened.planned, cursor.is_none(), &caller, &definition, now).await?;
            let since = Since::new(planned, since_seq)?;
            let changes = in_order(since.changes(&definition).await?, &definition, since.planned.after.as_ref())?;
            Ok(RowStream::new(ChangeWriter::of(&definition), changes.execute_stream().await?, Some(lease)))
        })
        .await
    }

    /// The physical plan of all changes, as text.
    pub async fn explain_changes(&self, caller: &Caller, definition: &Definition, since_seq: i64, now: Timestamp) -> Result<String> {
        let since = self.open_changes(caller, definition, since_seq, None, now).await?;
        let physical = in_order(since.changes(definition).await?, definition, None)?.create_physical_plan().await?;
        Ok(datafusion::physical_plan::displayable(physical.as_ref()).indent(false).to_string())
    }

    async fn open_changes(
        &self,
        caller: &Caller,
        definition: &Definition,
        since_seq: i64,
        cursor: Option<&str>,
        now: Timestamp,
    ) -> Result<Since> {
        let asked = Asked { changes_of: definition, since_seq };
        let cursor = cursor.map(|cursor| Cursor::decode_of(cursor, &asked, &place_types(definition))).transpose()?;
        // What the directory tells is compared too, where it is shown.
        if let Some(cursor) = cursor.as_ref().filter(|_| definition.shows_agents()) {
            cursor.check_directory(&People::of(caller))?;
        }
        Since::new(self.open(caller, definition, cursor, now).await?, since_seq)
    }

    async fn run_changes(
        &self,
        caller: &Caller,
        definition: &Definition,
        since_seq: i64,
        limit: usize,
        cursor: Option<String>,
        now: Timestamp,
    ) -> Result<ChangesAnswer> {
        let since = self.open_changes(caller, definition, since_seq, cursor.as_deref(), now).await?;
        match self.answer_changes(&since, definition, since_seq, limit, now).await {
            // An archive step came between the snapshot and its lease: once more, with the lease first.
            Err(Error::Ledger(error)) if error.is_snapshot_gone() && cursor.is_none() => {
                let since = self.open_changes(caller, definition, since_seq, None, now).await?;
                self.hold(&since.planned).await?;
                self.answer_changes(&since, definition, since_seq, limit, now).await
            }
            answer => answer,
        }
    }

    async fn answer_changes(
        &self,
        since: &Since,
        definition: &Definition,
        since_seq: i64,
        limit: usize,
        now: Timestamp,
    ) -> Result<ChangesAnswer> {
        let planned = &since.planned;
        let changes = since.changes(definition).await?;
        let counts = match planned.after.as_ref().and_then(|place| ChangeCounts::carried(place, definition)) {
            Some(counts) => counts,
            None => ChangeCounts::of(changes.clone()).await?,
        };
        let (batches, more) = if limit == 0 && planned.after.is_none() {
            (Vec::new(), counts.total() > 0)
        } else {
            // One more than asked tells whether there is a next page.
            let batches = in_order(changes, definition, planned.after.as_ref())?.limit(0, Some(limit + 1))?.collect().await?;
            cut(&batches, limit)
        };
        if more {
            self.hold(planned).await?;
        }
        let writer = ChangeWriter::of(definition);
        let told: Vec<Vec<Change>> = batches.iter().map(|batch| writer.changes(batch)).collect::<Result<_>>()?;
        let cursor = next_cursor(planned, definition, &batches, counts)?;
        Ok(ChangesAnswer {
            report: definition.report,
            range: answer_range(definition, planned.range, planned.now),
            since_seq,
            columns: definition.shown_fields(),
            key: definition.report.unique_field(),
            changes: told.into_iter().flatten().collect(),
            counts,
            total: counts.total(),
            next_cursor: more.then(|| cursor.encode_of(&Asked { changes_of: definition, since_seq })),
            watermark: Watermark::of(planned, definition, now),
        })
    }
}

/// Where the next page begins. A place carries the counts behind it, so that they are found once.
fn next_cursor(planned: &Planned, definition: &Definition, batches: &[RecordBatch], counts: ChangeCounts) -> Result<Cursor> {
    let place = last_position(batches, definition)?.map(|mut place| {
        place.values.extend(counts.parts().map(|part| Some(ScalarValue::Int64(Some(i64::try_from(part).unwrap_or(i64::MAX))))));
        place
    });
    Ok(planned.cursor(counts.total(), place.or_else(|| planned.after.clone())))
}

/// The types of a place: those of the sort keys, and the counts.
fn place_types(definition: &Definition) -> Vec<FieldType> {
    let keys = definition.sort.iter().filter_map(|key| definition.report.field(&key.field));
    keys.map(|field| field.field_type).chain([FieldType::Integer; 3]).collect()
}

fn in_order(changes: DataFrame, definition: &Definition, after: Option<&Position>) -> Result<DataFrame> {
    let changes = match after {
        Some(position) => changes.filter(plan::beyond(&definition.sort, position))?,
        None => changes,
    };
    Ok(changes.sort(plan::order(definition))?)
}

impl ChangeCounts {
    /// All of them together.
    pub fn total(self) -> u64 {
        self.parts().iter().sum()
    }

    fn parts(self) -> [u64; 3] {
        [self.added, self.removed, self.changed]
    }

    async fn of(changes: DataFrame) -> Result<Self> {
        let counted = changes.aggregate(vec![col(CHANGE)], vec![count(lit(1_i64)).alias("rows")])?.collect().await?;
        let mut counts = ChangeCounts::default();
        for batch in &counted {
            let (Some(words), Some(rows)) = (
                batch.column_by_name(CHANGE).and_then(|words| words.as_string_view_opt()),
                batch.column_by_name("rows").and_then(|rows| rows.as_primitive_opt::<Int64Type>()),
            ) else {
                return Err(Error::Query("the plan does not count changes".to_owned()));
            };
            for (word, rows) in words.iter().zip(rows) {
                let rows = u64::try_from(rows.unwrap_or(0)).unwrap_or(0);
                match ChangeKind::ALL.iter().find(|kind| Some(kind.as_str()) == word) {
                    Some(ChangeKind::Added) => counts.added += rows,
                    Some(ChangeKind::Removed) => counts.removed += rows,
                    Some(ChangeKind::Changed) => counts.changed += rows,
                    None => return Err(Error::Query(format!("the plan has a change {word:?}"))),
                }
            }
        }
        Ok(counts)
    }

    /// The counts that a place carries.
    fn carried(place: &Position, definition: &Definition) -> Option<Self> {
        let part = |value: &Option<ScalarValue>| match value {
            Some(ScalarValue::Int64(Some(part))) => u64::try_from(*part).ok(),
            _ => None,
        };
        match place.values.get(definition.sort.len()..)? {
            [added, removed, changed] => Some(ChangeCounts { added: part(added)?, removed: part(removed)?, changed: part(changed)? }),
            _ => None,
        }
    }
}
