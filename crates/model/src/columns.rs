//! The columns of `events`, `sessions` and `counts`: their order, types and meaning, stated once.
//!
//! The lake's tables, the reports' fields, CSV headers and `docs/columns.md` are made from these lists.

/// Type of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnType {
    /// 64-bit integer.
    Int64,
    /// 32-bit integer.
    Int32,
    /// 64-bit floating point number.
    Float64,
    /// `true` or `false`.
    Boolean,
    /// UUID.
    Uuid,
    /// UTC microseconds.
    Timestamp,
    /// Text.
    Text,
    /// Text to text.
    Map,
}

/// One column of a table.
#[derive(Debug, Clone, Copy)]
pub struct Column {
    /// Its name everywhere: store, API, command line, files.
    pub name: &'static str,
    /// Its type.
    pub column_type: ColumnType,
    /// Whether every row has a value.
    pub required: bool,
    /// Whether it is about a person: encoded apart in the canonical encoding, so that it can be erased.
    pub personal: bool,
    /// What it means.
    pub meaning: &'static str,
}

const fn required(name: &'static str, column_type: ColumnType, meaning: &'static str) -> Column {
    Column { name, column_type, required: true, personal: false, meaning }
}
const fn optional(name: &'static str, column_type: ColumnType, meaning: &'static str) -> Column {
    Column { name, column_type, required: false, personal: false, meaning }
}
const fn text(name: &'static str, meaning: &'static str) -> Column {
    optional(name, ColumnType::Text, meaning)
}
const fn personal(name: &'static str, meaning: &'static str) -> Column {
    Column { name, column_type: ColumnType::Text, required: false, personal: true, meaning }
}

use ColumnType::{Boolean, Float64, Int32, Int64, Map, Text, Timestamp, Uuid};

/// The columns of an event. A column's position here is its number in the canonical encoding and its
/// field id in the lake, so the list only ever grows at its end.
pub const EVENTS: &[Column] = &[
    required("seq", Int64, "position in the tenant's ledger: 0, 1, 2, … without gaps, never reused"),
    required("event_id", Uuid, "the client's id, or one derived from the record; with event_time the key for duplicates"),
    text("source_event_id", "the source's own id as it wrote it, where that is no UUID"),
    required("event_time", Timestamp, "when it happened"),
    required("received_at", Timestamp, "when Rollcall accepted it"),
    required("source", Text, "name of the source it came through"),
    required("category", Text, "access, activity, webhook_failure or integration_failure"),
    text("application", "the application in which it occurred"),
    text("entity", "kind of the item that experienced it"),
    // Personal only where the entity is a user; the canonical encoding decides by row.
    text("instance", "unique id of that item"),
    required("activity", Text, "what occurred"),
    text("effect", "change (settings or data were altered), read (somebody looked), or missing"),
    required("outcome", Text, "success or failure"),
    text("failure_type", "kind of the failure"),
    text("failure_code", "code of the failure, as the source says it"),
    text("failure_reason", "the failure in words, as the source says it"),
    optional("attempt", Int32, "for a failed delivery: which attempt this was"),
    text("triggered_by_kind", "user or system"),
    personal("triggered_by_id", "id of who initiated it: who forced a sign-out, who impersonated"),
    personal("triggered_by_name", "name of who initiated it"),
    personal("triggered_by_email", "e-mail address of who initiated it"),
    personal("account", "the business or login account"),
    personal("employee_id", "the agent's id in the organisation"),
    personal("agent_name", "display name"),
    text("session_id", "the source's own session id, if it has one"),
    text("stream", "what the source pairs by, where that is not agent and channel (wtmp: the terminal line)"),
    text("channel", "which surface was signed in to: agent_portal, phone, queue/<name>, a terminal line, …"),
    text("brand", "the brand in which it happened"),
    text("sign_in_method", "form, saml, oidc, or the name of a social login"),
    personal("source_ip", "IPv4 or IPv6 address, or a host name where the source gives one"),
    personal("user_agent", "the browser or client, as it calls itself"),
    text("routing_profile", "the agent's routing profile at that time"),
    text("hierarchy", "the agent's place at that time: levels joined by ' / ', outermost first"),
    text("target", "for failures: name of the webhook or integration"),
    text("target_kind", "for failures: type of the webhook or integration"),
    personal("summary", "one line a person reads"),
    personal("comments", "notes"),
    personal("details", "JSON: before and after values, request and response, the original record"),
    optional("tags", Map, "free key-value pairs, for filters and access control"),
];

