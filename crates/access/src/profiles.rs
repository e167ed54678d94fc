//! Security profiles of a tenant: listing, making, changing and deleting them.

use std::collections::BTreeSet;

use rollcall_control::ControlError;
use rollcall_control::profiles::Profile as Stored;
use rollcall_model::scope::ScopePart;
use rollcall_model::{Scope, TenantId};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::error::AccessError;
use crate::permission::Permission;
use crate::principal::Principal;
use crate::profile::Profile;
use crate::record::{self, Actor, Change};
use crate::service::{Access, MAX_NAME_CHARS};

/// What the record calls one.
const ENTITY: &str = "Security Profile";
/// Longest scope, in bytes.
const MAX_SCOPE_BYTES: usize = 12 * 1024;
/// Most parts of a scope, and most conditions of a part.
const MAX_PARTS: usize = 100;

/// A profile as it is to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProfileWish {
    /// Its name.
    pub name: String,
    /// What it allows.
    pub permissions: BTreeSet<Permission>,
    /// Within which scope.
    pub scope: Scope,
}

impl Access {
    /// The profiles of a tenant: those that come with Rollcall, then its own by name.
    pub async fn profiles(&self, tenant: &TenantId) -> Result<Vec<Profile>, AccessError> {
        let own = self.control.profiles().list(tenant).await?;
        Ok(Profile::built_in().into_iter().chain(own.into_iter().map(Profile::of)).collect())
    }

    /// The profile of that id.
    pub async fn profile(&self, tenant: &TenantId, id: &str) -> Result<Profile, AccessError> {
        if let Some(profile) = Profile::find_built_in(id) {
            return Ok(profile);
        }
        let stored = match id.parse::<Uuid>() {
            Ok(id) => self.control.profiles().get(tenant, id).await?,
            Err(_) => None,
        };
        stored.map(Profile::of).ok_or_else(|| AccessError::Unknown { what: "security profile", id: id.chars().take(64).collect() })
    }

    /// The profiles of these ids, as far as they are there.
    pub(crate) async fn profiles_of(&self, tenant: &TenantId, ids: &[String]) -> Result<Vec<Profile>, AccessError> {
        let mut profiles = Vec::with_capacity(ids.len());
        for id in ids {
            match self.profile(tenant, id).await {
                Ok(profile) => profiles.push(profile),
                // One that is gone, or that a newer version has built in, gives nothing.
                Err(AccessError::Unknown { .. }) => tracing::warn!(%tenant, id, "a user has a security profile that is not there"),
                Err(error) => return Err(error),
            }
        }
        Ok(profiles)
    }

    /// Makes a profile.
    pub async fn create_profile(&self, by: &Principal, wish: &ProfileWish) -> Result<Profile, AccessError> {
        let stored = self.checked(by, wish, Uuid::now_v7(), 1)?;
        let change = Change {
            entity: ENTITY,
            activity: "Created",
            instance: stored.id.to_string(),
            summary: format!("Made the security profile {:?}", stored.name),
            before: None,
            after: Some(told(&Profile::of(stored.clone()))),
        };
        let record = record::change(&by.tenant, &Actor::of(by), stored.created_at, change);
        self.control.profiles().create(&stored, &[record]).await?;
        Ok(Profile::of(stored))
    }

    /// Puts a profile in the place of the version that the caller has read.
    pub async fn update_profile(&self, by: &Principal, id: &str, from: i64, wish: &ProfileWish) -> Result<Profile, AccessError> {
        let before = self.own_profile(by, id).await?;
        let stored = self.checked(by, wish, id_of(&before)?, from.saturating_add(1))?;
        let after = Profile::of(stored.clone());
        let change = Change {
            entity: ENTITY,
            activity: "Updated",
            instance: id.to_owned(),
            summary: format!("Changed the security profile {:?}", stored.name),
            before: Some(told(&before)),
            after: Some(told(&after)),
        };
        let record = record::change(&by.tenant, &Actor::of(by), stored.changed_at, change);
        self.control.profiles().update(&stored, &[record]).await?;
        self.verified_sessions.forget_all();
        Ok(after)
    }

    /// Deletes the version of a profile that the caller has read.
    pub async fn delete_profile(&self, by: &Principal, id: &str, from: i64) -> Result<(), AccessError> {
        let before = self.own_profile(by, id).await?;
        let change = Change {
            entity: ENTITY,
            activity: "Deleted",
            instance: id.to_owned(),
            summary: format!("Deleted the security profile {:?}", before.name),
            before: Some(told(&before)),
            after: None,
        };
        let record = record::change(&by.tenant, &Actor::of(by), self.now(), change);
        self.control.profiles().delete(&by.tenant, id_of(&before)?, from, &[record]).await?;
        self.verified_sessions.forget_all();
        Ok(())
    }

