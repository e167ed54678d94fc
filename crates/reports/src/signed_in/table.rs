//! All days of all agents as rows, a few agents at a time.

use std::collections::btree_map;
use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanBuilder, Date32Builder, Float64Builder, Int64Builder, ListBuilder, RecordBatch, StringViewBuilder, StructBuilder,
};
use arrow::datatypes::{DataType, Field, Fields, Schema, SchemaRef};
use arrow::error::ArrowError;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;

use super::stays::Days;
use super::{Agent, AgentDay, Presences};
use crate::definition::Definition;
use crate::rows::RowWriter;
use crate::stream::RowStream;

/// Agents whose days are worked out at once.
const AGENTS_AT_ONCE: usize = 64;
/// Microseconds of a second.
const MICROS: f64 = 1_000_000.0;

/// All days after a place, in order.
pub(super) struct DayTable {
    definition: Definition,
    after: Option<(String, i64)>,
    agents: btree_map::IntoIter<String, Agent>,
    schema: SchemaRef,
}

impl DayTable {
    pub(super) fn new(presences: Presences, after: Option<(String, i64)>, definition: Definition) -> Self {
        DayTable { definition, after, agents: presences.agents.into_iter(), schema: schema() }
    }

    /// The days as rows.
    pub(super) fn stream(self) -> RowStream {
        let names = self.schema.fields().iter().map(|field| field.name().clone()).collect();
        let writer = RowWriter::new(names, self.definition.shown_zone());
        let schema = Arc::clone(&self.schema);
        let batches = futures::stream::iter(self.map(|batch| Ok(batch?)));
        RowStream::new(writer, Box::pin(RecordBatchStreamAdapter::new(schema, batches)), None)
    }

    fn batch(&self, agents: &[(String, Agent)]) -> Result<RecordBatch, ArrowError> {
        let mut calendar = Days::of(&self.definition.zone);
        let is_after = |id: &str, from: i64| self.after.as_ref().is_none_or(|(after, day)| (id, from) > (after.as_str(), *day));
        let mut columns = Columns::default();
        for (id, agent) in agents {
            for day in agent.days(&mut calendar).iter().filter(|day| is_after(id, day.day.from.as_micros())) {
                columns.add(id, agent.name.as_deref(), day, &self.definition);
            }
        }
        columns.finish(&self.schema)
    }
}

impl Iterator for DayTable {
    /// The days of some agents.
    type Item = Result<RecordBatch, ArrowError>;

    fn next(&mut self) -> Option<Self::Item> {
        let agents: Vec<(String, Agent)> = self.agents.by_ref().take(AGENTS_AT_ONCE).collect();
        if agents.is_empty() { None } else { Some(self.batch(&agents)) }
    }
}

fn channel_fields() -> Fields {
    Fields::from(vec![Field::new("channel", DataType::Utf8View, true), Field::new("seconds", DataType::Float64, true)])
}

fn schema() -> SchemaRef {
    let channels = DataType::List(Arc::new(Field::new_list_field(DataType::Struct(channel_fields()), true)));
    let columns = [
        ("agent", DataType::Utf8View),
        ("agent_name", DataType::Utf8View),
        ("day", DataType::Date32),
        ("day_seconds", DataType::Float64),
        ("seconds", DataType::Float64),
        ("channels", channels),
        ("sessions", DataType::Int64),
        ("open", DataType::Boolean),
        ("inferred", DataType::Boolean),
    ];
    Arc::new(Schema::new(columns.map(|(name, data_type)| Field::new(name, data_type, true)).to_vec()))
}

/// The columns of some days.
struct Columns {
    agent: StringViewBuilder,
    name: StringViewBuilder,
    day: Date32Builder,
    day_seconds: Float64Builder,
    seconds: Float64Builder,
    channels: ListBuilder<StructBuilder>,
    sessions: Int64Builder,
    open: BooleanBuilder,
    inferred: BooleanBuilder,
}

impl Default for Columns {
    fn default() -> Self {
        Columns {
            agent: StringViewBuilder::new(),
            name: StringViewBuilder::new(),
            day: Date32Builder::new(),
            day_seconds: Float64Builder::new(),
            seconds: Float64Builder::new(),
            channels: ListBuilder::new(StructBuilder::from_fields(channel_fields(), 0)),
            sessions: Int64Builder::new(),
            open: BooleanBuilder::new(),
            inferred: BooleanBuilder::new(),
        }
    }
}

impl Columns {
    fn add(&mut self, id: &str, name: Option<&str>, day: &AgentDay, definition: &Definition) {
        self.agent.append_value(id);
        self.name.append_option(name);
        let date = definition.zone.date(day.day.from);
        let since_1970 = date.since(jiff::civil::date(1970, 1, 1)).map_or(0, |span| span.get_days());
        self.day.append_value(since_1970);
        self.day_seconds.append_value(seconds(day.length()));
        self.seconds.append_value(seconds(day.micros));
        let channels = self.channels.values();
        for (channel, micros) in &day.by_channel {
            if let Some(names) = channels.field_builder::<StringViewBuilder>(0) {
                names.append_option(channel.as_deref());
            }
            if let Some(times) = channels.field_builder::<Float64Builder>(1) {
                times.append_value(seconds(*micros));
            }
            channels.append(true);
        }
        self.channels.append(true);
        self.sessions.append_value(i64::try_from(day.sessions).unwrap_or(i64::MAX));
        self.open.append_value(day.open);
        self.inferred.append_value(day.inferred);
    }

    fn finish(mut self, schema: &SchemaRef) -> Result<RecordBatch, ArrowError> {
        let columns: Vec<ArrayRef> = vec![
            Arc::new(self.agent.finish()),
            Arc::new(self.name.finish()),
            Arc::new(self.day.finish()),
            Arc::new(self.day_seconds.finish()),
            Arc::new(self.seconds.finish()),
            Arc::new(self.channels.finish()),
            Arc::new(self.sessions.finish()),
            Arc::new(self.open.finish()),
            Arc::new(self.inferred.finish()),
        ];
        RecordBatch::try_new(Arc::clone(schema), columns)
    }
}

#[allow(clippy::cast_precision_loss)]
fn seconds(micros: i64) -> f64 {
    micros as f64 / MICROS
}
