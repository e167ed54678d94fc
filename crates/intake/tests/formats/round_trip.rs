//! What Rollcall writes as JSON, it reads as the same event.

use proptest::prelude::*;
use rollcall_intake::{SourceOptions, format};
use rollcall_model::{Category, Effect, Event, Outcome, Timestamp, TriggeredByKind};

use crate::{decode, events};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn an_event_that_is_written_and_read_again_is_the_same(event in event()) {
        let written = serde_json::to_vec(&event).unwrap();
        let read = events(decode(format("native").unwrap(), SourceOptions::new(Timestamp::MAX), &written).0);
        prop_assert_eq!(read, vec![event]);
    }
}

/// Any event in its normalised form.
fn event() -> impl Strategy<Value = Event> {
    let text = || prop::option::of("[a-zA-Z0-9åß/ \"\\\\\n\u{1}{}]{1,12}");
    let texts = prop::collection::vec(text(), 26);
    let details = prop::option::of(prop::sample::select(vec!["{\"a\":[1,2.50]}", "\"words\"", "{}", "[]", "12", "{\"seq\":1,\"x\":null}"]));
    let words = (
        prop::option::of(prop::sample::select(Effect::ALL)),
        prop::sample::select(Outcome::ALL),
        prop::option::of(prop::sample::select(TriggeredByKind::ALL)),
        prop::sample::select(vec![Category::Activity, Category::WebhookFailure, Category::IntegrationFailure]),
    );
    let rest = (any::<[u8; 16]>(), -62_167_219_200_000_000..253_402_207_200_000_000_i64, prop::option::of(any::<i32>()), "[a-z]{1,9}");
    (texts, details, words, rest, prop::collection::btree_map("[a-z.]{1,6}", "[a-z ]{0,6}", 0..3)).prop_map(
        |(texts, details, (effect, outcome, triggered_by_kind, category), (id, micros, attempt, activity), tags)| {
            let mut texts = texts.into_iter();
            let mut next = || texts.next().flatten();
            let time = Timestamp::from_micros(micros).unwrap();
            let mut event = Event {
                source_event_id: next(),
                application: next(),
                entity: next(),
                instance: next(),
                failure_type: next(),
                failure_code: next(),
                failure_reason: next(),
                triggered_by_id: next(),
                triggered_by_name: next(),
                triggered_by_email: next(),
                account: next(),
                employee_id: next(),
                agent_name: next(),
                session_id: next(),
                stream: next(),
                channel: next(),
                brand: next(),
                sign_in_method: next(),
                source_ip: next(),
                user_agent: next(),
                routing_profile: next(),
                hierarchy: next(),
                target: next(),
                target_kind: next(),
                summary: next(),
                comments: next(),
                effect,
                attempt,
                triggered_by_kind,
                details: details.map(str::to_owned),
                tags,
                ..Event::new(uuid::Uuid::from_bytes(id), time, "somewhere", category, activity, outcome)
            };
            event.normalize();
            event
        },
    )
}
