//! `/sign-in`: how one can sign in, and signing in through the tenant's OpenID provider.
//!
//! The browser goes from here to the provider and comes back to the callback, which ends on the page: signed in, or with
//! the reason why not as `sign_in_error` in the address.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Form, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use cookie::{Cookie, SameSite as SameSiteOf};
use rollcall_access::OpenIdSignInError;
use rollcall_access::openid::Returned;
use rollcall_model::TenantId;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::session::{SessionAnswer, of_new_session, session_cookie};
use crate::app::App;
use crate::auth::{CallerPlace, SameSite, cookie_of};
use crate::headers::location;
use crate::parameters::Parameters;
use crate::problem::{Document, Kind, Problem};

/// Name of the cookie by which a browser proves that it has begun what it finishes.
const STATE: &str = "rollcall_openid";
/// How long that is, in minutes.
const STATE_MINUTES: i64 = 10;

/// Whose sign-in it is.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct TenantParameter {
    /// The tenant; `default` if left out.
    #[param(value_type = Option<String>)]
    tenant: Option<TenantId>,
}

/// How one can sign in.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SignInMethods {
    /// With account and password: `POST /session`.
    password: bool,
    /// Through an OpenID provider; null if that is not set up.
    openid: Option<OpenIdMethod>,
}

/// Signing in through an OpenID provider.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OpenIdMethod {
    /// What the button says.
    name: String,
    /// Where the browser goes.
    address: String,
}

/// What the provider sends back.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct CallbackParameters {
    code: Option<String>,
    state: Option<String>,
    iss: Option<String>,
    error: Option<String>,
}

/// A logout token.
#[derive(Deserialize, ToSchema)]
pub(crate) struct BackChannelLogout {
    /// What the provider has signed.
    logout_token: String,
}

/// See how one can sign in
#[utoipa::path(
    get, path = "/sign-in", tag = "session", params(TenantParameter),
    responses((status = 200, description = "The ways", body = SignInMethods))
)]
pub(crate) async fn get_sign_in(
    State(app): State<Arc<App>>,
    Parameters(TenantParameter { tenant }): Parameters<TenantParameter>,
) -> Result<Json<SignInMethods>, Problem> {
    let tenant = tenant.unwrap_or_default();
    let name = app.access.openid_button(&tenant).await?;
    let address = format!("/api/v1/sign-in/openid?tenant={tenant}");
    Ok(Json(SignInMethods { password: true, openid: name.map(|name| OpenIdMethod { name, address }) }))
}

/// Sign in through the OpenID provider
///
/// For browsers: sends them to the provider.
#[utoipa::path(
    get, path = "/sign-in/openid", tag = "session", params(TenantParameter),
    responses((status = 303, description = "To the provider"), (status = 404, description = "It is not set up", body = Document, content_type = "application/problem+json"))
)]
pub(crate) async fn get_openid(
    State(app): State<Arc<App>>,
    Parameters(TenantParameter { tenant }): Parameters<TenantParameter>,
) -> Result<Response, Problem> {
    let begun = app.access.begin_openid(&tenant.unwrap_or_default()).await?;
    let mut response = see_other(&begun.address)?;
    response.headers_mut().append(header::SET_COOKIE, state_cookie(begun.state, STATE_MINUTES)?);
    Ok(response)
}

/// Come back from the OpenID provider
///
/// For browsers: sends them to the page.
#[utoipa::path(
    get, path = "/sign-in/openid/callback", tag = "session", params(CallbackParameters),
    responses((status = 303, description = "To the page: signed in, or with `sign_in_error` in the address"))
)]
pub(crate) async fn get_openid_callback(
    State(app): State<Arc<App>>,
    CallerPlace(place): CallerPlace,
    headers: HeaderMap,
    Parameters(parameters): Parameters<CallbackParameters>,
) -> Result<Response, Problem> {
    let CallbackParameters { code, state, iss, error } = parameters;
    let begun_here = state.filter(|state| cookie_of(&headers, STATE).as_ref() == Some(state));
    let Some(state) = begun_here else { return to_page_with_error("not_begun", None) };
    if let Some(error) = error {
        tracing::info!(error, "an OpenID provider refuses a sign-in");
        return to_page_with_error("refused_by_provider", None);
    }
    let returned = Returned { code: code.as_deref().unwrap_or_default(), iss: iss.as_deref() };
    let finished = app.access.finish_openid(&state, returned, &place).await;
    app.recorded.notify_one();
    match finished {
        Ok((_, session)) => {
            let mut response = see_other("/")?;
            response.headers_mut().append(header::SET_COOKIE, session_cookie(&session)?);
            response.headers_mut().append(header::SET_COOKIE, state_cookie(String::new(), 0)?);
            Ok(response)
        }
        Err(OpenIdSignInError::Elsewhere { state }) => to_page_with_error("signed_in_elsewhere", Some(state)),
        Err(OpenIdSignInError::NotBegun) => to_page_with_error("not_begun", None),
        Err(OpenIdSignInError::NotLetIn(why)) => {
            tracing::info!(why, "somebody whom the OpenID provider knows is not let in");
            to_page_with_error("not_let_in", None)
        }
        Err(OpenIdSignInError::Provider(error)) => {
            tracing::warn!(reason = error.reason(), %error, "a sign-in through the OpenID provider failed");
            to_page_with_error("provider_failed", None)
        }
        Err(error) => Err(error.into()),
    }
}

