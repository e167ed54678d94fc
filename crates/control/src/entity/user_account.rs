//! One row of `user_account`.

use sea_orm::entity::prelude::*;

#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "user_account")]
pub struct Model {
    /// UUID as text.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    pub tenant: String,
    pub account: String,
    pub account_folded: String,
    pub display_name: String,
    pub email: Option<String>,
    pub employee_id: Option<String>,
    /// In PHC form.
    pub password_hash: Option<String>,
    pub must_change_password: bool,
    /// Encrypted.
    pub totp_secret: Option<Vec<u8>>,
    /// Encrypted; not confirmed yet.
    pub totp_pending: Option<Vec<u8>>,
    pub totp_last_step: Option<i64>,
    /// JSON array of hashes, in hexadecimal digits.
    pub recovery_codes: String,
    pub openid_issuer: Option<String>,
    pub openid_subject: Option<String>,
    pub active: bool,
    pub version: i64,
    /// Times are UTC microseconds.
    pub created_at: i64,
    pub changed_at: i64,
    pub last_sign_in_at: Option<i64>,
}

#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
