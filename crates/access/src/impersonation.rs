//! Acting as another user: always visible, always recorded with both people, and never with the right to change rights.

use rollcall_control::outbox::Record;
use rollcall_control::user_sessions::{Acting, UserSession};
use rollcall_control::users::User;
use rollcall_model::Timestamp;
use uuid::Uuid;

use crate::error::AccessError;
use crate::permission::{Permission, allows};
use crate::principal::Principal;
use crate::record::{self, Actor, Operation, Place};
use crate::service::Access;
use crate::sign_in::person;

impl Access {
    /// From now on the caller's session acts as another user.
    pub async fn act_as(&self, by: &Principal, id: Uuid) -> Result<(), AccessError> {
        let (session, user) = self.own_session(by).await?;
        if session.acting.is_some() {
            return Err(AccessError::Conflict("you act as somebody else already; end that first".to_owned()));
        }
        if user.id == id {
            return Err(AccessError::Conflict("that is yourself".to_owned()));
        }
        let unknown = || AccessError::Unknown { what: "user", id: id.to_string() };
        let target = self.control.users().get(&by.tenant, id).await?.ok_or_else(unknown)?;
        self.may_act_as(by, &target).await?;
        let acting = Acting { id: Uuid::now_v7(), user_id: target.id, since: self.now() };
        let record = told("impersonation_start", &session, acting.id, &target, &Actor::person(&person(&user)), acting.since);
        if !self.control.user_sessions().act(&session, Some(&acting), &[record]).await? {
            return Err(AccessError::Conflict("the session has changed meanwhile; try again".to_owned()));
        }
        self.verified_sessions.forget(session.id);
        Ok(())
    }

    /// The caller's session acts as nobody else any more.
    pub async fn stop_acting(&self, by: &Principal) -> Result<(), AccessError> {
        let (session, user) = self.own_session(by).await?;
        self.end_acting(&session, &user, &Actor::person(&person(&user))).await
    }

    /// Whether somebody may act as another: nobody gets rights that way that they don't have.
    pub(crate) async fn may_act_as(&self, own: &Principal, target: &User) -> Result<(), AccessError> {
        allows(own, Permission::Impersonate)?;
        if !target.active {
            return Err(AccessError::Conflict(format!("{:?} may not sign in, so nobody acts as them", target.account)));
        }
        let gives_more = self.grants_of(target).await?.iter().any(|grant| !own.covers(&grant.permissions, &grant.scope));
        if gives_more {
            return Err(AccessError::MoreThanOwn(format!("acting as {:?}", target.account)));
        }
        Ok(())
    }

    pub(crate) async fn end_acting(&self, session: &UserSession, user: &User, by: &Actor) -> Result<(), AccessError> {
        let records = self.ends_of_acting(session, user, by, self.now()).await?;
        if !records.is_empty() {
            self.control.user_sessions().act(session, None, &records).await?;
        }
        self.verified_sessions.forget(session.id);
        Ok(())
    }

    /// What the record says of the end of an impersonation in a session, if there is one.
    pub(crate) async fn ends_of_acting(
        &self,
        session: &UserSession,
        user: &User,
        by: &Actor,
        now: Timestamp,
    ) -> Result<Vec<Record>, AccessError> {
        let Some(acting) = &session.acting else { return Ok(Vec::new()) };
        let target = self.control.users().get(&session.tenant, acting.user_id).await?;
        Ok(end_of_acting(session, target.as_ref().unwrap_or(user), by, now).into_iter().collect())
    }

    /// The caller's session, and who really sits there.
    async fn own_session(&self, by: &Principal) -> Result<(UserSession, User), AccessError> {
        let only_users = || AccessError::Conflict("only somebody who has signed in acts as somebody else".to_owned());
        let id = by.signed_in().ok_or_else(only_users)?.session_id;
        let session = self.control.user_sessions().require(&by.tenant, id).await?;
        let user = self.control.users().get(&by.tenant, session.user_id).await?;
        Ok((session, user.ok_or_else(only_users)?))
    }
}

/// The record of the end of an impersonation in a session, if there is one.
pub(crate) fn end_of_acting(session: &UserSession, target: &User, by: &Actor, now: Timestamp) -> Option<Record> {
    session.acting.as_ref().map(|acting| told("impersonation_end", session, acting.id, target, by, now))
}

fn told(activity: &'static str, session: &UserSession, acting: Uuid, target: &User, by: &Actor, now: Timestamp) -> Record {
    let place = Place { source_ip: session.source_ip.clone(), user_agent: session.user_agent.clone() };
    let target = person(target);
    let operation = Operation {
        activity,
        account: &target.account,
        person: Some(&target),
        session_id: Some(acting),
        method: None,
        by: Some(by),
        failure: None,
        summary: None,
        place: &place,
    };
    record::operation(&session.tenant, now, &operation)
}
