//! Does a run: waits for its data, writes its file, and delivers it to each destination.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use rollcall_control::schedules::{RUN_JOB, Run, RunStatus};
use rollcall_model::time::MICROS_PER_HOUR;
use rollcall_model::{Scope, Timestamp};
use rollcall_reports::watermark::Watermark;

use super::late::first_look;
use super::plan::Standing;
use super::settings::Frozen;
use super::tell::{Failure, Outcome, range, run_over, zone};
use crate::destinations::{DeliveryFailure, Parcel};
use crate::error::{DeliveryError, Result};
use crate::jobs::runner::after;
use crate::jobs::{Ending, Hold, Job, Work, delay};
use crate::schedules::rule::file_time;
use crate::service::Delivery;

/// How long is waited before it is looked again whether the data has come.
const LOOK_AGAIN: Duration = Duration::from_secs(60);
/// A failure is tried again after so long at first,
const FIRST_DELAY: Duration = Duration::from_secs(60);
/// at most,
const MOST_DELAY: Duration = Duration::from_secs(3_600);
/// and so often, which takes a day;
const MAX_ATTEMPTS: i32 = 28;
/// so often if somebody has to see to something first, which takes a quarter of an hour: then they are told.
const MAX_ATTEMPTS_UNTIL_TOLD: i32 = 5;
/// Most sources that are named as missing.
const MAX_NAMED: usize = 10;

/// The work of runs.
pub(crate) struct ScheduleRuns;

#[async_trait]
impl Work for ScheduleRuns {
    fn kind(&self) -> &'static str {
        RUN_JOB
    }

    fn at_once(&self) -> usize {
        2
    }

    async fn plan(&self, delivery: &Arc<Delivery>) -> Result<()> {
        let now = delivery.now();
        delivery.plan_schedules(now).await?;
        delivery.look_for_late_events(now).await?;
        delivery.clear_runs().await
    }

    async fn run(&self, delivery: &Arc<Delivery>, job: &Job, hold: &Hold) -> Ending {
        let now = delivery.now();
        let id = match job.subject.parse() {
            Ok(id) => id,
            Err(_) => return Ending::Failed { error: format!("expected the id of a run; got {:?}", job.subject) },
        };
        let run = match delivery.control.runs().begin(&job.tenant, id, now).await {
            Ok(Some(run)) => run,
            Ok(None) => return Ending::Succeeded,
            Err(error) => return Ending::Retry { at: after(now, FIRST_DELAY), error: error.to_string() },
        };
        let ended = match delivery.do_run(&run, hold).await {
            Ok(ended) => ended,
            Err(DeliveryError::Stopped) => return Ending::Again { at: now },
            Err(error) => Ended::Failed { reason: error.to_string(), lasts: lasts(&error) },
        };
        delivery.note_attempt(run.id, job, ended).await
    }
}

/// For how long something fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Lasts {
    /// For now: it may be over when it is tried again.
    ForNow,
    /// Until somebody sees to something.
    UntilSeenTo,
    /// For ever.
    Forever,
}

/// How often is tried what fails so.
fn attempts(lasts: Lasts) -> i32 {
    match lasts {
        Lasts::ForNow => MAX_ATTEMPTS,
        Lasts::UntilSeenTo => MAX_ATTEMPTS_UNTIL_TOLD,
        Lasts::Forever => 0,
    }
}

/// For how long an error lasts.
fn lasts(error: &DeliveryError) -> Lasts {
    match error {
        DeliveryError::Report(rollcall_reports::Error::Definition(_)) => Lasts::Forever,
        DeliveryError::Invalid { .. } | DeliveryError::Unknown { .. } | DeliveryError::Conflict(_) => Lasts::Forever,
        _ => Lasts::ForNow,
    }
}

/// What came of an attempt.
enum Ended {
    /// It is delivered everywhere.
    Delivered,
    /// Its data has not come yet.
    Waits {
        /// It is looked again.
        at: Timestamp,
        /// For what.
        reason: String,
    },
    /// It failed.
    Failed {
        /// Why.
        reason: String,
        /// For how long.
        lasts: Lasts,
    },
}

