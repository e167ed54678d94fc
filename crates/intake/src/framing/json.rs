//! JSON objects in a row: one, concatenated, one a line, or in an array.
//!
//! Outside an object everything is taken leniently: white space, commas and the brackets of an array only
//! separate. Inside, the structure is checked token by token (the content of numbers and words is left to
//! the parser), because that finds the record that is broken where it breaks, and not at the end of the
//! file. A record that breaks costs its first line: cutting goes on at the next, so a line of NDJSON that
//! was cut off takes none with it. No byte is looked at more often than objects can be nested
//! ([`super::json_value::MAX_DEPTH`]).

use rollcall_model::event::MAX_RECORD_BYTES;

use super::json_value::{Scanned, ValueScan};
use super::lines::{LineEnd, LineScan, rest_of_line};
use super::{Cut, Cutter, too_long};
use crate::mapping::Rejection;

/// How far ahead is looked to tell an array from a line of text that begins with a bracket.
const LOOK_AHEAD: usize = 64;

/// What may stand between objects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Between {
    /// Nothing: it is rejected.
    ObjectsOnly,
    /// Lines of text, which are records too.
    TextLines,
}

/// Cuts JSON objects.
#[derive(Debug)]
pub(super) struct JsonCutter {
    between: Between,
    limit: usize,
    /// How many arrays are open around the records.
    arrays: u32,
    state: State,
}

#[derive(Debug)]
enum State {
    /// Before a record.
    Outside,
    /// In an object.
    Object(ValueScan),
    /// In the first line of an object that turned out to be broken.
    Broken(LineScan, Rejection),
    /// In a line that is no object.
    Text(LineScan),
    /// In an element of an array that is no object.
    Element(ElementScan),
    /// In an object that is too long, which is passed over.
    DropObject(ValueScan),
    /// In a line that is passed over.
    DropLine,
}

impl JsonCutter {
    pub(super) fn new(between: Between) -> Self {
        JsonCutter { between, limit: MAX_RECORD_BYTES, arrays: 0, state: State::Outside }
    }

    /// Whether the next byte is outside of any record.
    pub(super) fn is_outside(&self) -> bool {
        matches!(self.state, State::Outside)
    }

    /// Enters or leaves an array that was read elsewhere, whose elements may have up to `limit` bytes.
    pub(super) fn set_arrays(&mut self, arrays: u32, limit: usize) {
        self.arrays = arrays;
        self.limit = limit;
    }

    /// How many arrays are open around the records.
    pub(super) fn arrays(&self) -> u32 {
        self.arrays
    }

    fn outside(&mut self, unread: &[u8], at_end: bool) -> Cut {
        let separators = separators(unread);
        if separators > 0 {
            return Cut::Skip(separators);
        }
        match unread.first() {
            None => return Cut::More,
            Some(b'{') => self.state = State::Object(ValueScan::default()),
            Some(b']') if self.arrays > 0 => {
                self.arrays -= 1;
                return Cut::Skip(1);
            }
            Some(b'[') => match self.opens_array(unread, at_end) {
                None => return Cut::More,
                Some(true) => {
                    self.arrays = self.arrays.saturating_add(1);
                    return Cut::Skip(1);
                }
                Some(false) => self.state = State::Text(LineScan::default()),
            },
            Some(_) if self.arrays > 0 => self.state = State::Element(ElementScan::default()),
            Some(_) => self.state = State::Text(LineScan::default()),
        }
        self.cut(unread, at_end)
    }

    /// Whether the bracket in front opens an array, or a line of text; `None` if it takes more to tell.
    fn opens_array(&self, unread: &[u8], at_end: bool) -> Option<bool> {
        if self.between == Between::ObjectsOnly {
            return Some(true);
        }
        match unread.iter().take(LOOK_AHEAD).skip(1).find(|byte| !byte.is_ascii_whitespace()) {
            Some(byte) => Some(matches!(byte, b'{' | b'[' | b']')),
            None if unread.len() < LOOK_AHEAD && !at_end => None,
            None => Some(true),
        }
    }

    fn object(&mut self, unread: &[u8], at_end: bool) -> Cut {
        let State::Object(scan) = &mut self.state else { return Cut::More };
        // One byte more than it may have tells that it has too many.
        let window = unread.get(..=self.limit).unwrap_or(unread);
        match scan.advance(window) {
            Scanned::Closed(len) if len <= self.limit => {
                self.state = State::Outside;
                Cut::Record { len, next: len }
            }
            Scanned::Closed(len) => {
                self.state = State::Outside;
                Cut::Reject { len: self.limit, next: len, reason: too_long() }
            }
            Scanned::Open if window.len() > self.limit => {
                let mut scan = std::mem::take(scan);
                scan.at = 0;
                self.state = State::DropObject(scan);
                Cut::Reject { len: self.limit, next: window.len(), reason: too_long() }
            }
            Scanned::Open if at_end => self.broken("it ends before it is complete".to_owned(), unread, at_end),
            Scanned::Open => Cut::More,
            Scanned::Broken(what) => self.broken(what, unread, at_end),
        }
    }

