//! Every workload, one after the other: the whole table of `docs/performance.md`.

use anyhow::{Context, Result};
use clap::Args;

use super::export::ExportArgs;
use super::import::ImportArgs;
use super::ingest::{ACKNOWLEDGED, IngestArgs};
use super::reports::ReportsArgs;
use super::single::SingleArgs;
use super::{Bench, export, import, ingest, reports, single, store};
use crate::figures::Table;

/// How much of everything.
#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct AllArgs {
    #[command(flatten)]
    ingest: IngestArgs,
    /// For how long single events are sent, in seconds
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u64).range(1..))]
    seconds: u64,
    #[command(flatten)]
    reports: ReportsArgs,
}

pub(crate) fn run(bench: &Bench, args: &AllArgs) -> Result<Vec<Table>> {
    let single = SingleArgs { events: 25_000 * args.seconds, seconds: args.seconds, connections: 64 };
    let ingest = ingest::run(bench, &args.ingest)?;
    let rate = ingest.median(ACKNOWLEDGED).context("ingest has no rate")?;
    let while_ingest = args.reports.while_ingest.unwrap_or((rate / 2.0) as u64);
    Ok(vec![
        ingest,
        single::run(bench, &single)?,
        import::run(bench, &ImportArgs { sizes: args.ingest.sizes })?,
        store::run(bench, &args.reports.store)?,
        reports::run(bench, &ReportsArgs { while_ingest: None, ..args.reports })?,
        reports::run(bench, &ReportsArgs { while_ingest: Some(while_ingest), ..args.reports })?,
        export::run(bench, &ExportArgs { store: args.reports.store })?,
    ])
}
