//! The directory: agents, their accounts, and who changes them at the same time.

use std::collections::BTreeSet;

use futures::future::join_all;
use rollcall_control::directory::{Agent, Imported, StoredAgent};
use rollcall_control::{Control, ControlError};
use rollcall_model::TenantId;
use rollcall_test_postgres::{Engine, on_both_engines};

use crate::fixture::{Place, account, agent, at, record, tenant, waiting};

on_both_engines![
    an_agent_comes_back_as_it_was_stored,
    an_agent_takes_the_place_of_the_one_with_its_employee_id,
    tenants_see_their_own_agents_alone,
    of_two_who_change_the_same_version_one_is_told_which_is_there,
    a_version_never_comes_again,
    of_many_who_change_the_same_version_at_once_exactly_one_does,
    an_account_of_a_source_is_one_agents,
    an_account_of_any_source_is_another_than_one_of_a_source,
    an_account_that_is_given_up_can_be_anothers,
    an_import_stores_all_or_nothing,
    an_import_leaves_alone_what_is_there_just_so,
    accounts_move_between_the_agents_of_an_import,
    an_import_of_thousands_comes_back,
    an_import_from_an_earlier_revision_is_refused,
    every_change_has_a_revision_and_a_refusal_has_none,
    a_change_and_its_record_are_one,
    an_agent_is_removed_with_its_accounts,
    the_list_goes_on_after_an_employee_id,
    a_search_looks_into_name_employee_id_and_accounts_whatever_their_case,
    what_is_special_in_a_pattern_is_searched_as_it_is,
    a_damaged_agent_is_named,
];

async fn put(control: &Control, agent: &Agent) -> Result<StoredAgent, ControlError> {
    control.directory().put(&default(), agent, None, at(1), None).await
}

async fn get(control: &Control, employee_id: &str) -> Option<StoredAgent> {
    control.directory().get(&default(), employee_id).await.unwrap()
}

async fn revision(control: &Control) -> i64 {
    control.directory().revision(&default()).await.unwrap()
}

fn default() -> TenantId {
    TenantId::default()
}

fn ids(agents: Vec<StoredAgent>) -> Vec<String> {
    agents.into_iter().map(|stored| stored.agent.employee_id).collect()
}

async fn an_agent_comes_back_as_it_was_stored(engine: Engine) {
    let place = Place::new(engine);
    let control = place.open().await.unwrap();
    let mut full = agent("4711");
    full.accounts.extend([account("", "4711"), account("asterisk", "SIP/4711")]);
    let bare = Agent {
        employee_id: "4712".to_owned(),
        agent_name: None,
        hierarchy: None,
        routing_profile: None,
        time_zone: None,
        tags: Default::default(),
        active: false,
        accounts: BTreeSet::new(),
    };
    for agent in [&full, &bare] {
        let stored = put(&control, agent).await.unwrap();
        assert_eq!((&stored.agent, stored.created_at, stored.changed_at), (agent, at(1), at(1)));
        assert_eq!(get(&control, &agent.employee_id).await, Some(stored));
    }
    let view = control.directory().all(&default()).await.unwrap();
    assert_eq!(view.agents.iter().map(|stored| &stored.agent).collect::<Vec<_>>(), [&full, &bare]);
    assert_eq!(get(&control, "4713").await, None);
}

async fn an_agent_takes_the_place_of_the_one_with_its_employee_id(engine: Engine) {
    let place = Place::new(engine);
    let control = place.open().await.unwrap();
    let before = put(&control, &agent("4711")).await.unwrap();
    let moved = Agent { hierarchy: Some("APAC / Seoul".to_owned()), accounts: [account("asterisk", "7")].into(), ..agent("4711") };
    let after = control.directory().put(&default(), &moved, Some(before.version), at(5), None).await.unwrap();
    assert!(after.version > before.version);
    assert_eq!((after.created_at, after.changed_at), (at(1), at(5)));
    assert_eq!(get(&control, "4711").await, Some(after));
}

async fn tenants_see_their_own_agents_alone(engine: Engine) {
    let place = Place::new(engine);
    let control = place.open().await.unwrap();
    put(&control, &agent("4711")).await.unwrap();
    let north = tenant("north");
    let there = control.directory();
    assert_eq!(there.get(&north, "4711").await.unwrap(), None);
    assert!(there.list(&north, None, None, 9).await.unwrap().is_empty());
    assert!(there.all(&north).await.unwrap().agents.is_empty());
    assert_eq!(there.revision(&north).await.unwrap(), 0);
    assert!(matches!(there.remove(&north, "4711", None, None).await, Err(ControlError::NotFound { .. })));
    there.put(&north, &agent("4711"), Some(0), at(2), None).await.unwrap();
    there.remove(&north, "4711", None, None).await.unwrap();
    assert_eq!(get(&control, "4711").await.unwrap().agent, agent("4711"), "accounts included");
}

