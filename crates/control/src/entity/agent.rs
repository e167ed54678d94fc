//! One row of `agent`.

use sea_orm::entity::prelude::*;

#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "agent")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub employee_id: String,
    pub agent_name: Option<String>,
    pub hierarchy: Option<String>,
    pub routing_profile: Option<String>,
    pub time_zone: Option<String>,
    /// JSON object of texts.
    pub tags: String,
    pub active: bool,
    /// What a search looks through: name, employee id and accounts, folded, a line each.
    pub search: String,
    /// The revision of the directory that brought the row.
    pub version: i64,
    /// Times are UTC microseconds.
    pub created_at: i64,
    pub changed_at: i64,
}

#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
