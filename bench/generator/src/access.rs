//! From a step of somebody's day to the event that its source tells.

use rollcall_model::{AccessActivity, Category, Event, Outcome, TriggeredByKind};
use uuid::Uuid;

use crate::day::{Step, StepKind};
use crate::moment;
use crate::organisation::Organisation;
use crate::person::{Person, PersonId};
use crate::surface::Surface;

/// Browsers and clients, as they call themselves.
const USER_AGENTS: &[&str] = &[
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Safari/605.1.15",
    "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0",
];
const DESKTOP_CLIENT: &str = "AgentDesktop/8.4 (Windows)";

/// Writes a person's steps out as events.
pub(crate) struct Witness<'a> {
    pub(crate) seed: u64,
    pub(crate) organisation: &'a Organisation,
}

impl Witness<'_> {
    /// The event of a step of a person on a day.
    pub(crate) fn tell(&self, id: Uuid, person: &Person, day: i64, step: &Step) -> Event {
        match step.kind {
            StepKind::ImpersonationStart(other) => self.impersonation(id, step, person, other, AccessActivity::ImpersonationStart),
            StepKind::ImpersonationEnd(other) => self.impersonation(id, step, person, other, AccessActivity::ImpersonationEnd),
            StepKind::BreakStart => self.agent_state(id, step, person, "Break started"),
            StepKind::BreakEnd => self.agent_state(id, step, person, "Break ended"),
            _ => self.access(id, person, day, step),
        }
    }

    fn access(&self, id: Uuid, person: &Person, day: i64, step: &Step) -> Event {
        use AccessActivity as A;
        let activity = match step.kind {
            StepKind::SignOut | StepKind::SystemSignOut => A::SignOut,
            StepKind::ForcedSignIn(_) => A::ForcedSignIn,
            StepKind::ForcedSignOut(_) => A::ForcedSignOut,
            StepKind::SignOfLife => A::SignOfLife,
            _ => A::SignIn,
        };
        let mut event = self.about(id, person, step, activity);
        if step.surface.has_session_ids() {
            event.session_id = Some(self.session_id(person, day, step));
        }
        if activity == A::SignOfLife {
            return event;
        }
        if matches!(activity, A::SignIn | A::ForcedSignIn) {
            if !step.surface.is_telephony() {
                event.sign_in_method = Some(person.sign_in_method.to_owned());
                event.user_agent = Some(user_agent(person, step.surface).to_owned());
            }
            event.tags = person.tags();
        }
        match step.kind {
            StepKind::ForcedSignIn(by) | StepKind::ForcedSignOut(by) => {
                caused_by(&mut event, by.map_or(person, |by| self.organisation.person(by)))
            }
            StepKind::SystemSignOut => {
                event.triggered_by_kind = Some(TriggeredByKind::System);
                event.comments = Some("Signed out after 30 minutes without activity".to_owned());
            }
            StepKind::WrongPassword => fail(&mut event, "invalid_credentials", "1001", "The password is wrong."),
            StepKind::WrongSecondFactor => fail(&mut event, "second_factor", "1005", "The one-time code is wrong or has expired."),
            StepKind::AccountLocked => fail(&mut event, "account_locked", "1003", "The account is locked after four failed attempts."),
            _ => {}
        }
        event
    }

    /// An access event about a person, with all that says who and where they are.
    fn about(&self, id: Uuid, person: &Person, step: &Step, activity: AccessActivity) -> Event {
        let team = self.organisation.team(person.team);
        let at = if step.surface.is_telephony() { moment::to_the_second(step.at) } else { moment::to_the_millisecond(step.at) };
        let mut event = Event::new(id, at, step.surface.source(), Category::Access, activity.as_str(), Outcome::Success);
        let employee_id = person.employee_id();
        event.entity = Some("User".to_owned());
        event.instance = Some(employee_id.clone());
        event.account = Some(person.account(step.surface));
        event.employee_id = Some(employee_id);
        event.channel = Some(self.channel(person, step.surface).to_owned());
        if activity == AccessActivity::SignOfLife {
            return event;
        }
        event.agent_name = Some(person.name.shown());
        event.routing_profile = Some(self.organisation.routing_profile(person).to_owned());
        event.hierarchy = Some(team.hierarchy.clone());
        event.brand = Some(team.brand.to_owned());
        if !step.surface.is_telephony() {
            event.application = Some("UserHub".to_owned());
            event.source_ip = Some(person.address(team.site));
        }
        event
    }

    fn impersonation(&self, id: Uuid, step: &Step, person: &Person, other: PersonId, activity: AccessActivity) -> Event {
        let mut event = self.about(id, self.organisation.person(other), step, activity);
        event.source_ip = Some(person.address(self.organisation.team(person.team).site));
        caused_by(&mut event, person);
        event
    }

    fn agent_state(&self, id: Uuid, step: &Step, person: &Person, activity: &str) -> Event {
        let at = moment::to_the_millisecond(step.at);
        let mut event = Event::new(id, at, step.surface.source(), Category::Activity, activity, Outcome::Success);
        event.application = Some("WFM".to_owned());
        event.entity = Some("User".to_owned());
        event.instance = Some(person.employee_id());
        event.routing_profile = Some(self.organisation.routing_profile(person).to_owned());
        event.hierarchy = Some(self.organisation.team(person.team).hierarchy.clone());
        event.triggered_by_kind = Some(TriggeredByKind::User);
        event.triggered_by_id = Some(person.employee_id());
        event.triggered_by_name = Some(person.name.shown());
        event
    }

    fn channel(&self, person: &Person, surface: Surface) -> &'static str {
        match surface {
            Surface::Portal => "agent_portal",
            Surface::Desktop => "desktop",
            Surface::Phone => "phone",
            Surface::Queue => self.organisation.team(person.team).queue,
            Surface::Admin => "admin",
        }
    }

    /// The id of a stay: the same at its beginning and its end, another one for every other stay.
    fn session_id(&self, person: &Person, day: i64, step: &Step) -> String {
        let stay = u64::from(person.id) << 32 | (day as u64 & 0xff_ffff) << 8 | u64::from(step.stay);
        format!("{:016x}", scramble(scramble(self.seed).wrapping_add(stay)))
    }
}

