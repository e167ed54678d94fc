//! `rollcall quarantine`: records that were rejected, and what becomes of them.

use std::fs::File;
use std::io::Write;
use std::path::PathBuf;

use anyhow::Context;
use clap::{Args, Subcommand};
use serde::{Deserialize, Serialize};
use tokio::runtime::Handle;

use crate::cli::TargetArgs;
use crate::config::Settings;
use crate::connection::{self, Connection};
use crate::report::table::{self, printable};
use crate::stdout::Stdout;

/// Characters of a record that the list shows.
const SHOWN_CHARS: usize = 80;
/// Records that are asked for at once.
const PAGE: u64 = 500;

/// What to do with the quarantine.
#[derive(Debug, Args)]
pub(crate) struct QuarantineArgs {
    #[command(subcommand)]
    command: QuarantineCommand,
}

#[derive(Debug, Subcommand)]
enum QuarantineCommand {
    /// List the records with the reason of each, oldest first
    List {
        /// Only records after this position
        #[arg(long, value_name = "POSITION", default_value_t = 0)]
        after: i64,
        /// Most records to list
        #[arg(long, value_name = "N", default_value_t = 100)]
        limit: u64,
        #[command(flatten)]
        target: TargetArgs,
    },
    /// Write the records as they came, one a line
    Download {
        /// Only records of this source
        #[arg(long, value_name = "NAME")]
        source: Option<String>,
        /// File to write [default: stdout]
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
        #[command(flatten)]
        target: TargetArgs,
    },
    /// Read the records again, after the configuration was mended or a newer Rollcall installed
    ///
    /// Records that can be read now become events and leave the quarantine.
    Replay {
        /// Only records of this source
        #[arg(long, value_name = "NAME")]
        source: Option<String>,
        /// Only the records at these positions
        #[arg(value_name = "POSITION")]
        positions: Vec<i64>,
        #[command(flatten)]
        target: TargetArgs,
    },
}

impl QuarantineArgs {
    /// Which store.
    pub(crate) fn target(&self) -> &TargetArgs {
        match &self.command {
            QuarantineCommand::List { target, .. }
            | QuarantineCommand::Download { target, .. }
            | QuarantineCommand::Replay { target, .. } => target,
        }
    }
}

pub(crate) async fn run(args: &QuarantineArgs, settings: &Settings, queries: &Handle) -> anyhow::Result<()> {
    let connection = Connection::open(args.target(), settings, queries).await?;
    match &args.command {
        QuarantineCommand::List { after, limit, .. } => list(&connection, *after, *limit).await?,
        QuarantineCommand::Download { source, out, .. } => download(&connection, source.as_deref(), out.as_deref()).await?,
        QuarantineCommand::Replay { source, positions, .. } => replay(&connection, source.as_deref(), positions).await?,
    }
    connection.close().await
}

#[derive(Deserialize)]
struct Page {
    records: Vec<Quarantined>,
    next_after: Option<i64>,
}

#[derive(Deserialize)]
struct Quarantined {
    position: i64,
    received_at: String,
    source: String,
    line: i64,
    field: Option<String>,
    reason: String,
    raw: String,
}

async fn list(connection: &Connection, after: i64, limit: u64) -> anyhow::Result<()> {
    let mut out = Stdout::lock();
    let mut table = table::plain(&["Position", "Received", "Source", "Line", "Reason", "Record"]);
    let (mut after, mut left) = (after, limit);
    while left > 0 {
        let call = connection.get(&["quarantine"]).query("after", Some(after)).query("limit", Some(left.min(PAGE)));
        let page: Page = connection::json(connection.send(call).await?).await?;
        left -= left.min(page.records.len() as u64);
        for record in &page.records {
            table.add_row(cells(record));
        }
        match page.next_after {
            Some(next) => after = next,
            None => break,
        }
    }
    match table.row_count() {
        0 => writeln!(out, "no records are in quarantine")?,
        _ => writeln!(out, "{}", table.trim_fmt())?,
    }
    out.finish()
}

fn cells(record: &Quarantined) -> [String; 6] {
    let reason = record.field.as_ref().map_or(record.reason.clone(), |field| format!("{field}: {}", record.reason));
    let mut raw: String = printable(&record.raw).chars().take(SHOWN_CHARS).collect();
    if raw.chars().count() < record.raw.chars().count() {
        raw.push('…');
    }
    let line = record.line.to_string();
    [record.position.to_string(), record.received_at.clone(), printable(&record.source), line, printable(&reason), raw]
}

async fn download(connection: &Connection, source: Option<&str>, out: Option<&std::path::Path>) -> anyhow::Result<()> {
    let mut answer = connection.send(connection.get(&["quarantine", "raw"]).query("source", source)).await?;
    let mut file = match out {
        Some(path) => Some(File::create(path).with_context(|| format!("{} can't be written", path.display()))?),
        None => None,
    };
    let mut stdout = Stdout::lock();
    while let Some(bytes) = answer.chunk().await.map_err(reqwest::Error::without_url).context("the answer was cut off")? {
        match &mut file {
            Some(file) => file.write_all(&bytes)?,
            None => stdout.write_all(&bytes)?,
        }
    }
    stdout.finish()
}

#[derive(Serialize)]
struct Replay<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<&'a str>,
    #[serde(skip_serializing_if = "<[i64]>::is_empty")]
    positions: &'a [i64],
}

#[derive(Deserialize)]
struct Replayed {
    replayed: u64,
    accepted: u64,
    duplicates: u64,
    still_rejected: u64,
}

async fn replay(connection: &Connection, source: Option<&str>, positions: &[i64]) -> anyhow::Result<()> {
    let call = connection.post(&["quarantine", "replay"]).json(&Replay { source, positions })?;
    let Replayed { replayed, accepted, duplicates, still_rejected } = connection::json(connection.send(call).await?).await?;
    let mut out = Stdout::lock();
    writeln!(
        out,
        "read {replayed} records again: {accepted} events added, {duplicates} already there, {still_rejected} records still rejected"
    )?;
    out.finish()
}
