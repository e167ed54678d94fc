//! Rollcall's own record: the events that tell who did what here.
//!
//! An event is handed to the control database together with the change that it tells of, which writes both in one
//! transaction. From there the server brings it into the ledger, under the id that it gets here.

use rollcall_control::outbox::Record;
use rollcall_model::{TenantId, Timestamp};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::principal::{Person, Principal, Who};

/// The application of all that is recorded here, and the channel that its users sign in to.
pub const APPLICATION: &str = "Rollcall";
const CHANNEL: &str = "rollcall";

/// Who did something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    kind: &'static str,
    id: String,
    name: String,
    email: Option<String>,
    employee_id: Option<String>,
    /// As whom they acted, if as somebody else.
    acting_as: Option<Person>,
}

impl Actor {
    /// Rollcall itself, when something ends by itself.
    pub fn system() -> Self {
        let name = APPLICATION.to_owned();
        Actor { kind: "system", id: "rollcall".to_owned(), name, email: None, employee_id: None, acting_as: None }
    }

    /// A user.
    pub fn person(person: &Person) -> Self {
        Actor {
            kind: "user",
            id: person.account.clone(),
            name: person.name.clone(),
            email: person.email.clone(),
            employee_id: person.employee_id.clone(),
            acting_as: None,
        }
    }

    /// A caller. Whoever acts as somebody else is named as themselves.
    pub fn of(principal: &Principal) -> Self {
        match &principal.who {
            Who::User(signed_in) => match &signed_in.impersonator {
                Some(real) => Actor { acting_as: Some(signed_in.user.clone()), ..Actor::person(&real.person) },
                None => Actor::person(&signed_in.user),
            },
            Who::Operator | Who::Key(..) => {
                Actor { kind: "user", id: principal.id(), name: principal.name.clone(), email: None, employee_id: None, acting_as: None }
            }
        }
    }

    fn tell(&self, event: &mut Map<String, Value>) {
        event.insert("triggered_by_kind".to_owned(), self.kind.into());
        event.insert("triggered_by_id".to_owned(), self.id.clone().into());
        event.insert("triggered_by_name".to_owned(), self.name.clone().into());
        insert(event, "triggered_by_email", self.email.as_deref());
    }
}

/// A change of something that is set up. Entity and activity are those of the activity catalogue.
#[derive(Debug, Clone)]
pub struct Change {
    /// Which kind of item.
    pub entity: &'static str,
    /// What was done.
    pub activity: &'static str,
    /// Which item has changed.
    pub instance: String,
    /// One line for people.
    pub summary: String,
    /// What it was.
    pub before: Option<Value>,
    /// What it is.
    pub after: Option<Value>,
}

/// Something that was read.
#[derive(Debug, Clone)]
pub struct Reading {
    /// Which kind of item.
    pub entity: &'static str,
    /// How it was read.
    pub activity: &'static str,
    /// Which item.
    pub instance: Option<String>,
    /// One line for people.
    pub summary: String,
    /// What exactly.
    pub details: Value,
}

/// The record of what somebody changes now.
pub fn change(tenant: &TenantId, actor: &Actor, now: Timestamp, change: Change) -> Record {
    let Change { entity, activity, instance, summary, before, after } = change;
    let mut details = Map::from_iter([("before".to_owned(), before.into()), ("after".to_owned(), after.into())]);
    tell_acting(actor, &mut details);
    let fields = json!({
        "category": "activity", "entity": entity, "activity": activity, "instance": instance, "effect": "change",
        "outcome": "success", "summary": summary, "details": details,
    });
    of_activity(tenant, actor, now, fields)
}

/// The record of what somebody reads now.
pub fn reading(tenant: &TenantId, actor: &Actor, now: Timestamp, reading: Reading) -> Record {
    let Reading { entity, activity, instance, summary, details } = reading;
    let mut details = match details {
        Value::Object(members) => members,
        other => Map::from_iter([("details".to_owned(), other)]),
    };
    tell_acting(actor, &mut details);
    let mut fields = json!({
        "category": "activity", "entity": entity, "activity": activity, "effect": "read",
        "outcome": "success", "summary": summary, "details": details,
    });
    if let Some(fields) = fields.as_object_mut() {
        insert(fields, "instance", instance.as_deref());
    }
    of_activity(tenant, actor, now, fields)
}

fn tell_acting(actor: &Actor, details: &mut Map<String, Value>) {
    if let Some(acting_as) = &actor.acting_as {
        details.insert("acting_as".to_owned(), json!({"account": acting_as.account, "name": acting_as.name}));
    }
}

fn of_activity(tenant: &TenantId, actor: &Actor, now: Timestamp, fields: Value) -> Record {
    let mut event = members(fields);
    actor.tell(&mut event);
    // Where in the organisation it happened is judged by whoever did it.
    insert(&mut event, "employee_id", actor.employee_id.as_deref());
    finish(tenant, now, event)
}

/// Signing in or out, or an impersonation.
#[derive(Debug, Clone)]
pub struct Operation<'a> {
    /// Which operation, as the columns of events name it.
    pub activity: &'static str,
    /// Whose account.
    pub account: &'a str,
    /// Who that is, if it is known.
    pub person: Option<&'a Person>,
    /// Their session.
    pub session_id: Option<Uuid>,
    /// How they proved who they are.
    pub method: Option<&'a str>,
    /// Whoever brought it about, if not they themselves.
    pub by: Option<&'a Actor>,
    /// Why it failed, if it did.
    pub failure: Option<&'a str>,
    /// One line for people.
    pub summary: Option<String>,
    /// Where they sit.
    pub place: &'a Place,
}

