//! The watermark: up to which moment an answer is complete, and how its sources are.

use rollcall_ledger::{Snapshot, SourceStatus};
use rollcall_model::event::OWN_SOURCE;
use rollcall_model::time::MICROS_PER_SECOND;
use rollcall_model::{Scope, Timestamp};
use serde::Serialize;

use crate::definition::Definition;
use crate::engine::Planned;
use crate::plan;

/// Up to which moment an answer is complete.
///
/// A source that still sends is taken to have sent everything up to its newest event. So the answer is
/// complete up to the earliest of those; a source that has been silent for unusually long is named and
/// left out of the count. Only sources count that the definition's filters leave in; Rollcall's own record, which comes by
/// itself, holds nothing back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Watermark {
    /// Complete up to here; missing where nothing has come yet, and of what was known at an earlier seq: how
    /// sources stood then is not kept.
    pub complete_to: Option<Timestamp>,
    /// The source whose newest event that is: once it sends more, the answer is complete further on. Missing where
    /// none still sends.
    pub held_back_by: Option<String>,
    /// Whether the whole range is complete, as far as it lies in the past.
    pub complete: bool,
    /// The first seq that the answer has not seen.
    pub seq: i64,
    /// The sources, by name.
    pub sources: Vec<SourceHealth>,
}

/// How a source is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SourceHealth {
    /// Its name.
    pub source: String,
    /// Time of its newest event.
    pub newest_event_time: Timestamp,
    /// When it last sent something.
    pub last_received_at: Timestamp,
    /// For how long it has been silent, if that is unusual.
    pub silent_seconds: Option<i64>,
    /// By how much its clock is ahead, if it is.
    pub clock_ahead_seconds: Option<i64>,
    /// By how much the newest event that it sent last was older than its arrival, if that is over a minute: it came
    /// late, or the clock is behind.
    pub behind_seconds: Option<i64>,
    /// Events accepted. Not told to those who see a part of the rows alone: it counts those of others too.
    pub events: Option<i64>,
    /// Records rejected. Not told to those who see a part of the rows alone.
    pub rejected: Option<i64>,
}

impl Watermark {
    /// The watermark of a definition's answer at `now`.
    pub(crate) fn of(planned: &Planned, definition: &Definition, now: Timestamp) -> Self {
        let Planned { snapshot, range, .. } = planned;
        let statuses: Vec<_> = others(snapshot).filter(|(source, _)| definition.leaves_in_source(source)).collect();
        let seq = snapshot.seq();
        let (complete_to, held_back_by) = if seq < snapshot.id().next_seq { (None, None) } else { complete_to(&statuses, now) };
        let sees_all = *snapshot.scope() == Scope::All;
        let sources = statuses.iter().map(|(source, status)| SourceHealth::of(source, status, sees_all, now)).collect();
        let complete = complete_to.is_some_and(|moment| moment >= plan::as_of(*range, planned.now));
        Watermark { complete_to, held_back_by, complete, seq, sources }
    }
}

/// Up to which moment these sources have sent everything, and which of them would have to send more.
fn complete_to(statuses: &[(&String, &SourceStatus)], now: Timestamp) -> (Option<Timestamp>, Option<String>) {
    let have_sent = || statuses.iter().filter(|(_, status)| status.events > 0);
    let sending = have_sent().filter(|(_, status)| status.silent_micros(now).is_none());
    match sending.min_by_key(|(_, status)| status.newest_event_time) {
        Some((source, status)) if status.newest_event_time < now => (Some(status.newest_event_time), Some((*source).clone())),
        Some(_) => (Some(now), None),
        None => (have_sent().map(|(_, status)| status.newest_event_time.min(now)).max(), None),
    }
}

/// How all sources of a snapshot are, by name.
pub fn health(snapshot: &Snapshot, now: Timestamp) -> Vec<SourceHealth> {
    let sees_all = *snapshot.scope() == Scope::All;
    others(snapshot).map(|(source, status)| SourceHealth::of(source, status, sees_all, now)).collect()
}

/// The sources that somebody else sends.
fn others(snapshot: &Snapshot) -> impl Iterator<Item = (&String, &SourceStatus)> {
    snapshot.sources().iter().filter(|(source, _)| source.as_str() != OWN_SOURCE)
}

impl SourceHealth {
    fn of(source: &str, status: &SourceStatus, sees_all: bool, now: Timestamp) -> Self {
        let seconds = |micros: i64| micros / MICROS_PER_SECOND;
        SourceHealth {
            source: source.to_owned(),
            newest_event_time: status.newest_event_time,
            last_received_at: status.last_received_at,
            silent_seconds: status.silent_micros(now).map(seconds),
            clock_ahead_seconds: status.clock_ahead_micros().map(seconds),
            behind_seconds: status.behind_micros().map(seconds),
            events: sees_all.then_some(status.events),
            rejected: sees_all.then_some(status.rejected),
        }
    }
}
