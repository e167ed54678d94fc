//! Signed-in time: how long each agent was signed in on each calendar day of the report's zone.
//!
//! Every session that overlaps the range is clipped to the day, also one that covers it. What overlaps across
//! channels and sources is united, so nobody is counted twice; the time of each channel is told beside it. An
//! open session lasts until as-of, one whose end was concluded until the moment by which it had ended.
//!
//! - [`stays`]: stretches of time, without any query
//! - [`answer`]: pages of days; [`table`]: all of them, as rows

pub mod answer;
mod stays;
mod table;

use std::collections::BTreeMap;

use arrow::array::{Array, AsArray, BooleanArray, RecordBatch, StringViewArray, TimestampMicrosecondArray};
use arrow::datatypes::TimestampMicrosecondType;
use datafusion::functions::expr_fn::coalesce;
use datafusion::logical_expr::col;
use futures::StreamExt;
use rollcall_model::range::ResolvedRange;
use rollcall_model::zone::Zone;
use rollcall_model::{SessionKind, Timestamp};
use serde_json::Value;

use crate::bucket::Bucket;
use crate::definition::Definition;
use crate::engine::Planned;
use crate::error::{Error, Result};
use crate::filter::{Filter, Operator};
use crate::people::Told;
use crate::plan;
use stays::{Days, Stay, united};

/// A session as far as it lies in the range.
struct Presence {
    channel: Option<String>,
    stay: Stay,
    open: bool,
    inferred: bool,
}

/// What is known of an agent.
#[derive(Default)]
pub(crate) struct Agent {
    name: Option<String>,
    /// Login of the session that the name is of: the latest that has one.
    named_at: Option<Timestamp>,
    sessions: Vec<Presence>,
}

/// What of a session lies in a day.
type Part<'a> = (&'a Presence, Stay);

/// An agent's day.
pub(crate) struct AgentDay {
    day: Bucket,
    /// Time in any channel.
    micros: i64,
    by_channel: Vec<(Option<String>, i64)>,
    sessions: u64,
    open: bool,
    inferred: bool,
}

/// All agents with their sessions, and what has no place in them.
#[derive(Default)]
pub(crate) struct Presences {
    agents: BTreeMap<String, Agent>,
    /// Sessions that name nobody.
    nameless: u64,
    /// Sessions whose login is not known.
    unknown_logins: u64,
}

/// The sessions that count: those that overlap the range. Who acts as somebody is not that person.
fn counting(definition: &Definition) -> Definition {
    let mut counting = Definition { spanning: true, ..definition.clone() };
    if !counting.filters.iter().any(|filter| filter.field == "kind") {
        let values = vec![Value::from(SessionKind::SignIn.as_str())];
        counting.filters.push(Filter { field: "kind".to_owned(), op: Operator::In, values });
    }
    counting
}

/// The sessions of a range by agent.
async fn presences(planned: &Planned, definition: &Definition) -> Result<Presences> {
    let rows = plan::rows(planned, &counting(definition)).await?;
    let rows = rows.select(vec![
        col("agent_id").alias("person"),
        planned.people.shown(Told::Name, &["agent_name"]).alias("agent_name"),
        col("channel"),
        col("login_time"),
        coalesce(vec![col("logout_time"), col("ended_no_later_than")]).alias("end"),
        col("open"),
        col("end_inferred"),
    ])?;
    let mut found = Presences::default();
    let mut batches = rows.execute_stream().await?;
    let as_of = plan::as_of(planned.range, planned.now);
    while let Some(batch) = batches.next().await {
        found.add(&Columns::of(&batch?)?, planned.range, as_of);
    }
    Ok(found)
}

/// The columns of a batch of sessions.
struct Columns {
    person: StringViewArray,
    name: StringViewArray,
    channel: StringViewArray,
    login: TimestampMicrosecondArray,
    end: TimestampMicrosecondArray,
    open: BooleanArray,
    inferred: BooleanArray,
}

