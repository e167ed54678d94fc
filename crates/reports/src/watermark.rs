//! The watermark: up to which moment an answer is complete, and how its sources are.

use rollcall_ledger::Snapshot;
use rollcall_model::Timestamp;
use rollcall_model::time::MICROS_PER_SECOND;
use serde::Serialize;

/// Up to which moment an answer is complete.
///
/// A source that still sends is taken to have sent everything up to its newest event. So the answer is
/// complete up to the earliest of those; a source that has been silent for unusually long is named and
/// left out of the count.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Watermark {
    /// Complete up to here; missing where nothing has come yet.
    pub complete_to: Option<Timestamp>,
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
    /// Events accepted.
    pub events: i64,
    /// Records rejected.
    pub rejected: i64,
}

impl Watermark {
    /// The watermark of a snapshot at `now`.
    pub fn of(snapshot: &Snapshot, now: Timestamp) -> Self {
        let statuses = snapshot.sources();
        let newest = statuses.values().filter(|status| status.events > 0).map(|status| status.newest_event_time).max();
        let sending = statuses.values().filter(|status| status.events > 0 && status.silent_micros(now).is_none());
        let complete_to = sending.map(|status| status.newest_event_time).min().or(newest).map(|moment| moment.min(now));
        let health = statuses.iter().map(|(source, status)| SourceHealth {
            source: source.clone(),
            newest_event_time: status.newest_event_time,
            last_received_at: status.last_received_at,
            silent_seconds: status.silent_micros(now).map(|micros| micros / MICROS_PER_SECOND),
            clock_ahead_seconds: status.clock_ahead_micros().map(|micros| micros / MICROS_PER_SECOND),
            events: status.events,
            rejected: status.rejected,
        });
        Watermark { complete_to, seq: snapshot.seq(), sources: health.collect() }
    }
}
