//! What Keycloak's two sorts of events have in common: the forms in which they come, and their times.
//! What they mean is left to `keycloak` and `keycloak_admin`, how a line is read to `keycloak_line`.
//!
//! They come as JSON objects, as lines of the server's log, or as such lines inside the objects that the
//! server writes where its log is JSON.

use std::borrow::Cow;
use std::marker::PhantomData;

use rollcall_model::Timestamp;
use rollcall_model::time::InvalidTimestamp;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::keycloak_line::{Line, Pairs, line, stamp_of, without_colours};
use crate::clock::LogClock;
use crate::json::{LenientText, ObjectWriter, rejection};
use crate::mapping::{Dating, Mapped, Mapper, Reading, Record, Rejection};
use crate::options::SourceOptions;
use crate::stamp::Stamp;

/// One of the two sorts of events, as it is filled from JSON or from the pairs of a line.
pub(super) trait KeycloakEvent: DeserializeOwned + Default {
    /// How a line with such an event begins.
    const BEGINNING: &'static str;

    /// Which sort an object is.
    fn sort(&self) -> Sort;

    /// The time that an object bears.
    fn time(&self) -> Option<Timestamp>;

    /// Where the value of a pair goes, if it is one that is read.
    fn slot(&mut self, key: &str) -> Option<&mut LenientText>;

    /// What it means. `record` is the original, as JSON.
    fn into_mapped(self, time: Timestamp, record: String) -> Mapped;
}

/// Which sort of event an object is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sort {
    /// The sort that is looked for.
    This,
    /// The other of the two.
    Other,
    /// No event: an object around a line of the log, perhaps.
    Neither,
}

/// Maps one sort of events and passes over everything else.
pub(super) struct KeycloakMapper<E> {
    clock: LogClock,
    sort: PhantomData<fn() -> E>,
}

impl<E: KeycloakEvent> KeycloakMapper<E> {
    pub(super) fn new(options: &SourceOptions) -> Self {
        KeycloakMapper { clock: LogClock::new(options), sort: PhantomData }
    }

    fn line(&mut self, record: &Record<'_>) -> Result<Option<Mapped>, Rejection> {
        let text = String::from_utf8_lossy(record.bytes);
        let plain = without_colours(&text);
        let Line::Event { pairs, .. } = line(&plain, E::BEGINNING) else {
            self.pass(&plain);
            return Ok(None);
        };
        let time = moment(stamp_of(&plain), &mut self.clock)?;
        // Only now, so that the clock has seen the line as the first pass has.
        let text = record.text()?;
        let details = ObjectWriter::with_capacity(text.len() + 16).text("record", text).finish();
        Ok(Some(from_pairs::<E>(pairs).into_mapped(time, details)))
    }

    /// Lets the clock see a line that is no event: midnight may have passed on it.
    fn pass(&mut self, text: &str) {
        match stamp_of(text) {
            Some(Stamp::TimeOfDay(time)) => drop(self.clock.undated(time)),
            Some(Stamp::Civil(civil)) => _ = self.clock.dated(civil),
            Some(Stamp::Moment(_)) | None => {}
        }
    }
}

impl<E: KeycloakEvent> Mapper for KeycloakMapper<E> {
    fn map(&mut self, record: &Record<'_>, out: &mut Vec<Mapped>) -> Result<Reading, Rejection> {
        let mapped = if is_object(record) { object::<E>(record.text()?)? } else { self.line(record)? };
        let reading = if mapped.is_some() { Reading::Events } else { Reading::NoEvent };
        out.extend(mapped);
        Ok(reading)
    }

    fn clock(&self) -> Option<&LogClock> {
        Some(&self.clock)
    }
}

fn is_object(record: &Record<'_>) -> bool {
    record.bytes.first() == Some(&b'{')
}

fn object<E: KeycloakEvent>(text: &str) -> Result<Option<Mapped>, Rejection> {
    let event: E = serde_json::from_str(text).map_err(|error| rejection(&error, None))?;
    match event.sort() {
        Sort::This => {
            let time = event.time().ok_or_else(|| Rejection::missing("time", "integer milliseconds"))?;
            Ok(Some(event.into_mapped(time, text.to_owned())))
        }
        Sort::Other => Ok(None),
        Sort::Neither => wrapped_line::<E>(text),
    }
}

fn from_pairs<E: KeycloakEvent>(pairs: Pairs<'_>) -> E {
    let mut event = E::default();
    let mut seen = Vec::with_capacity(16);
    for (key, value) in pairs {
        let Some(slot) = event.slot(key) else { continue };
        // The first counts: what a user typed stands behind what the server says.
        if !seen.contains(&key) {
            seen.push(key);
            slot.0 = value.map(Cow::into_owned);
        }
    }
    event
}

/// What a record says about its date, for the first pass.
pub(super) fn dating(record: &Record<'_>) -> Dating {
    if is_object(record) {
        return Dating::Whole;
    }
    match stamp_of(&without_colours(&String::from_utf8_lossy(record.bytes))) {
        Some(Stamp::TimeOfDay(time)) => Dating::TimeOfDay(time),
        Some(_) => Dating::Whole,
        None => Dating::Nothing,
    }
}

/// The moment of a line, whose date and offset the clock adds where they are missing.
fn moment(stamp: Option<Stamp>, clock: &mut LogClock) -> Result<Timestamp, Rejection> {
    match stamp {
        Some(Stamp::Moment(moment)) => Ok(moment),
        Some(Stamp::Civil(civil)) => Ok(clock.dated(civil)),
        Some(Stamp::TimeOfDay(time)) => clock.undated(time),
        None => Err(Rejection::missing("event_time", "a time in front of the event, such as 2026-04-15 08:59:58,120")),
    }
}

/// A line inside an object, where the server writes its log as JSON: in its own form, or in that of ECS.
fn wrapped_line<E: KeycloakEvent>(text: &str) -> Result<Option<Mapped>, Rejection> {
    #[derive(Default, Deserialize)]
    #[serde(default, expecting = "an object")]
    struct Wrapper {
        message: LenientText,
        timestamp: LenientText,
        #[serde(rename = "@timestamp")]
        ecs_timestamp: LenientText,
    }
    let wrapper: Wrapper = serde_json::from_str(text).map_err(|error| rejection(&error, None))?;
    let Some(message) = wrapper.message.0 else {
        let field = E::BEGINNING.trim_end_matches('=');
        return Err(Rejection::of(field, "required: expected it, or a line of Keycloak's log as message; got neither"));
    };
    let Line::Event { pairs, .. } = line(&message, E::BEGINNING) else { return Ok(None) };
    let time = wrapper.ecs_timestamp.0.or(wrapper.timestamp.0);
    let time = time.ok_or_else(|| Rejection::missing("timestamp", "an RFC 3339 time"))?;
    let time = time.parse().map_err(|error: InvalidTimestamp| Rejection::of("timestamp", error.to_string()))?;
    Ok(Some(from_pairs::<E>(pairs).into_mapped(time, text.to_owned())))
}
