//! Whether the ledger's database answers.
//!
//! Anybody may ask for the health of a server, as often as they like. The database is asked at most once in
//! [`FRESH`], by one caller, and the others are told what it answered.

use std::time::Duration;

use rollcall_ledger::Ledger;
use rollcall_model::{Scope, TenantId};
use tokio::sync::Mutex;
use tokio::time::{Instant, timeout};

/// For how long an answer holds.
const FRESH: Duration = Duration::from_secs(1);
/// A database that takes longer is away, as far as callers are concerned.
const PATIENCE: Duration = Duration::from_secs(2);

/// What is known about the database.
#[derive(Debug, Default)]
pub(crate) struct Probe {
    last: Mutex<Option<(Instant, bool)>>,
}

impl Probe {
    /// Whether the database answers. On SQLite there is nobody who could be away.
    pub(crate) async fn database_answers(&self, ledger: &Ledger) -> bool {
        let mut last = self.last.lock().await;
        if let Some((_, answered)) = last.filter(|(at, _)| at.elapsed() < FRESH) {
            return answered;
        }
        // What every report begins with: learning what other nodes have committed.
        let answered = match timeout(PATIENCE, ledger.snapshot(&TenantId::default(), Scope::All)).await {
            Ok(Ok(_)) => true,
            Ok(Err(error)) => {
                tracing::warn!(%error, "the ledger's database does not answer");
                false
            }
            Err(_) => {
                tracing::warn!(after_s = PATIENCE.as_secs(), "the ledger's database does not answer in time");
                false
            }
        };
        *last = Some((Instant::now(), answered));
        answered
    }
}
