//! Schedules and runs as they go over the wire.

use rollcall_control::schedules::{Run, Schedule};
use rollcall_delivery::file::{Asking, Format, Style};
use rollcall_delivery::schedules::rule::Rule;
use rollcall_delivery::schedules::settings::{Settings, Wish};
use rollcall_delivery::schedules::{Failure, Outcome, RunView, ScheduleView};
use rollcall_model::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::auth::Caller;
use crate::problem::{Kind, Problem};
use crate::routes::saved_reports::Names;

/// How a file is told.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct FileStyle {
    /// `csv`, `ndjson`, `xlsx` or `parquet`; `csv` if left out.
    #[schema(nullable = false)]
    format: Option<String>,
    /// Whether texts that a spreadsheet would run as a formula are left as they are (CSV).
    #[serde(default)]
    raw: bool,
    /// Whether it begins with a byte order mark (CSV).
    #[serde(default)]
    bom: bool,
}

impl FileStyle {
    fn read(self) -> Result<Style, Problem> {
        let named = self.format.as_deref().unwrap_or(Format::default().extension());
        let format = Format::parse(named).ok_or_else(|| {
            let known = Format::ALL.map(Format::extension);
            let got: String = named.chars().take(32).collect();
            Problem::new(Kind::InvalidBody, format!("expected one of {}; got {got:?}", known.join(", ")))
                .field("file.format")
                .allowed(known)
        })?;
        Ok(Style { format, raw: self.raw, bom: self.bom })
    }

    fn of(style: Style) -> Self {
        FileStyle { format: Some(style.format.extension().to_owned()), raw: style.raw, bom: style.bom }
    }
}

/// A schedule that is to be made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewSchedule {
    /// The saved report.
    pub(super) report_id: String,
    /// `{"every": "day"}` or `{"every": "week", "on": ["monday", "friday"]}`; daily if left out.
    #[schema(value_type = Object, required = false)]
    rule: Option<Rule>,
    /// The zone in which dates begin; UTC if left out.
    #[schema(nullable = false)]
    time_zone: Option<String>,
    /// `ended_day` (as usual), `trailing_24_hours`, or a preset of reports, such as `previous_week`.
    #[schema(nullable = false)]
    range: Option<String>,
    /// `rows` (as usual), `groups` or `signed_in`.
    #[schema(value_type = String, required = false)]
    question: Option<Asking>,
    /// How the file is told.
    file: Option<FileStyle>,
    /// The folder below `Reports`.
    #[schema(nullable = false)]
    prefix: Option<String>,
    /// The ids of 1 to 20 destinations.
    #[schema(value_type = Vec<String>)]
    destinations: Vec<Uuid>,
    /// So many of the runs that were due in a downtime are made up at most, the newest: 1 to 1,000; 31 if left out.
    #[schema(nullable = false)]
    max_made_up: Option<u32>,
    /// For so many hours a run waits at most until its sources have sent everything: 0 to 72; 6 if left out.
    #[schema(nullable = false)]
    max_wait_hours: Option<u32>,
}

impl NewSchedule {
    pub(super) fn wish(self) -> Result<Wish, Problem> {
        let NewSchedule { rule, time_zone, range, question, file, prefix, destinations, max_made_up, max_wait_hours, .. } = self;
        let style = file.map(FileStyle::read).transpose()?;
        let destinations = Some(destinations);
        Ok(Wish { rule, time_zone, range, question, style, prefix, destinations, max_made_up, max_wait_hours })
    }
}

/// What is to be otherwise. What is left out stays as it is.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct ScheduleChange {
    /// On which dates it is due.
    #[schema(value_type = Object, required = false)]
    rule: Option<Rule>,
    /// The zone in which dates begin.
    #[schema(nullable = false)]
    time_zone: Option<String>,
    /// Which range a run covers.
    #[schema(nullable = false)]
    range: Option<String>,
    /// What of the report.
    #[schema(value_type = String, required = false)]
    question: Option<Asking>,
    /// How the file is told.
    file: Option<FileStyle>,
    /// The folder below `Reports`.
    #[schema(nullable = false)]
    prefix: Option<String>,
    /// Where it goes.
    #[schema(value_type = Vec<String>, required = false)]
    destinations: Option<Vec<Uuid>>,
    /// So many runs are made up at most.
    #[schema(nullable = false)]
    max_made_up: Option<u32>,
    /// For so many hours a run waits at most.
    #[schema(nullable = false)]
    max_wait_hours: Option<u32>,
    /// Let it run with the caller's rights from now on.
    #[schema(required = false)]
    pub(super) take_over: bool,
}

