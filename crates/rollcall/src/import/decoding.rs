//! From bytes to batches, on a thread that may block.
//!
//! The whole file is always decoded, since the id of a record can depend on how many identical ones came
//! before it. What was acknowledged before is not sent again.

use std::io::Read;

use anyhow::Context;
use rollcall_intake::{Decoder, Item, Position, RejectedRecord, Summary};
use rollcall_model::Event;
use tokio::sync::mpsc::Sender;
use twox_hash::XxHash3_128;

use super::checkpoint::Mark;

/// Bytes that are decoded at once.
const PIECE_BYTES: usize = 256 * 1024;
/// A batch is sent when it has this many events…
pub(crate) const BATCH_EVENTS: usize = 10_000;
/// … or came from this many bytes.
const BATCH_BYTES: u64 = 4 * 1024 * 1024;

/// What comes out.
pub(crate) enum Step {
    /// Records that were acknowledged before, and are not sent again.
    Known {
        /// How many events they are.
        events: u64,
        /// Those that were rejected.
        rejected: Vec<RejectedRecord>,
    },
    /// Records to be sent.
    New(Batch),
}

/// Records to be sent together.
#[derive(Default)]
pub(crate) struct Batch {
    pub(crate) events: Vec<Event>,
    /// Where the record of each event began.
    pub(crate) positions: Vec<Position>,
    pub(crate) rejected: Vec<RejectedRecord>,
    /// The place in the file that is reached when this and all before it are acknowledged.
    pub(crate) mark: Option<Mark>,
    /// The store must know it, if it is the one that acknowledged what was known.
    pub(crate) is_probe: bool,
}

/// How decoding ended.
pub(crate) enum Ended {
    /// At the end of the file.
    Finished(Summary),
    /// The file does not begin with the bytes that were acknowledged.
    OtherFile,
    /// Nobody wants more batches.
    Stopped,
}

/// Decodes one file.
pub(crate) struct Decoding {
    input: Box<dyn Read + Send>,
    decoder: Decoder,
    known: Option<Mark>,
    /// Send what a read brings at once: more may be long in coming.
    is_live: bool,
    steps: Sender<Step>,
    /// What the last piece gave.
    items: Vec<Item>,
    batch: Batch,
    bytes: u64,
    batch_start: u64,
    digest: XxHash3_128,
}

impl Decoding {
    /// Decodes `input`, of which everything up to `known` was acknowledged before.
    pub(crate) fn new(input: Box<dyn Read + Send>, decoder: Decoder, known: Option<Mark>, is_live: bool, steps: Sender<Step>) -> Self {
        Decoding {
            input,
            decoder,
            known,
            is_live,
            steps,
            items: Vec::new(),
            batch: Batch::default(),
            bytes: 0,
            batch_start: 0,
            digest: XxHash3_128::new(),
        }
    }

    /// Decodes until the end.
    pub(crate) fn run(mut self) -> anyhow::Result<Ended> {
        let mut buffer = vec![0; PIECE_BYTES];
        loop {
            let piece = buffer.get_mut(..self.wanted()).unwrap_or_default();
            let read = self.input.read(piece).context("reading on")?;
            let piece = piece.get(..read).unwrap_or_default();
            if piece.is_empty() {
                return self.finish();
            }
            self.digest.write(piece);
            self.bytes += read as u64;
            self.decoder.push(piece, &mut self.items);
            self.batch.add(&mut self.items);
            if let Some(ended) = self.pass_on() {
                return Ok(ended);
            }
        }
    }

    /// How much to read: a piece, but not beyond a place that matters.
    fn wanted(&self) -> usize {
        let stops = self.known.iter().flat_map(|mark| [mark.batch_start, mark.bytes]);
        let next = stops.filter(|&stop| stop > self.bytes).map(|stop| stop - self.bytes).min();
        next.map_or(PIECE_BYTES, |bytes| usize::try_from(bytes).unwrap_or(PIECE_BYTES).min(PIECE_BYTES))
    }

    /// Passes on what is ready. Answers how decoding ended, if it did.
    fn pass_on(&mut self) -> Option<Ended> {
        let sent = match &self.known {
            Some(mark) if self.bytes <= mark.batch_start => {
                self.batch_start = self.bytes;
                self.send_known()
            }
            Some(mark) if self.bytes < mark.bytes => true,
            Some(mark) if self.bytes == mark.bytes => {
                if self.digest() != mark.xxh3_128 {
                    return Some(Ended::OtherFile);
                }
                self.send_batch(true)
            }
            _ if self.is_live || self.batch.records() >= BATCH_EVENTS || self.bytes - self.batch_start >= BATCH_BYTES => {
                self.send_batch(false)
            }
            _ => true,
        };
        (!sent).then_some(Ended::Stopped)
    }

    fn finish(mut self) -> anyhow::Result<Ended> {
        if self.known.as_ref().is_some_and(|mark| self.bytes < mark.bytes) {
            return Ok(Ended::OtherFile);
        }
        // The end makes a record of what may be half of one. No mark stands for it, so that it is read anew
        // if the file grows.
        let mark = self.mark();
        self.decoder.finish(&mut self.items);
        self.batch.add(&mut self.items);
        let sent = self.send(mark, false);
        Ok(if sent { Ended::Finished(self.decoder.summary()) } else { Ended::Stopped })
    }