/// The columns of a session.
pub const SESSIONS: &[Column] = &[
    required("session_key", Uuid, "stable id, derived from the opening event (the closing one, if the login is unknown)"),
    required("source", Text, "name of the source"),
    text("stream", "what the source pairs by, where that is not agent and channel"),
    text("channel", "which surface was signed in to"),
    required("kind", Text, "sign_in or impersonation"),
    text("session_id", "the source's own session id, if it has one"),
    personal("account", "the business or login account"),
    personal("employee_id", "the agent's id in the organisation"),
    personal("agent_name", "display name"),
    text("routing_profile", "the agent's routing profile at the login"),
    text("hierarchy", "the agent's place in the organisation at the login"),
    text("brand", "the brand in which it happened"),
    optional("tags", Map, "free key-value pairs of the opening event"),
    optional("login_time", Timestamp, "when the agent signed in; missing if unknown"),
    optional("login_event_id", Uuid, "the event that opened it"),
    required("login_forced", Boolean, "whether the sign-in was a forced one"),
    text("sign_in_method", "how the agent signed in"),
    personal("source_ip", "from where the agent signed in"),
    optional("last_sign_of_life", Timestamp, "when the source last said that the agent is still there"),
    optional("logout_time", Timestamp, "when it ended, where an event says so"),
    optional("logout_event_id", Uuid, "the event that ended it"),
    required(
        "end_reason",
        Text,
        "signed_out, forced_out, system_signed_out, superseded, superseded_by_force, expired, system_restart, still_open or unknown_login",
    ),
    required("end_inferred", Boolean, "whether the end was concluded rather than observed"),
    personal("ended_by", "who ended it, where somebody else did"),
    personal("impersonator", "for an impersonation: who acted as the person"),
    optional("ended_no_later_than", Timestamp, "for an inferred end: the moment by which it had ended"),
    optional("duration", Float64, "seconds from login to logout; missing while unknown"),
    required("open", Boolean, "whether it had not ended"),
    optional("ended_at", Timestamp, "logout_time, else ended_no_later_than: by this column the lake is laid out"),
];

/// The columns of a count: how many events have these values and happened within this stretch of time.
///
/// Every event is counted twice, once in each grain. A team has so few events in a quarter of an hour that
/// hardly two of them are alike, so only the counts of a day tell hierarchies apart. Tags are in neither:
/// they are free, and a tag of each person would make a row of nearly each event.
pub const COUNTS: &[Column] = &[
    required("grain", Text, "quarter_hour or day; every event is counted once in each"),
    required("start_time", Timestamp, "start of the quarter of an hour or of the UTC day in which the events happened"),
    text("hierarchy", "the agents' place at that time; only in counts of a day"),
    required("category", Text, "access, activity, webhook_failure or integration_failure"),
    required("source", Text, "name of the source they came through"),
    text("channel", "which surface was signed in to"),
    text("application", "the application in which they occurred"),
    text("entity", "kind of the items that experienced them"),
    required("activity", Text, "what occurred"),
    text("effect", "change, read, or missing"),
    required("outcome", Text, "success or failure"),
    text("failure_type", "kind of the failure"),
    text("failure_code", "code of the failure, as the source says it"),
    text("triggered_by_kind", "user or system"),
    text("brand", "the brand in which they happened"),
    text("sign_in_method", "form, saml, oidc, or the name of a social login"),
    text("target_kind", "for failures: type of the webhook or integration"),
    text("target", "for failures: name of the webhook or integration"),
    text("routing_profile", "the agents' routing profile at that time"),
    required("events", Int64, "how many events"),
];

/// A column of a table, by name.
pub fn find(table: &'static [Column], name: &str) -> Option<&'static Column> {
    table.iter().find(|column| column.name == name)
}
