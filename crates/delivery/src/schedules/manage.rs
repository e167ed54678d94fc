//! Making, changing, pausing and deleting schedules.
//!
//! A schedule runs with the rights of its owner, who has made it or taken it over. Others see to it if they may see to
//! the reports of others, or, of the login/logout report, to all that are scheduled.

use rollcall_access::Principal;
use rollcall_access::record::{self, Actor, Change};
use rollcall_control::outbox::Record;
use rollcall_control::saved_reports::SavedReport;
use rollcall_control::schedules::{NewSchedule, Published, Schedule, ScheduleChange};
use rollcall_model::{TenantId, Timestamp};
use serde_json::{Value, json};
use uuid::Uuid;

use super::plan::{Standing, may_schedule, may_see_to_others};
use super::rule::Due;
use super::settings::{Settings, Wish};
use super::tell::{SCHEDULE, of_schedule, schedule_changed};
use crate::error::{DeliveryError, Result};
use crate::service::Delivery;

/// What errors call one.
const WHAT: &str = "schedule";

/// A schedule, and what it is about.
#[derive(Debug, Clone)]
pub struct ScheduleView {
    /// The schedule.
    pub schedule: Schedule,
    /// Its settings.
    pub settings: Settings,
    /// Its report.
    pub report: SavedReport,
    /// When it is due next; none while it is paused or suspended.
    pub next: Option<Due>,
}

impl ScheduleView {
    fn told(&self) -> Value {
        let Schedule { owner, paused, suspended, .. } = &self.schedule;
        of_schedule(&self.report, owner, &self.settings, *paused, suspended.as_deref())
    }

    /// The change of nothing.
    fn unchanged(&self, by: &Principal, now: Timestamp) -> ScheduleChange {
        ScheduleChange {
            owner: self.schedule.owner.clone(),
            settings: self.schedule.settings.clone(),
            paused: self.schedule.paused,
            suspended: self.schedule.suspended.clone(),
            from_now_on: false,
            changed_by: by.id(),
            changed_at: now,
        }
    }
}

impl Delivery {
    /// The schedules that somebody may see to.
    pub async fn schedules(&self, by: &Principal) -> Result<Vec<ScheduleView>> {
        let mut views = Vec::new();
        for schedule in self.control.schedules().list(&by.tenant).await? {
            let view = self.view_schedule(schedule).await?;
            if may_see(by, &view.schedule.owner, &view.report.kind) {
                views.push(view);
            }
        }
        Ok(views)
    }

    /// One of them.
    pub async fn schedule(&self, by: &Principal, id: &str) -> Result<ScheduleView> {
        let unknown = || DeliveryError::unknown(WHAT, id);
        let uuid: Uuid = id.parse().map_err(|_| unknown())?;
        let view = self.view_schedule(self.control.schedules().get(&by.tenant, uuid).await?.ok_or_else(unknown)?).await?;
        if may_see(by, &view.schedule.owner, &view.report.kind) { Ok(view) } else { Err(unknown()) }
    }

    async fn view_schedule(&self, schedule: Schedule) -> Result<ScheduleView> {
        let settings = Settings::read(&schedule.settings)?;
        let report = self.control.saved_reports().get(&schedule.tenant, schedule.report_id).await?;
        let report = report.ok_or_else(|| DeliveryError::unknown("saved report", schedule.report_id))?;
        let runs = !schedule.paused && schedule.suspended.is_none();
        let next = if runs { settings.rule.next(&settings.zone()?, schedule.planned_to) } else { None };
        Ok(ScheduleView { schedule, settings, report, next })
    }

