//! Where batches become durable: the ledger that this process has opened, or the API of a server.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail};
use rollcall_intake::Position;
use rollcall_ledger::{Receipt, Submission};
use rollcall_model::Event;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::decoding::Batch;
use super::progress::Progress;
use crate::connection::{self, Call, Connection, Refused};
use crate::store::Store;

/// Size of one request, uncompressed: half of what a server takes.
const REQUEST_BYTES: usize = 8 * 1024 * 1024;
/// For how long a batch may be refused because the store is busy or its database away.
const PATIENCE: Duration = Duration::from_secs(600);
/// A good moment to try again when the database's server was away.
const DATABASE_BACK: Duration = Duration::from_secs(5);

/// Where the records of one source go.
pub(crate) struct Destination<'a> {
    pub(crate) connection: &'a Connection,
    pub(crate) source: &'a str,
    pub(crate) format: &'a str,
}

/// What became of a batch.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    /// How many events it had.
    pub(crate) events: u64,
    /// Events that are there now and were not before.
    pub(crate) added: u64,
    /// Events that were there already.
    pub(crate) already_there: u64,
    /// Where the records of events stand that were there already with other content.
    pub(crate) conflicts: Vec<Position>,
    /// Records that a server did not take, and why.
    pub(crate) refused: Vec<(Position, String)>,
}

/// A record in a request to the quarantine.
#[derive(Serialize)]
struct ToQuarantine<'a> {
    record_id: Uuid,
    format: &'a str,
    line: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<&'a str>,
    reason: &'a str,
    raw_base64: String,
}

#[derive(Deserialize)]
struct Taken {
    accepted: u64,
    duplicates: u64,
    conflicts: Vec<IndexOnly>,
    rejected: Vec<RejectedThere>,
}

#[derive(Deserialize)]
struct IndexOnly {
    index: usize,
}

#[derive(Deserialize)]
struct RejectedThere {
    index: usize,
    field: Option<String>,
    reason: String,
}

