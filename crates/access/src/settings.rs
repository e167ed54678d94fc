//! What a tenant has set about signing in.

use rollcall_control::settings::Setting;
use rollcall_control::user_sessions::UserSession;
use rollcall_model::time::{MICROS_PER_HOUR, MICROS_PER_SECOND};
use rollcall_model::{TenantId, Timestamp};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::error::AccessError;
use crate::principal::Principal;
use crate::record::{self, Actor, Change};
use crate::service::Access;

/// Name of the setting in the store.
const SIGN_IN: &str = "sign_in";
/// What the record calls it.
pub(crate) const ENTITY: &str = "Settings";

/// How people sign in, and for how long.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SignInSettings {
    /// Whether somebody may be signed in once at a time.
    pub single_sign_in: bool,
    /// After so many minutes without use a session ends.
    pub idle_minutes: u32,
    /// After so many hours a session ends, however much it is used.
    pub absolute_hours: u32,
    /// Whether those who sign in with a password must use one-time codes.
    pub require_second_factor: bool,
}

impl Default for SignInSettings {
    fn default() -> Self {
        SignInSettings { single_sign_in: false, idle_minutes: 60, absolute_hours: 12, require_second_factor: false }
    }
}

impl SignInSettings {
    /// Sessions that were used after this moment are not idle.
    pub(crate) fn used_since(&self, now: Timestamp) -> Timestamp {
        now.plus_micros(-(i64::from(self.idle_minutes) * 60 * MICROS_PER_SECOND))
    }

    /// Whether a session goes on.
    pub(crate) fn lives(&self, session: &UserSession, now: Timestamp) -> bool {
        session.expires_at > now && session.last_seen_at > self.used_since(now)
    }

    /// When a session that begins now ends at the latest.
    pub(crate) fn expiry(&self, now: Timestamp) -> Timestamp {
        now.plus_micros(i64::from(self.absolute_hours) * MICROS_PER_HOUR)
    }

    fn check(&self) -> Result<(), AccessError> {
        let within = |field, value: u32, range: std::ops::RangeInclusive<u32>| {
            if range.contains(&value) {
                return Ok(());
            }
            Err(AccessError::Invalid { field, reason: format!("expected {} to {}, got {value}", range.start(), range.end()) })
        };
        within("idle_minutes", self.idle_minutes, 1..=24 * 60)?;
        within("absolute_hours", self.absolute_hours, 1..=24 * 30)?;
        if self.idle_minutes > self.absolute_hours * 60 {
            let reason =
                format!("expected at most absolute_hours, which are {} minutes, got {}", self.absolute_hours * 60, self.idle_minutes);
            return Err(AccessError::Invalid { field: "idle_minutes", reason });
        }
        Ok(())
    }
}

/// A setting with its version, which is 0 where it was never set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Versioned<T> {
    /// What is set.
    pub value: T,
    /// In which version.
    pub version: i64,
}

impl Access {
    /// How people of a tenant sign in.
    pub async fn sign_in_settings(&self, tenant: &TenantId) -> Result<Versioned<SignInSettings>, AccessError> {
        self.setting(tenant, SIGN_IN).await
    }

    /// Sets how people of the caller's tenant sign in, in the version that they have read.
    pub async fn set_sign_in_settings(&self, by: &Principal, from: i64, to: &SignInSettings) -> Result<i64, AccessError> {
        to.check()?;
        let before = self.sign_in_settings(&by.tenant).await?.value;
        self.set(by, SIGN_IN, "Sign-in", from, to, &serde_json::json!(before), &serde_json::json!(to)).await
    }

    /// What a tenant has set under a name.
    pub async fn setting<T: DeserializeOwned + Default>(&self, tenant: &TenantId, name: &str) -> Result<Versioned<T>, AccessError> {
        let Some(setting) = self.control.settings().get(tenant, name).await? else {
            return Ok(Versioned { value: T::default(), version: 0 });
        };
        let unreadable =
            |error| AccessError::Conflict(format!("the setting {name} can't be read: {error}; a newer version may have set it"));
        Ok(Versioned { value: serde_json::from_str(&setting.content).map_err(unreadable)?, version: setting.version })
    }

    /// Sets something. The record tells `before` and `after`, which hold no secrets.
    #[allow(clippy::too_many_arguments)]
    pub async fn set<T: Serialize>(
        &self,
        by: &Principal,
        name: &str,
        called: &str,
        from: i64,
        to: &T,
        before: &Value,
        after: &Value,
    ) -> Result<i64, AccessError> {
        let now = self.now();
        let version = from.saturating_add(1);
        let content = serde_json::to_string(to).map_err(|error| AccessError::Conflict(format!("writing a setting: {error}")))?;
        let setting = Setting { content, version, changed_at: now, changed_by: by.id() };
        let change = Change {
            entity: ENTITY,
            activity: "Updated",
            instance: name.to_owned(),
            summary: format!("Changed the settings {called:?}"),
            before: Some(before.clone()),
            after: Some(after.clone()),
        };
        let record = record::change(&by.tenant, &Actor::of(by), now, change);
        self.control.settings().put(&by.tenant, name, &setting, &[record]).await?;
        self.verified_sessions.forget_all();
        Ok(version)
    }
}
