//! The API, over a real connection, on a real folder.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod addresses;
mod authorization;
mod batches;
mod catalogue;
mod changes;
mod description;
mod destinations;
mod directory;
mod directory_parts;
mod exports;
mod files;
mod formats;
mod groups;
mod harness;
mod idempotency;
mod impersonation;
mod keys;
mod load;
mod observing;
mod own_record;
mod page;
mod people;
mod problems;
mod profiles;
mod quarantine;
mod questions;
mod readings;
mod reports;
mod retention;
mod saved_reports;
mod schedules;
mod scopes;
mod sessions;
mod settings;
mod single_sign_on;
mod tenants;
mod tls;
mod users;
mod webhooks;
