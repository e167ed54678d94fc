//! A job in the hands of who does it.

use std::sync::{Mutex, PoisonError};

use serde_json::Value;
use tokio_util::sync::CancellationToken;

/// Why a job is to stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stop {
    /// Somebody wants it.
    Cancelled,
    /// Another node has it now, or the database can't be reached: nothing that it does counts any more.
    Lost,
    /// Rollcall is stopping; the job goes on after the next start.
    Shutdown,
}

/// A job in the hands of who does it.
#[derive(Debug, Default)]
pub struct Hold {
    token: CancellationToken,
    why: Mutex<Option<Stop>>,
    progress: Mutex<Option<String>>,
    lingers: bool,
}

impl Hold {
    /// Of a job that may wait for more to do.
    pub(super) fn lingering() -> Self {
        Hold { lingers: true, ..Self::default() }
    }

    /// Whether the job may wait for more to do; else it ends as soon as it has nothing to do, for somebody waits for it.
    pub fn lingers(&self) -> bool {
        self.lingers
    }

    /// Comes back when the job is to stop.
    pub async fn stopped(&self) {
        self.token.cancelled().await;
    }

    /// Is cancelled when the job is to stop.
    pub fn token(&self) -> &CancellationToken {
        &self.token
    }

    /// Why the job is to stop; none if it is not.
    pub fn why(&self) -> Option<Stop> {
        *self.why.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Says how far the job is.
    pub fn tell(&self, progress: &Value) {
        *self.progress.lock().unwrap_or_else(PoisonError::into_inner) = Some(progress.to_string());
    }

    pub(super) fn stop(&self, why: Stop) {
        self.why.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(why);
        self.token.cancel();
    }

    pub(super) fn take_progress(&self) -> Option<String> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}
