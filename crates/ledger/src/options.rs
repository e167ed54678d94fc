//! How a ledger is run, and on what.

use std::path::PathBuf;
use std::time::Duration;

use rollcall_sessions::SourceLimits;

use crate::database::Place;

/// Name of the database's file in a data folder.
pub(crate) const LEDGER_FILE: &str = "ledger.db";

/// How a ledger is run.
#[derive(Debug, Clone)]
pub struct Options {
    /// The data folder; made if it is missing.
    pub folder: PathBuf,
    /// A server for the ledger's database, which several nodes can share. Without it, the database is a
    /// file in the folder.
    pub postgres: Option<Postgres>,
    /// The lake's folder. Nodes that share a database share it. Without it, it lies in the data folder.
    pub lake: Option<PathBuf>,
    /// Limits of sources after which a session counts as expired.
    pub limits: SourceLimits,
    /// The tail is archived when it has this many events…
    pub archive_events: usize,
    /// … or is this old.
    pub archive_interval: Duration,
    /// For how long files that were replaced stay for readers from outside.
    pub file_grace: Duration,
    /// Into how many parts a query is split: as many as there are cores.
    pub query_partitions: usize,
}

/// A PostgreSQL server.
#[derive(Clone)]
pub struct Postgres {
    /// Its URL, with what is needed to sign in.
    pub url: String,
    /// The schema that the ledger's tables are in; made if it is missing.
    pub schema: String,
}

impl std::fmt::Debug for Postgres {
    /// Without the URL: it bears a password.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Postgres").field("schema", &self.schema).finish_non_exhaustive()
    }
}

impl Options {
    /// Where the ledger's database is.
    pub(crate) fn place(&self) -> Place {
        match &self.postgres {
            Some(Postgres { url, schema }) => Place::Postgres { url: url.clone(), schema: schema.clone() },
            None => Place::File(self.folder.join(LEDGER_FILE)),
        }
    }

    /// The lake's folder.
    pub(crate) fn lake_folder(&self) -> PathBuf {
        self.lake.clone().unwrap_or_else(|| self.folder.join("lake"))
    }

    /// The usual options for a folder.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Options {
            folder: folder.into(),
            postgres: None,
            lake: None,
            limits: SourceLimits::default(),
            archive_events: 100_000,
            archive_interval: Duration::from_secs(300),
            file_grace: Duration::from_secs(900),
            query_partitions: std::thread::available_parallelism().map_or(2, usize::from),
        }
    }
}
