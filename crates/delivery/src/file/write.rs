//! Writes a report into a file.

use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use futures::StreamExt;
use rollcall_model::Timestamp;
use rollcall_reports::rows::Tell;
use tokio_util::sync::CancellationToken;

use super::{FileWish, Format, Question, Written};
use crate::error::{DeliveryError, Result};
use crate::service::Delivery;

/// Bytes that are gathered before they are written.
const PIECE: usize = 64 * 1024;

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

impl Delivery {
    /// Writes all rows of a report, as somebody may see them, into a sink, on the threads that queries run on. Gives the sink back.
    pub async fn write_file<W: Write + Send + 'static>(
        &self,
        caller: &rollcall_reports::Caller,
        wish: &FileWish,
        now: Timestamp,
        mut sink: W,
        progress: &Progress,
    ) -> Result<(Written, W)> {
        let (reports, caller, wish, progress) = (self.reports.clone(), caller.clone(), wish.clone(), progress.clone());
        let writing = async move {
            let Question::Rows = wish.question else {
                return Err(DeliveryError::invalid("question", "expected rows"));
            };
            let rows = reports.stream(&caller, &wish.definition, None, now).await?;
            let writer = rows.writer.clone();
            let (mut text, mut written) = (Vec::with_capacity(2 * PIECE), Written { rows: 0, bytes: 0 });
            if wish.style.format == Format::Csv {
                writer.csv_header(&mut text)?;
            }
            let mut batches = std::pin::pin!(rows.batches());
            while let Some(batch) = batches.next().await {
                if progress.stop.is_cancelled() {
                    return Err(DeliveryError::Stopped);
                }
                let batch = batch?;
                match wish.style.format {
                    Format::Csv => writer.csv(&batch, &mut text)?,
                    Format::Ndjson => writer.ndjson(&batch, &mut text)?,
                    format => return Err(DeliveryError::invalid("format", format!("{} is not written yet", format.extension()))),
                }
                written.rows += batch.num_rows() as u64;
                progress.rows.store(written.rows, Ordering::Relaxed);
                if text.len() >= PIECE {
                    flush(&mut sink, &mut text, &mut written)?;
                }
            }
            flush(&mut sink, &mut text, &mut written)?;
            sink.flush().map_err(|error| DeliveryError::Write(error.to_string()))?;
            Ok((written, sink))
        };
        let ended = self.reports.threads().spawn(writing).await;
        ended.map_err(|error| DeliveryError::Write(format!("the report's thread ended early: {error}")))?
    }
}

fn flush(sink: &mut impl Write, text: &mut Vec<u8>, written: &mut Written) -> Result<()> {
    sink.write_all(text).map_err(|error| DeliveryError::Write(error.to_string()))?;
    written.bytes += text.len() as u64;
    text.clear();
    Ok(())
}
