//! The service: makes, lists, revokes and checks API keys.

use std::collections::BTreeSet;
use std::sync::Arc;

use rollcall_control::Control;
use rollcall_control::api_keys::ApiKey;
use rollcall_model::time::MICROS_PER_SECOND;
use rollcall_model::{Scope, TenantId, Timestamp};

use crate::api_key::{self, ApiKeyText, Secret, SecretHash};
use crate::error::{AccessError, AuthError};
use crate::key_id::KeyId;
use crate::key_scope::KeyScope;
use crate::principal::Principal;
use crate::verified::Verified;

/// Most characters of a key's name.
pub(crate) const MAX_NAME_CHARS: usize = 200;
/// How exactly it is noted when a key was last used: writing it costs a commit.
const USE_NOTED_MICROS: i64 = 60 * MICROS_PER_SECOND;

/// Decides who a caller is.
pub struct Access {
    control: Control,
    verified: Verified,
    clock: Clock,
}

/// What time it is.
type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// A key that was just made. Its text can't be had again.
#[derive(Debug, Clone)]
pub struct NewKey {
    /// Which key.
    pub id: KeyId,
    /// The key itself, to be shown to its maker.
    pub text: ApiKeyText,
}

/// A key as it is listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyInfo {
    /// Which key.
    pub id: KeyId,
    /// What its maker calls it.
    pub name: String,
    /// What it may do. A scope that this version does not know is left out.
    pub scopes: BTreeSet<KeyScope>,
    /// When it was made.
    pub created_at: Timestamp,
    /// From when on it no longer counts.
    pub expires_at: Option<Timestamp>,
    /// When it was last used, to the minute.
    pub last_used_at: Option<Timestamp>,
    /// Since when it no longer counts.
    pub revoked_at: Option<Timestamp>,
    /// Whether it counts now.
    pub state: KeyState,
}

/// Whether a key counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyState {
    /// It does.
    Active,
    /// Its time is over.
    Expired,
    /// It was revoked.
    Revoked,
}

impl KeyState {
    fn of(key: &ApiKey, now: Timestamp) -> Self {
        if key.revoked_at.is_some() {
            KeyState::Revoked
        } else if key.expires_at.is_some_and(|expiry| expiry <= now) {
            KeyState::Expired
        } else {
            KeyState::Active
        }
    }
}

impl Access {
    /// The service over a control database.
    pub fn new(control: Control) -> Self {
        Self::with_clock(control, || jiff::Timestamp::now().into())
    }

    /// The service with another clock, for tests.
    pub fn with_clock(control: Control, clock: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        Access { control, verified: Verified::default(), clock: Arc::new(clock) }
    }

    /// Makes a key for a tenant. The answer holds the only copy of its secret.
    pub async fn create_key(
        &self,
        tenant: &TenantId,
        name: &str,
        scopes: &BTreeSet<KeyScope>,
        expires_at: Option<Timestamp>,
    ) -> Result<NewKey, AccessError> {
        let now = (self.clock)();
        let name = name.trim();
        let length = name.chars().count();
        if !(1..=MAX_NAME_CHARS).contains(&length) {
            return Err(AccessError::Name { got: length });
        }
        if scopes.is_empty() {
            return Err(AccessError::NoScopes);
        }
        if let Some(expiry) = expires_at.filter(|expiry| *expiry <= now) {
            return Err(AccessError::ExpiryPassed(expiry));
        }
        let (id, secret) = (KeyId::new(random()?), Secret::new(random()?));
        let stored = ApiKey {
            id: id.as_uuid(),
            tenant: tenant.clone(),
            name: name.to_owned(),
            key_hash: secret.hash().0,
            scopes: scopes.iter().map(|scope| scope.as_str().to_owned()).collect(),
            created_at: now,
            expires_at,
            last_used_at: None,
            revoked_at: None,
        };
        self.control.api_keys().create(&stored).await?;
        Ok(NewKey { id, text: api_key::write(id, &secret) })
    }

    /// A tenant's keys, oldest first.
    pub async fn list(&self, tenant: &TenantId) -> Result<Vec<KeyInfo>, AccessError> {
        let now = (self.clock)();
        let keys = self.control.api_keys().list(tenant).await?;
        Ok(keys.into_iter().map(|key| info(key, now)).collect())
    }

