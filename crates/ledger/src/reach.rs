//! How far the lake's access events of each stream reach in time.
//!
//! An event that is later than everything the lake has of its stream is paired on top of what is open; one
//! that isn't is late, and its stream is looked up in the lake. Most events that come out of order are late
//! for nobody, as the events before them are of other streams: this tells without a look into the lake.
//!
//! What is kept is an upper bound. A stream that isn't known reaches at most to the floor: as far as
//! everything in the lake did when this process began to keep account.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};

use rollcall_model::Timestamp;
use rollcall_sessions::{AccessEvent, StreamKey};
use uuid::Uuid;

use crate::lake::write::Class;
use crate::state::LakeVersion;
use crate::tail::Tail;

/// Streams that are kept; with more, the floor is raised and keeping begins anew.
const MAX_STREAMS: usize = 1_000_000;

/// What is known of an event that is not later than everything before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lateness {
    /// The lake has a later event of its stream, or of one that can't be told apart from it: to pair either anew
    /// gives what is right.
    Certain,
    /// The lake may have one: that is to be looked up.
    Possible,
}

/// Events that are late or may be, by their ids.
pub(crate) type Suspects = HashMap<Uuid, Lateness>;

/// How far streams reach.
#[derive(Debug)]
pub(crate) struct Reach {
    floor: Option<Timestamp>,
    /// By the hash of the stream: two with the same hash share the later moment.
    streams: HashMap<u64, Timestamp>,
    /// The newest event of each source, and the newest that concerns all of its streams.
    sources: HashMap<String, (Option<Timestamp>, Option<Timestamp>)>,
    hasher: RandomState,
}

impl Reach {
    /// The reach of a lake of which no more is known than how far all of it reaches.
    pub(crate) fn of(lake: &LakeVersion) -> Self {
        Reach { floor: reach_of_all(lake), streams: HashMap::new(), sources: HashMap::new(), hasher: RandomState::new() }
    }

    /// Whether an event is late: not later than all that the lake has of its stream.
    fn judge(&self, event: &AccessEvent) -> Option<Lateness> {
        let at = Some(event.event_time);
        let (newest, of_all) = self.sources.get(&event.source).copied().unwrap_or_default();
        let Some(stream) = StreamKey::borrowed_from_event(event) else {
            return (at <= self.floor.max(newest)).then_some(Lateness::Possible);
        };
        if at <= self.streams.get(&self.hasher.hash_one(&stream)).copied() {
            return Some(Lateness::Certain);
        }
        (at <= self.floor.max(of_all)).then_some(Lateness::Possible)
    }

    /// Those events of a tail that are late, or may be.
    pub(crate) fn suspects(&self, tail: &Tail) -> Suspects {
        tail.access().filter_map(|event| Some((event.event_id, self.judge(event)?))).collect()
    }

    /// Takes note of events that come into the lake.
    pub(crate) fn add<'a>(&mut self, events: impl Iterator<Item = &'a AccessEvent>) {
        for event in events {
            let at = Some(event.event_time);
            if !self.sources.contains_key(&event.source) {
                self.sources.insert(event.source.clone(), (None, None));
            }
            let Some((newest, of_all)) = self.sources.get_mut(&event.source) else { continue };
            *newest = at.max(*newest);
            match StreamKey::borrowed_from_event(event) {
                Some(stream) => {
                    let reach = self.streams.entry(self.hasher.hash_one(&stream)).or_insert(event.event_time);
                    *reach = event.event_time.max(*reach);
                }
                None => *of_all = at.max(*of_all),
            }
        }
        if self.streams.len() > MAX_STREAMS {
            self.floor = self.floor.max(self.sources.values().filter_map(|(newest, _)| *newest).max());
            self.streams.clear();
        }
    }

    /// Takes note of a lake that another node has changed: of its events no more is known than how far all
    /// of them reach.
    pub(crate) fn follow(&mut self, lake: &LakeVersion) {
        self.floor = self.floor.max(reach_of_all(lake));
    }
}

/// Time of the newest access event in the lake.
fn reach_of_all(lake: &LakeVersion) -> Option<Timestamp> {
    let access = lake.events.iter().filter(|file| Class::of_path(&file.path) == Some(Class::Access));
    access.filter_map(|file| file.times("event_time")).map(|(_, newest)| newest).max()
}