impl ScheduleChange {
    pub(super) fn wish(self) -> Result<Wish, Problem> {
        let ScheduleChange { rule, time_zone, range, question, file, prefix, destinations, max_made_up, max_wait_hours, .. } = self;
        let style = file.map(FileStyle::read).transpose()?;
        Ok(Wish { rule, time_zone, range, question, style, prefix, destinations, max_made_up, max_wait_hours })
    }
}

/// How a schedule is resumed.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Resumption {
    /// Let it run with the caller's rights from now on.
    #[schema(required = false)]
    pub(super) take_over: bool,
}

/// The schedules.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ScheduleList {
    /// The oldest first.
    pub(super) schedules: Vec<ScheduleAnswer>,
}

/// When a saved report is delivered, and where to.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ScheduleAnswer {
    #[schema(value_type = String, format = "uuid")]
    id: Uuid,
    /// The saved report.
    #[schema(value_type = String, format = "uuid")]
    report_id: Uuid,
    /// What it is called.
    report_name: String,
    /// The kind of report.
    report: String,
    /// With whose rights it runs.
    owner: String,
    /// The name of that user or key; missing for the operator.
    owner_name: Option<String>,
    /// Whether that is the caller.
    mine: bool,
    #[schema(value_type = Object)]
    rule: Rule,
    /// The rule in words.
    rule_words: String,
    time_zone: String,
    range: &'static str,
    /// The range in words.
    range_words: String,
    #[schema(value_type = String)]
    question: Asking,
    file: FileStyle,
    prefix: String,
    #[schema(value_type = Vec<String>)]
    destinations: Vec<Uuid>,
    max_made_up: u32,
    max_wait_hours: u32,
    /// Whether it rests.
    paused: bool,
    /// Why it does not run any more, until somebody resumes it.
    suspended: Option<String>,
    /// When it is due next; missing while it is paused or suspended.
    #[schema(value_type = Option<String>, format = DateTime)]
    next_run_at: Option<Timestamp>,
    /// The same in words, in its zone.
    next_run: Option<String>,
    /// 1 at first; each change makes it one more. The `ETag` is made of it.
    version: i64,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    created_by: String,
    #[schema(value_type = String, format = DateTime)]
    changed_at: Timestamp,
    changed_by: String,
}

impl ScheduleAnswer {
    pub(super) fn of(view: ScheduleView, caller: &Caller, names: &Names) -> Result<Self, Problem> {
        let zone = view.settings.zone()?;
        let ScheduleView { schedule, settings, report, next } = view;
        let Schedule { id, owner, paused, suspended, version, created_at, created_by, changed_at, changed_by, .. } = schedule;
        let Settings { rule, time_zone, range, question, style, prefix, destinations, max_made_up, max_wait_hours } = settings;
        Ok(ScheduleAnswer {
            id,
            report_id: report.id,
            report_name: report.name,
            report: report.kind,
            owner_name: names.get(&owner).cloned(),
            mine: owner == caller.0.id(),
            owner,
            rule_words: rule.in_words(&zone),
            rule,
            next_run_at: next.map(|next| next.at),
            next_run: next.map(|next| format!("{} ({time_zone})", zone.civil(next.at).strftime("%a %-d %b %Y %H:%M"))),
            time_zone,
            range: range.into(),
            range_words: range.in_words(),
            question,
            file: FileStyle::of(style),
            prefix,
            destinations,
            max_made_up,
            max_wait_hours,
            paused,
            suspended,
            version,
            created_at,
            created_by,
            changed_at,
            changed_by,
        })
    }
}

/// Which runs.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct RunParameters {
    /// Only those that stand so: `waiting`, `running`, `succeeded`, `failed`, `skipped` or `superseded`.
    pub(super) status: Option<String>,
    /// Most runs, 1 to 1,000; 100 if left out.
    #[param(value_type = Option<usize>)]
    pub(super) limit: Option<String>,
}

/// The runs.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RunList {
    /// What was due last first.
    pub(super) runs: Vec<RunAnswer>,
}

/// The range of a run.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RunRange {
    /// First instant.
    #[schema(value_type = String, format = DateTime)]
    pub(super) from: Timestamp,
    /// First instant after.
    #[schema(value_type = String, format = DateTime)]
    pub(super) to: Timestamp,
    /// The same in words, in the schedule's zone.
    pub(super) words: String,
}

