//! The URL of a database. It bears a password, so it is shown nowhere: neither in help nor in errors or logs.

use std::fmt;

use serde::Deserialize;

/// The URL of a PostgreSQL database, as it was given.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub(crate) struct DatabaseUrl(String);

impl DatabaseUrl {
    /// The URL with its password, for whoever connects.
    pub(crate) fn reveal(&self) -> &str {
        &self.0
    }
}

/// Any text will do here: what parses a flag repeats in its message what it does not take.
impl From<String> for DatabaseUrl {
    fn from(url: String) -> Self {
        DatabaseUrl(url)
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DatabaseUrl(…)")
    }
}
