//! What an API key may be used for.

use std::fmt;
use std::str::FromStr;

/// One thing that an API key allows. Every route of the API needs exactly one of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum KeyScope {
    /// Sending events: native ones, records of a source, and quarantined ones once more.
    EventsWrite,
    /// Running reports, and opening saved ones.
    ReportsRead,
    /// Saving reports, changing and publishing them.
    ReportsWrite,
    /// Seeing, changing and deleting the saved reports of others.
    ReportsAdmin,
    /// Seeing the directory of agents.
    DirectoryRead,
    /// Changing the directory of agents.
    DirectoryWrite,
    /// Changing what belongs to the tenant as a whole, such as its activity catalogue.
    SettingsWrite,
    /// Seeing the records that were rejected.
    QuarantineRead,
    /// Moving the journal into the lake now.
    StoreArchive,
    /// Deciding what is kept: retention and legal holds.
    StoreAdmin,
    /// Seeing how the server does.
    MetricsRead,
    /// Seeing users, security profiles, API keys and who is signed in.
    AccessRead,
    /// Changing them.
    AccessWrite,
}

/// A text that names no scope.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected a key scope, one of {names}; got {0:?}", names = KeyScope::names().join(", "))]
pub struct UnknownKeyScope(pub String);

impl KeyScope {
    /// Every scope.
    pub const ALL: &'static [KeyScope] = &[
        KeyScope::EventsWrite,
        KeyScope::ReportsRead,
        KeyScope::ReportsWrite,
        KeyScope::ReportsAdmin,
        KeyScope::DirectoryRead,
        KeyScope::DirectoryWrite,
        KeyScope::SettingsWrite,
        KeyScope::QuarantineRead,
        KeyScope::StoreArchive,
        KeyScope::StoreAdmin,
        KeyScope::MetricsRead,
        KeyScope::AccessRead,
        KeyScope::AccessWrite,
    ];

    /// The text that stands for it everywhere.
    pub const fn as_str(self) -> &'static str {
        match self {
            KeyScope::EventsWrite => "events:write",
            KeyScope::ReportsRead => "reports:read",
            KeyScope::ReportsWrite => "reports:write",
            KeyScope::ReportsAdmin => "reports:admin",
            KeyScope::DirectoryRead => "directory:read",
            KeyScope::DirectoryWrite => "directory:write",
            KeyScope::SettingsWrite => "settings:write",
            KeyScope::QuarantineRead => "quarantine:read",
            KeyScope::StoreArchive => "store:archive",
            KeyScope::StoreAdmin => "store:admin",
            KeyScope::MetricsRead => "metrics:read",
            KeyScope::AccessRead => "access:read",
            KeyScope::AccessWrite => "access:write",
        }
    }

    /// The texts of all scopes.
    pub fn names() -> Vec<&'static str> {
        KeyScope::ALL.iter().map(|scope| scope.as_str()).collect()
    }
}

impl FromStr for KeyScope {
    type Err = UnknownKeyScope;

    fn from_str(text: &str) -> Result<Self, UnknownKeyScope> {
        let found = KeyScope::ALL.iter().find(|scope| scope.as_str() == text);
        found.copied().ok_or_else(|| UnknownKeyScope(text.chars().take(64).collect()))
    }
}

impl fmt::Display for KeyScope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_scope_has_its_text() {
        for scope in KeyScope::ALL {
            assert_eq!(scope.as_str().parse(), Ok(*scope));
        }
    }

    #[test]
    fn another_text_is_answered_with_what_there_is() {
        let error = "events:wirte".parse::<KeyScope>().unwrap_err();
        let expected = "expected a key scope, one of events:write, reports:read, reports:write, reports:admin, directory:read, \
                        directory:write, settings:write, quarantine:read, store:archive, store:admin, metrics:read, \
                        access:read, access:write; got \"events:wirte\"";
        assert_eq!(error.to_string(), expected);
    }
}
