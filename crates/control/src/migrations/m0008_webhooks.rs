//! The tables of webhooks: subscriptions, and the messages that they could not deliver.

use sea_orm_migration::prelude::*;

use super::texts::Texts;

pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m0008_webhooks"
    }
}

#[derive(DeriveIden)]
enum Webhook {
    Table,
    Id,
    Tenant,
    Owner,
    Name,
    NameFolded,
    Url,
    AllowHttp,
    Filter,
    Secrets,
    State,
    StateReason,
    Position,
    Attempts,
    RetryEventId,
    RetrySeq,
    FirstFailedAt,
    NextAt,
    FailingSince,
    LastError,
    DeliveredAt,
    Version,
    CreatedAt,
    ChangedAt,
    ChangedBy,
}

#[derive(DeriveIden)]
enum WebhookUndelivered {
    Table,
    WebhookId,
    EventId,
    Tenant,
    Seq,
    EventType,
    Attempts,
    FirstFailedAt,
    GivenUpAt,
    LastError,
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let texts = Texts { engine: manager.get_database_backend() };
        manager.create_table(webhook(&texts)).await?;
        manager.create_table(undelivered(&texts)).await?;
        let name =
            Index::create().name("webhook_name").table(Webhook::Table).col(Webhook::Tenant).col(Webhook::NameFolded).unique().to_owned();
        manager.create_index(name).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}

fn webhook(texts: &Texts) -> TableCreateStatement {
    Table::create()
        .table(Webhook::Table)
        .col(texts.key(Webhook::Id).primary_key())
        .col(texts.key(Webhook::Tenant))
        .col(ColumnDef::new(Webhook::Owner).text().not_null())
        .col(ColumnDef::new(Webhook::Name).text().not_null())
        .col(texts.key(Webhook::NameFolded))
        .col(ColumnDef::new(Webhook::Url).text().not_null())
        .col(ColumnDef::new(Webhook::AllowHttp).boolean().not_null())
        .col(ColumnDef::new(Webhook::Filter).text().not_null())
        .col(ColumnDef::new(Webhook::Secrets).blob().not_null())
        .col(texts.key(Webhook::State))
        .col(ColumnDef::new(Webhook::StateReason).text())
        .col(ColumnDef::new(Webhook::Position).big_integer().not_null())
        .col(ColumnDef::new(Webhook::Attempts).integer().not_null())
        .col(ColumnDef::new(Webhook::RetryEventId).text())
        .col(ColumnDef::new(Webhook::RetrySeq).big_integer())
        .col(ColumnDef::new(Webhook::FirstFailedAt).big_integer())
        .col(ColumnDef::new(Webhook::NextAt).big_integer())
        .col(ColumnDef::new(Webhook::FailingSince).big_integer())
        .col(ColumnDef::new(Webhook::LastError).text())
        .col(ColumnDef::new(Webhook::DeliveredAt).big_integer())
        .col(ColumnDef::new(Webhook::Version).big_integer().not_null())
        .col(ColumnDef::new(Webhook::CreatedAt).big_integer().not_null())
        .col(ColumnDef::new(Webhook::ChangedAt).big_integer().not_null())
        .col(ColumnDef::new(Webhook::ChangedBy).text().not_null())
        .to_owned()
}

fn undelivered(texts: &Texts) -> TableCreateStatement {
    Table::create()
        .table(WebhookUndelivered::Table)
        .col(texts.key(WebhookUndelivered::WebhookId))
        .col(texts.key(WebhookUndelivered::EventId))
        .col(texts.key(WebhookUndelivered::Tenant))
        .col(ColumnDef::new(WebhookUndelivered::Seq).big_integer().not_null())
        .col(ColumnDef::new(WebhookUndelivered::EventType).text().not_null())
        .col(ColumnDef::new(WebhookUndelivered::Attempts).integer().not_null())
        .col(ColumnDef::new(WebhookUndelivered::FirstFailedAt).big_integer().not_null())
        .col(ColumnDef::new(WebhookUndelivered::GivenUpAt).big_integer().not_null())
        .col(ColumnDef::new(WebhookUndelivered::LastError).text().not_null())
        .primary_key(Index::create().col(WebhookUndelivered::WebhookId).col(WebhookUndelivered::EventId))
        .to_owned()
}
