//! `rollcall directory`: agents, their place in the organisation, and the accounts that they sign in with.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::{Args, Subcommand};
use serde::Deserialize;
use serde_json::Value;
use tokio::runtime::Handle;

use crate::cli::TargetArgs;
use crate::commands::listing::{Column, Listing};
use crate::commands::report::{Format, blame_the_request};
use crate::config::Settings;
use crate::connection::{self, Connection};
use crate::report::table::printable;
use crate::stdout::Stdout;

/// Agents that are asked for at once.
const PAGE: usize = 1_000;

/// What to do with the directory.
#[derive(Debug, Args)]
pub(crate) struct DirectoryArgs {
    #[command(subcommand)]
    command: DirectoryCommand,
}

#[derive(Debug, Subcommand)]
enum DirectoryCommand {
    /// List the agents; the CSV is one that can be imported
    List {
        /// Only agents in whose name, employee id or accounts this occurs
        #[arg(long, value_name = "TEXT")]
        search: Option<String>,
        /// How to print the list
        #[arg(long, value_enum, value_name = "FORMAT", default_value = "table")]
        format: Format,
        #[command(flatten)]
        target: TargetArgs,
    },
    /// Import agents: all of a file, or none if something in it is wrong
    Import {
        /// A CSV file, or a JSON array if its name ends in .json; - is CSV from stdin
        #[arg(value_name = "FILE")]
        file: PathBuf,
        #[command(flatten)]
        target: TargetArgs,
    },
    /// Print an agent as JSON
    Get {
        /// The agent's id in the organisation
        #[arg(value_name = "EMPLOYEE_ID")]
        employee_id: String,
        #[command(flatten)]
        target: TargetArgs,
    },
    /// Remove an agent
    Remove {
        /// The agent's id in the organisation
        #[arg(value_name = "EMPLOYEE_ID")]
        employee_id: String,
        #[command(flatten)]
        target: TargetArgs,
    },
}

impl DirectoryArgs {
    /// Which store.
    pub(crate) fn target(&self) -> &TargetArgs {
        match &self.command {
            DirectoryCommand::List { target, .. }
            | DirectoryCommand::Import { target, .. }
            | DirectoryCommand::Get { target, .. }
            | DirectoryCommand::Remove { target, .. } => target,
        }
    }
}

#[derive(Deserialize)]
struct Page {
    agents: Vec<Value>,
    next_after: Option<String>,
}

#[derive(Deserialize)]
struct Agent {
    employee_id: String,
    agent_name: Option<String>,
    hierarchy: Option<String>,
    routing_profile: Option<String>,
    time_zone: Option<String>,
    tags: BTreeMap<String, String>,
    active: bool,
    accounts: Vec<Account>,
}

#[derive(Deserialize)]
struct Account {
    source: Option<String>,
    account: String,
}

#[derive(Deserialize)]
struct Imported {
    added: usize,
    changed: usize,
    unchanged: usize,
}

/// The columns of a file that can be imported.
const COLUMNS: &[Column] = &[
    ("employee_id", "Employee ID"),
    ("agent_name", "Name"),
    ("hierarchy", "Hierarchy"),
    ("routing_profile", "Routing profile"),
    ("time_zone", "Time zone"),
    ("tags", "Tags"),
    ("active", "Active"),
    ("accounts", "Accounts"),
];

pub(crate) async fn run(args: &DirectoryArgs, settings: &Settings, queries: &Handle) -> anyhow::Result<()> {
    let connection = Connection::open(args.target(), settings, queries).await?;
    let done = match &args.command {
        DirectoryCommand::List { search, format, .. } => list(&connection, search.as_deref(), *format).await,
        DirectoryCommand::Import { file, .. } => import(&connection, file).await,
        DirectoryCommand::Get { employee_id, .. } => get(&connection, employee_id).await,
        DirectoryCommand::Remove { employee_id, .. } => remove(&connection, employee_id).await,
    };
    connection.close().await?;
    done.map_err(blame_the_request)
}

async fn list(connection: &Connection, search: Option<&str>, format: Format) -> anyhow::Result<()> {
    let mut listing = Listing::to_be_read_again(COLUMNS);
    let mut after: Option<String> = None;
    loop {
        let call = connection.get(&["directory", "agents"]).query("search", search).query("after", after).query("limit", Some(PAGE));
        let page: Page = connection::json(connection.send(call).await?).await?;
        for told in page.agents {
            let agent = Agent::deserialize(&told).context("an agent is not one that this version of Rollcall reads")?;
            listing.push(agent.cells(), told);
        }
        match page.next_after {
            Some(next) => after = Some(next),
            None => return listing.print(format),
        }
    }
}

async fn import(connection: &Connection, file: &Path) -> anyhow::Result<()> {
    let bytes = if file.as_os_str() == "-" {
        let mut bytes = Vec::new();
        std::io::stdin().lock().read_to_end(&mut bytes).context("stdin can't be read")?;
        bytes
    } else {
        std::fs::read(file).with_context(|| format!("{} can't be read", file.display()))?
    };
    let media_type = if file.extension().is_some_and(|extension| extension == "json") { "application/json" } else { "text/csv" };
    let call = connection.post(&["directory", "import"]).body(media_type, bytes);
    let Imported { added, changed, unchanged } = connection::json(connection.send(call).await?).await?;
    let mut out = Stdout::lock();
    writeln!(out, "{added} agents added, {changed} changed, {unchanged} already so")?;
    out.finish()
}

async fn get(connection: &Connection, employee_id: &str) -> anyhow::Result<()> {
    let agent: Value = connection::json(connection.send(connection.get(&["directory", "agents", employee_id])).await?).await?;
    let mut out = Stdout::lock();
    writeln!(out, "{agent:#}")?;
    out.finish()
}

async fn remove(connection: &Connection, employee_id: &str) -> anyhow::Result<()> {
    connection.send(connection.delete(&["directory", "agents", employee_id])).await?;
    let mut out = Stdout::lock();
    writeln!(out, "removed: {}", printable(employee_id))?;
    out.finish()
}

impl Agent {
    fn cells(&self) -> Vec<String> {
        let tags: Vec<String> = self.tags.iter().map(|(key, value)| part(&format!("{key}={value}"))).collect();
        // A source is divided from its account by the first colon.
        let account = |account: &Account| part(&format!("{}:{}", account.source.as_deref().unwrap_or_default(), account.account));
        let accounts: Vec<String> = self.accounts.iter().map(account).collect();
        vec![
            self.employee_id.clone(),
            self.agent_name.clone().unwrap_or_default(),
            self.hierarchy.clone().unwrap_or_default(),
            self.routing_profile.clone().unwrap_or_default(),
            self.time_zone.clone().unwrap_or_default(),
            tags.join(";"),
            self.active.to_string(),
            accounts.join(";"),
        ]
    }
}

/// One of several that are divided by `;`.
fn part(text: &str) -> String {
    text.replace(';', "\\;")
}
