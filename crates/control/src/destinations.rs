//! Destinations: where reports are delivered to, under a name.
//!
//! What a configuration means, and how a secret is sealed, is known on higher floors. How the last deliveries went is noted
//! beside it, and makes no version of its own.

use rollcall_model::{TenantId, Timestamp};
use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveValue, ColumnTrait, Condition, DatabaseConnection, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder};
use uuid::Uuid;

use crate::entity::destination::{ActiveModel, Column, Entity, Model};
use crate::error::ControlError;
use crate::fold::fold;
use crate::outbox::{self, Record};
use crate::schedules;
use crate::stored_row::StoredRow;
use crate::transaction;
use crate::versioned::{conflict, refusal_of_name, set};

/// What errors call one.
const WHAT: &str = "destination";

/// A destination that is to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewDestination {
    /// Its id, a UUID that nothing else has.
    pub id: Uuid,
    /// Whose it is.
    pub tenant: TenantId,
    /// Its name. White space around it is cut off.
    pub name: String,
    /// Which kind it is.
    pub kind: String,
    /// How it is reached, JSON without secrets.
    pub config: String,
    /// Its secret, sealed.
    pub secret: Option<Vec<u8>>,
    /// Who makes it.
    pub created_by: String,
    /// When it is made.
    pub created_at: Timestamp,
}

/// What is to be otherwise. What is `None` stays as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DestinationChange {
    /// Another name.
    pub name: Option<String>,
    /// Another configuration, JSON without secrets.
    pub config: Option<String>,
    /// Another secret, sealed, or none any more.
    pub secret: Option<Option<Vec<u8>>>,
    /// Who changes it.
    pub changed_by: String,
    /// When it changes.
    pub changed_at: Timestamp,
}

/// A destination.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Destination {
    /// Which one.
    pub id: Uuid,
    /// Whose it is.
    pub tenant: TenantId,
    /// Its name, which no other of the tenant has, whatever the case.
    pub name: String,
    /// Which kind it is.
    pub kind: String,
    /// How it is reached, JSON without secrets.
    pub config: String,
    /// Its secret, sealed.
    pub secret: Option<Vec<u8>>,
    /// 1 at first; each change makes it one more.
    pub version: i64,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub changed_at: Timestamp,
    /// Who changed it last.
    pub changed_by: String,
    /// When something was last delivered.
    pub last_success_at: Option<Timestamp>,
    /// When something last could not be delivered.
    pub last_failure_at: Option<Timestamp>,
    /// Why that was, in words.
    pub last_failure: Option<String>,
}

/// The destinations of a control database.
#[derive(Debug, Clone, Copy)]
pub struct Destinations<'a> {
    db: &'a DatabaseConnection,
}

impl<'a> Destinations<'a> {
    pub(crate) fn new(db: &'a DatabaseConnection) -> Self {
        Destinations { db }
    }

    /// Makes a destination. Refuses a name that another one of the tenant has.
    pub async fn create(&self, new: &NewDestination, records: &[Record]) -> Result<Destination, ControlError> {
        let name = new.name.trim();
        let row = ActiveModel {
            id: ActiveValue::Set(new.id.to_string()),
            tenant: ActiveValue::Set(new.tenant.as_str().to_owned()),
            name: ActiveValue::Set(name.to_owned()),
            name_folded: ActiveValue::Set(fold(name)),
            kind: ActiveValue::Set(new.kind.clone()),
            config: ActiveValue::Set(new.config.clone()),
            secret: ActiveValue::Set(new.secret.clone()),
            version: ActiveValue::Set(1),
            created_at: ActiveValue::Set(new.created_at.as_micros()),
            changed_at: ActiveValue::Set(new.created_at.as_micros()),
            changed_by: ActiveValue::Set(new.created_by.clone()),
            last_success_at: ActiveValue::Set(None),
            last_failure_at: ActiveValue::Set(None),
            last_failure: ActiveValue::Set(None),
        };
        let unless_taken = OnConflict::columns([Column::Tenant, Column::NameFolded]).do_nothing().to_owned();
        let change = transaction::changing(self.db).await?;
        if Entity::insert(row).on_conflict(unless_taken).exec_without_returning(&change).await? == 0 {
            return Err(name_taken(name));
        }
        let made = require(&change, &new.tenant, new.id).await?;
        outbox::write_all(&change, records).await?;
        change.commit().await?;
        Ok(made)
    }

