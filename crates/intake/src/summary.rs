//! What became of a file or request, counted.

use crate::options::DateBasis;

/// What became of a file or request.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Summary {
    /// Bytes that were read.
    pub bytes: u64,
    /// Records that were cut: those that became events, that were rejected and that were skipped.
    pub records: u64,
    /// Events that came out.
    pub events: u64,
    /// Records that were rejected.
    pub rejected: u64,
    /// Records of the source that are no events.
    pub skipped: u64,
    /// Where the dates of lines without one came from, if there were such lines.
    pub date_basis: Option<DateBasis>,
    /// What the reader should know.
    pub warnings: Vec<Warning>,
}

/// Something that is not wrong by itself, and that a reader should know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Warning {
    /// The file begins inside a run of identical records.
    BeginsInsideRun,
    /// The file ends inside a run of identical records.
    EndsInsideRun,
    /// An array or envelope was not closed.
    Unclosed,
    /// Times without an offset were taken as UTC.
    AssumedUtc {
        /// How many lines bore no offset.
        lines: u64,
    },
    /// Lines without a date got theirs from elsewhere.
    WithoutDate {
        /// How many lines bore no date.
        lines: u64,
        /// Where the first date came from.
        basis: DateBasis,
    },
}

impl std::fmt::Display for Warning {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Warning::BeginsInsideRun => f.write_str(
                "the file begins with identical records of one time; if it was cut out of a longer one there, some of them may be missing",
            ),
            Warning::EndsInsideRun => f.write_str(
                "the file ends with identical records of one time; if it goes on elsewhere with more of them, some may be missing",
            ),
            Warning::Unclosed => f.write_str("the array around the records is not closed; the file may be cut off"),
            Warning::AssumedUtc { lines } => write!(
                f,
                "times without an offset were taken as UTC; if that is wrong, give the source's time zone (lines concerned: {lines})"
            ),
            Warning::WithoutDate { lines, basis: DateBasis::Given(date) } => {
                write!(f, "the first time without a date was put on {date}, as given (lines concerned: {lines})")
            }
            Warning::WithoutDate { lines, basis: DateBasis::CountedBack { modified, first } } => write!(
                f,
                "the first time without a date was put on {first}, counted back from the file's modification at {modified}; \
                 if that is wrong, give the date (lines concerned: {lines})"
            ),
        }
    }
}
