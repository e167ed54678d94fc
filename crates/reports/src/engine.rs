//! Running reports: pages with an exact total, and streams of all rows.

use std::sync::Arc;

use arrow::array::RecordBatch;
use datafusion::logical_expr::{col, lit};
use datafusion::scalar::ScalarValue;
use rollcall_ledger::{Ledger, Snapshot};
use rollcall_model::directory::Agents;
use rollcall_model::range::ResolvedRange;
use rollcall_model::zone::Zone;
use rollcall_model::{Scope, TenantId, Timestamp};
use serde::Serialize;
use tokio::runtime::Handle;

use crate::cursor::{Cursor, Position, rows_of};
use crate::definition::Definition;
use crate::error::{Error, InvalidDefinition, Result};
use crate::field::Field;
use crate::kind::Kind;
use crate::page::{self, Page};
use crate::people::People;
use crate::plan;
use crate::rows::RowWriter;
use crate::seek::seek;
use crate::stream::{RowStream, STRETCH_ROWS, in_order};
use crate::total;
use crate::watermark::Watermark;

/// Most rows of one page. All rows come as a stream.
pub const MAX_PAGE_ROWS: usize = 10_000;
/// Rows of a page unless asked otherwise.
pub const DEFAULT_PAGE_ROWS: usize = 100;

/// Who asks: the rows that they may see.
#[derive(Debug, Clone)]
pub struct Caller {
    /// Their tenant.
    pub tenant: TenantId,
    /// Their scope.
    pub scope: Scope,
    /// The agents of their tenant's directory; none where nobody is in it.
    pub agents: Option<Arc<Agents>>,
}

/// Which page.
#[derive(Debug, Clone, Default)]
pub struct Paging {
    /// Most rows; none of them is fine, for the total alone.
    pub limit: Option<usize>,
    /// The `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// The range of an answer, in instants and in words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AnswerRange {
    /// First instant.
    pub from: String,
    /// First instant after.
    pub to: String,
    /// The moment whose knowledge is shown.
    pub as_of: String,
    /// The zone in which days begin.
    pub time_zone: String,
    /// The same for people.
    pub words: String,
}

/// One page of a report.
#[derive(Debug, Serialize)]
pub struct Answer {
    /// The kind of report.
    pub report: Kind,
    /// What the range meant.
    pub range: AnswerRange,
    /// The columns that are shown.
    pub columns: Vec<Field>,
    /// The rows: objects by column name.
    pub rows: Vec<Box<serde_json::value::RawValue>>,
    /// How many rows there are on all pages.
    pub total: u64,
    /// Where the next page begins; missing after the last.
    pub next_cursor: Option<String>,
    /// Up to which moment the answer is complete.
    pub watermark: Watermark,
}

/// A definition at a snapshot.
pub(crate) struct Planned {
    pub(crate) snapshot: Snapshot,
    pub(crate) people: People,
    pub(crate) range: ResolvedRange,
    pub(crate) now: Timestamp,
    /// Known after the first page.
    pub(crate) total: Option<u64>,
    pub(crate) after: Option<Position>,
}

impl Planned {
    /// The same at another snapshot.
    pub(crate) fn at(&self, snapshot: Snapshot) -> Self {
        Planned { snapshot, people: self.people.clone(), range: self.range, now: self.now, total: None, after: None }
    }

    /// Where a reader goes on after a position.
    pub(crate) fn cursor(&self, total: u64, position: Option<Position>) -> Cursor {
        let rows = rows_of(self.snapshot.tenant(), self.snapshot.scope());
        Cursor { snapshot: self.snapshot.id(), rows, directory: self.people.revision(), now: self.now, total, position }
    }
}

/// Runs reports on a ledger.
#[derive(Debug, Clone)]
pub struct Reports {
    ledger: Arc<Ledger>,
    /// The threads that queries run on, apart from those that answer requests.
    threads: Handle,
    /// About so many rows of a stream are sorted at a time.
    stretch_rows: u64,
}

impl Reports {
    /// Reports on a ledger, run on these threads.
    pub fn new(ledger: Arc<Ledger>, threads: Handle) -> Self {
        Reports { ledger, threads, stretch_rows: STRETCH_ROWS }
    }

    /// The same, sorting about so many rows of a stream at a time: what they are is the same with any number.
    pub fn with_stretches_of(self, rows: u64) -> Self {
        Reports { stretch_rows: rows, ..self }
    }

    /// The threads that queries run on: where telling the rows of a stream belongs too.
    pub fn threads(&self) -> &Handle {
        &self.threads
    }

    /// One page, with the exact total.
    pub async fn page(&self, caller: &Caller, definition: &Definition, paging: &Paging, now: Timestamp) -> Result<Answer> {
        self.page_from(caller, definition, paging, 0, now).await
    }

