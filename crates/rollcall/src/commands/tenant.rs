//! `rollcall tenant`: organisations that share a server.

use std::io::Write;

use clap::{Args, Subcommand};
use serde::{Deserialize, Serialize};
use tokio::runtime::Handle;

use crate::cli::TargetArgs;
use crate::config::Settings;
use crate::connection::{self, Connection};
use crate::stdout::Stdout;

/// What to do with tenants.
#[derive(Debug, Args)]
pub(crate) struct TenantArgs {
    #[command(subcommand)]
    command: TenantCommand,
}

#[derive(Debug, Subcommand)]
enum TenantCommand {
    /// Make a tenant, and print its administrator's password: this once, as the last word
    Create {
        /// 1 to 48 lower-case letters, digits or _, a letter first
        #[arg(value_name = "NAME")]
        name: String,
        #[command(flatten)]
        target: TargetArgs,
    },
    /// List the tenants
    List {
        #[command(flatten)]
        target: TargetArgs,
    },
}

impl TenantArgs {
    /// Which store.
    pub(crate) fn target(&self) -> &TargetArgs {
        match &self.command {
            TenantCommand::Create { target, .. } | TenantCommand::List { target } => target,
        }
    }
}

#[derive(Serialize)]
struct NewTenant<'a> {
    name: &'a str,
}

#[derive(Deserialize)]
struct Made {
    name: String,
    account: String,
    password: String,
}

#[derive(Deserialize)]
struct Tenants {
    tenants: Vec<String>,
}

pub(crate) async fn run(args: &TenantArgs, settings: &Settings, queries: &Handle) -> anyhow::Result<()> {
    let connection = Connection::open(args.target(), settings, queries).await?;
    let done = perform(&connection, &args.command).await;
    connection.close().await?;
    done
}

async fn perform(connection: &Connection, command: &TenantCommand) -> anyhow::Result<()> {
    let mut out = Stdout::lock();
    match command {
        TenantCommand::Create { name, .. } => {
            let call = connection.post(&["tenants"]).json(&NewTenant { name })?;
            let made: Made = connection::json(connection.send(call).await?).await?;
            writeln!(out, "tenant: {}\naccount: {}", made.name, made.account)?;
            writeln!(out, "The password, shown this once:\n{}", made.password)?;
        }
        TenantCommand::List { .. } => {
            let tenants: Tenants = connection::json(connection.send(connection.get(&["tenants"])).await?).await?;
            for tenant in tenants.tenants {
                writeln!(out, "{tenant}")?;
            }
        }
    }
    out.finish()
}
