//! Where people work: sites in several zones, and the teams there.

use std::collections::BTreeMap;

use jiff::civil::DateTime;
use jiff::tz::{TimeZone, TimeZoneDatabase};
use rollcall_model::hierarchy;
use rollcall_model::zone::Zone;

use crate::names::{self, CultureId};

/// The team whose name has a slash in it.
const TEAM_WITH_SLASH: u32 = 1;

/// A place where people work.
pub(crate) struct Site {
    region: &'static str,
    city: String,
    pub(crate) culture: CultureId,
    tz: TimeZone,
}

impl Site {
    /// Name of its zone in the IANA database.
    pub(crate) fn zone_name(&self) -> &str {
        self.tz.iana_name().unwrap_or("UTC")
    }

    /// The moment of a civil time there, in microseconds; the earlier one where it occurs twice. `None`
    /// outside the calendar.
    pub(crate) fn moment(&self, civil: DateTime) -> Option<i64> {
        Some(self.tz.to_ambiguous_timestamp(civil).compatible().ok()?.as_microsecond())
    }
}

/// What a team is for.
struct Function {
    name: &'static str,
    queue: &'static str,
}

const FUNCTIONS: &[Function] = &[
    Function { name: "Billing", queue: "queue/billing" },
    Function { name: "Technical Support", queue: "queue/support" },
    Function { name: "Sales", queue: "queue/sales" },
    Function { name: "Retention", queue: "queue/retention" },
    Function { name: "Claims", queue: "queue/claims" },
    Function { name: "Back Office", queue: "queue/back-office" },
];
const BRANDS: &[&str] = &["Brightwater", "Kestrel Mobile", "Orchard Home"];

/// A group of people with one supervisor.
pub(crate) struct Team {
    /// Position of its site.
    pub(crate) site: usize,
    pub(crate) hierarchy: String,
    pub(crate) brand: &'static str,
    pub(crate) queue: &'static str,
    /// Routing profile of most of its people.
    pub(crate) profile: &'static str,
}

/// The sites: the fixed ones, and the head office, unless one of them has its zone. Also which is the
/// head office.
pub(crate) fn sites(home: &Zone) -> (Vec<Site>, usize) {
    // The bundled database, not the machine's, so that every machine has the same rules.
    let zones = TimeZoneDatabase::bundled();
    let fixed: [(&'static str, &str, CultureId, &str); 8] = [
        ("Americas", "New York", names::ENGLISH, "America/New_York"),
        ("APAC", "Bengaluru", names::INDIAN, "Asia/Kolkata"),
        ("EMEA", "Stockholm", names::NORDIC, "Europe/Stockholm"),
        ("APAC", "Seoul", names::KOREAN, "Asia/Seoul"),
        ("EMEA", "Kraków", names::POLISH, "Europe/Warsaw"),
        ("Americas", "Bogotá", names::SPANISH, "America/Bogota"),
        ("EMEA", "Lagos", names::NIGERIAN, "Africa/Lagos"),
        ("APAC", "Adelaide", names::ENGLISH, "Australia/Adelaide"),
    ];
    let mut sites: Vec<Site> = fixed
        .iter()
        .map(|&(region, city, culture, zone)| Site { region, city: city.to_owned(), culture, tz: zones.get(zone).unwrap_or(TimeZone::UTC) })
        .collect();
    if let Some(position) = fixed.iter().position(|&(.., zone)| zone == home.name()) {
        return (sites, position);
    }
    sites.push(head_office(home, zones.get(home.name()).unwrap_or_else(|_| home.tz().clone())));
    let last = sites.len() - 1;
    (sites, last)
}

/// A site named after its zone: `America/Sao_Paulo` is Americas, Sao Paulo.
fn head_office(home: &Zone, tz: TimeZone) -> Site {
    let (area, place) = home.name().rsplit_once('/').unwrap_or(("", "Head Office"));
    let (region, culture) = match area.split('/').next().unwrap_or_default() {
        "Europe" => ("EMEA", names::GERMAN),
        "Africa" => ("EMEA", names::NIGERIAN),
        "America" => ("Americas", names::SPANISH),
        "Asia" => ("APAC", names::INDIAN),
        "Australia" | "Pacific" => ("APAC", names::ENGLISH),
        _ => ("Global", names::GERMAN),
    };
    Site { region, city: place.replace('_', " "), culture, tz }
}

/// Six teams in twenty are at the head office, the others at the other sites.
pub(crate) fn teams(sites: &[Site], home: usize, count: u32) -> Vec<Team> {
    let turns = [home, 0, home, 1, 2, 3, home, 0, 4, 1, home, 5, 0, 2, home, 6, 3, 1, home, 7];
    let mut numbers: BTreeMap<(usize, usize), u32> = BTreeMap::new();
    (0..count as usize)
        .zip(turns.iter().cycle())
        .filter_map(|(team, &site)| {
            let kind = team % FUNCTIONS.len();
            let (function, place) = (FUNCTIONS.get(kind)?, sites.get(site)?);
            let number = numbers.entry((site, kind)).and_modify(|n| *n += 1).or_insert(1);
            let name = match (team as u32, *number) {
                (TEAM_WITH_SLASH, _) => "Chat/Social".to_owned(),
                (_, 1) => function.name.to_owned(),
                (_, number) => format!("{} {number}", function.name),
            };
            Some(Team {
                site,
                hierarchy: hierarchy::join([place.region, &place.city, &name]).unwrap_or(name),
                brand: BRANDS.get(team / 2 % BRANDS.len()).copied().unwrap_or_default(),
                queue: function.queue,
                profile: function.name,
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fixed_zone_is_in_the_bundled_database() {
        let (sites, home) = sites(&Zone::new("Europe/Berlin").unwrap());
        assert_eq!((sites.len(), home), (9, 8));
        assert!(sites.iter().all(|site| site.tz != TimeZone::UTC));
        assert_eq!((sites[8].region, sites[8].city.as_str()), ("EMEA", "Berlin"));
    }

    #[test]
    fn a_head_office_in_a_fixed_zone_is_that_site() {
        let (sites, home) = sites(&Zone::new("Europe/Stockholm").unwrap());
        assert_eq!((sites.len(), sites[home].city.as_str()), (8, "Stockholm"));
    }
}
