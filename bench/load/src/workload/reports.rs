//! Reports over HTTP on a large store: first pages with their totals, each held against what the
//! generator's events give.
//!
//! Every repetition asks for another day, account or end of the range, so that no answer is one that was
//! just given. With `--while-ingest`, events that happen after all the others come in meanwhile.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use clap::Args;
use rollcall_model::Timestamp;
use rollcall_model::time::{MICROS_PER_DAY, MICROS_PER_SECOND};
use serde::Deserialize;
use serde_json::{Value, json};

use super::store::{StoreArgs, built};
use super::{Bench, tell};
use crate::binary::Server;
use crate::data::{Dataset, end, options_after};
use crate::figures::{Measure, Table, Times, Unit};
use crate::folder;
use crate::http::Connection;
use crate::process::{Machine, Watch};
use crate::sender::{Manner, send};
use crate::truth::{APPLICATION, Micros, Truth};

/// Rows of a first page.
const PAGE: u64 = 100;
/// More groups than there are.
const MAX_GROUPS: u64 = 10_000;
/// How the events come in meanwhile: fewer and smaller requests than those of `ingest`.
const CONNECTIONS: usize = 4;
const BATCH: u64 = 1_000;
/// For how long events come in before the first report is asked for.
const RUN_UP: Duration = Duration::from_secs(5);
/// For how long at most events can come in.
const SUPPLY_SECONDS: u64 = 120;
/// A prime, so that going on by as many visits all accounts.
const STRIDE: usize = 7_919;

/// On which store, and how.
#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct ReportsArgs {
    #[command(flatten)]
    pub(crate) store: StoreArgs,
    /// How often each report is asked for in a run; the first is told apart
    #[arg(long, value_name = "N", default_value_t = 30, value_parser = clap::value_parser!(u32).range(2..=10_000))]
    pub(crate) repetitions: u32,
    /// Take in as many events a second meanwhile, into a copy of the store
    #[arg(long, value_name = "EVENTS_PER_S", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) while_ingest: Option<u64>,
}

pub(crate) fn run(bench: &Bench, args: &ReportsArgs) -> Result<Table> {
    let data = built(bench, &args.store)?;
    tell("working out what the reports must say");
    let truth = Truth::of(&args.store.options());
    let name = if args.while_ingest.is_some() { "reports while events come in" } else { "reports" };
    let mut sizes = args.store.sizes().to_vec();
    sizes.push(("repetitions", args.repetitions.into()));
    let mut table = Table::new(name, &sizes);
    for run in 1..=bench.runs {
        tell(&format!("{name}, run {run} of {}", bench.runs));
        let asking = Asking { truth: &truth, args, seed: run as usize };
        table.add_run(match args.while_ingest {
            None => asking.alone(bench, &data)?,
            Some(rate) => asking.while_ingesting(bench, &data, rate)?,
        })?;
    }
    Ok(table)
}

/// What is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Question {
    DayOfSessions,
    WeekOfAccountsSessions,
    WeekOfAccountsLog,
    NewestOfAll,
    NewestOfWeek,
    ValuesOfMonth,
    Instance,
    CountOfAll,
}

