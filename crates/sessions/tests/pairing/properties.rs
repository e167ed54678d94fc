//! The laws, held against random sets of events.
//!
//! Times are few and small, so that ties, take-overs within and just beyond five seconds, and limits
//! reached to the second are the rule rather than the exception.

use proptest::prelude::*;
use rollcall_model::{AccessActivity as A, Timestamp};
use rollcall_sessions::{AccessEvent, Limits, SourceLimits};
use uuid::Uuid;

use crate::laws;
use crate::notation;

/// Source `a` has limits that random events reach easily, `b` has none.
fn limits() -> SourceLimits {
    let seconds = |n: i64| Some(n * 1_000_000);
    [("a", Limits { idle_micros: seconds(8), longest_micros: seconds(20) })].into_iter().collect()
}

fn activity() -> impl Strategy<Value = A> {
    prop_oneof![
        6 => Just(A::SignIn),
        6 => Just(A::SignOut),
        3 => Just(A::ForcedSignIn),
        3 => Just(A::ForcedSignOut),
        3 => Just(A::ImpersonationStart),
        3 => Just(A::ImpersonationEnd),
        4 => Just(A::SignOfLife),
        1 => Just(A::SystemStart),
        1 => Just(A::SystemStop),
    ]
}

fn event() -> impl Strategy<Value = AccessEvent> {
    let one_of = |words: &'static [&'static str]| prop::sample::select(words);
    let whose = (one_of(&["a", "b"]), one_of(&["mara", "mara", "ola"]), one_of(&["phone", "phone", "desktop"]));
    let which = (one_of(&["-", "-", "1", "2"]), one_of(&["-", "-", "boss", "chief"]), one_of(&["-", "-", "-", "-", "tty1"]));
    let how = (prop::bool::weighted(0.9), prop::bool::weighted(0.1));
    (activity(), 0..40_u32, whose, which, how).prop_map(|(activity, second, whose, which, (success, by_system))| {
        let some = |word: &str| (word != "-").then(|| word.to_owned());
        AccessEvent {
            activity,
            source: whose.0.to_owned(),
            account: some(whose.1),
            channel: some(whose.2),
            session_id: some(which.0),
            triggered_by: some(which.1),
            stream: some(which.2),
            success,
            by_system,
            ..notation::event(&format!("08:00:{second:02} sign_in mara phone"), 0)
        }
    })
}

/// A set of events. Each has its own id, in no relation to its time.
fn events() -> impl Strategy<Value = Vec<AccessEvent>> {
    prop::collection::vec(event(), 0..40).prop_map(|mut events| {
        for (id, event) in (1..).zip(&mut events) {
            event.event_id = Uuid::from_u128(id);
        }
        events
    })
}

fn events_and_a_shuffle() -> impl Strategy<Value = (Vec<AccessEvent>, Vec<AccessEvent>)> {
    events().prop_flat_map(|events| (Just(events.clone()), Just(events).prop_shuffle()))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn order_and_duplicates_do_not_matter((events, shuffled) in events_and_a_shuffle()) {
        laws::order_and_duplicates_do_not_matter(shuffled, &events, &limits());
    }

    #[test]
    fn cuts_between_moments_do_not_matter(events in events(), cuts in prop::collection::vec(any::<bool>(), 40)) {
        laws::cuts_between_moments_do_not_matter(&events, &limits(), |i| cuts[i]);
        laws::cuts_between_moments_do_not_matter(&events, &limits(), |_| true);
    }

    #[test]
    fn asking_rows_as_of_a_moment_is_pairing_what_was_before_it(events in events()) {
        laws::asking_rows_as_of_a_moment_is_pairing_what_was_before_it(&events, &limits());
    }

    #[test]
    fn streams_are_independent(events in events()) {
        laws::streams_are_independent(&events, &limits());
    }

    #[test]
    fn rows_are_well_formed(events in events()) {
        laws::rows_are_well_formed(&events, &limits());
    }

    #[test]
    fn every_begin_and_every_end_is_accounted_for(events in events()) {
        laws::every_begin_and_every_end_is_accounted_for(&events, &limits());
    }

    #[test]
    fn nothing_that_ends_a_session_lies_inside_it(events in events()) {
        laws::nothing_that_ends_a_session_lies_inside_it(&events, &limits());
    }

    #[test]
    fn limits_are_kept(events in events()) {
        laws::limits_are_kept(&events, &limits());
    }

    #[test]
    fn at_most_one_sign_in_without_id_is_open(events in events()) {
        laws::at_most_one_sign_in_without_id_is_open(&events, &limits());
    }

    /// Conflicting duplicates do not exist in a ledger; if they did, arrival would still not decide.
    #[test]
    fn conflicting_duplicates_give_the_same_in_any_order((events, shuffled) in events_and_a_shuffle()) {
        let with_few_ids = |events: Vec<AccessEvent>| -> Vec<AccessEvent> {
            events.into_iter().map(|e| AccessEvent { event_id: Uuid::from_u128(e.event_id.as_u128() % 3), event_time: Timestamp::default(), ..e }).collect()
        };
        laws::order_and_duplicates_do_not_matter(with_few_ids(shuffled), &with_few_ids(events), &limits());
    }
}
