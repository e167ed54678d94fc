//! What somebody does at work, as the event that tells of it.

use rollcall_model::{Category, Effect, Event, Outcome, TriggeredByKind};
use uuid::Uuid;

use crate::applications::{Detail, Doing, Habits, Item};
use crate::draw::Draw;
use crate::moment;
use crate::organisation::Organisation;
use crate::person::Person;
use crate::surface::Surface;

/// In a million activities, how many fail.
const FAILS: u32 = 20_000;
/// In a million changes, how many bear a note.
const NOTED: u32 = 30_000;
/// In a million activities, how many say from which address.
const WITH_ADDRESS: u32 = 200_000;

/// Kind, code and words of a failure.
const FAILURES: &[(&str, &str, &str)] = &[
    ("permission_denied", "403", "The role does not allow this."),
    ("not_found", "404", "The item does not exist any more."),
    ("conflict", "409", "Somebody else has changed the item."),
    ("timeout", "504", "The service did not answer in time."),
];

/// Something that a person does at a moment.
pub(crate) fn draw(id: Uuid, at: i64, person: &Person, organisation: &Organisation, habits: &Habits, draw: &mut Draw) -> Event {
    let doing = habits.draw(person.role, draw);
    let surface = if doing.administrative { Surface::Admin } else { person.main };
    let at = moment::to_the_millisecond(at);
    let mut event = Event::new(id, at, surface.source(), Category::Activity, doing.activity, Outcome::Success);
    event.application = Some(doing.application.to_owned());
    event.entity = Some(doing.entity.to_owned());
    event.instance = instance(doing.item, person, organisation, draw);
    event.effect = doing.effect;
    event.triggered_by_kind = Some(TriggeredByKind::User);
    event.triggered_by_id = Some(person.employee_id());
    event.triggered_by_name = Some(person.name.shown());
    event.routing_profile = Some(organisation.routing_profile(person).to_owned());
    let team = organisation.team(person.team);
    event.hierarchy = Some(team.hierarchy.clone());
    if draw.chance(WITH_ADDRESS) {
        event.source_ip = Some(person.address(team.site));
    }
    if draw.chance(FAILS) {
        let (kind, code, reason) = draw.one_of(FAILURES);
        event.outcome = Outcome::Failure;
        event.failure_type = Some(kind.to_owned());
        event.failure_code = Some(code.to_owned());
        event.failure_reason = Some(reason.to_owned());
    } else if doing.effect == Some(Effect::Change) {
        event.triggered_by_email = Some(person.email());
        describe_change(&mut event, doing, draw);
    }
    event
}

fn instance(item: Item, person: &Person, organisation: &Organisation, draw: &mut Draw) -> Option<String> {
    match item {
        Item::Contact => Some((500_000_000 + draw.below(400_000_000)).to_string()),
        Item::Numbered(word, count) => Some([word, "-", &(draw.below(u64::from(count)) + 1).to_string()].concat()),
        Item::Colleague => organisation.colleague_of(person, draw).map(|id| organisation.person(id).employee_id()),
        Item::Only(name) => Some(name.to_owned()),
        Item::Nothing => None,
    }
}

/// Says in words and as JSON what was before and is after.
fn describe_change(event: &mut Event, doing: &Doing, draw: &mut Draw) {
    match doing.detail {
        Detail::None => return,
        Detail::Altered(field, values) => {
            let (before, after) = two_of(values, draw);
            let sides = [r#"{"before":"#, &field_json(field, before), r#","after":"#, &field_json(field, after), "}"];
            event.details = Some(sides.concat());
            event.summary = Some([doing.entity, ": ", field, " changed from ", before, " to ", after].concat());
        }
        Detail::Created(field, values) => {
            event.details = Some([r#"{"after":"#, &field_json(field, draw.one_of(values)), "}"].concat());
        }
        Detail::Deleted(field, values) => {
            event.details = Some([r#"{"before":"#, &field_json(field, draw.one_of(values)), "}"].concat());
        }
    }
    if draw.chance(NOTED) {
        event.comments = Some(["Asked for in ticket CHG-", &(10_000 + draw.below(90_000)).to_string()].concat());
    }
}

/// One field as a JSON object. Neither text needs an escape.
fn field_json(field: &str, value: &str) -> String {
    [r#"{""#, field, r#"":""#, value, r#""}"#].concat()
}

/// Two different values of a list.
fn two_of(values: &'static [&'static str], draw: &mut Draw) -> (&'static str, &'static str) {
    let first = draw.below(values.len() as u64) as usize;
    let step = 1 + draw.below(values.len() as u64 - 1) as usize;
    match (values.get(first), values.get((first + step) % values.len())) {
        (Some(before), Some(after)) => (before, after),
        _ => unreachable!("positions are drawn below the length"),
    }
}
