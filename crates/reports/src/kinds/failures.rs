//! What failed between systems: every attempt to deliver a webhook, and integrations.

use rollcall_model::Category;

use super::derived::{AGENT, AGENT_ID, AGENT_TIME_ZONE, Derived, TRIGGERED_BY};
use super::words::{CATEGORIES, CAUSES, EFFECTS, RESULTS};
use super::{DAY_TO_QUARTER, Description, Events, Rows};
use crate::definition::Clock;
use crate::field::Word;

const DERIVED: &[Derived] = &[TRIGGERED_BY, AGENT, AGENT_ID, AGENT_TIME_ZONE];
const WORDS: &[(&str, &[Word])] = &[("outcome", RESULTS), ("category", CATEGORIES), ("effect", EFFECTS), ("triggered_by_kind", CAUSES)];

pub(crate) static WEBHOOKS: Description = Description {
    name: "webhook_failures",
    title: "Webhook failures",
    rows: Rows::Events(Events { category: Some(Category::WebhookFailure), also: None }),
    derived: DERIVED,
    computed: &[],
    labels: &[("target", "Webhook name"), ("target_kind", "Webhook type"), ("event_time", "Date and time"), ("failure_code", "Status")],
    words: WORDS,
    columns: &["target", "event_time", "failure_type", "failure_code", "attempt", "details"],
    filters: &["target"],
    presets: DAY_TO_QUARTER,
    clock: Clock::Report,
};

pub(crate) static INTEGRATIONS: Description = Description {
    name: "integration_failures",
    title: "Integration failures",
    rows: Rows::Events(Events { category: Some(Category::IntegrationFailure), also: None }),
    derived: DERIVED,
    computed: &[],
    labels: &[("target", "Integration name"), ("target_kind", "Integration type"), ("event_time", "Date and time")],
    words: WORDS,
    columns: &["target", "target_kind", "failure_type", "event_time", "details"],
    filters: &["target"],
    presets: DAY_TO_QUARTER,
    clock: Clock::Report,
};
