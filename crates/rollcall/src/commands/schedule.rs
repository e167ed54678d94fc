//! `rollcall schedule`: saved reports that are delivered by themselves.

use anyhow::{Context, bail};
use clap::{Args, Subcommand, ValueEnum};
use reqwest::header::ETAG;
use rollcall_model::Timestamp;
use rollcall_model::zone::Zone;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::runtime::Handle;

use crate::cli::TargetArgs;
use crate::commands::file::FileArgs;
use crate::commands::listing::{Column, Listing};
use crate::commands::report::Format;
use crate::commands::{saved_report, schedule_run};
use crate::config::Settings;
use crate::connection::{self, Connection};
use crate::report::table::{printable, shown_moment};
use crate::stdout::say;

/// What to do with schedules.
#[derive(Debug, Args)]
pub(crate) struct ScheduleArgs {
    #[command(subcommand)]
    command: ScheduleCommand,
}

#[derive(Debug, Subcommand)]
enum ScheduleCommand {
    /// List the schedules
    List {
        /// How to print the list
        #[arg(long, value_enum, value_name = "FORMAT", default_value = "table")]
        format: Format,
        #[command(flatten)]
        target: TargetArgs,
    },
    /// Show a schedule as JSON
    Show(WhichArgs),
    /// Have a saved report delivered daily or weekly, at 00:00; that publishes it
    Create(CreateArgs),
    /// Leave out what is due until it is resumed
    Pause(WhichArgs),
    /// Go on with what is due next
    Resume(ResumeArgs),
    /// Deliver the last range that has ended now
    Run(WhichArgs),
    /// List what was delivered
    Runs(RunsArgs),
    /// Delete a schedule; what it has delivered stays
    Delete(WhichArgs),
}

#[derive(Debug, Args)]
struct WhichArgs {
    /// Its id, or the name of its report if that has one schedule
    #[arg(value_name = "SCHEDULE")]
    schedule: String,
    #[command(flatten)]
    target: TargetArgs,
}

#[derive(Debug, Args)]
struct ResumeArgs {
    #[command(flatten)]
    which: WhichArgs,
    /// Let it run with one's own rights from now on
    #[arg(long)]
    take_over: bool,
}

#[derive(Debug, Args)]
struct RunsArgs {
    /// The schedule's id, or the name of its report; those of all schedules if left out
    #[arg(value_name = "SCHEDULE")]
    schedule: Option<String>,
    /// Only those that stand so: waiting, running, succeeded, failed, skipped or superseded
    #[arg(long, value_name = "STATUS")]
    status: Option<String>,
    /// Most runs
    #[arg(long, value_name = "COUNT", default_value = "100")]
    limit: u32,
    /// How to print the list
    #[arg(long, value_enum, value_name = "FORMAT", default_value = "table")]
    format: Format,
    #[command(flatten)]
    target: TargetArgs,
}

/// A day of the week.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Weekday {
    Monday,
    Tuesday,
    Wednesday,
    Thursday,
    Friday,
    Saturday,
    Sunday,
}

#[derive(Debug, Args)]
struct CreateArgs {
    /// Name or id of the saved report
    #[arg(value_name = "REPORT")]
    report: String,
    /// Name or id of a destination; repeat it for several
    #[arg(long = "to", value_name = "DESTINATION", required = true)]
    destinations: Vec<String>,
    /// Only on this day of the week; repeat it for several [default: every day]
    #[arg(long = "on", value_enum, value_name = "DAY")]
    on: Vec<Weekday>,
    /// Zone in which days begin
    #[arg(long, value_name = "ZONE", default_value = "UTC")]
    time_zone: String,
    /// What is covered: ended_day, trailing_24_hours, or a preset such as previous_week
    #[arg(long, value_name = "RANGE", default_value = "ended_day")]
    range: String,
    /// Folder below Reports
    #[arg(long, value_name = "FOLDER", default_value = "")]
    prefix: String,
    #[command(flatten)]
    file: FileArgs,
    /// Hours to wait at most for sources that are behind
    #[arg(long, value_name = "HOURS", default_value = "6")]
    max_wait_hours: u32,
    /// Runs to make up at most after a downtime
    #[arg(long, value_name = "COUNT", default_value = "31")]
    max_made_up: u32,
    #[command(flatten)]
    target: TargetArgs,
}

