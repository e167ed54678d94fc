//! `rollcall export`: reports that are written into an archive with a password, in the background.
//!
//! The password comes from a file or on standard input: what stands on a command line can be seen by others on the
//! machine. Where no server holds the data folder, the command itself writes the archive.

use std::fs::File;
use std::io::{IsTerminal, Read, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, bail, ensure};
use clap::{Args, Subcommand, ValueEnum};
use reqwest::Response;
use reqwest::header::CONTENT_DISPOSITION;
use rollcall_delivery::exports::JOB;
use rollcall_model::Timestamp;
use rollcall_model::zone::Zone;
use serde::Deserialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tokio::runtime::Handle;

use crate::cli::TargetArgs;
use crate::commands::file::FileArgs;
use crate::commands::listing::{Column, Listing};
use crate::commands::report::{Format, blame_the_request};
use crate::commands::stored_report::called;
use crate::config::Settings;
use crate::connection::{self, Connection};
use crate::failure::usage;
use crate::report::definition::{DefinitionArgs, Kind};
use crate::report::table::{printable, shown_moment};
use crate::stdout::Stdout;

/// Largest file with a password, in bytes.
const MAX_PASSWORD_BYTES: u64 = 4_096;
/// How often it is asked how far a task is.
const ASK_EVERY: Duration = Duration::from_millis(500);
/// Tasks of one page of the list.
const LISTED: usize = 1_000;

/// What to do with export tasks.
#[derive(Debug, Args)]
pub(crate) struct ExportArgs {
    #[command(subcommand)]
    command: ExportCommand,
}

#[derive(Debug, Subcommand)]
enum ExportCommand {
    /// Have a report written into an archive with a password
    Create(Box<CreateArgs>),
    /// List the export tasks: one's own
    List(Box<ListArgs>),
    /// Show an export task
    Show(WhichArgs),
    /// Download the archive of an export task
    Download(Box<DownloadArgs>),
    /// Stop an export task that has not ended
    Cancel(WhichArgs),
    /// Delete an export task with its archive
    Delete(WhichArgs),
}

#[derive(Debug, Args)]
struct CreateArgs {
    /// A kind of report, the name or id of a saved one, or the id of one that comes with the product
    #[arg(value_name = "REPORT")]
    report: String,
    /// File with the password of the archive; without it, it is read from standard input
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
    /// By how many keys of --group-by the groups are made [default: all]
    #[arg(long, value_name = "N")]
    depth: Option<usize>,
    #[command(flatten)]
    file: FileArgs,
    /// Wait until it has ended
    #[arg(long)]
    wait: bool,
    #[command(flatten)]
    definition: DefinitionArgs,
    #[command(flatten)]
    target: TargetArgs,
}

#[derive(Debug, Args)]
struct ListArgs {
    /// Also those of others
    #[arg(long)]
    all: bool,
    /// How to print the list
    #[arg(long, value_enum, value_name = "FORMAT", default_value = "table")]
    format: Format,
    #[command(flatten)]
    target: TargetArgs,
}

#[derive(Debug, Args)]
struct WhichArgs {
    /// Its id
    #[arg(value_name = "ID")]
    id: String,
    #[command(flatten)]
    target: TargetArgs,
}

#[derive(Debug, Args)]
struct DownloadArgs {
    /// Its id
    #[arg(value_name = "ID")]
    id: String,
    /// Where to write the archive, - for standard output [default: its own name, here]
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    #[command(flatten)]
    target: TargetArgs,
}

impl ExportArgs {
    /// Which store.
    pub(crate) fn target(&self) -> &TargetArgs {
        match &self.command {
            ExportCommand::Create(args) => &args.target,
            ExportCommand::List(args) => &args.target,
            ExportCommand::Download(args) => &args.target,
            ExportCommand::Show(args) | ExportCommand::Cancel(args) | ExportCommand::Delete(args) => &args.target,
        }
    }
}

/// A task, as far as it is told.
#[derive(Deserialize)]
struct Task {
    id: String,
    status: String,
    failure: Option<String>,
    report: String,
    question: String,
    format: String,
    file_name: String,
    owner_name: String,
    rows: Option<u64>,
    total: Option<u64>,
    bytes: Option<u64>,
    sha256: Option<String>,
    created_at: Timestamp,
    finished_at: Option<Timestamp>,
    expires_at: Option<Timestamp>,
}

#[derive(Deserialize)]
struct Page {
    exports: Vec<Value>,
    next_cursor: Option<String>,
}

