//! Who may write a tenant's files: one step at a time, on one node at a time.
//!
//! Whoever owns the files knows that a file which the catalogue doesn't name is nobody's.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rollcall_model::TenantId;
use tokio::sync::MutexGuard;

use crate::catalogue::{TableIds, read};
use crate::database::{NodeLock, Queries};
use crate::error::{Error, Result};
use crate::lake::sweep;
use crate::ledger::Inner;
use crate::schema::Table;
use crate::state::{Head, blocking};
use crate::tenant::Tenant;

/// How long it is waited for another node's step.
const WAIT: Duration = Duration::from_secs(120);
const PAUSE: Duration = Duration::from_millis(100);

/// Ownership of a tenant's files, for one step.
pub(crate) struct Files<'a> {
    _in_process: MutexGuard<'a, ()>,
    _among_nodes: NodeLock,
}

/// Takes the files, unless another node is at them.
pub(crate) async fn try_own<'a>(inner: &Inner, tenant: &'a Tenant) -> Result<Option<Files<'a>>> {
    let in_process = tenant.archiving.lock().await;
    let among_nodes = inner.database.try_own(&format!("files of {}", tenant.id)).await?;
    Ok(among_nodes.map(|lock| Files { _in_process: in_process, _among_nodes: lock }))
}

/// Takes the files, once another node's step is over.
pub(crate) async fn own<'a>(inner: &Inner, tenant: &'a Tenant) -> Result<Files<'a>> {
    let given_up = tokio::time::Instant::now() + WAIT;
    loop {
        if let Some(files) = try_own(inner, tenant).await? {
            return Ok(files);
        }
        if tokio::time::Instant::now() > given_up {
            return Err(Error::Busy { waiting: 0, retry_after_s: 60 });
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// Removes files that were never committed, unless another node is writing some.
pub(crate) async fn sweep_if_free(inner: &Inner, tenant: &Tenant) -> Result<u64> {
    match try_own(inner, tenant).await? {
        Some(files) => sweep(inner, tenant, &files).await,
        None => Ok(0),
    }
}

/// Removes the files that no snapshot names.
pub(crate) async fn sweep(inner: &Inner, tenant: &Tenant, _owned: &Files<'_>) -> Result<u64> {
    let (next_seq, named) = settled(inner, tenant).await?;
    let lost = named.into_iter().map(|(table, named)| (table, tenant.folder(table), named));
    let lost: Vec<(Table, PathBuf, HashSet<String>)> = lost.collect();
    let removed = blocking(move || {
        let mut orphans = Vec::new();
        for (table, folder, named) in &lost {
            let found = sweep::orphans(folder, named)?;
            if *table == Table::Events {
                sweep::refuse_what_is_newer(&found, next_seq)?;
            }
            orphans.extend(found);
        }
        sweep::remove(&orphans)
    })
    .await?;
    if removed > 0 {
        tracing::info!(tenant = %tenant.id, removed, "removed files that were never committed");
    }
    Ok(removed)
}

/// The next event's seq and the files that the catalogue names, once no change of the tenant is under way: a
/// server may still finish the commit of a node whose connection is gone.
async fn settled(inner: &Inner, tenant: &Tenant) -> Result<(i64, Vec<(Table, HashSet<String>)>)> {
    let write = inner.database.write(Some(&tenant.turn)).await?;
    let head = Head::lock(&write, &tenant.id).await?;
    let mut named = Vec::with_capacity(Table::ALL.len());
    for table in Table::ALL {
        named.push((table, read::paths(&write, tenant.tables, table).await?));
    }
    Ok((head.next_seq, named))
}

/// Refuses a lake with files of a tenant that the database doesn't know: that database was not the lake's.
pub(crate) fn refuse_strangers(lake: &Path, known: &[TenantId]) -> Result<()> {
    for entry in std::fs::read_dir(lake).map_err(|e| Error::file(lake, &e))? {
        let folder = entry.map_err(|e| Error::file(lake, &e))?.path();
        let is_known = known.iter().any(|tenant| folder.file_name().is_some_and(|name| name == tenant.as_str()));
        if !is_known && Table::ALL.iter().any(|table| sweep::holds_files(&folder.join(table.name()))) {
            return Err(sweep::older(&folder, "the database doesn't know this tenant"));
        }
    }
    Ok(())
}

/// Refuses a lake in which nothing of a tenant lies whose files the catalogue names: most likely another folder
/// stands in its place. What would be written there could not be read elsewhere.
pub(crate) async fn refuse_unmounted(reading: &impl Queries, lake: &Path, tenant: &TenantId, tables: TableIds) -> Result<()> {
    let folder = lake.join(tenant.as_str());
    if folder.exists() {
        return Ok(());
    }
    for table in Table::ALL {
        let named = read::paths(reading, tables, table).await?.len();
        if named > 0 {
            return Err(Error::NotPossible(format!(
                "{} is missing, though the catalogue names {named} files of {} in it: expected the lake's own folder in {}; mount it, or \
                 name the right one, or let rollcall fsck say what is lost",
                folder.display(),
                table.name(),
                lake.display()
            )));
        }
    }
    Ok(())
}

/// Gives back the room that a failed step has taken: the next one writes its files anew.
pub(crate) async fn sweep_after_failure(inner: &Inner, tenant: &Tenant, owned: &Files<'_>) {
    if inner.poisoned().is_some() {
        return;
    }
    if let Err(error) = sweep(inner, tenant, owned).await {
        tracing::warn!(tenant = %tenant.id, %error, "files of a failed step were left behind");
    }
}
