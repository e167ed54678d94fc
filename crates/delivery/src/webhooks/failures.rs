//! The webhook failure log: every attempt that has failed, on Rollcall's own record.

use rollcall_access::record::APPLICATION;
use rollcall_control::outbox::Record;
use rollcall_control::webhooks::Webhook;
use rollcall_model::{Category, Timestamp};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::call::CallFailure;
use super::message::Message;

/// So much of a message is recorded.
const MAX_BODY_CHARS: usize = 16 * 1024;

/// The record of a failed attempt to send a message.
pub(crate) fn failed_attempt(webhook: &Webhook, message: &Message, failure: &CallFailure, number: i32, now: Timestamp) -> Record {
    let event_id = Uuid::now_v7();
    let body: String = String::from_utf8_lossy(&message.body).chars().take(MAX_BODY_CHARS).collect();
    let response = failure
        .answered
        .as_ref()
        .map(|answered| json!({"status": answered.status, "headers": headers(&answered.headers), "body": answered.body}));
    let mut event = json!({
        "event_id": event_id, "event_time": now, "category": Category::WebhookFailure.as_str(), "activity": "delivery",
        "outcome": "failure", "application": APPLICATION, "target": webhook.name, "target_kind": "webhook", "instance": webhook.id,
        "failure_type": failure.failure_type.as_str(), "failure_reason": failure.reason, "attempt": number,
        "details": {
            "request": {"method": "POST", "url": failure.sent.url, "headers": headers(&failure.sent.headers), "body": body},
            "response": response, "number": number, "event_id": message.event_id, "seq": message.seq, "type": message.event_type,
            "message_id": message.id,
        },
    });
    if let (Some(event), Some(code)) = (event.as_object_mut(), failure.code) {
        event.insert("failure_code".to_owned(), code.to_string().into());
    }
    Record { tenant: webhook.tenant.clone(), event_id, event: event.to_string(), created_at: now }
}

/// Headers as an object; one that comes several times has its values one after the other.
fn headers(headers: &[(String, String)]) -> Value {
    let mut told: Map<String, Value> = Map::new();
    for (name, value) in headers {
        let joined = match told.get(name).and_then(Value::as_str) {
            Some(before) => format!("{before}, {value}"),
            None => value.clone(),
        };
        told.insert(name.clone(), joined.into());
    }
    Value::Object(told)
}
