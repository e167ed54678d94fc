//! The workloads behind the figures of `docs/performance.md`.
//!
//! Each drives the release binary as its users do: by its command line, and over HTTP on loopback. Each
//! also checks what it measures (what was acknowledged against what was sent, totals of reports against
//! what the generator's events give), and fails if anything is missing or too much.
//!
//! - [`cli`]: the workloads' flags; [`workload`]: one module for each of them
//! - [`data`]: events to send; [`truth`]: what reports about them must say
//! - [`binary`]: the binary under test and its server; [`http`]: connections to it; [`sender`]: the load
//! - [`process`], [`folder`]: what a process and a data folder take
//! - [`figures`]: medians, percentiles, and how they are printed

mod binary;
mod cli;
mod data;
mod figures;
mod folder;
mod http;
mod process;
mod sender;
mod truth;
mod workload;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    match run(&cli::Cli::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            workload::tell(&format!("{error:#}"));
            ExitCode::FAILURE
        }
    }
}

fn run(cli: &cli::Cli) -> anyhow::Result<()> {
    let bench = workload::Bench::new(&cli.general)?;
    let tables = match &cli.command {
        cli::Command::Ingest(args) => vec![workload::ingest::run(&bench, args)?],
        cli::Command::Single(args) => vec![workload::single::run(&bench, args)?],
        cli::Command::Import(args) => vec![workload::import::run(&bench, args)?],
        cli::Command::Store(args) => vec![workload::store::run(&bench, args)?],
        cli::Command::Reports(args) => vec![workload::reports::run(&bench, args)?],
        cli::Command::Export(args) => vec![workload::export::run(&bench, args)?],
        cli::Command::All(args) => workload::all::run(&bench, args)?,
    };
    figures::print(&tables, cli.general.json)
}
