//! How people of a tenant sign in.

use rollcall_access::{AccessError, SignInSettings, Versioned};
use rollcall_control::ControlError;
use rollcall_control::settings::Setting;
use rollcall_model::TenantId;
use rollcall_test_postgres::Engine;
use serde_json::json;

use crate::fixture::{Fixture, at, members, operator, operator_of, tenant};

#[tokio::test]
async fn what_was_never_set_is_as_the_docs_say() {
    let fixture = Fixture::new(Engine::Sqlite).await;
    let expected = SignInSettings { single_sign_in: false, idle_minutes: 60, absolute_hours: 12, require_second_factor: false };
    let settings = fixture.access.sign_in_settings(&TenantId::default()).await.unwrap();
    assert_eq!(settings, Versioned { value: expected, version: 0 });
}

#[tokio::test]
async fn a_change_is_one_of_the_version_that_was_read_and_is_recorded() {
    let fixture = Fixture::new(Engine::Sqlite).await;
    let access = &fixture.access;
    let first = SignInSettings { idle_minutes: 5, ..SignInSettings::default() };
    let second = SignInSettings { single_sign_in: true, ..first.clone() };
    assert_eq!(access.set_sign_in_settings(&operator(), 0, &first).await.unwrap(), 1);
    for from in [0, 2, -1, i64::MAX] {
        let error = access.set_sign_in_settings(&operator(), from, &second).await.unwrap_err();
        assert!(matches!(error, AccessError::Control(ControlError::VersionConflict { present: 1, .. })), "{from}: {error}");
    }
    assert_eq!(access.set_sign_in_settings(&operator(), 1, &second).await.unwrap(), 2);
    assert_eq!(access.sign_in_settings(&TenantId::default()).await.unwrap(), Versioned { value: second, version: 2 });
    let records = fixture.records().await;
    assert_eq!(records.len(), 2, "of what was refused nothing is recorded");
    assert_eq!(members(&records[1], ["entity", "activity", "instance"]), ["Settings", "Updated", "sign_in"]);
    let told = |single: bool| json!({"single_sign_in": single, "idle_minutes": 5, "absolute_hours": 12, "require_second_factor": false});
    assert_eq!(records[1]["details"], json!({"before": told(false), "after": told(true)}));
}

#[tokio::test]
async fn a_limit_that_makes_no_sense_is_not_set() {
    let fixture = Fixture::new(Engine::Sqlite).await;
    let with = |idle_minutes, absolute_hours| SignInSettings { idle_minutes, absolute_hours, ..SignInSettings::default() };
    for (settings, told) in [
        (with(0, 12), "idle_minutes: expected 1 to 1440, got 0"),
        (with(1_441, 12), "idle_minutes: expected 1 to 1440, got 1441"),
        (with(60, 0), "absolute_hours: expected 1 to 720, got 0"),
        (with(60, 721), "absolute_hours: expected 1 to 720, got 721"),
        (with(61, 1), "idle_minutes: expected at most absolute_hours, which are 60 minutes, got 61"),
    ] {
        let error = fixture.access.set_sign_in_settings(&operator(), 0, &settings).await.unwrap_err();
        assert_eq!(error.to_string(), told);
    }
    assert!(fixture.records().await.is_empty());
    fixture.access.set_sign_in_settings(&operator(), 0, &with(1_440, 720)).await.unwrap();
}

#[tokio::test]
async fn a_change_holds_for_those_who_are_signed_in_already() {
    let fixture = Fixture::new(Engine::Sqlite).await;
    let mara = fixture.user("mara", &[]).await;
    let session = fixture.sign_in(&mara).await;
    fixture.clock.set(90);
    fixture.who(&session).await.unwrap();
    fixture.clock.set(200);
    fixture.set(SignInSettings { idle_minutes: 1, ..SignInSettings::default() }).await;
    assert!(fixture.who(&session).await.is_err());
}

#[tokio::test]
async fn a_tenant_sets_for_itself_alone() {
    let fixture = Fixture::new(Engine::Sqlite).await;
    let emea = tenant("emea");
    let strict = SignInSettings { require_second_factor: true, ..SignInSettings::default() };
    fixture.access.set_sign_in_settings(&operator_of(&emea), 0, &strict).await.unwrap();
    assert_eq!(fixture.access.sign_in_settings(&emea).await.unwrap().value, strict);
    assert_eq!(fixture.access.sign_in_settings(&TenantId::default()).await.unwrap().version, 0);
}

#[tokio::test]
async fn what_a_newer_version_has_set_is_not_guessed_at() {
    let fixture = Fixture::new(Engine::Sqlite).await;
    let content = r#"{"single_sign_in": true, "palm_reading": true}"#.to_owned();
    let setting = Setting { content, version: 1, changed_at: at(0), changed_by: "operator".to_owned() };
    fixture.control.settings().put(&TenantId::default(), "sign_in", &setting, &[]).await.unwrap();
    let error = fixture.access.sign_in_settings(&TenantId::default()).await.unwrap_err();
    assert!(error.to_string().starts_with("the setting sign_in can't be read"), "{error}");
}
