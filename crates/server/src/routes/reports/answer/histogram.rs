//! A histogram, as it goes over the wire.

use rollcall_reports::histogram;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::facets::OthersAnswer;
use super::{RangeAnswer, WatermarkAnswer};

/// A histogram.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct HistogramAnswer {
    /// The kind of report.
    report: &'static str,
    /// What the range meant.
    range: RangeAnswer,
    /// The time that is looked at.
    field: String,
    /// How long a bar is.
    bucket: &'static str,
    /// By what bars are split; null where they are not.
    split: Option<SplitAnswer>,
    /// The bars, the earliest first, those without rows too.
    bars: Vec<BarAnswer>,
    /// How many rows have no such time, or one outside the range.
    outside: u64,
    /// How many rows there are in all bars and outside.
    total: u64,
    /// Up to which moment the answer is complete.
    watermark: WatermarkAnswer,
}

/// By what bars are split.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SplitAnswer {
    /// The field.
    field: String,
    /// The values that most rows have: the `parts` of a bar are in their order.
    values: Vec<SplitValueAnswer>,
    /// What is not told one by one.
    others: OthersAnswer,
}

/// A value by which bars are split.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SplitValueAnswer {
    /// The value; null where it is missing.
    value: Value,
    /// How people read it, where that is something else.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    label: Option<String>,
    /// How many rows of all bars have it.
    rows: u64,
}

/// A bar: a bucket, as far as it lies in the range.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct BarAnswer {
    /// Its first instant.
    #[schema(format = DateTime)]
    from: String,
    /// The first instant after it.
    #[schema(format = DateTime)]
    to: String,
    /// How many rows.
    rows: u64,
    /// How many of them have each value of the split.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    parts: Vec<u64>,
    /// How many have another value.
    others: u64,
}

impl From<histogram::HistogramAnswer> for HistogramAnswer {
    fn from(answer: histogram::HistogramAnswer) -> Self {
        let histogram::HistogramAnswer { report, range, field, bucket, split, bars, outside, total, watermark } = answer;
        HistogramAnswer {
            report: report.name(),
            range: range.into(),
            field,
            bucket: bucket.name(),
            split: split.map(SplitAnswer::from),
            bars: bars.into_iter().map(BarAnswer::from).collect(),
            outside,
            total,
            watermark: watermark.into(),
        }
    }
}

impl From<histogram::Split> for SplitAnswer {
    fn from(split: histogram::Split) -> Self {
        let histogram::Split { field, values, others } = split;
        SplitAnswer { field, values: values.into_iter().map(SplitValueAnswer::from).collect(), others: others.into() }
    }
}

impl From<histogram::SplitValue> for SplitValueAnswer {
    fn from(value: histogram::SplitValue) -> Self {
        let histogram::SplitValue { value, label, rows } = value;
        SplitValueAnswer { value, label, rows }
    }
}

impl From<histogram::Bar> for BarAnswer {
    fn from(bar: histogram::Bar) -> Self {
        let histogram::Bar { from, to, rows, parts, others } = bar;
        BarAnswer { from, to, rows, parts, others }
    }
}
