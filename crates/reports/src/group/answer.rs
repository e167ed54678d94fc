//! Pages of groups, with the exact number of them.

use arrow::array::RecordBatch;
use datafusion::dataframe::DataFrame;
use datafusion::prelude::SessionContext;
use datafusion::scalar::ScalarValue;
use futures::StreamExt;
use rollcall_model::Timestamp;
use serde::Serialize;
use serde_json::{Map, Value};

use super::plan::{self, KeyColumn};
use super::telling::GroupWriter;
use super::{GroupKey, Measure};
use crate::cursor::{Cursor, Position};
use crate::definition::Definition;
use crate::engine::{AnswerRange, Caller, DEFAULT_PAGE_ROWS, MAX_PAGE_ROWS, Planned, Reports, answer_range};
use crate::error::{Error, InvalidDefinition, Result};
use crate::field::FieldType;
use crate::filter::Filter;
use crate::kind::Kind;
use crate::sort::SortKey;
use crate::stream::RowStream;
use crate::watermark::Watermark;

/// Most rows of which a median is found exactly.
const EXACT_MEDIAN_ROWS: usize = 5_000_000;

/// So many groups are in memory while the first of all are looked for, if a page is not larger.
const KEPT_GROUPS: usize = 20_000;

/// Which groups.
#[derive(Debug, Clone, Default)]
pub struct GroupPaging {
    /// How many of the keys make groups, from the first on; one unless said otherwise. None of them: all rows are one group.
    pub depth: Option<usize>,
    /// Most groups.
    pub limit: Option<usize>,
    /// The `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// A group of rows.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Group {
    /// The values that its rows share, by the names of the keys. A bucket is told by its first instant.
    pub keys: Map<String, Value>,
    /// What is told of it, by the names of the measures.
    pub measures: Map<String, Value>,
    /// With these filters in addition, the definition's rows are those of the group.
    pub drill_down: Vec<Filter>,
}

/// One page of groups.
#[derive(Debug, Serialize)]
pub struct GroupsAnswer {
    /// The kind of report.
    pub report: Kind,
    /// What the range meant.
    pub range: AnswerRange,
    /// The keys that make the groups.
    pub group_by: Vec<GroupKey>,
    /// How many keys follow, by which each group can be parted further.
    pub deeper: usize,
    /// What is told of each group.
    pub measures: Vec<Measure>,
    /// Those of them that are not exact here.
    pub approximate: Vec<Measure>,
    /// The groups.
    pub groups: Vec<Group>,
    /// How many groups there are on all pages.
    pub total: u64,
    /// Where the next page begins; missing after the last.
    pub next_cursor: Option<String>,
    /// Up to which moment the answer is complete.
    pub watermark: Watermark,
}

/// What a cursor of groups belongs to.
#[derive(Serialize)]
struct Asked<'a> {
    groups_of: &'a Definition,
    depth: usize,
}

impl Reports {
    /// All groups, or all after a cursor.
    pub async fn group_stream(
        &self,
        caller: &Caller,
        definition: &Definition,
        paging: &GroupPaging,
        now: Timestamp,
    ) -> Result<RowStream<GroupWriter>> {
        let (reports, caller, definition, paging) = (self.clone(), caller.clone(), definition.clone(), paging.clone());
        self.on_query_threads(async move {
            let page = GroupPage::of(&definition, &paging)?;
            let cursor = paging.cursor.as_deref().map(|cursor| page.cursor(cursor)).transpose()?;
            let (planned, lease) = reports.open_held(&caller, &definition, cursor, now).await?;
            let approximate = page.is_approximate(&planned).await?;
            let columns: Vec<KeyColumn> = page.keys.iter().map(|key| KeyColumn::of(key, &definition.zone)).collect();
            let groups = plan::groups(&planned, &definition, &columns, &definition.measures, approximate).await?;
            let batches = page.in_order(groups, &planned)?.execute_stream().await?;
            Ok(RowStream::new(GroupWriter::of(&definition, page.keys), batches, Some(lease)))
        })
        .await
    }

