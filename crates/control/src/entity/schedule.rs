//! One row of `schedule`.

use sea_orm::entity::prelude::*;

#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "schedule")]
pub struct Model {
    /// UUID as text.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    pub tenant: String,
    /// With whose rights it runs.
    pub owner: String,
    /// The saved report.
    pub report_id: String,
    /// Rule, zone, range, file and destinations, JSON.
    pub settings: String,
    pub paused: bool,
    /// Why it does not run any more.
    pub suspended: Option<String>,
    /// Times are UTC microseconds. Everything that was due up to here is planned.
    pub planned_to: i64,
    /// Nothing is due before.
    pub look_at: i64,
    pub version: i64,
    pub created_at: i64,
    pub created_by: String,
    pub changed_at: i64,
    pub changed_by: String,
}

#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
