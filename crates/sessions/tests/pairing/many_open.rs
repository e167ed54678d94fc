//! Many sessions open at once in one stream: a service account that never signs out. With a search
//! through all of them at each event, this would take minutes.

use rollcall_model::EndReason;
use rollcall_sessions::{AccessEvent, SourceLimits, pair};
use uuid::Uuid;

use crate::notation::{SOURCE, event, limits};

const SESSIONS: usize = 20_000;

/// A sign-in with an id of its own each millisecond, and after each a sign of life for all of them.
fn events() -> Vec<AccessEvent> {
    let mut events = Vec::new();
    for i in 0..SESSIONS as u128 {
        let at = |micros: u128, activity: &str| {
            let template = event(&format!("08:00 {activity} service api"), i * 2 + micros);
            AccessEvent { event_time: template.event_time.plus_micros((i * 1_000 + micros) as i64), ..template }
        };
        events.push(AccessEvent { session_id: Some(i.to_string()), ..at(0, "sign_in") });
        events.push(at(1, "sign_of_life"));
    }
    events
}

#[test]
fn signs_of_life_keep_thousands_open() {
    let limits: SourceLimits = [limits("portal idle=1s longest=9h")].into_iter().collect();
    let paired = pair(vec![], &events(), &limits);
    assert_eq!(paired.open.len(), SESSIONS);
    let last = paired.open.last().and_then(|session| session.last_sign_of_life);
    assert!(last.is_some() && paired.open.iter().all(|session| session.last_sign_of_life == last));
}

#[test]
fn the_oldest_of_thousands_expire_one_by_one() {
    let limits: SourceLimits = [limits("portal longest=5s")].into_iter().collect();
    let paired = pair(vec![], &events(), &limits);
    assert_eq!(paired.open.len(), 5_000, "those of the last five seconds");
    assert!(paired.closed.iter().all(|session| session.end_reason == EndReason::Expired));
}

#[test]
fn a_stop_of_the_source_ends_thousands_of_streams() {
    let mut events = events();
    for (i, event) in events.iter_mut().enumerate() {
        event.channel = Some(format!("api/{}", i / 2));
    }
    // Ten thousand stops that come later find nothing any more.
    for i in 0..10_000 {
        let stop = event(&format!("09:00 system_stop source={SOURCE}"), 0);
        events.push(AccessEvent { event_id: Uuid::from_u128(1 << 64 | i), event_time: stop.event_time.plus_micros(i as i64), ..stop });
    }
    let paired = pair(vec![], &events, &SourceLimits::default());
    assert!(paired.open.is_empty());
    assert_eq!(paired.closed.len(), SESSIONS);
    assert!(paired.closed.iter().all(|session| session.logout_event_id == Some(Uuid::from_u128(1 << 64))));
}
