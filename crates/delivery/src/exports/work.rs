//! How a task is done.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use rollcall_access::record::{self, Actor, Reading};
use rollcall_access::report_rights::rows_of;
use rollcall_access::{AccessError, Owner, Principal};
use rollcall_control::export_tasks::WrittenExport;
use rollcall_control::outbox::Record;
use rollcall_model::{Scope, Timestamp};
use rollcall_reports::Paging;
use serde_json::{Value, json};
use tokio::time::Instant;
use uuid::Uuid;
use zeroize::Zeroizing;

use super::archive::{Archived, off_async_threads};
use super::password::Password;
use super::store::PartFile;
use super::wish::wish_of;
use super::{ENTITY, ExportStatus, ExportTask, JOB, purpose};
use crate::error::{DeliveryError, Result};
use crate::file::{FileWish, Progress, Question, Written};
use crate::jobs::runner::after;
use crate::jobs::{Ending, Hold, Job, Stop, Work, delay};
use crate::service::Delivery;

/// Tasks that one node does at once.
const AT_ONCE: usize = 2;
/// Attempts after which a task is given up.
const MOST_ATTEMPTS: i32 = 5;
/// The delays between them.
const FIRST_DELAY: Duration = Duration::from_secs(5);
const MOST_DELAY: Duration = Duration::from_secs(300);
/// How often it is said how far a task is.
const TELL_EVERY: Duration = Duration::from_millis(500);
/// How often it is looked for what was left behind.
const TIDY_EVERY: Duration = Duration::from_secs(600);

/// Writes the archives of export tasks.
#[derive(Debug, Default)]
pub(crate) struct Exporting {
    tidied: Mutex<Option<Instant>>,
}

#[async_trait]
impl Work for Exporting {
    fn kind(&self) -> &'static str {
        JOB
    }

    fn at_once(&self) -> usize {
        AT_ONCE
    }

    async fn plan(&self, delivery: &Arc<Delivery>) -> Result<()> {
        delivery.expire_exports().await?;
        let is_due = {
            let mut tidied = self.tidied.lock().unwrap_or_else(PoisonError::into_inner);
            let is_due = tidied.is_none_or(|at| at.elapsed() >= TIDY_EVERY);
            if is_due {
                *tidied = Some(Instant::now());
            }
            is_due
        };
        if is_due { delivery.remove_leftovers().await } else { Ok(()) }
    }

    async fn run(&self, delivery: &Arc<Delivery>, job: &Job, hold: &Hold) -> Ending {
        match Box::pin(delivery.export_attempt(job, hold)).await {
            Ok(ending) => ending,
            Err(error) => delivery.export_has_failed(job, hold, &error).await,
        }
    }
}

/// What an attempt has made.
struct Made {
    written: Written,
    archived: Archived,
    part: PartFile,
}

impl Delivery {
    async fn export_attempt(&self, job: &Job, hold: &Hold) -> Result<Ending> {
        let id: Uuid = job.subject.parse().map_err(|_| DeliveryError::unknown("export task", &job.subject))?;
        let Some(task) = self.control.export_tasks().get(&job.tenant, id).await? else { return Ok(Ending::Cancelled) };
        if let Some(ending) = ended(&task) {
            return Ok(ending);
        }
        if job.attempts > MOST_ATTEMPTS {
            let why = format!("it ended early {MOST_ATTEMPTS} times; the server's log says more");
            return self.give_export_up(&task, &Actor::system(), why).await;
        }
        if !self.control.export_tasks().begin(&task.tenant, id, self.now()).await? {
            return Ok(Ending::Cancelled);
        }
        let owner = match self.access.owner(&task.tenant, &task.owner).await? {
            Owner::Active(owner) => owner,
            Owner::Gone(why) => return self.give_export_up(&task, &Actor::system(), why).await,
        };
        let scope = rows_of(&owner, &task.report, true)?;
        let made = Box::pin(self.write_export(&task, scope.clone(), hold)).await?;
        self.export_is_written(&task, &owner, &scope, made).await
    }

