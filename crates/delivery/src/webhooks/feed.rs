//! Feeding a webhook: the events behind its position, one after the other, each until it was taken or given up.
//!
//! One job feeds a webhook for as long as there is something to do, and a little longer. Then it sleeps, with its position
//! at the ledger's end, and writes nothing; whoever sees that the ledger has grown wakes it. So a slow receiver holds up
//! nobody but itself, and of several nodes one feeds a webhook at a time. A node that dies between a call and the note of
//! it leaves a message that is sent again, with the same id.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use rollcall_access::Owner;
use rollcall_access::report_rights::rows_of;
use rollcall_control::webhooks::{JOB, Retry, Undelivered, Webhook, WebhookState};
use rollcall_model::{Scope, TenantId, Timestamp};
use rollcall_reports::feed::Wanted;
use serde_json::value::RawValue;
use tokio::time::Instant;
use uuid::Uuid;

use super::call::{CallAnswer, CallFailure};
use super::failures::failed_attempt;
use super::filter::Filter;
use super::message::Message;
use super::retry;
use crate::error::{DeliveryError, Result};
use crate::jobs::{Ending, Hold, Job, Stop, Work, after, delay};
use crate::service::Delivery;

/// Webhooks that one node feeds at once. Those that have nothing to do don't count.
const AT_ONCE: usize = 256;
/// Events that are read together.
const BATCH: usize = 128;
/// How often it is looked whether the ledger has grown.
const LOOK_EVERY: Duration = Duration::from_millis(200);
/// A feed that has nothing to do sleeps after so long.
const LINGER: Duration = Duration::from_secs(20);
/// A feed that always has something to do lets others have their turn after so long.
const TURN: Duration = Duration::from_secs(60);
/// A feed that sleeps looks around so often, whatever it was told.
const SLEEP: Duration = Duration::from_secs(3_600);
/// A position that has moved is noted after so long at the latest, if messages were delivered.
const NOTE_DELIVERED: Duration = Duration::from_millis(100);
/// The same, if the events needed no messages.
const NOTE_SKIPPED: Duration = Duration::from_secs(5);
/// The owner's rights are read anew after so long.
const RIGHTS_FOR: Duration = Duration::from_secs(5);
/// A call that is under way when Rollcall stops may go on for so long.
const FINISH: Duration = Duration::from_secs(4);
/// A webhook whose every message fails is disabled after so long.
const DISABLED_AFTER: Duration = Duration::from_secs(5 * 24 * 3_600);
/// The receiver wants no more.
const GONE: u16 = 410;

/// How far the ledgers of the tenants are, as far as this node has looked.
#[derive(Debug, Default)]
pub(crate) struct Heads {
    seen: Mutex<HashMap<TenantId, (Instant, i64)>>,
    /// Up to which seq sleeping feeds were woken.
    woken: Mutex<HashMap<TenantId, i64>>,
}

impl Delivery {
    /// The seq that the tenant's next event gets, as of a moment ago. Feeds share one look at the ledger.
    async fn head(&self, tenant: &TenantId) -> Result<i64> {
        let seen = self.heads.seen.lock().unwrap_or_else(PoisonError::into_inner).get(tenant).copied();
        match seen.filter(|(at, _)| at.elapsed() < LOOK_EVERY) {
            Some((_, head)) => Ok(head),
            None => self.look_at_head(tenant).await,
        }
    }

    /// The same, now.
    async fn look_at_head(&self, tenant: &TenantId) -> Result<i64> {
        let head = self.ledger.snapshot(tenant, Scope::Nothing).await?.seq();
        self.heads.seen.lock().unwrap_or_else(PoisonError::into_inner).insert(tenant.clone(), (Instant::now(), head));
        Ok(head)
    }

