//! The table of export tasks: files that are made in the background.

use sea_orm_migration::prelude::*;

use super::texts::Texts;

pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m0005_export_tasks"
    }
}

#[derive(DeriveIden)]
enum ExportTask {
    Table,
    Id,
    Tenant,
    Owner,
    CreatedByName,
    Report,
    Definition,
    Wish,
    FileName,
    Status,
    Failure,
    Password,
    RowScope,
    RowCount,
    Bytes,
    Sha256,
    StoredAs,
    CreatedAt,
    StartedAt,
    FinishedAt,
    ExpiresAt,
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let texts = Texts { engine: manager.get_database_backend() };
        let table = Table::create()
            .table(ExportTask::Table)
            .col(texts.key(ExportTask::Id).primary_key())
            .col(texts.key(ExportTask::Tenant))
            .col(texts.key(ExportTask::Owner))
            .col(ColumnDef::new(ExportTask::CreatedByName).text().not_null())
            .col(ColumnDef::new(ExportTask::Report).text().not_null())
            .col(ColumnDef::new(ExportTask::Definition).text().not_null())
            .col(ColumnDef::new(ExportTask::Wish).text().not_null())
            .col(ColumnDef::new(ExportTask::FileName).text().not_null())
            .col(texts.key(ExportTask::Status))
            .col(ColumnDef::new(ExportTask::Failure).text())
            .col(ColumnDef::new(ExportTask::Password).blob())
            .col(ColumnDef::new(ExportTask::RowScope).text())
            .col(ColumnDef::new(ExportTask::RowCount).big_integer())
            .col(ColumnDef::new(ExportTask::Bytes).big_integer())
            .col(ColumnDef::new(ExportTask::Sha256).text())
            .col(ColumnDef::new(ExportTask::StoredAs).text())
            .col(ColumnDef::new(ExportTask::CreatedAt).big_integer().not_null())
            .col(ColumnDef::new(ExportTask::StartedAt).big_integer())
            .col(ColumnDef::new(ExportTask::FinishedAt).big_integer())
            .col(ColumnDef::new(ExportTask::ExpiresAt).big_integer())
            .to_owned();
        manager.create_table(table).await?;
        let ones_own = Index::create()
            .name("export_task_owner")
            .table(ExportTask::Table)
            .col(ExportTask::Tenant)
            .col(ExportTask::Owner)
            .col(ExportTask::CreatedAt)
            .to_owned();
        manager.create_index(ones_own).await?;
        let expiring = Index::create()
            .name("export_task_expiry")
            .table(ExportTask::Table)
            .col(ExportTask::Status)
            .col(ExportTask::ExpiresAt)
            .to_owned();
        manager.create_index(expiring).await
    }
}
