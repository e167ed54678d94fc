//! The ledger as its callers see it: append, archive, restart, read.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod appending;
mod archiving;
mod attaching;
mod backup;
mod compacting;
mod fixtures;
mod formats;
mod fsck;
mod leases;
mod nodes;
mod quarantine;
mod retaining;
mod sessions;
