//! Signing in through a tenant's OpenID provider: from the button to a session, and the end of a session there.
//!
//! A sign-in that has begun waits in the control database under the digest of its `state`, so that any node can finish
//! it, once. Whoever finishes it must have begun it: the browser keeps the state in a cookie too.

use std::collections::BTreeSet;

use rollcall_control::sign_ins::Waiting;
use rollcall_control::users::{Credentials, NewUser, User, UserChange};
use rollcall_model::time::MICROS_PER_SECOND;
use rollcall_model::{TenantId, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::error::AccessError;
use crate::openid::{Addressed, Identity, OpenIdError, Remembered, Returned, profiles_of};
use crate::profile::ADMIN;
use crate::random::random_text;
use crate::record::{self, Actor, Change, Operation, Place};
use crate::service::Access;
use crate::sign_in::{NewSession, Proven, SignInError, person};
use crate::single_sign_on::SingleSignOn;
use crate::users::ENTITY;

/// How somebody proves who they are through a provider, as events name it.
const OIDC: &str = "oidc";
/// How long a sign-in waits for its end.
const WAIT_MICROS: i64 = 10 * 60 * MICROS_PER_SECOND;
/// Sessions that began so long after a logout token was made are others than the one that ended.
const CLOCKS_APART_MICROS: i64 = 60 * MICROS_PER_SECOND;

/// A sign-in that has begun. Nothing shows its state.
#[derive(Clone)]
pub struct OpenIdBegun {
    /// Where to send the browser.
    pub address: String,
    /// What the browser must have when it comes back.
    pub state: String,
}

impl std::fmt::Debug for OpenIdBegun {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("OpenIdBegun(…)")
    }
}

