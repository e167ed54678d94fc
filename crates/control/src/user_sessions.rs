//! Who is signed in. A session that has ended leaves: how it ended is told by the record.

use std::fmt;

use rollcall_model::{TenantId, Timestamp};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveValue, ColumnTrait, Condition, ConnectionTrait, DatabaseConnection, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder,
    QuerySelect,
};
use uuid::Uuid;

use crate::entity::user_account;
use crate::entity::user_session::{ActiveModel, Column, Entity, Model};
use crate::error::ControlError;
use crate::outbox::{self, Record};
use crate::stored_row::StoredRow;
use crate::transaction;
use crate::users::{self, User};

/// What errors call one.
const WHAT: &str = "session";

/// A session of a user. Nothing shows the hash of its secret.
#[derive(Clone, PartialEq, Eq)]
pub struct UserSession {
    /// Which one.
    pub id: Uuid,
    /// Whose it is.
    pub tenant: TenantId,
    /// Who is signed in.
    pub user_id: Uuid,
    /// Hash of the secret that only the browser has.
    pub token_hash: [u8; 32],
    /// When it began.
    pub created_at: Timestamp,
    /// When it was last known to be used.
    pub last_seen_at: Timestamp,
    /// When it ends, however much it is used.
    pub expires_at: Timestamp,
    /// From which address they signed in.
    pub source_ip: Option<String>,
    /// With which program.
    pub user_agent: Option<String>,
    /// How they proved who they are.
    pub method: String,
    /// Which session of an OpenID provider it belongs to: issuer and, if it says one, its id.
    pub openid: Option<(String, Option<String>)>,
    /// As whom they act now.
    pub acting: Option<Acting>,
}

impl fmt::Debug for UserSession {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UserSession")
            .field("id", &self.id)
            .field("tenant", &self.tenant)
            .field("user_id", &self.user_id)
            .field("created_at", &self.created_at)
            .field("last_seen_at", &self.last_seen_at)
            .field("expires_at", &self.expires_at)
            .field("method", &self.method)
            .field("acting", &self.acting)
            .finish_non_exhaustive()
    }
}

/// An impersonation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Acting {
    /// Which impersonation.
    pub id: Uuid,
    /// As whom.
    pub user_id: Uuid,
    /// Since when.
    pub since: Timestamp,
}

/// What becomes of a user's other sessions when one more begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Others {
    /// They go on.
    Stay,
    /// If there is one, none begins.
    Refuse,
    /// If there is one besides this one, none begins.
    RefuseBut(Uuid),
    /// They end.
    End,
}

/// A session that ends because another one begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ending {
    /// Which one.
    pub session: UserSession,
    /// As whom they act in it.
    pub acting_as: Option<User>,
}

/// What became of a session that was to begin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Began {
    /// It has begun; these have ended.
    Yes(Vec<UserSession>),
    /// It has not, because of this one.
    Elsewhere(Box<UserSession>),
    /// It has not: the user may no longer sign in, or not with the password that was checked.
    Changed,
}

/// The sessions of a control database.
#[derive(Debug, Clone, Copy)]
pub struct UserSessions<'a> {
    db: &'a DatabaseConnection,
}

impl<'a> UserSessions<'a> {
    pub(crate) fn new(db: &'a DatabaseConnection) -> Self {
        UserSessions { db }
    }

    /// Begins a session. Others of the same user that were used since `used_since` and have not expired count: those that
    /// have ended by themselves are left for whoever tidies up. `records` makes what is recorded, of those that end.
    pub async fn begin(
        &self,
        session: &UserSession,
        others: Others,
        used_since: Timestamp,
        records: impl FnOnce(&[Ending]) -> Vec<Record> + Send,
    ) -> Result<Began, ControlError> {
        self.begin_if(|_| true, session, others, used_since, records).await
    }