impl ScheduleArgs {
    /// Which store.
    pub(crate) fn target(&self) -> &TargetArgs {
        match &self.command {
            ScheduleCommand::List { target, .. } => target,
            ScheduleCommand::Create(args) => &args.target,
            ScheduleCommand::Runs(args) => &args.target,
            ScheduleCommand::Resume(args) => &args.which.target,
            ScheduleCommand::Show(args) | ScheduleCommand::Pause(args) | ScheduleCommand::Run(args) | ScheduleCommand::Delete(args) => {
                &args.target
            }
        }
    }
}

/// A schedule, as far as the list tells it.
#[derive(Deserialize)]
struct Told {
    id: String,
    report_name: String,
    rule_words: String,
    range_words: String,
    owner: String,
    owner_name: Option<String>,
    paused: bool,
    suspended: Option<String>,
    next_run_at: Option<Timestamp>,
}

#[derive(Deserialize)]
struct List {
    schedules: Vec<Value>,
}

#[derive(Deserialize)]
struct Destinations {
    destinations: Vec<Destination>,
}

#[derive(Deserialize)]
struct Destination {
    id: String,
    name: String,
}

const COLUMNS: &[Column] = &[
    ("report_name", "Report"),
    ("rule", "Delivered"),
    ("range", "Range"),
    ("owner", "Owner"),
    ("state", "State"),
    ("next_run_at", "Next (UTC)"),
    ("id", "Id"),
];

pub(crate) async fn run(args: &ScheduleArgs, settings: &Settings, queries: &Handle) -> anyhow::Result<()> {
    let connection = Connection::open(args.target(), settings, queries).await?;
    match &args.command {
        ScheduleCommand::List { format, .. } => list(*format, &connection).await?,
        ScheduleCommand::Show(args) => show(args, &connection).await?,
        ScheduleCommand::Create(args) => create(args, &connection).await?,
        ScheduleCommand::Pause(args) => set(args, "pause", "paused", None, &connection).await?,
        ScheduleCommand::Resume(args) => {
            let how = json!({"take_over": args.take_over});
            set(&args.which, "resume", "resumed", Some(how), &connection).await?;
        }
        ScheduleCommand::Run(args) => run_now(args, &connection).await?,
        ScheduleCommand::Runs(args) => runs(args, &connection).await?,
        ScheduleCommand::Delete(args) => delete(args, &connection).await?,
    }
    connection.close().await
}

async fn list(format: Format, connection: &Connection) -> anyhow::Result<()> {
    let mut listing = Listing::new(COLUMNS);
    for told in schedules(connection).await? {
        let schedule = Told::read(&told)?;
        let state = match schedule.suspended {
            Some(why) => format!("suspended: {why}"),
            None if schedule.paused => "paused".to_owned(),
            None => "active".to_owned(),
        };
        let next = schedule.next_run_at.map(|moment| shown_moment(moment, &Zone::utc())).unwrap_or_default();
        let owner = schedule.owner_name.unwrap_or(schedule.owner);
        let cells = vec![schedule.report_name, schedule.rule_words, schedule.range_words, owner, state, next, schedule.id];
        listing.push(cells, told);
    }
    listing.print(format)
}

async fn show(args: &WhichArgs, connection: &Connection) -> anyhow::Result<()> {
    let (_, told) = find(&args.schedule, connection).await?;
    say(&serde_json::to_string_pretty(&told)?)
}

async fn create(args: &CreateArgs, connection: &Connection) -> anyhow::Result<()> {
    let report = saved_report::look_for(&args.report, connection).await?;
    let report =
        report.with_context(|| format!("there is no saved report {}; rollcall report list shows them", printable(&args.report)))?;
    let on: Vec<String> = args.on.iter().map(|day| format!("{day:?}").to_lowercase()).collect();
    let rule = if on.is_empty() { json!({"every": "day"}) } else { json!({"every": "week", "on": on}) };
    let body = json!({
        "report_id": report, "rule": rule, "time_zone": args.time_zone, "range": args.range, "question": args.file.question.name(),
        "file": {"format": args.file.file_format.name(), "raw": args.file.raw, "bom": args.file.bom}, "prefix": args.prefix, "max_wait_hours": args.max_wait_hours, "max_made_up": args.max_made_up,
        "destinations": destinations(&args.destinations, connection).await?,
    });
    let made: Value = connection::json(connection.send(connection.post(&["schedules"]).json(&body)?).await?).await?;
    let made = Told::read(&made)?;
    say(&format!("scheduled: {}, {} ({})", printable(&made.report_name), printable(&made.rule_words), made.id))
}

