//! The directory: a tenant's agents, and the accounts that they sign in with.
//!
//! Changes of one tenant's directory happen one after the other, across nodes too, and each has a number: the
//! directory's [`revision`](Directory::revision). It is cheap to ask, so a node keeps the whole directory in
//! memory and reads it anew only when the revision is another one. An agent's version is the revision that
//! brought it as it is; so a version never comes again, also where an agent is removed and put anew.

mod known;
mod read;
mod write;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use rollcall_model::{TenantId, Timestamp};
use sea_orm::DatabaseConnection;

pub use self::known::Known;
use crate::error::ControlError;
use crate::outbox::{self, Record};
use crate::transaction;

/// What errors call an entry of the directory.
const WHAT: &str = "agent";

/// An agent, as the directory is told of it. Who tells it has checked what it says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Agent {
    /// The agent's id in the organisation, by which the tenant's agents are told apart.
    pub employee_id: String,
    /// Display name.
    pub agent_name: Option<String>,
    /// Place in the organisation.
    pub hierarchy: Option<String>,
    /// Routing profile.
    pub routing_profile: Option<String>,
    /// Name of the agent's time zone in the IANA database.
    pub time_zone: Option<String>,
    /// Free key-value pairs.
    pub tags: BTreeMap<String, String>,
    /// Whether the agent is at work in the organisation.
    pub active: bool,
    /// What the agent signs in with.
    pub accounts: BTreeSet<Account>,
}

/// An account of an agent.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Account {
    /// The source that knows it; empty if it is the agent's in any source.
    pub source: String,
    /// The account itself.
    pub account: String,
}

impl fmt::Display for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.source.as_str() {
            "" => write!(f, "account {} of any source", self.account),
            source => write!(f, "account {} of source {source}", self.account),
        }
    }
}

/// An agent with what the directory knows of its entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredAgent {
    /// The agent.
    pub agent: Agent,
    /// The revision of the directory that brought it as it is.
    pub version: i64,
    /// When it came into the directory.
    pub created_at: Timestamp,
    /// When it last changed.
    pub changed_at: Timestamp,
}

/// A tenant's whole directory as of one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DirectoryView {
    /// The revision that it shows.
    pub revision: i64,
    /// Every agent, by employee id.
    pub agents: Vec<StoredAgent>,
}

/// What an import has done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Imported {
    /// Agents that were not there.
    pub added: usize,
    /// Agents that were there, otherwise.
    pub changed: usize,
    /// Agents that were there just so, and are left alone.
    pub unchanged: usize,
}

/// The directories of a control database.
#[derive(Debug, Clone, Copy)]
pub struct Directory<'a> {
    db: &'a DatabaseConnection,
}

impl<'a> Directory<'a> {
    pub(crate) fn new(db: &'a DatabaseConnection) -> Self {
        Directory { db }
    }

    /// Stores an agent with its accounts, in place of what the tenant has under its employee id. With an
    /// expected version, only if that is the version which is there; 0 expects that there is none yet.
    pub async fn put(
        &self,
        tenant: &TenantId,
        agent: &Agent,
        expected_version: Option<i64>,
        now: Timestamp,
        record: Option<&Record>,
    ) -> Result<StoredAgent, ControlError> {
        let change = transaction::changing(self.db).await?;
        let revision = write::take_turn(&change, tenant).await? + 1;
        let present = read::agents(&change, tenant, &[&agent.employee_id]).await?.pop();
        expect_version(&agent.employee_id, expected_version, present.as_ref().map_or(0, |present| present.version))?;
        let created_at = present.map_or(now, |present| present.created_at);
        let stored = StoredAgent { agent: agent.clone(), version: revision, created_at, changed_at: now };
        write::replace(&change, tenant, &[&stored]).await?;
        write::advance(&change, tenant, revision).await?;
        outbox::write(&change, record).await?;
        change.commit().await?;
        Ok(stored)
    }

