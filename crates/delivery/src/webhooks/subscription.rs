//! Setting webhooks up.

use bytes::Bytes;
use rollcall_access::Principal;
use rollcall_access::record::{self, Actor, Change};
use rollcall_access::report_rights::rows_of;
use rollcall_control::outbox::Record;
use rollcall_control::webhooks::{NewWebhook, Undelivered, Webhook, WebhookChange, WebhookState};
use rollcall_model::Timestamp;
use rollcall_model::time::MICROS_PER_HOUR;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use url::Url;
use uuid::Uuid;
use zeroize::Zeroizing;

use super::REPORT;
use super::call::{Call, CallAnswer, CallFailure, masked_url};
use super::filter::Filter;
use super::secret::Secret;
use crate::error::{DeliveryError, Result};
use crate::service::Delivery;

/// What the record calls one.
pub(super) const ENTITY: &str = "Webhook";
/// Most characters of a name, and of an address.
const MAX_NAME_CHARS: usize = 200;
const MAX_URL_CHARS: usize = 2_048;
/// Calls are also signed with the secret before for so long, so that a receiver can change it.
const BOTH_SECRETS_MICROS: i64 = 24 * MICROS_PER_HOUR;
/// Most messages of a list.
const MAX_LISTED: u64 = 1_000;

/// A webhook as it is to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wish {
    /// Its name: 1 to 200 characters, none of them a control character.
    pub name: String,
    /// Where it calls.
    pub url: String,
    /// Whether it may call without TLS, in networks that the operator allows.
    pub allow_http: bool,
    /// Which events it is told of.
    pub filter: Filter,
}

/// A webhook, and the secret that is shown this once.
#[derive(Debug)]
pub struct Made {
    /// The webhook.
    pub webhook: Webhook,
    /// What its calls are signed with.
    pub secret: Secret,
}

/// A secret as it is kept.
#[derive(Serialize, Deserialize)]
struct Kept {
    #[serde(with = "revealed")]
    secret: Secret,
    /// It counts no longer from then on.
    until: Option<Timestamp>,
}

/// A secret as text, which is encrypted next.
mod revealed {
    use serde::{Deserialize, Deserializer, Serializer};

    use super::Secret;

    pub(super) fn serialize<S: Serializer>(secret: &Secret, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(secret.reveal())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Secret, D::Error> {
        let text = zeroize::Zeroizing::new(String::deserialize(deserializer)?);
        Secret::parse(&text).map_err(serde::de::Error::custom)
    }
}

/// A wish that was checked.
struct Checked {
    name: String,
    url: String,
    filter: String,
}

impl Delivery {
    /// The tenant's webhooks by name.
    pub async fn webhooks(&self, by: &Principal) -> Result<Vec<Webhook>> {
        Ok(self.control.webhooks().list(&by.tenant).await?)
    }

    /// One of them.
    pub async fn webhook(&self, by: &Principal, id: Uuid) -> Result<Webhook> {
        self.control.webhooks().get(&by.tenant, id).await?.ok_or_else(|| DeliveryError::unknown("webhook", id))
    }

    /// Makes one, which is told of events from now on, with the caller's rights.
    pub async fn make_webhook(&self, by: &Principal, wish: &Wish) -> Result<Made> {
        let Checked { name, url, filter } = self.check_webhook(by, wish)?;
        let (id, now, secret) = (Uuid::now_v7(), self.now(), Secret::generate()?);
        let new = NewWebhook {
            id,
            tenant: by.tenant.clone(),
            owner: by.id(),
            name,
            url,
            allow_http: wish.allow_http,
            filter,
            secrets: self.seal_secrets(id, &[Kept { secret: secret.clone(), until: None }])?,
            position: self.ledger.snapshot(&by.tenant, rollcall_model::Scope::Nothing).await?.seq(),
            created_at: now,
        };
        let after = told(&new.name, &new.url, new.allow_http, &new.filter, WebhookState::Active);
        let record = change(by, now, id, "Created", format!("Made the webhook {:?}", new.name), None, Some(after));
        let webhook = self.control.webhooks().create(&new, Some(&record)).await?;
        self.wake();
        self.recorded.notify_one();
        Ok(Made { webhook, secret })
    }

