//! The authorisation code flow with PKCE: the way to the provider, and the exchange of the code on the way back.

use openidconnect::core::{
    CoreAuthDisplay, CoreAuthPrompt, CoreAuthenticationFlow, CoreErrorResponseType, CoreGenderClaim, CoreJsonWebKey,
    CoreJweContentEncryptionAlgorithm, CoreJwsSigningAlgorithm, CoreRevocableToken, CoreRevocationErrorResponse,
    CoreTokenIntrospectionResponse, CoreTokenType,
};
use openidconnect::{
    AccessToken, AdditionalClaims, AuthType, AuthorizationCode, Client, ClientId, ClientSecret, CsrfToken, EmptyExtraTokenFields,
    EndpointMaybeSet, EndpointNotSet, EndpointSet, IdToken, IdTokenFields, Nonce, OAuth2TokenResponse, PkceCodeChallenge, PkceCodeVerifier,
    RedirectUrl, RequestTokenError, Scope, StandardErrorResponse, StandardTokenResponse, TokenResponse,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::discovery::Discovered;
use super::error::{OpenIdError, TokenKind, TokenProblem, excerpt};
use super::http::{CallError, Http};
use super::{Begun, Provider, Remembered};

/// The scope that makes a sign-in one of OpenID Connect; always asked for.
const OPENID: &str = "openid";

/// Claims beyond those that the standard names.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct OtherClaims {
    #[serde(flatten)]
    claims: Map<String, Value>,
}

impl AdditionalClaims for OtherClaims {}

/// An ID token, not yet verified.
pub(crate) type UnverifiedIdToken = IdToken<OtherClaims, CoreGenderClaim, CoreJweContentEncryptionAlgorithm, CoreJwsSigningAlgorithm>;

type Tokens = StandardTokenResponse<
    IdTokenFields<OtherClaims, EmptyExtraTokenFields, CoreGenderClaim, CoreJweContentEncryptionAlgorithm, CoreJwsSigningAlgorithm>,
    CoreTokenType,
>;

/// Rollcall as the provider's client.
pub(crate) type RelyingParty = Client<
    OtherClaims,
    CoreAuthDisplay,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJsonWebKey,
    CoreAuthPrompt,
    StandardErrorResponse<CoreErrorResponseType>,
    Tokens,
    CoreTokenIntrospectionResponse,
    CoreRevocableToken,
    CoreRevocationErrorResponse,
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;

/// What a code is exchanged for.
pub(crate) struct Exchanged {
    pub(crate) id_token: UnverifiedIdToken,
    pub(crate) access_token: AccessToken,
}

/// Rollcall as the client that a tenant has set up.
pub(crate) fn relying_party(provider: &Provider, discovered: &Discovered, redirect_uri: &str) -> Result<RelyingParty, OpenIdError> {
    let redirect =
        RedirectUrl::new(redirect_uri.to_owned()).map_err(|cause| OpenIdError::RedirectAddress { got: redirect_uri.to_owned(), cause })?;
    let secret = provider.client_secret.clone().map(ClientSecret::new);
    let id = ClientId::new(provider.client_id.clone());
    let client = RelyingParty::from_provider_metadata(discovered.metadata.clone(), id, secret).set_redirect_uri(redirect);
    Ok(if discovered.wants_secret_in_body() { client.set_auth_type(AuthType::RequestBody) } else { client })
}

/// The address that a sign-in begins with.
pub(crate) fn begin(provider: &Provider, client: &RelyingParty) -> Begun {
    let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
    let scopes = provider.scopes.iter().filter(|scope| *scope != OPENID).map(|scope| Scope::new(scope.clone()));
    let (address, state, nonce) = client
        .authorize_url(CoreAuthenticationFlow::AuthorizationCode, CsrfToken::new_random, Nonce::new_random)
        .add_scopes(scopes)
        .set_pkce_challenge(challenge)
        .url();
    let remembered = Remembered { nonce: nonce.secret().clone(), pkce_verifier: verifier.into_secret() };
    Begun { address: address.into(), state: state.into_secret(), remembered }
}

/// Exchanges the code that the browser brought back.
pub(crate) async fn exchange(
    client: &RelyingParty,
    discovered: &Discovered,
    http: &Http,
    code: &str,
    pkce_verifier: &str,
) -> Result<Exchanged, OpenIdError> {
    let issuer = discovered.metadata.issuer().to_string();
    let request = client.exchange_code(AuthorizationCode::new(code.to_owned())).map_err(|_| OpenIdError::Unsupported {
        issuer,
        needed: "a token endpoint",
        got: "none".to_owned(),
    })?;
    let request = request.set_pkce_verifier(PkceCodeVerifier::new(pkce_verifier.to_owned()));
    let tokens = request.request_async(http).await.map_err(|error| exchange_error(error, discovered))?;
    let no_id_token =
        || TokenProblem::Malformed("none; the provider must be one of OpenID Connect, not of OAuth 2.0 alone".to_owned()).of(TokenKind::Id);
    let id_token = tokens.id_token().cloned().ok_or_else(no_id_token)?;
    Ok(Exchanged { id_token, access_token: tokens.access_token().clone() })
}

type ExchangeError = RequestTokenError<CallError, StandardErrorResponse<CoreErrorResponseType>>;

/// What went wrong, without the body of an answer: there may be tokens in it.
fn exchange_error(error: ExchangeError, discovered: &Discovered) -> OpenIdError {
    let endpoint = discovered.metadata.token_endpoint();
    let address = endpoint.map(ToString::to_string).unwrap_or_default();
    let answer = |got: String| OpenIdError::Answer { address: address.clone(), expected: "tokens for the code of the sign-in", got };
    match error {
        RequestTokenError::ServerResponse(response) => refused(&response),
        RequestTokenError::Request(error) => match endpoint {
            Some(endpoint) => error.at(endpoint.url()),
            None => answer(error.to_string()),
        },
        RequestTokenError::Parse(_, body) if has_unreadable_id_token(&body) => {
            TokenProblem::Malformed(UNREADABLE.to_owned()).of(TokenKind::Id)
        }
        RequestTokenError::Parse(..) => answer("something else".to_owned()),
        RequestTokenError::Other(text) => answer(excerpt(&text)),
    }
}

/// What is said of an ID token that can't be read.
const UNREADABLE: &str = "one whose header or claims (iss, sub, aud, exp, iat) are missing or unknown";

/// Whether an answer could not be read because of its ID token.
fn has_unreadable_id_token(body: &[u8]) -> bool {
    let answer: Option<Value> = serde_json::from_slice(body).ok();
    let token = answer.as_ref().and_then(|answer| answer.get("id_token")).and_then(Value::as_str);
    token.is_some_and(|token| token.parse::<UnverifiedIdToken>().is_err())
}

/// What the provider says (RFC 6749, 5.2), with what to do.
fn refused(response: &StandardErrorResponse<CoreErrorResponseType>) -> OpenIdError {
    let advice = match response.error() {
        CoreErrorResponseType::InvalidClient => "check the client id and the client secret",
        CoreErrorResponseType::InvalidGrant => {
            "the code has expired, was used before, or was given to another client or redirect address: begin the sign-in anew"
        }
        CoreErrorResponseType::UnauthorizedClient => "allow this client the authorisation code flow",
        _ => "the provider's log says more",
    };
    OpenIdError::Refused {
        code: excerpt(response.error().as_ref()),
        description: response.error_description().map(|text| excerpt(text)),
        advice,
    }
}
