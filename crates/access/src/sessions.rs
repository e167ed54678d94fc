//! Sessions: who somebody is who comes with one, who is signed in, and how a session ends.

use std::fmt;

use rollcall_control::user_sessions::UserSession;
use rollcall_control::users::User;
use rollcall_model::time::MICROS_PER_SECOND;
use rollcall_model::{TenantId, Timestamp};
use uuid::Uuid;

use crate::api_key::{self, SecretHash};
use crate::error::{AccessError, AuthError, Denied};
use crate::permission::Permission;
use crate::principal::{Grant, Impersonator, Person, Principal, Restriction, SignedIn, Who};
use crate::record::{Actor, Place};
use crate::service::Access;
use crate::settings::SignInSettings;
use crate::sign_in::{FORM, ending, person};
use crate::throttle::FORGOTTEN_AFTER_S;

/// How exactly it is noted when a session was last used: writing it costs a commit.
const USE_NOTED_MICROS: i64 = 30 * MICROS_PER_SECOND;

/// A session as it is listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionInfo {
    /// Which session.
    pub id: Uuid,
    /// Who is signed in.
    pub person: Person,
    /// Since when.
    pub since: Timestamp,
    /// When it was last used, to the half minute.
    pub last_seen_at: Timestamp,
    /// When it ends, however much it is used.
    pub expires_at: Timestamp,
    /// How they proved who they are.
    pub method: String,
    /// Where they sit.
    pub place: Place,
    /// As whom they act.
    pub acting_as: Option<Person>,
}

/// A caller who came with a session. Nothing shows the token.
#[derive(Clone)]
pub struct WithSession {
    /// Who they are.
    pub principal: Principal,
    /// What proves that a request comes from the page that has the session.
    pub csrf_token: String,
}

impl fmt::Debug for WithSession {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WithSession").field("principal", &self.principal).finish_non_exhaustive()
    }
}

/// Why a session could not be used: it is none, or the server has failed.
enum Unusable {
    No,
    Failed(AccessError),
}

impl<E: Into<AccessError>> From<E> for Unusable {
    fn from(error: E) -> Self {
        Unusable::Failed(error.into())
    }
}

impl Access {
    /// Who has the session that a caller comes with.
    pub async fn session(&self, text: &str) -> Result<WithSession, AuthError> {
        let Some((id, secret)) = api_key::read(api_key::SESSION, text) else { return Err(AuthError::NoSession) };
        match self.check_session(id.as_uuid(), secret.hash()).await {
            Ok(principal) => Ok(WithSession { principal, csrf_token: secret.csrf_token() }),
            Err(Unusable::No) => Err(AuthError::NoSession),
            Err(Unusable::Failed(AccessError::Control(error))) => {
                tracing::error!(%error, "sessions can't be checked");
                Err(AuthError::Unavailable(error))
            }
            Err(Unusable::Failed(error)) => {
                tracing::error!(%error, session = %id.as_uuid(), "a session can't be used");
                Err(AuthError::NoSession)
            }
        }
    }

    async fn check_session(&self, id: Uuid, presented: SecretHash) -> Result<Principal, Unusable> {
        let now = self.now();
        if let Some(principal) = self.verified_sessions.get(id, &presented, now) {
            return Ok(principal);
        }
        let ticket = self.verified_sessions.begin();
        let found = self.control.user_sessions().find(id).await?;
        let stored = found.as_ref().map_or(SecretHash::OF_NO_SECRET, |session| SecretHash(session.token_hash));
        let matches = presented.matches(&stored);
        let session = found.filter(|_| matches).ok_or(Unusable::No)?;
        let settings = self.sign_in_settings(&session.tenant).await?.value;
        if !settings.lives(&session, now) {
            return Err(Unusable::No);
        }
        let user = self.control.users().get(&session.tenant, session.user_id).await?;
        let user = user.filter(|user| user.active).ok_or(Unusable::No)?;
        if now.micros_since(session.last_seen_at) >= USE_NOTED_MICROS {
            self.control.user_sessions().touch(id, now).await?;
        }
        let principal = self.principal_of(&session, &user, &settings).await?;
        self.verified_sessions.remember(ticket, id, presented, Some(session.expires_at), now, principal.clone());
        Ok(principal)
    }