async fn of_two_who_change_the_same_version_one_is_told_which_is_there(engine: Engine) {
    let place = Place::new(engine);
    let control = place.open().await.unwrap();
    let directory = control.directory();
    let read = directory.put(&default(), &agent("4711"), Some(0), at(1), None).await.unwrap().version;
    let present = directory.put(&default(), &agent("4711"), Some(read), at(2), None).await.unwrap().version;
    let refused = [
        directory.put(&default(), &agent("4711"), Some(read), at(3), None).await.map(|_| ()),
        directory.remove(&default(), "4711", Some(read), None).await,
    ];
    for error in refused.map(Result::unwrap_err) {
        let expected = format!("agent 4711: expected version {read}, found {present}; read it again and repeat the change");
        assert_eq!(error.to_string(), expected);
    }
    let error = directory.put(&default(), &agent("4711"), Some(0), at(3), None).await.unwrap_err();
    assert!(error.to_string().contains(&format!("expected version 0, found {present} (0: not there)")), "{error}");
    let error = directory.put(&default(), &agent("4712"), Some(7), at(3), None).await.unwrap_err();
    assert!(matches!(error, ControlError::VersionConflict { expected: 7, present: 0, .. }), "{error}");
    directory.remove(&default(), "4711", Some(present), None).await.unwrap();
}

async fn a_version_never_comes_again(engine: Engine) {
    let place = Place::new(engine);
    let control = place.open().await.unwrap();
    let read = put(&control, &agent("4711")).await.unwrap().version;
    control.directory().remove(&default(), "4711", None, None).await.unwrap();
    put(&control, &agent("4711")).await.unwrap();
    let error = control.directory().put(&default(), &agent("4711"), Some(read), at(3), None).await.unwrap_err();
    assert!(matches!(error, ControlError::VersionConflict { .. }), "{error}");
}

async fn of_many_who_change_the_same_version_at_once_exactly_one_does(engine: Engine) {
    let place = Place::new(engine);
    let nodes = [place.open().await.unwrap(), place.open().await.unwrap()];
    let read = put(&nodes[0], &agent("4711")).await.unwrap().version;
    let change = |number: usize| {
        let control = nodes[number % 2].clone();
        let changed = Agent { agent_name: Some(format!("Agent {number}")), ..agent("4711") };
        async move {
            let record = record("default", number as u128);
            let outcome = control.directory().put(&default(), &changed, Some(read), at(2), Some(&record)).await;
            outcome.map(|stored| (stored, record.event_id.as_u128()))
        }
    };
    let mut done = Vec::new();
    for outcome in join_all((1..=8).map(|number| tokio::spawn(change(number)))).await {
        match outcome.unwrap() {
            Ok(change) => done.push(change),
            Err(error) => assert!(matches!(error, ControlError::VersionConflict { .. }), "{error}"),
        }
    }
    let [(stored, recorded)] = done.as_slice() else { panic!("{} have changed it", done.len()) };
    assert_eq!(get(&nodes[1], "4711").await.as_ref(), Some(stored));
    assert_eq!(waiting(&nodes[1]).await, [*recorded]);
}

async fn an_account_of_a_source_is_one_agents(engine: Engine) {
    let place = Place::new(engine);
    let control = place.open().await.unwrap();
    put(&control, &agent("4711")).await.unwrap();
    let other = Agent { accounts: [account("keycloak", "agent.4711")].into(), ..agent("4712") };
    let error = put(&control, &other).await.unwrap_err();
    assert!(
        matches!(&error, ControlError::AccountTaken { account: taken, employee_id } if *taken == account("keycloak", "agent.4711") && employee_id == "4711"),
        "{error}"
    );
    let expected = "account agent.4711 of source keycloak: it belongs to the agent 4711; remove it there first, or leave it out";
    assert_eq!(error.to_string(), expected);
    assert_eq!(get(&control, "4712").await, None);
    control.directory().put(&tenant("north"), &other, None, at(1), None).await.unwrap();
}

