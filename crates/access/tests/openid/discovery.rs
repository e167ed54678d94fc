//! What a provider says of itself, and what an administrator is told when that will not do.

use openidconnect::url::form_urlencoded;
use rollcall_access::openid::{OpenId, OpenIdError, Provider, Supported};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::forger::Forger;
use crate::listener::Answer;
use crate::{REDIRECT, provider};
use rollcall_test_openid::{RealProvider, SECRET};

async fn check(issuer: &str) -> Result<Supported, OpenIdError> {
    OpenId::new().unwrap().check(&provider(issuer)).await
}

/// What is said of a provider whose document differs by these members.
async fn check_with(members: Value) -> Result<Supported, OpenIdError> {
    let forger = Forger::start().await;
    forger.describe(members);
    check(forger.issuer()).await
}

#[tokio::test]
async fn a_provider_in_order_is_told_with_what_it_offers() {
    let real = RealProvider::start(REDIRECT, &json!({}), &[]);
    assert_eq!(check(&real.issuer).await.unwrap(), Supported { back_channel_logout: true, user_info: true });
    assert_eq!(check_with(json!({})).await.unwrap(), Supported { back_channel_logout: false, user_info: false });
}

#[tokio::test]
async fn the_issuer_is_exactly_what_the_provider_calls_itself() {
    let real = RealProvider::start(REDIRECT, &json!({}), &[]);
    let error = check(&format!("{}/", real.issuer)).await.unwrap_err();
    assert!(matches!(&error, OpenIdError::OtherIssuer { got, .. } if *got == real.issuer), "{error}");
    assert!(error.to_string().ends_with("set the issuer to exactly the provider's own name"), "{error}");
    let error = OpenId::new().unwrap().begin(&provider(&format!("{}/", real.issuer)), REDIRECT).await.unwrap_err();
    assert_eq!(error.reason(), "other issuer");
}

#[tokio::test]
async fn a_provider_that_is_down_is_named_with_what_to_look_at() {
    let free = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let error = check(&format!("http://{free}")).await.unwrap_err();
    let expected = format!(
        "no usable answer from the OpenID provider at http://{free}/.well-known/openid-configuration: Connection refused (os error 111); check \
         the issuer's address, the network, and whether the provider runs"
    );
    assert_eq!(error.to_string(), expected);
    assert!(error.is_unavailable());
}

#[tokio::test]
async fn an_issuer_elsewhere_is_reached_over_tls_alone() {
    let error = check("http://id.example").await.unwrap_err();
    assert!(error.to_string().contains("begins with https://") && error.to_string().contains("\"http://id.example\""), "{error}");
}

#[tokio::test]
async fn an_answer_that_is_no_description_is_refused() {
    let forger = Forger::start().await;
    let page = Answer::new("200 OK", "content-type: text/html", "<html>Sign in first</html>");
    let elsewhere = format!("location: {}/elsewhere", forger.issuer());
    let long = format!("{}{{}}", " ".repeat(1024 * 1024));
    for (answer, said) in [
        (page, "(text/html)"),
        (Answer::new("302 Found", &elsewhere, ""), "302 Found"),
        (Answer::new("503 Service Unavailable", "retry-after: 1", ""), "503 Service Unavailable"),
        (Answer::json(&json!({"issuer": forger.issuer()})), "missing field"),
        (Answer::new("200 OK", "content-type: application/json", &long), "longer than 1 MiB"),
    ] {
        forger.describe_with(answer);
        let error = check(forger.issuer()).await.unwrap_err();
        assert!(error.to_string().contains(said) && error.is_unavailable(), "{error}");
    }
    assert!(forger.listener.asked("/elsewhere").is_empty(), "a redirect was followed");
}

#[tokio::test]
async fn a_provider_does_not_lead_elsewhere_without_tls() {
    for endpoint in ["authorization_endpoint", "token_endpoint", "userinfo_endpoint", "jwks_uri"] {
        let error = check_with(json!({ endpoint: "http://id.example/" })).await.unwrap_err();
        assert!(error.to_string().contains(endpoint) && error.reason() == "address", "{error}");
    }
}

#[tokio::test]
async fn a_provider_that_can_not_do_what_is_needed_is_told_what_that_is() {
    for (members, said) in [
        (json!({"token_endpoint": null}), "a token endpoint, got none"),
        (json!({"response_types_supported": ["id_token"]}), "the authorisation code flow (response type code), got [\"id_token\"]"),
        (json!({"code_challenge_methods_supported": ["plain"]}), "PKCE with S256, got [\"plain\"]"),
        (json!({"token_endpoint_auth_methods_supported": ["private_key_jwt"]}), "got [\"private_key_jwt\"]"),
        (json!({"id_token_signing_alg_values_supported": ["none", "HS256"]}), "signed with RS256, ES256 or EdDSA"),
    ] {
        let error = check_with(members).await.unwrap_err();
        assert!(error.to_string().contains(said) && error.reason() == "unsupported", "{error}");
    }
    let forger = Forger::start().await;
    forger.publish(&[]);
    assert!(check(forger.issuer()).await.unwrap_err().to_string().contains("at least one key for signatures"));
}

#[tokio::test]
async fn the_secret_is_shown_in_the_way_that_the_provider_takes() {
    for (methods, in_body) in
        [(json!(null), false), (json!(["client_secret_post", "client_secret_basic"]), false), (json!(["client_secret_post"]), true)]
    {
        let forger = Forger::start().await;
        forger.describe(json!({"token_endpoint_auth_methods_supported": methods}));
        forger.finish(&OpenId::new().unwrap(), &forger.key.sign(&forger.id_claims())).await.unwrap();
        let asked = forger.listener.asked("/token");
        let secret = form_urlencoded::parse(asked[0].body.as_bytes()).find(|(name, _)| name == "client_secret");
        assert_eq!(secret.map(|(_, secret)| secret.into_owned()), in_body.then(|| SECRET.to_owned()));
        assert_eq!(asked[0].head.to_ascii_lowercase().contains("authorization: basic"), !in_body);
    }
}

#[tokio::test]
async fn an_address_to_come_back_to_that_is_none_is_named() {
    let forger = Forger::start().await;
    let provider = Provider { scopes: vec!["openid".to_owned()], ..provider(forger.issuer()) };
    let error = OpenId::new().unwrap().begin(&provider, "/api/v1/sign-in/openid/callback").await.unwrap_err();
    assert!(error.to_string().starts_with("the redirect address: expected an address such as https://"), "{error}");
    // The scope that is always asked for is asked for once.
    assert!(OpenId::new().unwrap().begin(&provider, REDIRECT).await.unwrap().address.contains("&scope=openid&"));
}
