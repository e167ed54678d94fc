//! `POST /reports/login_logout/signed_in`: how long each agent was signed in on each day.

use std::sync::Arc;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use rollcall_delivery::file::{Question as Asked, file_name};
use rollcall_reports::engine::DEFAULT_PAGE_ROWS;
use rollcall_reports::{Definition, InvalidDefinition, Kind, Paging};

use super::answer::SignedInAnswer;
use super::form::Form;
use super::members::{Members, Told, take_paging, take_told};
use super::question::{Asker, Question, as_json, ask_kind};
use super::schema::ReportQuery;
use super::stream;
use crate::app::App;
use crate::auth::Caller;
use crate::body::RequestBody;
use crate::intake::now;
use crate::parameters::PathPart;
use crate::problem::{Document, Problem};

/// How long was who signed in?
pub(crate) struct SignedIn(Paging, Told);

/// Show for how long agents were signed in
///
/// For each agent and calendar day of the report's zone: every session that overlaps the range is clipped to the day, and
/// what overlaps is counted once. As JSON: one page of days with the exact number of them. As NDJSON, CSV, XLSX or Parquet: all days,
/// of one snapshot.
#[utoipa::path(
    post, path = "/reports/{kind}/signed_in", tag = "reports",
    params(("kind" = String, Path, description = "`login_logout`: no other kind has sessions")),
    request_body(content = ReportQuery, content_type = "application/json"),
    responses(
        (status = 200, description = "The days", content((SignedInAnswer = "application/json"), (String = "application/x-ndjson"), (String = "text/csv"), (String = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"), (String = "application/vnd.apache.parquet"))),
        (status = 410, description = "The cursor has expired", body = Document, content_type = "application/problem+json"),
        (status = 422, description = "The definition or the cursor is wrong, or the kind has no sessions", body = Document, content_type = "application/problem+json"),
        (status = 429, description = "Too many reports are running", body = Document, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn signed_in_of_report(
    State(app): State<Arc<App>>,
    caller: Caller,
    PathPart(kind): PathPart,
    headers: HeaderMap,
    body: RequestBody,
) -> Result<Response, Problem> {
    ask_kind::<SignedIn>(&app, &caller, &kind, &headers, body).await
}

impl Question for SignedIn {
    const NAME: &'static str = "signed_in";
    const MEMBERS: &'static [&'static str] = &["limit", "cursor", "raw", "bom"];
    const FORMS: &'static [Form] = Form::ALL;

    fn take(_: Kind, members: &mut Members) -> Result<Self, InvalidDefinition> {
        Ok(SignedIn(take_paging(members)?, take_told(members)?))
    }

    async fn answer(self, definition: Definition, asker: Asker<'_>) -> Result<Response, Problem> {
        let (SignedIn(paging, told), caller, reports) = (self, asker.of_reports(), &asker.app.reports);
        let Some(format) = asker.form.file() else {
            let answer = reports.signed_in(&caller, &definition, &paging, now()).await?;
            asker.reads::<SignedIn>(&definition, answer.total).await?;
            return as_json(SignedInAnswer::from(answer), paging.limit.unwrap_or(DEFAULT_PAGE_ROWS)).await;
        };
        let days = reports.signed_in_stream(&caller, &definition, paging.cursor.as_deref(), now()).await?;
        let exporting = asker.exports::<SignedIn>(&definition).await?;
        stream::answer(asker, exporting, (format, told), &file_name(&definition, &Asked::SignedIn, format), days).await
    }
}
