//! CSV and JSON Lines.

use std::io::Write;

use arrow::array::RecordBatch;
use rollcall_reports::rows::Tell;

use super::write::{Encode, Sink, failed};
use super::{Format, Style};
use crate::error::Result;

/// Bytes that are gathered before they are written.
const PIECE: usize = 64 * 1024;
/// The byte order mark, in UTF-8.
const BOM: &[u8] = "\u{feff}".as_bytes();

/// A file of lines.
pub(super) struct Lines<T, W> {
    writer: T,
    format: Format,
    text: Vec<u8>,
    sink: Sink<W>,
}

impl<T: Tell, W: Write> Lines<T, W> {
    pub(super) fn begin(writer: T, style: Style, sink: Sink<W>) -> Result<Self> {
        let mut text = Vec::with_capacity(4 * PIECE);
        if style.format == Format::Csv {
            if style.bom {
                text.extend_from_slice(BOM);
            }
            writer.csv_header(&mut text)?;
        }
        Ok(Lines { writer, format: style.format, text, sink })
    }

    fn write(&mut self) -> Result<()> {
        self.sink.write_all(&self.text).map_err(failed)?;
        self.text.clear();
        Ok(())
    }
}

impl<T: Tell, W: Write> Encode<W> for Lines<T, W> {
    fn batch(&mut self, batch: &RecordBatch) -> Result<()> {
        match self.format {
            Format::Csv => self.writer.csv(batch, &mut self.text)?,
            _ => self.writer.ndjson(batch, &mut self.text)?,
        }
        if self.text.len() >= PIECE { self.write() } else { Ok(()) }
    }

    fn finish(mut self: Box<Self>) -> Result<Sink<W>> {
        self.write()?;
        Ok(self.sink)
    }
}
