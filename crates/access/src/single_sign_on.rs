//! What a tenant has set about its OpenID provider.

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rollcall_model::TenantId;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::error::AccessError;
use crate::openid::{OpenIdError, Provider, Supported};
use crate::principal::Principal;
use crate::profiles::require_own;
use crate::service::Access;
use crate::settings::Versioned;

/// Name of the setting in the store.
const SINGLE_SIGN_ON: &str = "single_sign_on";
/// Longest settings, in bytes.
const MAX_BYTES: usize = 16 * 1024;
/// What the client's secret is sealed for.
const PURPOSE: &str = "secret of the OpenID client";
/// Where providers send browsers back to, below Rollcall's own address.
const CALLBACK: &str = "/api/v1/sign-in/openid/callback";

/// How people sign in through an OpenID provider.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SingleSignOn {
    /// Whether it is offered.
    pub enabled: bool,
    /// What the button says: the provider's name.
    pub name: String,
    /// The address under which browsers reach Rollcall.
    pub address: String,
    /// The provider's own name, which is the address that it is reached at.
    pub issuer: String,
    /// What the provider calls Rollcall.
    pub client_id: String,
    /// What is asked for besides `openid`.
    pub scopes: Vec<String>,
    /// The claim that names the account.
    pub account_claim: String,
    /// The claim that lists the groups.
    pub groups_claim: String,
    /// Which group gives which security profiles, by their ids. With none, profiles are given in Rollcall alone.
    pub group_profiles: BTreeMap<String, Vec<String>>,
    /// Whether somebody whom the provider knows and Rollcall does not becomes a user.
    pub create_users: bool,
    /// Whether a user who has a password is taken for the one whom the provider knows by the same account.
    pub link_users: bool,
}

impl Default for SingleSignOn {
    fn default() -> Self {
        SingleSignOn {
            enabled: false,
            name: "Single sign-on".to_owned(),
            address: String::new(),
            issuer: String::new(),
            client_id: String::new(),
            scopes: vec!["profile".to_owned(), "email".to_owned()],
            account_claim: "preferred_username".to_owned(),
            groups_claim: "groups".to_owned(),
            group_profiles: BTreeMap::new(),
            create_users: false,
            link_users: false,
        }
    }
}

impl SingleSignOn {
    /// Where the provider sends browsers back to.
    pub(crate) fn redirect_address(&self) -> String {
        format!("{}{CALLBACK}", self.address.trim_end_matches('/'))
    }

    /// The profiles that groups can give.
    fn profiles(&self) -> BTreeSet<&String> {
        self.group_profiles.values().flatten().collect()
    }
}

/// What becomes of the client's secret.
#[derive(Clone, PartialEq, Eq)]
pub enum SecretChange {
    /// It stays.
    Keep,
    /// There is none: the client is a public one.
    Remove,
    /// It is this.
    Set(String),
}

/// The setting as it is stored: the secret sealed.
#[derive(Default, Serialize, Deserialize)]
struct Stored {
    #[serde(flatten)]
    settings: SingleSignOn,
    client_secret: Option<String>,
}

impl Access {
    /// How people of a tenant sign in through an OpenID provider, and whether a secret of the client is stored.
    pub async fn single_sign_on(&self, tenant: &TenantId) -> Result<(Versioned<SingleSignOn>, bool), AccessError> {
        let Versioned { value, version } = self.stored_single_sign_on(tenant).await?;
        let has_secret = value.client_secret.is_some();
        Ok((Versioned { value: value.settings, version }, has_secret))
    }

    async fn stored_single_sign_on(&self, tenant: &TenantId) -> Result<Versioned<Stored>, AccessError> {
        // A flattened member can't refuse unknown ones itself.
        let Versioned { value, version } = self.setting::<Value>(tenant, SINGLE_SIGN_ON).await?;
        let Value::Object(mut members) = value else { return Ok(Versioned { value: Stored::default(), version }) };
        let client_secret = members.remove("client_secret").and_then(|secret| secret.as_str().map(str::to_owned));
        let unreadable = |error| AccessError::Conflict(format!("the setting {SINGLE_SIGN_ON} can't be read: {error}"));
        let settings = serde_json::from_value(Value::Object(members)).map_err(unreadable)?;
        Ok(Versioned { value: Stored { settings, client_secret }, version })
    }

