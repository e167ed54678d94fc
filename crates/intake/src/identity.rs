//! Ids of events: the same record gets the same id, whenever and from whichever copy it is read.
//!
//! - A UUID that a source gives is taken as it is.
//! - Another id of the source becomes UUIDv5 over source and id.
//! - A record without an id gets UUIDv5 over source and raw bytes. The second identical record of the
//!   same time in a file gets UUIDv5 over that id and the text `1`, the third over `2`, and so on.
//!
//! The raw bytes count, never what was read from them: a better mapper changes no id. `SOURCES` is the
//! root of all of them and is never changed.

use std::collections::HashMap;

use rollcall_model::Timestamp;
use uuid::{Uuid, uuid};

/// Root of the ids that are derived here: UUIDv5 of `https://github.com/rollcall/rollcall#sources` as a URL.
const SOURCES: Uuid = uuid!("4687f6bd-0e47-5ee3-8d14-e99490b4892f");

/// How many records are remembered before the older half is forgotten: identical records of the same time
/// lie close together.
const REMEMBERED: usize = 1 << 15;

/// An id as a source wrote it, if it is a UUID in the usual form of 36 characters.
pub(crate) fn as_uuid(id: &str) -> Option<Uuid> {
    if id.len() == 36 { Uuid::try_parse(id).ok() } else { None }
}

/// Makes the ids of one file or request.
#[derive(Debug)]
pub(crate) struct Identities {
    source: String,
    own: Uuid,
    content: Uuid,
    rejected: Uuid,
    repeats: Repeats,
    run: Run,
}

impl Identities {
    pub(crate) fn new(source: &str) -> Self {
        let (own, content, rejected) = (root(source, "id"), root(source, "content"), root(source, "rejected"));
        Identities { source: source.to_owned(), own, content, rejected, repeats: Repeats::default(), run: Run::default() }
    }

    /// The id of an event that `source` calls `id`.
    pub(crate) fn own(&self, source: &str, id: &str) -> Uuid {
        let own = if source == self.source { self.own } else { root(source, "id") };
        Uuid::new_v5(&own, id.as_bytes())
    }

    /// The id of the event that is the `part`th of the record `raw`, which has no id of its own.
    pub(crate) fn content(&mut self, source: &str, raw: &[u8], time: Timestamp, part: usize) -> Uuid {
        let content = if source == self.source { self.content } else { root(source, "content") };
        let mut first = Uuid::new_v5(&content, raw);
        if part > 0 {
            first = Uuid::new_v5(&first, format!("part {part}").as_bytes());
        }
        let before = self.repeats.count(first, time);
        self.run.see(time, before > 0);
        nth(first, before)
    }

    /// The id of a rejected record.
    pub(crate) fn rejected(&mut self, raw: &[u8]) -> Uuid {
        let first = Uuid::new_v5(&self.rejected, raw);
        let before = self.repeats.count(first, Timestamp::MIN);
        nth(first, before)
    }

    /// Whether the file begins, and whether it ends, with identical records of one time. If it was cut out
    /// of a longer one there, some of them may be counted wrongly.
    pub(crate) fn runs(&self) -> (bool, bool) {
        (self.run.first_repeats, self.run.last_repeats)
    }
}

fn root(source: &str, purpose: &str) -> Uuid {
    Uuid::new_v5(&SOURCES, format!("{purpose}\0{source}").as_bytes())
}

fn nth(first: Uuid, before: u32) -> Uuid {
    if before == 0 { first } else { Uuid::new_v5(&first, before.to_string().as_bytes()) }
}

/// Counts identical records of one time, in bounded memory: two generations, of which the older is dropped
/// when the younger is full.
#[derive(Debug, Default)]
struct Repeats {
    young: HashMap<(Uuid, Timestamp), u32>,
    old: HashMap<(Uuid, Timestamp), u32>,
}

impl Repeats {
    /// How often this record came before.
    fn count(&mut self, record: Uuid, time: Timestamp) -> u32 {
        let key = (record, time);
        if let Some(seen) = self.young.get_mut(&key) {
            let before = *seen;
            *seen += 1;
            return before;
        }
        let before = self.old.get(&key).copied().unwrap_or(0);
        if self.young.len() >= REMEMBERED {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(key, before + 1);
        before
    }
}

/// Whether identical records lie at the edges of a file.
#[derive(Debug, Default)]
struct Run {
    first: Option<Timestamp>,
    last: Option<Timestamp>,
    first_repeats: bool,
    last_repeats: bool,
}

impl Run {
    fn see(&mut self, time: Timestamp, repeats: bool) {
        let first = *self.first.get_or_insert(time);
        self.first_repeats |= repeats && time == first;
        if self.last.replace(time) != Some(time) {
            self.last_repeats = false;
        }
        self.last_repeats |= repeats;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_seconds(seconds).unwrap()
    }

    #[test]
    fn derived_ids_are_frozen() {
        let mut ids = Identities::new("pbx");
        assert_eq!(ids.own("pbx", "4711").to_string(), "1567e571-20cf-515d-9460-bdbda71366e5");
        assert_eq!(ids.content("pbx", b"a line", at(0), 0).to_string(), "b57999db-d5fe-5215-8b8a-49f962637d13");
        assert_eq!(ids.content("pbx", b"a line", at(0), 0).to_string(), "b3f042bf-4f67-5036-a50f-8666e3f65f99");
        assert_eq!(ids.content("pbx", b"a line", at(0), 1).to_string(), "3e902478-8e5a-57b7-9323-a4a6caf18720");
    }

    #[test]
    fn identical_records_of_one_time_are_counted_and_those_of_another_are_not() {
        let mut ids = Identities::new("pbx");
        let first = ids.content("pbx", b"x", at(1), 0);
        assert_ne!(first, ids.content("pbx", b"x", at(1), 0));
        assert_eq!(first, ids.content("pbx", b"x", at(2), 0));
        assert_ne!(first, ids.content("other", b"x", at(1), 0));
    }

    #[test]
    fn counting_survives_a_change_of_generation_and_stays_bounded() {
        let mut repeats = Repeats::default();
        let id = |n: usize| Uuid::from_u128(n as u128);
        assert_eq!(repeats.count(id(0), at(0)), 0);
        for n in 1..=REMEMBERED {
            repeats.count(id(n), at(0));
        }
        assert_eq!(repeats.count(id(0), at(0)), 1);
        for n in 0..5 * REMEMBERED {
            repeats.count(id(n), at(1));
        }
        assert!(repeats.young.len() <= REMEMBERED && repeats.old.len() <= REMEMBERED);
    }

    #[test]
    fn runs_at_the_edges_are_noticed() {
        let edges = |records: &[(&[u8], i64)]| {
            let mut ids = Identities::new("pbx");
            for (raw, time) in records {
                ids.content("pbx", raw, at(*time), 0);
            }
            ids.runs()
        };
        assert_eq!(edges(&[(b"a", 1), (b"b", 1), (b"a", 1), (b"c", 2)]), (true, false));
        assert_eq!(edges(&[(b"a", 1), (b"b", 2), (b"b", 2), (b"c", 2)]), (false, true));
        assert_eq!(edges(&[(b"a", 1), (b"b", 2), (b"b", 2), (b"c", 3)]), (false, false));
    }
}
