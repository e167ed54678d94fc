//! The rules: what each event does to the open sessions of its stream.
//!
//! Owns the order of events at one moment and the choice of the session that an event concerns. The
//! rules are numbered as in `docs/sessions.md`.

use rollcall_model::time::MICROS_PER_SECOND;
use rollcall_model::{AccessActivity, Session, SessionKind, Timestamp};
use uuid::Uuid;

use crate::event::AccessEvent;
use crate::limits::Limits;
use crate::open::{OpenSessions, Slot};
use crate::rows;

/// For how long after a forced sign-in a forced sign-out in the same stream is taken as the source's
/// record of that take-over (rule 3), in microseconds: five seconds.
pub const TAKE_OVER_MICROS: i64 = 5 * MICROS_PER_SECOND;

/// A start or stop of a source. In the order of their occurrence; a stop before a start at the same
/// moment, because a stop says exactly when the sessions ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct SystemEvent {
    pub(crate) time: Timestamp,
    pub(crate) change: SystemChange,
    pub(crate) event_id: Uuid,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum SystemChange {
    Stop,
    Start,
}

/// What an end concerns.
enum Concerns {
    /// This open session.
    Session(SessionKind, Slot),
    /// A take-over that has already happened (rule 3).
    TakeOver,
    /// Nothing that is known (rule 5).
    Nothing,
}

/// The order of events at one moment; within each by event id.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    EndOfWhatIsOpen,
    Begin,
    OtherEnd,
    SignOfLife,
}

/// The pairing of one stream.
pub(crate) struct StreamPairing<'a> {
    sign_ins: OpenSessions,
    impersonations: OpenSessions,
    /// The slot of the last session that began with a forced sign-in. Such a sign-in ends all others,
    /// so there is at most one of them open.
    forced: Option<Slot>,
    /// Starts and stops of the source that still lie ahead.
    ahead: &'a [SystemEvent],
    closed: &'a mut Vec<Session>,
}

impl<'a> StreamPairing<'a> {
    /// Takes up a stream where `open` left it. Sessions that end go to `closed`.
    pub(crate) fn new(open: Vec<Session>, limits: Limits, system_events: &'a [SystemEvent], closed: &'a mut Vec<Session>) -> Self {
        let mut pairing = StreamPairing {
            sign_ins: OpenSessions::new(limits),
            impersonations: OpenSessions::new(limits),
            forced: None,
            ahead: system_events,
            closed,
        };
        for session in open {
            debug_assert!(session.open, "only open sessions can be taken up");
            pairing.add(session);
        }
        pairing
    }

    /// Pairs all events of the stream, given in the order of their time and id, and returns what is
    /// still open after them and after the last start or stop of the source.
    pub(crate) fn run(mut self, events: &[&AccessEvent]) -> impl Iterator<Item = Session> + use<> {
        for moment in events.chunk_by(|a, b| a.event_time == b.event_time) {
            self.at_one_moment(moment);
        }
        self.pass_system_events(|_| true);
        self.sign_ins.into_rows().chain(self.impersonations.into_rows())
    }

    /// Applies all events of one moment, given in the order of their ids.
    fn at_one_moment(&mut self, moment: &[&AccessEvent]) {
        let Some(now) = moment.first().map(|event| event.event_time) else { return };
        self.pass_system_events(|time| time < now);
        self.expire(now);
        // What is open is judged once, before any of them: else their order would decide their order.
        let mut ranked: Vec<(Rank, &AccessEvent)> = moment.iter().map(|event| (self.rank(event), *event)).collect();
        ranked.sort_by_key(|(rank, _)| *rank);
        let (ends, others) = ranked.split_at(ranked.partition_point(|(rank, _)| *rank == Rank::EndOfWhatIsOpen));
        ends.iter().for_each(|(_, event)| self.apply(event));
        self.pass_system_events(|time| time <= now);
        others.iter().for_each(|(_, event)| self.apply(event));
    }

    fn rank(&self, event: &AccessEvent) -> Rank {
        use AccessActivity as A;
        match event.activity {
            A::SignIn | A::ForcedSignIn | A::ImpersonationStart => Rank::Begin,
            A::SignOfLife => Rank::SignOfLife,
            A::SignOut | A::ForcedSignOut | A::ImpersonationEnd | A::SystemStart | A::SystemStop => match self.concerns(event) {
                Concerns::Nothing => Rank::OtherEnd,
                Concerns::Session(..) | Concerns::TakeOver => Rank::EndOfWhatIsOpen,
            },
        }
    }

    fn apply(&mut self, event: &AccessEvent) {
        use AccessActivity as A;
        match event.activity {
            A::SignIn => self.begin(SessionKind::SignIn, event),
            A::ForcedSignIn => self.take_over(event),
            A::ImpersonationStart => self.begin(SessionKind::Impersonation, event),
            A::SignOut | A::ForcedSignOut | A::ImpersonationEnd => self.end(event),
            A::SignOfLife => self.sign_of_life(event),
            // They belong to no stream and come in through `pass_system_events`.
            A::SystemStart | A::SystemStop => {}
        }
    }

    /// Rules 1, 2, 4 and 8: a begin.
    fn begin(&mut self, kind: SessionKind, event: &AccessEvent) {
        let impersonator = if kind == SessionKind::Impersonation { event.triggered_by.as_deref() } else { None };
        let (without_id, slot) = (Slot::new(None, impersonator), Slot::new(event.session_id.as_deref(), impersonator));
        let now = event.event_time;
        if let Some(earlier) = self.open(kind).remove(&without_id) {
            self.closed.push(rows::superseded(earlier, now));
        }
        if self.open(kind).get(&slot).is_some() {
            // The same session once more, as when a single sign-on reaches the next application.
            self.open(kind).refresh(&slot, now);
        } else {
            self.add(rows::opened(kind, event));
        }
    }

