//! Fields: what a report can show, filter and sort by, with a label and words for people.

use std::sync::LazyLock;

use rollcall_model::columns::{ColumnType, EVENTS, SESSIONS};
use serde::Serialize;

/// Type of a field's values in answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FieldType {
    /// Text.
    Text,
    /// A moment, as RFC 3339.
    Timestamp,
    /// Seconds, with their fraction.
    Seconds,
    /// A whole number.
    Integer,
    /// `true` or `false`.
    Boolean,
    /// A UUID.
    Uuid,
    /// Text to text.
    Map,
}

/// A word of a closed vocabulary and how people read it.
pub type Word = (&'static str, &'static str);

/// One field of a report.
#[derive(Debug, Clone, Serialize)]
pub struct Field {
    /// Its name: the column's name.
    pub name: &'static str,
    /// Its name for people.
    pub label: String,
    /// Type of its values.
    #[serde(rename = "type")]
    pub field_type: FieldType,
    /// What it means.
    pub meaning: &'static str,
    /// How its values are read by people, where they come from a closed vocabulary.
    #[serde(skip_serializing_if = "<[Word]>::is_empty", serialize_with = "words_as_map")]
    pub words: &'static [Word],
}

const ACTIVITIES: &[Word] = &[
    ("sign_in", "Sign In"),
    ("sign_out", "Sign Out"),
    ("forced_sign_in", "Forcible Sign In"),
    ("forced_sign_out", "Forcible Sign Out"),
    ("impersonation_start", "Impersonation Start"),
    ("impersonation_end", "Impersonation End"),
    ("system_start", "System Start"),
    ("system_stop", "System Stop"),
];
const RESULTS: &[Word] = &[("success", "Successful"), ("failure", "Failed")];
const END_REASONS: &[Word] = &[
    ("signed_out", "Signed out"),
    ("forced_out", "Signed out by force"),
    ("system_signed_out", "Signed out by the system"),
    ("superseded", "Signed in again"),
    ("superseded_by_force", "Taken over by a forced sign-in"),
    ("expired", "Expired"),
    ("system_restart", "System restarted"),
    ("still_open", "Still open"),
    ("unknown_login", "Sign-in unknown"),
];
const KINDS: &[Word] = &[("sign_in", "Sign-in"), ("impersonation", "Impersonation")];

/// A session's or event's agent as people call them.
const AGENT: &str = "the agent's name; where there is none the account, else the employee id. A filter on it looks into all three";

/// The fields of the sign-in log: the columns of an event, and the agent.
pub(crate) fn sign_in_log() -> &'static [Field] {
    static FIELDS: LazyLock<Vec<Field>> = LazyLock::new(|| {
        let label = |name: &str| match name {
            "activity" => Some("Operation type"),
            "event_time" => Some("Operation time"),
            "outcome" => Some("Result"),
            "source_ip" => Some("Sign-in IP address"),
            "failure_code" => Some("Failure reason code"),
            _ => None,
        };
        let words = |name: &str| match name {
            "activity" => ACTIVITIES,
            "outcome" => RESULTS,
            _ => &[],
        };
        fields(EVENTS.iter(), label, words)
    });
    &FIELDS
}

/// The fields of the login/logout report: the columns of a session, and the agent.
pub(crate) fn login_logout() -> &'static [Field] {
    static FIELDS: LazyLock<Vec<Field>> = LazyLock::new(|| {
        let words = |name: &str| match name {
            "end_reason" => END_REASONS,
            "kind" => KINDS,
            _ => &[],
        };
        // `ended_at` serves the layout of the lake; as of a moment it says nothing that the others don't.
        fields(SESSIONS.iter().filter(|column| column.name != "ended_at"), |_| None, words)
    });
    &FIELDS
}

fn fields<'a>(
    columns: impl Iterator<Item = &'a rollcall_model::columns::Column>,
    label: fn(&str) -> Option<&'static str>,
    words: fn(&str) -> &'static [Word],
) -> Vec<Field> {
    let agent = Field { name: "agent", label: "Agent".to_owned(), field_type: FieldType::Text, meaning: AGENT, words: &[] };
    let column = |column: &rollcall_model::columns::Column| Field {
        name: column.name,
        label: label(column.name).map_or_else(|| spoken(column.name), str::to_owned),
        field_type: field_type(column.name, column.column_type),
        meaning: column.meaning,
        words: words(column.name),
    };
    std::iter::once(agent).chain(columns.map(column)).collect()
}

fn field_type(name: &str, column_type: ColumnType) -> FieldType {
    match column_type {
        ColumnType::Int64 | ColumnType::Int32 => FieldType::Integer,
        ColumnType::Float64 if name == "duration" => FieldType::Seconds,
        ColumnType::Float64 | ColumnType::Text => FieldType::Text,
        ColumnType::Boolean => FieldType::Boolean,
        ColumnType::Uuid => FieldType::Uuid,
        ColumnType::Timestamp => FieldType::Timestamp,
        ColumnType::Map => FieldType::Map,
    }
}

/// A column's name as words: `employee_id` becomes `Employee ID`.
fn spoken(name: &str) -> String {
    let mut label = String::with_capacity(name.len());
    for (at, word) in name.split('_').enumerate() {
        if at > 0 {
            label.push(' ');
        }
        match word {
            "id" | "ip" => label.push_str(&word.to_uppercase()),
            _ if at == 0 => {
                let mut letters = word.chars();
                label.extend(letters.next().into_iter().flat_map(char::to_uppercase).chain(letters));
            }
            _ => label.push_str(word),
        }
    }
    label
}

fn words_as_map<S: serde::Serializer>(words: &&'static [Word], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(words.iter().copied())
}
