//! The providers that were read a moment ago, so that not every sign-in reads them anew.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rollcall_model::Timestamp;
use rollcall_model::time::MICROS_PER_SECOND;

use super::discovery::Discovered;
use super::error::OpenIdError;
use super::http::Http;

/// For how long a provider's document and keys hold.
const FRESH_MICROS: i64 = 600 * MICROS_PER_SECOND;
/// How long after keys were read anew for the sake of a token they are not read for another one.
const KEYS_MICROS: i64 = 60 * MICROS_PER_SECOND;
/// Most providers that are remembered.
const CAPACITY: usize = 1_024;

/// The providers that were read a moment ago, by issuer.
#[derive(Debug)]
pub(crate) struct Known {
    http: Http,
    providers: Mutex<HashMap<String, Entry>>,
}

#[derive(Debug)]
struct Entry {
    provider: Arc<Discovered>,
    read_at: Timestamp,
    renewal: Arc<tokio::sync::Mutex<Renewal>>,
}

/// When a token last had a provider's keys read anew. Whoever comes meanwhile waits for those.
#[derive(Debug, Default)]
struct Renewal(Option<Timestamp>);

impl Known {
    pub(crate) fn new(http: Http) -> Self {
        Known { http, providers: Mutex::default() }
    }

    pub(crate) fn http(&self) -> &Http {
        &self.http
    }

    /// A provider as it is known, or as it describes itself now.
    pub(crate) async fn get(&self, issuer: &str, now: Timestamp) -> Result<Arc<Discovered>, OpenIdError> {
        let fresh = self
            .providers()
            .get(issuer)
            .filter(|entry| is_within(entry.read_at, now, FRESH_MICROS))
            .map(|entry| Arc::clone(&entry.provider));
        match fresh {
            Some(provider) => Ok(provider),
            None => self.read(issuer, now).await,
        }
    }

    /// A provider as it describes itself now.
    pub(crate) async fn read(&self, issuer: &str, now: Timestamp) -> Result<Arc<Discovered>, OpenIdError> {
        let provider = Arc::new(Discovered::read(&self.http, issuer).await?);
        let mut providers = self.providers();
        if let Some(entry) = providers.get_mut(issuer) {
            entry.provider = Arc::clone(&provider);
            entry.read_at = now;
        } else {
            make_room(&mut providers);
            let entry = Entry { provider: Arc::clone(&provider), read_at: now, renewal: Arc::default() };
            providers.insert(issuer.to_owned(), entry);
        }
        Ok(provider)
    }

    /// The provider with other keys than `used` has, which did not fit a token: none if they were read anew less than a
    /// minute ago, for anybody can send a token that no key fits.
    pub(crate) async fn with_other_keys(
        &self,
        issuer: &str,
        used: &Arc<Discovered>,
        now: Timestamp,
    ) -> Result<Option<Arc<Discovered>>, OpenIdError> {
        let Some(renewal) = self.providers().get(issuer).map(|entry| Arc::clone(&entry.renewal)) else { return Ok(None) };
        let mut renewal = renewal.lock().await;
        let newest = self.providers().get(issuer).map(|entry| Arc::clone(&entry.provider));
        if let Some(newest) = newest.filter(|newest| !Arc::ptr_eq(newest, used)) {
            return Ok(Some(newest));
        }
        if renewal.0.is_some_and(|last| is_within(last, now, KEYS_MICROS)) {
            return Ok(None);
        }
        renewal.0 = Some(now);
        let provider = Arc::new(used.with_new_keys(&self.http).await?);
        if let Some(entry) = self.providers().get_mut(issuer) {
            entry.provider = Arc::clone(&provider);
        }
        Ok(Some(provider))
    }

    fn providers(&self) -> MutexGuard<'_, HashMap<String, Entry>> {
        // Every change leaves the map whole, so a panic elsewhere under the lock does not matter.
        self.providers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A clock that was set back makes nothing hold for longer.
fn is_within(since: Timestamp, now: Timestamp, micros: i64) -> bool {
    (0..micros).contains(&now.micros_since(since))
}

/// Drops the provider that was read longest ago, if there are too many.
fn make_room(providers: &mut HashMap<String, Entry>) {
    if providers.len() < CAPACITY {
        return;
    }
    let oldest = providers.iter().min_by_key(|(_, entry)| entry.read_at).map(|(issuer, _)| issuer.clone());
    if let Some(oldest) = oldest {
        providers.remove(&oldest);
    }
}
