//! Made-up scopes, and what they admit by the plain rule of the model.

use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use rollcall_model::directory::Entry;
use rollcall_model::scope::{ScopePart, Subject};
use rollcall_model::{Event, Scope};
use serde_json::Value;

use super::world::{EMPLOYEES, HIERARCHIES, LONG, PROFILES, TAGS, worlds};

/// Branches at which nobody is, or that are the beginning of a name alone.
const OTHER_BRANCHES: &[&str] = &["", "EM", "EMEA / ", "EMEA / Stock__", "%", "A", "A\\", LONG];

fn branches() -> Vec<String> {
    HIERARCHIES.iter().flatten().chain(OTHER_BRANCHES).map(|branch| (*branch).to_owned()).collect()
}

fn owned(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

fn part() -> impl Strategy<Value = ScopePart> {
    let profiles: Vec<String> = PROFILES.iter().flatten().map(|profile| (*profile).to_owned()).collect();
    let tags: Vec<(String, String)> = TAGS.iter().copied().flatten().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    let branches = prop::sample::subsequence(branches(), 1..8);
    let all = (
        branches,
        prop::sample::subsequence(profiles, 1..=3),
        prop::sample::select(tags),
        prop::sample::subsequence(owned(EMPLOYEES), 1..=4),
    );
    // Each condition takes rows away: few parts have more than one, and one in a while has none.
    let which = prop::sample::select(vec![0b0001_u8, 0b0001, 0b0001, 0b0010, 0b0100, 0b1000, 0b1000, 0b0011, 0b0101, 0b1001, 0b1110, 0]);
    (all, which).prop_map(|((hierarchies, routing_profiles, tag, employee_ids), which)| {
        let has = |bit: u8| which & bit != 0;
        ScopePart {
            hierarchies: if has(1) { hierarchies } else { Vec::new() },
            routing_profiles: if has(2) { routing_profiles } else { Vec::new() },
            tags: if has(4) { BTreeMap::from([tag]) } else { BTreeMap::new() },
            employee_ids: if has(8) { employee_ids } else { Vec::new() },
        }
    })
}

/// Scopes of somebody who does not see everything.
pub(super) fn scopes() -> impl Strategy<Value = Scope> {
    prop_oneof![1 => Just(Scope::Nothing), 20 => prop::collection::vec(part(), 1..5).prop_map(Scope::Parts)]
}

/// Whether a scope admits an event.
pub(super) fn admits(scope: &Scope, event: &Event) -> bool {
    let (hierarchy, routing_profile) = (event.hierarchy.as_deref(), event.routing_profile.as_deref());
    scope.admits(&Subject { hierarchy, routing_profile, tags: &event.tags, employee_id: event.employee_id.as_deref() })
}

/// Whether a scope admits an agent of the directory.
pub(super) fn admits_entry(scope: &Scope, entry: &Entry) -> bool {
    let (hierarchy, routing_profile) = (entry.facts.hierarchy.as_deref(), entry.facts.routing_profile.as_deref());
    scope.admits(&Subject { hierarchy, routing_profile, tags: &entry.tags, employee_id: Some(&entry.employee_id) })
}

/// The columns of a row by which it is admitted.
pub(super) const JUDGED_BY: [&str; 4] = ["hierarchy", "routing_profile", "tags", "employee_id"];

/// Whether a scope admits a row that shows those columns.
pub(super) fn admits_row(scope: &Scope, row: &Value) -> bool {
    assert!(JUDGED_BY.iter().all(|column| row.get(column).is_some()), "{row}");
    let tags: BTreeMap<String, String> = serde_json::from_value(row["tags"].clone()).unwrap_or_default();
    let text = |column: &str| row[column].as_str();
    scope.admits(&Subject {
        hierarchy: text("hierarchy"),
        routing_profile: text("routing_profile"),
        tags: &tags,
        employee_id: text("employee_id"),
    })
}

#[test]
fn made_up_scopes_admit_some_events_and_refuse_others() {
    let mut runner = TestRunner::deterministic();
    let mut telling = 0;
    for _ in 0..200 {
        let (world, scope) = (worlds(false), scopes()).new_tree(&mut runner).unwrap().current();
        let admitted = world.admitted(&scope, usize::MAX);
        telling += usize::from(admitted > 0 && admitted < world.events.len());
    }
    assert!(telling > 120, "{telling} of 200");
}
