//! `rollcall destination`: where reports are delivered to.

use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use clap::{Args, Subcommand};
use reqwest::header::HeaderValue;
use serde_json::{Map, Value, json};
use tokio::runtime::Handle;
use uuid::Uuid;

use crate::cli::TargetArgs;
use crate::commands::listing::Listing;
use crate::commands::report::Format;
use crate::config::Settings;
use crate::connection::{self, Connection};
use crate::failure::usage;
use crate::report::table::printable;
use crate::stdout::{Stdout, say};

/// Columns of the list.
const COLUMNS: &[(&str, &str)] = &[
    ("id", "Id"),
    ("name", "Name"),
    ("kind", "Kind"),
    ("last_success_at", "Last delivery"),
    ("last_failure_at", "Last failure"),
    ("last_failure", "Why"),
];

/// What to do with destinations.
#[derive(Debug, Args)]
pub(crate) struct DestinationArgs {
    #[command(subcommand)]
    command: DestinationCommand,
}

#[derive(Debug, Subcommand)]
enum DestinationCommand {
    /// Make a destination
    Create {
        #[command(flatten)]
        wish: WishArgs,
        #[command(flatten)]
        target: TargetArgs,
    },
    /// List the destinations
    List {
        /// How the list is told
        #[arg(long, value_name = "FORMAT", default_value = "table")]
        format: Format,
        #[command(flatten)]
        target: TargetArgs,
    },
    /// Show a destination, as JSON without its secret
    Show {
        #[command(flatten)]
        which: WhichArgs,
    },
    /// Try a destination, and say what works and what does not
    ///
    /// It writes and removes a small object, or sends a mail or message that says that it is a test.
    Test {
        #[command(flatten)]
        which: WhichArgs,
    },
    /// Delete a destination; what was delivered there stays
    Delete {
        #[command(flatten)]
        which: WhichArgs,
    },
}

#[derive(Debug, Args)]
struct WishArgs {
    /// Its name
    #[arg(value_name = "NAME")]
    name: String,
    /// folder, s3, smtp or webhook
    #[arg(long, value_name = "KIND")]
    kind: String,
    /// File with its configuration, a JSON object; docs/destinations.md has the members
    #[arg(long, value_name = "FILE")]
    from: Option<PathBuf>,
    /// A member of the configuration, such as bucket=reports or to='["team@example.com"]'; can be repeated
    #[arg(long = "set", value_name = "MEMBER=VALUE")]
    members: Vec<String>,
    /// File with its secret; - reads standard input
    ///
    /// The secret of the access key, the password, or the signing secret. What stands on a command line can be seen by
    /// others on the machine, so it is never given there.
    #[arg(long, value_name = "FILE")]
    secret_file: Option<PathBuf>,
}

#[derive(Debug, Args)]
struct WhichArgs {
    /// Its id or name
    #[arg(value_name = "DESTINATION")]
    destination: String,
    #[command(flatten)]
    target: TargetArgs,
}

impl DestinationArgs {
    /// Which store.
    pub(crate) fn target(&self) -> &TargetArgs {
        match &self.command {
            DestinationCommand::Create { target, .. } | DestinationCommand::List { target, .. } => target,
            DestinationCommand::Show { which } | DestinationCommand::Test { which } | DestinationCommand::Delete { which } => &which.target,
        }
    }
}

pub(crate) async fn run(args: &DestinationArgs, settings: &Settings, queries: &Handle) -> anyhow::Result<ExitCode> {
    let connection = Connection::open(args.target(), settings, queries).await?;
    let done = perform(&connection, &args.command).await;
    connection.close().await?;
    done
}

