//! Jobs, as those see them who keep Rollcall running.

use rollcall_access::Principal;
use rollcall_access::record::{self, Actor, Change};
use rollcall_control::jobs::{Job, JobStatus};
use serde_json::json;
use uuid::Uuid;

use super::works;
use crate::error::{DeliveryError, Result};
use crate::service::Delivery;

/// Most jobs of one list.
const MAX_LISTED: u64 = 1_000;
/// What the record calls one.
const ENTITY: &str = "Job";

impl Delivery {
    /// The names of all kinds of jobs.
    pub fn job_kinds() -> Vec<&'static str> {
        works().iter().map(|work| work.kind()).collect()
    }

    /// The caller's tenant's jobs, the newest first.
    pub async fn jobs(&self, by: &Principal, kind: Option<&str>, status: Option<JobStatus>, limit: u64) -> Result<Vec<Job>> {
        Ok(self.control.jobs().list(&by.tenant, kind, status, limit.min(MAX_LISTED)).await?)
    }

    /// One of them.
    pub async fn job(&self, by: &Principal, id: Uuid) -> Result<Job> {
        Ok(self.control.jobs().get(&by.tenant, id).await?)
    }

    /// Runs a job that waits or was given up at once.
    pub async fn run_job_now(&self, by: &Principal, id: Uuid) -> Result<Job> {
        let (job, now) = (self.job(by, id).await?, self.now());
        if !self.control.jobs().run_now(&by.tenant, id, now).await? {
            return Err(DeliveryError::Conflict(format!(
                "the job is {}; one that waits or has failed can be run now",
                self.job(by, id).await?.status.as_str()
            )));
        }
        let change = Change {
            entity: ENTITY,
            activity: "Run",
            instance: id.to_string(),
            summary: format!("Had the job {} {} run at once", job.kind, job.subject),
            before: Some(json!({"status": job.status.as_str()})),
            after: Some(json!({"status": JobStatus::Waiting.as_str()})),
        };
        self.record(&record::change(&by.tenant, &Actor::of(by), now, change)).await?;
        self.wake();
        self.job(by, id).await
    }
}
