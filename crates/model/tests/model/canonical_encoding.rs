//! The canonical encoding, frozen: the bytes of these events never change.

use minicbor::Decoder;
use minicbor::data::Type;
use rollcall_model::columns::EVENTS;
use rollcall_model::{Category, Effect, Event, Outcome, StoredEvent, Timestamp, TriggeredByKind, canonical};
use uuid::Uuid;

const FROZEN: &str = include_str!("canonical_encoding.txt");

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// As little as an event can have.
fn least() -> StoredEvent {
    let event = Event::new(Uuid::from_u128(1), at("1969-12-31T23:59:59.999999Z"), "s", Category::Activity, "a", Outcome::Failure);
    StoredEvent { seq: 0, received_at: at("2026-04-15T06:59:58Z"), event }
}

/// A value in every column.
fn full() -> StoredEvent {
    let id = "018f3e1c-7a52-7c31-9d1e-6a6f0c0d4e11".parse().unwrap();
    let mut event = Event::new(id, at("2026-04-15T06:59:58.12Z"), "portal", Category::Access, "sign_in", Outcome::Success);
    let text = |name: &str| Some(name.to_owned());
    event.source_event_id = text("source event");
    event.application = text("UserHub");
    event.entity = text("User");
    event.instance = text("4711");
    event.effect = Some(Effect::Change);
    event.failure_type = text("failure type");
    event.failure_code = text("404");
    event.failure_reason = text("failure reason");
    event.attempt = Some(-3);
    event.triggered_by_kind = Some(TriggeredByKind::System);
    event.triggered_by_id = text("b1");
    event.triggered_by_name = text("Boss");
    event.triggered_by_email = text("boss@example.com");
    event.account = text("mara.lind");
    event.employee_id = text("4711");
    event.agent_name = text("Mara Lind");
    event.session_id = text("session");
    event.stream = text("tty1");
    event.channel = text("agent_portal");
    event.brand = text("brand");
    event.sign_in_method = text("saml");
    event.source_ip = text("2001:db8::7");
    event.user_agent = text("browser");
    event.routing_profile = text("Billing");
    event.hierarchy = text("EMEA / A\\/B");
    event.target = text("target");
    event.target_kind = text("webhook");
    event.summary = text("ünïcödé 안녕");
    event.comments = text("comments");
    event.details = text(r#"{"a":[1,2]}"#);
    event.tags = [("zz", "1"), ("a", "2"), ("bb", "3")].map(|(key, value)| (key.to_owned(), value.to_owned())).into();
    StoredEvent { seq: 4_294_967_296, received_at: at("2026-04-15T07:00:00.000001Z"), event }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn the_bytes_are_the_frozen_ones() {
    let told = format!("least {}\nfull {}\n", hex(&canonical::encode(&least())), hex(&canonical::encode(&full())));
    assert_eq!(told, FROZEN, "the canonical encoding has changed: every proof ever given would be void");
}

/// The keys of the two maps, and whether they ascend.
fn keys(bytes: &[u8]) -> [Vec<u64>; 2] {
    let mut decoder = Decoder::new(bytes);
    assert_eq!(decoder.array().unwrap(), Some(3));
    assert_eq!(decoder.u8().unwrap(), canonical::VERSION);
    [(), ()].map(|()| {
        let entries = decoder.map().unwrap().unwrap();
        let mut keys = Vec::new();
        for _ in 0..entries {
            keys.push(decoder.u64().unwrap());
            decoder.skip().unwrap();
        }
        assert!(keys.is_sorted(), "{keys:?}");
        keys
    })
}

#[test]
fn personal_columns_are_apart_and_nothing_is_left_out() {
    let [public, personal] = keys(&canonical::encode(&full()));
    let names = |numbers: &[u64]| numbers.iter().map(|number| EVENTS[usize::try_from(*number).unwrap()].name).collect::<Vec<_>>();
    let is_personal = |name: &&str| EVENTS.iter().any(|column| column.name == *name && column.personal) || *name == "instance";
    assert!(names(&personal).iter().all(is_personal));
    assert!(!names(&public).iter().any(is_personal));
    assert_eq!(public.len() + personal.len(), EVENTS.len());
}

#[test]
fn an_instance_that_is_no_user_is_not_personal() {
    let mut form = full();
    form.event.entity = Some("Evaluation Form".to_owned());
    let number = EVENTS.iter().position(|column| column.name == "instance").unwrap() as u64;
    let [public, personal] = keys(&canonical::encode(&form));
    assert!(public.contains(&number) && !personal.contains(&number));
}

#[test]
fn tags_are_sorted_by_their_encoded_bytes() {
    let bytes = canonical::encode(&full());
    let number = EVENTS.iter().position(|column| column.name == "tags").unwrap() as u64;
    let mut decoder = Decoder::new(&bytes);
    decoder.array().unwrap();
    decoder.skip().unwrap();
    let entries = decoder.map().unwrap().unwrap();
    for _ in 0..entries {
        if decoder.u64().unwrap() != number {
            decoder.skip().unwrap();
            continue;
        }
        assert_eq!(decoder.datatype().unwrap(), Type::Map);
        let tags = decoder.map().unwrap().unwrap();
        let mut keys = Vec::new();
        for _ in 0..tags {
            keys.push(decoder.str().unwrap().to_owned());
            decoder.skip().unwrap();
        }
        assert_eq!(keys, ["a", "bb", "zz"], "shorter keys first, as their encoded heads are smaller");
        return;
    }
    panic!("no tags");
}

#[test]
fn the_digest_of_contents_leaves_out_what_the_ledger_adds() {
    let (mut one, other) = (full(), full());
    one.seq = 7;
    one.received_at = at("2027-01-01T00:00:00Z");
    assert_eq!(canonical::content_digest(&one.event), canonical::content_digest(&other.event));
    one.event.comments = None;
    assert_ne!(canonical::content_digest(&one.event), canonical::content_digest(&other.event));
}
