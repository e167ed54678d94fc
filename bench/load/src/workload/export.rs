//! Whole reports as files: `rollcall report … --output FILE` on the store that reports are asked of, and an export task.

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use clap::Args;

use super::store::{StoreArgs, built};
use super::{Bench, archive, tell};
use crate::figures::{Measure, Table, Unit};
use crate::process::{Machine, Watch};

/// Most rows of a sheet beside its header.
const SHEET_ROWS: u64 = 1_048_575;
/// The report with every event.
const EVENTS: &[&str] = &["report", "activity-audit", "--from", "2000-01-01"];
/// The same, from a day that is yet to be named.
const EVENTS_KIND: &[&str] = &["report", "activity-audit"];
/// The report with every session.
const SESSIONS: &[&str] = &["report", "login-logout", "--from", "2000-01-01", "--time-zone", "Europe/Stockholm"];

/// Of which store.
#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct ExportArgs {
    #[command(flatten)]
    pub(crate) store: StoreArgs,
}

/// A file that is written.
struct Export {
    what: &'static str,
    report: &'static [&'static str],
    also: Vec<String>,
    file: &'static str,
    aim: Option<&'static str>,
}

impl Export {
    fn new(what: &'static str, report: &'static [&'static str], file: &'static str) -> Self {
        Export { what, report, also: Vec::new(), file, aim: None }
    }
}

pub(crate) fn run(bench: &Bench, args: &ExportArgs) -> Result<Table> {
    let data = built(bench, &args.store)?;
    let folder = bench.folder()?;
    // As many days as fill a sheet and begin the next.
    let days = (SHEET_ROWS * u64::from(args.store.store_days) / args.store.store_events.max(1) + 1).min(args.store.store_days.into());
    let first = args.store.options().end.plus_micros(-i64::try_from(days)? * rollcall_model::time::MICROS_PER_DAY);
    let exports = [
        Export { aim: Some("≥ 1,000,000"), ..Export::new("events, CSV", EVENTS, "events.csv") },
        Export::new("events, JSON Lines", EVENTS, "events.ndjson"),
        Export::new("events, Parquet", EVENTS, "events.parquet"),
        Export { also: vec!["--from".into(), first.to_string()], ..Export::new("events of some days, XLSX", EVENTS_KIND, "events.xlsx") },
        Export { also: vec!["--sort".into(), "account".into()], ..Export::new("events by account, CSV", EVENTS, "sorted.csv") },
        Export { aim: Some("≥ 1,000,000"), ..Export::new("sessions, CSV", SESSIONS, "sessions.csv") },
    ];
    let mut table = Table::new("export", &args.store.sizes());
    for run in 1..=bench.runs {
        let mut measures = Vec::new();
        for export in &exports {
            tell(&format!("export, {}, run {run} of {}", export.what, bench.runs));
            measures.extend(once(bench, export, &data, folder.path())?);
        }
        tell(&format!("export, in an archive, run {run} of {}", bench.runs));
        measures.extend(archive::once(bench, &data)?);
        table.add_run(measures)?;
    }
    Ok(table)
}

fn once(bench: &Bench, export: &Export, data: &Path, folder: &Path) -> Result<Vec<Measure>> {
    let rows = match export.file.ends_with(".csv") {
        true => None,
        // The same rows as CSV tell how many there are.
        false => Some(rows_of(write(bench, export, data, &folder.join("rows.csv"))?.0)?),
    };
    let path = folder.join(export.file);
    let machine = Machine::now()?;
    let (file, took, taken) = write(bench, export, data, &path)?;
    let others = machine.others_since(taken.cpu_seconds)?;
    let bytes = file.metadata()?.len();
    let rows = match rows {
        Some(rows) => rows,
        None => rows_of(file)?,
    };
    ensure!(rows > 0, "expected rows in {}", path.display());
    std::fs::remove_file(&path)?;
    let rate = Measure::new(format!("{}: written", export.what), Unit::RowsPerSecond, rows as f64 / took);
    Ok(vec![
        Measure::new(format!("{}: rows", export.what), Unit::Count, rows as f64),
        if let Some(aim) = export.aim { rate.aim(aim) } else { rate },
        Measure::new(format!("{}: bytes", export.what), Unit::MebibytesPerSecond, bytes as f64 / took / 1_048_576.0),
        Measure::new(format!("{}: resident, at most", export.what), Unit::Mebibytes, taken.peak_mebibytes).aim("< 400"),
        Measure::new(format!("{}: processor time", export.what), Unit::Seconds, taken.cpu_seconds),
        others.of(export.what),
    ])
}

/// Has a file written, and answers it with how long that took, and what of the machine.
fn write(bench: &Bench, export: &Export, data: &Path, path: &Path) -> Result<(File, f64, crate::process::Taken)> {
    let started = Instant::now();
    let mut command = bench.binary.command(export.report, data)?;
    let child = command.args(&export.also).arg("--output").arg(path).spawn()?;
    let watch = Watch::begin(child.id());
    bench.binary.finish(child, export.report)?;
    let took = started.elapsed().as_secs_f64();
    Ok((File::open(path).with_context(|| path.display().to_string())?, took, watch.end()?))
}

/// How many rows a CSV has: line ends that are not inside quotes, but for the header's.
fn rows_of(file: File) -> Result<u64> {
    let (mut reader, mut piece) = (BufReader::new(file), vec![0; 1 << 20]);
    let (mut lines, mut in_quotes) = (0_u64, false);
    loop {
        let read = reader.read(&mut piece)?;
        if read == 0 {
            return Ok(lines.saturating_sub(1));
        }
        for byte in piece.iter().take(read) {
            match byte {
                b'"' => in_quotes = !in_quotes,
                b'\n' if !in_quotes => lines += 1,
                _ => {}
            }
        }
    }
}