    /// Changes the version of a destination that the caller has read.
    pub async fn update(
        &self,
        tenant: &TenantId,
        id: Uuid,
        expected_version: i64,
        to: &DestinationChange,
        records: &[Record],
    ) -> Result<Destination, ControlError> {
        let name = to.name.as_deref().map(str::trim);
        let values = ActiveModel {
            name: set(name.map(str::to_owned)),
            name_folded: set(name.map(fold)),
            config: set(to.config.clone()),
            secret: set(to.secret.clone()),
            version: ActiveValue::Set(expected_version.saturating_add(1)),
            changed_at: ActiveValue::Set(to.changed_at.as_micros()),
            changed_by: ActiveValue::Set(to.changed_by.clone()),
            ..Default::default()
        };
        let change = transaction::changing(self.db).await?;
        let updated = Entity::update_many()
            .set(values)
            .filter(this(tenant, id).add(Column::Version.eq(expected_version)))
            .exec(&change)
            .await
            .map_err(|error| refusal_of_name(error, || name_taken(name.unwrap_or_default())))?;
        let present = require(&change, tenant, id).await?;
        if updated.rows_affected == 0 {
            return Err(conflict(WHAT, id, expected_version, present.version));
        }
        outbox::write_all(&change, records).await?;
        change.commit().await?;
        Ok(present)
    }

    /// Deletes the version of a destination that the caller has read. Refuses one that schedules deliver to.
    pub async fn delete(&self, tenant: &TenantId, id: Uuid, expected_version: i64, records: &[Record]) -> Result<(), ControlError> {
        let change = transaction::changing(self.db).await?;
        let that_version = this(tenant, id).add(Column::Version.eq(expected_version));
        let deleted = Entity::delete_many().filter(that_version).exec(&change).await?;
        if deleted.rows_affected == 0 {
            let present = require(&change, tenant, id).await?;
            return Err(conflict(WHAT, id, expected_version, present.version));
        }
        let reports = schedules::reports_delivered_to(&change, tenant, id).await?;
        if !reports.is_empty() {
            return Err(ControlError::DestinationInUse { reports });
        }
        outbox::write_all(&change, records).await?;
        Ok(change.commit().await?)
    }

    /// The tenant's destination of that id.
    pub async fn get(&self, tenant: &TenantId, id: Uuid) -> Result<Option<Destination>, ControlError> {
        Entity::find().filter(this(tenant, id)).one(self.db).await?.map(Destination::try_from).transpose()
    }

    /// The tenant's destinations by name.
    pub async fn list(&self, tenant: &TenantId) -> Result<Vec<Destination>, ControlError> {
        let select = Entity::find().filter(Column::Tenant.eq(tenant.as_str())).order_by_asc(Column::NameFolded);
        select.all(self.db).await?.into_iter().map(Destination::try_from).collect()
    }

    /// Something was delivered there.
    pub async fn note_success(&self, tenant: &TenantId, id: Uuid, at: Timestamp) -> Result<(), ControlError> {
        let noted = ActiveModel { last_success_at: ActiveValue::Set(Some(at.as_micros())), ..Default::default() };
        Entity::update_many().set(noted).filter(this(tenant, id)).exec(self.db).await?;
        Ok(())
    }

    /// Something could not be delivered there. That is recorded in the same breath.
    pub async fn note_failure(&self, tenant: &TenantId, id: Uuid, at: Timestamp, why: &str, record: &Record) -> Result<(), ControlError> {
        let noted = ActiveModel {
            last_failure_at: ActiveValue::Set(Some(at.as_micros())),
            last_failure: ActiveValue::Set(Some(why.to_owned())),
            ..Default::default()
        };
        let change = transaction::changing(self.db).await?;
        Entity::update_many().set(noted).filter(this(tenant, id)).exec(&change).await?;
        outbox::write(&change, Some(record)).await?;
        Ok(change.commit().await?)
    }
}

/// The destination as it is now in the transaction, which must be there.
async fn require(change: &DatabaseTransaction, tenant: &TenantId, id: Uuid) -> Result<Destination, ControlError> {
    match Entity::find().filter(this(tenant, id)).one(change).await? {
        Some(row) => row.try_into(),
        None => Err(ControlError::NotFound { what: WHAT, id: id.to_string() }),
    }
}

fn this(tenant: &TenantId, id: Uuid) -> Condition {
    Condition::all().add(Column::Id.eq(id.to_string())).add(Column::Tenant.eq(tenant.as_str()))
}

fn name_taken(name: &str) -> ControlError {
    ControlError::DestinationTaken { name: name.to_owned() }
}

impl TryFrom<Model> for Destination {
    type Error = ControlError;

    fn try_from(row: Model) -> Result<Self, ControlError> {
        let stored = StoredRow::new("destination", [&row.id]);
        Ok(Destination {
            id: stored.uuid("id", &row.id)?,
            tenant: stored.tenant(&row.tenant)?,
            created_at: stored.time("created_at", row.created_at)?,
            changed_at: stored.time("changed_at", row.changed_at)?,
            last_success_at: stored.optional_time("last_success_at", row.last_success_at)?,
            last_failure_at: stored.optional_time("last_failure_at", row.last_failure_at)?,
            name: row.name,
            kind: row.kind,
            config: row.config,
            secret: row.secret,
            version: row.version,
            changed_by: row.changed_by,
            last_failure: row.last_failure,
        })
    }
}
