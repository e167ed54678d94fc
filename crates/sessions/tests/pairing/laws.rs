//! Laws: what holds of the sessions of any set of events, whatever the events are.
//!
//! They are stated from the specification and share no code with the pairing. The worked cases are
//! checked against them as well as random events (`properties.rs`).

use std::collections::{BTreeMap, BTreeSet};

use rollcall_model::{AccessActivity as A, EndReason, Session, SessionKind, Timestamp};
use rollcall_sessions::{AccessEvent, Limits, Paired, SourceLimits, StreamKey, TAKE_OVER_MICROS, pair, sessions_of};
use uuid::Uuid;

/// Checks every law.
pub(crate) fn check_all(events: &[AccessEvent], limits: &SourceLimits) {
    order_and_duplicates_do_not_matter(events.iter().rev().cloned().collect(), events, limits);
    cuts_between_moments_do_not_matter(events, limits, |_| true);
    asking_rows_as_of_a_moment_is_pairing_what_was_before_it(events, limits);
    streams_are_independent(events, limits);
    what_is_open_in_other_streams_may_be_left_out(events, limits, limits);
    what_is_open_in_other_streams_may_be_left_out(events, limits, &SourceLimits::default());
    rows_are_well_formed(events, limits);
    every_begin_and_every_end_is_accounted_for(events, limits);
    nothing_that_ends_a_session_lies_inside_it(events, limits);
    limits_are_kept(events, limits);
    at_most_one_sign_in_without_id_is_open(events, limits);
}

/// `shuffled` has the same events as `events`, in another order and any number of times.
pub(crate) fn order_and_duplicates_do_not_matter(shuffled: Vec<AccessEvent>, events: &[AccessEvent], limits: &SourceLimits) {
    let once = pair(vec![], events, limits);
    assert_eq!(pair(vec![], &shuffled, limits), once);
    let twice: Vec<AccessEvent> = shuffled.into_iter().chain(events.iter().cloned()).collect();
    assert_eq!(pair(vec![], &twice, limits), once);
}

/// `cut` says after which of the moments a batch ends.
pub(crate) fn cuts_between_moments_do_not_matter(events: &[AccessEvent], limits: &SourceLimits, mut cut: impl FnMut(usize) -> bool) {
    let mut by_moment: BTreeMap<Timestamp, Vec<AccessEvent>> = BTreeMap::new();
    for event in events {
        by_moment.entry(event.event_time).or_default().push(event.clone());
    }
    let mut in_batches = Paired::default();
    let mut batch = Vec::new();
    for (i, (_, at_one_moment)) in by_moment.into_iter().enumerate() {
        batch.extend(at_one_moment);
        if cut(i) {
            let next = pair(std::mem::take(&mut in_batches.open), &std::mem::take(&mut batch), limits);
            in_batches.closed.extend(next.closed);
            in_batches.open = next.open;
        }
    }
    let next = pair(in_batches.open, &batch, limits);
    in_batches.closed.extend(next.closed);
    let at_once = pair(vec![], events, limits);
    assert_eq!(by_key(in_batches.closed), by_key(at_once.closed));
    assert_eq!(next.open, at_once.open);
}

/// The rows of everything, cut at a moment, are the rows of the events before that moment.
pub(crate) fn asking_rows_as_of_a_moment_is_pairing_what_was_before_it(events: &[AccessEvent], limits: &SourceLimits) {
    let all = sessions_of(events, limits);
    for moment in moments_of_interest(events, &all) {
        let before: Vec<&AccessEvent> = events.iter().filter(|event| event.event_time < moment).collect();
        let by_events = by_key(sessions_of(&before, limits).iter().filter_map(|session| session.as_of(moment)));
        let mut by_rows = by_key(all.iter().filter_map(|session| session.as_of(moment)));
        for (key, row) in &mut by_rows {
            // A row holds only the last sign of life; where that was not yet, an earlier one is not known.
            if row.last_sign_of_life.is_none() {
                row.last_sign_of_life = by_events.get(key).and_then(|session| session.last_sign_of_life);
            }
        }
        assert_eq!(by_rows, by_events, "as of {moment}");
    }
}

