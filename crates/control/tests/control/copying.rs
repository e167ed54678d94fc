//! Copies of a control database: from either engine to either, while it is used.

use std::os::unix::fs::PermissionsExt;

use rollcall_control::{Control, ControlError};
use rollcall_test_postgres::{Engine, on_both_engines};

use crate::fixture::{Place, agent, at, entry, key, record, report, tenant, waiting};

on_both_engines![
    every_row_comes_to_either_engine,
    what_comes_after_a_copy_is_recorded_after_what_was_copied,
    a_database_with_rows_is_not_copied_into,
];

async fn every_row_comes_to_either_engine(engine: Engine) {
    let place = Place::new(engine);
    let control = place.open().await.unwrap();
    let (default, north) = (tenant("default"), tenant("north"));
    let keys = [key("default", 1), key("north", 2)];
    for key in &keys {
        control.api_keys().create(key, &[]).await.unwrap();
    }
    control.api_keys().revoke(&north, keys[1].id, at(9), &[]).await.unwrap();
    control.directory().put_all(&default, &[agent("1"), agent("2")], None, at(3), &[record("default", 1)]).await.unwrap();
    control.saved_reports().create(&report("north", 4, "Yesterday"), Some(&record("north", 2))).await.unwrap();
    control.tenant_catalogue().put(&default, &entry("WFM", "Shift", "Swapped"), None).await.unwrap();
    control.tenant_catalogue().switch_on(&default, "WFM", None).await.unwrap();
    // Two keys, two records, two agents, an account of each, a revision, a report, an entry, an application.
    let rows = 12;
    let other = [Place::new(Engine::Sqlite), Place::new(Engine::Postgres)];
    for place in &other {
        let copy = place.open().await.unwrap();
        assert_eq!(control.copy_rows(&copy).await.unwrap(), rows);
        for key in &keys {
            assert_eq!(copy.api_keys().find(key.id).await.unwrap(), control.api_keys().find(key.id).await.unwrap());
        }
        assert_eq!(copy.directory().all(&default).await.unwrap(), control.directory().all(&default).await.unwrap());
        assert_eq!(
            copy.saved_reports().list(&north, None, true).await.unwrap(),
            control.saved_reports().list(&north, None, true).await.unwrap()
        );
        assert_eq!(copy.tenant_catalogue().list(&default).await.unwrap(), [entry("WFM", "Shift", "Swapped")]);
        assert_eq!(copy.tenant_catalogue().applications(&default).await.unwrap(), ["WFM"]);
        assert_eq!(waiting(&copy).await, [1, 2]);
    }
}

async fn what_comes_after_a_copy_is_recorded_after_what_was_copied(engine: Engine) {
    let (here, there) = (Place::new(Engine::Sqlite), Place::new(engine));
    let (control, copy) = (here.open().await.unwrap(), there.open().await.unwrap());
    for number in 1..=3 {
        control.outbox().add(&record("default", number)).await.unwrap();
    }
    let drained = control.outbox().pending(1).await.unwrap()[0].id;
    control.outbox().drained(&[drained]).await.unwrap();
    control.copy_rows(&copy).await.unwrap();
    for number in 4..=6 {
        assert!(copy.outbox().add(&record("default", number)).await.unwrap());
    }
    assert_eq!(waiting(&copy).await, [2, 3, 4, 5, 6]);
}

async fn a_database_with_rows_is_not_copied_into(engine: Engine) {
    let (here, there) = (Place::new(Engine::Sqlite), Place::new(engine));
    let (control, other) = (here.open().await.unwrap(), there.open().await.unwrap());
    other.api_keys().create(&key("default", 3), &[]).await.unwrap();
    let error = control.copy_rows(&other).await.unwrap_err();
    assert!(matches!(error, ControlError::NotEmpty { .. }), "{error}");
    assert!(matches!(other.require_empty().await, Err(ControlError::NotEmpty { .. })));
    control.require_empty().await.unwrap();
    assert_eq!(other.api_keys().list(&tenant("default")).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_file_is_copied_beside_whoever_uses_it_and_the_copy_is_its_owners_alone() {
    let folder = tempfile::tempdir().unwrap();
    let (from, to, again) = (folder.path().join("a.db"), folder.path().join("b.db"), folder.path().join("c.db"));
    let control = Control::open(&from).await.unwrap();
    control.api_keys().create(&key("default", 1), &[]).await.unwrap();
    Control::copy_file(&from, &to, false).await.unwrap();
    assert_eq!(std::fs::metadata(&to).unwrap().permissions().mode() & 0o777, 0o600);
    Control::copy_file(&to, &again, true).await.unwrap();
    assert!(!folder.path().join("b.db-wal").exists() && !folder.path().join("b.db-shm").exists(), "nothing is written beside it");
    control.api_keys().create(&key("default", 2), &[]).await.unwrap();
    for copy in [&to, &again] {
        assert_eq!(Control::open(copy).await.unwrap().api_keys().list(&tenant("default")).await.unwrap(), [key("default", 1)]);
    }
    assert!(matches!(Control::copy_file(&from, &to, false).await, Err(ControlError::Copy { .. })), "a file that is there stays");
}