    /// Rule 3: a forced sign-in ends every other sign-in of the stream.
    fn take_over(&mut self, event: &AccessEvent) {
        let same = event.session_id.as_deref().and_then(|id| self.sign_ins.remove(&Slot::new(Some(id), None)));
        while let Some(other) = self.sign_ins.remove_any() {
            self.closed.push(rows::taken_over(other, event));
        }
        if let Some(same) = same {
            self.sign_ins.insert(same);
        }
        self.begin(SessionKind::SignIn, event);
    }

    /// Rules 1, 2, 5, 8 and 10: an end.
    fn end(&mut self, event: &AccessEvent) {
        match self.concerns(event) {
            Concerns::Session(kind, slot) => {
                if let Some(session) = self.open(kind).remove(&slot) {
                    self.closed.push(rows::ended(session, event));
                }
            }
            Concerns::TakeOver => {}
            Concerns::Nothing => self.closed.push(rows::unknown_login(event)),
        }
    }

    /// Rule 7: the source has heard of the agent.
    fn sign_of_life(&mut self, event: &AccessEvent) {
        match event.session_id.as_deref() {
            Some(id) => {
                let slot = Slot::new(Some(id), None);
                let kind = if self.sign_ins.get(&slot).is_some() { SessionKind::SignIn } else { SessionKind::Impersonation };
                self.open(kind).refresh(&slot, event.event_time);
            }
            // It speaks for the agent, so not for those who act as the agent.
            None => self.sign_ins.refresh_all(event.event_time),
        }
    }

    /// The session that an end concerns, as things stand.
    fn concerns(&self, event: &AccessEvent) -> Concerns {
        if event.activity == AccessActivity::ImpersonationEnd {
            return match self.impersonation_to_end(event) {
                Some(slot) => Concerns::Session(SessionKind::Impersonation, slot),
                None => Concerns::Nothing,
            };
        }
        let slot = Slot::new(event.session_id.as_deref(), None);
        let by_id = event.session_id.is_some();
        let forced_out = event.activity == AccessActivity::ForcedSignOut;
        let taken_over = forced_out && self.was_taken_over_lately(event.event_time);
        if self.sign_ins.get(&slot).is_some() && (by_id || !(taken_over && self.forced.as_ref() == Some(&slot))) {
            Concerns::Session(SessionKind::SignIn, slot)
        } else if by_id && self.impersonations.get(&slot).is_some() {
            // A source that reports no end of an impersonation reports that its session was left.
            Concerns::Session(SessionKind::Impersonation, slot)
        } else if taken_over {
            Concerns::TakeOver
        } else {
            Concerns::Nothing
        }
    }

    /// Rule 8: by the id; else the impersonator's own, else that of an unnamed one; and for an end that
    /// names nobody, the latest.
    fn impersonation_to_end(&self, event: &AccessEvent) -> Option<Slot> {
        let open = |slot: &Slot| self.impersonations.get(slot).is_some();
        if let Some(id) = event.session_id.as_deref() {
            return Some(Slot::new(Some(id), None)).filter(open);
        }
        match rows::named_impersonator(event) {
            Some(who) => [Slot::new(None, Some(who)), Slot::new(None, None)].into_iter().find(open),
            None => self.impersonations.latest_without_id().cloned(),
        }
    }

    /// Rule 3: whether a session is open that took over from others a moment ago.
    fn was_taken_over_lately(&self, now: Timestamp) -> bool {
        let session = self.forced.as_ref().and_then(|slot| self.sign_ins.get(slot));
        session.is_some_and(|s| s.login_forced && s.login_time.is_some_and(|login| now.micros_since(login) <= TAKE_OVER_MICROS))
    }

    /// Rule 9: the source's starts and stops that are `due`. The first of them ends everything, and
    /// since no event of the stream lies between them, the others find nothing.
    fn pass_system_events(&mut self, due: impl Fn(Timestamp) -> bool) {
        let (passed, ahead) = self.ahead.split_at(self.ahead.partition_point(|event| due(event.time)));
        self.ahead = ahead;
        let Some(&SystemEvent { time, change, event_id }) = passed.first() else { return };
        self.expire(time);
        while let Some(session) = self.sign_ins.remove_any().or_else(|| self.impersonations.remove_any()) {
            self.closed.push(match change {
                SystemChange::Stop => rows::stopped(session, time, event_id),
                SystemChange::Start => rows::started_anew(session, time),
            });
        }
    }

    /// Rule 7: ends what has passed its limit before `now`.
    fn expire(&mut self, now: Timestamp) {
        while let Some(session) = self.sign_ins.remove_expired(now).or_else(|| self.impersonations.remove_expired(now)) {
            self.closed.push(session);
        }
    }

    fn open(&mut self, kind: SessionKind) -> &mut OpenSessions {
        match kind {
            SessionKind::SignIn => &mut self.sign_ins,
            SessionKind::Impersonation => &mut self.impersonations,
        }
    }

    fn add(&mut self, session: Session) {
        if session.login_forced {
            self.forced = Some(Slot::of(&session));
        }
        // The bound of an open row follows from its other columns and the limits of today.
        self.open(session.kind).insert(Session { ended_no_later_than: None, ..session });
    }
}
