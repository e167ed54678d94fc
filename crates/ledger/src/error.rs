//! What can go wrong in the ledger, and what the caller can do about it.
//!
//! | predicate | meaning | what to do |
//! | --- | --- | --- |
//! | [`Error::is_busy`] | more is waiting than fits into memory | try again a little later |
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
    /// The ledger is closing.
    #[error("the ledger is closing; send the events again once Rollcall has started")]
    Closed,
    /// Another process owns the folder.
    #[error("the data folder {0} is in use by another Rollcall; stop it, or send the command to it")]
    Locked(PathBuf),
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
        Error::Database(error.to_string())
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
