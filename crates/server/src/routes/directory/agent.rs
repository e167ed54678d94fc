//! Agents as they go over the wire, and what is checked of them.

use std::collections::{BTreeMap, BTreeSet};

use rollcall_control::directory::{Account, Agent, StoredAgent};
use rollcall_model::event::check_source;
use rollcall_model::zone::Zone;
use rollcall_model::{Timestamp, hierarchy};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::parameters::shortened;

/// Most characters of a name, an id or a tag.
const MAX_CHARS: usize = 200;
/// Most characters of a hierarchy.
const MAX_HIERARCHY_CHARS: usize = 1_000;
/// Most tags, and most accounts, of an agent.
const MAX_MEMBERS: usize = 100;
/// Most bytes of an agent. The record of a change holds two.
const MAX_BYTES: usize = 16 * 1024;

/// An agent that is to be in the directory.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewAgent {
    /// The agent's id in the organisation. In the body of a `PUT` it may be left out.
    #[schema(nullable = false)]
    pub(super) employee_id: Option<String>,
    /// Display name.
    pub(super) agent_name: Option<String>,
    /// Place in the organisation: levels joined by ` / `, outermost first; a slash inside a level is written `\/`.
    pub(super) hierarchy: Option<String>,
    /// Routing profile.
    pub(super) routing_profile: Option<String>,
    /// Time zone, by its IANA name.
    pub(super) time_zone: Option<String>,
    /// Free key-value pairs, at most 100.
    #[serde(default)]
    #[schema(required = false)]
    pub(super) tags: BTreeMap<String, String>,
    /// Whether the agent is at work in the organisation; true if left out.
    #[schema(value_type = bool, required = false)]
    pub(super) active: Option<bool>,
    /// What the agent signs in with, at most 100.
    #[serde(default)]
    #[schema(required = false)]
    pub(super) accounts: Vec<AgentAccount>,
}

/// An account of an agent.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AgentAccount {
    /// The source that knows it; null if it is the agent's in any source.
    #[serde(default)]
    pub(super) source: Option<String>,
    /// The account.
    pub(super) account: String,
}

/// An agent of the directory.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AgentAnswer {
    /// The agent's id in the organisation.
    pub(super) employee_id: String,
    /// Display name.
    agent_name: Option<String>,
    /// Place in the organisation.
    hierarchy: Option<String>,
    /// Routing profile.
    routing_profile: Option<String>,
    /// Time zone.
    time_zone: Option<String>,
    /// Free key-value pairs.
    tags: BTreeMap<String, String>,
    /// Whether the agent is at work in the organisation.
    active: bool,
    /// What the agent signs in with.
    accounts: Vec<AgentAccount>,
    /// Another one after each change. The `ETag` is made of it.
    version: i64,
    /// When the agent came into the directory.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// When the entry last changed.
    #[schema(value_type = String, format = DateTime)]
    changed_at: Timestamp,
}

/// What is wrong with an agent: which member, what was expected and what came.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Wrong {
    pub(super) field: &'static str,
    pub(super) reason: String,
}

impl Wrong {
    pub(super) fn new(field: &'static str, reason: impl Into<String>) -> Self {
        Wrong { field, reason: reason.into() }
    }
}

impl NewAgent {
    /// The agent, if it can be one.
    pub(super) fn check(self) -> Result<Agent, Wrong> {
        let agent = Agent {
            employee_id: employee_id(&self.employee_id.unwrap_or_default())?,
            agent_name: text("agent_name", self.agent_name, MAX_CHARS)?,
            hierarchy: place(self.hierarchy)?,
            routing_profile: text("routing_profile", self.routing_profile, MAX_CHARS)?,
            time_zone: zone(self.time_zone)?,
            tags: tags(self.tags)?,
            active: self.active.unwrap_or(true),
            accounts: accounts(self.accounts)?,
        };
        let bytes = told(&agent).to_string().len();
        if bytes > MAX_BYTES {
            return Err(Wrong::new("employee_id", format!("expected an agent of at most {MAX_BYTES} bytes in all; got {bytes}")));
        }
        Ok(agent)
    }
}

/// Checks the id of an agent; white space around it is cut off.
pub(super) fn employee_id(given: &str) -> Result<String, Wrong> {
    let missing = || Wrong::new("employee_id", format!("expected 1 to {MAX_CHARS} characters; got none"));
    text("employee_id", Some(given.to_owned()), MAX_CHARS)?.ok_or_else(missing)
}

/// A text without white space around it; one without anything else is missing.
fn text(field: &'static str, given: Option<String>, most: usize) -> Result<Option<String>, Wrong> {
    let Some(given) = given else { return Ok(None) };
    let text = given.trim();
    let length = text.chars().count();
    if length > most || text.contains(char::is_control) {
        let expected = format!("expected at most {most} characters, none of them a control character");
        return Err(Wrong::new(field, format!("{expected}; got {length} of them: {:?}", shortened(text))));
    }
    Ok((!text.is_empty()).then(|| text.to_owned()))
}

fn place(given: Option<String>) -> Result<Option<String>, Wrong> {
    let Some(place) = text("hierarchy", given, MAX_HIERARCHY_CHARS)? else { return Ok(None) };
    if hierarchy::join(hierarchy::levels(&place)).as_ref() == Some(&place) {
        return Ok(Some(place));
    }
    let expected = "expected levels joined by \" / \", none of them empty, with a slash inside a level written \"\\/\"";
    Err(Wrong::new("hierarchy", format!("{expected}; got {:?}", shortened(&place))))
}

