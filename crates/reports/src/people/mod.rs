//! People: one person is one agent, whichever accounts their sign-ins came under.
//!
//! A row says an account, an employee id, or both. Whose they are, how the agent is called, and in which zone they
//! live is looked up in the directory when a report is planned; what a row says itself stays as it came. Without a
//! directory, a row is all there is.
//!
//! - [`expression`]: looking an agent up, as an expression of the query engine; [`filter`]: conditions on an agent

mod expression;
mod filter;

use std::sync::Arc;

use datafusion::logical_expr::{Expr, col, lit};
use rollcall_model::Scope;
use rollcall_model::directory::{Agents, Entry};
use rollcall_model::scope::Subject;
use rollcall_model::zone::Zone;

pub(crate) use filter::{OnAgent, may_meet};

use crate::engine::Caller;
use crate::kinds::derived;

/// What is looked up of an agent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Told {
    /// What they are called.
    Name,
    /// Their employee id.
    EmployeeId,
    /// Their zone.
    TimeZone,
}

impl Told {
    fn name(self) -> &'static str {
        match self {
            Told::Name => "agent_name_of",
            Told::EmployeeId => "employee_id_of",
            Told::TimeZone => "time_zone_of",
        }
    }
}

/// The agents of the directory, as far as a report is about them.
#[derive(Debug, Clone)]
pub(crate) struct People {
    agents: Option<Arc<Agents>>,
    /// Whom somebody may see of whom there is no row.
    scope: Scope,
}

impl People {
    /// The agents of a caller's directory.
    pub(crate) fn of(caller: &Caller) -> Self {
        let agents = caller.agents.clone().filter(|agents| !agents.is_empty());
        People { agents, scope: caller.scope.clone() }
    }

    /// Those who are at work and whom the caller may see, each with their place.
    pub(crate) fn at_work(&self) -> impl Iterator<Item = (usize, &Entry)> {
        let entries = self.agents.as_ref().map_or(&[][..], |agents| agents.entries());
        let may_be_seen = |entry: &Entry| {
            let facts = &entry.facts;
            let subject = Subject {
                hierarchy: facts.hierarchy.as_deref(),
                routing_profile: facts.routing_profile.as_deref(),
                tags: &entry.tags,
                employee_id: Some(&entry.employee_id),
            };
            entry.active && self.scope.admits(&subject)
        };
        entries.iter().enumerate().filter(move |(_, entry)| may_be_seen(entry))
    }

    /// The agents, if there are any.
    pub(crate) fn agents(&self) -> Option<&Arc<Agents>> {
        self.agents.as_ref()
    }

    /// Which revision of the directory they are; 0 where nobody is in it.
    pub(crate) fn revision(&self) -> i64 {
        self.agents.as_ref().map_or(0, |agents| agents.revision())
    }

    /// What the directory tells of a row's agent; missing where it does not know them.
    pub(crate) fn told(&self, told: Told) -> Option<Expr> {
        self.agents.as_ref().map(|agents| expression::told(agents, told))
    }

    /// What is shown of a row's agent: what the directory tells, else the first of these columns that has a value.
    pub(crate) fn shown(&self, told: Told, columns: &[&str]) -> Expr {
        match self.told(told) {
            Some(known) => derived::first_of([known].into_iter().chain(columns.iter().map(|column| col(*column)))),
            None => derived::expression(columns),
        }
    }

    /// The name of an agent's own zone; of those without one, of this.
    pub(crate) fn time_zone(&self, otherwise: &Zone) -> Expr {
        let otherwise = lit(datafusion::scalar::ScalarValue::Utf8View(Some(otherwise.name().to_owned())));
        match self.told(Told::TimeZone) {
            Some(known) => derived::first_of([known, otherwise].into_iter()),
            None => otherwise,
        }
    }
}
