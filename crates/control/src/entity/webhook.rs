//! One row of `webhook`.

use sea_orm::entity::prelude::*;

#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "webhook")]
pub struct Model {
    /// UUID as text.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    pub tenant: String,
    /// Whose rights it has.
    pub owner: String,
    pub name: String,
    pub name_folded: String,
    pub url: String,
    pub allow_http: bool,
    /// JSON.
    pub filter: String,
    /// Encrypted.
    pub secrets: Vec<u8>,
    /// `active`, `paused` or `disabled`.
    pub state: String,
    pub state_reason: Option<String>,
    /// The seq of the first event that it has not dealt with.
    pub position: i64,
    /// How often the message at the position has failed.
    pub attempts: i32,
    /// UUID as text, of the event whose message has failed.
    pub retry_event_id: Option<String>,
    pub retry_seq: Option<i64>,
    /// UTC microseconds.
    pub first_failed_at: Option<i64>,
    /// UTC microseconds; not before.
    pub next_at: Option<i64>,
    /// UTC microseconds; nothing was delivered since.
    pub failing_since: Option<i64>,
    pub last_error: Option<String>,
    /// UTC microseconds, of the last message that was delivered.
    pub delivered_at: Option<i64>,
    pub version: i64,
    /// UTC microseconds.
    pub created_at: i64,
    /// UTC microseconds.
    pub changed_at: i64,
    pub changed_by: String,
}

#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
