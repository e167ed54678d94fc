//! Idempotency-Key: requests that may come again.
//!
//! A client that got no answer sends its request once more under the same key, and gets the answer of the
//! first. The ledger keeps that answer, in the commit that holds what the request brought. Here is decided
//! what makes two requests the same one: who asks, where, and the key; and whether they say the same: the
//! bytes of the body without its compression.
//!
//! A request that is answered with a problem is not remembered: it has changed nothing, and may be tried
//! again under its key.

use axum::Json;
use axum::extract::{FromRequestParts, OriginalUri, Query};
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue, Uri};
use axum::response::{IntoResponse, Response};
use rollcall_ledger::{Idempotency, Receipt, Submission};
use rollcall_model::TenantId;
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};

use crate::app::App;
use crate::auth::Caller;
use crate::problem::Problem;

/// Header with the key.
const KEY: HeaderName = HeaderName::from_static("idempotency-key");
/// Header of an answer that was given before.
const REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");
/// Longest key.
const MAX_KEY_CHARS: usize = 255;

/// What the head of a request says about its repetition: nothing, if it bears no key.
pub(crate) struct IdempotencyKey(pub(crate) Option<Repeatable>);

/// A request that may come again, and its body as far as it was read.
#[derive(Debug)]
pub(crate) struct Repeatable {
    key: [u8; 32],
    body: Sha256,
}

/// Which request it is, and what it says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Identity {
    key: [u8; 32],
    fingerprint: [u8; 32],
}

impl<S: Sync> FromRequestParts<S> for IdempotencyKey {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let mut values = parts.headers.get_all(KEY).iter();
        let Some(value) = values.next() else { return Ok(IdempotencyKey(None)) };
        let is_key = |bytes: &[u8]| (1..=MAX_KEY_CHARS).contains(&bytes.len()) && bytes.iter().all(u8::is_ascii_graphic);
        if values.next().is_some() || !is_key(value.as_bytes()) {
            let detail = format!("expected one key of 1 to {MAX_KEY_CHARS} visible ASCII characters, such as a UUID");
            return Err(Problem::parameter("Idempotency-Key", detail));
        }
        let value = value.clone();
        let caller = Caller::from_request_parts(parts, state).await?;
        // The routes lie below a prefix, which the address that they see no longer has.
        let uri = parts.extensions.get::<OriginalUri>().map_or(&parts.uri, |original| &original.0);
        let key = key_of(&caller, parts.method.as_str(), uri, value.as_bytes());
        Ok(IdempotencyKey(Some(Repeatable { key, body: Sha256::new() })))
    }
}

/// Digest of who asks, of the route with its parameters in whatever order, and of the key that they gave.
fn key_of(caller: &Caller, method: &str, uri: &Uri, given: &[u8]) -> [u8; 32] {
    let mut parameters: Vec<(String, String)> = Query::try_from_uri(uri).map(|Query(pairs)| pairs).unwrap_or_default();
    parameters.sort();
    let who = caller.0.id();
    let mut digest = Sha256::new();
    let mut add = |part: &[u8]| {
        digest.update((part.len() as u64).to_le_bytes());
        digest.update(part);
    };
    for part in [caller.tenant().as_str(), &who, method, uri.path()] {
        add(part.as_bytes());
    }
    for (name, value) in &parameters {
        add(name.as_bytes());
        add(value.as_bytes());
    }
    add(given);
    digest.finalize().into()
}

impl Repeatable {
    /// Reads the next piece of the body.
    pub(crate) fn read(&mut self, piece: &[u8]) {
        self.body.update(piece);
    }

    /// The request, once its body was read to its end.
    pub(crate) fn identity(self) -> Identity {
        Identity { key: self.key, fingerprint: self.body.finalize().into() }
    }
}

impl Identity {
    /// One step of a request that the ledger takes in several.
    pub(crate) fn step(self, number: u64) -> Self {
        let key = Sha256::new().chain_update(self.key).chain_update(number.to_le_bytes()).finalize().into();
        Identity { key, ..self }
    }

    fn with<N: Serialize>(self, note: &N) -> Result<Idempotency, Problem> {
        let note = serde_json::to_string(note).map_err(|error| Problem::internal("keeping an answer", &error))?;
        Ok(Idempotency { key: self.key, fingerprint: self.fingerprint, note })
    }
}