/// Whether the data of a run has come.
enum Data {
    /// The file can be written, as known at a seq.
    Come {
        /// The first seq that is left out.
        seq: i64,
        /// What has not come.
        missing: Option<String>,
    },
    /// It is waited for.
    Awaited {
        /// It is looked again.
        at: Timestamp,
        /// What has not come.
        missing: String,
    },
}

impl Delivery {
    async fn do_run(&self, run: &Run, hold: &Hold) -> Result<Ended> {
        let failed = |reason: String| Ok(Ended::Failed { reason, lasts: Lasts::Forever });
        let frozen = Frozen::read(&run.frozen)?;
        let Some(schedule) = self.control.schedules().get(&run.tenant, run.schedule_id).await? else {
            return failed("its schedule is not there any more".to_owned());
        };
        let scope = match self.standing(&run.tenant, &schedule.owner, &frozen.report).await? {
            Standing::Allowed(scope) => scope,
            Standing::Refused(why) => {
                let report = self.control.saved_reports().get(&run.tenant, schedule.report_id).await?;
                self.suspend(&schedule, report.as_ref(), &why, self.now()).await?;
                return failed(format!("the schedule is suspended: {why}"));
            }
        };
        let Some(run) = self.with_file(run, &frozen, scope, hold).await? else {
            return failed("it is not wanted any more".to_owned());
        };
        match run {
            Ready::Run(run) => self.deliver_run(&run, &frozen, hold).await,
            Ready::NotYet(ended) => Ok(ended),
        }
    }

    /// The run with its file. None if it is over.
    async fn with_file(&self, run: &Run, frozen: &Frozen, scope: Scope, hold: &Hold) -> Result<Option<Ready>> {
        if let Some(name) = &run.file
            && tokio::fs::try_exists(self.run_path(run, name)).await.unwrap_or(false)
        {
            return Ok(Some(Ready::Run(Box::new(run.clone()))));
        }
        let (known, scope) = match (run.seq, &run.scope) {
            // A file that was lost is written anew as it was.
            (Some(seq), Some(was)) => (Data::Come { seq, missing: run.missing.clone() }, serde_json::from_str(was).unwrap_or(scope)),
            _ => (self.data_of(run, frozen, &scope).await?, scope),
        };
        let (seq, missing) = match known {
            Data::Come { seq, missing } => (seq, missing),
            Data::Awaited { at, missing } => {
                let reason = format!("waits for data: {missing}");
                return Ok(Some(Ready::NotYet(Ended::Waits { at, reason })));
            }
        };
        let written = self.write_run(run, frozen, &scope, (seq, missing), hold).await?;
        if !self.control.runs().written(&run.tenant, run.id, &written).await? {
            return Ok(None);
        }
        let run = self.control.runs().get(&run.tenant, run.id).await?;
        Ok(run.map(|run| Ready::Run(Box::new(run))))
    }

    /// Whether everything from before the end of its range has come, as far as that is known, or was waited for long
    /// enough.
    async fn data_of(&self, run: &Run, frozen: &Frozen, scope: &Scope) -> Result<Data> {
        let (now, definition) = (self.now(), frozen.definition()?);
        let own = self.control.outbox().oldest_of(&run.tenant).await?.filter(|oldest| *oldest < run.range_to);
        let caller = self.asking(&run.tenant, scope.clone()).await?;
        let watermark = self.reports.watermark(&caller, &definition, now).await?;
        let has_come = is_complete(&watermark) && own.is_none();
        let missing = missing(&watermark, run, frozen, own);
        let wait = i64::from(frozen.settings.max_wait_hours).saturating_mul(MICROS_PER_HOUR);
        let deadline = run.created_at.max(run.due_at).plus_micros(wait);
        match missing {
            Some(missing) if !has_come && now < deadline => Ok(Data::Awaited { at: after(now, LOOK_AGAIN).min(deadline), missing }),
            missing => Ok(Data::Come { seq: watermark.seq, missing }),
        }
    }