    /// Sets how people of the caller's tenant sign in through an OpenID provider, in the version that they have read.
    /// Nobody lets groups give profiles with more rights than they have.
    pub async fn set_single_sign_on(
        &self,
        by: &Principal,
        from: i64,
        to: &SingleSignOn,
        secret: &SecretChange,
    ) -> Result<i64, AccessError> {
        check(to)?;
        for id in to.profiles() {
            let profile = self.profile(&by.tenant, id).await.map_err(|_| AccessError::Invalid {
                field: "group_profiles",
                reason: format!("expected ids of security profiles, such as supervisor; there is none {id:?}"),
            })?;
            require_own(by, &profile)?;
        }
        let before = self.stored_single_sign_on(&by.tenant).await?.value;
        let client_secret = match secret {
            SecretChange::Keep => before.client_secret.clone(),
            SecretChange::Remove => None,
            SecretChange::Set(secret) => Some(STANDARD.encode(self.vault()?.seal(PURPOSE, secret.as_bytes())?)),
        };
        let told = |settings: &SingleSignOn, secret: &Option<String>| {
            let mut told = json!(settings);
            if let Some(members) = told.as_object_mut() {
                members.insert("client_secret".to_owned(), secret.as_ref().map_or(Value::Null, |_| "(masked)".into()));
            }
            told
        };
        let (told_before, told_after) = (told(&before.settings, &before.client_secret), told(to, &client_secret));
        let stored = Stored { settings: to.clone(), client_secret };
        self.set(by, SINGLE_SIGN_ON, "Single sign-on", from, &stored, &told_before, &told_after).await
    }

    /// Asks the provider that is set whether it can be used, and what it has to offer.
    pub async fn check_single_sign_on(&self, tenant: &TenantId) -> Result<Result<Supported, OpenIdError>, AccessError> {
        let (_, provider) = self.provider(tenant).await?;
        Ok(self.openid()?.check(&provider).await)
    }

    /// A tenant's provider, with the client's secret.
    pub(crate) async fn provider(&self, tenant: &TenantId) -> Result<(SingleSignOn, Provider), AccessError> {
        let Stored { settings, client_secret } = self.stored_single_sign_on(tenant).await?.value;
        let client_secret = match client_secret {
            Some(sealed) => {
                let sealed = STANDARD.decode(sealed).map_err(|_| AccessError::Sealed)?;
                let secret = self.vault()?.open(PURPOSE, &sealed)?;
                Some(String::from_utf8(secret).map_err(|_| AccessError::Sealed)?)
            }
            None => None,
        };
        let provider = Provider {
            issuer: settings.issuer.clone(),
            client_id: settings.client_id.clone(),
            client_secret,
            scopes: settings.scopes.clone(),
            account_claim: settings.account_claim.clone(),
            groups_claim: settings.groups_claim.clone(),
        };
        Ok((settings, provider))
    }
}

fn check(settings: &SingleSignOn) -> Result<(), AccessError> {
    let wrong = |field, reason: &str| Err(AccessError::Invalid { field, reason: reason.to_owned() });
    // The record of a change holds two.
    if json!(settings).to_string().len() > MAX_BYTES {
        return wrong("group_profiles", "expected settings of at most 16 KiB: map fewer groups, such as one for each security profile");
    }
    // What is not offered yet may be filled in later, but not wrongly.
    let is_open = |text: &str| !settings.enabled && text.is_empty();
    let is_address = |text: &str| {
        let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
        let is_one = rest.is_some_and(|rest| {
            !rest.is_empty() && !rest.starts_with('/') && !rest.contains(['?', '#']) && !rest.contains(char::is_whitespace)
        });
        is_one || is_open(text)
    };
    if !is_address(&settings.address) {
        return wrong("address", "expected the address under which browsers reach Rollcall, such as https://rollcall.example");
    }
    if !is_address(&settings.issuer) {
        return wrong("issuer", "expected the provider's address, such as https://id.example/realms/staff");
    }
    if settings.client_id.trim().is_empty() && !is_open(&settings.client_id) {
        return wrong("client_id", "expected what the provider calls Rollcall, got nothing");
    }
    if settings.enabled && (settings.account_claim.is_empty() || settings.groups_claim.is_empty()) {
        return wrong("account_claim", "expected names of claims, such as preferred_username and groups, got an empty one");
    }
    Ok(())
}
