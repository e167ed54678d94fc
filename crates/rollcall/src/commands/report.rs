//! `rollcall report`: asks about the rows of a definition, and prints the answer as a table, as CSV or as JSON.
//!
//! The definition is that of a kind with what the flags say, or a stored one (`stored_report`); reports that are saved
//! under a name are listed, saved and deleted in `saved_report`. It goes to the API as it would from anywhere else.

use std::io::Write;
use std::path::PathBuf;

use anyhow::bail;
use clap::{Args, Subcommand, ValueEnum};
use serde_json::Value;
use tokio::runtime::Handle;

use crate::cli::TargetArgs;
use crate::commands::saved_report::{self, DeleteArgs, ListArgs, SaveArgs};
use crate::commands::stored_report::{self, RunArgs, ShippedArgs};
use crate::config::Settings;
use crate::connection::{self, Connection, Refused};
use crate::failure::{Usage, usage};
use crate::report::changes::Changes;
use crate::report::definition::{Clock, DefinitionArgs, Kind, Members};
use crate::report::run::Run;
use crate::report::save::{self, Save};
use crate::report::told::Told;
use crate::report::view::{View, ViewArgs};
use crate::report::{facets, histogram};
use crate::stdout::Stdout;

/// Which report, and how to print it.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(crate) struct ReportArgs {
    #[command(subcommand)]
    command: Option<ReportCommand>,
    /// Kind of report
    #[arg(value_enum, value_name = "KIND", required = true)]
    kind: Option<Kind>,
    #[command(flatten)]
    print: PrintArgs,
    #[command(flatten)]
    definition: DefinitionArgs,
    #[command(flatten)]
    target: TargetArgs,
}

/// What to do with reports that are stored somewhere.
#[derive(Debug, Subcommand)]
enum ReportCommand {
    /// List the saved reports: one's own, and those that others have published
    List(Box<ListArgs>),
    /// List the reports that come with the product
    Shipped(Box<ShippedArgs>),
    /// Save a report under a name
    Save(Box<SaveArgs>),
    /// Run a saved report, one that comes with the product, or any definition
    Run(Box<RunArgs>),
    /// Delete a saved report
    Delete(Box<DeleteArgs>),
}

/// What to print of a report, and how.
#[derive(Debug, Args)]
pub(crate) struct PrintArgs {
    /// Print at most this many rows, groups, days or changes
    #[arg(long, value_name = "N")]
    limit: Option<u64>,
    /// How to print them [default: table, or what the name of the file says]
    #[arg(long, value_enum, value_name = "FORMAT")]
    format: Option<ReportFormat>,
    /// Write all rows, groups or days into this file; it has its name when it is whole
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Of CSV: leave texts as they are, also those that a spreadsheet would run as a formula
    #[arg(long)]
    raw: bool,
    /// Of CSV: begin with a byte order mark, by which older spreadsheets know UTF-8
    #[arg(long)]
    bom: bool,
    #[command(flatten)]
    view: ViewArgs,
}

/// How a list is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people
    Table,
    /// RFC 4180, with the names of the columns as header
    Csv,
    /// One object a line
    Json,
}

/// How a report is printed, or written into a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ReportFormat {
    /// For people
    Table,
    /// RFC 4180, with the names of the columns as header
    Csv,
    /// One object a line, with all columns unless some are named
    Json,
    /// One object a line, with the columns of the definition
    Ndjson,
    /// An Excel workbook, into a file
    Xlsx,
    /// Apache Parquet, into a file
    Parquet,
}

/// What is said of rows is no table that these formats are for.
pub(crate) fn rows_alone() -> anyhow::Error {
    usage("--format xlsx and parquet and --output are about rows, groups and days")
}

impl ReportArgs {
    /// Which store.
    pub(crate) fn target(&self) -> &TargetArgs {
        match &self.command {
            None => &self.target,
            Some(ReportCommand::List(args)) => args.target(),
            Some(ReportCommand::Shipped(args)) => args.target(),
            Some(ReportCommand::Save(args)) => args.target(),
            Some(ReportCommand::Run(args)) => args.target(),
            Some(ReportCommand::Delete(args)) => args.target(),
        }
    }
}

pub(crate) async fn run(args: &ReportArgs, settings: &Settings, queries: &Handle) -> anyhow::Result<()> {
    let connection = Connection::open(args.target(), settings, queries).await?;
    let done = match (&args.command, args.kind) {
        (Some(ReportCommand::List(args)), _) => saved_report::list(args, &connection).await,
        (Some(ReportCommand::Shipped(args)), _) => stored_report::shipped(args, &connection).await,
        (Some(ReportCommand::Save(args)), _) => saved_report::save(args, &connection).await,
        (Some(ReportCommand::Run(args)), _) => stored_report::run(args, &connection).await,
        (Some(ReportCommand::Delete(args)), _) => saved_report::delete(args, &connection).await,
        (None, Some(kind)) => of_kind(args, kind, &connection).await,
        (None, None) => Err(usage("expected a kind of report, or what to do with stored ones")),
    };
    connection.close().await?;
    done.map_err(blame_the_request)
}