/// What became of a run at a destination.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OutcomeAnswer {
    #[schema(value_type = String, format = "uuid")]
    destination: Uuid,
    /// Where the file is now; missing as long as it is not delivered.
    place: Option<String>,
    #[schema(value_type = Option<String>, format = DateTime)]
    delivered_at: Option<Timestamp>,
    /// Why the last attempt failed.
    failure: Option<FailureAnswer>,
    /// How often it was tried.
    attempts: u32,
}

/// Why a delivery failed.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FailureAnswer {
    /// Kind of failure, in a word or two.
    failure_type: String,
    /// Code that the other side gave.
    code: Option<String>,
    /// What happened, in words.
    reason: String,
    /// Whether it is of no use to try again.
    is_permanent: bool,
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
}

impl From<Outcome> for OutcomeAnswer {
    fn from(outcome: Outcome) -> Self {
        let Outcome { destination, place, delivered_at, failure, attempts } = outcome;
        let failure = failure.map(|Failure { failure_type, code, reason, is_permanent, at }| FailureAnswer {
            failure_type,
            code,
            reason,
            is_permanent,
            at,
        });
        OutcomeAnswer { destination, place, delivered_at, failure, attempts }
    }
}

/// One delivery of a scheduled report.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RunAnswer {
    #[schema(value_type = String, format = "uuid")]
    id: Uuid,
    #[schema(value_type = String, format = "uuid")]
    schedule_id: Uuid,
    #[schema(value_type = String, format = "uuid")]
    report_id: Uuid,
    report_name: String,
    /// The kind of report.
    report: String,
    /// The report definition that it told.
    #[schema(value_type = Object)]
    definition: Value,
    /// When it was due.
    #[schema(value_type = String, format = DateTime)]
    due_at: Timestamp,
    /// 0 as it was due; 1, 2 and so on when it was asked for again.
    number: u32,
    /// The run whose range it tells anew.
    #[schema(value_type = Option<String>, format = "uuid")]
    restates: Option<Uuid>,
    /// Who asked for it; missing if it was due.
    requested_by: Option<String>,
    range: RunRange,
    /// `waiting`, `running`, `succeeded`, `failed`, `skipped` or `superseded`.
    status: &'static str,
    /// Why it waits, failed, was skipped or is superseded.
    reason: Option<String>,
    /// What had not come yet when the file was written.
    missing: Option<String>,
    /// The first seq that the file has not seen.
    seq: Option<i64>,
    rows: Option<i64>,
    bytes: Option<i64>,
    sha256: Option<String>,
    /// Whether the file can be downloaded.
    has_file: bool,
    /// Until when it can.
    #[schema(value_type = Option<String>, format = DateTime)]
    file_until: Option<Timestamp>,
    destinations: Vec<OutcomeAnswer>,
    /// How often it was begun.
    attempts: i32,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    #[schema(value_type = Option<String>, format = DateTime)]
    started_at: Option<Timestamp>,
    #[schema(value_type = Option<String>, format = DateTime)]
    finished_at: Option<Timestamp>,
    /// From when it was first begun to when it was over, in seconds.
    duration_seconds: Option<f64>,
}

impl From<RunView> for RunAnswer {
    fn from(view: RunView) -> Self {
        let RunView { run, frozen, outcomes, words } = view;
        let Run { due_at, number, restates, requested_by, reason, missing, seq, rows, bytes, sha256, attempts, .. } = run;
        RunAnswer {
            id: run.id,
            schedule_id: run.schedule_id,
            report_id: frozen.report_id,
            report_name: frozen.report_name,
            report: frozen.report,
            definition: frozen.definition,
            due_at,
            number,
            restates,
            requested_by,
            range: RunRange { from: run.range_from, to: run.range_to, words },
            status: run.status.as_str(),
            reason,
            missing,
            seq,
            rows,
            bytes,
            sha256,
            has_file: run.file.is_some(),
            file_until: run.file_until,
            destinations: outcomes.into_iter().map(OutcomeAnswer::from).collect(),
            attempts,
            created_at: run.created_at,
            started_at: run.started_at,
            finished_at: run.finished_at,
            duration_seconds: run.started_at.zip(run.finished_at).map(|(began, ended)| seconds(began, ended)),
        }
    }
}

#[allow(clippy::cast_precision_loss)]
fn seconds(began: Timestamp, ended: Timestamp) -> f64 {
    ended.as_micros().saturating_sub(began.as_micros()) as f64 / 1e6
}
