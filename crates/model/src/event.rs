//! Events: immutable facts that something happened at a time, to an entity, with an outcome.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::time::{MICROS_PER_HOUR, Timestamp};

/// Largest size of one record as it arrives, in bytes.
pub const MAX_RECORD_BYTES: usize = 64 * 1024;
/// Largest size of one batch as it arrives, decompressed, in bytes.
pub const MAX_BATCH_BYTES: usize = 16 * 1024 * 1024;
/// Most records in one batch.
pub const MAX_BATCH_RECORDS: usize = 100_000;
/// How far in the future an event's time may lie, in microseconds, unless configured otherwise.
pub const DEFAULT_MAX_FUTURE_MICROS: i64 = 24 * MICROS_PER_HOUR;

/// Declares a closed set of words with its text form, used alike in API, store and page.
macro_rules! words {
    ($(#[$meta:meta])* $name:ident { $($(#[$vmeta:meta])* $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum $name {
            $($(#[$vmeta])* #[serde(rename = $word)] $variant),+
        }

        impl $name {
            /// Every value, in the order of the specification.
            pub const ALL: &'static [$name] = &[$($name::$variant),+];

            /// The word that stands for this value everywhere.
            pub const fn as_str(self) -> &'static str {
                match self { $($name::$variant => $word),+ }
            }

            /// The value that a word stands for.
            pub fn from_word(word: &str) -> Option<Self> {
                match word { $($word => Some($name::$variant),)+ _ => None }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}
pub(crate) use words;

words! {
    /// What sort of fact an event is.
    Category {
        /// Signing in and out, and what ends sessions.
        Access = "access",
        /// Something was done or looked at in an application.
        Activity = "activity",
        /// One failed attempt to deliver a webhook.
        WebhookFailure = "webhook_failure",
        /// A source or destination failed.
        IntegrationFailure = "integration_failure",
    }
}

words! {
    /// The activities that an access event can have.
    AccessActivity {
        /// Somebody signed in.
        SignIn = "sign_in",
        /// Somebody signed out, or was signed out by the system.
        SignOut = "sign_out",
        /// A sign-in that ends the agent's other sessions in the channel.
        ForcedSignIn = "forced_sign_in",
        /// Somebody was signed out by somebody else.
        ForcedSignOut = "forced_sign_out",
        /// Somebody began to act as another person.
        ImpersonationStart = "impersonation_start",
        /// Somebody stopped acting as another person.
        ImpersonationEnd = "impersonation_end",
        /// The source says that the agent is still there.
        SignOfLife = "sign_of_life",
        /// The source itself started.
        SystemStart = "system_start",
        /// The source itself stopped.
        SystemStop = "system_stop",
    }
}

words! {
    /// Whether something was altered or only looked at.
    Effect {
        /// Settings or data were altered.
        Change = "change",
        /// Somebody looked.
        Read = "read",
    }
}

words! {
    /// How it ended.
    Outcome {
        /// It worked.
        Success = "success",
        /// It did not.
        Failure = "failure",
    }
}

words! {
    /// Who or what caused an event.
    TriggeredByKind {
        /// A person.
        User = "user",
        /// The system by itself.
        System = "system",
    }
}

/// One event, as a source tells it. Position and arrival are added by the ledger ([`StoredEvent`]).
///
/// Missing is `None`, never an empty text. What each column means stands in [`crate::columns::EVENTS`].
#[derive(Debug, Clone, PartialEq, Serialize)]
#[allow(missing_docs)] // every field is a column, documented once, in `columns::EVENTS`
pub struct Event {
    pub event_id: Uuid,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source_event_id: Option<String>,
    pub event_time: Timestamp,
    pub source: String,
    pub category: Category,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub application: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub entity: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instance: Option<String>,
    pub activity: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub effect: Option<Effect>,
    pub outcome: Outcome,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure_type: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure_code: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure_reason: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attempt: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub triggered_by_kind: Option<TriggeredByKind>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub triggered_by_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub triggered_by_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub triggered_by_email: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub employee_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agent_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stream: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub channel: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub brand: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sign_in_method: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source_ip: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_agent: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub routing_profile: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hierarchy: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target_kind: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub summary: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comments: Option<String>,
    /// JSON text.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "details_as_json")]
    pub details: Option<String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub tags: BTreeMap<String, String>,
}

/// An event with what the ledger added when it accepted it.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredEvent {
    /// Position in the tenant's ledger: 0, 1, 2, … without gaps.
    pub seq: i64,
    /// When Rollcall accepted it.
    pub received_at: Timestamp,
    /// The event itself.
    pub event: Event,
}

/// Why an event can't be accepted: which field, and what is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[error("{field}: {reason}")]
pub struct InvalidEvent {
    /// Name of the column.
    pub field: String,
    /// What was expected, what came.
    pub reason: String,
}

impl InvalidEvent {
    /// Names a field and what is wrong with it.
    pub fn new(field: impl Into<String>, reason: impl Into<String>) -> Self {
        InvalidEvent { field: field.into(), reason: reason.into() }
    }
}

impl Event {
    /// An event with only what every event must have; the rest is filled in by the caller.
    pub fn new(
        event_id: Uuid,
        event_time: Timestamp,
        source: impl Into<String>,
        category: Category,
        activity: impl Into<String>,
        outcome: Outcome,
    ) -> Self {
        Event {
            event_id,
            source_event_id: None,
            event_time,
            source: source.into(),
            category,
            application: None,
            entity: None,
            instance: None,
            activity: activity.into(),
            effect: None,
            outcome,
            failure_type: None,
            failure_code: None,
            failure_reason: None,
            attempt: None,
            triggered_by_kind: None,
            triggered_by_id: None,
            triggered_by_name: None,
            triggered_by_email: None,
            account: None,
            employee_id: None,
            agent_name: None,
            session_id: None,
            stream: None,
            channel: None,
            brand: None,
            sign_in_method: None,
            source_ip: None,
            user_agent: None,
            routing_profile: None,
            hierarchy: None,
            target: None,
            target_kind: None,
            summary: None,
            comments: None,
            details: None,
            tags: BTreeMap::new(),
        }
    }

    /// The activity of an access event.
    pub fn access_activity(&self) -> Option<AccessActivity> {
        if self.category == Category::Access { AccessActivity::from_word(&self.activity) } else { None }
    }

    /// Brings an event into the form that is stored: empty texts become missing, details are one line,
    /// and an access event about nobody in particular is about its user.
    pub fn normalize(&mut self) {
        for text in self.optional_texts_mut() {
            if text.as_deref().is_some_and(|t| t.trim().is_empty()) {
                *text = None;
            }
        }
        // One line of JSON, so that an event is one line of NDJSON. A line break in JSON can only stand
        // between tokens (inside a text it is escaped), so this changes nothing that it says.
        if let Some(details) = &mut self.details
            && details.contains(['\n', '\r'])
        {
            *details = details.replace(['\n', '\r'], " ");
        }
        self.tags.retain(|key, _| !key.is_empty());
        if self.category == Category::Access && self.entity.is_none() && self.instance.is_none() {
            let instance = self.employee_id.clone().or_else(|| self.account.clone());
            if instance.is_some() {
                self.entity = Some("User".to_owned());
                self.instance = instance;
            }
        }
    }

    /// Checks what every event must fulfil. `now` is when it arrived.
    pub fn validate(&self, now: Timestamp, max_future_micros: i64) -> Result<(), InvalidEvent> {
        check_source(&self.source)?;
        if self.activity.trim().is_empty() {
            return Err(InvalidEvent::new("activity", "required: expected what occurred, got an empty text"));
        }
        if self.event_time.micros_since(now) > max_future_micros {
            return Err(InvalidEvent::new(
                "event_time",
                format!(
                    "{} lies more than {} h in the future; check the source's clock",
                    self.event_time,
                    max_future_micros / MICROS_PER_HOUR
                ),
            ));
        }
        if self.category == Category::Access {
            self.validate_access()?;
        }
        if let Some(details) = &self.details
            && serde_json::from_str::<serde::de::IgnoredAny>(details).is_err()
        {
            return Err(InvalidEvent::new("details", "expected JSON"));
        }
        Ok(())
    }

    fn validate_access(&self) -> Result<(), InvalidEvent> {
        use AccessActivity as A;
        let Some(activity) = AccessActivity::from_word(&self.activity) else {
            let allowed: Vec<&str> = A::ALL.iter().map(|a| a.as_str()).collect();
            return Err(InvalidEvent::new(
                "activity",
                format!("an access event's activity is one of {}; got {:?}", allowed.join(", "), self.activity),
            ));
        };
        let of_a_session = !matches!(activity, A::SignOfLife | A::SystemStart | A::SystemStop);
        let named = self.account.is_some() || self.employee_id.is_some() || self.stream.is_some();
        if of_a_session && self.outcome == Outcome::Success && !named {
            return Err(InvalidEvent::new("account", format!("a successful {activity} needs account or employee_id; got neither")));
        }
        Ok(())
    }

    /// Bytes of all its texts and tags.
    pub fn text_bytes(&self) -> usize {
        let texts: usize = self.optional_texts().into_iter().flatten().map(String::len).sum();
        let tags: usize = self.tags.iter().map(|(key, value)| key.len() + value.len()).sum();
        self.source.len() + self.activity.len() + texts + tags
    }

    /// Every optional text column, to read.
    fn optional_texts(&self) -> [&Option<String>; 27] {
        [
            &self.source_event_id,
            &self.application,
            &self.entity,
            &self.instance,
            &self.failure_type,
            &self.failure_code,
            &self.failure_reason,
            &self.triggered_by_id,
            &self.triggered_by_name,
            &self.triggered_by_email,
            &self.account,
            &self.employee_id,
            &self.agent_name,
            &self.session_id,
            &self.stream,
            &self.channel,
            &self.brand,
            &self.sign_in_method,
            &self.source_ip,
            &self.user_agent,
            &self.routing_profile,
            &self.hierarchy,
            &self.target,
            &self.target_kind,
            &self.summary,
            &self.comments,
            &self.details,
        ]
    }

    /// Every optional text column, to mend.
    fn optional_texts_mut(&mut self) -> [&mut Option<String>; 27] {
        [
            &mut self.source_event_id,
            &mut self.application,
            &mut self.entity,
            &mut self.instance,
            &mut self.failure_type,
            &mut self.failure_code,
            &mut self.failure_reason,
            &mut self.triggered_by_id,
            &mut self.triggered_by_name,
            &mut self.triggered_by_email,
            &mut self.account,
            &mut self.employee_id,
            &mut self.agent_name,
            &mut self.session_id,
            &mut self.stream,
            &mut self.channel,
            &mut self.brand,
            &mut self.sign_in_method,
            &mut self.source_ip,
            &mut self.user_agent,
            &mut self.routing_profile,
            &mut self.hierarchy,
            &mut self.target,
            &mut self.target_kind,
            &mut self.summary,
            &mut self.comments,
            &mut self.details,
        ]
    }
}

/// The source of what Rollcall's own users do: nobody else sends events in its name.
pub const OWN_SOURCE: &str = "rollcall";
/// Longest name of a source, in characters.
const MAX_SOURCE_CHARS: usize = 200;

/// Checks the name of a source of events that come from outside.
pub fn check_source(name: &str) -> Result<(), InvalidEvent> {
    let length = name.chars().count();
    if name.trim().is_empty() || length > MAX_SOURCE_CHARS || name.contains(char::is_control) {
        let expected = format!("1 to {MAX_SOURCE_CHARS} characters, none of them a control character");
        return Err(InvalidEvent::new("source", format!("expected the name of a source: {expected}; got {length}")));
    }
    if name == OWN_SOURCE {
        let reason = format!("{OWN_SOURCE:?} is kept for Rollcall's own record; give the source another name");
        return Err(InvalidEvent::new("source", reason));
    }
    Ok(())
}

/// Writes `details` as the JSON that it holds.
fn details_as_json<S: serde::Serializer>(details: &Option<String>, serializer: S) -> Result<S::Ok, S::Error> {
    match details.as_deref().map(serde_json::from_str::<Box<serde_json::value::RawValue>>) {
        Some(Ok(raw)) => raw.serialize(serializer),
        Some(Err(_)) => details.serialize(serializer),
        None => serializer.serialize_none(),
    }
}
