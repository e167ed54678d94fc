//! `/users`: who may sign in, and with which security profiles.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use rollcall_access::{User, UserUpdate, UserWish};
use rollcall_model::Timestamp;
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::session::id_in;
use crate::app::App;
use crate::auth::Caller;
use crate::body::{RequestBody, required};
use crate::headers::location;
use crate::parameters::PathPart;
use crate::preconditions::{Preconditions, etag};
use crate::problem::{Document, Problem};
use crate::record::require_room;

/// Largest request, in bytes.
const MAX_REQUEST_BYTES: usize = 64 * 1024;

/// The users.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct UserList {
    /// By account.
    users: Vec<UserAnswer>,
}

/// A user.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct UserAnswer {
    #[schema(value_type = String)]
    id: Uuid,
    /// What they sign in with.
    account: String,
    /// What they are called.
    display_name: String,
    /// Their address for mail.
    email: Option<String>,
    /// Which agent of the organisation they are.
    employee_id: Option<String>,
    /// Ids of their security profiles.
    profiles: Vec<String>,
    /// Whether they may sign in.
    active: bool,
    /// Whether they can sign in with a password.
    has_password: bool,
    /// Whether they must choose another password first.
    must_change_password: bool,
    /// Whether they have one-time codes.
    has_second_factor: bool,
    /// Whether they have signed in through the OpenID provider.
    has_openid: bool,
    /// Their version, as in the ETag.
    version: i64,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    changed_at: Timestamp,
    /// When they last signed in.
    #[schema(value_type = Option<String>, format = DateTime)]
    last_sign_in_at: Option<Timestamp>,
}

impl From<User> for UserAnswer {
    fn from(user: User) -> Self {
        UserAnswer {
            id: user.id,
            has_password: user.credentials.password_hash.is_some(),
            must_change_password: user.credentials.must_change_password,
            has_second_factor: user.credentials.totp_secret.is_some(),
            has_openid: user.credentials.openid.is_some(),
            account: user.account,
            display_name: user.display_name,
            email: user.email,
            employee_id: user.employee_id,
            profiles: user.profiles,
            active: user.active,
            version: user.version,
            created_at: user.created_at,
            changed_at: user.changed_at,
            last_sign_in_at: user.last_sign_in_at,
        }
    }
}

/// A user that is to be made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewUser {
    /// What they sign in with: 1 to 200 characters. It stays as it is.
    account: String,
    /// What they are called; the account, if left out.
    display_name: Option<String>,
    /// Their address for mail.
    email: Option<String>,
    /// Which agent of the organisation they are: without one, `own_sessions` shows nothing.
    employee_id: Option<String>,
    /// Ids of their security profiles, such as `supervisor`.
    #[serde(default)]
    profiles: Vec<String>,
    /// False for those who sign in through the OpenID provider alone; true if left out.
    with_password: Option<bool>,
}

/// A user that was made.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct NewUserAnswer {
    #[serde(flatten)]
    user: UserAnswer,
    /// Their first password, shown this once: they must choose another when they first sign in.
    password: Option<String>,
}

/// What is to be otherwise. What is left out stays as it is; `null` takes it away.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct UserChange {
    /// Another name.
    display_name: Option<String>,
    /// Another address for mail.
    #[serde(deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    email: Option<Option<String>>,
    /// Another agent.
    #[serde(deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    employee_id: Option<Option<String>>,
    /// Other security profiles.
    profiles: Option<Vec<String>>,
    /// Whether they may sign in. Who may no longer is signed out.
    active: Option<bool>,
}

/// Tells `null` from what is left out.
fn given<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<String>>, D::Error> {
    Option::<String>::deserialize(deserializer).map(Some)
}

/// A password that was made up.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct NewPassword {
    /// It is shown this once; they must choose another when they next sign in.
    password: String,
}

/// List the users
#[utoipa::path(get, path = "/users", tag = "users", responses((status = 200, description = "The users", body = UserList)))]
pub(crate) async fn get_users(State(app): State<Arc<App>>, caller: Caller) -> Result<Json<UserList>, Problem> {
    let users = app.access.users(caller.tenant()).await?;
    Ok(Json(UserList { users: users.into_iter().map(UserAnswer::from).collect() }))
}

