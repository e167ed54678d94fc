//! Pages of agents' days, with the exact number of them.

use datafusion::scalar::ScalarValue;
use rollcall_model::Timestamp;
use serde::Serialize;
use serde_json::Number;

use super::stays::Days;
use super::table::DayTable;
use super::{AgentDay, presences};
use crate::cursor::{Cursor, Position};
use crate::definition::Definition;
use crate::engine::{AnswerRange, Caller, DEFAULT_PAGE_ROWS, MAX_PAGE_ROWS, Paging, Planned, Reports, answer_range};
use crate::error::{Error, InvalidDefinition, Result};
use crate::field::FieldType;
use crate::kind::Kind;
use crate::people::People;
use crate::rows::number;
use crate::stream::RowStream;
use crate::watermark::Watermark;

/// How long an agent was signed in on a day.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SignedInDay {
    /// The employee id, else the account.
    pub agent: String,
    /// The agent's name in the range, where there is one.
    pub agent_name: Option<String>,
    /// The calendar day in the report's zone.
    pub day: String,
    /// How many seconds the day has.
    pub day_seconds: Number,
    /// Seconds signed in, each of them once.
    pub seconds: Number,
    /// Seconds signed in to each channel. Their sum can be more than the day's `seconds`.
    pub channels: Vec<ChannelTime>,
    /// How many sessions are part of it.
    pub sessions: u64,
    /// Whether one of them had not ended by as-of.
    pub open: bool,
    /// Whether the end of one of them was concluded: it may have been earlier.
    pub inferred: bool,
}

/// Time in a channel.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ChannelTime {
    /// The channel; none where sessions don't name one.
    pub channel: Option<String>,
    /// Seconds signed in to it, each of them once.
    pub seconds: Number,
}

/// One page of signed-in time: agents in the order of their ids, the days of each in their order.
#[derive(Debug, Serialize)]
pub struct SignedInAnswer {
    /// What the range meant.
    pub range: AnswerRange,
    /// The days.
    pub days: Vec<SignedInDay>,
    /// How many days of agents there are on all pages.
    pub total: u64,
    /// How many agents there are on all pages.
    pub agents: u64,
    /// The seconds of all days on all pages.
    pub seconds: Number,
    /// Sessions that are left out because their login is not known.
    pub unknown_logins: u64,
    /// Sessions that are left out because they name nobody.
    pub nameless: u64,
    /// Where the next page begins; missing after the last.
    pub next_cursor: Option<String>,
    /// Up to which moment the answer is complete.
    pub watermark: Watermark,
}

/// What a cursor of signed-in time belongs to.
#[derive(Serialize)]
struct Asked<'a> {
    signed_in_of: &'a Definition,
}

impl Reports {
    /// Signed-in time of all agents and days, or of all after a cursor.
    pub async fn signed_in_stream(
        &self,
        caller: &Caller,
        definition: &Definition,
        cursor: Option<&str>,
        now: Timestamp,
    ) -> Result<RowStream> {
        check(definition)?;
        let (reports, caller, definition, cursor) = (self.clone(), caller.clone(), definition.clone(), cursor.map(str::to_owned));
        self.on_query_threads(async move {
            let is_first = cursor.is_none();
            let planned = reports.open_signed_in(&caller, &definition, cursor, now).await?;
            let (planned, _lease) = reports.held(planned, is_first, &caller, &definition, now).await?;
            let presences = presences(&planned, &definition).await?;
            Ok(DayTable::new(presences, planned.after.as_ref().and_then(place), definition).stream())
        })
        .await
    }

    /// One page of signed-in time per agent and day. The definition is one of `login_logout`.
    pub async fn signed_in(&self, caller: &Caller, definition: &Definition, paging: &Paging, now: Timestamp) -> Result<SignedInAnswer> {
        let limit = paging.limit.unwrap_or(DEFAULT_PAGE_ROWS);
        check(definition)?;
        if limit > MAX_PAGE_ROWS {
            return Err(InvalidDefinition::new("limit", format!("expected at most {MAX_PAGE_ROWS}; got {limit}")).into());
        }
        let (reports, caller, definition, cursor) = (self.clone(), caller.clone(), definition.clone(), paging.cursor.clone());
        self.on_query_threads(async move { reports.run_signed_in(&caller, &definition, limit, cursor, now).await }).await
    }

