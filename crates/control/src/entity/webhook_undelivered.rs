//! One row of `webhook_undelivered`.

use sea_orm::entity::prelude::*;

#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "webhook_undelivered")]
pub struct Model {
    /// UUID as text.
    #[sea_orm(primary_key, auto_increment = false)]
    pub webhook_id: String,
    /// UUID as text.
    #[sea_orm(primary_key, auto_increment = false)]
    pub event_id: String,
    pub tenant: String,
    pub seq: i64,
    pub event_type: String,
    pub attempts: i32,
    /// UTC microseconds.
    pub first_failed_at: i64,
    /// UTC microseconds.
    pub given_up_at: i64,
    pub last_error: String,
}

#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
