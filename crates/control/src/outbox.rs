//! The outbox: Rollcall's own record, on its way into the ledger.
//!
//! What somebody changes here and the event that tells of it are one: both are written in the same
//! transaction. Who drains the outbox appends what is [`pending`](Outbox::pending) to the ledger, where an
//! `event_id` that comes again is a duplicate, and only then says that it is [`drained`](Outbox::drained). So
//! every record comes into the ledger exactly once, wherever that is interrupted, and also where several
//! nodes drain at the same time.
//!
//! What takes its time, such as a download, is recorded when it begins, and held until it is complete. If nobody
//! completes it, for the process has ended, it goes as it was when it began.

use std::slice;

use rollcall_model::{TenantId, Timestamp};
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{
    ActiveValue, ColumnTrait, Condition, ConnectionTrait, DatabaseConnection, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect,
};
use uuid::Uuid;

use crate::entity::outbox::{ActiveModel, Column, Entity, Model};
use crate::error::ControlError;
use crate::stored_row::StoredRow;

/// Rows of one statement.
const CHUNK: usize = 1_000;

/// An event of Rollcall's own record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Whose it is.
    pub tenant: TenantId,
    /// The event's id, fixed from here on.
    pub event_id: Uuid,
    /// The event in its native form, JSON.
    pub event: String,
    /// When it was made.
    pub created_at: Timestamp,
}

/// A record that waits for the ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pending {
    /// Its place in the outbox.
    pub id: i64,
    /// What is to be appended.
    pub record: Record,
}

/// The outbox of a control database, all tenants in one.
#[derive(Debug, Clone, Copy)]
pub struct Outbox<'a> {
    db: &'a DatabaseConnection,
}

impl<'a> Outbox<'a> {
    pub(crate) fn new(db: &'a DatabaseConnection) -> Self {
        Outbox { db }
    }

    /// Adds what is recorded without a change, unless a record of that `event_id` waits already. Answers
    /// whether it was added.
    pub async fn add(&self, record: &Record) -> Result<bool, ControlError> {
        Ok(insert(self.db, slice::from_ref(record), None).await? > 0)
    }

    /// Adds what is recorded before it is done elsewhere. It is held until a moment, or until it is complete.
    pub async fn announce(&self, record: &Record, held_until: Timestamp) -> Result<(), ControlError> {
        insert(self.db, slice::from_ref(record), Some(held_until)).await?;
        Ok(())
    }

    /// Takes back one that is held: it was not done.
    pub async fn withdraw(&self, record: &Record) -> Result<(), ControlError> {
        Entity::delete_many()
            .filter(Column::Tenant.eq(record.tenant.as_str()))
            .filter(Column::EventId.eq(record.event_id.to_string()))
            .filter(Column::HeldUntil.is_not_null())
            .exec(self.db)
            .await?;
        Ok(())
    }

    /// Puts the complete record in the place of one that is held. Answers whether it still was.
    pub async fn complete(&self, record: &Record) -> Result<bool, ControlError> {
        let completed = Entity::update_many()
            .col_expr(Column::Event, Expr::value(record.event.clone()))
            .col_expr(Column::HeldUntil, Expr::value(None::<i64>))
            .filter(Column::Tenant.eq(record.tenant.as_str()))
            .filter(Column::EventId.eq(record.event_id.to_string()))
            .filter(Column::HeldUntil.is_not_null())
            .exec(self.db)
            .await?;
        Ok(completed.rows_affected > 0)
    }

    /// The oldest records behind a place that wait and are not held at a moment, at most `limit`.
    pub async fn pending_at(&self, now: Timestamp, after: i64, limit: u64) -> Result<Vec<Pending>, ControlError> {
        let free = Condition::any().add(Column::HeldUntil.is_null()).add(Column::HeldUntil.lte(now.as_micros()));
        let rows = Entity::find().filter(free).filter(Column::Id.gt(after)).order_by_asc(Column::Id).limit(limit).all(self.db).await?;
        rows.into_iter().map(Pending::try_from).collect()
    }

