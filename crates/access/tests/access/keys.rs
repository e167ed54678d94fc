//! API keys from their making to their end.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rollcall_access::{Access, AccessError, AuthError, KeyScope, KeyState, KeyWish, NewKey, Permission, Who};
use rollcall_model::{Scope, TenantId, Timestamp};
use rollcall_test_postgres::{Engine, on_both_engines};

use crate::fixture::{Fixture, at, branch, members, operator, operator_of, tenant};

on_both_engines![
    the_holder_of_a_key_is_known_with_tenant_name_and_scopes,
    keys_differ_and_name_themselves,
    every_refusal_says_the_same_and_the_log_tells_them_apart,
    a_key_counts_up_to_its_expiry,
    a_revoked_key_ends_at_once_here_and_within_ten_seconds_elsewhere,
    a_key_that_was_checked_a_moment_ago_needs_no_database,
    a_list_shows_what_there_is_and_no_secret,
    a_use_is_noted_to_the_minute,
    a_tenant_revokes_its_own_keys_alone,
    a_key_that_makes_no_sense_is_not_made,
    a_key_shows_no_more_than_its_data_scope,
    nobody_makes_a_key_that_may_do_more_than_they,
    making_and_revoking_a_key_is_recorded_once,
];

fn writing() -> BTreeSet<KeyScope> {
    BTreeSet::from([KeyScope::EventsWrite])
}

fn wish(name: &str, scopes: &BTreeSet<KeyScope>) -> KeyWish {
    KeyWish { name: name.to_owned(), scopes: scopes.clone(), expires_at: None, data_scope: Scope::All }
}

async fn a_key(access: &Access, expires_at: Option<Timestamp>) -> NewKey {
    access.create_key(&operator(), &KeyWish { expires_at, ..wish("importer", &writing()) }).await.unwrap()
}

async fn the_holder_of_a_key_is_known_with_tenant_name_and_scopes(engine: Engine) {
    let Fixture { access, .. } = &Fixture::new(engine).await;
    let scopes = BTreeSet::from([KeyScope::ReportsRead, KeyScope::QuarantineRead]);
    let key = access.create_key(&operator_of(&tenant("acme")), &wish("  dashboard ", &scopes)).await.unwrap();
    let principal = access.authenticate(key.text.reveal()).await.unwrap();
    assert_eq!(principal.tenant, tenant("acme"));
    assert_eq!(principal.name, "dashboard");
    assert_eq!(principal.who, Who::Key(key.id, scopes));
    assert_eq!(principal.scope_of(Permission::LoginLogoutView), Scope::All);
    assert_eq!(principal.scope_of(Permission::SourcesView), Scope::All);
    assert_eq!(principal.scope_of(Permission::EventsSend), Scope::Nothing);
    assert!(principal.require(&[Permission::EventsSend], Some(KeyScope::EventsWrite)).is_err());
}

async fn keys_differ_and_name_themselves(engine: Engine) {
    let Fixture { access, .. } = &Fixture::new(engine).await;
    let (one, two) = (a_key(access, None).await, a_key(access, None).await);
    assert_ne!(one.id, two.id);
    assert_ne!(one.text.reveal()[26..], two.text.reveal()[26..]);
    assert_eq!(one.text.reveal()[3..25], one.id.to_string());
}

async fn every_refusal_says_the_same_and_the_log_tells_them_apart(engine: Engine) {
    let Fixture { clock, access, .. } = &Fixture::new(engine).await;
    let (good, other) = (a_key(access, None).await, a_key(access, None).await);
    let expiring = a_key(access, Some(at(100))).await;
    let revoked = a_key(access, None).await;
    access.revoke_key(&operator(), revoked.id).await.unwrap();
    clock.set(100);

    let wrong_secret = format!("{}{}", &good.text.reveal()[..26], &other.text.reveal()[26..]);
    let unknown = format!("rk_{}{}", "0".repeat(22), &good.text.reveal()[25..]);
    let cases = [
        ("", "malformed"),
        ("Bearer rk_", "malformed"),
        (unknown.as_str(), "unknown key"),
        (wrong_secret.as_str(), "wrong secret"),
        (expiring.text.reveal(), "expired"),
        (revoked.text.reveal(), "revoked"),
    ];
    for (text, reason) in cases {
        let error = access.authenticate(text).await.unwrap_err();
        assert_eq!(error.reason(), reason);
        assert_eq!(error.to_string(), "expected a valid API key as bearer token", "{reason}");
        assert!(!error.is_unavailable());
    }
    assert!(access.authenticate(good.text.reveal()).await.is_ok());
}

