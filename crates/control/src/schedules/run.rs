//! Runs: each one delivery of a scheduled report.

use rollcall_model::{TenantId, Timestamp};
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict};
use sea_orm::{
    ActiveValue, ColumnTrait, Condition, ConnectionTrait, DatabaseConnection, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder,
    QuerySelect,
};
use uuid::Uuid;

use super::RUN_JOB;
use crate::entity::schedule;
use crate::entity::schedule_run::{ActiveModel, Column, Entity, Model};
use crate::error::ControlError;
use crate::jobs::{self, NewJob};
use crate::outbox::{self, Record};
use crate::stored_row::StoredRow;
use crate::transaction;

/// What errors call one.
const WHAT: &str = "run";

/// How a run stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RunStatus {
    /// For its turn, for data, or to be tried again.
    Waiting,
    /// It is being done.
    Running,
    /// It has been delivered everywhere.
    Succeeded,
    /// It was given up.
    Failed,
    /// It was due, and was not done.
    Skipped,
    /// It has been delivered, and events that came later have changed what it told.
    Superseded,
}

impl RunStatus {
    /// Every status.
    pub const ALL: [RunStatus; 6] =
        [RunStatus::Waiting, RunStatus::Running, RunStatus::Succeeded, RunStatus::Failed, RunStatus::Skipped, RunStatus::Superseded];

    /// The word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            RunStatus::Waiting => "waiting",
            RunStatus::Running => "running",
            RunStatus::Succeeded => "succeeded",
            RunStatus::Failed => "failed",
            RunStatus::Skipped => "skipped",
            RunStatus::Superseded => "superseded",
        }
    }

    /// The status of that word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == word)
    }

    /// Whether nothing more is done.
    pub const fn is_over(self) -> bool {
        !matches!(self, RunStatus::Waiting | RunStatus::Running)
    }
}

/// A run that is to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewRun {
    /// Its id, a UUID that nothing else has.
    pub id: Uuid,
    /// Whose it is.
    pub tenant: TenantId,
    /// Of which schedule.
    pub schedule_id: Uuid,
    /// When it was due.
    pub due_at: Timestamp,
    /// The run whose range it tells anew.
    pub restates: Option<Uuid>,
    /// Who asked for it.
    pub requested_by: Option<String>,
    /// First instant of its range.
    pub range_from: Timestamp,
    /// First instant after.
    pub range_to: Timestamp,
    /// What is told, and where it goes, JSON.
    pub frozen: String,
    /// Why it is not done, if it is not.
    pub skipped: Option<String>,
    /// When it is made.
    pub created_at: Timestamp,
}

/// A run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// Which one.
    pub id: Uuid,
    /// Whose it is.
    pub tenant: TenantId,
    /// Of which schedule.
    pub schedule_id: Uuid,
    /// When it was due.
    pub due_at: Timestamp,
    /// 0 as it was due; 1, 2 and so on when it was asked for again.
    pub number: u32,
    /// The run whose range it tells anew.
    pub restates: Option<Uuid>,
    /// Who asked for it.
    pub requested_by: Option<String>,
    /// First instant of its range.
    pub range_from: Timestamp,
    /// First instant after.
    pub range_to: Timestamp,
    /// What is told, and where it goes, JSON.
    pub frozen: String,
    /// Whose rows are in the file, JSON.
    pub scope: Option<String>,
    /// How it stands.
    pub status: RunStatus,
    /// Why it waits, failed, was skipped or is superseded.
    pub reason: Option<String>,
    /// What had not come yet when the file was written.
    pub missing: Option<String>,
    /// The first seq that the file has not seen.
    pub seq: Option<i64>,
    /// Up to which seq it is known what came late.
    pub checked_seq: Option<i64>,
    /// When it is looked for late events again.
    pub check_at: Option<Timestamp>,
    /// Rows of the file.
    pub rows: Option<i64>,
    /// Its size.
    pub bytes: Option<i64>,
    /// Its digest, hexadecimal.
    pub sha256: Option<String>,
    /// Its name in the tenant's folder, while it is kept.
    pub file: Option<String>,
    /// Until when it is kept.
    pub file_until: Option<Timestamp>,
    /// What became of it at each destination, JSON.
    pub outcomes: String,
    /// How often it was begun.
    pub attempts: i32,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was first begun.
    pub started_at: Option<Timestamp>,
    /// When it was over.
    pub finished_at: Option<Timestamp>,
}

