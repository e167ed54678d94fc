//! The login/logout report: sessions, by the range rule of [`crate::login_logout`].

use rollcall_model::range::Preset;

use super::derived::{AGENT, AGENT_ID, AGENT_TIME_ZONE};
use super::words::{END_REASONS, SESSION_KINDS};
use super::{Computed, Description, Rows};
use crate::concurrent;
use crate::definition::Clock;
use crate::field::FieldType;

const CONCURRENT: Computed = Computed {
    name: concurrent::FIELD,
    label: "Concurrent",
    meaning: "whether the same agent had another session at the same time, in whichever channel or source",
    field_type: FieldType::Boolean,
};

pub(crate) static DESCRIPTION: Description = Description {
    name: "login_logout",
    title: "Login/Logout report",
    rows: Rows::Sessions,
    derived: &[AGENT, AGENT_ID, AGENT_TIME_ZONE],
    computed: &[CONCURRENT],
    labels: &[],
    words: &[("end_reason", END_REASONS), ("kind", SESSION_KINDS)],
    columns: &["agent", "login_time", "logout_time", "duration", "end_reason", "ended_by", "channel", "routing_profile", "hierarchy"],
    filters: &["agent", "hierarchy", "routing_profile"],
    presets: &[Preset::Today, Preset::Last24Hours, Preset::Yesterday, Preset::Last2Days, Preset::Last3Days, Preset::Last7Days],
    clock: Clock::Report,
};
