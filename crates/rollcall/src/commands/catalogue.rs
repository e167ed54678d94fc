//! `rollcall catalogue`: which entities and activities applications can report.

use clap::{Args, Subcommand};
use serde::{Deserialize, Serialize};
use serde_json::json;
use tokio::runtime::Handle;

use crate::cli::TargetArgs;
use crate::commands::listing::{Column, Listing};
use crate::commands::report::Format;
use crate::config::Settings;
use crate::connection::{self, Connection};

/// What to do with the activity catalogue.
#[derive(Debug, Args)]
pub(crate) struct CatalogueArgs {
    #[command(subcommand)]
    command: CatalogueCommand,
}

#[derive(Debug, Subcommand)]
enum CatalogueCommand {
    /// List what the applications that are switched on can report
    List {
        /// Also the applications that are not switched on
        #[arg(long)]
        all: bool,
        /// How to print the list
        #[arg(long, value_enum, value_name = "FORMAT", default_value = "table")]
        format: Format,
        #[command(flatten)]
        target: TargetArgs,
    },
}

impl CatalogueArgs {
    /// Which store.
    pub(crate) fn target(&self) -> &TargetArgs {
        let CatalogueCommand::List { target, .. } = &self.command;
        target
    }
}

#[derive(Deserialize)]
struct Catalogue {
    applications: Vec<Application>,
    unassigned: Vec<Group>,
}

#[derive(Deserialize)]
struct Application {
    name: String,
    title: Option<String>,
    origin: String,
    entities: Vec<Entity>,
}

#[derive(Deserialize)]
struct Group {
    entities: Vec<Entity>,
}

#[derive(Deserialize)]
struct Entity {
    name: String,
    label: Option<String>,
    origin: String,
    activities: Vec<Activity>,
}

#[derive(Deserialize)]
struct Activity {
    name: String,
    label: Option<String>,
    origin: String,
    effect: Option<String>,
}

/// One line of the list: an application, one of its entities, or one of that one's activities.
#[derive(Default, Serialize)]
struct Line<'a> {
    application: Option<&'a str>,
    entity: Option<&'a str>,
    activity: Option<&'a str>,
    effect: Option<&'a str>,
    label: Option<&'a str>,
    origin: &'a str,
}

const COLUMNS: &[Column] = &[
    ("application", "Application"),
    ("entity", "Entity"),
    ("activity", "Activity"),
    ("effect", "Effect"),
    ("label", "Label"),
    ("origin", "Origin"),
];

pub(crate) async fn run(args: &CatalogueArgs, settings: &Settings, queries: &Handle) -> anyhow::Result<()> {
    let connection = Connection::open(args.target(), settings, queries).await?;
    let CatalogueCommand::List { all, format, .. } = &args.command;
    let call = connection.get(&["catalogue"]).query("all", all.then_some(true));
    let catalogue: Catalogue = connection::json(connection.send(call).await?).await?;
    connection.close().await?;
    let mut listing = Listing::new(COLUMNS);
    for application in &catalogue.applications {
        let of_application = Line { application: Some(&application.name), ..Line::default() };
        if application.entities.is_empty() {
            push(&mut listing, &Line { label: application.title.as_deref(), origin: &application.origin, ..of_application });
        }
        push_entities(&mut listing, Some(&application.name), &application.entities);
    }
    for group in &catalogue.unassigned {
        push_entities(&mut listing, None, &group.entities);
    }
    listing.print(*format)
}

fn push_entities(listing: &mut Listing<'_>, application: Option<&str>, entities: &[Entity]) {
    for entity in entities {
        let name = Some(entity.name.as_str());
        if entity.activities.is_empty() {
            let label = entity.label.as_deref();
            push(listing, &Line { application, entity: name, label, origin: &entity.origin, ..Line::default() });
        }
        for Activity { name: activity, label, origin, effect } in &entity.activities {
            let (label, effect) = (label.as_deref(), effect.as_deref());
            push(listing, &Line { application, entity: name, activity: Some(activity), effect, label, origin });
        }
    }
}

fn push(listing: &mut Listing<'_>, line: &Line<'_>) {
    let cells = [line.application, line.entity, line.activity, line.effect, line.label, Some(line.origin)];
    listing.push(cells.map(|cell| cell.unwrap_or_default().to_owned()).to_vec(), json!(line));
}
