//! The model's promises to the rest of the house: the floors, the encoding, the columns.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod canonical_encoding;
mod catalogue;
mod columns;
mod floors;
