//! Somebody who signs in, kept as a few numbers.
//!
//! Names, ids and addresses are written out when an event needs them, so that 20,000 people fit in a
//! few megabytes.

use std::collections::BTreeMap;

use crate::draw::{Draw, MILLION};
use crate::names::NameId;
use crate::roster::Roster;
use crate::surface::Surface;

/// People in a team, its supervisor included.
pub(crate) const TEAM_SIZE: u32 = 16;
/// One in so many people administers the systems.
const ADMINISTRATORS: u32 = 200;
/// Routing profiles that people have instead of their team's.
const OTHER_PROFILES: &[&str] = &["Overflow", "Priority Care", "Evening Cover"];

/// Position of a person.
pub(crate) type PersonId = u32;

/// What somebody may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// Talks to customers.
    Agent,
    /// Leads a team.
    Supervisor,
    /// Administers the systems.
    Administrator,
}

/// Where somebody connects from.
#[derive(Debug, Clone, Copy)]
enum Place {
    /// An office, whose people share a few addresses.
    Office,
    /// Somewhere else, with an IPv4 address.
    Home,
    /// Somewhere else, with an IPv6 address.
    HomeV6,
}

/// Somebody who signs in.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Person {
    pub(crate) id: PersonId,
    pub(crate) team: u32,
    pub(crate) role: Role,
    pub(crate) roster: Roster,
    pub(crate) name: NameId,
    /// What they work in.
    pub(crate) main: Surface,
    /// What of the telephone system they sign in to, if anything.
    pub(crate) phone: Option<Surface>,
    /// Whether they sign out for the long break.
    pub(crate) signs_out_for_breaks: bool,
    pub(crate) sign_in_method: &'static str,
    /// Instead of the team's.
    pub(crate) other_profile: Option<&'static str>,
    place: Place,
    place_bits: u32,
}

impl Person {
    /// Somebody new, of that name and in that team.
    pub(crate) fn hire(id: PersonId, team: u32, name: NameId, draw: &mut Draw) -> Self {
        Person {
            id,
            team,
            role: role(id),
            roster: Roster::draw(draw),
            name,
            main: if draw.chance(120_000) { Surface::Desktop } else { Surface::Portal },
            phone: match draw.below(100) {
                0..45 => Some(Surface::Phone),
                45..60 => Some(Surface::Queue),
                _ => None,
            },
            signs_out_for_breaks: draw.chance(350_000),
            sign_in_method: match draw.below(10) {
                0..6 => "saml",
                6..9 => "form",
                _ => "oidc",
            },
            other_profile: draw.chance(MILLION / 10).then(|| draw.one_of(OTHER_PROFILES)),
            place: match draw.below(100) {
                0..65 => Place::Office,
                65..85 => Place::Home,
                _ => Place::HomeV6,
            },
            place_bits: draw.bits() as u32,
        }
    }

    /// The number by which the organisation knows them.
    pub(crate) fn employee_id(&self) -> String {
        (u64::from(self.id) + 100_001).to_string()
    }

    /// Their account on a surface.
    pub(crate) fn account(&self, surface: Surface) -> String {
        if surface.is_telephony() { (u64::from(self.id) + 40_000).to_string() } else { self.name.login() }
    }

    /// Their address for mail, in a domain that is set aside for examples.
    pub(crate) fn email(&self) -> String {
        let mut email = self.name.login();
        email.push_str("@contact.example");
        email
    }

    /// Where they connect from, in the ranges that are set aside for documentation.
    pub(crate) fn address(&self, site: usize) -> String {
        let bits = self.place_bits;
        match self.place {
            Place::Office => ["203.0.113.", &(site as u32 * 24 + bits % 20 + 1).to_string()].concat(),
            Place::Home if bits & 1 == 0 => ["198.51.100.", &((bits >> 1) % 254 + 1).to_string()].concat(),
            Place::Home => ["192.0.2.", &((bits >> 1) % 254 + 1).to_string()].concat(),
            Place::HomeV6 => format!("2001:db8:{:x}:{:x}::{:x}", bits >> 16, bits & 0xffff, self.id % 0xffff + 1),
        }
    }

    /// What the source's rows are tagged with.
    pub(crate) fn tags(&self) -> BTreeMap<String, String> {
        let contract = if self.roster.is_part_time() { "part_time" } else { "full_time" };
        BTreeMap::from([("contract".to_owned(), contract.to_owned()), ("language".to_owned(), self.name.language().to_owned())])
    }
}

fn role(id: PersonId) -> Role {
    if id.is_multiple_of(TEAM_SIZE) {
        Role::Supervisor
    } else if id % ADMINISTRATORS == 7 {
        Role::Administrator
    } else {
        Role::Agent
    }
}