    /// The oldest records, held ones too, at most `limit`.
    pub async fn pending(&self, limit: u64) -> Result<Vec<Pending>, ControlError> {
        let rows = Entity::find().order_by_asc(Column::Id).limit(limit).all(self.db).await?;
        rows.into_iter().map(Pending::try_from).collect()
    }

    /// Removes records that the ledger has. Those that somebody else has removed do no harm: an id is never
    /// given again.
    pub async fn drained(&self, ids: &[i64]) -> Result<(), ControlError> {
        for ids in ids.chunks(CHUNK) {
            Entity::delete_many().filter(Column::Id.is_in(ids.iter().copied())).exec(self.db).await?;
        }
        Ok(())
    }

    /// When the oldest of a tenant's records that wait was made.
    pub async fn oldest_of(&self, tenant: &TenantId) -> Result<Option<Timestamp>, ControlError> {
        let of_tenant = Entity::find().filter(Column::Tenant.eq(tenant.as_str())).order_by_asc(Column::CreatedAt);
        Ok(of_tenant.one(self.db).await?.map(Pending::try_from).transpose()?.map(|pending| pending.record.created_at))
    }

    /// How many records wait.
    pub async fn count(&self) -> Result<u64, ControlError> {
        Ok(Entity::find().count(self.db).await?)
    }
}

/// Writes the record of a change into the change's transaction.
pub(crate) async fn write<C: ConnectionTrait>(change: &C, record: Option<&Record>) -> Result<(), ControlError> {
    write_all(change, record.map(slice::from_ref).unwrap_or_default()).await
}

/// Writes the records of a change into the change's transaction.
pub(crate) async fn write_all<C: ConnectionTrait>(change: &C, records: &[Record]) -> Result<(), ControlError> {
    write_held(change, records, None).await
}

/// The same; they are held until a moment, if one is given.
pub(crate) async fn write_held<C: ConnectionTrait>(
    change: &C,
    records: &[Record],
    held_until: Option<Timestamp>,
) -> Result<(), ControlError> {
    for records in records.chunks(CHUNK) {
        let inserted = insert(change, records, held_until).await?;
        if let Some(record) = records.first().filter(|_| inserted < records.len() as u64) {
            return Err(ControlError::RecordTwice { tenant: record.tenant.clone() });
        }
    }
    Ok(())
}

/// Inserts those that are not there. Answers how many.
async fn insert<C: ConnectionTrait>(db: &C, records: &[Record], held_until: Option<Timestamp>) -> Result<u64, ControlError> {
    let rows = records.iter().map(|record| ActiveModel {
        id: ActiveValue::NotSet,
        tenant: ActiveValue::Set(record.tenant.as_str().to_owned()),
        event_id: ActiveValue::Set(record.event_id.to_string()),
        event: ActiveValue::Set(record.event.clone()),
        created_at: ActiveValue::Set(record.created_at.as_micros()),
        held_until: ActiveValue::Set(held_until.map(Timestamp::as_micros)),
    });
    let unless_there = OnConflict::columns([Column::Tenant, Column::EventId]).do_nothing().to_owned();
    Ok(Entity::insert_many(rows).on_conflict(unless_there).exec_without_returning(db).await?)
}

impl TryFrom<Model> for Pending {
    type Error = ControlError;

    fn try_from(row: Model) -> Result<Self, ControlError> {
        let id = row.id.to_string();
        let stored = StoredRow::new("outbox", [&id]);
        let record = Record {
            tenant: stored.tenant(&row.tenant)?,
            event_id: stored.uuid("event_id", &row.event_id)?,
            created_at: stored.time("created_at", row.created_at)?,
            event: row.event,
        };
        Ok(Pending { id: row.id, record })
    }
}
