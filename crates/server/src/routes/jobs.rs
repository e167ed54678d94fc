//! `/jobs`: what is done in the background.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use rollcall_delivery::Delivery;
use rollcall_delivery::jobs::{Job, JobStatus};
use rollcall_model::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use crate::app::App;
use crate::auth::Caller;
use crate::parameters::{Parameters, PathPart, number};
use crate::problem::{Document, Kind, Problem};
use crate::record::require_room;

/// Jobs of a list, unless asked otherwise.
const DEFAULT_LISTED: i64 = 100;
/// Most jobs of a list.
const MAX_LISTED: i64 = 1_000;

/// Jobs.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct JobList {
    /// The newest first.
    jobs: Vec<JobAnswer>,
}

/// Something that is done in the background.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct JobAnswer {
    id: String,
    /// Which work it is.
    kind: String,
    /// Which task, run or subscription it is about.
    subject: String,
    /// `waiting`, `running`, `succeeded`, `failed` or `cancelled`.
    status: &'static str,
    /// How often it was begun.
    attempts: i32,
    /// Not before.
    #[schema(value_type = String, format = DateTime)]
    run_at: Timestamp,
    /// The node that has it.
    node: Option<String>,
    /// Another node takes it over from then on.
    #[schema(value_type = Option<String>, format = DateTime)]
    leased_until: Option<Timestamp>,
    /// How far it is.
    #[schema(value_type = Option<Object>)]
    progress: Option<Value>,
    /// Why the last attempt failed.
    last_error: Option<String>,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// When the last attempt began.
    #[schema(value_type = Option<String>, format = DateTime)]
    started_at: Option<Timestamp>,
    /// When it was over.
    #[schema(value_type = Option<String>, format = DateTime)]
    finished_at: Option<Timestamp>,
}

impl From<Job> for JobAnswer {
    fn from(job: Job) -> Self {
        JobAnswer {
            id: job.id.to_string(),
            kind: job.kind,
            subject: job.subject,
            status: job.status.as_str(),
            attempts: job.attempts,
            run_at: job.run_at,
            node: job.leased_by,
            leased_until: job.leased_until,
            progress: job.progress.and_then(|progress| serde_json::from_str(&progress).ok()),
            last_error: job.last_error,
            created_at: job.created_at,
            started_at: job.started_at,
            finished_at: job.finished_at,
        }
    }
}

/// Which jobs.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct JobParameters {
    /// Only this kind of work.
    kind: Option<String>,
    /// Only those that stand so: `waiting`, `running`, `succeeded`, `failed` or `cancelled`.
    status: Option<String>,
    /// Most jobs, 1 to 1,000; 100 if left out.
    #[param(value_type = Option<usize>)]
    limit: Option<String>,
}

/// List the jobs
#[utoipa::path(
    get, path = "/jobs", tag = "operations", params(JobParameters),
    responses((status = 200, description = "The jobs, the newest first", body = JobList))
)]
pub(crate) async fn get_jobs(
    State(app): State<Arc<App>>,
    caller: Caller,
    Parameters(parameters): Parameters<JobParameters>,
) -> Result<Json<JobList>, Problem> {
    let JobParameters { kind, status, limit } = parameters;
    let limit = number("limit", limit.as_deref(), DEFAULT_LISTED, 1..=MAX_LISTED)?;
    let status = match status {
        Some(word) => {
            Some(JobStatus::parse(&word).ok_or_else(|| unknown("status", &word, JobStatus::ALL.map(JobStatus::as_str).to_vec()))?)
        }
        None => None,
    };
    if let Some(kind) = kind.as_deref().filter(|kind| !Delivery::job_kinds().contains(kind)) {
        return Err(unknown("kind", kind, Delivery::job_kinds()));
    }
    let jobs = app.delivery.jobs(&caller.0, kind.as_deref(), status, limit.unsigned_abs()).await?;
    Ok(Json(JobList { jobs: jobs.into_iter().map(JobAnswer::from).collect() }))
}

/// Show a job
#[utoipa::path(
    get, path = "/jobs/{id}", tag = "operations", params(("id" = String, Path, description = "Its id")),
    responses(
        (status = 200, description = "The job", body = JobAnswer),
        (status = 404, description = "There is none", body = Document, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn get_job(State(app): State<Arc<App>>, caller: Caller, PathPart(id): PathPart) -> Result<Json<JobAnswer>, Problem> {
    Ok(Json(app.delivery.job(&caller.0, job_id(&id)?).await?.into()))
}

/// Run a job at once
///
/// One that waits, or that was given up.
#[utoipa::path(
    post, path = "/jobs/{id}/run", tag = "operations", params(("id" = String, Path, description = "Its id")),
    responses(
        (status = 200, description = "The job", body = JobAnswer),
        (status = 404, description = "There is none", body = Document, content_type = "application/problem+json"),
        (status = 409, description = "It runs already, or is over", body = Document, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn post_run(State(app): State<Arc<App>>, caller: Caller, PathPart(id): PathPart) -> Result<Json<JobAnswer>, Problem> {
    require_room(&app).await?;
    Ok(Json(app.delivery.run_job_now(&caller.0, job_id(&id)?).await?.into()))
}

fn job_id(text: &str) -> Result<uuid::Uuid, Problem> {
    text.parse().map_err(|_| Problem::new(Kind::NotFound, "there is no such job"))
}

fn unknown(field: &str, got: &str, allowed: Vec<&'static str>) -> Problem {
    let got: String = got.chars().take(64).collect();
    Problem::parameter(field, format!("expected one of {}; got {got:?}", allowed.join(", "))).allowed(allowed)
}