/// What became of a submission, and the note with what else its answer needs.
pub(crate) struct Taken<N> {
    pub(crate) receipt: Receipt,
    pub(crate) note: N,
}

impl<N> Taken<N> {
    /// Whether it was answered before: receipt and note are those of then.
    pub(crate) fn is_repeated(&self) -> bool {
        self.receipt.repeated.is_some()
    }
}

/// Appends what a request brings, unless it was answered before.
pub(crate) async fn append<N: Serialize + DeserializeOwned>(
    app: &App,
    tenant: &TenantId,
    identity: Option<Identity>,
    submission: Submission,
    note: N,
) -> Result<Taken<N>, Problem> {
    let idempotency = identity.map(|identity| identity.with(&note)).transpose()?;
    let receipt = app.ledger.append(tenant, Submission { idempotency, ..submission }).await?;
    let note = match &receipt.repeated {
        None => note,
        Some(first) => serde_json::from_str(first).map_err(|error| Problem::internal("reading an answer that was kept", &error))?,
    };
    Ok(Taken { receipt, note })
}

/// An answer, and whether it was given before.
pub(crate) struct Answered<T> {
    pub(crate) answer: T,
    pub(crate) is_repeated: bool,
}

impl<T: Serialize> IntoResponse for Answered<T> {
    fn into_response(self) -> Response {
        let mut response = Json(self.answer).into_response();
        if self.is_repeated {
            response.headers_mut().insert(REPLAYED, HeaderValue::from_static("true"));
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use axum::http::Request;
    use std::collections::BTreeSet;

    use rollcall_access::{KeyId, Principal, Who};
    use uuid::Uuid;

    use super::*;

    async fn identity(number: u128, method: &str, uri: &str, key: &str, body: &[&[u8]]) -> Option<Identity> {
        let (mut parts, ()) = Request::builder().method(method).uri(uri).header(KEY, key).body(()).unwrap().into_parts();
        let who = Who::Key(KeyId::from(Uuid::from_u128(number)), BTreeSet::new());
        parts.extensions.insert(Principal { who, ..Principal::local_operator(TenantId::default()) });
        let IdempotencyKey(repeatable) = IdempotencyKey::from_request_parts(&mut parts, &()).await.ok()?;
        let mut repeatable = repeatable.unwrap();
        body.iter().for_each(|piece| repeatable.read(piece));
        Some(repeatable.identity())
    }

    #[tokio::test]
    async fn a_request_is_the_same_by_caller_route_parameters_and_key() {
        let first = identity(1, "POST", "/e?a=1&b=2", "k", &[b"body"]).await.unwrap();
        assert_eq!(identity(1, "POST", "/e?b=2&a=1", "k", &[b"bo", b"dy"]).await, Some(first));
        let others = [(2, "POST", "/e?a=1&b=2", "k"), (1, "PUT", "/e?a=1&b=2", "k"), (1, "POST", "/f?a=1&b=2", "k")];
        let more = [(1, "POST", "/e?a=1", "k"), (1, "POST", "/e?a=1b&=2", "k"), (1, "POST", "/e?a=1&b=2", "K")];
        for (caller, method, uri, key) in others.into_iter().chain(more) {
            let other = identity(caller, method, uri, key, &[b"body"]).await.unwrap();
            assert!(other.key != first.key && other.fingerprint == first.fingerprint, "{caller} {method} {uri} {key}");
        }
        let other_body = identity(1, "POST", "/e?a=1&b=2", "k", &[b"bodies"]).await.unwrap();
        assert!(other_body.key == first.key && other_body.fingerprint != first.fingerprint);
        assert!(first.step(0).key != first.key && first.step(0) != first.step(1) && first.step(1) == first.step(1));
    }

    #[tokio::test]
    async fn a_key_is_visible_ascii_of_a_bounded_length() {
        for key in ["x", "\"018f3e1c\"", &"x".repeat(MAX_KEY_CHARS)] {
            assert!(identity(1, "POST", "/e", key, &[]).await.is_some(), "{key}");
        }
        for key in ["", "two words", "\u{e4}", &"x".repeat(MAX_KEY_CHARS + 1)] {
            assert!(identity(1, "POST", "/e", key, &[]).await.is_none(), "{key}");
        }
    }
}
