//! Cutting bytes into records, in pieces of any size and with bounded memory.
//!
//! A framer never reads a record's meaning. It knows where a record ends, how to find the next one after
//! rubbish, and where in the source each one began. Where the pieces are cut never changes what comes
//! out (property-tested).
//!
//! Each framing is a [`Cutter`]: it looks at the front of the unread bytes and says what is there. The
//! [`Framer`] owns those bytes and counts lines and records.

mod csv;
mod firehose;
mod fixed;
mod json;
mod json_value;
mod lines;

use rollcall_model::event::MAX_RECORD_BYTES;

use crate::mapping::{Record, Rejection};

/// How a format's bytes are cut into records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Framing {
    /// One record a line. Empty lines are nothing.
    Lines,
    /// JSON objects: one, one after the other with or without line ends, or in an array.
    Json,
    /// JSON objects, and lines of text between them.
    JsonOrLines,
    /// JSON objects, bare or inside the request that Amazon Data Firehose sends to an HTTP endpoint.
    Firehose,
    /// RFC 4180: a record is a row, which may span lines inside quotes.
    Csv {
        /// What stands between two fields.
        delimiter: u8,
    },
    /// Binary records of that many bytes.
    Fixed(usize),
}

/// Where a record began.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Position {
    /// Which record it is, counted from 1. Empty lines are none, and a row of headers is record 0.
    pub record: u64,
    /// The line it begins on, counted from 1. In binary formats it is 0.
    pub line: u64,
    /// The byte it begins at, counted from 0.
    pub byte: u64,
}

impl std::fmt::Display for Position {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.line {
            0 => write!(f, "record {}, byte {}", self.record, self.byte),
            line => write!(f, "line {line}, record {}", self.record),
        }
    }
}

