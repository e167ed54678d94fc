//! Work in the background: archiving when a tail is long or old enough.

use std::sync::Arc;
use std::time::Duration;

use crate::archive;
use crate::ledger::Inner;

/// How long after a failed archive step the next one is tried.
const RETRY_ARCHIVE_AFTER: Duration = Duration::from_secs(5);

/// Archives whenever a tail is long enough, and all tails when the time has come.
pub(crate) async fn archive_regularly(inner: Arc<Inner>, interval: Duration) {
    let mut due = tokio::time::Instant::now() + interval;
    loop {
        let all = tokio::time::timeout_at(due, inner.archive_now.notified()).await.is_err();
        for tenant in inner.tenants.load_full().values() {
            // A reminder can be older than the step that has seen to it.
            if !all && !inner.is_over(tenant, 1) {
                continue;
            }
            if let Err(error) = archive::archive_if_free(&inner, tenant).await {
                tracing::error!(tenant = %tenant.id, %error, "an archive step failed; its events stay in the journal");
                // Not at once again: what failed now fails a moment later too.
                tokio::time::sleep(RETRY_ARCHIVE_AFTER).await;
                inner.archive_now.notify_one();
            }
        }
        if all {
            due = tokio::time::Instant::now() + interval;
        }
    }
}
