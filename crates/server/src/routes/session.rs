//! `/session`: signing in and out, who one is, and acting as somebody else.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use cookie::{Cookie, SameSite as SameSiteOf};
use rollcall_access::{Attempt, NewSession, Person, Principal, Restriction, Who};
use rollcall_model::{TenantId, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::app::App;
use crate::auth::{COOKIE, Caller, CallerPlace, SameSite, cookie};
use crate::body::{RequestBody, required};
use crate::problem::{Document, Kind, Problem};

/// Largest request, in bytes.
const MAX_REQUEST_BYTES: usize = 16 * 1024;

/// Signing in.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SignIn {
    /// The tenant; `default` if left out.
    #[schema(value_type = Option<String>)]
    tenant: Option<TenantId>,
    /// As whom.
    account: String,
    /// The password.
    password: String,
    /// A one-time or recovery code, where the account has those.
    code: Option<String>,
    /// Whether a session elsewhere is to end, where only one may be.
    #[serde(default)]
    force: bool,
}

/// Who one is, and what one may do.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SessionAnswer {
    /// Whose data they work with.
    tenant: String,
    /// How they are known: `user`, `api_key` or `operator`.
    kind: &'static str,
    /// As what they own and what they do is noted, such as `user:018f…`.
    id: String,
    /// What they are called.
    name: String,
    /// The user, if they have signed in: whom they act as, if as somebody else.
    user: Option<PersonAnswer>,
    /// Which session it is.
    #[schema(value_type = Option<String>)]
    session_id: Option<Uuid>,
    /// What they may do, each with the scope within which: a member for each security profile.
    grants: Vec<GrantAnswer>,
    /// What must be done before anything else: `change_password` or `set_up_second_factor`.
    restriction: Option<&'static str>,
    /// Who really sits there, if they act as somebody else.
    impersonator: Option<ImpersonatorAnswer>,
    /// What a page must send as `X-CSRF-Token` with whatever changes something.
    csrf_token: Option<String>,
}

/// A user, as far as others are told.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PersonAnswer {
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
    /// Whether they have set up one-time codes.
    has_second_factor: bool,
}

impl From<Person> for PersonAnswer {
    fn from(person: Person) -> Self {
        let Person { id, account, name, email, employee_id, has_second_factor } = person;
        PersonAnswer { id, account, display_name: name, email, employee_id, has_second_factor }
    }
}

/// Permissions, and the scope within which they hold.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct GrantAnswer {
    /// Area and level, such as `login_logout view`.
    permissions: Vec<&'static str>,
    /// `all`, or the parts of the organisation.
    #[schema(value_type = Object)]
    scope: rollcall_model::Scope,
}

/// Who acts as somebody else.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ImpersonatorAnswer {
    /// Who.
    #[serde(flatten)]
    person: PersonAnswer,
    /// Since when.
    #[schema(value_type = String, format = DateTime)]
    since: Timestamp,
}

/// Acting as somebody else.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ImpersonationWish {
    /// As which user.
    #[schema(value_type = String)]
    user_id: Uuid,
}

