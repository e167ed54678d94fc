//! `/profiles` and `/permissions`: security profiles, and what they can give.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use rollcall_access::{Permission, Profile, ProfileWish};
use rollcall_model::Scope;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::app::App;
use crate::auth::Caller;
use crate::body::{RequestBody, required};
use crate::headers::location;
use crate::parameters::PathPart;
use crate::preconditions::{IfMatch, Preconditions, etag};
use crate::problem::{Document, Kind, Problem};
use crate::record::require_room;

/// Largest request, in bytes.
const MAX_REQUEST_BYTES: usize = 256 * 1024;

/// The security profiles.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ProfileList {
    /// Those that come with Rollcall, then the tenant's own by name.
    profiles: Vec<ProfileAnswer>,
}

/// A security profile.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ProfileAnswer {
    /// The name of a built-in one in small letters, else a UUID.
    id: String,
    /// Its name.
    name: String,
    /// What it allows: area and level.
    permissions: Vec<&'static str>,
    /// Within which scope: `all`, or the parts of the organisation.
    #[schema(value_type = Object)]
    scope: Scope,
    /// Whether it comes with Rollcall, and can't be changed.
    built_in: bool,
    /// Its version, as in the ETag; 0 of a built-in one.
    version: i64,
}

impl From<Profile> for ProfileAnswer {
    fn from(profile: Profile) -> Self {
        let Profile { id, name, permissions, scope, built_in, version } = profile;
        ProfileAnswer { id, name, permissions: permissions.into_iter().map(Permission::as_str).collect(), scope, built_in, version }
    }
}

/// A security profile as it is to be.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ProfileBody {
    /// Its name: 1 to 200 characters.
    name: String,
    /// What it allows: area and level, such as `login_logout view`. A higher level brings the lower ones of its area.
    permissions: Vec<String>,
    /// Within which scope: `"all"`, or `{"parts": [{"hierarchies": […], "routing_profiles": […], "tags": {…}}]}`. All that a part
    /// names must hold; a row is seen if it fits one of them.
    #[serde(default = "all_rows")]
    #[schema(value_type = Object)]
    scope: Scope,
}

fn all_rows() -> Scope {
    Scope::All
}

/// What profiles can give.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PermissionList {
    permissions: Vec<PermissionAnswer>,
}

/// One permission.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PermissionAnswer {
    /// Area and level.
    permission: &'static str,
    area: &'static str,
    level: &'static str,
    /// What it allows, in words.
    about: &'static str,
    /// The lower level that comes with it.
    includes: Option<&'static str>,
    /// Whether it can be had for a part of the organisation.
    divisible: bool,
    /// The scope that stands for it in an API key.
    key_scope: Option<&'static str>,
}

/// List the security profiles
#[utoipa::path(get, path = "/profiles", tag = "users", responses((status = 200, description = "The profiles", body = ProfileList)))]
pub(crate) async fn get_profiles(State(app): State<Arc<App>>, caller: Caller) -> Result<Json<ProfileList>, Problem> {
    let profiles = app.access.profiles(caller.tenant()).await?;
    Ok(Json(ProfileList { profiles: profiles.into_iter().map(ProfileAnswer::from).collect() }))
}