    /// Changes one in the version that was read. It has the caller's rights from then on: nobody has events sent to an
    /// address of their own choice with the rights of another.
    pub async fn change_webhook(&self, by: &Principal, read: &Webhook, wish: &Wish) -> Result<Webhook> {
        let Checked { name, url, filter } = self.check_webhook(by, wish)?;
        let summary = format!("Changed the webhook {name:?}");
        let to = WebhookChange {
            owner: Some(by.id()),
            name: Some(name),
            url: Some(url),
            allow_http: Some(wish.allow_http),
            filter: Some(filter),
            ..WebhookChange::new(by.id(), self.now())
        };
        self.update_webhook(by, read, &to, "Updated", summary).await
    }

    /// Stops one, until it is resumed.
    pub async fn pause_webhook(&self, by: &Principal, read: &Webhook) -> Result<Webhook> {
        if read.state != WebhookState::Active {
            return Err(DeliveryError::Conflict(format!("the webhook is {} already", read.state.as_str())));
        }
        let to = WebhookChange { state: Some((WebhookState::Paused, None)), ..WebhookChange::new(by.id(), self.now()) };
        self.update_webhook(by, read, &to, "Paused", format!("Paused the webhook {:?}", read.name)).await
    }

    /// Has one go on where it was stopped.
    pub async fn resume_webhook(&self, by: &Principal, read: &Webhook) -> Result<Webhook> {
        if read.state == WebhookState::Active {
            return Err(DeliveryError::Conflict("the webhook is active already".to_owned()));
        }
        // Without an owner it would be stopped at once.
        self.scope_of_webhook(read).await.map_err(|error| match error {
            DeliveryError::Conflict(why) => DeliveryError::Conflict(format!("{why}; change the webhook to make it yours")),
            error => error,
        })?;
        let to = WebhookChange { state: Some((WebhookState::Active, None)), ..WebhookChange::new(by.id(), self.now()) };
        self.update_webhook(by, read, &to, "Resumed", format!("Resumed the webhook {:?}", read.name)).await
    }

    /// Gives one a new secret. For a day its calls are signed with the old one too.
    pub async fn rotate_webhook(&self, by: &Principal, read: &Webhook) -> Result<Made> {
        let (now, secret) = (self.now(), Secret::generate()?);
        let old = self.open_secrets(read)?.into_iter().find(|kept| kept.until.is_none());
        let old = old.map(|old| Kept { until: Some(now.plus_micros(BOTH_SECRETS_MICROS)), ..old });
        let new = Kept { secret: secret.clone(), until: None };
        let kept: Vec<Kept> = std::iter::once(new).chain(old).collect();
        let to = WebhookChange { secrets: Some(self.seal_secrets(read.id, &kept)?), ..WebhookChange::new(by.id(), now) };
        let summary = format!("Gave the webhook {:?} a new secret", read.name);
        Ok(Made { webhook: self.update_webhook(by, read, &to, "Updated", summary).await?, secret })
    }

    /// Deletes one in the version that was read.
    pub async fn delete_webhook(&self, by: &Principal, read: &Webhook) -> Result<()> {
        let summary = format!("Deleted the webhook {:?}", read.name);
        let record = change(by, self.now(), read.id, "Deleted", summary, Some(told_of(read)), None);
        self.control.webhooks().delete(&by.tenant, read.id, read.version, Some(&record)).await?;
        self.recorded.notify_one();
        Ok(())
    }

    /// The messages that one has given up, the newest event first.
    pub async fn undelivered(&self, read: &Webhook, limit: u64) -> Result<Vec<Undelivered>> {
        Ok(self.control.webhooks().undelivered(&read.tenant, read.id, limit.min(MAX_LISTED)).await?)
    }

    /// Stops one that can't go on.
    pub(super) async fn disable_webhook(&self, webhook: &Webhook, reason: &str) -> Result<()> {
        let now = self.now();
        let told = Change {
            entity: ENTITY,
            activity: "Paused",
            instance: webhook.id.to_string(),
            summary: format!("Disabled the webhook {:?}: {reason}", webhook.name),
            before: Some(json!({"state": WebhookState::Active.as_str()})),
            after: Some(json!({"state": WebhookState::Disabled.as_str(), "reason": reason})),
        };
        let record = record::change(&webhook.tenant, &Actor::system(), now, told);
        self.control.webhooks().disable(&webhook.tenant, webhook.id, reason, now, &record).await?;
        self.recorded.notify_one();
        Ok(())
    }

