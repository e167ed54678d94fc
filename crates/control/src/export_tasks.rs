//! Export tasks: files that are made in the background, and wait to be fetched.
//!
//! A task and its job are made in one transaction. However a task ends, the same change takes its password away;
//! what ends first counts, whoever else would end it at the same moment.

use rollcall_model::{TenantId, Timestamp};
use sea_orm::{ActiveValue, ColumnTrait, Condition, DatabaseConnection, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use crate::entity::export_task::{ActiveModel, Column, Entity, Model};
use crate::error::ControlError;
use crate::jobs::{self, NewJob};
use crate::outbox::{self, Record};
use crate::stored_row::StoredRow;
use crate::transaction;

/// What errors call one.
const WHAT: &str = "export task";

/// How a task stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExportStatus {
    /// It has not begun.
    Waiting,
    /// Its file is being written.
    Running,
    /// Its file can be fetched.
    Successful,
    /// It was given up.
    Failed,
    /// Somebody has stopped it.
    Cancelled,
    /// Its file was removed after its time.
    Expired,
}

impl ExportStatus {
    /// Every status.
    pub const ALL: [ExportStatus; 6] = [
        ExportStatus::Waiting,
        ExportStatus::Running,
        ExportStatus::Successful,
        ExportStatus::Failed,
        ExportStatus::Cancelled,
        ExportStatus::Expired,
    ];

    /// The word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            ExportStatus::Waiting => "waiting",
            ExportStatus::Running => "running",
            ExportStatus::Successful => "successful",
            ExportStatus::Failed => "failed",
            ExportStatus::Cancelled => "cancelled",
            ExportStatus::Expired => "expired",
        }
    }

    /// The status of that word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == word)
    }

    /// Whether it has not ended yet.
    pub const fn is_open(self) -> bool {
        matches!(self, ExportStatus::Waiting | ExportStatus::Running)
    }
}

/// A task that is to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewExport {
    /// Its id, a UUID that nothing else has.
    pub id: Uuid,
    /// Whose it is.
    pub tenant: TenantId,
    /// Who owns it.
    pub owner: String,
    /// What they are called.
    pub created_by_name: String,
    /// The kind of report.
    pub report: String,
    /// The report definition, JSON.
    pub definition: String,
    /// What is asked of it, and how it is told, JSON.
    pub wish: String,
    /// Name of the file in the archive.
    pub file_name: String,
    /// The password of the archive, encrypted.
    pub password: Vec<u8>,
    /// When it is made.
    pub created_at: Timestamp,
}

/// A task. Its password is read by [`ExportTasks::password`] alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportTask {
    /// Which one.
    pub id: Uuid,
    /// Whose it is.
    pub tenant: TenantId,
    /// Who owns it.
    pub owner: String,
    /// What they were called when they made it.
    pub created_by_name: String,
    /// The kind of report.
    pub report: String,
    /// The report definition, JSON.
    pub definition: String,
    /// What is asked of it, and how it is told, JSON.
    pub wish: String,
    /// Name of the file in the archive.
    pub file_name: String,
    /// How it stands.
    pub status: ExportStatus,
    /// Why it was given up.
    pub failure: Option<String>,
    /// Which rows its owner was allowed to see when it was written, JSON.
    pub row_scope: Option<String>,
    /// Its rows, once it is written.
    pub rows: Option<i64>,
    /// Size of the archive.
    pub bytes: Option<i64>,
    /// SHA-256 of the archive, in hexadecimal digits.
    pub sha256: Option<String>,
    /// Name of the archive in the folder of files; none before it is written and once it is removed.
    pub stored_as: Option<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last begun.
    pub started_at: Option<Timestamp>,
    /// When it ended.
    pub finished_at: Option<Timestamp>,
    /// When its file is removed.
    pub expires_at: Option<Timestamp>,
}

/// An archive that is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrittenExport {
    /// Which rows its owner was allowed to see, JSON.
    pub row_scope: String,
    /// Its rows.
    pub rows: i64,
    /// Its size.
    pub bytes: i64,
    /// Its SHA-256, in hexadecimal digits.
    pub sha256: String,
    /// Its name in the folder of files.
    pub stored_as: String,
    /// When it is removed.
    pub expires_at: Timestamp,
}

/// The export tasks of a control database.
#[derive(Debug, Clone, Copy)]
pub struct ExportTasks<'a> {
    db: &'a DatabaseConnection,
}

impl<'a> ExportTasks<'a> {
    pub(crate) fn new(db: &'a DatabaseConnection) -> Self {
        ExportTasks { db }
    }

