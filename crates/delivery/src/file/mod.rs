//! All rows of a report as a file: in the report's order, columns and zone, from one snapshot.

mod format;
mod write;

pub use format::{Format, Style};
use rollcall_reports::Definition;
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
        let extension = self.style.format.extension();
        match self.definition.report.name() {
            "login_logout" => format!("Login_Logout report.{extension}"),
            name => format!("{name}.{extension}"),
        }
    }
}