/// Get a security profile
#[utoipa::path(
    get, path = "/profiles/{id}", tag = "users", params(("id" = String, Path, description = "Its id")),
    responses(
        (status = 200, description = "The profile", body = ProfileAnswer, headers(("ETag" = String, description = "Its version"))),
        (status = 404, description = "There is none", body = Document, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn get_profile(State(app): State<Arc<App>>, caller: Caller, PathPart(id): PathPart) -> Result<Response, Problem> {
    Ok(answer(StatusCode::OK, app.access.profile(caller.tenant(), &id).await?))
}

/// List the permissions
#[utoipa::path(get, path = "/permissions", tag = "users", responses((status = 200, description = "The permissions", body = PermissionList)))]
pub(crate) async fn get_permissions(_: Caller) -> Json<PermissionList> {
    let told = |permission: &Permission| PermissionAnswer {
        permission: permission.as_str(),
        area: permission.area(),
        level: permission.level(),
        about: permission.about(),
        includes: permission.includes().map(Permission::as_str),
        divisible: permission.is_divisible(),
        key_scope: permission.key_scope().map(rollcall_access::KeyScope::as_str),
    };
    Json(PermissionList { permissions: Permission::ALL.iter().map(told).collect() })
}

/// Make a security profile
///
/// Nobody makes one that gives more than they have.
#[utoipa::path(
    post, path = "/profiles", tag = "users", request_body = ProfileBody,
    responses(
        (status = 201, description = "It is made", body = ProfileAnswer, headers(("ETag" = String, description = "Its version"), ("Location" = String, description = "Its address"))),
        (status = 409, description = "There is one of that name", body = Document, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn post_profile(State(app): State<Arc<App>>, caller: Caller, body: RequestBody) -> Result<Response, Problem> {
    let wish = wish(required(body.json(MAX_REQUEST_BYTES).await?)?)?;
    require_room(&app).await?;
    let made = app.access.create_profile(&caller.0, &wish).await?;
    app.recorded.notify_one();
    let location = location(&format!("/api/v1/profiles/{}", made.id))?;
    let mut response = answer(StatusCode::CREATED, made);
    response.headers_mut().insert(header::LOCATION, location);
    Ok(response)
}

/// Overwrite a security profile
#[utoipa::path(
    put, path = "/profiles/{id}", tag = "users", request_body = ProfileBody,
    params(("id" = String, Path, description = "Its id"), ("If-Match" = String, Header, description = "The ETag that was read")),
    responses(
        (status = 200, description = "The profile as it is now", body = ProfileAnswer, headers(("ETag" = String, description = "Its version"))),
        (status = 404, description = "There is none", body = Document, content_type = "application/problem+json"),
        (status = 409, description = "There is one of that name, or it comes with Rollcall", body = Document, content_type = "application/problem+json"),
        (status = 412, description = "Somebody has changed it meanwhile; `present_version`", body = Document, content_type = "application/problem+json"),
        (status = 428, description = "If-Match is missing", body = Document, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn put_profile(
    State(app): State<Arc<App>>,
    caller: Caller,
    PathPart(id): PathPart,
    preconditions: Preconditions,
    body: RequestBody,
) -> Result<Response, Problem> {
    let wish = wish(required(body.json(MAX_REQUEST_BYTES).await?)?)?;
    let version = version_read(&app, &caller, &id, preconditions).await?;
    let changed = app.access.update_profile(&caller.0, &id, version, &wish).await?;
    app.recorded.notify_one();
    Ok(answer(StatusCode::OK, changed))
}

/// Delete a security profile
///
/// One that nobody has.
#[utoipa::path(
    delete, path = "/profiles/{id}", tag = "users",
    params(("id" = String, Path, description = "Its id"), ("If-Match" = String, Header, description = "The ETag that was read")),
    responses(
        (status = 204, description = "It is deleted"),
        (status = 404, description = "There is none", body = Document, content_type = "application/problem+json"),
        (status = 409, description = "Somebody has it, or it comes with Rollcall", body = Document, content_type = "application/problem+json"),
        (status = 412, description = "Somebody has changed it meanwhile; `present_version`", body = Document, content_type = "application/problem+json"),
        (status = 428, description = "If-Match is missing", body = Document, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn delete_profile(
    State(app): State<Arc<App>>,
    caller: Caller,
    PathPart(id): PathPart,
    preconditions: Preconditions,
) -> Result<StatusCode, Problem> {
    let version = version_read(&app, &caller, &id, preconditions).await?;
    app.access.delete_profile(&caller.0, &id, version).await?;
    app.recorded.notify_one();
    Ok(StatusCode::NO_CONTENT)
}

/// The version that the caller has read, if it is the present one.
async fn version_read(app: &App, caller: &Caller, id: &str, preconditions: Preconditions) -> Result<i64, Problem> {
    let present = app.access.profile(caller.tenant(), id).await?;
    let named: IfMatch = preconditions.required()?;
    if !present.built_in {
        named.require(present.version)?;
    }
    require_room(app).await?;
    Ok(present.version)
}

fn wish(body: ProfileBody) -> Result<ProfileWish, Problem> {
    let ProfileBody { name, permissions, scope } = body;
    let parsed: Result<BTreeSet<Permission>, _> = permissions.iter().map(|permission| permission.parse::<Permission>()).collect();
    let permissions = parsed.map_err(|unknown| {
        let allowed = Permission::ALL.iter().map(|permission| permission.as_str());
        Problem::new(Kind::InvalidBody, unknown.to_string()).field("permissions").allowed(allowed)
    })?;
    Ok(ProfileWish { name, permissions, scope })
}

fn answer(status: StatusCode, profile: Profile) -> Response {
    (status, [(header::ETAG, etag(profile.version))], Json(ProfileAnswer::from(profile))).into_response()
}