    /// Makes a task with its job, unless its owner has `most` already that have not ended. Answers whether it did.
    pub async fn create(&self, task: &NewExport, job: &NewJob, most: u64, records: &[Record]) -> Result<bool, ControlError> {
        let change = transaction::changing(self.db).await?;
        let of_owner = Condition::all().add(Column::Tenant.eq(task.tenant.as_str())).add(Column::Owner.eq(task.owner.as_str())).add(open());
        if Entity::find().filter(of_owner).count(&change).await? >= most {
            return Ok(false);
        }
        let row = ActiveModel {
            id: ActiveValue::Set(task.id.to_string()),
            tenant: ActiveValue::Set(task.tenant.as_str().to_owned()),
            owner: ActiveValue::Set(task.owner.clone()),
            created_by_name: ActiveValue::Set(task.created_by_name.clone()),
            report: ActiveValue::Set(task.report.clone()),
            definition: ActiveValue::Set(task.definition.clone()),
            wish: ActiveValue::Set(task.wish.clone()),
            file_name: ActiveValue::Set(task.file_name.clone()),
            status: ActiveValue::Set(ExportStatus::Waiting.as_str().to_owned()),
            password: ActiveValue::Set(Some(task.password.clone())),
            created_at: ActiveValue::Set(task.created_at.as_micros()),
            ..Default::default()
        };
        Entity::insert(row).exec_without_returning(&change).await?;
        jobs::insert(&change, job).await?;
        outbox::write_all(&change, records).await?;
        change.commit().await?;
        Ok(true)
    }

    /// The tenant's task of that id.
    pub async fn get(&self, tenant: &TenantId, id: Uuid) -> Result<Option<ExportTask>, ControlError> {
        Entity::find().filter(this(tenant, id)).one(self.db).await?.map(ExportTask::try_from).transpose()
    }

    /// The tenant's tasks, of one owner or of all, the newest first: at most `limit` of those that were made before another.
    pub async fn list(
        &self,
        tenant: &TenantId,
        owner: Option<&str>,
        before: Option<&ExportTask>,
        limit: u64,
    ) -> Result<Vec<ExportTask>, ControlError> {
        let mut select = Entity::find().filter(Column::Tenant.eq(tenant.as_str()));
        if let Some(owner) = owner {
            select = select.filter(Column::Owner.eq(owner));
        }
        if let Some(before) = before {
            let at = before.created_at.as_micros();
            let same_moment = Condition::all().add(Column::CreatedAt.eq(at)).add(Column::Id.lt(before.id.to_string()));
            select = select.filter(Condition::any().add(Column::CreatedAt.lt(at)).add(same_moment));
        }
        let rows = select.order_by_desc(Column::CreatedAt).order_by_desc(Column::Id).limit(limit).all(self.db).await?;
        rows.into_iter().map(ExportTask::try_from).collect()
    }

    /// The password of a task's archive, encrypted; none once it has ended.
    pub async fn password(&self, tenant: &TenantId, id: Uuid) -> Result<Option<Vec<u8>>, ControlError> {
        Ok(Entity::find().filter(this(tenant, id)).one(self.db).await?.and_then(|row| row.password))
    }

    /// Its file is being written from now on. Answers whether it had not ended.
    pub async fn begin(&self, tenant: &TenantId, id: Uuid, now: Timestamp) -> Result<bool, ControlError> {
        let begun = ActiveModel {
            status: ActiveValue::Set(ExportStatus::Running.as_str().to_owned()),
            started_at: ActiveValue::Set(Some(now.as_micros())),
            ..Default::default()
        };
        Ok(Entity::update_many().set(begun).filter(this(tenant, id).add(open())).exec(self.db).await?.rows_affected > 0)
    }

    /// It waits for its next attempt.
    pub async fn wait(&self, tenant: &TenantId, id: Uuid) -> Result<(), ControlError> {
        let waiting = ActiveModel { status: ActiveValue::Set(ExportStatus::Waiting.as_str().to_owned()), ..Default::default() };
        Entity::update_many().set(waiting).filter(this(tenant, id).add(open())).exec(self.db).await?;
        Ok(())
    }

    /// Its archive is written. Answers whether it had not ended otherwise: then this archive is none of its.
    pub async fn succeed(
        &self,
        tenant: &TenantId,
        id: Uuid,
        written: &WrittenExport,
        now: Timestamp,
        record: &Record,
    ) -> Result<bool, ControlError> {
        let successful = ActiveModel {
            row_scope: ActiveValue::Set(Some(written.row_scope.clone())),
            row_count: ActiveValue::Set(Some(written.rows)),
            bytes: ActiveValue::Set(Some(written.bytes)),
            sha256: ActiveValue::Set(Some(written.sha256.clone())),
            stored_as: ActiveValue::Set(Some(written.stored_as.clone())),
            expires_at: ActiveValue::Set(Some(written.expires_at.as_micros())),
            ..ended(ExportStatus::Successful, now)
        };
        self.end(tenant, id, successful, None, record).await
    }

    /// It is given up. Answers whether it had not ended otherwise.
    pub async fn fail(&self, tenant: &TenantId, id: Uuid, why: &str, now: Timestamp, record: &Record) -> Result<bool, ControlError> {
        let failed = ActiveModel { failure: ActiveValue::Set(Some(why.to_owned())), ..ended(ExportStatus::Failed, now) };
        self.end(tenant, id, failed, None, record).await
    }

