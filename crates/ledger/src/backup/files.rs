//! The lake's files, copied one by one and made durable.
//!
//! They are read and written here rather than by the system's copy, which shares blocks between original and
//! copy where the file system can: a block that goes bad would take both.

use std::collections::BTreeSet;
use std::fs::{DirBuilder, File};
use std::io::{ErrorKind, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Component, Path, PathBuf};

use super::folder::sync;
use crate::error::{Error, Result};

/// Bytes that are read at once.
const BLOCK_BYTES: usize = 1024 * 1024;

/// A file of the lake.
#[derive(Debug, Clone)]
pub(super) struct LakeFile {
    /// Path below the lake's folder.
    pub(super) path: String,
    /// Its length, as the catalogue says.
    pub(super) bytes: u64,
}

/// How much was copied.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Tally {
    pub(super) files: u64,
    pub(super) bytes: u64,
    pub(super) linked: u64,
}

/// Files on their way from one lake's folder to another's.
pub(super) struct Copying {
    from: PathBuf,
    to: PathBuf,
    /// The lake's folder of an earlier backup.
    links: Option<PathBuf>,
    folders: BTreeSet<PathBuf>,
    tally: Tally,
}

impl Copying {
    pub(super) fn new(from: &Path, to: &Path, links: Option<PathBuf>) -> Result<Self> {
        let mut copying =
            Copying { from: from.to_path_buf(), to: to.to_path_buf(), links, folders: BTreeSet::new(), tally: Tally::default() };
        copying.make_folder(to)?;
        Ok(copying)
    }

    /// Copies a file, or links it from the earlier backup.
    pub(super) fn add(mut self, file: &LakeFile) -> Result<Self> {
        let below = Path::new(&file.path);
        if !below.components().all(|part| matches!(part, Component::Normal(_))) {
            return Err(Error::Corrupt(format!("the catalogue names a file {:?}, which is not below the lake's folder", file.path)));
        }
        let target = self.to.join(below);
        self.make_folder(target.parent().unwrap_or(&self.to).to_path_buf().as_path())?;
        if self.link(below, &target, file.bytes)? {
            self.tally.linked += 1;
        } else {
            copy(&self.from.join(below), &target, file.bytes)?;
        }
        self.tally.files += 1;
        self.tally.bytes += file.bytes;
        Ok(self)
    }

    /// Makes the names of all files durable.
    pub(super) fn finish(self) -> Result<Tally> {
        self.folders.iter().try_for_each(|folder| sync(folder))?;
        Ok(self.tally)
    }

    /// A file never changes, and its name is never used again: one of that name and length is the same.
    fn link(&self, below: &Path, target: &Path, bytes: u64) -> Result<bool> {
        let Some(earlier) = self.links.as_ref().map(|folder| folder.join(below)) else { return Ok(false) };
        if !std::fs::metadata(&earlier).is_ok_and(|found| found.is_file() && found.len() == bytes) {
            return Ok(false);
        }
        match std::fs::hard_link(&earlier, target) {
            Ok(()) => Ok(true),
            // On another file system, or one without links, or with too many: a copy does as well.
            Err(error) if matches!(error.kind(), ErrorKind::CrossesDevices | ErrorKind::Unsupported | ErrorKind::TooManyLinks) => Ok(false),
            Err(error) if error.kind() == ErrorKind::PermissionDenied => Ok(false),
            Err(error) => Err(Error::file(target, &error)),
        }
    }

    fn make_folder(&mut self, folder: &Path) -> Result<()> {
        if self.folders.contains(folder) {
            return Ok(());
        }
        DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(|e| Error::file(folder, &e))?;
        let inside = folder.ancestors().take_while(|ancestor| ancestor.starts_with(&self.to));
        self.folders.extend(inside.map(Path::to_path_buf));
        Ok(())
    }
}

/// Copies a file whose length is known, and makes its bytes durable.
fn copy(from: &Path, to: &Path, bytes: u64) -> Result<()> {
    let mut reading = File::open(from).map_err(|error| match error.kind() {
        ErrorKind::NotFound => Error::Corrupt(format!("the lake's file {} is missing; rollcall fsck tells what else is", from.display())),
        _ => Error::file(from, &error),
    })?;
    let mut writing = File::options().write(true).create_new(true).mode(0o600).open(to).map_err(|e| Error::file(to, &e))?;
    let mut block = vec![0_u8; BLOCK_BYTES];
    let mut copied = 0_u64;
    loop {
        let length = reading.read(&mut block).map_err(|e| Error::file(from, &e))?;
        let Some(read) = block.get(..length).filter(|read| !read.is_empty()) else { break };
        writing.write_all(read).map_err(|e| Error::file(to, &e))?;
        copied += length as u64;
    }
    if copied != bytes {
        return Err(Error::Corrupt(format!(
            "the lake's file {} has {copied} bytes, expected {bytes}; rollcall fsck tells what else is wrong",
            from.display()
        )));
    }
    writing.sync_all().map_err(|e| Error::file(to, &e))
}
