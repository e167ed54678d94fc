//! Export tasks: reports that are written into an archive with a password, in the background.
//!
//! - [`password`]: which passwords are taken; [`settings`]: what a tenant has set about it
//! - [`archive`]: a report as an encrypted ZIP; [`store`]: where archives lie, and what may be removed there
//! - [`work`]: how a task is done; [`expiry`]: what has had its time
//!
//! The password stands encrypted in the task's row until the task ends, in whichever way. Whose rows an archive holds is
//! decided by the rights of its owner when it is written; who fetches it must be allowed to see as much.

mod archive;
mod expiry;
mod password;
mod settings;
mod store;
mod wish;
mod work;

use rollcall_access::record::{self, Actor, Change, Reading};
use rollcall_access::report_rights::rows_of;
use rollcall_access::{Permission, Principal, allows};
use rollcall_control::export_tasks::NewExport;
pub use rollcall_control::export_tasks::{ExportStatus, ExportTask};
use rollcall_control::jobs::NewJob;
use rollcall_model::Scope;
use rollcall_reports::Definition;
use serde_json::{Map, Value, json};
use uuid::Uuid;

pub use archive::Archived;
pub use password::{Password, PasswordRule, Refusal};
pub use settings::ExportSettings;
pub(crate) use work::Exporting;

use crate::error::{DeliveryError, Result};
use crate::file::Asked;
use crate::service::Delivery;

/// What the record calls one.
const ENTITY: &str = "Export Task";
/// The kind of its jobs.
pub const JOB: &str = "export";
/// Most tasks of one owner that have not ended.
const MOST_OPEN: u64 = 20;
/// Most tasks of one list.
const MAX_LISTED: u64 = 1_000;
/// Largest definition, in bytes. The record of a change holds it.
const MAX_DEFINITION_BYTES: usize = 16 * 1024;

/// A task that is to be made.
#[derive(Debug, Clone)]
pub struct ExportWish {
    /// The report definition, as it came.
    pub definition: Map<String, Value>,
    /// What is asked of it, and how it is told.
    pub asked: Asked,
    /// The password of the archive.
    pub password: Password,
}

/// A task, and how far it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Export {
    /// The task.
    pub task: ExportTask,
    /// How far it is while it runs: `rows`, and their `total` once it is known.
    pub progress: Option<Value>,
}

/// An archive that can be fetched.
#[derive(Debug)]
pub struct Fetched {
    /// The task.
    pub task: ExportTask,
    /// Name for the archive where it is fetched to.
    pub name: String,
    /// The archive.
    pub file: std::fs::File,
    /// Its size.
    pub bytes: u64,
}

impl Delivery {
    /// All reasons not to take a password for a task of the caller's tenant.
    pub async fn check_export_password(&self, by: &Principal, password: &Password) -> Result<(PasswordRule, Vec<Refusal>)> {
        let rule = self.export_settings(&by.tenant).await?.value.password_rule;
        Ok((rule, rule.check(password)))
    }

    /// Makes a task. Refuses what its owner may not have as a file, and what could not be written.
    pub async fn create_export(&self, by: &Principal, wish: ExportWish) -> Result<Export> {
        let ExportWish { definition: mut members, asked, password } = wish;
        let definition = Definition::parse(Value::Object(members.clone()))?;
        let now = self.now();
        definition.resolve(now)?;
        members.insert("report".to_owned(), definition.report.name().into());
        let report = definition.report.name();
        rows_of(by, report, true)?;
        let file = asked.of(definition)?;
        let text = Value::Object(members.clone()).to_string();
        if text.len() > MAX_DEFINITION_BYTES {
            let reason = format!("expected at most {MAX_DEFINITION_BYTES} bytes; got {}", text.len());
            return Err(DeliveryError::invalid("definition", reason));
        }
        let (rule, refusals) = self.check_export_password(by, &password).await?;
        if !refusals.is_empty() {
            let reasons: Vec<String> = refusals.into_iter().map(|refusal| refusal.message).collect();
            return Err(DeliveryError::invalid("password", format!("{} (the rule: {})", reasons.join("; "), rule.told())));
        }
        let id = Uuid::now_v7();
        let task = NewExport {
            id,
            tenant: by.tenant.clone(),
            owner: by.id(),
            created_by_name: by.name.clone(),
            report: report.to_owned(),
            definition: text,
            wish: json!(asked).to_string(),
            file_name: file.name(),
            password: self.access.seal(&purpose(id), password.expose().as_bytes())?,
            created_at: now,
        };
        let job = NewJob { tenant: by.tenant.clone(), kind: JOB.to_owned(), subject: id.to_string(), run_at: now, created_at: now };
        let change = Change {
            entity: ENTITY,
            activity: "Created",
            instance: id.to_string(),
            summary: format!("Made an export task of {report}"),
            before: None,
            after: Some(json!({"definition": members, "asked": asked, "file_name": task.file_name})),
        };
        let record = record::change(&by.tenant, &Actor::of(by), now, change);
        if !self.control.export_tasks().create(&task, &job, MOST_OPEN, &[record]).await? {
            return Err(DeliveryError::Conflict(format!(
                "{MOST_OPEN} of your export tasks have not ended yet; wait for one of them, or cancel it"
            )));
        }
        self.recorded.notify_one();
        self.wake();
        self.export(by, id).await
    }

