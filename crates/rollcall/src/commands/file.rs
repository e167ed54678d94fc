//! Flags of the commands that have a report written into a file by the server.

use clap::{Args, ValueEnum};

/// What is written, and how.
#[derive(Debug, Args)]
pub(super) struct FileArgs {
    /// What is asked of the report
    #[arg(long, value_enum, value_name = "QUESTION", default_value = "rows")]
    pub(super) question: Asking,
    /// Format of the file
    #[arg(long, value_enum, value_name = "FORMAT", default_value = "csv")]
    pub(super) file_format: FileFormat,
    /// Of CSV: leave texts as they are, also those that a spreadsheet would run as a formula
    #[arg(long)]
    pub(super) raw: bool,
    /// Of CSV: begin with a byte order mark, by which older spreadsheets know UTF-8
    #[arg(long)]
    pub(super) bom: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Asking {
    /// All rows
    Rows,
    /// The groups of its group_by
    Groups,
    /// For how long each agent was signed in on each day
    #[value(alias = "signed_in")]
    SignedIn,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum FileFormat {
    /// RFC 4180, UTF-8
    Csv,
    /// JSON Lines: one object a line
    Ndjson,
    /// An Excel workbook
    Xlsx,
    /// Apache Parquet
    Parquet,
}

impl Asking {
    /// Its name in the API.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Asking::Rows => "rows",
            Asking::Groups => "groups",
            Asking::SignedIn => "signed_in",
        }
    }
}

impl FileFormat {
    /// Its name in the API.
    pub(super) const fn name(self) -> &'static str {
        match self {
            FileFormat::Csv => "csv",
            FileFormat::Ndjson => "ndjson",
            FileFormat::Xlsx => "xlsx",
            FileFormat::Parquet => "parquet",
        }
    }
}
