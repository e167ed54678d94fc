//! Orphans: files that a step wrote and never committed. Nobody sees them, and they take room.
//!
//! They are looked for when a folder is opened, and after a failed step, while nothing else writes files.
//! Only a file that bears a name of ours and that no snapshot, old or new, has ever named is removed.

use std::collections::HashSet;
use std::path::Path;

use crate::error::{Error, Result};
use crate::lake::write::Class;

/// Removes the orphans of a table's folder. `named` are the paths below it that the catalogue names.
pub(crate) fn sweep(table_folder: &Path, named: &HashSet<String>) -> Result<usize> {
    let mut removed = 0;
    for path in files(table_folder)? {
        let Some(below) = path.strip_prefix(table_folder).ok().and_then(Path::to_str) else { continue };
        let ours = below.ends_with(".parquet") && Class::of_path(below).is_some();
        if ours && !named.contains(below) {
            std::fs::remove_file(&path).map_err(|e| Error::file(&path, &e))?;
            removed += 1;
        }
    }
    Ok(removed)
}

fn files(folder: &Path) -> Result<Vec<std::path::PathBuf>> {
    let mut found = Vec::new();
    if !folder.is_dir() {
        return Ok(found);
    }
    for entry in std::fs::read_dir(folder).map_err(|e| Error::file(folder, &e))? {
        let path = entry.map_err(|e| Error::file(folder, &e))?.path();
        if path.is_dir() {
            found.extend(files(&path)?);
        } else {
            found.push(path);
        }
    }
    Ok(found)
}
