//! Delivery: reports leave the building.
//!
//! - [`Delivery`]: the service; what it does stands in a folder for each subject
//! - [`destinations`]: where reports are delivered to
//! - [`file`](mod@file): all rows of a report as CSV, JSON Lines, a workbook or Parquet
//! - [`exports`]: files that are made in the background, as archives with a password
//! - [`jobs`]: what is done in the background, by whichever node takes it
//! - [`webhooks`]: other systems are told of events
//! - [`schedules`]: saved reports that leave by themselves, and their runs
//! - [`record`]: what the background does, on Rollcall's own record
//!
//! Whoever asks is a principal of `access`, which decides their rights; rows come from `reports`. Only this floor and
//! `access` speak to other systems.

pub mod destinations;
mod error;
pub mod exports;
pub mod file;
pub mod jobs;
pub mod record;
pub mod schedules;
mod service;
mod silence;
pub mod webhooks;

pub use error::DeliveryError;
pub use service::{Delivery, Options, Parts};