    /// Writes the archive of a task, and tells how far it is.
    async fn write_export(&self, task: &ExportTask, scope: Scope, hold: &Hold) -> Result<Made> {
        let wish = wish_of(task)?;
        let password = self.export_password(task).await?;
        let (folder, id) = (self.exports_folder(&task.tenant), task.id);
        let part = off_async_threads(move || PartFile::new(&folder, id)).await?;
        let caller = self.asking(&task.tenant, scope).await?;
        let progress = Progress::stopping(hold.token().clone());
        let (counting, now) = (self.count(&caller, &wish), self.now());
        let writing = self.write_archive(&caller, &wish, now, &password, part, &progress);
        let (mut counting, mut writing) = (std::pin::pin!(counting), std::pin::pin!(writing));
        let (mut total, mut is_counted) = (None, false);
        loop {
            hold.tell(&json!({"rows": progress.rows(), "total": total}));
            tokio::select! {
                made = &mut writing => {
                    let (written, archived, part) = made?;
                    hold.tell(&json!({"rows": written.rows, "total": written.rows}));
                    return Ok(Made { written, archived, part });
                }
                counted = &mut counting, if !is_counted => {
                    (total, is_counted) = (counted, true);
                }
                // What is written stops by itself, and gives up its part file.
                () = hold.stopped() => return Err(DeliveryError::Stopped),
                () = tokio::time::sleep(TELL_EVERY) => {}
            }
        }
    }

    async fn export_password(&self, task: &ExportTask) -> Result<Password> {
        let sealed = self.control.export_tasks().password(&task.tenant, task.id).await?;
        let sealed = sealed.ok_or_else(|| DeliveryError::Conflict("its password is gone: the task has ended".to_owned()))?;
        let opened = Zeroizing::new(self.access.open(&purpose(task.id), &sealed)?);
        let text = std::str::from_utf8(&opened).map_err(|_| AccessError::Sealed)?;
        Ok(Password::new(text.to_owned()))
    }

    /// How many rows there will be, if that can be counted.
    async fn count(&self, caller: &rollcall_reports::Caller, wish: &FileWish) -> Option<u64> {
        if wish.question != Question::Rows {
            return None;
        }
        let paging = Paging { limit: Some(0), cursor: None };
        self.reports.page(caller, &wish.definition, &paging, self.now()).await.ok().map(|answer| answer.total)
    }

    /// The archive is whole: it gets its name, and only then the task is successful.
    async fn export_is_written(&self, task: &ExportTask, owner: &Principal, scope: &Scope, made: Made) -> Result<Ending> {
        let Made { written, archived, part } = made;
        let stored_as = off_async_threads(move || part.keep()).await?;
        let now = self.now();
        let export = WrittenExport {
            row_scope: json!(scope).to_string(),
            rows: i64::try_from(written.rows).unwrap_or(i64::MAX),
            bytes: i64::try_from(archived.bytes).unwrap_or(i64::MAX),
            sha256: archived.sha256,
            stored_as,
            expires_at: self.export_settings(&task.tenant).await?.value.expiry(now),
        };
        let details = json!({"file_name": task.file_name, "rows": export.rows, "bytes": export.bytes, "sha256": export.sha256});
        let record =
            self.told(task, &Actor::of(owner), now, "Succeeded", format!("Wrote the file of an export task of {}", task.report), details);
        let succeeded = self.control.export_tasks().succeed(&task.tenant, task.id, &export, now, &record).await;
        if !matches!(succeeded, Ok(true)) {
            // It has ended otherwise meanwhile, or nobody knows of this archive.
            self.remove_archive(&task.tenant, &export.stored_as).await;
        }
        if !succeeded? {
            return Ok(Ending::Cancelled);
        }
        self.recorded.notify_one();
        Ok(Ending::Succeeded)
    }

