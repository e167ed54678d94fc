//! `rollcall webhook`: other systems are told of events.

use anyhow::{Context, bail};
use clap::{Args, Subcommand};
use reqwest::header::ETAG;
use rollcall_model::Timestamp;
use rollcall_model::zone::Zone;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::runtime::Handle;

use crate::cli::TargetArgs;
use crate::commands::listing::{Column, Listing};
use crate::commands::report::Format;
use crate::config::Settings;
use crate::connection::{self, Connection};
use crate::report::table::{printable, shown_moment};
use crate::stdout::say;

/// What to do with webhooks.
#[derive(Debug, Args)]
pub(crate) struct WebhookArgs {
    #[command(subcommand)]
    command: WebhookCommand,
}

#[derive(Debug, Subcommand)]
enum WebhookCommand {
    /// List the webhooks
    List {
        /// How to print the list
        #[arg(long, value_enum, value_name = "FORMAT", default_value = "table")]
        format: Format,
        #[command(flatten)]
        target: TargetArgs,
    },
    /// Show a webhook as JSON
    Show(WhichArgs),
    /// Make a webhook, and print its secret: this once, as the last word
    Create(CreateArgs),
    /// Send a message of the type test, and say step by step what came of it
    Test(WhichArgs),
    /// Stop a webhook until it is resumed; what happens meanwhile is sent then
    Pause(WhichArgs),
    /// Have a webhook go on where it was paused or disabled
    Resume(WhichArgs),
    /// Send the message about an event again
    Resend(ResendArgs),
    /// Delete a webhook
    Delete(WhichArgs),
}

#[derive(Debug, Args)]
struct WhichArgs {
    /// Its name or id
    #[arg(value_name = "WEBHOOK")]
    webhook: String,
    #[command(flatten)]
    target: TargetArgs,
}

#[derive(Debug, Args)]
struct CreateArgs {
    /// Its name
    #[arg(value_name = "NAME")]
    name: String,
    /// Where it calls, such as https://hooks.example.com/rollcall
    #[arg(value_name = "ADDRESS")]
    address: String,
    /// A category of events that it is told of: access, activity, webhook_failure or integration_failure; repeat it for
    /// several
    #[arg(long = "category", value_name = "CATEGORY", required_unless_present = "runs")]
    categories: Vec<String>,
    /// Only events of this activity; repeat it for several
    #[arg(long = "activity", value_name = "ACTIVITY")]
    activities: Vec<String>,
    /// Only events with this outcome: success or failure
    #[arg(long = "outcome", value_name = "OUTCOME")]
    outcomes: Vec<String>,
    /// Only events of items of this kind; repeat it for several
    #[arg(long = "entity", value_name = "ENTITY")]
    entities: Vec<String>,
    /// Only events that came through this source; repeat it for several
    #[arg(long = "source", value_name = "SOURCE")]
    sources: Vec<String>,
    /// Also what became of runs of schedules and of export tasks
    #[arg(long)]
    runs: bool,
    /// Let it call without TLS, in the networks of webhook_allowed_networks
    #[arg(long)]
    allow_http: bool,
    #[command(flatten)]
    target: TargetArgs,
}

#[derive(Debug, Args)]
struct ResendArgs {
    /// The webhook's name or id
    #[arg(value_name = "WEBHOOK")]
    webhook: String,
    /// Id of the event
    #[arg(value_name = "EVENT", required_unless_present = "failure", conflicts_with = "failure")]
    event: Option<String>,
    /// Id of an event of the webhook failure log, instead: the message of which it tells
    #[arg(long, value_name = "EVENT")]
    failure: Option<String>,
    #[command(flatten)]
    target: TargetArgs,
}

impl WebhookArgs {
    /// Which store.
    pub(crate) fn target(&self) -> &TargetArgs {
        match &self.command {
            WebhookCommand::List { target, .. } => target,
            WebhookCommand::Create(args) => &args.target,
            WebhookCommand::Resend(args) => &args.target,
            WebhookCommand::Show(args)
            | WebhookCommand::Test(args)
            | WebhookCommand::Pause(args)
            | WebhookCommand::Resume(args)
            | WebhookCommand::Delete(args) => &args.target,
        }
    }
}

/// A webhook, as far as the list tells it.
#[derive(Deserialize)]
struct Told {
    id: String,
    name: String,
    url: String,
    state: String,
    state_reason: Option<String>,
    delivered_at: Option<Timestamp>,
    retry: Option<Retry>,
}

#[derive(Deserialize)]
struct Retry {
    attempts: i32,
    next_at: Timestamp,
}

#[derive(Deserialize)]
struct List {
    webhooks: Vec<Value>,
}

#[derive(Deserialize)]
struct Tested {
    delivered: bool,
    steps: Vec<Step>,
}

#[derive(Deserialize)]
struct Step {
    step: String,
    worked: bool,
    told: String,
}

const COLUMNS: &[Column] = &[
    ("name", "Name"),
    ("url", "Address"),
    ("state", "State"),
    ("delivered_at", "Delivered (UTC)"),
    ("retry", "Sent again (UTC)"),
    ("id", "Id"),
];

