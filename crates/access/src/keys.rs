//! API keys: making, listing, revoking and checking them.

use std::collections::BTreeSet;

use rollcall_control::api_keys::ApiKey;
use rollcall_model::time::MICROS_PER_SECOND;
use rollcall_model::{Scope, TenantId, Timestamp};
use serde_json::json;

use crate::api_key::{self, ApiKeyText, Secret, SecretHash};
use crate::error::{AccessError, AuthError};
use crate::key_id::KeyId;
use crate::key_scope::KeyScope;
use crate::permission::Permission;
use crate::principal::{Grant, Principal, Who};
use crate::random::random;
use crate::record::{self, Actor, Change};
use crate::service::{Access, MAX_NAME_CHARS};

/// How exactly it is noted when a key was last used: writing it costs a commit.
const USE_NOTED_MICROS: i64 = 60 * MICROS_PER_SECOND;
/// What the record calls one.
const ENTITY: &str = "API Key";

/// A key that is to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyWish {
    /// What its maker calls it.
    pub name: String,
    /// What it may do.
    pub scopes: BTreeSet<KeyScope>,
    /// From when on it no longer counts.
    pub expires_at: Option<Timestamp>,
    /// Which rows it may show.
    pub data_scope: Scope,
}

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
    /// Which rows it may show.
    pub data_scope: Scope,
    /// Who made it, if that is known.
    pub created_by: Option<String>,
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
    pub(crate) fn of(key: &ApiKey, now: Timestamp) -> Self {
        if key.revoked_at.is_some() {
            KeyState::Revoked
        } else if key.expires_at.is_some_and(|expiry| expiry <= now) {
            KeyState::Expired
        } else {
            KeyState::Active
        }
    }

    /// The word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            KeyState::Active => "active",
            KeyState::Expired => "expired",
            KeyState::Revoked => "revoked",
        }
    }
}

impl Access {
    /// Makes a key for the caller's tenant. The answer holds the only copy of its secret. Nobody makes one that may do
    /// more than they.
    pub async fn create_key(&self, by: &Principal, wish: &KeyWish) -> Result<NewKey, AccessError> {
        let now = self.now();
        let name = wish.name.trim();
        let length = name.chars().count();
        if !(1..=MAX_NAME_CHARS).contains(&length) {
            return Err(AccessError::Name { got: length });
        }
        if name.chars().any(char::is_control) {
            return Err(AccessError::Invalid { field: "name", reason: "expected a name without control characters".to_owned() });
        }
        if wish.scopes.is_empty() {
            return Err(AccessError::NoScopes);
        }
        if let Some(expiry) = wish.expires_at.filter(|expiry| *expiry <= now) {
            return Err(AccessError::ExpiryPassed(expiry));
        }
        let grant = grant(&wish.scopes, wish.data_scope.clone());
        if !by.covers(&grant.permissions, &grant.scope) {
            return Err(AccessError::MoreThanOwn(format!("the API key {name:?}")));
        }
        let (id, secret) = (KeyId::new(random()?), Secret::new(random()?));
        let stored = ApiKey {
            id: id.as_uuid(),
            tenant: by.tenant.clone(),
            name: name.to_owned(),
            key_hash: secret.hash().0,
            scopes: names(&wish.scopes),
            created_at: now,
            expires_at: wish.expires_at,
            last_used_at: None,
            revoked_at: None,
            data_scope: (wish.data_scope != Scope::All).then(|| json!(wish.data_scope).to_string()),
            created_by: Some(by.id()),
        };
        let change = Change {
            entity: ENTITY,
            activity: "Created",
            instance: id.to_string(),
            summary: format!("Made the API key {name:?}"),
            before: None,
            after: Some(told(&stored)),
        };
        let record = record::change(&by.tenant, &Actor::of(by), now, change);
        self.control.api_keys().create(&stored, &[record]).await?;
        Ok(NewKey { id, text: api_key::write(api_key::KEY, id, &secret) })
    }

    /// A tenant's keys, oldest first.
    pub async fn keys(&self, tenant: &TenantId) -> Result<Vec<KeyInfo>, AccessError> {
        let now = self.now();
        let keys = self.control.api_keys().list(tenant).await?;
        Ok(keys.into_iter().map(|key| info(key, now)).collect())
    }