    /// Delivers the file to each destination that has not got it yet.
    async fn deliver_run(&self, run: &Run, frozen: &Frozen, hold: &Hold) -> Result<Ended> {
        let (parcel, mut outcomes) = (self.parcel(run, frozen)?, Outcome::read(run));
        for destination in &frozen.settings.destinations {
            if hold.why().is_some() {
                return Err(DeliveryError::Stopped);
            }
            let at = outcomes.iter().position(|outcome| outcome.destination == *destination);
            let mut outcome = at.map_or_else(|| Outcome::new(*destination), |at| outcomes.swap_remove(at));
            if outcome.place.is_none() {
                outcome.attempts += 1;
                match self.deliver(&run.tenant, *destination, &parcel).await {
                    Ok(delivered) => {
                        outcome = Outcome { place: Some(delivered.place), delivered_at: Some(self.now()), failure: None, ..outcome }
                    }
                    Err(failure) => {
                        let DeliveryFailure { failure_type, code, reason, is_permanent } = failure;
                        outcome.failure = Some(Failure { failure_type, code, reason, is_permanent, at: self.now() });
                    }
                }
            }
            outcomes.push(outcome);
            let told = serde_json::to_string(&outcomes).map_err(|error| DeliveryError::Write(error.to_string()))?;
            self.control.runs().delivered(&run.tenant, run.id, &told).await?;
        }
        let failures: Vec<&Failure> = outcomes.iter().filter_map(|outcome| outcome.failure.as_ref()).collect();
        if failures.is_empty() {
            return Ok(Ended::Delivered);
        }
        let reasons: Vec<&str> = failures.iter().map(|failure| failure.reason.as_str()).collect();
        let of = frozen.settings.destinations.len();
        let reason = format!("{} of {of} destinations have not got it: {}", failures.len(), reasons.join("; "));
        let all_last = failures.iter().all(|failure| failure.is_permanent);
        Ok(Ended::Failed { reason, lasts: if all_last { Lasts::UntilSeenTo } else { Lasts::ForNow } })
    }

    fn parcel(&self, run: &Run, frozen: &Frozen) -> Result<Parcel> {
        let (zone, settings) = (zone(frozen), &frozen.settings);
        let written = || DeliveryError::Write("the run has no file".to_owned());
        let link = self.options.public_url.as_ref().and_then(|url| url.join(&format!("api/v1/runs/{}/file", run.id)).ok());
        Ok(Parcel {
            file: self.run_path(run, run.file.as_deref().ok_or_else(written)?),
            file_name_stem: frozen.report_name.clone(),
            prefix: settings.prefix.clone(),
            extension: settings.style.format.extension(),
            media_type: settings.style.format.media_type(),
            bytes: run.bytes.unwrap_or(0).unsigned_abs(),
            rows: run.rows.unwrap_or(0).unsigned_abs(),
            sha256: run.sha256.clone().unwrap_or_default(),
            run_id: run.id,
            schedule_id: run.schedule_id,
            report_name: frozen.report_name.clone(),
            range_words: range(run).in_words(&zone),
            local_time: file_time(&zone, run.due_at),
            number: run.number,
            restates: run.restates,
            missing: run.missing.clone(),
            link: link.map(Into::into),
        })
    }

    /// Notes what came of an attempt.
    async fn note_attempt(&self, id: uuid::Uuid, job: &Job, ended: Ended) -> Ending {
        let now = self.now();
        let noted = match ended {
            Ended::Waits { at, reason } => {
                self.control.runs().wait(&job.tenant, id, &reason).await.map(|()| Ending::Again { at }).map_err(Into::into)
            }
            Ended::Failed { reason, lasts } if job.attempts < attempts(lasts) => {
                let at = after(now, delay(job.attempts.unsigned_abs(), FIRST_DELAY, MOST_DELAY));
                let told = format!("is tried again: {reason}");
                let noted = self.control.runs().wait(&job.tenant, id, &told).await;
                noted.map(|()| Ending::Retry { at, error: reason }).map_err(Into::into)
            }
            Ended::Failed { reason, .. } => self.finish_run(id, job, Some(reason)).await,
            Ended::Delivered => self.finish_run(id, job, None).await,
        };
        noted.unwrap_or_else(|error: DeliveryError| Ending::Retry { at: after(now, FIRST_DELAY), error: error.to_string() })
    }

