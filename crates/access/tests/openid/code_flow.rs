//! Signing in at a real provider.

use std::collections::HashMap;
use std::time::Duration;

use openidconnect::url::Url;
use rollcall_access::openid::{Begun, Identity, OpenId, OpenIdError, Provider, Remembered, Returned, TokenProblem};
use serde_json::{Value, json};

use crate::{REDIRECT, provider};
use rollcall_test_openid::{Browser, RealProvider, SECRET};

fn accounts() -> Value {
    json!({"ada": {"name": "Ada Example", "email": "ada@example.org", "groups": ["/staff", "/staff/leads"]}})
}

/// A browser that has signed in and come back.
struct Back {
    begun: Begun,
    parameters: HashMap<String, String>,
}

impl Back {
    async fn of(open_id: &OpenId, provider: &Provider, account: &str) -> Back {
        let begun = open_id.begin(provider, REDIRECT).await.unwrap();
        let parameters = Browser::new().sign_in(&begun.address, account, REDIRECT).await;
        assert_eq!(parameters["state"], begun.state);
        Back { begun, parameters }
    }

    fn returned(&self) -> Returned<'_> {
        Returned { code: &self.parameters["code"], iss: self.parameters.get("iss").map(String::as_str) }
    }

    async fn finish(&self, open_id: &OpenId, provider: &Provider) -> Result<Identity, OpenIdError> {
        open_id.finish(provider, REDIRECT, self.returned(), &self.begun.remembered).await
    }
}

#[tokio::test]
async fn who_signs_in_is_known_with_account_and_groups_wherever_the_provider_says_them() {
    for place in ["userinfo", "id-token"] {
        let real = RealProvider::start(REDIRECT, &accounts(), &["--claims", place]);
        let (open_id, provider) = (OpenId::new().unwrap(), provider(&real.issuer));
        let back = Back::of(&open_id, &provider, "ada").await;
        let identity = back.finish(&open_id, &provider).await.unwrap();
        let expected = Identity {
            issuer: real.issuer.clone(),
            subject: "sub-of-ada".to_owned(),
            account: Some("ada".to_owned()),
            name: Some("Ada Example".to_owned()),
            email: Some("ada@example.org".to_owned()),
            groups: vec!["/staff".to_owned(), "/staff/leads".to_owned()],
            sid: None,
        };
        assert_eq!(identity, expected, "{place}");
    }
}

#[tokio::test]
async fn every_sign_in_has_secrets_of_its_own_and_shows_the_provider_none_of_them() {
    let real = RealProvider::start(REDIRECT, &accounts(), &[]);
    let (open_id, provider) = (OpenId::new().unwrap(), provider(&real.issuer));
    let first = open_id.begin(&provider, REDIRECT).await.unwrap();
    let second = open_id.begin(&provider, REDIRECT).await.unwrap();
    assert_ne!(first.state, second.state);
    assert_ne!(first.remembered.nonce, second.remembered.nonce);
    assert_ne!(first.remembered.pkce_verifier, second.remembered.pkce_verifier);

    let sent: HashMap<String, String> = Url::parse(&first.address).unwrap().query_pairs().into_owned().collect();
    assert_eq!((sent["response_type"].as_str(), sent["code_challenge_method"].as_str()), ("code", "S256"));
    assert_eq!((sent["scope"].as_str(), sent["redirect_uri"].as_str()), ("openid profile email groups", REDIRECT));
    assert_eq!((&sent["state"], &sent["nonce"]), (&first.state, &first.remembered.nonce));
    assert!(!first.address.contains(&first.remembered.pkce_verifier));

    let remembered: Remembered = serde_json::from_str(&serde_json::to_string(&first.remembered).unwrap()).unwrap();
    assert_eq!(remembered, first.remembered);
    let returned = Returned { code: "the code", iss: None };
    let shown = format!("{first:?} {remembered:?} {provider:?} {open_id:?} {returned:?}");
    for secret in [&first.state, &remembered.nonce, &remembered.pkce_verifier, SECRET, "the code"] {
        assert!(!shown.contains(secret), "{shown}");
    }
}

