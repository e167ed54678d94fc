//! The control database: what an operator sets up, as opposed to what happened.
//!
//! It holds users and their security profiles, sessions and settings, API keys, the directory of agents, saved reports, what tenants add to the activity catalogue, and
//! Rollcall's own record on its way into the ledger. It is one set of entities and migrations through SeaORM, in a SQLite file
//! ([`open`](Control::open)) or in a schema of a PostgreSQL database ([`connect`](Control::connect)),
//! which several nodes may share. What is said to one of the two alone stands in `sqlite` and `postgres`.
//!
//! This floor stores and finds. It decides nothing: what a key may do, whether it still counts, and how
//! a secret is compared belongs to the access floor above.
//!
//! - [`Control`]: opening a database, with its migrations
//! - [`PostgresSchema`]: where a database on PostgreSQL is
//! - [`api_keys`]: API keys
//! - [`users`], [`profiles`], [`user_sessions`]: who may sign in, what they may do, and who is signed in
//! - [`settings`]: what a tenant has set, by name
//! - [`sign_ins`]: attempts at signing in, and sign-ins that wait for an OpenID provider
//! - [`directory`]: agents and their accounts
//! - [`saved_reports`]: report definitions under a name
//! - [`tenant_catalogue`]: a tenant's entries of the activity catalogue, and the applications that it has
//! - [`readings`]: what was recorded as read a short time ago
//! - [`jobs`]: what is done in the background
//! - [`export_tasks`]: files that are made in the background
//! - [`schedules`]: when a saved report is delivered, and its runs
//! - [`destinations`]: where reports are delivered to
//! - [`webhooks`]: which other systems are told of events, and how far they were
//! - [`outbox`]: what is to be recorded, in one transaction with the change that it tells of
//! - `copy`: copies for backups, from either engine to either

pub mod api_keys;
mod copy;
pub mod destinations;
pub mod directory;
mod entity;
mod error;
pub mod export_tasks;
mod fold;
pub mod jobs;
mod migrations;
pub mod outbox;
mod postgres;
pub mod profiles;
pub mod readings;
pub mod saved_reports;
pub mod schedules;
pub mod settings;
pub mod sign_ins;
mod sqlite;
mod stored_row;
pub mod tenant_catalogue;
mod transaction;
pub mod user_sessions;
pub mod users;
mod versioned;
pub mod webhooks;

use std::path::Path;

use sea_orm::DatabaseConnection;

use crate::api_keys::ApiKeys;
use crate::destinations::Destinations;
use crate::directory::Directory;
pub use crate::error::ControlError;
use crate::export_tasks::ExportTasks;
use crate::jobs::Jobs;
use crate::outbox::Outbox;
pub use crate::postgres::PostgresSchema;
use crate::profiles::Profiles;
use crate::readings::Readings;
use crate::saved_reports::SavedReports;
use crate::schedules::{Runs, Schedules};
use crate::settings::Settings;
use crate::sign_ins::SignIns;
use crate::tenant_catalogue::TenantCatalogue;
use crate::user_sessions::UserSessions;
use crate::users::Users;
use crate::webhooks::Webhooks;

/// An open control database. Clones share it.
#[derive(Debug, Clone)]
pub struct Control {
    db: DatabaseConnection,
}

impl Control {
    /// Opens the database in a file, which is made, readable by its owner alone, if it does not exist.
    /// Brings its tables up to date. A database that a newer version has written is refused and left
    /// as it is.
    pub async fn open(path: &Path) -> Result<Self, ControlError> {
        sqlite::create_file(path).await?;
        let db = sqlite::file(path).await?;
        let prepared = sqlite::prepare(&db, &path.display().to_string()).await;
        Self::prepared(db, prepared).await
    }

    /// A database in memory, for tests: it ends with its last clone.
    pub async fn open_in_memory() -> Result<Self, ControlError> {
        let db = sqlite::memory().await?;
        let prepared = sqlite::prepare(&db, "in memory").await;
        Self::prepared(db, prepared).await
    }

    /// Opens the database in a schema on PostgreSQL, which is made if it does not exist. Brings its tables
    /// up to date; nodes that do so at the same time wait for each other. A database that a newer version
    /// has written is refused and left as it is.
    pub async fn connect(schema: &PostgresSchema) -> Result<Self, ControlError> {
        let db = postgres::connect(schema).await?;
        let prepared = postgres::prepare(&db, schema).await;
        Self::prepared(db, prepared).await
    }

    async fn prepared(db: DatabaseConnection, prepared: Result<(), ControlError>) -> Result<Self, ControlError> {
        match prepared {
            Ok(()) => Ok(Control { db }),
            Err(error) => {
                // The connections are given back before the database may be opened anew; that they close
                // badly matters less than why.
                let _ = db.close().await;
                Err(error)
            }
        }
    }

    /// The API keys.
    pub fn api_keys(&self) -> ApiKeys<'_> {
        ApiKeys::new(&self.db)
    }

    /// The users.
    pub fn users(&self) -> Users<'_> {
        Users::new(&self.db)
    }

    /// The security profiles that tenants have made.
    pub fn profiles(&self) -> Profiles<'_> {
        Profiles::new(&self.db)
    }

    /// Who is signed in.
    pub fn user_sessions(&self) -> UserSessions<'_> {
        UserSessions::new(&self.db)
    }

    /// What tenants have set.
    pub fn settings(&self) -> Settings<'_> {
        Settings::new(&self.db)
    }

    /// Attempts at signing in.
    pub fn sign_ins(&self) -> SignIns<'_> {
        SignIns::new(&self.db)
    }

    /// What was recorded as read.
    pub fn readings(&self) -> Readings<'_> {
        Readings::new(&self.db)
    }

    /// The agents of the tenants.
    pub fn directory(&self) -> Directory<'_> {
        Directory::new(&self.db)
    }

    /// The saved reports.
    pub fn saved_reports(&self) -> SavedReports<'_> {
        SavedReports::new(&self.db)
    }

    /// What tenants add to the activity catalogue.
    pub fn tenant_catalogue(&self) -> TenantCatalogue<'_> {
        TenantCatalogue::new(&self.db)
    }

    /// What is done in the background.
    pub fn jobs(&self) -> Jobs<'_> {
        Jobs::new(&self.db)
    }

    /// The files that are made in the background.
    pub fn export_tasks(&self) -> ExportTasks<'_> {
        ExportTasks::new(&self.db)
    }

    /// When saved reports are delivered.
    pub fn schedules(&self) -> Schedules<'_> {
        Schedules::new(&self.db)
    }

    /// Deliveries of scheduled reports.
    pub fn runs(&self) -> Runs<'_> {
        Runs::new(&self.db)
    }

    /// Where reports are delivered to.
    pub fn destinations(&self) -> Destinations<'_> {
        Destinations::new(&self.db)
    }

    /// Which other systems are told of events.
    pub fn webhooks(&self) -> Webhooks<'_> {
        Webhooks::new(&self.db)
    }

    /// The record that waits for the ledger.
    pub fn outbox(&self) -> Outbox<'_> {
        Outbox::new(&self.db)
    }

    /// Closes the database, for every clone, once what is under way is done.
    pub async fn close(&self) -> Result<(), ControlError> {
        Ok(self.db.close_by_ref().await?)
    }
}