    /// Who somebody is in their session: themselves, or whom they act as.
    async fn principal_of(&self, session: &UserSession, user: &User, settings: &SignInSettings) -> Result<Principal, AccessError> {
        let own = restricted(Principal {
            tenant: session.tenant.clone(),
            name: user.display_name.clone(),
            grants: self.grants_of(user).await?,
            who: Who::User(Box::new(SignedIn {
                user: person(user),
                session_id: session.id,
                restriction: restriction(user, &session.method, settings),
                impersonator: None,
            })),
        });
        let Some(acting) = &session.acting else { return Ok(own) };
        let target = self.control.users().get(&session.tenant, acting.user_id).await?;
        let allowed = match &target {
            Some(target) => self.may_act_as(&own, target).await,
            None => Err(AccessError::Unknown { what: "user", id: acting.user_id.to_string() }),
        };
        let target = match (target, allowed) {
            (Some(target), Ok(())) => target,
            // It can't be found out.
            (_, Err(AccessError::Control(error))) => return Err(error.into()),
            // What allowed it is gone.
            _ => {
                self.end_acting(session, user, &Actor::system()).await?;
                return Ok(own);
            }
        };
        let grants = self.grants_of(&target).await?.into_iter().map(without_security).collect();
        Ok(Principal {
            tenant: session.tenant.clone(),
            name: target.display_name.clone(),
            grants,
            who: Who::User(Box::new(SignedIn {
                user: person(&target),
                session_id: session.id,
                restriction: None,
                impersonator: Some(Impersonator { person: person(user), id: acting.id, since: acting.since }),
            })),
        })
    }

    /// What a user's profiles give.
    pub(crate) async fn grants_of(&self, user: &User) -> Result<Vec<Grant>, AccessError> {
        Ok(self.profiles_of(&user.tenant, &user.profiles).await?.iter().map(crate::profile::Profile::grant).collect())
    }

    /// Ends the caller's own session.
    pub async fn sign_out(&self, by: &Principal) -> Result<(), AccessError> {
        let Some(signed_in) = by.signed_in() else { return Ok(()) };
        let session = self.control.user_sessions().find(signed_in.session_id).await?;
        if let Some(session) = session {
            self.end_session(&session, "sign_out", None, None).await?;
        }
        Ok(())
    }

    /// Ends somebody's session by force; nobody does that to somebody who has more rights.
    pub async fn end_by_force(&self, by: &Principal, id: Uuid) -> Result<(), AccessError> {
        let session = self.control.user_sessions().require(&by.tenant, id).await?;
        let user = self.user(&by.tenant, session.user_id).await?;
        self.require_over(by, &user).await?;
        self.end_session(&session, "forced_sign_out", Some(&Actor::of(by)), None).await?;
        Ok(())
    }

    /// Ends all sessions of a user but one.
    pub(crate) async fn end_sessions_of(&self, user: &User, except: Option<Uuid>, by: &Actor, why: &str) -> Result<(), AccessError> {
        for session in self.control.user_sessions().of_user(&user.tenant, user.id).await? {
            if Some(session.id) != except {
                self.end_session(&session, "forced_sign_out", Some(by), Some(why.to_owned())).await?;
            }
        }
        Ok(())
    }

    /// Ends a session, and an impersonation in it first. Nothing is done or recorded twice.
    pub(crate) async fn end_session(
        &self,
        session: &UserSession,
        activity: &'static str,
        by: Option<&Actor>,
        summary: Option<String>,
    ) -> Result<bool, AccessError> {
        let now = self.now();
        let Some(user) = self.control.users().get(&session.tenant, session.user_id).await? else { return Ok(false) };
        let person = person(&user);
        let mut present = Some(session.clone());
        let mut ended = false;
        // An impersonation that begins or ends meanwhile is recorded too.
        while let Some(session) = present.filter(|_| !ended) {
            let mut records = self.ends_of_acting(&session, &user, by.unwrap_or(&Actor::person(&person)), now).await?;
            records.push(ending(&person, &session, activity, by, summary.clone(), now));
            ended = self.control.user_sessions().end(&session, None, &records).await?;
            present = self.control.user_sessions().find(session.id).await?;
        }
        self.verified_sessions.forget(session.id);
        Ok(ended)
    }

