//! Webhooks: which other systems are told of events, how far each of them was told, and what could not be delivered.
//!
//! Two sorts of changes meet in a row. People change what is set up, and name the version that they have read. The feed
//! notes how far it is; that is no new version, and it never goes back.

use rollcall_model::{TenantId, Timestamp};
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict};
use sea_orm::{
    ActiveValue, ColumnTrait, Condition, DatabaseConnection, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
};
use uuid::Uuid;

use crate::entity::webhook::{ActiveModel, Column, Entity, Model};
use crate::entity::webhook_undelivered as undelivered;
use crate::error::ControlError;
use crate::fold::fold;
use crate::jobs::{self, NewJob};
use crate::outbox::{self, Record};
use crate::stored_row::StoredRow;
use crate::transaction;
use crate::versioned::{conflict, refusal_of_name, set};

/// What errors call one.
const WHAT: &str = "webhook";
/// The kind of the jobs that feed webhooks.
pub const JOB: &str = "webhook";

/// Whether a webhook is fed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WebhookState {
    /// It is.
    Active,
    /// Somebody has stopped it.
    Paused,
    /// It was stopped, for it could not go on.
    Disabled,
}

impl WebhookState {
    /// Every state.
    pub const ALL: [WebhookState; 3] = [WebhookState::Active, WebhookState::Paused, WebhookState::Disabled];

    /// The word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            WebhookState::Active => "active",
            WebhookState::Paused => "paused",
            WebhookState::Disabled => "disabled",
        }
    }
}

/// A webhook that is to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewWebhook {
    /// Its id, a UUID that nothing else has.
    pub id: Uuid,
    /// Whose it is.
    pub tenant: TenantId,
    /// Whose rights it has.
    pub owner: String,
    /// Its name. White space around it is cut off.
    pub name: String,
    /// Where it calls.
    pub url: String,
    /// Whether it may call without TLS.
    pub allow_http: bool,
    /// Which events, JSON.
    pub filter: String,
    /// What calls are signed with, encrypted.
    pub secrets: Vec<u8>,
    /// The seq of the first event that it is told of.
    pub position: i64,
    /// When it is made.
    pub created_at: Timestamp,
}

/// What is to be otherwise. What is `None` stays as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebhookChange {
    /// Whose rights it has.
    pub owner: Option<String>,
    /// Another name.
    pub name: Option<String>,
    /// Where it calls.
    pub url: Option<String>,
    /// Whether it may call without TLS.
    pub allow_http: Option<bool>,
    /// Which events, JSON.
    pub filter: Option<String>,
    /// What calls are signed with, encrypted.
    pub secrets: Option<Vec<u8>>,
    /// Whether it is fed, and why not if it was stopped.
    pub state: Option<(WebhookState, Option<String>)>,
    /// Who changes it.
    pub changed_by: String,
    /// When it changes.
    pub changed_at: Timestamp,
}

impl WebhookChange {
    /// A change of nothing so far.
    pub fn new(changed_by: impl Into<String>, changed_at: Timestamp) -> Self {
        let changed_by = changed_by.into();
        WebhookChange {
            owner: None,
            name: None,
            url: None,
            allow_http: None,
            filter: None,
            secrets: None,
            state: None,
            changed_by,
            changed_at,
        }
    }
}

/// A message that has failed, and is sent again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Retry {
    /// The event that it tells of.
    pub event_id: Uuid,
    /// Its seq.
    pub seq: i64,
    /// How often it has failed.
    pub attempts: i32,
    /// When it failed first.
    pub first_failed_at: Timestamp,
    /// Not before.
    pub next_at: Timestamp,
    /// Why it failed last.
    pub error: String,
}

/// A webhook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Webhook {
    /// Which one.
    pub id: Uuid,
    /// Whose it is.
    pub tenant: TenantId,
    /// Whose rights it has.
    pub owner: String,
    /// Its name, which no other of its tenant has, whatever the case.
    pub name: String,
    /// Where it calls.
    pub url: String,
    /// Whether it may call without TLS.
    pub allow_http: bool,
    /// Which events, JSON.
    pub filter: String,
    /// What calls are signed with, encrypted.
    pub secrets: Vec<u8>,
    /// Whether it is fed.
    pub state: WebhookState,
    /// Why it was stopped.
    pub state_reason: Option<String>,
    /// The seq of the first event that it has not dealt with.
    pub position: i64,
    /// The message that has failed, if one has.
    pub retry: Option<Retry>,
    /// Since when nothing was delivered but everything has failed.
    pub failing_since: Option<Timestamp>,
    /// When it last delivered a message.
    pub delivered_at: Option<Timestamp>,
    /// 1 at first; each change makes it one more.
    pub version: i64,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub changed_at: Timestamp,
    /// Who changed it last.
    pub changed_by: String,
}

