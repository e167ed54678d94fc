//! The service that delivers. What it does stands in a folder for each subject.

use std::path::PathBuf;
use std::sync::Arc;

use ipnet::IpNet;
use rollcall_access::Access;
use rollcall_control::Control;
use rollcall_control::directory::Known;
use rollcall_ledger::Ledger;
use rollcall_model::{Scope, TenantId, Timestamp};
use rollcall_reports::Reports;
use tokio::sync::Notify;
use url::Url;

use crate::error::Result;
use crate::silence::Silence;
use crate::webhooks::call::Caller;
use crate::webhooks::feed::Heads;

/// How it delivers.
#[derive(Debug, Clone)]
pub struct Options {
    /// Folder of the files that wait to be fetched. All nodes of a store share it.
    pub files: PathBuf,
    /// Name of this node, which no other of the store has.
    pub node: String,
    /// The address under which people reach Rollcall: links in mails begin with it.
    pub public_url: Option<Url>,
    /// Folders beneath which destinations may write.
    pub delivery_folders: Vec<PathBuf>,
    /// Networks of private addresses to which webhooks may be sent all the same.
    pub allowed_networks: Vec<IpNet>,
}

/// What it is put together from.
#[derive(Debug)]
pub struct Parts {
    /// Events.
    pub ledger: Arc<Ledger>,
    /// Reports on them.
    pub reports: Reports,
    /// What is set up.
    pub control: Control,
    /// Who may do what, and what time it is.
    pub access: Arc<Access>,
}

/// Delivers reports and events.
#[allow(dead_code)]
#[derive(Debug)]
pub struct Delivery {
    pub(crate) ledger: Arc<Ledger>,
    pub(crate) reports: Reports,
    pub(crate) control: Control,
    pub(crate) access: Arc<Access>,
    pub(crate) options: Options,
    /// Calls the receivers of webhooks.
    pub(crate) caller: Caller,
    /// How far the ledgers are.
    pub(crate) heads: Heads,
    /// The directories of agents.
    pub(crate) agents: Known,
    /// That something was recorded, which waits for the ledger.
    pub(crate) recorded: Arc<Notify>,
    /// That there is a job to do.
    pub(crate) due: Notify,
    /// Which sources were recorded as silent.
    pub(crate) silence: Silence,
}

impl Delivery {
    /// Puts it together.
    pub fn new(parts: Parts, options: Options) -> Arc<Self> {
        let Parts { ledger, reports, control, access } = parts;
        let (agents, recorded, due) = (Known::default(), Arc::new(Notify::new()), Notify::new());
        let caller = Caller::new(&options.allowed_networks);
        let (heads, silence) = (Heads::default(), Silence::default());
        Arc::new(Delivery { ledger, reports, control, access, options, caller, heads, agents, recorded, due, silence })
    }

    /// What time it is.
    pub fn now(&self) -> Timestamp {
        self.access.now()
    }

    /// Is told when something was recorded, which waits for the ledger.
    pub fn recorded(&self) -> Arc<Notify> {
        Arc::clone(&self.recorded)
    }

    /// Who asks for a report: the rows that it may show them, and the agents that these are about.
    pub(crate) async fn asking(&self, tenant: &TenantId, scope: Scope) -> Result<rollcall_reports::Caller> {
        let agents = self.agents.of(&self.control, tenant).await?;
        Ok(rollcall_reports::Caller { tenant: tenant.clone(), scope, agents })
    }
}
