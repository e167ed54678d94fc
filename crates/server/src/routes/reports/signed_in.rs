//! `POST /reports/login_logout/signed_in`: how long each agent was signed in on each day.

use std::sync::Arc;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use rollcall_reports::engine::DEFAULT_PAGE_ROWS;
use rollcall_reports::rows::csv_line;
use rollcall_reports::signed_in::answer::SignedInStream;
use rollcall_reports::{Definition, Error, InvalidDefinition, Kind, Paging};
use serde_json::Value;

use super::answer::{SignedInAnswer, SignedInDay};
use super::form::Form;
use super::members::{Members, take_paging};
use super::question::{Asker, Question, as_json, ask_kind};
use super::schema::ReportQuery;
use super::stream::{self, Outlet, Stopped, json_line};
use crate::app::App;
use crate::auth::Caller;
use crate::body::RequestBody;
use crate::intake::now;
use crate::parameters::PathPart;
use crate::problem::{Document, Problem};

/// How long was who signed in?
pub(crate) struct SignedIn(Paging);

/// Show for how long agents were signed in
///
/// For each agent and calendar day of the report's zone: every session that overlaps the range is clipped to the day, and
/// what overlaps is counted once. As JSON: one page of days with the exact number of them. As NDJSON or CSV: all days,
/// of one snapshot.
#[utoipa::path(
    post, path = "/reports/{kind}/signed_in", tag = "reports",
    params(("kind" = String, Path, description = "`login_logout`: no other kind has sessions")),
    request_body(content = ReportQuery, content_type = "application/json"),
    responses(
        (status = 200, description = "The days", content((SignedInAnswer = "application/json"), (String = "application/x-ndjson"), (String = "text/csv"))),
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
    const MEMBERS: &'static [&'static str] = &["limit", "cursor"];
    const FORMS: &'static [Form] = Form::ALL;

    fn take(_: Kind, members: &mut Members) -> Result<Self, InvalidDefinition> {
        Ok(SignedIn(take_paging(members)?))
    }

    async fn answer(self, definition: Definition, asker: Asker<'_>) -> Result<Response, Problem> {
        let (SignedIn(paging), caller, reports) = (self, asker.of_reports(), &asker.app.reports);
        if asker.form == Form::Page {
            let answer = reports.signed_in(&caller, &definition, &paging, now()).await?;
            asker.reads::<SignedIn>(&definition, answer.total).await?;
            return as_json(SignedInAnswer::from(answer), paging.limit.unwrap_or(DEFAULT_PAGE_ROWS)).await;
        }
        let days = reports.signed_in_stream(&caller, &definition, paging.cursor.as_deref(), now()).await?;
        let as_csv = asker.form == Form::Csv;
        let exporting = asker.exports::<SignedIn>(&definition).await?;
        stream::answer(asker, exporting, "signed-in", |out| tell(days, as_csv, out)).await
    }
}

/// Tells all days of all agents.
async fn tell(days: SignedInStream, as_csv: bool, mut out: Outlet) -> Result<Outlet, Stopped> {
    if as_csv {
        let names: Vec<Value> = SignedInDay::MEMBERS.iter().map(|&name| name.into()).collect();
        csv_line(&names, out.text())?;
    }
    for some in days {
        for day in some.into_iter().map(SignedInDay::from) {
            if as_csv {
                csv_line(&cells(&day)?, out.text())?;
            } else {
                json_line(&day, out.text())?;
            }
            out.count(1);
            out.send_full_piece().await?;
        }
    }
    Ok(out)
}

fn cells(day: &SignedInDay) -> Result<Vec<Value>, Error> {
    let told = serde_json::to_value(day).map_err(|error| Error::Query(error.to_string()))?;
    Ok(SignedInDay::MEMBERS.iter().map(|name| told.get(name).cloned().unwrap_or_default()).collect())
}
