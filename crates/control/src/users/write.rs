//! Making and changing users.

use rollcall_model::{TenantId, Timestamp};
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict, Query};
use sea_orm::{ActiveValue, ColumnTrait, Condition, DatabaseTransaction, DbErr, EntityTrait, PaginatorTrait, QueryFilter, SqlErr};
use uuid::Uuid;

use super::{NewUser, User, UserChange, Users, WHAT, get, row, this};
use crate::entity::user_account::{ActiveModel, Column, Entity};
use crate::entity::{security_revision, user_profile};
use crate::error::ControlError;
use crate::outbox::{self, Record};
use crate::transaction;

impl Users<'_> {
    /// Makes a user. Refuses an account that another user of the tenant has.
    pub async fn create(&self, new: &NewUser, records: &[Record]) -> Result<User, ControlError> {
        let change = transaction::changing(self.db).await?;
        one_after_the_other(&change, &new.tenant).await?;
        let unless_taken = OnConflict::columns([Column::Tenant, Column::AccountFolded]).do_nothing().to_owned();
        let made = Entity::insert(row::row(new)).on_conflict(unless_taken).exec_without_returning(&change).await;
        if made.map_err(not_unique)? == 0 {
            return Err(ControlError::UserTaken { account: new.account.trim().to_owned() });
        }
        set_profiles(&change, &new.tenant, new.id, &new.profiles).await?;
        let made = require(&change, &new.tenant, new.id).await?;
        outbox::write_all(&change, records).await?;
        change.commit().await?;
        Ok(made)
    }

    /// Makes a user, unless the tenant has one already. Answers whether it was made.
    pub async fn create_first(&self, new: &NewUser, records: &[Record]) -> Result<bool, ControlError> {
        let change = transaction::changing(self.db).await?;
        one_after_the_other(&change, &new.tenant).await?;
        if Entity::find().filter(Column::Tenant.eq(new.tenant.as_str())).one(&change).await?.is_some() {
            return Ok(false);
        }
        Entity::insert(row::row(new)).exec_without_returning(&change).await?;
        set_profiles(&change, &new.tenant, new.id, &new.profiles).await?;
        outbox::write_all(&change, records).await?;
        change.commit().await?;
        Ok(true)
    }

    /// Changes the version of a user that the caller has read. Refuses to leave nobody active with the profile
    /// `kept`, if somebody has it.
    #[allow(clippy::too_many_arguments)]
    pub async fn update(
        &self,
        tenant: &TenantId,
        id: Uuid,
        expected_version: i64,
        to: &UserChange,
        kept: &str,
        now: Timestamp,
        records: &[Record],
    ) -> Result<User, ControlError> {
        let change = transaction::changing(self.db).await?;
        one_after_the_other(&change, tenant).await?;
        let holders_before = holders(&change, tenant, kept).await?;
        let that_version = this(tenant, id).add(Column::Version.eq(expected_version));
        let updated = Entity::update_many().set(values(to, expected_version, now)).filter(that_version).exec(&change).await;
        if updated.map_err(not_unique)?.rows_affected == 0 {
            let present = require(&change, tenant, id).await?;
            return Err(ControlError::VersionConflict {
                what: WHAT,
                id: id.to_string(),
                expected: expected_version,
                present: present.version,
            });
        }
        if let Some(profiles) = &to.profiles {
            set_profiles(&change, tenant, id, profiles).await?;
        }
        if holders_before > 0 && holders(&change, tenant, kept).await? == 0 {
            return Err(ControlError::LastHolder { profile: kept.to_owned() });
        }
        let changed = require(&change, tenant, id).await?;
        outbox::write_all(&change, records).await?;
        change.commit().await?;
        Ok(changed)
    }

    /// Whether a user's one-time code of a step would count.
    pub async fn step_counts(&self, id: Uuid, step: i64) -> Result<bool, ControlError> {
        let would_count = Entity::find_by_id(id.to_string()).filter(is_later(step)).one(self.db).await?;
        Ok(would_count.is_some())
    }

    /// Notes that a user's one-time code of a step was used. Answers whether it is the first of that step or a later one:
    /// a code counts once.
    pub async fn use_step(&self, id: Uuid, step: i64) -> Result<bool, ControlError> {
        let used = Entity::update_many()
            .col_expr(Column::TotpLastStep, Expr::value(step))
            .filter(Column::Id.eq(id.to_string()))
            .filter(is_later(step))
            .exec(self.db)
            .await?;
        Ok(used.rows_affected > 0)
    }

    /// Leaves a user these recovery codes, if they have those. Answers whether it is so: a code counts once. It is a new
    /// version of the user, so that nobody who has read the one before gives the code back.
    pub async fn use_recovery_code(&self, id: Uuid, had: &[String], left: &[String]) -> Result<bool, ControlError> {
        let text = |codes: &[String]| serde_json::json!(codes).to_string();
        let used = Entity::update_many()
            .col_expr(Column::RecoveryCodes, Expr::value(text(left)))
            .col_expr(Column::Version, Expr::col(Column::Version).add(1))
            .filter(Column::Id.eq(id.to_string()))
            .filter(Column::RecoveryCodes.eq(text(had)))
            .exec(self.db)
            .await?;
        Ok(used.rows_affected > 0)
    }
}