    fn send_known(&mut self) -> bool {
        let Batch { events, rejected, .. } = std::mem::take(&mut self.batch);
        let events = events.len() as u64;
        events == 0 && rejected.is_empty() || self.steps.blocking_send(Step::Known { events, rejected }).is_ok()
    }

    fn send_batch(&mut self, is_probe: bool) -> bool {
        let mark = self.mark();
        self.send(mark, is_probe)
    }

    /// The mark of what has been decoded, if there are events in it: a batch without them proves nothing.
    fn mark(&self) -> Option<Mark> {
        (!self.batch.events.is_empty()).then(|| Mark { batch_start: self.batch_start, bytes: self.bytes, xxh3_128: self.digest() })
    }

    /// Digest of the bytes so far.
    fn digest(&self) -> String {
        format!("{:032x}", self.digest.finish_128())
    }

    fn send(&mut self, mark: Option<Mark>, is_probe: bool) -> bool {
        if self.batch.records() == 0 {
            return true;
        }
        self.batch_start = self.bytes;
        let next = Batch::like(&self.batch);
        let batch = std::mem::replace(&mut self.batch, next);
        self.steps.blocking_send(Step::New(Batch { mark, is_probe, ..batch })).is_ok()
    }
}

impl Batch {
    /// An empty batch with room for some more events than another has: to move them for want of room costs more.
    fn like(other: &Self) -> Self {
        let room = other.events.len() + other.events.len() / 8;
        Batch { events: Vec::with_capacity(room), positions: Vec::with_capacity(room), ..Batch::default() }
    }

    /// Takes in the batch that follows it.
    pub(crate) fn append(&mut self, next: Batch) {
        self.events.extend(next.events);
        self.positions.extend(next.positions);
        self.rejected.extend(next.rejected);
        // A batch without events has no mark of its own.
        self.mark = next.mark.or(self.mark.take());
    }

    /// How many records it has.
    pub(crate) fn records(&self) -> usize {
        self.events.len() + self.rejected.len()
    }

    /// Takes what decoding gave.
    fn add(&mut self, items: &mut Vec<Item>) {
        for item in items.drain(..) {
            match item {
                Item::Event { position, event } => {
                    self.positions.push(position);
                    self.events.push(event);
                }
                Item::Rejected(rejected) => self.rejected.push(rejected),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use rollcall_intake::SourceOptions;

    use super::*;

    /// What decoding some lines of a queue log after a mark yields: how many events were known, those of each
    /// batch, and how it ended.
    fn decode(text: &str, known: Option<Mark>) -> (u64, Vec<Batch>, Ended) {
        let options = SourceOptions::new("2026-04-15T12:00:00Z".parse().unwrap());
        let decoder = Decoder::new(rollcall_intake::format("asterisk-queue-log").unwrap(), options);
        let (sender, mut receiver) = tokio::sync::mpsc::channel(64);
        let input = Box::new(std::io::Cursor::new(text.to_owned().into_bytes()));
        let ended = Decoding::new(input, decoder, known, false, sender).run().unwrap();
        let (mut known, mut batches) = (0, Vec::new());
        while let Ok(step) = receiver.try_recv() {
            match step {
                Step::Known { events, .. } => known += events,
                Step::New(batch) => batches.push(batch),
            }
        }
        (known, batches, ended)
    }

    fn lines(numbers: std::ops::Range<u32>) -> String {
        numbers.map(|n| format!("{}|NONE|support|SIP/{n}|ADDMEMBER|\n", 1_366_720_340 + n)).collect()
    }

    #[test]
    fn what_was_acknowledged_is_not_sent_again_but_for_the_last_batch() {
        let (_, batches, _) = decode(&lines(0..45_000), None);
        assert!(batches.len() >= 3 && batches.iter().all(|batch| !batch.is_probe));
        let mark = batches[1].mark.clone().unwrap();
        let (known, again, ended) = decode(&lines(0..45_000), Some(mark));
        assert!(matches!(ended, Ended::Finished(_)));
        assert_eq!(known, batches[0].events.len() as u64);
        assert!(again[0].is_probe && again[1..].iter().all(|batch| !batch.is_probe));
        assert_eq!(again[0].events, batches[1].events);
        let rest = |batches: &[Batch]| batches.iter().flat_map(|batch| batch.events.clone()).collect::<Vec<_>>();
        assert_eq!(rest(&again), rest(&batches[1..]));
        assert_eq!(again[0].mark, batches[1].mark);
    }

    #[test]
    fn a_grown_file_goes_on_and_the_half_record_at_its_old_end_is_read_anew() {
        let whole = lines(0..10);
        let half = &whole[..whole.len() - 8];
        let (_, batches, _) = decode(half, None);
        let mark = batches[0].mark.clone().unwrap();
        assert_eq!(mark.bytes, half.len() as u64);
        let (known, again, _) = decode(&whole, Some(mark));
        let counts: Vec<_> = again.iter().map(|batch| (batch.is_probe, batch.events.len())).collect();
        assert_eq!((known, counts), (0, vec![(true, 9), (false, 1)]));
    }

    #[test]
    fn another_file_is_noticed() {
        let (_, batches, _) = decode(&lines(0..10), None);
        let mark = batches[0].mark.clone();
        assert!(matches!(decode(&lines(1..11), mark.clone()).2, Ended::OtherFile));
        assert!(matches!(decode(&lines(0..5), mark.clone()).2, Ended::OtherFile));
        assert!(matches!(decode(&lines(0..10), mark).2, Ended::Finished(_)));
    }
}
