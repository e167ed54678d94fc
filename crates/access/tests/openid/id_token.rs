//! ID tokens and userinfo that are not to be believed.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rollcall_access::openid::{OpenId, OpenIdError, TokenProblem};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::forger::{Forger, Key, unsigned, with};
use crate::listener::Answer;
use rollcall_test_openid::SECRET;

async fn problem(forger: &Forger, id_token: &str) -> TokenProblem {
    match forger.finish(&OpenId::new().unwrap(), id_token).await.unwrap_err() {
        OpenIdError::Token { problem, .. } => problem,
        other => panic!("{other}"),
    }
}

/// What is wrong with the token whose claims differ by these members.
async fn problem_with(members: Value) -> TokenProblem {
    let forger = Forger::start().await;
    problem(&forger, &forger.key.sign(&with(&forger.id_claims(), members))).await
}

fn seconds_from_now(seconds: i64) -> i64 {
    crate::now().as_micros() / 1_000_000 + seconds
}

#[tokio::test]
async fn a_token_in_order_is_believed_and_says_who_it_is() {
    let forger = Forger::start().await;
    // Some providers write truth values as text, and clocks differ.
    let claims =
        with(&forger.id_claims(), json!({"sid": "session", "email_verified": "true", "iat": seconds_from_now(30), "azp": "rollcall"}));
    let identity = forger.finish(&OpenId::new().unwrap(), &forger.key.sign(&claims)).await.unwrap();
    assert_eq!(
        (identity.subject.as_str(), identity.account.as_deref(), identity.sid.as_deref()),
        ("sub-of-ada", Some("ada"), Some("session"))
    );
    assert_eq!(identity.groups, ["staff"]);
}

#[tokio::test]
async fn a_token_of_another_issuer_for_another_client_or_another_time_is_refused() {
    assert!(matches!(problem_with(json!({"iss": "https://id.example"})).await, TokenProblem::Issuer(_)));
    for audience in [json!("another-client"), json!(["rollcall", "another-client"]), json!([])] {
        assert!(matches!(problem_with(json!({"aud": audience})).await, TokenProblem::Audience(_)), "{audience}");
    }
    assert!(matches!(problem_with(json!({"azp": "another-client"})).await, TokenProblem::Audience(_)));
    assert!(matches!(problem_with(json!({"exp": seconds_from_now(-61)})).await, TokenProblem::Time(_)));
    assert!(matches!(problem_with(json!({"iat": seconds_from_now(90)})).await, TokenProblem::Time(_)));
    assert!(matches!(problem_with(json!({"sub": ""})).await, TokenProblem::Claim { claim: "sub", .. }));
    for nonce in [json!("another"), json!(null)] {
        assert_eq!(problem_with(json!({"nonce": nonce})).await, TokenProblem::Nonce);
    }
}

#[tokio::test]
async fn a_token_that_none_of_the_providers_keys_has_signed_is_refused() {
    let forger = Forger::start().await;
    let claims = forger.id_claims();
    assert_eq!(problem(&forger, &Key::new("unknown", 2).sign(&claims)).await, TokenProblem::UnknownKey);
    assert_eq!(problem(&forger, &Key::new("first", 2).sign(&claims)).await, TokenProblem::Signature);
    let other_claims = unsigned(&json!({"alg": "EdDSA", "kid": "first"}), &with(&claims, json!({"sub": "somebody-else"})));
    let token = forger.key.sign(&claims);
    let tampered = format!("{other_claims}.{}", token.rsplit('.').next().unwrap());
    assert_eq!(problem(&forger, &tampered).await, TokenProblem::Signature);
}

#[tokio::test]
async fn a_token_without_signature_or_with_one_of_a_shared_secret_is_refused() {
    let forger = Forger::start().await;
    let claims = forger.id_claims();
    let unsigned_token = format!("{}.", unsigned(&json!({"alg": "none"}), &claims));
    assert_eq!(problem(&forger, &unsigned_token).await, TokenProblem::Unsigned);
    let symmetric = hmac_signed(&claims, SECRET.as_bytes());
    assert!(matches!(problem(&forger, &symmetric).await, TokenProblem::Algorithm(_)));
}

/// A token signed with HS256 (RFC 2104).
pub(crate) fn hmac_signed(claims: &Value, secret: &[u8]) -> String {
    let signed = unsigned(&json!({"alg": "HS256"}), claims);
    let pad = |with: u8| -> Vec<u8> { (0..64).map(|at| secret.get(at).copied().unwrap_or(0) ^ with).collect() };
    let inner = Sha256::digest([pad(0x36).as_slice(), signed.as_bytes()].concat());
    let signature = Sha256::digest([pad(0x5c).as_slice(), &inner].concat());
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
}

