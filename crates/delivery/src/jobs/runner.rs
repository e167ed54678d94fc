//! Takes jobs that are due, and sees to them until they end.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures::FutureExt;
use rollcall_control::jobs::{Ending, Job};
use rollcall_model::Timestamp;
use rollcall_model::time::MICROS_PER_SECOND;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use uuid::Uuid;

use super::{Hold, Stop, Work, delay, works};
use crate::error::{DeliveryError, Result};
use crate::service::Delivery;

/// For so long a node has a job without renewing its lease.
const LEASE_MICROS: i64 = 30 * MICROS_PER_SECOND;
/// How often a lease is renewed, and progress told.
const RENEW: Duration = Duration::from_secs(2);
/// How often it is looked for jobs of which this process was not told.
const EVERY: Duration = Duration::from_secs(1);
/// How often work may look whether there are jobs to make.
const PLAN_EVERY: Duration = Duration::from_secs(5);
/// Jobs that are over are forgotten after so long.
const KEPT_MICROS: i64 = 30 * 24 * 3_600 * MICROS_PER_SECOND;
/// For so long jobs may come to an end when Rollcall stops.
const FINISH: Duration = Duration::from_secs(5);

/// The jobs that this node has.
#[derive(Default)]
struct Held(Mutex<BTreeMap<Uuid, (&'static str, Arc<Hold>)>>);

impl Held {
    fn with<T>(&self, see: impl FnOnce(&mut BTreeMap<Uuid, (&'static str, Arc<Hold>)>) -> T) -> T {
        see(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn ids(&self) -> Vec<Uuid> {
        self.with(|held| held.keys().copied().collect())
    }

    fn of_kind(&self, kind: &str) -> usize {
        self.with(|held| held.values().filter(|(of, _)| *of == kind).count())
    }
}

impl Delivery {
    /// Says that there may be a job to do.
    pub fn wake(&self) {
        self.due.notify_one();
    }

    /// Does jobs from now on, until `shutdown`.
    pub async fn run_jobs(self: Arc<Self>, shutdown: CancellationToken) {
        self.run_works(works(), shutdown).await;
    }

    pub(super) async fn run_works(self: Arc<Self>, works: Vec<Arc<dyn Work>>, shutdown: CancellationToken) {
        let (held, tasks) = (Arc::new(Held::default()), TaskTracker::new());
        self.release_jobs(false).await;
        let mut planned: Option<tokio::time::Instant> = None;
        while !shutdown.is_cancelled() {
            if planned.is_none_or(|at| at.elapsed() >= PLAN_EVERY) {
                self.plan_jobs(&works).await;
                planned = Some(tokio::time::Instant::now());
            }
            self.look_around(&works).await;
            if let Err(error) = self.begin_due(&works, &held, &tasks).await {
                tracing::warn!(%error, "jobs can't be taken now; it is tried again");
            }
            tokio::select! {
                () = shutdown.cancelled() => {}
                () = self.due.notified() => {}
                () = tokio::time::sleep(EVERY) => {}
            }
        }
        held.with(|held| held.values().for_each(|(_, hold)| hold.stop(Stop::Shutdown)));
        tasks.close();
        if tokio::time::timeout(FINISH, tasks.wait()).await.is_err() {
            tracing::info!(jobs = tasks.len(), "jobs are broken off; they begin anew after the next start");
        }
        self.release_jobs(true).await;
    }

    /// Does all jobs that are due, one after the other, and those that come of them: for commands and tests, which wait
    /// for it. Answers how many were begun.
    pub async fn run_due(self: &Arc<Self>) -> Result<usize> {
        self.run_due_works(works()).await
    }

    /// The same of one kind of jobs.
    pub async fn run_due_of(self: &Arc<Self>, kind: &str) -> Result<usize> {
        self.run_due_works(works().into_iter().filter(|work| work.kind() == kind).collect()).await
    }

    async fn run_due_works(self: &Arc<Self>, works: Vec<Arc<dyn Work>>) -> Result<usize> {
        let mut begun = 0;
        loop {
            self.plan_jobs(&works).await;
            self.look_around(&works).await;
            let before = begun;
            for work in &works {
                let now = self.now();
                for job in self.control.jobs().take(work.kind(), &self.options.node, now, lease(now), &[], 1).await? {
                    begun += 1;
                    Arc::clone(self).see_to(Arc::clone(work), job, Arc::new(Hold::default())).await;
                }
            }
            if begun == before {
                return Ok(begun);
            }
        }
    }

    async fn release_jobs(&self, forgiven: bool) {
        if let Err(error) = self.control.jobs().release(&self.options.node, forgiven).await {
            tracing::warn!(%error, "jobs of this node can't be given back now; they are free when their lease ends");
        }
    }

    async fn plan_jobs(self: &Arc<Self>, works: &[Arc<dyn Work>]) {
        for work in works {
            if let Err(error) = work.plan(self).await {
                tracing::warn!(%error, kind = work.kind(), "what is to be done can't be planned now; it is tried again");
            }
        }
        if let Err(error) = self.note_silence().await {
            tracing::warn!(%error, "it can't be seen now which sources are silent; it is tried again");
        }
        if let Err(error) = self.control.jobs().forget(self.now().plus_micros(-KEPT_MICROS)).await {
            tracing::warn!(%error, "old jobs can't be forgotten now; it is tried again");
        }
    }

    async fn look_around(self: &Arc<Self>, works: &[Arc<dyn Work>]) {
        for work in works {
            if let Err(error) = work.look(self).await {
                tracing::warn!(%error, kind = work.kind(), "it can't be looked for what is to be done now; it is tried again");
            }
        }
    }

    async fn begin_due(self: &Arc<Self>, works: &[Arc<dyn Work>], held: &Arc<Held>, tasks: &TaskTracker) -> Result<()> {
        for work in works {
            let room = work.at_once().saturating_sub(held.of_kind(work.kind()));
            if room == 0 {
                continue;
            }
            let now = self.now();
            let taken = self.control.jobs().take(work.kind(), &self.options.node, now, lease(now), &held.ids(), room as u64).await?;
            for job in taken {
                let (id, hold) = (job.id, Arc::new(Hold::lingering()));
                held.with(|held| held.insert(id, (work.kind(), Arc::clone(&hold))));
                let (delivery, held, work) = (Arc::clone(self), Arc::clone(held), Arc::clone(work));
                tasks.spawn(async move {
                    Arc::clone(&delivery).see_to(work, job, hold).await;
                    held.with(|held| held.remove(&id));
                    delivery.wake();
                });
            }
        }
        Ok(())
    }

    /// Does a job, and notes what came of it.
    async fn see_to(self: Arc<Self>, work: Arc<dyn Work>, job: Job, hold: Arc<Hold>) {
        tracing::debug!(kind = %job.kind, subject = %job.subject, attempt = job.attempts, "job begun");
        let running = std::panic::AssertUnwindSafe(work.run(&self, &job, &hold)).catch_unwind();
        let ending = tokio::select! {
            ending = running => ending,
            // It does not come back while the job is held.
            () = self.keep(&job, &hold) => return,
        };
        let ending = ending.unwrap_or_else(|_| {
            tracing::error!(kind = %job.kind, subject = %job.subject, "a job panicked");
            let wait = delay(job.attempts.unsigned_abs(), Duration::from_secs(10), Duration::from_secs(600));
            Ending::Retry { at: after(self.now(), wait), error: "it ended early; the server's log says why".to_owned() }
        });
        let ending = match hold.why() {
            // Who stops gives all that they have back.
            Some(Stop::Shutdown | Stop::Lost) => return,
            Some(Stop::Cancelled) if !matches!(ending, Ending::Succeeded | Ending::Failed { .. }) => Ending::Cancelled,
            _ => ending,
        };
        match &ending {
            Ending::Failed { error } => tracing::warn!(kind = %job.kind, subject = %job.subject, error, "a job was given up"),
            Ending::Retry { at, error } => {
                tracing::info!(kind = %job.kind, subject = %job.subject, error, again_at = %at, "a job failed, and is tried again");
            }
            _ => tracing::debug!(kind = %job.kind, subject = %job.subject, "job ended"),
        }
        if let Some(progress) = hold.take_progress() {
            let now = self.now();
            let _ = self.control.jobs().renew(job.id, &self.options.node, lease(now), Some(&progress)).await;
        }
        if let Err(error) = self.control.jobs().end(job.id, &self.options.node, &ending, self.now()).await {
            tracing::warn!(%error, kind = %job.kind, subject = %job.subject, "what became of a job can't be noted; it is done again");
        }
    }

    /// Renews the lease of a job until it is lost for good.
    async fn keep(&self, job: &Job, hold: &Hold) {
        let mut renewed = tokio::time::Instant::now();
        loop {
            tokio::time::sleep(RENEW).await;
            let (now, progress) = (self.now(), hold.take_progress());
            let answer = self.control.jobs().renew(job.id, &self.options.node, lease(now), progress.as_deref()).await;
            match answer {
                Ok(Some(job)) => {
                    renewed = tokio::time::Instant::now();
                    if job.stop {
                        hold.stop(Stop::Cancelled);
                    }
                }
                Ok(None) => hold.stop(Stop::Lost),
                // By the end of its lease another node may have it.
                Err(error) if renewed.elapsed().as_micros() >= LEASE_MICROS.unsigned_abs().into() => {
                    tracing::warn!(%error, kind = %job.kind, subject = %job.subject, "a job's lease can't be renewed");
                    hold.stop(Stop::Lost);
                }
                Err(error) => tracing::debug!(%error, "a lease can't be renewed now"),
            }
            if hold.why() == Some(Stop::Lost) {
                // What has not ended within a while is broken off.
                tokio::time::sleep(FINISH).await;
                return;
            }
        }
    }
}

fn lease(now: Timestamp) -> Timestamp {
    now.plus_micros(LEASE_MICROS)
}

/// A moment some time after another.
pub(crate) fn after(now: Timestamp, wait: Duration) -> Timestamp {
    now.plus_micros(i64::try_from(wait.as_micros()).unwrap_or(i64::MAX))
}

impl From<&DeliveryError> for Ending {
    fn from(error: &DeliveryError) -> Self {
        Ending::Failed { error: error.to_string() }
    }
}
