//! Columns of an event by name, for the formats whose fields are those columns: JSON and CSV.

use std::collections::BTreeMap;

use rollcall_model::{Category, Effect, Event, Outcome, Timestamp, TriggeredByKind};
use uuid::Uuid;

use crate::mapping::{Mapped, RecordId, Rejection};

/// What a name stands for.
#[derive(Clone, Copy)]
pub(super) enum Column {
    /// A column that is a text or missing.
    Text(fn(&mut Event) -> &mut Option<String>),
    EventId,
    EventTime,
    Source,
    Category,
    Activity,
    Effect,
    Outcome,
    Attempt,
    TriggeredByKind,
    Details,
    Tags,
    /// What Rollcall itself assigns: ignored, so that what came out can go in again.
    Assigned,
}

/// The column of that name.
pub(super) fn column(name: &str) -> Option<Column> {
    Some(match name {
        "seq" | "received_at" => Column::Assigned,
        "event_id" => Column::EventId,
        "event_time" => Column::EventTime,
        "source" => Column::Source,
        "category" => Column::Category,
        "activity" => Column::Activity,
        "effect" => Column::Effect,
        "outcome" => Column::Outcome,
        "attempt" => Column::Attempt,
        "triggered_by_kind" => Column::TriggeredByKind,
        "details" => Column::Details,
        "tags" => Column::Tags,
        "source_event_id" => Column::Text(|e| &mut e.source_event_id),
        "application" => Column::Text(|e| &mut e.application),
        "entity" => Column::Text(|e| &mut e.entity),
        "instance" => Column::Text(|e| &mut e.instance),
        "failure_type" => Column::Text(|e| &mut e.failure_type),
        "failure_code" => Column::Text(|e| &mut e.failure_code),
        "failure_reason" => Column::Text(|e| &mut e.failure_reason),
        "triggered_by_id" => Column::Text(|e| &mut e.triggered_by_id),
        "triggered_by_name" => Column::Text(|e| &mut e.triggered_by_name),
        "triggered_by_email" => Column::Text(|e| &mut e.triggered_by_email),
        "account" => Column::Text(|e| &mut e.account),
        "employee_id" => Column::Text(|e| &mut e.employee_id),
        "agent_name" => Column::Text(|e| &mut e.agent_name),
        "session_id" => Column::Text(|e| &mut e.session_id),
        "stream" => Column::Text(|e| &mut e.stream),
        "channel" => Column::Text(|e| &mut e.channel),
        "brand" => Column::Text(|e| &mut e.brand),
        "sign_in_method" => Column::Text(|e| &mut e.sign_in_method),
        "source_ip" => Column::Text(|e| &mut e.source_ip),
        "user_agent" => Column::Text(|e| &mut e.user_agent),
        "routing_profile" => Column::Text(|e| &mut e.routing_profile),
        "hierarchy" => Column::Text(|e| &mut e.hierarchy),
        "target" => Column::Text(|e| &mut e.target),
        "target_kind" => Column::Text(|e| &mut e.target_kind),
        "summary" => Column::Text(|e| &mut e.summary),
        "comments" => Column::Text(|e| &mut e.comments),
        _ => return None,
    })
}

/// An event whose columns are filled in one after the other.
pub(super) struct Draft {
    /// Holds the columns that may be missing; the others are placeholders until [`Draft::finish`].
    pub(super) event: Event,
    pub(super) event_id: Option<String>,
    pub(super) event_time: Option<Timestamp>,
    pub(super) category: Option<Category>,
    pub(super) activity: Option<String>,
    pub(super) outcome: Option<Outcome>,
}

impl Draft {
    pub(super) fn new() -> Self {
        let event = Event::new(Uuid::nil(), Timestamp::default(), "", Category::Access, "", Outcome::Success);
        Draft { event, event_id: None, event_time: None, category: None, activity: None, outcome: None }
    }

    /// Sets a column that is written as one text; says what was expected if it is another.
    pub(super) fn set_text(&mut self, column: Column, text: Option<String>) -> Result<(), String> {
        let text = text.filter(|text| !text.is_empty());
        match column {
            Column::Text(slot) => *slot(&mut self.event) = text,
            Column::EventId => self.event_id = text,
            Column::Source => self.event.source = text.unwrap_or_default(),
            Column::Activity => self.activity = text,
            Column::Category => self.category = word(text, Category::ALL, |word| word.as_str())?,
            Column::Outcome => self.outcome = word(text, Outcome::ALL, |word| word.as_str())?,
            Column::Effect => self.event.effect = word(text, Effect::ALL, |word| word.as_str())?,
            Column::TriggeredByKind => self.event.triggered_by_kind = word(text, TriggeredByKind::ALL, |word| word.as_str())?,
            Column::EventTime | Column::Attempt | Column::Details | Column::Tags | Column::Assigned => {}
        }
        Ok(())
    }