/// A message that was given up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Undelivered {
    /// The event that it tells of.
    pub event_id: Uuid,
    /// Its seq.
    pub seq: i64,
    /// The type of the message.
    pub event_type: String,
    /// How often it has failed.
    pub attempts: i32,
    /// When it failed first.
    pub first_failed_at: Timestamp,
    /// When it was given up.
    pub given_up_at: Timestamp,
    /// Why it failed last.
    pub error: String,
}

/// The webhooks of a control database.
#[derive(Debug, Clone, Copy)]
pub struct Webhooks<'a> {
    db: &'a DatabaseConnection,
}

impl<'a> Webhooks<'a> {
    pub(crate) fn new(db: &'a DatabaseConnection) -> Self {
        Webhooks { db }
    }

    /// Makes a webhook with the job that feeds it. Refuses a name that another one of the tenant has.
    pub async fn create(&self, new: &NewWebhook, record: Option<&Record>) -> Result<Webhook, ControlError> {
        let name = new.name.trim();
        let row = ActiveModel {
            id: ActiveValue::Set(new.id.to_string()),
            tenant: ActiveValue::Set(new.tenant.as_str().to_owned()),
            owner: ActiveValue::Set(new.owner.clone()),
            name: ActiveValue::Set(name.to_owned()),
            name_folded: ActiveValue::Set(fold(name)),
            url: ActiveValue::Set(new.url.clone()),
            allow_http: ActiveValue::Set(new.allow_http),
            filter: ActiveValue::Set(new.filter.clone()),
            secrets: ActiveValue::Set(new.secrets.clone()),
            state: ActiveValue::Set(WebhookState::Active.as_str().to_owned()),
            state_reason: ActiveValue::Set(None),
            position: ActiveValue::Set(new.position),
            failing_since: ActiveValue::Set(None),
            delivered_at: ActiveValue::Set(None),
            version: ActiveValue::Set(1),
            created_at: ActiveValue::Set(new.created_at.as_micros()),
            changed_at: ActiveValue::Set(new.created_at.as_micros()),
            changed_by: ActiveValue::Set(new.owner.clone()),
            ..no_retry()
        };
        let unless_taken = OnConflict::columns([Column::Tenant, Column::NameFolded]).do_nothing().to_owned();
        let change = transaction::changing(self.db).await?;
        if Entity::insert(row).on_conflict(unless_taken).exec_without_returning(&change).await? == 0 {
            return Err(name_taken(name));
        }
        let job = NewJob {
            tenant: new.tenant.clone(),
            kind: JOB.to_owned(),
            subject: new.id.to_string(),
            run_at: new.created_at,
            created_at: new.created_at,
        };
        jobs::insert(&change, &job).await?;
        let made = require(&change, &new.tenant, new.id).await?;
        outbox::write(&change, record).await?;
        change.commit().await?;
        Ok(made)
    }

    /// Changes the version of a webhook that the caller has read, and has it fed at once if it is active.
    pub async fn update(
        &self,
        tenant: &TenantId,
        id: Uuid,
        expected_version: i64,
        to: &WebhookChange,
        record: Option<&Record>,
    ) -> Result<Webhook, ControlError> {
        let name = to.name.as_deref().map(str::trim);
        let (state, reason) = to.state.clone().unzip();
        let values = ActiveModel {
            owner: set(to.owner.clone()),
            name: set(name.map(str::to_owned)),
            name_folded: set(name.map(fold)),
            url: set(to.url.clone()),
            allow_http: set(to.allow_http),
            filter: set(to.filter.clone()),
            secrets: set(to.secrets.clone()),
            state: set(state.map(|state| state.as_str().to_owned())),
            state_reason: reason.map_or(ActiveValue::NotSet, ActiveValue::Set),
            version: ActiveValue::Set(expected_version.saturating_add(1)),
            changed_at: ActiveValue::Set(to.changed_at.as_micros()),
            changed_by: ActiveValue::Set(to.changed_by.clone()),
            ..Default::default()
        };
        let change = transaction::changing(self.db).await?;
        let updated = Entity::update_many()
            .set(values)
            .filter(this(tenant, id).add(Column::Version.eq(expected_version)))
            .exec(&change)
            .await
            .map_err(|error| refusal_of_name(error, || name_taken(name.unwrap_or_default())))?;
        if updated.rows_affected == 0 {
            let present = require(&change, tenant, id).await?;
            return Err(conflict(WHAT, id, expected_version, present.version));
        }
        if state == Some(WebhookState::Active) {
            // How long it failed before counts no longer.
            let anew = ActiveModel { failing_since: ActiveValue::Set(None), ..Default::default() };
            Entity::update_many().set(anew).filter(this(tenant, id)).exec(&change).await?;
        }
        let failed = this(tenant, id).add(Column::NextAt.gt(to.changed_at.as_micros()));
        let at_once = ActiveModel { next_at: ActiveValue::Set(Some(to.changed_at.as_micros())), ..Default::default() };
        Entity::update_many().set(at_once).filter(failed).exec(&change).await?;
        jobs::hurry(&change, tenant, JOB, &[id.to_string()], to.changed_at).await?;
        let changed = require(&change, tenant, id).await?;
        outbox::write(&change, record).await?;
        change.commit().await?;
        Ok(changed)
    }

