//! `--output FILE`: a report as a file, under its name when it is whole.

use std::ffi::OsString;
use std::fs::{File, OpenOptions};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::Context;
use reqwest::Response;

use super::definition::Members;
use super::told::Told;
use crate::commands::report::ReportFormat;
use crate::connection::Connection;
use crate::failure::usage;

/// A file that is asked for.
pub(crate) struct Save<'a> {
    pub(crate) connection: &'a Connection,
    /// The kind of report.
    pub(crate) kind: &'a str,
    /// What is told.
    pub(crate) told: Told,
    /// The definition, and what is asked beside it.
    pub(crate) asked: Members,
    pub(crate) format: ReportFormat,
    pub(crate) path: &'a Path,
}

impl Save<'_> {
    /// Asks for the file and writes it. Whatever goes wrong, there is either all of it or what was there before.
    pub(crate) async fn write(&self) -> anyhow::Result<()> {
        let Some(media_type) = media_type(self.format) else {
            return Err(usage("--output: expected --format csv, json, ndjson, xlsx or parquet with it"));
        };
        let call = self.connection.post(&["reports", self.kind, self.told.path()]).json(&self.asked)?.accept(media_type);
        let mut response = self.connection.send(call).await?;
        let doing = || format!("writing {}", self.path.display());
        let mut part = Part::of(self.path).with_context(doing)?;
        let bytes = copy(&mut response, &mut part.file).await.with_context(doing)?;
        part.keep(self.path).with_context(doing)?;
        // Whoever closed stderr does not want to know.
        let _ = writeln!(std::io::stderr().lock(), "{}: {bytes} bytes", self.path.display());
        Ok(())
    }
}

/// The media type of a format; none of one that is no file.
fn media_type(format: ReportFormat) -> Option<&'static str> {
    match format {
        ReportFormat::Table => None,
        ReportFormat::Csv => Some("text/csv"),
        ReportFormat::Json | ReportFormat::Ndjson => Some("application/x-ndjson"),
        ReportFormat::Xlsx => Some("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        ReportFormat::Parquet => Some("application/vnd.apache.parquet"),
    }
}

async fn copy(response: &mut Response, out: &mut impl Write) -> anyhow::Result<u64> {
    let mut bytes = 0;
    while let Some(piece) = response.chunk().await.map_err(reqwest::Error::without_url).context("the answer was cut off; run it again")? {
        out.write_all(&piece)?;
        bytes += piece.len() as u64;
    }
    Ok(bytes)
}

/// A file that is not whole yet, beside the one that it becomes. It goes away unless it is kept.
struct Part {
    path: PathBuf,
    file: BufWriter<File>,
    is_kept: bool,
}

impl Part {
    fn of(whole: &Path) -> anyhow::Result<Self> {
        let name = whole.file_name().ok_or_else(|| usage("expected the path of a file"))?;
        let mut hidden = OsString::from(".");
        hidden.push(name);
        hidden.push(format!(".part-{}", std::process::id()));
        let path = whole.with_file_name(hidden);
        let file = OpenOptions::new().write(true).create(true).truncate(true).open(&path)?;
        Ok(Part { path, file: BufWriter::with_capacity(256 * 1024, file), is_kept: false })
    }

    /// Gives it its name.
    fn keep(mut self, whole: &Path) -> anyhow::Result<()> {
        self.file.flush()?;
        self.file.get_ref().sync_all()?;
        std::fs::rename(&self.path, whole)?;
        self.is_kept = true;
        Ok(())
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        if !self.is_kept {
            // What can't be removed says by its name that it is a part.
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

/// The format that the name of a file stands for.
pub(crate) fn format_of(path: &Path) -> Option<ReportFormat> {
    match path.extension()?.to_str()?.to_ascii_lowercase().as_str() {
        "csv" => Some(ReportFormat::Csv),
        "ndjson" | "jsonl" => Some(ReportFormat::Ndjson),
        "xlsx" => Some(ReportFormat::Xlsx),
        "parquet" => Some(ReportFormat::Parquet),
        _ => None,
    }
}