/// Spreads a number over 64 bits so that different numbers stay different: multiplying by an odd number
/// and folding the high half onto the low one can both be undone.
fn scramble(number: u64) -> u64 {
    let mut bits = number;
    for factor in [0x9e37_79b9_7f4a_7c15, 0xd6e8_feb8_6659_fd93, 0xa076_1d64_78bd_642f] {
        bits = bits.wrapping_mul(factor);
        bits ^= bits >> 32;
    }
    bits
}

/// Names who did it.
fn caused_by(event: &mut Event, person: &Person) {
    event.triggered_by_kind = Some(TriggeredByKind::User);
    event.triggered_by_id = Some(person.employee_id());
    event.triggered_by_name = Some(person.name.shown());
    event.triggered_by_email = Some(person.email());
}

fn fail(event: &mut Event, kind: &str, code: &str, reason: &str) {
    event.outcome = Outcome::Failure;
    event.failure_type = Some(kind.to_owned());
    event.failure_code = Some(code.to_owned());
    event.failure_reason = Some(reason.to_owned());
}

fn user_agent(person: &Person, surface: Surface) -> &'static str {
    match surface {
        Surface::Desktop => DESKTOP_CLIENT,
        _ => USER_AGENTS.get(person.id as usize % USER_AGENTS.len()).copied().unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn different_numbers_stay_different() {
        let scrambled: BTreeSet<u64> = (0..100_000).map(scramble).collect();
        assert_eq!(scrambled.len(), 100_000);
    }
}