    /// Wakes the feeds that sleep although there is something to do.
    async fn wake_feeds(&self, whether_or_not: bool) -> Result<()> {
        for tenant in self.ledger.tenants() {
            let head = if whether_or_not { self.look_at_head(&tenant).await? } else { self.head(&tenant).await? };
            let woken = self.heads.woken.lock().unwrap_or_else(PoisonError::into_inner).insert(tenant.clone(), head);
            if whether_or_not || woken != Some(head) {
                self.control.webhooks().hurry(&tenant, head, self.now()).await?;
            }
        }
        Ok(())
    }
}

/// Feeds webhooks.
pub(crate) struct FeedWebhook;

#[async_trait]
impl Work for FeedWebhook {
    fn kind(&self) -> &'static str {
        JOB
    }

    fn at_once(&self) -> usize {
        AT_ONCE
    }

    async fn plan(&self, delivery: &Arc<Delivery>) -> Result<()> {
        // One that fell asleep while the ledger grew was not woken.
        delivery.wake_feeds(true).await
    }

    async fn look(&self, delivery: &Arc<Delivery>) -> Result<()> {
        delivery.wake_feeds(false).await
    }

    async fn run(&self, delivery: &Arc<Delivery>, job: &Job, hold: &Hold) -> Ending {
        let Ok(id) = job.subject.parse::<Uuid>() else {
            return Ending::Failed { error: format!("{:?} is no webhook's id", job.subject) };
        };
        let mut feed = Feed { delivery, tenant: &job.tenant, id, hold, began: Instant::now(), place: Place::default(), rights: None };
        let ended = feed.run().await;
        let noted = feed.note().await;
        match ended.and_then(|at| noted.map(|()| at)) {
            Ok(at) => Ending::Again { at },
            Err(error) => {
                let wait = delay(job.attempts.unsigned_abs(), Duration::from_secs(2), Duration::from_secs(300));
                Ending::Retry { at: after(delivery.now(), wait), error: error.to_string() }
            }
        }
    }
}

/// One webhook's feed.
struct Feed<'a> {
    delivery: &'a Delivery,
    tenant: &'a TenantId,
    id: Uuid,
    hold: &'a Hold,
    began: Instant,
    place: Place,
    rights: Option<(Instant, Scope)>,
}

/// How far a feed is.
#[derive(Default)]
struct Place {
    /// The seq of the first event that is not dealt with; 0 until it is known.
    position: i64,
    /// How far the database knows of it.
    noted: i64,
    noted_at: Option<Instant>,
    /// When a message was delivered of which the database does not know.
    delivered_at: Option<Timestamp>,
}

/// What came of a message.
enum Sent {
    /// It is dealt with: on to the next.
    Dealt,
    /// Nothing before a moment.
    Wait(Timestamp),
    /// The webhook is another one now, or the feed is to stop.
    LookAgain,
}

