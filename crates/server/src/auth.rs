//! Who a caller is, and whether they may.
//!
//! A [`Gate`] says how callers prove themselves. The [`guard`] of a route asks it, and lets only those
//! pass who have the route's scope. Handlers get the [`Caller`], whose tenant and rows they work with: no
//! request can name another.

use std::sync::Arc;

use axum::extract::{FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use axum::middleware::Next;
use axum::response::Response;
use rollcall_access::{Access, KeyScope, Principal};
use rollcall_model::{Scope, TenantId};

use crate::problem::{Kind, Problem};

/// How callers prove themselves.
#[derive(Debug, Clone)]
pub(crate) enum Gate {
    /// By an API key.
    ApiKeys(Arc<Access>),
    /// They need not: they may open the data folder, as the operating system has decided.
    LocalOperator(TenantId),
}

impl Gate {
    async fn principal(&self, headers: &HeaderMap) -> Result<Principal, Problem> {
        match self {
            Gate::LocalOperator(tenant) => Ok(Principal::local_operator(tenant.clone())),
            Gate::ApiKeys(access) => Ok(access.authenticate(bearer(headers)?).await?),
        }
    }
}

/// The key that a request presents.
fn bearer(headers: &HeaderMap) -> Result<&str, Problem> {
    let missing = || unauthenticated("expected the header Authorization: Bearer rk_…, with an API key");
    let value = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()).ok_or_else(missing)?;
    let (scheme, key) = value.split_once(' ').ok_or_else(missing)?;
    if scheme.eq_ignore_ascii_case("bearer") { Ok(key.trim()) } else { Err(missing()) }
}

fn unauthenticated(detail: &str) -> Problem {
    Problem::new(Kind::Unauthenticated, detail)
}

/// Lets those pass who have the scope that a route needs.
pub(crate) async fn guard(State(needed): State<KeyScope>, mut request: Request, next: Next) -> Result<Response, Problem> {
    let gate = request.extensions().get::<Gate>().cloned();
    let gate = gate.ok_or_else(|| unauthenticated("this server lets nobody in"))?;
    let principal = gate.principal(request.headers()).await?;
    if let Err(denied) = principal.require(needed) {
        tracing::info!(key = key_text(&principal), name = principal.name, needed = needed.as_str(), "scope refused");
        return Err(denied.into());
    }
    let known = KnownAs { key: key_text(&principal), name: principal.name.clone() };
    request.extensions_mut().insert(principal);
    let mut response = next.run(request).await;
    response.extensions_mut().insert(known);
    Ok(response)
}

/// Who a request came from, as the log calls them.
#[derive(Debug, Clone)]
pub(crate) struct KnownAs {
    pub(crate) key: Option<String>,
    pub(crate) name: String,
}

fn key_text(principal: &Principal) -> Option<String> {
    principal.key_id.map(|id| id.to_string())
}

/// The caller of a guarded route. On a route without a guard there is none, and it is refused.
pub(crate) struct Caller(pub(crate) Principal);

impl Caller {
    /// Whose data they work with.
    pub(crate) fn tenant(&self) -> &TenantId {
        &self.0.tenant
    }

    /// Refuses those who may see only a part of the rows what can't be divided into such parts.
    pub(crate) fn require_all_rows(&self) -> Result<(), Problem> {
        if self.0.data_scope == Scope::All {
            return Ok(());
        }
        Err(Problem::new(Kind::Forbidden, "raw records belong to no part of the organisation; this needs the right to see every row"))
    }
}

impl<S: Sync> FromRequestParts<S> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let principal = parts.extensions.get::<Principal>().cloned();
        principal.map(Caller).ok_or_else(|| unauthenticated("this address has no guard, so nobody may use it"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(value: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(header::AUTHORIZATION, axum::http::HeaderValue::from_static(value))])
    }

    #[test]
    fn the_key_is_what_follows_bearer() {
        assert_eq!(bearer(&headers("Bearer rk_x")).unwrap(), "rk_x");
        assert_eq!(bearer(&headers("bearer  rk_x ")).unwrap(), "rk_x");
        for other in ["Basic cm9vdDpyb290", "rk_x", ""] {
            assert!(bearer(&headers(other)).is_err(), "{other}");
        }
        assert!(bearer(&HeaderMap::new()).is_err());
    }

    #[test]
    fn who_sees_a_part_of_the_rows_sees_no_raw_records() {
        let operator = Principal::local_operator(TenantId::default());
        let of_a_part = Principal { data_scope: Scope::Parts(Vec::new()), ..operator.clone() };
        assert!(Caller(operator).require_all_rows().is_ok());
        assert!(Caller(of_a_part).require_all_rows().is_err());
    }
}