    /// One page, so many rows further down than it would be.
    pub async fn page_from(
        &self,
        caller: &Caller,
        definition: &Definition,
        paging: &Paging,
        offset: u64,
        now: Timestamp,
    ) -> Result<Answer> {
        let (reports, caller, definition, paging) = (self.clone(), caller.clone(), definition.clone(), paging.clone());
        self.on_query_threads(async move { reports.run_page(&caller, &definition, &paging, offset, now).await }).await
    }

    /// All rows, or all after a cursor.
    pub async fn stream(&self, caller: &Caller, definition: &Definition, cursor: Option<&str>, now: Timestamp) -> Result<RowStream> {
        let (reports, caller, definition, cursor) = (self.clone(), caller.clone(), definition.clone(), cursor.map(str::to_owned));
        self.on_query_threads(async move {
            let cursor = cursor.map(|cursor| Cursor::decode(&cursor, &definition)).transpose()?;
            let (planned, lease) = reports.open_held(&caller, &definition, cursor, now).await?;
            let rows = plan::rows(&planned, &definition).await?;
            let batches = in_order(rows, &definition, planned.after.as_ref(), reports.stretch_rows).await?;
            Ok(RowStream::new(RowWriter::of(&definition), batches, Some(lease)))
        })
        .await
    }

    /// Up to which moment the answer of a definition is complete, without it.
    pub async fn watermark(&self, caller: &Caller, definition: &Definition, now: Timestamp) -> Result<Watermark> {
        let planned = self.plan(caller, definition, None, now).await?;
        Ok(Watermark::of(&planned, definition, now))
    }

    /// Whether the ledger has got events from before a moment since a seq, and the seq up to which that is known.
    pub async fn came_late(&self, tenant: &TenantId, before: Timestamp, since_seq: i64) -> Result<(bool, i64)> {
        let snapshot = self.ledger.snapshot(tenant, Scope::All).await?;
        let seq = snapshot.seq();
        if seq <= since_seq {
            return Ok((false, seq));
        }
        self.on_query_threads(async move {
            let late = col("seq").gt_eq(lit(since_seq)).and(col("event_time").lt(plan::moment(before)));
            Ok((snapshot.events()?.filter(late)?.limit(0, Some(1))?.count().await? > 0, seq))
        })
        .await
    }

    /// The physical plan of a page, as text: what is read, what is left out.
    pub async fn explain(&self, caller: &Caller, definition: &Definition, now: Timestamp) -> Result<String> {
        let planned = self.plan(caller, definition, None, now).await?;
        let rows = plan::rows(&planned, definition).await?;
        let physical = Page::plan(rows, definition, None, None, DEFAULT_PAGE_ROWS).await?.physical().await?;
        Ok(datafusion::physical_plan::displayable(physical.as_ref()).indent(false).to_string())
    }

    pub(crate) fn ledger(&self) -> &Arc<Ledger> {
        &self.ledger
    }

