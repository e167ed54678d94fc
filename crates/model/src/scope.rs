//! Scope: which part of a tenant's rows somebody may see.
//!
//! Who has which scope is decided by the access floor; that no query escapes it is enforced where a
//! snapshot is planned on. Both speak of this type.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::hierarchy::is_under;

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

impl Scope {
    /// Whether somebody of whom this is known may be seen: the same as for rows.
    pub fn admits(&self, hierarchy: Option<&str>, routing_profile: Option<&str>, tags: &BTreeMap<String, String>) -> bool {
        match self {
            Scope::Nothing => false,
            Scope::All => true,
            Scope::Parts(parts) => parts.iter().any(|part| part.admits(hierarchy, routing_profile, tags)),
        }
    }
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
    pub tags: BTreeMap<String, String>,
}

impl ScopePart {
    fn admits(&self, hierarchy: Option<&str>, routing_profile: Option<&str>, tags: &BTreeMap<String, String>) -> bool {
        let of_any = |wanted: &[String], holds: &dyn Fn(&str) -> bool| wanted.is_empty() || wanted.iter().any(|wanted| holds(wanted));
        // A part without any condition would be everything; everything has a word of its own.
        *self != ScopePart::default()
            && of_any(&self.hierarchies, &|branch| hierarchy.is_some_and(|hierarchy| is_under(hierarchy, branch)))
            && of_any(&self.routing_profiles, &|profile| routing_profile == Some(profile))
            && self.tags.iter().all(|(key, value)| tags.get(key) == Some(value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(texts: &[&str]) -> Vec<String> {
        texts.iter().map(|text| (*text).to_owned()).collect()
    }

    #[test]
    fn a_scope_admits_who_fits_one_of_its_parts() {
        let tags = BTreeMap::from([("language".to_owned(), "sv".to_owned())]);
        let of_stockholm = ScopePart { hierarchies: texts(&["EMEA / Stockholm"]), ..ScopePart::default() };
        let of_billing = ScopePart { routing_profiles: texts(&["Billing"]), tags: tags.clone(), ..ScopePart::default() };
        let scope = Scope::Parts(vec![of_stockholm, of_billing]);
        let none = BTreeMap::new();
        assert!(scope.admits(Some("EMEA / Stockholm / Night"), None, &none));
        assert!(!scope.admits(Some("EMEA / Stock"), Some("Billing"), &none));
        assert!(scope.admits(None, Some("Billing"), &tags));
        assert!(!scope.admits(None, None, &tags));
        assert!(Scope::All.admits(None, None, &none) && !Scope::Nothing.admits(None, None, &none));
        assert!(!Scope::Parts(vec![ScopePart::default()]).admits(None, None, &none));
    }
}
