//! The binary as its users run it: real processes on folders of their own.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod accounts;
mod asking;
mod backup;
mod changes;
mod compacting;
mod configuration;
mod delivering;
mod exports;
mod faults;
mod formats;
mod fsck;
mod generating;
mod importing;
mod keys;
mod kill;
mod last;
mod library;
mod main_job;
mod nodes;
mod own_record;
mod process;
mod quarantine;
mod readme;
mod reporting;
mod resuming;
mod retention;
mod serving;
mod tls;