    /// Who is signed in now.
    pub async fn sessions(&self, tenant: &TenantId) -> Result<Vec<SessionInfo>, AccessError> {
        let now = self.now();
        let settings = self.sign_in_settings(tenant).await?.value;
        let users: std::collections::HashMap<Uuid, Person> =
            self.control.users().list(tenant).await?.iter().map(|user| (user.id, person(user))).collect();
        let info = |session: UserSession| {
            Some(SessionInfo {
                id: session.id,
                person: users.get(&session.user_id)?.clone(),
                since: session.created_at,
                last_seen_at: session.last_seen_at,
                expires_at: session.expires_at,
                acting_as: session.acting.and_then(|acting| users.get(&acting.user_id).cloned()),
                method: session.method,
                place: Place { source_ip: session.source_ip, user_agent: session.user_agent },
            })
        };
        Ok(self
            .control
            .user_sessions()
            .list(tenant)
            .await?
            .into_iter()
            .filter(|session| settings.lives(session, now))
            .filter_map(info)
            .collect())
    }

    /// Ends sessions that have ended by themselves, and forgets what is of no use any more. To be called now and then.
    pub async fn tidy(&self, tenant: &TenantId) -> Result<(), AccessError> {
        let now = self.now();
        let settings = self.sign_in_settings(tenant).await?.value;
        let used_since = settings.used_since(now);
        for session in self.control.user_sessions().overdue(tenant, now, used_since).await? {
            let Some(user) = self.control.users().get(tenant, session.user_id).await? else { continue };
            // It ended then, not now that it is found.
            let idle = session.last_seen_at.plus_micros(now.micros_since(used_since));
            let (ended_at, why) = if session.expires_at <= idle {
                (session.expires_at, format!("Signed out {} hours after signing in", settings.absolute_hours))
            } else {
                (idle, format!("Signed out after {} minutes without use", settings.idle_minutes))
            };
            let ended_at = ended_at.min(now);
            let system = Actor::system();
            let mut records = self.ends_of_acting(&session, &user, &system, ended_at).await?;
            records.push(ending(&person(&user), &session, "sign_out", Some(&system), Some(why), ended_at));
            let unused_since = (session.expires_at > now).then_some(used_since);
            self.control.user_sessions().end(&session, unused_since, &records).await?;
            self.verified_sessions.forget(session.id);
        }
        self.control.sign_ins().forget(now.plus_micros(-FORGOTTEN_AFTER_S * MICROS_PER_SECOND), now).await?;
        Ok(())
    }
}

/// What somebody must do before they may do anything else.
fn restriction(user: &User, method: &str, settings: &SignInSettings) -> Option<Restriction> {
    if method != FORM {
        None
    } else if user.credentials.must_change_password {
        Some(Restriction::ChangePassword)
    } else if settings.require_second_factor && user.credentials.totp_secret.is_none() {
        Some(Restriction::SetUpSecondFactor)
    } else {
        None
    }
}

/// Somebody who must do something first may do nothing else.
fn restricted(principal: Principal) -> Principal {
    let is_restricted = principal.signed_in().is_some_and(|signed_in| signed_in.restriction.is_some());
    if is_restricted { Principal { grants: Vec::new(), ..principal } } else { principal }
}

/// Nobody changes rights while they act as somebody else.
fn without_security(grant: Grant) -> Grant {
    let permissions = grant.permissions.into_iter().filter(|permission| !Permission::SECURITY.contains(permission)).collect();
    Grant { permissions, ..grant }
}

impl From<Denied> for AccessError {
    fn from(denied: Denied) -> Self {
        AccessError::Denied(denied)
    }
}
