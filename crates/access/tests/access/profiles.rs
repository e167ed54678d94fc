//! Security profiles, and what users may do who have them.

use std::collections::BTreeSet;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use rollcall_access::{AccessError, Permission, Profile, ProfileWish, UserUpdate, allows};
use rollcall_control::ControlError;
use rollcall_model::scope::{ScopePart, Subject};
use rollcall_model::{Scope, TenantId};
use rollcall_test_postgres::Engine;
use serde_json::json;

use crate::fixture::{Fixture, branch, members, operator};

fn wish(name: &str, permissions: &[Permission], scope: Scope) -> ProfileWish {
    ProfileWish { name: name.to_owned(), permissions: permissions.iter().copied().collect(), scope }
}

fn given(profiles: &[&str]) -> UserUpdate {
    UserUpdate { profiles: Some(profiles.iter().map(|profile| (*profile).to_owned()).collect()), ..UserUpdate::default() }
}

#[tokio::test]
async fn a_profile_is_made_changed_and_deleted_and_each_is_recorded() {
    let fixture = Fixture::new(Engine::Sqlite).await;
    let access = &fixture.access;
    let made = access.create_profile(&operator(), &wish(" North ", &[Permission::LoginLogoutAll], branch("North"))).await.unwrap();
    let permissions = Permission::LoginLogoutAll.with_included();
    assert_eq!((made.name.as_str(), &made.permissions, &made.scope), ("North", &permissions, &branch("North")));
    assert_eq!((made.version, made.built_in), (1, false));
    assert_eq!(access.profile(&TenantId::default(), &made.id).await.unwrap(), made);

    fixture.clock.set(60);
    let to = wish("South", &[Permission::AuditLogsView], branch("South"));
    let changed = access.update_profile(&operator(), &made.id, 1, &to).await.unwrap();
    assert_eq!((changed.name.as_str(), changed.version), ("South", 2));
    let stored = fixture.control.profiles().list(&TenantId::default()).await.unwrap();
    assert_eq!((stored[0].created_at, stored[0].changed_at), (crate::fixture::at(0), crate::fixture::at(60)));
    let conflict = access.update_profile(&operator(), &made.id, 1, &to).await.unwrap_err();
    assert!(matches!(conflict, AccessError::Control(ControlError::VersionConflict { expected: 1, present: 2, .. })), "{conflict}");

    access.delete_profile(&operator(), &made.id, 2).await.unwrap();
    let gone = access.profile(&TenantId::default(), &made.id).await.unwrap_err();
    assert_eq!(gone.to_string(), format!("there is no such security profile {}", made.id));
    let records = fixture.records().await;
    let told: Vec<_> = records.iter().map(|event| members(event, ["entity", "activity", "instance", "triggered_by_id"])).collect();
    assert_eq!(told, ["Created", "Updated", "Deleted"].map(|activity| ["Security Profile", activity, &made.id, "operator"]));
    let south = json!({"name": "South", "permissions": ["audit_logs view"], "scope": {"parts": [
        {"hierarchies": ["South"], "routing_profiles": [], "tags": {}, "employee_ids": []},
    ]}});
    assert_eq!((&records[1]["details"]["after"], &records[2]["details"]["before"]), (&south, &south));
    assert_eq!(records[1]["details"]["before"]["permissions"], json!(["login_logout view", "login_logout export", "login_logout all"]));
}

#[tokio::test]
async fn what_makes_no_sense_is_not_made() {
    let fixture = Fixture::new(Engine::Sqlite).await;
    fixture.profile("Taken", &[Permission::LoginLogoutView], Scope::All).await;
    let view = &[Permission::LoginLogoutView];
    let empty = Scope::Parts(vec![ScopePart::default()]);
    fixture.records().await;
    for (wish, told) in [
        (wish(" ", view, Scope::All), "name: expected 1 to 200 characters"),
        (wish("No\trth", view, Scope::All), "name: expected 1 to 200 characters without control characters"),
        (wish("Nothing", &[], Scope::All), "permissions: expected at least one permission"),
        (wish("Nobody", view, Scope::Parts(Vec::new())), "scope: expected 1 to 100 parts, got 0"),
        (wish("Anybody", view, empty), "scope: expected hierarchies, routing_profiles, tags or employee_ids in each part, got none"),
        (wish("ADMIN", view, Scope::All), "security profile \"ADMIN\": there is one of that name"),
        (wish("tAKEN", view, Scope::All), "security profile \"tAKEN\": there is one of that name"),
    ] {
        let error = fixture.access.create_profile(&operator(), &wish).await.unwrap_err();
        assert!(error.to_string().starts_with(told), "{error}");
    }
    assert_eq!(fixture.access.profiles(&TenantId::default()).await.unwrap().len(), 5 + 1);
    assert!(fixture.records().await.is_empty());
}