    /// An attempt has failed: there is another one, unless that could not go better.
    async fn export_has_failed(&self, job: &Job, hold: &Hold, error: &DeliveryError) -> Ending {
        if hold.why() == Some(Stop::Cancelled) {
            return Ending::Cancelled;
        }
        let wait = delay(job.attempts.unsigned_abs(), FIRST_DELAY, MOST_DELAY);
        let retry = |error: &DeliveryError| Ending::Retry { at: after(self.now(), wait), error: error.to_string() };
        if hold.why().is_some() {
            return retry(error);
        }
        let found = match job.subject.parse() {
            Ok(id) => self.control.export_tasks().get(&job.tenant, id).await,
            Err(_) => return Ending::from(error),
        };
        let task = match found {
            Ok(Some(task)) => task,
            Ok(None) => return Ending::Cancelled,
            Err(error) => return retry(&error.into()),
        };
        let goes_on = may_go_better(error) && job.attempts < MOST_ATTEMPTS;
        let noted = if goes_on {
            self.control.export_tasks().wait(&task.tenant, task.id).await.map_err(DeliveryError::from).map(|()| retry(error))
        } else {
            tracing::warn!(%error, task = %task.id, "an export task can't be done");
            self.give_export_up(&task, &Actor::system(), for_people(error)).await
        };
        noted.unwrap_or_else(|error| retry(&error))
    }

    async fn give_export_up(&self, task: &ExportTask, actor: &Actor, why: String) -> Result<Ending> {
        let now = self.now();
        let told =
            self.told(task, actor, now, "Failed", format!("An export task of {} has failed", task.report), json!({"owner": task.owner}));
        self.control.export_tasks().fail(&task.tenant, task.id, &why, now, &as_failure(told, &why)).await?;
        self.recorded.notify_one();
        Ok(Ending::Failed { error: why })
    }

    fn told(&self, task: &ExportTask, actor: &Actor, now: Timestamp, activity: &'static str, summary: String, details: Value) -> Record {
        let reading = Reading { entity: ENTITY, activity, instance: Some(task.id.to_string()), summary, details };
        record::reading(&task.tenant, actor, now, reading)
    }
}

/// What becomes of the job of a task that has ended.
fn ended(task: &ExportTask) -> Option<Ending> {
    match task.status {
        ExportStatus::Waiting | ExportStatus::Running => None,
        ExportStatus::Successful | ExportStatus::Expired => Some(Ending::Succeeded),
        ExportStatus::Cancelled => Some(Ending::Cancelled),
        ExportStatus::Failed => Some(Ending::Failed { error: "the task was given up, and its password is gone; make it again".to_owned() }),
    }
}

/// Whether another attempt may go better.
fn may_go_better(error: &DeliveryError) -> bool {
    use DeliveryError as E;
    match error {
        E::Access(AccessError::Sealed) | E::Denied(_) | E::NoRows(_) | E::Invalid { .. } | E::Conflict(_) | E::Unknown { .. } => false,
        E::Report(error) => !matches!(error, rollcall_reports::Error::Definition(_)),
        _ => true,
    }
}

/// Why a task was given up, as its owner is told. What only concerns who keeps the server running stands in the log.
fn for_people(error: &DeliveryError) -> String {
    use DeliveryError as E;
    match error {
        E::Access(AccessError::Sealed | AccessError::NoVault) | E::Denied(_) | E::NoRows(_) | E::Invalid { .. } | E::Conflict(_) => {
            error.to_string()
        }
        E::Report(rollcall_reports::Error::Definition(_)) => error.to_string(),
        E::Write(_) => format!("{error}; {MOST_ATTEMPTS} attempts have failed"),
        _ => format!("the server failed in {MOST_ATTEMPTS} attempts; its log says why"),
    }
}

/// The record of something that has failed.
fn as_failure(record: Record, why: &str) -> Record {
    let Ok(mut event) = serde_json::from_str::<Value>(&record.event) else { return record };
    if let Some(event) = event.as_object_mut() {
        event.insert("outcome".to_owned(), "failure".into());
        event.insert("failure_reason".to_owned(), why.into());
    }
    Record { event: event.to_string(), ..record }
}
