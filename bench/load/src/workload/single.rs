//! One event a request, from many connections: how long a source waits that sends each event as it happens.

use std::sync::atomic::AtomicBool;
use std::time::Duration;

use anyhow::{Result, ensure};
use clap::Args;

use super::{Bench, tell};
use crate::data::{Dataset, Sizes};
use crate::figures::{Measure, Table, Times, Unit};
use crate::process::{Machine, SELF, Watch, cpu_seconds};
use crate::sender::{Manner, send};

/// What is sent, and how.
#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct SingleArgs {
    /// About how many events there are to send
    #[arg(long, value_name = "N", default_value_t = 500_000, value_parser = clap::value_parser!(u64).range(1_000..))]
    pub(crate) events: u64,
    /// For how long at most, in seconds
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) seconds: u64,
    /// Connections, each of which sends its next event when the last is acknowledged
    #[arg(long, value_name = "N", default_value_t = 64, value_parser = clap::value_parser!(u16).range(1..=1_000))]
    pub(crate) connections: u16,
}

pub(crate) fn run(bench: &Bench, args: &SingleArgs) -> Result<Table> {
    let folder = bench.folder()?;
    let sizes = Sizes { events: args.events, agents: 20_000 };
    let dataset = Dataset::write(&sizes.options(), 1, &folder.path().join("events.ndjson"))?;
    let mut table = Table::new("single", &[("connections", args.connections.into()), ("seconds at most", args.seconds)]);
    for run in 1..=bench.runs {
        tell(&format!("single, run {run} of {}", bench.runs));
        table.add_run(once(bench, args, &dataset)?)?;
    }
    Ok(table)
}

fn once(bench: &Bench, args: &SingleArgs, dataset: &Dataset) -> Result<Vec<Measure>> {
    let folder = bench.folder()?;
    let machine = Machine::now()?;
    let server = bench.binary.serve(&folder.path().join("data"))?;
    let load_before = cpu_seconds(SELF)?;
    let watch = Watch::begin(server.pid());
    let manner = Manner { connections: args.connections.into(), rate: None, at_most: Some(Duration::from_secs(args.seconds)) };
    let sent = send(server.address(), dataset, manner, &AtomicBool::new(false))?;
    let load_cpu = cpu_seconds(SELF)? - load_before;
    let taken = watch.end()?;
    let others = machine.others_since(taken.cpu_seconds)?;
    let status = server.status()?;
    ensure!(status.next_seq == sent.accepted, "expected {} events in the ledger, got {}", sent.accepted, status.next_seq);
    server.stop()?;

    let rate = sent.rate();
    let answers = Times::sorted(sent.answers);
    Ok(vec![
        Measure::millis("answer, median", answers.median()),
        Measure::millis("answer, p90", answers.per_mille(900)),
        Measure::millis("answer, p99", answers.per_mille(990)).aim("≤ 20 ms"),
        Measure::millis("answer, p99.9", answers.per_mille(999)),
        Measure::millis("answer, longest", answers.per_mille(1_000)),
        Measure::new(super::ingest::ACKNOWLEDGED, Unit::RequestsPerSecond, rate),
        Measure::new("requests refused and sent again", Unit::Count, sent.refused as f64),
        Measure::new("resident, at most", Unit::Mebibytes, taken.peak_mebibytes),
        Measure::new("processor time of the server", Unit::Seconds, taken.cpu_seconds),
        Measure::new("processor time of the load", Unit::Seconds, load_cpu),
        others,
    ])
}
