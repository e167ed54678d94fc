//! `rollcall report`: runs a report and prints its rows as a table, as CSV or as JSON.
//!
//! The definition goes to the API as it would from anywhere else. First it is asked how many rows there are,
//! which also gives a cursor; then all rows are streamed from that cursor, so that both are of one snapshot.
//! A report of few rows by `--limit` is one page. What is saved under a name is run in the same way; saving and
//! listing stands in `saved_report`.

use std::io::Write;

use anyhow::{Context, bail};
use clap::{Args, ValueEnum};
use hyper::body::Bytes;
use reqwest::Response;
use rollcall_model::zone::Zone;
use serde_json::{Map, Value};
use tokio::runtime::Handle;

use crate::cli::TargetArgs;
use crate::commands::report_changes::Changes;
use crate::commands::saved_report::{self, SavedCommand};
use crate::config::Settings;
use crate::connection::{self, Connection, Refused};
use crate::failure::{Usage, usage};
use crate::report::definition::{self, FilterArg};
use crate::report::footer::Answer;
use crate::report::records::{Records, Shape};
use crate::report::table::TableWriter;
use crate::stdout::Stdout;

/// Most rows that the API answers with at once, instead of as a stream.
const PAGE_ROWS: u64 = 10_000;

/// Which report, and how to print it.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(crate) struct ReportArgs {
    #[command(subcommand)]
    saved: Option<SavedCommand>,
    /// Kind of report
    #[arg(value_enum, value_name = "KIND", required = true)]
    kind: Option<Kind>,
    /// Print at most this many rows
    #[arg(long, value_name = "N")]
    limit: Option<u64>,
    /// Print which rows have changed since the event of this seq was still to come, by the columns that are shown
    #[arg(long, value_name = "SEQ")]
    changed_since: Option<i64>,
    /// How to print the rows
    #[arg(long, value_enum, value_name = "FORMAT", default_value = "table")]
    format: Format,
    #[command(flatten)]
    definition: DefinitionArgs,
    #[command(flatten)]
    target: TargetArgs,
}

impl ReportArgs {
    /// Which store.
    pub(crate) fn target(&self) -> &TargetArgs {
        self.saved.as_ref().map_or(&self.target, SavedCommand::target)
    }
}