async fn a_key_counts_up_to_its_expiry(engine: Engine) {
    let Fixture { clock, access, .. } = &Fixture::new(engine).await;
    let key = a_key(access, Some(at(100))).await;
    clock.set(99);
    assert!(access.authenticate(key.text.reveal()).await.is_ok());
    // It was checked a second ago, and has expired all the same.
    clock.set(100);
    assert!(matches!(access.authenticate(key.text.reveal()).await, Err(AuthError::Expired(id)) if id == key.id));
}

async fn a_revoked_key_ends_at_once_here_and_within_ten_seconds_elsewhere(engine: Engine) {
    let Fixture { control, clock, access, .. } = &Fixture::new(engine).await;
    let elsewhere = clock.access(control);
    let key = a_key(access, None).await;
    assert!(access.authenticate(key.text.reveal()).await.is_ok());
    assert!(elsewhere.authenticate(key.text.reveal()).await.is_ok());

    access.revoke_key(&operator(), key.id).await.unwrap();
    assert!(matches!(access.authenticate(key.text.reveal()).await, Err(AuthError::Revoked(_))));
    assert!(elsewhere.authenticate(key.text.reveal()).await.is_ok(), "it was checked there a moment ago");
    clock.set(10);
    assert!(matches!(elsewhere.authenticate(key.text.reveal()).await, Err(AuthError::Revoked(_))));
}

async fn a_key_that_was_checked_a_moment_ago_needs_no_database(engine: Engine) {
    let Fixture { control, clock, access, .. } = &Fixture::new(engine).await;
    let (checked, unchecked) = (a_key(access, None).await, a_key(access, None).await);
    assert!(access.authenticate(checked.text.reveal()).await.is_ok());
    control.close().await.unwrap();

    clock.set(9);
    assert!(access.authenticate(checked.text.reveal()).await.is_ok());
    // Without the database nobody is let in, and nobody is told that their key is wrong.
    let error = access.authenticate(unchecked.text.reveal()).await.unwrap_err();
    assert!(error.is_unavailable() && error.to_string().contains("try again later"), "{error}");
    clock.set(10);
    assert!(access.authenticate(checked.text.reveal()).await.unwrap_err().is_unavailable());
}

async fn a_list_shows_what_there_is_and_no_secret(engine: Engine) {
    let Fixture { clock, access, .. } = &Fixture::new(engine).await;
    let active = a_key(access, None).await;
    clock.set(1);
    let expiring = a_key(access, Some(at(50))).await;
    clock.set(2);
    let revoked = a_key(access, None).await;
    access.create_key(&operator_of(&tenant("other")), &wish("elsewhere", &writing())).await.unwrap();
    access.revoke_key(&operator(), revoked.id).await.unwrap();
    clock.set(60);
    access.authenticate(active.text.reveal()).await.unwrap();

    let list = access.keys(&TenantId::default()).await.unwrap();
    let seen: Vec<_> = list.iter().map(|key| (key.id, key.state)).collect();
    assert_eq!(seen, [(active.id, KeyState::Active), (expiring.id, KeyState::Expired), (revoked.id, KeyState::Revoked)]);
    assert_eq!(list[0].last_used_at, Some(at(60)));
    assert_eq!(list[2].revoked_at, Some(at(2)));
    assert_eq!(list[0].scopes, writing());
    for key in [&active, &expiring, &revoked] {
        let secret = &key.text.reveal()[26..];
        assert!(!format!("{list:?} {access:?} {key:?}").contains(secret));
    }
}

async fn a_use_is_noted_to_the_minute(engine: Engine) {
    let Fixture { clock, access, .. } = &Fixture::new(engine).await;
    let key = a_key(access, None).await;
    for (now, noted) in [(5, 5), (59, 5), (64, 5), (75, 75), (200, 200)] {
        clock.set(now);
        access.authenticate(key.text.reveal()).await.unwrap();
        assert_eq!(access.keys(&TenantId::default()).await.unwrap()[0].last_used_at, Some(at(noted)), "at {now}");
    }
}

async fn a_tenant_revokes_its_own_keys_alone(engine: Engine) {
    let Fixture { access, .. } = &Fixture::new(engine).await;
    let key = a_key(access, None).await;
    let error = access.revoke_key(&operator_of(&tenant("other")), key.id).await.unwrap_err();
    assert!(matches!(error, AccessError::UnknownKey { .. }));
    assert_eq!(error.to_string(), format!("tenant other has no API key {}; the list of keys shows which there are", key.id));
    assert!(access.authenticate(key.text.reveal()).await.is_ok());
}

