//! Made-up people and what they do: places that look alike, missing ones, people who move, events that come late.

use std::collections::BTreeMap;
use std::sync::Arc;

use proptest::prelude::*;
use rollcall_ledger::Ledger;
use rollcall_model::directory::{AgentFacts, Agents, Entry};
use rollcall_model::zone::Zone;
use rollcall_model::{Category, Effect, Event, Outcome, Scope, TenantId};
use rollcall_sessions::Limits;
use uuid::Uuid;

use super::scopes::{admits, admits_entry};
use crate::fixtures::*;

/// Longer than the bounds that files keep of texts, and alike as far as those go.
pub(super) const LONG: &str = "Sales and Service in the Nordic and Baltic Countries, Greenland and the Faroes";
const LONG_NORTH: &str = "Sales and Service in the Nordic and Baltic Countries, Greenland and the Faroes / North";
const LONG_SOUTH: &str = "Sales and Service in the Nordic and Baltic Countries, Greenland and the Faroes Two / South";

pub(super) const HIERARCHIES: &[Option<&str>] = &[
    None,
    Some("EMEA"),
    Some("EMEA / Stock"),
    Some("EMEA / Stockholm"),
    Some("EMEA / Stockholm / Night"),
    Some("EMEA / Stock%"),
    Some("EMEA / Stock_olm"),
    Some("EMEA / Stock_olm / 100%\nNight"),
    Some("emea / stockholm"),
    Some("A\\/B"),
    Some("A\\/B / C"),
    Some("A / B"),
    Some(LONG_NORTH),
    Some(LONG_SOUTH),
];
pub(super) const PROFILES: &[Option<&str>] = &[None, Some("Billing"), Some("Bill"), Some("Billing%"), Some("billing")];
/// Tags by which people are told apart, and those that somebody has.
pub(super) const TAGS: &[&[(&str, &str)]] =
    &[&[], &[("team", "blue")], &[("team", "blue"), ("site", "s1")], &[("team", "blue "), ("Team", "blue")], &[("site", ""), ("%", "_")]];
pub(super) const EMPLOYEES: &[&str] = &["17", "170", "1_7", "%", "E-5", "e-5", "017", "unseen"];
const SOURCES: &[&str] = &["portal", "pbx", "expiring"];
const CHANNELS: &[Option<&str>] = &[Some("agent_portal"), Some("phone"), None];
pub(super) const PEOPLE: usize = 6;

/// Hierarchy, routing profile and tags, by their numbers.
type Place = (usize, usize, usize);
/// Who, at which minute, what, in which channel, where people move: at which place, and what is left to say.
type Raw = (usize, i64, usize, usize, Place, u8);
/// Place, name, whether at work, zone, and whose account is theirs too.
type RawEntry = (Place, usize, bool, bool, Option<usize>);

/// What comes after some events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    Nothing,
    Archive,
    Compact,
}

/// Some events, what is known of agents, and how it comes into a ledger.
#[derive(Debug, Clone)]
pub(super) struct World {
    pub(super) events: Vec<Event>,
    directory: Vec<Entry>,
    steps: Vec<(usize, Step)>,
}

fn place() -> impl Strategy<Value = Place> {
    (0..HIERARCHIES.len(), 0..PROFILES.len(), 0..TAGS.len())
}

/// A world in which people stay where they are and whole streams are seen or not, or one in which they move.
pub(super) fn worlds(settled: bool) -> impl Strategy<Value = World> {
    let homes = prop::collection::vec((place(), any::<bool>()), PEOPLE);
    let raw = (0..PEOPLE, 0_i64..7_200, 0_usize..16, 0..CHANNELS.len(), place(), any::<u8>());
    let raw = prop::collection::vec(raw, 12..60);
    let entry = (place(), 0_usize..4, prop::bool::weighted(0.8), any::<bool>(), prop::option::weighted(0.2, 0..PEOPLE));
    let directory = prop::collection::vec(prop::option::of(entry), EMPLOYEES.len());
    let step = prop::sample::select(vec![Step::Nothing, Step::Archive, Step::Archive, Step::Compact]);
    let steps = prop::collection::vec((4_usize..20, step), 2..5);
    (homes, raw, directory, steps, any::<bool>()).prop_map(move |(homes, mut raw, directory, steps, in_order)| {
        if in_order {
            raw.sort_by_key(|raw| raw.1);
        }
        let events = (1..).zip(&raw).map(|(number, raw)| event(number, raw, &homes, settled)).collect();
        World { events, directory: entries(directory), steps }
    })
}

fn event(number: u128, raw: &Raw, homes: &[(Place, bool)], settled: bool) -> Event {
    let (person, minute, what, channel, moved_to, more) = *raw;
    let (home, has_id) = homes[person];
    let time = at("2026-04-11T00:00:00Z").plus_micros(minute * 60_000_000);
    let (category, activity, outcome) = activity(what, more, settled);
    let mut event = Event::new(Uuid::from_u128(number), time, SOURCES[person % SOURCES.len()], category, activity, outcome);
    event.account = Some(format!("ag{person}"));
    event.employee_id = (if settled { has_id } else { more & 1 == 0 }).then(|| EMPLOYEES[person].to_owned());
    event.agent_name = (more & 2 == 0).then(|| format!("Agent {person}"));
    event.channel = CHANNELS[channel].map(str::to_owned);
    event.session_id = (more & 12 == 0).then(|| format!("s{person}-{}", more >> 7));
    event.source_ip = Some(format!("198.51.100.{}", more % 4));
    let (hierarchy, profile, tags) = if settled { home } else { moved_to };
    event.hierarchy = HIERARCHIES[hierarchy].map(str::to_owned);
    event.routing_profile = PROFILES[profile].map(str::to_owned);
    event.tags = TAGS[tags].iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    if more & 16 == 0 {
        event.triggered_by_id = Some(format!("ag{}", usize::from(more) % PEOPLE));
        event.triggered_by_name = (more & 32 == 0).then(|| format!("Actor {person}"));
    }
    if category != Category::Access {
        event.application = Some(format!("App {}", more % 3));
        event.instance = (more & 64 == 0).then(|| format!("item {}", more % 5));
        event.effect = Some(if more & 1 == 0 { Effect::Change } else { Effect::Read });
        event.target = Some(format!("hook {person}"));
        event.summary = Some(format!("what {person} did"));
    }
    event.normalize();
    event
}

