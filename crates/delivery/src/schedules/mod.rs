//! Schedules: a saved report that leaves the building by itself, daily or weekly, at the first instant of a date.
//!
//! - [`rule`]: when one is due, and which range a run covers
//! - [`settings`]: what somebody sets of one, and what of it is frozen in a run
//! - `manage`: making, changing, pausing and deleting them; `runs`: their runs, and asking for one
//! - `plan`: makes the runs that are due; [`work`]: does one; `late`: looks whether a delivered range has changed
//! - `file`: the file of a run; `alert`: tells people that one failed

mod alert;
mod file;
mod late;
mod manage;
mod plan;
pub mod rule;
mod runs;
pub mod settings;
mod tell;
pub(crate) mod work;

pub use alert::Alerts;
pub use manage::ScheduleView;
pub use runs::{RunFile, RunView};
pub use tell::{Failure, Outcome};
