//! Jobs: what is done in the background, by whichever node takes it.
//!
//! A job is about one subject: an export task, a run of a schedule, a webhook. Whoever makes the subject makes its job in
//! the same transaction (`insert`), so that neither is there without the other. A node takes a job by a lease that it
//! renews while it works; a node that has died stops renewing, and another takes the job over. What a job does
//! must therefore bear being begun again.

use rollcall_model::{TenantId, Timestamp};
use sea_orm::sea_query::{Expr, ExprTrait, LockBehavior, LockType, OnConflict};
use sea_orm::{
    ActiveValue, ColumnTrait, Condition, ConnectionTrait, DatabaseConnection, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
};
use uuid::Uuid;

use crate::entity::job::{ActiveModel, Column, Entity, Model};
use crate::error::ControlError;
use crate::stored_row::StoredRow;
use crate::transaction;

/// What errors call one.
const WHAT: &str = "job";

/// How a job stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JobStatus {
    /// It runs when its time has come.
    Waiting,
    /// A node has it.
    Running,
    /// It is done.
    Succeeded,
    /// It was given up.
    Failed,
    /// Somebody has stopped it.
    Cancelled,
}

impl JobStatus {
    /// Every status.
    pub const ALL: [JobStatus; 5] = [JobStatus::Waiting, JobStatus::Running, JobStatus::Succeeded, JobStatus::Failed, JobStatus::Cancelled];

    /// The word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            JobStatus::Waiting => "waiting",
            JobStatus::Running => "running",
            JobStatus::Succeeded => "succeeded",
            JobStatus::Failed => "failed",
            JobStatus::Cancelled => "cancelled",
        }
    }

    /// The status of that word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == word)
    }

    /// Whether nothing more is done.
    pub const fn is_over(self) -> bool {
        matches!(self, JobStatus::Succeeded | JobStatus::Failed | JobStatus::Cancelled)
    }
}

/// A job that is to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewJob {
    /// Whose it is.
    pub tenant: TenantId,
    /// Which work it is.
    pub kind: String,
    /// What it is about.
    pub subject: String,
    /// Not before.
    pub run_at: Timestamp,
    /// When it is made.
    pub created_at: Timestamp,
}

/// A job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// Which one.
    pub id: Uuid,
    /// Whose it is.
    pub tenant: TenantId,
    /// Which work it is.
    pub kind: String,
    /// What it is about.
    pub subject: String,
    /// How it stands.
    pub status: JobStatus,
    /// How often it was begun since it was made, or made anew.
    pub attempts: i32,
    /// Not before.
    pub run_at: Timestamp,
    /// The node that runs it.
    pub leased_by: Option<String>,
    /// Another node takes it over from then on.
    pub leased_until: Option<Timestamp>,
    /// Whether it is to stop.
    pub stop: bool,
    /// How far it is, JSON.
    pub progress: Option<String>,
    /// Why the last attempt failed.
    pub last_error: Option<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When the last attempt began.
    pub started_at: Option<Timestamp>,
    /// When it was over.
    pub finished_at: Option<Timestamp>,
}

/// What becomes of a job after an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ending {
    /// It is done.
    Succeeded,
    /// It goes on later: it has not failed.
    Again {
        /// Not before.
        at: Timestamp,
    },
    /// It is tried again.
    Retry {
        /// Not before.
        at: Timestamp,
        /// Why it failed.
        error: String,
    },
    /// It is given up.
    Failed {
        /// Why.
        error: String,
    },
    /// Somebody has stopped it.
    Cancelled,
}

/// The jobs of a control database.
#[derive(Debug, Clone, Copy)]
pub struct Jobs<'a> {
    db: &'a DatabaseConnection,
}

impl<'a> Jobs<'a> {
    pub(crate) fn new(db: &'a DatabaseConnection) -> Self {
        Jobs { db }
    }

    /// Makes a job about a subject; one that is over is made anew, one that is not stays as it is.
    pub async fn add(&self, job: &NewJob) -> Result<(), ControlError> {
        insert(self.db, job).await
    }

