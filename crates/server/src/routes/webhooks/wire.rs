//! Webhooks as they go over the wire.

use rollcall_access::{Permission, allows};
use rollcall_delivery::webhooks::{self, Filter, Made, Resent, Tested, Undelivered, Webhook, Wish, masked_url};
use rollcall_model::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::auth::Caller;
use crate::problem::Problem;

/// Webhooks.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct WebhookList {
    /// By name.
    pub(super) webhooks: Vec<WebhookAnswer>,
}

/// Which events a webhook is told of: those of one of the categories, of which what else is given holds too.
#[derive(Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct WebhookFilter {
    /// `access`, `activity`, `webhook_failure`, `integration_failure`. None: no events, only runs.
    #[schema(required = false)]
    categories: Vec<String>,
    /// Only these activities; empty: all.
    #[schema(required = false)]
    activities: Vec<String>,
    /// Only `success` or `failure`; empty: both.
    #[schema(required = false)]
    outcomes: Vec<String>,
    /// Only items of these kinds; empty: all.
    #[schema(required = false)]
    entities: Vec<String>,
    /// Only what came through these sources; empty: all.
    #[schema(required = false)]
    sources: Vec<String>,
    /// Also what became of runs of schedules and of export tasks.
    #[schema(required = false)]
    runs: bool,
}

/// A webhook that is to be made, or to take the place of one.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewWebhook {
    /// Its name: 1 to 200 characters, none of them a control character.
    name: String,
    /// Where it calls: an address that begins with https.
    url: String,
    /// Whether it may call without TLS, in the networks of `webhook_allowed_networks`.
    #[serde(default)]
    #[schema(required = false)]
    allow_http: bool,
    /// Which events it is told of.
    filter: WebhookFilter,
}

/// A webhook.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct WebhookAnswer {
    #[schema(value_type = String, format = "uuid")]
    id: Uuid,
    name: String,
    /// Where it calls. Who may not change webhooks does not see the values of its query.
    url: String,
    allow_http: bool,
    filter: WebhookFilter,
    /// Whose rights it has: who has changed it last.
    owner: String,
    /// `active`, `paused` or `disabled`.
    state: &'static str,
    /// Why it was disabled.
    state_reason: Option<String>,
    /// The seq of the first event that it has not dealt with.
    position: i64,
    /// The message that has failed and is sent again.
    retry: Option<RetryAnswer>,
    /// Since when everything has failed.
    #[schema(value_type = Option<String>, format = DateTime)]
    failing_since: Option<Timestamp>,
    /// When a message was last delivered.
    #[schema(value_type = Option<String>, format = DateTime)]
    delivered_at: Option<Timestamp>,
    /// 1 at first; each change makes it one more. The `ETag` is made of it.
    version: i64,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    changed_at: Timestamp,
    /// Who changed it last; `system` if it was disabled.
    changed_by: String,
}

/// A message that has failed and is sent again.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RetryAnswer {
    #[schema(value_type = String, format = "uuid")]
    event_id: Uuid,
    seq: i64,
    /// How often it has failed.
    attempts: i32,
    #[schema(value_type = String, format = DateTime)]
    first_failed_at: Timestamp,
    /// Not before.
    #[schema(value_type = String, format = DateTime)]
    next_at: Timestamp,
    /// Why it failed last.
    error: String,
}

/// A webhook with its secret.
#[derive(Serialize, ToSchema)]
pub(crate) struct WebhookWithSecret {
    #[serde(flatten)]
    webhook: WebhookAnswer,
    /// What its calls are signed with. It is shown this once.
    secret: String,
}

/// What a test has shown.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct WebhookTest {
    /// Whether the receiver has taken the message.
    delivered: bool,
    /// The HTTP status, if there was an answer.
    status: Option<u16>,
    /// Each step, as far as the call came.
    steps: Vec<WebhookTestStep>,
}

/// A step of a test.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct WebhookTestStep {
    /// `name`, `address`, `connection`, `tls` or `answer`.
    step: &'static str,
    worked: bool,
    /// In words.
    told: String,
}

/// What is to be sent again: one of the two.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Resending {
    /// The event.
    #[schema(value_type = Option<String>, format = "uuid", nullable = false)]
    event_id: Option<Uuid>,
    /// An event of the webhook failure log: the message of which it tells.
    #[schema(value_type = Option<String>, format = "uuid", nullable = false)]
    failure_id: Option<Uuid>,
}

