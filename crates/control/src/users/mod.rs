//! Users: who may sign in, how, and which security profiles they have.
//!
//! What a profile means, how a password is checked and whether a secret is right is known on the access floor.
//! Changes of users of one tenant come one after the other, so that a rule over all of them, such as that there is
//! always somebody with a profile, holds also where two are changed at once.

mod row;
mod write;

pub(crate) use write::one_after_the_other;

use std::fmt;

use rollcall_model::{TenantId, Timestamp};
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, DatabaseConnection, EntityTrait, QueryFilter, QueryOrder};
use uuid::Uuid;

use crate::entity::user_account::{Column, Entity, Model};
use crate::entity::user_profile;
use crate::error::ControlError;
use crate::fold::fold;

/// What errors call one.
const WHAT: &str = "user";

/// A user as they are stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// Which one.
    pub id: Uuid,
    /// Whose they are.
    pub tenant: TenantId,
    /// What they sign in with; no other user of the tenant has it, whatever the case.
    pub account: String,
    /// What they are called.
    pub display_name: String,
    /// Their address for mail.
    pub email: Option<String>,
    /// Which agent of the organisation they are.
    pub employee_id: Option<String>,
    /// Ids of their security profiles, in order.
    pub profiles: Vec<String>,
    /// How they prove who they are.
    pub credentials: Credentials,
    /// Whether they may sign in.
    pub active: bool,
    /// 1 at first; each change makes it one more.
    pub version: i64,
    /// When they were made.
    pub created_at: Timestamp,
    /// When they last changed.
    pub changed_at: Timestamp,
    /// When they last signed in.
    pub last_sign_in_at: Option<Timestamp>,
}

/// How a user proves who they are. Secrets are hashes, or encrypted, before they come here; nothing shows them.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Credentials {
    /// Hash of their password, in PHC form; none for those who can't sign in with one.
    pub password_hash: Option<String>,
    /// Whether they must choose another password first.
    pub must_change_password: bool,
    /// The secret of their one-time codes, encrypted.
    pub totp_secret: Option<Vec<u8>>,
    /// One that they have not confirmed yet.
    pub totp_pending: Option<Vec<u8>>,
    /// Hashes of recovery codes that are left.
    pub recovery_codes: Vec<String>,
    /// Who they are at an OpenID provider: issuer and subject.
    pub openid: Option<(String, String)>,
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials")
            .field("has_password", &self.password_hash.is_some())
            .field("must_change_password", &self.must_change_password)
            .field("has_totp", &self.totp_secret.is_some())
            .field("recovery_codes_left", &self.recovery_codes.len())
            .field("openid", &self.openid)
            .finish_non_exhaustive()
    }
}

/// A user that is to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewUser {
    /// Their id, a UUID that nothing else has.
    pub id: Uuid,
    /// Whose they are.
    pub tenant: TenantId,
    /// What they sign in with.
    pub account: String,
    /// What they are called.
    pub display_name: String,
    /// Their address for mail.
    pub email: Option<String>,
    /// Which agent of the organisation they are.
    pub employee_id: Option<String>,
    /// Ids of their security profiles.
    pub profiles: Vec<String>,
    /// How they prove who they are.
    pub credentials: Credentials,
    /// When they are made.
    pub created_at: Timestamp,
}

/// What is to be otherwise. What is `None` stays as it is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct UserChange {
    /// Another name.
    pub display_name: Option<String>,
    /// Another address for mail, or none.
    pub email: Option<Option<String>>,
    /// Another agent, or none.
    pub employee_id: Option<Option<String>>,
    /// Other profiles.
    pub profiles: Option<Vec<String>>,
    /// Other ways to prove who they are.
    pub credentials: Option<Credentials>,
    /// Whether they may sign in.
    pub active: Option<bool>,
}

/// The users of a control database.
#[derive(Debug, Clone, Copy)]
pub struct Users<'a> {
    db: &'a DatabaseConnection,
}

impl<'a> Users<'a> {
    pub(crate) fn new(db: &'a DatabaseConnection) -> Self {
        Users { db }
    }

    /// The tenant's user of that id.
    pub async fn get(&self, tenant: &TenantId, id: Uuid) -> Result<Option<User>, ControlError> {
        get(self.db, tenant, id).await
    }

    /// The tenant's user of that account, whatever its case.
    pub async fn find(&self, tenant: &TenantId, account: &str) -> Result<Option<User>, ControlError> {
        // Nobody has such an account: PostgreSQL takes no text with that character.
        if account.contains('\0') {
            return Ok(None);
        }
        one(self.db, of_tenant(tenant).add(Column::AccountFolded.eq(account_key(account)))).await
    }

    /// The tenant's user who is known to an OpenID provider by that subject.
    pub async fn find_openid(&self, tenant: &TenantId, issuer: &str, subject: &str) -> Result<Option<User>, ControlError> {
        one(self.db, of_tenant(tenant).add(Column::OpenidIssuer.eq(issuer)).add(Column::OpenidSubject.eq(subject))).await
    }

    /// The tenant's users, by account.
    pub async fn list(&self, tenant: &TenantId) -> Result<Vec<User>, ControlError> {
        let rows = Entity::find().filter(of_tenant(tenant)).order_by_asc(Column::AccountFolded).all(self.db).await?;
        with_profiles(self.db, rows, user_profile::Column::Tenant.eq(tenant.as_str())).await
    }

    /// Whether the tenant has any user.
    pub async fn any(&self, tenant: &TenantId) -> Result<bool, ControlError> {
        Ok(Entity::find().filter(of_tenant(tenant)).one(self.db).await?.is_some())
    }
}

/// The text by which two accounts are the same, whatever their case and the white space around them.
pub fn account_key(account: &str) -> String {
    fold(account.trim())
}

fn of_tenant(tenant: &TenantId) -> Condition {
    Condition::all().add(Column::Tenant.eq(tenant.as_str()))
}

fn this(tenant: &TenantId, id: Uuid) -> Condition {
    of_tenant(tenant).add(Column::Id.eq(id.to_string()))
}

/// The tenant's user of that id.
pub(crate) async fn get<C: ConnectionTrait>(db: &C, tenant: &TenantId, id: Uuid) -> Result<Option<User>, ControlError> {
    one(db, this(tenant, id)).await
}

/// The one user of whom a condition holds.
async fn one<C: ConnectionTrait>(db: &C, condition: Condition) -> Result<Option<User>, ControlError> {
    let Some(row) = Entity::find().filter(condition).one(db).await? else { return Ok(None) };
    let of_user = user_profile::Column::UserId.eq(row.id.clone());
    Ok(with_profiles(db, vec![row], of_user).await?.pop())
}

/// Users with their profiles, which a condition finds.
async fn with_profiles<C: ConnectionTrait>(
    db: &C,
    rows: Vec<Model>,
    condition: sea_orm::sea_query::SimpleExpr,
) -> Result<Vec<User>, ControlError> {
    let links = user_profile::Entity::find().filter(condition).order_by_asc(user_profile::Column::ProfileId).all(db).await?;
    let mut of_user = std::collections::HashMap::<String, Vec<String>>::new();
    for link in links {
        of_user.entry(link.user_id).or_default().push(link.profile_id);
    }
    rows.into_iter().map(|row| row::user(of_user.remove(&row.id).unwrap_or_default(), row)).collect()
}