/// What is asked.
#[derive(Debug, Args)]
#[command(next_help_heading = "Definition")]
pub(super) struct DefinitionArgs {
    /// Start of the range: a date, a civil time such as 2026-05-01T08:00, or an RFC 3339 moment
    #[arg(long, value_name = "TIME", conflicts_with = "preset")]
    from: Option<String>,
    /// End of the range; a date includes that day
    #[arg(long, value_name = "TIME", conflicts_with = "preset")]
    to: Option<String>,
    /// A range such as today, yesterday, this_week, previous_month, last_24_hours or last_7_days
    #[arg(long, value_name = "NAME")]
    preset: Option<String>,
    /// Time zone in which days begin, and in which times are shown
    #[arg(long, value_name = "ZONE", default_value = "UTC")]
    time_zone: String,
    /// A condition: FIELD=VALUE, FIELD:OP=VALUE or FIELD:is_null; repeat it for several
    ///
    /// Values of the same field are alternatives, conditions on several fields must all hold. OP is one of in,
    /// not_in, contains, prefix, under (a branch of the hierarchy), gte, lte and cidr.
    #[arg(long = "filter", value_name = "FILTER", value_parser = definition::filter)]
    filters: Vec<FilterArg>,
    /// Columns to show, in this order [default: those of the kind; with JSON all of them]
    #[arg(long, value_name = "A,B,…", value_delimiter = ',')]
    columns: Vec<String>,
    /// Order: FIELD, or FIELD:desc for the largest first; repeat it for several [default: the newest first]
    #[arg(long = "sort", value_name = "FIELD[:desc]")]
    sort: Vec<String>,
    /// Login/logout only: add the sessions that cover the whole range
    #[arg(long)]
    spanning: bool,
    /// Only what was known when the event of this seq had not come yet
    #[arg(long, value_name = "SEQ")]
    as_of_seq: Option<i64>,
    /// Show times in the report's zone or in UTC [default: report; of the activity audit: utc]
    #[arg(long, value_enum, value_name = "CLOCK")]
    clock: Option<Clock>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Kind {
    /// Every sign-in and sign-out, with its result
    #[value(alias = "sign_in_log")]
    SignInLog,
    /// Every session: from when to when, and how it ended
    #[value(alias = "login_logout")]
    LoginLogout,
    /// Every entry into a portal, impersonation included
    #[value(alias = "access_log")]
    AccessLog,
    /// Every change, and who made it
    #[value(alias = "activity_log")]
    ActivityLog,
    /// Every event, in UTC
    #[value(alias = "activity_audit")]
    ActivityAudit,
    /// Every failed attempt to deliver a webhook
    #[value(alias = "webhook_failures")]
    WebhookFailures,
    /// Every failure of an integration
    #[value(alias = "integration_failures")]
    IntegrationFailures,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people
    Table,
    /// RFC 4180, with the names of the columns as header
    Csv,
    /// One object a line
    Json,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Clock {
    /// In the report's zone
    Report,
    /// In UTC
    Utc,
}

impl Kind {
    pub(super) fn name(self) -> &'static str {
        match self {
            Kind::SignInLog => "sign_in_log",
            Kind::LoginLogout => "login_logout",
            Kind::AccessLog => "access_log",
            Kind::ActivityLog => "activity_log",
            Kind::ActivityAudit => "activity_audit",
            Kind::WebhookFailures => "webhook_failures",
            Kind::IntegrationFailures => "integration_failures",
        }
    }
}

pub(crate) async fn run(args: &ReportArgs, settings: &Settings, queries: &Handle) -> anyhow::Result<()> {
    let connection = Connection::open(args.target(), settings, queries).await?;
    let done = match (&args.saved, args.kind) {
        (Some(command), _) => saved_report::run(command, &connection).await,
        (None, Some(kind)) => print(args, kind, &connection).await,
        (None, None) => Err(usage("expected a kind of report, or what to do with saved ones")),
    };
    connection.close().await?;
    done.map_err(blame_the_request)
}

/// What can't be is an error of usage.
pub(super) fn blame_the_request(error: anyhow::Error) -> anyhow::Error {
    match error.downcast_ref::<Refused>() {
        Some(refused) if refused.is_unprocessable() => Usage(refused.to_string()).into(),
        _ => error,
    }
}

async fn print(args: &ReportArgs, kind: Kind, connection: &Connection) -> anyhow::Result<()> {
    let mut definition = args.definition.members(kind)?;
    if args.format == Format::Json && args.definition.columns.is_empty() {
        definition.insert("columns".to_owned(), all_columns(connection, kind).await?);
    }
    let in_utc = args.definition.clock_of(kind) == Clock::Utc;
    if let Some(since_seq) = args.changed_since {
        let (kind, limit, format) = (kind.name(), args.limit, args.format);
        return Changes { connection, kind, definition, since_seq, limit, format, in_utc }.print().await;
    }
    Run { connection, path: &["reports", kind.name(), "query"], definition, limit: args.limit, format: args.format, in_utc }.print().await
}

/// The names of all columns of the kind.
async fn all_columns(connection: &Connection, kind: Kind) -> anyhow::Result<Value> {
    let kinds: Value = connection::json(connection.send(connection.get(&["reports"])).await?).await?;
    let kinds = kinds.get("reports").unwrap_or(&kinds);
    let offer = kinds.as_array().into_iter().flatten().find(|offer| offer.get("report") == Some(&kind.name().into()));
    let columns = offer.and_then(|offer| offer.get("columns")?.as_array());
    let names: Vec<Value> = columns.into_iter().flatten().filter_map(|column| column.get("name").cloned()).collect();
    if names.is_empty() {
        bail!("the server does not say which columns the report {} has; use the same version as the server", kind.name());
    }
    Ok(names.into())
}

impl DefinitionArgs {
    /// The clock that is asked for, or the kind's own.
    fn clock_of(&self, kind: Kind) -> Clock {
        self.clock.unwrap_or(if kind == Kind::ActivityAudit { Clock::Utc } else { Clock::Report })
    }

    /// The definition that the flags mean.
    pub(super) fn members(&self, kind: Kind) -> anyhow::Result<Map<String, Value>> {
        let mut members = Map::new();
        let mut set = |name: &str, value: Value| members.insert(name.to_owned(), value);
        set("report", kind.name().into());
        set("time_zone", self.time_zone.as_str().into());
        if let Some(range) = definition::range(self.preset.as_deref(), self.from.as_deref(), self.to.as_deref()) {
            set("range", range);
        }
        if !self.filters.is_empty() {
            set("filters", definition::filters(&self.filters).into());
        }
        if let Some(seq) = self.as_of_seq {
            set("as_of_seq", seq.into());
        }
        if self.spanning {
            set("spanning", true.into());
        }
        let clock = match self.clock_of(kind) {
            Clock::Report => "report",
            Clock::Utc => "utc",
        };
        set("clock", clock.into());
        if !self.columns.is_empty() {
            set("columns", self.columns.iter().map(|name| name.trim()).collect());
        }
        if !self.sort.is_empty() {
            set("sort", self.sort.iter().map(|key| definition::sort_key(key)).collect::<anyhow::Result<Vec<_>>>()?.into());
        }
        Ok(members)
    }
}

/// A report that is run and printed.
pub(super) struct Run<'a> {
    pub(super) connection: &'a Connection,
    /// Segments of the address that is asked, below `/api/v1/`.
    pub(super) path: &'a [&'a str],
    /// What is asked there; nothing of a saved report.
    pub(super) definition: Map<String, Value>,
    pub(super) limit: Option<u64>,
    pub(super) format: Format,
    /// Whether times are shown in UTC, whatever the zone of the range.
    pub(super) in_utc: bool,
}

