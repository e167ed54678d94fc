//! Streams of the API as they come: line by line for a table, or as they are.

use std::io::Write;

use anyhow::{Context, bail};
use hyper::body::Bytes;
use reqwest::Response;

use super::records::{Records, Shape};

/// Hands on each whole line, at most so many; how many there were.
pub(super) async fn each_line(
    response: &mut Response,
    limit: Option<u64>,
    mut each: impl FnMut(&[u8]) -> anyhow::Result<()>,
) -> anyhow::Result<u64> {
    let mut records = Records::new(Shape::Lines, limit);
    let mut pending = Vec::new();
    while let Some(bytes) = next_piece(response, &records).await? {
        pending.extend_from_slice(bytes.get(..records.take(&bytes)).unwrap_or_default());
        let whole = end_of_last_line(&pending);
        for line in pending.get(..whole).unwrap_or_default().split_inclusive(|&byte| byte == b'\n') {
            each(line)?;
        }
        pending.drain(..whole);
    }
    Ok(records.seen())
}

/// Writes what comes, at most so many records beside the header of a CSV; how many there were.
pub(super) async fn copy(response: &mut Response, shape: Shape, limit: Option<u64>, out: &mut impl Write) -> anyhow::Result<u64> {
    let headers = u64::from(shape == Shape::Csv);
    let mut records = Records::new(shape, limit.map(|limit| limit + headers));
    while let Some(bytes) = next_piece(response, &records).await? {
        out.write_all(bytes.get(..records.take(&bytes)).unwrap_or_default())?;
    }
    Ok(records.seen().saturating_sub(headers))
}

/// A stream that ends before its time must not pass for all of it.
pub(super) fn check_complete(seen: u64, total: u64, limit: Option<u64>, what: &str) -> anyhow::Result<()> {
    let expected = limit.map_or(total, |limit| limit.min(total));
    if seen == expected { Ok(()) } else { bail!("expected {expected} {what}, but the answer ended after {seen}; run the report again") }
}

/// The next piece of an answer, unless no more records are wanted.
async fn next_piece(response: &mut Response, records: &Records) -> anyhow::Result<Option<Bytes>> {
    if records.is_full() {
        return Ok(None);
    }
    response.chunk().await.map_err(reqwest::Error::without_url).context("the answer was cut off; run the report again")
}

/// Where the last whole line ends.
fn end_of_last_line(bytes: &[u8]) -> usize {
    bytes.iter().rposition(|&byte| byte == b'\n').map_or(0, |at| at + 1)
}
