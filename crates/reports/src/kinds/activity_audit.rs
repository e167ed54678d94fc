//! The activity audit: every event, in UTC.

use super::derived::{AGENT, AGENT_ID, AGENT_TIME_ZONE, TRIGGERED_BY};
use super::words::{CATEGORIES, CAUSES, EFFECTS, OUTCOMES};
use super::{DAY_TO_QUARTER, Description, Events, Rows};
use crate::definition::Clock;

pub(crate) static DESCRIPTION: Description = Description {
    name: "activity_audit",
    title: "Activity audit",
    rows: Rows::Events(Events { category: None, also: None }),
    derived: &[TRIGGERED_BY, AGENT, AGENT_ID, AGENT_TIME_ZONE],
    computed: &[],
    labels: &[("event_time", "Event time (UTC)")],
    words: &[("outcome", OUTCOMES), ("category", CATEGORIES), ("effect", EFFECTS), ("triggered_by_kind", CAUSES)],
    columns: &["event_time", "event_id", "triggered_by", "entity", "instance", "activity", "outcome", "application", "comments"],
    filters: &["application", "entity", "activity", "outcome", "triggered_by"],
    presets: DAY_TO_QUARTER,
    clock: Clock::Utc,
};
