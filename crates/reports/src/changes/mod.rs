//! What has changed since: the rows that a definition had when less was known, held against those that it has.
//!
//! Both sides are one snapshot, the older one as far as it was known at `since_seq`. Range, filters, directory and
//! the moment that presets mean are the same on both, so a difference is what events have changed that came since,
//! and nothing else. A row that no longer meets the filters is removed, one that now does is added.
//!
//! - [`plan`]: both sides as one plan; [`answer`]: pages with exact counts, and all changes as a stream
//! - [`telling`]: changes as JSON objects and CSV lines

pub mod answer;
mod plan;
pub mod telling;

pub use answer::{ChangeCounts, ChangesAnswer};
pub use telling::{Change, ChangeKind, ChangeWriter};

/// What a column of the older side is called beside one of the newer side.
const BEFORE: &str = "before_";
/// What a column of the newer side is called.
const AFTER: &str = "after_";
/// Whether a column differs.
const DIFFERS: &str = "differs_";
/// The column that says what became of a row.
const CHANGE: &str = "change";

/// A column of one side.
fn of_side(side: &str, column: &str) -> String {
    format!("{side}{column}")
}
