//! The tables of the directory, of saved reports, of a tenant's catalogue, and the outbox.

use sea_orm_migration::prelude::*;

use super::texts::Texts;

pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m0002_directory_reports_outbox"
    }
}

#[derive(DeriveIden)]
enum Outbox {
    Table,
    Id,
    Tenant,
    EventId,
    Event,
    CreatedAt,
}

#[derive(DeriveIden)]
enum Agent {
    Table,
    Tenant,
    EmployeeId,
    #[sea_orm(iden = "agent_name")]
    Name,
    Hierarchy,
    RoutingProfile,
    TimeZone,
    Tags,
    Active,
    Search,
    Version,
    CreatedAt,
    ChangedAt,
}

#[derive(DeriveIden)]
enum AgentAccount {
    Table,
    Tenant,
    Account,
    Source,
    EmployeeId,
}

#[derive(DeriveIden)]
enum DirectoryRevision {
    Table,
    Tenant,
    Revision,
}

#[derive(DeriveIden)]
enum SavedReport {
    Table,
    Id,
    Tenant,
    Owner,
    Name,
    NameFolded,
    Kind,
    Definition,
    Published,
    Version,
    CreatedAt,
    ChangedAt,
    ChangedBy,
}

#[derive(DeriveIden)]
enum CatalogueEntry {
    Table,
    Tenant,
    Application,
    Entity,
    Activity,
    Effect,
    Label,
}

#[derive(DeriveIden)]
enum CatalogueApplication {
    Table,
    Tenant,
    Application,
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let texts = Texts { engine: manager.get_database_backend() };
        for table in [
            outbox(&texts),
            agent(&texts),
            agent_account(&texts),
            directory_revision(&texts),
            saved_report(&texts),
            catalogue_entry(&texts),
            catalogue_application(&texts),
        ] {
            manager.create_table(table).await?;
        }
        for index in indexes() {
            manager.create_index(index).await?;
        }
        Ok(())
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}

fn outbox(texts: &Texts) -> TableCreateStatement {
    Table::create()
        .table(Outbox::Table)
        .col(ColumnDef::new(Outbox::Id).big_integer().not_null().primary_key().auto_increment())
        .col(texts.key(Outbox::Tenant))
        .col(texts.key(Outbox::EventId))
        .col(ColumnDef::new(Outbox::Event).text().not_null())
        .col(ColumnDef::new(Outbox::CreatedAt).big_integer().not_null())
        .to_owned()
}

fn agent(texts: &Texts) -> TableCreateStatement {
    Table::create()
        .table(Agent::Table)
        .col(texts.key(Agent::Tenant))
        .col(texts.key(Agent::EmployeeId))
        .col(ColumnDef::new(Agent::Name).text())
        .col(ColumnDef::new(Agent::Hierarchy).text())
        .col(ColumnDef::new(Agent::RoutingProfile).text())
        .col(ColumnDef::new(Agent::TimeZone).text())
        .col(ColumnDef::new(Agent::Tags).text().not_null())
        .col(ColumnDef::new(Agent::Active).boolean().not_null())
        .col(texts.key(Agent::Search))
        .col(ColumnDef::new(Agent::Version).big_integer().not_null())
        .col(ColumnDef::new(Agent::CreatedAt).big_integer().not_null())
        .col(ColumnDef::new(Agent::ChangedAt).big_integer().not_null())
        .primary_key(Index::create().col(Agent::Tenant).col(Agent::EmployeeId))
        .to_owned()
}

