//! The handlers, one file for each subject. Which route needs which scope stands in [`crate::api`].

pub(crate) mod archive;
pub(crate) mod catalogue;
pub(crate) mod compact;
pub(crate) mod directory;
pub(crate) mod events;
pub(crate) mod formats;
pub(crate) mod health;
pub(crate) mod holds;
pub(crate) mod kinds;
pub(crate) mod metrics;
pub(crate) mod openapi;
pub(crate) mod quarantine;
pub(crate) mod records;
pub(crate) mod replay;
mod report_answer;
pub(crate) mod report_changes;
pub(crate) mod reports;
pub(crate) mod retention;
pub(crate) mod saved_reports;
pub(crate) mod status;
mod stream;
