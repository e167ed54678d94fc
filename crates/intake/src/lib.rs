//! Source formats: bytes in, [`Event`](rollcall_model::Event)s out, and the name of everything that is rejected.
//!
//! This floor does no input or output, has no clock, and knows no database and no async runtime. Bytes
//! are pushed into a [`Decoder`] in pieces of any size; out come [`Item`]s. Memory is bounded by one
//! record and one piece, whatever the size of the file.
//!
//! ```
//! use rollcall_intake::{Decoder, Item, SourceOptions, format};
//!
//! let queue_log = b"1366720340|NONE|support|SIP/8007|ADDMEMBER|\nnonsense\n";
//! let options = SourceOptions::new("2026-04-15T12:00:00Z".parse().unwrap());
//! let mut decoder = Decoder::new(format("asterisk-queue-log").unwrap(), options);
//! let mut items = Vec::new();
//! decoder.push(queue_log, &mut items);
//! decoder.finish(&mut items);
//!
//! let [Item::Event { event, .. }, Item::Rejected(rejected)] = &items[..] else { unreachable!() };
//! assert_eq!((event.activity.as_str(), event.account.as_deref()), ("sign_in", Some("SIP/8007")));
//! assert_eq!(rejected.position.line, 2);
//! assert_eq!(decoder.summary().events, 1);
//! ```
//!
//! A record passes through four hands:
//!
//! 1. `framing` cuts the bytes into records and finds the next one after rubbish;
//! 2. a [`Mapper`] of the format says what a record means ([`mod@formats`] holds one file for each);
//! 3. `identity` gives the event its id, so that a file imported twice adds nothing;
//! 4. the [`Decoder`] normalises and validates: every [`Item::Event`] is one that the ledger accepts.
//!
//! **Logs without dates.** Some logs write only the time of day. Their first date is given by
//! [`SourceOptions::date_basis`], or found by a [`Prescan`] over the same bytes: if [`needs_prescan`]
//! says so, feed the file to it first and put what it [finds](Prescan::finish) into the options.
//! [`Summary::date_basis`] tells whether a date was taken from there.
//!
//! **A new format** is one file that implements [`Format`] and one line in [`formats::ALL`];
//! `docs/adding-a-format.md` walks through it.

pub mod formats;
pub mod fuzzing;

mod clock;
mod decoder;
mod framing;
mod identity;
mod json;
mod mapping;
mod options;
mod prescan;
mod stamp;
mod summary;

pub use clock::LogClock;
pub use decoder::{Decoder, Item, RejectedRecord};
pub use formats::{UnknownFormat, format, formats};
pub use framing::{Framing, Position};
pub use mapping::{Dating, Format, Mapped, Mapper, Reading, Record, RecordId, Rejection};
pub use options::{CsvOptions, DateBasis, NativeIds, SourceOptions};
pub use prescan::{Prescan, needs_prescan};
pub use summary::{Summary, Warning};

/// The code of the walk-through is compiled and run as a test.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/adding-a-format.md")]
pub struct AddingAFormat;
