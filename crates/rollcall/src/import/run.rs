//! One file from its first byte to its last acknowledgement.

use std::path::Path;

use anyhow::Context;
use futures::stream::{FuturesOrdered, StreamExt};
use rollcall_intake::{Decoder, Format, Prescan, SourceOptions, needs_prescan};
use tokio::sync::mpsc;

use super::checkpoint::{Checkpoint, Identity, Mark};
use super::decoding::{BATCH_EVENTS, Batch, Decoding, Ended, Step};
use super::destination::{Destination, Outcome};
use super::input::{Input, OpenInput};
use super::progress::Progress;
use super::tally::Tally;
use crate::failure::usage;

/// Batches that are on their way at once: one is written while the next is encoded.
const IN_FLIGHT: usize = 2;
/// Batches that may wait for that, decoded.
const DECODED: usize = 2;
/// The same of standard input, which comes in pieces: what waits becomes one batch.
const DECODED_PIECES: usize = 64;
/// Most of standard input that is looked at to find out whether it bears dates.
const LOOKED_AT_BYTES: u64 = 1024 * 1024;

/// What to import, how to read it, and where it goes.
pub(crate) struct FileImport<'a> {
    pub(crate) format: &'static dyn Format,
    pub(crate) options: &'a SourceOptions,
    pub(crate) destination: Destination<'a>,
    /// Where checkpoints lie, if there is a place for them.
    pub(crate) checkpoints: Option<&'a Path>,
    /// The server's address, if it is one.
    pub(crate) url: Option<&'a str>,
}

/// How an attempt ended.
enum Attempt {
    /// Everything is acknowledged.
    Done(Box<Tally>),
    /// What was taken as known is not: the attempt is given up, after it added so many events.
    NotKnown { why: &'static str, added: u64 },
}

/// Imports one file.
pub(crate) async fn import_file(import: &FileImport<'_>, input: &Input) -> anyhow::Result<Tally> {
    let checkpoint = import.checkpoint(input);
    let known = checkpoint.as_ref().and_then(Checkpoint::load);
    match import.attempt(input, checkpoint.as_ref(), known).await? {
        Attempt::Done(tally) => Ok(*tally),
        Attempt::NotKnown { why, added } => {
            tracing::info!(file = input.name(), why, "importing all of the file");
            match import.attempt(input, checkpoint.as_ref(), None).await? {
                Attempt::Done(mut tally) => {
                    tally.added_before(added);
                    Ok(*tally)
                }
                Attempt::NotKnown { why, .. } => anyhow::bail!("{}: {why}", input.name()),
            }
        }
    }
}

impl FileImport<'_> {
    fn checkpoint(&self, input: &Input) -> Option<Checkpoint> {
        let Input::File(path) = input else { return None };
        let SourceOptions { time_zone, date_basis, csv, max_future_micros, .. } = self.options;
        let reading =
            format!("{} {} {time_zone:?} {date_basis:?} {csv:?} {max_future_micros}", self.format.name(), self.destination.source);
        Checkpoint::of(self.checkpoints?, &Identity { path, url: self.url, reading: &reading })
    }

    async fn attempt(&self, input: &Input, checkpoint: Option<&Checkpoint>, known: Option<Mark>) -> anyhow::Result<Attempt> {
        let (opened, options) = self.dated(input)?;
        let progress = Progress::new(input.name(), opened.bytes, opened.read);
        let (sender, steps) = mpsc::channel(if *input == Input::Stdin { DECODED_PIECES } else { DECODED });
        let decoder = Decoder::new(self.format, options);
        let decoding = Decoding::new(opened.reader, decoder, known, *input == Input::Stdin, sender);
        let decoding = tokio::task::spawn_blocking(move || decoding.run());
        let sent = self.send_all(steps, checkpoint, &progress).await.with_context(|| format!("importing {}", input.name()))?;
        let mut tally = match sent {
            Sent::All(tally) => tally,
            // The thread ends at its next batch, since nobody takes it.
            Sent::NotKnown { added } => return Ok(Attempt::NotKnown { why: "the store does not hold what it acknowledged before", added }),
        };
        let ended =
            decoding.await.context("decoding ended early")?.with_context(|| format!("{} can't be read to its end", input.name()))?;
        match ended {
            Ended::Finished(summary) => {
                tally.finish(summary);
                Ok(Attempt::Done(tally))
            }
            Ended::OtherFile => Ok(Attempt::NotKnown { why: "the file has changed since the import before", added: tally.added }),
            Ended::Stopped => anyhow::bail!("{}: decoding stopped early", input.name()),
        }
    }

