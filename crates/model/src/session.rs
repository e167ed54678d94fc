//! Sessions: one stay of an agent in one channel, and what ended it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::event::words;
use crate::time::Timestamp;

words! {
    /// What sort of stay a session is.
    SessionKind {
        /// An agent signed in.
        SignIn = "sign_in",
        /// Somebody acted as another person.
        Impersonation = "impersonation",
    }
}

words! {
    /// How a session ended. Never a blank that leaves the reader to guess.
    EndReason {
        /// The agent signed out.
        SignedOut = "signed_out",
        /// Somebody else signed the agent out; `ended_by` names who.
        ForcedOut = "forced_out",
        /// The system signed the agent out by itself.
        SystemSignedOut = "system_signed_out",
        /// The agent signed in again without having signed out (inferred).
        Superseded = "superseded",
        /// A forced sign-in took over.
        SupersededByForce = "superseded_by_force",
        /// A limit of the source passed (inferred).
        Expired = "expired",
        /// The source stopped or started anew.
        SystemRestart = "system_restart",
        /// Not ended as of the moment that is asked about.
        StillOpen = "still_open",
        /// A sign-out without a known sign-in.
        UnknownLogin = "unknown_login",
    }
}

/// One session. What each column means stands in [`crate::columns::SESSIONS`].
///
/// A session that is open carries in `ended_no_later_than` the moment at which it will have passed its
/// source's limit, if it has one: [`Session::as_of`] decides from it whether it has expired.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[allow(missing_docs)] // every field is a column, documented once, in `columns::SESSIONS`
pub struct Session {
    pub session_key: Uuid,
    pub source: String,
    pub stream: Option<String>,
    pub channel: Option<String>,
    pub kind: SessionKind,
    pub session_id: Option<String>,
    pub account: Option<String>,
    pub employee_id: Option<String>,
    pub agent_name: Option<String>,
    pub routing_profile: Option<String>,
    pub hierarchy: Option<String>,
    pub brand: Option<String>,
    pub tags: BTreeMap<String, String>,
    pub login_time: Option<Timestamp>,
    pub login_event_id: Option<Uuid>,
    pub login_forced: bool,
    pub sign_in_method: Option<String>,
    pub source_ip: Option<String>,
    pub last_sign_of_life: Option<Timestamp>,
    pub logout_time: Option<Timestamp>,
    pub logout_event_id: Option<Uuid>,
    pub end_reason: EndReason,
    pub end_inferred: bool,
    pub ended_by: Option<String>,
    pub impersonator: Option<String>,
    pub ended_no_later_than: Option<Timestamp>,
    pub open: bool,
}

impl Session {
    /// When it ended: the logout, or the bound of an inferred end. For an open session the moment at
    /// which it will have expired, if its source has a limit.
    pub fn end_time(&self) -> Option<Timestamp> {
        self.logout_time.or(self.ended_no_later_than)
    }

    /// Seconds from login to logout, while both are known.
    pub fn duration(&self) -> Option<f64> {
        Some(self.logout_time?.seconds_since(self.login_time?))
    }

    /// The session as it looked at `moment`, or `None` if nothing of it had happened.
    ///
    /// What lies at or after `moment` is not known yet: a login makes the session vanish, an end leaves
    /// it `still_open`. An open session whose limit passed before `moment` has `expired`.
    ///
    /// The report engine does the same to whole columns; a test there holds the two together.
    #[must_use]
    pub fn as_of(&self, moment: Timestamp) -> Option<Session> {
        let mut seen = self.clone();
        if self.login_time.is_none() {
            return self.logout_time.filter(|&t| t < moment).map(|_| seen);
        }
        if self.login_time.is_some_and(|t| t >= moment) {
            return None;
        }
        if seen.last_sign_of_life.is_some_and(|t| t >= moment) {
            seen.last_sign_of_life = None;
        }
        match self.end_time() {
            Some(end) if end < moment => {
                if self.open {
                    seen.open = false;
                    seen.end_reason = EndReason::Expired;
                    seen.end_inferred = true;
                }
            }
            _ => {
                seen.open = true;
                seen.end_reason = EndReason::StillOpen;
                seen.end_inferred = false;
                seen.logout_time = None;
                seen.logout_event_id = None;
                seen.ended_no_later_than = None;
                seen.ended_by = None;
            }
        }
        Some(seen)
    }
}