async fn an_account_of_any_source_is_another_than_one_of_a_source(engine: Engine) {
    let place = Place::new(engine);
    let control = place.open().await.unwrap();
    put(&control, &agent("4711")).await.unwrap();
    let same_name = [account("", "agent.4711"), account("asterisk", "agent.4711"), account("keycloak", "AGENT.4711")];
    put(&control, &Agent { accounts: same_name.into(), ..agent("4712") }).await.unwrap();
    let error = put(&control, &Agent { accounts: [account("", "agent.4711")].into(), ..agent("4713") }).await.unwrap_err();
    assert!(error.to_string().starts_with("account agent.4711 of any source: it belongs to the agent 4712"), "{error}");
}

async fn an_account_that_is_given_up_can_be_anothers(engine: Engine) {
    let place = Place::new(engine);
    let control = place.open().await.unwrap();
    put(&control, &agent("4711")).await.unwrap();
    put(&control, &Agent { accounts: BTreeSet::new(), ..agent("4711") }).await.unwrap();
    let heir = Agent { accounts: agent("4711").accounts, ..agent("4712") };
    assert_eq!(put(&control, &heir).await.unwrap().agent, heir);
    assert!(get(&control, "4711").await.unwrap().agent.accounts.is_empty());
}

async fn an_import_stores_all_or_nothing(engine: Engine) {
    let place = Place::new(engine);
    let control = place.open().await.unwrap();
    put(&control, &agent("1")).await.unwrap();
    let before = control.directory().all(&default()).await.unwrap();
    let takes = Agent { accounts: agent("1").accounts, ..agent("3") };
    let same_account = Agent { accounts: agent("2").accounts, ..agent("3") };
    for (agents, expected) in [
        (vec![agent("2"), takes], "account agent.1 of source keycloak: it belongs to the agent 1"),
        (vec![agent("2"), same_account], "account agent.2 of source keycloak: it belongs to the agent 2"),
        (vec![agent("2"), agent("3"), agent("2")], "agent 2: expected once, got it twice"),
    ] {
        let error = control.directory().put_all(&default(), &agents, None, at(2), &[record("default", 1)]).await.unwrap_err();
        assert!(error.to_string().starts_with(expected), "{error}");
        assert_eq!(control.directory().all(&default()).await.unwrap(), before);
        assert!(waiting(&control).await.is_empty());
    }
}

async fn an_import_leaves_alone_what_is_there_just_so(engine: Engine) {
    let place = Place::new(engine);
    let control = place.open().await.unwrap();
    let (same, other) = (put(&control, &agent("1")).await.unwrap(), put(&control, &agent("2")).await.unwrap());
    let changed = Agent { active: false, ..agent("2") };
    let agents = [agent("1"), changed.clone(), agent("3")];
    let imported = control.directory().put_all(&default(), &agents, None, at(9), &[]).await.unwrap();
    assert_eq!(imported, Imported { added: 1, changed: 1, unchanged: 1 });
    assert_eq!(get(&control, "1").await, Some(same));
    let stored = get(&control, "2").await.unwrap();
    assert_eq!((&stored.agent, stored.created_at, stored.changed_at), (&changed, other.created_at, at(9)));
    assert_eq!(get(&control, "3").await.unwrap().version, stored.version, "one import, one revision");

    let before = control.directory().all(&default()).await.unwrap();
    let records = [record("default", 1), record("default", 2)];
    let imported = control.directory().put_all(&default(), &agents, None, at(10), &records).await.unwrap();
    assert_eq!(imported, Imported { added: 0, changed: 0, unchanged: 3 });
    assert_eq!(control.directory().all(&default()).await.unwrap(), before);
    assert_eq!(waiting(&control).await, [1, 2], "that there was an import is recorded");
}

async fn accounts_move_between_the_agents_of_an_import(engine: Engine) {
    let place = Place::new(engine);
    let control = place.open().await.unwrap();
    let agents = [agent("1"), agent("2")];
    control.directory().put_all(&default(), &agents, None, at(1), &[]).await.unwrap();
    let swapped = [Agent { accounts: agent("2").accounts, ..agent("1") }, Agent { accounts: agent("1").accounts, ..agent("2") }];
    control.directory().put_all(&default(), &swapped, None, at(2), &[]).await.unwrap();
    let view = control.directory().all(&default()).await.unwrap();
    assert_eq!(view.agents.into_iter().map(|stored| stored.agent).collect::<Vec<_>>(), swapped);
}

