//! Retention: events that a tenant no longer keeps go, and what was derived from them.
//!
//! How long the events of a category are kept is a number of days ([`policy`]). A run removes whole days
//! (UTC): everything of a category that happened before the first day that is kept.
//!
//! 1. What a run concerns is known by the catalogue alone ([`plan`]), and done in steps of whole days, the
//!    oldest first.
//! 2. Files whose rows all go are dropped, others are rewritten without the rows that go ([`rewrite`]);
//!    counts likewise.
//! 3. Where access events go, the sessions that ended before go too, and the [`Edge`] moves: from then on
//!    sessions are paired from those that were open there.
//! 4. One snapshot has all of it, with a note of which seqs have gone, so that the ledger still adds up.
//!
//! Events that are still in the journal stay until they have been archived. A legal hold stops all of it;
//! it is looked at again within the transaction, so that nothing goes once a hold has been placed.
//!
//! Files are taken out of the lake here and deleted by `expire`, when nothing that is running needs them.
//!
//! [`Edge`]: crate::edge::Edge

mod plan;
mod policy;
mod rewrite;
mod step;

use std::collections::BTreeMap;
use std::num::NonZeroU32;

use jiff::civil::Date;
use rollcall_model::zone::Zone;
use rollcall_model::{Category, TenantId, Timestamp};
use serde::Serialize;

use self::plan::KeptFrom;
pub use self::policy::Hold;
use self::step::{Crossing, Step};
use crate::error::{Error, Result};
use crate::files::{self, Files};
use crate::ledger::{Inner, Ledger};
use crate::state::{LakeVersion, blocking, now};
use crate::tenant::Tenant;

/// What a retention run removed, or would remove.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Default)]
pub struct RetentionReport {
    /// Legal holds for which nothing was removed.
    pub on_hold: Vec<Hold>,
    /// Of each category that is not kept for ever, what has gone.
    pub removed: Vec<Removed>,
    /// Sessions that ended before the first access event that is kept.
    pub sessions: u64,
    /// Files that went out of the lake: dropped, or replaced by smaller ones.
    pub files: u64,
    /// Bytes that this frees once the files are deleted.
    pub bytes: u64,
    /// The earliest moment at which the files are deleted; later, if a query or a cursor needs them. None if
    /// none went.
    pub deleted_from: Option<Timestamp>,
}

/// What of a category has gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Removed {
    /// The category.
    pub category: Category,
    /// Its events before this moment have gone.
    pub before: Timestamp,
    /// How many events that were.
    pub events: u64,
}

impl Ledger {
    /// How many days a tenant keeps the events of each category. A category without a number is kept for
    /// ever.
    pub async fn retention(&self, tenant: &TenantId) -> Result<BTreeMap<Category, NonZeroU32>> {
        policy::load(&self.inner.database.read().await?, &self.tenant(tenant)?.id).await
    }

    /// Sets for how many days a tenant keeps the events of some categories: none is for ever.
    pub async fn set_retention(&self, tenant: &TenantId, days: &BTreeMap<Category, Option<NonZeroU32>>) -> Result<()> {
        policy::set(&self.inner, &self.tenant(tenant)?.id, days).await
    }

    /// Removes now what a tenant no longer keeps.
    pub async fn run_retention(&self, tenant: &TenantId) -> Result<RetentionReport> {
        let tenant = self.tenant(tenant)?;
        let owned = files::own(&self.inner, &tenant).await?;
        let (report, _) = remove(&self.inner, &tenant, &owned, || true).await?;
        Ok(report)
    }

    /// What [`Ledger::run_retention`] would remove now.
    pub async fn preview_retention(&self, tenant: &TenantId) -> Result<RetentionReport> {
        preview(&self.inner, self.tenant(tenant)?.as_ref()).await
    }

    /// Reasons for which nothing of a tenant may be removed, the oldest first.
    pub async fn holds(&self, tenant: &TenantId) -> Result<Vec<Hold>> {
        policy::holds(&self.inner.database.read().await?, &self.tenant(tenant)?.id).await
    }

    /// Places a legal hold: once this has answered, nothing of the tenant is removed. One that is there
    /// already stays as it is. Answers the hold that is there now.
    pub async fn place_hold(&self, tenant: &TenantId, name: &str, reason: &str) -> Result<Hold> {
        policy::place_hold(&self.inner, &self.tenant(tenant)?.id, name, reason).await
    }

    /// Releases a legal hold. Answers whether there was one of that name.
    pub async fn release_hold(&self, tenant: &TenantId, name: &str) -> Result<bool> {
        policy::release_hold(&self.inner, &self.tenant(tenant)?.id, name).await
    }
}

/// Removes what a tenant no longer keeps, until `go_on` says no. Answers whether nothing is left to remove: not
/// if another node is at the tenant's files.
pub(crate) async fn remove_if_free(inner: &Inner, tenant: &Tenant, go_on: impl Fn() -> bool) -> Result<bool> {
    match files::try_own(inner, tenant).await? {
        Some(owned) => remove(inner, tenant, &owned, go_on).await.map(|(_, is_finished)| is_finished),
        None => Ok(false),
    }
}

/// How far a run came.
enum Came {
    /// To its end.
    Through,
    /// To where it was told to stop.
    ToAStop,
    /// To where a hold had been placed since it began, or the policy changed.
    ToAChange,
}

