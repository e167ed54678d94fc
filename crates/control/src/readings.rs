//! What was recorded as read a short time ago: the same reader reads the same again and again, and it is recorded
//! once in a while.

use std::slice;

use rollcall_model::Timestamp;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveValue, ColumnTrait, DatabaseConnection, EntityTrait, QueryFilter};

use crate::entity::reading::{ActiveModel, Column, Entity};
use crate::error::ControlError;
use crate::outbox::{self, Record};
use crate::transaction;

/// What was recorded as read.
#[derive(Debug, Clone, Copy)]
pub struct Readings<'a> {
    db: &'a DatabaseConnection,
}

impl<'a> Readings<'a> {
    pub(crate) fn new(db: &'a DatabaseConnection) -> Self {
        Readings { db }
    }

    /// Records a reading, unless one of that digest was recorded since a moment. Answers whether it was. One that goes on is
    /// held until a moment, or until it is complete ([`complete`](crate::outbox::Outbox::complete)).
    pub async fn record(
        &self,
        digest: &str,
        since: Timestamp,
        record: &Record,
        held_until: Option<Timestamp>,
    ) -> Result<bool, ControlError> {
        let now = record.created_at.as_micros();
        let change = transaction::changing(self.db).await?;
        let row = ActiveModel { digest: ActiveValue::Set(digest.to_owned()), recorded_at: ActiveValue::Set(now) };
        let unless_there = OnConflict::column(Column::Digest).do_nothing().to_owned();
        if Entity::insert(row).on_conflict(unless_there).exec_without_returning(&change).await? == 0 {
            let long_ago = Entity::update_many()
                .col_expr(Column::RecordedAt, sea_orm::sea_query::Expr::value(now))
                .filter(Column::Digest.eq(digest))
                .filter(Column::RecordedAt.lte(since.as_micros()))
                .exec(&change)
                .await?;
            if long_ago.rows_affected == 0 {
                return Ok(false);
            }
        }
        outbox::write_held(&change, slice::from_ref(record), held_until).await?;
        change.commit().await?;
        Ok(true)
    }

    /// Forgets those that were recorded up to a moment.
    pub async fn forget(&self, until: Timestamp) -> Result<(), ControlError> {
        Entity::delete_many().filter(Column::RecordedAt.lte(until.as_micros())).exec(self.db).await?;
        Ok(())
    }
}