/// Every stream by itself, with the starts and stops of its source, gives its part of the whole.
pub(crate) fn streams_are_independent(events: &[AccessEvent], limits: &SourceLimits) {
    let streams: BTreeSet<StreamKey> = events.iter().filter_map(StreamKey::of_event).collect();
    let mut apart = Vec::new();
    for stream in streams {
        let concerns = |event: &AccessEvent| match StreamKey::of_event(event) {
            Some(key) => key == stream,
            None => event.source == stream.source,
        };
        let sessions = sessions_of(&events.iter().filter(|event| concerns(event)).collect::<Vec<_>>(), limits);
        assert!(sessions.iter().all(|session| StreamKey::of_session(session) == stream));
        apart.extend(sessions);
    }
    assert_eq!(by_key(apart), by_key(sessions_of(events, limits)));
}

/// Open sessions of streams that the next events don't touch come out as they went in, unless other limits apply now.
pub(crate) fn what_is_open_in_other_streams_may_be_left_out(events: &[AccessEvent], limits: &SourceLimits, limits_now: &SourceLimits) {
    let mut moments: Vec<Timestamp> = events.iter().map(|event| event.event_time).collect();
    moments.sort_unstable();
    for cut in [moments.len() / 2, moments.len() * 3 / 4, moments.len().saturating_sub(1)] {
        let Some(&cut) = moments.get(cut) else { return };
        let (before, after): (Vec<&AccessEvent>, Vec<_>) = events.iter().partition(|event| event.event_time < cut);
        let open = pair(vec![], &before, limits).open;
        let all = pair(open.clone(), &after, limits_now);
        let is_touched = |session: &Session| {
            after.iter().any(|event| match StreamKey::of_event(event) {
                Some(key) => key == StreamKey::of_session(session),
                None => event.source == session.source,
            })
        };
        let (concerned, others): (Vec<_>, Vec<_>) =
            open.into_iter().partition(|session| is_touched(session) || !limits_now.hold_of(session));
        let mut some = pair(concerned, &after, limits_now);
        some.open.extend(others);
        assert_eq!(some.closed, all.closed);
        assert_eq!(by_key(some.open), by_key(all.open));
    }
}

/// Each row says what ended the session, in the columns that belong to that reason.
pub(crate) fn rows_are_well_formed(events: &[AccessEvent], limits: &SourceLimits) {
    use EndReason as R;
    let Paired { closed, open } = pair(vec![], events, limits);
    assert!(closed.iter().all(|session| !session.open) && open.iter().all(|session| session.open));
    for s in closed.iter().chain(&open) {
        let observed = s.logout_time.is_some();
        match s.end_reason {
            R::SignedOut | R::ForcedOut | R::SystemSignedOut | R::SupersededByForce | R::UnknownLogin => assert!(observed, "{s:?}"),
            R::Superseded | R::Expired | R::StillOpen => assert!(!observed, "{s:?}"),
            R::SystemRestart => {}
        }
        assert_eq!(s.open, s.end_reason == R::StillOpen, "{s:?}");
        assert_eq!(s.end_inferred, !s.open && !observed, "{s:?}");
        assert_eq!(s.logout_event_id.is_some(), observed, "{s:?}");
        assert_eq!(s.login_event_id.is_some(), s.login_time.is_some(), "{s:?}");
        assert_eq!(s.login_time.is_none(), s.end_reason == R::UnknownLogin, "{s:?}");
        assert!(s.open || (observed != s.ended_no_later_than.is_some()), "{s:?}");
        assert!(s.end_time().is_none_or(|end| s.login_time.is_none_or(|login| login <= end)), "{s:?}");
        assert!(s.impersonator.is_none() || s.kind == SessionKind::Impersonation, "{s:?}");
        if matches!(s.end_reason, R::SignedOut | R::Superseded | R::Expired | R::SystemRestart) && s.kind == SessionKind::SignIn {
            assert_eq!(s.ended_by, None, "{s:?}");
        }
    }
    let keys: BTreeSet<Uuid> = closed.iter().chain(&open).map(|session| session.session_key).collect();
    assert_eq!(keys.len(), closed.len() + open.len(), "keys are unique");
}