/// What can't be is an error of usage.
pub(super) fn blame_the_request(error: anyhow::Error) -> anyhow::Error {
    match error.downcast_ref::<Refused>() {
        Some(refused) if refused.is_unprocessable() => Usage(refused.to_string()).into(),
        _ => error,
    }
}

async fn of_kind(args: &ReportArgs, kind: Kind, connection: &Connection) -> anyhow::Result<()> {
    args.print.print(args.definition.of_kind(kind)?, connection).await
}

impl PrintArgs {
    fn format(&self) -> anyhow::Result<ReportFormat> {
        let by_name = self.output.as_deref().and_then(save::format_of);
        if self.output.is_some() && self.limit.is_some() {
            return Err(usage("--output writes all rows: expected no --limit with it"));
        }
        Ok(self.format.or(by_name).unwrap_or(ReportFormat::Table))
    }

    /// How a CSV is told stands beside the definition.
    fn tell_csv(&self, format: ReportFormat, view: &View, definition: &mut Members) -> anyhow::Result<()> {
        if (self.raw || self.bom) && (format != ReportFormat::Csv || !matches!(view, View::Told(..) | View::Changes(_))) {
            return Err(usage("--raw and --bom are about the CSV of rows, groups, days and changes: expected --format csv with them"));
        }
        for (name, is_set) in [("raw", self.raw), ("bom", self.bom)] {
            if is_set {
                definition.insert(name.to_owned(), true.into());
            }
        }
        Ok(())
    }

    /// Asks about a definition, and prints the answer.
    pub(super) async fn print(&self, mut definition: Members, connection: &Connection) -> anyhow::Result<()> {
        let kind = definition.get("report").and_then(Value::as_str).unwrap_or_default().to_owned();
        let view = self.view.of(&definition)?;
        if self.limit.is_some() && !matches!(view, View::Told(..) | View::Changes(_)) {
            return Err(usage("--limit is about rows, groups, days and changes; for values there is --top"));
        }
        let format = self.format()?;
        self.tell_csv(format, &view, &mut definition)?;
        let clock = Clock::of(&definition, &kind);
        match view {
            View::Told(told, beside) => {
                if format == ReportFormat::Json && told == Told::Rows && !definition.contains_key("columns") {
                    definition.insert("columns".to_owned(), all_columns(connection, &kind).await?);
                }
                definition.extend(beside);
                if let Some(path) = &self.output {
                    return Save { connection, kind: &kind, told, asked: definition, format, path }.write().await;
                }
                Run { connection, kind: &kind, told, asked: definition, limit: self.limit, format, clock }.print().await
            }
            _ if self.output.is_some() => Err(rows_alone()),
            View::Facets(beside) => facets::print(ask(connection, &kind, "facets", definition, beside).await?, format),
            View::Histogram(beside) => {
                histogram::print(ask(connection, &kind, "histogram", definition, beside).await?, format, clock == Clock::Utc)
            }
            View::Changes(since_seq) => {
                if format == ReportFormat::Json && !definition.contains_key("columns") {
                    definition.insert("columns".to_owned(), all_columns(connection, &kind).await?);
                }
                Changes { connection, kind: &kind, definition, since_seq, limit: self.limit, format, clock }.print().await
            }
            View::Link => link(definition, connection).await,
        }
    }
}

async fn ask(connection: &Connection, kind: &str, question: &str, mut definition: Members, beside: Members) -> anyhow::Result<Value> {
    definition.extend(beside);
    connection::json(connection.send(connection.post(&["reports", kind, question]).json(&definition)?).await?).await
}

/// Prints the compact form of a definition.
async fn link(definition: Members, connection: &Connection) -> anyhow::Result<()> {
    let answer: Value = connection::json(connection.send(connection.post(&["reports", "compact"]).json(&definition)?).await?).await?;
    let Some(compact) = answer.get("compact").and_then(Value::as_str) else { bail!("the server does not tell the compact form") };
    let mut out = Stdout::lock();
    writeln!(out, "{compact}")?;
    out.finish()
}

/// The names of all columns of the kind.
async fn all_columns(connection: &Connection, kind: &str) -> anyhow::Result<Value> {
    let kinds: Value = connection::json(connection.send(connection.get(&["reports"])).await?).await?;
    let kind = kind.replace('-', "_");
    let kinds = kinds.get("reports").unwrap_or(&kinds);
    let offer = kinds.as_array().into_iter().flatten().find(|offer| offer.get("report") == Some(&kind.as_str().into()));
    let columns = offer.and_then(|offer| offer.get("columns")?.as_array());
    let names: Vec<Value> = columns.into_iter().flatten().filter_map(|column| column.get("name").cloned()).collect();
    if names.is_empty() {
        bail!("the server does not say which columns the report {kind} has; use the same version as the server");
    }
    Ok(names.into())
}
