//! A provider that says and signs whatever a test wants.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use openidconnect::core::{CoreEdDsaPrivateSigningKey, CoreJwsSigningAlgorithm};
use openidconnect::{JsonWebKeyId, PrivateSigningKey};
use rollcall_access::openid::{Identity, OpenId, OpenIdError, Remembered, Returned};
use serde_json::{Map, Value, json};

use crate::listener::{Answer, Listener};
use crate::{REDIRECT, now, provider};

/// What the sign-ins at this provider have for a nonce.
pub(crate) const NONCE: &str = "the nonce";

const DISCOVERY: &str = "/.well-known/openid-configuration";

/// A key for signatures.
pub(crate) struct Key {
    key: CoreEdDsaPrivateSigningKey,
    id: &'static str,
}

impl Key {
    /// The key that follows from a number.
    pub(crate) fn new(id: &'static str, number: u8) -> Key {
        // The beginning of every Ed25519 key in PKCS #8 (RFC 8410).
        let mut der = vec![0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20];
        der.extend([number; 32]);
        let pem = format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", STANDARD.encode(der));
        let key = CoreEdDsaPrivateSigningKey::from_ed25519_pem(&pem, Some(JsonWebKeyId::new(id.to_owned()))).unwrap();
        Key { key, id }
    }

    /// A token with these claims.
    pub(crate) fn sign(&self, claims: &Value) -> String {
        self.sign_as(&json!({"alg": "EdDSA", "kid": self.id}), claims)
    }

    /// A token with this header.
    pub(crate) fn sign_as(&self, header: &Value, claims: &Value) -> String {
        let signed = unsigned(header, claims);
        let signature = self.key.sign(&CoreJwsSigningAlgorithm::EdDsa, signed.as_bytes()).unwrap();
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
}

/// Header and claims of a token.
pub(crate) fn unsigned(header: &Value, claims: &Value) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    format!("{}.{}", part(header), part(claims))
}

/// The same object with other members; null takes one away.
pub(crate) fn with(object: &Value, members: Value) -> Value {
    let mut changed: Map<String, Value> = object.as_object().unwrap().clone();
    for (name, value) in members.as_object().unwrap() {
        match value {
            Value::Null => changed.remove(name),
            value => changed.insert(name.clone(), value.clone()),
        };
    }
    changed.into()
}

/// The provider.
pub(crate) struct Forger {
    pub(crate) listener: Listener,
    pub(crate) key: Key,
}

impl Forger {
    /// Starts one that is in order.
    pub(crate) async fn start() -> Forger {
        let forger = Forger { listener: Listener::start().await, key: Key::new("first", 1) };
        forger.describe(json!({}));
        forger.publish(&[&forger.key]);
        forger
    }

    pub(crate) fn issuer(&self) -> &str {
        &self.listener.address
    }

    /// Changes members of the discovery document.
    pub(crate) fn describe(&self, members: Value) {
        let issuer = self.issuer();
        let document = json!({
            "issuer": issuer,
            "authorization_endpoint": format!("{issuer}/authorize"),
            "token_endpoint": format!("{issuer}/token"),
            "jwks_uri": format!("{issuer}/keys"),
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256", "EdDSA", "a future one"],
        });
        self.listener.answer(DISCOVERY, Answer::json(&with(&document, members)));
    }

    /// Answers with something else instead of the discovery document.
    pub(crate) fn describe_with(&self, answer: Answer) {
        self.listener.answer(DISCOVERY, answer);
    }

    /// Changes the keys that it publishes.
    pub(crate) fn publish(&self, keys: &[&Key]) {
        let keys: Vec<_> = keys.iter().map(|key| key.key.as_verification_key()).collect();
        self.listener.answer("/keys", Answer::json(&json!({"keys": keys})));
    }

    /// How often its document and its keys were read.
    pub(crate) fn read(&self) -> (usize, usize) {
        (self.listener.asked(DISCOVERY).len(), self.listener.asked("/keys").len())
    }

    /// The claims of an ID token that is in order.
    pub(crate) fn id_claims(&self) -> Value {
        let now = now().as_micros() / 1_000_000;
        json!({
            "iss": self.issuer(), "aud": "rollcall", "sub": "sub-of-ada", "iat": now, "exp": now + 300, "nonce": NONCE,
            "preferred_username": "ada", "groups": ["staff"],
        })
    }

    /// The claims of a logout token that is in order.
    pub(crate) fn logout_claims(&self) -> Value {
        let now = now().as_micros() / 1_000_000;
        json!({
            "iss": self.issuer(), "aud": "rollcall", "sub": "sub-of-ada", "sid": "session", "iat": now, "exp": now + 120, "jti": "token",
            "events": {"http://schemas.openid.net/event/backchannel-logout": {}},
        })
    }

    /// Who signs in with this ID token.
    pub(crate) async fn finish(&self, open_id: &OpenId, id_token: &str) -> Result<Identity, OpenIdError> {
        let tokens = json!({"access_token": "access", "token_type": "Bearer", "id_token": id_token});
        self.finish_with(open_id, Answer::json(&tokens)).await
    }

    /// Who signs in when this is the answer to the code.
    pub(crate) async fn finish_with(&self, open_id: &OpenId, tokens: Answer) -> Result<Identity, OpenIdError> {
        self.listener.answer("/token", tokens);
        let remembered = Remembered { nonce: NONCE.to_owned(), pkce_verifier: "verifier".to_owned() };
        open_id.finish(&provider(self.issuer()), REDIRECT, Returned { code: "code", iss: None }, &remembered).await
    }
}
