//! Pairing: access events in, sessions out.
//!
//! A session is one stay of an agent in one channel: a sign-in, and what ended it. Nobody writes
//! sessions; they follow from the *set* of access events, the sources' limits, and the moment as of
//! which one asks. This crate owns that step and nothing else: no clock, no store, no report. The
//! ledger says which events; [`Session::as_of`] applies the moment to a row. The rules are written out
//! for readers in `docs/sessions.md` and case by case in `tests/worked_cases`.
//!
//! - [`AccessEvent`]: what pairing needs of an event
//! - [`StreamKey`]: which events can belong together
//! - [`Limits`], [`SourceLimits`]: after what time a source's sessions expire
//! - [`pair`]: events on top of the sessions still open
//!
//! # Invariants
//!
//! - **The set decides.** Order of arrival and duplicates never change the result.
//! - **An open row is the whole state.** What is still open can be stored as rows and handed back with
//!   the next events; wherever the events are cut between two moments, the sessions are the same.
//! - **An ended row is final.** No later event alters it, so a row cut at a moment by
//!   [`Session::as_of`] is what pairing only the events before that moment gives.
//!
//! ```
//! use rollcall_model::{Category, EndReason, Event, Outcome};
//! use rollcall_sessions::{AccessEvent, SourceLimits, pair};
//! use uuid::Uuid;
//!
//! let event = |id: u128, time: &str, activity: &str| {
//!     let mut event =
//!         Event::new(Uuid::from_u128(id), time.parse().unwrap(), "portal", Category::Access, activity, Outcome::Success);
//!     event.account = Some("mara.lind".to_owned());
//!     AccessEvent::from_event(&event).unwrap()
//! };
//! let limits = SourceLimits::default();
//!
//! let morning = pair(vec![], &[event(1, "2026-04-15T08:00:00Z", "sign_in")], &limits);
//! assert!(morning.closed.is_empty());
//!
//! let evening = pair(morning.open, &[event(2, "2026-04-15T16:00:00Z", "sign_out")], &limits);
//! assert_eq!(evening.closed[0].end_reason, EndReason::SignedOut);
//! assert_eq!(evening.closed[0].duration(), Some(28_800.0));
//! assert!(evening.open.is_empty());
//! ```
//!
//! [`Session::as_of`]: rollcall_model::Session::as_of

mod batch;
mod event;
mod limits;
mod open;
mod rows;
mod rules;
mod stream;

pub use batch::{Paired, pair, sessions_of};
pub use event::AccessEvent;
pub use limits::{Limits, SourceLimits};
pub use rules::TAKE_OVER_MICROS;
pub use stream::{StreamKey, StreamName};
