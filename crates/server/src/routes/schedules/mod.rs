//! `/schedules`: saved reports that are delivered by themselves.

pub(crate) mod preview;
pub(crate) mod runs;
mod wire;

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use rollcall_delivery::schedules::ScheduleView;

use crate::app::App;
use crate::auth::Caller;
use crate::body::{RequestBody, required};
use crate::headers::location;
use crate::parameters::PathPart;
use crate::preconditions::{Preconditions, etag};
use crate::problem::{Document, Kind, Problem};
use crate::record::require_room;
use crate::routes::saved_reports::names;
use wire::{NewSchedule, Resumption, RunAnswer, ScheduleAnswer, ScheduleChange, ScheduleList};

/// Largest request, in bytes.
const MAX_REQUEST_BYTES: usize = 64 * 1024;

/// List the schedules
///
/// One's own, and those of others that the caller may see to.
#[utoipa::path(
    get, path = "/schedules", tag = "schedules",
    responses((status = 200, description = "The schedules, the oldest first", body = ScheduleList))
)]
pub(crate) async fn get_schedules(State(app): State<Arc<App>>, caller: Caller) -> Result<Json<ScheduleList>, Problem> {
    let names = names(&app, &caller).await?;
    let views = app.delivery.schedules(&caller.0).await?.into_iter();
    let schedules = views.map(|view| ScheduleAnswer::of(view, &caller, &names)).collect::<Result<_, _>>()?;
    Ok(Json(ScheduleList { schedules }))
}