    fn broken(&mut self, what: String, unread: &[u8], at_end: bool) -> Cut {
        let reason = Rejection::new(format!("expected a JSON object, got a broken one: {what}"));
        self.state = State::Broken(LineScan::default(), reason);
        self.cut(unread, at_end)
    }

    /// Rejects the line in front, or takes it as a record if `reason` is none.
    fn line(&mut self, end: LineEnd, reason: Option<Rejection>) -> Cut {
        self.state = State::Outside;
        match (end, reason) {
            (LineEnd::At { len, next }, Some(reason)) => Cut::Reject { len, next, reason },
            (LineEnd::At { len, next }, None) => Cut::Record { len, next },
            (LineEnd::TooLong { next, ended }, reason) => {
                if !ended {
                    self.state = State::DropLine;
                }
                Cut::Reject { len: MAX_RECORD_BYTES, next, reason: reason.unwrap_or_else(too_long) }
            }
            (LineEnd::More, _) => Cut::More,
        }
    }

    fn element(&mut self, unread: &[u8], at_end: bool) -> Cut {
        let State::Element(scan) = &mut self.state else { return Cut::More };
        let window = unread.get(..=MAX_RECORD_BYTES).unwrap_or(unread);
        let (len, next_state) = match scan.advance(window) {
            Some(len) => (len, State::Outside),
            None if window.len() > MAX_RECORD_BYTES => (window.len(), State::DropLine),
            None if at_end => (window.len(), State::Outside),
            None => return Cut::More,
        };
        self.state = next_state;
        Cut::Reject { len, next: len, reason: no_object() }
    }

    fn drop_object(&mut self, unread: &[u8]) -> Cut {
        let State::DropObject(scan) = &mut self.state else { return Cut::More };
        match scan.advance(unread) {
            Scanned::Closed(len) => {
                self.state = State::Outside;
                Cut::Skip(len)
            }
            Scanned::Open => {
                scan.at = 0;
                Cut::Skip(unread.len())
            }
            Scanned::Broken(_) => {
                let seen = scan.at;
                self.state = State::DropLine;
                Cut::Skip(seen)
            }
        }
    }
}

impl Cutter for JsonCutter {
    fn cut(&mut self, unread: &[u8], at_end: bool) -> Cut {
        if unread.is_empty() {
            return Cut::More;
        }
        match &mut self.state {
            State::Outside => self.outside(unread, at_end),
            State::Object(_) => self.object(unread, at_end),
            State::Broken(scan, reason) => match scan.find(unread, at_end) {
                LineEnd::More => Cut::More,
                end => {
                    let reason = reason.clone();
                    self.line(end, Some(reason))
                }
            },
            State::Text(scan) => match scan.find(unread, at_end) {
                LineEnd::More => Cut::More,
                end => {
                    let reason = (self.between == Between::ObjectsOnly).then(no_object);
                    self.line(end, reason)
                }
            },
            State::Element(_) => self.element(unread, at_end),
            State::DropObject(_) => self.drop_object(unread),
            State::DropLine => {
                let (len, ended) = rest_of_line(unread);
                if ended {
                    self.state = State::Outside;
                }
                Cut::Skip(len)
            }
        }
    }

    fn unclosed(&self) -> bool {
        self.arrays > 0
    }
}

fn no_object() -> Rejection {
    Rejection::new("expected a JSON object, got something else")
}

/// How many bytes in front only separate records.
pub(super) fn separators(unread: &[u8]) -> usize {
    unread.iter().position(|byte| !byte.is_ascii_whitespace() && *byte != b',').unwrap_or(unread.len())
}

/// Looks for the end of an element that is no object: a comma, the array's end, or the end of the line.
#[derive(Debug, Default)]
struct ElementScan {
    at: usize,
    in_text: bool,
    escaped: bool,
}

impl ElementScan {
    fn advance(&mut self, bytes: &[u8]) -> Option<usize> {
        while let Some(byte) = bytes.get(self.at) {
            match byte {
                b'\n' => return Some(self.at),
                b',' | b']' if !self.in_text => return Some(self.at),
                b'"' if !self.escaped => self.in_text = !self.in_text,
                _ => {}
            }
            self.escaped = self.in_text && *byte == b'\\' && !self.escaped;
            self.at += 1;
        }
        None
    }
}
