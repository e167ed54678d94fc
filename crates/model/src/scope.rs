//! Scope: which part of a tenant's rows somebody may see.
//!
//! Who has which scope is decided by the access floor; that no query escapes it is enforced where a
//! snapshot is planned on. Both speak of this type.

use serde::{Deserialize, Serialize};

/// The rows that somebody may see.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// Nothing at all: what somebody without a right has.
    #[default]
    Nothing,
    /// Every row of the tenant.
    All,
    /// Rows that fit at least one of the parts.
    Parts(Vec<ScopePart>),
}

/// One part of a scope. All conditions that are given must hold.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ScopePart {
    /// Branches of the hierarchy; a row fits if it lies under one of them. Empty: any.
    pub hierarchies: Vec<String>,
    /// Routing profiles; a row fits if it has one of them. Empty: any.
    pub routing_profiles: Vec<String>,
    /// Tags; a row fits if it carries all of them.
    pub tags: std::collections::BTreeMap<String, String>,
}
