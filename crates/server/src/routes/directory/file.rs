//! Many agents at once: a CSV file, or a JSON array.
//!
//! All of it is read before anything is stored, and everything that is wrong is told by its line and column.

use std::collections::{BTreeMap, HashMap};

use rollcall_control::directory::{Account, Agent};
use serde_json::Value;

use super::agent::{AgentAccount, NewAgent, Wrong};
use super::rows::{Row, rows};
use crate::intake::RejectedRecord;
use crate::parameters::shortened;
use crate::problem::{Kind, Problem};

/// Most agents of one import.
const MAX_AGENTS: usize = 20_000;
/// Most errors that are told one by one.
const MAX_NAMED: usize = 1_000;
/// The columns of a file; `employee_id` must be there.
const COLUMNS: &[&str] = &["employee_id", "agent_name", "hierarchy", "routing_profile", "time_zone", "tags", "active", "accounts"];

/// The agents of a CSV file.
pub(super) fn from_csv(bytes: &[u8]) -> Result<Vec<Agent>, Problem> {
    let wrong = |detail: String| Problem::new(Kind::InvalidBody, detail);
    let text = std::str::from_utf8(bytes).map_err(|error| wrong(format!("expected UTF-8; byte {} is none", error.valid_up_to())))?;
    let rows = rows(text).map_err(|torn| wrong(format!("line {}: {}", torn.line, torn.reason)))?;
    let mut rows = rows.into_iter();
    let header =
        columns(&rows.next().ok_or_else(|| wrong(format!("expected a header with columns of {}; got nothing", COLUMNS.join(", "))))?)?;
    check_number(rows.len())?;
    let read = rows.map(|row| (row.line, form(&header, &row)));
    gather(read)
}

/// The agents of a JSON array.
pub(super) fn from_json(bytes: &[u8]) -> Result<Vec<Agent>, Problem> {
    let values: Vec<Value> = serde_json::from_slice(bytes)
        .map_err(|error| Problem::new(Kind::InvalidBody, format!("expected a JSON array of agents: {error}")))?;
    check_number(values.len())?;
    let read = values.into_iter().map(|value| {
        let agent = serde_json::from_value(value);
        (0, agent.map_err(|error| Wrong::new("", format!("expected an agent: {error}"))))
    });
    gather(read)
}

fn check_number(number: usize) -> Result<(), Problem> {
    if number <= MAX_AGENTS {
        return Ok(());
    }
    let detail = format!("expected at most {MAX_AGENTS} agents in one import; got {number}; send several");
    Err(Problem::new(Kind::TooManyRecords, detail).limit(MAX_AGENTS))
}

/// What each cell of a row is.
fn columns(header: &Row) -> Result<Vec<&'static str>, Problem> {
    let wrong =
        |column: &str, detail: String| Problem::new(Kind::InvalidBody, detail).field(shortened(column)).allowed(COLUMNS.iter().copied());
    let mut columns: Vec<&'static str> = Vec::new();
    for name in &header.cells {
        let known = COLUMNS.iter().copied().find(|column| *column == name.trim());
        let known = known.ok_or_else(|| {
            let detail = format!("line {}: expected columns of {}; got {:?}", header.line, COLUMNS.join(", "), shortened(name));
            wrong(name, detail)
        })?;
        if columns.contains(&known) {
            return Err(wrong(known, format!("line {}: expected each column once; got {known} twice", header.line)));
        }
        columns.push(known);
    }
    if columns.contains(&"employee_id") {
        return Ok(columns);
    }
    Err(wrong("employee_id", format!("line {}: expected the column employee_id; got {}", header.line, columns.join(", "))))
}