    /// Stops it with its job. Answers whether it had not ended.
    pub async fn cancel(&self, tenant: &TenantId, id: Uuid, job: &str, now: Timestamp, record: &Record) -> Result<bool, ControlError> {
        self.end(tenant, id, ended(ExportStatus::Cancelled, now), Some((job, now)), record).await
    }

    async fn end(
        &self,
        tenant: &TenantId,
        id: Uuid,
        to: ActiveModel,
        stop: Option<(&str, Timestamp)>,
        record: &Record,
    ) -> Result<bool, ControlError> {
        let change = transaction::changing(self.db).await?;
        if Entity::update_many().set(to).filter(this(tenant, id).add(open())).exec(&change).await?.rows_affected == 0 {
            return Ok(false);
        }
        if let Some((kind, now)) = stop {
            jobs::stop(&change, tenant, kind, &id.to_string(), now).await?;
        }
        outbox::write(&change, Some(record)).await?;
        change.commit().await?;
        Ok(true)
    }

    /// Deletes it with its job, and answers what it was.
    pub async fn delete(&self, tenant: &TenantId, id: Uuid, job: &str, record: &Record) -> Result<ExportTask, ControlError> {
        let change = transaction::changing(self.db).await?;
        let found = Entity::find().filter(this(tenant, id)).lock_exclusive().one(&change).await?;
        let task: ExportTask = found.ok_or_else(|| ControlError::NotFound { what: WHAT, id: id.to_string() })?.try_into()?;
        Entity::delete_many().filter(this(tenant, id)).exec(&change).await?;
        jobs::remove(&change, tenant, job, &id.to_string()).await?;
        outbox::write(&change, Some(record)).await?;
        change.commit().await?;
        Ok(task)
    }

    /// Tasks of every tenant whose files have had their time, at most `limit`.
    pub async fn outdated(&self, now: Timestamp, limit: u64) -> Result<Vec<ExportTask>, ControlError> {
        let rows = Entity::find().filter(outdated(now)).order_by_asc(Column::ExpiresAt).limit(limit).all(self.db).await?;
        rows.into_iter().map(ExportTask::try_from).collect()
    }

    /// The file of a task has had its time. Answers whether nobody has said so before.
    pub async fn expire(&self, tenant: &TenantId, id: Uuid, now: Timestamp, record: &Record) -> Result<bool, ControlError> {
        let expired = ActiveModel {
            status: ActiveValue::Set(ExportStatus::Expired.as_str().to_owned()),
            stored_as: ActiveValue::Set(None),
            ..Default::default()
        };
        let change = transaction::changing(self.db).await?;
        if Entity::update_many().set(expired).filter(this(tenant, id).add(outdated(now))).exec(&change).await?.rows_affected == 0 {
            return Ok(false);
        }
        outbox::write(&change, Some(record)).await?;
        change.commit().await?;
        Ok(true)
    }
}

/// What is set when a task ends: no task that has ended has a password.
fn ended(status: ExportStatus, now: Timestamp) -> ActiveModel {
    ActiveModel {
        status: ActiveValue::Set(status.as_str().to_owned()),
        password: ActiveValue::Set(None),
        finished_at: ActiveValue::Set(Some(now.as_micros())),
        ..Default::default()
    }
}

fn this(tenant: &TenantId, id: Uuid) -> Condition {
    Condition::all().add(Column::Id.eq(id.to_string())).add(Column::Tenant.eq(tenant.as_str()))
}

fn open() -> Condition {
    let words = ExportStatus::ALL.into_iter().filter(|status| status.is_open()).map(ExportStatus::as_str);
    Condition::all().add(Column::Status.is_in(words))
}

fn outdated(now: Timestamp) -> Condition {
    Condition::all().add(Column::Status.eq(ExportStatus::Successful.as_str())).add(Column::ExpiresAt.lte(now.as_micros()))
}

impl TryFrom<Model> for ExportTask {
    type Error = ControlError;

    fn try_from(row: Model) -> Result<Self, ControlError> {
        let stored = StoredRow::new("export_task", [&row.id]);
        let status = ExportStatus::parse(&row.status).ok_or_else(|| stored.damaged("status", format!("got {:?}", row.status)))?;
        Ok(ExportTask {
            id: stored.uuid("id", &row.id)?,
            tenant: stored.tenant(&row.tenant)?,
            status,
            created_at: stored.time("created_at", row.created_at)?,
            started_at: stored.optional_time("started_at", row.started_at)?,
            finished_at: stored.optional_time("finished_at", row.finished_at)?,
            expires_at: stored.optional_time("expires_at", row.expires_at)?,
            owner: row.owner,
            created_by_name: row.created_by_name,
            report: row.report,
            definition: row.definition,
            wish: row.wish,
            file_name: row.file_name,
            failure: row.failure,
            row_scope: row.row_scope,
            rows: row.row_count,
            bytes: row.bytes,
            sha256: row.sha256,
            stored_as: row.stored_as,
        })
    }
}
