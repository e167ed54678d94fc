//! `POST /reports/compact`, `GET /reports/compact/{compact}`: a definition as an address carries it, and back.

use axum::Json;
use rollcall_reports::Definition;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::members::Members;
use super::schema::ReportDefinition;
use crate::body::RequestBody;
use crate::parameters::PathPart;
use crate::problem::{Document, Problem};

/// Largest definition, in bytes: no longer one has a compact form.
const MAX_REQUEST_BYTES: usize = 1024 * 1024;

/// A definition in few characters.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CompactForm {
    /// Letters, digits, `-` and `_`; at most 2,000 of them.
    compact: String,
}

/// Make the compact form of a definition
///
/// `GET /reports/query?definition=…` runs it. Whatever a definition can say comes back as it was.
#[utoipa::path(
    post, path = "/reports/compact", tag = "reports", request_body(content = ReportDefinition, content_type = "application/json"),
    responses(
        (status = 200, description = "The compact form", body = CompactForm),
        (status = 422, description = "The definition is wrong, or too long for an address: save it and use its id", body = Document, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn post_compact(body: RequestBody) -> Result<Json<CompactForm>, Problem> {
    let members: Members = body.json(MAX_REQUEST_BYTES).await?.unwrap_or_default();
    let compact = Definition::parse(Value::Object(members))?.to_compact()?;
    Ok(Json(CompactForm { compact }))
}

/// Show the definition of a compact form
#[utoipa::path(
    get, path = "/reports/compact/{compact}", tag = "reports",
    params(("compact" = String, Path, description = "The compact form")),
    responses(
        (status = 200, description = "The definition, with what it left open said", body = ReportDefinition),
        (status = 422, description = "It is not a compact form, or that of a definition that is no longer read", body = Document, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn get_compact(PathPart(compact): PathPart) -> Result<Json<Definition>, Problem> {
    Ok(Json(Definition::from_compact(&compact)?))
}
