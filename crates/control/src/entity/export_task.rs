//! One row of `export_task`.

use sea_orm::entity::prelude::*;

#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "export_task")]
pub struct Model {
    /// UUID as text.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    pub tenant: String,
    pub owner: String,
    pub created_by_name: String,
    pub report: String,
    /// JSON.
    pub definition: String,
    /// JSON: what is asked of the definition, and how it is told.
    pub wish: String,
    /// Name of the file in the archive.
    pub file_name: String,
    /// `waiting`, `running`, `successful`, `failed`, `cancelled` or `expired`.
    pub status: String,
    pub failure: Option<String>,
    /// Encrypted; only until the archive is written, or the task ends otherwise.
    pub password: Option<Vec<u8>>,
    /// JSON: which rows whoever made it was allowed to see when it was written.
    pub row_scope: Option<String>,
    pub row_count: Option<i64>,
    pub bytes: Option<i64>,
    /// In hexadecimal digits.
    pub sha256: Option<String>,
    /// Name of the archive in the folder of files; none once it is removed.
    pub stored_as: Option<String>,
    /// Times are UTC microseconds.
    pub created_at: i64,
    pub started_at: Option<i64>,
    pub finished_at: Option<i64>,
    pub expires_at: Option<i64>,
}

#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
