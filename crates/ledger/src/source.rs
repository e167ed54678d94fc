//! What has come through each source: the base of watermarks and of a source's health.

use std::collections::BTreeMap;

use rollcall_model::event::OWN_SOURCE;
use rollcall_model::time::{MICROS_PER_HOUR, MICROS_PER_SECOND};
use rollcall_model::{Event, TenantId, Timestamp};
use serde::Serialize;

use crate::database::{Queries, Write, get};
use crate::error::{Error, Result};

/// Table of this module.
pub(crate) const TABLE: &str = "rollcall_source(tenant VARCHAR NOT NULL, source VARCHAR NOT NULL, \
     events BIGINT NOT NULL, rejected BIGINT NOT NULL, batches BIGINT NOT NULL, newest_event_time BIGINT NOT NULL, \
     first_received_at BIGINT NOT NULL, last_received_at BIGINT NOT NULL, ahead_micros BIGINT NOT NULL, PRIMARY KEY(tenant, source))";

/// A source is never called silent before this long.
const SILENCE_AT_LEAST_MICROS: i64 = MICROS_PER_HOUR;
/// How many times its usual pause a source may be quiet.
const SILENCE_PAUSES: i64 = 20;
/// A clock that is ahead by less is not worth a word.
const SKEW_AT_LEAST_MICROS: i64 = 60 * MICROS_PER_SECOND;

/// What has come through one source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SourceStatus {
    /// Events accepted.
    pub events: i64,
    /// Records rejected.
    pub rejected: i64,
    /// Commits in which something of it came.
    pub batches: i64,
    /// Time of its newest event.
    pub newest_event_time: Timestamp,
    /// When the first of it was accepted.
    pub first_received_at: Timestamp,
    /// When the last of it was accepted.
    pub last_received_at: Timestamp,
    /// How far its newest event lay ahead of its arrival, in the last commit; negative if behind.
    pub ahead_micros: i64,
}

impl SourceStatus {
    /// For how long it has been quiet at `now`, if that is unusual.
    pub fn silent_micros(&self, now: Timestamp) -> Option<i64> {
        (now > self.silent_from()).then(|| now.micros_since(self.last_received_at))
    }

    /// When its quiet becomes unusual: after over an hour, and over twenty times its mean pause.
    pub fn silent_from(&self) -> Timestamp {
        let mean_pause = self.last_received_at.micros_since(self.first_received_at) / self.batches.max(1);
        self.last_received_at.plus_micros(SILENCE_AT_LEAST_MICROS.max(mean_pause.saturating_mul(SILENCE_PAUSES)))
    }

    /// By how much its clock is ahead, as far as can be told: an event can't arrive before it happens.
    pub fn clock_ahead_micros(&self) -> Option<i64> {
        (self.ahead_micros > SKEW_AT_LEAST_MICROS).then_some(self.ahead_micros)
    }

    /// How much older than its arrival the newest event of its last commit was, where that is worth a word: it came
    /// late, or the clock is behind. The two can't be told apart.
    pub fn behind_micros(&self) -> Option<i64> {
        // Of a commit without events nothing is known.
        let behind = self.ahead_micros.checked_neg()?;
        (behind > SKEW_AT_LEAST_MICROS).then_some(behind)
    }
}

/// Reads the status of all sources.
pub(crate) async fn load(read: &impl Queries, tenant: &TenantId) -> Result<BTreeMap<String, SourceStatus>> {
    let sql = "SELECT source, events, rejected, batches, newest_event_time, first_received_at, last_received_at, ahead_micros \
               FROM rollcall_source WHERE tenant = $1";
    let mut sources = BTreeMap::new();
    for row in read.all(sql, [tenant.as_str().into()]).await? {
        let moment = |column| {
            let micros: i64 = get(&row, column)?;
            Timestamp::from_micros(micros).ok_or_else(|| Error::Corrupt(format!("a source with the moment {micros}")))
        };
        let status = SourceStatus {
            events: get(&row, 1)?,
            rejected: get(&row, 2)?,
            batches: get(&row, 3)?,
            newest_event_time: moment(4)?,
            first_received_at: moment(5)?,
            last_received_at: moment(6)?,
            ahead_micros: get(&row, 7)?,
        };
        sources.insert(get(&row, 0)?, status);
    }
    Ok(sources)
}

/// Counts what a commit brings. Answers the statuses of the sources concerned. Rollcall's own record is no source:
/// that nobody changes anything says nothing about up to when reports are complete.
pub(crate) fn count(
    known: &BTreeMap<String, SourceStatus>,
    events: &[&Event],
    rejected: &BTreeMap<String, i64>,
    received_at: Timestamp,
) -> BTreeMap<String, SourceStatus> {
    let mut changed: BTreeMap<String, SourceStatus> = BTreeMap::new();
    let fresh = |source: &str| {
        let new = SourceStatus {
            events: 0,
            rejected: 0,
            batches: 0,
            newest_event_time: Timestamp::MIN,
            first_received_at: received_at,
            last_received_at: received_at,
            ahead_micros: i64::MIN,
        };
        let mut status = known.get(source).cloned().unwrap_or(new);
        status.batches += 1;
        status.last_received_at = received_at;
        status.ahead_micros = i64::MIN;
        status
    };
    for event in events.iter().filter(|event| event.source != OWN_SOURCE) {
        if !changed.contains_key(&event.source) {
            changed.insert(event.source.clone(), fresh(&event.source));
        }
        if let Some(status) = changed.get_mut(&event.source) {
            status.events += 1;
            status.newest_event_time = status.newest_event_time.max(event.event_time);
            status.ahead_micros = status.ahead_micros.max(event.event_time.micros_since(received_at));
        }
    }
    for (source, count) in rejected {
        let status = changed.entry(source.clone()).or_insert_with(|| fresh(source));
        status.rejected += count;
    }
    changed
}

/// Writes the statuses of the sources concerned.
pub(crate) async fn store(write: &Write<'_>, tenant: &TenantId, changed: &BTreeMap<String, SourceStatus>) -> Result<()> {
    for (source, status) in changed {
        let row = [
            tenant.as_str().into(),
            source.as_str().into(),
            status.events.into(),
            status.rejected.into(),
            status.batches.into(),
            status.newest_event_time.as_micros().into(),
            status.first_received_at.as_micros().into(),
            status.last_received_at.as_micros().into(),
            status.ahead_micros.into(),
        ];
        let sql = "INSERT INTO rollcall_source VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT(tenant, source) DO UPDATE SET \
                   events = $3, rejected = $4, batches = $5, newest_event_time = $6, last_received_at = $8, ahead_micros = $9";
        write.run(sql, row).await?;
    }
    Ok(())
}
