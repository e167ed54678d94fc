//! Signed-in time, as it goes over the wire.

use rollcall_reports::signed_in::answer;
use serde::Serialize;
use serde_json::Number;
use utoipa::ToSchema;

use super::{RangeAnswer, WatermarkAnswer};

/// One page of signed-in time: agents in the order of their ids, the days of each in their order.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SignedInAnswer {
    /// What the range meant.
    range: RangeAnswer,
    /// The days.
    days: Vec<SignedInDay>,
    /// How many days of agents there are on all pages.
    total: u64,
    /// How many agents there are on all pages.
    agents: u64,
    /// The seconds of all days on all pages.
    #[schema(value_type = f64)]
    seconds: Number,
    /// Sessions that are left out because their login is not known.
    unknown_logins: u64,
    /// Sessions that are left out because they name nobody.
    nameless: u64,
    /// Where the next page begins, on the same snapshot, for at least an hour; missing after the last.
    next_cursor: Option<String>,
    /// Up to which moment the answer is complete.
    watermark: WatermarkAnswer,
}

/// How long an agent was signed in on a day.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SignedInDay {
    /// The employee id, else the account.
    agent: String,
    /// The agent's name in the range, where there is one.
    agent_name: Option<String>,
    /// The calendar day in the report's zone.
    #[schema(format = Date)]
    day: String,
    /// How many seconds the day has.
    #[schema(value_type = f64)]
    day_seconds: Number,
    /// Seconds signed in, each of them once.
    #[schema(value_type = f64)]
    seconds: Number,
    /// Seconds signed in to each channel. Their sum can be more than the day's `seconds`.
    channels: Vec<ChannelTime>,
    /// How many sessions are part of it.
    sessions: u64,
    /// Whether one of them had not ended by as-of.
    open: bool,
    /// Whether the end of one of them was concluded: it may have been earlier.
    inferred: bool,
}

/// Time in a channel.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ChannelTime {
    /// The channel; null where sessions don't name one.
    channel: Option<String>,
    /// Seconds signed in to it, each of them once.
    #[schema(value_type = f64)]
    seconds: Number,
}

impl From<answer::SignedInAnswer> for SignedInAnswer {
    fn from(answer: answer::SignedInAnswer) -> Self {
        let answer::SignedInAnswer { range, days, total, agents, seconds, unknown_logins, nameless, next_cursor, watermark } = answer;
        SignedInAnswer {
            range: range.into(),
            days: days.into_iter().map(SignedInDay::from).collect(),
            total,
            agents,
            seconds,
            unknown_logins,
            nameless,
            next_cursor,
            watermark: watermark.into(),
        }
    }
}

impl From<answer::SignedInDay> for SignedInDay {
    fn from(day: answer::SignedInDay) -> Self {
        let answer::SignedInDay { agent, agent_name, day, day_seconds, seconds, channels, sessions, open, inferred } = day;
        let channels = channels.into_iter().map(ChannelTime::from).collect();
        SignedInDay { agent, agent_name, day, day_seconds, seconds, channels, sessions, open, inferred }
    }
}

impl From<answer::ChannelTime> for ChannelTime {
    fn from(time: answer::ChannelTime) -> Self {
        let answer::ChannelTime { channel, seconds } = time;
        ChannelTime { channel, seconds }
    }
}
