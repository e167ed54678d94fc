//! `/keys`: API keys.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use rollcall_access::{KeyId, KeyInfo, KeyScope, KeyWish, check_scope};
use rollcall_model::{Scope, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::app::App;
use crate::auth::Caller;
use crate::body::{RequestBody, required};
use crate::parameters::PathPart;
use crate::problem::{Document, Kind, Problem};
use crate::record::require_room;

/// Largest request, in bytes.
const MAX_REQUEST_BYTES: usize = 64 * 1024;

/// The API keys.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct KeyList {
    /// Oldest first.
    keys: Vec<KeyAnswer>,
}

/// An API key. What only its holder knows is not told.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct KeyAnswer {
    /// What stands in it after `rk_`, up to the next `_`.
    id: String,
    /// What its maker calls it.
    name: String,
    /// `active`, `expired` or `revoked`.
    state: &'static str,
    /// What it may do.
    scopes: Vec<&'static str>,
    /// Which rows it may show.
    #[schema(value_type = Object)]
    data_scope: Scope,
    /// Who made it.
    created_by: Option<String>,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// From when on it no longer counts.
    #[schema(value_type = Option<String>, format = DateTime)]
    expires_at: Option<Timestamp>,
    /// When it was last used, to the minute.
    #[schema(value_type = Option<String>, format = DateTime)]
    last_used_at: Option<Timestamp>,
    /// Since when it no longer counts.
    #[schema(value_type = Option<String>, format = DateTime)]
    revoked_at: Option<Timestamp>,
}

impl From<KeyInfo> for KeyAnswer {
    fn from(key: KeyInfo) -> Self {
        KeyAnswer {
            id: key.id.to_string(),
            name: key.name,
            state: key.state.as_str(),
            scopes: key.scopes.into_iter().map(KeyScope::as_str).collect(),
            data_scope: key.data_scope,
            created_by: key.created_by,
            created_at: key.created_at,
            expires_at: key.expires_at,
            last_used_at: key.last_used_at,
            revoked_at: key.revoked_at,
        }
    }
}

/// An API key that is to be made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewKey {
    /// What it is for: 1 to 200 characters.
    name: String,
    /// What it may do, such as `events:write`.
    scopes: Vec<String>,
    /// From when on it no longer counts; never, if left out.
    #[schema(value_type = Option<String>, format = DateTime)]
    expires_at: Option<Timestamp>,
    /// Which rows it may show: `"all"` if left out, or `{"parts": […]}` as in a security profile.
    #[serde(default = "all_rows")]
    #[schema(value_type = Object)]
    data_scope: Scope,
}

fn all_rows() -> Scope {
    Scope::All
}

/// An API key that was made.
#[derive(Serialize, ToSchema)]
pub(crate) struct NewKeyAnswer {
    id: String,
    /// The key, shown this once.
    key: String,
}

/// List the API keys
#[utoipa::path(get, path = "/keys", tag = "users", responses((status = 200, description = "The keys", body = KeyList)))]
pub(crate) async fn get_keys(State(app): State<Arc<App>>, caller: Caller) -> Result<Json<KeyList>, Problem> {
    let keys = app.access.keys(caller.tenant()).await?;
    Ok(Json(KeyList { keys: keys.into_iter().map(KeyAnswer::from).collect() }))
}

/// Make an API key
///
/// Nobody makes one that may do more than they.
#[utoipa::path(
    post, path = "/keys", tag = "users", request_body = NewKey,
    responses((status = 201, description = "The key, shown this once", body = NewKeyAnswer))
)]
pub(crate) async fn post_key(State(app): State<Arc<App>>, caller: Caller, body: RequestBody) -> Result<Response, Problem> {
    let NewKey { name, scopes, expires_at, data_scope } = required(body.json(MAX_REQUEST_BYTES).await?)?;
    let parsed: Result<BTreeSet<KeyScope>, _> = scopes.iter().map(|scope| scope.parse::<KeyScope>()).collect();
    let scopes =
        parsed.map_err(|unknown| Problem::new(Kind::InvalidBody, unknown.to_string()).field("scopes").allowed(KeyScope::names()))?;
    check_scope(&data_scope).map_err(|wrong| Problem::from(wrong).field("data_scope"))?;
    require_room(&app).await?;
    let key = app.access.create_key(&caller.0, &KeyWish { name, scopes, expires_at, data_scope }).await?;
    app.recorded.notify_one();
    let answer = NewKeyAnswer { id: key.id.to_string(), key: key.text.reveal().to_owned() };
    Ok((StatusCode::CREATED, Json(answer)).into_response())
}

/// Revoke an API key
///
/// For good.
#[utoipa::path(
    delete, path = "/keys/{id}", tag = "users", params(("id" = String, Path, description = "Its id")),
    responses(
        (status = 204, description = "It is revoked"),
        (status = 404, description = "There is none", body = Document, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn delete_key(State(app): State<Arc<App>>, caller: Caller, PathPart(id): PathPart) -> Result<StatusCode, Problem> {
    let id: KeyId = id.parse().map_err(|_| Problem::new(Kind::NotFound, "there is no such API key"))?;
    require_room(&app).await?;
    app.access.revoke_key(&caller.0, id).await?;
    app.recorded.notify_one();
    Ok(StatusCode::NO_CONTENT)
}