    /// The event, if it has what every event must have. `without_id` is for one that has no id of its own.
    pub(super) fn finish(self, without_id: RecordId) -> Result<Mapped, Rejection> {
        let mut event = self.event;
        event.event_time = self.event_time.ok_or_else(|| Rejection::missing("event_time", "an RFC 3339 time or integer milliseconds"))?;
        event.category = self.category.ok_or_else(|| Rejection::missing("category", &words(Category::ALL, |w| w.as_str())))?;
        event.activity = self.activity.ok_or_else(|| Rejection::missing("activity", "what occurred"))?;
        event.outcome = self.outcome.ok_or_else(|| Rejection::missing("outcome", &words(Outcome::ALL, |w| w.as_str())))?;
        let id = identity(self.event_id, event.source_event_id.as_deref(), without_id)?;
        Ok(Mapped { event, id })
    }
}

/// What the id is made from: `event_id`, else `source_event_id`.
fn identity(event_id: Option<String>, source_event_id: Option<&str>, without_id: RecordId) -> Result<RecordId, Rejection> {
    match (event_id, source_event_id) {
        (Some(id), Some(source_id)) if crate::identity::as_uuid(&id).is_none() && id != source_id => {
            Err(Rejection::of("event_id", format!("expected a UUID, because there is a source_event_id too; got {id:?}")))
        }
        (Some(id), _) => Ok(RecordId::Own(id)),
        (None, Some(id)) => Ok(RecordId::Own(id.to_owned())),
        (None, None) => Ok(without_id),
    }
}

fn word<W: Copy>(text: Option<String>, all: &[W], as_str: fn(W) -> &'static str) -> Result<Option<W>, String> {
    let Some(text) = text else { return Ok(None) };
    let word = all.iter().find(|word| as_str(**word) == text);
    let got = || format!("expected {}, got {:?}", words(all, as_str), text.chars().take(64).collect::<String>());
    word.copied().map(Some).ok_or_else(got)
}

fn words<W: Copy>(all: &[W], as_str: fn(W) -> &'static str) -> String {
    format!("one of {}", all.iter().map(|word| as_str(*word)).collect::<Vec<_>>().join(", "))
}

/// Puts fields that are no columns into `details`, whatever was there before: beside the members of an
/// object, unless one of them has the same name; otherwise what was there becomes the member `details`.
pub(super) fn keep_unknown<'a>(
    details: Option<&str>,
    unknown: impl Iterator<Item = (&'a str, std::borrow::Cow<'a, str>)>,
) -> Option<String> {
    let mut unknown = unknown.peekable();
    if unknown.peek().is_none() {
        return details.map(str::to_owned);
    }
    let unknown: Vec<_> = unknown.collect();
    let taken = |names: &BTreeMap<String, serde::de::IgnoredAny>| unknown.iter().any(|(name, _)| names.contains_key(*name));
    let writer = match details {
        None => crate::json::ObjectWriter::with_capacity(256),
        Some(details) => match (serde_json::from_str(details), crate::json::ObjectWriter::extending(details)) {
            (Ok(names), Some(writer)) if !taken(&names) => writer,
            _ => crate::json::ObjectWriter::with_capacity(256).raw("details", details),
        },
    };
    Some(unknown.iter().fold(writer, |writer, (name, json)| writer.raw(name, json)).finish())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::borrow::Cow;

    #[test]
    fn every_column_of_an_event_is_known() {
        for known in rollcall_model::columns::EVENTS {
            assert!(column(known.name).is_some(), "{}", known.name);
        }
    }

    #[test]
    fn unknown_fields_are_kept_beside_details() {
        let keep = |details, unknown: &[(&'static str, &'static str)]| {
            keep_unknown(details, unknown.iter().map(|(name, json)| (*name, Cow::Borrowed(*json)))).unwrap()
        };
        assert_eq!(keep(None, &[("x", "1")]), r#"{"x":1}"#);
        assert_eq!(keep(Some(r#"{"a":2}"#), &[("x", "1")]), r#"{"a":2,"x":1}"#);
        assert_eq!(keep(Some(r#"{"x":2}"#), &[("x", "1")]), r#"{"details":{"x":2},"x":1}"#);
        assert_eq!(keep(Some("[3]"), &[("x", "1")]), r#"{"details":[3],"x":1}"#);
        assert_eq!(keep(Some("[3]"), &[]), "[3]");
    }
}
