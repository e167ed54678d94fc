//! Delivery, over a real store, with a clock that the test moves and real servers on this machine's loopback.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod destinations;
mod exports;
mod files;
mod house;
mod schedules;
mod webhooks;
