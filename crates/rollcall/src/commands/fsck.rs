//! `rollcall fsck`: proves a store, and mends what is derived in it.
//!
//! | exit code | meaning |
//! | --- | --- |
//! | 0 | the store is sound |
//! | 1 | something is wrong with it |
//! | 2 | it could not be checked |

use std::io::{IsTerminal, Write};
use std::process::ExitCode;

use anyhow::Context;
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use rollcall_ledger::{FsckOptions, FsckReport, Report, Severity, Tally, fsck_at_rest};
use rollcall_model::TenantId;

use crate::cli::StoreArgs;
use crate::config::Settings;
use crate::failure::{self, usage};
use crate::place::Place;
use crate::stdout::Stdout;
use crate::store;

/// Which store, and what is to be done.
#[derive(Debug, Args)]
pub(crate) struct FsckArgs {
    /// Make sessions, counts, statistics and seals anew where they are wrong, and remove orphans
    ///
    /// Events are never touched.
    #[arg(long)]
    pub(crate) repair: bool,
    /// Print one JSON object for each tenant instead of text
    #[arg(long)]
    pub(crate) json: bool,
    /// Check this tenant alone [default: all]
    #[arg(long, value_name = "NAME")]
    pub(crate) tenant: Option<String>,
    #[command(flatten)]
    pub(crate) store: StoreArgs,
}

/// Checks the store. What could not be checked has an exit code of its own.
pub(crate) async fn run(args: &FsckArgs, settings: &Settings) -> anyhow::Result<ExitCode> {
    match check(args, settings).await {
        Ok(is_sound) => Ok(if is_sound { ExitCode::SUCCESS } else { ExitCode::FAILURE }),
        Err(error) => {
            failure::tell(&error);
            Ok(ExitCode::from(2))
        }
    }
}

async fn check(args: &FsckArgs, settings: &Settings) -> anyhow::Result<bool> {
    let place = Place::of(settings)?;
    if place.is_folder() {
        store::require_folder(&settings.data)?;
    }
    let tenant = args.tenant.as_deref().map(TenantId::new).transpose().map_err(|error| usage(format!("--tenant: {error}")))?;
    let bar = progress_bar();
    let report = Report::to({
        let bar = bar.clone();
        move |progress| {
            bar.set_prefix(progress.step);
            bar.set_length(progress.total);
            bar.set_position(progress.done);
        }
    });
    let checked =
        fsck_at_rest(place.ledger_options(settings)?, tenant.as_ref(), &FsckOptions { repair: args.repair, report, ..FsckOptions::CHECK })
            .await;
    bar.finish_and_clear();
    let reports = match checked {
        Err(rollcall_ledger::Error::Locked(folder)) => anyhow::bail!(
            "the data folder {} is in use by another Rollcall, and fsck needs it to itself; stop the server, or check a restored backup",
            folder.display()
        ),
        checked => checked.with_context(|| format!("the store in {place} can't be checked"))?,
    };
    let mut out = Stdout::lock();
    for report in &reports {
        if args.json {
            serde_json::to_writer(&mut out, report).context("writing the report")?;
            writeln!(out)?;
        } else {
            tell(report, args.repair, &mut out)?;
        }
    }
    out.finish()?;
    Ok(reports.iter().all(FsckReport::is_sound))
}

/// A bar on stderr, if that is a terminal.
fn progress_bar() -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(0);
    bar.set_style(
        ProgressStyle::with_template("checking {prefix} {wide_bar} {percent} %").unwrap_or_else(|_| ProgressStyle::default_bar()),
    );
    bar
}

fn tell(report: &FsckReport, repaired: bool, out: &mut impl Write) -> anyhow::Result<()> {
    let FsckReport { tenant, as_of, events, sessions, files, bytes, .. } = report;
    for finding in &report.repaired {
        writeln!(out, "mended: {}: {}: {}", finding.kind, finding.place, finding.what)?;
    }
    let mut told = 0;
    for finding in report.findings.iter().filter(|finding| finding.severity > Severity::Harmless) {
        let word = if finding.severity == Severity::Loss { "loss" } else { "wrong" };
        writeln!(out, "{word}: {finding}")?;
        told += 1;
    }
    let (harmless, wrong): (Vec<_>, Vec<_>) = report.left.iter().partition(|tally| tally.severity == Severity::Harmless);
    for Tally { kind, count, .. } in harmless {
        let advice = report.findings.iter().find(|finding| (finding.kind, finding.severity) == (kind, Severity::Harmless));
        writeln!(out, "harmless: {kind}: {count}; {}", advice.map_or_else(|| kind.advice(), |finding| finding.advice))?;
    }
    let wrong: u64 = wrong.into_iter().map(|tally| tally.count).sum();
    if wrong > told {
        writeln!(out, "… and {} more", wrong - told)?;
    }
    let verdict = match wrong {
        0 if report.repaired.is_empty() || !repaired => "sound".to_owned(),
        0 => format!("sound, {} findings mended", report.repaired.len()),
        1 => "1 finding".to_owned(),
        wrong => format!("{wrong} findings"),
    };
    writeln!(
        out,
        "tenant {tenant}: {verdict} ({events} events up to seq {}, {sessions} sessions, {files} files, {bytes} bytes, snapshot {})",
        as_of.next_seq, as_of.snapshot_id
    )?;
    Ok(())
}
