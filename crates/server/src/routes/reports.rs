//! `POST /reports/{kind}/query`: running a report.
//!
//! The definition is read and checked by the reports floor; here only its paging members are taken out,
//! and the form of the answer is chosen by what the caller accepts.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use rollcall_reports::engine::{DEFAULT_PAGE_ROWS, MAX_PAGE_ROWS};
use rollcall_reports::{Definition, InvalidDefinition, Kind, Paging};
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::app::App;
use crate::auth::Caller;
use crate::body::{RequestBody, off_async_threads};
use crate::intake::now;
use crate::parameters::PathPart;
use crate::problem::{self, Document, Problem};
use crate::routes::report_answer::ReportAnswer;
use crate::routes::stream;

/// Largest definition, in bytes.
pub(super) const MAX_DEFINITION_BYTES: usize = 1024 * 1024;
/// Pages of more rows are written off the async threads.
pub(super) const FEW_ROWS: usize = 200;

/// A report definition, and which page of it. Every member may be left out.
///
/// It is not what the handler reads: the reports floor reads the JSON itself. A test holds the two together.
#[derive(Debug, Default, Serialize, ToSchema)]
pub(crate) struct ReportQuery {
    /// The kind of report; the same as in the address.
    #[schema(nullable = false)]
    report: Option<String>,
    /// `{"preset": …}` or `{"from": …, "to": …}`; the first preset of the kind if left out. Bounds are civil
    /// times in the report's zone or RFC 3339; a date alone as `to` includes that day.
    #[schema(value_type = Object, required = false)]
    range: Option<Value>,
    /// Zone in which days begin, by its IANA name; UTC if left out.
    #[schema(nullable = false)]
    time_zone: Option<String>,
    /// All of them must hold.
    #[schema(required = false)]
    filters: Vec<FilterQuery>,
    /// For `login_logout`: also the sessions that cover the whole range.
    #[schema(required = false)]
    spanning: bool,
    /// Only what was known when the event of this seq had not come yet.
    #[schema(nullable = false)]
    as_of_seq: Option<i64>,
    /// In which zone times are shown: `report` (as `time_zone`) or `utc`; the kind's default clock if left out.
    #[schema(nullable = false)]
    clock: Option<String>,
    /// The columns to show; the kind's default columns if left out.
    #[schema(required = false)]
    columns: Vec<String>,
    /// The order; the newest first if left out. Missing values come last.
    #[schema(required = false)]
    sort: Vec<SortQuery>,
    /// Most rows of the page, 0 to 10,000; 100 if left out. Not for streams.
    #[schema(nullable = false)]
    limit: Option<usize>,
    /// `next_cursor` of the page before.
    #[schema(nullable = false)]
    cursor: Option<String>,
}

/// A condition on one column.
#[derive(Debug, Default, Serialize, ToSchema)]
pub(crate) struct FilterQuery {
    /// The column.
    field: String,
    /// The operator; `in` if left out.
    #[schema(nullable = false)]
    op: Option<String>,
    /// With what to compare.
    #[schema(required = false)]
    values: Vec<Value>,
}

/// One key of an order.
#[derive(Debug, Default, Serialize, ToSchema)]
pub(crate) struct SortQuery {
    /// The column.
    field: String,
    /// `asc`, which is meant if left out, or `desc`.
    #[schema(nullable = false)]
    dir: Option<String>,
}

/// Run a report
///
/// As JSON: one page with the exact total, and a cursor for the next page of the same snapshot. As NDJSON or
/// CSV: all rows, of one snapshot, without a limit. A stream that fails in the middle breaks the connection,
/// so that what came is not mistaken for all of it.
#[utoipa::path(
    post, path = "/reports/{kind}/query", tag = "reports",
    params(("kind" = String, Path, description = "The kind of report, such as `login_logout` or `access_log`, also written with hyphens")),
    request_body(content = ReportQuery, content_type = "application/json"),
    responses(
        (status = 200, description = "The rows", content((ReportAnswer = "application/json"), (String = "application/x-ndjson"), (String = "text/csv"))),
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
    let form = Form::accepted(&headers)?;
    let kind = known_kind(&kind)?;
    let members: Map<String, Value> = body.json(MAX_DEFINITION_BYTES).await?.unwrap_or_default();
    run(&app, &caller, form, kind, members).await
}

