//! `rollcall retention`: how long events are kept, and removing those that no longer are.

use std::collections::BTreeMap;
use std::io::Write;

use clap::{Args, Subcommand};
use rollcall_model::zone::Zone;
use rollcall_model::{Category, Timestamp};
use serde::Deserialize;
use tokio::runtime::Handle;

use super::hold::{self, Hold};
use crate::cli::TargetArgs;
use crate::config::Settings;
use crate::connection::{self, Connection};
use crate::report::table::{self, shown_moment};
use crate::stdout::Stdout;

/// What to do about what is kept.
#[derive(Debug, Args)]
pub(crate) struct RetentionArgs {
    #[command(subcommand)]
    command: RetentionCommand,
}

#[derive(Debug, Subcommand)]
enum RetentionCommand {
    /// Show for how long events are kept
    Show {
        #[command(flatten)]
        target: TargetArgs,
    },
    /// Keep the events of a category for a number of days
    ///
    /// Nothing is removed at once: what is no longer kept goes once a day while a server runs, or by rollcall
    /// retention run.
    Set {
        /// One of access, activity, webhook_failure and integration_failure
        #[arg(value_name = "CATEGORY", value_parser = category)]
        category: Category,
        /// How many days, today not counted
        #[arg(value_name = "DAYS", value_parser = clap::value_parser!(u32).range(1..=36_500))]
        days: u32,
        #[command(flatten)]
        target: TargetArgs,
    },
    /// Keep the events of a category for ever
    Unset {
        /// One of access, activity, webhook_failure and integration_failure
        #[arg(value_name = "CATEGORY", value_parser = category)]
        category: Category,
        #[command(flatten)]
        target: TargetArgs,
    },
    /// Remove now what is no longer kept
    Run {
        /// Only say what would be removed
        #[arg(long)]
        dry_run: bool,
        #[command(flatten)]
        target: TargetArgs,
    },
}

impl RetentionArgs {
    /// Which store.
    pub(crate) fn target(&self) -> &TargetArgs {
        match &self.command {
            RetentionCommand::Show { target }
            | RetentionCommand::Set { target, .. }
            | RetentionCommand::Unset { target, .. }
            | RetentionCommand::Run { target, .. } => target,
        }
    }
}

fn category(word: &str) -> Result<Category, String> {
    let words: Vec<&str> = Category::ALL.iter().map(|category| category.as_str()).collect();
    Category::from_word(&word.replace('-', "_")).ok_or_else(|| format!("expected one of {}", words.join(", ")))
}

pub(crate) async fn run(args: &RetentionArgs, settings: &Settings, queries: &Handle) -> anyhow::Result<()> {
    let connection = Connection::open(args.target(), settings, queries).await?;
    match &args.command {
        RetentionCommand::Show { .. } => show(&connection).await?,
        RetentionCommand::Set { category, days, .. } => set(&connection, *category, Some(*days)).await?,
        RetentionCommand::Unset { category, .. } => set(&connection, *category, None).await?,
        RetentionCommand::Run { dry_run, .. } => remove(&connection, *dry_run).await?,
    }
    connection.close().await
}

#[derive(Deserialize)]
struct Kept {
    days: BTreeMap<String, Option<u32>>,
}

impl Kept {
    fn table(&self) -> comfy_table::Table {
        let mut table = table::plain(&["Category", "Kept"]);
        for category in Category::ALL {
            let days = self.days.get(category.as_str()).copied().flatten();
            table.add_row([category.to_string(), days.map_or("for ever".to_owned(), |days| format!("{days} days"))]);
        }
        table
    }
}

async fn show(connection: &Connection) -> anyhow::Result<()> {
    let kept: Kept = connection::json(connection.send(connection.get(&["retention"])).await?).await?;
    let holds = hold::holds(connection).await?;
    let mut out = Stdout::lock();
    writeln!(out, "{}", kept.table().trim_fmt())?;
    if !holds.is_empty() {
        writeln!(out)?;
        tell_holds(&mut out, &holds)?;
    }
    out.finish()
}

async fn set(connection: &Connection, category: Category, days: Option<u32>) -> anyhow::Result<()> {
    let call = connection.post(&["retention"]).json(&BTreeMap::from([(category.as_str(), days)]))?;
    let kept: Kept = connection::json(connection.send(call).await?).await?;
    let mut out = Stdout::lock();
    writeln!(out, "{}", kept.table().trim_fmt())?;
    out.finish()
}

#[derive(Deserialize)]
struct Report {
    dry_run: bool,
    on_hold: Vec<Hold>,
    removed: Vec<Removed>,
    sessions: u64,
    files: u64,
    bytes: u64,
    deleted_from: Option<Timestamp>,
}

#[derive(Deserialize)]
struct Removed {
    category: String,
    before: Timestamp,
    events: u64,
}

async fn remove(connection: &Connection, dry_run: bool) -> anyhow::Result<()> {
    let call = connection.post(&["retention", "run"]).query("dry_run", dry_run.then_some(true));
    let report: Report = connection::json(connection.send(call).await?).await?;
    let mut out = Stdout::lock();
    tell(&mut out, &report)?;
    out.finish()
}

fn tell(out: &mut impl Write, report: &Report) -> anyhow::Result<()> {
    if !report.on_hold.is_empty() {
        return tell_holds(out, &report.on_hold);
    }
    if report.removed.is_empty() {
        writeln!(out, "everything is kept for ever; rollcall retention set says for how long")?;
        return Ok(());
    }
    let (removed, deleted) = if report.dry_run { ("would remove", "would be") } else { ("removed", "are") };
    for Removed { category, before, events } in &report.removed {
        writeln!(out, "{removed} {events} events of {category} before {} UTC", shown_moment(*before, &Zone::utc()))?;
    }
    writeln!(out, "{removed} {} sessions that ended before", report.sessions)?;
    let mebibytes = report.bytes.div_ceil(1024 * 1024);
    match report.deleted_from {
        Some(from) => writeln!(
            out,
            "{} files of {mebibytes} MiB are deleted from {} UTC on, while a server runs; later where a query or a cursor needs them",
            report.files,
            shown_moment(from, &Zone::utc())
        )?,
        None => writeln!(out, "{} files of {mebibytes} MiB {deleted} deleted", report.files)?,
    }
    Ok(())
}

fn tell_holds(out: &mut impl Write, holds: &[Hold]) -> anyhow::Result<()> {
    writeln!(out, "nothing is removed, because of a legal hold:")?;
    for hold in holds {
        writeln!(out, "  {}", hold.told())?;
    }
    Ok(())
}
