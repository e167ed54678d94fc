//! Signing in with account and password, and a one-time code where somebody has set that up; beginning a session.
//!
//! An account that there is not, a wrong password, a user who may not sign in and a wrong code get the same answer, and
//! the first three after the same time. What it was stands in the record.

use std::fmt;

use rollcall_control::sign_ins::Failures;
use rollcall_control::user_sessions::{Began, Ending, Others, UserSession};
use rollcall_control::users::User;
use rollcall_model::{TenantId, Timestamp};
use uuid::Uuid;

use crate::api_key::{self, ApiKeyText, Secret};
use crate::code::Code;
use crate::error::AccessError;
use crate::impersonation::end_of_acting;
use crate::key_id::KeyId;
use crate::principal::Person;
use crate::random::random;
use crate::record::{self, Actor, Operation, Place};
use crate::service::Access;
use crate::settings::SignInSettings;
use crate::throttle::{self, Subjects};

/// How somebody proves who they are with a password, as events name it.
pub(crate) const FORM: &str = "form";
/// What the record says of a wrong code.
const WRONG_CODE: &str = "wrong code";
/// Longest account that is recorded of an attempt.
const MAX_ACCOUNT_CHARS: usize = 200;

/// An attempt to sign in. Nothing shows password and code.
#[derive(Clone)]
pub struct Attempt<'a> {
    /// Where.
    pub tenant: &'a TenantId,
    /// As whom.
    pub account: &'a str,
    /// The password.
    pub password: &'a str,
    /// A one-time or recovery code.
    pub code: Option<&'a str>,
    /// Whether other sessions of theirs are to end, where only one may be.
    pub force: bool,
    /// The session that the same browser has already, which is not elsewhere.
    pub own_session: Option<Uuid>,
    /// Where they sit.
    pub place: &'a Place,
}

impl fmt::Debug for Attempt<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Attempt")
            .field("tenant", &self.tenant)
            .field("account", &self.account)
            .field("force", &self.force)
            .field("place", &self.place)
            .finish_non_exhaustive()
    }
}

/// A session that has begun. Its text can't be had again.
#[derive(Debug, Clone)]
pub struct NewSession {
    /// What the browser keeps.
    pub text: ApiKeyText,
    /// Which session.
    pub id: Uuid,
    /// Who signed in.
    pub person: Person,
    /// When it ends, however much it is used.
    pub expires_at: Timestamp,
}

/// Nobody has signed in.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SignInError {
    /// Who it was is not told: it is the same whether the account, the password or the code is wrong.
    #[error("account, password or code is wrong")]
    Refused,
    /// The password is right, and a code is asked for.
    #[error("this account has one-time codes: send the present one, or a recovery code, as `code`")]
    SecondFactorNeeded,
    /// They are signed in elsewhere, and may be once.
    #[error("this account is signed in elsewhere; sign in with `force` to end that")]
    Elsewhere(Box<Elsewhere>),
    /// Too many attempts have failed.
    #[error("too many attempts have failed; try again in {0} s")]
    TooMany(i64),
    /// It can't be found out.
    #[error(transparent)]
    Access(#[from] AccessError),
}

impl From<rollcall_control::ControlError> for SignInError {
    fn from(error: rollcall_control::ControlError) -> Self {
        SignInError::Access(error.into())
    }
}

/// Where somebody is signed in already.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Elsewhere {
    /// Since when.
    pub since: Timestamp,
    /// When it was last used.
    pub last_seen_at: Timestamp,
    /// There.
    pub place: Place,
}

/// Who proved to be whom, and how.
#[derive(Debug, Clone)]
pub(crate) struct Proven<'a> {
    pub(crate) user: &'a User,
    pub(crate) method: &'a str,
    /// The session of an OpenID provider that it belongs to.
    pub(crate) openid: Option<(String, Option<String>)>,
    pub(crate) place: &'a Place,
    pub(crate) force: bool,
    /// The session that the same browser has already.
    pub(crate) own_session: Option<Uuid>,
}