/// Make a user
///
/// Nobody gives profiles with more rights than they have.
#[utoipa::path(
    post, path = "/users", tag = "users", request_body = NewUser,
    responses(
        (status = 201, description = "They are made", body = NewUserAnswer, headers(("ETag" = String, description = "Their version"), ("Location" = String, description = "Their address"))),
        (status = 409, description = "There is a user of that account", body = Document, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn post_user(State(app): State<Arc<App>>, caller: Caller, body: RequestBody) -> Result<Response, Problem> {
    let NewUser { account, display_name, email, employee_id, profiles, with_password } = required(body.json(MAX_REQUEST_BYTES).await?)?;
    require_room(&app).await?;
    let wish = UserWish { account, display_name, email, employee_id, profiles, with_password: with_password.unwrap_or(true) };
    let (user, password) = app.access.create_user(&caller.0, &wish).await?;
    app.recorded.notify_one();
    let location = location(&format!("/api/v1/users/{}", user.id))?;
    let tag = etag(user.version);
    let answer = NewUserAnswer { user: user.into(), password };
    Ok((StatusCode::CREATED, [(header::ETAG, tag), (header::LOCATION, location)], Json(answer)).into_response())
}

/// Get a user
#[utoipa::path(
    get, path = "/users/{id}", tag = "users", params(("id" = String, Path, description = "Their id")),
    responses(
        (status = 200, description = "The user", body = UserAnswer, headers(("ETag" = String, description = "Their version"))),
        (status = 404, description = "There is none", body = Document, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn get_user(State(app): State<Arc<App>>, caller: Caller, PathPart(id): PathPart) -> Result<Response, Problem> {
    Ok(answer(app.access.user(caller.tenant(), id_in(&id, "user")?).await?))
}

/// Change a user
///
/// Their name, profiles and so on, and whether they may sign in. The last active Admin stays one.
#[utoipa::path(
    patch, path = "/users/{id}", tag = "users", request_body = UserChange,
    params(("id" = String, Path, description = "Their id"), ("If-Match" = String, Header, description = "The ETag that was read")),
    responses(
        (status = 200, description = "The user as they are now", body = UserAnswer, headers(("ETag" = String, description = "Their version"))),
        (status = 404, description = "There is none", body = Document, content_type = "application/problem+json"),
        (status = 409, description = "They are the last active Admin", body = Document, content_type = "application/problem+json"),
        (status = 412, description = "Somebody has changed them meanwhile; `present_version`", body = Document, content_type = "application/problem+json"),
        (status = 428, description = "If-Match is missing", body = Document, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn patch_user(
    State(app): State<Arc<App>>,
    caller: Caller,
    PathPart(id): PathPart,
    preconditions: Preconditions,
    body: RequestBody,
) -> Result<Response, Problem> {
    let UserChange { display_name, email, employee_id, profiles, active } = required(body.json(MAX_REQUEST_BYTES).await?)?;
    let user = app.access.user(caller.tenant(), id_in(&id, "user")?).await?;
    preconditions.required()?.require(user.version)?;
    require_room(&app).await?;
    let update = UserUpdate { display_name, email, employee_id, profiles, active };
    let changed = app.access.update_user(&caller.0, &user, &update).await?;
    app.recorded.notify_one();
    Ok(answer(changed))
}

/// Reset a user's password
///
/// They are signed out, and must choose another when they next sign in.
#[utoipa::path(
    post, path = "/users/{id}/password-reset", tag = "users", params(("id" = String, Path, description = "Their id")),
    responses(
        (status = 200, description = "A password that was made up", body = NewPassword),
        (status = 404, description = "There is none", body = Document, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn post_password_reset(
    State(app): State<Arc<App>>,
    caller: Caller,
    PathPart(id): PathPart,
) -> Result<Json<NewPassword>, Problem> {
    let user = app.access.user(caller.tenant(), id_in(&id, "user")?).await?;
    require_room(&app).await?;
    let password = app.access.reset_password(&caller.0, &user).await?;
    app.recorded.notify_one();
    Ok(Json(NewPassword { password }))
}

/// Take a user's second factor away
///
/// For somebody who has lost it. They are signed out.
#[utoipa::path(
    post, path = "/users/{id}/second-factor-reset", tag = "users", params(("id" = String, Path, description = "Their id")),
    responses(
        (status = 200, description = "The user as they are now", body = UserAnswer, headers(("ETag" = String, description = "Their version"))),
        (status = 404, description = "There is none", body = Document, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn post_second_factor_reset(
    State(app): State<Arc<App>>,
    caller: Caller,
    PathPart(id): PathPart,
) -> Result<Response, Problem> {
    let user = app.access.user(caller.tenant(), id_in(&id, "user")?).await?;
    require_room(&app).await?;
    let changed = app.access.reset_second_factor(&caller.0, &user).await?;
    app.recorded.notify_one();
    Ok(answer(changed))
}

fn answer(user: User) -> Response {
    ([(header::ETAG, etag(user.version))], Json(UserAnswer::from(user))).into_response()
}
