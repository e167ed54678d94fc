//! Who a caller is, and whether they may.
//!
//! A [`Gate`] says how callers prove themselves: by an API key, or by the cookie of a session. The [`guard`] of a route
//! asks it, and lets only those pass who have what the route [`Need`]s. Handlers get the [`Caller`], whose tenant and
//! rows they work with: no request can name another.

use std::sync::Arc;

use axum::extract::{FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use rollcall_access::record::Place;
use rollcall_access::{Access, KeyScope, Permission, Principal, Who};
use rollcall_model::TenantId;
use sha2::{Digest, Sha256};

use crate::client_address::ClientAddress;
use crate::problem::{Kind, Problem};

/// Name of the cookie in which a browser keeps its session.
pub(crate) const COOKIE: &str = "rollcall_session";
/// What a page must send with whatever changes something.
pub(crate) const CSRF_HEADER: HeaderName = HeaderName::from_static("x-csrf-token");
/// Tells of every answer to somebody who acts as another who really sits there.
const IMPERSONATOR: HeaderName = HeaderName::from_static("rollcall-impersonator");
/// Says for which tenant a command of the operator is. Of other callers it says nothing.
const TENANT: HeaderName = HeaderName::from_static("rollcall-tenant");
/// Longest program's name that is kept of a caller.
const MAX_AGENT_CHARS: usize = 500;

/// How callers prove themselves.
#[derive(Debug, Clone)]
pub(crate) enum Gate {
    /// By an API key or a session.
    Callers(Arc<Access>),
    /// They need not: they may open the data folder, as the operating system has decided.
    LocalOperator,
}

/// What a route needs of its callers.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Need {
    /// That they are known.
    Known,
    /// That they may open the data folder.
    Operator,
    /// One of these permissions; of an API key the scope. Where there is none, keys can't.
    OneOf(&'static [Permission], Option<KeyScope>),
}

impl Gate {
    async fn principal(&self, method: &Method, headers: &HeaderMap) -> Result<Principal, Problem> {
        let access = match self {
            Gate::LocalOperator => return Ok(Principal::local_operator(tenant_of(headers)?)),
            Gate::Callers(access) => access,
        };
        match cookie(headers) {
            // A program that sends both means its key.
            Some(session) if !headers.contains_key(header::AUTHORIZATION) => {
                let session = access.session(&session).await?;
                if !matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS) {
                    require_csrf_token(headers, &session.csrf_token)?;
                }
                Ok(session.principal)
            }
            _ => Ok(access.authenticate(bearer(headers)?).await?),
        }
    }
}

/// The tenant that a command is for.
fn tenant_of(headers: &HeaderMap) -> Result<TenantId, Problem> {
    let Some(name) = headers.get(TENANT) else { return Ok(TenantId::default()) };
    TenantId::new(name.to_str().unwrap_or_default()).map_err(|wrong| Problem::parameter(TENANT.as_str(), wrong.to_string()))
}

/// The key that a request presents.
fn bearer(headers: &HeaderMap) -> Result<&str, Problem> {
    let missing = || unauthenticated("expected a session, or the header Authorization: Bearer rk_…, with an API key");
    let value = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()).ok_or_else(missing)?;
    let (scheme, key) = value.split_once(' ').ok_or_else(missing)?;
    if scheme.eq_ignore_ascii_case("bearer") { Ok(key.trim()) } else { Err(missing()) }
}

/// The session that a request's cookie holds.
pub(crate) fn cookie(headers: &HeaderMap) -> Option<String> {
    cookie_of(headers, COOKIE)
}

/// The value of a cookie.
pub(crate) fn cookie_of(headers: &HeaderMap, name: &str) -> Option<String> {
    let texts = headers.get_all(header::COOKIE).into_iter().filter_map(|value| value.to_str().ok());
    let mut cookies = texts.flat_map(cookie::Cookie::split_parse).filter_map(Result::ok);
    cookies.find(|cookie| cookie.name() == name).map(|cookie| cookie.value().to_owned())
}

/// Refuses what another page than Rollcall's own made the browser send.
fn require_csrf_token(headers: &HeaderMap, expected: &str) -> Result<(), Problem> {
    let presented = headers.get(&CSRF_HEADER).map(HeaderValue::as_bytes).unwrap_or_default();
    // Digests of both are compared: how long that takes tells nothing of where they differ.
    if Sha256::digest(presented) == Sha256::digest(expected.as_bytes()) {
        return Ok(());
    }
    let detail = "expected the header X-CSRF-Token with the csrf_token of GET /api/v1/session";
    Err(Problem::new(Kind::CsrfToken, detail))
}

fn unauthenticated(detail: &str) -> Problem {
    Problem::new(Kind::Unauthenticated, detail)
}

/// Lets those pass who have what a route needs.
pub(crate) async fn guard(State(need): State<Need>, mut request: Request, next: Next) -> Result<Response, Problem> {
    let gate = request.extensions().get::<Gate>().cloned();
    let gate = gate.ok_or_else(|| unauthenticated("this server lets nobody in"))?;
    let principal = gate.principal(request.method(), request.headers()).await?;
    let known = KnownAs { key: key_text(&principal), name: principal.name.clone() };
    let impersonator = principal.signed_in().and_then(|signed_in| signed_in.impersonator.as_ref());
    let impersonator = impersonator.and_then(|real| HeaderValue::try_from(format!("user:{}", real.person.id)).ok());
    let mut response = match has(&principal, need) {
        Ok(()) => {
            request.extensions_mut().insert(principal);
            next.run(request).await
        }
        Err(refused) => refused.into_response(),
    };
    response.extensions_mut().insert(known);
    if let Some(impersonator) = impersonator {
        response.headers_mut().insert(IMPERSONATOR, impersonator);
    }
    Ok(response)
}

