//! Pairing against its specification: worked cases, properties of any set of events, the columns of a
//! row, and many open sessions at once.

// A test fails by panicking; the readers of the notation fail the same way.
#![allow(clippy::panic, clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

mod columns;
mod laws;
mod many_open;
mod notation;
mod properties;
mod worked_cases;
