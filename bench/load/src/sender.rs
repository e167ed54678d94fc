//! The load: batches of a file, sent over several connections at once, each answer awaited.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use serde::Deserialize;

use crate::data::{Batch, Dataset};
use crate::http::{Address, Connection, Part};

/// How batches are sent.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Manner {
    pub(crate) connections: usize,
    /// Events a second; as fast as they are acknowledged if `None`.
    pub(crate) rate: Option<f64>,
    /// For how long; until everything is sent if `None`.
    pub(crate) at_most: Option<Duration>,
}

/// What became of what was sent.
#[derive(Debug, Default)]
pub(crate) struct Sent {
    pub(crate) events: u64,
    pub(crate) accepted: u64,
    pub(crate) duplicates: u64,
    /// Requests that were refused as too much, and sent again.
    pub(crate) refused: u64,
    /// From the first request to the last answer.
    pub(crate) took: Duration,
    /// How long each answer took, refusals not counted.
    pub(crate) answers: Vec<Duration>,
}

/// What the server says about a batch.
#[derive(Debug, Deserialize)]
struct Receipt {
    accepted: u64,
    duplicates: u64,
    conflicts_total: u64,
    rejected_total: u64,
    skipped: u64,
}

impl Sent {
    /// Events acknowledged a second.
    pub(crate) fn rate(&self) -> f64 {
        self.events as f64 / self.took.as_secs_f64()
    }

    fn add(&mut self, batch: Batch, receipt: &Receipt) -> Result<()> {
        let Receipt { accepted, duplicates, conflicts_total, rejected_total, skipped } = receipt;
        ensure!(
            accepted + duplicates == batch.events && conflicts_total + rejected_total + skipped == 0,
            "sent {} events that are all good, got {receipt:?}",
            batch.events
        );
        self.events += batch.events;
        self.accepted += accepted;
        self.duplicates += duplicates;
        Ok(())
    }

    fn unite(&mut self, other: Sent) {
        self.events += other.events;
        self.accepted += other.accepted;
        self.duplicates += other.duplicates;
        self.refused += other.refused;
        self.answers.extend(other.answers);
    }
}

/// Sends the batches of a file in their order, each over the connection that is free next, until all are
/// acknowledged, the time is over, or `stop` is set.
pub(crate) fn send(address: &Address, dataset: &Dataset, manner: Manner, stop: &AtomicBool) -> Result<Sent> {
    let senders = (0..manner.connections).map(|_| Sender::open(address, dataset)).collect::<Result<Vec<_>>>()?;
    let queue = Queue { dataset, next: AtomicUsize::new(0), started: Instant::now(), manner, stop };
    let mut all = Sent::default();
    std::thread::scope(|scope| {
        let threads: Vec<_> = senders.into_iter().map(|sender| scope.spawn(|| sender.run(&queue))).collect();
        for thread in threads {
            all.unite(thread.join().map_err(|_| anyhow::anyhow!("a sender failed"))??);
        }
        anyhow::Ok(())
    })?;
    all.took = queue.started.elapsed();
    Ok(all)
}

/// What is still to be sent, and when.
struct Queue<'a> {
    dataset: &'a Dataset,
    next: AtomicUsize,
    started: Instant,
    manner: Manner,
    stop: &'a AtomicBool,
}

impl Queue<'_> {
    /// The next batch, when it is due.
    fn next(&self) -> Option<Batch> {
        let over = self.manner.at_most.is_some_and(|at_most| self.started.elapsed() >= at_most);
        if over || self.stop.load(Ordering::Relaxed) {
            return None;
        }
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let batch = *self.dataset.batches.get(number)?;
        if let Some(rate) = self.manner.rate {
            let due = Duration::from_secs_f64(number as f64 * batch.events as f64 / rate);
            std::thread::sleep(due.saturating_sub(self.started.elapsed()));
        }
        Some(batch)
    }
}

/// One connection, with its own way into the file.
struct Sender {
    connection: Connection,
    part: Part,
    body: Vec<u8>,
}

impl Sender {
    /// Below this a body is read and sent with its head in one piece.
    const SMALL: u64 = 16 * 1024;

    fn open(address: &Address, dataset: &Dataset) -> Result<Self> {
        Ok(Sender { connection: Connection::open(address)?, part: Part::open(&dataset.path)?, body: Vec::new() })
    }

    fn run(mut self, queue: &Queue<'_>) -> Result<Sent> {
        let mut sent = Sent::default();
        while let Some(batch) = queue.next() {
            let outcome = self.send(batch, &mut sent).with_context(|| format!("the batch at byte {}", batch.offset));
            // The others need not go on for nothing.
            outcome.inspect_err(|_| queue.stop.store(true, Ordering::Relaxed))?;
        }
        Ok(sent)
    }

    /// Sends a batch until it is taken.
    fn send(&mut self, batch: Batch, sent: &mut Sent) -> Result<()> {
        const EVENTS: &str = "/api/v1/events";
        const NDJSON: &str = "application/x-ndjson";
        let part = self.part.at(batch.offset, batch.bytes);
        loop {
            let small = batch.bytes <= Self::SMALL;
            if small {
                part.read(&mut self.body)?;
            }
            let started = Instant::now();
            let answer =
                if small { self.connection.post(EVENTS, NDJSON, &self.body)? } else { self.connection.post_from(EVENTS, NDJSON, part)? };
            if let (429 | 503, Some(seconds)) = (answer.status, answer.retry_after) {
                sent.refused += 1;
                std::thread::sleep(Duration::from_secs(seconds));
                continue;
            }
            let receipt: Receipt = answer.json()?;
            sent.answers.push(started.elapsed());
            return sent.add(batch, &receipt);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn receipt(json: &str) -> Receipt {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn every_event_of_a_batch_has_to_be_accounted_for() {
        let batch = Batch { offset: 0, bytes: 4_660, events: 10 };
        let mut sent = Sent::default();
        let good = r#"{"accepted":9,"duplicates":1,"conflicts":[],"conflicts_total":0,"rejected":[],"rejected_total":0,"skipped":0,"warnings":[]}"#;
        sent.add(batch, &receipt(good)).unwrap();
        assert_eq!((sent.events, sent.accepted, sent.duplicates), (10, 9, 1));
        for (from, to) in [(":9", ":8"), ("conflicts_total\":0", "conflicts_total\":1"), ("rejected_total\":0", "rejected_total\":1")] {
            assert!(sent.add(batch, &receipt(&good.replace(from, to))).is_err(), "{to}");
        }
        assert_eq!(sent.events, 10);
    }
}
