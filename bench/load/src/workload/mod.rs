//! The workloads. Each has a module with its flags, and a function that runs it and gives its figures.

pub(crate) mod all;
mod archive;
pub(crate) mod export;
pub(crate) mod import;
pub(crate) mod ingest;
pub(crate) mod reports;
pub(crate) mod single;
pub(crate) mod store;

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use tempfile::TempDir;

use crate::binary::Binary;
use crate::cli::GeneralArgs;
use crate::figures::{Measure, Unit};
use crate::folder;

/// What every workload needs.
pub(crate) struct Bench {
    pub(crate) binary: Binary,
    /// Where data lies.
    pub(crate) dir: PathBuf,
    pub(crate) runs: u32,
}

impl Bench {
    pub(crate) fn new(args: &GeneralArgs) -> Result<Self> {
        fs::create_dir_all(&args.dir).with_context(|| args.dir.display().to_string())?;
        let dir = args.dir.canonicalize()?;
        let binary = Binary::find(args.rollcall.as_deref(), dir.join("rollcall.log"))?;
        Ok(Bench { binary, dir, runs: args.runs })
    }

    /// A folder that is removed after use.
    pub(crate) fn folder(&self) -> Result<TempDir> {
        Ok(tempfile::Builder::new().prefix("run-").tempdir_in(&self.dir)?)
    }
}

/// Says on standard error what is going on.
pub(crate) fn tell(what: &str) {
    // Whoever closed standard error does not want to know.
    let _ = writeln!(std::io::stderr(), "rollcall-bench: {what}");
}

/// What a data folder takes on disk for each event: in all, then by kind of file.
fn on_disk(data: &Path, events: u64, aim: &'static str) -> Result<Vec<Measure>> {
    let kinds = folder::bytes_by_kind(data)?;
    let of = |bytes: u64| bytes as f64 / events as f64;
    let mut measures = vec![Measure::new("on disk, in all", Unit::BytesPerEvent, of(kinds.values().sum())).aim(aim)];
    measures.extend(kinds.into_iter().map(|(kind, bytes)| Measure::new(format!("on disk, {kind}"), Unit::BytesPerEvent, of(bytes))));
    Ok(measures)
}
