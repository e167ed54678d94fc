//! The formats: one file each, and the list of them.

pub mod amazon_connect;
pub mod asterisk;
pub mod csv;
pub mod keycloak;
pub mod keycloak_admin;
pub mod native;
pub mod wtmp;

mod columns;
mod keycloak_events;
mod keycloak_line;

use crate::mapping::Format;

/// Every format. A new one is a line here.
pub const ALL: &[&dyn Format] = &[
    &native::Native,
    &csv::Csv,
    &keycloak::Keycloak,
    &keycloak_admin::KeycloakAdmin,
    &asterisk::AsteriskQueueLog,
    &amazon_connect::AmazonConnectAgentEvents,
    &wtmp::Wtmp,
];

/// A name that no format has.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected the name of a format, one of {names}; got {0:?}", names = names())]
pub struct UnknownFormat(pub String);

/// The format of that name.
pub fn format(name: &str) -> Result<&'static dyn Format, UnknownFormat> {
    ALL.iter().copied().find(|format| format.name() == name).ok_or_else(|| UnknownFormat(name.chars().take(64).collect()))
}

/// Every format's name, and one line that says what it is.
pub fn formats() -> impl Iterator<Item = (&'static str, &'static str)> {
    ALL.iter().map(|format| (format.name(), format.about()))
}

fn names() -> String {
    formats().map(|(name, _)| name).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_are_found_by_name_and_an_unknown_one_is_named() {
        for (name, about) in formats() {
            assert_eq!(format(name).map(|f| f.about()).unwrap(), about);
        }
        let Err(unknown) = format("nativ") else { panic!("found") };
        assert!(unknown.to_string().starts_with("expected the name of a format, one of native, csv, keycloak"), "{unknown}");
    }
}
