//! What is told row by row: rows, groups, or the days of agents.

use serde_json::{Map, Value, json};

use super::footer::Answer;
use super::table::{Column, hours};

/// What is told row by row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Told {
    /// The rows of a definition.
    Rows,
    /// Its groups.
    Groups,
    /// For how long each agent was signed in on each day.
    Days,
}

impl Told {
    /// The last segment of the address that tells it.
    pub(crate) fn path(self) -> &'static str {
        match self {
            Told::Rows => "query",
            Told::Groups => "groups",
            Told::Days => "signed_in",
        }
    }

    /// One and several of them, for people.
    pub(crate) fn nouns(self) -> (&'static str, &'static str) {
        match self {
            Told::Rows => ("row", "rows"),
            Told::Groups => ("group", "groups"),
            Told::Days => ("agent-day", "agent-days"),
        }
    }

    /// The columns of the CSV of an answer.
    pub(crate) fn names(self, answer: &Answer) -> Vec<String> {
        match self {
            Told::Rows | Told::Groups => answer.columns.iter().map(|column| column.name.clone()).collect(),
            Told::Days => DAY.iter().map(|&name| name.to_owned()).collect(),
        }
    }

    /// The columns of the table of an answer.
    pub(crate) fn columns(self, answer: &Answer) -> anyhow::Result<Vec<Column>> {
        match self {
            Told::Rows => Ok(answer.columns.clone()),
            Told::Groups => {
                let mut columns = answer.columns.clone();
                for key in &answer.group_by {
                    if let (Some(column), Some(bucket)) = (columns.iter_mut().find(|column| column.name == key.name), &key.bucket) {
                        column.is_bucket(bucket, answer.zone());
                    }
                }
                Ok(columns)
            }
            Told::Days => Ok(serde_json::from_value(shown_of_days())?),
        }
    }

    /// A row of the table, by the names of its columns.
    pub(crate) fn cells(self, mut told: Map<String, Value>) -> Map<String, Value> {
        match self {
            Told::Rows => told,
            Told::Groups => {
                let parts = ["keys", "measures"].map(|part| told.remove(part));
                parts
                    .into_iter()
                    .flatten()
                    .filter_map(|part| if let Value::Object(part) = part { Some(part) } else { None })
                    .flatten()
                    .collect()
            }
            Told::Days => {
                let channels = told.get("channels").and_then(Value::as_array).map(|channels| by_channel(channels));
                told.insert("channels".to_owned(), channels.into());
                told
            }
        }
    }
}

/// What the API's CSV of days has.
const DAY: &[&str] = &["agent", "agent_name", "day", "day_seconds", "seconds", "channels", "sessions", "open", "inferred"];

fn shown_of_days() -> Value {
    json!([
        {"name": "agent", "label": "Agent", "type": "text"},
        {"name": "agent_name", "label": "Name", "type": "text"},
        {"name": "day", "label": "Day", "type": "text"},
        {"name": "seconds", "label": "Signed in", "type": "seconds"},
        {"name": "sessions", "label": "Sessions", "type": "integer"},
        {"name": "channels", "label": "By channel", "type": "text"},
        {"name": "open", "label": "Still open", "type": "boolean"},
        {"name": "inferred", "label": "End inferred", "type": "boolean"},
    ])
}

fn by_channel(channels: &[Value]) -> String {
    let told = channels.iter().map(|time| {
        let channel = time.get("channel").and_then(Value::as_str).unwrap_or("(none)");
        format!("{channel} {}", hours(time.get("seconds").and_then(Value::as_f64).unwrap_or_default()))
    });
    told.collect::<Vec<_>>().join(", ")
}
