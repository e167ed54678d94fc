//! The control database on a real file.

#![allow(missing_docs, clippy::unwrap_used)]

use std::path::Path;

use rollcall_control::api_keys::ApiKey;
use rollcall_control::{Control, ControlError};
use rollcall_model::{TenantId, Timestamp};
use sqlx::Connection;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use uuid::Uuid;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_seconds(1_790_000_000 + seconds).unwrap()
}

fn tenant(name: &str) -> TenantId {
    TenantId::new(name).unwrap()
}

fn key(tenant_name: &str, number: u128) -> ApiKey {
    ApiKey {
        id: Uuid::from_u128(number),
        tenant: tenant(tenant_name),
        name: format!("key {number}"),
        key_hash: [number as u8; 32],
        scopes: vec!["events:write".to_owned(), "reports:read".to_owned()],
        created_at: at(number as i64),
        expires_at: None,
        last_used_at: None,
        revoked_at: None,
    }
}

/// Says something to the file behind Rollcall's back.
async fn sql(path: &Path, statement: &'static str) {
    let mut connection = SqliteConnection::connect_with(&SqliteConnectOptions::new().filename(path)).await.unwrap();
    sqlx::query(statement).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
}

async fn pragma(path: &Path, statement: &'static str) -> String {
    let mut connection = SqliteConnection::connect_with(&SqliteConnectOptions::new().filename(path)).await.unwrap();
    let value: String = sqlx::query_scalar(statement).fetch_one(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    value
}

#[tokio::test]
async fn a_key_comes_back_as_it_was_stored_also_after_opening_anew() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("control.db");
    let stored = ApiKey { expires_at: Some(at(90)), last_used_at: Some(at(5)), ..key("default", 7) };
    let control = Control::open(&path).await.unwrap();
    control.api_keys().create(&stored).await.unwrap();
    assert_eq!(control.api_keys().find(stored.id).await.unwrap(), Some(stored.clone()));
    control.close().await.unwrap();

    let again = Control::open(&path).await.unwrap();
    assert_eq!(again.api_keys().find(stored.id).await.unwrap(), Some(stored));
    assert_eq!(again.api_keys().find(Uuid::from_u128(8)).await.unwrap(), None);
}

#[cfg(unix)]
#[tokio::test]
async fn the_files_are_for_their_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let control = Control::open(&folder.path().join("control.db")).await.unwrap();
    control.api_keys().create(&key("default", 1)).await.unwrap();
    let mut files = 0;
    for entry in std::fs::read_dir(folder.path()).unwrap() {
        let entry = entry.unwrap();
        assert_eq!(entry.metadata().unwrap().permissions().mode() & 0o777, 0o600, "{:?}", entry.path());
        files += 1;
    }
    assert!(files >= 2, "the database and its write-ahead log");
}

#[tokio::test]
async fn it_is_written_ahead() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("control.db");
    Control::open(&path).await.unwrap().close().await.unwrap();
    assert_eq!(pragma(&path, "PRAGMA journal_mode").await, "wal");
}

#[tokio::test]
async fn a_database_of_a_newer_version_is_refused_and_left_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("control.db");
    Control::open(&path).await.unwrap().close().await.unwrap();
    sql(&path, "INSERT INTO seaql_migrations (version, applied_at) VALUES ('m9999_from_the_future', 0)").await;
    for _ in 0..2 {
        let error = Control::open(&path).await.unwrap_err();
        assert!(matches!(&error, ControlError::Newer { unknown, .. } if unknown == &["m9999_from_the_future"]), "{error}");
        assert!(error.to_string().contains("control.db: a newer version of Rollcall has changed it"), "{error}");
    }
}

#[tokio::test]
async fn what_is_no_database_and_where_none_can_be_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let text = folder.path().join("notes.txt");
    std::fs::write(&text, "not a database, but long enough to be read as the head of one: ".repeat(40)).unwrap();
    let error = Control::open(&text).await.unwrap_err();
    assert!(error.to_string().contains("notes.txt"), "{error}");

    let nowhere = folder.path().join("missing").join("control.db");
    let error = Control::open(&nowhere).await.unwrap_err();
    assert!(matches!(error, ControlError::Create { .. }), "{error}");
}

#[tokio::test]
async fn tenants_see_their_own_keys_alone_oldest_first() {
    let control = Control::open_in_memory().await.unwrap();
    for stored in [key("default", 3), key("default", 1), key("other", 2)] {
        control.api_keys().create(&stored).await.unwrap();
    }
    let names = |keys: Vec<ApiKey>| keys.into_iter().map(|key| key.name).collect::<Vec<_>>();
    assert_eq!(names(control.api_keys().list(&tenant("default")).await.unwrap()), ["key 1", "key 3"]);
    assert_eq!(names(control.api_keys().list(&tenant("other")).await.unwrap()), ["key 2"]);
    assert!(control.api_keys().list(&tenant("nobody")).await.unwrap().is_empty());
}

#[tokio::test]
async fn an_id_is_taken_once() {
    let control = Control::open_in_memory().await.unwrap();
    control.api_keys().create(&key("default", 1)).await.unwrap();
    assert!(matches!(control.api_keys().create(&key("other", 1)).await, Err(ControlError::Database(_))));
    assert_eq!(control.api_keys().find(Uuid::from_u128(1)).await.unwrap().unwrap().tenant, tenant("default"));
}

#[tokio::test]
async fn a_key_is_revoked_once_and_by_its_tenant_alone() {
    let control = Control::open_in_memory().await.unwrap();
    let stored = key("default", 1);
    control.api_keys().create(&stored).await.unwrap();
    assert!(!control.api_keys().revoke(&tenant("other"), stored.id, at(10)).await.unwrap());
    assert_eq!(control.api_keys().find(stored.id).await.unwrap().unwrap().revoked_at, None);
    assert!(control.api_keys().revoke(&stored.tenant, stored.id, at(20)).await.unwrap());
    assert!(control.api_keys().revoke(&stored.tenant, stored.id, at(30)).await.unwrap());
    assert_eq!(control.api_keys().find(stored.id).await.unwrap().unwrap().revoked_at, Some(at(20)));
    assert!(!control.api_keys().revoke(&stored.tenant, Uuid::from_u128(9), at(30)).await.unwrap());
}

#[tokio::test]
async fn the_latest_use_is_noted() {
    let control = Control::open_in_memory().await.unwrap();
    let stored = key("default", 1);
    control.api_keys().create(&stored).await.unwrap();
    for (used, noted) in [(50, 50), (40, 50), (60, 60)] {
        control.api_keys().touch(stored.id, at(used)).await.unwrap();
        assert_eq!(control.api_keys().find(stored.id).await.unwrap().unwrap().last_used_at, Some(at(noted)));
    }
}

#[tokio::test]
async fn a_damaged_row_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("control.db");
    let control = Control::open(&path).await.unwrap();
    control.api_keys().create(&key("default", 1)).await.unwrap();
    sql(&path, "UPDATE api_key SET key_hash = x'00ff'").await;
    let error = control.api_keys().find(Uuid::from_u128(1)).await.unwrap_err();
    let expected = "api_key 00000000-0000-0000-0000-000000000001: key_hash: expected 32 bytes, got 2";
    assert!(error.to_string().contains(expected), "{error}");
}