const COLUMNS: &[Column] = &[
    ("created_at", "Made (UTC)"),
    ("status", "Status"),
    ("report", "Report"),
    ("format", "Format"),
    ("rows", "Rows"),
    ("bytes", "Bytes"),
    ("owner", "Owner"),
    ("expires_at", "Expires (UTC)"),
    ("id", "Id"),
];

pub(crate) async fn run(args: &ExportArgs, settings: &Settings, queries: &Handle) -> anyhow::Result<()> {
    let connection = Connection::open(args.target(), settings, queries).await?;
    let done = match &args.command {
        ExportCommand::Create(args) => create(args, &connection).await,
        ExportCommand::List(args) => list(args, &connection).await,
        ExportCommand::Show(args) => show(args, &connection).await,
        ExportCommand::Download(args) => download(args, &connection).await,
        ExportCommand::Cancel(args) => cancel(args, &connection).await,
        ExportCommand::Delete(args) => delete(args, &connection).await,
    };
    connection.close().await?;
    done.map_err(blame_the_request)
}

async fn create(args: &CreateArgs, connection: &Connection) -> anyhow::Result<()> {
    let password = password(args.password_file.as_deref())?;
    let definition = match Kind::from_str(&args.report, true) {
        Ok(kind) => args.definition.of_kind(kind)?,
        Err(_) => {
            let mut definition = called(&args.report, connection).await?;
            args.definition.change(&mut definition)?;
            definition
        }
    };
    let mut body = json!({
        "definition": definition, "question": args.file.question.name(), "format": args.file.file_format.name(),
        "raw": args.file.raw, "bom": args.file.bom,
        "password": password,
    });
    if let (Some(members), Some(depth)) = (body.as_object_mut(), args.depth) {
        members.insert("depth".to_owned(), depth.into());
    }
    let mut task: Task = connection::json(connection.send(connection.post(&["exports"]).json(&body)?).await?).await?;
    if let Some(store) = connection.store() {
        store.delivery.run_due_of(JOB).await?;
        task = one(&task.id, connection).await?;
    }
    while args.wait && matches!(task.status.as_str(), "waiting" | "running") {
        tokio::time::sleep(ASK_EVERY).await;
        task = one(&task.id, connection).await?;
    }
    tell(&task)?;
    let has_failed = matches!(task.status.as_str(), "failed" | "cancelled");
    ensure!(!has_failed, "the export task has {}", if task.status == "failed" { "failed" } else { "been cancelled" });
    Ok(())
}

/// The password, without the end of its line.
fn password(file: Option<&Path>) -> anyhow::Result<String> {
    let mut text = String::new();
    match file {
        Some(path) => {
            let file = File::open(path).with_context(|| format!("the password file {} can't be read", path.display()))?;
            file.take(MAX_PASSWORD_BYTES).read_to_string(&mut text)
        }
        None if std::io::stdin().is_terminal() => {
            return Err(usage("the password: expected it in a file (--password-file) or on standard input, which is a terminal here"));
        }
        None => std::io::stdin().lock().take(MAX_PASSWORD_BYTES).read_to_string(&mut text),
    }
    .context("the password can't be read")?;
    let line = text.strip_suffix('\n').unwrap_or(&text);
    Ok(line.strip_suffix('\r').unwrap_or(line).to_owned())
}

async fn list(args: &ListArgs, connection: &Connection) -> anyhow::Result<()> {
    let (mut listing, mut cursor) = (Listing::new(COLUMNS), None);
    loop {
        let call = connection.get(&["exports"]).query("all", args.all.then_some(true)).query("limit", Some(LISTED)).query("cursor", cursor);
        let Page { exports, next_cursor } = connection::json(connection.send(call).await?).await?;
        for told in exports {
            let task = Task::deserialize(&told)
                .context("the answer is not one that this version of Rollcall reads; use the same version as the server")?;
            let number = |number: Option<u64>| number.map(|number| number.to_string()).unwrap_or_default();
            let moment = |moment: Option<Timestamp>| moment.map(|moment| shown_moment(moment, &Zone::utc())).unwrap_or_default();
            let cells = vec![
                moment(Some(task.created_at)),
                task.status,
                task.report,
                task.format,
                number(task.rows),
                number(task.bytes),
                task.owner_name,
                moment(task.expires_at),
                task.id,
            ];
            listing.push(cells, told);
        }
        cursor = next_cursor;
        if cursor.is_none() {
            return listing.print(args.format);
        }
    }
}

