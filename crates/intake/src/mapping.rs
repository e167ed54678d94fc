//! What a format is: the two traits that a new one implements, and what goes in and out of them.
//!
//! Cutting bytes into records is left to [`crate::framing`], ids and validation to the decoder: a mapper
//! looks at one record and says what it means.

use jiff::civil::Time;
use rollcall_model::event::InvalidEvent;
use rollcall_model::{AccessActivity, Category, Event, Outcome, Timestamp};
use uuid::Uuid;

use crate::clock::LogClock;
use crate::framing::{Framing, Position};
use crate::options::SourceOptions;

/// One source format.
pub trait Format: Sync {
    /// The name that the command line, the API and a source's configuration use.
    fn name(&self) -> &'static str;

    /// One line that says what it is.
    fn about(&self) -> &'static str;

    /// How its bytes are cut into records.
    fn framing(&self, options: &SourceOptions) -> Framing;

    /// A mapper for one file or request.
    fn mapper(&self, options: &SourceOptions) -> Box<dyn Mapper + Send>;

    /// Whether some of its records may bear a time of day without a date.
    fn lacks_dates(&self) -> bool {
        false
    }

    /// What a record says about its date, for the [`crate::Prescan`] of a format that lacks dates.
    fn dating(&self, record: &Record<'_>) -> Dating {
        let _ = record;
        Dating::Whole
    }
}

/// Says what the records of one file or request mean.
///
/// What a record means depends on that record alone, apart from a log's date that is carried forward
/// and a header that names columns: an event may not change because its neighbours did.
pub trait Mapper {
    /// Puts what `record` means into `out`, which is empty.
    fn map(&mut self, record: &Record<'_>, out: &mut Vec<Mapped>) -> Result<Reading, Rejection>;

    /// The clock that it reads times without a date or an offset by, if the format has such.
    fn clock(&self) -> Option<&LogClock> {
        None
    }
}

/// What a record turned out to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reading {
    /// One event or several.
    Events,
    /// A record of the source that is no event: skipped and counted.
    NoEvent,
    /// Part of the file's structure, such as a row of headers: not counted.
    Structure,
}

/// What a record says about its date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dating {
    /// It bears a date.
    Whole,
    /// It bears a time of day alone.
    TimeOfDay(Time),
    /// It bears no time at all.
    Nothing,
}

/// One record of a source, as it was cut.
#[derive(Debug, Clone, Copy)]
pub struct Record<'a> {
    /// Its bytes, without the line end.
    pub bytes: &'a [u8],
    /// Where it began.
    pub position: Position,
}

impl<'a> Record<'a> {
    /// Its text, if it is UTF-8 without NUL bytes.
    pub fn text(&self) -> Result<&'a str, Rejection> {
        if let Some(at) = memchr::memchr(0, self.bytes) {
            return Err(Rejection::new(format!("expected text, got a NUL byte at byte {at} of the record; the file may be damaged")));
        }
        std::str::from_utf8(self.bytes)
            .map_err(|error| Rejection::new(format!("expected UTF-8, got another byte at byte {} of the record", error.valid_up_to())))
    }
}

/// An event as a mapper makes it. The decoder gives it its id, and its source where it names none.
#[derive(Debug, Clone, PartialEq)]
pub struct Mapped {
    /// The event, without an id.
    pub event: Event,
    /// What its id is made from.
    pub id: RecordId,
}

/// What an event's id is made from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RecordId {
    /// The source's own id: a UUID is taken as it is, another is the name of one.
    Own(String),
    /// The raw bytes of the record, and how often they came before.
    Content,
    /// Nothing: a fresh random id.
    Random,
}

impl RecordId {
    /// The source's own id where it gave one, else the record's content.
    pub fn own_or_content(id: Option<String>) -> Self {
        id.filter(|id| !id.trim().is_empty()).map_or(RecordId::Content, RecordId::Own)
    }
}

/// A new access event, for a mapper to fill in.
pub(crate) fn access(time: Timestamp, activity: AccessActivity, outcome: Outcome) -> Event {
    Event::new(Uuid::nil(), time, "", Category::Access, activity.as_str(), outcome)
}

/// A new activity event, for a mapper to fill in.
pub(crate) fn activity(time: Timestamp, activity: impl Into<String>, outcome: Outcome) -> Event {
    Event::new(Uuid::nil(), time, "", Category::Activity, activity, outcome)
}

/// Why a record is no event: which field, what was expected, what came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejection {
    /// The field that is wrong, where it is one.
    pub field: Option<String>,
    /// What was expected, what came.
    pub reason: String,
}

impl Rejection {
    /// A reason that is about the record as a whole.
    pub fn new(reason: impl Into<String>) -> Self {
        Rejection { field: None, reason: reason.into() }
    }

    /// A reason that is about one field.
    pub fn of(field: impl Into<String>, reason: impl Into<String>) -> Self {
        Rejection { field: Some(field.into()), reason: reason.into() }
    }

    /// A field that every record must have is missing.
    pub fn missing(field: impl Into<String>, expected: &str) -> Self {
        Rejection::of(field, format!("required: expected {expected}, got nothing"))
    }
}

impl std::fmt::Display for Rejection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.field {
            Some(field) => write!(f, "{field}: {}", self.reason),
            None => f.write_str(&self.reason),
        }
    }
}

impl std::error::Error for Rejection {}

impl From<InvalidEvent> for Rejection {
    fn from(invalid: InvalidEvent) -> Self {
        Rejection::of(invalid.field, invalid.reason)
    }
}
