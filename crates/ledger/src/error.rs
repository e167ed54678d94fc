//! What can go wrong in the ledger, and what the caller can do about it.
//!
//! | predicate | meaning | what to do |
//! | --- | --- | --- |
//! | [`Error::is_busy`] | more is waiting than fits into memory | try again a little later |
//! | [`Error::is_unavailable`] | the database's server is away | try again once it is back |
//! | [`Error::is_poisoned`] | the disk refused a commit | nothing is acknowledged any more; mend the disk, start anew |
//! | otherwise | stated in the message | |

use std::path::PathBuf;

/// Result of a ledger operation.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why the ledger refused or failed.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// More is waiting to be written than fits into memory.
    #[error("the ledger is busy: {waiting} events are waiting to be written or archived; try again in {retry_after_s} s")]
    Busy {
        /// Events waiting.
        waiting: usize,
        /// A good moment to try again, in seconds.
        retry_after_s: u64,
    },
    /// An earlier commit failed, so nothing is acknowledged any more.
    #[error(
        "the ledger takes no more events since a commit failed ({0}); mend the disk and start Rollcall anew: what was acknowledged is safe"
    )]
    Poisoned(String),
    /// The database's server can't be reached, or was lost in the middle.
    #[error("the ledger's database can't be reached ({0}); send the events again in a moment: what is there already is recognised")]
    Unavailable(String),
    /// An Idempotency-Key that was used for another request.
    #[error("the Idempotency-Key was used for another request; use a new key for each request, and the same one only to repeat it")]
    KeyReused,
    /// A seq that no event has had yet.
    #[error("expected a seq from 0 to {next_seq}, the next event's; got {seq}")]
    UnknownSeq {
        /// What came.
        seq: i64,
        /// The next event's.
        next_seq: i64,
    },
    /// More values than are held in memory.
    #[error("there are more than {0} values")]
    TooManyValues(usize),
    /// No such tenant.
    #[error("there is no tenant {0}")]
    UnknownTenant(String),
    /// The ledger is closing.
    #[error("the ledger is closing; send the events again once Rollcall has started")]
    Closed,
    /// Another process owns the folder.
    #[error("the data folder {0} is in use by another Rollcall; stop it, or send the command to it")]
    Locked(PathBuf),
    /// A backup or a restore has not finished filling a folder.
    #[error("{0} holds a backup or a restore that was not finished; remove it and start again")]
    Unfinished(PathBuf),
    /// A backup or a restore that can't be.
    #[error("{0}")]
    NotPossible(String),
    /// The store was written by a newer version.
    #[error("the store has format {found}, this Rollcall reads up to {supported}; install a newer Rollcall")]
    TooNew {
        /// Format of the store.
        found: i64,
        /// Newest format that this version reads.
        supported: i64,
    },
    /// A snapshot that is no longer kept.
    #[error("the snapshot {0} is no longer kept; run the report anew")]
    SnapshotGone(String),
    /// A batch over the limit.
    #[error("a batch holds at most {limit} records, got {got}; split it")]
    BatchTooLarge {
        /// Most records in a batch.
        limit: usize,
        /// Records that came.
        got: usize,
    },
    /// The database failed.
    #[error("the ledger's database: {0}")]
    Database(String),
    /// A file could not be read or written.
    #[error("{path}: {reason}")]
    File {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        reason: String,
    },
    /// The query engine or the file format failed.
    #[error("reading or writing columns: {0}")]
    Columns(String),
    /// Something in the store is not as it was written.
    #[error("the store is damaged: {0}")]
    Corrupt(String),
}

impl Error {
    /// Whether the same call can succeed a little later.
    pub fn is_busy(&self) -> bool {
        matches!(self, Error::Busy { .. })
    }

    /// Whether the database's server is away: the same call can succeed once it is back.
    pub fn is_unavailable(&self) -> bool {
        matches!(self, Error::Unavailable(_))
    }

    /// Whether a seq was named that no event has had yet.
    pub fn is_unknown_seq(&self) -> bool {
        matches!(self, Error::UnknownSeq { .. })
    }

    /// Whether an Idempotency-Key was used for another request.
    pub fn is_key_reused(&self) -> bool {
        matches!(self, Error::KeyReused)
    }

    /// Whether the ledger has stopped taking events for good.
    pub fn is_poisoned(&self) -> bool {
        matches!(self, Error::Poisoned(_))
    }

    /// Whether a cursor or snapshot is no longer kept.
    pub fn is_snapshot_gone(&self) -> bool {
        matches!(self, Error::SnapshotGone(_))
    }

    pub(crate) fn file(path: impl Into<PathBuf>, reason: &impl std::fmt::Display) -> Self {
        Error::File { path: path.into(), reason: reason.to_string() }
    }
}

impl From<sea_orm::DbErr> for Error {
    fn from(error: sea_orm::DbErr) -> Self {
        if is_lost_connection(&error) { Error::Unavailable(error.to_string()) } else { Error::Database(error.to_string()) }
    }
}

/// Whether a server is away, or ended the connection: not an answer, but none.
fn is_lost_connection(error: &sea_orm::DbErr) -> bool {
    use sea_orm::{DbErr, RuntimeErr};
    let (DbErr::Conn(RuntimeErr::SqlxError(error))
    | DbErr::Exec(RuntimeErr::SqlxError(error))
    | DbErr::Query(RuntimeErr::SqlxError(error))) = error
    else {
        return matches!(error, DbErr::ConnectionAcquire(_));
    };
    match error.as_ref() {
        sqlx::Error::Io(_)
        | sqlx::Error::PoolTimedOut
        | sqlx::Error::PoolClosed
        | sqlx::Error::WorkerCrashed
        | sqlx::Error::Protocol(_) => true,
        // Class 57: operator intervention, such as a shutdown; class 08: connection exception.
        sqlx::Error::Database(error) => error.code().is_some_and(|code| code.starts_with("57P") || code.starts_with("08")),
        _ => false,
    }
}

impl From<arrow::error::ArrowError> for Error {
    fn from(error: arrow::error::ArrowError) -> Self {
        Error::Columns(error.to_string())
    }
}

impl From<parquet::errors::ParquetError> for Error {
    fn from(error: parquet::errors::ParquetError) -> Self {
        Error::Columns(error.to_string())
    }
}

impl From<datafusion::error::DataFusionError> for Error {
    fn from(error: datafusion::error::DataFusionError) -> Self {
        Error::Columns(error.to_string())
    }
}