/// The file of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// Its name in the tenant's folder.
    pub file: String,
    /// Until when it is kept.
    pub until: Timestamp,
    /// Its rows.
    pub rows: i64,
    /// Its size.
    pub bytes: i64,
    /// Its digest, hexadecimal.
    pub sha256: String,
    /// The first seq that it has not seen.
    pub seq: i64,
    /// Whose rows are in it, JSON.
    pub scope: String,
    /// What had not come yet.
    pub missing: Option<String>,
}

/// The runs of a control database.
#[derive(Debug, Clone, Copy)]
pub struct Runs<'a> {
    db: &'a DatabaseConnection,
}

impl<'a> Runs<'a> {
    pub(crate) fn new(db: &'a DatabaseConnection) -> Self {
        Runs { db }
    }

    /// Makes a run that somebody asks for, with the next number of what was due then.
    pub async fn request(&self, new: &NewRun, records: &[Record]) -> Result<Run, ControlError> {
        let change = transaction::changing(self.db).await?;
        // Whoever asks at the same time waits, and gets the number after.
        let held = schedule::Entity::find()
            .filter(schedule::Column::Tenant.eq(new.tenant.as_str()))
            .filter(schedule::Column::Id.eq(new.schedule_id.to_string()));
        if held.lock_exclusive().one(&change).await?.is_none() {
            return Err(ControlError::NotFound { what: "schedule", id: new.schedule_id.to_string() });
        }
        let of_then = Entity::find()
            .filter(Column::ScheduleId.eq(new.schedule_id.to_string()))
            .filter(Column::DueAt.eq(new.due_at.as_micros()))
            .order_by_desc(Column::Number);
        let number = of_then.one(&change).await?.map_or(0, |run| run.number).saturating_add(1);
        insert(&change, new, number).await?;
        outbox::write_all(&change, records).await?;
        let made = require(&change, &new.tenant, new.id).await?;
        change.commit().await?;
        Ok(made)
    }

    /// A run is begun, or begun again, also one that was given up. None if it is over otherwise.
    pub async fn begin(&self, tenant: &TenantId, id: Uuid, now: Timestamp) -> Result<Option<Run>, ControlError> {
        let change = transaction::changing(self.db).await?;
        let first = this(tenant, id).add(Column::StartedAt.is_null());
        Entity::update_many().col_expr(Column::StartedAt, Expr::value(now.as_micros())).filter(first).exec(&change).await?;
        let begun = Entity::update_many()
            .col_expr(Column::Status, Expr::value(RunStatus::Running.as_str()))
            .col_expr(Column::Attempts, Expr::col(Column::Attempts).add(1))
            .col_expr(Column::FinishedAt, Expr::value(None::<i64>))
            .filter(Condition::any().add(not_over(tenant, id)).add(this(tenant, id).add(Column::Status.eq(RunStatus::Failed.as_str()))))
            .exec(&change)
            .await?;
        if begun.rows_affected == 0 {
            return Ok(None);
        }
        let run = require(&change, tenant, id).await?;
        change.commit().await?;
        Ok(Some(run))
    }

    /// A run waits: for data, or to be tried again.
    pub async fn wait(&self, tenant: &TenantId, id: Uuid, reason: &str) -> Result<(), ControlError> {
        let waiting = ActiveModel {
            status: ActiveValue::Set(RunStatus::Waiting.as_str().to_owned()),
            reason: ActiveValue::Set(Some(reason.to_owned())),
            ..Default::default()
        };
        Entity::update_many().set(waiting).filter(not_over(tenant, id)).exec(self.db).await?;
        Ok(())
    }

