//! The kinds of report, each described in one place.
//!
//! A [`Description`] says which rows a kind has, what its fields are called, and what is shown and offered first.
//! Fields, plans, totals and the list of kinds are made from it. A new kind is a file here and a variant of
//! [`Kind`](crate::Kind).

pub(crate) mod access_log;
pub(crate) mod activity_audit;
pub(crate) mod activity_log;
pub(crate) mod derived;
pub(crate) mod failures;
pub(crate) mod login_logout;
mod rows;
pub(crate) mod sign_in_log;
mod words;

pub(crate) use derived::{Computed, Derived};
pub(crate) use rows::{Condition, Events, Rows};

use rollcall_model::range::Preset;

use crate::definition::Clock;
use crate::field::Word;

/// What makes a kind of report.
#[derive(Debug)]
pub(crate) struct Description {
    /// Its name in definitions and addresses.
    pub(crate) name: &'static str,
    /// Its name for people.
    pub(crate) title: &'static str,
    /// The rows that it has.
    pub(crate) rows: Rows,
    /// Fields that are made of several columns.
    pub(crate) derived: &'static [Derived],
    /// Fields that are worked out over many rows, where somebody asks for them.
    pub(crate) computed: &'static [Computed],
    /// What fields are called here, where the column's own name does not say it.
    pub(crate) labels: &'static [(&'static str, &'static str)],
    /// How people read the values of fields, where these come from a closed vocabulary.
    pub(crate) words: &'static [(&'static str, &'static [Word])],
    /// The columns of a definition that names none.
    pub(crate) columns: &'static [&'static str],
    /// The fields whose filters are offered first. The range is offered before them.
    pub(crate) filters: &'static [&'static str],
    /// The presets that are offered first; the first of them is the range of a definition without one.
    pub(crate) presets: &'static [Preset],
    /// The clock of a definition that names none.
    pub(crate) clock: Clock,
}

/// The presets that logs of long standing offer first.
const DAY_TO_QUARTER: &[Preset] = &[Preset::Last24Hours, Preset::Last7Days, Preset::Last30Days, Preset::Last90Days];
