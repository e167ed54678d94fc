//! Events to send: the generator's, as NDJSON in a file, cut into batches.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use clap::Args;
use rollcall_generator::{Options, generate};
use rollcall_model::Timestamp;
use rollcall_model::time::MICROS_PER_DAY;

/// The first moment after the data, in microseconds: 2025-11-21T00:00:00Z. Past on every machine, so that no
/// event is of the future and every range means the same at any time.
const END: i64 = 1_763_683_200_000_000;
/// How many events a person makes a day when nothing else is asked for.
const EVENTS_OF_A_DAY: u64 = 33;
const SEED: u64 = 1;

/// How much data.
#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct Sizes {
    /// About how many events
    #[arg(long, value_name = "N", default_value_t = 10_000_000, value_parser = clap::value_parser!(u64).range(1_000..))]
    pub(crate) events: u64,
    /// How many people sign in; fewer if that many would make more events in a day
    #[arg(long, value_name = "N", default_value_t = 20_000, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub(crate) agents: u32,
}

impl Sizes {
    /// The events of so many people over as many days as they need for them.
    pub(crate) fn options(self) -> Options {
        let agents = u64::from(self.agents).min(self.events / EVENTS_OF_A_DAY);
        let days = self.events.div_ceil(agents * EVENTS_OF_A_DAY);
        options(agents as u32, days as u32, self.events)
    }
}

/// The events of so many people over so many days, up to the fixed end.
pub(crate) fn options(agents: u32, days: u32, events: u64) -> Options {
    Options { events: Some(events), ..Options::new(SEED, agents, days, end()) }
}

/// What happens to the same people after the fixed end.
pub(crate) fn options_after(agents: u32, days: u32, events: u64) -> Options {
    let end = end().plus_micros(i64::from(days) * MICROS_PER_DAY);
    Options { end, ..options(agents, days, events) }
}

/// The first moment after the data.
pub(crate) fn end() -> Timestamp {
    Timestamp::from_micros(END).unwrap_or_default()
}

/// Where a batch lies in the file.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Batch {
    pub(crate) offset: u64,
    pub(crate) bytes: u64,
    pub(crate) events: u64,
}

/// Events in a file, in the order of their arrival.
#[derive(Debug)]
pub(crate) struct Dataset {
    pub(crate) path: PathBuf,
    pub(crate) batches: Vec<Batch>,
    /// How many lines there are.
    pub(crate) events: u64,
    /// How many of them are different events: sources send some twice.
    pub(crate) distinct: u64,
}

impl Dataset {
    /// Writes a file, and syncs it, so that the disk is quiet when it is sent.
    pub(crate) fn write(options: &Options, batch_events: u64, path: &Path) -> Result<Self> {
        let told = || path.display().to_string();
        let mut out = BufWriter::with_capacity(1 << 20, File::create(path).with_context(told)?);
        let mut dataset = Dataset { path: path.to_owned(), batches: Vec::new(), events: 0, distinct: 0 };
        let mut batch = Batch { offset: 0, bytes: 0, events: 0 };
        let mut ids = Vec::new();
        let mut line = Vec::new();
        for event in generate(options) {
            line.clear();
            serde_json::to_writer(&mut line, &event)?;
            line.push(b'\n');
            out.write_all(&line).with_context(told)?;
            ids.push(event.event_id.as_u128());
            batch.bytes += line.len() as u64;
            batch.events += 1;
            if batch.events == batch_events {
                dataset.batches.push(batch);
                batch = Batch { offset: batch.offset + batch.bytes, bytes: 0, events: 0 };
            }
        }
        if batch.events > 0 {
            dataset.batches.push(batch);
        }
        dataset.events = ids.len() as u64;
        ids.sort_unstable();
        ids.dedup();
        dataset.distinct = ids.len() as u64;
        out.into_inner().with_context(told)?.sync_all().with_context(told)?;
        Ok(dataset)
    }

    /// Bytes of an event, with the end of its line.
    pub(crate) fn bytes_of_an_event(&self) -> f64 {
        self.batches.iter().map(|batch| batch.bytes).sum::<u64>() as f64 / self.events as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_is_the_one_that_is_written_down() {
        assert_eq!(end().to_string(), "2025-11-21T00:00:00Z");
    }

    #[test]
    fn people_and_days_are_as_many_as_the_events_need() {
        let made = |events, agents| {
            let options = Sizes { events, agents }.options();
            (options.agents, options.days)
        };
        assert_eq!(made(10_000_000, 20_000), (20_000, 16));
        assert_eq!(made(33_000, 20_000), (1_000, 1));
    }

    #[test]
    fn batches_are_the_whole_file_in_whole_lines() {
        let root = tempfile::tempdir().unwrap();
        let dataset = Dataset::write(&Sizes { events: 5_000, agents: 20_000 }.options(), 300, &root.path().join("events")).unwrap();
        let text = std::fs::read(&dataset.path).unwrap();
        let mut offset = 0;
        for batch in &dataset.batches {
            assert_eq!(batch.offset, offset);
            offset += batch.bytes;
            let lines = &text[batch.offset as usize..offset as usize];
            assert_eq!(lines.iter().filter(|byte| **byte == b'\n').count() as u64, batch.events);
            assert_eq!(lines.last(), Some(&b'\n'));
        }
        assert_eq!(offset, text.len() as u64);
        assert_eq!(dataset.batches.iter().map(|batch| batch.events).sum::<u64>(), dataset.events);
        assert!(dataset.batches.iter().rev().skip(1).all(|batch| batch.events == 300));
        assert!(dataset.distinct <= dataset.events && dataset.distinct * 1_000 > dataset.events * 990);
    }

    #[test]
    fn what_happens_afterwards_is_later_than_everything() {
        let first = generate(&options_after(30, 1, 1_000)).map(|event| event.event_time).min();
        let last = generate(&options(30, 1, 1_000)).map(|event| event.event_time).max();
        assert!(last.unwrap() < end() && first.unwrap() >= end());
    }
}
