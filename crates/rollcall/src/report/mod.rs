//! What the report command needs: the definition that its flags mean, and rows as a table.
//!
//! JSON and CSV are the API's; only their ends are looked for here.

pub(crate) mod definition;
pub(crate) mod footer;
pub(crate) mod records;
pub(crate) mod table;