/// The agent that a row says.
fn form(columns: &[&'static str], row: &Row) -> Result<NewAgent, Wrong> {
    if row.cells.len() != columns.len() {
        return Err(Wrong::new("", format!("expected {} cells, as many as the header has; got {}", columns.len(), row.cells.len())));
    }
    let mut agent = NewAgent::default();
    for (column, cell) in columns.iter().copied().zip(&row.cells) {
        let text = || Some(cell.clone());
        match column {
            "employee_id" => agent.employee_id = text(),
            "agent_name" => agent.agent_name = text(),
            "hierarchy" => agent.hierarchy = text(),
            "routing_profile" => agent.routing_profile = text(),
            "time_zone" => agent.time_zone = text(),
            "tags" => agent.tags = tags(cell)?,
            "active" => agent.active = active(cell)?,
            _ => agent.accounts = parts(cell).iter().map(|part| account(part)).collect(),
        }
    }
    Ok(agent)
}

fn tags(cell: &str) -> Result<BTreeMap<String, String>, Wrong> {
    let tag = |part: String| match part.split_once('=') {
        Some((key, value)) => Ok((key.to_owned(), value.to_owned())),
        None => Err(Wrong::new("tags", format!("expected key=value, several divided by \";\"; got {:?}", shortened(&part)))),
    };
    parts(cell).into_iter().map(tag).collect()
}

fn active(cell: &str) -> Result<Option<bool>, Wrong> {
    match cell.trim().to_ascii_lowercase().as_str() {
        "" => Ok(None),
        "true" => Ok(Some(true)),
        "false" => Ok(Some(false)),
        _ => Err(Wrong::new("active", format!("expected true, false or nothing; got {:?}", shortened(cell)))),
    }
}

/// `source:account`; without a source, the account is the agent's in any.
fn account(part: &str) -> AgentAccount {
    let (source, account) = part.split_once(':').unwrap_or(("", part));
    AgentAccount { source: Some(source.to_owned()), account: account.to_owned() }
}

/// What is divided by `;`. As `\;` it belongs to a part.
fn parts(cell: &str) -> Vec<String> {
    let (mut parts, mut part) = (Vec::new(), String::new());
    let mut characters = cell.chars().peekable();
    while let Some(character) = characters.next() {
        if character == '\\' && characters.next_if_eq(&';').is_some() {
            part.push(';');
        } else if character == ';' {
            parts.push(std::mem::take(&mut part));
        } else {
            part.push(character);
        }
    }
    parts.push(part);
    parts.retain(|part| !part.trim().is_empty());
    parts
}

/// All agents, or everything that is wrong with them.
fn gather(read: impl Iterator<Item = (u64, Result<NewAgent, Wrong>)>) -> Result<Vec<Agent>, Problem> {
    let mut agents: Vec<Agent> = Vec::new();
    let mut places = Places::default();
    let (mut rejected, mut total) = (Vec::new(), 0);
    for (index, (line, agent)) in (0..).zip(read) {
        match agent.and_then(NewAgent::check).and_then(|agent| places.note(&agent, index, line).map(|()| agent)) {
            Ok(agent) => agents.push(agent),
            Err(Wrong { field, reason }) => {
                total += 1;
                if rejected.len() < MAX_NAMED {
                    rejected.push(RejectedRecord::new(index, line, field, reason));
                }
            }
        }
    }
    if total == 0 {
        return Ok(agents);
    }
    let first = rejected.first().map(RejectedRecord::told).unwrap_or_default();
    let detail = format!("agents that can't be stored: {total}, so none was; the first: {first}");
    Err(Problem::new(Kind::RecordsRejected, detail).rejected(rejected, total))
}

/// Where in the file agents and accounts are, so that none is there twice.
#[derive(Default)]
struct Places {
    agents: HashMap<String, String>,
    accounts: HashMap<Account, String>,
}

impl Places {
    fn note(&mut self, agent: &Agent, index: u64, line: u64) -> Result<(), Wrong> {
        let place = || if line > 0 { format!("line {line}") } else { format!("agent {}", index + 1) };
        if let Some(earlier) = self.agents.insert(agent.employee_id.clone(), place()) {
            return Err(Wrong::new("employee_id", format!("expected each agent once; {:?} is on {earlier} already", agent.employee_id)));
        }
        for account in &agent.accounts {
            if let Some(earlier) = self.accounts.insert(account.clone(), place()) {
                return Err(Wrong::new("accounts", format!("expected each account once; the {account} is on {earlier} already")));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &str = "employee_id,agent_name,hierarchy,routing_profile,time_zone,tags,active,accounts\r\n";

    fn refusal(text: &str) -> String {
        format!("{:?}", from_csv(text.as_bytes()).unwrap_err())
    }

    #[test]
    fn a_file_has_all_columns_of_an_agent() {
        let row = "4711,\"Lind, Mara\",EMEA / Stockholm,Billing,Europe/Stockholm,site=STO;team=a=b,false,keycloak:mara.lind;pbx:SIP/8007;:EX\\;1;AD\\mara\n";
        let agents = from_csv(format!("{HEADER}{row}4712,,,,,,,\n").as_bytes()).unwrap();
        let mara = &agents[0];
        assert_eq!((mara.agent_name.as_deref(), mara.active), (Some("Lind, Mara"), false));
        assert_eq!(mara.tags, BTreeMap::from([("site", "STO"), ("team", "a=b")].map(|(key, value)| (key.to_owned(), value.to_owned()))));
        let accounts: Vec<(&str, &str)> = mara.accounts.iter().map(|account| (account.source.as_str(), account.account.as_str())).collect();
        assert_eq!(accounts, [("", "AD\\mara"), ("", "EX;1"), ("keycloak", "mara.lind"), ("pbx", "SIP/8007")]);
        assert_eq!((agents[1].agent_name.as_deref(), agents[1].active, agents[1].accounts.len()), (None, true, 0));
    }

    #[test]
    fn columns_may_be_left_out_and_stand_in_any_order() {
        let agents = from_csv(b"active,employee_id\nfalse,1\n").unwrap();
        assert_eq!((agents[0].employee_id.as_str(), agents[0].active), ("1", false));
    }

    #[test]
    fn a_header_is_needed_and_its_columns_are_known() {
        assert!(refusal("").contains("expected a header"));
        assert!(refusal("employee_id,colour\n").contains("got \\\"colour\\\""));
        assert!(refusal("employee_id,employee_id\n").contains("each column once"));
        assert!(refusal("agent_name\nMara\n").contains("expected the column employee_id"));
        assert!(format!("{:?}", from_csv(b"\xff").unwrap_err()).contains("expected UTF-8"));
    }

    #[test]
    fn everything_that_is_wrong_is_told_by_line_and_column() {
        let text = format!("{HEADER}1,,,,Mars,,,\n\n2,,,,,,maybe,\n3,,,,,site,,\n4\n1,,,,,,,\n5,,,,,,,x:a\n6,,,,,,,x:a\n5,,,,,,,\n");
        let told = refusal(&text);
        for (line, field) in [(2, "time_zone"), (4, "active"), (5, "tags"), (8 + 1, "accounts"), (10, "employee_id")] {
            assert!(told.contains(&format!("line: {line}, field: Some(\"{field}\")")), "{line} {field}: {told}");
        }
        assert!(told.contains("line: 6, field: None"), "{told}");
        assert!(told.contains("is on line 8 already"), "{told}");
    }

    #[test]
    fn an_array_has_agents() {
        let agents = from_json(br#"[{"employee_id": "1", "accounts": [{"source": "pbx", "account": "7"}]}]"#).unwrap();
        assert_eq!(agents[0].accounts.len(), 1);
        let told = format!("{:?}", from_json(br#"[{"employee_id": "1"}, {"colour": "red"}]"#).unwrap_err());
        assert!(told.contains("index: 1") && told.contains("colour"), "{told}");
        assert!(from_json(b"{}").is_err());
    }

    #[test]
    fn an_import_has_a_bound() {
        let rows: String = (0..=MAX_AGENTS).map(|number| format!("{number}\n")).collect();
        assert!(refusal(&format!("employee_id\n{rows}")).contains("at most 20000 agents"));
    }
}
