//! Who callers are and what they may do, over a real control database: users, security profiles, API keys, sessions and
//! settings from their making to their end.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod account;
mod delay;
mod fixture;
mod impersonation;
mod keys;
mod profiles;
mod secrets;
mod sessions;
mod settings;
mod sign_in;
mod single_sign_in;
mod tenants;
mod users;