    /// Deletes the version of a webhook that the caller has read, with its job and what it could not deliver.
    pub async fn delete(&self, tenant: &TenantId, id: Uuid, expected_version: i64, record: Option<&Record>) -> Result<(), ControlError> {
        let change = transaction::changing(self.db).await?;
        let that_version = this(tenant, id).add(Column::Version.eq(expected_version));
        if Entity::delete_many().filter(that_version).exec(&change).await?.rows_affected == 0 {
            let present = require(&change, tenant, id).await?;
            return Err(conflict(WHAT, id, expected_version, present.version));
        }
        undelivered::Entity::delete_many().filter(undelivered::Column::WebhookId.eq(id.to_string())).exec(&change).await?;
        jobs::remove(&change, tenant, JOB, &id.to_string()).await?;
        outbox::write(&change, record).await?;
        Ok(change.commit().await?)
    }

    /// The tenant's webhook of that id.
    pub async fn get(&self, tenant: &TenantId, id: Uuid) -> Result<Option<Webhook>, ControlError> {
        Entity::find().filter(this(tenant, id)).one(self.db).await?.map(Webhook::try_from).transpose()
    }

    /// The tenant's webhooks by name.
    pub async fn list(&self, tenant: &TenantId) -> Result<Vec<Webhook>, ControlError> {
        let these = Entity::find().filter(Column::Tenant.eq(tenant.as_str()));
        these.order_by_asc(Column::NameFolded).all(self.db).await?.into_iter().map(Webhook::try_from).collect()
    }

    /// Notes that a webhook has dealt with all events before a position, and when it delivered one of them. What it has
    /// dealt with it has dealt with: a position that is behind changes nothing.
    pub async fn advance(&self, tenant: &TenantId, id: Uuid, position: i64, delivered_at: Option<Timestamp>) -> Result<(), ControlError> {
        let ahead = this(tenant, id).add(Column::Position.lt(position));
        let values = ActiveModel {
            position: ActiveValue::Set(position),
            delivered_at: set(delivered_at.map(|at| Some(at.as_micros()))),
            // A delivery ends the failing; that an event needs no message does not.
            failing_since: if delivered_at.is_some() { ActiveValue::Set(None) } else { ActiveValue::NotSet },
            ..no_retry()
        };
        Entity::update_many().set(values).filter(ahead).exec(self.db).await?;
        Ok(())
    }

    /// Notes a failed attempt, with its record.
    pub async fn failed(&self, tenant: &TenantId, id: Uuid, retry: &Retry, now: Timestamp, record: &Record) -> Result<(), ControlError> {
        let change = transaction::changing(self.db).await?;
        let values = ActiveModel {
            attempts: ActiveValue::Set(retry.attempts),
            retry_event_id: ActiveValue::Set(Some(retry.event_id.to_string())),
            retry_seq: ActiveValue::Set(Some(retry.seq)),
            first_failed_at: ActiveValue::Set(Some(retry.first_failed_at.as_micros())),
            next_at: ActiveValue::Set(Some(retry.next_at.as_micros())),
            last_error: ActiveValue::Set(Some(retry.error.clone())),
            ..Default::default()
        };
        // Another node that is further has dealt with it.
        let still_there = this(tenant, id).add(Column::Position.lte(retry.seq));
        Entity::update_many().set(values).filter(still_there).exec(&change).await?;
        failing(&change, tenant, id, now).await?;
        outbox::write(&change, Some(record)).await?;
        Ok(change.commit().await?)
    }

