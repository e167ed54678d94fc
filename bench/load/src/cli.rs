//! The command line: one command for each workload.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use crate::workload::{all, export, import, ingest, reports, single, store};

/// The workloads behind the figures of docs/performance.md.
#[derive(Debug, Parser)]
#[command(name = "rollcall-bench", version, max_term_width = 110)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) general: GeneralArgs,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What is measured.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Events over HTTP in batches, each acknowledged durable
    Ingest(ingest::IngestArgs),
    /// One event a request, from many connections
    Single(single::SingleArgs),
    /// `rollcall import` of a file
    Import(import::ImportArgs),
    /// Build the store that reports are asked of, and say what it takes on disk
    Store(store::StoreArgs),
    /// Reports on that store
    Reports(reports::ReportsArgs),
    /// Whole reports of that store as files
    Export(export::ExportArgs),
    /// Everything, one workload after the other
    All(all::AllArgs),
}

/// Flags of every workload.
#[derive(Debug, Args)]
#[command(next_help_heading = "General")]
pub(crate) struct GeneralArgs {
    /// The binary under test [default: `rollcall` beside this one]
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) rollcall: Option<PathBuf>,
    /// Folder for data; what is made there is removed again, but for the stores of reports
    #[arg(long, global = true, value_name = "DIR", default_value = ".data/bench")]
    pub(crate) dir: PathBuf,
    /// How often each workload is run; figures are medians over the runs
    #[arg(long, global = true, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) runs: u32,
    /// Print JSON instead of Markdown
    #[arg(long, global = true)]
    pub(crate) json: bool,
}
