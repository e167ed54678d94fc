//! Everybody, and how they stand to each other.

use rollcall_model::zone::Zone;

use crate::draw::{Draw, Purpose};
use crate::names::{self, CultureId, NameId};
use crate::person::{Person, PersonId, TEAM_SIZE};
use crate::teams::{Site, Team, sites, teams};

/// Everybody.
pub(crate) struct Organisation {
    sites: Vec<Site>,
    head_office: usize,
    teams: Vec<Team>,
    people: Vec<Person>,
}

impl Organisation {
    /// The organisation of a seed, with its head office in `home`.
    pub(crate) fn new(seed: u64, people: u32, home: &Zone) -> Self {
        let mut draw = Draw::new(seed, Purpose::Organisation, 0);
        let (sites, home_site) = sites(home);
        let teams = teams(&sites, home_site, people.div_ceil(TEAM_SIZE));
        let mut organisation = Organisation { sites, head_office: home_site, teams, people: Vec::with_capacity(people as usize) };
        let offset = draw.below(1_000_000) as usize;
        // How many people each culture has named so far.
        let mut named = vec![0; names::CULTURES.len()];
        for id in 0..people {
            let person = organisation.hire(id, &mut draw, &mut named, offset);
            organisation.people.push(person);
        }
        organisation
    }

    fn hire(&self, id: PersonId, draw: &mut Draw, named: &mut [usize], offset: usize) -> Person {
        let team = id / TEAM_SIZE;
        let local = self.site(self.team(team).site).culture;
        let culture = if draw.chance(850_000) { local } else { draw.below(named.len() as u64) as CultureId };
        let name = match named.get_mut(usize::from(culture)) {
            Some(count) => {
                *count += 1;
                NameId::nth(culture, *count - 1, offset)
            }
            None => unreachable!("there is one count for each culture"),
        };
        Person::hire(id, team, name, draw)
    }

    /// How many people there are.
    pub(crate) fn len(&self) -> u32 {
        self.people.len() as u32
    }

    /// Somebody.
    pub(crate) fn person(&self, id: PersonId) -> &Person {
        match self.people.get(id as usize) {
            Some(person) => person,
            None => unreachable!("people are numbered by their position"),
        }
    }

    /// A team.
    pub(crate) fn team(&self, id: u32) -> &Team {
        match self.teams.get(id as usize) {
            Some(team) => team,
            None => unreachable!("there is a team for every {TEAM_SIZE} people"),
        }
    }

    /// A site.
    pub(crate) fn site(&self, id: usize) -> &Site {
        match self.sites.get(id) {
            Some(site) => site,
            None => unreachable!("teams are at sites by their position"),
        }
    }

    /// The site by whose clock the systems run.
    pub(crate) fn head_office(&self) -> &Site {
        self.site(self.head_office)
    }

    /// The site of a person's team.
    pub(crate) fn site_of(&self, person: &Person) -> &Site {
        self.site(self.team(person.team).site)
    }

    /// The routing profile of a person.
    pub(crate) fn routing_profile(&self, person: &Person) -> &'static str {
        person.other_profile.unwrap_or(self.team(person.team).profile)
    }

    /// Who may sign a person out: the team's supervisor; for a supervisor, that of the next team.
    pub(crate) fn supervisor_of(&self, person: &Person) -> Option<PersonId> {
        let own = person.team * TEAM_SIZE;
        let other = if own == person.id { (person.team + 1) % self.teams.len() as u32 * TEAM_SIZE } else { own };
        (other != person.id).then_some(other)
    }

    /// Somebody else of a person's team.
    pub(crate) fn colleague_of(&self, person: &Person, draw: &mut Draw) -> Option<PersonId> {
        let first = person.team * TEAM_SIZE;
        let others = TEAM_SIZE.min(self.len() - first) - 1;
        if others == 0 {
            return None;
        }
        // One place in the team is left out: the person's own.
        let drawn = first + draw.below(u64::from(others)) as u32;
        Some(if drawn >= person.id { drawn + 1 } else { drawn })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::surface::Surface;

    fn organisation(people: u32, zone: &str) -> Organisation {
        Organisation::new(1, people, &Zone::new(zone).unwrap())
    }

    #[test]
    fn teams_are_told_apart_and_one_has_a_slash() {
        let organisation = organisation(20_000, "UTC");
        let all: BTreeSet<&str> = organisation.teams.iter().map(|t| t.hierarchy.as_str()).collect();
        assert_eq!(all.len(), 1_250);
        let slashed: Vec<_> = all.iter().filter(|h| h.contains("\\/")).collect();
        assert_eq!(slashed, [&"Americas / New York / Chat\\/Social"]);
    }

    #[test]
    fn accounts_are_unique() {
        let organisation = organisation(20_000, "UTC");
        let accounts: BTreeSet<String> = organisation.people.iter().map(|p| p.account(Surface::Portal)).collect();
        assert_eq!(accounts.len(), 20_000);
    }

    #[test]
    fn a_colleague_is_another_person_of_the_team() {
        let organisation = organisation(18, "UTC");
        let mut draw = Draw::new(1, Purpose::Events, 0);
        for person in &organisation.people {
            for _ in 0..50 {
                let colleague = organisation.colleague_of(person, &mut draw).unwrap();
                assert!(colleague != person.id && organisation.person(colleague).team == person.team);
            }
        }
        let alone = Organisation::new(1, 1, &Zone::utc());
        assert!(alone.colleague_of(alone.person(0), &mut draw).is_none());
        assert!(alone.supervisor_of(alone.person(0)).is_none());
    }

    #[test]
    fn addresses_lie_in_the_ranges_for_documentation() {
        let organisation = organisation(70_000, "UTC");
        for person in &organisation.people {
            let address = person.address(organisation.team(person.team).site);
            let prefixes = ["192.0.2.", "198.51.100.", "203.0.113.", "2001:db8:"];
            assert!(prefixes.iter().any(|p| address.starts_with(p)), "{address}");
            assert!(address.parse::<std::net::IpAddr>().is_ok(), "{address}");
        }
    }
}