pub(crate) async fn run(args: &WebhookArgs, settings: &Settings, queries: &Handle) -> anyhow::Result<()> {
    let connection = Connection::open(args.target(), settings, queries).await?;
    match &args.command {
        WebhookCommand::List { format, .. } => list(*format, &connection).await?,
        WebhookCommand::Show(args) => show(args, &connection).await?,
        WebhookCommand::Create(args) => create(args, &connection).await?,
        WebhookCommand::Test(args) => test(args, &connection).await?,
        WebhookCommand::Pause(args) => set(args, "pause", "paused", &connection).await?,
        WebhookCommand::Resume(args) => set(args, "resume", "resumed", &connection).await?,
        WebhookCommand::Resend(args) => resend(args, &connection).await?,
        WebhookCommand::Delete(args) => delete(args, &connection).await?,
    }
    connection.close().await
}

async fn list(format: Format, connection: &Connection) -> anyhow::Result<()> {
    let mut listing = Listing::new(COLUMNS);
    for told in webhooks(connection).await? {
        let webhook = Told::read(&told)?;
        let moment = |moment: Option<Timestamp>| moment.map(|moment| shown_moment(moment, &Zone::utc())).unwrap_or_default();
        let state = match webhook.state_reason {
            Some(reason) => format!("{} ({reason})", webhook.state),
            None => webhook.state,
        };
        let retry = webhook.retry.map(|retry| format!("{} (failed {} times)", moment(Some(retry.next_at)), retry.attempts));
        listing.push(vec![webhook.name, webhook.url, state, moment(webhook.delivered_at), retry.unwrap_or_default(), webhook.id], told);
    }
    listing.print(format)
}

async fn show(args: &WhichArgs, connection: &Connection) -> anyhow::Result<()> {
    let (_, told) = find(&args.webhook, connection).await?;
    say(&serde_json::to_string_pretty(&told)?)
}

async fn create(args: &CreateArgs, connection: &Connection) -> anyhow::Result<()> {
    let CreateArgs { name, address, categories, activities, outcomes, entities, sources, runs, allow_http, .. } = args;
    let filter = json!({
        "categories": categories, "activities": activities, "outcomes": outcomes, "entities": entities, "sources": sources, "runs": runs,
    });
    let body = json!({"name": name, "url": address, "allow_http": allow_http, "filter": filter});
    let made: Value = connection::json(connection.send(connection.post(&["webhooks"]).json(&body)?).await?).await?;
    let webhook = Told::read(&made)?;
    let secret = made.get("secret").and_then(Value::as_str).context("the answer has no secret; use the same version as the server")?;
    say(&format!("made {} ({}); its secret, shown this once: {secret}", printable(&webhook.name), webhook.id))
}

async fn test(args: &WhichArgs, connection: &Connection) -> anyhow::Result<()> {
    let (webhook, _) = find(&args.webhook, connection).await?;
    let tested: Tested = connection::json(connection.send(connection.post(&["webhooks", &webhook.id, "test"])).await?).await?;
    let steps = tested.steps.iter().map(|step| {
        let word = if step.worked { "ok" } else { "failed" };
        format!("{:<10} {word:<6} {}", step.step, printable(&step.told))
    });
    say(&steps.collect::<Vec<_>>().join("\n"))?;
    anyhow::ensure!(tested.delivered, "the receiver of {} has not taken the message", printable(&webhook.name));
    Ok(())
}

async fn set(args: &WhichArgs, action: &str, word: &str, connection: &Connection) -> anyhow::Result<()> {
    let (webhook, _) = find(&args.webhook, connection).await?;
    connection.send(connection.post(&["webhooks", &webhook.id, action])).await?;
    say(&format!("{word}: {}", printable(&webhook.name)))
}

async fn resend(args: &ResendArgs, connection: &Connection) -> anyhow::Result<()> {
    let (webhook, _) = find(&args.webhook, connection).await?;
    let body = match (&args.event, &args.failure) {
        (Some(event), _) => json!({"event_id": event}),
        (None, failure) => json!({"failure_id": failure}),
    };
    let call = connection.post(&["webhooks", &webhook.id, "resend"]).json(&body)?;
    let resent: Value = connection::json(connection.send(call).await?).await?;
    if let Some(reason) = resent.get("reason").and_then(Value::as_str) {
        bail!("the receiver of {} has not taken the message: {}", printable(&webhook.name), printable(reason));
    }
    let id = resent.get("message_id").and_then(Value::as_str).unwrap_or_default();
    say(&format!("sent again: {}", printable(id)))
}

async fn delete(args: &WhichArgs, connection: &Connection) -> anyhow::Result<()> {
    let (webhook, _) = find(&args.webhook, connection).await?;
    let response = connection.send(connection.get(&["webhooks", &webhook.id])).await?;
    let tag = response.headers().get(ETAG).cloned().context("the answer has no ETag; is there a proxy that removes it?")?;
    connection.send(connection.delete(&["webhooks", &webhook.id]).if_match(tag)).await?;
    say(&format!("deleted: {} ({})", printable(&webhook.name), webhook.id))
}

impl Told {
    fn read(told: &Value) -> anyhow::Result<Self> {
        Told::deserialize(told).context("the answer is not one that this version of Rollcall reads; use the same version as the server")
    }
}

async fn webhooks(connection: &Connection) -> anyhow::Result<Vec<Value>> {
    let List { webhooks } = connection::json(connection.send(connection.get(&["webhooks"])).await?).await?;
    Ok(webhooks)
}

/// The webhook that is given by its name, whatever the case, or its id.
async fn find(given: &str, connection: &Connection) -> anyhow::Result<(Told, Value)> {
    let name = given.trim().to_lowercase();
    for value in webhooks(connection).await? {
        let told = Told::read(&value)?;
        if told.id == name || told.name.to_lowercase() == name {
            return Ok((told, value));
        }
    }
    bail!("there is no webhook {}; rollcall webhook list shows those that there are", printable(given))
}
