//! What the organisation knows of its agents, for events whose source does not say it.
//!
//! An event that comes without display name, hierarchy or routing profile gets the directory's at the time at
//! which it is appended, and keeps it. Who appends is handed a [`Directory`]; who plans a report is handed all
//! [`Agents`], so that one person is one agent whichever accounts their sign-ins came under. Where they come from is
//! the business of a higher floor.

mod agents;

use std::borrow::Cow;
use std::fmt;

pub use agents::{Agents, Entry};

use crate::event::Event;

/// Knows agents.
pub trait Directory: fmt::Debug + Send + Sync {
    /// What is known of the agent of an event. Where an activity happened in the organisation is judged by whoever
    /// caused it.
    fn agent_of(&self, event: &Event) -> Option<Cow<'_, AgentFacts>>;
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
