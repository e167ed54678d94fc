//! Security profiles that tenants have made. Those that come with Rollcall are not stored.
//!
//! What a permission and a scope mean is known on the access floor; here both are texts.

use rollcall_model::{TenantId, Timestamp};
use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ActiveValue, ColumnTrait, Condition, DatabaseConnection, DatabaseTransaction, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder,
    SqlErr,
};
use uuid::Uuid;

use crate::entity::security_profile::{ActiveModel, Column, Entity, Model};
use crate::entity::user_profile;
use crate::error::ControlError;
use crate::fold::fold;
use crate::outbox::{self, Record};
use crate::stored_row::StoredRow;
use crate::transaction;
use crate::users::one_after_the_other;

/// What errors call one.
const WHAT: &str = "security profile";

/// A security profile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    /// Which one.
    pub id: Uuid,
    /// Whose it is.
    pub tenant: TenantId,
    /// Its name, which no other of the tenant has, whatever the case.
    pub name: String,
    /// What it allows.
    pub permissions: Vec<String>,
    /// Within which scope, JSON.
    pub scope: String,
    /// 1 at first; each change makes it one more.
    pub version: i64,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub changed_at: Timestamp,
    /// Who changed it last.
    pub changed_by: String,
}

/// The security profiles of a control database.
#[derive(Debug, Clone, Copy)]
pub struct Profiles<'a> {
    db: &'a DatabaseConnection,
}

impl<'a> Profiles<'a> {
    pub(crate) fn new(db: &'a DatabaseConnection) -> Self {
        Profiles { db }
    }

    /// Makes a profile. Refuses a name that another one of the tenant has.
    pub async fn create(&self, profile: &Profile, records: &[Record]) -> Result<(), ControlError> {
        let change = transaction::changing(self.db).await?;
        let unless_taken = OnConflict::columns([Column::Tenant, Column::NameFolded]).do_nothing().to_owned();
        if Entity::insert(row(profile)).on_conflict(unless_taken).exec_without_returning(&change).await? == 0 {
            return Err(ControlError::ProfileTaken { name: profile.name.clone() });
        }
        outbox::write_all(&change, records).await?;
        Ok(change.commit().await?)
    }

    /// Puts a profile in the place of its version before. When that was made stays as it is.
    pub async fn update(&self, profile: &Profile, records: &[Record]) -> Result<(), ControlError> {
        let change = transaction::changing(self.db).await?;
        one_after_the_other(&change, &profile.tenant).await?;
        let before = this(&profile.tenant, profile.id).add(Column::Version.eq(profile.version.saturating_sub(1)));
        let to = ActiveModel { created_at: ActiveValue::NotSet, ..row(profile) };
        let updated = Entity::update_many().set(to).filter(before).exec(&change).await.map_err(|error| match error.sql_err() {
            Some(SqlErr::UniqueConstraintViolation(_)) => ControlError::ProfileTaken { name: profile.name.clone() },
            _ => error.into(),
        })?;
        if updated.rows_affected == 0 {
            return Err(conflict(&change, &profile.tenant, profile.id, profile.version.saturating_sub(1)).await?);
        }
        outbox::write_all(&change, records).await?;
        Ok(change.commit().await?)
    }

    /// Deletes the version of a profile that the caller has read. Refuses one that somebody has.
    pub async fn delete(&self, tenant: &TenantId, id: Uuid, expected_version: i64, records: &[Record]) -> Result<(), ControlError> {
        let change = transaction::changing(self.db).await?;
        one_after_the_other(&change, tenant).await?;
        let users = user_profile::Entity::find().filter(user_profile::Column::ProfileId.eq(id.to_string())).count(&change).await?;
        let Some(present) = Entity::find().filter(this(tenant, id)).one(&change).await? else {
            return Err(ControlError::NotFound { what: WHAT, id: id.to_string() });
        };
        if users > 0 {
            return Err(ControlError::ProfileInUse { name: present.name, users });
        }
        let that_version = this(tenant, id).add(Column::Version.eq(expected_version));
        if Entity::delete_many().filter(that_version).exec(&change).await?.rows_affected == 0 {
            return Err(conflict(&change, tenant, id, expected_version).await?);
        }
        outbox::write_all(&change, records).await?;
        Ok(change.commit().await?)
    }

    /// The tenant's profile of that id.
    pub async fn get(&self, tenant: &TenantId, id: Uuid) -> Result<Option<Profile>, ControlError> {
        Entity::find().filter(this(tenant, id)).one(self.db).await?.map(Profile::try_from).transpose()
    }

    /// The tenant's profiles, by name.
    pub async fn list(&self, tenant: &TenantId) -> Result<Vec<Profile>, ControlError> {
        let rows = Entity::find().filter(Column::Tenant.eq(tenant.as_str())).order_by_asc(Column::NameFolded).all(self.db).await?;
        rows.into_iter().map(Profile::try_from).collect()
    }
}

/// Why a version could not be changed.
async fn conflict(change: &DatabaseTransaction, tenant: &TenantId, id: Uuid, expected: i64) -> Result<ControlError, ControlError> {
    Ok(match Entity::find().filter(this(tenant, id)).one(change).await? {
        Some(present) => ControlError::VersionConflict { what: WHAT, id: id.to_string(), expected, present: present.version },
        None => ControlError::NotFound { what: WHAT, id: id.to_string() },
    })
}

fn this(tenant: &TenantId, id: Uuid) -> Condition {
    Condition::all().add(Column::Id.eq(id.to_string())).add(Column::Tenant.eq(tenant.as_str()))
}

fn row(profile: &Profile) -> ActiveModel {
    ActiveModel {
        id: ActiveValue::Set(profile.id.to_string()),
        tenant: ActiveValue::Set(profile.tenant.as_str().to_owned()),
        name: ActiveValue::Set(profile.name.clone()),
        name_folded: ActiveValue::Set(fold(&profile.name)),
        permissions: ActiveValue::Set(serde_json::json!(profile.permissions).to_string()),
        scope: ActiveValue::Set(profile.scope.clone()),
        version: ActiveValue::Set(profile.version),
        created_at: ActiveValue::Set(profile.created_at.as_micros()),
        changed_at: ActiveValue::Set(profile.changed_at.as_micros()),
        changed_by: ActiveValue::Set(profile.changed_by.clone()),
    }
}

impl TryFrom<Model> for Profile {
    type Error = ControlError;

    fn try_from(row: Model) -> Result<Self, ControlError> {
        let stored = StoredRow::new("security_profile", [&row.id]);
        Ok(Profile {
            id: stored.uuid("id", &row.id)?,
            tenant: stored.tenant(&row.tenant)?,
            permissions: stored.json("permissions", serde_json::from_str(&row.permissions), "a JSON array of texts")?,
            created_at: stored.time("created_at", row.created_at)?,
            changed_at: stored.time("changed_at", row.changed_at)?,
            name: row.name,
            scope: row.scope,
            version: row.version,
            changed_by: row.changed_by,
        })
    }
}