    /// The file of a run is written. Answers whether it was still wanted.
    pub async fn written(&self, tenant: &TenantId, id: Uuid, written: &Written) -> Result<bool, ControlError> {
        let values = ActiveModel {
            file: ActiveValue::Set(Some(written.file.clone())),
            file_until: ActiveValue::Set(Some(written.until.as_micros())),
            rows: ActiveValue::Set(Some(written.rows)),
            bytes: ActiveValue::Set(Some(written.bytes)),
            sha256: ActiveValue::Set(Some(written.sha256.clone())),
            seq: ActiveValue::Set(Some(written.seq)),
            checked_seq: ActiveValue::Set(Some(written.seq)),
            scope: ActiveValue::Set(Some(written.scope.clone())),
            missing: ActiveValue::Set(written.missing.clone()),
            ..Default::default()
        };
        Ok(Entity::update_many().set(values).filter(not_over(tenant, id)).exec(self.db).await?.rows_affected > 0)
    }

    /// What became of a run at its destinations so far.
    pub async fn delivered(&self, tenant: &TenantId, id: Uuid, outcomes: &str) -> Result<(), ControlError> {
        let values = ActiveModel { outcomes: ActiveValue::Set(outcomes.to_owned()), ..Default::default() };
        Entity::update_many().set(values).filter(not_over(tenant, id)).exec(self.db).await?;
        Ok(())
    }

    /// A run is over. Answers whether it was not before.
    pub async fn finish(
        &self,
        run: &Run,
        status: RunStatus,
        reason: Option<&str>,
        now: Timestamp,
        check_at: Option<Timestamp>,
        records: &[Record],
    ) -> Result<bool, ControlError> {
        let values = ActiveModel {
            status: ActiveValue::Set(status.as_str().to_owned()),
            reason: ActiveValue::Set(reason.map(str::to_owned)),
            finished_at: ActiveValue::Set(Some(now.as_micros())),
            check_at: ActiveValue::Set(check_at.map(Timestamp::as_micros)),
            ..Default::default()
        };
        self.turn(values, not_over(&run.tenant, run.id), records).await
    }

    /// Later events have changed what a run told. Answers whether it was not known yet.
    pub async fn supersede(&self, run: &Run, reason: &str, records: &[Record]) -> Result<bool, ControlError> {
        let values = ActiveModel {
            status: ActiveValue::Set(RunStatus::Superseded.as_str().to_owned()),
            reason: ActiveValue::Set(Some(reason.to_owned())),
            check_at: ActiveValue::Set(None),
            ..Default::default()
        };
        let delivered = this(&run.tenant, run.id).add(Column::Status.eq(RunStatus::Succeeded.as_str()));
        self.turn(values, delivered, records).await
    }

    async fn turn(&self, values: ActiveModel, these: Condition, records: &[Record]) -> Result<bool, ControlError> {
        let change = transaction::changing(self.db).await?;
        if Entity::update_many().set(values).filter(these).exec(&change).await?.rows_affected == 0 {
            return Ok(false);
        }
        outbox::write_all(&change, records).await?;
        change.commit().await?;
        Ok(true)
    }

    /// It is known what came late for a run up to a seq, and when to look again.
    pub async fn checked(&self, tenant: &TenantId, id: Uuid, seq: i64, again_at: Option<Timestamp>) -> Result<(), ControlError> {
        let values = ActiveModel {
            checked_seq: ActiveValue::Set(Some(seq)),
            check_at: ActiveValue::Set(again_at.map(Timestamp::as_micros)),
            ..Default::default()
        };
        Entity::update_many().set(values).filter(this(tenant, id)).exec(self.db).await?;
        Ok(())
    }

    /// Delivered runs of all tenants for which it is to be looked whether events came late, at most `limit`.
    pub async fn to_check(&self, now: Timestamp, limit: u64) -> Result<Vec<Run>, ControlError> {
        let due = Condition::all().add(Column::CheckAt.lte(now.as_micros())).add(Column::Status.eq(RunStatus::Succeeded.as_str()));
        let rows = Entity::find().filter(due).order_by_asc(Column::CheckAt).limit(limit).all(self.db).await?;
        rows.into_iter().map(Run::try_from).collect()
    }

    /// Runs of all tenants whose file is kept no longer, at most `limit`.
    pub async fn to_clear(&self, now: Timestamp, limit: u64) -> Result<Vec<Run>, ControlError> {
        let over = RunStatus::ALL.into_iter().filter(|status| status.is_over()).map(RunStatus::as_str);
        let due = Condition::all().add(Column::FileUntil.lte(now.as_micros())).add(Column::Status.is_in(over));
        let rows = Entity::find().filter(due).order_by_asc(Column::FileUntil).limit(limit).all(self.db).await?;
        rows.into_iter().map(Run::try_from).collect()
    }

