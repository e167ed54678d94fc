//! Work in the background: archiving when a tail is long or old enough, then compaction, retention and expiry.

use std::sync::Arc;
use std::time::Duration;

use jiff::civil::Date;

use crate::archive;
use crate::compact::{self, Extent};
use crate::expire;
use crate::lease;
use crate::ledger::Inner;
use crate::retain;
use crate::schema::Table;
use crate::state::now;

/// How long after a failed archive step the next one is tried.
const RETRY_ARCHIVE_AFTER: Duration = Duration::from_secs(5);

/// How often what nobody needs is let go of.
const EXPIRE_EVERY: Duration = Duration::from_secs(600);

/// Archives whenever a tail is long enough, and all tails when the time has come. What time is left goes
/// into compaction.
pub(crate) async fn run(inner: Arc<Inner>, interval: Duration) {
    let mut due = tokio::time::Instant::now() + interval;
    let mut expire_due = tokio::time::Instant::now() + EXPIRE_EVERY;
    let mut retained_on = None;
    loop {
        learn_files(&inner).await;
        let all = tokio::time::timeout_at(due, inner.archive_now.notified()).await.is_err();
        archive_tails(&inner, all).await;
        if all {
            due = tokio::time::Instant::now() + interval;
        }
        compact_tenants(&inner).await;
        if tokio::time::Instant::now() > expire_due {
            expire_due = tokio::time::Instant::now() + EXPIRE_EVERY;
            retain_tenants(&inner, &mut retained_on).await;
            hold_what_is_in_use(&inner).await;
            if let Err(error) = expire::expire(&inner).await {
                tracing::error!(%error, "letting go of old snapshots failed; it is tried again");
            }
        }
    }
}

async fn archive_tails(inner: &Inner, all: bool) {
    for tenant in inner.tenants.load_full().values() {
        // A reminder can be older than the step that has seen to it.
        if !all && !inner.is_over(tenant, 1) {
            continue;
        }
        if let Err(error) = archive::archive_if_free(inner, tenant).await {
            tracing::error!(tenant = %tenant.id, %error, "an archive step failed; its events stay in the journal");
            // Not at once again: what failed now fails a moment later too.
            tokio::time::sleep(RETRY_ARCHIVE_AFTER).await;
            inner.archive_now.notify_one();
        }
    }
}

/// Learns of whom the newest files have rows, and which sessions began long before they ended, so that the first question
/// is quick too.
async fn learn_files(inner: &Inner) {
    for tenant in inner.tenants.load_full().values() {
        let lake = Arc::clone(&tenant.state.load().lake);
        for (table, files) in [(Table::Sessions, &lake.ended), (Table::Events, &lake.events)] {
            inner.store.agents().learn(table, tenant.id.as_str(), files.iter()).await;
        }
        inner.store.early().learn(tenant.id.as_str(), lake.ended.iter()).await;
    }
}

/// Merges files while no tail waits to be archived.
async fn compact_tenants(inner: &Inner) {
    let tenants = inner.tenants.load_full();
    let nothing_waits = || !tenants.values().any(|tenant| inner.is_over(tenant, 1));
    for tenant in tenants.values() {
        let extent = if inner.is_busy() { Extent::Pressing } else { Extent::Worthwhile };
        if let Err(error) = compact::compact(inner, tenant, extent, nothing_waits).await {
            tracing::error!(tenant = %tenant.id, %error, "compaction failed; the files stay as they are");
        }
    }
}

/// Removes what tenants no longer keep, once a day: when the day has begun, or some time after the start. What
/// isn't finished when a tail waits to be archived goes on the next time.
async fn retain_tenants(inner: &Inner, retained_on: &mut Option<Date>) {
    let today = now().utc_date();
    if *retained_on == Some(today) {
        return;
    }
    let tenants = inner.tenants.load_full();
    let nothing_waits = || !tenants.values().any(|tenant| inner.is_over(tenant, 1));
    let mut is_done = true;
    for tenant in tenants.values() {
        match retain::remove_if_free(inner, tenant, nothing_waits).await {
            Ok(is_finished) => is_done &= is_finished,
            Err(error) => {
                is_done = false;
                tracing::error!(tenant = %tenant.id, %error, "removing what is no longer kept failed; it is tried again");
            }
        }
    }
    if is_done {
        *retained_on = Some(today);
    }
}

/// Tells other nodes which snapshots queries of this one still run on.
async fn hold_what_is_in_use(inner: &Inner) {
    if !inner.database.is_shared() {
        return;
    }
    for tenant in inner.tenants.load_full().values() {
        let newest = tenant.state.load().lake.snapshot_id;
        for state in tenant.states_in_use().iter().filter(|state| state.lake.snapshot_id < newest) {
            if let Err(error) = lease::hold(&inner.database, &tenant.id, state.id(), now()).await {
                tracing::warn!(tenant = %tenant.id, %error, "a snapshot that a query runs on can't be held");
            }
        }
    }
}
