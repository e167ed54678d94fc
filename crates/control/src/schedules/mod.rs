//! Schedules: when a saved report is delivered, and where to; and runs, each one delivery of it.
//!
//! What is due is planned: a run is made for each moment that was due, once, whoever plans at the same time, in one
//! transaction with the job that sees to it and with how far the schedule is planned. Rules, zones and ranges are known
//! on a higher floor; here they are JSON.

mod run;
mod schedule;

pub use run::{NewRun, Run, RunStatus, Runs, Written};
pub use schedule::{NewSchedule, Plan, Published, Schedule, ScheduleChange, Schedules};
pub(crate) use schedule::{ids_of_report, remove, reports_delivered_to};

/// The kind of the job that sees to a run.
pub const RUN_JOB: &str = "schedule_run";