#[tokio::test]
async fn a_profile_that_comes_with_rollcall_stays_as_it_is() {
    let fixture = Fixture::new(Engine::Sqlite).await;
    let profiles = fixture.access.profiles(&TenantId::default()).await.unwrap();
    assert_eq!(
        profiles.iter().map(|profile| profile.id.as_str()).collect::<Vec<_>>(),
        ["admin", "supervisor", "analyst", "auditor", "agent"]
    );
    for profile in profiles {
        let to = wish("Mine", &[Permission::LoginLogoutView], Scope::All);
        let refused = [
            fixture.access.update_profile(&operator(), &profile.id, profile.version, &to).await.map(|_| ()),
            fixture.access.delete_profile(&operator(), &profile.id, profile.version).await,
        ];
        for error in refused.map(Result::unwrap_err) {
            assert!(matches!(&error, AccessError::Conflict(told) if told.contains("comes with Rollcall")), "{error}");
        }
    }
}

#[tokio::test]
async fn a_profile_that_somebody_has_is_not_deleted() {
    let fixture = Fixture::new(Engine::Sqlite).await;
    let id = fixture.profile("North", &[Permission::LoginLogoutView], branch("North")).await;
    let mara = fixture.user("mara", &[&id, "agent"]).await;
    fixture.records().await;
    let error = fixture.access.delete_profile(&operator(), &id, 1).await.unwrap_err();
    assert_eq!(error.to_string(), "security profile \"North\": 1 users have it; take it from them first");
    assert!(fixture.records().await.is_empty());
    fixture.access.update_user(&operator(), &mara, &given(&["agent"])).await.unwrap();
    fixture.access.delete_profile(&operator(), &id, 1).await.unwrap();
}

#[tokio::test]
async fn a_profile_that_changes_changes_what_its_users_may_do_at_once() {
    let fixture = Fixture::new(Engine::Sqlite).await;
    let id = fixture.profile("North", &[Permission::LoginLogoutView], branch("North")).await;
    let mara = fixture.user("mara", &[&id]).await;
    let session = fixture.sign_in(&mara).await;
    assert_eq!(fixture.who(&session).await.unwrap().scope_of(Permission::LoginLogoutView), branch("North"));
    let to = wish("South", &[Permission::AuditLogsView], branch("South"));
    fixture.access.update_profile(&operator(), &id, 1, &to).await.unwrap();
    let principal = fixture.who(&session).await.unwrap();
    assert_eq!(principal.scope_of(Permission::LoginLogoutView), Scope::Nothing);
    assert_eq!(principal.scope_of(Permission::AuditLogsView), branch("South"));
}

#[tokio::test]
async fn permissions_and_scopes_of_two_profiles_stay_together() {
    let fixture = Fixture::new(Engine::Sqlite).await;
    let north = fixture.profile("North", &[Permission::LoginLogoutView, Permission::SignInLogView], branch("North")).await;
    let south = fixture.profile("South", &[Permission::AuditLogsView, Permission::SignInLogView], branch("South")).await;
    let (_, mara) = fixture.signed_in("mara", &[&north, &south]).await;
    assert_eq!(mara.scope_of(Permission::LoginLogoutView), branch("North"));
    assert_eq!(mara.scope_of(Permission::AuditLogsView), branch("South"));
    let (Scope::Parts(north), Scope::Parts(south)) = (branch("North"), branch("South")) else { unreachable!() };
    let Scope::Parts(mut both) = mara.scope_of(Permission::SignInLogView) else { panic!("parts of the organisation") };
    both.sort_by(|one, other| one.hierarchies.cmp(&other.hierarchies));
    assert_eq!(both, [north, south].concat());
    assert_eq!(mara.scope_of(Permission::ActivityAuditView), Scope::Nothing);
}

