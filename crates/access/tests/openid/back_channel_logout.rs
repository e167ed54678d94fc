//! The provider tells that a session has ended.

use std::time::Duration;

use openidconnect::url::form_urlencoded;
use rollcall_access::openid::{Addressed, LogoutToken, OpenId, OpenIdError, Provider, Returned, TokenProblem};
use serde_json::{Value, json};

use crate::forger::{Forger, Key, unsigned, with};
use crate::id_token::hmac_signed;
use crate::listener::{Answer, Listener};
use crate::{REDIRECT, provider};
use rollcall_test_openid::{Browser, RealProvider, SECRET};

#[tokio::test]
async fn the_end_of_a_session_at_the_provider_is_told_and_names_the_session_that_signed_in() {
    let listener = Listener::start().await;
    listener.answer("/back-channel-logout", Answer::new("204 No Content", "cache-control: no-store", ""));
    let address = format!("{}/back-channel-logout", listener.address);
    let real = RealProvider::start(REDIRECT, &json!({}), &["--back-channel-logout", &address]);
    let (open_id, provider) = (OpenId::new().unwrap(), provider(&real.issuer));

    let mut browser = Browser::new();
    let begun = open_id.begin(&provider, REDIRECT).await.unwrap();
    let parameters = browser.sign_in(&begun.address, "ada", REDIRECT).await;
    let returned = Returned { code: &parameters["code"], iss: Some(&parameters["iss"]) };
    let identity = open_id.finish(&provider, REDIRECT, returned, &begun.remembered).await.unwrap();
    assert!(listener.asked("/back-channel-logout").is_empty());

    browser.sign_out(&real.issuer).await;
    let token = sent_to(&listener).await;
    assert_eq!(Addressed::of(&token).unwrap(), Addressed { issuer: real.issuer.clone(), audience: vec!["rollcall".to_owned()] });
    let told = open_id.logout(&provider, &token).await.unwrap();
    assert_eq!(told.subject.as_deref(), Some("sub-of-ada"));
    assert!(told.sid.is_some() && told.sid == identity.sid, "{told:?} {identity:?}");
    assert!(!told.jti.is_empty() && told.issued_at < told.expires_at);

    let other = Provider { client_id: "another-client".to_owned(), ..provider.clone() };
    let error = open_id.logout(&other, &token).await.unwrap_err();
    assert!(matches!(error, OpenIdError::Token { problem: TokenProblem::Audience(_), .. }), "{error}");
}

