//! One row of `user_session`.

use sea_orm::entity::prelude::*;

#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "user_session")]
pub struct Model {
    /// UUID as text.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    pub tenant: String,
    /// UUID as text.
    pub user_id: String,
    pub token_hash: Vec<u8>,
    /// Times are UTC microseconds.
    pub created_at: i64,
    pub last_seen_at: i64,
    pub expires_at: i64,
    pub source_ip: Option<String>,
    pub user_agent: Option<String>,
    pub method: String,
    pub openid_issuer: Option<String>,
    pub openid_sid: Option<String>,
    /// UUID as text: which impersonation.
    pub acting_id: Option<String>,
    /// UUID as text: of whom.
    pub acting_user_id: Option<String>,
    pub acting_since: Option<i64>,
}

#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
