//! Users of a tenant: listing, making and changing them.

use rollcall_control::users::{Credentials, NewUser, User, UserChange};
use rollcall_model::TenantId;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::error::AccessError;
use crate::password::{self, check_strength};
use crate::principal::Principal;
use crate::profile::ADMIN;
use crate::profiles::require_own;
use crate::record::{self, Actor, Change};
use crate::service::{Access, MAX_NAME_CHARS};

/// What the record calls one.
pub(crate) const ENTITY: &str = "User";
/// The account of the user that a new store gets.
const FIRST_ACCOUNT: &str = "admin";

/// A user who is to be made.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct UserWish {
    /// What they sign in with.
    pub account: String,
    /// What they are called; their account, if left out.
    pub display_name: Option<String>,
    /// Their address for mail.
    pub email: Option<String>,
    /// Which agent of the organisation they are.
    pub employee_id: Option<String>,
    /// Ids of their security profiles.
    pub profiles: Vec<String>,
    /// Whether they get a password. One who signs in through an OpenID provider alone needs none.
    pub with_password: bool,
}

/// What is to be otherwise of a user. What is `None` stays as it is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct UserUpdate {
    /// Another name.
    pub display_name: Option<String>,
    /// Another address for mail, or none.
    pub email: Option<Option<String>>,
    /// Another agent, or none.
    pub employee_id: Option<Option<String>>,
    /// Other profiles.
    pub profiles: Option<Vec<String>>,
    /// Whether they may sign in.
    pub active: Option<bool>,
}

impl Access {
    /// The users of a tenant, by account.
    pub async fn users(&self, tenant: &TenantId) -> Result<Vec<User>, AccessError> {
        Ok(self.control.users().list(tenant).await?)
    }

    /// The user of that id.
    pub async fn user(&self, tenant: &TenantId, id: Uuid) -> Result<User, AccessError> {
        let user = self.control.users().get(tenant, id).await?;
        user.ok_or_else(|| AccessError::Unknown { what: "user", id: id.to_string() })
    }

    /// The user of that account.
    pub async fn user_of_account(&self, tenant: &TenantId, account: &str) -> Result<User, AccessError> {
        let user = self.control.users().find(tenant, account).await?;
        user.ok_or_else(|| AccessError::Unknown { what: "user", id: account.chars().take(64).collect() })
    }

    /// Makes a user. Answers their first password too, if they get one: they must choose another when they first sign in.
    pub async fn create_user(&self, by: &Principal, wish: &UserWish) -> Result<(User, Option<String>), AccessError> {
        let now = self.now();
        let account = text("account", &wish.account)?;
        self.require_to_give(by, &wish.profiles).await?;
        let password = if wish.with_password { Some(password::generate()?) } else { None };
        let new = NewUser {
            id: Uuid::now_v7(),
            tenant: by.tenant.clone(),
            display_name: wish
                .display_name
                .as_deref()
                .map(|name| text("display_name", name))
                .transpose()?
                .unwrap_or_else(|| account.clone()),
            email: optional_text("email", wish.email.as_deref())?,
            employee_id: optional_text("employee_id", wish.employee_id.as_deref())?,
            profiles: wish.profiles.clone(),
            credentials: self.first_credentials(password.as_deref()).await?,
            created_at: now,
            account,
        };
        let change = Change {
            entity: ENTITY,
            activity: "Created",
            instance: new.account.clone(),
            summary: format!("Made the user {:?}", new.account),
            before: None,
            after: Some(told_new(&new)),
        };
        let record = record::change(&by.tenant, &Actor::of(by), now, change);
        let user = self.control.users().create(&new, &[record]).await?;
        Ok((user, password))
    }