impl Question {
    const ALL: &'static [Question] = &[
        Question::DayOfSessions,
        Question::WeekOfAccountsSessions,
        Question::WeekOfAccountsLog,
        Question::NewestOfAll,
        Question::NewestOfWeek,
        Question::ValuesOfMonth,
        Question::Instance,
        Question::CountOfAll,
    ];

    fn name(self) -> &'static str {
        match self {
            Question::DayOfSessions => "login/logout, one day",
            Question::WeekOfAccountsSessions => "login/logout, one account over 7 days",
            Question::WeekOfAccountsLog => "sign-in log, one account over 7 days",
            Question::NewestOfAll => "sign-in log, the newest of everything",
            Question::NewestOfWeek => "sign-in log, the newest of 7 days",
            Question::ValuesOfMonth => "activity audit, all facets of a month in one application",
            Question::Instance => "activity audit, one instance over all time",
            Question::CountOfAll => "activity audit, all by application, entity, activity and day",
        }
    }

    fn aim(self, while_ingest: bool) -> &'static str {
        match (self, while_ingest) {
            (Question::DayOfSessions, false) => "≤ 25 ms",
            (Question::DayOfSessions, true) => "≤ 50 ms",
            (Question::ValuesOfMonth, false) => "≤ 80 ms",
            (Question::Instance, false) => "≤ 30 ms",
            (Question::CountOfAll, false) => "≤ 350 ms",
            (Question::ValuesOfMonth | Question::Instance | Question::CountOfAll, true) => "",
            (_, false) => "≤ 10 ms",
            (_, true) => "≤ 20 ms",
        }
    }

    fn path(self) -> &'static str {
        match self {
            Question::DayOfSessions | Question::WeekOfAccountsSessions => "/api/v1/reports/login-logout/query",
            Question::ValuesOfMonth => "/api/v1/reports/activity-audit/facets",
            Question::Instance => "/api/v1/reports/activity-audit/query",
            Question::CountOfAll => "/api/v1/reports/activity-audit/groups",
            _ => "/api/v1/reports/sign-in-log/query",
        }
    }

    fn is_newest(self) -> bool {
        matches!(self, Question::NewestOfAll | Question::NewestOfWeek)
    }
}

/// A page of a report, as far as it is checked.
#[derive(Debug, Deserialize)]
struct Page {
    total: u64,
    #[serde(default)]
    rows: Vec<Row>,
    /// Of groups.
    #[serde(default)]
    groups: Vec<Group>,
}

#[derive(Debug, Deserialize)]
struct Group {
    measures: Measures,
}

#[derive(Debug, Deserialize)]
struct Measures {
    count: u64,
}

#[derive(Debug, Deserialize)]
struct Row {
    /// Of the sign-in log.
    event_time: Option<Timestamp>,
}

/// The asking of all questions in one run.
#[derive(Clone, Copy)]
struct Asking<'a> {
    truth: &'a Truth,
    args: &'a ReportsArgs,
    /// Another one begins with other days and accounts.
    seed: usize,
}

