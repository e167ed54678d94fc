//! Providers change their keys.

use rollcall_access::openid::{OpenId, OpenIdError, Returned, TokenProblem};
use serde_json::json;

use crate::forger::{Forger, Key};
use crate::{Clock, REDIRECT, provider};
use rollcall_test_openid::{Browser, RealProvider, rotate_keys};

async fn sign_in(open_id: &OpenId, real: &RealProvider) -> String {
    let provider = provider(&real.issuer);
    let begun = open_id.begin(&provider, REDIRECT).await.unwrap();
    let parameters = Browser::new().sign_in(&begun.address, "ada", REDIRECT).await;
    let returned = Returned { code: &parameters["code"], iss: Some(&parameters["iss"]) };
    open_id.finish(&provider, REDIRECT, returned, &begun.remembered).await.unwrap().subject
}

#[tokio::test]
async fn a_new_key_of_the_provider_counts_at_once() {
    let real = RealProvider::start(REDIRECT, &json!({}), &[]);
    let open_id = OpenId::new().unwrap();
    assert_eq!(sign_in(&open_id, &real).await, "sub-of-ada");
    rotate_keys(&real.issuer).await;
    assert_eq!(sign_in(&open_id, &real).await, "sub-of-ada");
}

#[tokio::test]
async fn tokens_that_no_key_fits_have_the_keys_read_once_a_minute_at_most() {
    let (forger, clock) = (Forger::start().await, Clock::default());
    let open_id = clock.open_id();
    let (known, unknown) = (forger.key.sign(&forger.logout_claims()), Key::new("second", 2).sign(&forger.logout_claims()));
    let provider = provider(forger.issuer());
    assert!(open_id.logout(&provider, &known).await.is_ok());
    assert_eq!(forger.read(), (1, 1));

    for _ in 0..3 {
        let error = open_id.logout(&provider, &unknown).await.unwrap_err();
        assert!(matches!(error, OpenIdError::Token { problem: TokenProblem::UnknownKey, .. }), "{error}");
    }
    assert_eq!(forger.read(), (1, 2));
    clock.pass(59);
    forger.publish(&[&Key::new("second", 2)]);
    assert!(open_id.logout(&provider, &unknown).await.is_err());
    assert_eq!(forger.read(), (1, 2));
    clock.pass(1);
    assert!(open_id.logout(&provider, &unknown).await.is_ok());
    assert_eq!(forger.read(), (1, 3));
    // The key that was taken back counts no longer.
    assert!(open_id.logout(&provider, &known).await.is_err());
}

#[tokio::test]
async fn who_comes_while_keys_are_read_waits_for_them() {
    let forger = Forger::start().await;
    let open_id = OpenId::new().unwrap();
    let provider = provider(forger.issuer());
    assert!(open_id.logout(&provider, &forger.key.sign(&forger.logout_claims())).await.is_ok());
    let second = Key::new("second", 2);
    forger.publish(&[&second]);
    let token = second.sign(&forger.logout_claims());
    let (one, other) = tokio::join!(open_id.logout(&provider, &token), open_id.logout(&provider, &token));
    assert!(one.is_ok() && other.is_ok(), "{one:?} {other:?}");
    assert_eq!(forger.read(), (1, 2));
}

#[tokio::test]
async fn a_provider_is_read_anew_after_ten_minutes() {
    let (forger, clock) = (Forger::start().await, Clock::default());
    let open_id = clock.open_id();
    let provider = provider(forger.issuer());
    for (passes, read) in [(0, 1), (599, 1), (1, 2), (1, 2)] {
        clock.pass(passes);
        open_id.begin(&provider, REDIRECT).await.unwrap();
        assert_eq!(forger.read(), (read, read), "after {passes} more seconds");
    }
}
