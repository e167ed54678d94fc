//! Logout tokens: the provider tells that a session has ended (OpenID Connect Back-Channel Logout 1.0).

use rollcall_model::Timestamp;
use serde_json::{Map, Value};

use super::discovery::Discovered;
use super::error::{OpenIdError, TokenKind, TokenProblem, excerpt};
use super::signature::SignedToken;
use super::{LEEWAY_MICROS, Provider};

/// The types that a logout token may be of; one that names none is taken, too.
const TYPES: &[&str] = &["logout+jwt", "jwt"];
/// The event that makes a token one of a logout.
const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";

/// Whose session has ended: of a subject all, or the one that `sid` names. One of the two is always there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogoutToken {
    /// Whose.
    pub subject: Option<String>,
    /// Which session.
    pub sid: Option<String>,
    /// The token's own name. Whoever sends the same once more before it has expired repeats an old one.
    pub jti: String,
    /// When it was made.
    pub issued_at: Timestamp,
    /// From when on it no longer counts.
    pub expires_at: Timestamp,
}

/// Who a logout token says it is from and for. Nothing of it is verified: it is for finding the [`Provider`] to verify it with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Addressed {
    /// The provider that is said to have made it.
    pub issuer: String,
    /// The client ids that it is said to be for.
    pub audience: Vec<String>,
}

impl Addressed {
    /// Reads it from a token.
    pub fn of(token: &str) -> Result<Self, OpenIdError> {
        let read = || {
            let token = SignedToken::read(token, TYPES)?;
            let claims = token.unverified_claims();
            Ok(Addressed { issuer: text(claims, "iss")?, audience: audience(claims)? })
        };
        read().map_err(|problem: TokenProblem| problem.of(TokenKind::Logout))
    }
}

/// What a token says, if it is to be believed.
pub(crate) fn verify(token: &str, provider: &Provider, discovered: &Discovered, now: Timestamp) -> Result<LogoutToken, TokenProblem> {
    let token = SignedToken::read(token, TYPES)?;
    let claims = token.verified_claims(&discovered.keys)?;
    check_parties(claims, provider)?;
    if claims.contains_key("nonce") {
        return Err(wrong("nonce", "none, as a logout token has none", "one".to_owned()));
    }
    let event = claims.get("events").and_then(|events| events.get(EVENT));
    if !event.is_some_and(Value::is_object) {
        return Err(wrong("events", "an object with the event of a back-channel logout", kind(claims.get("events"))));
    }
    let (subject, sid) = (optional_text(claims, "sub")?, optional_text(claims, "sid")?);
    if subject.is_none() && sid.is_none() {
        return Err(wrong("sub", "the subject or the session (sid) that was logged out", "neither".to_owned()));
    }
    let (issued_at, expires_at) = (time(claims, "iat")?, time(claims, "exp")?);
    check_times(issued_at, expires_at, now)?;
    Ok(LogoutToken { subject, sid, jti: text(claims, "jti")?, issued_at, expires_at })
}

fn check_parties(claims: &Map<String, Value>, provider: &Provider) -> Result<(), TokenProblem> {
    let issuer = text(claims, "iss")?;
    if issuer != provider.issuer {
        return Err(TokenProblem::Issuer(format!("expected {:?}, got {:?}", provider.issuer, excerpt(&issuer))));
    }
    let audience = audience(claims)?;
    // Of an ID token, too, nobody else may be a reader: they could send it on.
    if audience != [provider.client_id.as_str()] {
        let got = excerpt(&audience.join(", "));
        return Err(TokenProblem::Audience(format!("expected {:?} alone, got {got:?}", provider.client_id)));
    }
    Ok(())
}

fn check_times(issued_at: Timestamp, expires_at: Timestamp, now: Timestamp) -> Result<(), TokenProblem> {
    if now.micros_since(expires_at) >= LEEWAY_MICROS {
        return Err(TokenProblem::Time(format!("expired at {expires_at}, and now is {now}")));
    }
    if issued_at.micros_since(now) > LEEWAY_MICROS {
        return Err(TokenProblem::Time(format!("issued at {issued_at}, which is still to come at {now}")));
    }
    Ok(())
}

fn text(claims: &Map<String, Value>, claim: &'static str) -> Result<String, TokenProblem> {
    optional_text(claims, claim)?.ok_or_else(|| wrong(claim, "a text", "nothing".to_owned()))
}

fn optional_text(claims: &Map<String, Value>, claim: &'static str) -> Result<Option<String>, TokenProblem> {
    match claims.get(claim) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) if !text.is_empty() => Ok(Some(text.clone())),
        other => Err(wrong(claim, "a text", kind(other))),
    }
}

fn audience(claims: &Map<String, Value>) -> Result<Vec<String>, TokenProblem> {
    let audience = match claims.get("aud") {
        Some(Value::String(text)) => Some(vec![text.clone()]),
        Some(Value::Array(values)) => values.iter().map(|value| value.as_str().map(str::to_owned)).collect(),
        _ => None,
    };
    audience.ok_or_else(|| wrong("aud", "a text or an array of texts", kind(claims.get("aud"))))
}

fn time(claims: &Map<String, Value>, claim: &'static str) -> Result<Timestamp, TokenProblem> {
    let value = claims.get(claim);
    // Some write fractions of seconds.
    let seconds = value.and_then(|value| value.as_i64().or_else(|| value.as_f64().map(|seconds| seconds as i64)));
    seconds.and_then(Timestamp::from_seconds).ok_or_else(|| wrong(claim, "seconds since 1970", kind(value)))
}

fn wrong(claim: &'static str, expected: &'static str, got: String) -> TokenProblem {
    TokenProblem::Claim { claim, expected, got }
}

fn kind(value: Option<&Value>) -> String {
    let kind = match value {
        None => "nothing",
        Some(Value::Null) => "null",
        Some(Value::Bool(_)) => "a truth value",
        Some(Value::Number(_)) => "another number",
        Some(Value::String(_)) => "another text",
        Some(Value::Array(_)) => "another array",
        Some(Value::Object(_)) => "another object",
    };
    kind.to_owned()
}
