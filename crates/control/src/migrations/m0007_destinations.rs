//! The table of destinations: where reports are delivered to.

use sea_orm_migration::prelude::*;

use super::texts::Texts;

pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m0007_destinations"
    }
}

#[derive(DeriveIden)]
enum Destination {
    Table,
    Id,
    Tenant,
    Name,
    NameFolded,
    Kind,
    Config,
    Secret,
    Version,
    CreatedAt,
    ChangedAt,
    ChangedBy,
    LastSuccessAt,
    LastFailureAt,
    LastFailure,
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let texts = Texts { engine: manager.get_database_backend() };
        let table = Table::create()
            .table(Destination::Table)
            .col(texts.key(Destination::Id).primary_key())
            .col(texts.key(Destination::Tenant))
            .col(texts.key(Destination::Name))
            .col(texts.key(Destination::NameFolded))
            .col(texts.key(Destination::Kind))
            .col(ColumnDef::new(Destination::Config).text().not_null())
            .col(ColumnDef::new(Destination::Secret).binary())
            .col(ColumnDef::new(Destination::Version).big_integer().not_null())
            .col(ColumnDef::new(Destination::CreatedAt).big_integer().not_null())
            .col(ColumnDef::new(Destination::ChangedAt).big_integer().not_null())
            .col(ColumnDef::new(Destination::ChangedBy).text().not_null())
            .col(ColumnDef::new(Destination::LastSuccessAt).big_integer())
            .col(ColumnDef::new(Destination::LastFailureAt).big_integer())
            .col(ColumnDef::new(Destination::LastFailure).text())
            .to_owned();
        manager.create_table(table).await?;
        let names = Index::create()
            .name("destination_name")
            .table(Destination::Table)
            .col(Destination::Tenant)
            .col(Destination::NameFolded)
            .unique()
            .to_owned();
        manager.create_index(names).await
    }
}
