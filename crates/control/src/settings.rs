//! What a tenant has set: a JSON text by name, in versions.

use rollcall_model::{TenantId, Timestamp};
use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveValue, ColumnTrait, Condition, DatabaseConnection, EntityTrait, QueryFilter};

use crate::entity::setting::{ActiveModel, Column, Entity, Model};
use crate::error::ControlError;
use crate::outbox::{self, Record};
use crate::stored_row::StoredRow;
use crate::transaction;

/// What errors call one.
const WHAT: &str = "setting";

/// A setting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    /// What is set, JSON.
    pub content: String,
    /// 1 at first; each change makes it one more.
    pub version: i64,
    /// When it last changed.
    pub changed_at: Timestamp,
    /// Who changed it last.
    pub changed_by: String,
}

/// The settings of a control database.
#[derive(Debug, Clone, Copy)]
pub struct Settings<'a> {
    db: &'a DatabaseConnection,
}

impl<'a> Settings<'a> {
    pub(crate) fn new(db: &'a DatabaseConnection) -> Self {
        Settings { db }
    }

    /// A tenant's setting; none where it was never set.
    pub async fn get(&self, tenant: &TenantId, name: &str) -> Result<Option<Setting>, ControlError> {
        Entity::find().filter(this(tenant, name)).one(self.db).await?.map(Setting::try_from).transpose()
    }

    /// Sets what comes after the version before it; the first has version 1.
    pub async fn put(&self, tenant: &TenantId, name: &str, setting: &Setting, records: &[Record]) -> Result<(), ControlError> {
        let row = ActiveModel {
            tenant: ActiveValue::Set(tenant.as_str().to_owned()),
            name: ActiveValue::Set(name.to_owned()),
            content: ActiveValue::Set(setting.content.clone()),
            version: ActiveValue::Set(setting.version),
            changed_at: ActiveValue::Set(setting.changed_at.as_micros()),
            changed_by: ActiveValue::Set(setting.changed_by.clone()),
        };
        let before = setting.version.saturating_sub(1);
        let change = transaction::changing(self.db).await?;
        let changed = if before == 0 {
            let unless_set = OnConflict::columns([Column::Tenant, Column::Name]).do_nothing().to_owned();
            Entity::insert(row).on_conflict(unless_set).exec_without_returning(&change).await?
        } else {
            let version_before = this(tenant, name).add(Column::Version.eq(before));
            Entity::update_many().set(row).filter(version_before).exec(&change).await?.rows_affected
        };
        if changed == 0 {
            let present = Entity::find().filter(this(tenant, name)).one(&change).await?.map_or(0, |row| row.version);
            return Err(ControlError::VersionConflict { what: WHAT, id: name.to_owned(), expected: before, present });
        }
        outbox::write_all(&change, records).await?;
        Ok(change.commit().await?)
    }
}

fn this(tenant: &TenantId, name: &str) -> Condition {
    Condition::all().add(Column::Tenant.eq(tenant.as_str())).add(Column::Name.eq(name))
}

impl TryFrom<Model> for Setting {
    type Error = ControlError;

    fn try_from(row: Model) -> Result<Self, ControlError> {
        let stored = StoredRow::new("setting", [row.tenant.as_str(), row.name.as_str()]);
        Ok(Setting {
            changed_at: stored.time("changed_at", row.changed_at)?,
            content: row.content,
            version: row.version,
            changed_by: row.changed_by,
        })
    }
}
