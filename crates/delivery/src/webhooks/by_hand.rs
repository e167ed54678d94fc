//! What people have a webhook do: a test, and sending again what it did not deliver.

use rollcall_access::Principal;
use rollcall_access::record::{self, Actor, Reading};
use rollcall_control::webhooks::Webhook;
use rollcall_model::{Category, Scope};
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::call::{CallAnswer, CallFailure, Step};
use super::failures::failed_attempt;
use super::message::{self, Message};
use super::subscription::{ENTITY, change};
use crate::error::{DeliveryError, Result};
use crate::service::Delivery;

/// What a test has shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tested {
    /// Whether the receiver has taken the message.
    pub delivered: bool,
    /// Each step, as far as the call came.
    pub steps: Vec<StepTold>,
    /// The HTTP status, if there was an answer.
    pub status: Option<u16>,
}

/// A step of a test.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StepTold {
    /// Which one.
    pub step: Step,
    /// Whether it worked.
    pub worked: bool,
    /// What it has shown, in words.
    pub told: String,
}

/// What is to be sent again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// The message about that event.
    Event(Uuid),
    /// The message whose failure that event of the webhook failure log tells of.
    Failure(Uuid),
}

/// What came of sending again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resent {
    /// The event.
    pub event_id: Uuid,
    /// The message's id: the same as before.
    pub message_id: String,
    /// Whether the receiver has taken it.
    pub delivered: bool,
    /// The HTTP status, if there was an answer.
    pub status: Option<u16>,
    /// Why it failed, if it did.
    pub reason: Option<String>,
}

/// What of an event tells whether it is a failure of a webhook, and of which message.
#[derive(Deserialize)]
struct FailureHead {
    category: String,
    instance: Option<String>,
    details: Option<String>,
}

impl Delivery {
    /// Sends a message of the type `test`, and tells step by step what came of it.
    pub async fn test_webhook(&self, by: &Principal, webhook: &Webhook) -> Result<Tested> {
        let now = self.now();
        let (id, body) = message::test(webhook.id, Uuid::now_v7(), &webhook.name, now);
        let tested = match self.call_webhook(webhook, &id, body).await? {
            Ok(answer) => told_of_success(webhook, &answer),
            Err(failure) => told_of_failure(webhook, &failure),
        };
        let reading = Reading {
            entity: ENTITY,
            activity: "Tested",
            instance: Some(webhook.id.to_string()),
            summary: format!("Tested the webhook {:?}", webhook.name),
            details: json!({"delivered": tested.delivered, "status": tested.status}),
        };
        self.record(&record::reading(&by.tenant, &Actor::of(by), now, reading)).await?;
        Ok(tested)
    }

    /// Sends a message again, out of order, with the id that it has had. What was given up is delivered then.
    pub async fn resend_webhook(&self, by: &Principal, webhook: &Webhook, wanted: Wanted) -> Result<Resent> {
        let event_id = match wanted {
            Wanted::Event(event_id) => event_id,
            Wanted::Failure(failure) => self.event_of_failure(webhook, failure).await?,
        };
        let caller = self.asking(&webhook.tenant, self.scope_of_webhook(webhook).await?).await?;
        let event = self.reports.event(&caller, event_id).await?.ok_or_else(|| DeliveryError::unknown("event", event_id))?;
        let message = Message::about(webhook.id, &event)?;
        let summary = format!("Had the webhook {:?} send the event {event_id} again", webhook.name);
        let after = json!({"event_id": event_id, "type": message.event_type, "message_id": message.id});
        self.record(&change(by, self.now(), webhook.id, "Resent", summary, None, Some(after))).await?;
        let given_up = self.control.webhooks().undelivered_about(&webhook.tenant, webhook.id, event_id).await?;
        let (status, reason) = match self.call_webhook(webhook, &message.id, message.body.clone()).await? {
            Ok(answer) => {
                self.control.webhooks().settle(&webhook.tenant, webhook.id, event_id).await?;
                (Some(answer.answered.status), None)
            }
            Err(failure) => {
                let waiting = webhook.retry.as_ref().filter(|retry| retry.event_id == event_id).map(|retry| retry.attempts);
                let before = given_up.map(|given_up| given_up.attempts).or(waiting).unwrap_or(0);
                self.record(&failed_attempt(webhook, &message, &failure, before.saturating_add(1), self.now())).await?;
                (failure.code, Some(failure.reason))
            }
        };
        Ok(Resent { event_id, message_id: message.id, delivered: reason.is_none(), status, reason })
    }

    /// The event whose message has failed, by an event of the webhook failure log.
    async fn event_of_failure(&self, webhook: &Webhook, failure: Uuid) -> Result<Uuid> {
        let unknown = || DeliveryError::unknown("failure of this webhook", failure);
        // Which event it is, is all that is read from it.
        let caller = self.asking(&webhook.tenant, Scope::All).await?;
        let event = self.reports.event(&caller, failure).await?.ok_or_else(unknown)?;
        let head: FailureHead = serde_json::from_str(event.get()).map_err(|_| unknown())?;
        if head.category != Category::WebhookFailure.as_str() || head.instance != Some(webhook.id.to_string()) {
            return Err(unknown());
        }
        let details: Value = head.details.and_then(|details| serde_json::from_str(&details).ok()).unwrap_or_default();
        details.get("event_id").and_then(Value::as_str).and_then(|id| id.parse().ok()).ok_or_else(unknown)
    }
}

fn told_of_success(webhook: &Webhook, answer: &CallAnswer) -> Tested {
    let status = answer.answered.status;
    let mut steps: Vec<StepTold> = reached(webhook, Step::Answer).map(|step| worked(step, &answer.sent.url)).collect();
    let told = format!("the receiver answered {status} within {} ms", answer.took.as_millis());
    steps.push(StepTold { step: Step::Answer, worked: true, told });
    Tested { delivered: true, steps, status: Some(status) }
}

fn told_of_failure(webhook: &Webhook, failure: &CallFailure) -> Tested {
    let mut steps: Vec<StepTold> = reached(webhook, failure.step).map(|step| worked(step, &failure.sent.url)).collect();
    steps.push(StepTold { step: failure.step, worked: false, told: failure.reason.clone() });
    Tested { delivered: false, steps, status: failure.code }
}

/// The steps before one.
fn reached(webhook: &Webhook, before: Step) -> impl Iterator<Item = Step> {
    let is_plain = webhook.url.starts_with("http:");
    Step::ALL.into_iter().filter(move |step| *step < before && !(is_plain && *step == Step::Tls))
}

fn worked(step: Step, url: &str) -> StepTold {
    let told = match step {
        Step::Name => "the host's name has an address".to_owned(),
        Step::Address => format!("{url} may be called"),
        Step::Connection => "there is a connection".to_owned(),
        Step::Tls => "the receiver has proved with its certificate that it is the host".to_owned(),
        Step::Answer => "there is an answer".to_owned(),
    };
    StepTold { step, worked: true, told }
}