/// Refuses, unless somebody has what a route needs.
fn has(principal: &Principal, need: Need) -> Result<(), Problem> {
    match need {
        Need::Known => Ok(()),
        Need::Operator if principal.who == Who::Operator => Ok(()),
        Need::Operator => {
            let detail = "this is for the operator: run the command on the machine of the server, on its data folder";
            Err(Problem::new(Kind::Forbidden, detail))
        }
        Need::OneOf(permissions, key_scope) => principal.require(permissions, key_scope).map_err(|denied| {
            tracing::info!(key = key_text(principal), name = principal.name, needed = ?denied.needed, "permission refused");
            denied.into()
        }),
    }
}

/// Who a request came from, as the log calls them.
#[derive(Debug, Clone)]
pub(crate) struct KnownAs {
    pub(crate) key: Option<String>,
    pub(crate) name: String,
}

fn key_text(principal: &Principal) -> Option<String> {
    principal.key_id().map(|id| id.to_string())
}

/// The caller of a guarded route. On a route without a guard there is none, and it is refused.
pub(crate) struct Caller(pub(crate) Principal);

impl Caller {
    /// Whose data they work with.
    pub(crate) fn tenant(&self) -> &TenantId {
        &self.0.tenant
    }
}

impl<S: Sync> FromRequestParts<S> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let principal = parts.extensions.get::<Principal>().cloned();
        principal.map(Caller).ok_or_else(|| unauthenticated("this address has no guard, so nobody may use it"))
    }
}

/// Where a caller sits.
pub(crate) struct CallerPlace(pub(crate) Place);

impl<S: Sync> FromRequestParts<S> for CallerPlace {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let address = parts.extensions.get::<ClientAddress>().and_then(|address| address.0);
        let agent = parts.headers.get(header::USER_AGENT).and_then(|agent| agent.to_str().ok());
        Ok(CallerPlace(Place {
            source_ip: address.map(|address| address.to_string()),
            user_agent: agent.map(|agent| agent.chars().take(MAX_AGENT_CHARS).collect()),
        }))
    }
}

/// Refuses a request that a browser sends from another site's page: nobody is signed in by somebody else's page.
pub(crate) struct SameSite;

impl<S: Sync> FromRequestParts<S> for SameSite {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let text = |name: HeaderName| parts.headers.get(name).and_then(|value| value.to_str().ok());
        let from_elsewhere = match text(HeaderName::from_static("sec-fetch-site")) {
            Some(site) => !matches!(site, "same-origin" | "none"),
            None => text(header::ORIGIN).is_some_and(|origin| {
                let host = origin.split_once("://").map(|(_, host)| host);
                host.is_none() || host != text(header::HOST)
            }),
        };
        if from_elsewhere {
            return Err(Problem::new(Kind::CsrfToken, "this request comes from a page of another site; sign in on Rollcall's own page"));
        }
        Ok(SameSite)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(name: HeaderName, value: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(name, HeaderValue::from_static(value))])
    }

    #[test]
    fn the_key_is_what_follows_bearer() {
        let bearer = |value| bearer(&headers(header::AUTHORIZATION, value)).map(str::to_owned);
        assert_eq!(bearer("Bearer rk_x").unwrap(), "rk_x");
        assert_eq!(bearer("bearer  rk_x ").unwrap(), "rk_x");
        for other in ["Basic cm9vdDpyb290", "rk_x", ""] {
            assert!(bearer(other).is_err(), "{other}");
        }
        assert!(super::bearer(&HeaderMap::new()).is_err());
    }

    #[test]
    fn the_session_is_in_its_cookie() {
        let cookie = |value| cookie(&headers(header::COOKIE, value));
        assert_eq!(cookie("theme=dark; rollcall_session=rs_x; other=1").as_deref(), Some("rs_x"));
        assert_eq!(cookie("xrollcall_session=rs_x"), None);
        assert_eq!(cookie(""), None);
    }

    async fn same_site(values: &[(&str, &str)]) -> bool {
        let mut request = axum::http::Request::builder().header("host", "rollcall.example");
        for (name, value) in values {
            request = request.header(*name, *value);
        }
        let (mut parts, ()) = request.body(()).unwrap().into_parts();
        SameSite::from_request_parts(&mut parts, &()).await.is_ok()
    }

    #[tokio::test]
    async fn another_sites_page_signs_nobody_in() {
        assert!(same_site(&[]).await, "a program says neither");
        assert!(same_site(&[("sec-fetch-site", "same-origin"), ("origin", "https://rollcall.example")]).await);
        assert!(same_site(&[("origin", "https://rollcall.example")]).await);
        assert!(!same_site(&[("sec-fetch-site", "cross-site")]).await);
        assert!(!same_site(&[("sec-fetch-site", "same-site")]).await);
        assert!(!same_site(&[("origin", "https://evil.example")]).await);
        assert!(!same_site(&[("origin", "null")]).await);
    }
}
