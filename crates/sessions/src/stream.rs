//! Streams: which events can belong to one session.

use rollcall_model::{AccessActivity, Session};

use crate::event::AccessEvent;

/// A stream of one source. Events of different streams never affect each other; only a source's own
/// start and stop concern all of its streams.
///
/// `Text` is `String`, or `&str` where the key borrows from an event or a session.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StreamKey<Text = String> {
    /// The source.
    pub source: Text,
    /// Which of its streams.
    pub name: StreamName<Text>,
}

/// What tells the streams of a source apart.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum StreamName<Text = String> {
    /// The agent in a channel, as almost every source pairs.
    Agent {
        /// The employee id, or the account where there is none.
        agent: Option<Text>,
        /// The channel.
        channel: Option<Text>,
    },
    /// What the source names itself, such as a terminal line.
    Named(Text),
}

impl StreamKey {
    /// The stream of an event; `None` for a start or stop of the source, which concern all of them.
    pub fn of_event(event: &AccessEvent) -> Option<StreamKey> {
        StreamKey::borrowed_from_event(event).map(|key| key.into_owned())
    }

    /// The stream of a session: that of the event that opened it (or ended it, if the login is
    /// unknown).
    pub fn of_session(session: &Session) -> StreamKey {
        StreamKey::borrowed_from_session(session).into_owned()
    }

    /// The same key, borrowed.
    pub fn borrowed(&self) -> StreamKey<&str> {
        let name = match &self.name {
            StreamName::Agent { agent, channel } => StreamName::Agent { agent: agent.as_deref(), channel: channel.as_deref() },
            StreamName::Named(name) => StreamName::Named(name.as_str()),
        };
        StreamKey { source: &self.source, name }
    }
}

impl<'a> StreamKey<&'a str> {
    /// As [`StreamKey::of_event`], without a copy.
    pub fn borrowed_from_event(event: &'a AccessEvent) -> Option<Self> {
        if matches!(event.activity, AccessActivity::SystemStart | AccessActivity::SystemStop) {
            return None;
        }
        Some(Self::new(&event.source, &event.stream, [&event.employee_id, &event.account], &event.channel))
    }

    /// As [`StreamKey::of_session`], without a copy.
    pub fn borrowed_from_session(session: &'a Session) -> Self {
        Self::new(&session.source, &session.stream, [&session.employee_id, &session.account], &session.channel)
    }

    fn new(source: &'a str, stream: &'a Option<String>, agent: [&'a Option<String>; 2], channel: &'a Option<String>) -> Self {
        let name = match stream {
            Some(stream) => StreamName::Named(stream.as_str()),
            None => StreamName::Agent { agent: agent.into_iter().find_map(Option::as_deref), channel: channel.as_deref() },
        };
        StreamKey { source, name }
    }

    /// The same key on its own.
    pub fn into_owned(self) -> StreamKey {
        let name = match self.name {
            StreamName::Agent { agent, channel } => {
                StreamName::Agent { agent: agent.map(str::to_owned), channel: channel.map(str::to_owned) }
            }
            StreamName::Named(name) => StreamName::Named(name.to_owned()),
        };
        StreamKey { source: self.source.to_owned(), name }
    }
}
