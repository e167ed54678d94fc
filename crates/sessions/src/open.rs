//! The sessions of one kind that are open in one stream.
//!
//! Owns how they are found again, what counts as their last sign of life, and which of them have passed
//! a limit. Thousands may be open at once (a service account whose sessions carry ids and are never
//! ended), so no operation walks through them; only [`OpenSessions::latest_without_id`] looks at the few
//! impersonators. Which event does what is decided in [`crate::rules`].

use std::collections::{BTreeMap, BTreeSet};

use rollcall_model::{Session, Timestamp};

use crate::limits::Limits;
use crate::rows;

/// By what an open session is found again. There is at most one in each slot.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Slot {
    /// The one without a session id. Impersonations without an id are told apart by the impersonator;
    /// a sign-in has none.
    WithoutId(Option<String>),
    /// The one with this session id.
    Id(String),
}

impl Slot {
    /// The slot of what carries this session id or, without one, of what this impersonator began.
    pub(crate) fn new(session_id: Option<&str>, impersonator: Option<&str>) -> Slot {
        match session_id {
            Some(id) => Slot::Id(id.to_owned()),
            None => Slot::WithoutId(impersonator.map(str::to_owned)),
        }
    }

    /// The slot of a session.
    pub(crate) fn of(session: &Session) -> Slot {
        Slot::new(session.session_id.as_deref(), session.impersonator.as_deref())
    }
}

/// Open sessions of one kind in one stream.
#[derive(Debug, Default)]
pub(crate) struct OpenSessions {
    limits: Limits,
    sessions: BTreeMap<Slot, Session>,
    /// The last sign of life that spoke for all of them. It is kept here and not in each row, so that
    /// it costs the same however many are open; a row gets it when it leaves.
    heard: Option<Timestamp>,
    /// Slots by their session's own last sign of life (else its login), if there is an idle limit.
    by_life: BTreeSet<(Timestamp, Slot)>,
    /// Slots by login, if there is a longest duration.
    by_login: BTreeSet<(Timestamp, Slot)>,
}

impl OpenSessions {
    pub(crate) fn new(limits: Limits) -> Self {
        OpenSessions { limits, ..OpenSessions::default() }
    }

    pub(crate) fn get(&self, slot: &Slot) -> Option<&Session> {
        self.sessions.get(slot)
    }

    /// The slot of the session without an id that began last. There is one of them for each
    /// impersonator who is at it.
    pub(crate) fn latest_without_id(&self) -> Option<&Slot> {
        let without_id = self.sessions.iter().take_while(|(slot, _)| matches!(slot, Slot::WithoutId(_)));
        without_id.max_by_key(|(_, session)| (session.login_time, session.login_event_id)).map(|(slot, _)| slot)
    }

    /// Adds a session to a slot that is free.
    pub(crate) fn insert(&mut self, session: Session) {
        let slot = Slot::of(&session);
        if self.limits.idle_micros.is_some() {
            self.by_life.insert((own_life(&session), slot.clone()));
        }
        if self.limits.longest_micros.is_some() {
            self.by_login.insert((login(&session), slot.clone()));
        }
        let earlier = self.sessions.insert(slot, session);
        debug_assert!(earlier.is_none(), "a slot holds one session");
    }

    /// Takes a session out, with its last sign of life filled in.
    pub(crate) fn remove(&mut self, slot: &Slot) -> Option<Session> {
        let (slot, mut session) = self.sessions.remove_entry(slot)?;
        let life = (own_life(&session), slot);
        self.by_life.remove(&life);
        self.by_login.remove(&(login(&session), life.1));
        session.last_sign_of_life = self.last_sign_of_life(&session);
        Some(session)
    }

    /// Takes any session out, until there is none.
    pub(crate) fn remove_any(&mut self) -> Option<Session> {
        let slot = self.sessions.keys().next()?.clone();
        self.remove(&slot)
    }

    /// Takes out a session whose limit has passed before `now`, ended as expired, until there is none.
    pub(crate) fn remove_expired(&mut self, now: Timestamp) -> Option<Session> {
        let slot = self.idle_since(now).or_else(|| self.longer_than_allowed(now))?.clone();
        let session = self.remove(&slot)?;
        let bound = self.limits.bound(login(&session), session.last_sign_of_life)?;
        Some(rows::expired(session, bound))
    }

    /// The source says that the agent is still there in this session.
    pub(crate) fn refresh(&mut self, slot: &Slot, now: Timestamp) {
        if let Some(session) = self.remove(slot) {
            self.insert(Session { last_sign_of_life: Some(now), ..session });
        }
    }

    /// The source says that the agent is still there, and names no session.
    pub(crate) fn refresh_all(&mut self, now: Timestamp) {
        self.heard = Some(now);
    }

    /// The sessions as rows, each with the moment at which its limit will have passed.
    pub(crate) fn into_rows(mut self) -> impl Iterator<Item = Session> {
        std::iter::from_fn(move || {
            let session = self.remove_any()?;
            let ended_no_later_than = self.limits.bound(login(&session), session.last_sign_of_life);
            Some(Session { ended_no_later_than, ..session })
        })
    }

    fn idle_since(&self, now: Timestamp) -> Option<&Slot> {
        // Whatever began after the last sign of life for all is younger than it, so that while this one
        // is within the limit, everything is.
        let passed = |life: Timestamp| self.limits.idle_bound(life).is_some_and(|bound| bound < now);
        if self.heard.is_some_and(|heard| !passed(heard)) {
            return None;
        }
        self.by_life.first().filter(|(life, _)| passed(*life)).map(|(_, slot)| slot)
    }

    fn longer_than_allowed(&self, now: Timestamp) -> Option<&Slot> {
        let passed = |login: Timestamp| self.limits.longest_bound(login).is_some_and(|bound| bound < now);
        self.by_login.first().filter(|(login, _)| passed(*login)).map(|(_, slot)| slot)
    }

    fn last_sign_of_life(&self, session: &Session) -> Option<Timestamp> {
        // At one moment signs of life come last: one at the very moment of the login came after it.
        let heard = self.heard.filter(|&heard| heard >= login(session));
        session.last_sign_of_life.max(heard)
    }
}

/// When an open session began. Every open session has a login; the fallback is never taken.
fn login(session: &Session) -> Timestamp {
    session.login_time.unwrap_or(Timestamp::MIN)
}

fn own_life(session: &Session) -> Timestamp {
    session.last_sign_of_life.unwrap_or(login(session))
}
