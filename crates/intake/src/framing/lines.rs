//! Records that are lines.

use rollcall_model::event::MAX_RECORD_BYTES;

use super::{Cut, Cutter, too_long};

/// Looks for the end of the line at the front, over as many pieces as it takes.
#[derive(Debug, Default)]
pub(super) struct LineScan {
    scanned: usize,
}

/// What a scan for the end of a line found.
pub(super) enum LineEnd {
    /// Not yet.
    More,
    /// The line has `len` bytes without its end; the next one begins at `next`.
    At { len: usize, next: usize },
    /// The line is longer than a record may be. It has been seen up to `next`, which is its end if `ended`.
    TooLong { next: usize, ended: bool },
}

impl LineScan {
    pub(super) fn find(&mut self, unread: &[u8], at_end: bool) -> LineEnd {
        let rest = unread.get(self.scanned..).unwrap_or_default();
        let (line, next, ended) = match memchr::memchr(b'\n', rest) {
            Some(at) => (unread.get(..self.scanned + at).unwrap_or(unread), self.scanned + at + 1, true),
            None if at_end => (unread, unread.len(), true),
            // Two more than a line may have: one of them may be the \r of its end.
            None if unread.len() < MAX_RECORD_BYTES + 2 => {
                self.scanned = unread.len();
                return LineEnd::More;
            }
            None => (unread, unread.len(), false),
        };
        self.scanned = 0;
        let len = line.strip_suffix(b"\r").unwrap_or(line).len();
        if len > MAX_RECORD_BYTES { LineEnd::TooLong { next, ended } } else { LineEnd::At { len, next } }
    }
}

/// The rest of a line that is passed over: so many bytes, and whether it has ended.
pub(super) fn rest_of_line(unread: &[u8]) -> (usize, bool) {
    memchr::memchr(b'\n', unread).map_or((unread.len(), false), |at| (at + 1, true))
}

/// Cuts lines.
#[derive(Debug, Default)]
pub(super) struct LineCutter {
    scan: LineScan,
    dropping: bool,
}

impl Cutter for LineCutter {
    fn cut(&mut self, unread: &[u8], at_end: bool) -> Cut {
        if unread.is_empty() {
            return Cut::More;
        }
        if self.dropping {
            let (len, ended) = rest_of_line(unread);
            self.dropping = !ended;
            return Cut::Skip(len);
        }
        match self.scan.find(unread, at_end) {
            LineEnd::More => Cut::More,
            LineEnd::At { len, next } if unread.iter().take(len).all(u8::is_ascii_whitespace) => Cut::Skip(next),
            LineEnd::At { len, next } => Cut::Record { len, next },
            LineEnd::TooLong { next, ended } => {
                self.dropping = !ended;
                Cut::Reject { len: MAX_RECORD_BYTES, next, reason: too_long() }
            }
        }
    }
}