    /// Takes jobs of a kind that are due, or whose node has died, for a node, which has them until a moment. Not those that
    /// it has already, as it says itself.
    pub async fn take(
        &self,
        kind: &str,
        node: &str,
        now: Timestamp,
        until: Timestamp,
        except: &[Uuid],
        limit: u64,
    ) -> Result<Vec<Job>, ControlError> {
        let change = transaction::changing(self.db).await?;
        let taken: Vec<Model> = Entity::find()
            .filter(Column::Kind.eq(kind))
            .filter(due(now))
            .filter(Column::Id.is_not_in(except.iter().map(Uuid::to_string)))
            .order_by_asc(Column::RunAt)
            .order_by_asc(Column::Id)
            .limit(limit)
            .lock_with_behavior(LockType::Update, LockBehavior::SkipLocked)
            .all(&change)
            .await?;
        let mut jobs = Vec::with_capacity(taken.len());
        for row in taken {
            let row = Model {
                status: JobStatus::Running.as_str().to_owned(),
                attempts: row.attempts.saturating_add(1),
                leased_by: Some(node.to_owned()),
                leased_until: Some(until.as_micros()),
                started_at: Some(now.as_micros()),
                finished_at: None,
                ..row
            };
            let taken = ActiveModel {
                status: ActiveValue::Set(row.status.clone()),
                attempts: ActiveValue::Set(row.attempts),
                leased_by: ActiveValue::Set(row.leased_by.clone()),
                leased_until: ActiveValue::Set(row.leased_until),
                started_at: ActiveValue::Set(row.started_at),
                finished_at: ActiveValue::Set(None),
                ..Default::default()
            };
            Entity::update_many().set(taken).filter(Column::Id.eq(row.id.as_str())).exec(&change).await?;
            jobs.push(row.try_into()?);
        }
        change.commit().await?;
        Ok(jobs)
    }

    /// A node goes on working on a job until a moment, and says how far it is. Answers how the job stands, if the node
    /// still has it.
    pub async fn renew(&self, id: Uuid, node: &str, until: Timestamp, progress: Option<&str>) -> Result<Option<Job>, ControlError> {
        let mut renewed = ActiveModel { leased_until: ActiveValue::Set(Some(until.as_micros())), ..Default::default() };
        if let Some(progress) = progress {
            renewed.progress = ActiveValue::Set(Some(progress.to_owned()));
        }
        if Entity::update_many().set(renewed).filter(held(id, node)).exec(self.db).await?.rows_affected == 0 {
            return Ok(None);
        }
        Entity::find().filter(held(id, node)).one(self.db).await?.map(Job::try_from).transpose()
    }

    /// An attempt of a node has ended. Answers whether the node still had the job.
    pub async fn end(&self, id: Uuid, node: &str, ending: &Ending, now: Timestamp) -> Result<bool, ControlError> {
        let over = |status: JobStatus, error: Option<String>| ActiveModel {
            status: ActiveValue::Set(status.as_str().to_owned()),
            finished_at: ActiveValue::Set(Some(now.as_micros())),
            last_error: ActiveValue::Set(error),
            ..Default::default()
        };
        let later = |at: Timestamp| ActiveModel {
            status: ActiveValue::Set(JobStatus::Waiting.as_str().to_owned()),
            run_at: ActiveValue::Set(at.as_micros()),
            ..Default::default()
        };
        let ended = match ending {
            Ending::Succeeded => over(JobStatus::Succeeded, None),
            Ending::Failed { error } => over(JobStatus::Failed, Some(error.clone())),
            Ending::Cancelled => over(JobStatus::Cancelled, None),
            Ending::Again { at } => ActiveModel { attempts: ActiveValue::Set(0), last_error: ActiveValue::Set(None), ..later(*at) },
            Ending::Retry { at, error } => ActiveModel { last_error: ActiveValue::Set(Some(error.clone())), ..later(*at) },
        };
        let ended = ActiveModel { leased_by: ActiveValue::Set(None), leased_until: ActiveValue::Set(None), ..ended };
        Ok(Entity::update_many().set(ended).filter(held(id, node)).exec(self.db).await?.rows_affected > 0)
    }

    /// A node has nothing any more of what it had. An attempt that was broken off when the node stopped does not count
    /// (`forgiven`); one that ended with the node does: a job that brings its node down is given up like any other.
    pub async fn release(&self, node: &str, forgiven: bool) -> Result<u64, ControlError> {
        let released = Entity::update_many()
            .col_expr(Column::Status, Expr::value(JobStatus::Waiting.as_str()))
            .col_expr(Column::Attempts, Expr::col(Column::Attempts).sub(i32::from(forgiven)))
            .col_expr(Column::LeasedBy, Expr::value(None::<String>))
            .col_expr(Column::LeasedUntil, Expr::value(None::<i64>))
            .filter(Column::LeasedBy.eq(node))
            .filter(Column::Status.eq(JobStatus::Running.as_str()))
            .exec(self.db)
            .await?;
        Ok(released.rows_affected)
    }

