//! `GET /reports`: the kinds of report, and what each of them offers.

use axum::Json;
use rollcall_model::range::Preset;
use rollcall_reports::Kind;
use rollcall_reports::bucket::BucketSize;
use rollcall_reports::facets::has_facet;
use rollcall_reports::field::Field;
use rollcall_reports::filter::Operator;
use rollcall_reports::group::{Measure, makes_groups};
use rollcall_reports::sort::{Direction, SortKey};
use serde::Serialize;
use utoipa::ToSchema;

use super::answer::ColumnAnswer;

/// The kinds of report.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ReportsAnswer {
    reports: Vec<KindOffer>,
    /// All presets of a range.
    presets: Vec<&'static str>,
    /// How long buckets of time can be, the shortest first.
    buckets: Vec<&'static str>,
}

/// What a kind of report offers.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct KindOffer {
    /// The kind, as definitions name it.
    report: &'static str,
    /// Its name for people.
    label: &'static str,
    /// Everything that can be shown, filtered and sorted.
    columns: Vec<FieldOffer>,
    /// The columns of a definition that names none.
    default_columns: &'static [&'static str],
    /// The order of a definition that names none.
    default_sort: Vec<SortAnswer>,
    /// The clock of a definition that names none: `report` or `utc`.
    default_clock: &'static str,
    /// The fields whose filters are offered first.
    filters: &'static [&'static str],
    /// What can be told of groups.
    measures: Vec<ColumnAnswer>,
    /// The presets that are offered first; the first of them is the range of a definition that names none.
    presets: Vec<&'static str>,
}

/// A column, and how it can be compared.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FieldOffer {
    #[serde(flatten)]
    column: ColumnAnswer,
    /// The operators that a filter on it can have.
    operators: Vec<&'static str>,
    /// Whether it has values to pick from, which facets tell and histograms are split by.
    has_facet: bool,
    /// Whether rows can be grouped by it; a timestamp also by buckets.
    makes_groups: bool,
}

/// One key of an order.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SortAnswer {
    /// The column.
    field: String,
    /// `asc` or `desc`.
    dir: &'static str,
}

/// List the kinds of report and what each offers
#[utoipa::path(get, path = "/reports", tag = "reports", responses((status = 200, description = "The kinds of report", body = ReportsAnswer)))]
pub(crate) async fn get_reports() -> Json<ReportsAnswer> {
    let reports = Kind::ALL.iter().map(|kind| offer(*kind)).collect();
    Json(ReportsAnswer { reports, presets: words(Preset::ALL), buckets: BucketSize::ALL.iter().map(|size| size.name()).collect() })
}

fn offer(kind: Kind) -> KindOffer {
    KindOffer {
        report: kind.name(),
        label: kind.title(),
        columns: kind.fields().iter().map(field_offer).collect(),
        default_columns: kind.default_columns(),
        default_sort: kind.default_sort().into_iter().map(sort_answer).collect(),
        default_clock: kind.default_clock().name(),
        filters: kind.first_filters(),
        measures: Measure::of(kind).map(ColumnAnswer::of_measure).collect(),
        presets: words(kind.first_presets()),
    }
}

fn field_offer(field: &Field) -> FieldOffer {
    FieldOffer {
        column: field.into(),
        operators: Operator::of(field).into_iter().map(Operator::name).collect(),
        has_facet: has_facet(field),
        makes_groups: makes_groups(field),
    }
}

fn sort_answer(key: SortKey) -> SortAnswer {
    let dir = match key.dir {
        Direction::Asc => "asc",
        Direction::Desc => "desc",
    };
    SortAnswer { field: key.field, dir }
}

fn words(presets: &[Preset]) -> Vec<&'static str> {
    presets.iter().map(|preset| preset.as_str()).collect()
}