impl Asking<'_> {
    /// Reports, and nothing else going on.
    fn alone(&self, bench: &Bench, data: &Path) -> Result<Vec<Measure>> {
        let machine = Machine::now()?;
        let server = bench.binary.serve(data)?;
        let watch = Watch::begin(server.pid());
        let mut measures = vec![Measure::new("start to ready", Unit::Seconds, server.ready_after.as_secs_f64()).aim("≤ 1 s")];
        measures.extend(self.ask_all(&server, None)?);
        let taken = watch.end()?;
        measures.push(Measure::new("resident, at most", Unit::Mebibytes, taken.peak_mebibytes));
        measures.push(machine.others_since(taken.cpu_seconds)?);
        server.stop()?;
        Ok(measures)
    }

    /// Reports while events of the days that follow come in.
    fn while_ingesting(&self, bench: &Bench, data: &Path, rate: u64) -> Result<Vec<Measure>> {
        let folder = bench.folder()?;
        let StoreArgs { store_agents, .. } = self.args.store;
        let supply = rate * SUPPLY_SECONDS;
        let days = supply.div_ceil(u64::from(store_agents) * 33) as u32;
        let dataset = Dataset::write(&options_after(store_agents, days, supply), BATCH, &folder.path().join("events.ndjson"))?;
        let copy: PathBuf = folder.path().join("data");
        folder::copy(data, &copy)?;
        let machine = Machine::now()?;
        let server = bench.binary.serve(&copy)?;
        let before = server.status()?.next_seq;
        let watch = Watch::begin(server.pid());
        let newest = end().plus_micros(i64::from(days) * MICROS_PER_DAY);
        let manner = Manner { connections: CONNECTIONS, rate: Some(rate as f64), at_most: None };
        let stop = AtomicBool::new(false);
        let (mut measures, sent) = std::thread::scope(|scope| {
            let sending = scope.spawn(|| send(server.address(), &dataset, manner, &stop));
            std::thread::sleep(RUN_UP);
            let measures = self.ask_all(&server, Some(newest));
            let in_time = !sending.is_finished();
            stop.store(true, Ordering::Relaxed);
            let sent = sending.join().map_err(|_| anyhow::anyhow!("the sender failed"))??;
            ensure!(in_time, "the events ran out before all reports were asked for: give fewer --repetitions");
            anyhow::Ok((measures?, sent))
        })?;
        // Every event that was acknowledged is there, on top of those that were there before.
        let after = server.status()?.next_seq;
        ensure!(after == before + sent.accepted, "expected {before} and {} events in the ledger, got {after}", sent.accepted);
        if sent.rate() < 0.95 * rate as f64 {
            tell(&format!("{rate} events a second were to come in, but only {:.0} did", sent.rate()));
        }
        let taken = watch.end()?;
        measures.push(Measure::new("events that came in meanwhile", Unit::EventsPerSecond, sent.rate()));
        measures.push(Measure::new("resident, at most", Unit::Mebibytes, taken.peak_mebibytes));
        measures.push(machine.others_since(taken.cpu_seconds)?);
        server.stop()?;
        Ok(measures)
    }

    /// Asks each question again and again over one connection. `newest` is the end of what comes in.
    fn ask_all(&self, server: &Server, newest: Option<Timestamp>) -> Result<Vec<Measure>> {
        let mut connection = server.connect()?;
        let (accounts, instances) = (self.truth.accounts(), self.truth.instances());
        ensure!(!instances.is_empty(), "no instance is counted: give more --store-events");
        ensure!(!accounts.is_empty(), "nobody signs in: give more --store-events");
        let mut measures = Vec::new();
        for &question in Question::ALL {
            let mut times = Vec::new();
            for repetition in 0..self.args.repetitions as usize {
                let number = self.seed * self.args.repetitions as usize + repetition;
                let account = accounts.get(number * STRIDE % accounts.len()).copied().unwrap_or_default();
                let instance = instances.get(number * STRIDE % instances.len()).copied().unwrap_or_default();
                let about = About { account, instance };
                let asked = self.ask(&mut connection, question, number as i64, about, newest);
                times.push(asked.with_context(|| format!("{}, repetition {repetition}", question.name()))?);
            }
            let first = times.remove(0);
            let times = Times::sorted(times);
            let name = question.name();
            measures.push(Measure::millis(format!("{name}: median"), times.median()).aim(question.aim(newest.is_some())));
            measures.push(Measure::millis(format!("{name}: p95"), times.per_mille(950)));
            measures.push(Measure::millis(format!("{name}: first"), first));
        }
        Ok(measures)
    }

    /// Asks one question, and answers how long the whole answer took to come.
    fn ask(
        &self,
        connection: &mut Connection,
        question: Question,
        number: i64,
        about: About<'_>,
        newest: Option<Timestamp>,
    ) -> Result<Duration> {
        let account = about.account;
        let range = self.range(question, number);
        let expected = match question {
            Question::DayOfSessions => self.truth.session_rows(&range, None),
            Question::WeekOfAccountsSessions => self.truth.session_rows(&range, Some(account)),
            Question::WeekOfAccountsLog => self.truth.log_rows(&range, Some(account)),
            Question::NewestOfAll | Question::NewestOfWeek => self.truth.log_rows(&range, None),
            Question::ValuesOfMonth => self.truth.of_application(&range),
            Question::Instance => about.instance.1,
            Question::CountOfAll => self.truth.events(),
        };
        // What comes in is newer than everything, so only the newest rows have to do with it.
        let to = newest.filter(|_| question.is_newest());
        let body = definition(question, &range, about, to);
        let started = Instant::now();
        let answer = connection.post(question.path(), "application/json", &serde_json::to_vec(&body)?)?;
        let took = started.elapsed();
        let mut page: Page = answer.json().with_context(|| body.to_string())?;
        if question == Question::CountOfAll {
            ensure!(page.total == page.groups.len() as u64, "got {} groups of {} for {body}", page.groups.len(), page.total);
            page.total = page.groups.iter().map(|group| group.measures.count).sum();
        }
        let total_is_right = if to.is_some() { page.total >= expected } else { page.total == expected };
        ensure!(total_is_right, "expected a total of {expected}, got {} for {body}", page.total);
        let has_rows = !matches!(question, Question::ValuesOfMonth | Question::CountOfAll);
        ensure!(!has_rows || page.rows.len() as u64 == page.total.min(PAGE), "got {} rows of {} for {body}", page.rows.len(), page.total);
        if question.is_newest() {
            let times: Vec<_> = page.rows.iter().map(|row| row.event_time).collect();
            ensure!(times.iter().all(Option::is_some) && times.is_sorted_by(|a, b| a >= b), "the rows are not the newest first for {body}");
        }
        Ok(took)
    }

    /// The range of a question's next repetition.
    fn range(&self, question: Question, number: i64) -> Micros {
        let days = i64::from(self.args.store.store_days);
        let end = end().as_micros();
        let until = |days_before: i64| end - days_before * MICROS_PER_DAY;
        match question {
            Question::DayOfSessions => {
                let before = number % days;
                until(before + 1)..until(before)
            }
            Question::WeekOfAccountsSessions | Question::WeekOfAccountsLog => {
                let before = number % (days - 6);
                until(before + 7)..until(before)
            }
            Question::NewestOfAll => until(days)..end - number * MICROS_PER_SECOND,
            Question::NewestOfWeek => until(7)..end - number * MICROS_PER_SECOND,
            // All of it, and from another moment before it on each time.
            Question::ValuesOfMonth | Question::Instance | Question::CountOfAll => until(days + 1 + number % 300)..end,
        }
    }
}

