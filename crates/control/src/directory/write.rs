//! Writing the directory, one change of a tenant after the other.

use std::collections::{BTreeMap, HashMap, HashSet};

use rollcall_model::{TenantId, Timestamp};
use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveValue, ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter};

use crate::directory::{Account, Agent, Imported, StoredAgent, read};
use crate::entity::{agent, agent_account, directory_revision};
use crate::error::ControlError;

/// Rows of one statement. Each brings a value for every column, and SQLite takes 32,766 values.
pub(super) const CHUNK: usize = 500;

/// Waits until no other change of the tenant's directory is under way. The turn ends with the transaction.
/// Answers the revision as of which it is changed.
pub(super) async fn take_turn(change: &DatabaseTransaction, tenant: &TenantId) -> Result<i64, ControlError> {
    // Writing the row locks it, also where it is the first of the tenant.
    let first = directory_revision::ActiveModel { tenant: ActiveValue::Set(tenant.as_str().to_owned()), revision: ActiveValue::Set(0) };
    let as_it_is = OnConflict::column(directory_revision::Column::Tenant).update_column(directory_revision::Column::Tenant).to_owned();
    directory_revision::Entity::insert(first).on_conflict(as_it_is).exec_without_returning(change).await?;
    read::revision(change, tenant).await
}

/// Notes that the directory has changed.
pub(super) async fn advance(change: &DatabaseTransaction, tenant: &TenantId, revision: i64) -> Result<(), ControlError> {
    directory_revision::Entity::update_many()
        .set(directory_revision::ActiveModel { revision: ActiveValue::Set(revision), ..Default::default() })
        .filter(directory_revision::Column::Tenant.eq(tenant.as_str()))
        .exec(change)
        .await?;
    Ok(())
}

/// The agents that are not there just so, as they are to be stored.
pub(super) fn differing(
    agents: &[Agent],
    present: &[StoredAgent],
    version: i64,
    now: Timestamp,
) -> Result<(Vec<StoredAgent>, Imported), ControlError> {
    let present: HashMap<&str, &StoredAgent> = present.iter().map(|stored| (stored.agent.employee_id.as_str(), stored)).collect();
    let mut seen = HashSet::new();
    let mut imported = Imported::default();
    let mut differing = Vec::new();
    for agent in agents {
        if !seen.insert(agent.employee_id.as_str()) {
            return Err(ControlError::AgentTwice { employee_id: agent.employee_id.clone() });
        }
        let created_at = match present.get(agent.employee_id.as_str()) {
            Some(stored) if stored.agent == *agent => {
                imported.unchanged += 1;
                continue;
            }
            Some(stored) => {
                imported.changed += 1;
                stored.created_at
            }
            None => {
                imported.added += 1;
                now
            }
        };
        differing.push(StoredAgent { agent: agent.clone(), version, created_at, changed_at: now });
    }
    Ok((differing, imported))
}

/// Stores agents in place of those of their employee ids. First they give up the accounts that they have, so
/// that one may have had what another is to have.
pub(super) async fn replace(change: &DatabaseTransaction, tenant: &TenantId, agents: &[&StoredAgent]) -> Result<(), ControlError> {
    for agents in agents.chunks(CHUNK) {
        agent_account::Entity::delete_many()
            .filter(agent_account::Column::Tenant.eq(tenant.as_str()))
            .filter(agent_account::Column::EmployeeId.is_in(agents.iter().map(|stored| stored.agent.employee_id.as_str())))
            .exec(change)
            .await?;
    }
    let owners = owners(agents)?;
    require_free(change, tenant, &owners).await?;
    for agents in agents.chunks(CHUNK) {
        let rows = agents.iter().map(|stored| row(tenant, stored));
        agent::Entity::insert_many(rows).on_conflict(replacing()).exec_without_returning(change).await?;
    }
    let accounts: Vec<(&Account, &str)> = owners.into_iter().collect();
    for accounts in accounts.chunks(CHUNK) {
        let rows = accounts.iter().map(|(account, employee_id)| agent_account::ActiveModel {
            tenant: ActiveValue::Set(tenant.as_str().to_owned()),
            account: ActiveValue::Set(account.account.clone()),
            source: ActiveValue::Set(account.source.clone()),
            employee_id: ActiveValue::Set((*employee_id).to_owned()),
        });
        agent_account::Entity::insert_many(rows).exec_without_returning(change).await?;
    }
    Ok(())
}

