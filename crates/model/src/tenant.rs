//! Tenants: isolated organisations in one Rollcall.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Name of a tenant, which is also the name of its schema in the lake.
///
/// Lower-case letters, digits and `_`, at most 48, a letter first: safe as a folder and a SQL schema.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TenantId(String);

/// A name that no tenant can have.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected a tenant name of 1 to 48 lower-case letters, digits or '_', starting with a letter; got {0:?}")]
pub struct InvalidTenantId(pub String);

impl TenantId {
    /// Checks and takes a name.
    pub fn new(name: impl Into<String>) -> Result<Self, InvalidTenantId> {
        let name = name.into();
        let fits = name.len() <= 48
            && name.starts_with(|c: char| c.is_ascii_lowercase())
            && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
        // DuckLake makes a schema of this name in every catalogue.
        if fits && name != "main" { Ok(TenantId(name)) } else { Err(InvalidTenantId(name)) }
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for TenantId {
    /// The first tenant, which needs no mention.
    fn default() -> Self {
        TenantId("default".to_owned())
    }
}

impl fmt::Display for TenantId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for TenantId {
    type Error = InvalidTenantId;
    fn try_from(name: String) -> Result<Self, Self::Error> {
        TenantId::new(name)
    }
}

impl From<TenantId> for String {
    fn from(tenant: TenantId) -> Self {
        tenant.0
    }
}