/// The kind of report that an address names.
pub(super) fn known_kind(kind: &str) -> Result<Kind, Problem> {
    Kind::parse(kind).map_err(|unknown| {
        let detail = format!("there is no such kind of report: {}", unknown.reason);
        Problem::new(problem::Kind::NotFound, detail).allowed(unknown.allowed)
    })
}

/// Runs the definition that the members are, wherever they come from.
pub(super) async fn run(app: &Arc<App>, caller: &Caller, form: Form, kind: Kind, members: Map<String, Value>) -> Result<Response, Problem> {
    let (definition, paging) = read_query(kind, members)?;
    let turn = app.report_turn()?;
    match form {
        Form::Page => page(app, caller, &definition, &paging).await,
        Form::Ndjson | Form::Csv => stream::answer(app, caller, definition, paging.cursor, form == Form::Csv, turn).await,
    }
}

async fn page(app: &App, caller: &Caller, definition: &Definition, paging: &Paging) -> Result<Response, Problem> {
    let answer = ReportAnswer::from(app.reports.page(&app.asking(caller).await?, definition, paging, now()).await?);
    let few = paging.limit.unwrap_or(DEFAULT_PAGE_ROWS) <= FEW_ROWS;
    let written = off_async_threads(few, move || serde_json::to_vec(&answer).map_err(|error| Problem::internal("writing a page", &error)));
    Ok(([(header::CONTENT_TYPE, "application/json")], Bytes::from(written.await?)).into_response())
}

/// Takes the paging members out, and reads the rest as a definition of the kind in the address.
pub(super) fn read_query(kind: Kind, mut members: Map<String, Value>) -> Result<(Definition, Paging), InvalidDefinition> {
    let limit = members.remove("limit").filter(|limit| !limit.is_null());
    let limit = limit.map(|limit| limit.as_u64().and_then(|limit| usize::try_from(limit).ok()).ok_or(limit)).transpose();
    let limit =
        limit.map_err(|got| InvalidDefinition::new("limit", format!("expected a whole number from 0 to {MAX_PAGE_ROWS}; got {got}")))?;
    let cursor = match members.remove("cursor") {
        None | Some(Value::Null) => None,
        Some(Value::String(cursor)) => Some(cursor),
        Some(got) => return Err(InvalidDefinition::new("cursor", format!("expected the next_cursor of an earlier answer; got {got}"))),
    };
    let definition = Definition::parse(with_kind(kind, members)?)?;
    Ok((definition, Paging { limit, cursor }))
}

/// The definition may name its kind too, so that one value works everywhere; but not another one.
fn with_kind(kind: Kind, mut members: Map<String, Value>) -> Result<Value, InvalidDefinition> {
    let named = members.get("report").and_then(Value::as_str).map(Kind::parse).transpose()?;
    if let Some(named) = named.filter(|named| *named != kind) {
        let reason = format!("the address asks for {}, the definition for {}", kind.name(), named.name());
        return Err(InvalidDefinition::new("report", reason));
    }
    if members.get("report").is_none_or(Value::is_null) {
        members.insert("report".to_owned(), Value::from(kind.name()));
    }
    Ok(Value::Object(members))
}

/// The form of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Page,
    Ndjson,
    Csv,
}

impl Form {
    /// The media types that stand for a form.
    const MEDIA_TYPES: &[(&str, Form)] = &[
        ("application/json", Form::Page),
        ("application/x-ndjson", Form::Ndjson),
        ("application/ndjson", Form::Ndjson),
        ("application/jsonl", Form::Ndjson),
        ("text/csv", Form::Csv),
        ("application/*", Form::Page),
        ("text/*", Form::Csv),
        ("*/*", Form::Page),
    ];