    /// The caller's tasks, or those of everybody, the newest first: at most `limit`, of those made before another.
    pub async fn exports(&self, by: &Principal, all: bool, before: Option<Uuid>, limit: u64) -> Result<Vec<Export>> {
        if all {
            allows(by, Permission::SavedReportsManageOthers)?;
        }
        let before = match before {
            Some(id) => Some(self.visible_export(by, id).await?),
            None => None,
        };
        let owner = by.id();
        let owner = (!all).then_some(owner.as_str());
        let tasks = self.control.export_tasks().list(&by.tenant, owner, before.as_ref(), limit.min(MAX_LISTED)).await?;
        let mut told = Vec::with_capacity(tasks.len());
        for task in tasks {
            told.push(self.with_progress(task).await?);
        }
        Ok(told)
    }

    /// A task that the caller may know of.
    pub async fn export(&self, by: &Principal, id: Uuid) -> Result<Export> {
        let task = self.visible_export(by, id).await?;
        self.with_progress(task).await
    }

    /// Stops a task that has not ended.
    pub async fn cancel_export(&self, by: &Principal, id: Uuid) -> Result<Export> {
        let (task, now) = (self.visible_export(by, id).await?, self.now());
        let change = Change {
            entity: ENTITY,
            activity: "Cancelled",
            instance: id.to_string(),
            summary: format!("Cancelled an export task of {}", task.report),
            before: Some(json!({"status": task.status.as_str(), "owner": task.owner})),
            after: Some(json!({"status": ExportStatus::Cancelled.as_str()})),
        };
        let record = record::change(&by.tenant, &Actor::of(by), now, change);
        if !self.control.export_tasks().cancel(&by.tenant, id, JOB, now, &record).await? {
            let present = self.visible_export(by, id).await?.status.as_str();
            return Err(DeliveryError::Conflict(format!("the task is {present}; one that waits or runs can be cancelled")));
        }
        self.recorded.notify_one();
        self.export(by, id).await
    }

    /// Deletes a task with its archive; one that has not ended is stopped.
    pub async fn delete_export(&self, by: &Principal, id: Uuid) -> Result<()> {
        let task = self.visible_export(by, id).await?;
        let change = Change {
            entity: ENTITY,
            activity: "Deleted",
            instance: id.to_string(),
            summary: format!("Deleted an export task of {}", task.report),
            before: Some(json!({"status": task.status.as_str(), "owner": task.owner, "file_name": task.file_name})),
            after: None,
        };
        let record = record::change(&by.tenant, &Actor::of(by), self.now(), change);
        let task = self.control.export_tasks().delete(&by.tenant, id, JOB, &record).await?;
        self.recorded.notify_one();
        if let Some(name) = &task.stored_as {
            self.remove_archive(&task.tenant, name).await;
        }
        Ok(())
    }

