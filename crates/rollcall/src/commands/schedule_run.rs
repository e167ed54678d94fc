//! `rollcall run`: what schedules have delivered.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::{Args, Subcommand};
use reqwest::Response;
use rollcall_control::schedules::RUN_JOB;
use rollcall_model::Timestamp;
use rollcall_model::zone::Zone;
use serde::Deserialize;
use serde_json::Value;
use sha2::{Digest, Sha256};
use tokio::runtime::Handle;

use crate::cli::TargetArgs;
use crate::commands::listing::{Column, Listing};
use crate::commands::report::Format;
use crate::config::Settings;
use crate::connection::{self, Connection};
use crate::report::table::{printable, shown_moment};
use crate::stdout::say;

/// What to do with a run.
#[derive(Debug, Args)]
pub(crate) struct RunArgs {
    #[command(subcommand)]
    command: RunCommand,
}

#[derive(Debug, Subcommand)]
enum RunCommand {
    /// Show a run as JSON
    Show(WhichArgs),
    /// Tell its range anew, and deliver that beside what was delivered
    Restate(WhichArgs),
    /// Fetch its file
    Download(DownloadArgs),
}

#[derive(Debug, Args)]
struct WhichArgs {
    /// Its id
    #[arg(value_name = "RUN")]
    id: String,
    #[command(flatten)]
    target: TargetArgs,
}

#[derive(Debug, Args)]
struct DownloadArgs {
    #[command(flatten)]
    which: WhichArgs,
    /// Where to put the file, which must not be there yet
    #[arg(long, value_name = "FILE")]
    output: PathBuf,
}

impl RunArgs {
    /// Which store.
    pub(crate) fn target(&self) -> &TargetArgs {
        match &self.command {
            RunCommand::Show(args) | RunCommand::Restate(args) => &args.target,
            RunCommand::Download(args) => &args.which.target,
        }
    }
}

/// A run, as far as the list tells it.
#[derive(Deserialize)]
struct Told {
    id: String,
    report_name: String,
    due_at: Timestamp,
    range: Range,
    status: String,
    reason: Option<String>,
    missing: Option<String>,
    rows: Option<i64>,
    sha256: Option<String>,
}

#[derive(Deserialize)]
struct Range {
    words: String,
}

#[derive(Deserialize)]
struct List {
    runs: Vec<Value>,
}

const COLUMNS: &[Column] = &[
    ("report_name", "Report"),
    ("due_at", "Due (UTC)"),
    ("range", "Range"),
    ("status", "Status"),
    ("rows", "Rows"),
    ("reason", "Reason"),
    ("id", "Id"),
];

pub(crate) async fn run(args: &RunArgs, settings: &Settings, queries: &Handle) -> anyhow::Result<()> {
    let connection = Connection::open(args.target(), settings, queries).await?;
    match &args.command {
        RunCommand::Show(args) => {
            let told: Value = connection::json(connection.send(connection.get(&["runs", &args.id])).await?).await?;
            say(&serde_json::to_string_pretty(&told)?)?;
        }
        RunCommand::Restate(args) => {
            let run: Value = connection::json(connection.send(connection.post(&["runs", &args.id, "restate"])).await?).await?;
            do_here(&connection).await?;
            let id = run.get("id").and_then(Value::as_str).unwrap_or_default();
            say(&format!("told anew by run {id}; rollcall run show {id} tells what became of it"))?;
        }
        RunCommand::Download(args) => download(args, &connection).await?,
    }
    connection.close().await
}

/// Where no server holds the data folder, does what is due itself.
pub(super) async fn do_here(connection: &Connection) -> anyhow::Result<()> {
    if let Some(store) = connection.store() {
        store.delivery.run_due_of(RUN_JOB).await?;
    }
    Ok(())
}

/// Prints a list of runs.
pub(super) async fn list(response: Response, format: Format) -> anyhow::Result<()> {
    let List { runs } = connection::json(response).await?;
    let mut listing = Listing::new(COLUMNS);
    for told in runs {
        let run = Told::read(&told)?;
        let reason = [run.reason, run.missing.map(|missing| format!("missing: {missing}"))];
        let reason = reason.into_iter().flatten().collect::<Vec<_>>().join("; ");
        let rows = run.rows.map(|rows| rows.to_string()).unwrap_or_default();
        let due = shown_moment(run.due_at, &Zone::utc());
        listing.push(vec![run.report_name, due, run.range.words, run.status, rows, reason, run.id], told);
    }
    listing.print(format)
}

async fn download(args: &DownloadArgs, connection: &Connection) -> anyhow::Result<()> {
    let (id, path) = (&args.which.id, args.output.as_path());
    let told: Value = connection::json(connection.send(connection.get(&["runs", id])).await?).await?;
    let run = Told::read(&told)?;
    let response = connection.send(connection.get(&["runs", id, "file"])).await?;
    let mut file = File::create_new(path).with_context(|| format!("{} can't be made", path.display()))?;
    if let Err(error) = copy(response, run.sha256.as_deref(), &mut file, path).await {
        // Half a file would only look like one.
        let _ = std::fs::remove_file(path);
        return Err(error);
    }
    say(&format!("downloaded: {} to {}", printable(&run.report_name), path.display()))
}

/// Copies a file, and compares it with what the run says.
async fn copy(mut response: Response, expected: Option<&str>, file: &mut File, path: &Path) -> anyhow::Result<()> {
    let mut digest = Sha256::new();
    while let Some(piece) = response.chunk().await.map_err(reqwest::Error::without_url).context("the file was cut off; fetch it again")? {
        digest.update(&piece);
        file.write_all(&piece).with_context(|| format!("writing {}", path.display()))?;
    }
    file.sync_all().with_context(|| format!("writing {} to the disk", path.display()))?;
    let got: String = digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    match expected {
        Some(expected) if expected != got => bail!("the file is damaged: expected SHA-256 {expected}, got {got}; fetch it again"),
        _ => Ok(()),
    }
}

impl Told {
    fn read(told: &Value) -> anyhow::Result<Self> {
        Told::deserialize(told).context("the answer is not one that this version of Rollcall reads; use the same version as the server")
    }
}