/// Whose last one-time code was of an earlier step.
fn is_later(step: i64) -> Condition {
    Condition::any().add(Column::TotpLastStep.is_null()).add(Column::TotpLastStep.lt(step))
}

/// Changes of a tenant's users and profiles wait for each other here, on either engine.
pub(crate) async fn one_after_the_other(change: &DatabaseTransaction, tenant: &TenantId) -> Result<(), ControlError> {
    use security_revision::{ActiveModel, Column, Entity};
    let row = ActiveModel { tenant: ActiveValue::Set(tenant.as_str().to_owned()), revision: ActiveValue::Set(1) };
    let one_more = OnConflict::column(Column::Tenant).value(Column::Revision, Expr::col((Entity, Column::Revision)).add(1)).to_owned();
    Entity::insert(row).on_conflict(one_more).exec_without_returning(change).await?;
    Ok(())
}

/// How many users have a profile and may sign in.
async fn holders(change: &DatabaseTransaction, tenant: &TenantId, profile: &str) -> Result<u64, ControlError> {
    let who_has_it = Query::select()
        .column(user_profile::Column::UserId)
        .from(user_profile::Entity)
        .and_where(user_profile::Column::ProfileId.eq(profile))
        .to_owned();
    let of_tenant = Entity::find().filter(Column::Tenant.eq(tenant.as_str())).filter(Column::Active.eq(true));
    Ok(of_tenant.filter(Column::Id.in_subquery(who_has_it)).count(change).await?)
}

/// What it means that a row of a user is not unique: their account is looked at before, or stays as it is.
fn not_unique(error: DbErr) -> ControlError {
    match error.sql_err() {
        Some(SqlErr::UniqueConstraintViolation(_)) => ControlError::OpenIdTaken,
        _ => error.into(),
    }
}

/// Gives a user exactly these profiles.
async fn set_profiles(change: &DatabaseTransaction, tenant: &TenantId, id: Uuid, profiles: &[String]) -> Result<(), ControlError> {
    use user_profile::{ActiveModel, Column, Entity};
    Entity::delete_many().filter(Column::UserId.eq(id.to_string())).exec(change).await?;
    let mut profiles: Vec<&String> = profiles.iter().collect();
    profiles.sort_unstable();
    profiles.dedup();
    if profiles.is_empty() {
        return Ok(());
    }
    let rows = profiles.into_iter().map(|profile| ActiveModel {
        tenant: ActiveValue::Set(tenant.as_str().to_owned()),
        user_id: ActiveValue::Set(id.to_string()),
        profile_id: ActiveValue::Set(profile.clone()),
    });
    Entity::insert_many(rows).exec_without_returning(change).await?;
    Ok(())
}

/// The columns that are to be otherwise.
fn values(to: &UserChange, version: i64, now: Timestamp) -> ActiveModel {
    let mut values = to.credentials.as_ref().map(row::credentials).unwrap_or_default();
    if let Some(name) = &to.display_name {
        values.display_name = ActiveValue::Set(name.clone());
    }
    if let Some(email) = &to.email {
        values.email = ActiveValue::Set(email.clone());
    }
    if let Some(employee_id) = &to.employee_id {
        values.employee_id = ActiveValue::Set(employee_id.clone());
    }
    if let Some(active) = to.active {
        values.active = ActiveValue::Set(active);
    }
    values.version = ActiveValue::Set(version.saturating_add(1));
    values.changed_at = ActiveValue::Set(now.as_micros());
    values
}

async fn require(change: &DatabaseTransaction, tenant: &TenantId, id: Uuid) -> Result<User, ControlError> {
    get(change, tenant, id).await?.ok_or_else(|| ControlError::NotFound { what: WHAT, id: id.to_string() })
}
