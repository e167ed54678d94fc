//! The tables of schedules and their runs.

use sea_orm_migration::prelude::*;

use super::texts::Texts;

pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m0006_schedules"
    }
}

#[derive(DeriveIden)]
enum Schedule {
    Table,
    Id,
    Tenant,
    Owner,
    ReportId,
    Settings,
    Paused,
    Suspended,
    PlannedTo,
    LookAt,
    Version,
    CreatedAt,
    CreatedBy,
    ChangedAt,
    ChangedBy,
}

#[derive(DeriveIden)]
enum ScheduleRun {
    Table,
    Id,
    Tenant,
    ScheduleId,
    DueAt,
    Number,
    Restates,
    RequestedBy,
    RangeFrom,
    RangeTo,
    Frozen,
    Scope,
    Status,
    Reason,
    Missing,
    Seq,
    CheckedSeq,
    CheckAt,
    Rows,
    Bytes,
    Sha256,
    File,
    FileUntil,
    Outcomes,
    Attempts,
    CreatedAt,
    StartedAt,
    FinishedAt,
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let texts = Texts { engine: manager.get_database_backend() };
        schedules(manager, &texts).await?;
        runs(manager, &texts).await
    }
}

async fn schedules(manager: &SchemaManager<'_>, texts: &Texts) -> Result<(), DbErr> {
    let table = Table::create()
        .table(Schedule::Table)
        .col(texts.key(Schedule::Id).primary_key())
        .col(texts.key(Schedule::Tenant))
        .col(texts.key(Schedule::Owner))
        .col(texts.key(Schedule::ReportId))
        .col(ColumnDef::new(Schedule::Settings).text().not_null())
        .col(ColumnDef::new(Schedule::Paused).boolean().not_null())
        .col(ColumnDef::new(Schedule::Suspended).text())
        .col(ColumnDef::new(Schedule::PlannedTo).big_integer().not_null())
        .col(ColumnDef::new(Schedule::LookAt).big_integer().not_null())
        .col(ColumnDef::new(Schedule::Version).big_integer().not_null())
        .col(ColumnDef::new(Schedule::CreatedAt).big_integer().not_null())
        .col(ColumnDef::new(Schedule::CreatedBy).text().not_null())
        .col(ColumnDef::new(Schedule::ChangedAt).big_integer().not_null())
        .col(ColumnDef::new(Schedule::ChangedBy).text().not_null())
        .to_owned();
    manager.create_table(table).await?;
    let of_report = Index::create().name("schedule_report").table(Schedule::Table).col(Schedule::Tenant).col(Schedule::ReportId).to_owned();
    manager.create_index(of_report).await?;
    let due = Index::create().name("schedule_due").table(Schedule::Table).col(Schedule::LookAt).to_owned();
    manager.create_index(due).await
}

async fn runs(manager: &SchemaManager<'_>, texts: &Texts) -> Result<(), DbErr> {
    use ScheduleRun as Run;
    let table = Table::create()
        .table(Run::Table)
        .col(texts.key(Run::Id).primary_key())
        .col(texts.key(Run::Tenant))
        .col(texts.key(Run::ScheduleId))
        .col(ColumnDef::new(Run::DueAt).big_integer().not_null())
        .col(ColumnDef::new(Run::Number).integer().not_null())
        .col(ColumnDef::new(Run::Restates).text())
        .col(ColumnDef::new(Run::RequestedBy).text())
        .col(ColumnDef::new(Run::RangeFrom).big_integer().not_null())
        .col(ColumnDef::new(Run::RangeTo).big_integer().not_null())
        .col(ColumnDef::new(Run::Frozen).text().not_null())
        .col(ColumnDef::new(Run::Scope).text())
        .col(texts.key(Run::Status))
        .col(ColumnDef::new(Run::Reason).text())
        .col(ColumnDef::new(Run::Missing).text())
        .col(ColumnDef::new(Run::Seq).big_integer())
        .col(ColumnDef::new(Run::CheckedSeq).big_integer())
        .col(ColumnDef::new(Run::CheckAt).big_integer())
        .col(ColumnDef::new(Run::Rows).big_integer())
        .col(ColumnDef::new(Run::Bytes).big_integer())
        .col(ColumnDef::new(Run::Sha256).text())
        .col(ColumnDef::new(Run::File).text())
        .col(ColumnDef::new(Run::FileUntil).big_integer())
        .col(ColumnDef::new(Run::Outcomes).text().not_null())
        .col(ColumnDef::new(Run::Attempts).integer().not_null())
        .col(ColumnDef::new(Run::CreatedAt).big_integer().not_null())
        .col(ColumnDef::new(Run::StartedAt).big_integer())
        .col(ColumnDef::new(Run::FinishedAt).big_integer())
        .to_owned();
    manager.create_table(table).await?;
    let once = Index::create()
        .name("schedule_run_due")
        .table(Run::Table)
        .col(Run::ScheduleId)
        .col(Run::DueAt)
        .col(Run::Number)
        .unique()
        .to_owned();
    manager.create_index(once).await?;
    let newest = Index::create().name("schedule_run_newest").table(Run::Table).col(Run::Tenant).col(Run::DueAt).to_owned();
    manager.create_index(newest).await?;
    let check = Index::create().name("schedule_run_check").table(Run::Table).col(Run::CheckAt).to_owned();
    manager.create_index(check).await?;
    let file = Index::create().name("schedule_run_file").table(Run::Table).col(Run::FileUntil).to_owned();
    manager.create_index(file).await
}
