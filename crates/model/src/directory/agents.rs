//! All agents of a tenant, in memory.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicU64, Ordering};

use super::{AgentFacts, Directory};
use crate::event::{Category, Event};
use crate::zone::Zone;

/// An agent of the directory.
#[derive(Debug, Clone, Default)]
pub struct Entry {
    /// The agent's id in the organisation.
    pub employee_id: String,
    /// What events get that do not say it themselves.
    pub facts: AgentFacts,
    /// Free key-value pairs.
    pub tags: BTreeMap<String, String>,
    /// The agent's own zone.
    pub time_zone: Option<Zone>,
    /// Whether the agent is at work in the organisation.
    pub active: bool,
    /// Their accounts, each with its source; an empty source is any.
    pub accounts: Vec<(String, String)>,
}

/// The agents of a tenant, as they are at one moment.
#[derive(Debug)]
pub struct Agents {
    revision: i64,
    identity: u64,
    entries: Vec<Entry>,
    /// How reports call each of them.
    names: Vec<String>,
    by_employee_id: HashMap<String, usize>,
    /// By account, then by source.
    by_account: HashMap<String, HashMap<String, usize>>,
}

impl Agents {
    /// The agents of a revision of a directory.
    pub fn new(revision: i64, entries: Vec<Entry>) -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let mut by_employee_id = HashMap::new();
        let mut by_account: HashMap<String, HashMap<String, usize>> = HashMap::new();
        for (place, entry) in entries.iter().enumerate() {
            by_employee_id.insert(entry.employee_id.clone(), place);
            for (source, account) in &entry.accounts {
                by_account.entry(account.clone()).or_default().insert(source.clone(), place);
            }
        }
        let names = names(&entries);
        Agents { revision, identity: NEXT.fetch_add(1, Ordering::Relaxed), entries, names, by_employee_id, by_account }
    }

    /// Which revision of the directory they are.
    pub fn revision(&self) -> i64 {
        self.revision
    }

    /// A number that no other agents of this process have.
    pub fn identity(&self) -> u64 {
        self.identity
    }

    /// Whether there is nobody.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// All of them, in places.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// How reports call the agent at a place: by name, with the employee id where several have the same; by employee
    /// id where the directory has no name.
    pub fn name(&self, place: usize) -> Option<&str> {
        self.names.get(place).map(String::as_str)
    }

    /// The place of the agent whom an event or session is about: by employee id, else by the account in its source,
    /// else by the account in any.
    pub fn place(&self, source: &str, account: Option<&str>, employee_id: Option<&str>) -> Option<usize> {
        let by_id = employee_id.and_then(|id| self.by_employee_id.get(id).copied());
        by_id.or_else(|| {
            let sources = self.by_account.get(account?)?;
            sources.get(source).or_else(|| sources.get("")).copied()
        })
    }

    /// The places of those of whom one text holds: the name, the employee id or an account.
    pub fn places_of(&self, holds: impl Fn(&str) -> bool) -> Vec<usize> {
        let is_one = |(entry, name): &(&Entry, &String)| {
            holds(name)
                || holds(&entry.employee_id)
                || entry.facts.agent_name.as_deref().is_some_and(&holds)
                || entry.accounts.iter().any(|(_, account)| holds(account))
        };
        let all = self.entries.iter().zip(&self.names).enumerate();
        all.filter(|(_, known)| is_one(known)).map(|(place, _)| place).collect()
    }
}

/// How agents are called, each by a name of their own.
fn names(entries: &[Entry]) -> Vec<String> {
    let mut bearers: HashMap<&str, usize> = HashMap::new();
    for name in entries.iter().filter_map(|entry| entry.facts.agent_name.as_deref()) {
        *bearers.entry(name).or_default() += 1;
    }
    let name = |entry: &Entry| match entry.facts.agent_name.as_deref() {
        Some(name) if bearers.get(name).is_some_and(|bearers| *bearers > 1) => format!("{name} ({})", entry.employee_id),
        Some(name) => name.to_owned(),
        None => entry.employee_id.clone(),
    };
    entries.iter().map(name).collect()
}

