//! `rollcall job`: what is done in the background.

use clap::{Args, Subcommand};
use serde_json::Value;
use tokio::runtime::Handle;

use crate::cli::TargetArgs;
use crate::commands::listing::Listing;
use crate::commands::report::Format;
use crate::config::Settings;
use crate::connection::{self, Connection};

/// What to do with jobs.
#[derive(Debug, Args)]
pub(crate) struct JobArgs {
    #[command(subcommand)]
    command: JobCommand,
}

#[derive(Debug, Subcommand)]
enum JobCommand {
    /// List the jobs, the newest first
    List {
        /// Only this kind of work, such as export
        #[arg(long)]
        kind: Option<String>,
        /// Only those that stand so: waiting, running, succeeded, failed or cancelled
        #[arg(long)]
        status: Option<String>,
        /// How the list is told
        #[arg(long, value_name = "FORMAT", default_value = "table")]
        format: Format,
        #[command(flatten)]
        target: TargetArgs,
    },
    /// Run a job that waits or has failed at once
    Run {
        /// Its id
        #[arg(value_name = "ID")]
        id: String,
        #[command(flatten)]
        target: TargetArgs,
    },
}

impl JobArgs {
    /// Which store.
    pub(crate) fn target(&self) -> &TargetArgs {
        match &self.command {
            JobCommand::List { target, .. } | JobCommand::Run { target, .. } => target,
        }
    }
}

pub(crate) async fn run(args: &JobArgs, settings: &Settings, queries: &Handle) -> anyhow::Result<()> {
    let connection = Connection::open(args.target(), settings, queries).await?;
    let done = perform(&connection, &args.command).await;
    connection.close().await?;
    done
}

async fn perform(connection: &Connection, command: &JobCommand) -> anyhow::Result<()> {
    match command {
        JobCommand::List { kind, status, format, .. } => {
            let call = connection.get(&["jobs"]).query("kind", kind.as_ref()).query("status", status.as_ref());
            let answer: Value = connection::json(connection.send(call).await?).await?;
            list(answer, *format)
        }
        JobCommand::Run { id, .. } => {
            let answer: Value = connection::json(connection.send(connection.post(&["jobs", id, "run"])).await?).await?;
            list(serde_json::json!({"jobs": [answer]}), Format::Table)
        }
    }
}

fn list(mut answer: Value, format: Format) -> anyhow::Result<()> {
    const COLUMNS: &[(&str, &str)] = &[
        ("id", "Id"),
        ("kind", "Kind"),
        ("subject", "Subject"),
        ("status", "Status"),
        ("attempts", "Attempts"),
        ("run_at", "Not before"),
        ("last_error", "Last error"),
    ];
    let mut listing = Listing::new(COLUMNS);
    let jobs = answer.get_mut("jobs").and_then(Value::as_array_mut).map(std::mem::take).unwrap_or_default();
    for job in jobs {
        let cell = |name: &str| match job.get(name) {
            None | Some(Value::Null) => String::new(),
            Some(Value::String(text)) => text.clone(),
            Some(other) => other.to_string(),
        };
        listing.push(COLUMNS.iter().map(|(name, _)| cell(name)).collect(), job.clone());
    }
    listing.print(format)
}