async fn set(args: &WhichArgs, action: &str, word: &str, body: Option<Value>, connection: &Connection) -> anyhow::Result<()> {
    let (schedule, _) = find(&args.schedule, connection).await?;
    let call = connection.post(&["schedules", &schedule.id, action]);
    connection.send(if let Some(body) = body { call.json(&body)? } else { call }).await?;
    say(&format!("{word}: {} ({})", printable(&schedule.report_name), schedule.id))
}

async fn run_now(args: &WhichArgs, connection: &Connection) -> anyhow::Result<()> {
    let (schedule, _) = find(&args.schedule, connection).await?;
    let run: Value = connection::json(connection.send(connection.post(&["schedules", &schedule.id, "run"])).await?).await?;
    schedule_run::do_here(connection).await?;
    let id = run.get("id").and_then(Value::as_str).unwrap_or_default();
    say(&format!("asked for: run {id} of {}; rollcall run show {id} tells what became of it", printable(&schedule.report_name)))
}

async fn runs(args: &RunsArgs, connection: &Connection) -> anyhow::Result<()> {
    let call = match &args.schedule {
        Some(given) => connection.get(&["schedules", &find(given, connection).await?.0.id, "runs"]),
        None => connection.get(&["runs"]),
    };
    let call = call.query("status", args.status.as_deref()).query("limit", Some(args.limit));
    schedule_run::list(connection.send(call).await?, args.format).await
}

async fn delete(args: &WhichArgs, connection: &Connection) -> anyhow::Result<()> {
    let (schedule, _) = find(&args.schedule, connection).await?;
    let response = connection.send(connection.get(&["schedules", &schedule.id])).await?;
    let tag = response.headers().get(ETAG).cloned().context("the answer has no ETag; is there a proxy that removes it?")?;
    connection.send(connection.delete(&["schedules", &schedule.id]).if_match(tag)).await?;
    say(&format!("deleted: the schedule {} of {}", schedule.id, printable(&schedule.report_name)))
}

impl Told {
    fn read(told: &Value) -> anyhow::Result<Self> {
        Told::deserialize(told).context("the answer is not one that this version of Rollcall reads; use the same version as the server")
    }
}

async fn schedules(connection: &Connection) -> anyhow::Result<Vec<Value>> {
    let List { schedules } = connection::json(connection.send(connection.get(&["schedules"])).await?).await?;
    Ok(schedules)
}

/// The schedule that is given by its id, or by the name of a report that has one.
async fn find(given: &str, connection: &Connection) -> anyhow::Result<(Told, Value)> {
    let name = given.trim().to_lowercase();
    let mut found = Vec::new();
    for value in schedules(connection).await? {
        let told = Told::read(&value)?;
        if told.id == name || told.report_name.to_lowercase() == name {
            found.push((told, value));
        }
    }
    match (found.pop(), found.is_empty()) {
        (Some(one), true) => Ok(one),
        (Some(_), false) => bail!("several schedules deliver {}; give the id of one: rollcall schedule list shows them", printable(given)),
        (None, _) => bail!("there is no schedule {}; rollcall schedule list shows those that there are", printable(given)),
    }
}

/// The ids of destinations that are given by their ids or names.
async fn destinations(given: &[String], connection: &Connection) -> anyhow::Result<Vec<String>> {
    if given.iter().all(|given| given.parse::<uuid::Uuid>().is_ok()) {
        return Ok(given.to_vec());
    }
    let Destinations { destinations } = connection::json(connection.send(connection.get(&["destinations"])).await?).await?;
    let find = |given: &String| {
        let name = given.trim().to_lowercase();
        let found = destinations.iter().find(|destination| destination.id == name || destination.name.to_lowercase() == name);
        found.map(|found| found.id.clone()).with_context(|| format!("there is no destination {}", printable(given)))
    };
    given.iter().map(find).collect()
}