    /// Stops the job about a subject: at once if nobody has begun it, else when whoever has it sees to it. Answers
    /// whether it was not over yet.
    pub async fn stop(&self, tenant: &TenantId, kind: &str, subject: &str, now: Timestamp) -> Result<bool, ControlError> {
        let change = transaction::changing(self.db).await?;
        let stopped = stop(&change, tenant, kind, subject, now).await?;
        change.commit().await?;
        Ok(stopped)
    }

    /// Runs a job that waits, or that was given up, at once and from its first attempt on. Answers whether it did either.
    pub async fn run_now(&self, tenant: &TenantId, id: Uuid, now: Timestamp) -> Result<bool, ControlError> {
        let these = Condition::all()
            .add(Column::Tenant.eq(tenant.as_str()))
            .add(Column::Id.eq(id.to_string()))
            .add(Column::Status.is_in([JobStatus::Waiting.as_str(), JobStatus::Failed.as_str()]));
        Ok(Entity::update_many().set(anew(now)).filter(these).exec(self.db).await?.rows_affected > 0)
    }

    /// The tenant's job about a subject.
    pub async fn about(&self, tenant: &TenantId, kind: &str, subject: &str) -> Result<Option<Job>, ControlError> {
        Entity::find().filter(about(tenant, kind, subject)).one(self.db).await?.map(Job::try_from).transpose()
    }

    /// The tenant's job of that id.
    pub async fn get(&self, tenant: &TenantId, id: Uuid) -> Result<Job, ControlError> {
        let found = Entity::find().filter(Column::Tenant.eq(tenant.as_str())).filter(Column::Id.eq(id.to_string())).one(self.db).await?;
        found.ok_or_else(|| ControlError::NotFound { what: WHAT, id: id.to_string() })?.try_into()
    }

    /// The tenant's jobs, the newest first, at most `limit`.
    pub async fn list(
        &self,
        tenant: &TenantId,
        kind: Option<&str>,
        status: Option<JobStatus>,
        limit: u64,
    ) -> Result<Vec<Job>, ControlError> {
        let mut select = Entity::find().filter(Column::Tenant.eq(tenant.as_str()));
        if let Some(kind) = kind {
            select = select.filter(Column::Kind.eq(kind));
        }
        if let Some(status) = status {
            select = select.filter(Column::Status.eq(status.as_str()));
        }
        let rows = select.order_by_desc(Column::CreatedAt).order_by_desc(Column::Id).limit(limit).all(self.db).await?;
        rows.into_iter().map(Job::try_from).collect()
    }

    /// Forgets jobs that were over before a moment.
    pub async fn forget(&self, before: Timestamp) -> Result<u64, ControlError> {
        let over = JobStatus::ALL.into_iter().filter(|status| status.is_over()).map(JobStatus::as_str);
        let forgotten = Entity::delete_many()
            .filter(Column::Status.is_in(over))
            .filter(Column::FinishedAt.lt(before.as_micros()))
            .exec(self.db)
            .await?;
        Ok(forgotten.rows_affected)
    }
}

/// Makes a job in the transaction of the change that makes its subject.
pub(crate) async fn insert<C: ConnectionTrait>(db: &C, job: &NewJob) -> Result<(), ControlError> {
    let row = ActiveModel {
        id: ActiveValue::Set(Uuid::now_v7().to_string()),
        tenant: ActiveValue::Set(job.tenant.as_str().to_owned()),
        kind: ActiveValue::Set(job.kind.clone()),
        subject: ActiveValue::Set(job.subject.clone()),
        created_at: ActiveValue::Set(job.created_at.as_micros()),
        leased_by: ActiveValue::Set(None),
        leased_until: ActiveValue::Set(None),
        started_at: ActiveValue::Set(None),
        ..anew(job.run_at)
    };
    let key = [Column::Tenant, Column::Kind, Column::Subject];
    let unless_there = OnConflict::columns(key).do_nothing().to_owned();
    if Entity::insert(row).on_conflict(unless_there).exec_without_returning(db).await? == 0 {
        let over = JobStatus::ALL.into_iter().filter(|status| status.is_over()).map(JobStatus::as_str);
        let these = about(&job.tenant, &job.kind, &job.subject).add(Column::Status.is_in(over));
        Entity::update_many().set(anew(job.run_at)).filter(these).exec(db).await?;
    }
    Ok(())
}

