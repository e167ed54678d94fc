//! Jobs: what is done in the background, by whichever node takes it.
//!
//! A job stands in the control database (`control::jobs`), where it is made in the same transaction as what it is about.
//! [`Work`] says how a kind of job is done; the [`runner`] takes jobs that are due by a lease, renews it while they run,
//! and notes what became of them. A job whose node has died is begun again elsewhere, so what it does must bear that.
//!
//! Job libraries were weighed: those that know SQLite and PostgreSQL keep their own tables through connections of their
//! own, so a job could be there without its task, or the task without its job.

mod delay;
mod hold;
pub(crate) mod runner;
#[cfg(test)]
mod tests;
mod view;

use std::sync::Arc;

use async_trait::async_trait;
pub use delay::delay;
pub use hold::{Hold, Stop};
pub use rollcall_control::jobs::{Ending, Job, JobStatus};
pub(crate) use runner::after;

use crate::exports::Exporting;
use crate::schedules::work::ScheduleRuns;
use crate::service::Delivery;
use crate::webhooks::FeedWebhook;

/// How a kind of job is done.
#[async_trait]
pub(crate) trait Work: Send + Sync {
    /// Its name.
    fn kind(&self) -> &'static str;

    /// How many of them one node does at once.
    fn at_once(&self) -> usize;

    /// Looks whether there are jobs to make; called every few seconds.
    async fn plan(&self, _: &Arc<Delivery>) -> crate::error::Result<()> {
        Ok(())
    }

    /// Looks for something new that is to be done; called every second, so it does little.
    async fn look(&self, _: &Arc<Delivery>) -> crate::error::Result<()> {
        Ok(())
    }

    /// Does one. It ends soon when the hold says that it is to stop; what it answers then counts only if somebody has
    /// stopped it.
    async fn run(&self, delivery: &Arc<Delivery>, job: &Job, hold: &Hold) -> Ending;
}

/// Every kind of work.
fn works() -> Vec<Arc<dyn Work>> {
    vec![Arc::new(Exporting::default()), Arc::new(ScheduleRuns), Arc::new(FeedWebhook)]
}
