//! API keys: storing, finding, listing and revoking them.
//!
//! A key's secret never comes here, only its hash. What the scopes mean is the access floor's business.

use std::fmt;

use rollcall_model::{TenantId, Timestamp};
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveValue, ColumnTrait, Condition, DatabaseConnection, EntityTrait, QueryFilter, QueryOrder};
use uuid::Uuid;

use crate::entity::api_key::{ActiveModel, Column, Entity, Model};
use crate::error::ControlError;
use crate::outbox::{self, Record};
use crate::stored_row::StoredRow;
use crate::transaction;

/// Bytes of a key's hash.
pub const HASH_BYTES: usize = 32;

/// An API key as it is stored. Nothing shows the hash of its secret.
#[derive(Clone, PartialEq, Eq)]
pub struct ApiKey {
    /// Which key.
    pub id: Uuid,
    /// Whose it is.
    pub tenant: TenantId,
    /// What its maker calls it.
    pub name: String,
    /// Hash of its secret.
    pub key_hash: [u8; HASH_BYTES],
    /// What it may do.
    pub scopes: Vec<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// From when on it no longer counts.
    pub expires_at: Option<Timestamp>,
    /// When it was last known to be used.
    pub last_used_at: Option<Timestamp>,
    /// Since when it no longer counts.
    pub revoked_at: Option<Timestamp>,
    /// Which rows it may show, JSON; without that, every row.
    pub data_scope: Option<String>,
    /// Who made it.
    pub created_by: Option<String>,
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApiKey")
            .field("id", &self.id)
            .field("tenant", &self.tenant)
            .field("name", &self.name)
            .field("scopes", &self.scopes)
            .field("created_at", &self.created_at)
            .field("expires_at", &self.expires_at)
            .field("last_used_at", &self.last_used_at)
            .field("revoked_at", &self.revoked_at)
            .field("data_scope", &self.data_scope)
            .field("created_by", &self.created_by)
            .finish_non_exhaustive()
    }
}

/// The API keys of a control database.
#[derive(Debug, Clone, Copy)]
pub struct ApiKeys<'a> {
    db: &'a DatabaseConnection,
}

impl<'a> ApiKeys<'a> {
    pub(crate) fn new(db: &'a DatabaseConnection) -> Self {
        ApiKeys { db }
    }

    /// Stores a new key.
    pub async fn create(&self, key: &ApiKey, records: &[Record]) -> Result<(), ControlError> {
        let change = transaction::changing(self.db).await?;
        Entity::insert(ActiveModel {
            id: ActiveValue::Set(key.id.to_string()),
            tenant: ActiveValue::Set(key.tenant.as_str().to_owned()),
            name: ActiveValue::Set(key.name.clone()),
            key_hash: ActiveValue::Set(key.key_hash.to_vec()),
            scopes: ActiveValue::Set(serde_json::json!(key.scopes).to_string()),
            created_at: ActiveValue::Set(key.created_at.as_micros()),
            expires_at: ActiveValue::Set(key.expires_at.map(Timestamp::as_micros)),
            last_used_at: ActiveValue::Set(key.last_used_at.map(Timestamp::as_micros)),
            revoked_at: ActiveValue::Set(key.revoked_at.map(Timestamp::as_micros)),
            data_scope: ActiveValue::Set(key.data_scope.clone()),
            created_by: ActiveValue::Set(key.created_by.clone()),
        })
        .exec_without_returning(&change)
        .await?;
        outbox::write_all(&change, records).await?;
        Ok(change.commit().await?)
    }

    /// A tenant's keys, oldest first, revoked and expired ones too.
    pub async fn list(&self, tenant: &TenantId) -> Result<Vec<ApiKey>, ControlError> {
        let rows = Entity::find()
            .filter(Column::Tenant.eq(tenant.as_str()))
            .order_by_asc(Column::CreatedAt)
            .order_by_asc(Column::Id)
            .all(self.db)
            .await?;
        rows.into_iter().map(ApiKey::try_from).collect()
    }

    /// The key of that id, whosever it is: a caller is known by the key alone.
    pub async fn find(&self, id: Uuid) -> Result<Option<ApiKey>, ControlError> {
        Entity::find_by_id(id.to_string()).one(self.db).await?.map(ApiKey::try_from).transpose()
    }

    /// Revokes a tenant's key from `now` on, for good; a key that is revoked stays revoked since when it
    /// was, and nothing is recorded. Answers whether the tenant has such a key.
    pub async fn revoke(&self, tenant: &TenantId, id: Uuid, now: Timestamp, records: &[Record]) -> Result<bool, ControlError> {
        let change = transaction::changing(self.db).await?;
        let of_tenant = || Condition::all().add(Column::Id.eq(id.to_string())).add(Column::Tenant.eq(tenant.as_str()));
        let revoked = Entity::update_many()
            .col_expr(Column::RevokedAt, Expr::value(now.as_micros()))
            .filter(of_tenant().add(Column::RevokedAt.is_null()))
            .exec(&change)
            .await?;
        if revoked.rows_affected == 0 {
            return Ok(Entity::find().filter(of_tenant()).one(&change).await?.is_some());
        }
        outbox::write_all(&change, records).await?;
        change.commit().await?;
        Ok(true)
    }

    /// Notes that a key was used at `now`, unless a later use is noted.
    pub async fn touch(&self, id: Uuid, now: Timestamp) -> Result<(), ControlError> {
        let earlier = Condition::any().add(Column::LastUsedAt.is_null()).add(Column::LastUsedAt.lt(now.as_micros()));
        Entity::update_many()
            .col_expr(Column::LastUsedAt, Expr::value(now.as_micros()))
            .filter(Column::Id.eq(id.to_string()))
            .filter(earlier)
            .exec(self.db)
            .await?;
        Ok(())
    }
}

impl TryFrom<Model> for ApiKey {
    type Error = ControlError;

    fn try_from(row: Model) -> Result<Self, ControlError> {
        let stored = StoredRow::new("api_key", [&row.id]);
        Ok(ApiKey {
            id: stored.uuid("id", &row.id)?,
            tenant: stored.tenant(&row.tenant)?,
            key_hash: <[u8; HASH_BYTES]>::try_from(row.key_hash.as_slice())
                .map_err(|_| stored.damaged("key_hash", format!("expected {HASH_BYTES} bytes, got {}", row.key_hash.len())))?,
            scopes: stored.json("scopes", serde_json::from_str(&row.scopes), "a JSON array of texts")?,
            created_at: stored.time("created_at", row.created_at)?,
            expires_at: stored.optional_time("expires_at", row.expires_at)?,
            last_used_at: stored.optional_time("last_used_at", row.last_used_at)?,
            revoked_at: stored.optional_time("revoked_at", row.revoked_at)?,
            data_scope: row.data_scope,
            created_by: row.created_by,
            name: row.name,
        })
    }
}
