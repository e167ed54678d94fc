//! Events as columns and back: the same batch goes into the journal, the tail and the lake.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use arrow::array::{
    Array, ArrayRef, AsArray, FixedSizeBinaryArray, FixedSizeBinaryBuilder, Int32Array, Int64Array, MapArray, MapBuilder, RecordBatch,
    StringBuilder, StringViewArray, StringViewBuilder, TimestampMicrosecondArray,
};
use arrow::buffer::{Buffer, NullBuffer, ScalarBuffer};
use arrow::datatypes::{DataType, Int32Type, Int64Type, TimestampMicrosecondType};
use rollcall_model::{Category, Effect, Event, Outcome, StoredEvent, Timestamp, TriggeredByKind};
use uuid::Uuid;

use crate::error::{Error, Result};
use crate::schema::{Table, map_entry_fields, map_field_ids};

/// Texts of a column lie in blocks of up to that many bytes.
const MAX_BLOCK_BYTES: usize = 16 * 1024 * 1024;
/// Columns without any text share the memory of up to that many rows.
const SHARED_ROWS: usize = 32_768;

/// Makes columns of events that follow each other from `first_seq` on: access events and others apart, each
/// if there are any.
pub(crate) fn encode(events: &[&Event], first_seq: i64, received_at: Timestamp) -> Result<Vec<RecordBatch>> {
    let numbered = || (first_seq..).zip(events.iter().copied());
    let (access, others): (Vec<_>, Vec<_>) = numbered().partition(|(_, event)| event.category == Category::Access);
    let parts = [access, others].into_iter().filter(|part| !part.is_empty());
    parts.map(|part| encode_part(&part, received_at)).collect()
}

/// The same rows, holding no more memory than they need: joined and cut string views keep the texts of
/// rows that are gone.
pub(crate) fn compact(batch: &RecordBatch) -> Result<RecordBatch> {
    let compact = |column: &ArrayRef| match column.as_string_view_opt() {
        Some(views) if views.null_count() == views.len() => Arc::new(no_texts(views.len())) as ArrayRef,
        Some(views) => Arc::new(views.gc()) as ArrayRef,
        None => Arc::clone(column),
    };
    Ok(RecordBatch::try_new(batch.schema(), batch.columns().iter().map(compact).collect())?)
}

fn encode_part(part: &[(i64, &Event)], received_at: Timestamp) -> Result<RecordBatch> {
    let events: Vec<&Event> = part.iter().map(|(_, event)| *event).collect();
    let rows = events.len();
    let text = |of: fn(&Event) -> Option<&str>| -> ArrayRef { Arc::new(texts(rows, events.iter().map(|event| of(event)))) };
    let seqs = Int64Array::from_iter_values(part.iter().map(|(seq, _)| *seq));
    let columns: Vec<ArrayRef> = vec![
        Arc::new(seqs),
        Arc::new(uuids(rows, events.iter().map(|e| Some(e.event_id)))?),
        text(|e| e.source_event_id.as_deref()),
        Arc::new(moments(events.iter().map(|e| Some(e.event_time)))),
        Arc::new(moments(events.iter().map(|_| Some(received_at)))),
        text(|e| Some(&e.source)),
        text(|e| Some(e.category.as_str())),
        text(|e| e.application.as_deref()),
        text(|e| e.entity.as_deref()),
        text(|e| e.instance.as_deref()),
        text(|e| Some(&e.activity)),
        text(|e| e.effect.map(Effect::as_str)),
        text(|e| Some(e.outcome.as_str())),
        text(|e| e.failure_type.as_deref()),
        text(|e| e.failure_code.as_deref()),
        text(|e| e.failure_reason.as_deref()),
        Arc::new(Int32Array::from_iter(events.iter().map(|e| e.attempt))),
        text(|e| e.triggered_by_kind.map(TriggeredByKind::as_str)),
        text(|e| e.triggered_by_id.as_deref()),
        text(|e| e.triggered_by_name.as_deref()),
        text(|e| e.triggered_by_email.as_deref()),
        text(|e| e.account.as_deref()),
        text(|e| e.employee_id.as_deref()),
        text(|e| e.agent_name.as_deref()),
        text(|e| e.session_id.as_deref()),
        text(|e| e.stream.as_deref()),
        text(|e| e.channel.as_deref()),
        text(|e| e.brand.as_deref()),
        text(|e| e.sign_in_method.as_deref()),
        text(|e| e.source_ip.as_deref()),
        text(|e| e.user_agent.as_deref()),
        text(|e| e.routing_profile.as_deref()),
        text(|e| e.hierarchy.as_deref()),
        text(|e| e.target.as_deref()),
        text(|e| e.target_kind.as_deref()),
        text(|e| e.summary.as_deref()),
        text(|e| e.comments.as_deref()),
        text(|e| e.details.as_deref()),
        tags(Table::Events, events.iter().map(|e| &e.tags))?,
    ];
    Ok(RecordBatch::try_new(Table::Events.schema(), columns)?)
}

