//! The table of API keys.

use sea_orm_migration::prelude::*;

pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m0001_api_key"
    }
}

#[derive(DeriveIden)]
enum ApiKey {
    Table,
    Id,
    Tenant,
    Name,
    KeyHash,
    Scopes,
    CreatedAt,
    ExpiresAt,
    LastUsedAt,
    RevokedAt,
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::create()
            .table(ApiKey::Table)
            .col(ColumnDef::new(ApiKey::Id).text().not_null().primary_key())
            .col(ColumnDef::new(ApiKey::Tenant).text().not_null())
            .col(ColumnDef::new(ApiKey::Name).text().not_null())
            .col(ColumnDef::new(ApiKey::KeyHash).blob().not_null())
            .col(ColumnDef::new(ApiKey::Scopes).text().not_null())
            .col(ColumnDef::new(ApiKey::CreatedAt).big_integer().not_null())
            .col(ColumnDef::new(ApiKey::ExpiresAt).big_integer())
            .col(ColumnDef::new(ApiKey::LastUsedAt).big_integer())
            .col(ColumnDef::new(ApiKey::RevokedAt).big_integer())
            .to_owned();
        manager.create_table(table).await?;
        let by_tenant =
            Index::create().name("api_key_by_tenant").table(ApiKey::Table).col(ApiKey::Tenant).col(ApiKey::CreatedAt).to_owned();
        manager.create_index(by_tenant).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
