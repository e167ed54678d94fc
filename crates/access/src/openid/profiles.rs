//! From the provider's groups to security profiles.

use std::collections::{BTreeMap, BTreeSet};

/// The names of the security profiles that groups give: those of every group that the mapping knows, by its exact name.
pub fn profiles_of(groups: &[String], mapping: &BTreeMap<String, Vec<String>>) -> BTreeSet<String> {
    groups.iter().filter_map(|group| mapping.get(group)).flatten().cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_known_group_gives_its_profiles_and_others_give_none() {
        let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        let mapping = BTreeMap::from([
            ("/staff".to_owned(), owned(&["viewer"])),
            ("/staff/leads".to_owned(), owned(&["viewer", "supervisor"])),
            ("/nobody".to_owned(), Vec::new()),
        ]);
        let of = |groups: &[&str]| profiles_of(&owned(groups), &mapping).into_iter().collect::<Vec<_>>();
        assert_eq!(of(&["/staff", "/staff/leads", "/staff"]), ["supervisor", "viewer"]);
        assert_eq!(of(&["/staff"]), ["viewer"]);
        assert!(of(&["staff", "/Staff", "/staff/", "/nobody", "", "/elsewhere"]).is_empty());
        assert!(of(&[]).is_empty());
    }
}