/// Whom and what a question is about.
#[derive(Debug, Clone, Copy)]
struct About<'a> {
    account: &'a str,
    /// With how many events it has.
    instance: (&'a str, u64),
}

/// The definition of a report; `to` is the end of its range, if that is not the range's own.
fn definition(question: Question, range: &Micros, about: About<'_>, to: Option<Timestamp>) -> Value {
    let moment = |micros: i64| Timestamp::from_micros(micros).unwrap_or_default();
    let to = to.unwrap_or_else(|| moment(range.end));
    let filters = match question {
        Question::WeekOfAccountsSessions | Question::WeekOfAccountsLog => {
            json!([{"field": "account", "op": "in", "values": [about.account]}])
        }
        Question::ValuesOfMonth => json!([{"field": "application", "op": "in", "values": [APPLICATION]}]),
        Question::Instance => json!([{"field": "instance", "op": "in", "values": [about.instance.0]}]),
        _ => json!([]),
    };
    let sort = if question.is_newest() { json!([{"field": "event_time", "dir": "desc"}]) } else { json!([]) };
    let mut definition = json!({"range": {"from": moment(range.start), "to": to}, "filters": filters});
    let more = match question {
        Question::ValuesOfMonth => json!({"facets": ["application", "entity", "activity", "outcome", "triggered_by"]}),
        Question::CountOfAll => json!({
            "group_by": [{"field": "application"}, {"field": "entity"}, {"field": "activity"}, {"field": "event_time", "bucket": "day"}],
            "depth": 4, "limit": MAX_GROUPS,
        }),
        Question::Instance => json!({"limit": PAGE}),
        _ => json!({"sort": sort, "limit": PAGE}),
    };
    if let (Some(definition), Value::Object(more)) = (definition.as_object_mut(), more) {
        definition.extend(more);
    }
    definition
}
