//! `GET /reports/shipped`: the definitions that come with the product.

use axum::Json;
use rollcall_reports::{Shipped, shipped};
use serde::Serialize;
use utoipa::ToSchema;

use super::schema::ReportDefinition;
use crate::problem::Problem;

/// The definitions that come with the product.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ShippedAnswer {
    reports: Vec<ShippedReport>,
}

/// A definition that comes with the product.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ShippedReport {
    /// Its id, which stays.
    id: &'static str,
    /// Its name for people.
    name: &'static str,
    /// The question that it answers.
    answers: &'static str,
    /// The definition. Its range is a start: another may take its place.
    #[schema(value_type = ReportDefinition)]
    definition: rollcall_reports::Definition,
    /// Its compact form.
    compact: String,
}

/// List the definitions that come with the product
#[utoipa::path(get, path = "/reports/shipped", tag = "reports", responses((status = 200, description = "The definitions", body = ShippedAnswer)))]
pub(crate) async fn get_shipped() -> Result<Json<ShippedAnswer>, Problem> {
    let told = |shipped: &Shipped| {
        let Shipped { id, name, answers, definition } = shipped;
        Ok(ShippedReport { id, name, answers, definition: definition.clone(), compact: definition.to_compact()? })
    };
    Ok(Json(ShippedAnswer { reports: shipped().iter().map(told).collect::<Result<_, Problem>>()? }))
}
