//! What can be asked of a saved report: the same as of its definition, with the rights of the caller.

use std::sync::Arc;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use rollcall_reports::InvalidDefinition;

use super::content::kind_of;
use super::{MAX_REQUEST_BYTES, members_of, visible};
use crate::app::App;
use crate::auth::Caller;
use crate::body::RequestBody;
use crate::parameters::PathPart;
use crate::problem::{Document, Problem};
use crate::routes::reports::answer::{FacetsAnswer, GroupsAnswer, HistogramAnswer, ReportAnswer, SignedInAnswer};
use crate::routes::reports::facets::Facets;
use crate::routes::reports::groups::Groups;
use crate::routes::reports::histogram::Histogram;
use crate::routes::reports::rows::Rows;
use crate::routes::reports::schema::{FacetMembers, GroupMembers, HistogramMembers, PageMembers};
use crate::routes::reports::signed_in::SignedIn;
use crate::routes::reports::{self, Form, Members, Question};

/// Run a saved report
///
/// As running its definition would be, with the rights of the caller.
#[utoipa::path(
    post, path = "/saved-reports/{id}/query", tag = "saved reports",
    params(("id" = String, Path, description = "Its id")),
    request_body(content = PageMembers, content_type = "application/json", description = "Which page; the first if empty"),
    responses(
        (status = 200, description = "The rows", content((ReportAnswer = "application/json"), (String = "application/x-ndjson"), (String = "text/csv"), (String = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"), (String = "application/vnd.apache.parquet"))),
        (status = 404, description = "There is none, or it is another's and not published", body = Document, content_type = "application/problem+json"),
        (status = 410, description = "The cursor has expired", body = Document, content_type = "application/problem+json"),
        (status = 422, description = "The cursor is wrong, or the definition one that is no longer read", body = Document, content_type = "application/problem+json"),
        (status = 429, description = "Too many reports are running", body = Document, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn query_saved_report(
    State(app): State<Arc<App>>,
    caller: Caller,
    PathPart(id): PathPart,
    headers: HeaderMap,
    body: RequestBody,
) -> Result<Response, Problem> {
    ask_saved::<Rows>(&app, &caller, &id, &headers, body).await
}

/// Group the rows of a saved report
///
/// By the keys that its definition has.
#[utoipa::path(
    post, path = "/saved-reports/{id}/groups", tag = "saved reports",
    params(("id" = String, Path, description = "Its id")),
    request_body(content = GroupMembers, content_type = "application/json", description = "Which groups; the first page to depth 1 if empty"),
    responses(
        (status = 200, description = "The groups", content((GroupsAnswer = "application/json"), (String = "application/x-ndjson"), (String = "text/csv"), (String = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"), (String = "application/vnd.apache.parquet"))),
        (status = 404, description = "There is none, or it is another's and not published", body = Document, content_type = "application/problem+json"),
        (status = 410, description = "The cursor has expired", body = Document, content_type = "application/problem+json"),
        (status = 422, description = "The cursor or the depth is wrong, or the definition one that is no longer read", body = Document, content_type = "application/problem+json"),
        (status = 429, description = "Too many reports are running", body = Document, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn group_saved_report(
    State(app): State<Arc<App>>,
    caller: Caller,
    PathPart(id): PathPart,
    headers: HeaderMap,
    body: RequestBody,
) -> Result<Response, Problem> {
    ask_saved::<Groups>(&app, &caller, &id, &headers, body).await
}

/// Show the values of fields in a saved report
///
/// As of its definition.
#[utoipa::path(
    post, path = "/saved-reports/{id}/facets", tag = "saved reports",
    params(("id" = String, Path, description = "Its id")),
    request_body(content = FacetMembers, content_type = "application/json", description = "Whose values; those of the fields that the kind offers first if empty"),
    responses(
        (status = 200, description = "The values", body = FacetsAnswer),
        (status = 404, description = "There is none, or it is another's and not published", body = Document, content_type = "application/problem+json"),
        (status = 422, description = "A field has no such values, or the definition one that is no longer read", body = Document, content_type = "application/problem+json"),
        (status = 429, description = "Too many reports are running", body = Document, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn facets_of_saved_report(
    State(app): State<Arc<App>>,
    caller: Caller,
    PathPart(id): PathPart,
    headers: HeaderMap,
    body: RequestBody,
) -> Result<Response, Problem> {
    ask_saved::<Facets>(&app, &caller, &id, &headers, body).await
}

/// Show how many rows a saved report has over time
///
/// As of its definition.
#[utoipa::path(
    post, path = "/saved-reports/{id}/histogram", tag = "saved reports",
    params(("id" = String, Path, description = "Its id")),
    request_body(content = HistogramMembers, content_type = "application/json", description = "Which histogram; one of a sensible bucket if empty"),
    responses(
        (status = 200, description = "The bars", body = HistogramAnswer),
        (status = 404, description = "There is none, or it is another's and not published", body = Document, content_type = "application/problem+json"),
        (status = 422, description = "There would be too many bars, or the definition one that is no longer read", body = Document, content_type = "application/problem+json"),
        (status = 429, description = "Too many reports are running", body = Document, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn histogram_of_saved_report(
    State(app): State<Arc<App>>,
    caller: Caller,
    PathPart(id): PathPart,
    headers: HeaderMap,
    body: RequestBody,
) -> Result<Response, Problem> {
    ask_saved::<Histogram>(&app, &caller, &id, &headers, body).await
}

/// Show for how long agents were signed in, by a saved report
///
/// As of its definition, which is one of `login_logout`.
#[utoipa::path(
    post, path = "/saved-reports/{id}/signed_in", tag = "saved reports",
    params(("id" = String, Path, description = "Its id")),
    request_body(content = PageMembers, content_type = "application/json", description = "Which page; the first if empty"),
    responses(
        (status = 200, description = "The days", content((SignedInAnswer = "application/json"), (String = "application/x-ndjson"), (String = "text/csv"), (String = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"), (String = "application/vnd.apache.parquet"))),
        (status = 404, description = "There is none, or it is another's and not published", body = Document, content_type = "application/problem+json"),
        (status = 410, description = "The cursor has expired", body = Document, content_type = "application/problem+json"),
        (status = 422, description = "The cursor is wrong, the kind has no sessions, or the definition one that is no longer read", body = Document, content_type = "application/problem+json"),
        (status = 429, description = "Too many reports are running", body = Document, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn signed_in_of_saved_report(
    State(app): State<Arc<App>>,
    caller: Caller,
    PathPart(id): PathPart,
    headers: HeaderMap,
    body: RequestBody,
) -> Result<Response, Problem> {
    ask_saved::<SignedIn>(&app, &caller, &id, &headers, body).await
}

/// Answers a question about a saved report.
async fn ask_saved<Q: Question>(
    app: &Arc<App>,
    caller: &Caller,
    id: &str,
    headers: &HeaderMap,
    body: RequestBody,
) -> Result<Response, Problem> {
    let form = Form::accepted(headers, Q::FORMS)?;
    let asked: Members = body.json(MAX_REQUEST_BYTES).await?.unwrap_or_default();
    if let Some(unknown) = asked.keys().find(|name| !Q::MEMBERS.contains(&name.as_str())) {
        return Err(InvalidDefinition::unknown(unknown.clone(), unknown, Q::MEMBERS.iter().copied()).into());
    }
    let report = visible(app, caller, id).await?;
    let mut members = members_of(&report.definition)?;
    members.extend(asked);
    reports::ask::<Q>(app, caller, form, kind_of(&report.kind)?, members).await
}
