//! The demo: a store filled with invented data, and a key to look at it with.

mod contents;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::Context;
use rollcall_access::{ApiKeyText, KeyScope, KeyState, KeyWish, Principal};
use rollcall_control::directory::{Account, Agent};
use rollcall_generator::{Colleague, Options, colleagues, generate};
use rollcall_ledger::Submission;
use rollcall_model::zone::Zone;
use rollcall_model::{Scope, TenantId, Timestamp};
use tokio_util::sync::CancellationToken;

use crate::config::Settings;
use crate::store::Store;

const AGENTS: u32 = 200;
const DAYS: u32 = 30;
const EVENTS: u64 = 150_000;
const SEED: u64 = 1;
/// Agents of the directory who are on leave all the time.
const ABSENT: u32 = 6;
/// Events appended at once.
const BATCH: usize = 10_000;
/// Name of the demo's keys.
const KEY_NAME: &str = "demo";
/// A source of the generated data that sends a sign of life every hour, and forgets some sign-outs.
const SOURCE_WITH_SIGNS_OF_LIFE: &str = "desktop";
const IDLE_LIMIT_MINUTES: i64 = 120;
/// Where the demo's schedules deliver to, in the data folder.
const DELIVERIES: &str = "deliveries";

/// Settings that show more of the demo's data, unless they are configured otherwise.
pub(crate) fn suggest_settings(settings: &mut Settings) -> anyhow::Result<()> {
    settings.suggest_idle_limit(SOURCE_WITH_SIGNS_OF_LIFE, IDLE_LIMIT_MINUTES);
    let deliveries = std::path::absolute(&settings.data).context("the working folder")?.join(DELIVERIES);
    settings.suggest_delivery_folder(deliveries);
    Ok(())
}

/// Fills the store if it is empty, and makes a key in place of the demo's older ones. No key if it was
/// interrupted.
pub(crate) async fn prepare(store: &Store, settings: &Settings, shutdown: &CancellationToken) -> anyhow::Result<Option<ApiKeyText>> {
    let tenant = TenantId::default();
    match store.ledger.next_seq(&tenant)? {
        0 => fill(store, &tenant, settings.delivery_folders.first(), shutdown).await?,
        events => tracing::info!(events, "the store has events already, so no demo data is added"),
    }
    if shutdown.is_cancelled() {
        return Ok(None);
    }
    let operator = Principal::local_operator(tenant.clone());
    for key in store.access.keys(&tenant).await?.iter().filter(|key| key.name == KEY_NAME && key.state == KeyState::Active) {
        store.access.revoke_key(&operator, key.id).await?;
    }
    // Whoever tries the demo is to see all of the page.
    let scopes = KeyScope::ALL.iter().copied().collect();
    let wish = KeyWish { name: KEY_NAME.to_owned(), scopes, expires_at: None, data_scope: Scope::All };
    let key = store.access.create_key(&operator, &wish).await?;
    Ok(Some(key.text))
}

async fn fill(store: &Store, tenant: &TenantId, folder: Option<&PathBuf>, shutdown: &CancellationToken) -> anyhow::Result<()> {
    tracing::info!(agents = AGENTS, days = DAYS, "filling the empty store with demo data");
    let started = std::time::Instant::now();
    let now = Timestamp::from(jiff::Timestamp::now());
    let options = Options { events: Some(EVENTS), zone: local_zone(), ..Options::new(SEED, AGENTS, DAYS, now) };
    let colleagues = colleagues(&options, ABSENT);
    let agents: Vec<Agent> = colleagues.iter().map(agent).collect();
    store.control.directory().put_all(tenant, &agents, None, now, &[]).await.context("adding the demo's directory")?;
    let mut generated = generate(&options);
    let mut added = 0;
    loop {
        let events: Vec<_> = generated.by_ref().take(BATCH).collect();
        if events.is_empty() || shutdown.is_cancelled() {
            break;
        }
        let submission = Submission { events, ..Submission::default() };
        added += store.ledger.append(tenant, submission).await.context("adding demo data")?.accepted;
    }
    if shutdown.is_cancelled() {
        return Ok(());
    }
    let folder = folder.filter(|folder| is_made(folder));
    contents::make(store, tenant, &colleagues, folder.map(PathBuf::as_path)).await?;
    let seconds = started.elapsed().as_secs_f64();
    tracing::info!(events = added, seconds, "demo data added: people, names and addresses in it are invented");
    Ok(())
}

fn agent(colleague: &Colleague) -> Agent {
    let accounts: BTreeSet<Account> =
        colleague.accounts.iter().cloned().map(|(source, account)| Account { source: source.unwrap_or_default(), account }).collect();
    Agent {
        employee_id: colleague.employee_id.clone(),
        agent_name: Some(colleague.name.clone()),
        hierarchy: Some(colleague.hierarchy.clone()),
        routing_profile: Some(colleague.routing_profile.clone()),
        time_zone: Some(colleague.time_zone.clone()),
        tags: colleague.tags.clone(),
        active: true,
        accounts,
    }
}

/// Makes the folder for deliveries, if it is not there. Without one the demo has no schedule, which is no reason not to start.
fn is_made(folder: &Path) -> bool {
    let made = std::fs::create_dir_all(folder);
    made.inspect_err(|error| tracing::warn!(%error, folder = %folder.display(), "no folder for the demo's deliveries")).is_ok()
}

/// The zone of this machine, so that the demo's head office works by day.
fn local_zone() -> Zone {
    jiff::tz::TimeZone::system().iana_name().and_then(|name| Zone::new(name).ok()).unwrap_or_else(Zone::utc)
}