    /// The file of a run is gone.
    pub async fn cleared(&self, tenant: &TenantId, id: Uuid) -> Result<(), ControlError> {
        let values = ActiveModel { file: ActiveValue::Set(None), file_until: ActiveValue::Set(None), ..Default::default() };
        Entity::update_many().set(values).filter(this(tenant, id)).exec(self.db).await?;
        Ok(())
    }

    /// The tenant's run of that id.
    pub async fn get(&self, tenant: &TenantId, id: Uuid) -> Result<Option<Run>, ControlError> {
        Entity::find().filter(this(tenant, id)).one(self.db).await?.map(Run::try_from).transpose()
    }

    /// The tenant's runs, or those of one of its schedules, what was due last first, at most `limit`.
    pub async fn list(
        &self,
        tenant: &TenantId,
        schedule_id: Option<Uuid>,
        status: Option<RunStatus>,
        limit: u64,
    ) -> Result<Vec<Run>, ControlError> {
        let mut select = Entity::find().filter(Column::Tenant.eq(tenant.as_str()));
        if let Some(schedule_id) = schedule_id {
            select = select.filter(Column::ScheduleId.eq(schedule_id.to_string()));
        }
        if let Some(status) = status {
            select = select.filter(Column::Status.eq(status.as_str()));
        }
        let newest_first = select.order_by_desc(Column::DueAt).order_by_desc(Column::Number).order_by_desc(Column::Id);
        newest_first.limit(limit).all(self.db).await?.into_iter().map(Run::try_from).collect()
    }
}

/// How many runs were made.
pub(super) struct Made {
    pub(super) inserted: usize,
    pub(super) to_do: usize,
}

/// Makes runs as they were due, with their jobs; one that is there already stays as it is.
pub(super) async fn insert_due(change: &DatabaseTransaction, runs: &[NewRun]) -> Result<Made, ControlError> {
    let mut made = Made { inserted: 0, to_do: 0 };
    for new in runs {
        if insert(change, new, 0).await? {
            made.inserted += 1;
            made.to_do += usize::from(new.skipped.is_none());
        }
    }
    Ok(made)
}

/// Makes a run and its job. Answers whether there was none.
async fn insert(change: &DatabaseTransaction, new: &NewRun, number: i32) -> Result<bool, ControlError> {
    let status = if new.skipped.is_some() { RunStatus::Skipped } else { RunStatus::Waiting };
    let row = ActiveModel {
        id: ActiveValue::Set(new.id.to_string()),
        tenant: ActiveValue::Set(new.tenant.as_str().to_owned()),
        schedule_id: ActiveValue::Set(new.schedule_id.to_string()),
        due_at: ActiveValue::Set(new.due_at.as_micros()),
        number: ActiveValue::Set(number),
        restates: ActiveValue::Set(new.restates.map(|id| id.to_string())),
        requested_by: ActiveValue::Set(new.requested_by.clone()),
        range_from: ActiveValue::Set(new.range_from.as_micros()),
        range_to: ActiveValue::Set(new.range_to.as_micros()),
        frozen: ActiveValue::Set(new.frozen.clone()),
        status: ActiveValue::Set(status.as_str().to_owned()),
        reason: ActiveValue::Set(new.skipped.clone()),
        outcomes: ActiveValue::Set("[]".to_owned()),
        attempts: ActiveValue::Set(0),
        created_at: ActiveValue::Set(new.created_at.as_micros()),
        finished_at: ActiveValue::Set(new.skipped.as_ref().map(|_| new.created_at.as_micros())),
        scope: ActiveValue::Set(None),
        missing: ActiveValue::Set(None),
        seq: ActiveValue::Set(None),
        checked_seq: ActiveValue::Set(None),
        check_at: ActiveValue::Set(None),
        rows: ActiveValue::Set(None),
        bytes: ActiveValue::Set(None),
        sha256: ActiveValue::Set(None),
        file: ActiveValue::Set(None),
        file_until: ActiveValue::Set(None),
        started_at: ActiveValue::Set(None),
    };
    let unless_there = OnConflict::columns([Column::ScheduleId, Column::DueAt, Column::Number]).do_nothing().to_owned();
    if Entity::insert(row).on_conflict(unless_there).exec_without_returning(change).await? == 0 {
        return Ok(false);
    }
    if new.skipped.is_none() {
        let job = NewJob {
            tenant: new.tenant.clone(),
            kind: RUN_JOB.to_owned(),
            subject: new.id.to_string(),
            run_at: new.due_at,
            created_at: new.created_at,
        };
        jobs::insert(change, &job).await?;
    }
    Ok(true)
}

