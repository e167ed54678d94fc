//! `rollcall compact`: merges the lake's small files now.

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
pub(crate) struct CompactArgs {
    #[command(flatten)]
    pub(crate) target: TargetArgs,
}

#[derive(Deserialize)]
struct Compacted {
    merged: u64,
    files: u64,
    rows: u64,
    deleted: u64,
    deleted_bytes: u64,
}

pub(crate) async fn run(args: &CompactArgs, settings: &Settings, queries: &Handle) -> anyhow::Result<()> {
    let connection = Connection::open(&args.target, settings, queries).await?;
    let answer = connection.send(connection.post(&["compact"])).await?;
    let Compacted { merged, files, rows, deleted, deleted_bytes } = connection::json(answer).await?;
    connection.close().await?;
    let mut out = Stdout::lock();
    if merged == 0 {
        writeln!(out, "nothing to merge: each day has one file of a class")?;
    } else {
        writeln!(out, "merged {merged} files of {rows} rows into {files}")?;
    }
    if deleted > 0 {
        writeln!(out, "deleted {deleted} files that nobody needed any more, {deleted_bytes} bytes")?;
    }
    out.finish()
}