/// What came of sending again.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ResentAnswer {
    #[schema(value_type = String, format = "uuid")]
    event_id: Uuid,
    /// The `webhook-id`: the same as before.
    message_id: String,
    /// Whether the receiver has taken it.
    delivered: bool,
    /// The HTTP status, if there was an answer.
    status: Option<u16>,
    /// Why it failed, if it did.
    reason: Option<String>,
}

/// Messages that were given up.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct UndeliveredList {
    /// The newest event first.
    pub(super) messages: Vec<UndeliveredAnswer>,
}

/// A message that was given up.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct UndeliveredAnswer {
    #[schema(value_type = String, format = "uuid")]
    event_id: Uuid,
    seq: i64,
    /// The type of the message.
    #[serde(rename = "type")]
    event_type: String,
    /// How often it has failed.
    attempts: i32,
    #[schema(value_type = String, format = DateTime)]
    first_failed_at: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    given_up_at: Timestamp,
    /// Why it failed last.
    error: String,
}

impl From<WebhookFilter> for Filter {
    fn from(filter: WebhookFilter) -> Self {
        let WebhookFilter { categories, activities, outcomes, entities, sources, runs } = filter;
        Filter { categories, activities, outcomes, entities, sources, runs }
    }
}

impl From<Filter> for WebhookFilter {
    fn from(filter: Filter) -> Self {
        let Filter { categories, activities, outcomes, entities, sources, runs } = filter;
        WebhookFilter { categories, activities, outcomes, entities, sources, runs }
    }
}

impl From<NewWebhook> for Wish {
    fn from(new: NewWebhook) -> Self {
        Wish { name: new.name, url: new.url, allow_http: new.allow_http, filter: new.filter.into() }
    }
}

impl WebhookAnswer {
    pub(super) fn of(webhook: Webhook, caller: &Caller) -> Result<Self, Problem> {
        let is_shown = allows(&caller.0, Permission::WebhooksEdit).is_ok();
        let url = if is_shown { webhook.url } else { masked_url(&webhook.url) };
        Ok(WebhookAnswer {
            id: webhook.id,
            name: webhook.name,
            url,
            allow_http: webhook.allow_http,
            filter: Filter::read(&webhook.filter)?.into(),
            owner: webhook.owner,
            state: webhook.state.as_str(),
            state_reason: webhook.state_reason,
            position: webhook.position,
            retry: webhook.retry.map(RetryAnswer::from),
            failing_since: webhook.failing_since,
            delivered_at: webhook.delivered_at,
            version: webhook.version,
            created_at: webhook.created_at,
            changed_at: webhook.changed_at,
            changed_by: webhook.changed_by,
        })
    }
}

impl From<webhooks::Retry> for RetryAnswer {
    fn from(retry: webhooks::Retry) -> Self {
        let webhooks::Retry { event_id, seq, attempts, first_failed_at, next_at, error } = retry;
        RetryAnswer { event_id, seq, attempts, first_failed_at, next_at, error }
    }
}

impl WebhookWithSecret {
    pub(super) fn of(made: Made, caller: &Caller) -> Result<Self, Problem> {
        let secret = made.secret.reveal().to_owned();
        Ok(WebhookWithSecret { webhook: WebhookAnswer::of(made.webhook, caller)?, secret })
    }
}

impl From<Tested> for WebhookTest {
    fn from(tested: Tested) -> Self {
        let step = |step: webhooks::StepTold| WebhookTestStep { step: step.step.as_str(), worked: step.worked, told: step.told };
        WebhookTest { delivered: tested.delivered, status: tested.status, steps: tested.steps.into_iter().map(step).collect() }
    }
}

impl Resending {
    /// Which of the two.
    pub(super) fn wanted(&self) -> Result<webhooks::Wanted, Problem> {
        match (self.event_id, self.failure_id) {
            (Some(event), None) => Ok(webhooks::Wanted::Event(event)),
            (None, Some(failure)) => Ok(webhooks::Wanted::Failure(failure)),
            (both, _) => {
                let got = if both.is_some() { "both" } else { "neither" };
                Err(Problem::parameter("event_id", format!("expected either event_id or failure_id; got {got}")))
            }
        }
    }
}

impl From<Resent> for ResentAnswer {
    fn from(resent: Resent) -> Self {
        let Resent { event_id, message_id, delivered, status, reason } = resent;
        ResentAnswer { event_id, message_id, delivered, status, reason }
    }
}

impl From<Undelivered> for UndeliveredAnswer {
    fn from(message: Undelivered) -> Self {
        let Undelivered { event_id, seq, event_type, attempts, first_failed_at, given_up_at, error } = message;
        UndeliveredAnswer { event_id, seq, event_type, attempts, first_failed_at, given_up_at, error }
    }
}