/// Reads events back out of columns, which may be fewer than all: what is not there is missing.
pub fn decode(batch: &RecordBatch) -> Result<Vec<StoredEvent>> {
    let columns = Columns::new(batch);
    (0..batch.num_rows()).map(|row| columns.event(row)).collect()
}

/// Columns of a batch by name, each as its type.
pub(crate) struct Columns<'a> {
    texts: BTreeMap<&'a str, &'a StringViewArray>,
    moments: BTreeMap<&'a str, &'a TimestampMicrosecondArray>,
    uuids: BTreeMap<&'a str, &'a FixedSizeBinaryArray>,
    other: BTreeMap<&'a str, &'a ArrayRef>,
}

impl<'a> Columns<'a> {
    pub(crate) fn new(batch: &'a RecordBatch) -> Self {
        let mut columns = Columns { texts: BTreeMap::new(), moments: BTreeMap::new(), uuids: BTreeMap::new(), other: BTreeMap::new() };
        for (field, array) in batch.schema_ref().fields().iter().zip(batch.columns()) {
            // The names live as long as the model's lists, the schema of the batch as long as the batch.
            let name: &'a str = batch.schema_ref().field_with_name(field.name()).map_or("", |field| field.name().as_str());
            match field.data_type() {
                DataType::Utf8View => columns.texts.insert(name, array.as_string_view()).map(drop),
                DataType::Timestamp(..) => columns.moments.insert(name, array.as_primitive::<TimestampMicrosecondType>()).map(drop),
                DataType::FixedSizeBinary(_) => columns.uuids.insert(name, array.as_fixed_size_binary()).map(drop),
                _ => columns.other.insert(name, array).map(drop),
            };
        }
        columns
    }

    pub(crate) fn text(&self, name: &str, row: usize) -> Option<&'a str> {
        self.texts.get(name).filter(|array| array.is_valid(row)).map(|array| array.value(row))
    }

    pub(crate) fn owned(&self, name: &str, row: usize) -> Option<String> {
        self.text(name, row).map(str::to_owned)
    }

    pub(crate) fn moment(&self, name: &str, row: usize) -> Option<Timestamp> {
        let micros = self.moments.get(name).filter(|array| array.is_valid(row)).map(|array| array.value(row))?;
        Timestamp::from_micros(micros)
    }

    pub(crate) fn uuid(&self, name: &str, row: usize) -> Option<Uuid> {
        let bytes = self.uuids.get(name).filter(|array| array.is_valid(row)).map(|array| array.value(row))?;
        Uuid::from_slice(bytes).ok()
    }

    pub(crate) fn boolean(&self, name: &str, row: usize) -> Option<bool> {
        let array = self.other.get(name)?.as_boolean_opt()?;
        array.is_valid(row).then(|| array.value(row))
    }

    pub(crate) fn tags(&self, row: usize) -> BTreeMap<String, String> {
        let Some(map) = self.other.get("tags").and_then(|array| array.as_map_opt()).filter(|map| map.is_valid(row)) else {
            return BTreeMap::new();
        };
        let entries = map.value(row);
        let text = |array: &ArrayRef, at: usize| array.as_string_opt::<i32>().map(|texts| texts.value(at).to_owned());
        (0..entries.len()).filter_map(|at| Some((text(entries.column(0), at)?, text(entries.column(1), at)?))).collect()
    }

    fn required<T>(value: Option<T>, name: &str) -> Result<T> {
        value.ok_or_else(|| Error::Corrupt(format!("an event without {name}")))
    }

    fn event(&self, row: usize) -> Result<StoredEvent> {
        let word = |name: &str| Self::required(self.text(name, row), name);
        let unknown = |name: &str, word: &str| Error::Corrupt(format!("an event with {name} {word:?}"));
        let category = word("category")?;
        let outcome = word("outcome")?;
        let mut event = Event::new(
            Self::required(self.uuid("event_id", row), "event_id")?,
            Self::required(self.moment("event_time", row), "event_time")?,
            word("source")?,
            Category::from_word(category).ok_or_else(|| unknown("category", category))?,
            word("activity")?,
            Outcome::from_word(outcome).ok_or_else(|| unknown("outcome", outcome))?,
        );
        self.fill(&mut event, row);
        let seq = self.other.get("seq").and_then(|array| array.as_primitive_opt::<Int64Type>()).map(|seqs| seqs.value(row));
        Ok(StoredEvent {
            seq: Self::required(seq, "seq")?,
            received_at: Self::required(self.moment("received_at", row), "received_at")?,
            event,
        })
    }

    /// Fills in what an event may have.
    fn fill(&self, event: &mut Event, row: usize) {
        let text = |name: &str| self.owned(name, row);
        event.source_event_id = text("source_event_id");
        event.application = text("application");
        event.entity = text("entity");
        event.instance = text("instance");
        event.effect = self.text("effect", row).and_then(Effect::from_word);
        event.failure_type = text("failure_type");
        event.failure_code = text("failure_code");
        event.failure_reason = text("failure_reason");
        let attempts = self.other.get("attempt").and_then(|array| array.as_primitive_opt::<Int32Type>());
        event.attempt = attempts.filter(|array| array.is_valid(row)).map(|array| array.value(row));
        event.triggered_by_kind = self.text("triggered_by_kind", row).and_then(TriggeredByKind::from_word);
        event.triggered_by_id = text("triggered_by_id");
        event.triggered_by_name = text("triggered_by_name");
        event.triggered_by_email = text("triggered_by_email");
        event.account = text("account");
        event.employee_id = text("employee_id");
        event.agent_name = text("agent_name");
        event.session_id = text("session_id");
        event.stream = text("stream");
        event.channel = text("channel");
        event.brand = text("brand");
        event.sign_in_method = text("sign_in_method");
        event.source_ip = text("source_ip");
        event.user_agent = text("user_agent");
        event.routing_profile = text("routing_profile");
        event.hierarchy = text("hierarchy");
        event.target = text("target");
        event.target_kind = text("target_kind");
        event.summary = text("summary");
        event.comments = text("comments");
        event.details = text("details");
        event.tags = self.tags(row);
    }
}

