//! Finding PostgreSQL on this machine.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Names the folder of PostgreSQL's programs, before every other.
const VARIABLE: &str = "ROLLCALL_POSTGRES_BIN";
/// Where Debian puts them: a folder of each major version, beside the `PATH`.
const DEBIAN: &str = "/usr/lib/postgresql";
/// What is run of them.
const NEEDED: [&str; 3] = ["postgres", "initdb", "psql"];

/// The programs of one PostgreSQL, which lie in one folder.
#[derive(Debug, Clone)]
pub(crate) struct Programs {
    folder: PathBuf,
}

impl Programs {
    /// The first that work: those of the variable, of the `PATH`, of Debian's newest version.
    pub(crate) fn find() -> Programs {
        if let Some(folder) = std::env::var_os(VARIABLE).map(PathBuf::from) {
            let found = Self::working(&folder);
            return found.unwrap_or_else(|| panic!("{VARIABLE}: expected a folder with {NEEDED:?} that work, got {}", folder.display()));
        }
        let mut folders = on_path().into_iter().chain(of_debian());
        let found = folders.find_map(|folder| Self::working(&folder));
        found.unwrap_or_else(|| {
            panic!(
                "no PostgreSQL that works on the PATH or below {DEBIAN}: run scripts/install-tools.sh, or set {VARIABLE} to its bin folder"
            )
        })
    }

    fn working(folder: &Path) -> Option<Programs> {
        let programs = Programs { folder: folder.to_path_buf() };
        let runs = |name: &&str| {
            let version = Command::new(programs.path(name)).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
            version.is_ok_and(|status| status.success())
        };
        NEEDED.iter().all(runs).then_some(programs)
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }
}

/// What is on the `PATH` is often a link into the folder where all of them are.
fn on_path() -> Vec<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&path).filter_map(|folder| folder.join("postgres").canonicalize().ok());
    found.filter_map(|program| program.parent().map(Path::to_path_buf)).collect()
}

fn of_debian() -> Vec<PathBuf> {
    let entries = std::fs::read_dir(DEBIAN).into_iter().flatten().flatten();
    let version = |folder: &Path| folder.file_name()?.to_str()?.parse().ok();
    let mut versions: Vec<(u32, PathBuf)> = entries.filter_map(|entry| Some((version(&entry.path())?, entry.path().join("bin")))).collect();
    versions.sort();
    versions.into_iter().rev().map(|(_, folder)| folder).collect()
}
