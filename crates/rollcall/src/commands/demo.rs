//! The demo: a store filled with invented data, and a key to look at it with.

use anyhow::Context;
use rollcall_access::{ApiKeyText, KeyScope, KeyState, KeyWish, Principal};
use rollcall_generator::{Options, generate};
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
/// Events appended at once.
const BATCH: usize = 10_000;
/// Name of the demo's keys.
const KEY_NAME: &str = "demo";
/// A source of the generated data that sends a sign of life every hour, and forgets some sign-outs.
const SOURCE_WITH_SIGNS_OF_LIFE: &str = "desktop";
const IDLE_LIMIT_MINUTES: i64 = 120;

/// Settings that show more of the demo's data, unless they are configured otherwise.
pub(crate) fn suggest_settings(settings: &mut Settings) {
    settings.suggest_idle_limit(SOURCE_WITH_SIGNS_OF_LIFE, IDLE_LIMIT_MINUTES);
}

/// Fills the store if it is empty, and makes a key in place of the demo's older ones. No key if it was
/// interrupted.
pub(crate) async fn prepare(store: &Store, shutdown: &CancellationToken) -> anyhow::Result<Option<ApiKeyText>> {
    let tenant = TenantId::default();
    match store.ledger.next_seq(&tenant)? {
        0 => fill(store, &tenant, shutdown).await?,
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

async fn fill(store: &Store, tenant: &TenantId, shutdown: &CancellationToken) -> anyhow::Result<()> {
    tracing::info!(agents = AGENTS, days = DAYS, "filling the empty store with demo data");
    let started = std::time::Instant::now();
    let now = Timestamp::from(jiff::Timestamp::now());
    let options = Options { events: Some(EVENTS), zone: local_zone(), ..Options::new(SEED, AGENTS, DAYS, now) };
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
    let seconds = started.elapsed().as_secs_f64();
    tracing::info!(events = added, seconds, "demo data added: people, names and addresses in it are invented");
    Ok(())
}

/// The zone of this machine, so that the demo's head office works by day.
fn local_zone() -> Zone {
    jiff::tz::TimeZone::system().iana_name().and_then(|name| Zone::new(name).ok()).unwrap_or_else(Zone::utc)
}
