//! The canonical encoding of an event: one sequence of bytes, the same wherever the event lies.
//!
//! It is deterministic CBOR (RFC 8949, section 4.2.1): an array of three items
//!
//! 1. the version of the encoding, the integer 1,
//! 2. a map of the columns that are not personal,
//! 3. a map of the personal columns.
//!
//! A map's keys are the numbers of the columns (their positions in [`crate::columns::EVENTS`]),
//! ascending; a missing value has no entry. Texts are UTF-8 texts, a UUID is a byte string of 16, a
//! time is an integer of UTC microseconds, tags are a map of texts sorted by their encoded bytes.
//! `instance` is personal where the entity is `User`.
//!
//! `docs/canonical-encoding.md` says the same for those who write a verifier, and a frozen fixture
//! (`tests/canonical_encoding.json`) holds it in place: the ledger's proofs will be over these bytes.

use minicbor::Encoder;
use minicbor::encode::Error;
use sha2::{Digest, Sha256};

use crate::columns::{Column, EVENTS};
use crate::event::{Event, StoredEvent};

/// Version of the encoding, its first item.
pub const VERSION: u8 = 1;

type Bytes = Vec<u8>;
type Result<T> = std::result::Result<T, Error<std::convert::Infallible>>;

/// One value of a column.
enum Value<'a> {
    Int(i64),
    Bytes(&'a [u8]),
    Text(&'a str),
    Tags(&'a std::collections::BTreeMap<String, String>),
}

/// The canonical encoding of an event at its place in the ledger.
pub fn encode(stored: &StoredEvent) -> Bytes {
    encode_values(&values(&stored.event, Some(stored)), &stored.event)
}

/// A digest of what a source said, without what the ledger added: two records with the same id and
/// time are the same event if their digests are equal.
pub fn content_digest(event: &Event) -> [u8; 32] {
    Sha256::digest(encode_values(&values(event, None), event)).into()
}

fn encode_values(values: &[Option<Value<'_>>], event: &Event) -> Bytes {
    let mut bytes = Vec::with_capacity(512);
    // Writing into memory does not fail.
    let _ = write(&mut Encoder::new(&mut bytes), values, event);
    bytes
}

fn write(e: &mut Encoder<&mut Bytes>, values: &[Option<Value<'_>>], event: &Event) -> Result<()> {
    let about_a_user = event.entity.as_deref() == Some("User");
    let is_personal = |column: &Column| column.personal || (column.name == "instance" && about_a_user);
    e.array(3)?.u8(VERSION)?;
    for personal in [false, true] {
        let entries = || EVENTS.iter().zip(values).enumerate().filter(|(_, (column, _))| is_personal(column) == personal);
        let count = entries().filter(|(_, (_, value))| value.is_some()).count();
        e.map(count as u64)?;
        for (number, (_, value)) in entries() {
            if let Some(value) = value {
                e.u64(number as u64)?;
                write_value(e, value)?;
            }
        }
    }
    Ok(())
}

fn write_value(e: &mut Encoder<&mut Bytes>, value: &Value<'_>) -> Result<()> {
    match value {
        Value::Int(number) => e.i64(*number)?,
        Value::Bytes(bytes) => e.bytes(bytes)?,
        Value::Text(text) => e.str(text)?,
        Value::Tags(tags) => {
            e.map(tags.len() as u64)?;
            // The encoded bytes of a shorter text come first: its length stands in its head.
            let mut sorted: Vec<_> = tags.iter().collect();
            sorted.sort_by(|(a, _), (b, _)| a.len().cmp(&b.len()).then_with(|| a.cmp(b)));
            for (key, text) in sorted {
                e.str(key)?.str(text)?;
            }
            e
        }
    };
    Ok(())
}

/// The values of every column, in the order of [`EVENTS`].
fn values<'a>(event: &'a Event, stored: Option<&StoredEvent>) -> [Option<Value<'a>>; EVENTS.len()] {
    let text = |text: &'a Option<String>| text.as_deref().map(Value::Text);
    [
        stored.map(|s| Value::Int(s.seq)),
        Some(Value::Bytes(event.event_id.as_bytes())),
        text(&event.source_event_id),
        Some(Value::Int(event.event_time.as_micros())),
        stored.map(|s| Value::Int(s.received_at.as_micros())),
        Some(Value::Text(&event.source)),
        Some(Value::Text(event.category.as_str())),
        text(&event.application),
        text(&event.entity),
        text(&event.instance),
        Some(Value::Text(&event.activity)),
        event.effect.map(|effect| Value::Text(effect.as_str())),
        Some(Value::Text(event.outcome.as_str())),
        text(&event.failure_type),
        text(&event.failure_code),
        text(&event.failure_reason),
        event.attempt.map(|attempt| Value::Int(i64::from(attempt))),
        event.triggered_by_kind.map(|kind| Value::Text(kind.as_str())),
        text(&event.triggered_by_id),
        text(&event.triggered_by_name),
        text(&event.triggered_by_email),
        text(&event.account),
        text(&event.employee_id),
        text(&event.agent_name),
        text(&event.session_id),
        text(&event.stream),
        text(&event.channel),
        text(&event.brand),
        text(&event.sign_in_method),
        text(&event.source_ip),
        text(&event.user_agent),
        text(&event.routing_profile),
        text(&event.hierarchy),
        text(&event.target),
        text(&event.target_kind),
        text(&event.summary),
        text(&event.comments),
        text(&event.details),
        (!event.tags.is_empty()).then_some(Value::Tags(&event.tags)),
    ]
}
