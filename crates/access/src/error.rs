//! Why a caller is refused, or something can't be done.

use rollcall_control::ControlError;

use crate::key_id::KeyId;
use crate::key_scope::KeyScope;
use crate::password::WeakPassword;
use crate::permission::Permission;
use crate::principal::{Principal, Restriction, Who};

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
    /// The session is none, or has ended.
    #[error("the session has ended; sign in again")]
    NoSession,
    /// Whether the key counts can't be found out now: no refusal, but a failure of the server.
    #[error("API keys and sessions can't be checked at the moment; try again later")]
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
            AuthError::NoSession => "no session",
            AuthError::Unavailable(_) => "unavailable",
        }
    }

    /// Which key was presented, if it could be read.
    pub fn key_id(&self) -> Option<KeyId> {
        match self {
            AuthError::UnknownKey(id) | AuthError::WrongSecret(id) | AuthError::Expired(id) | AuthError::Revoked(id) => Some(*id),
            AuthError::Malformed | AuthError::NoSession | AuthError::Unavailable(_) => None,
        }
    }

    /// Whether this is the server's failure rather than a refusal.
    pub fn is_unavailable(&self) -> bool {
        matches!(self, AuthError::Unavailable(_))
    }
}

/// A known caller may not do this.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", Denied::told(self))]
pub struct Denied {
    /// The permissions any of which would do.
    pub needed: Vec<&'static str>,
    /// The scope that an API key would need.
    pub needed_scope: Option<KeyScope>,
    /// Who was refused.
    pub name: String,
    /// The scopes that they have, if they came with an API key.
    pub has: Option<Vec<&'static str>>,
    /// What they must do first, if that is why.
    pub restriction: Option<Restriction>,
}

impl Denied {
    pub(crate) fn permissions(principal: &Principal, any_of: &[Permission]) -> Self {
        let has = match &principal.who {
            Who::Key(_, scopes) => Some(scopes.iter().map(|scope| scope.as_str()).collect()),
            Who::Operator | Who::User(_) => None,
        };
        Denied {
            needed: any_of.iter().map(|permission| permission.as_str()).collect(),
            needed_scope: any_of.iter().find_map(|permission| permission.key_scope()),
            name: principal.name.clone(),
            has,
            restriction: principal.signed_in().and_then(|signed_in| signed_in.restriction),
        }
    }

    fn told(&self) -> String {
        let name = &self.name;
        match (&self.has, self.needed_scope, self.restriction) {
            (_, _, Some(Restriction::ChangePassword)) => "another password must be chosen first: POST /api/v1/account/password".to_owned(),
            (_, _, Some(Restriction::SetUpSecondFactor)) => {
                "one-time codes must be set up first: POST /api/v1/account/second-factor".to_owned()
            }
            (Some(has), Some(scope), None) => {
                let has = if has.is_empty() { "none".to_owned() } else { has.join(", ") };
                format!("this needs the scope {scope}; {name:?} has {has}")
            }
            (Some(_), None, None) => format!("this can only be done by somebody who has signed in; {name:?} is an API key"),
            (None, _, None) => format!("this needs the permission {}; no security profile of {name:?} gives it", self.needed.join(" or ")),
        }
    }
}

/// Something about keys, users, profiles or settings can't be done.
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
    /// What was given is not what is expected.
    #[error("{field}: {reason}")]
    Invalid {
        /// Which member.
        field: &'static str,
        /// What was expected, and what came.
        reason: String,
    },
    /// A password is not taken.
    #[error("password: {0}")]
    WeakPassword(#[from] WeakPassword),
    /// Somebody would give rights that they don't have.
    #[error("{0}: it gives rights that you don't have, and nobody gives away more than they have")]
    MoreThanOwn(String),
    /// They are not there.
    #[error("there is no such {what} {id}")]
    Unknown {
        /// Of what kind.
        what: &'static str,
        /// Which one.
        id: String,
    },
    /// A proof of who they are was asked for once more, and was wrong.
    #[error("the present password or code is wrong")]
    WrongProof,
    /// Too many wrong proofs.
    #[error("too many attempts have failed; try again in {0} s")]
    TooMany(i64),
    /// They may not.
    #[error(transparent)]
    Denied(Denied),
    /// It can't be done as things are.
    #[error("{0}")]
    Conflict(String),
    /// Nothing can be asked of OpenID providers.
    #[error("OpenID providers can't be asked: {0}")]
    OpenId(String),
    /// Secrets can't be kept.
    #[error(
        "secrets can't be stored: this server has no secret key; its operator gives one with --secret-key-file (docs/configuration.md)"
    )]
    NoVault,
    /// A secret can't be read.
    #[error("a stored secret can't be read: it was stored with another secret key than this server has, or is damaged")]
    Sealed,
    /// A hash can't be made.
    #[error("a hash can't be made: {0}")]
    Hashing(String),
    /// The operating system gives no randomness.
    #[error("the operating system gives no random bytes: {0}")]
    NoRandomness(getrandom::Error),
    /// The control database failed.
    #[error(transparent)]
    Control(#[from] ControlError),
}
