//! One row of `saved_report`.

use sea_orm::entity::prelude::*;

#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "saved_report")]
pub struct Model {
    /// UUID as text.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    pub tenant: String,
    pub owner: String,
    pub name: String,
    /// The name by which two are the same.
    pub name_folded: String,
    pub kind: String,
    /// JSON.
    pub definition: String,
    pub published: bool,
    pub version: i64,
    /// Times are UTC microseconds.
    pub created_at: i64,
    pub changed_at: i64,
    pub changed_by: String,
}

#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
