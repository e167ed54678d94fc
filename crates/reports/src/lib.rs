//! Reports: one definition, parsed and planned here alone.
//!
//! The page, the API, the command line, exports and schedules all carry the same JSON value, a
//! [`Definition`]. It is checked once, planned on a snapshot of the ledger (which has tenant and scope
//! built in), and answered as a page with an exact total or as a stream of all rows.
//!
//! - [`definition`], [`kind`], [`field`], [`filter`], [`sort`]: what can be asked
//! - [`kinds`]: each kind of report, described in one place
//! - [`plan`], with [`login_logout`] and [`concurrent`]: from a definition to a plan of the query engine
//! - [`people`]: one person is one agent, by the directory
//! - [`page`]: the rows of a page, and the total; [`total`]: the total alone
//! - [`cursor`]: how a reader goes on where it stopped, on the same snapshot; [`seek`]: a row by its place
//! - [`engine`]: running it; `stream`: all rows, from a snapshot that stays while they are read
//! - [`group`], [`facets`], [`histogram`]: rows counted by what they have in common; [`bucket`]: by time
//! - [`signed_in`]: how long each agent was signed in on each day
//! - [`changes`]: what has changed since
//! - [`feed`]: events one after the other, in the order in which they came
//! - [`compact`]: a definition as an address carries it; [`schema`]: its JSON Schema; [`shipped`]: those that come with
//!   the product
//! - [`rows`]: rows as JSON and CSV; [`watermark`]: up to which moment an answer is complete

pub mod bucket;
pub mod changes;
pub mod compact;
mod concurrent;
pub mod cursor;
pub mod definition;
pub mod engine;
pub mod error;
pub mod facets;
pub mod feed;
pub mod field;
pub mod filter;
pub mod group;
pub mod histogram;
pub mod kind;
mod kinds;
mod login_logout;
mod page;
mod people;
mod plan;
pub mod rows;
mod schema;
mod seek;
mod shipped;
pub mod signed_in;
pub mod sort;
mod stream;
mod total;
pub mod watermark;

pub use definition::Definition;
pub use engine::{Answer, Caller, Paging, Reports};
pub use error::{Error, InvalidDefinition, Result};
pub use kind::Kind;
pub use schema::definition_schema;
pub use shipped::{Shipped, shipped};
pub use stream::RowStream;