    /// Has a saved report delivered from now on, with the rights of whoever says so. That publishes it.
    pub async fn create_schedule(&self, by: &Principal, report_id: Uuid, wish: Wish) -> Result<ScheduleView> {
        let report = self.control.saved_reports().get(&by.tenant, report_id).await?;
        let unknown = || DeliveryError::invalid("report_id", format!("there is no saved report {report_id} that the caller can open"));
        let report = report.filter(|report| report.published || may_see(by, &report.owner, &report.kind)).ok_or_else(unknown)?;
        may_schedule(by, &report.kind)?;
        let settings = Settings::default().with(wish)?;
        settings.check_report(&report)?;
        self.check_destinations(&by.tenant, &settings).await?;
        let now = self.now();
        let new = NewSchedule {
            id: Uuid::now_v7(),
            tenant: by.tenant.clone(),
            owner: by.id(),
            report_id,
            settings: settings.text(),
            created_by: by.id(),
            created_at: now,
        };
        let created = Change {
            entity: SCHEDULE,
            activity: "Created",
            instance: new.id.to_string(),
            summary: format!("Scheduled the report {:?}: {}", report.name, settings.rule.in_words(&settings.zone()?)),
            before: None,
            after: Some(of_schedule(&report, &new.owner, &settings, false, None)),
        };
        let created = record::change(&by.tenant, &Actor::of(by), now, created);
        let published = Published { by: by.id(), record: published(by, &report, now)? };
        let schedule = self.control.schedules().create(&new, &published, &[created]).await?;
        self.wake_for_runs();
        self.view_schedule(schedule).await
    }

    /// Changes a schedule in the version that was read. What was due by then is done as it was set before.
    pub async fn change_schedule(&self, by: &Principal, view: &ScheduleView, wish: Wish, take_over: bool) -> Result<ScheduleView> {
        self.require_to_change(by, view)?;
        let settings = view.settings.clone().with(wish)?;
        settings.check_report(&view.report)?;
        self.check_destinations(&by.tenant, &settings).await?;
        let now = self.now();
        let owner = if take_over { by.id() } else { view.schedule.owner.clone() };
        let suspended = self.suspension(view, &owner).await?;
        let to = ScheduleChange {
            settings: settings.text(),
            // What was due while it did not run is not made up, nor is what another rule says of the past.
            from_now_on: view.schedule.suspended.is_some()
                || settings.rule != view.settings.rule
                || settings.time_zone != view.settings.time_zone,
            owner,
            suspended,
            ..view.unchanged(by, now)
        };
        let after = of_schedule(&view.report, &to.owner, &settings, to.paused, to.suspended.as_deref());
        self.update_schedule(by, view, to, ("Updated", "Changed"), after).await
    }

    /// Pauses a schedule: what is due from now on is left out, until it is resumed.
    pub async fn pause_schedule(&self, by: &Principal, view: &ScheduleView) -> Result<ScheduleView> {
        self.require_to_change(by, view)?;
        if view.schedule.paused {
            return Ok(view.clone());
        }
        let to = ScheduleChange { paused: true, ..view.unchanged(by, self.now()) };
        let after = of_schedule(&view.report, &to.owner, &view.settings, true, to.suspended.as_deref());
        self.update_schedule(by, view, to, ("Paused", "Paused"), after).await
    }

    /// Resumes a schedule that is paused or suspended: it goes on with what is due next. Refuses while its owner may
    /// not have it run.
    pub async fn resume_schedule(&self, by: &Principal, view: &ScheduleView, take_over: bool) -> Result<ScheduleView> {
        self.require_to_change(by, view)?;
        let owner = if take_over { by.id() } else { view.schedule.owner.clone() };
        if let Standing::Refused(why) = self.standing(&by.tenant, &owner, &view.report.kind).await? {
            return Err(DeliveryError::Conflict(format!(
                "the schedule can't run with the rights of its owner: {why}; take it over (take_over)"
            )));
        }
        if !view.schedule.paused && view.schedule.suspended.is_none() && owner == view.schedule.owner {
            return Ok(view.clone());
        }
        let from_now_on = view.schedule.paused || view.schedule.suspended.is_some();
        let to = ScheduleChange { owner, paused: false, suspended: None, from_now_on, ..view.unchanged(by, self.now()) };
        let after = of_schedule(&view.report, &to.owner, &view.settings, false, None);
        self.update_schedule(by, view, to, ("Resumed", "Resumed"), after).await
    }