/// Removes an agent; its accounts go with it.
pub(super) async fn remove(change: &DatabaseTransaction, tenant: &TenantId, employee_id: &str) -> Result<(), ControlError> {
    agent::Entity::delete_many()
        .filter(agent::Column::Tenant.eq(tenant.as_str()))
        .filter(agent::Column::EmployeeId.eq(employee_id))
        .exec(change)
        .await?;
    Ok(())
}

/// Whose each account is to be. Refuses one that two of the agents have.
fn owners<'a>(agents: &[&'a StoredAgent]) -> Result<BTreeMap<&'a Account, &'a str>, ControlError> {
    let mut owners = BTreeMap::new();
    for StoredAgent { agent, .. } in agents.iter().copied() {
        for account in &agent.accounts {
            if let Some(other) = owners.insert(account, agent.employee_id.as_str()) {
                return Err(ControlError::AccountTaken { account: account.clone(), employee_id: other.to_owned() });
            }
        }
    }
    Ok(owners)
}

/// Refuses an account that an agent beside them has.
async fn require_free<C: ConnectionTrait>(db: &C, tenant: &TenantId, owners: &BTreeMap<&Account, &str>) -> Result<(), ControlError> {
    let names: Vec<&str> = owners.keys().map(|account| account.account.as_str()).collect();
    for names in names.chunks(CHUNK) {
        let same_name = agent_account::Entity::find()
            .filter(agent_account::Column::Tenant.eq(tenant.as_str()))
            .filter(agent_account::Column::Account.is_in(names.iter().copied()))
            .all(db)
            .await?;
        for row in same_name {
            let account = Account { source: row.source, account: row.account };
            if owners.contains_key(&account) {
                return Err(ControlError::AccountTaken { account, employee_id: row.employee_id });
            }
        }
    }
    Ok(())
}

fn row(tenant: &TenantId, stored: &StoredAgent) -> agent::ActiveModel {
    let StoredAgent { agent, version, created_at, changed_at } = stored;
    agent::ActiveModel {
        tenant: ActiveValue::Set(tenant.as_str().to_owned()),
        employee_id: ActiveValue::Set(agent.employee_id.clone()),
        agent_name: ActiveValue::Set(agent.agent_name.clone()),
        hierarchy: ActiveValue::Set(agent.hierarchy.clone()),
        routing_profile: ActiveValue::Set(agent.routing_profile.clone()),
        time_zone: ActiveValue::Set(agent.time_zone.clone()),
        tags: ActiveValue::Set(serde_json::json!(agent.tags).to_string()),
        active: ActiveValue::Set(agent.active),
        search: ActiveValue::Set(read::searched(agent)),
        version: ActiveValue::Set(*version),
        created_at: ActiveValue::Set(created_at.as_micros()),
        changed_at: ActiveValue::Set(changed_at.as_micros()),
    }
}

/// A row takes the place of the one with its key, except for when that came.
fn replacing() -> OnConflict {
    use agent::Column::{Active, AgentName, ChangedAt, EmployeeId, Hierarchy, RoutingProfile, Search, Tags, Tenant, TimeZone, Version};
    OnConflict::columns([Tenant, EmployeeId])
        .update_columns([AgentName, Hierarchy, RoutingProfile, TimeZone, Tags, Active, Search, Version, ChangedAt])
        .to_owned()
}
