//! `rollcall hold`: legal holds, reasons for which nothing is removed.

use std::io::Write;

use clap::{Args, Subcommand};
use rollcall_model::Timestamp;
use rollcall_model::zone::Zone;
use serde::{Deserialize, Serialize};
use tokio::runtime::Handle;

use crate::cli::TargetArgs;
use crate::config::Settings;
use crate::connection::{self, Connection};
use crate::report::table::{self, printable, shown_moment};
use crate::stdout::Stdout;

/// What to do with legal holds.
#[derive(Debug, Args)]
pub(crate) struct HoldArgs {
    #[command(subcommand)]
    command: HoldCommand,
}

#[derive(Debug, Subcommand)]
enum HoldCommand {
    /// List the holds, oldest first
    List {
        #[command(flatten)]
        target: TargetArgs,
    },
    /// Place a hold: nothing is removed until it is released
    Place {
        /// What it is called, such as a case number
        #[arg(value_name = "NAME")]
        name: String,
        /// Why nothing may be removed
        #[arg(long, value_name = "TEXT")]
        reason: String,
        #[command(flatten)]
        target: TargetArgs,
    },
    /// Release a hold
    Release {
        /// Which
        #[arg(value_name = "NAME")]
        name: String,
        #[command(flatten)]
        target: TargetArgs,
    },
}

impl HoldArgs {
    /// Which store.
    pub(crate) fn target(&self) -> &TargetArgs {
        match &self.command {
            HoldCommand::List { target } | HoldCommand::Place { target, .. } | HoldCommand::Release { target, .. } => target,
        }
    }
}

/// A hold, as the API tells it.
#[derive(Deserialize)]
pub(super) struct Hold {
    name: String,
    reason: String,
    created_at: Timestamp,
}

#[derive(Deserialize)]
struct Holds {
    holds: Vec<Hold>,
}

#[derive(Serialize)]
struct NewHold<'a> {
    name: &'a str,
    reason: &'a str,
}

#[derive(Deserialize)]
struct Released {
    released: bool,
}

impl Hold {
    /// In words, on one line.
    pub(super) fn told(&self) -> String {
        let Hold { name, reason, created_at } = self;
        format!("{} ({}), placed {} UTC", printable(name), printable(reason), shown_moment(*created_at, &Zone::utc()))
    }
}

pub(crate) async fn run(args: &HoldArgs, settings: &Settings, queries: &Handle) -> anyhow::Result<()> {
    let connection = Connection::open(args.target(), settings, queries).await?;
    match &args.command {
        HoldCommand::List { .. } => list(&connection).await?,
        HoldCommand::Place { name, reason, .. } => place(&connection, name, reason).await?,
        HoldCommand::Release { name, .. } => release(&connection, name).await?,
    }
    connection.close().await
}

/// The holds that are in place.
pub(super) async fn holds(connection: &Connection) -> anyhow::Result<Vec<Hold>> {
    let Holds { holds } = connection::json(connection.send(connection.get(&["holds"])).await?).await?;
    Ok(holds)
}

async fn list(connection: &Connection) -> anyhow::Result<()> {
    let mut table = table::plain(&["Name", "Placed (UTC)", "Reason"]);
    for hold in holds(connection).await? {
        table.add_row([printable(&hold.name), shown_moment(hold.created_at, &Zone::utc()), printable(&hold.reason)]);
    }
    let mut out = Stdout::lock();
    match table.row_count() {
        0 => writeln!(out, "no legal hold is in place")?,
        _ => writeln!(out, "{}", table.trim_fmt())?,
    }
    out.finish()
}

async fn place(connection: &Connection, name: &str, reason: &str) -> anyhow::Result<()> {
    let call = connection.post(&["holds"]).json(&NewHold { name, reason })?;
    let hold: Hold = connection::json(connection.send(call).await?).await?;
    let mut out = Stdout::lock();
    writeln!(out, "nothing is removed while this hold is in place: {}", hold.told())?;
    out.finish()
}

async fn release(connection: &Connection, name: &str) -> anyhow::Result<()> {
    let Released { released } = connection::json(connection.send(connection.post(&["holds", name, "release"])).await?).await?;
    anyhow::ensure!(released, "there is no legal hold {}; rollcall hold list shows those that are in place", printable(name));
    let left = holds(connection).await?.len();
    let mut out = Stdout::lock();
    match left {
        0 => writeln!(out, "released {}: what is no longer kept is removed with the next run of retention", printable(name))?,
        _ => writeln!(out, "released {}: nothing is removed yet, because of {left} other holds", printable(name))?,
    }
    out.finish()
}
