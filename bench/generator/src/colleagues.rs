//! The people of the invented contact centre, as a directory of it would list them.

use std::collections::BTreeMap;

use crate::Options;
use crate::organisation::Organisation;
use crate::person::{Person, Role};

/// Somebody who works in the contact centre.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Colleague {
    /// The number by which the organisation knows them.
    pub employee_id: String,
    /// What they are called.
    pub name: String,
    /// Their address for mail.
    pub email: String,
    /// Their place in the organisation.
    pub hierarchy: String,
    /// Their routing profile.
    pub routing_profile: String,
    /// The zone of their site.
    pub time_zone: String,
    /// What the rows of their sign-ins are tagged with.
    pub tags: BTreeMap<String, String>,
    /// What they sign in with: the source that knows it, unless it is theirs in any, and the account.
    pub accounts: Vec<(Option<String>, String)>,
    /// Whether they lead a team.
    pub leads: bool,
}

/// Everybody whom [`generate`](crate::generate) has sign in, in the order of their ids; then `absent` more, who are on
/// leave for as long as the data reaches.
pub fn colleagues(options: &Options, absent: u32) -> Vec<Colleague> {
    let organisation = Organisation::new(options.seed, options.agents + absent, &options.zone);
    (0..organisation.len()).map(|id| colleague(&organisation, organisation.person(id))).collect()
}

fn colleague(organisation: &Organisation, person: &Person) -> Colleague {
    let team = organisation.team(person.team);
    let login = (None, person.account(person.main));
    let extension = person.phone.map(|phone| (Some(phone.source().to_owned()), person.account(phone)));
    Colleague {
        employee_id: person.employee_id(),
        name: person.name.shown(),
        email: person.email(),
        hierarchy: team.hierarchy.clone(),
        routing_profile: organisation.routing_profile(person).to_owned(),
        time_zone: organisation.site(team.site).zone_name().to_owned(),
        tags: person.tags(),
        accounts: std::iter::once(login).chain(extension).collect(),
        leads: person.role == Role::Supervisor,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use rollcall_model::Category;

    use super::*;
    use crate::generate;

    fn options() -> Options {
        Options::new(7, 48, 14, "2026-11-21T12:00:00Z".parse().unwrap())
    }

    #[test]
    fn the_directory_says_of_everybody_what_their_events_say() {
        let known: BTreeMap<String, Colleague> =
            colleagues(&options(), 0).into_iter().map(|colleague| (colleague.employee_id.clone(), colleague)).collect();
        let mut seen = BTreeSet::new();
        for event in generate(&options()).filter(|event| event.category == Category::Access) {
            let Some(id) = event.employee_id.clone() else { continue };
            let colleague = &known[&id];
            let account = event.account.clone().unwrap();
            let is_theirs =
                [None, Some(event.source.clone())].into_iter().any(|source| colleague.accounts.contains(&(source, account.clone())));
            assert!(is_theirs, "{account} of {} is none of {:?}", event.source, colleague.accounts);
            if let Some(name) = event.agent_name {
                assert_eq!(name, colleague.name);
                assert_eq!(event.hierarchy.as_ref(), Some(&colleague.hierarchy));
                assert_eq!(event.routing_profile.as_ref(), Some(&colleague.routing_profile));
            }
            seen.insert(id);
        }
        assert_eq!(seen.len(), 48);
    }

    #[test]
    fn who_is_on_leave_comes_after_all_others_and_changes_nothing_of_them() {
        let (present, all) = (colleagues(&options(), 0), colleagues(&options(), 5));
        assert_eq!((present.len(), all.len()), (48, 53));
        assert_eq!(all[..48], present[..]);
        let accounts: BTreeSet<_> = all.iter().flat_map(|colleague| &colleague.accounts).collect();
        assert_eq!(accounts.len(), all.iter().map(|colleague| colleague.accounts.len()).sum::<usize>(), "no account is two people's");
    }
}