async fn perform(connection: &Connection, command: &DestinationCommand) -> anyhow::Result<ExitCode> {
    match command {
        DestinationCommand::Create { wish, .. } => {
            let made: Value = connection::json(connection.send(connection.post(&["destinations"]).json(&wish.body()?)?).await?).await?;
            say(&format!("made the destination {}", text(&made, "id")))?;
        }
        DestinationCommand::List { format, .. } => {
            let mut listing = Listing::new(COLUMNS);
            for destination in all(connection).await? {
                listing.push(COLUMNS.iter().map(|(name, _)| printable(&text(&destination, name))).collect(), destination);
            }
            listing.print(*format)?;
        }
        DestinationCommand::Show { which } => {
            let id = id_of(connection, &which.destination).await?;
            let found: Value = connection::json(connection.send(connection.get(&["destinations", &id])).await?).await?;
            say(&serde_json::to_string_pretty(&found)?)?;
        }
        DestinationCommand::Test { which } => {
            let id = id_of(connection, &which.destination).await?;
            let tested: Value = connection::json(connection.send(connection.post(&["destinations", &id, "test"])).await?).await?;
            return tell(&tested);
        }
        DestinationCommand::Delete { which } => {
            let id = id_of(connection, &which.destination).await?;
            connection.send(connection.delete(&["destinations", &id]).if_match(HeaderValue::from_static("*"))).await?;
            say(&format!("deleted the destination {id}"))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// What came of a test, a step a line. It fails if the destination does.
fn tell(tested: &Value) -> anyhow::Result<ExitCode> {
    let mut stdout = Stdout::lock();
    for step in tested.get("steps").and_then(Value::as_array).into_iter().flatten() {
        let sign = if step.get("ok") == Some(&Value::Bool(true)) { "ok    " } else { "FAILED" };
        writeln!(stdout, "{sign} {}: {}", text(step, "step"), printable(&text(step, "words")))?;
    }
    stdout.finish()?;
    Ok(if tested.get("ok") == Some(&Value::Bool(true)) { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn all(connection: &Connection) -> anyhow::Result<Vec<Value>> {
    let mut answer: Value = connection::json(connection.send(connection.get(&["destinations"])).await?).await?;
    Ok(answer.get_mut("destinations").and_then(Value::as_array_mut).map(std::mem::take).unwrap_or_default())
}

/// The id of a destination that is named by its id or name.
async fn id_of(connection: &Connection, named: &str) -> anyhow::Result<String> {
    if named.parse::<Uuid>().is_ok() {
        return Ok(named.to_owned());
    }
    let wanted = named.trim().to_lowercase();
    let found = all(connection).await?.into_iter().find(|destination| text(destination, "name").to_lowercase() == wanted);
    let found = found.ok_or_else(|| anyhow::anyhow!("there is no destination {named:?}; rollcall destination list shows them"))?;
    Ok(text(&found, "id"))
}

impl WishArgs {
    fn body(&self) -> anyhow::Result<Value> {
        let mut config = match &self.from {
            Some(path) => members_in(path)?,
            None => Map::new(),
        };
        for member in &self.members {
            let (name, value) = member.split_once('=').ok_or_else(|| usage(format!("--set: expected MEMBER=VALUE, got {member:?}")))?;
            // What is no JSON is a text.
            config.insert(name.to_owned(), serde_json::from_str(value).unwrap_or_else(|_| value.into()));
        }
        let mut body = json!({"name": self.name, "kind": self.kind, "config": config});
        if let (Some(path), Some(body)) = (&self.secret_file, body.as_object_mut()) {
            body.insert("secret".to_owned(), secret_in(path)?);
        }
        Ok(body)
    }
}

fn members_in(path: &Path) -> anyhow::Result<Map<String, Value>> {
    let text = std::fs::read_to_string(path).with_context(|| format!("--from: {} can't be read", path.display()))?;
    serde_json::from_str(&text).map_err(|error| usage(format!("--from: {}: expected a JSON object: {error}", path.display())))
}

/// A secret: a text, or an object where it has several parts.
fn secret_in(path: &Path) -> anyhow::Result<Value> {
    let mut read = String::new();
    if path == Path::new("-") {
        std::io::stdin().lock().read_to_string(&mut read).context("--secret-file: standard input can't be read")?;
    } else {
        read = std::fs::read_to_string(path).with_context(|| format!("--secret-file: {} can't be read", path.display()))?;
    }
    let secret = read.trim_end_matches(['\r', '\n']);
    match serde_json::from_str::<Map<String, Value>>(secret) {
        Ok(parts) => Ok(parts.into()),
        Err(_) => Ok(secret.into()),
    }
}

fn text(of: &Value, member: &str) -> String {
    match of.get(member) {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    }
}
