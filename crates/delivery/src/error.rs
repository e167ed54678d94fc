//! What can go wrong with a delivery.

use std::path::PathBuf;

use rollcall_access::report_rights::NoRows;
use rollcall_access::{AccessError, Denied};
use rollcall_control::ControlError;

/// Result of what is delivered.
pub(crate) type Result<T, E = DeliveryError> = std::result::Result<T, E>;

/// Something could not be delivered, or not be set up.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DeliveryError {
    /// The control database failed, or refused.
    #[error(transparent)]
    Control(#[from] ControlError),
    /// Who is allowed what could not be decided, or secrets not be kept.
    #[error(transparent)]
    Access(#[from] AccessError),
    /// A permission is missing.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// They may see none of the rows.
    #[error(transparent)]
    NoRows(#[from] NoRows),
    /// The report has no answer.
    #[error(transparent)]
    Report(#[from] rollcall_reports::Error),
    /// The ledger failed.
    #[error(transparent)]
    Ledger(#[from] rollcall_ledger::Error),
    /// A file or folder.
    #[error("{}: {doing}: {source}", path.display())]
    File {
        /// What was tried.
        doing: &'static str,
        /// Of what.
        path: PathBuf,
        /// Why it failed.
        source: std::io::Error,
    },
    /// A file could not be written.
    #[error("writing the file: {0}")]
    Write(String),
    /// A member of what was asked is wrong.
    #[error("{field}: {reason}")]
    Invalid {
        /// Which one.
        field: String,
        /// What was expected, what came, what to do.
        reason: String,
    },
    /// There is none of that id.
    #[error("there is no {what} {id}; it may have been deleted")]
    Unknown {
        /// What sort of thing.
        what: &'static str,
        /// Which one.
        id: String,
    },
    /// It is not so that this could be done.
    #[error("{0}")]
    Conflict(String),
    /// A file holds rows that they may not see.
    #[error("the file holds rows that you may not see; make a task of your own")]
    OtherRows,
    /// They may not do or have this.
    #[error("{0}")]
    Forbidden(String),
    /// It was stopped before its end.
    #[error("stopped before its end")]
    Stopped,
}

impl DeliveryError {
    /// A member of what was asked is wrong.
    pub fn invalid(field: impl Into<String>, reason: impl Into<String>) -> Self {
        DeliveryError::Invalid { field: field.into(), reason: reason.into() }
    }

    /// There is none of that id.
    pub fn unknown(what: &'static str, id: impl ToString) -> Self {
        DeliveryError::Unknown { what, id: id.to_string() }
    }
}

impl From<rollcall_reports::InvalidDefinition> for DeliveryError {
    fn from(invalid: rollcall_reports::InvalidDefinition) -> Self {
        DeliveryError::Report(invalid.into())
    }
}