impl Destination<'_> {
    /// Makes a batch durable. Waits if the store is busy.
    pub(crate) async fn take(&self, batch: &mut Batch, progress: &Progress) -> anyhow::Result<Outcome> {
        match self.connection.store() {
            Some(store) => self.append(store, batch, progress).await,
            None => self.send(batch, progress).await,
        }
    }

    async fn append(&self, store: &Store, batch: &mut Batch, progress: &Progress) -> anyhow::Result<Outcome> {
        let mut patience = Patience::default();
        let directory = store.app.directory(self.connection.tenant()).await?;
        let submission = Arc::new(Submission { directory, ..self.submission(batch) });
        let events = submission.events.len() as u64;
        let Receipt { accepted, duplicates, conflicts, .. } = loop {
            match store.ledger.append(self.connection.tenant(), Arc::clone(&submission)).await {
                Ok(receipt) => break receipt,
                Err(rollcall_ledger::Error::Busy { retry_after_s, .. }) => {
                    patience.wait(Duration::from_secs(retry_after_s), progress).await?
                }
                // Ids come from the records, so what was taken after all adds nothing.
                Err(error) if error.is_unavailable() => patience.wait(DATABASE_BACK, progress).await?,
                Err(error) => return Err(error.into()),
            }
        };
        let conflicts = conflicts.iter().filter_map(|conflict| batch.positions.get(conflict.index).copied()).collect();
        Ok(Outcome { events, added: accepted, already_there: duplicates, conflicts, refused: Vec::new() })
    }

    /// The events move: there are many, and nothing else needs them.
    fn submission(&self, batch: &mut Batch) -> Submission {
        let rejected = batch.rejected.iter().map(|record| rollcall_ledger::RejectedRecord {
            record_id: record.record_id,
            source: self.source.to_owned(),
            format: self.format.to_owned(),
            line: line(record.position),
            field: record.field.clone(),
            reason: record.reason.clone(),
            raw: record.raw.clone(),
        });
        Submission { rejected: rejected.collect(), events: std::mem::take(&mut batch.events), ..Submission::default() }
    }

    async fn send(&self, batch: &Batch, progress: &Progress) -> anyhow::Result<Outcome> {
        let mut outcome = Outcome { events: batch.events.len() as u64, ..Outcome::default() };
        let mut rest: &[Event] = &batch.events;
        let mut positions: &[Position] = &batch.positions;
        while !rest.is_empty() {
            let (lines, count) = ndjson(rest)?;
            let taken: Taken = connection::json(self.patiently(|| self.events(&lines), progress).await?).await?;
            let position = |index: usize| positions.get(index).copied().unwrap_or_default();
            outcome.added += taken.accepted;
            outcome.already_there += taken.duplicates;
            outcome.conflicts.extend(taken.conflicts.iter().map(|conflict| position(conflict.index)));
            outcome
                .refused
                .extend(taken.rejected.iter().map(|record| (position(record.index), reason(record.field.as_deref(), &record.reason))));
            (rest, positions) = (rest.get(count..).unwrap_or_default(), positions.get(count..).unwrap_or_default());
        }
        self.quarantine(batch, progress).await?;
        Ok(outcome)
    }

    fn events(&self, lines: &[u8]) -> anyhow::Result<Call> {
        let call = self.connection.post(&["events"]).query("source", Some(self.source));
        if !self.connection.is_remote() {
            return Ok(call.body("application/x-ndjson", lines.to_vec()));
        }
        let compressed = zstd::encode_all(lines, 1).context("compressing a request")?;
        Ok(call.body("application/x-ndjson", compressed).encoding("zstd"))
    }

    /// Hands records that were rejected here to the server's quarantine.
    async fn quarantine(&self, batch: &Batch, progress: &Progress) -> anyhow::Result<()> {
        let mut records = batch.rejected.iter().peekable();
        while records.peek().is_some() {
            let (mut body, mut bytes) = (Vec::new(), 0);
            while let Some(record) = records.next_if(|_| bytes < REQUEST_BYTES / 2) {
                bytes += record.raw.len() + 1_024;
                body.push(ToQuarantine {
                    record_id: record.record_id,
                    format: self.format,
                    line: line(record.position),
                    field: record.field.as_deref(),
                    reason: &record.reason,
                    raw_base64: base64(&record.raw),
                });
            }
            let call = || self.connection.post(&["sources", self.source, "quarantine"]).json(&body);
            self.patiently(call, progress).await?;
        }
        Ok(())
    }

    /// Sends a request until the server is not too busy for it.
    async fn patiently(&self, call: impl Fn() -> anyhow::Result<Call>, progress: &Progress) -> anyhow::Result<reqwest::Response> {
        let mut patience = Patience::default();
        loop {
            let error = match self.connection.send(call()?).await {
                Ok(response) => return Ok(response),
                Err(error) => error,
            };
            match error.downcast_ref::<Refused>().and_then(Refused::retry_after) {
                Some(pause) => patience.wait(pause, progress).await?,
                None => return Err(error),
            }
        }
    }
}

/// How long a busy store has been waited for.
#[derive(Default)]
struct Patience(Duration);

impl Patience {
    async fn wait(&mut self, pause: Duration, progress: &Progress) -> anyhow::Result<()> {
        if self.0 >= PATIENCE {
            bail!(
                "the store has been busy, or its database away, for {} s; run the same command again later: it goes on where it stopped",
                self.0.as_secs()
            );
        }
        let pause = pause.clamp(Duration::from_millis(100), Duration::from_secs(30));
        progress.waiting(true);
        tokio::time::sleep(pause).await;
        progress.waiting(false);
        self.0 += pause;
        Ok(())
    }
}

/// As many events as fit into a request, one a line, and how many they are.
fn ndjson(events: &[Event]) -> anyhow::Result<(Vec<u8>, usize)> {
    let mut lines = Vec::with_capacity(events.len().min(20_000) * 600);
    let mut count = 0;
    for event in events {
        serde_json::to_writer(&mut lines, event).context("writing an event as JSON")?;
        lines.push(b'\n');
        count += 1;
        if lines.len() >= REQUEST_BYTES {
            break;
        }
    }
    Ok((lines, count))
}

/// A reason with the field that it is about.
pub(crate) fn reason(field: Option<&str>, reason: &str) -> String {
    field.map_or_else(|| reason.to_owned(), |field| format!("{field}: {reason}"))
}

/// The line of a record; of a binary one its number.
fn line(position: Position) -> i64 {
    let line = if position.line == 0 { position.record } else { position.line };
    i64::try_from(line).unwrap_or(i64::MAX)
}

fn base64(bytes: &[u8]) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(bytes)
}
