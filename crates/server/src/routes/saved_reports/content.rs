//! What a saved report may hold: checked by the parser of definitions, so that what is saved can be run.

use jiff::ToSpan;
use rollcall_model::Timestamp;
use rollcall_model::range::{Range, ResolvedRange};
use rollcall_model::zone::Zone;
use rollcall_reports::{Definition, InvalidDefinition, Kind};
use serde_json::{Map, Value, json};

use crate::problem::{self, Problem};

/// Longest name, in characters.
const MAX_NAME_CHARS: usize = 200;
/// Largest definition, in bytes. The record of a change holds two.
const MAX_DEFINITION_BYTES: usize = 16 * 1024;

/// The kind of a stored report.
pub(super) fn kind_of(name: &str) -> Result<Kind, Problem> {
    Kind::parse(name).map_err(|error| Problem::internal("reading the kind of a saved report", &error))
}

/// Checks a name; white space around it is cut off.
pub(super) fn name(text: &str) -> Result<String, Problem> {
    let name = text.trim();
    let length = name.chars().count();
    if (1..=MAX_NAME_CHARS).contains(&length) && !name.contains(char::is_control) {
        return Ok(name.to_owned());
    }
    let detail = format!("expected 1 to {MAX_NAME_CHARS} characters, none of them a control character; got {length} of them");
    Err(Problem::new(problem::Kind::InvalidBody, detail).field("name"))
}

/// A definition that can be run, and how it is stored.
#[derive(Debug)]
pub(super) struct Content {
    pub(super) kind: Kind,
    pub(super) text: String,
}

impl Content {
    /// Checks a definition. It is stored as it came, so that what it leaves open stays open; if it is to be frozen,
    /// with the dates that its preset means now.
    pub(super) fn new(mut members: Map<String, Value>, freeze: bool, now: Timestamp) -> Result<Self, Problem> {
        let definition = Definition::parse(Value::Object(members.clone()))?;
        if freeze && let Range::Preset { .. } = definition.range {
            members.insert("range".to_owned(), dates(&definition.zone, definition.resolve(now)?));
        }
        members.insert("report".to_owned(), definition.report.name().into());
        let text = Value::Object(members).to_string();
        if text.len() > MAX_DEFINITION_BYTES {
            let reason = format!("expected at most {MAX_DEFINITION_BYTES} bytes; got {}", text.len());
            return Err(InvalidDefinition::new("definition", reason).into());
        }
        Ok(Content { kind: definition.report, text })
    }
}

/// The range by its dates, where it has whole days, else by its instants.
fn dates(zone: &Zone, range: ResolvedRange) -> Value {
    let (first, last) = (zone.date(range.from), zone.date(range.to.plus_micros(-1)));
    let has_whole_days = zone.first_instant(first) == range.from && zone.first_instant(last.saturating_add(1.day())) == range.to;
    if has_whole_days {
        json!({"from": first.to_string(), "to": last.to_string()})
    } else {
        json!({"from": zone.rfc3339(range.from), "to": zone.rfc3339(range.to)})
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn content(definition: Value, freeze: bool) -> Value {
        let Value::Object(members) = definition else { panic!("no object") };
        let now = "2026-04-15T08:30:00Z".parse().unwrap();
        serde_json::from_str(&Content::new(members, freeze, now).unwrap().text).unwrap()
    }

    #[test]
    fn a_definition_is_stored_as_it_came() {
        let definition = json!({"report": "login_logout", "range": {"preset": "yesterday"}, "columns": ["agent"]});
        assert_eq!(content(definition.clone(), false), definition);
        let custom = json!({"report": "login_logout", "range": {"from": "2026-04-01", "to": "2026-04-02"}});
        assert_eq!(content(custom.clone(), true), custom, "a custom range stays as it was");
    }

    #[test]
    fn a_frozen_preset_is_the_dates_that_it_means_now() {
        let frozen = |preset: &str, zone: &str| {
            content(json!({"report": "login_logout", "range": {"preset": preset}, "time_zone": zone}), true)["range"].clone()
        };
        assert_eq!(frozen("yesterday", "Europe/Stockholm"), json!({"from": "2026-04-14", "to": "2026-04-14"}));
        assert_eq!(frozen("previous_month", "UTC"), json!({"from": "2026-03-01", "to": "2026-03-31"}));
        assert_eq!(
            frozen("last_hour", "Europe/Stockholm"),
            json!({"from": "2026-04-15T09:30:00+02:00", "to": "2026-04-15T10:30:00+02:00"})
        );
        // The kind's first preset, where the definition names none.
        assert_eq!(content(json!({"report": "login_logout"}), true)["range"], json!({"from": "2026-04-15", "to": "2026-04-15"}));
    }

    #[test]
    fn a_name_has_something_to_read() {
        assert_eq!(name("  Night shift ").unwrap(), "Night shift");
        for wrong in ["", "  ", "a\0b", "a\nb", &"x".repeat(MAX_NAME_CHARS + 1)] {
            assert!(name(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn a_definition_has_a_bound() {
        let Value::Object(members) =
            json!({"report": "login_logout", "filters": [{"field": "agent", "values": ["x".repeat(MAX_DEFINITION_BYTES)]}]})
        else {
            panic!("no object")
        };
        assert!(Content::new(members, false, "2026-04-15T08:30:00Z".parse().unwrap()).is_err());
    }
}
