//! What is known about a source besides its bytes.

use std::collections::BTreeMap;

use jiff::civil::Date;
use rollcall_model::Timestamp;
use rollcall_model::event::DEFAULT_MAX_FUTURE_MICROS;
use rollcall_model::zone::Zone;

/// How a source is read. Only `now` must be given.
#[derive(Debug, Clone, PartialEq)]
pub struct SourceOptions {
    /// Name of the source; without one it is the format's name.
    pub source: Option<String>,
    /// When the bytes arrived: an event's time may not lie further ahead of it than `max_future_micros`.
    pub now: Timestamp,
    /// How far in the future an event's time may lie.
    pub max_future_micros: i64,
    /// Zone of times that bear none; without one they are taken as UTC, and the summary warns.
    pub time_zone: Option<Zone>,
    /// Date of the first line of a log that writes the time of day alone.
    pub date_basis: Option<DateBasis>,
    /// Where a native JSON event without an id takes one from.
    pub native_ids: NativeIds,
    /// How CSV is read.
    pub csv: CsvOptions,
}

impl SourceOptions {
    /// The defaults, for bytes that arrived at `now`.
    pub fn new(now: Timestamp) -> Self {
        SourceOptions {
            source: None,
            now,
            max_future_micros: DEFAULT_MAX_FUTURE_MICROS,
            time_zone: None,
            date_basis: None,
            native_ids: NativeIds::Random,
            csv: CsvOptions::default(),
        }
    }

    /// The zone of times that bear none.
    pub fn zone(&self) -> Zone {
        self.time_zone.clone().unwrap_or_else(Zone::utc)
    }
}

/// Where a native JSON event without an id takes one from. Every other format takes it from the content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum NativeIds {
    /// A random id, for requests: two equal events are two events.
    #[default]
    Random,
    /// The record's bytes, for files: a file imported twice adds nothing.
    FromContent,
}

/// Where the first date of a log without dates comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DateBasis {
    /// It was given.
    Given(Date),
    /// It was counted back from the moment the file was last modified.
    CountedBack {
        /// When the file was last modified.
        modified: Timestamp,
        /// The date of the first line that bears a time.
        first: Date,
    },
}

impl DateBasis {
    /// The date of the first line that bears a time.
    pub fn first_date(self) -> Date {
        match self {
            DateBasis::Given(date) | DateBasis::CountedBack { first: date, .. } => date,
        }
    }
}

/// How CSV is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CsvOptions {
    /// What stands between two fields.
    pub delimiter: u8,
    /// Column of an event to header of the file, where they are called differently.
    pub headers: BTreeMap<String, String>,
    /// Column of an event to the value that a row without one gets.
    pub defaults: BTreeMap<String, String>,
}

impl Default for CsvOptions {
    fn default() -> Self {
        CsvOptions { delimiter: b',', headers: BTreeMap::new(), defaults: BTreeMap::new() }
    }
}
