//! The sign-in log: access events, but not signs of life.

use rollcall_model::Category;
use rollcall_model::range::Preset;

use super::derived::{AGENT, AGENT_ID, AGENT_TIME_ZONE, TRIGGERED_BY};
use super::words::{CATEGORIES, CAUSES, EFFECTS, OPERATIONS, RESULTS};
use super::{Condition, Description, Events, Rows};
use crate::definition::Clock;

/// Access events of people and systems: a sign of life is neither a sign-in nor a sign-out.
pub(super) const OPERATIONS_ALONE: Events =
    Events { category: Some(Category::Access), also: Some(Condition::IsNot("activity", "sign_of_life")) };

pub(crate) static DESCRIPTION: Description = Description {
    name: "sign_in_log",
    title: "Sign-in log",
    rows: Rows::Events(OPERATIONS_ALONE),
    derived: &[AGENT, AGENT_ID, AGENT_TIME_ZONE, TRIGGERED_BY],
    computed: &[],
    labels: &[
        ("activity", "Operation type"),
        ("event_time", "Operation time"),
        ("outcome", "Result"),
        ("source_ip", "Sign-in IP address"),
        ("failure_code", "Failure reason code"),
    ],
    words: &[("activity", OPERATIONS), ("outcome", RESULTS), ("category", CATEGORIES), ("effect", EFFECTS), ("triggered_by_kind", CAUSES)],
    columns: &["account", "employee_id", "activity", "event_time", "outcome", "source_ip", "failure_code"],
    filters: &["account", "employee_id", "activity", "outcome"],
    presets: &[Preset::OneDay, Preset::ThreeDays, Preset::SevenDays],
    clock: Clock::Report,
};
