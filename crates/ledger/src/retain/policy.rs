//! How long a tenant keeps events, and for which reasons nothing may go: rows of the database.
//!
//! Whoever changes them holds the tenant's head, as a retention step does when it commits. So a step sees
//! every change that was answered before it commits.

use std::collections::BTreeMap;
use std::num::NonZeroU32;

use jiff::civil::Date;
use rollcall_model::{Category, TenantId, Timestamp};
use serde::Serialize;

use super::plan::{self, KeptFrom};
use crate::database::{Queries, Write, get};
use crate::error::{Error, Result};
use crate::ledger::Inner;
use crate::state::{Head, now};

/// A reason for which nothing of a tenant may be removed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Hold {
    /// What it is called.
    pub name: String,
    /// Why.
    pub reason: String,
    /// When it was placed.
    pub created_at: Timestamp,
}

/// How many days a tenant keeps the events of each category; those without a number, for ever.
pub(super) async fn load(reading: &impl Queries, tenant: &TenantId) -> Result<BTreeMap<Category, NonZeroU32>> {
    let mut policy = BTreeMap::new();
    for row in reading.all("SELECT category, days FROM rollcall_retention WHERE tenant = $1", [tenant.as_str().into()]).await? {
        let (word, days): (String, i64) = (get(&row, 0)?, get(&row, 1)?);
        let corrupt = || Error::Corrupt(format!("a retention of {days} days for the category {word:?}"));
        let category = Category::from_word(&word).ok_or_else(corrupt)?;
        policy.insert(category, u32::try_from(days).ok().and_then(NonZeroU32::new).ok_or_else(corrupt)?);
    }
    Ok(policy)
}

/// Sets how long the events of some categories are kept.
pub(super) async fn set(inner: &Inner, tenant: &TenantId, days: &BTreeMap<Category, Option<NonZeroU32>>) -> Result<()> {
    let write = inner.database.write(None).await?;
    Head::lock(&write, tenant).await?;
    for (category, days) in days {
        match days {
            Some(days) => {
                let row = [tenant.as_str().into(), category.as_str().into(), i64::from(days.get()).into()];
                let sql = "INSERT INTO rollcall_retention VALUES ($1, $2, $3) ON CONFLICT(tenant, category) DO UPDATE SET days = $3";
                write.run(sql, row).await?;
            }
            None => {
                let row = [tenant.as_str().into(), category.as_str().into()];
                write.run("DELETE FROM rollcall_retention WHERE tenant = $1 AND category = $2", row).await?;
            }
        }
    }
    write.commit().await?;
    for (category, days) in days {
        tracing::info!(%tenant, %category, days = days.map(NonZeroU32::get), "retention set");
    }
    Ok(())
}

/// Whether what a step removes may still go.
pub(super) async fn allows(write: &Write<'_>, tenant: &TenantId, kept_from: &KeptFrom, today: Date) -> Result<bool> {
    let current = plan::kept_from(&load(write, tenant).await?, today);
    let still = |(category, day): (&Category, &Date)| current.get(category).is_some_and(|current| current >= day);
    Ok(kept_from.iter().all(still) && holds(write, tenant).await?.is_empty())
}

/// The holds on a tenant, the oldest first.
pub(super) async fn holds(reading: &impl Queries, tenant: &TenantId) -> Result<Vec<Hold>> {
    let sql = "SELECT name, reason, created_at FROM rollcall_hold WHERE tenant = $1 ORDER BY created_at, name";
    let rows = reading.all(sql, [tenant.as_str().into()]).await?;
    let hold = |row| {
        let micros: i64 = get(row, 2)?;
        let created_at =
            Timestamp::from_micros(micros).ok_or_else(|| Error::Corrupt(format!("a hold of {micros} µs, which is no moment")))?;
        Ok(Hold { name: get(row, 0)?, reason: get(row, 1)?, created_at })
    };
    rows.iter().map(hold).collect()
}

/// Places a hold, unless there is one of that name. Answers the one that is there now.
pub(super) async fn place_hold(inner: &Inner, tenant: &TenantId, name: &str, reason: &str) -> Result<Hold> {
    let write = inner.database.write(None).await?;
    Head::lock(&write, tenant).await?;
    let row = [tenant.as_str().into(), name.into(), reason.into(), now().as_micros().into()];
    let placed = write.run("INSERT INTO rollcall_hold VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING", row).await?;
    let hold = holds(&write, tenant).await?.into_iter().find(|hold| hold.name == name);
    write.commit().await?;
    if placed > 0 {
        tracing::warn!(%tenant, name, reason, "legal hold placed: nothing is removed until it is released");
    }
    hold.ok_or_else(|| Error::Corrupt(format!("the hold {name:?} is not there after it was placed")))
}

/// Releases a hold. Answers whether there was one.
pub(super) async fn release_hold(inner: &Inner, tenant: &TenantId, name: &str) -> Result<bool> {
    let write = inner.database.write(None).await?;
    Head::lock(&write, tenant).await?;
    let released = write.run("DELETE FROM rollcall_hold WHERE tenant = $1 AND name = $2", [tenant.as_str().into(), name.into()]).await?;
    write.commit().await?;
    if released > 0 {
        tracing::warn!(%tenant, name, "legal hold released");
    }
    Ok(released > 0)
}
