//! The table of jobs: what is done in the background.

use sea_orm_migration::prelude::*;

use super::texts::Texts;

pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m0004_jobs"
    }
}

#[derive(DeriveIden)]
enum Job {
    Table,
    Id,
    Tenant,
    Kind,
    Subject,
    Status,
    Attempts,
    RunAt,
    LeasedBy,
    LeasedUntil,
    Stop,
    Progress,
    LastError,
    CreatedAt,
    StartedAt,
    FinishedAt,
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let texts = Texts { engine: manager.get_database_backend() };
        let table = Table::create()
            .table(Job::Table)
            .col(texts.key(Job::Id).primary_key())
            .col(texts.key(Job::Tenant))
            .col(texts.key(Job::Kind))
            .col(texts.key(Job::Subject))
            .col(texts.key(Job::Status))
            .col(ColumnDef::new(Job::Attempts).integer().not_null())
            .col(ColumnDef::new(Job::RunAt).big_integer().not_null())
            .col(ColumnDef::new(Job::LeasedBy).text())
            .col(ColumnDef::new(Job::LeasedUntil).big_integer())
            .col(ColumnDef::new(Job::Stop).boolean().not_null().default(false))
            .col(ColumnDef::new(Job::Progress).text())
            .col(ColumnDef::new(Job::LastError).text())
            .col(ColumnDef::new(Job::CreatedAt).big_integer().not_null())
            .col(ColumnDef::new(Job::StartedAt).big_integer())
            .col(ColumnDef::new(Job::FinishedAt).big_integer())
            .to_owned();
        manager.create_table(table).await?;
        let one_about_each =
            Index::create().name("job_subject").table(Job::Table).col(Job::Tenant).col(Job::Kind).col(Job::Subject).unique().to_owned();
        manager.create_index(one_about_each).await?;
        let due = Index::create().name("job_due").table(Job::Table).col(Job::Status).col(Job::RunAt).to_owned();
        manager.create_index(due).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
