//! `/runs`: deliveries of scheduled reports, their files, and telling one anew.

use std::sync::Arc;

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use rollcall_control::schedules::RunStatus;
use rollcall_delivery::schedules::RunView;
use tokio_util::io::ReaderStream;
use uuid::Uuid;

use super::wire::{RunAnswer, RunList, RunParameters};
use crate::app::App;
use crate::auth::Caller;
use crate::headers::location;
use crate::parameters::{Parameters, PathPart, number, shortened};
use crate::problem::{Document, Kind, Problem};
use crate::record::require_room;

/// Runs of a list, unless asked otherwise.
const DEFAULT_LISTED: i64 = 100;
/// Most runs of a list.
const MAX_LISTED: i64 = 1_000;

/// List the runs of a schedule
#[utoipa::path(
    get, path = "/schedules/{id}/runs", tag = "schedules", params(("id" = String, Path, description = "Its id"), RunParameters),
    responses(
        (status = 200, description = "The runs, what was due last first", body = RunList),
        (status = 404, description = "There is none that the caller may see to", body = Document, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn get_runs_of_schedule(
    State(app): State<Arc<App>>,
    caller: Caller,
    PathPart(id): PathPart,
    Parameters(parameters): Parameters<RunParameters>,
) -> Result<Json<RunList>, Problem> {
    let view = app.delivery.schedule(&caller.0, &id).await?;
    list(&app, &caller, Some(view.schedule.id), parameters).await
}

/// List the runs
///
/// Of all schedules that the caller may see to, deleted ones included.
#[utoipa::path(
    get, path = "/runs", tag = "schedules", params(RunParameters),
    responses((status = 200, description = "The runs, what was due last first", body = RunList))
)]
pub(crate) async fn get_runs(
    State(app): State<Arc<App>>,
    caller: Caller,
    Parameters(parameters): Parameters<RunParameters>,
) -> Result<Json<RunList>, Problem> {
    list(&app, &caller, None, parameters).await
}

/// Show a run
#[utoipa::path(
    get, path = "/runs/{id}", tag = "schedules", params(("id" = String, Path, description = "Its id")),
    responses(
        (status = 200, description = "The run", body = RunAnswer),
        (status = 404, description = "There is none that the caller may see to", body = Document, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn get_run(State(app): State<Arc<App>>, caller: Caller, PathPart(id): PathPart) -> Result<Json<RunAnswer>, Problem> {
    Ok(Json(app.delivery.run(&caller.0, &id).await?.into()))
}

/// Download the file of a run
///
/// For those who may have all rows that are in it.
#[utoipa::path(
    get, path = "/runs/{id}/file", tag = "schedules", params(("id" = String, Path, description = "Its id")),
    responses(
        (status = 200, description = "The file", content_type = "application/octet-stream", body = Vec<u8>),
        (status = 403, description = "It has rows that the caller may not see", body = Document, content_type = "application/problem+json"),
        (status = 404, description = "There is none, or it is not there yet, or kept no longer", body = Document, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn get_run_file(State(app): State<Arc<App>>, caller: Caller, PathPart(id): PathPart) -> Result<Response, Problem> {
    let view = app.delivery.run(&caller.0, &id).await?;
    require_room(&app).await?;
    let file = app.delivery.run_file(&caller.0, &view).await?;
    let opened = tokio::fs::File::open(&file.path).await.map_err(|error| Problem::internal("opening the file of a run", &error))?;
    let disposition = HeaderValue::try_from(format!("attachment; filename=\"{}\"", file.name));
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(file.media_type)),
        (header::CONTENT_DISPOSITION, disposition.unwrap_or(HeaderValue::from_static("attachment"))),
        (header::CONTENT_LENGTH, HeaderValue::from(file.bytes)),
    ];
    Ok((headers, Body::from_stream(ReaderStream::new(opened))).into_response())
}

/// Restate a run
///
/// A new run tells the same range by the same definition as it is known now, and is delivered beside the earlier one.
#[utoipa::path(
    post, path = "/runs/{id}/restate", tag = "schedules", params(("id" = String, Path, description = "Its id")),
    responses(
        (status = 202, description = "The new run", body = RunAnswer, headers(("Location" = String, description = "Its address"))),
        (status = 404, description = "There is none that the caller may see to", body = Document, content_type = "application/problem+json"),
        (status = 409, description = "It is not over yet, or its schedule is deleted", body = Document, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn post_restate(State(app): State<Arc<App>>, caller: Caller, PathPart(id): PathPart) -> Result<Response, Problem> {
    let view = app.delivery.run(&caller.0, &id).await?;
    require_room(&app).await?;
    accepted(app.delivery.restate_run(&caller.0, &view).await?)
}

/// A run that will be done.
pub(super) fn accepted(view: RunView) -> Result<Response, Problem> {
    let location = location(&format!("/api/v1/runs/{}", view.run.id))?;
    Ok((StatusCode::ACCEPTED, [(header::LOCATION, location)], Json(RunAnswer::from(view))).into_response())
}

async fn list(app: &App, caller: &Caller, schedule: Option<Uuid>, parameters: RunParameters) -> Result<Json<RunList>, Problem> {
    let limit = number("limit", parameters.limit.as_deref(), DEFAULT_LISTED, 1..=MAX_LISTED)?;
    let status = parameters.status.as_deref().map(|word| RunStatus::parse(word).ok_or_else(|| unknown_status(word))).transpose()?;
    let runs = app.delivery.runs(&caller.0, schedule, status, limit.unsigned_abs()).await?;
    Ok(Json(RunList { runs: runs.into_iter().map(RunAnswer::from).collect() }))
}

fn unknown_status(word: &str) -> Problem {
    let known = RunStatus::ALL.map(RunStatus::as_str);
    Problem::new(Kind::InvalidParameter, format!("expected one of {}; got {:?}", known.join(", "), shortened(word)))
        .field("status")
        .allowed(known)
}