    /// The same, if `still` holds of the user as they are at that moment: who was disabled, or got another password, while
    /// their proof was checked does not get in.
    pub async fn begin_if(
        &self,
        still: impl FnOnce(&User) -> bool + Send,
        session: &UserSession,
        others: Others,
        used_since: Timestamp,
        records: impl FnOnce(&[Ending]) -> Vec<Record> + Send,
    ) -> Result<Began, ControlError> {
        let change = transaction::changing(self.db).await?;
        // Locks the user: two sign-ins of one user don't overlook each other.
        user_account::Entity::update_many()
            .col_expr(user_account::Column::LastSignInAt, Expr::value(session.created_at.as_micros()))
            .filter(user_account::Column::Id.eq(session.user_id.to_string()))
            .exec(&change)
            .await?;
        if !users::get(&change, &session.tenant, session.user_id).await?.is_some_and(|user| still(&user)) {
            return Ok(Began::Changed);
        }
        let there = sessions(&change, Condition::all().add(Column::UserId.eq(session.user_id.to_string()))).await?;
        let lives = |other: &UserSession| other.expires_at > session.created_at && other.last_seen_at > used_since;
        let living = there.into_iter().filter(lives);
        let ended = match others {
            Others::Stay => Vec::new(),
            Others::Refuse | Others::RefuseBut(_) => {
                let is_elsewhere = |other: &UserSession| others != Others::RefuseBut(other.id);
                match living.filter(is_elsewhere).max_by_key(|other| other.last_seen_at) {
                    Some(other) => return Ok(Began::Elsewhere(Box::new(other))),
                    None => Vec::new(),
                }
            }
            Others::End => end_others(&change, living.collect()).await?,
        };
        Entity::insert(row(session)).exec_without_returning(&change).await?;
        outbox::write_all(&change, &records(&ended)).await?;
        change.commit().await?;
        Ok(Began::Yes(ended.into_iter().map(|ending| ending.session).collect()))
    }

    /// The session of that id, whosever it is: who comes is known by it alone.
    pub async fn find(&self, id: Uuid) -> Result<Option<UserSession>, ControlError> {
        Entity::find_by_id(id.to_string()).one(self.db).await?.map(UserSession::try_from).transpose()
    }

    /// The tenant's sessions, oldest first.
    pub async fn list(&self, tenant: &TenantId) -> Result<Vec<UserSession>, ControlError> {
        sessions(self.db, Condition::all().add(Column::Tenant.eq(tenant.as_str()))).await
    }

    /// The sessions of a user.
    pub async fn of_user(&self, tenant: &TenantId, user_id: Uuid) -> Result<Vec<UserSession>, ControlError> {
        let of_user = Condition::all().add(Column::Tenant.eq(tenant.as_str())).add(Column::UserId.eq(user_id.to_string()));
        sessions(self.db, of_user).await
    }

    /// The sessions that belong to those of an OpenID provider.
    pub async fn of_openid(&self, tenant: &TenantId, issuer: &str) -> Result<Vec<UserSession>, ControlError> {
        let of_issuer = Condition::all().add(Column::Tenant.eq(tenant.as_str())).add(Column::OpenidIssuer.eq(issuer));
        sessions(self.db, of_issuer).await
    }

    /// The sessions that have ended by themselves: expired by a moment, or not used since another.
    pub async fn overdue(&self, tenant: &TenantId, now: Timestamp, used_since: Timestamp) -> Result<Vec<UserSession>, ControlError> {
        let overdue = Condition::any().add(Column::ExpiresAt.lte(now.as_micros())).add(Column::LastSeenAt.lte(used_since.as_micros()));
        sessions(self.db, Condition::all().add(Column::Tenant.eq(tenant.as_str())).add(overdue)).await
    }

    /// Notes that a session was used.
    pub async fn touch(&self, id: Uuid, now: Timestamp) -> Result<(), ControlError> {
        Entity::update_many()
            .col_expr(Column::LastSeenAt, Expr::value(now.as_micros()))
            .filter(Column::Id.eq(id.to_string()))
            .filter(Column::LastSeenAt.lt(now.as_micros()))
            .exec(self.db)
            .await?;
        Ok(())
    }

    /// Ends a session, if who acts as whom in it is as it was read. Answers whether it was this that ended it: what is
    /// recorded then is recorded once. With `unused_since` it ends only if it was not used after that.
    pub async fn end(&self, session: &UserSession, unused_since: Option<Timestamp>, records: &[Record]) -> Result<bool, ControlError> {
        let change = transaction::changing(self.db).await?;
        let mut this = as_read(session);
        if let Some(since) = unused_since {
            this = this.add(Column::LastSeenAt.lte(since.as_micros()));
        }
        if Entity::delete_many().filter(this).exec(&change).await?.rows_affected == 0 {
            return Ok(false);
        }
        outbox::write_all(&change, records).await?;
        change.commit().await?;
        Ok(true)
    }

    /// Begins or ends an impersonation in a session, if it is as it was read. Answers whether it is so now.
    pub async fn act(&self, session: &UserSession, acting: Option<&Acting>, records: &[Record]) -> Result<bool, ControlError> {
        let change = transaction::changing(self.db).await?;
        let values = ActiveModel {
            acting_id: ActiveValue::Set(acting.map(|acting| acting.id.to_string())),
            acting_user_id: ActiveValue::Set(acting.map(|acting| acting.user_id.to_string())),
            acting_since: ActiveValue::Set(acting.map(|acting| acting.since.as_micros())),
            ..Default::default()
        };
        if Entity::update_many().set(values).filter(as_read(session)).exec(&change).await?.rows_affected == 0 {
            return Ok(false);
        }
        outbox::write_all(&change, records).await?;
        change.commit().await?;
        Ok(true)
    }

