//! What a provider says of itself (OpenID Connect Discovery 1.0), and its keys.

use openidconnect::core::{
    CoreAuthDisplay, CoreClaimName, CoreClaimType, CoreClientAuthMethod, CoreGrantType, CoreJsonWebKey, CoreJsonWebKeySet,
    CoreJweContentEncryptionAlgorithm, CoreJweKeyManagementAlgorithm, CoreResponseMode, CoreResponseType, CoreSubjectIdentifierType,
};
use openidconnect::url::Url;
use openidconnect::{AdditionalProviderMetadata, ProviderMetadata, ResponseTypes};
use serde::{Deserialize, Serialize};

use super::address;
use super::error::OpenIdError;
use super::http::Http;
use super::signature;

/// Where a provider's document lies, below its issuer.
const PATH: &str = ".well-known/openid-configuration";

/// The document.
pub(crate) type Metadata = ProviderMetadata<
    Extensions,
    CoreAuthDisplay,
    CoreClientAuthMethod,
    CoreClaimName,
    CoreClaimType,
    CoreGrantType,
    CoreJweContentEncryptionAlgorithm,
    CoreJweKeyManagementAlgorithm,
    CoreJsonWebKey,
    CoreResponseMode,
    CoreResponseType,
    CoreSubjectIdentifierType,
>;

/// What documents other than Discovery itself add to it.
#[derive(Debug, Clone, Default, Deserialize, Serialize)]
pub(crate) struct Extensions {
    /// PKCE, RFC 8414.
    code_challenge_methods_supported: Option<Vec<String>>,
    /// RFC 9207: whether the browser brings back whom it was with.
    #[serde(default)]
    pub(crate) authorization_response_iss_parameter_supported: bool,
    /// Back-Channel Logout 1.0.
    #[serde(default)]
    pub(crate) backchannel_logout_supported: bool,
}

impl AdditionalProviderMetadata for Extensions {}

/// A provider as it describes itself.
#[derive(Debug)]
pub(crate) struct Discovered {
    pub(crate) metadata: Metadata,
    pub(crate) keys: CoreJsonWebKeySet,
}

impl Discovered {
    /// Reads the document and the keys of an issuer.
    pub(crate) async fn read(http: &Http, issuer: &str) -> Result<Self, OpenIdError> {
        let address = address::issuer(issuer)?;
        let metadata: Metadata = http.document(&document_address(&address), "the discovery document of an OpenID provider").await?;
        if metadata.issuer().as_str() != issuer {
            return Err(OpenIdError::OtherIssuer { expected: issuer.to_owned(), got: metadata.issuer().to_string() });
        }
        check_addresses(&metadata, &address)?;
        let keys = read_keys(http, &metadata).await?;
        Ok(Discovered { metadata, keys })
    }

    /// The same provider with the keys that it has now.
    pub(crate) async fn with_new_keys(&self, http: &Http) -> Result<Self, OpenIdError> {
        Ok(Discovered { metadata: self.metadata.clone(), keys: read_keys(http, &self.metadata).await? })
    }

    /// Whether the provider can do all that is needed. For an administrator; where a provider is silent, a sign-in will tell.
    pub(crate) fn check(&self, has_secret: bool) -> Result<(), OpenIdError> {
        let metadata = &self.metadata;
        let unsupported = |needed, got: String| OpenIdError::Unsupported { issuer: metadata.issuer().to_string(), needed, got };
        if metadata.token_endpoint().is_none() {
            return Err(unsupported("a token endpoint", "none".to_owned()));
        }
        let code = ResponseTypes::new(vec![CoreResponseType::Code]);
        if !metadata.response_types_supported().contains(&code) {
            return Err(unsupported("the authorisation code flow (response type code)", listed(metadata.response_types_supported())));
        }
        if let Some(methods) =
            metadata.additional_metadata().code_challenge_methods_supported.as_ref().filter(|has| !has.iter().any(|m| m == "S256"))
        {
            return Err(unsupported("PKCE with S256", listed(methods)));
        }
        if let Some(methods) = metadata.token_endpoint_auth_methods_supported().filter(|methods| has_secret && !takes_a_secret(methods)) {
            return Err(unsupported("clients that show a secret (client_secret_basic or client_secret_post)", listed(methods)));
        }
        let algorithms = metadata.id_token_signing_alg_values_supported();
        if !algorithms.iter().any(|algorithm| signature::ALGORITHMS.contains(algorithm)) {
            return Err(unsupported("ID tokens signed with RS256, ES256 or EdDSA", listed(algorithms)));
        }
        if !self.keys.keys().iter().any(signature::may_sign) {
            return Err(unsupported("at least one key for signatures", format!("none among {} keys", self.keys.keys().len())));
        }
        Ok(())
    }

    /// Whether the secret goes into the body of a request instead of its header.
    pub(crate) fn wants_secret_in_body(&self) -> bool {
        self.metadata.token_endpoint_auth_methods_supported().is_some_and(|methods| {
            !methods.contains(&CoreClientAuthMethod::ClientSecretBasic) && methods.contains(&CoreClientAuthMethod::ClientSecretPost)
        })
    }
}

fn takes_a_secret(methods: &[CoreClientAuthMethod]) -> bool {
    methods.iter().any(|method| matches!(method, CoreClientAuthMethod::ClientSecretBasic | CoreClientAuthMethod::ClientSecretPost))
}

fn document_address(issuer: &Url) -> Url {
    let mut address = issuer.clone();
    // Below the whole path of the issuer, whether or not it ends with a slash.
    if let Ok(mut segments) = address.path_segments_mut() {
        segments.pop_if_empty().extend(PATH.split('/'));
    }
    address
}

fn check_addresses(metadata: &Metadata, issuer: &Url) -> Result<(), OpenIdError> {
    let published = [
        ("the provider's authorization_endpoint", Some(metadata.authorization_endpoint().url())),
        ("the provider's token_endpoint", metadata.token_endpoint().map(|address| address.url())),
        ("the provider's userinfo_endpoint", metadata.userinfo_endpoint().map(|address| address.url())),
        ("the provider's jwks_uri", Some(metadata.jwks_uri().url())),
    ];
    for (what, address) in published {
        if let Some(address) = address {
            address::check_published(what, address, issuer)?;
        }
    }
    Ok(())
}

async fn read_keys(http: &Http, metadata: &Metadata) -> Result<CoreJsonWebKeySet, OpenIdError> {
    http.document(metadata.jwks_uri().url(), "the OpenID provider's keys (a JSON Web Key Set)").await
}

/// Values as the document has them.
fn listed<T: Serialize>(values: &[T]) -> String {
    let text = serde_json::to_string(values).unwrap_or_default();
    super::error::excerpt(&text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_document_lies_below_the_whole_issuer() {
        for (issuer, document) in [
            ("https://id.example", "https://id.example/.well-known/openid-configuration"),
            ("https://id.example/", "https://id.example/.well-known/openid-configuration"),
            ("https://id.example/realms/staff", "https://id.example/realms/staff/.well-known/openid-configuration"),
            ("https://id.example/realms/staff/", "https://id.example/realms/staff/.well-known/openid-configuration"),
        ] {
            assert_eq!(document_address(&Url::parse(issuer).unwrap()).as_str(), document);
        }
    }
}
