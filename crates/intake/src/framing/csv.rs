//! Rows of RFC 4180: lines, except that a line end inside quotes belongs to the row.
//!
//! A quote that is never closed would swallow the rest of the file. So a row that is longer than a record
//! may be costs its first line, and cutting goes on at the next.

use rollcall_model::event::MAX_RECORD_BYTES;

use super::lines::{LineEnd, LineScan, rest_of_line};
use super::{Cut, Cutter, too_long};
use crate::mapping::Rejection;

/// Cuts rows.
#[derive(Debug)]
pub(super) struct CsvCutter {
    delimiter: u8,
    at: usize,
    place: Place,
    /// The first line of a row that is given up.
    given_up: Option<LineScan>,
    dropping: bool,
}

/// Where in a field the next byte is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Start,
    Plain,
    Quoted,
    /// After a quote inside a quoted field: its end, or the first of two that stand for one.
    QuoteInQuoted,
}

impl CsvCutter {
    pub(super) fn new(delimiter: u8) -> Self {
        CsvCutter { delimiter, at: 0, place: Place::Start, given_up: None, dropping: false }
    }

    /// The position of the line end that ends the row.
    fn end_of_row(&mut self, bytes: &[u8]) -> Option<usize> {
        while let Some(&byte) = bytes.get(self.at) {
            self.place = match (self.place, byte) {
                (Place::Start | Place::Plain | Place::QuoteInQuoted, b'\n') => return Some(self.at),
                (Place::Start, b'"') => Place::Quoted,
                (Place::Quoted, b'"') => Place::QuoteInQuoted,
                (Place::Quoted, _) | (Place::QuoteInQuoted, b'"') => Place::Quoted,
                (_, byte) if byte == self.delimiter => Place::Start,
                _ => Place::Plain,
            };
            self.at += 1;
        }
        None
    }

    fn give_up(&mut self, unread: &[u8], at_end: bool) -> Cut {
        let Some(scan) = &mut self.given_up else { return Cut::More };
        let cut = match scan.find(unread, at_end) {
            LineEnd::More => return Cut::More,
            LineEnd::At { len, next } => {
                let reason =
                    format!("expected a row, got quotes that are not closed within {MAX_RECORD_BYTES} bytes or before the file's end");
                Cut::Reject { len, next, reason: Rejection::new(reason) }
            }
            LineEnd::TooLong { next, ended } => {
                self.dropping = !ended;
                Cut::Reject { len: MAX_RECORD_BYTES, next, reason: too_long() }
            }
        };
        self.given_up = None;
        cut
    }
}

impl Cutter for CsvCutter {
    fn cut(&mut self, unread: &[u8], at_end: bool) -> Cut {
        if unread.is_empty() {
            return Cut::More;
        }
        if self.dropping {
            let (len, ended) = rest_of_line(unread);
            self.dropping = !ended;
            return Cut::Skip(len);
        }
        if self.given_up.is_some() {
            return self.give_up(unread, at_end);
        }
        // Two more than a row may have: one of them may be the \r of its end.
        let window = unread.get(..MAX_RECORD_BYTES + 2).unwrap_or(unread);
        let (end, next) = match self.end_of_row(window) {
            Some(end) => (end, end + 1),
            None if window.len() < MAX_RECORD_BYTES + 2 && !at_end => return Cut::More,
            None if window.len() < MAX_RECORD_BYTES + 2 && self.place != Place::Quoted => (window.len(), window.len()),
            None => (usize::MAX, 0),
        };
        self.at = 0;
        self.place = Place::Start;
        let row = unread.get(..end).map(|row| row.strip_suffix(b"\r").unwrap_or(row));
        match row {
            Some([]) => Cut::Skip(next),
            Some(row) if row.len() <= MAX_RECORD_BYTES => Cut::Record { len: row.len(), next },
            _ => {
                self.given_up = Some(LineScan::default());
                self.give_up(unread, at_end)
            }
        }
    }
}