/// The logout token that was sent.
async fn sent_to(listener: &Listener) -> String {
    for _ in 0..100 {
        if let Some(asked) = listener.asked("/back-channel-logout").first() {
            assert_eq!(asked.method, "POST");
            let mut form = form_urlencoded::parse(asked.body.as_bytes());
            return form.find(|(name, _)| name == "logout_token").unwrap().1.into_owned();
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("the provider has not told that the session has ended");
}

async fn logout(forger: &Forger, token: &str) -> Result<LogoutToken, TokenProblem> {
    OpenId::new().unwrap().logout(&provider(forger.issuer()), token).await.map_err(|error| match error {
        OpenIdError::Token { problem, .. } => problem,
        other => panic!("{other}"),
    })
}

/// The answer to a token whose claims differ by these members.
async fn logout_with(members: Value) -> Result<LogoutToken, TokenProblem> {
    let forger = Forger::start().await;
    logout(&forger, &forger.key.sign(&with(&forger.logout_claims(), members))).await
}

fn seconds_from_now(seconds: i64) -> i64 {
    crate::now().as_micros() / 1_000_000 + seconds
}

#[tokio::test]
async fn a_token_names_a_subject_a_session_or_both() {
    let both = logout_with(json!({})).await.unwrap();
    assert_eq!((both.subject.as_deref(), both.sid.as_deref(), both.jti.as_str()), (Some("sub-of-ada"), Some("session"), "token"));
    let session = logout_with(json!({"sub": null})).await.unwrap();
    assert_eq!((session.subject, session.sid.as_deref()), (None, Some("session")));
    // Some write the time with a fraction.
    let subject = logout_with(json!({"sid": null, "aud": ["rollcall"], "iat": seconds_from_now(0) as f64 + 0.5})).await.unwrap();
    assert_eq!((subject.subject.as_deref(), subject.sid), (Some("sub-of-ada"), None));
    assert!(matches!(logout_with(json!({"sub": null, "sid": null})).await, Err(TokenProblem::Claim { claim: "sub", .. })));
}

#[tokio::test]
async fn a_token_that_is_not_one_of_a_logout_is_refused() {
    assert!(matches!(logout_with(json!({"nonce": "a nonce"})).await, Err(TokenProblem::Claim { claim: "nonce", .. })));
    for events in [json!(null), json!({}), json!([]), json!({"http://schemas.openid.net/event/backchannel-logout": true})] {
        assert!(matches!(logout_with(json!({"events": events})).await, Err(TokenProblem::Claim { claim: "events", .. })), "{events}");
    }
    for claim in ["jti", "iat", "exp", "aud", "iss"] {
        let problem = logout_with(json!({ claim: null })).await.unwrap_err();
        assert!(matches!(problem, TokenProblem::Claim { claim: named, .. } if named == claim), "{claim}: {problem}");
    }
    let forger = Forger::start().await;
    let id_token = logout(&forger, &forger.key.sign(&forger.id_claims())).await;
    assert!(matches!(id_token, Err(TokenProblem::Claim { claim: "nonce", .. })));
    let access_token = forger.key.sign_as(&json!({"alg": "EdDSA", "kid": "first", "typ": "at+jwt"}), &forger.logout_claims());
    assert!(matches!(logout(&forger, &access_token).await, Err(TokenProblem::Malformed(_))));
}

#[tokio::test]
async fn a_token_of_another_issuer_for_another_client_or_another_time_is_refused() {
    assert!(matches!(logout_with(json!({"iss": "https://id.example"})).await, Err(TokenProblem::Issuer(_))));
    for audience in [json!("another-client"), json!(["rollcall", "another-client"]), json!([])] {
        assert!(matches!(logout_with(json!({"aud": audience})).await, Err(TokenProblem::Audience(_))), "{audience}");
    }
    assert!(matches!(logout_with(json!({"exp": seconds_from_now(-61)})).await, Err(TokenProblem::Time(_))));
    assert!(matches!(logout_with(json!({"iat": seconds_from_now(90)})).await, Err(TokenProblem::Time(_))));
}

#[tokio::test]
async fn a_token_that_none_of_the_providers_keys_has_signed_is_refused() {
    let forger = Forger::start().await;
    let claims = forger.logout_claims();
    assert!(logout(&forger, &forger.key.sign(&claims)).await.is_ok());
    assert_eq!(logout(&forger, &Key::new("unknown", 2).sign(&claims)).await, Err(TokenProblem::UnknownKey));
    assert_eq!(logout(&forger, &Key::new("first", 2).sign(&claims)).await, Err(TokenProblem::Signature));
    assert_eq!(logout(&forger, &format!("{}.", unsigned(&json!({"alg": "none"}), &claims))).await, Err(TokenProblem::Unsigned));
    let symmetric = hmac_signed(&claims, SECRET.as_bytes());
    assert_eq!(logout(&forger, &symmetric).await, Err(TokenProblem::Algorithm("HS256".to_owned())));
    let other_claims = unsigned(&json!({"alg": "EdDSA", "kid": "first"}), &with(&claims, json!({"sub": "somebody-else"})));
    let token = forger.key.sign(&claims);
    let tampered = format!("{other_claims}.{}", token.rsplit('.').next().unwrap());
    assert_eq!(logout(&forger, &tampered).await, Err(TokenProblem::Signature));
}