/// What a framer found.
#[derive(Debug)]
pub(crate) enum Frame<'a> {
    /// A record.
    Record(Record<'a>),
    /// Bytes that are no record, at most [`MAX_RECORD_BYTES`] of them, and why.
    Rejected(Record<'a>, Rejection),
}

/// What lies at the front of the unread bytes.
enum Cut {
    /// It takes more bytes to tell. Never said of more bytes than a record may have, and a few.
    More,
    /// So many bytes that belong to no record.
    Skip(usize),
    /// A record of `len` bytes; the next one begins at or after `next`.
    Record { len: usize, next: usize },
    /// Rubbish: its first `len` bytes are shown, it goes on to `next` at least.
    Reject { len: usize, next: usize, reason: Rejection },
}

/// Finds the first record in a run of bytes.
///
/// After [`Cut::More`] it is asked again with the same bytes and others behind them, after anything else
/// with the bytes that were left. So it may keep how far it has looked, and never looks twice.
trait Cutter {
    /// Says what lies at the front of `unread`; `at_end` if nothing comes after it.
    fn cut(&mut self, unread: &[u8], at_end: bool) -> Cut;

    /// Whether the records are wrapped and have to be taken out of their wrapping.
    fn wrapped(&self) -> bool {
        false
    }

    /// Whether something that was opened around the records is still open.
    fn unclosed(&self) -> bool {
        false
    }
}

/// Cuts the bytes that are pushed into it.
pub(crate) struct Framer {
    cutter: Box<dyn Cutter + Send>,
    /// Bytes that are not cut yet: less than one record and a little.
    unread: Vec<u8>,
    /// Number of the next record.
    record: u64,
    /// Number of the current line; 0 if there are no lines.
    line: u64,
    byte: u64,
    /// Whether a byte order mark may still come.
    at_start: bool,
}

/// The bytes that some programs put in front of UTF-8.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

impl Framer {
    pub(crate) fn new(framing: Framing) -> Self {
        let cutter: Box<dyn Cutter + Send> = match framing {
            Framing::Lines => Box::new(lines::LineCutter::default()),
            Framing::Json => Box::new(json::JsonCutter::new(json::Between::ObjectsOnly)),
            Framing::JsonOrLines => Box::new(json::JsonCutter::new(json::Between::TextLines)),
            Framing::Firehose => Box::new(firehose::FirehoseCutter::default()),
            Framing::Csv { delimiter } => Box::new(csv::CsvCutter::new(delimiter)),
            Framing::Fixed(size) => Box::new(fixed::FixedCutter::new(size)),
        };
        let is_text = !matches!(framing, Framing::Fixed(_));
        // The row of headers is no record.
        let record = if matches!(framing, Framing::Csv { .. }) { 0 } else { 1 };
        Framer { cutter, unread: Vec::new(), record, line: u64::from(is_text), byte: 0, at_start: is_text }
    }

    /// Cuts these bytes, and those kept from before, as far as they go.
    pub(crate) fn push(&mut self, bytes: &[u8], sink: &mut dyn FnMut(Frame<'_>)) {
        if self.unread.is_empty() {
            let used = self.run(bytes, false, sink);
            self.unread.extend_from_slice(bytes.get(used..).unwrap_or_default());
        } else {
            let mut unread = std::mem::take(&mut self.unread);
            unread.extend_from_slice(bytes);
            let used = self.run(&unread, false, sink);
            unread.drain(..used);
            self.unread = unread;
        }
    }

    /// Cuts what is left, now that nothing comes any more.
    pub(crate) fn finish(&mut self, sink: &mut dyn FnMut(Frame<'_>)) {
        let unread = std::mem::take(&mut self.unread);
        self.run(&unread, true, sink);
    }

    /// How many bytes have been cut.
    pub(crate) fn bytes(&self) -> u64 {
        self.byte
    }

    /// Whether something that was opened around the records is still open, such as an array.
    pub(crate) fn unclosed(&self) -> bool {
        self.cutter.unclosed()
    }

    /// Cuts as far as it goes; says how many bytes that was.
    fn run(&mut self, bytes: &[u8], at_end: bool, sink: &mut dyn FnMut(Frame<'_>)) -> usize {
        let mut used = 0;
        loop {
            let unread = bytes.get(used..).unwrap_or_default();
            let next = match self.skip_byte_order_mark(unread, at_end).unwrap_or_else(|| self.cutter.cut(unread, at_end)) {
                Cut::More => return used,
                Cut::Skip(next) => next,
                Cut::Record { len, next } => {
                    let record = self.record(unread, len);
                    if self.cutter.wrapped() {
                        self.unwrap(&record, sink)
                    } else {
                        sink(Frame::Record(record))
                    }
                    next
                }
                Cut::Reject { len, next, reason } => {
                    let record = self.record(unread, len.min(MAX_RECORD_BYTES));
                    sink(Frame::Rejected(record, reason));
                    next
                }
            };
            let passed = unread.get(..next).unwrap_or(unread);
            if self.line > 0 {
                self.line += memchr::memchr_iter(b'\n', passed).count() as u64;
            }
            self.byte += passed.len() as u64;
            used += passed.len();
        }
    }

    /// What to do about a byte order mark at the very beginning, while there may be one.
    fn skip_byte_order_mark(&mut self, unread: &[u8], at_end: bool) -> Option<Cut> {
        if !self.at_start {
            return None;
        }
        if BYTE_ORDER_MARK.starts_with(unread) && unread.len() < BYTE_ORDER_MARK.len() && !at_end {
            return Some(Cut::More);
        }
        self.at_start = false;
        unread.starts_with(BYTE_ORDER_MARK).then_some(Cut::Skip(BYTE_ORDER_MARK.len()))
    }

    fn record<'a>(&mut self, unread: &'a [u8], len: usize) -> Record<'a> {
        let position = Position { record: self.record, line: self.line, byte: self.byte };
        self.record += 1;
        Record { bytes: unread.get(..len).unwrap_or(unread), position }
    }

    /// Takes the records out of a wrapping, at whose position they all are.
    fn unwrap(&mut self, wrapping: &Record<'_>, sink: &mut dyn FnMut(Frame<'_>)) {
        let bytes = match firehose::unwrap(wrapping.bytes) {
            Ok(bytes) => bytes,
            Err(reason) => return sink(Frame::Rejected(*wrapping, reason)),
        };
        let mut position = wrapping.position;
        let mut placed = |frame: Frame<'_>| {
            match frame {
                Frame::Record(record) => sink(Frame::Record(Record { position, ..record })),
                Frame::Rejected(record, reason) => sink(Frame::Rejected(Record { position, ..record }, reason)),
            }
            position.record += 1;
        };
        let mut inner = Framer::new(Framing::Json);
        inner.push(&bytes, &mut placed);
        inner.finish(&mut placed);
        self.record = position.record;
    }
}

/// The reason to reject a record that is too long.
fn too_long() -> Rejection {
    Rejection::new(format!("expected a record of at most {MAX_RECORD_BYTES} bytes, got a longer one"))
}

#[cfg(test)]
mod tests;