impl Feed<'_> {
    /// Feeds until there is nothing to do. Answers when to look again.
    async fn run(&mut self) -> Result<Timestamp> {
        let mut idle_since = Instant::now();
        loop {
            let sleep = after(self.delivery.now(), SLEEP);
            if self.hold.why().is_some() {
                return Ok(self.delivery.now());
            }
            let Some(webhook) = self.webhook().await? else { return Ok(sleep) };
            if webhook.state != WebhookState::Active {
                return Ok(sleep);
            }
            if let Some(retry) = webhook.retry.as_ref().filter(|retry| retry.next_at > self.delivery.now()) {
                return Ok(retry.next_at);
            }
            self.place.begin(webhook.position);
            let Some(scope) = self.scope(&webhook).await? else { return Ok(sleep) };
            match self.feed_some(&webhook, scope).await? {
                Round::Wait(at) => return Ok(at),
                Round::More => {
                    idle_since = Instant::now();
                    // Those that waited meanwhile come first.
                    if self.hold.lingers() && self.began.elapsed() >= TURN {
                        return Ok(self.delivery.now());
                    }
                }
                Round::All => {
                    if !self.hold.lingers() || !self.has_grown(&mut idle_since).await? {
                        self.note().await?;
                        return Ok(sleep);
                    }
                }
            }
        }
    }

    /// Feeds the next events.
    async fn feed_some(&mut self, webhook: &Webhook, scope: Scope) -> Result<Round> {
        let wanted: Wanted = Filter::read(&webhook.filter)?.wanted(webhook.id);
        let caller = self.delivery.asking(self.tenant, scope.clone()).await?;
        let fed = self.delivery.reports.events_from(&caller, &wanted, self.place.position, BATCH).await?;
        for event in &fed.events {
            match self.send(webhook, &scope, event).await? {
                Sent::Dealt => {}
                Sent::Wait(at) => return Ok(Round::Wait(at)),
                Sent::LookAgain => return Ok(Round::More),
            }
        }
        self.place.position = self.place.position.max(fed.next_seq);
        self.note_in_time().await?;
        Ok(if fed.is_all { Round::All } else { Round::More })
    }

    /// Sends the message about one event, unless the webhook or its rights have changed since the event was read.
    async fn send(&mut self, read: &Webhook, scope: &Scope, event: &RawValue) -> Result<Sent> {
        let message = Message::about(self.id, event)?;
        let present = self.webhook().await?;
        let Some(webhook) = present.filter(|present| present.version == read.version && self.hold.why().is_none()) else {
            return Ok(Sent::LookAgain);
        };
        if self.scope(&webhook).await?.as_ref() != Some(scope) {
            return Ok(Sent::LookAgain);
        }
        let Some(answer) = self.call(&webhook, &message).await? else { return Ok(Sent::LookAgain) };
        match answer {
            Ok(_) => {
                self.place.position = message.seq.saturating_add(1);
                self.place.delivered_at = Some(self.delivery.now());
                self.note_in_time().await?;
                Ok(Sent::Dealt)
            }
            Err(failure) => self.failed(&webhook, &message, &failure).await,
        }
    }

    /// Calls the receiver; nothing if the feed is to stop before there is an answer.
    async fn call(&self, webhook: &Webhook, message: &Message) -> Result<Option<Result<CallAnswer, CallFailure>>> {
        let calling = self.delivery.call_webhook(webhook, &message.id, message.body.clone());
        let stopped = async {
            self.hold.stopped().await;
            if self.hold.why() == Some(Stop::Shutdown) {
                tokio::time::sleep(FINISH).await;
            }
        };
        tokio::select! {
            answer = calling => answer.map(Some),
            () = stopped => Ok(None),
        }
    }

    async fn failed(&mut self, webhook: &Webhook, message: &Message, failure: &CallFailure) -> Result<Sent> {
        // What was delivered before it is not sent again.
        self.place.position = message.seq;
        self.note().await?;
        let (now, webhooks) = (self.delivery.now(), self.delivery.control.webhooks());
        let before = webhook.retry.as_ref().filter(|retry| retry.event_id == message.event_id);
        let attempts = before.map_or(0, |retry| retry.attempts).saturating_add(1);
        let first_failed_at = before.map_or(now, |retry| retry.first_failed_at);
        let record = failed_attempt(webhook, message, failure, attempts, now);
        let is_gone = failure.code == Some(GONE);
        let next = if is_gone { Some(now) } else { retry::next(now, first_failed_at, attempts, failure.retry_after) };
        let (event_id, seq, error) = (message.event_id, message.seq, failure.reason.clone());
        let sent = match next {
            Some(next_at) => {
                let retry = Retry { event_id, seq, attempts, first_failed_at, next_at, error };
                webhooks.failed(self.tenant, self.id, &retry, now, &record).await?;
                Sent::Wait(next_at)
            }
            None => {
                let event_type = message.event_type.clone();
                let given_up = Undelivered { event_id, seq, event_type, attempts, first_failed_at, given_up_at: now, error };
                webhooks.give_up(self.tenant, self.id, &given_up, &record).await?;
                self.place.begin(seq.saturating_add(1));
                tracing::warn!(webhook = %webhook.name, event = %event_id, attempts, "a message of a webhook was given up");
                Sent::LookAgain
            }
        };
        self.delivery.recorded.notify_one();
        let reason = match webhook.failing_since {
            _ if is_gone => "the receiver answered 410 Gone: it wants no more messages".to_owned(),
            Some(since) if now >= after(since, DISABLED_AFTER) => format!("everything has failed since {since}"),
            _ => return Ok(sent),
        };
        self.disable(webhook, &reason).await?;
        Ok(Sent::LookAgain)
    }

    async fn webhook(&self) -> Result<Option<Webhook>> {
        Ok(self.delivery.control.webhooks().get(self.tenant, self.id).await?)
    }

    /// The events that the owner may see now. None if nobody owns the webhook any more, which is disabled then.
    async fn scope(&mut self, webhook: &Webhook) -> Result<Option<Scope>> {
        if let Some((_, scope)) = self.rights.as_ref().filter(|(at, _)| at.elapsed() < RIGHTS_FOR) {
            return Ok(Some(scope.clone()));
        }
        match self.delivery.scope_of_webhook(webhook).await {
            Ok(scope) => {
                self.rights = Some((Instant::now(), scope.clone()));
                Ok(Some(scope))
            }
            Err(DeliveryError::Conflict(reason)) => {
                self.rights = None;
                self.disable(webhook, &reason).await?;
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    async fn disable(&self, webhook: &Webhook, reason: &str) -> Result<()> {
        tracing::warn!(webhook = %webhook.name, reason, "a webhook was disabled");
        self.delivery.disable_webhook(webhook, reason).await
    }

    /// Waits until the ledger has grown. Not, if it does not within a while, or the feed is to stop.
    async fn has_grown(&self, idle_since: &mut Instant) -> Result<bool> {
        while idle_since.elapsed() < LINGER {
            if self.delivery.head(self.tenant).await? > self.place.position {
                *idle_since = Instant::now();
                return Ok(true);
            }
            tokio::select! {
                () = self.hold.stopped() => return Ok(false),
                () = tokio::time::sleep(LOOK_EVERY) => {}
            }
        }
        Ok(false)
    }

    async fn note_in_time(&mut self) -> Result<()> {
        let within = if self.place.delivered_at.is_some() { NOTE_DELIVERED } else { NOTE_SKIPPED };
        if self.place.noted_at.is_some_and(|at| at.elapsed() < within) { Ok(()) } else { self.note().await }
    }

    /// Notes how far the feed is.
    async fn note(&mut self) -> Result<()> {
        let Place { position, noted, delivered_at, .. } = self.place;
        if position > noted {
            self.delivery.control.webhooks().advance(self.tenant, self.id, position, delivered_at).await?;
            self.place = Place { noted: position, noted_at: Some(Instant::now()), delivered_at: None, ..self.place };
        }
        Ok(())
    }
}

/// What came of some events.
enum Round {
    /// Nothing before a moment.
    Wait(Timestamp),
    /// There may be more.
    More,
    /// There are no more for now.
    All,
}

impl Place {
    /// The database knows that the feed is so far.
    fn begin(&mut self, position: i64) {
        self.noted = self.noted.max(position);
        self.position = self.position.max(position);
    }
}

impl Delivery {
    /// The events that a webhook's owner may see now. Conflict: nobody owns it any more, or they may see none.
    pub(crate) async fn scope_of_webhook(&self, webhook: &Webhook) -> Result<Scope> {
        match self.access.owner(&webhook.tenant, &webhook.owner).await? {
            Owner::Active(owner) => rows_of(&owner, super::REPORT, false)
                .map_err(|_| DeliveryError::Conflict(format!("its owner {:?} may see no events any more", owner.name))),
            Owner::Gone(why) => Err(DeliveryError::Conflict(why)),
        }
    }
}