    pub(crate) async fn on_query_threads<T: Send + 'static>(&self, work: impl Future<Output = Result<T>> + Send + 'static) -> Result<T> {
        self.threads.spawn(work).await.map_err(|e| Error::Query(format!("the report ended early: {e}")))?
    }

    async fn plan(&self, caller: &Caller, definition: &Definition, cursor: Option<&str>, now: Timestamp) -> Result<Planned> {
        let cursor = cursor.map(|cursor| Cursor::decode(cursor, definition)).transpose()?;
        self.open(caller, definition, cursor, now).await
    }

    /// Keeps what a reader needs who goes on later.
    pub(crate) async fn hold(&self, planned: &Planned) -> Result<()> {
        Ok(self.ledger.hold(&planned.snapshot).await?)
    }

    /// A definition at the newest snapshot, or at that of a cursor.
    pub(crate) async fn open(&self, caller: &Caller, definition: &Definition, cursor: Option<Cursor>, now: Timestamp) -> Result<Planned> {
        let people = People::of(caller);
        let Some(cursor) = cursor else {
            let snapshot = known_at(self.ledger.snapshot(&caller.tenant, caller.scope.clone()).await?, definition)?;
            return Ok(Planned { snapshot, people, range: definition.resolve(now)?, now, total: None, after: None });
        };
        cursor.check_rows(&caller.tenant, &caller.scope)?;
        if definition.is_about_agents() {
            cursor.check_directory(&people)?;
        }
        let snapshot = known_at(self.ledger.snapshot_at(&caller.tenant, caller.scope.clone(), cursor.snapshot).await?, definition)?;
        let range = definition.resolve(cursor.now)?;
        Ok(Planned { snapshot, people, range, now: cursor.now, total: Some(cursor.total), after: cursor.position })
    }

    async fn run_page(&self, caller: &Caller, definition: &Definition, paging: &Paging, offset: u64, now: Timestamp) -> Result<Answer> {
        let limit = paging.limit.unwrap_or(DEFAULT_PAGE_ROWS);
        if limit > MAX_PAGE_ROWS {
            let reason = format!("expected at most {MAX_PAGE_ROWS}; got {limit}. All rows come as a stream: ask for application/x-ndjson");
            return Err(InvalidDefinition::new("limit", reason).into());
        }
        let planned = self.plan(caller, definition, paging.cursor.as_deref(), now).await?;
        match self.answer(definition, &planned, limit, offset, now).await {
            // An archive step came between the snapshot and its lease: once more, with the lease first.
            Err(Error::Ledger(error)) if error.is_snapshot_gone() && paging.cursor.is_none() => {
                let planned = self.plan(caller, definition, None, now).await?;
                self.ledger.hold(&planned.snapshot).await?;
                self.answer(definition, &planned, limit, offset, now).await
            }
            answer => answer,
        }
    }

    async fn answer(&self, definition: &Definition, planned: &Planned, limit: usize, offset: u64, now: Timestamp) -> Result<Answer> {
        let known_total = match planned.total {
            None if limit == 0 => total::counted(planned, definition).await?,
            known => known,
        };
        let rows = plan::rows(planned, definition).await?;
        // The row that stands before the page.
        let (after, is_beyond) = match offset.checked_sub(1) {
            None => (planned.after.clone(), false),
            Some(place) => {
                let found = seek(rows.clone(), definition, planned.after.as_ref(), place).await?;
                let is_beyond = found.is_none();
                (found, is_beyond)
            }
        };
        let (total, batches, more) = if is_beyond || (limit == 0 && after.is_none()) {
            let total = page::total(rows, definition, known_total).await?;
            (total, Vec::new(), total > 0 && !is_beyond)
        } else {
            // One row more than asked tells whether there is a next page.
            let (total, batches) = page::read(rows, definition, known_total, after.as_ref(), limit + 1).await?;
            let (batches, more) = cut(&batches, limit);
            (total, batches, more)
        };
        let position = last_position(&batches, definition)?.or(after);
        let cursor = planned.cursor(total, position);
        if more {
            self.ledger.hold(&planned.snapshot).await?;
        }
        let writer = RowWriter::of(definition);
        let mut told = Vec::new();
        for batch in &batches {
            told.extend(writer.json(batch)?);
        }
        Ok(Answer {
            report: definition.report,
            range: answer_range(definition, planned.range, planned.now),
            columns: definition.shown_fields(),
            rows: told,
            total,
            next_cursor: more.then(|| cursor.encode(definition)),
            watermark: Watermark::of(planned, definition, now),
        })
    }
}

/// A snapshot with no more than the definition wants to be known.
fn known_at(snapshot: Snapshot, definition: &Definition) -> Result<Snapshot> {
    let Some(seq) = definition.as_of_seq else { return Ok(snapshot) };
    snapshot.as_of(seq).map_err(|error| {
        let told = error.to_string();
        if error.is_unknown_seq() { InvalidDefinition::new("as_of_seq", told).into() } else { error.into() }
    })
}

/// At most `limit` rows, and whether there were more.
pub(crate) fn cut(batches: &[RecordBatch], limit: usize) -> (Vec<RecordBatch>, bool) {
    let mut left = limit;
    let mut kept = Vec::new();
    for batch in batches {
        let rows = batch.num_rows().min(left);
        if rows > 0 {
            kept.push(batch.slice(0, rows));
        }
        left -= rows;
    }
    let found: usize = batches.iter().map(RecordBatch::num_rows).sum();
    (kept, found > limit)
}

pub(crate) fn last_position(batches: &[RecordBatch], definition: &Definition) -> Result<Option<Position>> {
    let Some(batch) = batches.last() else { return Ok(None) };
    let row = batch.num_rows().saturating_sub(1);
    let value = |key: &crate::sort::SortKey| {
        let column = batch.column_by_name(&key.field).ok_or_else(|| Error::Query(format!("the plan has no column {}", key.field)))?;
        let value = ScalarValue::try_from_array(column, row)?;
        Ok(if value.is_null() { None } else { Some(value) })
    };
    let values = definition.sort.iter().map(value).collect::<Result<Vec<_>>>()?;
    Ok(Some(Position { values }))
}

pub(crate) fn answer_range(definition: &Definition, range: ResolvedRange, now: Timestamp) -> AnswerRange {
    let zone: Zone = definition.shown_zone();
    AnswerRange {
        from: zone.rfc3339(range.from),
        to: zone.rfc3339(range.to),
        as_of: zone.rfc3339(plan::as_of(range, now)),
        time_zone: definition.zone.name().to_owned(),
        words: range.in_words(&definition.zone),
    }
}