fn activity(what: usize, more: u8, settled: bool) -> (Category, &'static str, Outcome) {
    match what {
        0..5 => (Category::Access, "sign_in", Outcome::Success),
        5..8 => (Category::Access, "sign_out", Outcome::Success),
        8 => (Category::Access, ["forced_sign_in", "forced_sign_out"][usize::from(more % 2)], Outcome::Success),
        9 => (Category::Access, "impersonation_start", Outcome::Success),
        10 => (Category::Access, "sign_of_life", Outcome::Success),
        11 => (Category::Access, "sign_in", Outcome::Failure),
        // What a source is concerns the sessions of all who are signed in to it: it is of no stream.
        12 if !settled => (Category::Access, "system_start", Outcome::Success),
        13 => (Category::WebhookFailure, "delivery", Outcome::Failure),
        14 => (Category::IntegrationFailure, "sync", Outcome::Failure),
        _ => (Category::Activity, "Updated", Outcome::Success),
    }
}

fn entries(raw: Vec<Option<RawEntry>>) -> Vec<Entry> {
    let entry = |(number, raw): (usize, Option<RawEntry>)| {
        let (place, name, active, has_zone, other) = raw?;
        let names = [None, Some("Kim Lee".to_owned()), Some(format!("Person {number}")), Some(format!("Agent {number}"))];
        let account =
            |person: usize| (if person.is_multiple_of(2) { "" } else { SOURCES[person % SOURCES.len()] }.to_owned(), format!("ag{person}"));
        Some(Entry {
            employee_id: EMPLOYEES[number].to_owned(),
            facts: AgentFacts {
                agent_name: names[name].clone(),
                hierarchy: HIERARCHIES[place.0].map(str::to_owned),
                routing_profile: PROFILES[place.1].map(str::to_owned),
            },
            tags: TAGS[place.2].iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect::<BTreeMap<_, _>>(),
            time_zone: has_zone.then(|| Zone::new("Asia/Kathmandu").unwrap()),
            active,
            accounts: [number].into_iter().filter(|number| *number < PEOPLE).chain(other).map(account).collect(),
        })
    };
    raw.into_iter().enumerate().filter_map(entry).collect()
}

impl World {
    /// A ledger with all events, in steps; after each of them something is asked, so that something is remembered.
    pub(super) async fn laid(&self, meanwhile: impl AsyncFn(&Store, usize)) -> Store {
        let nine_hours = Limits { idle_micros: None, longest_micros: Some(9 * 3_600_000_000) };
        let store = Store::with_limits([("expiring", nine_hours)].into_iter().collect()).await;
        let mut left = self.events.as_slice();
        for (number, (events, step)) in self.steps.iter().copied().chain([(usize::MAX, Step::Nothing)]).enumerate() {
            let (next, later) = left.split_at(events.min(left.len()));
            left = later;
            store.append(next.to_vec()).await;
            store.after(step).await;
            meanwhile(&store, number).await;
        }
        assert_eq!(store.ledger.next_seq(&TenantId::default()).unwrap(), i64::try_from(self.events.len()).unwrap());
        store
    }

    /// A ledger that has nothing but what a scope admits, laid in the same steps.
    pub(super) async fn twin(&self, scope: &Scope) -> Store {
        let mut steps = Vec::new();
        let mut left = self.events.as_slice();
        for (events, step) in &self.steps {
            let (next, later) = left.split_at((*events).min(left.len()));
            left = later;
            steps.push((next.iter().filter(|event| admits(scope, event)).count(), *step));
        }
        let events = self.events.iter().filter(|event| admits(scope, event)).cloned().collect();
        World { events, steps, directory: Vec::new() }.laid(async |_, _| {}).await
    }

    /// How many of the first events a scope admits.
    pub(super) fn admitted(&self, scope: &Scope, first: usize) -> usize {
        self.events.iter().take(first).filter(|event| admits(scope, event)).count()
    }

    /// The directory, if anybody is in it.
    pub(super) fn agents(&self) -> Option<Arc<Agents>> {
        (!self.directory.is_empty()).then(|| Arc::new(Agents::new(1, self.directory.clone())))
    }

    /// The same, as if nobody were at work whom a scope does not admit: who is not at work is not offered.
    pub(super) fn agents_at_work_in(&self, scope: &Scope) -> Option<Arc<Agents>> {
        let at_work = |entry: &Entry| Entry { active: entry.active && admits_entry(scope, entry), ..entry.clone() };
        (!self.directory.is_empty()).then(|| Arc::new(Agents::new(1, self.directory.iter().map(at_work).collect())))
    }
}

impl Store {
    async fn after(&self, step: Step) {
        let (ledger, tenant): (&Ledger, _) = (&self.ledger, TenantId::default());
        if step != Step::Nothing {
            ledger.archive(&tenant).await.unwrap();
        }
        if step == Step::Compact {
            ledger.compact(&tenant).await.unwrap();
        }
    }
}
