//! Events over HTTP in batches, each acknowledged durable, archiving and pairing going on meanwhile.

use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use clap::Args;

use super::{Bench, on_disk, tell};
use crate::binary::{Server, Status};
use crate::data::{Dataset, Sizes};
use crate::figures::{Measure, Table, Times, Unit};
use crate::process::{Machine, SELF, Watch, cpu_seconds};
use crate::sender::{Manner, Sent, send};

/// How often the server is asked for its tail.
const LOOK_EVERY: Duration = Duration::from_millis(250);
/// The figure that other workloads are measured against.
pub(crate) const ACKNOWLEDGED: &str = "acknowledged durable";

/// What is sent, and how.
#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct IngestArgs {
    #[command(flatten)]
    pub(crate) sizes: Sizes,
    /// Connections, each of which sends its next batch when the last is acknowledged
    #[arg(long, value_name = "N", default_value_t = 8, value_parser = clap::value_parser!(u16).range(1..=1_000))]
    pub(crate) connections: u16,
    /// Events in a request
    #[arg(long, value_name = "N", default_value_t = 5_000, value_parser = clap::value_parser!(u64).range(1..=30_000))]
    pub(crate) batch: u64,
}

pub(crate) fn run(bench: &Bench, args: &IngestArgs) -> Result<Table> {
    let folder = bench.folder()?;
    tell(&format!("writing about {} events to a file", args.sizes.events));
    let dataset = Dataset::write(&args.sizes.options(), args.batch, &folder.path().join("events.ndjson"))?;
    let sizes = [("events", dataset.events), ("connections", args.connections.into()), ("events a request", args.batch)];
    let mut table = Table::new("ingest", &sizes);
    for run in 1..=bench.runs {
        tell(&format!("ingest, run {run} of {}", bench.runs));
        table.add_run(once(bench, args, &dataset)?)?;
    }
    Ok(table)
}

fn once(bench: &Bench, args: &IngestArgs, dataset: &Dataset) -> Result<Vec<Measure>> {
    let folder = bench.folder()?;
    let data = folder.path().join("data");
    let machine = Machine::now()?;
    let server = bench.binary.serve(&data)?;
    let load_before = cpu_seconds(SELF)?;
    let watch = Watch::begin(server.pid());
    let manner = Manner { connections: args.connections.into(), rate: None, at_most: None };
    let (sent, longest_tail) = send_and_watch_tail(&server, dataset, manner)?;
    let server_cpu = cpu_seconds(&server.pid().to_string())?;
    let load_cpu = cpu_seconds(SELF)? - load_before;
    let last_acknowledged = Instant::now();
    server.archive()?;
    let archived_after = last_acknowledged.elapsed();
    let taken = watch.end()?;
    let others = machine.others_since(taken.cpu_seconds)?;
    check(dataset, &sent, &server.status()?)?;
    server.stop()?;

    let events = sent.events as f64;
    let micros = |seconds: f64| seconds * 1_000_000.0 / events;
    let (rate, took) = (sent.rate(), sent.took.as_secs_f64());
    let answers = Times::sorted(sent.answers);
    let mut measures = vec![
        Measure::new(ACKNOWLEDGED, Unit::EventsPerSecond, rate).aim("≥ 150,000"),
        Measure::new("until the last acknowledgement", Unit::Seconds, took),
        Measure::new("from then until the tail is archived", Unit::Seconds, archived_after.as_secs_f64()),
        Measure::new("events that were not archived yet, at most", Unit::Count, longest_tail as f64),
        Measure::millis("answer to a request, median", answers.median()),
        Measure::millis("answer to a request, p99", answers.per_mille(990)),
        Measure::new("requests refused and sent again", Unit::Count, sent.refused as f64),
        Measure::new("resident, at most", Unit::Mebibytes, taken.peak_mebibytes).aim("≤ 600"),
        Measure::new("resident, median", Unit::Mebibytes, taken.usual_mebibytes),
        Measure::new("processor time of the server until the last acknowledgement", Unit::Seconds, server_cpu),
        Measure::new("… for each event", Unit::MicrosPerEvent, micros(server_cpu)),
        Measure::new("… with the rest of archiving", Unit::Seconds, taken.cpu_seconds),
        Measure::new("processor time of the load", Unit::Seconds, load_cpu),
        others,
        Measure::new("an event as it is sent", Unit::BytesPerEvent, dataset.bytes_of_an_event()),
    ];
    measures.extend(on_disk(&data, dataset.distinct, "")?);
    Ok(measures)
}

/// Sends everything, and looks from time to time how many events are not archived yet.
fn send_and_watch_tail(server: &Server, dataset: &Dataset, manner: Manner) -> Result<(Sent, u64)> {
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let sending = scope.spawn(|| send(server.address(), dataset, manner, &stop));
        let mut longest = 0;
        while !sending.is_finished() {
            std::thread::sleep(LOOK_EVERY);
            longest = longest.max(server.status()?.tail_events);
        }
        let sent = sending.join().map_err(|_| anyhow::anyhow!("the sender failed"))??;
        Ok((sent, longest))
    })
}

/// Everything that was sent was acknowledged, is there once, and is in the lake.
fn check(dataset: &Dataset, sent: &Sent, status: &Status) -> Result<()> {
    ensure!(sent.events == dataset.events, "expected {} events to be acknowledged, got {}", dataset.events, sent.events);
    ensure!(sent.accepted == dataset.distinct, "expected {} different events to be accepted, got {}", dataset.distinct, sent.accepted);
    ensure!(status.next_seq == dataset.distinct, "expected {} events in the ledger, got {}", dataset.distinct, status.next_seq);
    ensure!(status.tail_events == 0, "expected everything to be archived, but {} events are not", status.tail_events);
    Ok(())
}
