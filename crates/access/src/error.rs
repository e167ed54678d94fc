//! Why a caller is refused, or a key can't be made.

use rollcall_control::ControlError;

use crate::key_id::KeyId;
use crate::key_scope::KeyScope;

/// A caller is not known.
///
/// What it says is the same whether a key is unknown, wrong, expired or revoked: a stranger learns
/// nothing from it. [`reason`](AuthError::reason) tells them apart, for the log.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AuthError {
    /// The text is not that of a key.
    #[error("{}", AuthError::PUBLIC)]
    Malformed,
    /// There is no key of that id.
    #[error("{}", AuthError::PUBLIC)]
    UnknownKey(KeyId),
    /// There is a key of that id, with another secret.
    #[error("{}", AuthError::PUBLIC)]
    WrongSecret(KeyId),
    /// The key has expired.
    #[error("{}", AuthError::PUBLIC)]
    Expired(KeyId),
    /// The key was revoked.
    #[error("{}", AuthError::PUBLIC)]
    Revoked(KeyId),
    /// Whether the key counts can't be found out now: no refusal, but a failure of the server.
    #[error("API keys can't be checked at the moment; try again later")]
    Unavailable(#[source] ControlError),
}

impl AuthError {
    /// What every refusal says.
    const PUBLIC: &str = "expected a valid API key as bearer token";

    /// What it was, for the log.
    pub fn reason(&self) -> &'static str {
        match self {
            AuthError::Malformed => "malformed",
            AuthError::UnknownKey(_) => "unknown key",
            AuthError::WrongSecret(_) => "wrong secret",
            AuthError::Expired(_) => "expired",
            AuthError::Revoked(_) => "revoked",
            AuthError::Unavailable(_) => "unavailable",
        }
    }

    /// Which key was presented, if it could be read.
    pub fn key_id(&self) -> Option<KeyId> {
        match self {
            AuthError::UnknownKey(id) | AuthError::WrongSecret(id) | AuthError::Expired(id) | AuthError::Revoked(id) => Some(*id),
            AuthError::Malformed | AuthError::Unavailable(_) => None,
        }
    }

    /// Whether this is the server's failure rather than a refusal.
    pub fn is_unavailable(&self) -> bool {
        matches!(self, AuthError::Unavailable(_))
    }
}

/// A known caller may not do this.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("this needs the scope {needed}; {name:?} has {}", if has.is_empty() { "none".to_owned() } else { has.join(", ") })]
pub struct Denied {
    /// The scope that is missing.
    pub needed: KeyScope,
    /// Who was refused.
    pub name: String,
    /// The scopes that they have.
    pub has: Vec<&'static str>,
}

/// A key can't be made, listed or revoked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AccessError {
    /// The name is empty or too long.
    #[error("key name: expected 1 to {max} characters, got {got}", max = crate::service::MAX_NAME_CHARS)]
    Name {
        /// How many characters it has.
        got: usize,
    },
    /// A key without scopes would be of no use.
    #[error("key scopes: expected at least one of {}", KeyScope::names().join(", "))]
    NoScopes,
    /// The key would never count.
    #[error("key expiry: expected a time in the future, got {0}")]
    ExpiryPassed(rollcall_model::Timestamp),
    /// The tenant has no such key.
    #[error("tenant {tenant} has no API key {id}; the list of keys shows which there are")]
    UnknownKey {
        /// Whose key it was to be.
        tenant: rollcall_model::TenantId,
        /// Which key.
        id: KeyId,
    },
    /// The operating system gives no randomness.
    #[error("the operating system gives no random bytes: {0}")]
    NoRandomness(getrandom::Error),
    /// The control database failed.
    #[error(transparent)]
    Control(#[from] ControlError),
}