#[tokio::test]
async fn nobody_makes_or_changes_a_profile_that_gives_more_than_they_have() {
    let fixture = Fixture::new(Engine::Sqlite).await;
    let own = &[Permission::ProfilesEdit, Permission::LoginLogoutView];
    let editor = fixture.profile("Editor", own, Scope::All).await;
    let northern = fixture.profile("Northern", &[Permission::LoginLogoutView], branch("North")).await;
    let (_, by) = fixture.signed_in("editor", &[&editor]).await;
    let (_, north) = fixture.signed_in("north", &[&northern]).await;
    let access = &fixture.access;
    let view = &[Permission::LoginLogoutView];
    let more = [
        (&by, wish("More", &[Permission::LoginLogoutAll], Scope::All)),
        (&by, wish("Users", &[Permission::UsersEdit], Scope::All)),
        (&north, wish("All", view, Scope::All)),
        (&north, wish("South", view, branch("South"))),
    ];
    for (by, wish) in more {
        let error = access.create_profile(by, &wish).await.unwrap_err();
        assert!(matches!(error, AccessError::MoreThanOwn(_)), "{wish:?}: {error}");
    }
    let made = access.create_profile(&by, &wish("Part", view, branch("South"))).await.unwrap();
    let raised = access.update_profile(&by, &made.id, 1, &wish("Part", &[Permission::AuditLogsView], Scope::All)).await.unwrap_err();
    assert!(matches!(raised, AccessError::MoreThanOwn(_)), "{raised}");
    // Nor does anybody take what they don't have from others.
    let lessened = access.update_profile(&north, &made.id, 1, &wish("Part", view, branch("North"))).await.unwrap_err();
    assert!(matches!(lessened, AccessError::MoreThanOwn(_)), "{lessened}");
    let deleted = access.delete_profile(&north, &editor, 1).await.unwrap_err();
    assert!(matches!(deleted, AccessError::MoreThanOwn(_)), "{deleted}");
    assert_eq!(access.profile(&TenantId::default(), &made.id).await.unwrap(), made);
}

fn permissions() -> impl Strategy<Value = BTreeSet<Permission>> {
    prop::collection::btree_set(prop::sample::select(Permission::ALL.to_vec()), 1..6)
}

fn scopes() -> impl Strategy<Value = Scope> {
    let part = |hierarchy: &str, routing_profile: &str| ScopePart {
        hierarchies: Some(hierarchy.to_owned()).into_iter().filter(|text| !text.is_empty()).collect(),
        routing_profiles: Some(routing_profile.to_owned()).into_iter().filter(|text| !text.is_empty()).collect(),
        ..ScopePart::default()
    };
    let parts = [part("North", ""), part("North / Oslo", ""), part("South", ""), part("", "Billing"), part("South", "Billing")];
    prop_oneof![
        1 => Just(Scope::All),
        3 => prop::sample::subsequence(parts.to_vec(), 1..=2).prop_map(Scope::Parts),
    ]
}

/// Everybody whom a scope could tell from others.
fn subjects<'a>(tags: &'a std::collections::BTreeMap<String, String>) -> Vec<Subject<'a>> {
    let branches = [None, Some("North"), Some("North / Oslo"), Some("South"), Some("West")];
    let of = |hierarchy| [None, Some("Billing")].map(|routing_profile| Subject { hierarchy, routing_profile, tags, employee_id: None });
    branches.into_iter().flat_map(of).collect()
}

/// Whether a profile as it was wished gives a permission for somebody.
fn gives(profile: &ProfileWish, permission: Permission, subject: &Subject<'_>) -> bool {
    let has = profile.permissions.iter().any(|given| given.with_included().contains(&permission));
    has && profile.scope.admits(subject) && (permission.is_divisible() || profile.scope == Scope::All)
}

#[test]
fn the_scope_of_a_permission_is_that_of_exactly_those_profiles_that_have_it() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let fixture = runtime.block_on(Fixture::new(Engine::Sqlite));
    let mara = runtime.block_on(fixture.user("mara", &[]));
    let session = runtime.block_on(fixture.sign_in(&mara));
    let cases = prop::collection::vec((permissions(), scopes()), 1..5);
    let number = std::cell::Cell::new(0);
    let mut runner = TestRunner::new(Config { cases: 48, failure_persistence: None, ..Config::default() });
    let outcome = runner.run(&cases, |profiles| {
        number.set(number.get() + 1);
        let name = |place: usize| format!("Profile {place} of case {}", number.get());
        let wishes: Vec<ProfileWish> =
            (0..).zip(profiles).map(|(place, (permissions, scope))| ProfileWish { name: name(place), permissions, scope }).collect();
        let principal = runtime.block_on(async {
            let mut ids = Vec::new();
            for wish in &wishes {
                let Profile { id, .. } = fixture.access.create_profile(&operator(), wish).await.unwrap();
                ids.push(id);
            }
            let update = UserUpdate { profiles: Some(ids), ..UserUpdate::default() };
            fixture.access.update_user(&operator(), &fixture.read(&mara).await, &update).await.unwrap();
            fixture.who(&session).await.unwrap()
        });
        let tags = std::collections::BTreeMap::new();
        for permission in Permission::ALL.iter().copied() {
            let scope = principal.scope_of(permission);
            for subject in subjects(&tags) {
                let expected = wishes.iter().any(|wish| gives(wish, permission, &subject));
                prop_assert_eq!(scope.admits(&subject), expected, "{}: {:?}", permission, subject);
            }
            prop_assert_eq!(allows(&principal, permission).is_ok(), scope != Scope::Nothing, "{}", permission);
        }
        Ok(())
    });
    outcome.unwrap_or_else(|error| panic!("{error}"));
}