    /// One page of groups.
    pub async fn groups(&self, caller: &Caller, definition: &Definition, paging: &GroupPaging, now: Timestamp) -> Result<GroupsAnswer> {
        let (reports, caller, definition, paging) = (self.clone(), caller.clone(), definition.clone(), paging.clone());
        self.on_query_threads(async move { reports.run_groups(&caller, &definition, &paging, now).await }).await
    }

    async fn run_groups(&self, caller: &Caller, definition: &Definition, paging: &GroupPaging, now: Timestamp) -> Result<GroupsAnswer> {
        let page = GroupPage::of(definition, paging)?;
        let cursor = paging.cursor.as_deref().map(|cursor| page.cursor(cursor)).transpose()?;
        let is_first = cursor.is_none();
        let planned = self.open(caller, definition, cursor, now).await?;
        match self.answer_groups(&page, &planned, now).await {
            // An archive step came between the snapshot and its lease: once more, with the lease first.
            Err(Error::Ledger(error)) if error.is_snapshot_gone() && is_first => {
                let planned = self.open(caller, definition, None, now).await?;
                self.hold(&planned).await?;
                self.answer_groups(&page, &planned, now).await
            }
            answer => answer,
        }
    }

    async fn answer_groups(&self, page: &GroupPage<'_>, planned: &Planned, now: Timestamp) -> Result<GroupsAnswer> {
        let definition = page.definition;
        let approximate = page.is_approximate(planned).await?;
        let columns: Vec<KeyColumn> = page.keys.iter().map(|key| KeyColumn::of(key, &definition.zone)).collect();
        let groups = plan::groups(planned, definition, &columns, &definition.measures, approximate).await?;
        let (total, batches) = page.read(groups, planned).await?;
        let mut groups = page.tell(&batches)?;
        let more = groups.len() > page.limit;
        groups.truncate(page.limit);
        if more {
            self.hold(planned).await?;
        }
        let position = page.position(&batches)?.or_else(|| planned.after.clone());
        let cursor = planned.cursor(total, position);
        Ok(GroupsAnswer {
            report: definition.report,
            range: answer_range(definition, planned.range, planned.now),
            group_by: page.keys.to_vec(),
            deeper: definition.group_by.len() - page.keys.len(),
            measures: definition.measures.clone(),
            approximate: if approximate { vec![Measure::DurationMedian] } else { Vec::new() },
            groups,
            total,
            next_cursor: more.then(|| cursor.encode_of(&page.asked())),
            watermark: Watermark::of(planned, definition, now),
        })
    }
}

/// A page that is asked for.
struct GroupPage<'a> {
    definition: &'a Definition,
    keys: &'a [GroupKey],
    /// The order, made total.
    order: Vec<SortKey>,
    limit: usize,
}

impl<'a> GroupPage<'a> {
    fn of(definition: &'a Definition, paging: &GroupPaging) -> Result<Self> {
        let (depth, limit) = (paging.depth.unwrap_or(1), paging.limit.unwrap_or(DEFAULT_PAGE_ROWS));
        if definition.group_by.is_empty() {
            return Err(InvalidDefinition::new("group_by", "expected at least one {\"field\":…,\"bucket\":…}; got none").into());
        }
        let Some(keys) = definition.group_by.get(..depth) else {
            let reason = format!("expected 0 to {}, as many keys as group_by has; got {depth}", definition.group_by.len());
            return Err(InvalidDefinition::new("depth", reason).into());
        };
        if limit > MAX_PAGE_ROWS {
            return Err(InvalidDefinition::new("limit", format!("expected at most {MAX_PAGE_ROWS}; got {limit}")).into());
        }
        Ok(GroupPage { definition, keys, order: order(definition, keys), limit })
    }

