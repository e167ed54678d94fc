//! The directory as those see it who append events and plan reports: kept in memory, and read anew when it has
//! changed.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rollcall_model::TenantId;
use rollcall_model::directory::{AgentFacts, Agents, Entry};
use rollcall_model::zone::Zone;
use tokio::time::Instant;

use super::StoredAgent;
use crate::Control;
use crate::error::ControlError;

/// How often it is looked whether another node has changed it. What this one has changed is looked for at once.
const FRESH: Duration = Duration::from_secs(1);
/// For how long events wait until it is known whether it has changed.
const PATIENCE: Duration = Duration::from_secs(2);

/// The directories of the tenants, as far as they were needed.
#[derive(Debug, Default)]
pub struct Known(Mutex<Views>);

#[derive(Debug, Default)]
struct Views {
    of_tenants: HashMap<TenantId, View>,
    /// How often one was forgotten. What was read before that may be older than the change that it was forgotten for.
    forgotten: u64,
}

/// A tenant's directory as of a revision.
#[derive(Debug, Clone)]
struct View {
    revision: i64,
    /// When that was the newest one.
    checked: Instant,
    /// None if nobody is in it.
    agents: Option<Arc<Agents>>,
}

impl Known {
    /// A tenant's directory; none if nobody is in it.
    pub async fn of(&self, control: &Control, tenant: &TenantId) -> Result<Option<Arc<Agents>>, ControlError> {
        let (known, era) = self.known(tenant);
        let checked = Instant::now();
        if let Some(view) = known.as_ref().filter(|view| view.checked.elapsed() < FRESH) {
            return Ok(view.agents.clone());
        }
        let newest = newest(control, tenant, known.as_ref(), checked);
        let view = match &known {
            None => newest.await?,
            // Events don't wait for it: what it said a moment ago is better than nothing.
            Some(view) => match tokio::time::timeout(PATIENCE, newest).await {
                Ok(Ok(newest)) => newest,
                Ok(Err(error)) => stale(view, checked, &error),
                Err(late) => stale(view, checked, &late),
            },
        };
        let agents = view.agents.clone();
        self.keep(tenant, view, era);
        Ok(agents)
    }

    /// What is known of a tenant, and the era in which that was so.
    fn known(&self, tenant: &TenantId) -> (Option<View>, u64) {
        let views = self.views();
        (views.of_tenants.get(tenant).cloned(), views.forgotten)
    }

    /// Keeps what was read in an era, unless something was forgotten since.
    fn keep(&self, tenant: &TenantId, view: View, era: u64) {
        let mut views = self.views();
        if views.forgotten == era {
            views.of_tenants.insert(tenant.clone(), view);
        }
    }

    /// Looks anew the next time.
    pub fn forget(&self, tenant: &TenantId) {
        let mut views = self.views();
        views.of_tenants.remove(tenant);
        views.forgotten += 1;
    }

    fn views(&self) -> std::sync::MutexGuard<'_, Views> {
        // Every change leaves the map whole, so a panic elsewhere under the lock does not matter.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The directory as it was, since it can't be read now.
fn stale(view: &View, checked: Instant, error: &dyn std::fmt::Display) -> View {
    tracing::warn!(%error, "the directory can't be read; events get what it said before");
    View { checked, ..view.clone() }
}

/// The directory as it is now. It is read only if it is another one than the one that is known.
async fn newest(control: &Control, tenant: &TenantId, known: Option<&View>, checked: Instant) -> Result<View, ControlError> {
    let revision = control.directory().revision(tenant).await?;
    match known.filter(|view| view.revision == revision) {
        Some(view) => Ok(View { checked, ..view.clone() }),
        None if revision == 0 => Ok(View { revision, checked, agents: None }),
        None => {
            let directory = control.directory().all(tenant).await?;
            Ok(View { revision: directory.revision, checked, agents: gathered(directory.revision, directory.agents) })
        }
    }
}

fn gathered(revision: i64, stored: Vec<StoredAgent>) -> Option<Arc<Agents>> {
    let entry = |StoredAgent { agent, .. }: StoredAgent| Entry {
        employee_id: agent.employee_id,
        facts: AgentFacts { agent_name: agent.agent_name, hierarchy: agent.hierarchy, routing_profile: agent.routing_profile },
        tags: agent.tags,
        time_zone: agent.time_zone.and_then(|name| Zone::new(&name).ok()),
        active: agent.active,
        accounts: agent.accounts.into_iter().map(|account| (account.source, account.account)).collect(),
    };
    let agents = Agents::new(revision, stored.into_iter().map(entry).collect());
    (!agents.is_empty()).then(|| Arc::new(agents))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_read_before_a_change_is_not_kept_after_it() {
        let (known, tenant) = (Known::default(), TenantId::default());
        let view = |revision| View { revision, checked: Instant::now(), agents: None };
        let (_, era) = known.known(&tenant);
        known.forget(&tenant);
        known.keep(&tenant, view(1), era);
        assert!(known.known(&tenant).0.is_none(), "it may be older than the change");
        let (_, era) = known.known(&tenant);
        known.keep(&tenant, view(2), era);
        assert_eq!(known.known(&tenant).0.map(|view| view.revision), Some(2));
    }
}