async fn an_import_of_thousands_comes_back(engine: Engine) {
    let place = Place::new(engine);
    let control = place.open().await.unwrap();
    let agents: Vec<Agent> = (0..2_345).map(|number| agent(&format!("{number:05}"))).collect();
    let records: Vec<_> = (0..2_345).map(|number| record("default", number)).collect();
    let imported = control.directory().put_all(&default(), &agents, Some(0), at(1), &records).await.unwrap();
    assert_eq!(imported, Imported { added: agents.len(), ..Imported::default() });
    let view = control.directory().all(&default()).await.unwrap();
    assert!(view.agents.iter().map(|stored| &stored.agent).eq(&agents));
    assert_eq!(ids(control.directory().list(&default(), Some("agent.0234"), None, 9).await.unwrap()).len(), 5);
    assert_eq!(control.directory().list(&default(), None, None, 2_000).await.unwrap(), view.agents[..2_000]);
    assert_eq!(control.outbox().count().await.unwrap(), 2_345);
    let imported = control.directory().put_all(&default(), &agents, Some(1), at(2), &[]).await.unwrap();
    assert_eq!(imported.unchanged, agents.len());
}

async fn an_import_from_an_earlier_revision_is_refused(engine: Engine) {
    let place = Place::new(engine);
    let control = place.open().await.unwrap();
    put(&control, &agent("1")).await.unwrap();
    let read = control.directory().all(&default()).await.unwrap().revision;
    put(&control, &agent("2")).await.unwrap();
    let error = control.directory().put_all(&default(), &[agent("3")], Some(read), at(3), &[]).await.unwrap_err();
    let expected = "directory of tenant default: expected revision 1, found 2; read it again and repeat the change";
    assert_eq!(error.to_string(), expected);
    control.directory().put_all(&default(), &[agent("3")], Some(read + 1), at(3), &[]).await.unwrap();
}

async fn every_change_has_a_revision_and_a_refusal_has_none(engine: Engine) {
    let place = Place::new(engine);
    let control = place.open().await.unwrap();
    assert_eq!(revision(&control).await, 0);
    let stored = put(&control, &agent("1")).await.unwrap();
    assert_eq!((revision(&control).await, stored.version), (1, 1));
    control.directory().put_all(&default(), &[agent("2"), agent("3")], None, at(2), &[]).await.unwrap();
    assert_eq!(revision(&control).await, 2);
    control.directory().remove(&default(), "2", None, None).await.unwrap();
    assert_eq!(revision(&control).await, 3);
    assert_eq!(control.directory().all(&default()).await.unwrap().revision, 3);

    control.directory().put(&default(), &agent("1"), Some(9), at(3), None).await.unwrap_err();
    control.directory().remove(&default(), "2", None, None).await.unwrap_err();
    control.directory().put_all(&default(), &[agent("3")], None, at(3), &[]).await.unwrap();
    assert_eq!(revision(&control).await, 3);
    assert_eq!(control.directory().revision(&tenant("north")).await.unwrap(), 0);
}

async fn a_change_and_its_record_are_one(engine: Engine) {
    let place = Place::new(engine);
    let control = place.open().await.unwrap();
    let directory = control.directory();
    directory.put(&default(), &agent("1"), None, at(1), Some(&record("default", 1))).await.unwrap();
    directory.put_all(&default(), &[agent("2")], None, at(2), &[record("default", 2)]).await.unwrap();
    directory.remove(&default(), "2", None, Some(&record("default", 3))).await.unwrap();
    assert_eq!(waiting(&control).await, [1, 2, 3]);

    // Without its record, a change is none.
    let before = directory.all(&default()).await.unwrap();
    let twice = record("default", 3);
    let refused = [
        directory.put(&default(), &agent("4"), None, at(4), Some(&twice)).await.map(|_| ()),
        directory.put_all(&default(), &[agent("4")], None, at(4), &[record("default", 4), twice.clone()]).await.map(|_| ()),
        directory.put_all(&default(), &[agent("4")], None, at(4), &[record("default", 4), record("default", 4)]).await.map(|_| ()),
        directory.remove(&default(), "1", None, Some(&twice)).await,
    ];
    for error in refused.map(Result::unwrap_err) {
        assert!(matches!(error, ControlError::RecordTwice { .. }), "{error}");
    }
    assert_eq!(directory.all(&default()).await.unwrap(), before);

    // And of a change that is refused nothing is recorded.
    directory.put(&default(), &agent("1"), Some(9), at(5), Some(&record("default", 5))).await.unwrap_err();
    directory.remove(&default(), "2", None, Some(&record("default", 5))).await.unwrap_err();
    assert_eq!(waiting(&control).await, [1, 2, 3]);
}

