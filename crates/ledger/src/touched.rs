//! The streams that some events touch. What is open in others stays as it is.

use std::collections::HashSet;

use rollcall_model::Session;
use rollcall_sessions::{AccessEvent, StreamKey};

/// Streams that events touch.
#[derive(Debug, Default)]
pub(crate) struct Touched<'a> {
    streams: HashSet<StreamKey<&'a str>>,
    /// Sources that started or stopped: all of their streams are touched.
    sources: HashSet<&'a str>,
    /// Sources of which some streams are touched: their starts and stops count.
    sources_of_streams: HashSet<&'a str>,
}

impl<'a> Touched<'a> {
    pub(crate) fn by(events: impl Iterator<Item = &'a AccessEvent>) -> Self {
        let mut touched = Touched::default();
        for event in events {
            match StreamKey::borrowed_from_event(event) {
                Some(stream) => {
                    touched.sources_of_streams.insert(&event.source);
                    touched.streams.insert(stream)
                }
                None => touched.sources.insert(&event.source),
            };
        }
        touched
    }

    /// Whether an event has a say in what becomes of these streams.
    pub(crate) fn concerns(&self, event: &AccessEvent) -> bool {
        let source = event.source.as_str();
        self.sources.contains(source)
            || StreamKey::borrowed_from_event(event)
                .map_or_else(|| self.sources_of_streams.contains(source), |stream| self.streams.contains(&stream))
    }

    /// Whether a session's stream is among them.
    pub(crate) fn has(&self, session: &Session) -> bool {
        self.sources.contains(session.source.as_str()) || self.streams.contains(&StreamKey::borrowed_from_session(session))
    }
}
