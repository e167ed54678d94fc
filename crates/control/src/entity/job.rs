//! One row of `job`.

use sea_orm::entity::prelude::*;

#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "job")]
pub struct Model {
    /// UUID as text.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    pub tenant: String,
    pub kind: String,
    /// Which task, run or subscription it is about; at most one job of a kind is about it.
    pub subject: String,
    /// `waiting`, `running`, `succeeded`, `failed` or `cancelled`.
    pub status: String,
    pub attempts: i32,
    /// UTC microseconds; not before.
    pub run_at: i64,
    /// The node that runs it.
    pub leased_by: Option<String>,
    /// UTC microseconds; another node takes it over from then on.
    pub leased_until: Option<i64>,
    /// Whether it is to stop.
    pub stop: bool,
    /// JSON.
    pub progress: Option<String>,
    pub last_error: Option<String>,
    /// UTC microseconds.
    pub created_at: i64,
    /// UTC microseconds, of the last attempt.
    pub started_at: Option<i64>,
    /// UTC microseconds.
    pub finished_at: Option<i64>,
}

#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
