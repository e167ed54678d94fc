//! The store that reports are asked of: built once, and what it takes on disk.

use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use clap::Args;
use rollcall_generator::{Options, generate};

use super::import::{IMPORT, check};
use super::{Bench, on_disk, tell};
use crate::data::options;
use crate::figures::Table;

/// Commands that bring a store into the shape that it has in the long run. Those that the binary does not
/// know are left out.
const UPKEEP: &[&str] = &["archive", "compact"];

/// How large a store.
#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct StoreArgs {
    /// About how many events are in the store
    #[arg(long, value_name = "N", default_value_t = 20_000_000, value_parser = clap::value_parser!(u64).range(1_000..))]
    pub(crate) store_events: u64,
    /// How many people they are of
    #[arg(long, value_name = "N", default_value_t = 20_000, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub(crate) store_agents: u32,
    /// How many days they cover
    #[arg(long, value_name = "N", default_value_t = 30, value_parser = clap::value_parser!(u32).range(8..=3_660))]
    pub(crate) store_days: u32,
}

impl StoreArgs {
    pub(crate) fn options(self) -> Options {
        options(self.store_agents, self.store_days, self.store_events)
    }

    pub(crate) fn sizes(self) -> [(&'static str, u64); 3] {
        [("events", self.store_events), ("agents", self.store_agents.into()), ("days", self.store_days.into())]
    }

    fn name(self) -> String {
        format!("store-{}-{}-{}", self.store_events, self.store_agents, self.store_days)
    }
}

pub(crate) fn run(bench: &Bench, args: &StoreArgs) -> Result<Table> {
    let data = built(bench, args)?;
    let server = bench.binary.serve(&data)?;
    let status = server.status()?;
    server.stop()?;
    ensure!(status.tail_events == 0, "expected a store that is archived, but {} events are not", status.tail_events);
    let mut table = Table::new("store", &args.sizes());
    table.add_run(on_disk(&data, status.next_seq, "≤ 45")?)?;
    Ok(table)
}

/// The data folder of the store. It is built if it is not there.
pub(crate) fn built(bench: &Bench, args: &StoreArgs) -> Result<PathBuf> {
    let folder = bench.dir.join(args.name());
    let data = folder.join("data");
    if !folder.exists() {
        tell(&format!("building {}, once", folder.display()));
        let unfinished = bench.folder()?;
        build(bench, &args.options(), &unfinished.path().join("data"))?;
        std::fs::rename(unfinished.keep(), &folder)?;
    }
    Ok(data)
}

fn build(bench: &Bench, options: &Options, data: &Path) -> Result<()> {
    let started = Instant::now();
    let mut child = bench.binary.command(IMPORT, data)?.arg("-").stdin(Stdio::piped()).spawn()?;
    let stdin = child.stdin.take().context("the import has no standard input")?;
    // If the import has ended before its time, that is why nothing can be written.
    let written = write(options, stdin);
    let printed = bench.binary.finish(child, IMPORT)?;
    let (events, distinct) = written?;
    check(&printed, events, distinct)?;
    tell(&format!("imported {events} events in {:.1} s", started.elapsed().as_secs_f64()));
    for command in UPKEEP {
        if bench.binary.knows(command)? {
            let started = Instant::now();
            bench.binary.run(&[command], data)?;
            tell(&format!("`rollcall {command}` took {:.1} s", started.elapsed().as_secs_f64()));
        }
    }
    Ok(())
}

/// Writes events as NDJSON, and answers how many there are, and how many different ones.
fn write(options: &Options, out: impl Write) -> Result<(u64, u64)> {
    let mut out = BufWriter::with_capacity(1 << 20, out);
    let mut ids = Vec::new();
    for event in generate(options) {
        serde_json::to_writer(&mut out, &event)?;
        out.write_all(b"\n")?;
        ids.push(event.event_id.as_u128());
    }
    out.flush()?;
    let events = ids.len() as u64;
    ids.sort_unstable();
    ids.dedup();
    Ok((events, ids.len() as u64))
}