/// Where somebody sits, as far as it is known.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Place {
    /// Their address.
    pub source_ip: Option<String>,
    /// Their program.
    pub user_agent: Option<String>,
}

/// The record of an operation.
pub fn operation(tenant: &TenantId, now: Timestamp, operation: &Operation<'_>) -> Record {
    let outcome = if operation.failure.is_some() { "failure" } else { "success" };
    let mut event = members(json!({
        "category": "access", "activity": operation.activity, "outcome": outcome, "account": operation.account, "channel": CHANNEL,
    }));
    insert(&mut event, "session_id", operation.session_id.map(|id| id.to_string()).as_deref());
    insert(&mut event, "sign_in_method", operation.method);
    insert(&mut event, "failure_reason", operation.failure);
    insert(&mut event, "source_ip", operation.place.source_ip.as_deref());
    insert(&mut event, "user_agent", operation.place.user_agent.as_deref());
    insert(&mut event, "summary", operation.summary.as_deref());
    if let Some(person) = operation.person {
        insert(&mut event, "employee_id", person.employee_id.as_deref());
        insert(&mut event, "agent_name", Some(&person.name));
    }
    match operation.by {
        Some(actor) => actor.tell(&mut event),
        None => {
            event.insert("triggered_by_kind".to_owned(), "user".into());
            insert(&mut event, "triggered_by_id", Some(operation.account));
            insert(&mut event, "triggered_by_name", operation.person.map(|person| person.name.as_str()));
            insert(&mut event, "triggered_by_email", operation.person.and_then(|person| person.email.as_deref()));
        }
    }
    finish(tenant, now, event)
}

fn members(fields: Value) -> Map<String, Value> {
    match fields {
        Value::Object(members) => members,
        _ => Map::new(),
    }
}

fn insert(event: &mut Map<String, Value>, name: &str, value: Option<&str>) {
    // Missing is nothing, never an empty text.
    if let Some(value) = value.filter(|value| !value.is_empty()) {
        event.insert(name.to_owned(), value.into());
    }
}

/// The source is added when it is drained: nobody can send an event of that source.
fn finish(tenant: &TenantId, now: Timestamp, mut event: Map<String, Value>) -> Record {
    let event_id = Uuid::now_v7();
    event.insert("event_id".to_owned(), json!(event_id));
    event.insert("event_time".to_owned(), json!(now));
    event.insert("application".to_owned(), APPLICATION.into());
    Record { tenant: tenant.clone(), event_id, event: Value::Object(event).to_string(), created_at: now }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::principal::{Grant, Impersonator, SignedIn};

    fn person(account: &str) -> Person {
        let id = Uuid::from_u128(1);
        Person {
            id,
            account: account.to_owned(),
            name: account.to_uppercase(),
            email: None,
            employee_id: Some(format!("e-{account}")),
            has_second_factor: false,
        }
    }

    fn now() -> Timestamp {
        "2026-04-15T08:00:00.123456Z".parse().unwrap()
    }

    fn told(record: &Record) -> Value {
        serde_json::from_str(&record.event).unwrap()
    }

    #[test]
    fn whoever_acts_as_somebody_else_is_named_and_so_is_the_other() {
        let impersonator = Impersonator { person: person("rune"), id: Uuid::nil(), since: now() };
        let signed_in = SignedIn { user: person("mara"), session_id: Uuid::nil(), restriction: None, impersonator: Some(impersonator) };
        let principal = Principal {
            tenant: TenantId::default(),
            name: "MARA".to_owned(),
            who: Who::User(Box::new(signed_in)),
            grants: vec![Grant::everything()],
        };
        let changed = Change {
            entity: "Saved Report",
            activity: "Deleted",
            instance: "7".to_owned(),
            summary: "Deleted".to_owned(),
            before: Some(json!({"name": "x"})),
            after: None,
        };
        let event = told(&change(&principal.tenant, &Actor::of(&principal), now(), changed));
        assert_eq!((&event["triggered_by_id"], &event["employee_id"]), (&json!("rune"), &json!("e-rune")));
        assert_eq!(event["details"], json!({"before": {"name": "x"}, "after": null, "acting_as": {"account": "mara", "name": "MARA"}}));
        assert_eq!(event["event_time"], json!("2026-04-15T08:00:00.123456Z"));
    }

    #[test]
    fn a_forced_sign_out_names_whose_session_it_was_and_who_forced_it() {
        let (mara, by) = (person("mara"), Actor::person(&person("rune")));
        let place = Place { source_ip: Some("192.0.2.7".to_owned()), user_agent: Some(String::new()) };
        let forced = Operation {
            activity: "forced_sign_out",
            account: "mara",
            person: Some(&mara),
            session_id: Some(Uuid::from_u128(9)),
            method: Some("form"),
            by: Some(&by),
            failure: None,
            summary: None,
            place: &place,
        };
        let event = told(&operation(&TenantId::default(), now(), &forced));
        assert_eq!((&event["account"], &event["triggered_by_id"], &event["outcome"]), (&json!("mara"), &json!("rune"), &json!("success")));
        assert_eq!(event["session_id"], json!("00000000-0000-0000-0000-000000000009"));
        assert!(event.get("user_agent").is_none(), "missing is nothing, never an empty text");
        let failed = Operation { activity: "sign_in", by: None, person: None, failure: Some("unknown account"), ..forced };
        let event = told(&operation(&TenantId::default(), now(), &failed));
        assert_eq!((&event["outcome"], &event["failure_reason"]), (&json!("failure"), &json!("unknown account")));
    }
}
