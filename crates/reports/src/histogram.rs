//! The histogram: how many rows there are over time, split by one field.
//!
//! It is a grouping by a bucket of time and by that field, with every bucket of the range in it, also those
//! that have no rows.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Int64Type, TimestampMicrosecondType};
use datafusion::functions_aggregate::expr_fn::{max, min};
use datafusion::logical_expr::{col, when};
use futures::StreamExt;
use rollcall_model::Timestamp;
use rollcall_model::range::ResolvedRange;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::bucket::{Bucket, BucketSize, time_bucket};
use crate::definition::Definition;
use crate::engine::{AnswerRange, Caller, Planned, Reports, answer_range};
use crate::error::{Error, InvalidDefinition, Result};
use crate::facets::{Others, has_facet, tell};
use crate::field::FieldType;
use crate::group::plan::{Counted, KeyColumn, groups, time_field};
use crate::group::{GroupKey, Measure};
use crate::kind::Kind;
use crate::plan::{self, moment};
use crate::watermark::Watermark;

/// Bars that are chosen, at most; one more where the range begins inside one.
const USUAL_BARS: i64 = 120;
/// Bars that may be asked for, at most.
const MAX_BARS: i64 = 10_000;
/// Values of the split that are told one by one, unless asked otherwise.
const DEFAULT_TOP: usize = 5;
/// Most of them.
const MAX_TOP: usize = 50;
/// Most numbers that are held in memory: bars times values of the split.
const MAX_NUMBERS: usize = 10_000_000;

/// Which histogram.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HistogramAsked {
    /// The time that is looked at: when it happened, or the login, unless said otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// How long a bar is; what makes 24 to 120 of them unless said otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bucket: Option<BucketSize>,
    /// The field by which bars are split.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub split: Option<String>,
    /// Most values of the split that are told one by one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub top: Option<usize>,
}

/// A bar: a bucket, as far as it lies in the range.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Bar {
    /// Its first instant.
    pub from: String,
    /// The first instant after it.
    pub to: String,
    /// How many rows.
    pub rows: u64,
    /// How many of them have each value of the split.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<u64>,
    /// How many have another value.
    pub others: u64,
}

/// A value by which bars are split.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SplitValue {
    /// The value; none where it is missing.
    pub value: Value,
    /// How people read it, where that is something else.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// How many rows of all bars have it.
    pub rows: u64,
}

/// By what bars are split.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Split {
    /// The field.
    pub field: String,
    /// The values that most rows have: `parts` are in their order.
    pub values: Vec<SplitValue>,
    /// What is not told one by one.
    pub others: Others,
}

/// A histogram.
#[derive(Debug, Serialize)]
pub struct HistogramAnswer {
    /// The kind of report.
    pub report: Kind,
    /// What the range meant.
    pub range: AnswerRange,
    /// The time that is looked at.
    pub field: String,
    /// How long a bar is.
    pub bucket: BucketSize,
    /// By what bars are split.
    pub split: Option<Split>,
    /// The bars, the earliest first, those without rows too.
    pub bars: Vec<Bar>,
    /// How many rows have no such time, or one outside the range.
    pub outside: u64,
    /// How many rows there are in all bars and outside.
    pub total: u64,
    /// Up to which moment the answer is complete.
    pub watermark: Watermark,
}

impl Reports {
    /// The histogram of a definition's rows.
    pub async fn histogram(
        &self,
        caller: &Caller,
        definition: &Definition,
        asked: &HistogramAsked,
        now: Timestamp,
    ) -> Result<HistogramAnswer> {
        let field = asked.check(definition.report)?;
        let (reports, caller, definition, asked) = (self.clone(), caller.clone(), definition.clone(), asked.clone());
        self.on_query_threads(async move {
            let planned = reports.open(&caller, &definition, None, now).await?;
            answer(&planned, &definition, &asked, field, now).await
        })
        .await
    }
}

impl HistogramAsked {
    /// Checks it against a kind's fields; the time that is looked at.
    fn check(&self, kind: Kind) -> Result<String, InvalidDefinition> {
        let field = self.field.clone().unwrap_or_else(|| time_field(kind));
        let times = || kind.fields().iter().filter(|field| field.field_type == FieldType::Timestamp).map(|field| field.name);
        if !times().any(|name| name == field) {
            return Err(InvalidDefinition::unknown("histogram.field", &field, times()));
        }
        let splitting = || kind.fields().iter().filter(|field| has_facet(field)).map(|field| field.name);
        if let Some(split) = &self.split
            && !splitting().any(|name| name == split)
        {
            return Err(InvalidDefinition::unknown("histogram.split", split, splitting()));
        }
        match self.top {
            Some(top) if top > MAX_TOP => Err(InvalidDefinition::new("histogram.top", format!("expected at most {MAX_TOP}; got {top}"))),
            _ => Ok(field),
        }
    }