    /// Calls the receiver of one, signed with each of its secrets.
    pub(super) async fn call_webhook(&self, webhook: &Webhook, id: &str, body: Bytes) -> Result<Result<CallAnswer, CallFailure>> {
        let url = Url::parse(&webhook.url).map_err(|error| DeliveryError::invalid("url", error.to_string()))?;
        let (now, kept) = (self.now(), self.open_secrets(webhook)?);
        let counting = kept.into_iter().filter(|kept| kept.until.is_none_or(|until| until > now));
        let secrets: Vec<Secret> = counting.map(|kept| kept.secret).collect();
        let call = Call { url: &url, allow_http: webhook.allow_http, secrets: &secrets, id, timestamp: now, body };
        Ok(self.caller.call(&call).await)
    }

    async fn update_webhook(
        &self,
        by: &Principal,
        read: &Webhook,
        to: &WebhookChange,
        activity: &'static str,
        summary: String,
    ) -> Result<Webhook> {
        let state = to.state.as_ref().map_or(read.state, |(state, _)| *state);
        let filter = to.filter.as_ref().unwrap_or(&read.filter);
        let (name, url) = (to.name.as_ref().unwrap_or(&read.name), to.url.as_ref().unwrap_or(&read.url));
        let after = told(name, url, to.allow_http.unwrap_or(read.allow_http), filter, state);
        let record = change(by, to.changed_at, read.id, activity, summary, Some(told_of(read)), Some(after));
        let changed = self.control.webhooks().update(&by.tenant, read.id, read.version, to, Some(&record)).await?;
        self.wake();
        self.recorded.notify_one();
        Ok(changed)
    }

    fn check_webhook(&self, by: &Principal, wish: &Wish) -> Result<Checked> {
        rows_of(by, REPORT, false)?;
        let name = wish.name.trim();
        let count = name.chars().count();
        if count == 0 || count > MAX_NAME_CHARS || name.chars().any(char::is_control) {
            let reason = format!("expected 1 to {MAX_NAME_CHARS} characters, none of them a control character");
            return Err(DeliveryError::invalid("name", reason));
        }
        wish.filter.check()?;
        let url = self.check_url(wish)?;
        let filter = serde_json::to_string(&wish.filter).map_err(|error| DeliveryError::invalid("filter", error.to_string()))?;
        Ok(Checked { name: name.to_owned(), url: url.to_string(), filter })
    }

    fn check_url(&self, wish: &Wish) -> Result<Url> {
        let wrong = |reason: String| DeliveryError::invalid("url", reason);
        if wish.url.chars().count() > MAX_URL_CHARS {
            return Err(wrong(format!("expected at most {MAX_URL_CHARS} characters")));
        }
        let url = Url::parse(wish.url.trim())
            .map_err(|error| wrong(format!("expected an address such as https://hooks.example.com/rollcall: {error}")))?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err(wrong("expected an address without user and password: receivers know Rollcall by its signature".to_owned()));
        }
        self.caller.check(&url, wish.allow_http).map_err(wrong)?;
        Ok(url)
    }

    fn seal_secrets(&self, id: Uuid, kept: &[Kept]) -> Result<Vec<u8>> {
        let text = serde_json::to_vec(kept).map(Zeroizing::new).map_err(|error| DeliveryError::Write(error.to_string()))?;
        Ok(self.access.seal(&purpose(id), &text)?)
    }

    fn open_secrets(&self, webhook: &Webhook) -> Result<Vec<Kept>> {
        let text = Zeroizing::new(self.access.open(&purpose(webhook.id), &webhook.secrets)?);
        // What is wrong with it is not told: a secret might be in that.
        serde_json::from_slice(&text).map_err(|_| DeliveryError::Write("the secrets of a webhook can't be read".to_owned()))
    }
}

fn purpose(id: Uuid) -> String {
    format!("secrets of webhook {id}")
}

pub(super) fn change(
    by: &Principal,
    now: Timestamp,
    id: Uuid,
    activity: &'static str,
    summary: String,
    before: Option<Value>,
    after: Option<Value>,
) -> Record {
    record::change(&by.tenant, &Actor::of(by), now, Change { entity: ENTITY, activity, instance: id.to_string(), summary, before, after })
}

fn told_of(webhook: &Webhook) -> Value {
    told(&webhook.name, &webhook.url, webhook.allow_http, &webhook.filter, webhook.state)
}

/// What the record says of one.
fn told(name: &str, url: &str, allow_http: bool, filter: &str, state: WebhookState) -> Value {
    let url = masked_url(url);
    let filter: Value = serde_json::from_str(filter).unwrap_or_default();
    json!({"name": name, "url": url, "allow_http": allow_http, "filter": filter, "state": state.as_str(), "secret": "..."})
}