impl Access {
    /// Signs somebody in.
    pub async fn sign_in(&self, attempt: &Attempt<'_>) -> Result<NewSession, SignInError> {
        let now = self.now();
        let subjects = Subjects::of(attempt.tenant, attempt.account, attempt.place.source_ip.as_deref());
        let wait = |subject: &str, failures: Failures| throttle::wait_s(subject, failures, now);
        let counted = match self.control.sign_ins().attempt(&subjects.all(), now, wait).await? {
            Ok(counted) => counted,
            Err(seconds) => {
                tracing::info!(seconds, "a sign-in must wait, since too many have failed");
                return Err(SignInError::TooMany(seconds));
            }
        };
        let user = self.control.users().find(attempt.tenant, attempt.account).await?;
        match self.prove(attempt, user.as_ref(), now).await? {
            Ok((user, code)) => {
                let proven = Proven {
                    user,
                    method: FORM,
                    openid: None,
                    place: attempt.place,
                    force: attempt.force,
                    own_session: attempt.own_session,
                };
                let session = self.begin_with_code(&proven, code, now).await;
                if matches!(session, Err(SignInError::Refused)) {
                    self.record_failure(attempt, Some(user), WRONG_CODE, now).await?;
                }
                if matches!(session, Ok(_) | Err(SignInError::Elsewhere(_))) {
                    self.control.sign_ins().succeeded(&counted, throttle::is_forgiven).await?;
                }
                session
            }
            Err(Unproven::CodeNeeded) => {
                // So far it is right. But whoever knows the password alone is not forgiven the codes that they guess.
                self.control.sign_ins().withdraw(&counted).await?;
                Err(SignInError::SecondFactorNeeded)
            }
            Err(Unproven::Wrong(reason)) => {
                self.record_failure(attempt, user.as_ref(), reason, now).await?;
                Err(SignInError::Refused)
            }
        }
    }

    /// Whether somebody is who they say, and with which code. It is not used up yet.
    async fn prove<'u>(
        &self,
        attempt: &Attempt<'_>,
        user: Option<&'u User>,
        now: Timestamp,
    ) -> Result<Result<(&'u User, Option<Code>), Unproven>, AccessError> {
        let hash = user.and_then(|user| user.credentials.password_hash.as_deref());
        let matches = self.passwords.matches(attempt.password, hash).await?;
        let Some(user) = user else { return Ok(Err(Unproven::Wrong("unknown account"))) };
        if !matches {
            let reason = if hash.is_none() { "no password set" } else { "wrong password" };
            return Ok(Err(Unproven::Wrong(reason)));
        }
        if !user.active {
            return Ok(Err(Unproven::Wrong("account disabled")));
        }
        if user.credentials.totp_secret.is_none() {
            return Ok(Ok((user, None)));
        }
        let Some(code) = attempt.code.map(str::trim).filter(|code| !code.is_empty()) else { return Ok(Err(Unproven::CodeNeeded)) };
        let found = self.find_code(user, code, now).await?;
        Ok(found.map(|code| (user, Some(code))).ok_or(Unproven::Wrong(WRONG_CODE)))
    }

    /// Begins a session of somebody who has come with the right password and, if they need one, a code. Who is told that
    /// they are signed in elsewhere can use the same code to force it.
    async fn begin_with_code(&self, proven: &Proven<'_>, code: Option<Code>, now: Timestamp) -> Result<NewSession, SignInError> {
        if let Some(code) = code {
            self.refuse_elsewhere(proven, now).await?;
            if !self.use_up(proven.user, &code).await? {
                return Err(SignInError::Refused);
            }
        }
        self.begin_session(proven).await
    }

    async fn refuse_elsewhere(&self, proven: &Proven<'_>, now: Timestamp) -> Result<(), SignInError> {
        let Proven { user, force, own_session, .. } = proven;
        let settings = self.sign_in_settings(&user.tenant).await?.value;
        if *force || !settings.single_sign_in {
            return Ok(());
        }
        let others = self.control.user_sessions().of_user(&user.tenant, user.id).await?;
        let is_elsewhere = |other: &UserSession| settings.lives(other, now) && Some(other.id) != *own_session;
        match others.into_iter().filter(is_elsewhere).max_by_key(|other| other.last_seen_at) {
            Some(other) => Err(elsewhere(other)),
            None => Ok(()),
        }
    }

    /// Begins a session of somebody who has proved who they are.
    pub(crate) async fn begin_session(&self, proven: &Proven<'_>) -> Result<NewSession, SignInError> {
        let Proven { user, method, place, .. } = proven;
        let now = self.now();
        let settings: SignInSettings = self.sign_in_settings(&user.tenant).await?.value;
        let (id, secret) = (Uuid::now_v7(), Secret::new(random()?));
        let session = UserSession {
            id,
            tenant: user.tenant.clone(),
            user_id: user.id,
            token_hash: secret.hash().0,
            created_at: now,
            last_seen_at: now,
            expires_at: settings.expiry(now),
            source_ip: place.source_ip.clone(),
            user_agent: place.user_agent.clone(),
            method: (*method).to_owned(),
            openid: proven.openid.clone(),
            acting: None,
        };
        let others = match (settings.single_sign_in, proven.force) {
            (false, _) => Others::Stay,
            (true, false) => proven.own_session.map_or(Others::Refuse, Others::RefuseBut),
            (true, true) => Others::End,
        };
        let person = person(user);
        let records = |ended: &[Ending]| began(&person, &session, ended, now);
        let still = |present: &User| present.active && present.credentials.password_hash == user.credentials.password_hash;
        match self.control.user_sessions().begin_if(still, &session, others, settings.used_since(now), records).await? {
            Began::Yes(ended) => {
                for other in ended {
                    self.verified_sessions.forget(other.id);
                }
                let text = api_key::write(api_key::SESSION, KeyId::from(id), &secret);
                Ok(NewSession { text, id, person, expires_at: session.expires_at })
            }
            Began::Elsewhere(other) => Err(elsewhere(*other)),
            Began::Changed => Err(AccessError::Conflict("the user was changed a moment ago; sign in again".to_owned()).into()),
        }
    }

    async fn record_failure(&self, attempt: &Attempt<'_>, user: Option<&User>, reason: &str, now: Timestamp) -> Result<(), AccessError> {
        // Of a tenant that there is not, no ledger takes a record.
        if user.is_none() && !self.control.users().any(attempt.tenant).await? {
            return Ok(());
        }
        let account: String = attempt.account.trim().chars().filter(|c| !c.is_control()).take(MAX_ACCOUNT_CHARS).collect();
        let person = user.map(person);
        let operation = Operation {
            activity: "sign_in",
            account: person.as_ref().map_or(account.as_str(), |person| person.account.as_str()),
            person: person.as_ref(),
            session_id: None,
            method: Some(FORM),
            by: None,
            failure: Some(reason),
            summary: None,
            place: attempt.place,
        };
        self.control.outbox().add(&record::operation(attempt.tenant, now, &operation)).await?;
        Ok(())
    }
}