    /// How long a bar of a range is.
    fn size(&self, range: ResolvedRange) -> Result<BucketSize, InvalidDefinition> {
        let Some(size) = self.bucket else { return Ok(BucketSize::at_most(USUAL_BARS, range)) };
        let bars = |size: BucketSize| range.to.micros_since(range.from) / size.usual_micros();
        if bars(size) <= MAX_BARS {
            return Ok(size);
        }
        let allowed = BucketSize::ALL.iter().filter(|size| bars(**size) <= MAX_BARS).map(|size| size.name());
        Err(InvalidDefinition::unknown("histogram.bucket", size.name(), allowed))
    }
}

async fn answer(
    planned: &Planned,
    definition: &Definition,
    asked: &HistogramAsked,
    field: String,
    now: Timestamp,
) -> Result<HistogramAnswer> {
    let range = shown(planned, definition, &field).await?;
    let size = asked.size(range)?;
    let mut keys = vec![time_key(&field, size, definition, planned.range)?];
    if let Some(split) = &asked.split {
        let key = KeyColumn::of(&GroupKey { field: split.clone(), bucket: None, empty: false }, &definition.zone);
        keys.push(KeyColumn { name: "split".to_owned(), ..key });
    }
    let naming = definition.naming(asked.split.as_deref().as_slice());
    let mut groups = groups(planned, &naming, &keys, &[Measure::Count], false).await?.execute_stream().await?;
    let mut counted = CountedBars::over(range, size, definition);
    while let Some(batch) = groups.next().await {
        counted.add(&batch?)?;
    }
    let split = asked.split.as_ref().map(|split| counted.split(split, asked.top.unwrap_or(DEFAULT_TOP), definition));
    Ok(HistogramAnswer {
        report: definition.report,
        range: answer_range(definition, planned.range, planned.now),
        field,
        bucket: size,
        bars: counted.bars(split.as_ref().map(|(_, texts)| texts.as_slice()), range, definition),
        split: split.map(|(split, _)| split),
        outside: counted.outside,
        total: counted.outside + counted.by_value.values().flatten().sum::<u64>(),
        watermark: Watermark::of(planned, definition, now),
    })
}

/// The bucket of a time in the range; missing for a time outside it.
fn time_key(field: &str, size: BucketSize, definition: &Definition, range: ResolvedRange) -> Result<KeyColumn> {
    let bucket = time_bucket(size, &definition.zone, col(field));
    let name = "bucket".to_owned();
    if field == time_field(definition.report) && field == "event_time" {
        return Ok(KeyColumn { name, of_row: bucket, counted: Counted::Within(size), empty: false });
    }
    let inside = col(field).gt_eq(moment(range.from)).and(col(field).lt(moment(range.to)));
    Ok(KeyColumn { name, of_row: when(inside, bucket).end()?, counted: Counted::Never, empty: false })
}

/// The range that has bars: where a bound is open, it reaches as far as there are rows.
async fn shown(planned: &Planned, definition: &Definition, field: &str) -> Result<ResolvedRange> {
    let range = planned.range;
    if range.from > Timestamp::MIN && range.to < Timestamp::MAX {
        return Ok(range);
    }
    let rows = plan::rows(planned, definition).await?;
    let ends = rows.aggregate(Vec::new(), vec![min(col(field)).alias("first"), max(col(field)).alias("last")])?.collect().await?;
    let found = |name: &str| {
        let column = ends.first()?.column_by_name(name)?.as_primitive_opt::<TimestampMicrosecondType>()?;
        column.iter().next().flatten().and_then(Timestamp::from_micros)
    };
    let (Some(first), Some(last)) = (found("first"), found("last")) else { return Ok(ResolvedRange { to: range.from, ..range }) };
    Ok(ResolvedRange {
        from: if range.from > Timestamp::MIN { range.from } else { first },
        to: if range.to < Timestamp::MAX { range.to } else { last.plus_micros(1).max(range.from) },
    })
}

/// Rows by bucket and value.
struct CountedBars {
    buckets: Vec<Bucket>,
    /// The place of a bucket, by its first instant.
    places: BTreeMap<i64, usize>,
    /// How many rows of each bucket have a value.
    by_value: HashMap<Option<String>, Vec<u64>>,
    outside: u64,
}

