//! Verifying an ID token (OpenID Connect Core 1.0, 3.1.3.7).

use std::time::{Duration, SystemTime};

use openidconnect::core::{CoreGenderClaim, CoreIdTokenVerifier};
use openidconnect::{ClaimsVerificationError, ClientId, IdTokenClaims, Nonce, SignatureVerificationError};
use rollcall_model::Timestamp;

use super::LEEWAY_MICROS;
use super::client::{OtherClaims, UnverifiedIdToken};
use super::discovery::Discovered;
use super::error::{TokenProblem, excerpt};
use super::signature::ALGORITHMS;

/// What an ID token says, verified.
pub(crate) type VerifiedClaims = IdTokenClaims<OtherClaims, CoreGenderClaim>;

/// The claims of an ID token for this client and this sign-in, if they are to be believed.
pub(crate) fn verify<'a>(
    token: &'a UnverifiedIdToken,
    client_id: &str,
    provider: &Discovered,
    nonce: &str,
    now: Timestamp,
) -> Result<&'a VerifiedClaims, TokenProblem> {
    let client_id = ClientId::new(client_id.to_owned());
    // The secret is left out, whoever has one: signatures made with it do not count.
    let verifier = CoreIdTokenVerifier::new_public_client(client_id.clone(), provider.metadata.issuer().clone(), provider.keys.clone())
        .set_allowed_algs(ALGORITHMS.iter().cloned())
        .set_time_fn(move || system_time(now.plus_micros(-LEEWAY_MICROS)).into())
        .set_issue_time_verifier_fn(move |issued| {
            let latest = system_time(now.plus_micros(LEEWAY_MICROS));
            if SystemTime::from(issued) <= latest { Ok(()) } else { Err(format!("issued at {issued}, which is still to come")) }
        });
    let claims = token.claims(&verifier, &Nonce::new(nonce.to_owned())).map_err(problem)?;
    if claims.subject().is_empty() {
        return Err(TokenProblem::Claim { claim: "sub", expected: "a text", got: "an empty one".to_owned() });
    }
    match claims.authorized_party() {
        Some(party) if *party != client_id => Err(TokenProblem::Audience(format!("made for {:?} (azp)", excerpt(party)))),
        _ => Ok(claims),
    }
}

fn system_time(time: Timestamp) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_micros(time.as_micros().unsigned_abs())
}

fn problem(error: ClaimsVerificationError) -> TokenProblem {
    match error {
        ClaimsVerificationError::InvalidIssuer(text) => TokenProblem::Issuer(excerpt(&text)),
        ClaimsVerificationError::InvalidAudience(text) => TokenProblem::Audience(excerpt(&text)),
        ClaimsVerificationError::Expired(text) => TokenProblem::Time(excerpt(&text)),
        ClaimsVerificationError::InvalidNonce(_) => TokenProblem::Nonce,
        ClaimsVerificationError::Unsupported(text) => TokenProblem::Malformed(excerpt(&text)),
        ClaimsVerificationError::SignatureVerification(error) => signature_problem(error),
        other => TokenProblem::Other(excerpt(&other.to_string())),
    }
}

fn signature_problem(error: SignatureVerificationError) -> TokenProblem {
    match error {
        SignatureVerificationError::NoSignature => TokenProblem::Unsigned,
        SignatureVerificationError::DisallowedAlg(text) | SignatureVerificationError::UnsupportedAlg(text) => {
            TokenProblem::Algorithm(excerpt(&text))
        }
        SignatureVerificationError::NoMatchingKey => TokenProblem::UnknownKey,
        SignatureVerificationError::CryptoError(_) => TokenProblem::Signature,
        other => TokenProblem::Other(excerpt(&other.to_string())),
    }
}
