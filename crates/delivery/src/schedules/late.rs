//! Late events: whether what a run told has changed since.
//!
//! First it is looked whether anything from before the end of the range has come at all, which is cheap; only then are
//! the rows compared. The younger a run, the more often.

use rollcall_access::record::Actor;
use rollcall_control::schedules::Run;
use rollcall_model::time::{MICROS_PER_DAY, MICROS_PER_HOUR, MICROS_PER_SECOND};
use rollcall_model::{Scope, Timestamp};
use rollcall_reports::Paging;
use rollcall_reports::changes::ChangeCounts;
use serde_json::json;

use super::settings::Frozen;
use super::tell::{range, run_changed};
use crate::error::{DeliveryError, Result};
use crate::service::Delivery;

/// Runs whose range ended longer ago are left as they are.
const LOOKED_AT_MICROS: i64 = 35 * MICROS_PER_DAY;
/// It is looked after a part of the age,
const PART_OF_AGE: i64 = 20;
/// at least after so long,
const FIRST_MICROS: i64 = 5 * 60 * MICROS_PER_SECOND;
/// and at most.
const MOST_MICROS: i64 = 6 * MICROS_PER_HOUR;
/// Runs that are looked at in one go.
const AT_ONCE: u64 = 5;

/// When it is looked first.
pub(super) fn first_look(run: &Run, now: Timestamp) -> Option<Timestamp> {
    let age = now.as_micros().saturating_sub(run.range_to.as_micros());
    (age < LOOKED_AT_MICROS).then(|| now.plus_micros((age / PART_OF_AGE).clamp(FIRST_MICROS, MOST_MICROS)))
}

impl Delivery {
    /// Looks whether late events have changed what runs have told.
    pub(super) async fn look_for_late_events(&self, now: Timestamp) -> Result<()> {
        for run in self.control.runs().to_check(now, AT_ONCE).await? {
            if let Err(error) = self.look_at(&run, now).await {
                tracing::warn!(%error, run = %run.id, "it can't be looked now whether a run has changed; it is looked again");
                let seq = run.checked_seq.or(run.seq).unwrap_or(0);
                self.control.runs().checked(&run.tenant, run.id, seq, first_look(&run, now)).await?;
            }
        }
        Ok(())
    }

    async fn look_at(&self, run: &Run, now: Timestamp) -> Result<()> {
        let Some(seq) = run.seq else { return Ok(self.control.runs().checked(&run.tenant, run.id, 0, None).await?) };
        let checked = run.checked_seq.unwrap_or(seq);
        let (has_come, known_to) = self.reports.came_late(&run.tenant, run.range_to, checked).await?;
        if has_come {
            let frozen = Frozen::read(&run.frozen)?;
            let counts = self.changes_since(run, &frozen, seq, now).await?;
            if counts.total() > 0 {
                return self.supersede(run, &frozen, counts, now).await;
            }
        }
        Ok(self.control.runs().checked(&run.tenant, run.id, known_to, first_look(run, now)).await?)
    }

    async fn changes_since(&self, run: &Run, frozen: &Frozen, seq: i64, now: Timestamp) -> Result<ChangeCounts> {
        let scope: Scope = match &run.scope {
            Some(text) => {
                serde_json::from_str(text).map_err(|error| DeliveryError::Conflict(format!("the run's rows can't be read: {error}")))?
            }
            None => Scope::All,
        };
        let caller = self.asking(&run.tenant, scope).await?;
        let none_of_them = Paging { limit: Some(0), cursor: None };
        Ok(self.reports.changes(&caller, &frozen.definition()?, seq, &none_of_them, now).await?.counts)
    }

    async fn supersede(&self, run: &Run, frozen: &Frozen, counts: ChangeCounts, now: Timestamp) -> Result<()> {
        let ChangeCounts { added, removed, changed } = counts;
        let reason =
            format!("events that came later have added {added} rows, removed {removed} and changed {changed}; restate it to deliver them");
        let after = json!({"status": "superseded", "added": added, "removed": removed, "changed": changed});
        let words = ("Superseded", "Events that came later have changed");
        let record = run_changed(
            (&run.tenant, run.id),
            range(run),
            frozen,
            &Actor::system(),
            now,
            words,
            (Some(json!({"status": run.status.as_str()})), Some(after)),
        );
        if self.control.runs().supersede(run, &reason, &[record]).await? {
            self.recorded.notify_one();
        }
        Ok(())
    }
}
