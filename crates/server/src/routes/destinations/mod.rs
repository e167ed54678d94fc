//! `/destinations`: where reports are delivered to.

mod wire;

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use rollcall_access::{Permission, allows};
use rollcall_control::destinations;
use uuid::Uuid;

use crate::app::App;
use crate::auth::Caller;
use crate::body::{RequestBody, required};
use crate::headers::location;
use crate::parameters::PathPart;
use crate::preconditions::{Preconditions, etag};
use crate::problem::{Document, Kind, Problem};
use crate::record::require_room;
use wire::{Destination, DestinationBody, Destinations, TestAnswer};

/// Largest request, in bytes.
const MAX_REQUEST_BYTES: usize = 64 * 1024;

/// List the destinations
///
/// Who may schedule reports and not see destinations is told ids, names and kinds.
#[utoipa::path(
    get, path = "/destinations", tag = "destinations",
    responses((status = 200, description = "The destinations, by name", body = Destinations))
)]
pub(crate) async fn get_destinations(State(app): State<Arc<App>>, caller: Caller) -> Result<Json<Destinations>, Problem> {
    let found = app.delivery.destinations(&caller.0).await?;
    Ok(Json(Destinations { destinations: found.iter().map(|found| told(&caller, found)).collect() }))
}

/// Make a destination
#[utoipa::path(
    post, path = "/destinations", tag = "destinations", request_body = DestinationBody,
    responses(
        (status = 201, description = "It is made", body = Destination, headers(("ETag" = String, description = "Its version"), ("Location" = String, description = "Its address"))),
        (status = 409, description = "There is one of that name", body = Document, content_type = "application/problem+json"),
        (status = 422, description = "A member is wrong; `field`", body = Document, content_type = "application/problem+json"),
        (status = 503, description = "The server has no secret key", body = Document, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn post_destination(State(app): State<Arc<App>>, caller: Caller, body: RequestBody) -> Result<Response, Problem> {
    let wanted: DestinationBody = required(body.json(MAX_REQUEST_BYTES).await?)?;
    require_room(&app).await?;
    let made = app.delivery.create_destination(&caller.0, wanted.into()).await?;
    let location = location(&format!("/api/v1/destinations/{}", made.id))?;
    let mut response = answer(&caller, StatusCode::CREATED, &made);
    response.headers_mut().insert(header::LOCATION, location);
    Ok(response)
}

/// Show a destination
#[utoipa::path(
    get, path = "/destinations/{id}", tag = "destinations", params(("id" = String, Path, description = "Its id")),
    responses(
        (status = 200, description = "The destination", body = Destination, headers(("ETag" = String, description = "Its version"))),
        (status = 404, description = "There is none", body = Document, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn get_destination(State(app): State<Arc<App>>, caller: Caller, PathPart(id): PathPart) -> Result<Response, Problem> {
    Ok(answer(&caller, StatusCode::OK, &found(&app, &caller, &id).await?))
}

/// Change a destination
///
/// All of it but its kind and, where it is left out, its secret.
#[utoipa::path(
    put, path = "/destinations/{id}", tag = "destinations", request_body = DestinationBody,
    params(("id" = String, Path, description = "Its id"), ("If-Match" = String, Header, description = "The ETag that was read")),
    responses(
        (status = 200, description = "The destination as it is now", body = Destination, headers(("ETag" = String, description = "Its version"))),
        (status = 404, description = "There is none", body = Document, content_type = "application/problem+json"),
        (status = 409, description = "There is another of that name", body = Document, content_type = "application/problem+json"),
        (status = 412, description = "Somebody has changed it meanwhile; `present_version`", body = Document, content_type = "application/problem+json"),
        (status = 422, description = "A member is wrong; `field`", body = Document, content_type = "application/problem+json"),
        (status = 428, description = "If-Match is missing", body = Document, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn put_destination(
    State(app): State<Arc<App>>,
    caller: Caller,
    PathPart(id): PathPart,
    preconditions: Preconditions,
    body: RequestBody,
) -> Result<Response, Problem> {
    let wanted: DestinationBody = required(body.json(MAX_REQUEST_BYTES).await?)?;
    let present = changeable(&app, &caller, &id, preconditions).await?;
    let changed = app.delivery.update_destination(&caller.0, &present, wanted.into()).await?;
    Ok(answer(&caller, StatusCode::OK, &changed))
}

/// Delete a destination
///
/// What was delivered there stays.
#[utoipa::path(
    delete, path = "/destinations/{id}", tag = "destinations",
    params(("id" = String, Path, description = "Its id"), ("If-Match" = String, Header, description = "The ETag that was read")),
    responses(
        (status = 204, description = "It is deleted"),
        (status = 404, description = "There is none", body = Document, content_type = "application/problem+json"),
        (status = 409, description = "Schedules deliver there; the detail names their reports", body = Document, content_type = "application/problem+json"),
        (status = 412, description = "Somebody has changed it meanwhile; `present_version`", body = Document, content_type = "application/problem+json"),
        (status = 428, description = "If-Match is missing", body = Document, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn delete_destination(
    State(app): State<Arc<App>>,
    caller: Caller,
    PathPart(id): PathPart,
    preconditions: Preconditions,
) -> Result<StatusCode, Problem> {
    let present = changeable(&app, &caller, &id, preconditions).await?;
    app.delivery.delete_destination(&caller.0, &present).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Try a destination
///
/// It really writes and removes a small object, or sends a mail or message that says that it is a test.
#[utoipa::path(
    post, path = "/destinations/{id}/test", tag = "destinations", params(("id" = String, Path, description = "Its id")),
    responses(
        (status = 200, description = "What works and what does not, step by step", body = TestAnswer),
        (status = 404, description = "There is none", body = Document, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn post_test(State(app): State<Arc<App>>, caller: Caller, PathPart(id): PathPart) -> Result<Json<TestAnswer>, Problem> {
    let present = found(&app, &caller, &id).await?;
    require_room(&app).await?;
    Ok(Json(app.delivery.test_destination(&caller.0, &present).await?.into()))
}

/// Try a destination that is not made yet
#[utoipa::path(
    post, path = "/destinations/test", tag = "destinations", request_body = DestinationBody,
    responses(
        (status = 200, description = "What works and what does not, step by step", body = TestAnswer),
        (status = 422, description = "A member is wrong; `field`", body = Document, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn post_test_of_new(State(app): State<Arc<App>>, caller: Caller, body: RequestBody) -> Result<Json<TestAnswer>, Problem> {
    let wanted: DestinationBody = required(body.json(MAX_REQUEST_BYTES).await?)?;
    require_room(&app).await?;
    Ok(Json(app.delivery.test_new_destination(&caller.0, wanted.into()).await?.into()))
}

async fn found(app: &App, caller: &Caller, id: &str) -> Result<destinations::Destination, Problem> {
    let id: Uuid = id.parse().map_err(|_| Problem::new(Kind::NotFound, "there is no such destination"))?;
    Ok(app.delivery.destination(&caller.0, id).await?)
}

/// The destination of an id in the version that the caller has read.
async fn changeable(app: &App, caller: &Caller, id: &str, preconditions: Preconditions) -> Result<destinations::Destination, Problem> {
    let present = found(app, caller, id).await?;
    preconditions.required()?.require(present.version)?;
    require_room(app).await?;
    Ok(present)
}

/// As much of a destination as somebody may see.
fn told(caller: &Caller, destination: &destinations::Destination) -> Destination {
    Destination::of(destination, allows(&caller.0, Permission::DestinationsView).is_ok())
}

fn answer(caller: &Caller, status: StatusCode, destination: &destinations::Destination) -> Response {
    (status, [(header::ETAG, etag(destination.version))], Json(told(caller, destination))).into_response()
}
