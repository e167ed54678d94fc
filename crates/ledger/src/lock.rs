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
    _file: File,
}

impl FolderLock {
    /// Takes the folder, or says that somebody else has it.
    pub(crate) fn take(folder: &Path) -> Result<Self> {
        let path = folder.join(NAME);
        let file = File::options().create(true).truncate(false).write(true).mode(0o600).open(&path).map_err(|e| Error::file(&path, &e))?;
        match file.try_lock() {
            Ok(()) => Ok(FolderLock { _file: file }),
            Err(TryLockError::WouldBlock) => Err(Error::Locked(folder.to_path_buf())),
            Err(TryLockError::Error(error)) => Err(Error::file(&path, &error)),
        }
    }
}
