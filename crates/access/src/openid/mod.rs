//! Signing in through a tenant's OpenID provider (OpenID Connect Core 1.0).
//!
//! Rollcall is a client ("relying party") in the authorisation code flow with PKCE. [`OpenId::begin`] gives the address
//! that the browser is sent to, [`OpenId::finish`] says who signed in once it comes back, and [`OpenId::logout`] reads what
//! the provider sends when a session ends there. Nothing is stored here: what must be remembered meanwhile is the caller's.
//!
//! What a provider says is believed only over TLS (or on this machine), and what it signs only with a key that it
//! publishes. Its description and keys are read every ten minutes; a key that is new is found at once.

mod address;
mod client;
mod discovery;
mod error;
mod http;
mod id_token;
mod identity;
mod known;
mod logout_token;
mod profiles;
mod signature;

use std::fmt;
use std::sync::Arc;

use rollcall_model::Timestamp;
use rollcall_model::time::MICROS_PER_SECOND;
use serde::{Deserialize, Serialize};

pub use self::error::{OpenIdError, TokenKind, TokenProblem};
pub use self::identity::Identity;
pub use self::logout_token::{Addressed, LogoutToken};
pub use self::profiles::profiles_of;

use self::discovery::Discovered;
use self::http::Http;
use self::known::Known;

/// How far the clocks of this server and of a provider may be apart.
const LEEWAY_MICROS: i64 = 60 * MICROS_PER_SECOND;

/// How a tenant's provider is reached.
#[derive(Clone, PartialEq, Eq)]
pub struct Provider {
    /// The provider's own name, which is the address that it is reached at.
    pub issuer: String,
    /// What the provider calls Rollcall.
    pub client_id: String,
    /// What proves to the provider that it is Rollcall; a client without one is a public client.
    pub client_secret: Option<String>,
    /// What is asked for besides `openid`, such as `profile` and `email`.
    pub scopes: Vec<String>,
    /// The claim that names the account, such as `preferred_username`.
    pub account_claim: String,
    /// The claim that lists the groups, such as `groups`.
    pub groups_claim: String,
}

/// A sign-in that has begun.
#[derive(Clone)]
pub struct Begun {
    /// Where to send the browser.
    pub address: String,
    /// What the browser must bring back as `state`, and what it must have had from here (in a cookie): otherwise somebody
    /// else has begun what it ends.
    pub state: String,
    /// What must be kept until then, out of the browser's sight.
    pub remembered: Remembered,
}

/// What belongs to one sign-in. It is good for one alone.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Remembered {
    /// What the ID token must bear.
    pub nonce: String,
    /// What proves to the provider that the sign-in is ended by whom it was begun.
    pub pkce_verifier: String,
}

/// What the browser brings back besides `state`.
#[derive(Clone, Copy)]
pub struct Returned<'a> {
    /// The parameter `code`.
    pub code: &'a str,
    /// The parameter `iss`, if there is one: whom the browser was with (RFC 9207).
    pub iss: Option<&'a str>,
}

/// What a provider has to offer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Supported {
    /// It tells when a session ends. A provider that is silent about it may do so all the same.
    pub back_channel_logout: bool,
    /// Claims can be asked for that are not in the ID token.
    pub user_info: bool,
}

/// Signs in through OpenID providers.
pub struct OpenId {
    known: Known,
    clock: Clock,
}

/// What time it is.
type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

impl OpenId {
    /// A client that knows no provider yet.
    pub fn new() -> Result<Self, OpenIdError> {
        Self::with_clock(|| jiff::Timestamp::now().into())
    }

    /// The same with another clock, for tests.
    pub fn with_clock(clock: impl Fn() -> Timestamp + Send + Sync + 'static) -> Result<Self, OpenIdError> {
        Ok(OpenId { known: Known::new(Http::new()?), clock: Arc::new(clock) })
    }

    /// The address to send the browser to, and what must be remembered until it comes back.
    pub async fn begin(&self, provider: &Provider, redirect_uri: &str) -> Result<Begun, OpenIdError> {
        let discovered = self.known.get(&provider.issuer, (self.clock)()).await?;
        Ok(client::begin(provider, &client::relying_party(provider, &discovered, redirect_uri)?))
    }

