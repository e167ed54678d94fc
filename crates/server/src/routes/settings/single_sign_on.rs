//! `/settings/single-sign-on`: the OpenID provider that people sign in through.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use rollcall_access::{SecretChange, SingleSignOn};
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;

use super::{MAX_REQUEST_BYTES, tag_of, version_read};
use crate::app::App;
use crate::auth::Caller;
use crate::body::{RequestBody, required};
use crate::preconditions::{Preconditions, etag};
use crate::problem::{Document, Problem};
use crate::record::require_room;

/// How people sign in through an OpenID provider.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SingleSignOnBody {
    /// Whether it is offered.
    enabled: bool,
    /// What the button says: the provider's name.
    name: String,
    /// The address under which browsers reach Rollcall, such as `https://rollcall.example`.
    address: String,
    /// The provider's own name, which is the address that it is reached at.
    issuer: String,
    /// What the provider calls Rollcall.
    client_id: String,
    /// What proves to the provider that it is Rollcall. It is never shown: an answer has `"(masked)"` where there is one. Left out
    /// or `"(masked)"` it stays; `null` takes it away.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    client_secret: Option<Option<String>>,
    /// What is asked for besides `openid`.
    scopes: Vec<String>,
    /// The claim that names the account.
    account_claim: String,
    /// The claim that lists the groups.
    groups_claim: String,
    /// Which group gives which security profiles, by their ids. With none, profiles are given in Rollcall alone.
    group_profiles: BTreeMap<String, Vec<String>>,
    /// Whether somebody whom the provider knows and Rollcall does not becomes a user.
    create_users: bool,
    /// Whether a user who has a password is taken for the one whom the provider knows by the same account.
    link_users: bool,
}

/// Tells `null` from what is left out.
fn given<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<String>>, D::Error> {
    Option::<String>::deserialize(deserializer).map(Some)
}

/// What stands in the place of a secret.
const MASKED: &str = "(masked)";

/// Whether the provider that is set can be used.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SingleSignOnCheck {
    /// Whether it can.
    usable: bool,
    /// What was expected, what came, what to do; null if it can be used.
    problem: Option<String>,
    /// Whether the provider says that it tells when a session ends there.
    back_channel_logout: Option<bool>,
}

/// See how people sign in through an OpenID provider
#[utoipa::path(
    get, path = "/settings/single-sign-on", tag = "settings",
    responses((status = 200, description = "The settings", body = SingleSignOnBody, headers(("ETag" = String, description = "Their version"))))
)]
pub(crate) async fn get_single_sign_on(State(app): State<Arc<App>>, caller: Caller) -> Result<Response, Problem> {
    let (settings, has_secret) = app.access.single_sign_on(caller.tenant()).await?;
    Ok(single_sign_on(settings.value, has_secret, settings.version))
}

/// Set how people sign in through an OpenID provider
#[utoipa::path(
    put, path = "/settings/single-sign-on", tag = "settings", request_body = SingleSignOnBody,
    params(("If-Match" = String, Header, description = "The ETag that was read")),
    responses(
        (status = 200, description = "The settings as they are now", body = SingleSignOnBody, headers(("ETag" = String, description = "Their version"))),
        (status = 412, description = "Somebody has changed them meanwhile; `present_version`", body = Document, content_type = "application/problem+json"),
        (status = 428, description = "If-Match is missing", body = Document, content_type = "application/problem+json"),
        (status = 503, description = "A secret can't be stored: the server has no secret key", body = Document, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn put_single_sign_on(
    State(app): State<Arc<App>>,
    caller: Caller,
    preconditions: Preconditions,
    body: RequestBody,
) -> Result<Response, Problem> {
    let body: SingleSignOnBody = required(body.json(MAX_REQUEST_BYTES).await?)?;
    let secret = match body.client_secret.clone() {
        None => SecretChange::Keep,
        Some(None) => SecretChange::Remove,
        Some(Some(secret)) if secret == MASKED => SecretChange::Keep,
        Some(Some(secret)) => SecretChange::Set(secret),
    };
    let present = app.access.single_sign_on(caller.tenant()).await?.0.version;
    version_read(preconditions, present)?;
    require_room(&app).await?;
    app.access.set_single_sign_on(&caller.0, present, &body.into(), &secret).await?;
    app.recorded.notify_one();
    let (settings, has_secret) = app.access.single_sign_on(caller.tenant()).await?;
    Ok(single_sign_on(settings.value, has_secret, settings.version))
}

/// Check the OpenID provider that is set
///
/// Asks it, without signing anybody in.
#[utoipa::path(
    post, path = "/settings/single-sign-on/check", tag = "settings",
    responses((status = 200, description = "Whether it can be used", body = SingleSignOnCheck))
)]
pub(crate) async fn post_single_sign_on_check(State(app): State<Arc<App>>, caller: Caller) -> Result<Json<SingleSignOnCheck>, Problem> {
    Ok(Json(match app.access.check_single_sign_on(caller.tenant()).await? {
        Ok(supported) => SingleSignOnCheck { usable: true, problem: None, back_channel_logout: Some(supported.back_channel_logout) },
        Err(error) => SingleSignOnCheck { usable: false, problem: Some(error.to_string()), back_channel_logout: None },
    }))
}

impl From<SingleSignOnBody> for SingleSignOn {
    fn from(body: SingleSignOnBody) -> Self {
        SingleSignOn {
            enabled: body.enabled,
            name: body.name,
            address: body.address,
            issuer: body.issuer,
            client_id: body.client_id,
            scopes: body.scopes,
            account_claim: body.account_claim,
            groups_claim: body.groups_claim,
            group_profiles: body.group_profiles,
            create_users: body.create_users,
            link_users: body.link_users,
        }
    }
}

fn single_sign_on(settings: SingleSignOn, has_secret: bool, version: i64) -> Response {
    let body = SingleSignOnBody {
        enabled: settings.enabled,
        name: settings.name,
        address: settings.address,
        issuer: settings.issuer,
        client_id: settings.client_id,
        client_secret: Some(has_secret.then(|| MASKED.to_owned())),
        scopes: settings.scopes,
        account_claim: settings.account_claim,
        groups_claim: settings.groups_claim,
        group_profiles: settings.group_profiles,
        create_users: settings.create_users,
        link_users: settings.link_users,
    };
    ([(header::ETAG, etag(tag_of(version)))], Json(body)).into_response()
}
