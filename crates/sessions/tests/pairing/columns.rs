//! From which event a session's columns come.

use rollcall_model::{AccessActivity, EndReason, Session, SessionKind};
use rollcall_sessions::{AccessEvent, SourceLimits, sessions_of};
use uuid::Uuid;

use crate::notation::{event, time};

/// An event with every column filled, each with its name and `tag`.
fn full(line: &str, number: u128, tag: &str) -> AccessEvent {
    let column = |name: &str| Some(format!("{name} {tag}"));
    AccessEvent {
        agent_name: column("name"),
        routing_profile: column("profile"),
        hierarchy: column("hierarchy"),
        brand: column("brand"),
        sign_in_method: column("method"),
        source_ip: column("ip"),
        tags: [("team".to_owned(), tag.to_owned())].into_iter().collect(),
        ..event(line, number)
    }
}

fn sessions(events: &[AccessEvent]) -> Vec<Session> {
    sessions_of(events, &SourceLimits::default())
}

#[test]
fn what_a_session_says_of_the_agent_comes_from_its_opening_event() {
    let opening = full("08:00 sign_in mara portal employee=4711 id=7 line=tty1", 1, "at login");
    let closing = full("16:00 sign_out mara portal employee=4711 id=7 line=tty1 by=mara", 2, "at logout");
    let [session] = &sessions(&[opening.clone(), closing.clone()])[..] else { panic!("one session") };
    let expected = Session {
        session_key: session.session_key,
        source: "portal".to_owned(),
        stream: Some("tty1".to_owned()),
        channel: Some("portal".to_owned()),
        kind: SessionKind::SignIn,
        session_id: Some("7".to_owned()),
        account: Some("mara".to_owned()),
        employee_id: Some("4711".to_owned()),
        agent_name: Some("name at login".to_owned()),
        routing_profile: Some("profile at login".to_owned()),
        hierarchy: Some("hierarchy at login".to_owned()),
        brand: Some("brand at login".to_owned()),
        tags: opening.tags.clone(),
        login_time: Some(time("08:00")),
        login_event_id: Some(opening.event_id),
        login_forced: false,
        sign_in_method: Some("method at login".to_owned()),
        source_ip: Some("ip at login".to_owned()),
        last_sign_of_life: None,
        logout_time: Some(time("16:00")),
        logout_event_id: Some(closing.event_id),
        end_reason: EndReason::SignedOut,
        end_inferred: false,
        ended_by: None,
        impersonator: None,
        ended_no_later_than: None,
        open: false,
    };
    assert_eq!(session, &expected);
    assert_eq!(session.duration(), Some(28_800.0));
}

#[test]
fn an_unknown_login_says_who_it_was_but_not_how_they_had_signed_in() {
    let closing = full("16:00 sign_out mara portal employee=4711", 2, "at logout");
    let [session] = &sessions(std::slice::from_ref(&closing))[..] else { panic!("one session") };
    assert_eq!(session.agent_name.as_deref(), Some("name at logout"));
    assert_eq!(session.routing_profile.as_deref(), Some("profile at logout"));
    assert_eq!(session.hierarchy.as_deref(), Some("hierarchy at logout"));
    assert_eq!(session.brand.as_deref(), Some("brand at logout"));
    assert_eq!(session.tags, closing.tags);
    assert_eq!((&session.sign_in_method, &session.source_ip), (&None, &None));
    assert_eq!((session.login_time, session.login_event_id, session.duration()), (None, None, None));
    assert_eq!((session.logout_time, session.logout_event_id), (Some(closing.event_time), Some(closing.event_id)));
    assert!(!session.open && !session.end_inferred);
}

#[test]
fn the_key_follows_from_the_opening_event_whatever_becomes_of_the_session() {
    let opening = event("08:00 sign_in mara portal", 1);
    let open = sessions(std::slice::from_ref(&opening));
    let closed = sessions(&[opening.clone(), event("16:00 sign_out mara portal", 2)]);
    let superseded = sessions(&[opening, event("17:00 sign_in mara portal", 3)]);
    assert_eq!(open[0].session_key, closed[0].session_key);
    assert_eq!(open[0].session_key, superseded[0].session_key);
    assert_ne!(superseded[0].session_key, superseded[1].session_key);
}

#[test]
fn a_take_over_by_nobody_else_names_the_agent_as_well_as_the_event_can() {
    let ended_by = |forced: AccessEvent| {
        let plain = AccessEvent {
            agent_name: None,
            activity: AccessActivity::SignIn,
            event_time: time("08:00"),
            event_id: Uuid::nil(),
            ..forced.clone()
        };
        sessions(&[plain, forced])[0].ended_by.clone()
    };
    let forced = full("12:00 forced_sign_in mara portal employee=4711 by=boss", 1, "of mara");
    assert_eq!(ended_by(forced.clone()).as_deref(), Some("boss"));
    let forced = AccessEvent { triggered_by: None, ..forced };
    assert_eq!(ended_by(forced.clone()).as_deref(), Some("name of mara"));
    let forced = AccessEvent { agent_name: None, ..forced };
    assert_eq!(ended_by(forced.clone()).as_deref(), Some("mara"));
    let forced = AccessEvent { account: None, ..forced };
    assert_eq!(ended_by(forced).as_deref(), Some("4711"));
}
