//! The model's promises to the rest of the house: the floors, the encoding, the columns.
#![allow(missing_docs)]

mod canonical_encoding;
mod columns;
mod floors;
