//! Definitions that come with the product: questions that many ask, each answered exactly by a definition.
//!
//! Their range is a start: a page puts the reader's own range and zone in its place.

use std::sync::LazyLock;

use serde_json::{Value, json};

use crate::definition::Definition;

/// A definition that comes with the product.
#[derive(Debug, Clone)]
pub struct Shipped {
    /// Its id, which stays.
    pub id: &'static str,
    /// Its name for people.
    pub name: &'static str,
    /// The question that it answers.
    pub answers: &'static str,
    /// The definition.
    pub definition: Definition,
}

/// All of them.
pub fn shipped() -> &'static [Shipped] {
    static SHIPPED: LazyLock<Vec<Shipped>> = LazyLock::new(|| {
        let stated = stated();
        let read = |(id, name, answers, value)| Some(Shipped { id, name, answers, definition: Definition::parse(value).ok()? });
        stated.into_iter().filter_map(read).collect()
    });
    &SHIPPED
}

/// Id, name, question and definition.
fn stated() -> [(&'static str, &'static str, &'static str, Value); 5] {
    [
        (
            "failed_sign_ins",
            "Failed sign-ins",
            "Whose sign-in failed, why, and from where?",
            json!({
                "report": "sign_in_log",
                "range": {"preset": "7_days"},
                "filters": [
                    {"field": "activity", "op": "in", "values": ["sign_in", "forced_sign_in"]},
                    {"field": "outcome", "op": "in", "values": ["failure"]},
                ],
                "columns": ["account", "employee_id", "event_time", "failure_code", "failure_reason", "source_ip", "channel"],
            }),
        ),
        (
            "forced_sign_ins",
            "Forced sign-ins",
            "Who signed in by force, and so may have ended a session that was still open elsewhere?",
            json!({
                "report": "sign_in_log",
                "range": {"preset": "7_days"},
                "filters": [{"field": "activity", "op": "in", "values": ["forced_sign_in"]}],
                "columns": ["account", "employee_id", "event_time", "outcome", "source_ip", "channel", "triggered_by"],
            }),
        ),
        (
            "forgotten_sign_outs",
            "Forgotten sign-outs",
            "Who did not sign out, but signed in again or was idle for too long?",
            json!({
                "report": "login_logout",
                "range": {"preset": "last_7_days"},
                "filters": [{"field": "end_reason", "op": "in", "values": ["superseded", "expired"]}],
                "columns": ["agent", "login_time", "ended_no_later_than", "end_reason", "channel", "routing_profile", "hierarchy"],
            }),
        ),
        (
            "concurrent_sessions",
            "Concurrent sessions",
            "Who was signed in more than once at the same time?",
            json!({
                "report": "login_logout",
                "range": {"preset": "last_7_days"},
                "filters": [{"field": "concurrent", "op": "in", "values": [true]}],
                "columns": ["agent", "login_time", "logout_time", "duration", "source", "channel", "source_ip", "end_reason"],
                "sort": [{"field": "agent"}, {"field": "login_time"}],
            }),
        ),
        (
            "dormant_agents",
            "Dormant agents",
            "Which agents of the directory have not signed in for a long time, or never?",
            json!({
                "report": "sign_in_log",
                "range": {"preset": "last_90_days"},
                "filters": [
                    {"field": "activity", "op": "in", "values": ["sign_in", "forced_sign_in"]},
                    {"field": "outcome", "op": "in", "values": ["success"]},
                ],
                "group_by": [{"field": "agent", "empty": true}],
                "measures": ["count", "last"],
                "group_sort": [{"field": "count"}, {"field": "last"}],
            }),
        ),
    ]
}

#[cfg(test)]
mod tests {
    use super::{shipped, stated};

    #[test]
    fn all_that_is_stated_can_be_read() {
        let ids: Vec<&str> = shipped().iter().map(|shipped| shipped.id).collect();
        assert_eq!(ids, stated().map(|(id, ..)| id));
    }
}