/// Nobody has signed in through the provider.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenIdSignInError {
    /// It is not offered.
    #[error("single sign-on is not set up for this tenant; an administrator sets it under /api/v1/settings/single-sign-on")]
    NotOffered,
    /// Nobody has begun it, or too long ago, or another browser has.
    #[error("this sign-in was not begun here, or more than ten minutes ago; begin it again")]
    NotBegun,
    /// The provider does not say who it is.
    #[error(transparent)]
    Provider(#[from] OpenIdError),
    /// Rollcall does not let them in.
    #[error("{0}")]
    NotLetIn(&'static str),
    /// They are signed in elsewhere, and may be once. Going on ends that.
    #[error("this account is signed in elsewhere")]
    Elsewhere {
        /// With what the browser can go on.
        state: String,
    },
    /// It can't be found out.
    #[error(transparent)]
    Access(#[from] AccessError),
}

impl From<rollcall_control::ControlError> for OpenIdSignInError {
    fn from(error: rollcall_control::ControlError) -> Self {
        OpenIdSignInError::Access(error.into())
    }
}

/// What is remembered of a sign-in that waits.
#[derive(Serialize, Deserialize)]
enum Content {
    /// For the provider.
    Provider { remembered: Remembered },
    /// For a decision: whose it is, and which session of the provider it belongs to.
    Decision { user: Uuid, issuer: String, sid: Option<String> },
}

impl Access {
    /// What the button says that signs in through the provider; none where that is not offered.
    pub async fn openid_button(&self, tenant: &TenantId) -> Result<Option<String>, AccessError> {
        let settings = self.single_sign_on(tenant).await?.0.value;
        Ok(settings.enabled.then_some(settings.name))
    }

    /// Begins to sign in through the provider.
    pub async fn begin_openid(&self, tenant: &TenantId) -> Result<OpenIdBegun, OpenIdSignInError> {
        let (settings, provider) = self.offered(tenant).await?;
        let begun = self.openid()?.begin(&provider, &settings.redirect_address()).await?;
        self.wait(tenant, &begun.state, &Content::Provider { remembered: begun.remembered }).await?;
        Ok(OpenIdBegun { address: begun.address, state: begun.state })
    }

    /// Finishes it: a session begins.
    pub async fn finish_openid(
        &self,
        state: &str,
        returned: Returned<'_>,
        place: &Place,
    ) -> Result<(TenantId, NewSession), OpenIdSignInError> {
        let (tenant, content) = self.taken(state).await?;
        let Content::Provider { remembered } = content else { return Err(OpenIdSignInError::NotBegun) };
        let (settings, provider) = self.offered(&tenant).await?;
        let identity = match self.openid()?.finish(&provider, &settings.redirect_address(), returned, &remembered).await {
            Ok(identity) => identity,
            Err(error) => {
                self.record_openid_failure(&tenant, None, error.reason(), place).await?;
                return Err(error.into());
            }
        };
        let user = match self.user_of(&tenant, &settings, &identity).await? {
            Ok(user) => user,
            Err(why) => {
                let account = identity.account.as_deref().or(identity.email.as_deref());
                self.record_openid_failure(&tenant, account, why, place).await?;
                return Err(OpenIdSignInError::NotLetIn(why));
            }
        };
        let openid = (identity.issuer, identity.sid);
        let session = self.begin_openid_session(&user, openid, place, false).await?;
        Ok((tenant, session))
    }

    /// Goes on with a sign-in of somebody who is signed in elsewhere, which ends there.
    pub async fn force_openid(&self, state: &str, place: &Place) -> Result<NewSession, OpenIdSignInError> {
        let (tenant, content) = self.taken(state).await?;
        let Content::Decision { user, issuer, sid } = content else { return Err(OpenIdSignInError::NotBegun) };
        let user = self.user(&tenant, user).await?;
        if !user.active {
            return Err(OpenIdSignInError::NotLetIn("account disabled"));
        }
        self.begin_openid_session(&user, (issuer, sid), place, true).await
    }

    async fn begin_openid_session(
        &self,
        user: &User,
        openid: (String, Option<String>),
        place: &Place,
        force: bool,
    ) -> Result<NewSession, OpenIdSignInError> {
        let proven = Proven { user, method: OIDC, openid: Some(openid.clone()), place, force, own_session: None };
        match self.begin_session(&proven).await {
            Ok(session) => Ok(session),
            Err(SignInError::Elsewhere(_)) => {
                let state = random_text()?;
                let (issuer, sid) = openid;
                self.wait(&user.tenant, &state, &Content::Decision { user: user.id, issuer, sid }).await?;
                Err(OpenIdSignInError::Elsewhere { state })
            }
            Err(SignInError::Access(error)) => Err(error.into()),
            Err(other) => Err(AccessError::Conflict(other.to_string()).into()),
        }
    }

    /// The user whom the provider means, with the profiles that their groups give now; or why they are not let in.
    async fn user_of(
        &self,
        tenant: &TenantId,
        settings: &SingleSignOn,
        identity: &Identity,
    ) -> Result<Result<User, &'static str>, OpenIdSignInError> {
        let profiles = profiles_of(&identity.groups, &settings.group_profiles);
        if !settings.group_profiles.is_empty() && profiles.is_empty() {
            return Ok(Err("no group of theirs gives a security profile"));
        }
        let known = self.control.users().find_openid(tenant, &identity.issuer, &identity.subject).await?;
        let user = match known {
            Some(user) => user,
            None => match self.user_by_account(tenant, settings, identity).await? {
                Ok(user) => user,
                Err(why) => return Ok(Err(why)),
            },
        };
        if !user.active {
            return Ok(Err("account disabled"));
        }
        if settings.group_profiles.is_empty() {
            return Ok(Ok(user));
        }
        Ok(Ok(self.with_profiles(user, profiles).await?))
    }

    /// The user of the account that the provider names: one who is there, or who is made.
    async fn user_by_account(
        &self,
        tenant: &TenantId,
        settings: &SingleSignOn,
        identity: &Identity,
    ) -> Result<Result<User, &'static str>, OpenIdSignInError> {
        let Some(account) = identity.account.as_deref().map(str::trim).filter(|account| !account.is_empty()) else {
            return Ok(Err("the provider names no account"));
        };
        let openid = Some((identity.issuer.clone(), identity.subject.clone()));
        let Some(user) = self.control.users().find(tenant, account).await? else {
            if !settings.create_users {
                return Ok(Err("unknown account"));
            }
            return Ok(Ok(self.make_user(tenant, account, identity).await?));
        };
        // Somebody whom the provider knows by another subject is not the one who has this account here.
        if user.credentials.openid.is_some() || (user.credentials.password_hash.is_some() && !settings.link_users) {
            return Ok(Err("the account is another's"));
        }
        let to = UserChange { credentials: Some(Credentials { openid, ..user.credentials.clone() }), ..UserChange::default() };
        let linked = json!({"openid": {"issuer": identity.issuer, "subject": identity.subject}});
        Ok(Ok(self.changed_by_provider(&user, &to, "Linked", json!({"openid": null}), linked).await?))
    }

    async fn make_user(&self, tenant: &TenantId, account: &str, identity: &Identity) -> Result<User, OpenIdSignInError> {
        let now = self.now();
        let new = NewUser {
            id: Uuid::now_v7(),
            tenant: tenant.clone(),
            account: crate::users::text("account", account)?,
            display_name: identity.name.clone().unwrap_or_else(|| account.to_owned()),
            email: identity.email.clone(),
            employee_id: None,
            profiles: Vec::new(),
            credentials: Credentials { openid: Some((identity.issuer.clone(), identity.subject.clone())), ..Credentials::default() },
            created_at: now,
        };
        let change = Change {
            entity: ENTITY,
            activity: "Created",
            instance: new.account.clone(),
            summary: format!("Made the user {:?}, whom the OpenID provider knows", new.account),
            before: None,
            after: Some(
                json!({"account": new.account, "display_name": new.display_name, "email": new.email, "profiles": [], "active": true}),
            ),
        };
        let record = record::change(tenant, &Actor::system(), now, change);
        Ok(self.control.users().create(&new, &[record]).await?)
    }

    /// Gives somebody the profiles that their groups give. The last administrator stays one, whatever the groups say.
    async fn with_profiles(&self, user: User, profiles: BTreeSet<String>) -> Result<User, OpenIdSignInError> {
        let profiles: Vec<String> = profiles.into_iter().collect();
        if user.profiles == profiles {
            return Ok(user);
        }
        let to = UserChange { profiles: Some(profiles.clone()), ..UserChange::default() };
        let (before, after) = (json!({"profiles": user.profiles}), json!({"profiles": profiles}));
        match self.changed_by_provider(&user, &to, "Updated", before, after).await {
            Err(AccessError::Control(rollcall_control::ControlError::LastHolder { .. })) => {
                tracing::warn!(
                    account = user.account,
                    "groups at the OpenID provider would leave no administrator; they are left as they are"
                );
                Ok(user)
            }
            changed => Ok(changed?),
        }
    }

    async fn changed_by_provider(
        &self,
        user: &User,
        to: &UserChange,
        activity: &'static str,
        before: serde_json::Value,
        after: serde_json::Value,
    ) -> Result<User, AccessError> {
        let now = self.now();
        let change = Change {
            entity: ENTITY,
            activity,
            instance: user.account.clone(),
            summary: format!("{activity}: the user {:?}, as the OpenID provider says", user.account),
            before: Some(before),
            after: Some(after),
        };
        let record = record::change(&user.tenant, &Actor::system(), now, change);
        let changed = self.control.users().update(&user.tenant, user.id, user.version, to, ADMIN, now, &[record]).await?;
        self.verified_sessions.forget_all();
        Ok(changed)
    }

    /// Ends the sessions of which the provider says that they have ended there. Answers how many there were.
    pub async fn end_openid_sessions(&self, tenants: &[TenantId], token: &str) -> Result<usize, OpenIdSignInError> {
        let addressed = Addressed::of(token)?;
        let mut ended = 0;
        let mut refused = None;
        let mut is_known = false;
        for tenant in tenants {
            let Ok((settings, provider)) = self.offered(tenant).await else { continue };
            if settings.issuer != addressed.issuer || !addressed.audience.contains(&settings.client_id) {
                continue;
            }
            match self.openid()?.logout(&provider, token).await {
                Ok(token) => {
                    is_known = true;
                    ended += self.end_named_sessions(tenant, &settings.issuer, &token).await?;
                }
                Err(error) => refused = Some(error),
            }
        }
        match refused {
            Some(error) if !is_known => Err(error.into()),
            None if !is_known => Err(OpenIdSignInError::NotOffered),
            _ => Ok(ended),
        }
    }

    async fn end_named_sessions(&self, tenant: &TenantId, issuer: &str, token: &crate::openid::LogoutToken) -> Result<usize, AccessError> {
        let of_subject = match &token.subject {
            Some(subject) => self.control.users().find_openid(tenant, issuer, subject).await?.map(|user| user.id),
            None => None,
        };
        // One that began later is another one: a token that is sent again ends nothing new.
        let latest = token.issued_at.plus_micros(CLOCKS_APART_MICROS);
        let mut ended = 0;
        for session in self.control.user_sessions().of_openid(tenant, issuer).await? {
            let sid = session.openid.as_ref().and_then(|(_, sid)| sid.as_ref());
            let is_meant = match &token.sid {
                Some(named) => sid == Some(named),
                None => of_subject == Some(session.user_id),
            };
            if is_meant && session.created_at <= latest {
                let why = "Signed out at the OpenID provider".to_owned();
                ended += usize::from(self.end_session(&session, "sign_out", None, Some(why)).await?);
            }
        }
        Ok(ended)
    }

    async fn offered(&self, tenant: &TenantId) -> Result<(SingleSignOn, crate::openid::Provider), OpenIdSignInError> {
        let (settings, provider) = self.provider(tenant).await?;
        if settings.enabled { Ok((settings, provider)) } else { Err(OpenIdSignInError::NotOffered) }
    }

    async fn wait(&self, tenant: &TenantId, state: &str, content: &Content) -> Result<(), OpenIdSignInError> {
        let content = serde_json::to_string(content).map_err(|error| AccessError::Conflict(format!("writing a sign-in: {error}")))?;
        let waiting = Waiting { tenant: tenant.clone(), content, expires_at: self.now().plus_micros(WAIT_MICROS) };
        Ok(self.control.sign_ins().wait(&id_of(state), &waiting).await?)
    }

    async fn taken(&self, state: &str) -> Result<(TenantId, Content), OpenIdSignInError> {
        let waiting = self.control.sign_ins().take(&id_of(state), self.now()).await?.ok_or(OpenIdSignInError::NotBegun)?;
        let content = serde_json::from_str(&waiting.content).map_err(|_| OpenIdSignInError::NotBegun)?;
        Ok((waiting.tenant, content))
    }

    async fn record_openid_failure(&self, tenant: &TenantId, account: Option<&str>, why: &str, place: &Place) -> Result<(), AccessError> {
        let now: Timestamp = self.now();
        let user = match account {
            Some(account) => self.control.users().find(tenant, account).await?,
            None => None,
        };
        let person = user.as_ref().map(person);
        let operation = Operation {
            activity: "sign_in",
            account: account.unwrap_or("unknown"),
            person: person.as_ref(),
            session_id: None,
            method: Some(OIDC),
            by: None,
            failure: Some(why),
            summary: None,
            place,
        };
        self.control.outbox().add(&record::operation(tenant, now, &operation)).await?;
        Ok(())
    }
}

/// Under what a sign-in waits: the state itself is in the browser alone.
fn id_of(state: &str) -> String {
    Sha256::digest(state.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}
