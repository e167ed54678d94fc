//! What a data folder takes on disk, and copies of it.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// Size of the blocks in which Linux counts what a file takes.
const BLOCK: u64 = 512;

/// Bytes that the files of a data folder take on disk, by kind of file.
pub(crate) fn bytes_by_kind(data: &Path) -> Result<BTreeMap<String, u64>> {
    let mut bytes = BTreeMap::new();
    for path in files(data)? {
        // A server or a command may tidy up meanwhile.
        let Ok(metadata) = fs::metadata(&path) else { continue };
        *bytes.entry(kind(path.strip_prefix(data)?)).or_default() += metadata.blocks() * BLOCK;
    }
    Ok(bytes)
}

/// What is in a file, by its place: `lake/<tenant>/<table>/<day>/<class>-<id>.parquet`, or a database with
/// its log.
fn kind(path: &Path) -> String {
    let parts: Vec<&str> = path.iter().filter_map(|part| part.to_str()).collect();
    let name = parts.last().copied().unwrap_or_default();
    match parts.as_slice() {
        ["lake", _, table, ..] => format!("lake: {table}, {}", name.split('-').next().unwrap_or(name)),
        [_] if name.starts_with("ledger.db") => "journal and catalogue".to_owned(),
        [_] if name.starts_with("control.db") => "control database".to_owned(),
        _ => "other".to_owned(),
    }
}

/// Copies a folder that nobody writes to.
pub(crate) fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to).with_context(|| to.display().to_string())?;
    for path in files(from)? {
        let target = to.join(path.strip_prefix(from)?);
        if let Some(parent) = target.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::copy(&path, &target).with_context(|| format!("copying {}", path.display()))?;
    }
    Ok(())
}

/// All regular files below a folder.
fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).with_context(|| folder.display().to_string())? {
            let entry = entry?;
            let kind = entry.file_type()?;
            if kind.is_dir() {
                folders.push(entry.path());
            } else if kind.is_file() {
                found.push(entry.path());
            }
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_told_apart_by_what_they_hold() {
        let kind = |path: &str| kind(Path::new(path));
        assert_eq!(kind("lake/default/events/year=2025/month=11/day=3/access-0198.parquet"), "lake: events, access");
        assert_eq!(kind("lake/default/sessions/open/open-0198.parquet"), "lake: sessions, open");
        assert_eq!(kind("ledger.db-wal"), "journal and catalogue");
        assert_eq!(kind("control.db"), "control database");
        assert_eq!(kind("imports/0198.json"), "other");
    }

    #[test]
    fn a_copy_takes_as_much_as_its_original() {
        let root = tempfile::tempdir().unwrap();
        let lake = root.path().join("a/lake/default/events/year=2025");
        fs::create_dir_all(&lake).unwrap();
        fs::write(lake.join("access-1.parquet"), vec![1; 10_000]).unwrap();
        fs::write(root.path().join("a/ledger.db"), vec![2; 5_000]).unwrap();
        copy(&root.path().join("a"), &root.path().join("b")).unwrap();
        assert_eq!(fs::read(root.path().join("b/ledger.db")).unwrap(), vec![2; 5_000]);
        let bytes = bytes_by_kind(&root.path().join("b")).unwrap();
        assert!(bytes["lake: events, access"] >= 10_000 && bytes["journal and catalogue"] >= 5_000, "{bytes:?}");
    }
}