#[tokio::test]
async fn a_code_is_good_for_the_sign_in_that_it_belongs_to_and_once() {
    let real = RealProvider::start(REDIRECT, &accounts(), &[]);
    let (open_id, provider) = (OpenId::new().unwrap(), provider(&real.issuer));

    let back = Back::of(&open_id, &provider, "ada").await;
    let other_nonce = Remembered { nonce: "another".to_owned(), ..back.begun.remembered.clone() };
    let error = open_id.finish(&provider, REDIRECT, back.returned(), &other_nonce).await.unwrap_err();
    assert!(matches!(error, OpenIdError::Token { problem: TokenProblem::Nonce, .. }), "{error}");

    let error = back.finish(&open_id, &provider).await.unwrap_err();
    assert!(matches!(&error, OpenIdError::Refused { code, .. } if code == "invalid_grant"), "used before: {error}");
    assert!(error.to_string().contains("begin the sign-in anew"), "{error}");

    let back = Back::of(&open_id, &provider, "ada").await;
    let elsewhere = open_id.begin(&provider, REDIRECT).await.unwrap().remembered;
    let other_verifier = Remembered { pkce_verifier: elsewhere.pkce_verifier, ..back.begun.remembered.clone() };
    let error = open_id.finish(&provider, REDIRECT, back.returned(), &other_verifier).await.unwrap_err();
    assert!(matches!(&error, OpenIdError::Refused { code, .. } if code == "invalid_grant"), "another verifier: {error}");
}

#[tokio::test]
async fn a_code_is_good_for_the_client_that_it_was_given_to_and_for_whoever_knows_the_secret() {
    let real = RealProvider::start(REDIRECT, &accounts(), &[]);
    let (open_id, provider) = (OpenId::new().unwrap(), provider(&real.issuer));

    let other = Provider { client_id: "another-client".to_owned(), ..provider.clone() };
    let back = Back::of(&open_id, &other, "ada").await;
    let error = back.finish(&open_id, &provider).await.unwrap_err();
    assert!(matches!(&error, OpenIdError::Refused { code, .. } if code == "invalid_grant"), "{error}");

    let back = Back::of(&open_id, &provider, "ada").await;
    let mistaken = Provider { client_secret: Some("a mistaken secret".to_owned()), ..provider.clone() };
    let error = back.finish(&open_id, &mistaken).await.unwrap_err();
    assert!(matches!(&error, OpenIdError::Refused { code, .. } if code == "invalid_client"), "{error}");
    let said = format!("{error} {error:?}");
    assert!(said.contains("check the client id and the client secret") && !said.contains("mistaken"), "{said}");
    assert_eq!(error.reason(), "refused by the provider");
}

#[tokio::test]
async fn a_code_that_has_expired_is_refused() {
    let real = RealProvider::start(REDIRECT, &accounts(), &["--code-seconds", "1"]);
    let (open_id, provider) = (OpenId::new().unwrap(), provider(&real.issuer));
    let back = Back::of(&open_id, &provider, "ada").await;
    tokio::time::sleep(Duration::from_millis(2_100)).await;
    let error = back.finish(&open_id, &provider).await.unwrap_err();
    assert!(matches!(&error, OpenIdError::Refused { code, .. } if code == "invalid_grant"), "{error}");
}

#[tokio::test]
async fn a_browser_that_comes_back_from_another_provider_brings_no_code_to_this_one() {
    let real = RealProvider::start(REDIRECT, &accounts(), &[]);
    let (open_id, provider) = (OpenId::new().unwrap(), provider(&real.issuer));
    let back = Back::of(&open_id, &provider, "ada").await;
    for iss in [Some("https://id.example"), None] {
        let returned = Returned { iss, ..back.returned() };
        let error = open_id.finish(&provider, REDIRECT, returned, &back.begun.remembered).await.unwrap_err();
        assert!(matches!(error, OpenIdError::CameFromElsewhere { .. }), "{error}");
    }
    // The code was not spent on them.
    assert!(back.finish(&open_id, &provider).await.is_ok());
}

#[tokio::test]
async fn an_account_that_the_provider_knows_nothing_of_has_no_groups() {
    let real = RealProvider::start(REDIRECT, &json!({}), &[]);
    let (open_id, provider) = (OpenId::new().unwrap(), provider(&real.issuer));
    let provider = Provider { account_claim: "employee_number".to_owned(), ..provider };
    let identity = Back::of(&open_id, &provider, "bo").await.finish(&open_id, &provider).await.unwrap();
    assert_eq!((identity.subject.as_str(), identity.account, identity.groups), ("sub-of-bo", None, Vec::new()));
}