fn zone(given: Option<String>) -> Result<Option<String>, Wrong> {
    let Some(name) = text("time_zone", given, MAX_CHARS)? else { return Ok(None) };
    match Zone::new(&name) {
        Ok(zone) => Ok(Some(zone.name().to_owned())),
        Err(unknown) => Err(Wrong::new("time_zone", unknown.to_string())),
    }
}

fn tags(given: BTreeMap<String, String>) -> Result<BTreeMap<String, String>, Wrong> {
    few("tags", given.len())?;
    let required =
        |what: &str, part: Option<String>| part.ok_or_else(|| Wrong::new("tags", format!("expected a {what}; got an empty text")));
    let tag = |(key, value): (String, String)| {
        let key = required("key", text("tags", Some(key), MAX_CHARS)?)?;
        Ok((key, required("value", text("tags", Some(value), MAX_CHARS)?)?))
    };
    given.into_iter().map(tag).collect()
}

fn accounts(given: Vec<AgentAccount>) -> Result<BTreeSet<Account>, Wrong> {
    few("accounts", given.len())?;
    let mut accounts = BTreeSet::new();
    for AgentAccount { source, account } in given {
        let source = text("accounts", source, MAX_CHARS)?.unwrap_or_default();
        if !source.is_empty() {
            check_source(&source).map_err(|invalid| Wrong::new("accounts", invalid.reason))?;
        }
        let account = text("accounts", Some(account), MAX_CHARS)?;
        let account = account.ok_or_else(|| Wrong::new("accounts", "expected an account; got an empty text"))?;
        accounts.insert(Account { source, account });
    }
    Ok(accounts)
}

fn few(field: &'static str, number: usize) -> Result<(), Wrong> {
    if number <= MAX_MEMBERS { Ok(()) } else { Err(Wrong::new(field, format!("expected at most {MAX_MEMBERS}; got {number}"))) }
}

fn told_account(account: &Account) -> AgentAccount {
    let source = Some(&account.source).filter(|source| !source.is_empty()).cloned();
    AgentAccount { source, account: account.account.clone() }
}

/// What the record says of an agent.
pub(super) fn told(agent: &Agent) -> Value {
    let accounts: Vec<AgentAccount> = agent.accounts.iter().map(told_account).collect();
    json!({
        "employee_id": agent.employee_id,
        "agent_name": agent.agent_name,
        "hierarchy": agent.hierarchy,
        "routing_profile": agent.routing_profile,
        "time_zone": agent.time_zone,
        "tags": agent.tags,
        "active": agent.active,
        "accounts": accounts,
    })
}

impl From<StoredAgent> for AgentAnswer {
    fn from(stored: StoredAgent) -> Self {
        let StoredAgent { agent, version, created_at, changed_at } = stored;
        AgentAnswer {
            accounts: agent.accounts.iter().map(told_account).collect(),
            employee_id: agent.employee_id,
            agent_name: agent.agent_name,
            hierarchy: agent.hierarchy,
            routing_profile: agent.routing_profile,
            time_zone: agent.time_zone,
            tags: agent.tags,
            active: agent.active,
            version,
            created_at,
            changed_at,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn agent(value: Value) -> Result<Agent, Wrong> {
        serde_json::from_value::<NewAgent>(value).unwrap().check()
    }

    #[test]
    fn white_space_is_cut_off_and_an_empty_text_is_missing() {
        let agent = agent(
            json!({"employee_id": " 4711 ", "agent_name": " ", "accounts": [{"account": "mara"}, {"source": " ", "account": "mara"}]}),
        );
        let agent = agent.unwrap();
        assert_eq!((agent.employee_id.as_str(), agent.agent_name, agent.active), ("4711", None, true));
        assert_eq!(agent.accounts, [Account { source: String::new(), account: "mara".to_owned() }].into());
    }

    #[test]
    fn what_is_wrong_is_told_by_its_field() {
        let cases = [
            (json!({}), "employee_id"),
            (json!({"employee_id": "\u{0}"}), "employee_id"),
            (json!({"employee_id": "1", "agent_name": "a\u{0}b"}), "agent_name"),
            (json!({"employee_id": "1", "hierarchy": "EMEA/Stockholm"}), "hierarchy"),
            (json!({"employee_id": "1", "hierarchy": "EMEA /  / Billing"}), "hierarchy"),
            (json!({"employee_id": "1", "time_zone": "Mars"}), "time_zone"),
            (json!({"employee_id": "1", "tags": {"": "x"}}), "tags"),
            (json!({"employee_id": "1", "accounts": [{"source": "rollcall", "account": "x"}]}), "accounts"),
            (json!({"employee_id": "1", "accounts": [{"account": ""}]}), "accounts"),
        ];
        for (value, field) in cases {
            assert_eq!(agent(value.clone()).unwrap_err().field, field, "{value}");
        }
        assert!(agent(json!({"employee_id": "1", "hierarchy": "A\\/B / C"})).is_ok());
    }

    #[test]
    fn an_agent_has_a_bound() {
        let accounts: Vec<Value> = (0..MAX_MEMBERS).map(|number| json!({"account": format!("{number:0>200}")})).collect();
        let wrong = agent(json!({"employee_id": "1", "accounts": accounts})).unwrap_err();
        assert!(wrong.reason.contains("at most 16384 bytes"), "{wrong:?}");
    }
}
