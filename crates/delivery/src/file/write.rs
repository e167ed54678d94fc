//! Writes a report into a file.

use std::io::{self, Write};
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use arrow::array::RecordBatch;
use futures::{Stream, StreamExt};
use rollcall_model::Timestamp;
use rollcall_reports::RowStream;
use rollcall_reports::group::answer::GroupPaging;
use rollcall_reports::rows::Tell;
use tokio::runtime::Handle;
use tokio_util::sync::CancellationToken;

use super::lines::Lines;
use super::parquet::Parquet;
use super::xlsx::{self, Xlsx};
use super::{FileWish, Format, Question, Style, Written};
use crate::error::{DeliveryError, Result};
use crate::service::Delivery;

/// Rows that are written at once: so exactly it is known how far a file is that breaks off.
const AT_ONCE: usize = 512;

/// How far a file is, and whether it is to stop.
#[derive(Debug, Clone, Default)]
pub struct Progress {
    rows: Arc<AtomicU64>,
    stop: CancellationToken,
}

impl Progress {
    /// Of a file that stops when the token is cancelled.
    pub fn stopping(stop: CancellationToken) -> Self {
        Progress { stop, ..Self::default() }
    }

    /// Rows that were written so far.
    pub fn rows(&self) -> u64 {
        self.rows.load(Ordering::Relaxed)
    }
}

/// A file of some format in the making.
pub(super) trait Encode<W> {
    /// Takes some rows.
    fn batch(&mut self, batch: &RecordBatch) -> Result<()>;

    /// Writes what is left, and gives the sink back.
    fn finish(self: Box<Self>) -> Result<Sink<W>>;
}

/// Where a file goes, with how long it is.
pub(super) struct Sink<W> {
    inner: W,
    bytes: u64,
}

impl<W: Write> Write for Sink<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.inner.write(bytes)?;
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

impl Delivery {
    /// Writes all rows of a report, as somebody may see them, into a sink. Gives the sink back.
    ///
    /// Rows are read on the threads that run queries, and told and written on one that may wait for the sink. When nobody
    /// waits for the file any more, it stops.
    pub async fn write_file<W: Write + Send + 'static>(
        &self,
        caller: &rollcall_reports::Caller,
        wish: &FileWish,
        now: Timestamp,
        sink: W,
        progress: &Progress,
    ) -> Result<(Written, W)> {
        let FileWish { definition, question, style } = wish;
        match question {
            Question::Rows => self.write_rows(self.reports.stream(caller, definition, None, now).await?, *style, sink, progress).await,
            Question::Groups { depth } => {
                let depth = depth.unwrap_or(definition.group_by.len());
                let paging = GroupPaging { depth: Some(depth), ..GroupPaging::default() };
                self.write_rows(self.reports.group_stream(caller, definition, &paging, now).await?, *style, sink, progress).await
            }
            Question::SignedIn => {
                let days = self.reports.signed_in_stream(caller, definition, None, now).await?;
                self.write_rows(days, *style, sink, progress).await
            }
        }
    }

    /// Writes all rows of a stream into a sink. Gives the sink back.
    pub async fn write_rows<T: Tell + Clone + Send + 'static, W: Write + Send + 'static>(
        &self,
        rows: RowStream<T>,
        style: Style,
        sink: W,
        progress: &Progress,
    ) -> Result<(Written, W)> {
        let stop = progress.stop.child_token();
        // When this is dropped, so is what it waits for.
        let _stopping = stop.clone().drop_guard();
        let (folder, now, progress, threads) = (self.options.files.clone(), self.now(), progress.clone(), Handle::current());
        let writing = move || {
            let file = begin(&rows, style, now, &folder, Sink { inner: sink, bytes: 0 })?;
            write_all(file, Box::pin(rows.batches()), &threads, &stop, &progress)
        };
        let ended = tokio::task::spawn_blocking(writing).await;
        ended.map_err(|error| DeliveryError::Write(format!("its thread ended early: {error}")))?
    }
}

fn begin<T: Tell + Clone + Send + 'static, W: Write + Send + 'static>(
    rows: &RowStream<T>,
    style: Style,
    now: Timestamp,
    folder: &Path,
    sink: Sink<W>,
) -> Result<Box<dyn Encode<W>>> {
    let writer = rows.writer.clone().with_raw(style.raw);
    let table = || {
        let no_table =
            || DeliveryError::invalid("format", format!("what is asked for is no table: it has no {}", style.format.extension()));
        rows.writer.table().cloned().ok_or_else(no_table)
    };
    Ok(match style.format {
        Format::Csv | Format::Ndjson => Box::new(Lines::begin(writer, style, sink)?),
        Format::Xlsx => Box::new(Xlsx::begin(table()?, folder, now, xlsx::MAX_ROWS, sink)?),
        Format::Parquet => Box::new(Parquet::begin(table()?, &rows.schema(), sink)?),
    })
}

type Batches = Pin<Box<dyn Stream<Item = rollcall_reports::Result<RecordBatch>> + Send>>;

fn write_all<W: Write>(
    mut file: Box<dyn Encode<W>>,
    mut batches: Batches,
    threads: &Handle,
    stop: &CancellationToken,
    progress: &Progress,
) -> Result<(Written, W)> {
    let mut rows = 0;
    while let Some(batch) = threads.block_on(stop.run_until_cancelled(batches.next())).ok_or(DeliveryError::Stopped)? {
        let batch = batch?;
        for begin in (0..batch.num_rows()).step_by(AT_ONCE) {
            let part = batch.slice(begin, AT_ONCE.min(batch.num_rows() - begin));
            file.batch(&part)?;
            rows += part.num_rows() as u64;
            progress.rows.store(rows, Ordering::Relaxed);
        }
    }
    drop(batches);
    let mut sink = file.finish()?;
    sink.flush().map_err(|error| DeliveryError::Write(error.to_string()))?;
    Ok((Written { rows, bytes: sink.bytes }, sink.inner))
}

pub(super) fn failed(error: impl std::fmt::Display) -> DeliveryError {
    DeliveryError::Write(error.to_string())
}

#[cfg(test)]
pub(super) fn sink<W>(inner: W) -> Sink<W> {
    Sink { inner, bytes: 0 }
}

#[cfg(test)]
pub(super) fn inner<W>(sink: Sink<W>) -> W {
    sink.inner
}
