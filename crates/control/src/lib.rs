//! The control database: what an operator sets up, as opposed to what happened.
//!
//! For now it holds API keys. It is one set of entities and migrations through SeaORM, on SQLite; SQL
//! of one database alone stands only in the options of its connections ([`open`](Control::open)), so
//! that PostgreSQL can be added beside it.
//!
//! This floor stores and finds. It decides nothing: what a key may do, whether it still counts, and how
//! a secret is compared belongs to the access floor above.
//!
//! - [`Control`]: opening a database, with its migrations
//! - [`api_keys`]: the repository of API keys

pub mod api_keys;
mod connection;
mod entity;
mod error;
mod migrations;

use std::path::Path;

use sea_orm::DatabaseConnection;

use crate::api_keys::ApiKeys;
pub use crate::error::ControlError;

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
        connection::create_file(path).await?;
        let db = connection::file(path).await?;
        Self::up_to_date(db, &path.display().to_string()).await
    }

    /// A database in memory, for tests: it ends with its last clone.
    pub async fn open_in_memory() -> Result<Self, ControlError> {
        let db = connection::memory().await?;
        Self::up_to_date(db, "in memory").await
    }

    async fn up_to_date(db: DatabaseConnection, place: &str) -> Result<Self, ControlError> {
        match migrations::apply(&db, place).await {
            Ok(()) => Ok(Control { db }),
            Err(error) => {
                // The connections are given back before the file may be opened anew; that they close
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

    /// Closes the database, for every clone, once what is under way is done.
    pub async fn close(&self) -> Result<(), ControlError> {
        Ok(self.db.close_by_ref().await?)
    }
}