    /// Stores many agents at once, or none of them; the caller bounds how many, for the tenant's other changes
    /// wait meanwhile. Agents that are there just so are left alone. Accounts may move between them. With an
    /// expected revision, only if that is the directory's. The records are written also if no agent changes:
    /// that there was an import is worth one.
    pub async fn put_all(
        &self,
        tenant: &TenantId,
        agents: &[Agent],
        expected_revision: Option<i64>,
        now: Timestamp,
        records: &[Record],
    ) -> Result<Imported, ControlError> {
        let change = transaction::changing(self.db).await?;
        let present_revision = write::take_turn(&change, tenant).await?;
        if let Some(expected) = expected_revision.filter(|expected| *expected != present_revision) {
            return Err(ControlError::RevisionConflict { tenant: tenant.clone(), expected, present: present_revision });
        }
        let employee_ids: Vec<&str> = agents.iter().map(|agent| agent.employee_id.as_str()).collect();
        let present = read::agents(&change, tenant, &employee_ids).await?;
        let (differing, imported) = write::differing(agents, &present, present_revision + 1, now)?;
        if !differing.is_empty() {
            write::replace(&change, tenant, &differing.iter().collect::<Vec<_>>()).await?;
            write::advance(&change, tenant, present_revision + 1).await?;
        }
        outbox::write_all(&change, records).await?;
        change.commit().await?;
        Ok(imported)
    }

    /// The tenant's agent of that employee id.
    pub async fn get(&self, tenant: &TenantId, employee_id: &str) -> Result<Option<StoredAgent>, ControlError> {
        let moment = transaction::reading(self.db).await?;
        let found = read::agents(&moment, tenant, &[employee_id]).await?.pop();
        moment.commit().await?;
        Ok(found)
    }

    /// Removes an agent with its accounts. With an expected version, only if that is the version which is
    /// there.
    pub async fn remove(
        &self,
        tenant: &TenantId,
        employee_id: &str,
        expected_version: Option<i64>,
        record: Option<&Record>,
    ) -> Result<(), ControlError> {
        let change = transaction::changing(self.db).await?;
        let revision = write::take_turn(&change, tenant).await? + 1;
        let Some(present) = read::agents(&change, tenant, &[employee_id]).await?.pop() else {
            return Err(ControlError::NotFound { what: WHAT, id: employee_id.to_owned() });
        };
        expect_version(employee_id, expected_version, present.version)?;
        write::remove(&change, tenant, employee_id).await?;
        write::advance(&change, tenant, revision).await?;
        outbox::write(&change, record).await?;
        Ok(change.commit().await?)
    }

    /// The tenant's agents by employee id, from the one after `after` on, at most `limit`. With a search, those
    /// in whose name, employee id or accounts it occurs, whatever its case.
    pub async fn list(
        &self,
        tenant: &TenantId,
        search: Option<&str>,
        after: Option<&str>,
        limit: u64,
    ) -> Result<Vec<StoredAgent>, ControlError> {
        let moment = transaction::reading(self.db).await?;
        let found = read::page(&moment, tenant, search, after, limit).await?;
        moment.commit().await?;
        Ok(found)
    }

    /// How many agents of the tenant there are. With a search, as in [`list`](Self::list).
    pub async fn count(&self, tenant: &TenantId, search: Option<&str>) -> Result<u64, ControlError> {
        read::count(self.db, tenant, search).await
    }

    /// The tenant's whole directory as of one moment.
    pub async fn all(&self, tenant: &TenantId) -> Result<DirectoryView, ControlError> {
        let moment = transaction::reading(self.db).await?;
        let revision = read::revision(&moment, tenant).await?;
        let agents = read::every_agent(&moment, tenant).await?;
        moment.commit().await?;
        Ok(DirectoryView { revision, agents })
    }

    /// How many changes the tenant's directory has had.
    pub async fn revision(&self, tenant: &TenantId) -> Result<i64, ControlError> {
        read::revision(self.db, tenant).await
    }
}

fn expect_version(employee_id: &str, expected: Option<i64>, present: i64) -> Result<(), ControlError> {
    match expected {
        Some(expected) if expected != present => {
            Err(ControlError::VersionConflict { what: WHAT, id: employee_id.to_owned(), expected, present })
        }
        _ => Ok(()),
    }
}
