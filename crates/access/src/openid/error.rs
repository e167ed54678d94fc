//! Why somebody can't be signed in through an OpenID provider, in words for who set it up.

use openidconnect::url;

/// A provider can't be used, or what it says is not believed. No text has a secret, a code or a token in it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenIdError {
    /// There is no HTTP client to call it with.
    #[error("the HTTP client for OpenID providers can't be made: {0}")]
    HttpClient(#[source] reqwest::Error),
    /// An address that is not called.
    #[error(
        "{what}: expected an address that begins with https:// (http:// only if issuer and address are on this machine), without user, query and fragment; got {got:?}"
    )]
    Address {
        /// Whose address.
        what: &'static str,
        /// The address.
        got: String,
    },
    /// The address to come back to is none.
    #[error(
        "the redirect address: expected an address such as https://rollcall.example/api/v1/sign-in/openid/callback, got {got:?} ({cause}); set the address under which this server is reached"
    )]
    RedirectAddress {
        /// The address.
        got: String,
        /// What is wrong with it.
        cause: url::ParseError,
    },
    /// A call got no answer.
    #[error(
        "no usable answer from the OpenID provider at {address}: {cause}; check the issuer's address, the network, and whether the provider runs"
    )]
    Unreachable {
        /// What was called.
        address: String,
        /// Why.
        cause: String,
    },
    /// A call got an answer that is of no use.
    #[error("{address}: expected {expected}, got {got}; check the issuer's address and the provider's log")]
    Answer {
        /// What was called.
        address: String,
        /// What should have come.
        expected: &'static str,
        /// What came.
        got: String,
    },
    /// The provider's own name is another one than its address that was set.
    #[error(
        "expected an OpenID provider that calls itself {expected:?}, got one that calls itself {got:?}; set the issuer to exactly the provider's own name"
    )]
    OtherIssuer {
        /// The issuer that was set.
        expected: String,
        /// The issuer that answered.
        got: String,
    },
    /// The provider can't do what is needed.
    #[error("the OpenID provider {issuer}: expected {needed}, got {got}; change its settings for this client")]
    Unsupported {
        /// Which provider.
        issuer: String,
        /// What is needed.
        needed: &'static str,
        /// What it offers.
        got: String,
    },
    /// The provider refuses to exchange the code.
    #[error("the OpenID provider refuses the sign-in with {code:?}{}; {advice}", description.as_deref().map(|text| format!(" ({text})")).unwrap_or_default())]
    Refused {
        /// Its code of the error.
        code: String,
        /// What it says of it.
        description: Option<String>,
        /// What to do.
        advice: &'static str,
    },
    /// The browser came back from another provider than it was sent to.
    #[error(
        "expected the browser to come back from {expected:?}, it came back from {got}; begin the sign-in anew, and if it happens again, look into who sends browsers here"
    )]
    CameFromElsewhere {
        /// Where it was sent.
        expected: String,
        /// Where it came from.
        got: String,
    },
    /// A token is not believed.
    #[error("{token}: {problem}")]
    Token {
        /// Which token.
        token: TokenKind,
        /// What is wrong with it.
        problem: TokenProblem,
    },
    /// Userinfo speaks of somebody else, or can't be had.
    #[error(
        "userinfo of the OpenID provider at {address}: expected what is known of {subject:?}, got {got}; let the provider put the claims into the ID token, or check its log"
    )]
    UserInfo {
        /// What was called.
        address: String,
        /// Of whom.
        subject: String,
        /// What came.
        got: String,
    },
    /// The groups are too many for the provider to say.
    #[error(
        "expected the groups of {subject:?} in the claim {claim:?}, got a reference to another place (_claim_names), which means that they are too many for a token; let the provider send only the groups that are assigned to this application"
    )]
    GroupsElsewhere {
        /// Whose groups.
        subject: String,
        /// The claim that should have them.
        claim: String,
    },
}

/// A token that a provider signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenKind {
    /// Who signed in.
    Id,
    /// Whose session ended.
    Logout,
}