    /// Makes the first user of a tenant, who may do everything, and answers account and password; none if there is one
    /// already.
    pub async fn create_first_admin(&self, tenant: &TenantId) -> Result<Option<(String, String)>, AccessError> {
        if self.control.users().any(tenant).await? {
            return Ok(None);
        }
        let now = self.now();
        let password = password::generate()?;
        let new = NewUser {
            id: Uuid::now_v7(),
            tenant: tenant.clone(),
            account: FIRST_ACCOUNT.to_owned(),
            display_name: "Administrator".to_owned(),
            email: None,
            employee_id: None,
            profiles: vec![ADMIN.to_owned()],
            // It is shown once and is nobody else's: whoever started the server may keep it.
            credentials: Credentials { must_change_password: false, ..self.first_credentials(Some(&password)).await? },
            created_at: now,
        };
        let change = Change {
            entity: ENTITY,
            activity: "Created",
            instance: new.account.clone(),
            summary: "Made the first administrator of a new store".to_owned(),
            before: None,
            after: Some(told_new(&new)),
        };
        let record = record::change(tenant, &Actor::system(), now, change);
        let made = self.control.users().create_first(&new, &[record]).await?;
        Ok(made.then_some((new.account, password)))
    }

    async fn first_credentials(&self, password: Option<&str>) -> Result<Credentials, AccessError> {
        let password_hash = match password {
            Some(password) => Some(self.passwords.hash(password).await?),
            None => None,
        };
        Ok(Credentials { must_change_password: password_hash.is_some(), password_hash, ..Credentials::default() })
    }

    /// Changes the version of a user that the caller has read. Who may no longer sign in is signed out.
    pub async fn update_user(&self, by: &Principal, user: &User, update: &UserUpdate) -> Result<User, AccessError> {
        self.require_over(by, user).await?;
        if let Some(profiles) = &update.profiles {
            let added: Vec<String> = profiles.iter().filter(|profile| !user.profiles.contains(profile)).cloned().collect();
            self.require_to_give(by, &added).await?;
        }
        let to = UserChange {
            display_name: update.display_name.as_deref().map(|name| text("display_name", name)).transpose()?,
            email: update.email.as_ref().map(|email| optional_text("email", email.as_deref())).transpose()?,
            employee_id: update.employee_id.as_ref().map(|id| optional_text("employee_id", id.as_deref())).transpose()?,
            profiles: update.profiles.clone(),
            credentials: None,
            active: update.active,
        };
        let activity = match update.active {
            Some(false) if user.active => "Disabled",
            Some(true) if !user.active => "Enabled",
            _ => "Updated",
        };
        let after = changed(user, &to);
        let changed = self.change_user(by, user, &to, activity, Some(told(user)), Some(told(&after))).await?;
        if !changed.active {
            self.end_sessions_of(&changed, None, &Actor::of(by), "The user was disabled").await?;
        }
        Ok(changed)
    }

    /// Gives a user another password, which they must change when they next sign in, and signs them out.
    pub async fn reset_password(&self, by: &Principal, user: &User) -> Result<String, AccessError> {
        self.require_over(by, user).await?;
        let password = password::generate()?;
        let credentials = Credentials {
            password_hash: Some(self.passwords.hash(&password).await?),
            must_change_password: true,
            ..user.credentials.clone()
        };
        let to = UserChange { credentials: Some(credentials), ..UserChange::default() };
        let masked = Some(json!({"password": "(masked)"}));
        let changed = self.change_user(by, user, &to, "Password Reset", masked.clone(), masked).await?;
        self.end_sessions_of(&changed, None, &Actor::of(by), "The password was reset").await?;
        Ok(password)
    }

    /// Takes a user's second factor away, for one who has lost it, and signs them out.
    pub async fn reset_second_factor(&self, by: &Principal, user: &User) -> Result<User, AccessError> {
        self.require_over(by, user).await?;
        let before = json!({"second_factor": user.credentials.totp_secret.is_some()});
        let credentials = Credentials { totp_secret: None, totp_pending: None, recovery_codes: Vec::new(), ..user.credentials.clone() };
        let to = UserChange { credentials: Some(credentials), ..UserChange::default() };
        let after = json!({"second_factor": false});
        let changed = self.change_user(by, user, &to, "Second Factor Removed", Some(before), Some(after)).await?;
        self.end_sessions_of(&changed, None, &Actor::of(by), "The second factor was removed").await?;
        Ok(changed)
    }