/// A column of texts, in exactly the memory that it needs. A column without any text takes none of its own.
pub(crate) fn texts<'a>(rows: usize, values: impl Iterator<Item = Option<&'a str>> + Clone) -> StringViewArray {
    // Up to twelve bytes lie in the row itself.
    let (mut long_bytes, mut any) = (0_usize, false);
    for value in values.clone().flatten() {
        any = true;
        long_bytes += if value.len() > 12 { value.len() } else { 0 };
    }
    if !any {
        return no_texts(rows);
    }
    let block = u32::try_from(long_bytes.clamp(1, MAX_BLOCK_BYTES)).unwrap_or(u32::MAX);
    let mut builder = StringViewBuilder::with_capacity(rows).with_fixed_block_size(block);
    for value in values {
        builder.append_option(value);
    }
    builder.finish()
}

/// Rows without a text: their memory is zeros, which all such columns share.
pub(crate) fn no_texts(rows: usize) -> StringViewArray {
    static ZEROS: LazyLock<Buffer> = LazyLock::new(|| Buffer::from(vec![0_u8; SHARED_ROWS * 16]));
    if rows > SHARED_ROWS {
        return StringViewArray::new_null(rows);
    }
    let views = ScalarBuffer::new(ZEROS.clone(), 0, rows);
    StringViewArray::new(views, Vec::new(), Some(NullBuffer::new_null(rows)))
}

/// A column of moments.
pub(crate) fn moments(values: impl Iterator<Item = Option<Timestamp>>) -> TimestampMicrosecondArray {
    values.map(|moment| moment.map(Timestamp::as_micros)).collect::<TimestampMicrosecondArray>().with_timezone("UTC")
}

/// A column of UUIDs.
pub(crate) fn uuids(rows: usize, values: impl Iterator<Item = Option<Uuid>>) -> Result<FixedSizeBinaryArray> {
    let mut builder = FixedSizeBinaryBuilder::with_capacity(rows, 16);
    for value in values {
        match value {
            Some(uuid) => builder.append_value(uuid.as_bytes())?,
            None => builder.append_null(),
        }
    }
    Ok(builder.finish())
}

/// A column of tags; no tags at all is missing.
pub(crate) fn tags<'a>(table: Table, values: impl Iterator<Item = &'a BTreeMap<String, String>>) -> Result<ArrayRef> {
    let mut builder = MapBuilder::new(None, StringBuilder::new(), StringBuilder::new());
    for tags in values {
        for (key, value) in tags {
            builder.keys().append_value(key);
            builder.values().append_value(value);
        }
        builder.append(!tags.is_empty())?;
    }
    // The builder names and numbers the inner fields in its own way; the lake's schema has its own.
    let (_, offsets, entries, nulls, ordered) = builder.finish().into_parts();
    let (_, arrays, entry_nulls) = entries.into_parts();
    let fields = map_entry_fields(Some(map_field_ids(table.columns())));
    let entries = arrow::array::StructArray::try_new(fields.clone(), arrays, entry_nulls)?;
    let field = Arc::new(arrow::datatypes::Field::new("key_value", DataType::Struct(fields), false));
    Ok(Arc::new(MapArray::try_new(field, offsets, entries, nulls, ordered)?))
}
