//! One row of `user_profile`.

use sea_orm::entity::prelude::*;

#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "user_profile")]
pub struct Model {
    pub tenant: String,
    /// UUID as text.
    #[sea_orm(primary_key, auto_increment = false)]
    pub user_id: String,
    /// The name of a built-in profile, or UUID as text.
    #[sea_orm(primary_key, auto_increment = false)]
    pub profile_id: String,
}

#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
