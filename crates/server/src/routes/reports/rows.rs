//! `POST /reports/{kind}/query`, `GET /reports/query`: the rows of a definition.

use std::sync::Arc;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use rollcall_delivery::file::{Question as Asked, file_name};
use rollcall_reports::engine::DEFAULT_PAGE_ROWS;
use rollcall_reports::{Definition, InvalidDefinition, Kind, Paging};
use serde::Deserialize;
use serde_json::Value;
use utoipa::IntoParams;

use super::answer::ReportAnswer;
use super::form::Form;
use super::members::{Members, Told, take_offset, take_paging, take_told};
use super::question::{Asker, Question, as_json, ask_kind};
use super::schema::ReportQuery;
use super::stream;
use crate::app::App;
use crate::auth::Caller;
use crate::body::RequestBody;
use crate::intake::now;
use crate::parameters::{Parameters, PathPart};
use crate::problem::{Document, Problem};

/// Which rows?
pub(crate) struct Rows {
    paging: Paging,
    /// So many rows further down.
    offset: Option<usize>,
    told: Told,
}

/// Run a report
///
/// As JSON: one page with the exact total, and a cursor for the next page of the same snapshot. As NDJSON, CSV, XLSX or
/// Parquet: all rows, of one snapshot, without a limit. A stream that fails in the middle breaks the connection,
/// so that what came is not mistaken for all of it.
#[utoipa::path(
    post, path = "/reports/{kind}/query", tag = "reports",
    params(("kind" = String, Path, description = "The kind of report, such as `login_logout` or `access_log`, also written with hyphens")),
    request_body(content = ReportQuery, content_type = "application/json"),
    responses(
        (status = 200, description = "The rows", content((ReportAnswer = "application/json"), (String = "application/x-ndjson"), (String = "text/csv"), (String = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"), (String = "application/vnd.apache.parquet"))),
        (status = 410, description = "The cursor has expired", body = Document, content_type = "application/problem+json"),
        (status = 422, description = "The definition or the cursor is wrong", body = Document, content_type = "application/problem+json"),
        (status = 429, description = "Too many reports are running", body = Document, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn query_report(
    State(app): State<Arc<App>>,
    caller: Caller,
    PathPart(kind): PathPart,
    headers: HeaderMap,
    body: RequestBody,
) -> Result<Response, Problem> {
    ask_kind::<Rows>(&app, &caller, &kind, &headers, body).await
}

/// Parameters of `GET /reports/query`.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct LinkParameters {
    /// The compact form of the definition.
    #[param(required = true)]
    definition: Option<String>,
    /// Most rows of the page, 0 to 10,000; 100 if left out. Not for streams.
    #[param(value_type = Option<usize>)]
    limit: Option<String>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
    /// So many rows are passed over before the page. Not for streams.
    #[param(value_type = Option<usize>)]
    offset: Option<String>,
    /// Of CSV: leave texts as they are, whatever a spreadsheet makes of them.
    #[param(value_type = Option<bool>)]
    raw: Option<String>,
    /// Of CSV: begin with a byte order mark.
    #[param(value_type = Option<bool>)]
    bom: Option<String>,
}

/// Run the report of an address
///
/// The definition is in the address, in its compact form; the answer is that of `POST /reports/{kind}/query`. An
/// address gives no rights.
#[utoipa::path(
    get, path = "/reports/query", tag = "reports", params(LinkParameters),
    responses(
        (status = 200, description = "The rows", content((ReportAnswer = "application/json"), (String = "application/x-ndjson"), (String = "text/csv"), (String = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"), (String = "application/vnd.apache.parquet"))),
        (status = 410, description = "The cursor has expired", body = Document, content_type = "application/problem+json"),
        (status = 422, description = "The definition or the cursor is wrong", body = Document, content_type = "application/problem+json"),
        (status = 429, description = "Too many reports are running", body = Document, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn query_link(
    State(app): State<Arc<App>>,
    caller: Caller,
    headers: HeaderMap,
    Parameters(parameters): Parameters<LinkParameters>,
) -> Result<Response, Problem> {
    let form = Form::accepted(&headers, Rows::FORMS)?;
    let LinkParameters { definition, limit, cursor, offset, raw, bom } = parameters;
    let definition = Definition::from_compact(&definition.unwrap_or_default())?;
    let number = |text: String| text.parse::<u64>().map_or(Value::from(text), Value::from);
    let flag = |text: String| text.parse::<bool>().map_or(Value::from(text), Value::from);
    let page = [
        ("limit", limit.map(number)),
        ("cursor", cursor.map(Value::from)),
        ("offset", offset.map(number)),
        ("raw", raw.map(flag)),
        ("bom", bom.map(flag)),
    ];
    let mut page: Members = page.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect();
    let question = Rows::take(definition.report, &mut page)?;
    let asker = Asker::of(&app, &caller, definition.report, form).await?;
    question.answer(definition, asker).await
}

impl Question for Rows {
    const NAME: &'static str = "rows";
    const MEMBERS: &'static [&'static str] = &["limit", "cursor", "offset", "raw", "bom"];
    const FORMS: &'static [Form] = Form::ALL;

    fn take(_: Kind, members: &mut Members) -> Result<Self, InvalidDefinition> {
        Ok(Rows { paging: take_paging(members)?, offset: take_offset(members)?, told: take_told(members)? })
    }

    async fn answer(self, definition: Definition, asker: Asker<'_>) -> Result<Response, Problem> {
        let (Rows { paging, offset, told }, caller, reports) = (self, asker.of_reports(), &asker.app.reports);
        let Some(format) = asker.form.file() else {
            let answer = reports.page_from(&caller, &definition, &paging, offset.unwrap_or_default() as u64, now()).await?;
            asker.reads::<Rows>(&definition, answer.total).await?;
            return as_json(ReportAnswer::from(answer), paging.limit.unwrap_or(DEFAULT_PAGE_ROWS)).await;
        };
        if offset.is_some() {
            return Err(InvalidDefinition::new("offset", "expected with pages of JSON alone: a file has all rows; leave it out").into());
        }
        let rows = reports.stream(&caller, &definition, paging.cursor.as_deref(), now()).await?;
        let exporting = asker.exports::<Rows>(&definition).await?;
        stream::answer(asker, exporting, (format, told), &file_name(&definition, &Asked::Rows, format), rows).await
    }
}
