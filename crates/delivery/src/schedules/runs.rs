//! Runs, as those see them who see to schedules: their records and files, and asking for one.

use std::path::PathBuf;

use rollcall_access::Principal;
use rollcall_access::record::{self, Actor, Reading};
use rollcall_access::report_rights::rows_of;
use rollcall_control::schedules::{NewRun, Run, RunStatus};
use rollcall_model::Scope;
use rollcall_model::range::ResolvedRange;
use serde_json::json;
use uuid::Uuid;

use super::manage::{ScheduleView, may_see};
use super::plan::may_schedule;
use super::settings::Frozen;
use super::tell::{Outcome, RUN, range, run_changed, zone};
use crate::error::{DeliveryError, Result};
use crate::file::FileWish;
use crate::service::Delivery;

/// What errors call one.
const WHAT: &str = "run";

/// A run, and what it tells.
#[derive(Debug, Clone)]
pub struct RunView {
    /// The run.
    pub run: Run,
    /// What it tells, and where it goes.
    pub frozen: Frozen,
    /// What became of it at its destinations.
    pub outcomes: Vec<Outcome>,
    /// Its range, in words.
    pub words: String,
}

/// The file of a run.
#[derive(Debug, Clone)]
pub struct RunFile {
    /// Where it is.
    pub path: PathBuf,
    /// How whoever downloads it sees it.
    pub name: String,
    /// Its media type.
    pub media_type: &'static str,
    /// Its size.
    pub bytes: u64,
}

impl RunView {
    fn new(run: Run) -> Result<Self> {
        let frozen = Frozen::read(&run.frozen)?;
        let (outcomes, words) = (Outcome::read(&run), range(&run).in_words(&zone(&frozen)));
        Ok(RunView { run, frozen, outcomes, words })
    }

    fn is_seen_by(&self, by: &Principal) -> bool {
        may_see(by, &self.frozen.owner, &self.frozen.report)
    }
}

impl Delivery {
    /// The runs of a schedule, or of all that somebody may see to; what was due last first.
    pub async fn runs(&self, by: &Principal, schedule: Option<Uuid>, status: Option<RunStatus>, limit: u64) -> Result<Vec<RunView>> {
        let runs = self.control.runs().list(&by.tenant, schedule, status, limit).await?;
        let views: Result<Vec<RunView>> = runs.into_iter().map(RunView::new).collect();
        Ok(views?.into_iter().filter(|view| view.is_seen_by(by)).collect())
    }

    /// One of them.
    pub async fn run(&self, by: &Principal, id: &str) -> Result<RunView> {
        let unknown = || DeliveryError::unknown(WHAT, id);
        let uuid: Uuid = id.parse().map_err(|_| unknown())?;
        let view = RunView::new(self.control.runs().get(&by.tenant, uuid).await?.ok_or_else(unknown)?)?;
        if view.is_seen_by(by) { Ok(view) } else { Err(unknown()) }
    }

    /// Runs a schedule now, for the last range that has ended: one more run beside those that are due.
    pub async fn run_schedule(&self, by: &Principal, view: &ScheduleView) -> Result<RunView> {
        self.require_to_change(by, view)?;
        let (zone, now) = (view.settings.zone()?, self.now());
        let never = || DeliveryError::Conflict("the schedule has never been due".to_owned());
        let due = view.settings.rule.last(&zone, now).ok_or_else(never)?;
        let range = view.settings.range.range(&zone, due.at);
        let frozen = Frozen::new(&view.report, &view.schedule.owner, &view.settings, range)?;
        let new = NewRun {
            id: Uuid::now_v7(),
            tenant: by.tenant.clone(),
            schedule_id: view.schedule.id,
            due_at: due.at,
            restates: None,
            requested_by: Some(by.id()),
            range_from: range.from,
            range_to: range.to,
            frozen: frozen.text(),
            skipped: None,
            created_at: now,
        };
        self.request_run(by, new, &frozen, ("Requested", "Asked for")).await
    }

    /// Tells the range of a run anew, by the definition that it had, and delivers that beside what was delivered.
    pub async fn restate_run(&self, by: &Principal, view: &RunView) -> Result<RunView> {
        let RunView { run, frozen, .. } = view;
        may_schedule(by, &frozen.report)?;
        if !run.status.is_over() {
            return Err(DeliveryError::Conflict(format!("the run is {}; one that is over can be restated", run.status.as_str())));
        }
        if self.control.schedules().get(&run.tenant, run.schedule_id).await?.is_none() {
            let gone = "the schedule of the run is deleted, so nobody's rights are there to restate it with; download the report instead";
            return Err(DeliveryError::Conflict(gone.to_owned()));
        }
        let new = NewRun {
            id: Uuid::now_v7(),
            tenant: run.tenant.clone(),
            schedule_id: run.schedule_id,
            due_at: run.due_at,
            restates: Some(run.id),
            requested_by: Some(by.id()),
            range_from: run.range_from,
            range_to: run.range_to,
            frozen: run.frozen.clone(),
            skipped: None,
            created_at: self.now(),
        };
        self.request_run(by, new, frozen, ("Restated", "Had told anew")).await
    }

    async fn request_run(&self, by: &Principal, new: NewRun, frozen: &Frozen, words: (&'static str, &str)) -> Result<RunView> {
        let told = json!({
            "schedule_id": new.schedule_id, "due_at": new.due_at, "restates": new.restates,
            "range": {"from": new.range_from, "to": new.range_to},
        });
        let range = ResolvedRange { from: new.range_from, to: new.range_to };
        let record = run_changed((&new.tenant, new.id), range, frozen, &Actor::of(by), new.created_at, words, (None, Some(told)));
        let run = self.control.runs().request(&new, &[record]).await?;
        self.wake_for_runs();
        RunView::new(run)
    }

    /// The file of a run, for those who may have all rows that are in it.
    pub async fn run_file(&self, by: &Principal, view: &RunView) -> Result<RunFile> {
        let RunView { run, frozen, .. } = view;
        let may_have = rows_of(by, &frozen.report, true)?;
        let are_in_it: Option<Scope> = run.scope.as_deref().and_then(|scope| serde_json::from_str(scope).ok());
        let Some(name) = &run.file else {
            let why = if run.seq.is_some() { "is kept no longer" } else { "is not written yet" };
            return Err(DeliveryError::Unknown { what: "file of the run", id: format!("{}: it {why}", run.id) });
        };
        if may_have != Scope::All && are_in_it.as_ref() != Some(&may_have) {
            let reason = "the file has rows that the caller may not see: it was made with the rights of the schedule's owner";
            return Err(DeliveryError::Forbidden(reason.to_owned()));
        }
        let wish: FileWish = frozen.wish(run.seq.unwrap_or(0))?;
        let reading = Reading {
            entity: RUN,
            activity: "Downloaded",
            instance: Some(run.id.to_string()),
            summary: format!("Downloaded the report {:?} for {}", frozen.report_name, view.words),
            details: json!({"schedule_id": run.schedule_id, "rows": run.rows, "bytes": run.bytes, "sha256": run.sha256}),
        };
        self.record(&record::reading(&by.tenant, &Actor::of(by), self.now(), reading)).await?;
        Ok(RunFile {
            path: self.run_path(run, name),
            name: wish.name(),
            media_type: wish.style.format.media_type(),
            bytes: run.bytes.unwrap_or(0).unsigned_abs(),
        })
    }
}
