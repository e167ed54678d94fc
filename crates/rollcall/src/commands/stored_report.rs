//! `rollcall report run` and `shipped`: definitions that are stored somewhere. They are saved, come with the product,
//! lie in a file, or are in an address.

use std::io::Read;
use std::path::Path;

use anyhow::{Context, bail};
use clap::Args;
use serde_json::Value;

use crate::cli::TargetArgs;
use crate::commands::listing::{Column, Listing};
use crate::commands::report::{Format, PrintArgs};
use crate::commands::saved_report::look_for;
use crate::connection::{self, Connection};
use crate::failure::usage;
use crate::report::definition::{DefinitionArgs, Members};
use crate::report::table::printable;

/// Which report to run, and how to print it.
#[derive(Debug, Args)]
pub(crate) struct RunArgs {
    /// The name or id of a saved report, or the id of one that comes with the product
    #[arg(value_name = "REPORT", required_unless_present = "stored", conflicts_with = "stored")]
    report: Option<String>,
    /// A definition instead: a file of JSON, - for what comes on stdin, or a compact form
    #[arg(long = "definition", id = "stored", value_name = "FILE|-|COMPACT")]
    stored: Option<String>,
    #[command(flatten)]
    print: PrintArgs,
    #[command(flatten)]
    change: DefinitionArgs,
    #[command(flatten)]
    target: TargetArgs,
}

/// How to list what comes with the product.
#[derive(Debug, Args)]
pub(crate) struct ShippedArgs {
    /// How to print the list
    #[arg(long, value_enum, value_name = "FORMAT", default_value = "table")]
    format: Format,
    #[command(flatten)]
    target: TargetArgs,
}

impl RunArgs {
    /// Which store.
    pub(super) fn target(&self) -> &TargetArgs {
        &self.target
    }
}

impl ShippedArgs {
    /// Which store.
    pub(super) fn target(&self) -> &TargetArgs {
        &self.target
    }
}

const COLUMNS: &[Column] = &[("id", "Id"), ("name", "Name"), ("report", "Kind"), ("answers", "Answers")];

pub(super) async fn shipped(args: &ShippedArgs, connection: &Connection) -> anyhow::Result<()> {
    let mut listing = Listing::new(COLUMNS);
    for told in all_shipped(connection).await? {
        let text = |place: &str| told.pointer(place).and_then(Value::as_str).unwrap_or_default().to_owned();
        listing.push(["/id", "/name", "/definition/report", "/answers"].map(text).into(), told);
    }
    listing.print(args.format)
}

pub(super) async fn run(args: &RunArgs, connection: &Connection) -> anyhow::Result<()> {
    let mut definition = match (&args.report, &args.stored) {
        (Some(report), _) => called(report, connection).await?,
        (None, Some(given)) => read(given, connection).await?,
        (None, None) => return Err(usage("expected the name of a report, or --definition")),
    };
    args.change.change(&mut definition)?;
    args.print.print(definition, connection).await
}

async fn all_shipped(connection: &Connection) -> anyhow::Result<Vec<Value>> {
    let answer: Value = connection::json(connection.send(connection.get(&["reports", "shipped"])).await?).await?;
    answer.get("reports").and_then(Value::as_array).cloned().context("the server does not tell what comes with the product")
}

/// The definition of a saved report, or of one that comes with the product.
pub(super) async fn called(report: &str, connection: &Connection) -> anyhow::Result<Members> {
    if let Some(id) = look_for(report, connection).await? {
        return definition_of(connection::json(connection.send(connection.get(&["saved-reports", &id])).await?).await?);
    }
    let id = report.replace('-', "_");
    let found = all_shipped(connection).await?.into_iter().find(|shipped| shipped.get("id").and_then(Value::as_str) == Some(&id));
    match found {
        Some(shipped) => definition_of(shipped),
        None => bail!(
            "there is no saved report {0}, and none that comes with the product has that id; rollcall report list and rollcall report \
             shipped show those that there are",
            printable(report)
        ),
    }
}

fn definition_of(mut told: Value) -> anyhow::Result<Members> {
    match told.get_mut("definition").map(Value::take) {
        Some(Value::Object(definition)) => Ok(definition),
        _ => bail!("the server does not tell the definition of the report"),
    }
}

/// A definition by a file, on stdin, or in its compact form.
async fn read(given: &str, connection: &Connection) -> anyhow::Result<Members> {
    let text = if given == "-" {
        let mut text = String::new();
        std::io::stdin().lock().read_to_string(&mut text).context("reading a definition from stdin")?;
        text
    } else if Path::new(given).exists() {
        std::fs::read_to_string(given).with_context(|| format!("reading the definition {given}"))?
    } else if given.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_') {
        return connection::json(connection.send(connection.get(&["reports", "compact", given])).await?).await;
    } else {
        return Err(usage(format!("--definition: expected a file, - or a compact form; there is no file {}", printable(given))));
    };
    match serde_json::from_str(&text) {
        Ok(Value::Object(definition)) if definition.get("report").is_some_and(Value::is_string) => Ok(definition),
        Ok(_) => Err(usage("--definition: expected a JSON object that names its kind of report, as in {\"report\":\"login_logout\"}")),
        Err(error) => Err(usage(format!("--definition: expected a report definition as JSON: {error}"))),
    }
}
