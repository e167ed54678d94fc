//! Migrations: how the tables came to be as they are.
//!
//! A migration that a release contains never changes; what is to be different comes in a new one. Each
//! runs in a transaction, so that a database is never left between two versions.

mod m0001_api_key;

use std::collections::BTreeSet;

use sea_orm::DatabaseConnection;
use sea_orm_migration::{MigrationTrait, MigratorTrait};

use crate::error::ControlError;

/// Every migration, oldest first.
struct Migrations;

impl MigratorTrait for Migrations {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![Box::new(m0001_api_key::Migration)]
    }
}

/// Applies what is missing. Refuses a database that has had a migration which is not known here.
pub(crate) async fn apply(db: &DatabaseConnection, place: &str) -> Result<(), ControlError> {
    let known: BTreeSet<String> = Migrations::migrations().iter().map(|migration| migration.name().to_owned()).collect();
    let unknown: Vec<String> = Migrations::get_migration_models(db)
        .await?
        .into_iter()
        .map(|applied| applied.version)
        .filter(|version| !known.contains(version))
        .collect();
    if !unknown.is_empty() {
        return Err(ControlError::Newer { place: place.to_owned(), unknown });
    }
    Ok(Migrations::up(db, None).await?)
}