    pub(crate) async fn change_user(
        &self,
        by: &Principal,
        user: &User,
        to: &UserChange,
        activity: &'static str,
        before: Option<Value>,
        after: Option<Value>,
    ) -> Result<User, AccessError> {
        let now = self.now();
        let summary = format!("{activity}: the user {:?}", user.account);
        let change = Change { entity: ENTITY, activity, instance: user.account.clone(), summary, before, after };
        let record = record::change(&by.tenant, &Actor::of(by), now, change);
        let changed = self.control.users().update(&by.tenant, user.id, user.version, to, ADMIN, now, &[record]).await?;
        self.verified_sessions.forget_all();
        Ok(changed)
    }

    /// Refuses to give profiles that are not there, or that give more than the giver has.
    async fn require_to_give(&self, by: &Principal, profiles: &[String]) -> Result<(), AccessError> {
        for id in profiles {
            let profile = self.profile(&by.tenant, id).await.map_err(|error| match error {
                AccessError::Unknown { id, .. } => AccessError::Invalid {
                    field: "profiles",
                    reason: format!("expected ids of security profiles, such as supervisor; there is none {id:?}"),
                },
                other => other,
            })?;
            require_own(by, &profile)?;
        }
        Ok(())
    }

    /// Refuses to change somebody who has more rights than whoever changes them.
    pub(crate) async fn require_over(&self, by: &Principal, user: &User) -> Result<(), AccessError> {
        for profile in self.profiles_of(&user.tenant, &user.profiles).await? {
            require_own(by, &profile)?;
        }
        Ok(())
    }
}

impl Access {
    /// Checks a password that somebody wants to have, and makes its hash.
    pub(crate) async fn hash_of_new(&self, password: &str, account: &str) -> Result<String, AccessError> {
        check_strength(password, account)?;
        self.passwords.hash(password).await
    }
}

/// A user as they will be.
fn changed(user: &User, to: &UserChange) -> User {
    User {
        display_name: to.display_name.clone().unwrap_or_else(|| user.display_name.clone()),
        email: to.email.clone().unwrap_or_else(|| user.email.clone()),
        employee_id: to.employee_id.clone().unwrap_or_else(|| user.employee_id.clone()),
        profiles: to.profiles.clone().unwrap_or_else(|| user.profiles.clone()),
        active: to.active.unwrap_or(user.active),
        ..user.clone()
    }
}

/// What the record says of a user: nothing of their secrets.
fn told(user: &User) -> Value {
    json!({
        "account": user.account, "display_name": user.display_name, "email": user.email, "employee_id": user.employee_id,
        "profiles": user.profiles, "active": user.active,
    })
}

fn told_new(new: &NewUser) -> Value {
    json!({
        "account": new.account, "display_name": new.display_name, "email": new.email, "employee_id": new.employee_id,
        "profiles": new.profiles, "active": true,
    })
}

/// A text of one line, without white space around it.
pub(crate) fn text(field: &'static str, value: &str) -> Result<String, AccessError> {
    let value = value.trim();
    let length = value.chars().count();
    if (1..=MAX_NAME_CHARS).contains(&length) && !value.chars().any(char::is_control) {
        return Ok(value.to_owned());
    }
    Err(AccessError::Invalid {
        field,
        reason: format!("expected 1 to {MAX_NAME_CHARS} characters without control characters, got {length}"),
    })
}

fn optional_text(field: &'static str, value: Option<&str>) -> Result<Option<String>, AccessError> {
    value.map(str::trim).filter(|value| !value.is_empty()).map(|value| text(field, value)).transpose()
}
