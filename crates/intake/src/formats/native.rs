//! `native`: JSON whose fields are the columns of an event.
//!
//! Errors name the field, what was expected and what came. Fields that are no columns are kept under
//! `details`. `docs/formats/native.md` has a worked example.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::columns::{Column, Draft, column, keep_unknown};
use crate::framing::Framing;
use crate::json::{Borrowed, Moment, StrictText, WholeNumber, rejection};
use crate::mapping::{Format, Mapped, Mapper, Reading, Record, RecordId, Rejection};
use crate::options::{NativeIds, SourceOptions};

/// JSON whose fields are the columns of an event.
pub struct Native;

impl Format for Native {
    fn name(&self) -> &'static str {
        "native"
    }

    fn about(&self) -> &'static str {
        "Rollcall's own JSON: an object, an array, or one object a line; fields are the columns of an event"
    }

    fn framing(&self, _: &SourceOptions) -> Framing {
        Framing::Json
    }

    fn mapper(&self, options: &SourceOptions) -> Box<dyn Mapper + Send> {
        let without_id = match options.native_ids {
            NativeIds::Random => RecordId::Random,
            NativeIds::FromContent => RecordId::Content,
        };
        Box::new(NativeMapper { without_id })
    }
}

struct NativeMapper {
    without_id: RecordId,
}

impl Mapper for NativeMapper {
    fn map(&mut self, record: &Record<'_>, out: &mut Vec<Mapped>) -> Result<Reading, Rejection> {
        let mut draft = Draft::new();
        let mut field = None;
        let mut json = serde_json::Deserializer::from_str(record.text()?);
        Fill { draft: &mut draft, field: &mut field }
            .deserialize(&mut json)
            .and_then(|()| json.end())
            .map_err(|error| rejection(&error, field))?;
        out.push(draft.finish(self.without_id.clone())?);
        Ok(Reading::Events)
    }
}

/// Reads an object into a draft. After an error, `field` is the member that was being read.
struct Fill<'a> {
    draft: &'a mut Draft,
    field: &'a mut Option<String>,
}

impl<'de> DeserializeSeed<'de> for Fill<'_> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Fill<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object whose fields are the columns of an event")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        let mut unknown: Vec<(Borrowed<'de>, &'de RawValue)> = Vec::new();
        let mut details = None;
        while let Some(name) = members.next_key::<Borrowed<'de>>()? {
            let read = match column(&name.0) {
                None => members.next_value().map(|value| unknown.push((Borrowed(name.0.clone()), value))),
                Some(Column::Details) => {
                    members.next_value::<&RawValue>().map(|raw| details = Some(raw.get()).filter(|raw| *raw != "null"))
                }
                Some(column) => self.draft.read(column, &mut members),
            };
            read.inspect_err(|_| *self.field = Some(name.0.into_owned()))?;
        }
        let unknown = unknown.iter().map(|(name, value)| (&*name.0, value.get().into()));
        self.draft.event.details = keep_unknown(details, unknown);
        Ok(())
    }
}

impl Draft {
    /// Reads the value of a column.
    fn read<'de, A: MapAccess<'de>>(&mut self, column: Column, members: &mut A) -> Result<(), A::Error> {
        match column {
            Column::Assigned => members.next_value::<serde::de::IgnoredAny>().map(drop)?,
            Column::EventTime => self.event_time = members.next_value::<Option<Moment>>()?.map(|moment| moment.0),
            Column::Attempt => self.event.attempt = members.next_value::<Option<WholeNumber>>()?.map(|number| number.0),
            Column::Tags => {
                let tags: Option<BTreeMap<String, StrictText>> = members.next_value()?;
                self.event.tags = tags.unwrap_or_default().into_iter().filter_map(|(key, text)| Some((key, text.0?))).collect();
            }
            column => {
                let text: StrictText = members.next_value()?;
                self.set_text(column, text.0).map_err(A::Error::custom)?;
            }
        }
        Ok(())
    }
}
