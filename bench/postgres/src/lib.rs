//! A real PostgreSQL server for tests.
//!
//! A [`Server`] is a cluster of its own in a temporary folder, on a free port of 127.0.0.1. It ends with
//! its value, or with the process that started it, however that ends. Most tests take a fresh
//! [`Database`] of the one that the whole process shares; a test that stops the server, or wants it set
//! up otherwise, starts its own.
//!
//! ```
//! let database = rollcall_test_postgres::Server::shared().database();
//! assert!(database.url.starts_with("postgres://rollcall:"));
//! assert_eq!(database.sql("SELECT 6 * 7"), "42");
//! ```
//!
//! As a program it starts one for trying things out by hand: it prints the URL of a database and the
//! server's folder, and runs until its input ends.
//!
//! This crate knows how to start PostgreSQL and nothing of Rollcall; any crate may use it, in tests
//! alone. What can't be set up ends the test: functions panic and say what is missing.
//!
//! - `server`: a server from its start to its end
//! - `database`: one database of it
//! - `engine`: tests that run on SQLite and on PostgreSQL
//! - `cluster`: the folder that it works on
//! - `process`: the running server, and what stops it when nobody else does
//! - `programs`: finding PostgreSQL on this machine

// A test that can't be set up fails, and it says why.
#![allow(clippy::expect_used, clippy::panic)]

mod cluster;
mod database;
mod engine;
mod process;
mod programs;
mod server;

pub use database::Database;
pub use engine::Engine;
pub use process::Stop;
pub use server::{Options, Server};
