//! A call into another system, signed and guarded as outgoing webhooks are.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use rollcall_model::Timestamp;
use serde_json::{Value, json};
use url::Url;
use uuid::Uuid;

use super::config::{Secret, WebhookConfig};
use super::deliver::off_async_threads;
use super::folder::lost;
use super::names;
use super::parcel::{Delivered, DeliveryFailure, Parcel};
use super::steps::Steps;
use crate::webhooks::call::{Call, CallFailure, Caller, FailureType, masked};
use crate::webhooks::secret::Secret as Signing;

/// A message that is to be sent.
pub(super) struct Message {
    /// What it is.
    pub(super) kind: &'static str,
    /// The same for what is sent a second time, by which its receiver knows it.
    pub(super) id: String,
    /// What it tells.
    pub(super) data: Value,
}

/// What makes the id of a parcel's message.
pub(super) fn id_of(parcel: &Parcel, destination: Uuid) -> String {
    format!("run_{}_{}_{}", parcel.run_id.simple(), parcel.number, destination.simple())
}

/// Sends a parcel: what it is, and the file itself if it is small.
pub(super) async fn put(
    caller: &Caller,
    now: Timestamp,
    config: &WebhookConfig,
    secret: &Secret,
    (parcel, id): (&Parcel, String),
) -> Result<Delivered, DeliveryFailure> {
    let mut file = json!({"name": names::file_name(parcel, 1), "media_type": parcel.media_type});
    if parcel.bytes <= config.inline_limit_bytes {
        let path = parcel.file.clone();
        let reading = move || Ok(STANDARD.encode(std::fs::read(&path).map_err(|error| lost(&path, &error))?));
        let content = off_async_threads(reading).await?;
        if let Some(file) = file.as_object_mut() {
            file.insert("content_base64".to_owned(), content.into());
        }
    }
    let data = json!({
        "run_id": parcel.run_id, "schedule_id": parcel.schedule_id, "report": parcel.report_name, "range": parcel.range_words,
        "number": parcel.number, "restates": parcel.restates, "rows": parcel.rows, "bytes": parcel.bytes, "sha256": parcel.sha256,
        "missing": parcel.missing, "link": parcel.link, "file": file,
    });
    send(caller, now, config, secret, Message { kind: "report.delivered", id, data }).await
}

/// Sends a message.
pub(super) async fn send(
    caller: &Caller,
    now: Timestamp,
    config: &WebhookConfig,
    secret: &Secret,
    message: Message,
) -> Result<Delivered, DeliveryFailure> {
    let wrong = |reason: String| DeliveryFailure::permanent("configuration", reason);
    let url = Url::parse(&config.url).map_err(|error| wrong(format!("the address of the webhook: {error}")))?;
    let secrets = [Signing::parse(&secret.text)?];
    let Message { kind, id, data } = message;
    let body = off_async_threads(move || Ok(Bytes::from(json!({"type": kind, "timestamp": now, "data": data}).to_string()))).await?;
    let call = Call { url: &url, allow_http: config.allow_http, secrets: &secrets, id: &id, timestamp: now, body };
    let answer = caller.call(&call).await.map_err(failed)?;
    Ok(Delivered { place: format!("{} ({id}, answered {})", masked(&url), answer.answered.status) })
}

/// Tries a webhook with a message that says so.
pub(super) async fn test(
    caller: &Caller,
    now: Timestamp,
    config: &WebhookConfig,
    secret: &Secret,
    steps: &mut Steps,
) -> Result<Delivered, DeliveryFailure> {
    let id = format!("test_{}", Uuid::now_v7().simple());
    let data = json!({"words": "This is a test of Rollcall: nothing has happened."});
    let sent = send(caller, now, config, secret, Message { kind: "test", id, data }).await;
    // One call does all of it: what came before the failure went well.
    let step = sent.as_ref().err().map_or("answer", |failure| match failure.failure_type.as_str() {
        "dns" => "name",
        "refused address" => "allowed",
        "connect" => "connection",
        "tls" => "tls",
        _ => "answer",
    });
    let passed = [
        ("name", "the name has an address"),
        ("allowed", "the address may be called"),
        ("connection", "connected"),
        ("tls", if config.url.starts_with("https") { "TLS: the certificate is that of the host" } else { "no TLS: calls go unprotected" }),
    ];
    for (name, words) in passed.into_iter().take_while(|(name, _)| *name != step) {
        steps.ok(name, words);
    }
    steps.step(step, sent, |delivered| format!("the test message was taken: {}", delivered.place))
}

fn failed(failure: CallFailure) -> DeliveryFailure {
    let CallFailure { failure_type, code, reason, .. } = failure;
    let is_permanent = match failure_type {
        FailureType::RefusedAddress | FailureType::Tls | FailureType::Redirect => true,
        FailureType::Status => code.is_some_and(|code| (400..500).contains(&code) && !matches!(code, 408 | 409 | 425 | 429)),
        FailureType::Dns | FailureType::Connect | FailureType::Timeout => false,
    };
    let code = code.map(|code| code.to_string());
    DeliveryFailure { failure_type: failure_type.as_str().to_owned(), code, reason, is_permanent }
}