/// Sign in
///
/// With account and password, and a code where the account has a second factor. The answer sets a cookie. An account
/// that there is not and a wrong password get the same answer after the same time; after some failures there is a wait
/// between attempts that grows.
#[utoipa::path(
    post, path = "/session", tag = "session", request_body = SignIn,
    responses(
        (status = 201, description = "Signed in", body = SessionAnswer, headers(("Set-Cookie" = String, description = "The session"))),
        (status = 401, description = "Account, password or code is wrong (`sign-in-refused`), or a code is needed (`second-factor-needed`)", body = Document, content_type = "application/problem+json"),
        (status = 403, description = "The request comes from another site's page", body = Document, content_type = "application/problem+json"),
        (status = 409, description = "Signed in elsewhere, which may be once: `elsewhere` says where, `force` ends that", body = Document, content_type = "application/problem+json"),
        (status = 429, description = "Too many attempts have failed", body = Document, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn post_session(
    State(app): State<Arc<App>>,
    _: SameSite,
    CallerPlace(place): CallerPlace,
    headers: HeaderMap,
    body: RequestBody,
) -> Result<Response, Problem> {
    let SignIn { tenant, account, password, code, force } = required(body.json(MAX_REQUEST_BYTES).await?)?;
    let tenant = tenant.unwrap_or_default();
    let before = match cookie(&headers) {
        Some(before) => app.access.session(&before).await.ok().map(|before| before.principal),
        None => None,
    };
    let own_session = before.as_ref().and_then(Principal::signed_in).map(|signed_in| signed_in.session_id);
    let code = code.as_deref();
    let attempt = Attempt { tenant: &tenant, account: &account, password: &password, code, force, own_session, place: &place };
    let session = app.access.sign_in(&attempt).await?;
    app.recorded.notify_one();
    // Who signs in anew where they are signed in leaves that session.
    if let Some(before) = before {
        app.access.sign_out(&before).await?;
    }
    of_new_session(&app, &session).await
}

/// The answer to somebody who has just signed in.
pub(crate) async fn of_new_session(app: &App, session: &NewSession) -> Result<Response, Problem> {
    let known = app.access.session(session.text.reveal()).await?;
    let mut response = (StatusCode::CREATED, Json(told(&known.principal, Some(known.csrf_token)))).into_response();
    response.headers_mut().append(header::SET_COOKIE, session_cookie(session)?);
    Ok(response)
}

/// Who one is
///
/// For a page that begins, and for a program that wants to know what its key may do.
#[utoipa::path(get, path = "/session", tag = "session", responses((status = 200, description = "Who it is", body = SessionAnswer)))]
pub(crate) async fn get_session(State(app): State<Arc<App>>, caller: Caller, headers: HeaderMap) -> Result<Json<SessionAnswer>, Problem> {
    let csrf_token = match (cookie(&headers), caller.0.signed_in()) {
        (Some(text), Some(_)) => Some(app.access.session(&text).await?.csrf_token),
        _ => None,
    };
    Ok(Json(told(&caller.0, csrf_token)))
}

/// Sign out
#[utoipa::path(delete, path = "/session", tag = "session", responses((status = 204, description = "Signed out")))]
pub(crate) async fn delete_session(State(app): State<Arc<App>>, caller: Caller) -> Result<Response, Problem> {
    app.access.sign_out(&caller.0).await?;
    app.recorded.notify_one();
    let mut response = StatusCode::NO_CONTENT.into_response();
    response.headers_mut().append(header::SET_COOKIE, header_value(&bare(String::new(), cookie::time::Duration::ZERO))?);
    Ok(response)
}

/// Act as another user
///
/// The session has that user's rights from now on, but none to change rights or settings. Beginning and end are
/// recorded with both people; every answer bears the header `Rollcall-Impersonator`.
#[utoipa::path(
    post, path = "/session/impersonation", tag = "session", request_body = ImpersonationWish,
    responses(
        (status = 200, description = "Who one is now", body = SessionAnswer),
        (status = 404, description = "There is no such user", body = Document, content_type = "application/problem+json"),
        (status = 409, description = "They may not sign in, or it is not possible now", body = Document, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn post_impersonation(
    State(app): State<Arc<App>>,
    caller: Caller,
    headers: HeaderMap,
    body: RequestBody,
) -> Result<Json<SessionAnswer>, Problem> {
    let ImpersonationWish { user_id } = required(body.json(MAX_REQUEST_BYTES).await?)?;
    crate::record::require_room(&app).await?;
    app.access.act_as(&caller.0, user_id).await?;
    again(&app, &headers).await
}

/// Be oneself again
#[utoipa::path(
    delete, path = "/session/impersonation", tag = "session", responses((status = 200, description = "Who one is now", body = SessionAnswer))
)]
pub(crate) async fn delete_impersonation(
    State(app): State<Arc<App>>,
    caller: Caller,
    headers: HeaderMap,
) -> Result<Json<SessionAnswer>, Problem> {
    app.access.stop_acting(&caller.0).await?;
    again(&app, &headers).await
}

/// Who somebody is after that has changed.
async fn again(app: &App, headers: &HeaderMap) -> Result<Json<SessionAnswer>, Problem> {
    app.recorded.notify_one();
    let text = cookie(headers).unwrap_or_default();
    let known = app.access.session(&text).await?;
    Ok(Json(told(&known.principal, Some(known.csrf_token))))
}

fn told(principal: &Principal, csrf_token: Option<String>) -> SessionAnswer {
    let signed_in = principal.signed_in();
    let grant = |grant: &rollcall_access::Grant| GrantAnswer {
        permissions: grant
            .permissions
            .iter()
            .filter(|permission| grant.gives(**permission))
            .map(|permission| permission.as_str())
            .collect(),
        scope: grant.scope.clone(),
    };
    SessionAnswer {
        tenant: principal.tenant.as_str().to_owned(),
        kind: match principal.who {
            Who::Operator => "operator",
            Who::Key(..) => "api_key",
            Who::User(_) => "user",
        },
        id: principal.id(),
        name: principal.name.clone(),
        user: signed_in.map(|signed_in| signed_in.user.clone().into()),
        session_id: signed_in.map(|signed_in| signed_in.session_id),
        grants: principal.grants.iter().map(grant).collect(),
        restriction: signed_in.and_then(|signed_in| signed_in.restriction).map(|restriction| match restriction {
            Restriction::ChangePassword => "change_password",
            Restriction::SetUpSecondFactor => "set_up_second_factor",
        }),
        impersonator: signed_in
            .and_then(|signed_in| signed_in.impersonator.clone())
            .map(|real| ImpersonatorAnswer { person: real.person.into(), since: real.since }),
        csrf_token,
    }
}

/// The cookie of a session.
pub(crate) fn session_cookie(session: &NewSession) -> Result<HeaderValue, Problem> {
    let left = session.expires_at.micros_since(rollcall_model::Timestamp::from(jiff::Timestamp::now()));
    header_value(&bare(session.text.reveal().to_owned(), cookie::time::Duration::microseconds(left)))
}

/// No script reads it, no plain connection carries it, and no other site's page sends it with what changes something.
fn bare(value: String, max_age: cookie::time::Duration) -> Cookie<'static> {
    Cookie::build((COOKIE, value)).path("/").http_only(true).secure(true).same_site(SameSiteOf::Lax).max_age(max_age).build()
}

fn header_value(cookie: &Cookie<'_>) -> Result<HeaderValue, Problem> {
    let mut value = HeaderValue::try_from(cookie.to_string()).map_err(|error| Problem::internal("writing a cookie", &error))?;
    value.set_sensitive(true);
    Ok(value)
}

/// The id in an address.
pub(crate) fn id_in(part: &str, what: &str) -> Result<Uuid, Problem> {
    part.parse().map_err(|_| Problem::new(Kind::NotFound, format!("there is no such {what}")))
}
