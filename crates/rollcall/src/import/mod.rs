//! Importing: a file is decoded on a thread of its own while what was decoded before is on its way.
//!
//! - [`input`]: files, compressed or not, and standard input
//! - [`decoding`]: bytes become batches of events
//! - [`destination`]: a batch becomes durable, in the ledger of this process or on a server
//! - [`checkpoint`]: how far a file has come, so that an interrupted import goes on and a grown file continues
//! - [`tally`]: what became of it, told
//!
//! A checkpoint only saves work. Ids come from the records, so what is sent twice adds nothing.

pub(crate) mod checkpoint;
pub(crate) mod decoding;
pub(crate) mod destination;
pub(crate) mod input;
mod progress;
mod run;
pub(crate) mod tally;

pub(crate) use run::{FileImport, import_file};
