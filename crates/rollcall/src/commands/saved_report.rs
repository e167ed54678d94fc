//! `rollcall report list`, `save` and `delete`: reports that are saved under a name.

use std::io::Write;

use anyhow::{Context, bail};
use clap::Args;
use reqwest::Response;
use reqwest::header::{ETAG, HeaderValue};
use rollcall_model::Timestamp;
use rollcall_model::zone::Zone;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::cli::TargetArgs;
use crate::commands::listing::{Column, Listing};
use crate::commands::report::Format;
use crate::connection::{self, Connection};
use crate::report::definition::{DefinitionArgs, Kind};
use crate::report::table::{printable, shown_moment};
use crate::stdout::Stdout;

/// Which saved reports to list.
#[derive(Debug, Args)]
pub(crate) struct ListArgs {
    /// Only reports of this kind
    #[arg(long, value_enum, value_name = "KIND")]
    kind: Option<Kind>,
    /// Only reports in whose name or owner this occurs
    #[arg(long, value_name = "TEXT")]
    search: Option<String>,
    /// Also what others have not published
    #[arg(long)]
    all: bool,
    /// How to print the list
    #[arg(long, value_enum, value_name = "FORMAT", default_value = "table")]
    format: Format,
    #[command(flatten)]
    target: TargetArgs,
}

/// What to save.
#[derive(Debug, Args)]
pub(crate) struct SaveArgs {
    /// Its name
    #[arg(value_name = "NAME")]
    name: String,
    /// Kind of report
    #[arg(value_enum, value_name = "KIND")]
    kind: Kind,
    /// Let everybody in the organisation open it
    #[arg(long)]
    publish: bool,
    /// Save the dates that a preset means now, instead of the preset
    #[arg(long)]
    freeze: bool,
    /// Overwrite one's own report of that name
    #[arg(long)]
    overwrite: bool,
    #[command(flatten)]
    definition: DefinitionArgs,
    #[command(flatten)]
    target: TargetArgs,
}

/// Which saved report to delete.
#[derive(Debug, Args)]
pub(crate) struct DeleteArgs {
    /// Its name or id
    #[arg(value_name = "REPORT")]
    report: String,
    #[command(flatten)]
    target: TargetArgs,
}

impl ListArgs {
    /// Which store.
    pub(super) fn target(&self) -> &TargetArgs {
        &self.target
    }
}

impl SaveArgs {
    /// Which store.
    pub(super) fn target(&self) -> &TargetArgs {
        &self.target
    }
}

impl DeleteArgs {
    /// Which store.
    pub(super) fn target(&self) -> &TargetArgs {
        &self.target
    }
}

/// A saved report, as far as the list tells it.
#[derive(Deserialize)]
struct Saved {
    id: String,
    name: String,
    report: String,
    owner: String,
    owner_name: Option<String>,
    mine: bool,
    published: bool,
    changed_at: Timestamp,
}

#[derive(Deserialize)]
struct Library {
    reports: Vec<Value>,
}

const COLUMNS: &[Column] =
    &[("name", "Name"), ("report", "Kind"), ("owner", "Owner"), ("published", "Published"), ("changed_at", "Changed (UTC)"), ("id", "Id")];

pub(super) async fn list(args: &ListArgs, connection: &Connection) -> anyhow::Result<()> {
    let call = connection.get(&["saved-reports"]).query("kind", args.kind.map(Kind::name)).query("search", args.search.as_deref());
    let Library { reports } = connection::json(connection.send(call.query("all", args.all.then_some(true))).await?).await?;
    let mut listing = Listing::new(COLUMNS);
    for told in reports {
        let saved = Saved::read(&told)?;
        let published = if saved.published { "yes" } else { "no" };
        let owner = saved.owner_name.unwrap_or(saved.owner);
        let changed = shown_moment(saved.changed_at, &Zone::utc());
        listing.push(vec![saved.name, saved.report, owner, published.to_owned(), changed, saved.id], told);
    }
    listing.print(args.format)
}

pub(super) async fn save(args: &SaveArgs, connection: &Connection) -> anyhow::Result<()> {
    let definition = args.definition.of_kind(args.kind)?;
    let body = json!({"name": args.name, "definition": definition, "published": args.publish, "freeze": args.freeze});
    let present = if args.overwrite { mine(&args.name, connection).await? } else { None };
    let call = match &present {
        None => connection.post(&["saved-reports"]),
        Some(id) => {
            let tag = tag(&connection.send(connection.get(&["saved-reports", id])).await?)?;
            connection.put(&["saved-reports", id]).if_match(tag)
        }
    };
    let saved: Saved = connection::json(connection.send(call.json(&body)?).await?).await?;
    let word = if present.is_some() { "overwritten" } else { "saved" };
    let mut out = Stdout::lock();
    writeln!(out, "{word}: {} ({})", printable(&saved.name), saved.id)?;
    out.finish()
}

pub(super) async fn delete(args: &DeleteArgs, connection: &Connection) -> anyhow::Result<()> {
    let id = find(&args.report, connection).await?;
    let response = connection.send(connection.get(&["saved-reports", &id])).await?;
    let tag = tag(&response)?;
    let saved: Saved = connection::json(response).await?;
    connection.send(connection.delete(&["saved-reports", &id]).if_match(tag)).await?;
    let mut out = Stdout::lock();
    writeln!(out, "deleted: {} ({id})", printable(&saved.name))?;
    out.finish()
}

impl Saved {
    fn read(told: &Value) -> anyhow::Result<Self> {
        Saved::deserialize(told).context("the answer is not one that this version of Rollcall reads; use the same version as the server")
    }

    fn is_called(&self, name: &str) -> bool {
        self.name.to_lowercase() == name.trim().to_lowercase()
    }
}

/// The version that an answer shows.
fn tag(response: &Response) -> anyhow::Result<HeaderValue> {
    response.headers().get(ETAG).cloned().context("the answer has no ETag; is there a proxy that removes it?")
}

async fn library(connection: &Connection) -> anyhow::Result<Vec<Saved>> {
    let Library { reports } = connection::json(connection.send(connection.get(&["saved-reports"])).await?).await?;
    reports.iter().map(Saved::read).collect()
}

/// The id of one's own report of that name.
async fn mine(name: &str, connection: &Connection) -> anyhow::Result<Option<String>> {
    Ok(library(connection).await?.into_iter().find(|saved| saved.mine && saved.is_called(name)).map(|saved| saved.id))
}

/// The id of a report that is given by its id or its name.
async fn find(given: &str, connection: &Connection) -> anyhow::Result<String> {
    let found = look_for(given, connection).await?;
    found.with_context(|| format!("there is no saved report {}; rollcall report list shows those that there are", printable(given)))
}

/// The id of a report that is given by its id or its name, if there is one. One's own comes before what others have
/// published.
pub(super) async fn look_for(given: &str, connection: &Connection) -> anyhow::Result<Option<String>> {
    if given.parse::<uuid::Uuid>().is_ok() {
        return Ok(Some(given.to_owned()));
    }
    let mut found: Vec<Saved> = library(connection).await?.into_iter().filter(|saved| saved.is_called(given)).collect();
    if let Some(own) = found.iter().position(|saved| saved.mine) {
        found = vec![found.swap_remove(own)];
    }
    match found.as_slice() {
        [one] => Ok(Some(one.id.clone())),
        [] => Ok(None),
        several => {
            let ids: Vec<&str> = several.iter().map(|saved| saved.id.as_str()).collect();
            bail!("several reports are called {}; give the id of one of them: {}", printable(given), ids.join(", "))
        }
    }
}