    /// Revokes a key of the caller's tenant: it counts no longer, in this process from now on, in others within ten
    /// seconds.
    pub async fn revoke_key(&self, by: &Principal, id: KeyId) -> Result<(), AccessError> {
        let now = self.now();
        let unknown = || AccessError::UnknownKey { tenant: by.tenant.clone(), id };
        let key = self.control.api_keys().find(id.as_uuid()).await?.filter(|key| key.tenant == by.tenant).ok_or_else(unknown)?;
        let gives = grant(&known_scopes(&key), data_scope(&key));
        if !by.covers(&gives.permissions, &gives.scope) {
            return Err(AccessError::MoreThanOwn(format!("the API key {:?}", key.name)));
        }
        let revoked = ApiKey { revoked_at: Some(now), ..key.clone() };
        let change = Change {
            entity: ENTITY,
            activity: "Revoked",
            instance: id.to_string(),
            summary: format!("Revoked the API key {:?}", key.name),
            before: Some(told(&key)),
            after: Some(told(&revoked)),
        };
        let record = record::change(&by.tenant, &Actor::of(by), now, change);
        if !self.control.api_keys().revoke(&by.tenant, id.as_uuid(), now, &[record]).await? {
            return Err(unknown());
        }
        self.verified_keys.forget(id.as_uuid());
        Ok(())
    }

    /// Who holds the key that a caller presents.
    pub async fn authenticate(&self, bearer: &str) -> Result<Principal, AuthError> {
        let result = match api_key::read(api_key::KEY, bearer) {
            Some((id, secret)) => self.check_key(id, secret.hash()).await,
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

    async fn check_key(&self, id: KeyId, presented: SecretHash) -> Result<Principal, AuthError> {
        let now = self.now();
        if let Some(principal) = self.verified_keys.get(id.as_uuid(), &presented, now) {
            return Ok(principal);
        }
        let ticket = self.verified_keys.begin();
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
        self.verified_keys.remember(ticket, id.as_uuid(), presented, expires_at, now, principal.clone());
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

/// A scope that a newer version has given is none that this one could honour.
fn known_scopes(key: &ApiKey) -> BTreeSet<KeyScope> {
    key.scopes.iter().filter_map(|scope| scope.parse().ok()).collect()
}

/// Which rows a key may show. What can't be read shows none.
fn data_scope(key: &ApiKey) -> Scope {
    key.data_scope.as_deref().map_or(Scope::All, |text| serde_json::from_str(text).unwrap_or_default())
}

/// What the scopes of a key stand for.
fn grant(scopes: &BTreeSet<KeyScope>, scope: Scope) -> Grant {
    let given = |permission: &&Permission| permission.key_scope().is_some_and(|needed| scopes.contains(&needed));
    Grant { permissions: Permission::ALL.iter().filter(given).copied().collect(), scope }
}

pub(crate) fn principal(key: ApiKey) -> Principal {
    let scopes = known_scopes(&key);
    Principal { grants: vec![grant(&scopes, data_scope(&key))], who: Who::Key(key.id.into(), scopes), tenant: key.tenant, name: key.name }
}

fn names(scopes: &BTreeSet<KeyScope>) -> Vec<String> {
    scopes.iter().map(|scope| scope.as_str().to_owned()).collect()
}

/// What the record says of a key: nothing of its secret.
fn told(key: &ApiKey) -> serde_json::Value {
    json!({"name": key.name, "scopes": key.scopes, "data_scope": data_scope(key), "expires_at": key.expires_at, "revoked": key.revoked_at.is_some()})
}

fn info(key: ApiKey, now: Timestamp) -> KeyInfo {
    KeyInfo {
        id: key.id.into(),
        scopes: known_scopes(&key),
        data_scope: data_scope(&key),
        state: KeyState::of(&key, now),
        name: key.name,
        created_by: key.created_by,
        created_at: key.created_at,
        expires_at: key.expires_at,
        last_used_at: key.last_used_at,
        revoked_at: key.revoked_at,
    }
}
