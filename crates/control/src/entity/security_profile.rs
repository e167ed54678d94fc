//! One row of `security_profile`.

use sea_orm::entity::prelude::*;

#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "security_profile")]
pub struct Model {
    /// UUID as text.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    pub tenant: String,
    pub name: String,
    pub name_folded: String,
    /// JSON array of texts.
    pub permissions: String,
    /// JSON.
    pub scope: String,
    pub version: i64,
    /// Times are UTC microseconds.
    pub created_at: i64,
    pub changed_at: i64,
    pub changed_by: String,
}

#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
