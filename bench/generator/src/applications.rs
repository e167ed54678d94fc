//! What people do in which application: the weights, and what an event of it says.
//!
//! The 16 applications and most entities are those of a well-known suite's activity audit; activities
//! that it does not name are made up to be plausible.

use rollcall_model::Effect;

use crate::draw::Draw;
use crate::person::Role;

/// The item that an activity is about.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Item {
    /// One of very many contacts with customers, by number.
    Contact,
    /// One of so many items, by a word and a number.
    Numbered(&'static str, u32),
    /// A person, by employee id.
    Colleague,
    /// The only one of its kind.
    Only(&'static str),
    /// None in particular.
    Nothing,
}

/// What a change says about before and after.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Detail {
    /// Nothing: it was no change.
    None,
    /// A field had one of the values before, and has another one after.
    Altered(&'static str, &'static [&'static str]),
    /// The item is new.
    Created(&'static str, &'static [&'static str]),
    /// The item is gone.
    Deleted(&'static str, &'static [&'static str]),
}

/// Something that people do.
#[derive(Debug)]
pub(crate) struct Doing {
    pub(crate) application: &'static str,
    pub(crate) entity: &'static str,
    pub(crate) activity: &'static str,
    pub(crate) effect: Option<Effect>,
    pub(crate) item: Item,
    pub(crate) detail: Detail,
    /// Whether it is done in the administration pages.
    pub(crate) administrative: bool,
    /// How often agents, supervisors and administrators do it, relative to the rest.
    weights: (u16, u16, u16),
}

type Weights = (u16, u16, u16);

const fn read(application: &'static str, entity: &'static str, activity: &'static str, item: Item, weights: Weights) -> Doing {
    Doing { application, entity, activity, effect: Some(Effect::Read), item, detail: Detail::None, administrative: false, weights }
}

const fn act(application: &'static str, entity: &'static str, activity: &'static str, item: Item, weights: Weights) -> Doing {
    Doing { application, entity, activity, effect: None, item, detail: Detail::None, administrative: false, weights }
}

const fn change(
    application: &'static str,
    entity: &'static str,
    activity: &'static str,
    item: Item,
    detail: Detail,
    weights: Weights,
) -> Doing {
    Doing { application, entity, activity, effect: Some(Effect::Change), item, detail, administrative: false, weights }
}

const fn administrative(doing: Doing) -> Doing {
    Doing { administrative: true, ..doing }
}

use Detail::{Altered, Created, Deleted};
use Item::{Colleague, Contact, Nothing, Numbered, Only};

const CONTACT_STATES: &[&str] = &["open", "pending", "resolved", "escalated"];
const FORM_STATES: &[&str] = &["draft", "active", "inactive"];
const YES_NO: &[&str] = &["true", "false"];
const ROLES: &[&str] = &["Agent", "Senior Agent", "Supervisor", "Evaluator", "Administrator"];
const DAYS: &[&str] = &["30", "90", "180", "365", "730"];
const SHIFTS: &[&str] = &["06:00-14:30", "08:00-16:30", "13:30-22:00", "22:00-06:30"];

/// Everything that people do.
#[rustfmt::skip]
pub(crate) static DOINGS: &[Doing] = &[
    read("Analytics", "Voice", "Interaction Viewed", Contact, (20, 60, 10)),
    read("Analytics", "Chat", "Interaction Viewed", Contact, (25, 50, 10)),
    read("Analytics", "SMS", "Interaction Viewed", Contact, (10, 20, 5)),
    read("Analytics", "Microsoft Teams", "Interaction Viewed", Contact, (5, 10, 5)),
    read("Analytics", "Interaction Text", "Export", Contact, (0, 10, 5)),
    change("Analytics", "Custom Sentiment", "Updated", Numbered("sentiment", 40), Altered("sentiment", &["positive", "neutral", "negative"]), (0, 5, 5)),
    change("Analytics", "Ignored Phrases", "Created", Numbered("phrase", 300), Created("locale", &["en-GB", "sv-SE", "ko-KR", "es-CO"]), (0, 4, 4)),
    act("CXone Mpower Screen Monitor", "Realtime screen monitoring", "Started", Colleague, (0, 50, 2)),
    act("CXone Mpower Screen Monitor", "Realtime screen monitoring", "Stopped", Colleague, (0, 48, 2)),
    administrative(change("Data Policies", "Policy", "Updated", Numbered("policy", 25), Altered("retention_days", DAYS), (0, 0, 8))),
    administrative(change("Data Policies", "Global Settings", "Updated", Only("global"), Altered("mask_card_numbers", YES_NO), (0, 0, 2))),
    administrative(read("Data Request Registry", "TERMINAL", "Viewed", Numbered("request", 5_000), (0, 0, 15))),
    administrative(change("Data Request Registry", "DESTINATION", "Created", Numbered("destination", 60), Created("kind", &["s3", "sftp", "email"]), (0, 0, 6))),
    administrative(read("Extract Data APIs", "recording-interaction-metadata", "Extracted", Numbered("job", 90_000), (0, 0, 30))),
    administrative(read("Extract Data APIs", "wfm-payroll", "Extracted", Numbered("job", 90_000), (0, 0, 10))),
    act("Recording", "Agent contact", "Recording paused", Contact, (35, 0, 0)),
    act("Recording", "Agent contact", "Recording resumed", Contact, (34, 0, 0)),
    change("Recording", "Business data", "Updated", Contact, Altered("disposition", &["sale", "no_sale", "callback", "complaint"]), (60, 5, 0)),
    administrative(change("Recording Policies", "Recording Settings", "Updated", Only("recording"), Altered("screen_recording", YES_NO), (0, 0, 3))),
    administrative(change("Recording Policies", "Do not record policies", "Created", Numbered("policy", 80), Created("scope", &["queue", "team", "number"]), (0, 1, 4))),
    change("QM", "Evaluation Form", "Status changed", Numbered("form", 120), Altered("status", FORM_STATES), (0, 15, 10)),
    change("QM", "Evaluation Entity", "Submitted", Numbered("evaluation", 60_000), Created("result", &["passed", "failed", "calibration"]), (0, 80, 0)),
    read("QM", "Evaluation Entity", "Viewed", Numbered("evaluation", 60_000), (40, 60, 2)),
    change("QM", "Quality Plan", "Deleted", Numbered("plan", 90), Deleted("status", FORM_STATES), (0, 4, 2)),
    read("Search", "Search", "Search contact", Nothing, (130, 60, 10)),
    read("Search", "Search", "Search contacts query", Nothing, (50, 60, 20)),
    read("Search", "Search", "Share interaction", Contact, (10, 25, 2)),
    administrative(change("STORAGE", "LifecycleRule", "Updated", Numbered("rule", 30), Altered("days", DAYS), (0, 0, 5))),
    administrative(act("STORAGE", "FileRetrievalJob", "Started", Numbered("job", 8_000), (0, 2, 15))),
    read("Supervisor", "Agent contact", "Monitored", Contact, (0, 120, 0)),
    act("Supervisor", "Agent contact", "Coached", Contact, (0, 40, 0)),
    change("Supervisor", "User", "State changed", Colleague, Altered("state", &["available", "break", "training", "meeting"]), (0, 40, 0)),
    administrative(change("Tenant Management", "BrandingProfile", "Updated", Numbered("brand", 3), Altered("theme", &["light", "dark", "contrast"]), (0, 0, 2))),
    administrative(change("Tenant Management", "Tenant", "Updated", Only("tenant"), Altered("session_timeout_minutes", &["15", "30", "60"]), (0, 0, 2))),
    administrative(change("Tenant Meta Data Manager", "AccountSettings", "updateTenantProperty", Only("account"), Altered("beta_features", YES_NO), (0, 0, 2))),
    administrative(change("UserHub", "User", "Role changed", Colleague, Altered("role", ROLES), (0, 4, 40))),
    administrative(change("UserHub", "User", "Unlocked", Colleague, Altered("locked", YES_NO), (0, 6, 25))),
    administrative(change("UserHub", "Team", "Updated", Numbered("team", 900), Altered("location", &["on site", "remote", "hybrid"]), (0, 3, 15))),
    administrative(change("UserHub", "AccessKey", "Created", Numbered("key", 400), Created("purpose", &["reporting", "archive", "telephony"]), (0, 0, 6))),
    administrative(read("UserHub", "View", "Opened", Numbered("view", 200), (0, 20, 80))),
    read("Webapp Player", "Voice recording", "Play", Contact, (70, 90, 5)),
    read("Webapp Player", "Voice & screen recording", "Playback", Contact, (20, 50, 5)),
    read("Webapp Player", "Chat", "Play", Contact, (40, 30, 2)),
    read("Webapp Player", "WhatsApp", "Play", Contact, (25, 20, 2)),
    change("WFM", "Time-Off Request", "Requested", Numbered("request", 50_000), Created("kind", &["holiday", "parental", "training"]), (15, 8, 2)),
    change("WFM", "Shift Trade", "Answered", Numbered("trade", 9_000), Altered("status", &["offered", "accepted", "declined"]), (12, 6, 0)),
    change("WFM", "Schedule", "Shift moved", Colleague, Altered("shift", SHIFTS), (0, 60, 4)),
    read("WFM", "Schedule", "Viewed", Colleague, (130, 80, 5)),
    change("Supervisor", "Agent contact", "Wrapped up", Contact, Altered("status", CONTACT_STATES), (90, 15, 0)),
    read("WFM", "Adherence", "Viewed", Nothing, (20, 90, 2)),
];

/// Every doing as often as its weight says, by role: drawing one is one step, however many there are.
pub(crate) struct Habits {
    agents: Vec<&'static Doing>,
    supervisors: Vec<&'static Doing>,
    administrators: Vec<&'static Doing>,
}

impl Habits {
    /// The habits of everybody.
    pub(crate) fn new() -> Self {
        let weighted =
            |weight: fn(&Doing) -> u16| DOINGS.iter().flat_map(|doing| std::iter::repeat_n(doing, usize::from(weight(doing)))).collect();
        Habits {
            agents: weighted(|doing| doing.weights.0),
            supervisors: weighted(|doing| doing.weights.1),
            administrators: weighted(|doing| doing.weights.2),
        }
    }

    /// Something that somebody of that role does.
    pub(crate) fn draw(&self, role: Role, draw: &mut Draw) -> &'static Doing {
        draw.one_of(match role {
            Role::Agent => &self.agents,
            Role::Supervisor => &self.supervisors,
            Role::Administrator => &self.administrators,
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn all_16_applications_are_used_and_every_doing_is_somebodys() {
        let applications: BTreeSet<&str> = DOINGS.iter().map(|doing| doing.application).collect();
        assert_eq!(applications.len(), 16);
        assert!(DOINGS.iter().all(|doing| doing.weights != (0, 0, 0)));
    }

    #[test]
    fn only_changes_have_details_and_values_need_no_escape() {
        for doing in DOINGS {
            let values = match doing.detail {
                Detail::None => &[][..],
                Altered(_, values) => {
                    assert!(values.len() >= 2);
                    values
                }
                Created(_, values) | Deleted(_, values) => values,
            };
            assert_eq!(doing.effect == Some(Effect::Change), !values.is_empty(), "{doing:?}");
            assert!(values.iter().all(|v| !v.is_empty() && !v.contains(['"', '\\']) && v.is_ascii()));
        }
    }
}
