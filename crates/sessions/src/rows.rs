//! Rows: what a session's columns hold when it begins and after each kind of end.
//!
//! Which event opens or ends which session is decided in [`crate::rules`].

use rollcall_model::{AccessActivity, EndReason, Session, SessionKind, Timestamp};
use uuid::Uuid;

use crate::event::AccessEvent;

/// Namespace of session keys. Stored rows and links hold keys made with it: it never changes.
const NAMESPACE: Uuid = Uuid::from_u128(0xacc7_a16c_d96c_4ce0_b1ab_dfa0_1346_1c26);

/// Which end of the session a key is derived from; the byte in front keeps the two sorts apart.
#[derive(Clone, Copy)]
enum KeyOf {
    Opening = 1,
    Closing = 2,
}

/// The stable key of a session: UUIDv5 over which end of it the event is, the event's id, and its time
/// in microseconds (big-endian).
fn session_key(key_of: KeyOf, event_id: Uuid, event_time: Timestamp) -> Uuid {
    let mut name = [0; 25];
    let (prefix, rest) = name.split_at_mut(1);
    let (id, time) = rest.split_at_mut(16);
    prefix.fill(key_of as u8);
    id.copy_from_slice(event_id.as_bytes());
    time.copy_from_slice(&event_time.as_micros().to_be_bytes());
    Uuid::new_v5(&NAMESPACE, &name)
}

/// A session that `event` opened.
pub(crate) fn opened(kind: SessionKind, event: &AccessEvent) -> Session {
    Session {
        session_key: session_key(KeyOf::Opening, event.event_id, event.event_time),
        login_time: Some(event.event_time),
        login_event_id: Some(event.event_id),
        login_forced: event.activity == AccessActivity::ForcedSignIn,
        sign_in_method: event.sign_in_method.clone(),
        source_ip: event.source_ip.clone(),
        end_reason: EndReason::StillOpen,
        impersonator: if kind == SessionKind::Impersonation { event.triggered_by.clone() } else { None },
        open: true,
        ..about(kind, event)
    }
}

/// Rule 5: a session of which only the end is known. How and from where the agent had signed in is not
/// known either, so those columns stay empty.
pub(crate) fn unknown_login(event: &AccessEvent) -> Session {
    let impersonation = event.activity == AccessActivity::ImpersonationEnd;
    let impersonator = if impersonation { named_impersonator(event) } else { None };
    Session {
        session_key: session_key(KeyOf::Closing, event.event_id, event.event_time),
        logout_time: Some(event.event_time),
        logout_event_id: Some(event.event_id),
        end_reason: EndReason::UnknownLogin,
        ended_by: ended_by(event, impersonator),
        impersonator: impersonator.map(str::to_owned),
        ..about(if impersonation { SessionKind::Impersonation } else { SessionKind::SignIn }, event)
    }
}

/// What the event that a session is known by says of where it was and of whom; neither its login nor
/// its end.
fn about(kind: SessionKind, event: &AccessEvent) -> Session {
    Session {
        kind,
        source: event.source.clone(),
        stream: event.stream.clone(),
        channel: event.channel.clone(),
        session_id: event.session_id.clone(),
        account: event.account.clone(),
        employee_id: event.employee_id.clone(),
        agent_name: event.agent_name.clone(),
        routing_profile: event.routing_profile.clone(),
        hierarchy: event.hierarchy.clone(),
        brand: event.brand.clone(),
        tags: event.tags.clone(),
        session_key: Uuid::nil(),
        login_time: None,
        login_event_id: None,
        login_forced: false,
        sign_in_method: None,
        source_ip: None,
        last_sign_of_life: None,
        logout_time: None,
        logout_event_id: None,
        end_reason: EndReason::StillOpen,
        end_inferred: false,
        ended_by: None,
        impersonator: None,
        ended_no_later_than: None,
        open: false,
    }
}

/// Rules 2, 8 and 10: an end that was asked for, by the agent, by somebody else or by the system.
pub(crate) fn ended(session: Session, event: &AccessEvent) -> Session {
    let end_reason = match event.activity {
        _ if event.by_system => EndReason::SystemSignedOut,
        AccessActivity::ForcedSignOut => EndReason::ForcedOut,
        _ => EndReason::SignedOut,
    };
    let ended_by = ended_by(event, session.impersonator.as_deref());
    Session { ended_by, ..observed(session, end_reason, event.event_time, event.event_id) }
}

/// Rule 3: a forced sign-in took over.
pub(crate) fn taken_over(session: Session, by: &AccessEvent) -> Session {
    let who = by.triggered_by.as_ref().or(by.agent_name.as_ref()).or(by.account.as_ref()).or(by.employee_id.as_ref());
    Session { ended_by: who.cloned(), ..observed(session, EndReason::SupersededByForce, by.event_time, by.event_id) }
}

/// Rule 4: the agent signed in again.
pub(crate) fn superseded(session: Session, by: Timestamp) -> Session {
    inferred(session, EndReason::Superseded, by)
}

/// Rule 7: a limit passed.
pub(crate) fn expired(session: Session, bound: Timestamp) -> Session {
    inferred(session, EndReason::Expired, bound)
}

/// Rule 9: the source stopped.
pub(crate) fn stopped(session: Session, time: Timestamp, event_id: Uuid) -> Session {
    observed(session, EndReason::SystemRestart, time, event_id)
}

/// Rule 9: the source started, without having said that it stopped.
pub(crate) fn started_anew(session: Session, by: Timestamp) -> Session {
    inferred(session, EndReason::SystemRestart, by)
}

/// An end that an event states.
fn observed(session: Session, end_reason: EndReason, logout_time: Timestamp, logout_event_id: Uuid) -> Session {
    Session { end_reason, logout_time: Some(logout_time), logout_event_id: Some(logout_event_id), open: false, ..session }
}

/// An end that is only concluded: all that is known is by when it was over.
fn inferred(session: Session, end_reason: EndReason, bound: Timestamp) -> Session {
    Session { end_reason, end_inferred: true, ended_no_later_than: Some(bound), open: false, ..session }
}

/// Whom an event names as impersonator. What the system ends by itself, it ends for somebody unnamed.
pub(crate) fn named_impersonator(event: &AccessEvent) -> Option<&str> {
    event.triggered_by.as_deref().filter(|_| !event.by_system)
}

/// Who ended a session, where that was not the agent: who forced, the system's own name, or the
/// impersonator.
fn ended_by(event: &AccessEvent, impersonator: Option<&str>) -> Option<String> {
    let by_another = event.by_system || event.activity == AccessActivity::ForcedSignOut;
    if by_another {
        return event.triggered_by.clone();
    }
    let of_impersonation = impersonator.is_some() || event.activity == AccessActivity::ImpersonationEnd;
    if of_impersonation { event.triggered_by.as_deref().or(impersonator).map(str::to_owned) } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Keys are stored and linked to: a change here orphans both.
    #[test]
    fn keys_are_frozen() {
        let id = Uuid::from_u128(0x018f_3e1c_7a52_7c31_9d1e_6a6f_0c0d_4e11);
        let time = Timestamp::from_micros(1_776_236_398_120_000).unwrap();
        assert_eq!(session_key(KeyOf::Opening, id, time).to_string(), "100af0de-0414-50b5-a315-3c97d0af910a");
        assert_eq!(session_key(KeyOf::Closing, id, time).to_string(), "9ef2d7d5-a8b2-50eb-a7f1-bf1398ffacd7");
    }
}
