//! All rows of a report as a file: in the report's order, columns and zone, from one snapshot.
//!
//! - [`write`]: reads a report and writes it; [`lines`], [`xlsx`], [`parquet`]: in which format

mod asked;
mod format;
mod lines;
mod parquet;
mod write;
mod xlsx;

pub use asked::{Asked, Asking};
pub use format::{Format, Style};
use rollcall_reports::{Definition, Kind};
pub use write::Progress;

/// What is asked of a definition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Question {
    /// Its rows.
    Rows,
    /// Its groups, by so many of its keys; by all if none is said.
    Groups {
        /// How many of the keys make groups.
        depth: Option<usize>,
    },
    /// For how long each agent was signed in on each day.
    SignedIn,
}

/// A file that is to be written.
#[derive(Debug, Clone)]
pub struct FileWish {
    /// The report.
    pub definition: Definition,
    /// What is asked of it.
    pub question: Question,
    /// How it is told.
    pub style: Style,
}

/// A file that was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Written {
    /// Its rows.
    pub rows: u64,
    /// Its size.
    pub bytes: u64,
}

impl FileWish {
    /// The name of the file, as whoever downloads it sees it.
    pub fn name(&self) -> String {
        file_name(&self.definition, &self.question, self.style.format)
    }
}

/// The name of a file with what is asked of a definition.
pub fn file_name(definition: &Definition, question: &Question, format: Format) -> String {
    let extension = format.extension();
    match (question, definition.report) {
        (Question::Rows, Kind::LoginLogout) => format!("Login_Logout report.{extension}"),
        (Question::Rows, kind) => format!("{}.{extension}", kind.name()),
        (Question::Groups { .. }, kind) => format!("{}-groups.{extension}", kind.name()),
        (Question::SignedIn, _) => format!("signed-in.{extension}"),
    }
}