/// Why a token is not believed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TokenProblem {
    /// It is not the text of a token.
    #[error("expected a signed JSON Web Token, got {0}")]
    Malformed(String),
    /// It has no signature.
    #[error("expected a signature by one of the provider's keys, got none (alg none); have the provider sign the tokens of this client")]
    Unsigned,
    /// It is signed in a way that is not accepted.
    #[error(
        "expected a signature by one of the provider's keys (such as RS256, ES256 or EdDSA), got {0}; set another algorithm for this client"
    )]
    Algorithm(String),
    /// None of the provider's keys has its key id.
    #[error(
        "expected a signature by one of the provider's keys, got one by a key that it does not publish; if it has just changed its keys, try again in a minute"
    )]
    UnknownKey,
    /// The signature is wrong.
    #[error(
        "expected a signature by one of the provider's keys, got one that is none of theirs; it was changed on its way or made by somebody else"
    )]
    Signature,
    /// It is by somebody else.
    #[error("wrong issuer: {0}")]
    Issuer(String),
    /// It is for somebody else.
    #[error("wrong audience: {0}; check the client id")]
    Audience(String),
    /// It counts no longer, or not yet.
    #[error("wrong time: {0}; check the clocks of this server and of the provider")]
    Time(String),
    /// It belongs to another sign-in.
    #[error("expected the nonce of this sign-in, got another or none; begin the sign-in anew")]
    Nonce,
    /// A claim is missing or of another kind.
    #[error("claim {claim:?}: expected {expected}, got {got}")]
    Claim {
        /// Which one.
        claim: &'static str,
        /// What it should be.
        expected: &'static str,
        /// What it is.
        got: String,
    },
    /// Something else.
    #[error("{0}")]
    Other(String),
}

impl OpenIdError {
    /// What it was, for the log.
    pub fn reason(&self) -> &'static str {
        match self {
            OpenIdError::HttpClient(_) => "no http client",
            OpenIdError::Address { .. } => "address",
            OpenIdError::RedirectAddress { .. } => "redirect address",
            OpenIdError::Unreachable { .. } => "unreachable",
            OpenIdError::Answer { .. } => "unusable answer",
            OpenIdError::OtherIssuer { .. } => "other issuer",
            OpenIdError::Unsupported { .. } => "unsupported",
            OpenIdError::Refused { .. } => "refused by the provider",
            OpenIdError::CameFromElsewhere { .. } => "came from elsewhere",
            OpenIdError::Token { problem, .. } => problem.reason(),
            OpenIdError::UserInfo { .. } => "userinfo",
            OpenIdError::GroupsElsewhere { .. } => "too many groups",
        }
    }

    /// Whether it may be gone a moment later: no refusal, but a failure of the provider or of the way to it.
    pub fn is_unavailable(&self) -> bool {
        matches!(self, OpenIdError::Unreachable { .. } | OpenIdError::Answer { .. })
    }
}

impl TokenProblem {
    fn reason(&self) -> &'static str {
        match self {
            TokenProblem::Malformed(_) => "malformed token",
            TokenProblem::Unsigned => "unsigned token",
            TokenProblem::Algorithm(_) => "algorithm",
            TokenProblem::UnknownKey => "unknown key",
            TokenProblem::Signature => "wrong signature",
            TokenProblem::Issuer(_) => "wrong issuer",
            TokenProblem::Audience(_) => "wrong audience",
            TokenProblem::Time(_) => "wrong time",
            TokenProblem::Nonce => "wrong nonce",
            TokenProblem::Claim { .. } => "wrong claim",
            TokenProblem::Other(_) => "refused token",
        }
    }

    /// Whether other keys of the provider could make it right.
    pub(crate) fn is_of_keys(&self) -> bool {
        matches!(self, TokenProblem::UnknownKey | TokenProblem::Signature)
    }

    pub(crate) fn of(self, token: TokenKind) -> OpenIdError {
        OpenIdError::Token { token, problem: self }
    }
}

impl std::fmt::Display for TokenKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            TokenKind::Id => "ID token",
            TokenKind::Logout => "logout token",
        })
    }
}

/// A short text of somebody else's, without control characters.
pub(crate) fn excerpt(text: &str) -> String {
    text.chars().filter(|character| !character.is_control()).take(200).collect()
}
