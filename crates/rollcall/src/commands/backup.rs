//! `rollcall backup`: the whole store as one consistent copy, while servers run on it.
//!
//! The command works on the store itself, also beside a server: what it needs is to read it and to write a
//! lease, and a server that wrote files wherever a caller says would be one to be afraid of.

use std::io::Write;
use std::path::PathBuf;

use anyhow::Context;
use clap::Args;
use rollcall_control::Control;
use rollcall_ledger::{Copied, Unfinished};

use crate::cli::StoreArgs;
use crate::config::{FILE_IN_FOLDER, Settings};
use crate::place::{CONTROL_FILE, Place};
use crate::stdout::Stdout;
use crate::store;

/// What to copy, and where to.
#[derive(Debug, Args)]
pub(crate) struct BackupArgs {
    /// Folder that becomes the backup; it must be empty or missing
    ///
    /// It is an ordinary data folder afterwards, also if the store is on PostgreSQL: --data DIR of any command
    /// opens it, rollcall fsck checks it, rollcall restore makes a store of it elsewhere.
    #[arg(long, value_name = "DIR")]
    to: PathBuf,
    /// An earlier backup: files of the lake that it has too are linked, not copied
    ///
    /// Both must lie on one file system; a file that goes bad is then bad in both.
    #[arg(long, value_name = "DIR")]
    link_from: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) store: StoreArgs,
}

pub(crate) async fn run(args: &BackupArgs, settings: &Settings) -> anyhow::Result<()> {
    let place = Place::of(settings)?;
    if place.is_folder() {
        store::require_folder(&settings.data)?;
    }
    let options = place.ledger_options(settings)?;
    let folder = Unfinished::begin(&args.to, "A backup")?;
    let left = || format!("{} is no whole backup; remove it and start again", args.to.display());
    let copied = rollcall_ledger::backup(&options, &folder, args.link_from.as_deref()).await.with_context(left)?;
    // After the ledger: a key that has sent what is in the copy is in the copy too.
    copy_control(&place, &folder).await.with_context(left)?;
    if let Place::Folder(from) = &place {
        copy_config(from, &folder).with_context(left)?;
    }
    folder.finish()?;
    let mut out = Stdout::lock();
    writeln!(out, "backed up {place} to {}", args.to.display())?;
    tell(&mut out, &copied)?;
    out.finish()
}

async fn copy_control(place: &Place, to: &Unfinished) -> anyhow::Result<()> {
    let copy = to.folder().join(CONTROL_FILE);
    match place {
        Place::Folder(from) => {
            let file = from.join(CONTROL_FILE);
            if file.exists() {
                Control::copy_file(&file, &copy, false).await?;
            }
        }
        Place::Server(_) => {
            let (control, copy) = (place.open_control().await?, Control::open(&copy).await?);
            control.copy_rows(&copy).await?;
            copy.close().await?;
            control.close().await?;
        }
    }
    Ok(())
}

/// Copies the configuration file that lies in a data folder: the limits of its sources belong to the sessions.
pub(crate) fn copy_config(from: &std::path::Path, to: &Unfinished) -> anyhow::Result<()> {
    let file = from.join(FILE_IN_FOLDER);
    if !file.exists() {
        return Ok(());
    }
    std::fs::copy(&file, to.folder().join(FILE_IN_FOLDER)).with_context(|| format!("{} can't be copied", file.display()))?;
    Ok(())
}

/// Says what is in a copy.
pub(crate) fn tell(out: &mut impl Write, copied: &Copied) -> anyhow::Result<()> {
    let Copied { tenants, snapshot_id, journal_events, files, bytes, linked } = copied;
    for (tenant, next_seq) in tenants {
        writeln!(out, "  tenant {tenant}: every event before seq {next_seq}")?;
    }
    writeln!(out, "  lake: {files} files of snapshot {snapshot_id}, {bytes} bytes; journal: {journal_events} events")?;
    if *linked > 0 {
        writeln!(out, "  {linked} of the files are links to those of the earlier backup")?;
    }
    Ok(())
}