    async fn run_signed_in(
        &self,
        caller: &Caller,
        definition: &Definition,
        limit: usize,
        cursor: Option<String>,
        now: Timestamp,
    ) -> Result<SignedInAnswer> {
        let is_first = cursor.is_none();
        let planned = self.open_signed_in(caller, definition, cursor, now).await?;
        match self.answer_signed_in(&planned, definition, limit, now).await {
            // An archive step came between the snapshot and its lease: once more, with the lease first.
            Err(Error::Ledger(error)) if error.is_snapshot_gone() && is_first => {
                let planned = self.open(caller, definition, None, now).await?;
                self.hold(&planned).await?;
                self.answer_signed_in(&planned, definition, limit, now).await
            }
            answer => answer,
        }
    }

    async fn open_signed_in(&self, caller: &Caller, definition: &Definition, cursor: Option<String>, now: Timestamp) -> Result<Planned> {
        let asked = Asked { signed_in_of: definition };
        let cursor = cursor.map(|cursor| Cursor::decode_of(&cursor, &asked, &[FieldType::Text, FieldType::Timestamp])).transpose()?;
        if let Some(cursor) = &cursor {
            cursor.check_directory(&People::of(caller))?;
        }
        self.open(caller, definition, cursor, now).await
    }

    async fn answer_signed_in(&self, planned: &Planned, definition: &Definition, limit: usize, now: Timestamp) -> Result<SignedInAnswer> {
        let presences = presences(planned, definition).await?;
        let mut page = DayPage { after: planned.after.as_ref().and_then(place), limit, ..DayPage::default() };
        let mut calendar = Days::of(&definition.zone);
        for (id, agent) in &presences.agents {
            for day in agent.days(&mut calendar) {
                page.add(id, agent.name.as_deref(), &day, definition);
            }
        }
        if page.more {
            self.hold(planned).await?;
        }
        let position = page.last.clone().map(|(id, day)| position(id, day)).or_else(|| planned.after.clone());
        let cursor = planned.cursor(page.total, position);
        Ok(SignedInAnswer {
            range: answer_range(definition, planned.range, planned.now),
            days: page.days,
            total: page.total,
            agents: presences.agents.len() as u64,
            seconds: seconds(page.micros),
            unknown_logins: presences.unknown_logins,
            nameless: presences.nameless,
            next_cursor: page.more.then(|| cursor.encode_of(&Asked { signed_in_of: definition })),
            watermark: Watermark::of(planned, definition, now),
        })
    }
}

/// Only sessions have a time of being signed in.
fn check(definition: &Definition) -> Result<(), InvalidDefinition> {
    match definition.report {
        Kind::LoginLogout => Ok(()),
        other => Err(InvalidDefinition::unknown("report", other.name(), [Kind::LoginLogout.name()])),
    }
}

/// A page that is being filled. All days pass it, for the totals.
#[derive(Default)]
struct DayPage {
    after: Option<(String, i64)>,
    limit: usize,
    days: Vec<SignedInDay>,
    last: Option<(String, i64)>,
    more: bool,
    total: u64,
    micros: i64,
}

impl DayPage {
    fn add(&mut self, id: &str, name: Option<&str>, day: &AgentDay, definition: &Definition) {
        self.total += 1;
        self.micros += day.micros;
        let place = (id, day.day.from.as_micros());
        if self.after.as_ref().is_some_and(|(after, from)| place <= (after.as_str(), *from)) {
            return;
        }
        if self.days.len() == self.limit {
            self.more = true;
            return;
        }
        self.last = Some((id.to_owned(), place.1));
        self.days.push(told(id, name, day, definition));
    }
}

/// An agent's day as it is told.
fn told(id: &str, name: Option<&str>, day: &AgentDay, definition: &Definition) -> SignedInDay {
    let channel = |(channel, micros): &(Option<String>, i64)| ChannelTime { channel: channel.clone(), seconds: seconds(*micros) };
    SignedInDay {
        agent: id.to_owned(),
        agent_name: name.map(str::to_owned),
        day: day.date(&definition.zone),
        day_seconds: seconds(day.length()),
        seconds: seconds(day.micros),
        channels: day.by_channel.iter().map(channel).collect(),
        sessions: day.sessions,
        open: day.open,
        inferred: day.inferred,
    }
}

#[allow(clippy::cast_precision_loss)]
fn seconds(micros: i64) -> Number {
    number(micros as f64 / 1_000_000.0)
}

fn position(id: String, day: i64) -> Position {
    let day = ScalarValue::TimestampMicrosecond(Some(day), Some("UTC".into()));
    Position { values: vec![Some(ScalarValue::Utf8View(Some(id))), Some(day)] }
}

fn place(position: &Position) -> Option<(String, i64)> {
    match position.values.as_slice() {
        [Some(ScalarValue::Utf8View(Some(id))), Some(ScalarValue::TimestampMicrosecond(Some(day), _))] => Some((id.clone(), *day)),
        _ => None,
    }
}
