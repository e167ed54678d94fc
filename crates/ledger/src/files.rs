//! Who may write a tenant's files: one step at a time, on one node at a time.
//!
//! Whoever owns the files knows that a file which the catalogue doesn't name is nobody's.

use std::time::Duration;

use tokio::sync::MutexGuard;

use crate::catalogue::read;
use crate::database::NodeLock;
use crate::error::{Error, Result};
use crate::lake::sweep::sweep as lake_sweep;
use crate::ledger::Inner;
use crate::schema::Table;
use crate::state::blocking;
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
    let reading = inner.database.read().await?;
    let mut all = 0;
    for table in Table::ALL {
        let named = read::paths(&reading, tenant.tables, table).await?;
        let folder = tenant.folder(table);
        let removed = blocking(move || lake_sweep(&folder, &named)).await?;
        if removed > 0 {
            tracing::info!(tenant = %tenant.id, table = table.name(), removed, "removed files that were never committed");
        }
        all += removed as u64;
    }
    Ok(all)
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
