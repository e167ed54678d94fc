//! `/exports`: files that are made in the background, as archives with a password.
//!
//! One sees one's own tasks, and others' with the permission to manage those. Which rows an archive holds is decided by
//! the rights of its owner when it is written.

pub(crate) mod file;
mod wire;

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use rollcall_delivery::exports::ExportWish;
use rollcall_delivery::file::{Asked, Asking, Format, Style};
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::app::App;
use crate::auth::Caller;
use crate::body::{RequestBody, required};
use crate::headers::location;
use crate::parameters::{Parameters, PathPart, flag, number, shortened};
use crate::problem::{Document, Kind, Problem};
use crate::record::require_room;
use crate::routes::saved_reports::saved_definition;
use wire::{ExportAnswer, ExportList, ListParameters, NewExport, PasswordChecked, PasswordToCheck};

/// Largest request, in bytes.
const MAX_REQUEST_BYTES: usize = 64 * 1024;
/// Tasks of a list, unless asked otherwise.
const DEFAULT_LISTED: i64 = 100;
/// Most tasks of a list.
const MAX_LISTED: i64 = 1_000;

/// List the export tasks
///
/// One's own, the newest first.
#[utoipa::path(
    get, path = "/exports", tag = "exports", params(ListParameters),
    responses((status = 200, description = "The tasks, the newest first", body = ExportList))
)]
pub(crate) async fn get_exports(
    State(app): State<Arc<App>>,
    caller: Caller,
    Parameters(parameters): Parameters<ListParameters>,
) -> Result<Json<ExportList>, Problem> {
    let limit = number("limit", parameters.limit.as_deref(), DEFAULT_LISTED, 1..=MAX_LISTED)?;
    let limit = usize::try_from(limit).unwrap_or_default();
    let cursor = parameters
        .cursor
        .as_deref()
        .map(|cursor| cursor.parse::<Uuid>().map_err(|_| Problem::parameter("cursor", "expected the next_cursor of an earlier answer")));
    let all = flag("all", parameters.all.as_deref())?;
    // One more than asked tells whether there is a next page.
    let mut found = app.delivery.exports(&caller.0, all, cursor.transpose()?, limit as u64 + 1).await?;
    let more = found.len() > limit;
    found.truncate(limit);
    let next_cursor = found.last().filter(|_| more).map(|last| last.task.id.to_string());
    let exports = found.into_iter().map(|export| ExportAnswer::of(export, &caller)).collect::<Result<_, _>>()?;
    Ok(Json(ExportList { exports, next_cursor }))
}

/// Make an export task
///
/// It runs in the background, and goes on after a restart of the server. Presets mean what they mean now.
#[utoipa::path(
    post, path = "/exports", tag = "exports", request_body = NewExport,
    responses(
        (status = 201, description = "The task", body = ExportAnswer, headers(("Location" = String, description = "Its address"))),
        (status = 404, description = "There is no such saved report", body = Document, content_type = "application/problem+json"),
        (status = 409, description = "Too many of the caller's tasks have not ended", body = Document, content_type = "application/problem+json"),
        (status = 422, description = "The password or the definition is not taken", body = Document, content_type = "application/problem+json"),
        (status = 503, description = "The server has no secret key", body = Document, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn post_export(State(app): State<Arc<App>>, caller: Caller, body: RequestBody) -> Result<Response, Problem> {
    let wanted: NewExport = required(body.json(MAX_REQUEST_BYTES).await?)?;
    let asked = Asked {
        question: named("question", wanted.question.as_deref(), Asking::parse, Asking::ALL.map(Asking::as_str).to_vec())?,
        depth: wanted.depth,
        style: Style {
            format: named("format", wanted.format.as_deref(), Format::parse, Format::ALL.map(Format::extension).to_vec())?,
            raw: wanted.raw,
            bom: wanted.bom,
        },
    };
    let definition = definition_of(&app, &caller, wanted.definition, wanted.saved_report).await?;
    require_room(&app).await?;
    let made = app.delivery.create_export(&caller.0, ExportWish { definition, asked, password: wanted.password }).await?;
    let location = location(&format!("/api/v1/exports/{}", made.task.id))?;
    Ok((StatusCode::CREATED, [(header::LOCATION, location)], Json(ExportAnswer::of(made, &caller)?)).into_response())
}

/// Check a password for an archive
///
/// By the rule that is set, with all reasons why it is not taken. Nothing of it is stored or logged.
#[utoipa::path(
    post, path = "/exports/password-check", tag = "exports", request_body = PasswordToCheck,
    responses((status = 200, description = "Whether it is taken, and why not", body = PasswordChecked))
)]
pub(crate) async fn post_password_check(
    State(app): State<Arc<App>>,
    caller: Caller,
    body: RequestBody,
) -> Result<Json<PasswordChecked>, Problem> {
    let PasswordToCheck { password } = required(body.json(MAX_REQUEST_BYTES).await?)?;
    let (rule, refusals) = app.delivery.check_export_password(&caller.0, &password).await?;
    let reasons = refusals.into_iter().map(Into::into).collect::<Vec<_>>();
    Ok(Json(PasswordChecked { ok: reasons.is_empty(), rule: rule.as_str(), expected: rule.told(), reasons }))
}