    /// Who signed in: exchanges the code, verifies the ID token, and reads from userinfo what is not in it. That `state` is
    /// the one of [`begin`](OpenId::begin) is for the caller to check, who finds by it what was remembered.
    pub async fn finish(
        &self,
        provider: &Provider,
        redirect_uri: &str,
        returned: Returned<'_>,
        remembered: &Remembered,
    ) -> Result<Identity, OpenIdError> {
        let mut discovered = self.known.get(&provider.issuer, (self.clock)()).await?;
        check_came_from(&discovered, returned.iss)?;
        let client = client::relying_party(provider, &discovered, redirect_uri)?;
        let http = self.known.http();
        let tokens = client::exchange(&client, &discovered, http, returned.code, &remembered.pkce_verifier).await?;
        let verified = loop {
            match id_token::verify(&tokens.id_token, &provider.client_id, &discovered, &remembered.nonce, (self.clock)()) {
                Ok(verified) => break verified,
                Err(problem) => discovered = self.other_keys(provider, &discovered, problem, TokenKind::Id).await?,
            }
        };
        identity::identity(provider, &client, http, verified, tokens.access_token).await
    }

    /// Whose session has ended, by the logout token that the provider has sent. Whether it has come before is for the caller
    /// to know, by its `jti`.
    pub async fn logout(&self, provider: &Provider, token: &str) -> Result<LogoutToken, OpenIdError> {
        let mut discovered = self.known.get(&provider.issuer, (self.clock)()).await?;
        loop {
            match logout_token::verify(token, provider, &discovered, (self.clock)()) {
                Ok(verified) => return Ok(verified),
                Err(problem) => discovered = self.other_keys(provider, &discovered, problem, TokenKind::Logout).await?,
            }
        }
    }

    /// Checks a provider's settings as far as that can be done without a sign-in, and says what it has to offer. It is read
    /// anew, whatever is known of it.
    pub async fn check(&self, provider: &Provider) -> Result<Supported, OpenIdError> {
        let discovered = self.known.read(&provider.issuer, (self.clock)()).await?;
        discovered.check(provider.client_secret.is_some())?;
        Ok(Supported {
            back_channel_logout: discovered.metadata.additional_metadata().backchannel_logout_supported,
            user_info: discovered.metadata.userinfo_endpoint().is_some(),
        })
    }

    /// The provider with other keys, if these can make a token right that had a problem. Keys that were found differ from
    /// those that were tried, and are read anew once a minute at most: asking again and again comes to an end.
    async fn other_keys(
        &self,
        provider: &Provider,
        tried: &Arc<Discovered>,
        problem: TokenProblem,
        token: TokenKind,
    ) -> Result<Arc<Discovered>, OpenIdError> {
        if !problem.is_of_keys() {
            return Err(problem.of(token));
        }
        let other = self.known.with_other_keys(&provider.issuer, tried, (self.clock)()).await?;
        other.ok_or_else(|| problem.of(token))
    }
}

/// Checks whom the browser was with: one who is sent from provider to provider would bring one's code to the other.
fn check_came_from(discovered: &Discovered, iss: Option<&str>) -> Result<(), OpenIdError> {
    let expected = discovered.metadata.issuer().as_str();
    let got = match iss {
        Some(iss) if iss == expected => return Ok(()),
        None if !discovered.metadata.additional_metadata().authorization_response_iss_parameter_supported => return Ok(()),
        Some(iss) => format!("{:?}", error::excerpt(iss)),
        None => "somewhere that it does not name (no iss)".to_owned(),
    };
    Err(OpenIdError::CameFromElsewhere { expected: expected.to_owned(), got })
}

impl fmt::Debug for OpenId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OpenId").finish_non_exhaustive()
    }
}

// What follows bears secrets, which stay out of logs.

impl fmt::Debug for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Provider")
            .field("issuer", &self.issuer)
            .field("client_id", &self.client_id)
            .field("has_client_secret", &self.client_secret.is_some())
            .field("scopes", &self.scopes)
            .field("account_claim", &self.account_claim)
            .field("groups_claim", &self.groups_claim)
            .finish()
    }
}

impl fmt::Debug for Begun {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Begun").finish_non_exhaustive()
    }
}

impl fmt::Debug for Remembered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Remembered").finish_non_exhaustive()
    }
}

impl fmt::Debug for Returned<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Returned").field("iss", &self.iss).finish_non_exhaustive()
    }
}
