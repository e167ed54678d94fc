//! `rollcall restore`: a store out of a backup, in a new data folder or on PostgreSQL.

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::Args;
use rollcall_control::Control;
use rollcall_ledger::Unfinished;

use crate::cli::StoreArgs;
use crate::commands::backup::{copy_config, tell};
use crate::config::Settings;
use crate::failure::usage;
use crate::place::{CONTROL_FILE, Place};
use crate::stdout::Stdout;

/// Where a backup's control database is made ready before it is loaded into a server.
const STAGED: &str = "restore-control.db";

/// What to restore, and where to.
#[derive(Debug, Args)]
pub(crate) struct RestoreArgs {
    /// The backup, or any data folder that nobody uses
    ///
    /// The store is made in --data, or on PostgreSQL with --database and --lake; there must be nothing yet.
    #[arg(long, value_name = "DIR")]
    from: PathBuf,
    #[command(flatten)]
    pub(crate) store: StoreArgs,
}

pub(crate) async fn run(args: &RestoreArgs, settings: &Settings) -> anyhow::Result<()> {
    let place = Place::of(settings)?;
    let options = place.ledger_options(settings)?;
    let target = match (&place, &options.lake) {
        (Place::Server(_), Some(lake)) => lake,
        _ => &settings.data,
    };
    if !args.from.is_dir() {
        return Err(usage(format!(
            "there is no backup {}; give the folder that rollcall backup has made with --from",
            args.from.display()
        )));
    }
    let folder = Unfinished::begin(target, "A restore")?;
    let left = || format!("{place} is no whole store; remove what is there and start again");
    let control = match &place {
        Place::Folder(_) => None,
        Place::Server(_) => {
            let control = place.open_control().await?;
            control.require_empty().await?;
            Some(control)
        }
    };
    let copied = rollcall_ledger::restore(&args.from, &folder, &options).await.with_context(left)?;
    restore_control(&args.from.join(CONTROL_FILE), control, &folder).await.with_context(left)?;
    if place.is_folder() {
        copy_config(&args.from, &folder)?;
    }
    folder.finish()?;
    let mut out = Stdout::lock();
    writeln!(out, "restored {} to {place}", args.from.display())?;
    tell(&mut out, &copied)?;
    out.finish()
}

/// Restores the control database, into the folder or into the one on a server.
async fn restore_control(backup: &Path, server: Option<Control>, to: &Unfinished) -> anyhow::Result<()> {
    if !backup.exists() {
        return Ok(());
    }
    let file = to.folder().join(if server.is_some() { STAGED } else { CONTROL_FILE });
    Control::copy_file(backup, &file, true).await?;
    // Brings it up to date, if an earlier version has made it.
    let copy = Control::open(&file).await?;
    if let Some(server) = &server {
        copy.copy_rows(server).await?;
        server.close().await?;
    }
    copy.close().await?;
    if server.is_some() {
        std::fs::remove_file(&file).with_context(|| format!("{} can't be removed", file.display()))?;
    }
    Ok(())
}
