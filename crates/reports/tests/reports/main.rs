//! Reports as their callers see them: definitions, the range rule, filters, pages, plans.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod activity_audit;
mod changes;
mod compact;
mod concurrent;
mod definitions;
mod files;
mod filters;
mod fixtures;
mod generated;
mod grouping;
mod kinds;
mod logs;
mod paging;
mod people;
mod plans;
mod range_rule;
mod schema;
mod scope;
mod signed_in;
mod telling;
mod totals;
mod values;
mod watermarks;