    /// A profile that the tenant has made, and that gives nothing that the caller does not have.
    async fn own_profile(&self, by: &Principal, id: &str) -> Result<Profile, AccessError> {
        let profile = self.profile(&by.tenant, id).await?;
        if profile.built_in {
            return Err(AccessError::Conflict(format!("the profile {:?} comes with Rollcall; make one of your own instead", profile.name)));
        }
        require_own(by, &profile)?;
        Ok(profile)
    }

    fn checked(&self, by: &Principal, wish: &ProfileWish, id: Uuid, version: i64) -> Result<Stored, AccessError> {
        let name = wish.name.trim();
        let length = name.chars().count();
        let invalid = |field, reason: String| AccessError::Invalid { field, reason };
        if !(1..=MAX_NAME_CHARS).contains(&length) || name.chars().any(char::is_control) {
            return Err(invalid("name", format!("expected 1 to {MAX_NAME_CHARS} characters without control characters, got {length}")));
        }
        if Profile::built_in().iter().any(|built_in| built_in.name.eq_ignore_ascii_case(name)) {
            return Err(ControlError::ProfileTaken { name: name.to_owned() }.into());
        }
        check_scope(&wish.scope)?;
        let permissions: BTreeSet<Permission> = wish.permissions.iter().flat_map(|permission| permission.with_included()).collect();
        if permissions.is_empty() {
            return Err(invalid("permissions", "expected at least one permission".to_owned()));
        }
        let now = self.now();
        let stored = Stored {
            id,
            tenant: by.tenant.clone(),
            name: name.to_owned(),
            permissions: permissions.iter().map(|permission| permission.as_str().to_owned()).collect(),
            scope: json!(wish.scope).to_string(),
            version,
            created_at: now,
            changed_at: now,
            changed_by: by.id(),
        };
        require_own(by, &Profile::of(stored.clone()))?;
        Ok(stored)
    }
}

/// Refuses to give a profile that gives more than the giver has.
pub(crate) fn require_own(by: &Principal, profile: &Profile) -> Result<(), AccessError> {
    if by.covers(&profile.permissions, &profile.scope) {
        return Ok(());
    }
    Err(AccessError::MoreThanOwn(format!("the security profile {:?}", profile.name)))
}

/// Refuses a scope that says nothing, or too much to be planned.
pub fn check_scope(scope: &Scope) -> Result<(), AccessError> {
    let invalid = |reason: String| Err(AccessError::Invalid { field: "scope", reason });
    let Scope::Parts(parts) = scope else { return Ok(()) };
    // The record of a change holds two.
    let bytes = json!(scope).to_string().len();
    if bytes > MAX_SCOPE_BYTES {
        return invalid(format!("expected at most {MAX_SCOPE_BYTES} bytes, got {bytes}"));
    }
    if parts.is_empty() || parts.len() > MAX_PARTS {
        return invalid(format!("expected 1 to {MAX_PARTS} parts, got {}; all rows are \"all\"", parts.len()));
    }
    for part in parts {
        if *part == ScopePart::default() {
            return invalid(
                "expected hierarchies, routing_profiles, tags or employee_ids in each part, got none; all rows are \"all\"".to_owned(),
            );
        }
        let lists = [&part.hierarchies, &part.routing_profiles, &part.employee_ids];
        let texts = lists.into_iter().flatten().chain(part.tags.iter().flat_map(|(key, value)| [key, value]));
        let lengths: Vec<usize> = texts.map(|text| text.chars().count()).collect();
        if lengths.len() > MAX_PARTS * 2 || lengths.iter().any(|length| *length == 0 || *length > 1_000) {
            return invalid(format!("expected at most {} texts of 1 to 1,000 characters in a part", MAX_PARTS * 2));
        }
    }
    Ok(())
}

fn id_of(profile: &Profile) -> Result<Uuid, AccessError> {
    profile.id.parse().map_err(|_| AccessError::Unknown { what: "security profile", id: profile.id.clone() })
}

/// What the record says of a profile.
fn told(profile: &Profile) -> Value {
    let permissions: Vec<&str> = profile.permissions.iter().map(|permission| permission.as_str()).collect();
    json!({"name": profile.name, "permissions": permissions, "scope": profile.scope})
}