/// An account belongs to an agent that is there, and goes with it. Its name comes first in the key, for
/// accounts are looked up by it.
fn agent_account(texts: &Texts) -> TableCreateStatement {
    let mut of_agent = ForeignKey::create()
        .name("agent_account_of_agent")
        .from(AgentAccount::Table, (AgentAccount::Tenant, AgentAccount::EmployeeId))
        .to(Agent::Table, (Agent::Tenant, Agent::EmployeeId))
        .on_delete(ForeignKeyAction::Cascade)
        .to_owned();
    Table::create()
        .table(AgentAccount::Table)
        .col(texts.key(AgentAccount::Tenant))
        .col(texts.key(AgentAccount::Account))
        .col(texts.key(AgentAccount::Source))
        .col(texts.key(AgentAccount::EmployeeId))
        .primary_key(Index::create().col(AgentAccount::Tenant).col(AgentAccount::Account).col(AgentAccount::Source))
        .foreign_key(&mut of_agent)
        .to_owned()
}

fn directory_revision(texts: &Texts) -> TableCreateStatement {
    Table::create()
        .table(DirectoryRevision::Table)
        .col(texts.key(DirectoryRevision::Tenant))
        .col(ColumnDef::new(DirectoryRevision::Revision).big_integer().not_null())
        .primary_key(Index::create().col(DirectoryRevision::Tenant))
        .to_owned()
}

fn saved_report(texts: &Texts) -> TableCreateStatement {
    Table::create()
        .table(SavedReport::Table)
        .col(texts.key(SavedReport::Id))
        .col(texts.key(SavedReport::Tenant))
        .col(texts.key(SavedReport::Owner))
        .col(ColumnDef::new(SavedReport::Name).text().not_null())
        .col(texts.key(SavedReport::NameFolded))
        .col(ColumnDef::new(SavedReport::Kind).text().not_null())
        .col(ColumnDef::new(SavedReport::Definition).text().not_null())
        .col(ColumnDef::new(SavedReport::Published).boolean().not_null())
        .col(ColumnDef::new(SavedReport::Version).big_integer().not_null())
        .col(ColumnDef::new(SavedReport::CreatedAt).big_integer().not_null())
        .col(ColumnDef::new(SavedReport::ChangedAt).big_integer().not_null())
        .col(ColumnDef::new(SavedReport::ChangedBy).text().not_null())
        .primary_key(Index::create().col(SavedReport::Id))
        .to_owned()
}

fn catalogue_entry(texts: &Texts) -> TableCreateStatement {
    let mut key = Index::create()
        .col(CatalogueEntry::Tenant)
        .col(CatalogueEntry::Application)
        .col(CatalogueEntry::Entity)
        .col(CatalogueEntry::Activity)
        .to_owned();
    Table::create()
        .table(CatalogueEntry::Table)
        .col(texts.key(CatalogueEntry::Tenant))
        .col(texts.key(CatalogueEntry::Application))
        .col(texts.key(CatalogueEntry::Entity))
        .col(texts.key(CatalogueEntry::Activity))
        .col(ColumnDef::new(CatalogueEntry::Effect).text())
        .col(ColumnDef::new(CatalogueEntry::Label).text())
        .primary_key(&mut key)
        .to_owned()
}

fn catalogue_application(texts: &Texts) -> TableCreateStatement {
    Table::create()
        .table(CatalogueApplication::Table)
        .col(texts.key(CatalogueApplication::Tenant))
        .col(texts.key(CatalogueApplication::Application))
        .primary_key(Index::create().col(CatalogueApplication::Tenant).col(CatalogueApplication::Application))
        .to_owned()
}

fn indexes() -> [IndexCreateStatement; 3] {
    let once_in_the_outbox =
        Index::create().name("outbox_by_event").table(Outbox::Table).col(Outbox::Tenant).col(Outbox::EventId).unique().to_owned();
    let by_agent = Index::create()
        .name("agent_account_by_agent")
        .table(AgentAccount::Table)
        .col(AgentAccount::Tenant)
        .col(AgentAccount::EmployeeId)
        .to_owned();
    let by_name = Index::create()
        .name("saved_report_by_name")
        .table(SavedReport::Table)
        .col(SavedReport::Tenant)
        .col(SavedReport::Owner)
        .col(SavedReport::NameFolded)
        .unique()
        .to_owned();
    [once_in_the_outbox, by_agent, by_name]
}