/// Schedule a saved report
///
/// It is delivered from the next date on, at the date's first instant in the schedule's zone, with the rights of the caller.
/// That publishes the report.
#[utoipa::path(
    post, path = "/schedules", tag = "schedules", request_body = NewSchedule,
    responses(
        (status = 201, description = "It is scheduled", body = ScheduleAnswer, headers(("ETag" = String, description = "Its version"), ("Location" = String, description = "Its address"))),
        (status = 422, description = "A member is wrong, which `field` names", body = Document, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn post_schedule(State(app): State<Arc<App>>, caller: Caller, body: RequestBody) -> Result<Response, Problem> {
    let new: NewSchedule = required(body.json(MAX_REQUEST_BYTES).await?)?;
    let report_id = new.report_id.parse().map_err(|_| {
        Problem::new(Kind::InvalidBody, "expected the id of a saved report; GET /api/v1/saved-reports lists them").field("report_id")
    })?;
    require_room(&app).await?;
    let view = app.delivery.create_schedule(&caller.0, report_id, new.wish()?).await?;
    let location = location(&format!("/api/v1/schedules/{}", view.schedule.id))?;
    let mut response = answer(&app, &caller, StatusCode::CREATED, view).await?;
    response.headers_mut().insert(header::LOCATION, location);
    Ok(response)
}

/// Show a schedule
#[utoipa::path(
    get, path = "/schedules/{id}", tag = "schedules", params(("id" = String, Path, description = "Its id")),
    responses(
        (status = 200, description = "The schedule", body = ScheduleAnswer, headers(("ETag" = String, description = "Its version"))),
        (status = 404, description = "There is none that the caller may see to", body = Document, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn get_schedule(State(app): State<Arc<App>>, caller: Caller, PathPart(id): PathPart) -> Result<Response, Problem> {
    let view = app.delivery.schedule(&caller.0, &id).await?;
    answer(&app, &caller, StatusCode::OK, view).await
}

/// Change a schedule
///
/// What was due until now is done as it was set before. It keeps its owner, unless the caller takes it over.
#[utoipa::path(
    patch, path = "/schedules/{id}", tag = "schedules", request_body = ScheduleChange,
    params(("id" = String, Path, description = "Its id"), ("If-Match" = String, Header, description = "The ETag that was read")),
    responses(
        (status = 200, description = "The schedule as it is now", body = ScheduleAnswer, headers(("ETag" = String, description = "Its version"))),
        (status = 422, description = "A member is wrong, which `field` names", body = Document, content_type = "application/problem+json"),
        (status = 404, description = "There is none that the caller may see to", body = Document, content_type = "application/problem+json"),
        (status = 412, description = "Somebody has changed it meanwhile; `present_version`", body = Document, content_type = "application/problem+json"),
        (status = 428, description = "If-Match is missing", body = Document, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn patch_schedule(
    State(app): State<Arc<App>>,
    caller: Caller,
    PathPart(id): PathPart,
    preconditions: Preconditions,
    body: RequestBody,
) -> Result<Response, Problem> {
    let view = read(&app, &caller, &id, preconditions).await?;
    let change: ScheduleChange = required(body.json(MAX_REQUEST_BYTES).await?)?;
    let take_over = change.take_over;
    require_room(&app).await?;
    let changed = app.delivery.change_schedule(&caller.0, &view, change.wish()?, take_over).await?;
    answer(&app, &caller, StatusCode::OK, changed).await
}

/// Delete a schedule
///
/// What it has delivered stays, and so do its runs. Its report stays published.
#[utoipa::path(
    delete, path = "/schedules/{id}", tag = "schedules",
    params(("id" = String, Path, description = "Its id"), ("If-Match" = String, Header, description = "The ETag that was read")),
    responses(
        (status = 204, description = "It is deleted"),
        (status = 404, description = "There is none that the caller may see to", body = Document, content_type = "application/problem+json"),
        (status = 412, description = "Somebody has changed it meanwhile; `present_version`", body = Document, content_type = "application/problem+json"),
        (status = 428, description = "If-Match is missing", body = Document, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn delete_schedule(
    State(app): State<Arc<App>>,
    caller: Caller,
    PathPart(id): PathPart,
    preconditions: Preconditions,
) -> Result<StatusCode, Problem> {
    let view = read(&app, &caller, &id, preconditions).await?;
    require_room(&app).await?;
    app.delivery.delete_schedule(&caller.0, &view).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Pause a schedule
///
/// What is due while it is paused is left out, and not made up later.
#[utoipa::path(
    post, path = "/schedules/{id}/pause", tag = "schedules", params(("id" = String, Path, description = "Its id")),
    responses(
        (status = 200, description = "The schedule as it is now", body = ScheduleAnswer, headers(("ETag" = String, description = "Its version"))),
        (status = 404, description = "There is none that the caller may see to", body = Document, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn post_pause(State(app): State<Arc<App>>, caller: Caller, PathPart(id): PathPart) -> Result<Response, Problem> {
    let view = app.delivery.schedule(&caller.0, &id).await?;
    require_room(&app).await?;
    let paused = app.delivery.pause_schedule(&caller.0, &view).await?;
    answer(&app, &caller, StatusCode::OK, paused).await
}

/// Resume a schedule
///
/// One that is paused or suspended goes on with what is due next.
#[utoipa::path(
    post, path = "/schedules/{id}/resume", tag = "schedules", params(("id" = String, Path, description = "Its id")),
    request_body(content = Resumption, content_type = "application/json", description = "May be empty"),
    responses(
        (status = 200, description = "The schedule as it is now", body = ScheduleAnswer, headers(("ETag" = String, description = "Its version"))),
        (status = 404, description = "There is none that the caller may see to", body = Document, content_type = "application/problem+json"),
        (status = 409, description = "Its owner may not have it run; take it over", body = Document, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn post_resume(
    State(app): State<Arc<App>>,
    caller: Caller,
    PathPart(id): PathPart,
    body: RequestBody,
) -> Result<Response, Problem> {
    let view = app.delivery.schedule(&caller.0, &id).await?;
    let how: Resumption = body.json(MAX_REQUEST_BYTES).await?.unwrap_or_default();
    require_room(&app).await?;
    let resumed = app.delivery.resume_schedule(&caller.0, &view, how.take_over).await?;
    answer(&app, &caller, StatusCode::OK, resumed).await
}

/// Run a schedule now
///
/// For the last range that has ended, beside the runs that are due.
#[utoipa::path(
    post, path = "/schedules/{id}/run", tag = "schedules", params(("id" = String, Path, description = "Its id")),
    responses(
        (status = 202, description = "The run", body = RunAnswer, headers(("Location" = String, description = "Its address"))),
        (status = 404, description = "There is none that the caller may see to", body = Document, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn post_run(State(app): State<Arc<App>>, caller: Caller, PathPart(id): PathPart) -> Result<Response, Problem> {
    let view = app.delivery.schedule(&caller.0, &id).await?;
    require_room(&app).await?;
    runs::accepted(app.delivery.run_schedule(&caller.0, &view).await?)
}

/// The schedule of an id in the version that the caller has read.
async fn read(app: &App, caller: &Caller, id: &str, preconditions: Preconditions) -> Result<ScheduleView, Problem> {
    let view = app.delivery.schedule(&caller.0, id).await?;
    preconditions.required()?.require(view.schedule.version)?;
    Ok(view)
}

async fn answer(app: &App, caller: &Caller, status: StatusCode, view: ScheduleView) -> Result<Response, Problem> {
    let version = view.schedule.version;
    let told = ScheduleAnswer::of(view, caller, &names(app, caller).await?)?;
    Ok((status, [(header::ETAG, etag(version))], Json(told)).into_response())
}
