//! Which signatures count, and reading a signed token that is no ID token.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use openidconnect::core::{CoreJsonWebKey, CoreJsonWebKeySet, CoreJwsSigningAlgorithm};
use openidconnect::{JsonWebKey, JsonWebKeyUse, SignatureVerificationError};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::error::{TokenProblem, excerpt};

/// The signatures that count: those whose keys the provider publishes. None and the symmetric ones are not among them.
pub(crate) const ALGORITHMS: &[CoreJwsSigningAlgorithm] = &[
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha384,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha512,
    CoreJwsSigningAlgorithm::RsaSsaPssSha256,
    CoreJwsSigningAlgorithm::RsaSsaPssSha384,
    CoreJwsSigningAlgorithm::RsaSsaPssSha512,
    CoreJwsSigningAlgorithm::EcdsaP256Sha256,
    CoreJwsSigningAlgorithm::EcdsaP384Sha384,
    CoreJwsSigningAlgorithm::EdDsa,
];

/// Whether a key is there for signatures.
pub(crate) fn may_sign(key: &CoreJsonWebKey) -> bool {
    key.key_use().is_none_or(JsonWebKeyUse::allows_signature)
}

/// A token in three parts (RFC 7515), not yet believed.
pub(crate) struct SignedToken<'a> {
    header: Header,
    signed: &'a str,
    signature: Vec<u8>,
    claims: Map<String, Value>,
}

#[derive(Deserialize)]
struct Header {
    alg: String,
    kid: Option<String>,
    typ: Option<String>,
    cty: Option<Value>,
    crit: Option<Value>,
}

impl<'a> SignedToken<'a> {
    /// Reads a token of one of some types.
    pub(crate) fn read(text: &'a str, types: &[&str]) -> Result<Self, TokenProblem> {
        let malformed = |got: &str| TokenProblem::Malformed(got.to_owned());
        let (signed, signature) = text.rsplit_once('.').ok_or_else(|| malformed("a text without dots"))?;
        let (header, claims) = signed.split_once('.').ok_or_else(|| malformed("a text of two parts"))?;
        let decode = |part: &str| URL_SAFE_NO_PAD.decode(part).map_err(|_| malformed("a part that is no base64url"));
        let header: Header = serde_json::from_slice(&decode(header)?).map_err(|_| malformed("a header that is not the JSON of one"))?;
        let claims = serde_json::from_slice(&decode(claims)?).map_err(|_| malformed("claims that are no JSON object"))?;
        let token = SignedToken { header, signed, signature: decode(signature)?, claims };
        token.check_header(types)?;
        Ok(token)
    }

    fn check_header(&self, types: &[&str]) -> Result<(), TokenProblem> {
        if let Some(typ) = &self.header.typ {
            let short = typ.to_ascii_lowercase();
            if !types.contains(&short.strip_prefix("application/").unwrap_or(&short)) {
                return Err(TokenProblem::Malformed(format!("one of type {:?}", excerpt(typ))));
            }
        }
        if self.header.cty.is_some() || self.header.crit.is_some() {
            return Err(TokenProblem::Malformed("one whose header asks for more than is known here (cty, crit)".to_owned()));
        }
        Ok(())
    }

    /// The claims before anything is verified, only good for finding out whose keys to try.
    pub(crate) fn unverified_claims(&self) -> &Map<String, Value> {
        &self.claims
    }

    /// The claims, if one of the keys made the signature.
    pub(crate) fn verified_claims(&self, keys: &CoreJsonWebKeySet) -> Result<&Map<String, Value>, TokenProblem> {
        let algorithm = self.algorithm()?;
        let mut problem = TokenProblem::UnknownKey;
        for key in keys.keys().iter().filter(|key| self.may_be_by(key)) {
            match key.verify_signature(&algorithm, self.signed.as_bytes(), &self.signature) {
                Ok(()) => return Ok(&self.claims),
                // A key of another kind.
                Err(SignatureVerificationError::InvalidKey(_)) => {}
                Err(_) => problem = TokenProblem::Signature,
            }
        }
        Err(problem)
    }

    fn algorithm(&self) -> Result<CoreJwsSigningAlgorithm, TokenProblem> {
        if self.header.alg.eq_ignore_ascii_case("none") {
            return Err(TokenProblem::Unsigned);
        }
        let known = serde_json::from_value(Value::String(self.header.alg.clone())).ok();
        let allowed = known.filter(|algorithm| ALGORITHMS.contains(algorithm));
        allowed.ok_or_else(|| TokenProblem::Algorithm(excerpt(&self.header.alg)))
    }

    fn may_be_by(&self, key: &CoreJsonWebKey) -> bool {
        may_sign(key) && self.header.kid.as_ref().is_none_or(|wanted| key.key_id().is_some_and(|id| id.as_str() == wanted))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(header: &str, claims: &str) -> String {
        format!("{}.{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims), URL_SAFE_NO_PAD.encode("signature"))
    }

    fn problem(header: &str) -> TokenProblem {
        let text = token(header, "{}");
        match SignedToken::read(&text, &["jwt"]) {
            Ok(token) => token.verified_claims(&CoreJsonWebKeySet::default()).unwrap_err(),
            Err(problem) => problem,
        }
    }

    #[test]
    fn unsigned_symmetric_and_strange_tokens_are_refused_whatever_the_keys() {
        assert_eq!(problem(r#"{"alg":"none"}"#), TokenProblem::Unsigned);
        assert_eq!(problem(r#"{"alg":"None"}"#), TokenProblem::Unsigned);
        for alg in ["HS256", "HS512", "rs256", "", "RSA-OAEP"] {
            assert_eq!(problem(&format!(r#"{{"alg":"{alg}"}}"#)), TokenProblem::Algorithm(alg.to_owned()));
        }
        assert_eq!(problem(r#"{"alg":"RS256","typ":"application/JWT"}"#), TokenProblem::UnknownKey);
        for header in
            [r#"{"alg":"RS256","typ":"at+jwt"}"#, r#"{"alg":"RS256","crit":["b64"]}"#, r#"{"alg":"RS256","cty":"JWT"}"#, "{}", "[]"]
        {
            assert!(matches!(problem(header), TokenProblem::Malformed(_)), "{header}");
        }
    }

    #[test]
    fn what_is_no_token_is_refused() {
        let (no_json, padded) = (token(r#"{"alg":"RS256"}"#, "x"), format!("{}=", token(r#"{"alg":"RS256"}"#, "{}")));
        for text in ["", "a", "a.b", "..", "a.b.c.d", &no_json, &padded] {
            assert!(matches!(SignedToken::read(text, &[]), Err(TokenProblem::Malformed(_))), "{text}");
        }
    }
}
