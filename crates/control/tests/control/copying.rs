//! Copies of a control database: from either engine to either, while it is used.

use std::os::unix::fs::PermissionsExt;

use rollcall_control::{Control, ControlError};
use rollcall_test_postgres::{Engine, on_both_engines};

use crate::fixture::{Place, at, key, tenant};

on_both_engines![every_row_comes_to_either_engine, a_database_with_rows_is_not_copied_into];

async fn every_row_comes_to_either_engine(engine: Engine) {
    let place = Place::new(engine);
    let control = place.open().await.unwrap();
    let keys = [key("default", 1), key("north", 2)];
    for key in &keys {
        control.api_keys().create(key).await.unwrap();
    }
    control.api_keys().revoke(&tenant("north"), keys[1].id, at(9)).await.unwrap();
    let other = [Place::new(Engine::Sqlite), Place::new(Engine::Postgres)];
    for place in &other {
        let copy = place.open().await.unwrap();
        assert_eq!(control.copy_rows(&copy).await.unwrap(), 2);
        for key in &keys {
            assert_eq!(copy.api_keys().find(key.id).await.unwrap(), control.api_keys().find(key.id).await.unwrap());
        }
    }
}

async fn a_database_with_rows_is_not_copied_into(engine: Engine) {
    let (here, there) = (Place::new(Engine::Sqlite), Place::new(engine));
    let (control, other) = (here.open().await.unwrap(), there.open().await.unwrap());
    other.api_keys().create(&key("default", 3)).await.unwrap();
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
    control.api_keys().create(&key("default", 1)).await.unwrap();
    Control::copy_file(&from, &to, false).await.unwrap();
    assert_eq!(std::fs::metadata(&to).unwrap().permissions().mode() & 0o777, 0o600);
    Control::copy_file(&to, &again, true).await.unwrap();
    assert!(!folder.path().join("b.db-wal").exists() && !folder.path().join("b.db-shm").exists(), "nothing is written beside it");
    control.api_keys().create(&key("default", 2)).await.unwrap();
    for copy in [&to, &again] {
        assert_eq!(Control::open(copy).await.unwrap().api_keys().list(&tenant("default")).await.unwrap(), [key("default", 1)]);
    }
    assert!(matches!(Control::copy_file(&from, &to, false).await, Err(ControlError::Copy { .. })), "a file that is there stays");
}