    /// The form that a caller likes best; the first of several that they like as well.
    pub(super) fn accepted(headers: &HeaderMap) -> Result<Self, Problem> {
        let accept: Vec<&str> = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok()).collect();
        if accept.is_empty() {
            return Ok(Form::Page);
        }
        let mut best: Option<(Form, f32)> = None;
        for range in accept.iter().flat_map(|value| value.split(',')) {
            let mut parts = range.split(';').map(str::trim);
            let media_type = parts.next().unwrap_or_default().to_ascii_lowercase();
            let quality = parts.find_map(|part| part.strip_prefix("q=")).map_or(1.0, |q| q.parse().unwrap_or(0.0));
            let form = Form::MEDIA_TYPES.iter().find(|(name, _)| *name == media_type).map(|(_, form)| *form);
            if let Some(form) = form.filter(|_| quality > best.map_or(0.0, |(_, best)| best)) {
                best = Some((form, quality));
            }
        }
        best.map(|(form, _)| form).ok_or_else(|| {
            let names = ["application/json", "application/x-ndjson", "text/csv"];
            Problem::new(problem::Kind::NotAcceptable, format!("a report comes as one of {}", names.join(", "))).allowed(names)
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn accepted(accept: &'static str) -> Option<Form> {
        let headers = HeaderMap::from_iter([(header::ACCEPT, axum::http::HeaderValue::from_static(accept))]);
        Form::accepted(&headers).ok()
    }

    #[test]
    fn the_form_is_the_one_that_is_liked_best() {
        assert_eq!(Form::accepted(&HeaderMap::new()).unwrap(), Form::Page);
        assert_eq!(accepted("*/*"), Some(Form::Page));
        assert_eq!(accepted("text/csv"), Some(Form::Csv));
        assert_eq!(accepted("application/x-ndjson, application/json"), Some(Form::Ndjson));
        assert_eq!(accepted("application/json;q=0.5, text/csv; q=0.9, */*;q=0.1"), Some(Form::Csv));
        assert_eq!(accepted("image/png, text/csv;q=0"), None);
    }

    #[test]
    fn the_described_query_is_one_that_is_read() {
        let query = ReportQuery {
            report: Some("login-logout".to_owned()),
            range: Some(json!({"preset": "yesterday"})),
            time_zone: Some("Europe/Stockholm".to_owned()),
            filters: vec![FilterQuery { field: "routing_profile".to_owned(), op: Some("in".to_owned()), values: vec![json!("Billing")] }],
            spanning: true,
            as_of_seq: Some(0),
            clock: Some("utc".to_owned()),
            columns: vec!["agent".to_owned()],
            sort: vec![SortQuery { field: "login_time".to_owned(), dir: Some("desc".to_owned()) }],
            limit: Some(5),
            cursor: Some("x".to_owned()),
        };
        let Value::Object(members) = serde_json::to_value(&query).unwrap() else { panic!("no object") };
        let (definition, paging) = read_query(Kind::LoginLogout, members).unwrap();
        assert_eq!((paging.limit, paging.cursor.as_deref()), (Some(5), Some("x")));
        assert_eq!(definition.columns, ["agent"]);
        // Every member of a definition is described.
        let Value::Object(read) = serde_json::to_value(&definition).unwrap() else { panic!("no object") };
        let Value::Object(described) = serde_json::to_value(&query).unwrap() else { panic!("no object") };
        assert!(read.keys().all(|member| described.contains_key(member)), "{read:?}");
    }

    #[test]
    fn the_kind_stands_in_the_address_and_may_be_repeated() {
        let read = |body: Value| {
            let Value::Object(members) = body else { panic!("no object") };
            read_query(Kind::LoginLogout, members).map(|(definition, _)| definition.report)
        };
        assert_eq!(read(json!({})).unwrap(), Kind::LoginLogout);
        assert_eq!(read(json!({"report": null})).unwrap(), Kind::LoginLogout);
        assert_eq!(read(json!({"report": "login-logout"})).unwrap(), Kind::LoginLogout);
        assert_eq!(read(json!({"report": "sign_in_log"})).unwrap_err().field, "report");
        assert_eq!(read(json!({"limit": -1})).unwrap_err().field, "limit");
        assert_eq!(read(json!({"cursor": 7})).unwrap_err().field, "cursor");
    }
}