    /// Gives a message up with the record of its last attempt, and goes on behind it.
    pub async fn give_up(&self, tenant: &TenantId, id: Uuid, message: &Undelivered, record: &Record) -> Result<(), ControlError> {
        let change = transaction::changing(self.db).await?;
        let behind = this(tenant, id).add(Column::Position.lte(message.seq));
        let values = ActiveModel { position: ActiveValue::Set(message.seq.saturating_add(1)), ..no_retry() };
        if Entity::update_many().set(values).filter(behind).exec(&change).await?.rows_affected > 0 {
            failing(&change, tenant, id, message.given_up_at).await?;
            let row = undelivered::ActiveModel {
                webhook_id: ActiveValue::Set(id.to_string()),
                event_id: ActiveValue::Set(message.event_id.to_string()),
                tenant: ActiveValue::Set(tenant.as_str().to_owned()),
                seq: ActiveValue::Set(message.seq),
                event_type: ActiveValue::Set(message.event_type.clone()),
                attempts: ActiveValue::Set(message.attempts),
                first_failed_at: ActiveValue::Set(message.first_failed_at.as_micros()),
                given_up_at: ActiveValue::Set(message.given_up_at.as_micros()),
                last_error: ActiveValue::Set(message.error.clone()),
            };
            let unless_there = OnConflict::columns([undelivered::Column::WebhookId, undelivered::Column::EventId]).do_nothing().to_owned();
            undelivered::Entity::insert(row).on_conflict(unless_there).exec_without_returning(&change).await?;
        }
        outbox::write(&change, Some(record)).await?;
        Ok(change.commit().await?)
    }

    /// Stops an active webhook that can't go on, with the record of that.
    pub async fn disable(&self, tenant: &TenantId, id: Uuid, reason: &str, now: Timestamp, record: &Record) -> Result<(), ControlError> {
        let change = transaction::changing(self.db).await?;
        let active = this(tenant, id).add(Column::State.eq(WebhookState::Active.as_str()));
        let disabled = Entity::update_many()
            .col_expr(Column::State, Expr::value(WebhookState::Disabled.as_str()))
            .col_expr(Column::StateReason, Expr::value(reason))
            .col_expr(Column::Version, Expr::col(Column::Version).add(1))
            .col_expr(Column::ChangedAt, Expr::value(now.as_micros()))
            .col_expr(Column::ChangedBy, Expr::value("system"))
            .filter(active)
            .exec(&change)
            .await?;
        if disabled.rows_affected > 0 {
            outbox::write(&change, Some(record)).await?;
        }
        Ok(change.commit().await?)
    }

    /// The messages that a webhook has given up, the newest event first, at most `limit`.
    pub async fn undelivered(&self, tenant: &TenantId, id: Uuid, limit: u64) -> Result<Vec<Undelivered>, ControlError> {
        let rows = undelivered::Entity::find().filter(of_webhook(tenant, id)).order_by_desc(undelivered::Column::Seq).limit(limit);
        rows.all(self.db).await?.into_iter().map(Undelivered::try_from).collect()
    }

    /// The message about an event that a webhook has given up.
    pub async fn undelivered_about(&self, tenant: &TenantId, id: Uuid, event_id: Uuid) -> Result<Option<Undelivered>, ControlError> {
        let this = of_webhook(tenant, id).add(undelivered::Column::EventId.eq(event_id.to_string()));
        undelivered::Entity::find().filter(this).one(self.db).await?.map(Undelivered::try_from).transpose()
    }

    /// A message that was given up was delivered after all.
    pub async fn settle(&self, tenant: &TenantId, id: Uuid, event_id: Uuid) -> Result<(), ControlError> {
        let this = of_webhook(tenant, id).add(undelivered::Column::EventId.eq(event_id.to_string()));
        undelivered::Entity::delete_many().filter(this).exec(self.db).await?;
        Ok(())
    }

    /// Has active webhooks fed at once that have not dealt with all events before a position and do not wait for a message
    /// to be sent again. Writes nothing while there are none.
    pub async fn hurry(&self, tenant: &TenantId, head: i64, now: Timestamp) -> Result<u64, ControlError> {
        let free = Condition::any().add(Column::NextAt.is_null()).add(Column::NextAt.lte(now.as_micros()));
        let behind: Vec<String> = Entity::find()
            .select_only()
            .column(Column::Id)
            .filter(Column::Tenant.eq(tenant.as_str()))
            .filter(Column::State.eq(WebhookState::Active.as_str()))
            .filter(Column::Position.lt(head))
            .filter(free)
            .into_tuple()
            .all(self.db)
            .await?;
        if behind.is_empty() { Ok(0) } else { jobs::hurry(self.db, tenant, JOB, &behind, now).await }
    }
}

