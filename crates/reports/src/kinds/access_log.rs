//! The access log: who entered and left which portal, impersonation included.

use super::derived::{AGENT, AGENT_ID, AGENT_TIME_ZONE, Derived, TRIGGERED_BY};
use super::sign_in_log::OPERATIONS_ALONE;
use super::words::{CATEGORIES, CAUSES, EFFECTS, OPERATIONS, RESULTS};
use super::{DAY_TO_QUARTER, Description, Rows};
use crate::definition::Clock;

/// Whose access it was; of an impersonation, the person who was impersonated.
const USER_NAME: Derived =
    Derived { name: "user_name", label: "User name", meaning: AGENT.meaning, columns: AGENT.columns, told: AGENT.told };

pub(crate) static DESCRIPTION: Description = Description {
    name: "access_log",
    title: "Access log",
    rows: Rows::Events(OPERATIONS_ALONE),
    derived: &[USER_NAME, AGENT, AGENT_ID, AGENT_TIME_ZONE, TRIGGERED_BY],
    computed: &[],
    labels: &[
        ("event_time", "Date and time"),
        ("source_ip", "IP address"),
        ("activity", "Category"),
        ("sign_in_method", "Source of login"),
        ("channel", "Portal"),
        ("category", "Category of the event"),
    ],
    words: &[("activity", OPERATIONS), ("outcome", RESULTS), ("category", CATEGORIES), ("effect", EFFECTS), ("triggered_by_kind", CAUSES)],
    columns: &["user_name", "event_time", "source_ip", "activity", "brand", "sign_in_method", "channel"],
    filters: &["activity", "user_name", "brand"],
    presets: DAY_TO_QUARTER,
    clock: Clock::Report,
};
