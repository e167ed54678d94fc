//! A folder that is being filled, by a backup or a restore.
//!
//! A mark lies in it from before the first file until everything is there and durable, so that a half is
//! never taken for a whole: neither a ledger nor another backup is made or opened in a folder with it.

use std::fs::{DirBuilder, File};
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};

/// Name of the mark.
const MARK: &str = "unfinished.txt";

/// A folder that is being filled. Dropped without [`Unfinished::finish`], it stays marked.
#[derive(Debug)]
pub struct Unfinished {
    folder: PathBuf,
}

impl Unfinished {
    /// Takes a folder that is missing or empty. `what` is done with it stands in the mark, for people.
    pub fn begin(folder: &Path, what: &str) -> Result<Self> {
        refuse(folder)?;
        DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(|e| Error::file(folder, &e))?;
        let folder = folder.canonicalize().map_err(|e| Error::file(folder, &e))?;
        if std::fs::read_dir(&folder).map_err(|e| Error::file(&folder, &e))?.next().is_some() {
            return Err(Error::NotPossible(format!("expected a folder that is empty or missing, got {}", folder.display())));
        }
        let mark = folder.join(MARK);
        let write = || {
            let mut file = File::options().write(true).create_new(true).mode(0o600).open(&mark)?;
            writeln!(file, "{what} has not finished filling this folder. If it does not run any more, remove the folder and start again.")?;
            file.sync_all()
        };
        write().map_err(|e| Error::file(&mark, &e))?;
        sync(&folder)?;
        folder.parent().map_or(Ok(()), sync)?;
        Ok(Unfinished { folder })
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Everything is in it: makes its own files durable, and takes the mark away.
    pub fn finish(self) -> Result<()> {
        for entry in std::fs::read_dir(&self.folder).map_err(|e| Error::file(&self.folder, &e))? {
            sync(&entry.map_err(|e| Error::file(&self.folder, &e))?.path())?;
        }
        sync(&self.folder)?;
        let mark = self.folder.join(MARK);
        std::fs::remove_file(&mark).map_err(|e| Error::file(&mark, &e))?;
        sync(&self.folder)
    }
}

/// Refuses a folder that is not filled yet.
pub(crate) fn refuse(folder: &Path) -> Result<()> {
    if folder.join(MARK).exists() { Err(Error::Unfinished(folder.to_path_buf())) } else { Ok(()) }
}

/// Makes a file, or the names in a folder, durable.
pub(super) fn sync(path: &Path) -> Result<()> {
    File::open(path).and_then(|handle| handle.sync_all()).map_err(|e| Error::file(path, &e))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_marked_until_it_is_finished() {
        let root = std::env::temp_dir().join(format!("rollcall-{}", uuid::Uuid::new_v4()));
        let folder = root.join("new");
        let begun = Unfinished::begin(&folder, "A backup").unwrap();
        assert!(matches!(refuse(&folder), Err(Error::Unfinished(_))));
        assert!(matches!(Unfinished::begin(&folder, "Another"), Err(Error::Unfinished(_))));
        std::fs::write(folder.join("ledger.db"), "rows").unwrap();
        begun.finish().unwrap();
        refuse(&folder).unwrap();
        let error = Unfinished::begin(&folder, "Another").unwrap_err().to_string();
        assert!(error.contains("empty or missing"), "{error}");
        std::fs::remove_dir_all(root).unwrap();
    }
}
