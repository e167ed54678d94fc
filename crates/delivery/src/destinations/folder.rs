//! A folder of the server, beneath one that the operator allows.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::config::FolderConfig;
use super::names;
use super::parcel::{Delivered, DeliveryFailure, Parcel};
use super::steps::Steps;

/// So many names are tried for a file if others have those before.
pub(super) const MAX_NAMES: u32 = 1_000;
/// Bytes that are copied at once.
const PIECE: usize = 256 * 1024;

/// Puts a parcel into a folder. It is there whole or not at all, and takes nothing's place.
pub(super) fn put(allowed: &[PathBuf], config: &FolderConfig, parcel: &Parcel) -> Result<Delivered, DeliveryFailure> {
    let root = root(allowed, config)?;
    let folder = folder_in(&root, &names::folders(&parcel.prefix))?;
    let part = Part::new(folder.join(format!(".{}.part", parcel.run_id.simple())));
    for number in 1..=MAX_NAMES {
        let path = folder.join(names::file_name(parcel, number));
        match std::fs::symlink_metadata(&path) {
            // What was put here before the run was begun again is the same.
            Ok(there) if there.is_file() && there.len() == parcel.bytes && has_digest(&path, &parcel.sha256) => {
                return Ok(delivered(&path));
            }
            Ok(_) => continue,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(failed(&path, "looking", &error)),
        }
        part.copy(&parcel.file)?;
        match part.name(&path) {
            Ok(()) => return Ok(delivered(&path)),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(failed(&path, "naming the file", &error)),
        }
    }
    let reason = format!("{}: {MAX_NAMES} files of that name and date are there already; move some away", folder.display());
    Err(DeliveryFailure::permanent("too many files", reason))
}

/// The folder itself, if the operator allows it.
pub(super) fn root(allowed: &[PathBuf], config: &FolderConfig) -> Result<PathBuf, DeliveryFailure> {
    let path = Path::new(&config.path);
    check_allowed(allowed, path)?;
    let real = path.canonicalize().map_err(|error| failed(path, "opening the folder", &error))?;
    // Where it really is counts, wherever links lead.
    let is_allowed = allowed.iter().filter_map(|folder| folder.canonicalize().ok()).any(|folder| real.starts_with(folder));
    if !is_allowed {
        let reason =
            format!("{}: it leads to {}, which is not one of the folders that the operator allows", path.display(), real.display());
        return Err(DeliveryFailure::permanent("not allowed", reason));
    }
    if !real.is_dir() {
        return Err(DeliveryFailure::permanent("no folder", format!("{}: expected a folder, found something else", path.display())));
    }
    Ok(real)
}

/// Refuses a path beneath none of the folders that the operator allows, as it is written.
pub(super) fn check_allowed(allowed: &[PathBuf], path: &Path) -> Result<(), DeliveryFailure> {
    if allowed.iter().any(|folder| path.starts_with(folder)) {
        return Ok(());
    }
    let told: Vec<String> = allowed.iter().map(|folder| folder.display().to_string()).collect();
    let allows = if told.is_empty() { "none".to_owned() } else { told.join(", ") };
    let reason = format!(
        "{}: expected a folder beneath one that the operator allows (delivery_folders in the configuration); it allows {allows}",
        path.display()
    );
    Err(DeliveryFailure::permanent("not allowed", reason))
}

/// Tries a folder, step by step.
pub(super) fn test(allowed: &[PathBuf], config: &FolderConfig, steps: &mut Steps) -> Result<(), DeliveryFailure> {
    let path = Path::new(&config.path);
    steps.step("allowed", check_allowed(allowed, path), |()| "the operator allows this folder".to_owned())?;
    let root = steps.step("folder", root(allowed, config), |root| format!("{} is there", root.display()))?;
    let folder = steps.quietly("write", folder_in(&root, &names::folders("")))?;
    let file = folder.join(format!(".rollcall-test-{}", Uuid::now_v7().simple()));
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    let write = || -> io::Result<()> {
        let mut written = options.open(&file)?;
        written.write_all(b"A test of Rollcall. It can be deleted.\n")?;
        written.sync_all()?;
        sync_folder(&folder)
    };
    let written = write().map_err(|error| failed(&file, "writing", &error));
    steps.step("write", written, |()| format!("may write into {}", folder.display()))?;
    match std::fs::remove_file(&file) {
        Ok(()) => steps.ok("delete", "may delete: the test file is removed again"),
        Err(error) => {
            steps.ok("delete", format!("may not delete, which reports don't need; remove {} yourself ({error})", file.display()));
        }
    }
    Ok(())
}