impl Columns {
    fn of(batch: &RecordBatch) -> Result<Self> {
        let unexpected = |name: &str| Error::Query(format!("sessions have no column {name} of its type"));
        let column = |name: &str| batch.column_by_name(name).ok_or_else(|| unexpected(name));
        let text = |name: &str| column(name)?.as_string_view_opt().cloned().ok_or_else(|| unexpected(name));
        let moment = |name: &str| column(name)?.as_primitive_opt::<TimestampMicrosecondType>().cloned().ok_or_else(|| unexpected(name));
        let flag = |name: &str| column(name)?.as_boolean_opt().cloned().ok_or_else(|| unexpected(name));
        Ok(Columns {
            person: text("person")?,
            name: text("agent_name")?,
            channel: text("channel")?,
            login: moment("login_time")?,
            end: moment("end")?,
            open: flag("open")?,
            inferred: flag("end_inferred")?,
        })
    }
}

fn text_at(array: &StringViewArray, row: usize) -> Option<&str> {
    array.is_valid(row).then(|| array.value(row))
}

fn moment_at(array: &TimestampMicrosecondArray, row: usize) -> Option<Timestamp> {
    array.is_valid(row).then(|| Timestamp::from_micros(array.value(row))).flatten()
}

impl Presences {
    fn add(&mut self, columns: &Columns, range: ResolvedRange, as_of: Timestamp) {
        for row in 0..columns.person.len() {
            let Some(login) = moment_at(&columns.login, row) else {
                self.unknown_logins += 1;
                continue;
            };
            let Some(person) = text_at(&columns.person, row) else {
                self.nameless += 1;
                continue;
            };
            let stay = Stay { from: login, to: moment_at(&columns.end, row).unwrap_or(as_of) };
            let Some(stay) = stay.clipped(range.from, as_of) else { continue };
            let agent = self.agents.entry(person.to_owned()).or_default();
            if let Some(name) = text_at(&columns.name, row)
                && agent.named_at.is_none_or(|named_at| (named_at, agent.name.as_deref()) < (login, Some(name)))
            {
                (agent.name, agent.named_at) = (Some(name.to_owned()), Some(login));
            }
            let channel = text_at(&columns.channel, row).map(str::to_owned);
            agent.sessions.push(Presence { channel, stay, open: columns.open.value(row), inferred: columns.inferred.value(row) });
        }
    }
}

impl Agent {
    /// The days on which an agent was signed in, the earliest first.
    fn days(&self, days: &mut Days<'_>) -> Vec<AgentDay> {
        let mut by_day: BTreeMap<Timestamp, (Bucket, Vec<Part<'_>>)> = BTreeMap::new();
        for session in &self.sessions {
            for (day, part) in days.parts(session.stay) {
                by_day.entry(day.from).or_insert_with(|| (day, Vec::new())).1.push((session, part));
            }
        }
        by_day.into_values().map(|(day, parts)| AgentDay::of(day, &parts)).collect()
    }
}

impl AgentDay {
    fn of(day: Bucket, parts: &[Part<'_>]) -> Self {
        let mut channels: BTreeMap<Option<&str>, Vec<Stay>> = BTreeMap::new();
        for (session, part) in parts {
            channels.entry(session.channel.as_deref()).or_default().push(*part);
        }
        let micros = |stays: Vec<Stay>| united(stays).into_iter().map(Stay::micros).sum::<i64>();
        AgentDay {
            day,
            micros: micros(parts.iter().map(|(_, part)| *part).collect()),
            by_channel: channels.into_iter().map(|(channel, stays)| (channel.map(str::to_owned), micros(stays))).collect(),
            sessions: parts.len() as u64,
            open: parts.iter().any(|(session, part)| session.open && part.to == session.stay.to),
            inferred: parts.iter().any(|(session, part)| session.inferred && part.to == session.stay.to),
        }
    }

    /// How long the day itself is.
    fn length(&self) -> i64 {
        self.day.to.micros_since(self.day.from)
    }

    /// Its date in the zone in which it is one.
    fn date(&self, zone: &Zone) -> String {
        zone.date(self.day.from).to_string()
    }
}
