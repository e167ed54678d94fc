//! The directory, as those need it who append events and ask for reports.

use std::sync::Arc;

use rollcall_control::ControlError;
use rollcall_model::directory::{Agents, Directory};
use rollcall_model::{Scope, TenantId};

use crate::app::App;
use crate::auth::Caller;
use crate::problem::Problem;

impl App {
    /// The tenant's directory, for events that are appended now; none if nobody is in it.
    pub async fn directory(&self, tenant: &TenantId) -> Result<Option<Arc<dyn Directory>>, ControlError> {
        Ok(self.people(tenant).await?.map(|agents| agents as Arc<dyn Directory>))
    }

    /// Who asks for a report: the rows that it may show them, and the agents that these are about.
    pub(crate) async fn asking(&self, caller: &Caller, scope: Scope) -> Result<rollcall_reports::Caller, Problem> {
        let agents = self.people(caller.tenant()).await?;
        Ok(rollcall_reports::Caller { tenant: caller.tenant().clone(), scope, agents })
    }

    /// The tenant's agents as they are now; none if nobody is in the directory.
    async fn people(&self, tenant: &TenantId) -> Result<Option<Arc<Agents>>, ControlError> {
        self.agents.of(&self.control, tenant).await
    }
}
