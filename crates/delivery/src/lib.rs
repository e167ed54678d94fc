//! Delivery: reports leave the building.
//!
//! - [`Delivery`]: the service; what it does stands in a folder for each subject
//! - [`file`](mod@file): all rows of a report as CSV, JSON Lines, a workbook or Parquet
//! - [`jobs`]: what is done in the background, by whichever node takes it
//! - [`record`]: what the background does, on Rollcall's own record
//!
//! Whoever asks is a principal of `access`, which decides their rights; rows come from `reports`. Only this floor and
//! `access` speak to other systems.

mod error;
pub mod file;
pub mod jobs;
pub mod record;
mod service;

pub use error::DeliveryError;
pub use service::{Delivery, Options, Parts};