impl CountedBars {
    fn over(range: ResolvedRange, size: BucketSize, definition: &Definition) -> Self {
        let buckets: Vec<Bucket> = size.over(range, &definition.zone).collect();
        let places = buckets.iter().enumerate().map(|(at, bucket)| (bucket.from.as_micros(), at)).collect();
        CountedBars { buckets, places, by_value: HashMap::new(), outside: 0 }
    }

    /// Refuses a further value where memory has no room for it.
    fn check_room(&self) -> Result<(), InvalidDefinition> {
        if (self.by_value.len() + 1).saturating_mul(self.buckets.len()) <= MAX_NUMBERS {
            return Ok(());
        }
        let reason = format!(
            "expected a field with fewer values, or a larger bucket: {} bars with more than {} values each",
            self.buckets.len(),
            MAX_NUMBERS / self.buckets.len().max(1)
        );
        Err(InvalidDefinition::new("histogram.split", reason))
    }

    fn add(&mut self, batch: &RecordBatch) -> Result<()> {
        let column = |name: &str| batch.column_by_name(name);
        let unexpected = || Error::Query("the groups of a histogram have other columns".to_owned());
        let starts = column("bucket").and_then(|starts| starts.as_primitive_opt::<TimestampMicrosecondType>()).ok_or_else(unexpected)?;
        let rows = column("count").and_then(|rows| rows.as_primitive_opt::<Int64Type>()).ok_or_else(unexpected)?;
        let texts = column("split").map(|values| cast(values, &DataType::Utf8View)).transpose()?;
        for (row, (start, rows)) in starts.iter().zip(rows.values()).enumerate() {
            let rows = u64::try_from(*rows).unwrap_or(0);
            let Some(place) = start.and_then(|start| self.places.get(&start)) else {
                self.outside += rows;
                continue;
            };
            let texts = texts.as_ref().and_then(|texts| texts.as_string_view_opt());
            let value = texts.filter(|texts| texts.is_valid(row)).map(|texts| texts.value(row).to_owned());
            if !self.by_value.contains_key(&value) {
                self.check_room()?;
            }
            let buckets = self.by_value.entry(value).or_insert_with(|| vec![0; self.buckets.len()]);
            if let Some(so_far) = buckets.get_mut(*place) {
                *so_far += rows;
            }
        }
        Ok(())
    }

    /// The top values, as they are told and as they were counted.
    fn split(&self, name: &str, top: usize, definition: &Definition) -> (Split, Vec<Option<String>>) {
        let mut values: Vec<(&Option<String>, u64)> = self.by_value.iter().map(|(value, rows)| (value, rows.iter().sum())).collect();
        values.sort_by(|(a, rows_a), (b, rows_b)| Reverse(rows_a).cmp(&Reverse(rows_b)).then_with(|| a.cmp(b)));
        let left = values.split_off(top.min(values.len()));
        let others = Others { values: left.len() as u64, rows: left.iter().map(|(_, rows)| rows).sum(), not_occurred: 0 };
        let field = definition.report.field(name);
        let told = |(value, rows): &(&Option<String>, u64)| SplitValue {
            value: value.as_deref().map_or(Value::Null, |text| field.map_or_else(|| text.into(), |field| tell::typed(field, text))),
            label: field.and_then(|field| {
                let (_, label) = field.words.iter().find(|(word, _)| Some(*word) == value.as_deref())?;
                Some((*label).to_owned())
            }),
            rows: *rows,
        };
        let split = Split { field: name.to_owned(), values: values.iter().map(told).collect(), others };
        (split, values.into_iter().map(|(value, _)| value.clone()).collect())
    }

    fn bars(&self, values: Option<&[Option<String>]>, range: ResolvedRange, definition: &Definition) -> Vec<Bar> {
        let zone = definition.shown_zone();
        let rows_of = |at: usize, value: &Option<String>| self.by_value.get(value).and_then(|rows| rows.get(at)).copied().unwrap_or(0);
        let bar = |(at, bucket): (usize, &Bucket)| {
            let rows = self.by_value.values().filter_map(|rows| rows.get(at)).sum();
            let parts: Vec<u64> = values.unwrap_or_default().iter().map(|value| rows_of(at, value)).collect();
            let others = if values.is_some() { rows - parts.iter().sum::<u64>() } else { 0 };
            let (from, to) = (bucket.from.max(range.from), bucket.to.min(range.to));
            Bar { from: zone.rfc3339(from), to: zone.rfc3339(to), rows, parts, others }
        };
        self.buckets.iter().enumerate().map(bar).collect()
    }
}
