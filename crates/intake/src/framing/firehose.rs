//! The request that Amazon Data Firehose sends to an HTTP endpoint: one object around many records.
//!
//! `{"requestId":"…","timestamp":1578090901599,"records":[{"data":"<base64>"},…]}`. It may be far larger
//! than a record, so it is never read whole: its head and its tail are passed over, its records are cut one
//! by one. Bare JSON objects, as Firehose writes them into files, are cut as such.

use base64::Engine;
use rollcall_model::event::MAX_RECORD_BYTES;
use serde::Deserialize;

use super::json::{Between, JsonCutter, separators};
use super::{Cut, Cutter};
use crate::mapping::Rejection;

/// Room for a record of the largest size in base64, and the object around it.
const MAX_WRAPPED_BYTES: usize = MAX_RECORD_BYTES / 3 * 4 + 1024;
/// How long the head of a request may be.
const MAX_HEAD_BYTES: usize = 4096;

/// Cuts JSON objects, also inside a request of Firehose.
#[derive(Debug)]
pub(super) struct FirehoseCutter {
    json: JsonCutter,
    place: Place,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// Outside of a request.
    Bare,
    /// Among the records of a request.
    Records,
    /// After the records of a request.
    Tail,
}

impl Default for FirehoseCutter {
    fn default() -> Self {
        FirehoseCutter { json: JsonCutter::new(Between::ObjectsOnly), place: Place::Bare }
    }
}

impl FirehoseCutter {
    fn bare(&mut self, unread: &[u8], at_end: bool) -> Cut {
        if !self.json.is_outside() || unread.first() != Some(&b'{') {
            return self.json.cut(unread, at_end);
        }
        match head(unread.get(..MAX_HEAD_BYTES).unwrap_or(unread)) {
            Read::Past(len) => {
                self.place = Place::Records;
                self.json.set_arrays(1, MAX_WRAPPED_BYTES);
                Cut::Skip(len)
            }
            Read::Cut if !at_end && unread.len() < MAX_HEAD_BYTES => Cut::More,
            Read::Cut | Read::Other => self.json.cut(unread, at_end),
        }
    }

    fn records(&mut self, unread: &[u8], at_end: bool) -> Cut {
        let ends = self.json.is_outside() && self.json.arrays() == 1;
        if ends && unread.first() == Some(&b']') {
            self.place = Place::Tail;
            self.json.set_arrays(0, MAX_RECORD_BYTES);
            return Cut::Skip(1);
        }
        self.json.cut(unread, at_end)
    }

    fn tail(&mut self, unread: &[u8], at_end: bool) -> Cut {
        let separators = separators(unread);
        if separators > 0 {
            return Cut::Skip(separators);
        }
        if unread.first() == Some(&b'}') {
            self.place = Place::Bare;
            return Cut::Skip(1);
        }
        match member(unread.get(..MAX_HEAD_BYTES).unwrap_or(unread)) {
            (_, Read::Past(len)) => Cut::Skip(len),
            (_, Read::Cut) if !at_end && unread.len() < MAX_HEAD_BYTES => Cut::More,
            _ => {
                self.place = Place::Bare;
                self.json.cut(unread, at_end)
            }
        }
    }
}

impl Cutter for FirehoseCutter {
    fn cut(&mut self, unread: &[u8], at_end: bool) -> Cut {
        match self.place {
            _ if unread.is_empty() => Cut::More,
            Place::Bare => self.bare(unread, at_end),
            Place::Records => self.records(unread, at_end),
            Place::Tail => self.tail(unread, at_end),
        }
    }

    fn wrapped(&self) -> bool {
        self.place == Place::Records
    }

    fn unclosed(&self) -> bool {
        self.place != Place::Bare || self.json.unclosed()
    }
}

/// The bytes that an element of `records` carries.
pub(super) fn unwrap(element: &[u8]) -> Result<Vec<u8>, Rejection> {
    #[derive(Deserialize)]
    struct Element {
        data: String,
    }
    let element: Element = serde_json::from_slice(element)
        .map_err(|_| Rejection::of("data", "expected an object with base64 text, as Amazon Data Firehose sends it, got something else"))?;
    base64::engine::general_purpose::STANDARD
        .decode(element.data)
        .map_err(|error| Rejection::of("data", format!("expected base64, got something else: {error}")))
}

/// How far a look ahead came.
#[derive(Debug, PartialEq, Eq)]
enum Read {
    /// What was looked for takes so many bytes.
    Past(usize),
    /// The bytes end before it does.
    Cut,
    /// Something else is there.
    Other,
}

/// The head of a request: everything up to and including the bracket that opens its records.
fn head(bytes: &[u8]) -> Read {
    let mut at = 1;
    loop {
        at += separators(bytes.get(at..).unwrap_or_default());
        let (name, read) = member(bytes.get(at..).unwrap_or_default());
        match (name, read) {
            (Some(b"records"), Read::Past(len)) if bytes.get(at + len - 1) == Some(&b'[') => return Read::Past(at + len),
            (Some(b"requestId" | b"timestamp"), Read::Past(len)) => at += len,
            (Some(b"requestId" | b"timestamp" | b"records") | None, Read::Cut) => return Read::Cut,
            _ => return Read::Other,
        }
    }
}

/// A member of an object: its name, and a text, a number, or the bracket that opens an array.
fn member(bytes: &[u8]) -> (Option<&[u8]>, Read) {
    let Some(name_len) = text(bytes) else {
        return (None, if bytes.is_empty() || bytes.first() == Some(&b'"') { Read::Cut } else { Read::Other });
    };
    let name = bytes.get(1..name_len - 1);
    let mut at = name_len + blanks(bytes, name_len);
    match bytes.get(at) {
        Some(b':') => at += 1,
        None => return (name, Read::Cut),
        Some(_) => return (name, Read::Other),
    }
    at += blanks(bytes, at);
    let rest = bytes.get(at..).unwrap_or_default();
    let read = match rest.first() {
        None => Read::Cut,
        Some(b'[') => Read::Past(at + 1),
        Some(b'"') => text(rest).map_or(Read::Cut, |len| Read::Past(at + len)),
        Some(b'0'..=b'9' | b'-') => match rest.iter().position(|byte| !matches!(byte, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E')) {
            Some(len) => Read::Past(at + len),
            None => Read::Cut,
        },
        Some(_) => Read::Other,
    };
    (name, read)
}

/// The length of the text in front, with its quotes; `None` if there is none or it does not end.
fn text(bytes: &[u8]) -> Option<usize> {
    let mut rest = bytes.iter().enumerate();
    rest.next().filter(|(_, byte)| **byte == b'"')?;
    while let Some((at, byte)) = rest.next() {
        match byte {
            b'"' => return Some(at + 1),
            b'\\' => {
                rest.next();
            }
            _ => {}
        }
    }
    None
}

fn blanks(bytes: &[u8], at: usize) -> usize {
    bytes.iter().skip(at).take_while(|byte| byte.is_ascii_whitespace()).count()
}
