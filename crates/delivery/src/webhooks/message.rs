//! What a receiver is sent about an event, as Standard Webhooks has it.

use bytes::Bytes;
use rollcall_model::event::OWN_SOURCE;
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value};
use uuid::Uuid;

use super::filter::is_run;
use crate::error::{DeliveryError, Result};

/// A message about an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Message {
    /// The event.
    pub(crate) event_id: Uuid,
    /// Its seq.
    pub(crate) seq: i64,
    /// The message's own id, the same whenever the webhook sends it.
    pub(crate) id: String,
    /// Its type.
    pub(crate) event_type: String,
    /// Its body.
    pub(crate) body: Bytes,
}

/// What of an event tells where its message belongs.
#[derive(Debug, Deserialize)]
struct Head {
    event_id: Uuid,
    seq: i64,
    event_time: String,
    source: String,
    category: String,
    entity: Option<String>,
    activity: String,
}

impl Message {
    /// The message of a webhook about an event, as reports tell it.
    pub(crate) fn about(webhook: Uuid, event: &RawValue) -> Result<Self> {
        let unreadable = |error: serde_json::Error| DeliveryError::Write(format!("an event can't be told: {error}"));
        let head: Head = serde_json::from_str(event.get()).map_err(unreadable)?;
        let members: Map<String, Value> = serde_json::from_str(event.get()).map_err(unreadable)?;
        let event_type = event_type(&head);
        let (told_type, time) = (Value::from(event_type.as_str()), Value::from(head.event_time));
        let body = format!("{{\"type\":{told_type},\"timestamp\":{time},\"data\":{}}}", data(&members));
        Ok(Message {
            event_id: head.event_id,
            seq: head.seq,
            id: id(webhook, &head.event_id.to_string()),
            event_type,
            body: Bytes::from(body),
        })
    }
}

/// The id of a webhook's message about something.
pub(crate) fn id(webhook: Uuid, about: &str) -> String {
    format!("msg_{}", Uuid::new_v5(&webhook, about.as_bytes()).simple())
}

/// The event without what it does not say. Its details are the object that they are, digit by digit.
fn data(members: &Map<String, Value>) -> String {
    let told = members.iter().filter(|(_, value)| !value.is_null()).map(|(name, value)| {
        let raw = value.as_str().filter(|_| name == "details").filter(|text| serde_json::from_str::<&RawValue>(text).is_ok());
        format!("{}:{}", Value::from(name.as_str()), raw.map_or_else(|| value.to_string(), str::to_owned))
    });
    format!("{{{}}}", told.collect::<Vec<_>>().join(","))
}

/// What happened, in words that a receiver can switch by: `access.sign_in`, `run.succeeded`.
fn event_type(head: &Head) -> String {
    let kind = match head.entity.as_deref() {
        Some("Export Task") if is_run(&head.source, head.entity.as_deref(), &head.activity) => "export",
        entity if is_run(&head.source, entity, &head.activity) => "run",
        _ => &head.category,
    };
    format!("{kind}.{}", word(&head.activity))
}

/// An activity as one word: letters and digits of ASCII in lower case, `_` for whatever is between them.
fn word(activity: &str) -> String {
    let mut word = String::with_capacity(activity.len());
    for c in activity.chars() {
        if c.is_alphanumeric() {
            word.extend(c.to_lowercase());
        } else if !word.is_empty() && !word.ends_with('_') {
            word.push('_');
        }
    }
    word.trim_end_matches('_').to_owned()
}

/// The message that tests a webhook. It is about no event.
pub(crate) fn test(webhook: Uuid, test: Uuid, name: &str, now: rollcall_model::Timestamp) -> (String, Bytes) {
    let body = serde_json::json!({"type": "test", "timestamp": now, "data": {"webhook": name, "source": OWN_SOURCE}});
    (id(webhook, &test.to_string()), Bytes::from(body.to_string()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn message(more: &Value) -> Message {
        let mut event = json!({
            "seq": 7, "event_id": Uuid::from_u128(1), "event_time": "2026-04-15T08:00:00Z", "source": "hr", "category": "access",
            "activity": "sign_in", "account": "mara", "comments": null,
        });
        event.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        Message::about(Uuid::from_u128(9), &serde_json::value::to_raw_value(&event).unwrap()).unwrap()
    }

    #[test]
    fn an_event_is_told_as_reports_tell_it_without_what_is_missing() {
        let told = message(&json!({"details": "{\"n\": 12345678901234567890.10}", "tags": {"a": "b"}}));
        let body = std::str::from_utf8(&told.body).unwrap();
        assert!(body.starts_with(r#"{"type":"access.sign_in","timestamp":"2026-04-15T08:00:00Z","data":{"seq":7,"#), "{body}");
        assert!(body.contains(r#""details":{"n": 12345678901234567890.10},"tags":{"a":"b"}"#), "{body}");
        assert!(!body.contains("comments"));
        assert!(serde_json::from_str::<Value>(body).is_ok());
        let no_json = message(&json!({"details": "plain \"text\""}));
        assert_eq!(serde_json::from_slice::<Value>(&no_json.body).unwrap()["data"]["details"], "plain \"text\"");
    }

    #[test]
    fn the_same_event_has_the_same_id_for_one_webhook_and_another_for_another() {
        assert_eq!(message(&json!({})).id, message(&json!({"comments": "x"})).id);
        assert_ne!(message(&json!({})).id, message(&json!({"event_id": Uuid::from_u128(2)})).id);
        assert_ne!(id(Uuid::from_u128(1), "x"), id(Uuid::from_u128(2), "x"));
    }

    #[test]
    fn the_type_is_what_happened() {
        for (more, expected) in [
            (json!({"category": "activity", "activity": "Saved / Changed!"}), "activity.saved_changed"),
            (json!({"source": OWN_SOURCE, "category": "activity", "entity": "Schedule Run", "activity": "Succeeded"}), "run.succeeded"),
            (json!({"source": OWN_SOURCE, "category": "activity", "entity": "Export Task", "activity": "Failed"}), "export.failed"),
            (json!({"source": "hr", "category": "activity", "entity": "Export Task", "activity": "Failed"}), "activity.failed"),
            (json!({"source": OWN_SOURCE, "category": "activity", "entity": "Export Task", "activity": "Created"}), "activity.created"),
        ] {
            assert_eq!(message(&more).event_type, expected);
        }
    }
}