    /// A run is over: it is delivered everywhere, or given up.
    async fn finish_run(&self, id: uuid::Uuid, job: &Job, failure: Option<String>) -> Result<Ending> {
        let now = self.now();
        let Some(run) = self.control.runs().get(&job.tenant, id).await? else { return Ok(Ending::Succeeded) };
        let (frozen, outcomes) = (Frozen::read(&run.frozen)?, Outcome::read(&run));
        let record = run_over(&run, &frozen, &outcomes, now, failure.as_deref());
        let status = if failure.is_some() { RunStatus::Failed } else { RunStatus::Succeeded };
        let check_at = failure.is_none().then(|| first_look(&run, now)).flatten();
        if self.control.runs().finish(&run, status, failure.as_deref(), now, check_at, &[record]).await? {
            self.recorded.notify_one();
        }
        let Some(reason) = failure else { return Ok(Ending::Succeeded) };
        let words = range(&run).in_words(&zone(&frozen));
        tracing::warn!(run = %run.id, schedule = %run.schedule_id, report = frozen.report_name, reason, "a scheduled run failed for good");
        let subject = format!("Rollcall: {} was not delivered", frozen.report_name);
        let text = format!(
            "The report {:?} for {words} was not delivered (run {}, schedule {}): {reason}",
            frozen.report_name, run.id, run.schedule_id
        );
        self.alert(&run.tenant, &subject, &text).await;
        Ok(Ending::Failed { error: reason })
    }
}

/// A run whose file is there, or not yet.
enum Ready {
    Run(Box<Run>),
    NotYet(Ended),
}

/// Whether the whole range has come. Where no source counts, there is nothing to wait for.
fn is_complete(watermark: &Watermark) -> bool {
    watermark.complete || watermark.sources.is_empty()
}

/// What has not come, or may not have, in words.
fn missing(watermark: &Watermark, run: &Run, frozen: &Frozen, own: Option<Timestamp>) -> Option<String> {
    let zone = zone(frozen);
    let is_behind = |source: &&rollcall_reports::watermark::SourceHealth| source.newest_event_time < run.range_to;
    let mut parts: Vec<String> = watermark
        .sources
        .iter()
        .filter(is_behind)
        // A quiet source may have nothing more to tell; one that is silent for unusually long may have failed.
        .filter(|source| !is_complete(watermark) || source.silent_seconds.is_some())
        .map(|source| {
            let silent = if source.silent_seconds.is_some() { ", and is silent for unusually long" } else { "" };
            format!("{} has sent events up to {}{silent}", source.source, zone.rfc3339(source.newest_event_time))
        })
        .collect();
    if parts.len() > MAX_NAMED {
        let more = parts.len() - MAX_NAMED;
        parts.truncate(MAX_NAMED);
        parts.push(format!("and {more} more sources"));
    }
    if let Some(own) = own {
        parts.push(format!("Rollcall's own record since {} is not in the ledger yet", zone.rfc3339(own)));
    }
    (!parts.is_empty()).then(|| parts.join("; "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_is_tried_again_for_a_day_and_one_that_lasts_for_a_quarter_of_an_hour() {
        let hours = |lasts| {
            let waits = (1..attempts(lasts).unsigned_abs()).map(|attempt| delay(attempt, FIRST_DELAY, MOST_DELAY).as_secs_f64());
            waits.sum::<f64>() / 3_600.0
        };
        let (for_now, until_seen_to) = (hours(Lasts::ForNow), hours(Lasts::UntilSeenTo));
        assert!((19.0..29.0).contains(&for_now), "{for_now}");
        assert!((0.2..0.4).contains(&until_seen_to), "{until_seen_to}");
    }
}