/// Go on though signed in elsewhere
///
/// After `sign_in_error=signed_in_elsewhere`: ends the session elsewhere and begins one here.
#[utoipa::path(
    post, path = "/sign-in/openid/force", tag = "session",
    responses(
        (status = 201, description = "Signed in", body = SessionAnswer),
        (status = 401, description = "It was not begun here, or too long ago", body = Document, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn post_openid_force(
    State(app): State<Arc<App>>,
    _: SameSite,
    CallerPlace(place): CallerPlace,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let state = cookie_of(&headers, STATE).ok_or(OpenIdSignInError::NotBegun)?;
    let session = app.access.force_openid(&state, &place).await?;
    app.recorded.notify_one();
    let mut response = of_new_session(&app, &session).await?;
    response.headers_mut().append(header::SET_COOKIE, state_cookie(String::new(), 0)?);
    Ok(response)
}

/// End sessions that have ended at the OpenID provider
///
/// For providers: OpenID Connect Back-Channel Logout 1.0.
#[utoipa::path(
    post, path = "/sign-in/openid/back-channel-logout", tag = "session",
    request_body(content = BackChannelLogout, content_type = "application/x-www-form-urlencoded"),
    responses(
        (status = 200, description = "They have ended, or there were none"),
        (status = 400, description = "The token is not to be believed", body = Document, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn post_back_channel_logout(
    State(app): State<Arc<App>>,
    form: Result<Form<BackChannelLogout>, axum::extract::rejection::FormRejection>,
) -> Result<StatusCode, Problem> {
    let Form(BackChannelLogout { logout_token }) =
        form.map_err(|rejection| Problem::new(Kind::MalformedBody, format!("expected a form with logout_token: {rejection}")))?;
    let ended = match app.access.end_openid_sessions(&app.ledger.tenants(), &logout_token).await {
        Ok(ended) => ended,
        Err(OpenIdSignInError::Access(error)) => return Err(error.into()),
        Err(error) => return Err(Problem::new(Kind::MalformedBody, error.to_string())),
    };
    app.recorded.notify_one();
    tracing::info!(ended, "sessions that ended at the OpenID provider have ended");
    Ok(StatusCode::OK)
}

fn see_other(address: &str) -> Result<Response, Problem> {
    Ok((StatusCode::SEE_OTHER, [(header::LOCATION, location(address)?)]).into_response())
}

/// To the page, which says in words why nobody is signed in. With a state the sign-in can still go on.
fn to_page_with_error(reason: &str, state: Option<String>) -> Result<Response, Problem> {
    let mut response = see_other(&format!("/?sign_in_error={reason}"))?;
    let cookie = state.map_or_else(|| state_cookie(String::new(), 0), |state| state_cookie(state, STATE_MINUTES))?;
    response.headers_mut().append(header::SET_COOKIE, cookie);
    Ok(response)
}

/// Lax, so that it is there when the provider's page sends the browser back.
fn state_cookie(state: String, minutes: i64) -> Result<HeaderValue, Problem> {
    let cookie = Cookie::build((STATE, state))
        .path("/api/v1/sign-in")
        .http_only(true)
        .secure(true)
        .same_site(SameSiteOf::Lax)
        .max_age(cookie::time::Duration::minutes(minutes))
        .build();
    let mut value = HeaderValue::try_from(cookie.to_string()).map_err(|error| Problem::internal("writing a cookie", &error))?;
    value.set_sensitive(true);
    Ok(value)
}

impl From<OpenIdSignInError> for Problem {
    fn from(error: OpenIdSignInError) -> Self {
        use OpenIdSignInError as E;
        let told = error.to_string();
        match error {
            E::NotOffered => Problem::new(Kind::NotFound, told),
            E::NotBegun | E::NotLetIn(_) | E::Elsewhere { .. } => Problem::new(Kind::SignInRefused, told),
            E::Provider(_) => {
                tracing::warn!(error = told, "an OpenID provider failed");
                Problem::new(Kind::ProviderFailed, "the OpenID provider can't be used now; why stands in the server's log")
            }
            E::Access(error) => error.into(),
            _ => Problem::internal("signing in through an OpenID provider", &told),
        }
    }
}