    /// Revokes a tenant's key: it counts no longer, in this process from now on, in others within ten
    /// seconds.
    pub async fn revoke(&self, tenant: &TenantId, id: KeyId) -> Result<(), AccessError> {
        let known = self.control.api_keys().revoke(tenant, id.as_uuid(), (self.clock)()).await?;
        if !known {
            return Err(AccessError::UnknownKey { tenant: tenant.clone(), id });
        }
        self.verified.forget(id);
        Ok(())
    }

    /// Who holds the key that a caller presents.
    pub async fn authenticate(&self, bearer: &str) -> Result<Principal, AuthError> {
        let result = match api_key::read(bearer) {
            Some((id, secret)) => self.check(id, secret.hash()).await,
            None => Err(AuthError::Malformed),
        };
        if let Err(error) = &result {
            let key = error.key_id().map(tracing::field::display);
            match error {
                AuthError::Unavailable(source) => tracing::error!(error = %source, "API keys can't be checked"),
                _ => tracing::info!(reason = error.reason(), key, "API key refused"),
            }
        }
        result
    }

    async fn check(&self, id: KeyId, presented: SecretHash) -> Result<Principal, AuthError> {
        let now = (self.clock)();
        if let Some(principal) = self.verified.get(id, &presented, now) {
            return Ok(principal);
        }
        let ticket = self.verified.begin();
        let found = self.control.api_keys().find(id.as_uuid()).await.map_err(AuthError::Unavailable)?;
        // An unknown id goes the way of a wrong secret: one look into the database, one comparison.
        let stored = found.as_ref().map_or(SecretHash::OF_NO_SECRET, |key| SecretHash(key.key_hash));
        let matches = presented.matches(&stored);
        let key = found.ok_or(AuthError::UnknownKey(id))?;
        if !matches {
            return Err(AuthError::WrongSecret(id));
        }
        match KeyState::of(&key, now) {
            KeyState::Revoked => return Err(AuthError::Revoked(id)),
            KeyState::Expired => return Err(AuthError::Expired(id)),
            KeyState::Active => {}
        }
        self.note_use(&key, now).await;
        let expires_at = key.expires_at;
        let principal = principal(key);
        self.verified.remember(ticket, id, presented, expires_at, now, principal.clone());
        Ok(principal)
    }

    /// Notes that a key is used, unless that was noted a moment ago. A caller is not refused because it
    /// can't be noted.
    async fn note_use(&self, key: &ApiKey, now: Timestamp) {
        if key.last_used_at.is_some_and(|noted| now.micros_since(noted) < USE_NOTED_MICROS) {
            return;
        }
        if let Err(error) = self.control.api_keys().touch(key.id, now).await {
            tracing::warn!(%error, key = %KeyId::from(key.id), "the use of an API key can't be noted");
        }
    }
}

impl std::fmt::Debug for Access {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Access").finish_non_exhaustive()
    }
}

/// Random bytes of the operating system.
fn random<const N: usize>() -> Result<[u8; N], AccessError> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(AccessError::NoRandomness)?;
    Ok(bytes)
}

/// A scope that a newer version has given is none that this one could honour.
fn known_scopes(key: &ApiKey) -> BTreeSet<KeyScope> {
    key.scopes.iter().filter_map(|scope| scope.parse().ok()).collect()
}

fn principal(key: ApiKey) -> Principal {
    Principal {
        scopes: known_scopes(&key),
        tenant: key.tenant,
        name: key.name,
        key_id: Some(key.id.into()),
        // Keys are not limited to parts of the hierarchy yet.
        data_scope: Scope::All,
    }
}

fn info(key: ApiKey, now: Timestamp) -> KeyInfo {
    KeyInfo {
        id: key.id.into(),
        scopes: known_scopes(&key),
        state: KeyState::of(&key, now),
        name: key.name,
        created_at: key.created_at,
        expires_at: key.expires_at,
        last_used_at: key.last_used_at,
        revoked_at: key.revoked_at,
    }
}