impl Directory for Agents {
    fn agent_of(&self, event: &Event) -> Option<Cow<'_, AgentFacts>> {
        let facts = |place: usize| self.entries.get(place).map(|entry| &entry.facts);
        let agent = self.place(&event.source, event.account.as_deref(), event.employee_id.as_deref()).and_then(facts);
        // A sign-in is its agent's, whoever forced it; other activity is its actor's.
        let actor = event.triggered_by_id.as_deref().filter(|_| event.category != Category::Access);
        let actor = actor.and_then(|actor| self.place(&event.source, Some(actor), Some(actor))).and_then(facts);
        match actor {
            None => agent.map(Cow::Borrowed),
            Some(actor) => {
                // Who caused something is named as such already: the name is that of the agent whom the event names.
                let agent_name = agent.and_then(|agent| agent.agent_name.clone());
                Some(Cow::Owned(AgentFacts { agent_name, ..actor.clone() }))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::event::Outcome;

    fn event(employee_id: Option<&str>, source: &str, account: Option<&str>) -> Event {
        let now = "2026-04-15T08:00:00Z".parse().unwrap();
        let mut event = Event::new(Uuid::nil(), now, source, Category::Access, "sign_in", Outcome::Success);
        event.employee_id = employee_id.map(str::to_owned);
        event.account = account.map(str::to_owned);
        event
    }

    fn entry(employee_id: &str, name: Option<&str>, accounts: &[(&str, &str)]) -> Entry {
        let facts = AgentFacts { agent_name: name.map(str::to_owned), hierarchy: Some("EMEA".to_owned()), routing_profile: None };
        let accounts = accounts.iter().map(|(source, account)| ((*source).to_owned(), (*account).to_owned())).collect();
        Entry { employee_id: employee_id.to_owned(), facts, active: true, accounts, ..Entry::default() }
    }

    fn agents() -> Agents {
        Agents::new(1, vec![entry("1", Some("Mara"), &[("pbx", "8007"), ("", "mara")]), entry("2", Some("Rune"), &[("", "8007")])])
    }

    #[test]
    fn an_agent_is_known_by_employee_id_then_by_the_sources_account_then_by_any() {
        let agents = agents();
        let name = |event: &Event| agents.agent_of(event).and_then(|facts| facts.agent_name.clone());
        assert_eq!(name(&event(Some("2"), "pbx", Some("8007"))).as_deref(), Some("Rune"));
        assert_eq!(name(&event(None, "pbx", Some("8007"))).as_deref(), Some("Mara"));
        assert_eq!(name(&event(None, "other", Some("8007"))).as_deref(), Some("Rune"));
        // An id that the directory does not have leaves the account to go by.
        assert_eq!(name(&event(Some("9"), "portal", Some("mara"))).as_deref(), Some("Mara"));
        assert_eq!(name(&event(None, "pbx", None)), None);
    }

    #[test]
    fn what_an_event_says_itself_stays() {
        let agents = agents();
        let mut said = event(Some("1"), "pbx", None);
        said.agent_name = Some("M. Lind".to_owned());
        let completed = agents.agent_of(&said).unwrap().added_to(&said).unwrap();
        assert_eq!((completed.agent_name.as_deref(), completed.hierarchy.as_deref()), (Some("M. Lind"), Some("EMEA")));
        assert!(agents.agent_of(&said).unwrap().added_to(&completed).is_none());
    }

    #[test]
    fn an_activity_is_judged_by_who_caused_it_and_names_whom_it_names() {
        let mut rune = entry("2", Some("Rune"), &[("", "rune")]);
        rune.facts.hierarchy = Some("APAC".to_owned());
        let agents = Agents::new(1, vec![entry("1", Some("Mara"), &[("", "mara")]), rune]);
        let facts = |event: &Event| agents.agent_of(event).map(Cow::into_owned);
        let mut activity = event(Some("1"), "crm", None);
        activity.category = Category::Activity;
        activity.triggered_by_id = Some("rune".to_owned());
        let known = facts(&activity).unwrap();
        assert_eq!((known.agent_name.as_deref(), known.hierarchy.as_deref()), (Some("Mara"), Some("APAC")));
        activity.employee_id = None;
        let known = facts(&activity).unwrap();
        assert_eq!((known.agent_name.as_deref(), known.hierarchy.as_deref()), (None, Some("APAC")));
        activity.triggered_by_id = Some("2".to_owned());
        assert_eq!(facts(&activity), Some(known), "an employee id says it too");
        // Who forces a sign-in does not make it theirs.
        activity.category = Category::Access;
        activity.employee_id = Some("1".to_owned());
        assert_eq!(facts(&activity).unwrap().hierarchy.as_deref(), Some("EMEA"));
    }

    #[test]
    fn no_two_agents_are_called_alike() {
        let entries = vec![entry("1", Some("Kim Lee"), &[]), entry("2", Some("Kim Lee"), &[]), entry("3", None, &[("", "mara")])];
        let agents = Agents::new(1, entries);
        assert_eq!([0, 1, 2].map(|place| agents.name(place).unwrap()), ["Kim Lee (1)", "Kim Lee (2)", "3"]);
        assert_eq!(agents.places_of(|text| text == "Kim Lee"), [0, 1], "under their own name both are found");
        assert_eq!(agents.places_of(|text| text == "Kim Lee (2)"), [1]);
        assert_eq!(agents.places_of(|text| text == "mara"), [2]);
    }
}
