//! `rollcall archive`: moves what the journal holds into the lake now.

use std::io::Write;

use clap::Args;
use serde::Deserialize;
use tokio::runtime::Handle;

use crate::cli::TargetArgs;
use crate::config::Settings;
use crate::connection::{self, Connection};
use crate::stdout::Stdout;

/// Which store.
#[derive(Debug, Args)]
pub(crate) struct ArchiveArgs {
    #[command(flatten)]
    pub(crate) target: TargetArgs,
}

#[derive(Deserialize)]
struct Archived {
    events: u64,
    sessions: u64,
    files: u64,
    snapshot_id: i64,
}

pub(crate) async fn run(args: &ArchiveArgs, settings: &Settings, queries: &Handle) -> anyhow::Result<()> {
    let connection = Connection::open(&args.target, settings, queries).await?;
    let Archived { events, sessions, files, snapshot_id } = connection::json(connection.send(connection.post(&["archive"])).await?).await?;
    connection.close().await?;
    let mut out = Stdout::lock();
    if events == 0 {
        writeln!(out, "nothing to archive: the lake is complete up to snapshot {snapshot_id}")?;
    } else {
        writeln!(out, "archived {events} events and {sessions} ended sessions in {files} files: snapshot {snapshot_id} of the lake")?;
    }
    out.finish()
}
