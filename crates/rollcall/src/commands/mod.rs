//! One module for each command: its flags, and what it does.

pub(crate) mod archive;
pub(crate) mod backup;
pub(crate) mod catalogue;
pub(crate) mod compact;
pub(crate) mod destination;
pub(crate) mod directory;
pub(crate) mod export;
pub(crate) mod fsck;
pub(crate) mod generate;
pub(crate) mod hold;
pub(crate) mod import;
pub(crate) mod job;
pub(crate) mod key;
pub(crate) mod listing;
pub(crate) mod profile;
pub(crate) mod quarantine;
pub(crate) mod report;
pub(crate) mod restore;
pub(crate) mod retention;
pub(crate) mod schedule;
pub(crate) mod schedule_run;
pub(crate) mod serve;
pub(crate) mod tenant;
pub(crate) mod user;
pub(crate) mod webhook;

mod demo;
mod file;
mod saved_report;
mod stored_report;