    fn asked(&self) -> Asked<'_> {
        Asked { groups_of: self.definition, depth: self.keys.len() }
    }

    fn cursor(&self, text: &str) -> Result<Cursor> {
        let types: Vec<FieldType> = self.order.iter().filter_map(|key| self.field_type(&key.field)).collect();
        Cursor::decode_of(text, &self.asked(), &types)
    }

    fn field_type(&self, name: &str) -> Option<FieldType> {
        let of_measure = self.definition.measures.iter().find(|measure| measure.name() == name).map(|measure| measure.field_type());
        of_measure.or_else(|| self.keys.iter().find(|key| key.name() == name)?.field_type(self.definition.report))
    }

    /// Whether there are so many rows that a median is found near the middle.
    async fn is_approximate(&self, planned: &Planned) -> Result<bool> {
        if !self.definition.measures.contains(&Measure::DurationMedian) {
            return Ok(false);
        }
        let rows = crate::plan::rows(planned, self.definition).await?;
        let approximate = rows.count().await? > EXACT_MEDIAN_ROWS;
        // Near the middle is not always the same place: pages in that order would not fit together.
        if approximate && self.order.iter().any(|key| key.field == Measure::DurationMedian.name()) {
            let reason = format!("the median of more than {EXACT_MEDIAN_ROWS} rows is approximate and makes no order");
            return Err(InvalidDefinition::new("group_sort", reason).into());
        }
        Ok(approximate)
    }

    /// The page and one group more, and how many groups there are. Whatever their number, few are in memory.
    async fn read(&self, groups: DataFrame, planned: &Planned) -> Result<(u64, Vec<RecordBatch>)> {
        let context = SessionContext::new_with_state(groups.clone().into_parts().0);
        let mut all = groups.execute_stream().await?;
        let (mut total, mut kept) = (0, Vec::new());
        while let Some(batch) = all.next().await {
            let batch = batch?;
            total += batch.num_rows() as u64;
            kept.push(batch);
            if rows_of(&kept) > KEPT_GROUPS.max(4 * self.limit) {
                kept = self.first(&context, kept, planned).await?;
            }
        }
        let page = self.first(&context, kept, planned).await?;
        Ok((planned.total.unwrap_or(total), page))
    }

    /// Of some groups, those of the page and one more.
    async fn first(&self, context: &SessionContext, groups: Vec<RecordBatch>, planned: &Planned) -> Result<Vec<RecordBatch>> {
        if groups.is_empty() {
            return Ok(groups);
        }
        let sorted = self.in_order(context.read_batches(groups)?, planned)?;
        Ok(sorted.limit(0, Some(self.limit + 1))?.collect().await?)
    }

    /// The groups after the cursor's, in their order.
    fn in_order(&self, groups: DataFrame, planned: &Planned) -> Result<DataFrame> {
        let after = match &planned.after {
            Some(position) => groups.filter(crate::plan::beyond(&self.order, position))?,
            None => groups,
        };
        // All rows as one group may have nothing to be ordered by.
        if self.order.is_empty() { Ok(after) } else { Ok(after.sort(self.order.iter().map(SortKey::expression).collect())?) }
    }

    fn tell(&self, batches: &[RecordBatch]) -> Result<Vec<Group>> {
        let writer = GroupWriter::of(self.definition, self.keys);
        let told = batches.iter().map(|batch| writer.groups(batch)).collect::<Result<Vec<_>>>()?;
        Ok(told.into_iter().flatten().collect())
    }

    /// Where the last group of the page is in the order.
    fn position(&self, batches: &[RecordBatch]) -> Result<Option<Position>> {
        let mut left = self.limit;
        let mut last = None;
        for batch in batches.iter().filter(|batch| batch.num_rows() > 0) {
            if left == 0 {
                break;
            }
            let rows = batch.num_rows().min(left);
            last = Some((batch, rows - 1));
            left -= rows;
        }
        let Some((batch, row)) = last else { return Ok(None) };
        let value = |key: &SortKey| {
            let column =
                batch.column_by_name(&key.field).ok_or_else(|| Error::Query(format!("the groups have no column {}", key.field)))?;
            let value = ScalarValue::try_from_array(column, row)?;
            Ok(if value.is_null() { None } else { Some(value) })
        };
        Ok(Some(Position { values: self.order.iter().map(value).collect::<Result<_>>()? }))
    }
}

fn rows_of(batches: &[RecordBatch]) -> usize {
    batches.iter().map(RecordBatch::num_rows).sum()
}

/// The order of the groups that some keys make: what they don't have is left out.
fn order(definition: &Definition, keys: &[GroupKey]) -> Vec<SortKey> {
    let is_told = |key: &&SortKey| {
        keys.iter().any(|by| by.name() == key.field) || definition.measures.iter().any(|measure| measure.name() == key.field)
    };
    definition.group_sort.iter().filter(is_told).cloned().collect()
}
