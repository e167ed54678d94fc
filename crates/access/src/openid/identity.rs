//! Who signed in, as the provider says.

use openidconnect::core::CoreGenderClaim;
use openidconnect::{AccessToken, ClaimsVerificationError, SubjectIdentifier, UserInfoClaims, UserInfoError};
use serde::Serialize;
use serde_json::Value;

use super::Provider;
use super::client::{OtherClaims, RelyingParty};
use super::error::{OpenIdError, excerpt};
use super::http::{CallError, Http};
use super::id_token::VerifiedClaims;

/// Who signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The provider that says so.
    pub issuer: String,
    /// The account's own name at the provider, which is never given to another one. Issuer and subject together are the identity.
    pub subject: String,
    /// The account, from the claim that the tenant has set.
    pub account: Option<String>,
    /// How to call them.
    pub name: Option<String>,
    /// Their address, whether or not the provider has verified it: not to be taken for who they are.
    pub email: Option<String>,
    /// Their groups, from the claim that the tenant has set, in the provider's order.
    pub groups: Vec<String>,
    /// The session at the provider, by which a logout token may name it.
    pub sid: Option<String>,
}

/// What the provider says in the ID token, and where that leaves something out, in userinfo.
struct Claims {
    id_token: Value,
    user_info: Value,
}

impl Claims {
    fn get(&self, name: &str) -> Option<&Value> {
        [&self.id_token, &self.user_info].into_iter().find_map(|claims| claims.get(name).filter(|value| !value.is_null()))
    }

    /// Whether a claim that is wanted is missing.
    fn lack(&self, name: &str) -> bool {
        !name.is_empty() && self.get(name).is_none()
    }

    fn text(&self, name: &str) -> Option<String> {
        self.get(name).and_then(Value::as_str).map(str::to_owned)
    }

    /// One text, or an array of them; what is no text is left out.
    fn texts(&self, name: &str) -> Vec<String> {
        match self.get(name) {
            Some(Value::String(text)) => vec![text.clone()],
            Some(Value::Array(values)) => values.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
            _ => Vec::new(),
        }
    }

    /// Whether the provider says of a claim only where it would be found (Core 1.0, 5.6.2).
    fn are_elsewhere(&self, name: &str) -> bool {
        self.get("_claim_names").is_some_and(|names| names.get(name).is_some())
    }
}

/// Puts together who signed in. Userinfo is asked only if the ID token lacks the account or the groups.
pub(crate) async fn identity(
    provider: &Provider,
    client: &RelyingParty,
    http: &Http,
    verified: &VerifiedClaims,
    access_token: AccessToken,
) -> Result<Identity, OpenIdError> {
    let mut claims = Claims { id_token: as_json(verified), user_info: Value::Null };
    if claims.lack(&provider.account_claim) || claims.lack(&provider.groups_claim) {
        claims.user_info = user_info(client, http, verified.subject(), access_token).await?;
    }
    let subject = verified.subject().to_string();
    if claims.lack(&provider.groups_claim) && claims.are_elsewhere(&provider.groups_claim) {
        return Err(OpenIdError::GroupsElsewhere { subject, claim: provider.groups_claim.clone() });
    }
    Ok(Identity {
        issuer: verified.issuer().to_string(),
        subject,
        account: claims.text(&provider.account_claim),
        name: claims.text("name"),
        email: claims.text("email"),
        groups: claims.texts(&provider.groups_claim),
        sid: claims.id_token.get("sid").and_then(Value::as_str).map(str::to_owned),
    })
}

/// What userinfo says of the subject; nothing if the provider has none.
async fn user_info(
    client: &RelyingParty,
    http: &Http,
    subject: &SubjectIdentifier,
    access_token: AccessToken,
) -> Result<Value, OpenIdError> {
    let Some(address) = client.user_info_url() else { return Ok(Value::Null) };
    let failed = |got: String| OpenIdError::UserInfo { address: address.to_string(), subject: subject.to_string(), got };
    // A header can't be made of anything else.
    if !access_token.secret().bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(failed("no answer, for the access token has characters that none may have".to_owned()));
    }
    let request = client.user_info(access_token, Some(subject.clone())).map_err(|error| failed(error.to_string()))?;
    let answer: Result<UserInfoClaims<OtherClaims, CoreGenderClaim>, UserInfoError<CallError>> = request.request_async(http).await;
    answer.map(|claims| as_json(&claims)).map_err(|error| match error {
        UserInfoError::Request(error) => error.at(address.url()),
        UserInfoError::ClaimsVerification(ClaimsVerificationError::InvalidSubject(text)) => {
            failed(format!("another subject: {}", excerpt(&text)))
        }
        UserInfoError::ClaimsVerification(error) => failed(excerpt(&error.to_string())),
        UserInfoError::Response(status, _, text) => failed(format!("the answer {status}: {}", excerpt(&text))),
        UserInfoError::Parse(_) => failed("something else".to_owned()),
        error => failed(excerpt(&error.to_string())),
    })
}

fn as_json(claims: &impl Serialize) -> Value {
    serde_json::to_value(claims).unwrap_or(Value::Null)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_id_token_comes_first_and_userinfo_fills_in() {
        let claims = Claims {
            id_token: json!({"account": "ada", "email": null, "group": "one", "odd": [1, "two", {"name": "three"}]}),
            user_info: json!({"account": "other", "email": "ada@example.org", "groups": ["a", "b"]}),
        };
        assert_eq!(claims.text("account").unwrap(), "ada");
        assert_eq!(claims.text("email").unwrap(), "ada@example.org");
        assert_eq!(claims.texts("groups"), ["a", "b"]);
        assert_eq!(claims.texts("group"), ["one"]);
        assert_eq!(claims.texts("odd"), ["two"]);
        assert_eq!((claims.text("groups"), claims.texts("none")), (None, Vec::new()));
        assert!(claims.lack("none") && !claims.lack("groups") && !claims.lack(""));
    }
}