    /// The archive of a task, for somebody who may see all that is in it. Records that they have it.
    pub async fn fetch_export(&self, by: &Principal, id: Uuid) -> Result<Fetched> {
        let (task, now) = (self.visible_export(by, id).await?, self.now());
        let scope = rows_of(by, &task.report, true)?;
        let stored_as = match (&task.stored_as, task.status) {
            (Some(name), ExportStatus::Successful) if task.expires_at.is_none_or(|at| at > now) => name.clone(),
            (_, ExportStatus::Successful | ExportStatus::Expired) => {
                return Err(DeliveryError::Conflict("the file has expired and is removed; make the task again".to_owned()));
            }
            (_, status) => {
                return Err(DeliveryError::Conflict(format!("the task is {}; there is a file when it is successful", status.as_str())));
            }
        };
        if !shows_all_of(&scope, task.row_scope.as_deref()) {
            return Err(DeliveryError::OtherRows);
        }
        let path = self.exports_folder(&task.tenant).join(stored_as);
        let opened = archive::off_async_threads(move || {
            let file = match std::fs::File::open(&path) {
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                    // As in a store that was made out of a backup.
                    return Err(DeliveryError::Conflict("the file is gone from the server; make the task again".to_owned()));
                }
                opened => opened.map_err(store::failed("opening", &path))?,
            };
            let bytes = file.metadata().map_err(store::failed("opening", &path))?.len();
            Ok((file, bytes))
        });
        let (file, bytes) = opened.await?;
        let reading = Reading {
            entity: ENTITY,
            activity: "Downloaded",
            instance: Some(id.to_string()),
            summary: format!("Downloaded an export task of {}", task.report),
            details: json!({"owner": task.owner, "file_name": task.file_name, "rows": task.rows, "bytes": bytes, "sha256": task.sha256}),
        };
        self.record(&record::reading(&by.tenant, &Actor::of(by), now, reading)).await?;
        let name = format!("{}.zip", task.file_name.rsplit_once('.').map_or(task.file_name.as_str(), |(stem, _)| stem));
        Ok(Fetched { task, name, file, bytes })
    }

    async fn visible_export(&self, by: &Principal, id: Uuid) -> Result<ExportTask> {
        let found = self.control.export_tasks().get(&by.tenant, id).await?;
        let is_visible = |task: &ExportTask| task.owner == by.id() || allows(by, Permission::SavedReportsManageOthers).is_ok();
        found.filter(is_visible).ok_or_else(|| DeliveryError::unknown("export task", id))
    }

    async fn with_progress(&self, mut task: ExportTask) -> Result<Export> {
        if task.status == ExportStatus::Successful && task.expires_at.is_some_and(|at| at <= self.now()) {
            // Its file is removed with the next look at what has had its time.
            task.status = ExportStatus::Expired;
        }
        if task.status != ExportStatus::Running {
            return Ok(Export { task, progress: None });
        }
        let job = self.control.jobs().about(&task.tenant, JOB, &task.id.to_string()).await?;
        let progress = job.and_then(|job| job.progress).and_then(|progress| serde_json::from_str(&progress).ok());
        Ok(Export { task, progress })
    }
}

/// What a task's password is encrypted for.
fn purpose(task: Uuid) -> String {
    format!("password of export task {task}")
}

/// Whether somebody of this scope may see all rows that are in an archive.
fn shows_all_of(scope: &Scope, of_archive: Option<&str>) -> bool {
    let of_archive = of_archive.and_then(|text| serde_json::from_str::<Scope>(text).ok());
    match (scope, of_archive) {
        (Scope::All, _) => true,
        (scope, Some(Scope::Parts(parts))) => match scope {
            Scope::Parts(has) => parts.iter().all(|part| has.contains(part)),
            _ => false,
        },
        (scope, Some(of_archive)) => *scope == of_archive,
        (_, None) => false,
    }
}

#[cfg(test)]
mod tests {
    use rollcall_model::scope::ScopePart;

    use super::*;

    #[test]
    fn an_archive_is_for_those_who_may_see_all_that_is_in_it() {
        let part = |branch: &str| ScopePart { hierarchies: vec![branch.to_owned()], ..ScopePart::default() };
        let parts = |branches: &[&str]| Scope::Parts(branches.iter().map(|branch| part(branch)).collect());
        let shows = |scope: &Scope, archive: &Scope| shows_all_of(scope, Some(&json!(archive).to_string()));
        assert!(shows(&Scope::All, &parts(&["North"])) && shows(&Scope::All, &Scope::All));
        assert!(shows(&parts(&["North", "South"]), &parts(&["South"])));
        assert!(!shows(&parts(&["North"]), &parts(&["North", "South"])));
        assert!(!shows(&parts(&["North"]), &Scope::All) && !shows(&Scope::Nothing, &parts(&["North"])));
        assert!(!shows_all_of(&parts(&["North"]), None));
    }
}