/// Show an export task
#[utoipa::path(
    get, path = "/exports/{id}", tag = "exports", params(("id" = String, Path, description = "Its id")),
    responses(
        (status = 200, description = "The task", body = ExportAnswer),
        (status = 404, description = "There is none, or it is another's", body = Document, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn get_export(State(app): State<Arc<App>>, caller: Caller, PathPart(id): PathPart) -> Result<Json<ExportAnswer>, Problem> {
    let export = app.delivery.export(&caller.0, export_id(&id)?).await?;
    Ok(Json(ExportAnswer::of(export, &caller)?))
}

/// Cancel an export task
#[utoipa::path(
    post, path = "/exports/{id}/cancel", tag = "exports", params(("id" = String, Path, description = "Its id")),
    responses(
        (status = 200, description = "The task", body = ExportAnswer),
        (status = 404, description = "There is none, or it is another's", body = Document, content_type = "application/problem+json"),
        (status = 409, description = "It has ended already", body = Document, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn post_cancel(
    State(app): State<Arc<App>>,
    caller: Caller,
    PathPart(id): PathPart,
) -> Result<Json<ExportAnswer>, Problem> {
    require_room(&app).await?;
    let export = app.delivery.cancel_export(&caller.0, export_id(&id)?).await?;
    Ok(Json(ExportAnswer::of(export, &caller)?))
}

/// Delete an export task
///
/// With its file. One that has not ended is stopped.
#[utoipa::path(
    delete, path = "/exports/{id}", tag = "exports", params(("id" = String, Path, description = "Its id")),
    responses(
        (status = 204, description = "It is deleted"),
        (status = 404, description = "There is none, or it is another's", body = Document, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn delete_export(State(app): State<Arc<App>>, caller: Caller, PathPart(id): PathPart) -> Result<StatusCode, Problem> {
    require_room(&app).await?;
    app.delivery.delete_export(&caller.0, export_id(&id)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The definition that is meant.
async fn definition_of(
    app: &App,
    caller: &Caller,
    definition: Option<Map<String, Value>>,
    saved_report: Option<String>,
) -> Result<Map<String, Value>, Problem> {
    match (definition, saved_report) {
        (Some(definition), None) => Ok(definition),
        (None, Some(id)) => saved_definition(app, caller, &id).await,
        (None, None) => Err(Problem::new(Kind::InvalidBody, "expected definition or saved_report; got neither").field("definition")),
        (Some(_), Some(_)) => Err(Problem::new(Kind::InvalidBody, "expected definition or saved_report; got both").field("saved_report")),
    }
}

/// The value of a name, the usual one if there is none.
fn named<T: Default>(field: &str, name: Option<&str>, parse: impl Fn(&str) -> Option<T>, allowed: Vec<&'static str>) -> Result<T, Problem> {
    let Some(name) = name else { return Ok(T::default()) };
    parse(name).ok_or_else(|| {
        let detail = format!("expected one of {}; got {:?}", allowed.join(", "), shortened(name));
        Problem::new(Kind::InvalidBody, detail).field(field).allowed(allowed)
    })
}

fn export_id(text: &str) -> Result<Uuid, Problem> {
    text.parse().map_err(|_| Problem::new(Kind::NotFound, "there is no such export task, or it is another's"))
}
