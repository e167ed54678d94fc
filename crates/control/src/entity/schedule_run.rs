//! One row of `schedule_run`.

use sea_orm::entity::prelude::*;

#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "schedule_run")]
pub struct Model {
    /// UUID as text.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    pub tenant: String,
    pub schedule_id: String,
    /// Times are UTC microseconds.
    pub due_at: i64,
    /// 0 as it was due; 1, 2 and so on when it was asked for again.
    pub number: i32,
    /// The run whose range this one tells anew.
    pub restates: Option<String>,
    /// Who asked for it.
    pub requested_by: Option<String>,
    pub range_from: i64,
    pub range_to: i64,
    /// What is told, and where it goes, JSON.
    pub frozen: String,
    /// Whose rows are in the file, JSON.
    pub scope: Option<String>,
    /// `waiting`, `running`, `succeeded`, `failed`, `skipped` or `superseded`.
    pub status: String,
    pub reason: Option<String>,
    /// What had not come yet when the file was written.
    pub missing: Option<String>,
    /// The first seq that the file has not seen.
    pub seq: Option<i64>,
    /// Up to which seq it is known what came late.
    pub checked_seq: Option<i64>,
    /// When it is looked for late events again.
    pub check_at: Option<i64>,
    pub rows: Option<i64>,
    pub bytes: Option<i64>,
    pub sha256: Option<String>,
    /// Name of the file in the tenant's folder, while it is kept.
    pub file: Option<String>,
    pub file_until: Option<i64>,
    /// What became of it at each destination, JSON.
    pub outcomes: String,
    pub attempts: i32,
    pub created_at: i64,
    pub started_at: Option<i64>,
    pub finished_at: Option<i64>,
}

#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
