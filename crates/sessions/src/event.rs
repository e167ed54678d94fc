//! What pairing needs of an access event.

use std::collections::BTreeMap;

use rollcall_model::{AccessActivity, Event, Outcome, Timestamp, TriggeredByKind};
use uuid::Uuid;

/// An access event without what pairing never looks at. The ledger reads millions of them, from the
/// lake's columns as well as from whole events.
///
/// The order is that of the fields: by id, then by time, then by content. Nothing but the choice among
/// conflicting duplicates rests on it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct AccessEvent {
    /// Its id; with the time the key for duplicates, and what decides among ties.
    pub event_id: Uuid,
    /// When it happened.
    pub event_time: Timestamp,
    /// The source it came through.
    pub source: String,
    /// What happened.
    pub activity: AccessActivity,
    /// Whether it worked. What failed opens and closes nothing.
    pub success: bool,
    /// What the source pairs by, where that is not agent and channel.
    pub stream: Option<String>,
    /// Which surface.
    pub channel: Option<String>,
    /// The source's own session id.
    pub session_id: Option<String>,
    /// The login account.
    pub account: Option<String>,
    /// The agent's id in the organisation.
    pub employee_id: Option<String>,
    /// The agent's display name.
    pub agent_name: Option<String>,
    /// The agent's routing profile at that time.
    pub routing_profile: Option<String>,
    /// The agent's place in the organisation at that time.
    pub hierarchy: Option<String>,
    /// The brand in which it happened.
    pub brand: Option<String>,
    /// How the agent signed in.
    pub sign_in_method: Option<String>,
    /// From where.
    pub source_ip: Option<String>,
    /// Free key-value pairs.
    pub tags: BTreeMap<String, String>,
    /// Whether the system did it by itself.
    pub by_system: bool,
    /// Who did it: the name, else the e-mail address, else the id.
    pub triggered_by: Option<String>,
}

impl AccessEvent {
    /// The part of an event that pairing needs; `None` unless it is an access event with a known
    /// activity.
    pub fn from_event(event: &Event) -> Option<AccessEvent> {
        Some(AccessEvent {
            event_id: event.event_id,
            event_time: event.event_time,
            source: event.source.clone(),
            activity: event.access_activity()?,
            success: event.outcome == Outcome::Success,
            stream: event.stream.clone(),
            channel: event.channel.clone(),
            session_id: event.session_id.clone(),
            account: event.account.clone(),
            employee_id: event.employee_id.clone(),
            agent_name: event.agent_name.clone(),
            routing_profile: event.routing_profile.clone(),
            hierarchy: event.hierarchy.clone(),
            brand: event.brand.clone(),
            sign_in_method: event.sign_in_method.clone(),
            source_ip: event.source_ip.clone(),
            tags: event.tags.clone(),
            by_system: event.triggered_by_kind == Some(TriggeredByKind::System),
            triggered_by: event
                .triggered_by_name
                .as_ref()
                .or(event.triggered_by_email.as_ref())
                .or(event.triggered_by_id.as_ref())
                .cloned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use rollcall_model::Category;

    use super::*;

    fn event(category: Category, activity: &str) -> Event {
        Event::new(Uuid::from_u128(1), Timestamp::default(), "portal", category, activity, Outcome::Success)
    }

    #[test]
    fn only_access_events_with_a_known_activity_are_paired() {
        assert!(AccessEvent::from_event(&event(Category::Access, "sign_in")).is_some());
        assert!(AccessEvent::from_event(&event(Category::Access, "teleport")).is_none());
        assert!(AccessEvent::from_event(&event(Category::Activity, "sign_in")).is_none());
    }

    #[test]
    fn who_did_it_is_named_as_well_as_the_event_can() {
        let mut e = event(Category::Access, "forced_sign_out");
        let who = |e: &Event| AccessEvent::from_event(e).unwrap().triggered_by;
        assert_eq!(who(&e), None);
        e.triggered_by_id = Some("7".to_owned());
        assert_eq!(who(&e).as_deref(), Some("7"));
        e.triggered_by_email = Some("boss@example.org".to_owned());
        assert_eq!(who(&e).as_deref(), Some("boss@example.org"));
        e.triggered_by_name = Some("The Boss".to_owned());
        assert_eq!(who(&e).as_deref(), Some("The Boss"));
    }

    #[test]
    fn the_system_and_failures_are_recognised() {
        let mut e = event(Category::Access, "sign_out");
        e.triggered_by_kind = Some(TriggeredByKind::System);
        e.outcome = Outcome::Failure;
        let slim = AccessEvent::from_event(&e).unwrap();
        assert!(slim.by_system);
        assert!(!slim.success);
    }
}
