//! Bytes in, acceptable events out.
//!
//! The decoder owns what is the same for every format: it gives events their ids, normalises and validates
//! them, names and counts what is rejected. Meaning is left to the format's mapper.

use rollcall_model::Event;
use rollcall_model::event::MAX_RECORD_BYTES;
use uuid::Uuid;

use crate::framing::{Frame, Framer, Position};
use crate::identity::{Identities, as_uuid};
use crate::mapping::{Format, Mapped, Mapper, Reading, Record, RecordId, Rejection};
use crate::options::SourceOptions;
use crate::summary::{Summary, Warning};

/// What came out of a record.
#[derive(Debug, Clone, PartialEq)]
#[allow(clippy::large_enum_variant)] // nearly all of them are events, and they are moved on at once
pub enum Item {
    /// An event that the ledger accepts.
    Event {
        /// Where its record began.
        position: Position,
        /// The event: normalised and valid.
        event: Event,
    },
    /// A record that is no event, and why.
    Rejected(RejectedRecord),
}

/// A record that is no event, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RejectedRecord {
    /// Names the record: the same in every copy of the file, so that it is kept once.
    pub record_id: Uuid,
    /// Where it began.
    pub position: Position,
    /// The field that is wrong, where it is one.
    pub field: Option<String>,
    /// What was expected, what came.
    pub reason: String,
    /// Its bytes, at most [`MAX_RECORD_BYTES`] of them.
    pub raw: Vec<u8>,
}

/// Decodes one file or request of a format.
pub struct Decoder {
    framer: Framer,
    rest: Mapping,
}

/// Everything of a decoder that comes after cutting.
struct Mapping {
    mapper: Box<dyn Mapper + Send>,
    mapped: Vec<Mapped>,
    source: String,
    options: SourceOptions,
    identities: Identities,
    counts: Summary,
}

impl Decoder {
    /// A decoder before the first byte.
    pub fn new(format: &dyn Format, options: SourceOptions) -> Self {
        let source = options.source.clone().unwrap_or_else(|| format.name().to_owned());
        Decoder {
            framer: Framer::new(format.framing(&options)),
            rest: Mapping {
                mapper: format.mapper(&options),
                mapped: Vec::new(),
                identities: Identities::new(&source),
                source,
                options,
                counts: Summary::default(),
            },
        }
    }

    /// Takes the next bytes, however many, and puts what came out of them into `out`.
    pub fn push(&mut self, bytes: &[u8], out: &mut Vec<Item>) {
        let Decoder { framer, rest } = self;
        framer.push(bytes, &mut |frame| rest.take(frame, out));
    }

    /// Says that no bytes come any more, and puts what came out of the last ones into `out`.
    pub fn finish(&mut self, out: &mut Vec<Item>) {
        let Decoder { framer, rest } = self;
        framer.finish(&mut |frame| rest.take(frame, out));
    }

    /// What became of the bytes so far. It is complete after [`Decoder::finish`].
    pub fn summary(&self) -> Summary {
        let mut summary = self.rest.counts.clone();
        summary.bytes = self.framer.bytes();
        let (begins, ends) = self.rest.identities.runs();
        summary.warnings.extend(begins.then_some(Warning::BeginsInsideRun));
        summary.warnings.extend(ends.then_some(Warning::EndsInsideRun));
        summary.warnings.extend(self.framer.unclosed().then_some(Warning::Unclosed));
        if let Some(clock) = self.rest.mapper.clock() {
            let lines = clock.without_offset();
            summary.warnings.extend((lines > 0 && self.rest.options.time_zone.is_none()).then_some(Warning::AssumedUtc { lines }));
            summary.date_basis = clock.used_basis();
            summary.warnings.extend(summary.date_basis.map(|basis| Warning::WithoutDate { lines: clock.without_date(), basis }));
        }
        summary
    }
}

impl Mapping {
    fn take(&mut self, frame: Frame<'_>, out: &mut Vec<Item>) {
        let record = match frame {
            Frame::Record(record) => record,
            Frame::Rejected(record, rejection) => {
                self.counts.records += 1;
                return self.reject(&record, rejection, out);
            }
        };
        self.mapped.clear();
        let reading = self.mapper.map(&record, &mut self.mapped);
        self.counts.records += u64::from(reading != Ok(Reading::Structure));
        match reading {
            Ok(Reading::Events) => self.accept(&record, out),
            Ok(Reading::NoEvent) => self.counts.skipped += 1,
            Ok(Reading::Structure) => {}
            Err(rejection) => self.reject(&record, rejection, out),
        }
    }

    /// Takes all events of a record, or none of them.
    fn accept(&mut self, record: &Record<'_>, out: &mut Vec<Item>) {
        let before = out.len();
        let mut mapped = std::mem::take(&mut self.mapped);
        for (part, Mapped { mut event, id }) in mapped.drain(..).enumerate() {
            if event.source.is_empty() {
                event.source.clone_from(&self.source);
            }
            self.identify(&mut event, id, record, part);
            event.normalize();
            if let Err(invalid) = event.validate(self.options.now, self.options.max_future_micros) {
                out.truncate(before);
                self.reject(record, invalid.into(), out);
                break;
            }
            out.push(Item::Event { position: record.position, event });
        }
        self.counts.events += out.iter().skip(before).filter(|item| matches!(item, Item::Event { .. })).count() as u64;
        self.mapped = mapped;
    }

    fn identify(&mut self, event: &mut Event, id: RecordId, record: &Record<'_>, part: usize) {
        event.event_id = match id {
            RecordId::Own(id) => match as_uuid(&id) {
                Some(uuid) => uuid,
                None => {
                    let uuid = self.identities.own(&event.source, &id);
                    event.source_event_id = Some(id);
                    uuid
                }
            },
            RecordId::Content => self.identities.content(&event.source, record.bytes, event.event_time, part),
            RecordId::Random => Uuid::new_v4(),
        };
    }

    fn reject(&mut self, record: &Record<'_>, rejection: Rejection, out: &mut Vec<Item>) {
        self.counts.rejected += 1;
        let raw = record.bytes.get(..MAX_RECORD_BYTES).unwrap_or(record.bytes);
        out.push(Item::Rejected(RejectedRecord {
            record_id: self.identities.rejected(raw),
            position: record.position,
            field: rejection.field,
            reason: rejection.reason,
            raw: raw.to_vec(),
        }));
    }
}