impl Run<'_> {
    pub(super) async fn print(&self) -> anyhow::Result<()> {
        // The rows of one page come with everything else. CSV is always the API's own.
        let page_rows = self.limit.filter(|&limit| limit <= PAGE_ROWS && self.format != Format::Csv);
        let answer = self.page(page_rows.unwrap_or(0)).await?;
        match self.format {
            Format::Table => self.print_table(answer, page_rows.is_some()).await,
            Format::Json if page_rows.is_some() => print_page(&answer),
            Format::Json => self.pass_through(&answer, Shape::Lines).await,
            Format::Csv => self.pass_through(&answer, Shape::Csv).await,
        }
    }

    async fn query(&self, paging: (&str, Value), accept: &'static str) -> anyhow::Result<Response> {
        let mut body = self.definition.clone();
        body.insert(paging.0.to_owned(), paging.1);
        let call = self.connection.post(self.path).json(&body)?.accept(accept);
        self.connection.send(call).await
    }

    async fn page(&self, limit: u64) -> anyhow::Result<Answer> {
        connection::json(self.query(("limit", limit.into()), "application/json").await?).await
    }

    /// All rows after the answer's cursor, as a stream.
    async fn stream(&self, answer: &Answer, accept: &'static str) -> anyhow::Result<Option<Response>> {
        let Some(cursor) = &answer.next_cursor else { return Ok(None) };
        self.query(("cursor", cursor.as_str().into()), accept).await.map(Some)
    }

    async fn print_table(&self, mut answer: Answer, is_page: bool) -> anyhow::Result<()> {
        let zone = if self.in_utc { Zone::utc() } else { answer.zone() };
        let mut table = TableWriter::new(answer.columns.clone(), zone, Stdout::lock());
        let mut shown = answer.rows.len() as u64;
        for row in std::mem::take(&mut answer.rows) {
            table.row(&serde_json::from_str(row.get())?)?;
        }
        if !is_page && let Some(mut response) = self.stream(&answer, "application/x-ndjson").await? {
            let mut records = Records::new(Shape::Lines, self.limit);
            let mut pending = Vec::new();
            while let Some(bytes) = next_piece(&mut response, &records).await? {
                pending.extend_from_slice(bytes.get(..records.take(&bytes)).unwrap_or_default());
                let whole = end_of_last_line(&pending);
                for line in pending.get(..whole).unwrap_or_default().split_inclusive(|&byte| byte == b'\n') {
                    table.row(&serde_json::from_slice(line).context("a row is no JSON object")?)?;
                }
                pending.drain(..whole);
            }
            shown = records.seen();
            self.check_complete(shown, &answer)?;
        }
        table.finish()?.finish()?;
        // Whoever closed stderr does not want to know.
        let _ = std::io::stderr().lock().write_all(answer.footer(shown).as_bytes());
        Ok(())
    }

    /// Prints what the API streams, as it comes.
    async fn pass_through(&self, answer: &Answer, shape: Shape) -> anyhow::Result<()> {
        let mut out = Stdout::lock();
        let (accept, headers) = match shape {
            Shape::Lines => ("application/x-ndjson", 0),
            Shape::Csv => ("text/csv", 1),
        };
        let Some(mut response) = self.stream(answer, accept).await? else {
            if shape == Shape::Csv {
                let names: Vec<&str> = answer.columns.iter().map(|column| column.name.as_str()).collect();
                write!(out, "{}\r\n", names.join(","))?;
            }
            return out.finish();
        };
        let mut records = Records::new(shape, self.limit.map(|limit| limit + headers));
        while let Some(bytes) = next_piece(&mut response, &records).await? {
            out.write_all(bytes.get(..records.take(&bytes)).unwrap_or_default())?;
        }
        self.check_complete(records.seen().saturating_sub(headers), answer)?;
        out.finish()
    }

    /// A stream that ends before its time must not pass for all rows.
    fn check_complete(&self, seen: u64, answer: &Answer) -> anyhow::Result<()> {
        let expected = self.limit.map_or(answer.total, |limit| limit.min(answer.total));
        if seen == expected { Ok(()) } else { bail!("expected {expected} rows, but the answer ended after {seen}; run the report again") }
    }
}

fn print_page(answer: &Answer) -> anyhow::Result<()> {
    let mut out = Stdout::lock();
    for row in &answer.rows {
        writeln!(out, "{row}")?;
    }
    out.finish()
}

/// The next piece of an answer, unless no more records are wanted.
pub(super) async fn next_piece(response: &mut Response, records: &Records) -> anyhow::Result<Option<Bytes>> {
    if records.is_full() {
        return Ok(None);
    }
    response.chunk().await.map_err(reqwest::Error::without_url).context("the answer was cut off; run the report again")
}

/// Where the last whole line ends.
pub(super) fn end_of_last_line(bytes: &[u8]) -> usize {
    bytes.iter().rposition(|&byte| byte == b'\n').map_or(0, |at| at + 1)
}
