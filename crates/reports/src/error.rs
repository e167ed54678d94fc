//! What can be wrong with a report, and what can go wrong while it runs.

use serde::Serialize;

/// Result of a report operation.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Something in a definition that can't be: which member, and what is allowed there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, thiserror::Error)]
#[error("{field}: {reason}")]
pub struct InvalidDefinition {
    /// The member of the definition, such as `filters[0].op`.
    pub field: String,
    /// What was expected, what came.
    pub reason: String,
    /// The values that are allowed, where they can be listed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub allowed: Vec<String>,
}

impl InvalidDefinition {
    /// Something that can't be put as a list of what is allowed.
    pub fn new(field: impl Into<String>, reason: impl Into<String>) -> Self {
        InvalidDefinition { field: field.into(), reason: reason.into(), allowed: Vec::new() }
    }

    /// A word that is none of those allowed.
    pub fn unknown<S: Into<String>>(field: impl Into<String>, got: &str, allowed: impl IntoIterator<Item = S>) -> Self {
        let allowed: Vec<String> = allowed.into_iter().map(Into::into).collect();
        InvalidDefinition { field: field.into(), reason: format!("expected one of {}; got {got:?}", allowed.join(", ")), allowed }
    }
}

/// Why a report has no answer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The definition is wrong.
    #[error(transparent)]
    Definition(#[from] InvalidDefinition),
    /// The cursor is not one of this report's.
    #[error("cursor: {0}; leave it out to start anew")]
    Cursor(String),
    /// The ledger refused or failed.
    #[error(transparent)]
    Ledger(#[from] rollcall_ledger::Error),
    /// The query engine failed.
    #[error("running the report: {0}")]
    Query(String),
}

impl From<datafusion::error::DataFusionError> for Error {
    fn from(error: datafusion::error::DataFusionError) -> Self {
        Error::Query(error.to_string())
    }
}

impl From<arrow::error::ArrowError> for Error {
    fn from(error: arrow::error::ArrowError) -> Self {
        Error::Query(error.to_string())
    }
}
