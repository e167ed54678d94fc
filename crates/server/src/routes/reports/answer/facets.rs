//! The values of fields, as they go over the wire.

use rollcall_reports::Kind;
use rollcall_reports::facets;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::{RangeAnswer, WatermarkAnswer};

/// The values of the fields that were asked for.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FacetsAnswer {
    /// The kind of report.
    report: &'static str,
    /// What the range meant.
    range: RangeAnswer,
    /// The fields, in the order in which they were asked for.
    facets: Vec<FacetAnswer>,
    /// How many rows the definition has, with all its filters.
    total: u64,
    /// Up to which moment the answer is complete.
    watermark: WatermarkAnswer,
}

/// The values of a field.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FacetAnswer {
    /// The field.
    field: String,
    /// Its name for people.
    label: String,
    /// Its values: those that most rows have first, those that did not occur last.
    values: Vec<FacetValue>,
    /// What is not told one by one.
    others: OthersAnswer,
    /// How many rows have no value.
    missing: u64,
    /// Of a branch of the hierarchy: how many rows lie at the branch itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    here: Option<u64>,
}

/// A value of a field.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FacetValue {
    /// The value, as filters take it.
    value: Value,
    /// How people read it, where that is something else.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    label: Option<String>,
    /// How many rows have it.
    rows: u64,
    /// Whether any row has it: what is known and did not occur is offered too.
    occurred: bool,
    /// How a value of the catalogue is known: `documented`, `inferred` or `observed`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    origin: Option<&'static str>,
    /// Of a branch of the hierarchy: whether rows lie below it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    has_children: Option<bool>,
}

/// What is not told one by one.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OthersAnswer {
    /// How many more values there are.
    values: u64,
    /// How many rows have one of them.
    rows: u64,
    /// How many more are known and did not occur.
    not_occurred: u64,
}

impl FacetsAnswer {
    pub(in crate::routes::reports) fn new(answer: facets::FacetsAnswer, kind: Kind) -> Self {
        let facets::FacetsAnswer { report, range, facets, total, watermark } = answer;
        FacetsAnswer {
            report: report.name(),
            range: range.into(),
            facets: facets.into_iter().map(|facet| FacetAnswer::new(facet, kind)).collect(),
            total,
            watermark: watermark.into(),
        }
    }
}

impl FacetAnswer {
    fn new(facet: facets::Facet, kind: Kind) -> Self {
        let facets::Facet { field, values, others, missing, here } = facet;
        let label = kind.field(&field).map_or_else(|| field.clone(), |field| field.label.clone());
        FacetAnswer { field, label, values: values.into_iter().map(FacetValue::from).collect(), others: others.into(), missing, here }
    }
}

impl From<facets::FacetValue> for FacetValue {
    fn from(value: facets::FacetValue) -> Self {
        let facets::FacetValue { value, label, rows, occurred, origin, has_children } = value;
        FacetValue { value, label, rows, occurred, origin: origin.map(|origin| origin.as_str()), has_children }
    }
}

impl From<facets::Others> for OthersAnswer {
    fn from(others: facets::Others) -> Self {
        let facets::Others { values, rows, not_occurred } = others;
        OthersAnswer { values, rows, not_occurred }
    }
}
