//! API keys: stored, listed, revoked, noted as used.

use rollcall_control::ControlError;
use rollcall_control::api_keys::ApiKey;
use rollcall_test_postgres::{Engine, on_both_engines};
use uuid::Uuid;

use crate::fixture::{Place, at, key, tenant};

on_both_engines![
    tenants_see_their_own_keys_alone_oldest_first,
    an_id_is_taken_once,
    a_key_is_revoked_once_and_by_its_tenant_alone,
    the_latest_use_is_noted,
    a_damaged_row_is_named,
];

async fn tenants_see_their_own_keys_alone_oldest_first(engine: Engine) {
    let place = Place::new(engine);
    let control = place.open().await.unwrap();
    for stored in [key("default", 3), key("default", 1), key("other", 2)] {
        control.api_keys().create(&stored, &[]).await.unwrap();
    }
    let names = |keys: Vec<ApiKey>| keys.into_iter().map(|key| key.name).collect::<Vec<_>>();
    assert_eq!(names(control.api_keys().list(&tenant("default")).await.unwrap()), ["key 1", "key 3"]);
    assert_eq!(names(control.api_keys().list(&tenant("other")).await.unwrap()), ["key 2"]);
    assert!(control.api_keys().list(&tenant("nobody")).await.unwrap().is_empty());
}

async fn an_id_is_taken_once(engine: Engine) {
    let place = Place::new(engine);
    let control = place.open().await.unwrap();
    control.api_keys().create(&key("default", 1), &[]).await.unwrap();
    assert!(matches!(control.api_keys().create(&key("other", 1), &[]).await, Err(ControlError::Database(_))));
    assert_eq!(control.api_keys().find(Uuid::from_u128(1)).await.unwrap().unwrap().tenant, tenant("default"));
}

async fn a_key_is_revoked_once_and_by_its_tenant_alone(engine: Engine) {
    let place = Place::new(engine);
    let control = place.open().await.unwrap();
    let stored = key("default", 1);
    control.api_keys().create(&stored, &[]).await.unwrap();
    assert!(!control.api_keys().revoke(&tenant("other"), stored.id, at(10), &[]).await.unwrap());
    assert_eq!(control.api_keys().find(stored.id).await.unwrap().unwrap().revoked_at, None);
    assert!(control.api_keys().revoke(&stored.tenant, stored.id, at(20), &[]).await.unwrap());
    assert!(control.api_keys().revoke(&stored.tenant, stored.id, at(30), &[]).await.unwrap());
    assert_eq!(control.api_keys().find(stored.id).await.unwrap().unwrap().revoked_at, Some(at(20)));
    assert!(!control.api_keys().revoke(&stored.tenant, Uuid::from_u128(9), at(30), &[]).await.unwrap());
}

async fn the_latest_use_is_noted(engine: Engine) {
    let place = Place::new(engine);
    let control = place.open().await.unwrap();
    let stored = key("default", 1);
    control.api_keys().create(&stored, &[]).await.unwrap();
    for (used, noted) in [(50, 50), (40, 50), (60, 60)] {
        control.api_keys().touch(stored.id, at(used)).await.unwrap();
        assert_eq!(control.api_keys().find(stored.id).await.unwrap().unwrap().last_used_at, Some(at(noted)));
    }
}

async fn a_damaged_row_is_named(engine: Engine) {
    let place = Place::new(engine);
    let control = place.open().await.unwrap();
    control.api_keys().create(&key("default", 1), &[]).await.unwrap();
    place.sql("UPDATE api_key SET key_hash = ''").await;
    let error = control.api_keys().find(Uuid::from_u128(1)).await.unwrap_err();
    let expected = "api_key 00000000-0000-0000-0000-000000000001: key_hash: expected 32 bytes, got 0";
    assert!(error.to_string().contains(expected), "{error}");
}
