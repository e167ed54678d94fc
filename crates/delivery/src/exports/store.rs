//! The archives in the folder of files: a folder for each tenant, readable by Rollcall alone.
//!
//! An archive is written into a part file of one attempt, whose name nothing else has, and renamed once it is whole and on
//! the disk. Only the name that stands in a task's row is its archive; what no row names was left behind.

use std::fs::{DirBuilder, File};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use rollcall_control::export_tasks::ExportTask;
use rollcall_model::TenantId;
use uuid::Uuid;

use super::archive::off_async_threads;
use crate::error::{DeliveryError, Result};
use crate::service::Delivery;

/// Folder of the archives, in that of a tenant.
const FOLDER: &str = "exports";
/// How a file ends that is being written.
const PART: &str = ".part";
/// How an archive ends.
const ARCHIVE: &str = ".zip";
/// What is younger may be about to be named by a task, by whichever node.
const LEFTOVER_AFTER: Duration = Duration::from_secs(120);

/// A file that is being written. It is removed unless it is kept.
#[derive(Debug)]
pub(super) struct PartFile {
    file: File,
    path: PathBuf,
    name: String,
    is_kept: bool,
}

impl PartFile {
    /// One of a new attempt at a task.
    pub(super) fn new(folder: &Path, task: Uuid) -> Result<Self> {
        let made = DirBuilder::new().recursive(true).mode(0o700).create(folder);
        made.map_err(failed("making the folder", folder))?;
        let name = format!("{task}-{}", Uuid::new_v4().simple());
        let path = folder.join(format!("{name}{PART}"));
        let file = File::options().create_new(true).write(true).mode(0o600).open(&path).map_err(failed("making the file", &path))?;
        Ok(PartFile { file, path, name: format!("{name}{ARCHIVE}"), is_kept: false })
    }

    /// It is whole: it gets its name once it is on the disk. Answers the name.
    pub(super) fn keep(mut self) -> Result<String> {
        self.file.sync_all().map_err(failed("writing to the disk", &self.path))?;
        let folder = self.path.parent().unwrap_or(Path::new("."));
        std::fs::rename(&self.path, folder.join(&self.name)).map_err(failed("renaming", &self.path))?;
        self.is_kept = true;
        File::open(folder).and_then(|folder| folder.sync_all()).map_err(failed("writing to the disk", folder))?;
        Ok(std::mem::take(&mut self.name))
    }
}

impl Write for PartFile {
    fn write(&mut self, piece: &[u8]) -> io::Result<usize> {
        self.file.write(piece)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Drop for PartFile {
    fn drop(&mut self) {
        if !self.is_kept {
            // What stays is seen to later, as leftovers are.
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

impl Delivery {
    /// The folder of a tenant's archives.
    pub(super) fn exports_folder(&self, tenant: &TenantId) -> PathBuf {
        self.options.files.join(tenant.as_str()).join(FOLDER)
    }

    /// Removes an archive. One that is gone already is fine; one that can't be removed now is a leftover from then on.
    pub(super) async fn remove_archive(&self, tenant: &TenantId, name: &str) {
        let path = self.exports_folder(tenant).join(name);
        let removed = off_async_threads(move || match std::fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(failed("removing", &path)(error)),
            _ => Ok(()),
        });
        if let Err(error) = removed.await {
            tracing::warn!(%error, "an archive can't be removed now; it is tried again");
        }
    }

    /// Removes what was left behind: by attempts that have ended early, and of tasks that are gone.
    pub(super) async fn remove_leftovers(&self) -> Result<()> {
        let files = self.options.files.clone();
        for (tenant, name) in off_async_threads(move || old_files(&files)).await? {
            // The files were listed first: a task that is made now has none among them.
            let task = match task_of(&name) {
                Some(id) => self.control.export_tasks().get(&tenant, id).await?,
                None => continue,
            };
            if is_leftover(task.as_ref(), &name) {
                tracing::info!(%tenant, file = %name, "removing what an export task has left behind");
                self.remove_archive(&tenant, &name).await;
            }
        }
        Ok(())
    }
}

/// Whether a file belongs to no task that could still name it.
fn is_leftover(task: Option<&ExportTask>, name: &str) -> bool {
    task.is_none_or(|task| !task.status.is_open() && task.stored_as.as_deref() != Some(name))
}

/// The task that a file's name begins with, if it is one of these files.
fn task_of(name: &str) -> Option<Uuid> {
    let stem = name.strip_suffix(PART).or_else(|| name.strip_suffix(ARCHIVE))?;
    stem.get(..36)?.parse().ok()
}

/// Every tenant's files that are not of the last moments.
fn old_files(files: &Path) -> Result<Vec<(TenantId, String)>> {
    let mut old = Vec::new();
    for tenant in entries(files)? {
        let Some(id) = tenant.file_name().to_str().and_then(|name| TenantId::new(name).ok()) else { continue };
        for file in entries(&tenant.path().join(FOLDER))? {
            let is_old = file
                .metadata()
                .and_then(|metadata| metadata.modified())
                .is_ok_and(|at| SystemTime::now().duration_since(at).is_ok_and(|age| age >= LEFTOVER_AFTER));
            if let Some(name) = file.file_name().to_str().filter(|_| is_old) {
                old.push((id.clone(), name.to_owned()));
            }
        }
    }
    Ok(old)
}

fn entries(folder: &Path) -> Result<Vec<std::fs::DirEntry>> {
    match std::fs::read_dir(folder) {
        Ok(entries) => entries.collect::<io::Result<_>>().map_err(failed("listing", folder)),
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => Ok(Vec::new()),
        Err(error) => Err(failed("listing", folder)(error)),
    }
}

pub(super) fn failed(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> DeliveryError {
    let path = path.to_path_buf();
    move |source| DeliveryError::File { doing, path, source }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_part_file_gets_its_name_once_it_is_whole_and_is_its_owners_alone() {
        let root = tempfile::tempdir().unwrap();
        let (folder, task) = (root.path().join("a/exports"), Uuid::now_v7());
        let mut part = PartFile::new(&folder, task).unwrap();
        part.write_all(b"half").unwrap();
        assert_eq!(entries(&folder).unwrap().len(), 1);
        drop(part);
        assert!(entries(&folder).unwrap().is_empty(), "what is not kept is removed");
        let mut part = PartFile::new(&folder, task).unwrap();
        part.write_all(b"whole").unwrap();
        let name = part.keep().unwrap();
        assert_eq!(std::fs::read(folder.join(&name)).unwrap(), b"whole");
        assert_eq!(task_of(&name), Some(task));
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&folder.join(&name)), mode(&folder)), (0o600, 0o700));
    }

    #[test]
    fn other_files_are_left_alone() {
        for name in ["readme.txt", "x.zip", "0.part", ".zip"] {
            assert_eq!(task_of(name), None, "{name}");
        }
    }
}
