//! How far a file has been acknowledged, kept beside the store so that the next import of it goes on there.
//!
//! A [`Mark`] names a number of bytes and their digest: a file that begins with the same bytes has come that
//! far, whether the import was interrupted or the file has grown since. It also says where the last batch
//! before it began. That batch is sent once more: if the store does not know it, it is not the store that
//! acknowledged it, and everything is sent.
//!
//! A checkpoint that is lost or can't be read costs time and nothing else.

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// Checkpoints that nobody has come back to for that long are removed.
const KEPT: Duration = Duration::from_secs(90 * 24 * 3_600);

/// A place in a file up to which all records were acknowledged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Mark {
    /// Where the last batch before it began.
    pub(crate) batch_start: u64,
    /// Bytes before it, decompressed.
    pub(crate) bytes: u64,
    /// XXH3-128 of those bytes: it notices another file, and costs next to nothing.
    pub(crate) xxh3_128: String,
}

/// What makes two imports the same one, apart from the bytes.
#[derive(Debug, Clone)]
pub(crate) struct Identity<'a> {
    /// The file.
    pub(crate) path: &'a Path,
    /// The store, if that is not the one beside the checkpoints.
    pub(crate) url: Option<&'a str>,
    /// Everything that decides which events come out: source, format, time zone, mapping.
    pub(crate) reading: &'a str,
}

/// The checkpoint of one file.
#[derive(Debug)]
pub(crate) struct Checkpoint {
    path: PathBuf,
}

impl Checkpoint {
    /// The checkpoint of a file in a folder of checkpoints. `None` if the file has no path of its own.
    pub(crate) fn of(folder: &Path, identity: &Identity<'_>) -> Option<Self> {
        let file = identity.path.canonicalize().ok().filter(|path| path.is_file())?;
        let mut digest = Sha256::new();
        for part in [
            env!("CARGO_PKG_VERSION").as_bytes(),
            file.as_os_str().as_encoded_bytes(),
            identity.reading.as_bytes(),
            identity.url.unwrap_or("").as_bytes(),
        ] {
            digest.update((part.len() as u64).to_le_bytes());
            digest.update(part);
        }
        let name = hex(digest.finalize().as_slice());
        Some(Checkpoint { path: folder.join(name).with_extension("json") })
    }

    /// How far the file has come, if that is known.
    pub(crate) fn load(&self) -> Option<Mark> {
        serde_json::from_slice(&std::fs::read(&self.path).ok()?).ok()
    }

    /// Notes how far the file has come: wholly or not at all.
    pub(crate) fn store(&self, mark: &Mark) {
        if let Err(error) = self.try_store(mark) {
            tracing::debug!(%error, path = %self.path.display(), "no checkpoint was written; the next import starts anew");
        }
    }

    fn try_store(&self, mark: &Mark) -> std::io::Result<()> {
        let folder = self.path.parent().unwrap_or(Path::new("."));
        if !self.path.exists() {
            std::fs::create_dir_all(folder)?;
            remove_old(folder)?;
        }
        let new = self.path.with_extension("new");
        std::fs::write(&new, serde_json::to_vec(mark)?)?;
        std::fs::rename(&new, &self.path)
    }
}

/// Where the checkpoints of imports to servers lie: in the user's state folder (XDG Base Directory).
pub(crate) fn folder_of_user() -> Option<PathBuf> {
    let set = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let state = set("XDG_STATE_HOME").or_else(|| Some(set("HOME")?.join(".local/state")))?;
    Some(state.join("rollcall/imports"))
}

fn remove_old(folder: &Path) -> std::io::Result<()> {
    let long_ago = SystemTime::now() - KEPT;
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        if entry.metadata()?.modified()? < long_ago {
            std::fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

/// Bytes as hexadecimal digits.
fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_comes_back_for_the_same_file_read_the_same_way() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("queue_log");
        std::fs::write(&file, "x").unwrap();
        let marks = folder.path().join("imports");
        let of = |reading: &str, url: Option<&str>| Checkpoint::of(&marks, &Identity { path: &file, url, reading }).unwrap();
        let mark = Mark { batch_start: 1, bytes: 2, xxh3_128: "ab".to_owned() };
        assert_eq!(of("asterisk", None).load(), None);
        of("asterisk", None).store(&mark);
        assert_eq!(of("asterisk", None).load(), Some(mark.clone()));
        assert_eq!(of("keycloak", None).load(), None);
        assert_eq!(of("asterisk", Some("http://127.0.0.1/")).load(), None);
        // A torn one is none.
        std::fs::write(&of("asterisk", None).path, "{\"batch_st").unwrap();
        assert_eq!(of("asterisk", None).load(), None);
    }

    #[test]
    fn old_checkpoints_are_removed_when_a_new_one_comes() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("queue_log");
        std::fs::write(&file, "x").unwrap();
        let marks = folder.path().join("imports");
        std::fs::create_dir(&marks).unwrap();
        let old = std::fs::File::create(marks.join("old.json")).unwrap();
        old.set_modified(SystemTime::now() - KEPT - Duration::from_secs(60)).unwrap();
        std::fs::write(marks.join("young.json"), "{}").unwrap();
        let checkpoint = Checkpoint::of(&marks, &Identity { path: &file, url: None, reading: "" }).unwrap();
        checkpoint.store(&Mark { batch_start: 0, bytes: 1, xxh3_128: String::new() });
        assert!(!marks.join("old.json").exists() && marks.join("young.json").exists() && checkpoint.load().is_some());
    }
}
