//! The activity log: what was changed, and who changed it.

use rollcall_model::Category;

use super::derived::{AGENT, AGENT_ID, AGENT_TIME_ZONE, Derived, TRIGGERED_BY};
use super::words::{CATEGORIES, CAUSES, EFFECTS, RESULTS};
use super::{Condition, DAY_TO_QUARTER, Description, Events, Rows};
use crate::definition::Clock;

/// Who made the change.
const USER_NAME: Derived = Derived {
    name: "user_name",
    label: "User name",
    meaning: "the name of the user who made the change; where there is none the e-mail address, else the id. A filter on it looks \
              into all three",
    columns: &["triggered_by_name", "triggered_by_email", "triggered_by_id"],
    told: None,
};

pub(crate) static DESCRIPTION: Description = Description {
    name: "activity_log",
    title: "Activity log",
    rows: Rows::Events(Events { category: Some(Category::Activity), also: Some(Condition::Is("effect", "change")) }),
    derived: &[USER_NAME, TRIGGERED_BY, AGENT, AGENT_ID, AGENT_TIME_ZONE],
    computed: &[],
    labels: &[
        ("triggered_by_email", "User email"),
        ("event_time", "Date and time"),
        ("activity", "Event type"),
        ("entity", "Event category"),
    ],
    words: &[("outcome", RESULTS), ("category", CATEGORIES), ("effect", EFFECTS), ("triggered_by_kind", CAUSES)],
    columns: &["user_name", "triggered_by_email", "event_time", "activity", "entity", "summary", "details"],
    filters: &["entity", "activity", "user_name"],
    presets: DAY_TO_QUARTER,
    clock: Clock::Report,
};
