//! One row of `destination`.

use sea_orm::entity::prelude::*;

#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "destination")]
pub struct Model {
    /// UUID as text.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    pub tenant: String,
    pub name: String,
    /// The name by which two are the same.
    pub name_folded: String,
    pub kind: String,
    /// JSON, without secrets.
    pub config: String,
    /// Sealed.
    pub secret: Option<Vec<u8>>,
    pub version: i64,
    /// Times are UTC microseconds.
    pub created_at: i64,
    pub changed_at: i64,
    pub changed_by: String,
    pub last_success_at: Option<i64>,
    pub last_failure_at: Option<i64>,
    /// Why, in words.
    pub last_failure: Option<String>,
}

#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