/// Why somebody has not proved who they are.
enum Unproven {
    CodeNeeded,
    Wrong(&'static str),
}

fn elsewhere(other: UserSession) -> SignInError {
    SignInError::Elsewhere(Box::new(Elsewhere { since: other.created_at, last_seen_at: other.last_seen_at, place: place_of(&other) }))
}

/// What the record says of a session that begins, and of those that end for it.
fn began(person: &Person, session: &UserSession, ended: &[Ending], now: Timestamp) -> Vec<rollcall_control::outbox::Record> {
    let by = Actor::person(person);
    let mut records = Vec::new();
    for Ending { session: other, acting_as } in ended {
        records.extend(acting_as.as_ref().and_then(|target| end_of_acting(other, target, &by, now)));
        records.push(ending(person, other, "forced_sign_out", Some(&by), None, now));
    }
    let place = place_of(session);
    let operation = Operation {
        activity: if ended.is_empty() { "sign_in" } else { "forced_sign_in" },
        account: &person.account,
        person: Some(person),
        session_id: Some(session.id),
        method: Some(&session.method),
        by: None,
        failure: None,
        summary: None,
        place: &place,
    };
    records.push(record::operation(&session.tenant, now, &operation));
    records
}

/// What the record says of a session that ends.
pub(crate) fn ending(
    person: &Person,
    session: &UserSession,
    activity: &'static str,
    by: Option<&Actor>,
    summary: Option<String>,
    now: Timestamp,
) -> rollcall_control::outbox::Record {
    let place = place_of(session);
    let operation = Operation {
        activity,
        account: &person.account,
        person: Some(person),
        session_id: Some(session.id),
        method: Some(&session.method),
        by,
        failure: None,
        summary,
        place: &place,
    };
    record::operation(&session.tenant, now, &operation)
}

fn place_of(session: &UserSession) -> Place {
    Place { source_ip: session.source_ip.clone(), user_agent: session.user_agent.clone() }
}

/// A user, as far as others are told.
pub(crate) fn person(user: &User) -> Person {
    Person {
        id: user.id,
        account: user.account.clone(),
        name: user.display_name.clone(),
        email: user.email.clone(),
        employee_id: user.employee_id.clone(),
        has_second_factor: user.credentials.totp_secret.is_some(),
    }
}
