//! Makes the runs that are due.
//!
//! Any node may plan, at any time: a run is made once for each moment that was due, in one transaction with how far the
//! schedule is planned. What became due during a downtime is made up, up to a bound.

use rollcall_access::Owner;
use rollcall_access::Principal;
use rollcall_access::record::Actor;
use rollcall_access::report_rights::{rows_of, scheduling};
use rollcall_access::{Permission, allows};
use rollcall_control::outbox::Record;
use rollcall_control::saved_reports::SavedReport;
use rollcall_control::schedules::{NewRun, Plan, Schedule};
use rollcall_model::range::ResolvedRange;
use rollcall_model::time::MICROS_PER_HOUR;
use rollcall_model::{Scope, TenantId, Timestamp};
use serde_json::json;
use uuid::Uuid;

use super::rule::Due;
use super::settings::{Frozen, Settings};
use super::tell::{of_schedule, run_changed, schedule_changed};
use crate::error::Result;
use crate::service::Delivery;

/// The rules of zones may change: it is looked at least so often what is due by them.
const LOOK_AGAIN_MICROS: i64 = MICROS_PER_HOUR;

/// Whether an owner may have a schedule run.
pub(super) enum Standing {
    /// They may, and these are the rows.
    Allowed(Scope),
    /// They may not: why, in words.
    Refused(String),
}

/// Refuses those who may not schedule a kind of report. Answers the rows that they may have as a file.
pub(super) fn may_schedule(by: &Principal, kind: &str) -> Result<Scope> {
    allows(by, scheduling(kind))?;
    Ok(rows_of(by, kind, true)?)
}

/// Whether somebody may see to the schedules of others of a kind of report.
pub(super) fn may_see_to_others(by: &Principal, kind: &str) -> bool {
    let all_of_kind = scheduling(kind) == Permission::LoginLogoutAll && allows(by, Permission::LoginLogoutAll).is_ok();
    all_of_kind || allows(by, Permission::SavedReportsManageOthers).is_ok()
}

impl Delivery {
    /// What the owner of a schedule may do with a kind of report now.
    pub(super) async fn standing(&self, tenant: &TenantId, owner: &str, kind: &str) -> Result<Standing> {
        Ok(match self.access.owner(tenant, owner).await? {
            Owner::Gone(why) => Standing::Refused(why),
            Owner::Active(principal) => match may_schedule(&principal, kind) {
                Ok(scope) => Standing::Allowed(scope),
                Err(error) => Standing::Refused(format!("its owner {:?} may not schedule this report any more: {error}", principal.name)),
            },
        })
    }

    /// Plans every schedule of which a run may be due.
    pub(super) async fn plan_schedules(&self, now: Timestamp) -> Result<()> {
        for schedule in self.control.schedules().due(now).await? {
            // One that can't be planned holds up no other.
            if let Err(error) = self.plan_schedule(&schedule, now).await {
                tracing::warn!(%error, schedule = %schedule.id, "a schedule can't be planned now; it is tried again");
            }
        }
        Ok(())
    }

    /// Makes the runs of a schedule that have become due. Answers how many of them are to be done.
    pub(super) async fn plan_schedule(&self, schedule: &Schedule, now: Timestamp) -> Result<usize> {
        let settings = Settings::read(&schedule.settings)?;
        let zone = settings.zone()?;
        let due = settings.rule.due(&zone, schedule.planned_to, now);
        let planned_to = due.last().map_or(schedule.planned_to, |last| last.at);
        let next = settings.rule.next(&zone, now).map(|next| next.at);
        let look_again = now.plus_micros(LOOK_AGAIN_MICROS);
        let look_at = next.map_or(look_again, |next| next.min(look_again));
        let mut plan = Plan { planned_from: schedule.planned_to, planned_to, look_at, runs: Vec::new(), records: Vec::new() };
        if !due.is_empty() {
            let Some(report) = self.control.saved_reports().get(&schedule.tenant, schedule.report_id).await? else {
                self.suspend(schedule, None, "its report is not there any more", now).await?;
                return Ok(0);
            };
            if let Standing::Refused(why) = self.standing(&schedule.tenant, &schedule.owner, &report.kind).await? {
                self.suspend(schedule, Some(&report), &why, now).await?;
                return Ok(0);
            }
            for run in runs_due(schedule, &settings, &report, &due, now)? {
                let (run, frozen) = run;
                plan.records.extend(skipped(&run, &frozen, now));
                plan.runs.push(run);
            }
        }
        Ok(self.control.schedules().plan(schedule, &plan).await?)
    }

    /// A schedule runs no more until somebody sees to it.
    pub(super) async fn suspend(&self, schedule: &Schedule, report: Option<&SavedReport>, why: &str, now: Timestamp) -> Result<()> {
        let settings = Settings::read(&schedule.settings)?;
        let told = |suspended| report.map(|report| of_schedule(report, &schedule.owner, &settings, schedule.paused, suspended));
        let name = report.map_or("", |report| report.name.as_str());
        let words = ("Suspended", "Suspended", name);
        let record = schedule_changed(schedule, &Actor::system(), now, words, (told(None), told(Some(why))));
        if self.control.schedules().suspend(&schedule.tenant, schedule.id, why, now, &[record]).await? {
            self.recorded.notify_one();
            tracing::warn!(schedule = %schedule.id, report = name, why, "a schedule is suspended");
            let text =
                format!("The schedule of the report {name:?} ({}) runs no more: {why}. It goes on when somebody resumes it.", schedule.id);
            self.alert(&schedule.tenant, &format!("Rollcall: the schedule of {name} is suspended"), &text).await;
        }
        Ok(())
    }
}

/// A run for each moment that was due, with what it tells. Of many the newest are done.
fn runs_due(schedule: &Schedule, settings: &Settings, report: &SavedReport, due: &[Due], now: Timestamp) -> Result<Vec<(NewRun, Frozen)>> {
    let (zone, most) = (settings.zone()?, settings.max_made_up);
    let too_old = due.len().saturating_sub(most as usize);
    let why = format!("{} runs were due while nothing ran; the newest {most} of them are made up (max_made_up)", due.len());
    let of = |(at, due): (usize, &Due)| {
        let range = settings.range.range(&zone, due.at);
        let frozen = Frozen::new(report, &schedule.owner, settings, range)?;
        let run = NewRun {
            id: Uuid::now_v7(),
            tenant: schedule.tenant.clone(),
            schedule_id: schedule.id,
            due_at: due.at,
            restates: None,
            requested_by: None,
            range_from: range.from,
            range_to: range.to,
            frozen: frozen.text(),
            skipped: (at < too_old).then(|| why.clone()),
            created_at: now,
        };
        Ok((run, frozen))
    };
    due.iter().enumerate().map(of).collect()
}

/// The record of a run that is not done.
fn skipped(run: &NewRun, frozen: &Frozen, now: Timestamp) -> Option<Record> {
    let why = run.skipped.as_deref()?;
    let range = ResolvedRange { from: run.range_from, to: run.range_to };
    let after = json!({"schedule_id": run.schedule_id, "due_at": run.due_at, "status": "skipped", "reason": why});
    let words = ("Skipped", "Left out");
    Some(run_changed((&run.tenant, run.id), range, frozen, &Actor::system(), now, words, (None, Some(after))))
}