/// Makes the folders on the way, none of which leads out of the root.
fn folder_in(root: &Path, parts: &[String]) -> Result<PathBuf, DeliveryFailure> {
    let mut folder = root.to_path_buf();
    for part in parts {
        let above = folder.clone();
        folder.push(part);
        match std::fs::create_dir(&folder) {
            Ok(()) => {
                allow(&folder, 0o750).map_err(|error| failed(&folder, "making the folder", &error))?;
                sync_folder(&above).map_err(|error| failed(&above, "syncing the folder", &error))?;
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(failed(&folder, "making the folder", &error)),
        }
        let real = folder.canonicalize().map_err(|error| failed(&folder, "opening the folder", &error))?;
        if !real.starts_with(root) || !real.is_dir() {
            let reason = format!("{}: expected a folder within {}; it leads to {}", folder.display(), root.display(), real.display());
            return Err(DeliveryFailure::permanent("not allowed", reason));
        }
        folder = real;
    }
    Ok(folder)
}

/// A file that has no name of its own yet. It is removed when it is dropped.
struct Part(PathBuf);

impl Part {
    /// Of a run, which has one at a time: what a broken attempt has left is removed.
    fn new(path: PathBuf) -> Self {
        let _ = std::fs::remove_file(&path);
        Part(path)
    }

    /// Copies a file into it, unless that was done.
    fn copy(&self, from: &Path) -> Result<(), DeliveryFailure> {
        if self.0.exists() {
            return Ok(());
        }
        let mut source = File::open(from).map_err(|error| lost(from, &error))?;
        let mut copying = || -> io::Result<()> {
            let mut options = OpenOptions::new();
            options.write(true).create_new(true);
            #[cfg(unix)]
            std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o640);
            let mut target = options.open(&self.0)?;
            let mut piece = vec![0; PIECE];
            loop {
                let read = source.read(&mut piece)?;
                let Some(bytes) = piece.get(..read).filter(|bytes| !bytes.is_empty()) else { break };
                target.write_all(bytes)?;
            }
            allow(&self.0, 0o640)?;
            target.sync_all()
        };
        copying().map_err(|error| failed(&self.0, "writing", &error))
    }

    /// Gives it a name that nothing else has.
    fn name(&self, path: &Path) -> io::Result<()> {
        match std::fs::hard_link(&self.0, path) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return Err(error),
            // Not every file system has links: there the name is taken first, and then the file put in its place.
            Err(_) => {
                OpenOptions::new().write(true).create_new(true).open(path)?;
                std::fs::rename(&self.0, path)?;
            }
        }
        let _ = std::fs::remove_file(&self.0);
        path.parent().map_or(Ok(()), sync_folder)
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

fn has_digest(path: &Path, sha256: &str) -> bool {
    let digest = || -> io::Result<String> {
        let (mut file, mut hasher, mut piece) = (File::open(path)?, Sha256::new(), vec![0; PIECE]);
        loop {
            let read = file.read(&mut piece)?;
            let Some(bytes) = piece.get(..read).filter(|bytes| !bytes.is_empty()) else { break };
            hasher.update(bytes);
        }
        Ok(hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
    };
    digest().is_ok_and(|digest| digest.eq_ignore_ascii_case(sha256))
}

#[cfg(unix)]
fn allow(path: &Path, mode: u32) -> io::Result<()> {
    std::fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(mode))
}

#[cfg(not(unix))]
fn allow(_: &Path, _: u32) -> io::Result<()> {
    Ok(())
}

fn sync_folder(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

fn delivered(path: &Path) -> Delivered {
    Delivered { place: path.display().to_string() }
}

/// The file that was to be delivered can't be read.
pub(super) fn lost(path: &Path, error: &io::Error) -> DeliveryFailure {
    DeliveryFailure::transient("file unreadable", format!("the file to deliver, {}, can't be read: {error}", path.display()))
}

pub(super) fn failed(path: &Path, doing: &str, error: &io::Error) -> DeliveryFailure {
    use io::ErrorKind as E;
    let reason = format!("{}: {doing}: {error}", path.display());
    let (failure_type, is_permanent) = match error.kind() {
        E::PermissionDenied => ("access denied", true),
        E::NotFound => ("no folder", true),
        E::NotADirectory => ("no folder", true),
        E::ReadOnlyFilesystem => ("access denied", true),
        E::StorageFull | E::QuotaExceeded => ("no space", false),
        _ => ("write failed", false),
    };
    let code = error.raw_os_error().map(|code| format!("os error {code}"));
    DeliveryFailure { failure_type: failure_type.to_owned(), code, reason, is_permanent }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};

    use tempfile::TempDir;

    use super::*;

    const ID: &str = "0199f2a0-0000-7000-8000-000000000001";

    fn parcel(home: &TempDir, text: &str) -> Parcel {
        let file = home.path().join("parcel");
        std::fs::write(&file, text).unwrap();
        Parcel {
            file,
            file_name_stem: "Night/shift".to_owned(),
            prefix: "team".to_owned(),
            extension: "csv",
            media_type: "text/csv",
            bytes: text.len() as u64,
            rows: 1,
            sha256: Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect(),
            run_id: Uuid::from_u128(7),
            schedule_id: ID.parse().unwrap(),
            report_name: "Night/shift".to_owned(),
            range_words: "14 April 2026".to_owned(),
            local_time: "2026-04-15T000000".to_owned(),
            number: 0,
            restates: None,
            missing: None,
            link: None,
        }
    }

    fn config(path: &Path) -> FolderConfig {
        FolderConfig { path: path.to_str().unwrap().to_owned() }
    }

    fn names_in(folder: &Path) -> Vec<String> {
        let mut names: Vec<String> =
            std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn a_file_lies_at_its_path_and_takes_nothings_place() {
        let home = TempDir::new().unwrap();
        let root = home.path().join("out");
        std::fs::create_dir(&root).unwrap();
        let allowed = [home.path().to_path_buf()];
        let first = put(&allowed, &config(&root), &parcel(&home, "one")).unwrap();
        let folder = root.canonicalize().unwrap().join("Reports/team");
        let name = format!("Night_shift-2026-04-15T000000-{ID}");
        assert_eq!(first.place, folder.join(format!("{name}.csv")).to_str().unwrap());
        assert_eq!(std::fs::metadata(&first.place).unwrap().permissions().mode() & 0o777, 0o640);
        assert_eq!(std::fs::metadata(&first.place).unwrap().nlink(), 1);
        // Begun again, it finds its own.
        assert_eq!(put(&allowed, &config(&root), &parcel(&home, "one")).unwrap(), first);
        // Another content goes beside it, and is found again there.
        let second = put(&allowed, &config(&root), &parcel(&home, "two")).unwrap();
        assert_eq!(put(&allowed, &config(&root), &parcel(&home, "two")).unwrap(), second);
        let restated = Parcel { number: 2, restates: Some(Uuid::from_u128(1)), ..parcel(&home, "three") };
        put(&allowed, &config(&root), &restated).unwrap();
        assert_eq!(names_in(&folder), [format!("{name}-2.csv"), format!("{name}-restated-2.csv"), format!("{name}.csv")]);
        assert_eq!(std::fs::read_to_string(&first.place).unwrap(), "one");
        assert_eq!(std::fs::read_to_string(&second.place).unwrap(), "two");
    }

    #[test]
    fn what_a_killed_attempt_has_left_is_no_file_of_anybody() {
        let home = TempDir::new().unwrap();
        let allowed = [home.path().to_path_buf()];
        let folder = home.path().join("Reports/team");
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join(format!(".{}.part", Uuid::from_u128(7).simple())), "ha").unwrap();
        let place = put(&allowed, &config(home.path()), &parcel(&home, "half")).unwrap().place;
        assert_eq!(std::fs::read_to_string(place).unwrap(), "half");
        assert_eq!(names_in(&folder).len(), 1);
    }

    #[test]
    fn nothing_is_written_where_the_operator_does_not_allow_it() {
        let home = TempDir::new().unwrap();
        let (inside, outside) = (home.path().join("inside"), home.path().join("outside"));
        std::fs::create_dir(&inside).unwrap();
        std::fs::create_dir(&outside).unwrap();
        let refused = |allowed: &[PathBuf], path: &Path| {
            let failure = put(allowed, &config(path), &parcel(&home, "x")).unwrap_err();
            assert_eq!((failure.failure_type.as_str(), failure.is_permanent), ("not allowed", true), "{failure:?}");
            failure.reason
        };
        assert!(refused(&[], &inside).contains("it allows none"));
        let allowed = [inside.clone()];
        refused(&allowed, &outside);
        refused(&allowed, &home.path().join("insider"));
        // A link within that leads out, as the folder itself, or on the way.
        symlink(&outside, inside.join("link")).unwrap();
        refused(&allowed, &inside.join("link"));
        symlink(&outside, inside.join("Reports")).unwrap();
        refused(&allowed, &inside);
        assert!(names_in(&outside).is_empty());
    }

    #[test]
    fn a_folder_that_is_not_there_is_told_so() {
        let home = TempDir::new().unwrap();
        let allowed = [home.path().to_path_buf()];
        let failure = put(&allowed, &config(&home.path().join("gone")), &parcel(&home, "x")).unwrap_err();
        assert_eq!((failure.failure_type.as_str(), failure.is_permanent), ("no folder", true));
        assert!(failure.reason.contains("gone: opening the folder"), "{}", failure.reason);
    }
}
