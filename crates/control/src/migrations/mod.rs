//! Migrations: how the tables came to be as they are.
//!
//! A migration that a release contains never changes; what is to be different comes in a new one. Each
//! runs in a transaction, so that a database is never left between two versions.

mod m0001_api_key;
mod m0002_directory_reports_outbox;
mod m0003_accounts;
mod m0004_jobs;
mod m0005_export_tasks;
mod m0006_schedules;
mod m0007_destinations;
mod m0008_webhooks;
mod texts;

use std::collections::BTreeSet;

use sea_orm::ConnectionTrait;
use sea_orm_migration::{IntoSchemaManagerConnection, MigrationTrait, MigratorTrait};

use crate::error::ControlError;

/// Every migration, oldest first.
struct Migrations;

impl MigratorTrait for Migrations {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m0001_api_key::Migration),
            Box::new(m0002_directory_reports_outbox::Migration),
            Box::new(m0003_accounts::Migration),
            Box::new(m0004_jobs::Migration),
            Box::new(m0005_export_tasks::Migration),
            Box::new(m0006_schedules::Migration),
            Box::new(m0007_destinations::Migration),
            Box::new(m0008_webhooks::Migration),
        ]
    }
}

/// Applies what is missing. Refuses a database that has had a migration which is not known here.
pub(crate) async fn apply<'c, C>(db: &'c C, place: &str) -> Result<(), ControlError>
where
    C: ConnectionTrait,
    &'c C: IntoSchemaManagerConnection<'c>,
{
    let failed = |source| ControlError::Prepare { place: place.to_owned(), source };
    let known: BTreeSet<String> = Migrations::migrations().iter().map(|migration| migration.name().to_owned()).collect();
    let unknown: Vec<String> = Migrations::get_migration_models(db)
        .await
        .map_err(failed)?
        .into_iter()
        .map(|applied| applied.version)
        .filter(|version| !known.contains(version))
        .collect();
    if !unknown.is_empty() {
        return Err(ControlError::Newer { place: place.to_owned(), unknown });
    }
    Migrations::up(db, None).await.map_err(failed)
}