/// No message waits to be sent again.
fn no_retry() -> ActiveModel {
    ActiveModel {
        attempts: ActiveValue::Set(0),
        retry_event_id: ActiveValue::Set(None),
        retry_seq: ActiveValue::Set(None),
        first_failed_at: ActiveValue::Set(None),
        next_at: ActiveValue::Set(None),
        last_error: ActiveValue::Set(None),
        ..Default::default()
    }
}

/// Notes since when it fails.
async fn failing(change: &DatabaseTransaction, tenant: &TenantId, id: Uuid, now: Timestamp) -> Result<(), ControlError> {
    let first = this(tenant, id).add(Column::FailingSince.is_null());
    let since = ActiveModel { failing_since: ActiveValue::Set(Some(now.as_micros())), ..Default::default() };
    Entity::update_many().set(since).filter(first).exec(change).await?;
    Ok(())
}

/// The webhook as it is now in the transaction, which must be there.
async fn require(change: &DatabaseTransaction, tenant: &TenantId, id: Uuid) -> Result<Webhook, ControlError> {
    match Entity::find().filter(this(tenant, id)).one(change).await? {
        Some(row) => row.try_into(),
        None => Err(ControlError::NotFound { what: WHAT, id: id.to_string() }),
    }
}

fn this(tenant: &TenantId, id: Uuid) -> Condition {
    Condition::all().add(Column::Id.eq(id.to_string())).add(Column::Tenant.eq(tenant.as_str()))
}

fn of_webhook(tenant: &TenantId, id: Uuid) -> Condition {
    Condition::all().add(undelivered::Column::WebhookId.eq(id.to_string())).add(undelivered::Column::Tenant.eq(tenant.as_str()))
}

fn name_taken(name: &str) -> ControlError {
    ControlError::WebhookTaken { name: name.to_owned() }
}

impl TryFrom<Model> for Webhook {
    type Error = ControlError;

    fn try_from(row: Model) -> Result<Self, ControlError> {
        let stored = StoredRow::new("webhook", [&row.id]);
        let state = WebhookState::ALL.into_iter().find(|state| state.as_str() == row.state);
        let next_at = stored.optional_time("next_at", row.next_at)?;
        let first_failed_at = stored.optional_time("first_failed_at", row.first_failed_at)?;
        let retry = match (&row.retry_event_id, row.retry_seq, first_failed_at, next_at) {
            (Some(event_id), Some(seq), Some(first_failed_at), Some(next_at)) => Some(Retry {
                event_id: stored.uuid("retry_event_id", event_id)?,
                seq,
                attempts: row.attempts,
                first_failed_at,
                next_at,
                error: row.last_error.clone().unwrap_or_default(),
            }),
            _ => None,
        };
        Ok(Webhook {
            id: stored.uuid("id", &row.id)?,
            tenant: stored.tenant(&row.tenant)?,
            state: state.ok_or_else(|| stored.damaged("state", "expected active, paused or disabled"))?,
            failing_since: stored.optional_time("failing_since", row.failing_since)?,
            delivered_at: stored.optional_time("delivered_at", row.delivered_at)?,
            created_at: stored.time("created_at", row.created_at)?,
            changed_at: stored.time("changed_at", row.changed_at)?,
            owner: row.owner,
            name: row.name,
            url: row.url,
            allow_http: row.allow_http,
            filter: row.filter,
            secrets: row.secrets,
            state_reason: row.state_reason,
            position: row.position,
            retry,
            version: row.version,
            changed_by: row.changed_by,
        })
    }
}

impl TryFrom<undelivered::Model> for Undelivered {
    type Error = ControlError;

    fn try_from(row: undelivered::Model) -> Result<Self, ControlError> {
        let stored = StoredRow::new("webhook_undelivered", [&row.webhook_id, &row.event_id]);
        Ok(Undelivered {
            event_id: stored.uuid("event_id", &row.event_id)?,
            first_failed_at: stored.time("first_failed_at", row.first_failed_at)?,
            given_up_at: stored.time("given_up_at", row.given_up_at)?,
            seq: row.seq,
            event_type: row.event_type,
            attempts: row.attempts,
            error: row.last_error,
        })
    }
}
