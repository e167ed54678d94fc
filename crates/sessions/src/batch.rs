//! A batch: events in any order become sorted streams, and the streams' sessions one sorted result.

use std::borrow::Borrow;
use std::collections::HashMap;

use rollcall_model::{AccessActivity, Session};

use crate::event::AccessEvent;
use crate::limits::SourceLimits;
use crate::rules::{StreamPairing, SystemChange, SystemEvent};
use crate::stream::StreamKey;

/// What pairing gives. Both lists are ordered by when the session began (ended, if the login is
/// unknown), then by its key.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Paired {
    /// Sessions that have ended. They are final: no later event alters them.
    pub closed: Vec<Session>,
    /// Sessions that have not: the state to hand in with the events that follow. One whose limit has
    /// passed since its stream was last heard of is among them; [`Session::as_of`] tells it apart.
    pub open: Vec<Session>,
}

/// Pairs `events`, which may come in any order and more than once, on top of the sessions still `open`.
///
/// `open` is what the pairing of earlier events returned. Every event must lie *after* all of those in
/// time, so events at the same moment go into the same call: which of them comes first is decided among
/// all of them. For an event that comes late, start from an earlier cut, or from no open sessions and
/// all events of its stream.
///
/// A stream of which nothing is handed in is not concerned: its open sessions may be left out and stay as they are,
/// unless their source stopped or started, or has other limits now ([`SourceLimits::hold_of`]).
///
/// Then it does not matter where the events were cut: `pair(pair(open, a).open, b)` closes, together
/// with `pair(open, a)`, the same sessions as `pair(open, a and b)`, and leaves the same ones open.
pub fn pair<E: Borrow<AccessEvent>>(open: Vec<Session>, events: &[E], limits: &SourceLimits) -> Paired {
    // Rule 6: what failed opens and closes nothing.
    let mut events = in_order_and_once(events);
    events.retain(|event| event.success);
    let system_events = system_events(&events);

    // The events stay where they are, for there are millions.
    let mut events_by_stream: HashMap<StreamKey<&str>, Vec<&AccessEvent>> = HashMap::new();
    for event in &events {
        if let Some(key) = StreamKey::borrowed_from_event(event) {
            events_by_stream.entry(key).or_default().push(event);
        }
    }
    let mut open_by_stream: HashMap<StreamKey, Vec<Session>> = HashMap::new();
    for session in open {
        open_by_stream.entry(StreamKey::of_session(&session)).or_default().push(session);
    }

    let mut paired = Paired::default();
    let mut pair_stream = |source: &str, open: Vec<Session>, events: &[&AccessEvent]| {
        let system_events = system_events.get(source).map_or(&[][..], Vec::as_slice);
        let pairing = StreamPairing::new(open, limits.get(source), system_events, &mut paired.closed);
        paired.open.extend(pairing.run(events));
    };
    for (key, events) in events_by_stream {
        let key = key.into_owned();
        let open = open_by_stream.remove(&key).unwrap_or_default();
        pair_stream(&key.source, open, &events);
    }
    for (key, open) in open_by_stream {
        pair_stream(&key.source, open, &[]);
    }
    sort(&mut paired.closed);
    sort(&mut paired.open);
    paired
}

/// All sessions that follow from `events`, closed and open, in the order of [`Paired`].
pub fn sessions_of<E: Borrow<AccessEvent>>(events: &[E], limits: &SourceLimits) -> Vec<Session> {
    let Paired { closed: mut sessions, open } = pair(Vec::new(), events, limits);
    sessions.extend(open);
    sort(&mut sessions);
    sessions
}

/// Events in the order of their time and id, each once. Of duplicates that contradict each other (the
/// ledger refuses them) the one that sorts first stays, so that the order of arrival never decides.
fn in_order_and_once<E: Borrow<AccessEvent>>(events: &[E]) -> Vec<&AccessEvent> {
    let key = |event: &&AccessEvent| (event.event_time, event.event_id);
    let mut events: Vec<&AccessEvent> = events.iter().map(Borrow::borrow).collect();
    events.sort_by_cached_key(key);
    events.dedup_by(|next, kept| {
        let same = key(next) == key(kept);
        if same {
            *kept = (*kept).min(*next);
        }
        same
    });
    events
}

/// The starts and stops of each source, in their order.
fn system_events<'a>(events: &[&'a AccessEvent]) -> HashMap<&'a str, Vec<SystemEvent>> {
    let mut by_source: HashMap<&str, Vec<SystemEvent>> = HashMap::new();
    for event in events {
        let change = match event.activity {
            AccessActivity::SystemStop => SystemChange::Stop,
            AccessActivity::SystemStart => SystemChange::Start,
            _ => continue,
        };
        let system_event = SystemEvent { time: event.event_time, change, event_id: event.event_id };
        by_source.entry(&event.source).or_default().push(system_event);
    }
    by_source.values_mut().for_each(|events| events.sort_unstable());
    by_source
}

fn sort(sessions: &mut [Session]) {
    sessions.sort_by_cached_key(|session| (session.login_time.or(session.logout_time), session.session_key));
}