#[tokio::test]
async fn a_logout_token_is_no_id_token() {
    let forger = Forger::start().await;
    let token = forger.key.sign_as(&json!({"alg": "EdDSA", "kid": "first", "typ": "logout+jwt"}), &forger.id_claims());
    assert!(matches!(problem(&forger, &token).await, TokenProblem::Malformed(_)));
}

#[tokio::test]
async fn an_answer_without_or_with_an_unreadable_id_token_is_refused_without_showing_it() {
    let forger = Forger::start().await;
    let without_expiry = forger.key.sign(&with(&forger.id_claims(), json!({"exp": null})));
    let strange = forger.key.sign_as(&json!({"alg": "XX512"}), &forger.id_claims());
    for token in ["not.a.token", &without_expiry, &strange] {
        let error = forger.finish(&OpenId::new().unwrap(), token).await.unwrap_err();
        assert!(matches!(error, OpenIdError::Token { problem: TokenProblem::Malformed(_), .. }), "{error}");
        assert!(!format!("{error} {error:?}").contains(token), "{error}");
    }
    for (answer, reason) in [
        (json!({"access_token": "shown-to-nobody", "token_type": "Bearer"}), "malformed token"),
        (json!({"access_token": ["shown-to-nobody"], "token_type": "Bearer"}), "unusable answer"),
    ] {
        let error = forger.finish_with(&OpenId::new().unwrap(), Answer::json(&answer)).await.unwrap_err();
        assert_eq!(error.reason(), reason);
        assert!(!format!("{error} {error:?}").contains("shown-to-nobody"), "{error}");
    }
}

#[tokio::test]
async fn a_token_endpoint_that_fails_or_sends_elsewhere_is_named_with_its_answer() {
    let forger = Forger::start().await;
    let elsewhere = format!("location: {}/elsewhere", forger.issuer());
    for (status, header) in [("502 Bad Gateway", "content-type: text/html"), ("307 Temporary Redirect", elsewhere.as_str())] {
        let error = forger.finish_with(&OpenId::new().unwrap(), Answer::new(status, header, "<html></html>")).await.unwrap_err();
        let said = error.to_string();
        assert!(error.is_unavailable() && said.contains(&format!("{}/token: it answered {status}", forger.issuer())), "{said}");
    }
    // The code and the secret are for the token endpoint alone.
    assert!(forger.listener.asked("/elsewhere").is_empty());
}

#[tokio::test]
async fn userinfo_fills_in_what_is_missing_and_speaks_of_the_same_subject() {
    let forger = Forger::start().await;
    forger.describe(json!({"userinfo_endpoint": format!("{}/userinfo", forger.issuer())}));
    let token = forger.key.sign(&with(&forger.id_claims(), json!({"groups": null})));
    let says = |subject: &str| Answer::json(&json!({"sub": subject, "groups": "leads", "preferred_username": "another"}));

    forger.listener.answer("/userinfo", says("sub-of-ada"));
    let identity = forger.finish(&OpenId::new().unwrap(), &token).await.unwrap();
    assert_eq!((identity.account.as_deref(), identity.groups), (Some("ada"), vec!["leads".to_owned()]));

    forger.listener.answer("/userinfo", says("sub-of-bo"));
    let error = forger.finish(&OpenId::new().unwrap(), &token).await.unwrap_err();
    assert!(matches!(error, OpenIdError::UserInfo { .. }) && error.to_string().contains("another subject"), "{error}");

    // What the ID token has is enough: nobody is asked.
    let asked = forger.listener.asked("/userinfo").len();
    assert!(forger.finish(&OpenId::new().unwrap(), &forger.key.sign(&forger.id_claims())).await.is_ok());
    assert_eq!(forger.listener.asked("/userinfo").len(), asked);
}

#[tokio::test]
async fn groups_that_are_too_many_for_a_token_are_not_taken_for_none() {
    let forger = Forger::start().await;
    let elsewhere =
        json!({"groups": null, "_claim_names": {"groups": "src1"}, "_claim_sources": {"src1": {"endpoint": "https://id.example"}}});
    let error = forger.finish(&OpenId::new().unwrap(), &forger.key.sign(&with(&forger.id_claims(), elsewhere))).await.unwrap_err();
    assert!(matches!(error, OpenIdError::GroupsElsewhere { .. }), "{error}");
}