/// A successful begin opens one session, or renews one with the same id. A successful end ends one
/// session or is one with an unknown login, or it is the record of a take-over. A failure is nowhere.
pub(crate) fn every_begin_and_every_end_is_accounted_for(events: &[AccessEvent], limits: &SourceLimits) {
    let sessions = sessions_of(events, limits);
    for event in events {
        let logins = sessions.iter().filter(|s| s.login_event_id == Some(event.event_id)).count();
        let logouts = sessions.iter().filter(|s| s.logout_event_id == Some(event.event_id)).count();
        let same_stream = |s: &&Session| Some(StreamKey::of_session(s)) == StreamKey::of_event(event);
        if !event.success {
            assert_eq!((logins, logouts), (0, 0), "{event:?}");
            continue;
        }
        match event.activity {
            A::SignIn | A::ForcedSignIn | A::ImpersonationStart => {
                let renews = |s: &Session| s.session_id == event.session_id && s.last_sign_of_life >= Some(event.event_time);
                let renewed = event.session_id.is_some() && sessions.iter().filter(same_stream).any(renews);
                assert!(logins == 1 || (logins == 0 && renewed), "{event:?}");
                assert!(logouts == 0 || event.activity == A::ForcedSignIn, "{event:?}");
            }
            A::SignOut | A::ForcedSignOut | A::ImpersonationEnd => {
                let took_over = |s: &Session| {
                    let since = s.login_time.map(|login| event.event_time.micros_since(login));
                    s.login_forced && since.is_some_and(|micros| (0..=TAKE_OVER_MICROS).contains(&micros))
                };
                let record = event.activity == A::ForcedSignOut && sessions.iter().filter(same_stream).any(took_over);
                assert_eq!(logins, 0, "{event:?}");
                assert!(logouts == 1 || (logouts == 0 && record), "{event:?}");
            }
            A::SignOfLife | A::SystemStart => assert_eq!((logins, logouts), (0, 0), "{event:?}"),
            A::SystemStop => assert_eq!(logins, 0, "{event:?}"),
        }
    }
}

/// Strictly between a session's login and its end lies nothing that would have ended it.
pub(crate) fn nothing_that_ends_a_session_lies_inside_it(events: &[AccessEvent], limits: &SourceLimits) {
    for session in sessions_of(events, limits) {
        let Some(login) = session.login_time else { continue };
        // An open session's `end_time` is only the limit that lies ahead of it.
        let end = if session.open { Timestamp::MAX } else { session.end_time().unwrap_or(Timestamp::MAX) };
        for event in events.iter().filter(|e| e.success && login < e.event_time && e.event_time < end) {
            let of_stream = StreamKey::of_event(event).is_none_or(|key| key == StreamKey::of_session(&session));
            if of_stream && event.source == session.source {
                assert!(!ends(event, &session, login), "{event:?} lies inside {session:?}");
            }
        }
    }
}

