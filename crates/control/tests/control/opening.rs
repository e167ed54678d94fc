//! Opening a database: what is there stays, what is newer is left alone.

use rollcall_control::ControlError;
use rollcall_control::api_keys::ApiKey;
use rollcall_test_postgres::{Engine, on_both_engines};
use uuid::Uuid;

use crate::fixture::{Place, agent, at, key, profile, record, report, tenant, user};

on_both_engines![
    a_key_comes_back_as_it_was_stored_also_after_opening_anew,
    a_database_of_the_first_version_keeps_its_keys_and_gets_the_other_tables,
    a_database_of_a_newer_version_is_refused_and_left_as_it_is,
];

async fn a_key_comes_back_as_it_was_stored_also_after_opening_anew(engine: Engine) {
    let place = Place::new(engine);
    let stored = ApiKey { expires_at: Some(at(90)), last_used_at: Some(at(5)), ..key("default", 7) };
    let control = place.open().await.unwrap();
    control.api_keys().create(&stored, &[]).await.unwrap();
    assert_eq!(control.api_keys().find(stored.id).await.unwrap(), Some(stored.clone()));
    control.close().await.unwrap();

    let again = place.open().await.unwrap();
    assert_eq!(again.api_keys().find(stored.id).await.unwrap(), Some(stored));
    assert_eq!(again.api_keys().find(Uuid::from_u128(8)).await.unwrap(), None);
}

async fn a_database_of_the_first_version_keeps_its_keys_and_gets_the_other_tables(engine: Engine) {
    let place = Place::new(engine);
    let control = place.open().await.unwrap();
    control.api_keys().create(&key("default", 1), &[]).await.unwrap();
    control.close().await.unwrap();
    // A table goes before those that its rows refer to.
    let later = [
        "outbox",
        "agent_account",
        "agent",
        "directory_revision",
        "saved_report",
        "catalogue_entry",
        "catalogue_application",
        "user_profile",
        "user_session",
        "user_account",
        "security_profile",
        "security_revision",
        "sign_in_throttle",
        "openid_state",
        "setting",
        "reading",
        "job",
        "export_task",
        "schedule",
        "schedule_run",
        "destination",
        "webhook",
        "webhook_undelivered",
    ];
    for table in later {
        place.sql(&format!("DROP TABLE {table}")).await;
    }
    for column in ["data_scope", "created_by"] {
        place.sql(&format!("ALTER TABLE api_key DROP COLUMN {column}")).await;
    }
    place.sql("DELETE FROM seaql_migrations WHERE version <> 'm0001_api_key'").await;

    let control = place.open().await.unwrap();
    assert_eq!(control.api_keys().list(&tenant("default")).await.unwrap(), [key("default", 1)]);
    control.directory().put(&tenant("default"), &agent("1"), None, at(1), Some(&record("default", 1))).await.unwrap();
    control.saved_reports().create(&report("default", 1, "Yesterday"), None).await.unwrap();
    assert!(control.tenant_catalogue().switch_on(&tenant("default"), "WFM", None).await.unwrap());
    control.users().create(&user("default", 1, "mara"), &[record("default", 2)]).await.unwrap();
    control.profiles().create(&profile("default", 1, "North"), &[]).await.unwrap();
    let scoped = ApiKey { data_scope: Some("\"nothing\"".to_owned()), created_by: Some("user:1".to_owned()), ..key("default", 2) };
    control.api_keys().create(&scoped, &[]).await.unwrap();
    assert_eq!(control.api_keys().find(scoped.id).await.unwrap(), Some(scoped));
}

async fn a_database_of_a_newer_version_is_refused_and_left_as_it_is(engine: Engine) {
    let place = Place::new(engine);
    place.open().await.unwrap().close().await.unwrap();
    place.sql("INSERT INTO seaql_migrations (version, applied_at) VALUES ('m9999_from_the_future', 0)").await;
    for _ in 0..2 {
        let error = place.open().await.unwrap_err();
        assert!(matches!(&error, ControlError::Newer { unknown, .. } if unknown == &["m9999_from_the_future"]), "{error}");
        let expected = format!("control database {}: a newer version of Rollcall has changed it", place.name());
        assert!(error.to_string().starts_with(&expected), "{error}");
    }
}
