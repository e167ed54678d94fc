//! The file of a run, in the folder of files that wait to be fetched.
//!
//! It is written beside its name, brought to the disk, and then put there: under its name it is whole. As it is of one
//! moment of knowledge, it can be written once more and is the same.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use rollcall_control::schedules::{Run, Written};
use rollcall_model::Scope;
use rollcall_model::time::MICROS_PER_DAY;
use serde_json::json;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::settings::Frozen;
use crate::error::{DeliveryError, Result};
use crate::file::Progress;
use crate::jobs::Hold;
use crate::service::Delivery;

/// For so long the file of a run is kept.
const KEPT_MICROS: i64 = 35 * MICROS_PER_DAY;
/// How often it is said how far a file is.
const TELL_EVERY: std::time::Duration = std::time::Duration::from_secs(2);

/// A file with its digest.
struct Hashing {
    file: File,
    digest: Sha256,
}

impl Write for Hashing {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.digest.update(bytes.get(..written).unwrap_or_default());
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Delivery {
    /// Where the file of a run is or will be.
    pub(super) fn run_path(&self, run: &Run, name: &str) -> PathBuf {
        self.options.files.join(run.tenant.as_str()).join("runs").join(name)
    }

    /// Writes the file of a run with the rows that its owner may have, known at a seq.
    pub(super) async fn write_run(
        &self,
        run: &Run,
        frozen: &Frozen,
        scope: &Scope,
        (seq, missing): (i64, Option<String>),
        hold: &Hold,
    ) -> Result<Written> {
        let wish = frozen.wish(seq)?;
        let name = format!("{}.{}", run.id, wish.style.format.extension());
        let (path, part) = (self.run_path(run, &name), self.run_path(run, &format!("{name}.{}.part", Uuid::now_v7())));
        let sink = blocking({
            let (part, run) = (part.clone(), run.id);
            move || begin(&part, run)
        })
        .await?;
        let caller = self.asking(&run.tenant, scope.clone()).await?;
        let progress = Progress::stopping(hold.token().clone());
        let writing = self.write_file(&caller, &wish, self.now(), sink, &progress);
        let (written, sink) = Box::pin(telling(writing, &progress, hold)).await?;
        if hold.why().is_some() {
            return Err(DeliveryError::Stopped);
        }
        let sha256 = blocking(move || end(sink, &part, &path)).await?;
        Ok(Written {
            file: name,
            until: self.now().plus_micros(KEPT_MICROS),
            rows: i64::try_from(written.rows).unwrap_or(i64::MAX),
            bytes: i64::try_from(written.bytes).unwrap_or(i64::MAX),
            sha256,
            seq,
            scope: json!(scope).to_string(),
            missing,
        })
    }

    /// Removes files that are kept no longer.
    pub(super) async fn clear_runs(&self) -> Result<()> {
        for run in self.control.runs().to_clear(self.now(), 100).await? {
            if let Some(name) = &run.file {
                let path = self.run_path(&run, name);
                blocking(move || match fs::remove_file(&path) {
                    Err(error) if error.kind() != io::ErrorKind::NotFound => Err(at("removing it", &path)(error)),
                    _ => Ok(()),
                })
                .await?;
            }
            self.control.runs().cleared(&run.tenant, run.id).await?;
        }
        Ok(())
    }
}

/// Waits for a file, and says meanwhile how far it is.
async fn telling<T>(writing: impl Future<Output = Result<T>>, progress: &Progress, hold: &Hold) -> Result<T> {
    let mut writing = std::pin::pin!(writing);
    loop {
        tokio::select! {
            written = &mut writing => return written,
            () = tokio::time::sleep(TELL_EVERY) => hold.tell(&json!({"rows": progress.rows()})),
        }
    }
}

/// Begins a file, and removes what earlier attempts have left.
fn begin(part: &Path, run: Uuid) -> Result<Hashing> {
    let folder = part.parent().unwrap_or(part);
    fs::create_dir_all(folder).map_err(at("making the folder", folder))?;
    for left in fs::read_dir(folder).map_err(at("reading the folder", folder))?.flatten() {
        let name = left.file_name();
        let name = name.to_string_lossy();
        if name.starts_with(&run.to_string()) && name.ends_with(".part") {
            fs::remove_file(left.path()).map_err(at("removing what is left of it", &left.path()))?;
        }
    }
    let file = File::create_new(part).map_err(at("making the file", part))?;
    Ok(Hashing { file, digest: Sha256::new() })
}

/// Brings a file to the disk and under its name. Answers its digest.
fn end(sink: Hashing, part: &Path, path: &Path) -> Result<String> {
    sink.file.sync_all().map_err(at("writing it to the disk", part))?;
    fs::rename(part, path).map_err(at("giving it its name", path))?;
    if let Some(folder) = path.parent() {
        File::open(folder).and_then(|folder| folder.sync_all()).map_err(at("writing the folder to the disk", folder))?;
    }
    Ok(sink.digest.finalize().iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}")))
}

fn at(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> DeliveryError + use<> {
    let path = path.to_path_buf();
    move |source| DeliveryError::File { doing, path, source }
}

/// Does what waits for the disk, beside what is asynchronous.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|error| DeliveryError::Write(format!("the thread of the file ended early: {error}")))?
}
