//! Files of ours that no snapshot names.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use super::evidence::Evidence;
use super::finding::{FindingKind, Place};
use crate::catalogue::read;
use crate::database::{Queries, get};
use crate::error::{Error, Result};
use crate::files::Files;
use crate::lake::write::Class;
use crate::ledger::Inner;
use crate::schema::Table;
use crate::state::blocking;
use crate::tenant::Tenant;

/// Looks for orphans. While the tenant's files are owned, whatever the catalogue doesn't name is one: nobody
/// else is about to name it.
pub(super) async fn check(inner: &Inner, tenant: &Tenant, _owned: &Files<'_>, evidence: &Evidence) -> Result<()> {
    let reading = inner.database.read().await?;
    // What has expired is about to be deleted, and named apart.
    let mut scheduled: HashSet<PathBuf> = HashSet::new();
    for row in reading.all("SELECT path FROM ducklake_files_scheduled_for_deletion", []).await? {
        scheduled.insert(inner.lake.join(get::<String>(&row, 0)?));
    }
    for table in Table::ALL {
        let named = read::paths(&reading, tenant.tables, table).await?;
        let folder = tenant.folder(table);
        let on_disk = blocking(move || files_of(&folder)).await?;
        let folder = tenant.folder(table);
        for (path, bytes) in on_disk {
            let below = path.strip_prefix(&folder).ok().and_then(Path::to_str).unwrap_or_default();
            let is_ours = below.ends_with(".parquet") && Class::of_path(below).is_some();
            if is_ours && !named.contains(below) && !scheduled.contains(&path) {
                let place = Place { file: Some(format!("{}/{}/{below}", tenant.id, table.name())), ..Place::table(table.name()) };
                evidence.find(FindingKind::Orphan, place, format!("no snapshot names it; it takes {bytes} bytes"));
                evidence.plan().has_orphans = true;
            }
        }
    }
    Ok(())
}

/// All files below a folder, with their lengths.
fn files_of(folder: &Path) -> Result<Vec<(PathBuf, u64)>> {
    let mut found = Vec::new();
    if !folder.is_dir() {
        return Ok(found);
    }
    for entry in std::fs::read_dir(folder).map_err(|e| Error::file(folder, &e))? {
        let entry = entry.map_err(|e| Error::file(folder, &e))?;
        let (path, metadata) = (entry.path(), entry.metadata().map_err(|e| Error::file(entry.path(), &e))?);
        if metadata.is_dir() {
            found.extend(files_of(&path)?);
        } else {
            found.push((path, metadata.len()));
        }
    }
    Ok(found)
}