    /// Deletes a schedule in the version that was read. What it has delivered stays, and so do its runs.
    pub async fn delete_schedule(&self, by: &Principal, view: &ScheduleView) -> Result<()> {
        self.require_to_change(by, view)?;
        let (schedule, now) = (&view.schedule, self.now());
        let record = deleted(by, schedule, &view.report, now, view.told());
        self.control.schedules().delete(&by.tenant, schedule.id, schedule.version, now, &[record]).await?;
        self.wake_for_runs();
        Ok(())
    }

    /// The schedules of a saved report, with the records of their deletion: for whoever deletes the report, or takes back
    /// its publication.
    pub async fn schedules_of(&self, by: &Principal, report: &SavedReport) -> Result<Vec<(Uuid, Record)>> {
        let now = self.now();
        let schedules = self.control.schedules().of_report(&by.tenant, report.id).await?;
        let of = |schedule: Schedule| {
            let settings = Settings::read(&schedule.settings)?;
            let told = of_schedule(report, &schedule.owner, &settings, schedule.paused, schedule.suspended.as_deref());
            Ok((schedule.id, deleted(by, &schedule, report, now, told)))
        };
        schedules.into_iter().map(of).collect()
    }

    async fn update_schedule(
        &self,
        by: &Principal,
        view: &ScheduleView,
        to: ScheduleChange,
        (activity, word): (&'static str, &str),
        after: Value,
    ) -> Result<ScheduleView> {
        let schedule = &view.schedule;
        // What was due by now is planned as it was set so far.
        if !schedule.paused && schedule.suspended.is_none() {
            self.plan_schedule(schedule, to.changed_at).await?;
        }
        let words = (activity, word, view.report.name.as_str());
        let record = schedule_changed(schedule, &Actor::of(by), to.changed_at, words, (Some(view.told()), Some(after)));
        let changed = self.control.schedules().update(&by.tenant, schedule.id, schedule.version, &to, &[record]).await?;
        self.wake_for_runs();
        self.view_schedule(changed).await
    }

    /// Why a schedule that is suspended stays so after a change: its owner still may not have it run.
    async fn suspension(&self, view: &ScheduleView, owner: &str) -> Result<Option<String>> {
        if view.schedule.suspended.is_none() {
            return Ok(None);
        }
        Ok(match self.standing(&view.schedule.tenant, owner, &view.report.kind).await? {
            Standing::Allowed(_) => None,
            Standing::Refused(why) => Some(why),
        })
    }

    async fn check_destinations(&self, tenant: &TenantId, settings: &Settings) -> Result<()> {
        for destination in &settings.destinations {
            if self.control.destinations().get(tenant, *destination).await?.is_none() {
                let reason = format!("there is no destination {destination}; GET /api/v1/destinations lists those that there are");
                return Err(DeliveryError::invalid("destinations", reason));
            }
        }
        Ok(())
    }

    pub(super) fn require_to_change(&self, by: &Principal, view: &ScheduleView) -> Result<()> {
        may_schedule(by, &view.report.kind).map(drop)
    }

    /// Something has changed: it waits for the ledger, and there may be a run to make.
    pub(super) fn wake_for_runs(&self) {
        self.recorded.notify_one();
        self.wake();
    }
}

/// Whether somebody may know of what is whose.
pub(super) fn may_see(by: &Principal, owner: &str, kind: &str) -> bool {
    owner == by.id() || may_see_to_others(by, kind)
}

fn deleted(by: &Principal, schedule: &Schedule, report: &SavedReport, now: Timestamp, told: Value) -> Record {
    schedule_changed(schedule, &Actor::of(by), now, ("Deleted", "Deleted", &report.name), (Some(told), None))
}

/// The record of a publication.
fn published(by: &Principal, report: &SavedReport, now: Timestamp) -> Result<Record> {
    let definition: Value = serde_json::from_str(&report.definition)
        .map_err(|error| DeliveryError::Conflict(format!("the definition of the saved report can't be read: {error}")))?;
    let told = |published: bool| json!({"name": report.name, "published": published, "definition": definition});
    let change = Change {
        entity: "Saved Report",
        activity: "Published",
        instance: report.id.to_string(),
        summary: format!("Published the report {:?} by scheduling it", report.name),
        before: Some(told(false)),
        after: Some(told(true)),
    };
    Ok(record::change(&by.tenant, &Actor::of(by), now, change))
}
