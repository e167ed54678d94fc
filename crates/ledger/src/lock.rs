//! One process owns a data folder.

use std::fs::{File, TryLockError};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use crate::error::{Error, Result};

/// Name of the file that is locked.
const NAME: &str = "rollcall.lock";

/// Ownership of a folder. The system lets go of it when the process ends, however it ends.
#[derive(Debug)]
pub(crate) struct FolderLock {
    file: File,
}

impl FolderLock {
    /// Takes the folder, or says that somebody else has it.
    pub(crate) fn take(folder: &Path) -> Result<Self> {
        let path = folder.join(NAME);
        let file = File::options().create(true).truncate(false).write(true).mode(0o600).open(&path).map_err(|e| Error::file(&path, &e))?;
        match file.try_lock() {
            Ok(()) => Ok(FolderLock { file }),
            Err(TryLockError::WouldBlock) => Err(Error::Locked(folder.to_path_buf())),
            Err(TryLockError::Error(error)) => Err(Error::file(&path, &error)),
        }
    }
}

impl Drop for FolderLock {
    /// Says so, rather than leave it to the file's closing: a program that this process is just starting has a copy of
    /// every open file for a moment, and the lock would last as long as the copy.
    fn drop(&mut self) {
        if let Err(error) = self.file.unlock() {
            tracing::warn!(%error, "the data folder stays locked until this process ends");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_lets_go_of_a_folder_leaves_it_free_whoever_has_a_copy_of_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let lock = FolderLock::take(folder.path()).unwrap();
        assert!(matches!(FolderLock::take(folder.path()), Err(Error::Locked(_))));
        let copy = lock.file.try_clone().unwrap();
        drop(lock);
        assert!(FolderLock::take(folder.path()).is_ok());
        drop(copy);
    }
}