/// Ends the runs of a schedule that is deleted, as far as they are not over.
pub(super) async fn end_all(
    change: &DatabaseTransaction,
    tenant: &TenantId,
    schedule_id: Uuid,
    now: Timestamp,
) -> Result<(), ControlError> {
    let these = || {
        Condition::all()
            .add(Column::Tenant.eq(tenant.as_str()))
            .add(Column::ScheduleId.eq(schedule_id.to_string()))
            .add(Column::Status.is_in([RunStatus::Waiting.as_str(), RunStatus::Running.as_str()]))
    };
    for run in Entity::find().filter(these()).all(change).await? {
        jobs::remove(change, tenant, RUN_JOB, &run.id).await?;
    }
    let ended = ActiveModel {
        status: ActiveValue::Set(RunStatus::Skipped.as_str().to_owned()),
        reason: ActiveValue::Set(Some("its schedule was deleted before it was done".to_owned())),
        finished_at: ActiveValue::Set(Some(now.as_micros())),
        ..Default::default()
    };
    Entity::update_many().set(ended).filter(these()).exec(change).await?;
    Ok(())
}

async fn require<C: ConnectionTrait>(db: &C, tenant: &TenantId, id: Uuid) -> Result<Run, ControlError> {
    match Entity::find().filter(this(tenant, id)).one(db).await? {
        Some(row) => row.try_into(),
        None => Err(ControlError::NotFound { what: WHAT, id: id.to_string() }),
    }
}

fn this(tenant: &TenantId, id: Uuid) -> Condition {
    Condition::all().add(Column::Id.eq(id.to_string())).add(Column::Tenant.eq(tenant.as_str()))
}

fn not_over(tenant: &TenantId, id: Uuid) -> Condition {
    this(tenant, id).add(Column::Status.is_in([RunStatus::Waiting.as_str(), RunStatus::Running.as_str()]))
}

impl TryFrom<Model> for Run {
    type Error = ControlError;

    fn try_from(row: Model) -> Result<Self, ControlError> {
        let stored = StoredRow::new("schedule_run", [&row.id]);
        let status = RunStatus::parse(&row.status).ok_or_else(|| stored.damaged("status", format!("got {:?}", row.status)))?;
        let number = u32::try_from(row.number).map_err(|_| stored.damaged("number", format!("got {}", row.number)))?;
        Ok(Run {
            id: stored.uuid("id", &row.id)?,
            tenant: stored.tenant(&row.tenant)?,
            schedule_id: stored.uuid("schedule_id", &row.schedule_id)?,
            due_at: stored.time("due_at", row.due_at)?,
            number,
            restates: row.restates.as_deref().map(|id| stored.uuid("restates", id)).transpose()?,
            range_from: stored.time("range_from", row.range_from)?,
            range_to: stored.time("range_to", row.range_to)?,
            status,
            check_at: stored.optional_time("check_at", row.check_at)?,
            file_until: stored.optional_time("file_until", row.file_until)?,
            created_at: stored.time("created_at", row.created_at)?,
            started_at: stored.optional_time("started_at", row.started_at)?,
            finished_at: stored.optional_time("finished_at", row.finished_at)?,
            requested_by: row.requested_by,
            frozen: row.frozen,
            scope: row.scope,
            reason: row.reason,
            missing: row.missing,
            seq: row.seq,
            checked_seq: row.checked_seq,
            rows: row.rows,
            bytes: row.bytes,
            sha256: row.sha256,
            file: row.file,
            outcomes: row.outcomes,
            attempts: row.attempts,
        })
    }
}