/// Stops the job about a subject in the transaction of the change that ends the subject. Answers whether it was not over.
pub(crate) async fn stop<C: ConnectionTrait>(
    db: &C,
    tenant: &TenantId,
    kind: &str,
    subject: &str,
    now: Timestamp,
) -> Result<bool, ControlError> {
    let waiting = ActiveModel {
        status: ActiveValue::Set(JobStatus::Cancelled.as_str().to_owned()),
        finished_at: ActiveValue::Set(Some(now.as_micros())),
        stop: ActiveValue::Set(true),
        ..Default::default()
    };
    let running = ActiveModel { stop: ActiveValue::Set(true), ..Default::default() };
    let mut stopped = 0;
    for (status, to) in [(JobStatus::Waiting, waiting), (JobStatus::Running, running)] {
        let these = about(tenant, kind, subject).add(Column::Status.eq(status.as_str()));
        stopped += Entity::update_many().set(to).filter(these).exec(db).await?.rows_affected;
    }
    Ok(stopped > 0)
}

/// Has jobs that wait for a later moment run at once.
pub(crate) async fn hurry<C: ConnectionTrait>(
    db: &C,
    tenant: &TenantId,
    kind: &str,
    subjects: &[String],
    now: Timestamp,
) -> Result<u64, ControlError> {
    let these = Condition::all()
        .add(Column::Tenant.eq(tenant.as_str()))
        .add(Column::Kind.eq(kind))
        .add(Column::Subject.is_in(subjects))
        .add(Column::Status.eq(JobStatus::Waiting.as_str()))
        .add(Column::RunAt.gt(now.as_micros()));
    let sooner = ActiveModel { run_at: ActiveValue::Set(now.as_micros()), ..Default::default() };
    Ok(Entity::update_many().set(sooner).filter(these).exec(db).await?.rows_affected)
}

/// Removes the job about a subject, in the transaction that removes the subject.
pub(crate) async fn remove<C: ConnectionTrait>(db: &C, tenant: &TenantId, kind: &str, subject: &str) -> Result<(), ControlError> {
    Entity::delete_many().filter(about(tenant, kind, subject)).exec(db).await?;
    Ok(())
}

/// What is set when a job begins from its first attempt on.
fn anew(run_at: Timestamp) -> ActiveModel {
    ActiveModel {
        status: ActiveValue::Set(JobStatus::Waiting.as_str().to_owned()),
        attempts: ActiveValue::Set(0),
        run_at: ActiveValue::Set(run_at.as_micros()),
        stop: ActiveValue::Set(false),
        progress: ActiveValue::Set(None),
        last_error: ActiveValue::Set(None),
        finished_at: ActiveValue::Set(None),
        ..Default::default()
    }
}

fn about(tenant: &TenantId, kind: &str, subject: &str) -> Condition {
    Condition::all().add(Column::Tenant.eq(tenant.as_str())).add(Column::Kind.eq(kind)).add(Column::Subject.eq(subject))
}

fn due(now: Timestamp) -> Condition {
    let waiting = Condition::all().add(Column::Status.eq(JobStatus::Waiting.as_str())).add(Column::RunAt.lte(now.as_micros()));
    let left = Condition::all().add(Column::Status.eq(JobStatus::Running.as_str())).add(Column::LeasedUntil.lte(now.as_micros()));
    Condition::any().add(waiting).add(left)
}

fn held(id: Uuid, node: &str) -> Condition {
    let running = Column::Status.eq(JobStatus::Running.as_str());
    Condition::all().add(Column::Id.eq(id.to_string())).add(Column::LeasedBy.eq(node)).add(running)
}

impl TryFrom<Model> for Job {
    type Error = ControlError;

    fn try_from(row: Model) -> Result<Self, ControlError> {
        let stored = StoredRow::new("job", [&row.id]);
        let status = JobStatus::parse(&row.status).ok_or_else(|| stored.damaged("status", format!("got {:?}", row.status)))?;
        Ok(Job {
            id: stored.uuid("id", &row.id)?,
            tenant: stored.tenant(&row.tenant)?,
            status,
            run_at: stored.time("run_at", row.run_at)?,
            leased_until: stored.optional_time("leased_until", row.leased_until)?,
            created_at: stored.time("created_at", row.created_at)?,
            started_at: stored.optional_time("started_at", row.started_at)?,
            finished_at: stored.optional_time("finished_at", row.finished_at)?,
            kind: row.kind,
            subject: row.subject,
            attempts: row.attempts,
            leased_by: row.leased_by,
            stop: row.stop,
            progress: row.progress,
            last_error: row.last_error,
        })
    }
}