    /// Opens the input, and finds the date of its first line if it needs one.
    fn dated(&self, input: &Input) -> anyhow::Result<(OpenInput, SourceOptions)> {
        let mut options = self.options.clone();
        let mut opened = input.open()?;
        if !needs_prescan(self.format, &options) {
            return Ok((opened, options));
        }
        let mut prescan = Prescan::new(self.format, &options, opened.modified.unwrap_or(options.now));
        let is_stdin = *input == Input::Stdin;
        let mut looked_at = Vec::new();
        let mut piece = vec![0; 256 * 1024];
        while prescan.wants_more() && (!is_stdin || (looked_at.len() as u64) < LOOKED_AT_BYTES) {
            let read = opened.reader.read(&mut piece).with_context(|| format!("{} can't be read", input.name()))?;
            let bytes = piece.get(..read).unwrap_or_default();
            if bytes.is_empty() {
                break;
            }
            prescan.push(bytes);
            if is_stdin {
                looked_at.extend_from_slice(bytes);
            }
        }
        options.date_basis = prescan.finish();
        if !is_stdin {
            return Ok((input.open()?, options));
        }
        if options.date_basis.is_some() {
            return Err(usage(
                "standard input bears times without dates, and has no time of modification; give the date of its first line with --date",
            ));
        }
        let reader = Box::new(std::io::Read::chain(std::io::Cursor::new(looked_at), opened.reader));
        Ok((OpenInput { reader, ..opened }, options))
    }

    /// Sends batches as they come, a few at once, and notes in their order what was acknowledged.
    async fn send_all(&self, steps: mpsc::Receiver<Step>, checkpoint: Option<&Checkpoint>, progress: &Progress) -> anyhow::Result<Sent> {
        let mut tally = Box::<Tally>::default();
        let mut steps = Steps { steps, next: None };
        let mut on_the_way = FuturesOrdered::new();
        loop {
            let step = tokio::select! {
                biased;
                Some(done) = on_the_way.next(), if !on_the_way.is_empty() => {
                    self.acknowledge(done?, &mut tally, checkpoint, progress);
                    continue;
                }
                step = steps.recv(), if on_the_way.len() < IN_FLIGHT => step,
            };
            match step {
                Some(Step::Known { events, rejected }) => tally.known(events, &rejected),
                // A probe travels alone: what comes after it may have to be sent anew. What was rejected in it
                // is not sent: somebody may have seen to it since.
                Some(Step::New(mut batch)) if batch.is_probe => {
                    let rejected = std::mem::take(&mut batch.rejected);
                    let (batch, outcome) = self.take(batch, progress).await?;
                    if outcome.added > 0 {
                        return Ok(Sent::NotKnown { added: outcome.added });
                    }
                    self.acknowledge((Batch { rejected, ..batch }, outcome), &mut tally, checkpoint, progress);
                }
                Some(Step::New(batch)) => on_the_way.push_back(self.take(batch, progress)),
                None => break,
            }
        }
        while let Some(done) = on_the_way.next().await {
            self.acknowledge(done?, &mut tally, checkpoint, progress);
        }
        Ok(Sent::All(tally))
    }

    async fn take(&self, mut batch: Batch, progress: &Progress) -> anyhow::Result<(Batch, Outcome)> {
        let outcome = self.destination.take(&mut batch, progress).await?;
        Ok((batch, outcome))
    }

    fn acknowledge(&self, done: (Batch, Outcome), tally: &mut Tally, checkpoint: Option<&Checkpoint>, progress: &Progress) {
        let (batch, outcome) = done;
        tally.sent(&outcome, &batch.rejected);
        progress.acknowledged(outcome.events);
        if let (Some(checkpoint), Some(mark)) = (checkpoint, &batch.mark) {
            checkpoint.store(mark);
        }
    }
}

/// What decoding gives, as it is sent.
struct Steps {
    steps: mpsc::Receiver<Step>,
    /// What was taken already, and does not go with what is before it.
    next: Option<Step>,
}

impl Steps {
    /// The next step. Small batches that wait become one, so that many share a commit.
    async fn recv(&mut self) -> Option<Step> {
        let mut step = match self.next.take() {
            Some(step) => step,
            None => self.steps.recv().await?,
        };
        if let Step::New(batch) = &mut step
            && !batch.is_probe
        {
            while let Ok(next) = self.steps.try_recv() {
                match next {
                    Step::New(next) if !next.is_probe && batch.records() + next.records() <= BATCH_EVENTS => batch.append(next),
                    other => {
                        self.next = Some(other);
                        break;
                    }
                }
            }
        }
        Some(step)
    }
}

/// What became of the batches.
enum Sent {
    /// All were acknowledged.
    All(Box<Tally>),
    /// The store does not know the batch that it must know; of it so many events were added.
    NotKnown { added: u64 },
}