    /// The tenant's session of that id, which must be there.
    pub async fn require(&self, tenant: &TenantId, id: Uuid) -> Result<UserSession, ControlError> {
        let found = self.find(id).await?.filter(|session| session.tenant == *tenant);
        found.ok_or_else(|| ControlError::NotFound { what: WHAT, id: id.to_string() })
    }
}

/// Ends a user's other sessions. One that somebody else ends at the same time is theirs.
async fn end_others(change: &DatabaseTransaction, others: Vec<UserSession>) -> Result<Vec<Ending>, ControlError> {
    let mut ended = Vec::with_capacity(others.len());
    for other in others {
        let locked = Entity::find_by_id(other.id.to_string()).lock_exclusive().one(change).await?;
        let Some(session) = locked.map(UserSession::try_from).transpose()? else { continue };
        let acting_as = match &session.acting {
            Some(acting) => users::get(change, &session.tenant, acting.user_id).await?,
            None => None,
        };
        Entity::delete_many().filter(Column::Id.eq(session.id.to_string())).exec(change).await?;
        ended.push(Ending { session, acting_as });
    }
    Ok(ended)
}

/// A session in which who acts as whom is as it was read.
fn as_read(session: &UserSession) -> Condition {
    let this = Condition::all().add(Column::Id.eq(session.id.to_string()));
    match &session.acting {
        Some(acting) => this.add(Column::ActingId.eq(acting.id.to_string())),
        None => this.add(Column::ActingId.is_null()),
    }
}

async fn sessions<C: ConnectionTrait>(db: &C, condition: Condition) -> Result<Vec<UserSession>, ControlError> {
    let rows = Entity::find().filter(condition).order_by_asc(Column::CreatedAt).order_by_asc(Column::Id).all(db).await?;
    rows.into_iter().map(UserSession::try_from).collect()
}

fn row(session: &UserSession) -> ActiveModel {
    let (issuer, sid) = session.openid.clone().unzip();
    ActiveModel {
        id: ActiveValue::Set(session.id.to_string()),
        tenant: ActiveValue::Set(session.tenant.as_str().to_owned()),
        user_id: ActiveValue::Set(session.user_id.to_string()),
        token_hash: ActiveValue::Set(session.token_hash.to_vec()),
        created_at: ActiveValue::Set(session.created_at.as_micros()),
        last_seen_at: ActiveValue::Set(session.last_seen_at.as_micros()),
        expires_at: ActiveValue::Set(session.expires_at.as_micros()),
        source_ip: ActiveValue::Set(session.source_ip.clone()),
        user_agent: ActiveValue::Set(session.user_agent.clone()),
        method: ActiveValue::Set(session.method.clone()),
        openid_issuer: ActiveValue::Set(issuer),
        openid_sid: ActiveValue::Set(sid.flatten()),
        acting_id: ActiveValue::Set(session.acting.as_ref().map(|acting| acting.id.to_string())),
        acting_user_id: ActiveValue::Set(session.acting.as_ref().map(|acting| acting.user_id.to_string())),
        acting_since: ActiveValue::Set(session.acting.as_ref().map(|acting| acting.since.as_micros())),
    }
}

impl TryFrom<Model> for UserSession {
    type Error = ControlError;

    fn try_from(row: Model) -> Result<Self, ControlError> {
        let stored = StoredRow::new("user_session", [&row.id]);
        let acting = match (&row.acting_id, &row.acting_user_id, row.acting_since) {
            (Some(id), Some(user_id), Some(since)) => Some(Acting {
                id: stored.uuid("acting_id", id)?,
                user_id: stored.uuid("acting_user_id", user_id)?,
                since: stored.time("acting_since", since)?,
            }),
            _ => None,
        };
        Ok(UserSession {
            id: stored.uuid("id", &row.id)?,
            tenant: stored.tenant(&row.tenant)?,
            user_id: stored.uuid("user_id", &row.user_id)?,
            token_hash: <[u8; 32]>::try_from(row.token_hash.as_slice())
                .map_err(|_| stored.damaged("token_hash", format!("expected 32 bytes, got {}", row.token_hash.len())))?,
            created_at: stored.time("created_at", row.created_at)?,
            last_seen_at: stored.time("last_seen_at", row.last_seen_at)?,
            expires_at: stored.time("expires_at", row.expires_at)?,
            acting,
            source_ip: row.source_ip,
            user_agent: row.user_agent,
            method: row.method,
            openid: row.openid_issuer.map(|issuer| (issuer, row.openid_sid)),
        })
    }
}
