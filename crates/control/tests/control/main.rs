//! The control database, on a real file and on a real PostgreSQL server.

#![allow(missing_docs, clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod api_keys;
mod copying;
mod destinations;
mod directory;
mod export_tasks;
mod fixture;
mod jobs;
mod opening;
mod outbox;
mod postgres;
mod profiles;
mod readings;
mod saved_reports;
mod schedules;
mod settings;
mod sign_ins;
mod sqlite;
mod tenant_catalogue;
mod user_sessions;
mod users;
mod webhooks;
