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
    pub fn admits(&self, subject: &Subject<'_>) -> bool {
        match self {
            Scope::Nothing => false,
            Scope::All => true,
            Scope::Parts(parts) => parts.iter().any(|part| part.admits(subject)),
        }
    }

    /// What this one or another one gives: rights from two sources lose nothing by being together.
    #[must_use]
    pub fn or(self, other: Scope) -> Scope {
        match (self, other) {
            (Scope::All, _) | (_, Scope::All) => Scope::All,
            (Scope::Nothing, scope) | (scope, Scope::Nothing) => scope,
            (Scope::Parts(mut parts), Scope::Parts(others)) => {
                for part in others {
                    if !parts.contains(&part) {
                        parts.push(part);
                    }
                }
                Scope::Parts(parts)
            }
        }
    }
}

/// What is known of somebody, or of a row, as far as scopes look at it.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'a> {
    /// Place in the organisation.
    pub hierarchy: Option<&'a str>,
    /// Routing profile.
    pub routing_profile: Option<&'a str>,
    /// Tags.
    pub tags: &'a BTreeMap<String, String>,
    /// The agent's id in the organisation.
    pub employee_id: Option<&'a str>,
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
    /// Agents by their employee ids; a row fits if it is about one of them. Empty: any.
    pub employee_ids: Vec<String>,
}

impl ScopePart {
    fn admits(&self, subject: &Subject<'_>) -> bool {
        let of_any = |wanted: &[String], holds: &dyn Fn(&str) -> bool| wanted.is_empty() || wanted.iter().any(|wanted| holds(wanted));
        // A part without any condition would be everything; everything has a word of its own.
        *self != ScopePart::default()
            && of_any(&self.hierarchies, &|branch| subject.hierarchy.is_some_and(|hierarchy| is_under(hierarchy, branch)))
            && of_any(&self.routing_profiles, &|profile| subject.routing_profile == Some(profile))
            && of_any(&self.employee_ids, &|employee| subject.employee_id == Some(employee))
            && self.tags.iter().all(|(key, value)| subject.tags.get(key) == Some(value))
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
        let admits = |scope: &Scope, hierarchy, routing_profile, tags, employee_id| {
            scope.admits(&Subject { hierarchy, routing_profile, tags, employee_id })
        };
        assert!(admits(&scope, Some("EMEA / Stockholm / Night"), None, &none, None));
        assert!(!admits(&scope, Some("EMEA / Stock"), Some("Billing"), &none, None));
        assert!(admits(&scope, None, Some("Billing"), &tags, None));
        assert!(!admits(&scope, None, None, &tags, Some("4711")));
        assert!(admits(&Scope::All, None, None, &none, None) && !admits(&Scope::Nothing, None, None, &none, None));
        assert!(!admits(&Scope::Parts(vec![ScopePart::default()]), None, None, &none, None));
        let own = Scope::Parts(vec![ScopePart { employee_ids: texts(&["4711"]), ..ScopePart::default() }]);
        assert!(admits(&own, None, None, &none, Some("4711")) && !admits(&own, None, None, &none, Some("4712")));
    }

    #[test]
    fn two_scopes_together_give_what_either_gives() {
        let part = |branch: &str| ScopePart { hierarchies: texts(&[branch]), ..ScopePart::default() };
        let (north, south) = (Scope::Parts(vec![part("North")]), Scope::Parts(vec![part("South")]));
        assert_eq!(north.clone().or(south.clone()), Scope::Parts(vec![part("North"), part("South")]));
        assert_eq!(north.clone().or(north.clone()), north);
        assert_eq!((Scope::Nothing.or(south.clone()), south.clone().or(Scope::Nothing)), (south.clone(), south.clone()));
        assert_eq!((Scope::All.or(north.clone()), north.or(Scope::All)), (Scope::All, Scope::All));
    }
}