async fn an_agent_is_removed_with_its_accounts(engine: Engine) {
    let place = Place::new(engine);
    let control = place.open().await.unwrap();
    put(&control, &agent("1")).await.unwrap();
    control.directory().remove(&default(), "1", None, None).await.unwrap();
    assert_eq!(get(&control, "1").await, None);
    let error = control.directory().remove(&default(), "1", None, None).await.unwrap_err();
    assert_eq!(error.to_string(), "agent 1: there is none; somebody may have deleted it");
    put(&control, &Agent { accounts: agent("1").accounts, ..agent("2") }).await.unwrap();
}

async fn the_list_goes_on_after_an_employee_id(engine: Engine) {
    let place = Place::new(engine);
    let control = place.open().await.unwrap();
    let directory = control.directory();
    // The order of the texts' bytes, on both engines.
    let agents = ["a1", "10", "B1", "9", "é1", "A2"].map(agent);
    directory.put_all(&default(), &agents, None, at(1), &[]).await.unwrap();
    let page = |after| async move { ids(directory.list(&default(), None, after, 4).await.unwrap()) };
    assert_eq!(page(None).await, ["10", "9", "A2", "B1"]);
    assert_eq!(page(Some("B1")).await, ["a1", "é1"]);
    assert_eq!(page(Some("A")).await, ["A2", "B1", "a1", "é1"], "what it goes on after need not be there");
    assert!(page(Some("é1")).await.is_empty());
}

async fn a_search_looks_into_name_employee_id_and_accounts_whatever_their_case(engine: Engine) {
    let place = Place::new(engine);
    let control = place.open().await.unwrap();
    let directory = control.directory();
    let named = Agent { agent_name: Some("Östra växeln".to_owned()), ..agent("17") };
    let known = Agent { accounts: [account("", "Nordväst@Example.org"), account("asterisk", "SIP/900")].into(), ..agent("18") };
    directory.put_all(&default(), &[named, known, agent("X-19")], None, at(1), &[]).await.unwrap();
    for (search, expected) in [
        ("ÖSTRA", vec!["17"]),
        ("tra VÄX", vec!["17"]),
        ("  östra ", vec!["17"]),
        ("x-1", vec!["X-19"]),
        ("NORDVÄST@EXAMPLE", vec!["18"]),
        ("sip/9", vec!["18"]),
        ("1", vec!["17", "18", "X-19"]),
        ("", vec!["17", "18", "X-19"]),
        ("ostra", vec![]),
    ] {
        assert_eq!(ids(directory.list(&default(), Some(search), None, 9).await.unwrap()), expected, "{search}");
    }
    assert_eq!(ids(directory.list(&default(), Some("1"), Some("17"), 1).await.unwrap()), ["18"]);
    put(&control, &agent("17")).await.unwrap();
    assert!(directory.list(&default(), Some("östra"), None, 9).await.unwrap().is_empty(), "a name that it had is not found");
}

async fn what_is_special_in_a_pattern_is_searched_as_it_is(engine: Engine) {
    let place = Place::new(engine);
    let control = place.open().await.unwrap();
    let agents = ["a%b", "a_b", "a!b", r"a\b", "a'b", "axb"].map(agent);
    control.directory().put_all(&default(), &agents, None, at(1), &[]).await.unwrap();
    for search in ["a%b", "a_b", "a!b", r"a\b", "a'b"] {
        assert_eq!(ids(control.directory().list(&default(), Some(search), None, 9).await.unwrap()), [search]);
    }
}

async fn a_damaged_agent_is_named(engine: Engine) {
    let place = Place::new(engine);
    let control = place.open().await.unwrap();
    put(&control, &agent("4711")).await.unwrap();
    place.sql("UPDATE agent SET tags = '[]'").await;
    let error = control.directory().get(&default(), "4711").await.unwrap_err();
    assert!(error.to_string().contains("agent default, 4711: tags: expected a JSON object of texts: "), "{error}");
    for error in
        [control.directory().all(&default()).await.map(|_| ()), control.directory().list(&default(), None, None, 9).await.map(|_| ())]
    {
        assert!(matches!(error, Err(ControlError::Damaged { .. })));
    }
}
