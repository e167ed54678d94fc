//! Attempts at signing in: how many have failed of late, and sign-ins that wait for an OpenID provider.

use std::fmt;

use rollcall_model::{TenantId, Timestamp};
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict};
use sea_orm::{ActiveValue, ColumnTrait, DatabaseConnection, DatabaseTransaction, EntityTrait, QueryFilter};

use crate::entity::{openid_state, sign_in_throttle};
use crate::error::ControlError;
use crate::stored_row::StoredRow;
use crate::transaction;

/// How often signing in has failed for a subject: an account, an address, or both.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Failures {
    /// How often in a row.
    pub count: i64,
    /// When last.
    pub last_at: Timestamp,
}

/// An attempt that counts as failed, until it is known better.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counted {
    /// When it was made.
    at: Timestamp,
    /// How often it had failed for each subject before.
    before: Vec<(String, Failures)>,
}

/// A sign-in that waits: for an OpenID provider, or for a decision of whoever signs in. Nothing shows with what it goes on.
#[derive(Clone, PartialEq, Eq)]
pub struct Waiting {
    /// Whose it is.
    pub tenant: TenantId,
    /// What must be known to go on, JSON.
    pub content: String,
    /// Until when it waits.
    pub expires_at: Timestamp,
}

impl fmt::Debug for Waiting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Waiting").field("tenant", &self.tenant).field("expires_at", &self.expires_at).finish_non_exhaustive()
    }
}

/// Attempts at signing in of a control database.
#[derive(Debug, Clone, Copy)]
pub struct SignIns<'a> {
    db: &'a DatabaseConnection,
}

impl<'a> SignIns<'a> {
    pub(crate) fn new(db: &'a DatabaseConnection) -> Self {
        SignIns { db }
    }

    /// Counts an attempt for each subject as failed until it is known better, unless `refused` answers of one that it
    /// must wait: then nothing is counted, and that answer is given. Subjects are to be given in the same order always: the rows
    /// are locked in it.
    pub async fn attempt<R>(
        &self,
        subjects: &[String],
        now: Timestamp,
        refused: impl Fn(&str, Failures) -> Option<R>,
    ) -> Result<Result<Counted, R>, ControlError> {
        use sign_in_throttle::{ActiveModel, Column, Entity};
        let mut before = Vec::with_capacity(subjects.len());
        let change = transaction::changing(self.db).await?;
        for subject in subjects {
            let row = ActiveModel {
                subject: ActiveValue::Set(subject.clone()),
                failures: ActiveValue::Set(0),
                last_at: ActiveValue::Set(now.as_micros()),
            };
            // The row is locked from here on, whether it was there or not.
            let there = OnConflict::column(Column::Subject).update_column(Column::Subject).to_owned();
            Entity::insert(row).on_conflict(there).exec_without_returning(&change).await?;
            let Some(row) = Entity::find_by_id(subject.clone()).one(&change).await? else { continue };
            let stored = StoredRow::new("sign_in_throttle", [subject.as_str()]);
            let failures = Failures { count: row.failures, last_at: stored.time("last_at", row.last_at)? };
            if let Some(refusal) = refused(subject, failures) {
                return Ok(Err(refusal));
            }
            Entity::update_many()
                .col_expr(Column::Failures, Expr::value(row.failures.saturating_add(1)))
                .col_expr(Column::LastAt, Expr::value(now.as_micros()))
                .filter(Column::Subject.eq(subject.clone()))
                .exec(&change)
                .await?;
            before.push((subject.clone(), failures));
        }
        change.commit().await?;
        Ok(Ok(Counted { at: now, before }))
    }

    /// An attempt succeeded: what has failed for those of its subjects that `is_forgiven` says is forgotten; for the others
    /// it counts no longer, and what failed before it still does.
    pub async fn succeeded(&self, attempt: &Counted, is_forgiven: impl Fn(&str) -> bool) -> Result<(), ControlError> {
        use sign_in_throttle::Entity;
        let change = transaction::changing(self.db).await?;
        // In the order in which attempts lock them.
        for (subject, before) in &attempt.before {
            if is_forgiven(subject) {
                Entity::delete_by_id(subject.clone()).exec(&change).await?;
            } else {
                take_back(&change, attempt, subject, *before).await?;
            }
        }
        Ok(change.commit().await?)
    }

    /// An attempt has neither failed nor succeeded: it counts no longer, and what failed before it still does.
    pub async fn withdraw(&self, attempt: &Counted) -> Result<(), ControlError> {
        let change = transaction::changing(self.db).await?;
        for (subject, before) in &attempt.before {
            take_back(&change, attempt, subject, *before).await?;
        }
        Ok(change.commit().await?)
    }

    /// Forgets what failed up to a moment, and what has waited in vain until another.
    pub async fn forget(&self, failed_until: Timestamp, now: Timestamp) -> Result<(), ControlError> {
        let failed = sign_in_throttle::Column::LastAt.lte(failed_until.as_micros());
        sign_in_throttle::Entity::delete_many().filter(failed).exec(self.db).await?;
        let waited = openid_state::Column::ExpiresAt.lte(now.as_micros());
        openid_state::Entity::delete_many().filter(waited).exec(self.db).await?;
        Ok(())
    }

    /// Keeps a sign-in that waits, under an id that only whoever signs in knows.
    pub async fn wait(&self, id: &str, waiting: &Waiting) -> Result<(), ControlError> {
        let row = openid_state::ActiveModel {
            id: ActiveValue::Set(id.to_owned()),
            tenant: ActiveValue::Set(waiting.tenant.as_str().to_owned()),
            content: ActiveValue::Set(waiting.content.clone()),
            expires_at: ActiveValue::Set(waiting.expires_at.as_micros()),
        };
        openid_state::Entity::insert(row).exec_without_returning(self.db).await?;
        Ok(())
    }

    /// Takes a sign-in that waits: it can be taken once, and not after its time.
    pub async fn take(&self, id: &str, now: Timestamp) -> Result<Option<Waiting>, ControlError> {
        let change = transaction::changing(self.db).await?;
        let Some(row) = openid_state::Entity::find_by_id(id.to_owned()).one(&change).await? else { return Ok(None) };
        let taken = openid_state::Entity::delete_many().filter(openid_state::Column::Id.eq(id)).exec(&change).await?;
        change.commit().await?;
        let stored = StoredRow::new("openid_state", ["(secret)"]);
        let waiting =
            Waiting { tenant: stored.tenant(&row.tenant)?, expires_at: stored.time("expires_at", row.expires_at)?, content: row.content };
        Ok((taken.rows_affected > 0 && waiting.expires_at > now).then_some(waiting))
    }
}

/// Counts an attempt no longer. Unless another one came after it, it is as if it had not been made.
async fn take_back(change: &DatabaseTransaction, attempt: &Counted, subject: &str, before: Failures) -> Result<(), ControlError> {
    use sign_in_throttle::{Column, Entity};
    let last_at = Expr::case(Column::LastAt.eq(attempt.at.as_micros()), before.last_at.as_micros()).finally(Expr::col(Column::LastAt));
    Entity::update_many()
        .col_expr(Column::Failures, Expr::col(Column::Failures).sub(1))
        .col_expr(Column::LastAt, last_at.into())
        .filter(Column::Subject.eq(subject))
        .filter(Column::Failures.gt(0))
        .exec(change)
        .await?;
    Ok(())
}
