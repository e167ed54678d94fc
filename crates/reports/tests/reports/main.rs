//! Reports as their callers see them: definitions, the range rule, filters, pages, plans.
#![allow(missing_docs)]

mod definitions;
mod filters;
mod fixtures;
mod paging;
mod plans;
mod range_rule;
mod telling;
