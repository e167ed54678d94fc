//! What the report command needs: the definition that its flags mean, what is asked about its rows, and answers as
//! tables.
//!
//! JSON and CSV of rows are the API's; only their ends are looked for here.

pub(crate) mod changes;
pub(crate) mod definition;
pub(crate) mod facets;
mod flags;
mod footer;
pub(crate) mod histogram;
mod records;
pub(crate) mod run;
pub(crate) mod save;
mod stream;
pub(crate) mod table;
pub(crate) mod told;
pub(crate) mod view;