/// Whether an event of its stream (or a start or stop of its source) ends a session that is open.
fn ends(event: &AccessEvent, session: &Session, login: Timestamp) -> bool {
    let same_id = event.session_id.is_some() && event.session_id == session.session_id;
    let without_id = session.session_id.is_none();
    let record_of_take_over = session.login_forced && event.event_time.micros_since(login) <= TAKE_OVER_MICROS;
    match (event.activity, session.kind) {
        (A::SystemStart | A::SystemStop, _) => true,
        (A::SignOfLife, _) => false,
        (A::SignIn, SessionKind::SignIn) => without_id,
        (A::ForcedSignIn, SessionKind::SignIn) => !same_id,
        (A::SignOut, SessionKind::SignIn) => same_id || (without_id && event.session_id.is_none()),
        (A::ForcedSignOut, SessionKind::SignIn) => same_id || (without_id && event.session_id.is_none() && !record_of_take_over),
        (A::ImpersonationStart | A::ImpersonationEnd, SessionKind::SignIn) => false,
        (A::ImpersonationStart, SessionKind::Impersonation) => without_id && event.triggered_by == session.impersonator,
        (A::ImpersonationEnd, SessionKind::Impersonation) => {
            same_id
                || (without_id
                    && event.session_id.is_none()
                    && !event.by_system
                    && event.triggered_by == session.impersonator
                    && session.impersonator.is_some())
        }
        // By its id a sign-out may end an impersonation, unless a sign-in has the same id.
        (A::SignIn | A::ForcedSignIn | A::SignOut | A::ForcedSignOut, SessionKind::Impersonation) => false,
    }
}

/// No session outlives its limit, an expired one says by when it was over, an open one when it will be,
/// and its last sign of life is the last that concerned it.
pub(crate) fn limits_are_kept(events: &[AccessEvent], limits: &SourceLimits) {
    for session in sessions_of(events, limits) {
        let Some(login) = session.login_time else { continue };
        let bound = bound(limits.get(&session.source), login, session.last_sign_of_life);
        if session.open || session.end_reason == EndReason::Expired {
            assert_eq!(session.ended_no_later_than, bound, "{session:?}");
        } else if let Some(bound) = bound {
            assert!(session.end_time() <= Some(bound), "{session:?}");
        }
        let end = if session.open { bound.unwrap_or(Timestamp::MAX) } else { session.end_time().unwrap_or(Timestamp::MAX) };
        for event in events.iter().filter(|e| e.success && e.activity == A::SignOfLife) {
            let inside = login <= event.event_time && event.event_time < end;
            let of_stream = StreamKey::of_event(event) == Some(StreamKey::of_session(&session));
            let concerned = event.session_id.is_none() && session.kind == SessionKind::SignIn;
            if inside && of_stream && concerned {
                assert!(session.last_sign_of_life >= Some(event.event_time), "{event:?} is not heard by {session:?}");
            }
        }
    }
}

fn bound(limits: Limits, login: Timestamp, life: Option<Timestamp>) -> Option<Timestamp> {
    let idle = limits.idle_micros.map(|micros| life.unwrap_or(login).plus_micros(micros));
    let longest = limits.longest_micros.map(|micros| login.plus_micros(micros));
    match (idle, longest) {
        (Some(idle), Some(longest)) => Some(idle.min(longest)),
        (one, other) => one.or(other),
    }
}

/// At no moment is more than one sign-in without a session id open in a stream.
pub(crate) fn at_most_one_sign_in_without_id_is_open(events: &[AccessEvent], limits: &SourceLimits) {
    let all = sessions_of(events, limits);
    for moment in moments_of_interest(events, &all) {
        let mut seen = BTreeSet::new();
        for session in all.iter().filter_map(|session| session.as_of(moment)) {
            if session.open && session.session_id.is_none() && session.kind == SessionKind::SignIn {
                assert!(seen.insert(StreamKey::of_session(&session)), "as of {moment}: {session:?}");
            }
        }
    }
}

/// Every moment at which something happens or a limit passes, and the instant after it.
fn moments_of_interest(events: &[AccessEvent], sessions: &[Session]) -> BTreeSet<Timestamp> {
    let of_events = events.iter().map(|event| event.event_time);
    let of_sessions = sessions.iter().filter_map(Session::end_time);
    of_events.chain(of_sessions).flat_map(|moment| [moment, moment.plus_micros(1)]).collect()
}

fn by_key(sessions: impl IntoIterator<Item = Session>) -> BTreeMap<Uuid, Session> {
    sessions.into_iter().map(|session| (session.session_key, session)).collect()
}
