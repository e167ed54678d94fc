//! One row of `outbox`.

use sea_orm::entity::prelude::*;

#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "outbox")]
pub struct Model {
    /// Given by the database, and never again.
    #[sea_orm(primary_key)]
    pub id: i64,
    pub tenant: String,
    /// UUID as text.
    pub event_id: String,
    /// An event in its native form, JSON.
    pub event: String,
    /// UTC microseconds.
    pub created_at: i64,
    /// UTC microseconds; of what is not complete yet.
    pub held_until: Option<i64>,
}

#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
