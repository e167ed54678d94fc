//! `rollcall import` of a file into an empty folder.

use std::path::Path;
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use clap::Args;

use super::{Bench, on_disk, tell};
use crate::data::{Dataset, Sizes};
use crate::figures::{Measure, Table, Unit};
use crate::process::{Machine, Watch};

/// The command, but for the file.
pub(crate) const IMPORT: &[&str] = &["import", "--format", "native", "--source", "generator"];

/// What is imported.
#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct ImportArgs {
    #[command(flatten)]
    pub(crate) sizes: Sizes,
}

pub(crate) fn run(bench: &Bench, args: &ImportArgs) -> Result<Table> {
    let folder = bench.folder()?;
    tell(&format!("writing about {} events to a file", args.sizes.events));
    let path = folder.path().join("events.ndjson");
    let dataset = Dataset::write(&args.sizes.options(), args.sizes.events, &path)?;
    let mut table = Table::new("import", &[("events", dataset.events)]);
    for run in 1..=bench.runs {
        tell(&format!("import, run {run} of {}", bench.runs));
        table.add_run(once(bench, &dataset, &path)?)?;
    }
    Ok(table)
}

fn once(bench: &Bench, dataset: &Dataset, file: &Path) -> Result<Vec<Measure>> {
    let folder = bench.folder()?;
    let data = folder.path().join("data");
    let machine = Machine::now()?;
    let started = Instant::now();
    let child = bench.binary.command(IMPORT, &data)?.arg(file).spawn()?;
    let watch = Watch::begin(child.id());
    let printed = bench.binary.finish(child, IMPORT)?;
    let took = started.elapsed().as_secs_f64();
    let taken = watch.end()?;
    let others = machine.others_since(taken.cpu_seconds)?;
    check(&printed, dataset.events, dataset.distinct)?;
    let started = Instant::now();
    bench.binary.run(&["archive"], &data)?;
    let archived_after = started.elapsed();

    let mut measures = vec![
        Measure::new("imported", Unit::EventsPerSecond, dataset.events as f64 / took).aim("≥ 250,000"),
        Measure::new("until the command ended", Unit::Seconds, took),
        Measure::new("`rollcall archive` of the rest afterwards", Unit::Seconds, archived_after.as_secs_f64()),
        Measure::new("resident, at most", Unit::Mebibytes, taken.peak_mebibytes),
        Measure::new("resident, median", Unit::Mebibytes, taken.usual_mebibytes),
        Measure::new("processor time", Unit::Seconds, taken.cpu_seconds),
        others,
    ];
    measures.extend(on_disk(&data, dataset.distinct, "")?);
    Ok(measures)
}

/// Holds the summary of an import against what was in the file.
pub(crate) fn check(printed: &str, events: u64, distinct: u64) -> Result<()> {
    for (label, expected) in [("events", events), ("added", distinct), ("already there", events - distinct), ("rejected", 0)] {
        let got = number(printed, label)
            .with_context(|| format!("expected the number of `{label}` in the summary of an import, got {printed}"))?;
        ensure!(got == expected, "expected {expected} of `{label}` in the summary of an import, got {got}");
    }
    Ok(())
}

/// The number behind a label.
fn number(printed: &str, label: &str) -> Option<u64> {
    let numbers = printed.lines().filter_map(|line| line.trim_start().strip_prefix(label));
    numbers.filter_map(|rest| rest.split_whitespace().next()?.parse().ok()).next_back()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_summary_is_held_against_the_file() {
        let summary = "events.ndjson\n  events               1204\n  added                1200\n  already there           4\n  rejected                0\n";
        check(summary, 1_204, 1_200).unwrap();
        assert!(check(summary, 1_204, 1_204).unwrap_err().to_string().contains("`added`"));
        assert!(check(&summary.replace("rejected                0", "rejected                1"), 1_204, 1_200).is_err());
        assert!(check("nothing", 1, 1).is_err());
    }
}