async fn show(args: &WhichArgs, connection: &Connection) -> anyhow::Result<()> {
    tell(&one(&args.id, connection).await?)
}

async fn cancel(args: &WhichArgs, connection: &Connection) -> anyhow::Result<()> {
    let task: Task = connection::json(connection.send(connection.post(&["exports", &args.id, "cancel"])).await?).await?;
    tell(&task)
}

async fn delete(args: &WhichArgs, connection: &Connection) -> anyhow::Result<()> {
    connection.send(connection.delete(&["exports", &args.id])).await?;
    let mut out = Stdout::lock();
    writeln!(out, "deleted: {}", printable(&args.id))?;
    out.finish()
}

async fn one(id: &str, connection: &Connection) -> anyhow::Result<Task> {
    connection::json(connection.send(connection.get(&["exports", id])).await?).await
}

fn tell(task: &Task) -> anyhow::Result<()> {
    let mut out = Stdout::lock();
    let moment = |moment: Timestamp| format!("{} UTC", shown_moment(moment, &Zone::utc()));
    writeln!(out, "id: {}\nstatus: {}", task.id, task.status)?;
    if let Some(failure) = &task.failure {
        writeln!(out, "failure: {}", printable(failure))?;
    }
    writeln!(out, "report: {} ({}, {})\nfile: {}", task.report, task.question, task.format, printable(&task.file_name))?;
    writeln!(out, "owner: {}\nmade: {}", printable(&task.owner_name), moment(task.created_at))?;
    match (task.rows, task.total) {
        (Some(rows), Some(total)) if rows != total => writeln!(out, "rows: {rows} of {total}")?,
        (Some(rows), _) => writeln!(out, "rows: {rows}")?,
        (None, _) => {}
    }
    if let (Some(bytes), Some(sha256)) = (task.bytes, &task.sha256) {
        writeln!(out, "bytes: {bytes}\nsha256: {sha256}")?;
    }
    if let Some(finished) = task.finished_at {
        writeln!(out, "ended: {}", moment(finished))?;
    }
    if let Some(expires) = task.expires_at {
        writeln!(out, "expires: {}", moment(expires))?;
    }
    out.finish()
}

async fn download(args: &DownloadArgs, connection: &Connection) -> anyhow::Result<()> {
    let task = one(&args.id, connection).await?;
    let response = connection.send(connection.get(&["exports", &args.id, "file"])).await?;
    if args.output.as_deref() == Some(Path::new("-")) {
        let mut out = Stdout::lock();
        copy(response, &task, &mut out).await?;
        return out.finish();
    }
    let path = args.output.clone().unwrap_or_else(|| PathBuf::from(own_name(&response)));
    let made = File::create_new(&path);
    let mut file = made.with_context(|| format!("{} can't be made; give another name with --output", path.display()))?;
    let copied = copy(response, &task, &mut file).await.and_then(|()| file.sync_all().context("writing to the disk"));
    if let Err(error) = copied {
        // Half an archive would only look like one.
        let _ = std::fs::remove_file(&path);
        return Err(error);
    }
    let mut out = Stdout::lock();
    writeln!(out, "downloaded: {}", printable(&path.display().to_string()))?;
    out.finish()
}

/// The archive's own name, of which only the last part counts.
fn own_name(response: &Response) -> String {
    let given = response.headers().get(CONTENT_DISPOSITION).and_then(|value| value.to_str().ok());
    let name = given.and_then(|value| value.split_once("filename=\"")?.1.strip_suffix('"')).unwrap_or_default();
    match Path::new(name).file_name().and_then(|name| name.to_str()) {
        Some(name) => name.to_owned(),
        None => "export.zip".to_owned(),
    }
}

/// Copies an archive, and compares it with what the task says.
async fn copy(mut response: Response, task: &Task, out: &mut impl Write) -> anyhow::Result<()> {
    let mut digest = Sha256::new();
    while let Some(piece) = response.chunk().await.map_err(reqwest::Error::without_url).context("the archive was cut off")? {
        digest.update(&piece);
        out.write_all(&piece).context("the archive can't be written")?;
    }
    let sha256: String = digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    match &task.sha256 {
        Some(expected) if *expected != sha256 => {
            bail!("the archive is damaged: expected SHA-256 {expected}, got {sha256}; download it again")
        }
        _ => Ok(()),
    }
}
