//! Backup and restore: the whole ledger as one consistent copy, taken while it runs.
//!
//! A backup is an ordinary data folder on SQLite, whatever the ledger itself runs on. It can be opened where
//! it lies, checked, and restored to either engine. It holds the ledger as of one moment: everything that
//! was acknowledged before it began, nothing twice, and of the lake's snapshots the one that belongs to the
//! journal it has.
//!
//! The ledger's process is not asked. SQLite lets another process read a consistent copy beside it, and
//! files of the lake never change; all that must be kept from happening meanwhile is that they are deleted,
//! and a lease, which any process may write, does that. So a backup needs no rights beyond the folder's, and
//! whoever reads the ledger over HTTP can't make the server write files.
//!
//! 1. The newest snapshot of the lake is held, and every later one: from here on their files stay. The lease
//!    holds back no row of the journal.
//! 2. The database is copied in one consistent read, into a new SQLite file.
//! 3. What belongs to other snapshots than the copy's newest is taken out of it: leases, files to be deleted.
//! 4. The files that the copy names are copied, byte by byte, and synced with their folders.
//! 5. The lease ends; of a backup that fails it ends by itself after two hours.
//!
//! - this file: the steps
//! - [`database`]: the database's copy
//! - [`files`]: the lake's files
//! - [`folder`]: how a folder is known that is not filled yet
//! - [`restore`]: the way back
//!
//! The control database, which is the caller's, is copied by `rollcall-control`.

mod database;
mod files;
pub(crate) mod folder;
mod restore;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Serialize;

pub use self::folder::Unfinished;
pub use self::restore::restore;
use crate::database::{Database, Place};
use crate::error::{Error, Result};
use crate::lease::FromNowOn;
use crate::options::{LEDGER_FILE, Options};
use crate::state::blocking;

/// What was copied.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Default)]
pub struct Copied {
    /// The tenants, and the seq that the next event of each gets.
    pub tenants: BTreeMap<String, i64>,
    /// The lake's snapshot.
    pub snapshot_id: i64,
    /// Events that are in the journal rather than in the lake.
    pub journal_events: i64,
    /// Files of the lake.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
    /// How many of the files are links to those of an earlier backup.
    pub linked: u64,
}

/// Copies a ledger, whoever runs it meanwhile, into a folder that has been begun for it. Files that the
/// backup in `link_from` has too are linked from there.
pub async fn backup(options: &Options, to: &Unfinished, link_from: Option<&Path>) -> Result<Copied> {
    let lake = options.lake_folder();
    let link_from = link_from.map(|folder| earlier_backup(folder, &lake)).transpose()?;
    let copy = to.folder().join(LEDGER_FILE);
    let source = Source::open(options).await?;
    let mut held = FromNowOn::hold(&source.database).await?;
    database::copy(&source.place, &source.database, &copy).await?;
    let (contents, files) = database::settle(&copy, &to.folder().join("lake")).await?;
    let links = link_from.map(|folder| folder.join("lake"));
    let copied = source.copy_files(&lake, &to.folder().join("lake"), files, links, &mut held).await?;
    held.release(&source.database).await?;
    source.database.close().await?;
    Ok(Copied { files: copied.files, bytes: copied.bytes, linked: copied.linked, ..contents })
}

/// A finished backup to link files from. Links to the ledger's own files would be no copies.
fn earlier_backup(folder: &Path, lake: &Path) -> Result<PathBuf> {
    folder::refuse(folder)?;
    let of_backup = folder.join("lake").canonicalize().map_err(|e| Error::file(folder.join("lake"), &e))?;
    if lake.canonicalize().is_ok_and(|lake| lake == of_backup) {
        return Err(Error::NotPossible(format!(
            "{} is the ledger itself; a backup can share files with an earlier backup alone",
            folder.display()
        )));
    }
    Ok(folder.to_path_buf())
}

/// A ledger that is copied.
struct Source {
    place: Place,
    database: Database,
}

impl Source {
    async fn open(options: &Options) -> Result<Self> {
        let place = options.place();
        if let Place::File(path) = &place
            && !path.exists()
        {
            let folder = options.folder.display();
            return Err(Error::NotPossible(format!("{folder} holds no ledger: expected {LEDGER_FILE} in it; give its data folder")));
        }
        let database = Database::connect(&place).await?;
        database::require_ledger(&database, &place).await?;
        Ok(Source { place, database })
    }

    async fn copy_files(
        &self,
        lake: &Path,
        to: &Path,
        files: Vec<files::LakeFile>,
        links: Option<PathBuf>,
        held: &mut FromNowOn,
    ) -> Result<files::Tally> {
        let mut copying = files::Copying::new(lake, to, links)?;
        for file in files {
            copying = blocking(move || copying.add(&file)).await?;
            held.renew(&self.database).await?;
        }
        blocking(move || copying.finish()).await
    }
}
