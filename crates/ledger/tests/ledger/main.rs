//! The ledger as its callers see it: append, archive, restart, read.
#![allow(missing_docs)]

mod appending;
mod archiving;
mod attaching;
mod fixtures;
mod leases;
mod quarantine;
mod sessions;
