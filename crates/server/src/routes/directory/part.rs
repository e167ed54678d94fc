//! Which part of the directory somebody may see or change: the agents whom their scope admits, and no others.

use rollcall_access::{Permission, allows};
use rollcall_control::directory::{Agent, StoredAgent};
use rollcall_control::{Control, ControlError};
use rollcall_model::scope::Subject;
use rollcall_model::{Scope, TenantId};

use super::{Failed, none};
use crate::auth::Caller;
use crate::problem::{Kind, Problem};

/// Agents that are read at once, where some are left out.
const AT_ONCE: u64 = 1_000;

/// The part that somebody may see or change.
pub(super) struct Part(Scope);

impl Part {
    /// The part for which a caller has a permission. Refuses those who have it for none.
    pub(super) fn of(caller: &Caller, permission: Permission) -> Result<Self, Problem> {
        allows(&caller.0, permission)?;
        Ok(Part(caller.0.scope_of(permission)))
    }

    /// Whether an agent is in it.
    pub(super) fn holds(&self, agent: &Agent) -> bool {
        self.0.admits(&Subject {
            hierarchy: agent.hierarchy.as_deref(),
            routing_profile: agent.routing_profile.as_deref(),
            tags: &agent.tags,
            employee_id: Some(&agent.employee_id),
        })
    }

    /// Refuses to change an agent who is outside, or would be.
    pub(super) fn require(&self, before: Option<&Agent>, after: Option<&Agent>) -> Result<(), Problem> {
        if let Some(outside) = before.filter(|agent| !self.holds(agent)) {
            // What is outside is nobody's business.
            return Err(none(&outside.employee_id));
        }
        match after.filter(|agent| !self.holds(agent)) {
            Some(outside) => {
                let detail =
                    format!("the agent {:?} would be outside the part of the organisation that you may change", outside.employee_id);
                Err(Problem::new(Kind::Forbidden, detail))
            }
            None => Ok(()),
        }
    }

    /// What the control database refuses: whoever sees a part is not told whose an account is.
    pub(super) fn refused(&self, error: ControlError) -> Failed {
        match error {
            ControlError::AccountTaken { account, .. } if self.0 != Scope::All => {
                Failed::For(Problem::new(Kind::Conflict, format!("{account}: it belongs to another agent")).field("accounts"))
            }
            error => error.into(),
        }
    }

    /// The agents in it after an id, at most so many.
    pub(super) async fn list(
        &self,
        control: &Control,
        tenant: &TenantId,
        search: Option<&str>,
        after: Option<&str>,
        most: usize,
    ) -> Result<Vec<StoredAgent>, ControlError> {
        let directory = control.directory();
        if self.0 == Scope::All {
            return directory.list(tenant, search, after, most as u64).await;
        }
        let mut found = Vec::new();
        let mut after = after.map(str::to_owned);
        while found.len() < most {
            let read = directory.list(tenant, search, after.as_deref(), AT_ONCE).await?;
            let is_last = (read.len() as u64) < AT_ONCE;
            after = read.last().map(|agent| agent.agent.employee_id.clone());
            found.extend(read.into_iter().filter(|stored| self.holds(&stored.agent)));
            if is_last {
                break;
            }
        }
        found.truncate(most);
        Ok(found)
    }

    /// How many agents are in it.
    pub(super) async fn count(&self, control: &Control, tenant: &TenantId, search: Option<&str>) -> Result<u64, ControlError> {
        match self.0 {
            Scope::All => control.directory().count(tenant, search).await,
            _ => Ok(self.list(control, tenant, search, None, usize::MAX).await?.len() as u64),
        }
    }
}
