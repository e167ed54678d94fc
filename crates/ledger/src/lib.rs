//! The ledger: every event, durable when acknowledged, once, in one order; and the sessions they make.
//!
//! It keeps two things in one database, so that one transaction spans both: the **journal**, the durable
//! tail of the ledger, and the catalogue of the **lake**, immutable Parquet files that any DuckLake reader
//! can attach. ARCHITECTURE.md follows one event through all of it.
//!
//! Where things are:
//!
//! - [`Ledger`] opens a folder, appends, archives, and hands out snapshots
//! - `append`, `duplicates`, `journal`: taking events in
//! - `archive`, `derive`, `lake`, `catalogue`: from the journal to the lake, and pairing on the way
//! - `state`, `tail`, [`Snapshot`], `lease`: what readers see, and for how long
//! - `retain`, `edge`: what a tenant no longer keeps, and where its sessions begin then
//! - `quarantine`, [`SourceStatus`]: what could not be taken, and how sources are
//! - [`backup()`], [`restore()`]: the whole of it, elsewhere
//!
//! Invariants, held by the tests of this crate:
//!
//! - **Durable first.** An append is answered only after the commit that holds it.
//! - **Without gaps.** `seq` is 0, 1, 2, … of each tenant; a failed commit uses no number.
//! - **Once.** The same `event_id` and `event_time` are one event, over the whole history.
//! - **All or nothing.** An event is in the journal or in the lake, never in both and never in neither.
//! - **One function for sessions.** What a reader is shown is what the archive step writes.
//! - **No way around.** Rows come from a [`Snapshot`] alone, and it has the scope applied.

mod append;
mod archive;
mod background;
mod backup;
mod catalogue;
mod change;
mod compact;
mod counts;
mod counts_backfill;
mod database;
mod derive;
mod duplicates;
mod edge;
mod error;
mod event_batch;
mod expire;
mod fault;
mod files;
mod fsck;
mod grain;
mod idempotency;
mod journal;
mod lake;
mod lease;
mod ledger;
mod lock;
mod options;
mod quarantine;
mod reach;
mod retain;
mod schema;
mod seal;
mod seqs;
mod session_batch;
mod session_rows;
mod snapshot;
mod source;
mod state;
mod tail;
mod tenant;
mod touched;

pub use append::{Conflict, Receipt, Submission};
pub use archive::ArchiveReport;
pub use backup::{Copied, Unfinished, backup, restore};
pub use compact::CompactReport;
pub use error::{Error, Result};
pub use event_batch::decode as decode_events;
pub use expire::ExpireReport;
pub use fault::STEPS;
pub use fsck::{Finding, FindingKind, FsckOptions, FsckProgress, FsckReport, Place, Report, Severity, Tally, fsck_at_rest};
pub use idempotency::{ANSWER_LIFE_MICROS, Idempotency};
pub use lake::selection::{FirstRows, Selected, Selection};
pub use lake::streams::for_stream;
pub use lake::values::{MAX_DISTINCT_VALUES, ValueCounts};
pub use lease::CURSOR_LIFE_MICROS;
pub use ledger::Ledger;
pub use options::{Options, Postgres};
pub use quarantine::{MAX_QUARANTINED, QuarantinedRecord, RejectedRecord};
pub use retain::{Hold, Removed, RetentionReport};
pub use schema::{Table, timestamp_type};
pub use session_batch::decode as decode_sessions;
pub use snapshot::{CountedEvents, Snapshot, literally, starts_with, tag, under};
pub use source::SourceStatus;
pub use state::SnapshotId;
