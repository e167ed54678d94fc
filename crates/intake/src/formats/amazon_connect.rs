//! `amazon-connect-agent-events`: the agent event stream of Amazon Connect.
//!
//! The employee id is the agent's ARN, which every event carries; the account is the user name. The channel
//! is `agent_portal`, the Contact Control Panel. Heart beats may go on for an hour after a logout, which
//! pairing takes no notice of. `docs/formats/amazon-connect-agent-events.md` has a worked example.

use rollcall_model::{AccessActivity, Event, Outcome, Timestamp, hierarchy};
use serde::Deserialize;

use crate::framing::Framing;
use crate::json::{LenientText, rejection};
use crate::mapping::{Format, Mapped, Mapper, Reading, Record, RecordId, Rejection, access, activity};
use crate::options::SourceOptions;

/// The channel of every Amazon Connect session.
const CHANNEL: &str = "agent_portal";

/// The agent event stream of Amazon Connect.
pub struct AmazonConnectAgentEvents;

impl Format for AmazonConnectAgentEvents {
    fn name(&self) -> &'static str {
        "amazon-connect-agent-events"
    }

    fn about(&self) -> &'static str {
        "Amazon Connect agent event stream: JSON objects, also as Amazon Data Firehose delivers them"
    }

    fn framing(&self, _: &SourceOptions) -> Framing {
        Framing::Firehose
    }

    fn mapper(&self, _: &SourceOptions) -> Box<dyn Mapper + Send> {
        Box::new(AmazonConnectMapper)
    }
}

struct AmazonConnectMapper;

impl Mapper for AmazonConnectMapper {
    fn map(&mut self, record: &Record<'_>, out: &mut Vec<Mapped>) -> Result<Reading, Rejection> {
        let text = record.text()?;
        let agent_event: AgentEvent = serde_json::from_str(text).map_err(|error| rejection(&error, None))?;
        let mut event = agent_event.event()?;
        event.details = Some(text.to_owned());
        out.push(Mapped { event, id: RecordId::own_or_content(agent_event.event_id.0) });
        Ok(Reading::Events)
    }
}

/// One record of the stream.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase", expecting = "an object")]
struct AgentEvent {
    event_id: LenientText,
    event_type: LenientText,
    event_timestamp: LenientText,
    #[serde(rename = "AgentARN")]
    agent_arn: LenientText,
    current_agent_snapshot: Option<Snapshot>,
    previous_agent_snapshot: Option<Snapshot>,
}

/// An agent at one moment.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase", expecting = "an object")]
struct Snapshot {
    agent_status: Option<Named>,
    configuration: Option<Configuration>,
}

/// How an agent is set up.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase", expecting = "an object")]
struct Configuration {
    username: LenientText,
    first_name: LenientText,
    last_name: LenientText,
    routing_profile: Option<Named>,
    agent_hierarchy_groups: Option<HierarchyGroups>,
}

/// The levels of an agent's hierarchy, outermost first.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase", expecting = "an object")]
struct HierarchyGroups {
    level1: Option<Named>,
    level2: Option<Named>,
    level3: Option<Named>,
    level4: Option<Named>,
    level5: Option<Named>,
}

/// Something with a name.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase", expecting = "an object")]
struct Named {
    name: LenientText,
}

impl AgentEvent {
    fn event(&self) -> Result<Event, Rejection> {
        let time = self.time()?;
        let mut event = match self.event_type.0.as_deref() {
            Some("LOGIN") => access(time, AccessActivity::SignIn, Outcome::Success),
            Some("LOGOUT") => access(time, AccessActivity::SignOut, Outcome::Success),
            Some("HEART_BEAT") => access(time, AccessActivity::SignOfLife, Outcome::Success),
            Some(other) if !other.trim().is_empty() => activity(time, other, Outcome::Success),
            _ => return Err(Rejection::missing("EventType", "LOGIN, LOGOUT, STATE_CHANGE or HEART_BEAT")),
        };
        event.channel = Some(CHANNEL.to_owned());
        event.employee_id.clone_from(&self.agent_arn.0);
        event.summary = self.change_of_status();
        if let Some(configuration) = self.configuration() {
            configuration.describe(&mut event);
        }
        Ok(event)
    }

    fn time(&self) -> Result<Timestamp, Rejection> {
        let text = self.event_timestamp.0.as_deref().ok_or_else(|| Rejection::missing("EventTimestamp", "an RFC 3339 time"))?;
        text.parse().map_err(|error: rollcall_model::time::InvalidTimestamp| Rejection::of("EventTimestamp", error.to_string()))
    }

    /// How the agent is set up; after a logout only the snapshot before it may say so.
    fn configuration(&self) -> Option<&Configuration> {
        let of = |snapshot: &'_ Option<Snapshot>| snapshot.as_ref().is_some_and(|s| s.configuration.is_some());
        let snapshot = if of(&self.current_agent_snapshot) { &self.current_agent_snapshot } else { &self.previous_agent_snapshot };
        snapshot.as_ref()?.configuration.as_ref()
    }

    /// `Available → Lunch`, where the status changed.
    fn change_of_status(&self) -> Option<String> {
        let status = |snapshot: &'_ Option<Snapshot>| snapshot.as_ref()?.agent_status.as_ref()?.name.0.clone();
        let (before, after) = (status(&self.previous_agent_snapshot)?, status(&self.current_agent_snapshot)?);
        (before != after).then(|| format!("{before} → {after}"))
    }
}

impl Configuration {
    fn describe(&self, event: &mut Event) {
        let name = |named: &'_ Option<Named>| named.as_ref().and_then(|named| named.name.0.clone());
        let full_name = [&self.first_name, &self.last_name].into_iter().filter_map(|part| part.0.as_deref()).collect::<Vec<_>>().join(" ");
        event.account.clone_from(&self.username.0);
        event.agent_name = Some(full_name);
        event.routing_profile = name(&self.routing_profile);
        event.hierarchy = self
            .agent_hierarchy_groups
            .as_ref()
            .and_then(|g| hierarchy::join([&g.level1, &g.level2, &g.level3, &g.level4, &g.level5].into_iter().filter_map(name)));
    }
}
