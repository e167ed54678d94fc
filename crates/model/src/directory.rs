//! What the organisation knows of its agents, for events whose source does not say it.
//!
//! An event that comes without display name, hierarchy or routing profile gets the directory's at the time at
//! which it is appended, and keeps it. Who appends is handed a [`Directory`]; where that comes from is the
//! business of a higher floor.

use std::collections::HashMap;
use std::fmt;

use crate::event::Event;

/// Knows agents.
pub trait Directory: fmt::Debug + Send + Sync {
    /// What is known of the agent of an event.
    fn agent_of(&self, event: &Event) -> Option<&AgentFacts>;
}

/// What is known of an agent, as far as events carry it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AgentFacts {
    /// Display name.
    pub agent_name: Option<String>,
    /// Place in the organisation.
    pub hierarchy: Option<String>,
    /// Routing profile.
    pub routing_profile: Option<String>,
}

impl AgentFacts {
    /// What an event says itself.
    pub fn of(event: &Event) -> Self {
        AgentFacts {
            agent_name: event.agent_name.clone(),
            hierarchy: event.hierarchy.clone(),
            routing_profile: event.routing_profile.clone(),
        }
    }

    /// The event with what it does not say itself; none if that adds nothing.
    pub fn added_to(&self, event: &Event) -> Option<Event> {
        let adds = |known: &Option<String>, said: &Option<String>| known.is_some() && said.is_none();
        let adds_something = adds(&self.agent_name, &event.agent_name)
            || adds(&self.hierarchy, &event.hierarchy)
            || adds(&self.routing_profile, &event.routing_profile);
        adds_something.then(|| {
            let mut event = event.clone();
            event.agent_name = event.agent_name.or_else(|| self.agent_name.clone());
            event.hierarchy = event.hierarchy.or_else(|| self.hierarchy.clone());
            event.routing_profile = event.routing_profile.or_else(|| self.routing_profile.clone());
            event
        })
    }
}

/// The agents of a tenant, as they are at one moment.
#[derive(Debug, Default)]
pub struct Agents {
    facts: Vec<AgentFacts>,
    by_employee_id: HashMap<String, usize>,
    /// By account, then by source; an empty source is any.
    by_account: HashMap<String, HashMap<String, usize>>,
}

impl Agents {
    /// Adds an agent with its accounts, each with its source.
    pub fn add(&mut self, employee_id: String, facts: AgentFacts, accounts: impl IntoIterator<Item = (String, String)>) {
        let place = self.facts.len();
        self.facts.push(facts);
        self.by_employee_id.insert(employee_id, place);
        for (source, account) in accounts {
            self.by_account.entry(account).or_default().insert(source, place);
        }
    }

    /// Whether there is nobody.
    pub fn is_empty(&self) -> bool {
        self.facts.is_empty()
    }

    /// The agent of an account: the one that has it in this source, else the one that has it in any.
    fn by_account(&self, account: &str, source: &str) -> Option<usize> {
        let sources = self.by_account.get(account)?;
        sources.get(source).or_else(|| sources.get("")).copied()
    }
}

impl Directory for Agents {
    fn agent_of(&self, event: &Event) -> Option<&AgentFacts> {
        let by_id = event.employee_id.as_ref().and_then(|id| self.by_employee_id.get(id).copied());
        let place = by_id.or_else(|| self.by_account(event.account.as_deref()?, &event.source))?;
        self.facts.get(place)
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::event::{Category, Outcome};

    fn event(employee_id: Option<&str>, source: &str, account: Option<&str>) -> Event {
        let now = "2026-04-15T08:00:00Z".parse().unwrap();
        let mut event = Event::new(Uuid::nil(), now, source, Category::Access, "sign_in", Outcome::Success);
        event.employee_id = employee_id.map(str::to_owned);
        event.account = account.map(str::to_owned);
        event
    }

    fn agents() -> Agents {
        let mut agents = Agents::default();
        let facts =
            |name: &str| AgentFacts { agent_name: Some(name.to_owned()), hierarchy: Some("EMEA".to_owned()), routing_profile: None };
        let account = |source: &str, account: &str| (source.to_owned(), account.to_owned());
        agents.add("1".to_owned(), facts("Mara"), [account("pbx", "8007"), account("", "mara")]);
        agents.add("2".to_owned(), facts("Rune"), [account("", "8007")]);
        agents
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
}