async fn a_key_that_makes_no_sense_is_not_made(engine: Engine) {
    let Fixture { clock, access, .. } = &Fixture::new(engine).await;
    clock.set(10);
    let nameless = access.create_key(&operator(), &wish(" ", &writing())).await.unwrap_err();
    assert_eq!(nameless.to_string(), "key name: expected 1 to 200 characters, got 0");
    let long = access.create_key(&operator(), &wish(&"x".repeat(201), &writing())).await;
    assert!(matches!(long, Err(AccessError::Name { got: 201 })));
    let useless = access.create_key(&operator(), &wish("key", &BTreeSet::new())).await;
    assert!(matches!(useless, Err(AccessError::NoScopes)));
    let late = access.create_key(&operator(), &KeyWish { expires_at: Some(at(10)), ..wish("key", &writing()) }).await;
    assert!(matches!(late, Err(AccessError::ExpiryPassed(expiry)) if expiry == at(10)));
    assert!(access.keys(&TenantId::default()).await.unwrap().is_empty());
}

async fn a_key_shows_no_more_than_its_data_scope(engine: Engine) {
    let Fixture { access, .. } = &Fixture::new(engine).await;
    let reading = BTreeSet::from([KeyScope::ReportsRead, KeyScope::EventsWrite]);
    let key = access.create_key(&operator(), &KeyWish { data_scope: branch("North"), ..wish("north", &reading) }).await.unwrap();
    let bearer = access.authenticate(key.text.reveal()).await.unwrap();
    assert_eq!(bearer.scope_of(Permission::LoginLogoutView), branch("North"));
    assert_eq!(bearer.scope_of(Permission::SettingsView), Scope::Nothing, "settings belong to no branch");
    assert_eq!(access.keys(&TenantId::default()).await.unwrap()[0].data_scope, branch("North"));
}

async fn nobody_makes_a_key_that_may_do_more_than_they(engine: Engine) {
    let fixture = Fixture::new(engine).await;
    let read = BTreeSet::from([KeyScope::DirectoryRead]);
    let north = fixture.profile("Northern directory", &[Permission::UsersEdit, Permission::DirectoryView], branch("North")).await;
    let (_, by) = fixture.signed_in("mara", &[&north]).await;
    for (scopes, data_scope) in [(read.clone(), Scope::All), (read.clone(), branch("South")), (writing(), branch("North"))] {
        let error = fixture.access.create_key(&by, &KeyWish { data_scope, ..wish("more", &scopes) }).await.unwrap_err();
        assert!(matches!(error, AccessError::MoreThanOwn(_)), "{error}");
    }
    fixture.access.create_key(&by, &KeyWish { data_scope: branch("North"), ..wish("as much", &read) }).await.unwrap();
    let keys = fixture.access.keys(&TenantId::default()).await.unwrap();
    assert_eq!(keys.iter().map(|key| (key.name.as_str(), key.created_by.clone())).collect::<Vec<_>>(), [("as much", Some(by.id()))]);
}

async fn making_and_revoking_a_key_is_recorded_once(engine: Engine) {
    let fixture = Fixture::new(engine).await;
    let key = a_key(&fixture.access, None).await;
    for _ in 0..2 {
        fixture.access.revoke_key(&operator(), key.id).await.unwrap();
    }
    let records = fixture.records().await;
    let told: Vec<_> = records.iter().map(|event| members(event, ["entity", "activity", "instance", "triggered_by_id"])).collect();
    let id = key.id.to_string();
    assert_eq!(told, [["API Key", "Created", &id, "operator"], ["API Key", "Revoked", &id, "operator"]]);
    assert_eq!(records[1]["details"]["before"]["revoked"], false);
    assert_eq!(records[1]["details"]["after"]["revoked"], true);
}

#[tokio::test]
async fn nothing_of_a_secret_lies_on_the_disk() {
    let fixture = Fixture::new(Engine::Sqlite).await;
    let key = a_key(&fixture.access, None).await;
    let bearer = fixture.access.authenticate(key.text.reveal()).await.unwrap();
    assert_eq!(bearer.id(), format!("key:{}", key.id));
    let encoded = &key.text.reveal().as_bytes()[26..];
    let raw = URL_SAFE_NO_PAD.decode(encoded).unwrap();
    let bytes = fixture.files().await;
    assert!(bytes.windows(encoded.len()).all(|window| window != encoded));
    assert!(bytes.windows(raw.len()).all(|window| window != raw));
}
