//! `/settings`: what a tenant sets about signing in, and about export tasks.

pub(crate) mod alerts;
pub(crate) mod exports;
pub(crate) mod single_sign_on;

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use rollcall_access::SignInSettings;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::app::App;
use crate::auth::Caller;
use crate::body::{RequestBody, required};
use crate::preconditions::{Preconditions, etag};
use crate::problem::{Document, Problem};
use crate::record::require_room;

/// Largest request, in bytes.
const MAX_REQUEST_BYTES: usize = 64 * 1024;

/// How people sign in, and for how long.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SignInBody {
    /// Whether somebody may be signed in once at a time.
    single_sign_in: bool,
    /// After so many minutes without use a session ends: 1 to 1,440.
    idle_minutes: u32,
    /// After so many hours a session ends, however much it is used: 1 to 720.
    absolute_hours: u32,
    /// Whether those who sign in with a password must set up one-time codes.
    require_second_factor: bool,
}

/// See how people sign in
#[utoipa::path(
    get, path = "/settings/sign-in", tag = "settings",
    responses((status = 200, description = "The settings", body = SignInBody, headers(("ETag" = String, description = "Their version"))))
)]
pub(crate) async fn get_sign_in(State(app): State<Arc<App>>, caller: Caller) -> Result<Response, Problem> {
    let settings = app.access.sign_in_settings(caller.tenant()).await?;
    Ok(answer(settings.value, settings.version))
}

/// Set how people sign in
#[utoipa::path(
    put, path = "/settings/sign-in", tag = "settings", request_body = SignInBody,
    params(("If-Match" = String, Header, description = "The ETag that was read")),
    responses(
        (status = 200, description = "The settings as they are now", body = SignInBody, headers(("ETag" = String, description = "Their version"))),
        (status = 412, description = "Somebody has changed them meanwhile; `present_version`", body = Document, content_type = "application/problem+json"),
        (status = 428, description = "If-Match is missing", body = Document, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn put_sign_in(
    State(app): State<Arc<App>>,
    caller: Caller,
    preconditions: Preconditions,
    body: RequestBody,
) -> Result<Response, Problem> {
    let SignInBody { single_sign_in, idle_minutes, absolute_hours, require_second_factor } = required(body.json(MAX_REQUEST_BYTES).await?)?;
    let to = SignInSettings { single_sign_in, idle_minutes, absolute_hours, require_second_factor };
    let present = app.access.sign_in_settings(caller.tenant()).await?.version;
    version_read(preconditions, present)?;
    require_room(&app).await?;
    let version = app.access.set_sign_in_settings(&caller.0, present, &to).await?;
    app.recorded.notify_one();
    Ok(answer(to, version))
}

/// Refuses a change of another version than the present one.
pub(crate) fn version_read(preconditions: Preconditions, present: i64) -> Result<(), Problem> {
    preconditions.required()?.require(tag_of(present))
}

/// The version as a tag tells it: what was never set has one too.
pub(crate) fn tag_of(version: i64) -> i64 {
    version.saturating_add(1)
}

fn answer(settings: SignInSettings, version: i64) -> Response {
    let SignInSettings { single_sign_in, idle_minutes, absolute_hours, require_second_factor } = settings;
    let body = SignInBody { single_sign_in, idle_minutes, absolute_hours, require_second_factor };
    ([(header::ETAG, etag(tag_of(version)))], Json(body)).into_response()
}
