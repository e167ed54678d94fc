//! Reading the directory: agents with their accounts.

use std::collections::{BTreeSet, HashMap};

use rollcall_model::TenantId;
use sea_orm::sea_query::LikeExpr;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, Select};

use crate::directory::write::CHUNK;
use crate::directory::{Account, Agent, StoredAgent};
use crate::entity::{agent, agent_account, directory_revision};
use crate::error::ControlError;
use crate::fold::fold;
use crate::stored_row::StoredRow;

/// What takes its meaning from `%` and `_` in a pattern. A backslash would be written otherwise on each engine.
const ESCAPE: char = '!';

/// How many changes a directory has had.
pub(super) async fn revision<C: ConnectionTrait>(db: &C, tenant: &TenantId) -> Result<i64, ControlError> {
    let row = directory_revision::Entity::find_by_id(tenant.as_str()).one(db).await?;
    Ok(row.map_or(0, |row| row.revision))
}

/// Those of the employee ids that are there, in no order.
pub(super) async fn agents<C: ConnectionTrait>(db: &C, tenant: &TenantId, employee_ids: &[&str]) -> Result<Vec<StoredAgent>, ControlError> {
    let mut found = Vec::new();
    for employee_ids in employee_ids.chunks(CHUNK) {
        let rows = agent::Entity::find()
            .filter(agent::Column::Tenant.eq(tenant.as_str()))
            .filter(agent::Column::EmployeeId.is_in(employee_ids.iter().copied()))
            .all(db)
            .await?;
        found.extend(with_accounts(db, tenant, rows).await?);
    }
    Ok(found)
}

/// Every agent, by employee id.
pub(super) async fn every_agent<C: ConnectionTrait>(db: &C, tenant: &TenantId) -> Result<Vec<StoredAgent>, ControlError> {
    let rows =
        agent::Entity::find().filter(agent::Column::Tenant.eq(tenant.as_str())).order_by_asc(agent::Column::EmployeeId).all(db).await?;
    let accounts = agent_account::Entity::find().filter(agent_account::Column::Tenant.eq(tenant.as_str())).all(db).await?;
    assemble(rows, accounts)
}

/// A page of the list.
pub(super) async fn page<C: ConnectionTrait>(
    db: &C,
    tenant: &TenantId,
    search: Option<&str>,
    after: Option<&str>,
    limit: u64,
) -> Result<Vec<StoredAgent>, ControlError> {
    let mut select = searching(tenant, search);
    if let Some(after) = after {
        select = select.filter(agent::Column::EmployeeId.gt(after));
    }
    let rows = select.order_by_asc(agent::Column::EmployeeId).limit(limit).all(db).await?;
    with_accounts(db, tenant, rows).await
}

/// How many agents a search finds.
pub(super) async fn count<C: ConnectionTrait>(db: &C, tenant: &TenantId, search: Option<&str>) -> Result<u64, ControlError> {
    Ok(searching(tenant, search).count(db).await?)
}

fn searching(tenant: &TenantId, search: Option<&str>) -> Select<agent::Entity> {
    let select = agent::Entity::find().filter(agent::Column::Tenant.eq(tenant.as_str()));
    match search.map(str::trim).filter(|search| !search.is_empty()) {
        Some(search) => select.filter(agent::Column::Search.like(LikeExpr::new(pattern(search)).escape(ESCAPE))),
        None => select,
    }
}

/// What a search looks through: name, employee id and accounts, a line each.
pub(super) fn searched(agent: &Agent) -> String {
    let accounts = agent.accounts.iter().map(|account| account.account.as_str());
    let texts: Vec<&str> = agent.agent_name.as_deref().into_iter().chain([agent.employee_id.as_str()]).chain(accounts).collect();
    fold(&texts.join("\n"))
}

/// A pattern of what contains the text.
fn pattern(search: &str) -> String {
    let mut pattern = String::from("%");
    for c in fold(search).chars() {
        if ['%', '_', ESCAPE].contains(&c) {
            pattern.push(ESCAPE);
        }
        pattern.push(c);
    }
    pattern.push('%');
    pattern
}

/// The agents of rows that are in order, which they keep.
async fn with_accounts<C: ConnectionTrait>(db: &C, tenant: &TenantId, rows: Vec<agent::Model>) -> Result<Vec<StoredAgent>, ControlError> {
    let mut accounts = Vec::new();
    for rows in rows.chunks(CHUNK) {
        let of_agents = agent_account::Column::EmployeeId.is_in(rows.iter().map(|row| row.employee_id.as_str()));
        let found =
            agent_account::Entity::find().filter(agent_account::Column::Tenant.eq(tenant.as_str())).filter(of_agents).all(db).await?;
        accounts.extend(found);
    }
    assemble(rows, accounts)
}

fn assemble(rows: Vec<agent::Model>, accounts: Vec<agent_account::Model>) -> Result<Vec<StoredAgent>, ControlError> {
    let mut of_agent: HashMap<String, BTreeSet<Account>> = HashMap::new();
    for row in accounts {
        of_agent.entry(row.employee_id).or_default().insert(Account { source: row.source, account: row.account });
    }
    rows.into_iter()
        .map(|row| {
            let accounts = of_agent.remove(&row.employee_id).unwrap_or_default();
            stored_agent(row, accounts)
        })
        .collect()
}

fn stored_agent(row: agent::Model, accounts: BTreeSet<Account>) -> Result<StoredAgent, ControlError> {
    let stored = StoredRow::new("agent", [&row.tenant, &row.employee_id]);
    stored.tenant(&row.tenant)?;
    let tags = stored.json("tags", serde_json::from_str(&row.tags), "a JSON object of texts")?;
    let created_at = stored.time("created_at", row.created_at)?;
    let changed_at = stored.time("changed_at", row.changed_at)?;
    let agent = Agent {
        employee_id: row.employee_id,
        agent_name: row.agent_name,
        hierarchy: row.hierarchy,
        routing_profile: row.routing_profile,
        time_zone: row.time_zone,
        tags,
        active: row.active,
        accounts,
    };
    Ok(StoredAgent { agent, version: row.version, created_at, changed_at })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_a_meaning_in_a_pattern_is_taken_as_it_is() {
        assert_eq!(pattern("50%_OFF!"), "%50!%!_off!!%");
    }
}
