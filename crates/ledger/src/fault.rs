//! Faults on purpose: where tests stop the process, or make a step fail.
//!
//! Every step of the ledger that a crash must not tear has a name here. In a debug build the environment
//! variable `ROLLCALL_FAULT` says what happens at one of them; a release build has none of this.
//!
//! | value | meaning |
//! | --- | --- |
//! | `kill:STEP:N` | the process kills itself when it passes the step for the Nth time |
//! | `fail:STEP:N` | the step fails, the Nth time it is passed |

use crate::error::Result;

/// The named steps, in the order in which an event passes them.
pub const STEPS: &[&str] = &[
    "append.judged",
    "append.journaled",
    "commit",
    "committed",
    "archive.derived",
    "archive.file_written",
    "archive.file_synced",
    "archive.folders_synced",
    "archive.files_written",
    "archive.catalogued",
    "archive.forgotten",
    "compact.files_written",
    "compact.catalogued",
    "expire.catalogued",
    "expire.file_removed",
    "retain.files_written",
    "retain.catalogued",
    "upgrade.tables",
    "repair.files_written",
];

/// Passes a step.
#[cfg(debug_assertions)]
pub(crate) fn step(name: &'static str) -> Result<()> {
    use std::sync::OnceLock;
    use std::sync::atomic::{AtomicU64, Ordering};

    struct Plan {
        kill: bool,
        step: String,
        at: u64,
        passed: AtomicU64,
    }
    static PLAN: OnceLock<Option<Plan>> = OnceLock::new();
    let plan = PLAN.get_or_init(|| {
        let value = std::env::var("ROLLCALL_FAULT").ok()?;
        let mut parts = value.split(':');
        let (kind, step, at) = (parts.next()?, parts.next()?, parts.next()?);
        Some(Plan { kill: kind == "kill", step: step.to_owned(), at: at.parse().ok()?, passed: AtomicU64::new(0) })
    });
    debug_assert!(STEPS.contains(&name), "the step {name} is not listed");
    let Some(plan) = plan.as_ref().filter(|plan| plan.step == name) else { return Ok(()) };
    if plan.passed.fetch_add(1, Ordering::Relaxed) + 1 != plan.at {
        return Ok(());
    }
    if plan.kill {
        // Not even buffers are flushed: what a kill -9 leaves.
        std::process::abort();
    }
    Err(crate::Error::Database(format!("the step {name} fails on purpose")))
}

/// Passes a step.
#[cfg(not(debug_assertions))]
#[allow(clippy::unnecessary_wraps)] // the debug build's can fail
#[inline]
pub(crate) fn step(_name: &'static str) -> Result<()> {
    Ok(())
}