async fn remove(inner: &Inner, tenant: &Tenant, owned: &Files<'_>, go_on: impl Fn() -> bool) -> Result<(RetentionReport, bool)> {
    let started = std::time::Instant::now();
    let mut all = RetentionReport::default();
    let is_finished = loop {
        match attempt(inner, tenant, &mut all, &go_on).await {
            Ok(Came::Through) => break true,
            Ok(Came::ToAStop) => break false,
            // What it had written is nobody's.
            Ok(Came::ToAChange) => files::sweep_after_failure(inner, tenant, owned).await,
            Err(error) => {
                files::sweep_after_failure(inner, tenant, owned).await;
                return Err(error);
            }
        }
    };
    if all.files > 0 {
        all.deleted_from = Some(now().plus_micros(inner.file_grace_micros));
        let events: u64 = all.removed.iter().map(|removed| removed.events).sum();
        let seconds = started.elapsed().as_secs_f64();
        metrics::histogram!("rollcall_retention_seconds").record(seconds);
        tracing::info!(tenant = %tenant.id, events, sessions = all.sessions, files = all.files, seconds, "removed what is no longer kept");
    }
    Ok((all, is_finished))
}

/// Removes what goes by the policy as it is now.
async fn attempt(inner: &Inner, tenant: &Tenant, report: &mut RetentionReport, go_on: &impl Fn() -> bool) -> Result<Came> {
    let Some(wanted) = Wanted::read(inner, tenant, report).await? else { return Ok(Came::Through) };
    let mut state = inner.newest(tenant).await?;
    let days = plan::days(&state.lake.events, &state.lake.counts, &wanted.kept_from);
    for chunk in plan::chunks(days, &wanted.kept_from, inner.events_of_a_retention_step()) {
        if let Some(reason) = inner.poisoned() {
            return Err(Error::Poisoned(reason));
        }
        if !go_on() {
            return Ok(Came::ToAStop);
        }
        if let Some(step) = Step::prepare(inner, tenant, &state.lake, chunk).await? {
            if !step.commit(inner, tenant, &state.lake, wanted.today).await? {
                return Ok(Came::ToAChange);
            }
            report.count(&step, &state.lake);
            state = inner.newest(tenant).await?;
        }
    }
    Ok(Came::Through)
}

/// Counts what would go.
async fn preview(inner: &Inner, tenant: &Tenant) -> Result<RetentionReport> {
    let mut report = RetentionReport::default();
    let Some(wanted) = Wanted::read(inner, tenant, &mut report).await? else { return Ok(report) };
    let state = inner.newest(tenant).await?;
    // Its files stay on the disk while it is read.
    tenant.in_use(&state);
    for day in plan::days(&state.lake.events, &state.lake.counts, &wanted.kept_from).into_values() {
        let folder = tenant.folder.clone();
        let sift = move || {
            let mut found = Vec::new();
            for file in &day.files {
                let (class, table_folder) = rewrite::class_and_folder(&folder, file)?;
                found.push((file.bytes, rewrite::sift(&table_folder, class, file, &day.expired)?));
            }
            Ok(found)
        };
        for (bytes, sifted) in blocking(sift).await?.into_iter().filter(|(_, sifted)| sifted.gone > 0) {
            report.files += 1;
            // Of a file that is rewritten, its part of the rows: how well the rest will pack isn't known yet.
            report.bytes += u64::try_from(bytes / (sifted.gone + sifted.stay) * sifted.gone).unwrap_or(0);
            report.count_events(sifted.seqs.iter().map(|(category, seqs)| (*category, seqs.len())));
        }
    }
    let access_goes = report.removed.iter().any(|removed| removed.category == Category::Access && removed.events > 0);
    if let Some(crossing) = Crossing::plan(inner, &state.lake, &wanted.kept_from, access_goes) {
        report.count_sessions(&crossing, &state.lake);
    }
    Ok(report)
}

/// What a run is to do.
struct Wanted {
    today: Date,
    kept_from: KeptFrom,
}

impl Wanted {
    /// Reads what is to be kept and notes it in the report. None if nothing may go.
    async fn read(inner: &Inner, tenant: &Tenant, report: &mut RetentionReport) -> Result<Option<Self>> {
        let today = now().utc_date();
        let reading = inner.database.read().await?;
        let kept_from = plan::kept_from(&policy::load(&reading, &tenant.id).await?, today);
        report.on_hold = policy::holds(&reading, &tenant.id).await?;
        for (&category, &first_day) in &kept_from {
            let before = first_moment(first_day);
            match report.removed.iter_mut().find(|removed| removed.category == category) {
                Some(removed) => removed.before = before,
                None => report.removed.push(Removed { category, before, events: 0 }),
            }
        }
        Ok((report.on_hold.is_empty() && !kept_from.is_empty()).then_some(Wanted { today, kept_from }))
    }
}

impl RetentionReport {
    fn count(&mut self, step: &Step, lake: &LakeVersion) {
        self.count_events(step.rewritten.seqs.iter().map(|(category, seqs)| (*category, seqs.len())));
        self.sessions += step.sessions();
        self.files += step.removed(lake).count() as u64;
        let (removed, added): (i64, i64) = (step.removed(lake).map(|file| file.bytes).sum(), step.added().map(|file| file.bytes).sum());
        self.bytes += u64::try_from(removed - added).unwrap_or(0);
    }

    fn count_events(&mut self, events: impl Iterator<Item = (Category, usize)>) {
        for (category, events) in events {
            if let Some(removed) = self.removed.iter_mut().find(|removed| removed.category == category) {
                removed.events += events as u64;
            }
        }
    }

    fn count_sessions(&mut self, crossing: &Crossing, lake: &LakeVersion) {
        self.sessions += crossing.sessions();
        for file in crossing.removed(lake) {
            self.files += 1;
            self.bytes += u64::try_from(file.bytes).unwrap_or(0);
        }
    }
}

/// The first moment of a day.
fn first_moment(day: Date) -> Timestamp {
    Zone::utc().first_instant(day)
}
