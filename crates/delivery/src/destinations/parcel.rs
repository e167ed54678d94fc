//! What is delivered, and what became of it.

use std::path::PathBuf;

use uuid::Uuid;

/// A file on its way to a destination.
#[derive(Debug, Clone)]
pub struct Parcel {
    /// Where it lies now.
    pub file: PathBuf,
    /// The name of the report, with which the file's name begins.
    pub file_name_stem: String,
    /// The folder beneath `Reports` that it goes into; none if empty.
    pub prefix: String,
    /// How its name ends.
    pub extension: &'static str,
    /// What it is.
    pub media_type: &'static str,
    /// Its size.
    pub bytes: u64,
    /// Its rows.
    pub rows: u64,
    /// SHA-256 of its bytes, in hexadecimal.
    pub sha256: String,
    /// The run that it comes from.
    pub run_id: Uuid,
    /// The schedule of that run.
    pub schedule_id: Uuid,
    /// The name of the report, for people.
    pub report_name: String,
    /// The range that it covers, for people.
    pub range_words: String,
    /// The date for which the run was due, in the schedule's zone, as `YYYY-MM-DDTHHMMSS`.
    pub local_time: String,
    /// 0 for the run that was due; each further run for the same date, asked for or restated, is one more.
    pub number: u32,
    /// The run that it restates.
    pub restates: Option<Uuid>,
    /// What was missing when it was written, if anything was.
    pub missing: Option<String>,
    /// Where people can fetch it.
    pub link: Option<String>,
}

/// It has arrived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivered {
    /// Where: a path, a bucket and key, or who has it.
    pub place: String,
}

/// It has not arrived.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct DeliveryFailure {
    /// Kind of failure, in a word or two.
    pub failure_type: String,
    /// Code that the other side gave.
    pub code: Option<String>,
    /// What happened, in words.
    pub reason: String,
    /// Whether it will fail again until somebody changes something.
    pub is_permanent: bool,
}

impl DeliveryFailure {
    /// One that may be over when it is tried again.
    pub(crate) fn transient(failure_type: &str, reason: impl Into<String>) -> Self {
        DeliveryFailure { failure_type: failure_type.to_owned(), code: None, reason: reason.into(), is_permanent: false }
    }

    /// One that lasts until somebody changes something.
    pub(crate) fn permanent(failure_type: &str, reason: impl Into<String>) -> Self {
        DeliveryFailure { is_permanent: true, ..Self::transient(failure_type, reason) }
    }

    /// With the code that the other side gave.
    pub(crate) fn with_code(self, code: Option<String>) -> Self {
        DeliveryFailure { code, ..self }
    }
}
