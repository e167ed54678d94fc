//! Copies of a control database: from either engine to either, while it is used.

use std::os::unix::fs::PermissionsExt;

use rollcall_control::settings::Setting;
use rollcall_control::sign_ins::{Failures, Waiting};
use rollcall_control::user_sessions::{Acting, Others, UserSession};
use rollcall_control::users::{Credentials, NewUser};
use rollcall_control::{Control, ControlError};
use rollcall_test_postgres::{Engine, on_both_engines};
use uuid::Uuid;

use crate::fixture::{Place, agent, at, entry, key, profile, record, report, session, tenant, user, waiting};

on_both_engines![
    every_row_comes_to_either_engine,
    accounts_come_to_either_engine_as_they_are,
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

/// Users, who is signed in and who has failed to: a restored backup lets nobody in whom it would have refused.
async fn accounts_come_to_either_engine_as_they_are(engine: Engine) {
    let place = Place::new(engine);
    let control = place.open().await.unwrap();
    let (default, north) = (tenant("default"), tenant("north"));
    let profile = profile("default", 1, "North");
    control.profiles().create(&profile, &[]).await.unwrap();
    let mara = NewUser { profiles: vec!["agent".to_owned(), profile.id.to_string()], ..user("default", 2, "Mara") };
    let rune = NewUser { credentials: Credentials::default(), ..user("north", 3, "rune") };
    for user in [&mara, &rune] {
        control.users().create(user, &[]).await.unwrap();
    }
    assert!(control.users().use_step(mara.id, 7).await.unwrap());
    let signed_in = session(&mara, 4);
    control.user_sessions().begin(&signed_in, Others::Stay, at(0), |_| vec![record("default", 1)]).await.unwrap();
    let acting = Acting { id: Uuid::from_u128(5), user_id: rune.id, since: at(5) };
    assert!(control.user_sessions().act(&signed_in, Some(&acting), &[]).await.unwrap());
    control.sign_ins().attempt(&["p:1".to_owned()], at(6), |_, _| None::<()>).await.unwrap().unwrap();
    let waits = Waiting { tenant: north.clone(), content: "{}".to_owned(), expires_at: at(50) };
    control.sign_ins().wait("state", &waits).await.unwrap();
    let setting = Setting { content: "{}".to_owned(), version: 1, changed_at: at(7), changed_by: "operator".to_owned() };
    control.settings().put(&default, "sign_in", &setting, &[]).await.unwrap();
    // A profile, two users, two profiles of one, a session, a subject, a sign-in that waits, a setting, the revisions of
    // two tenants, a record.
    let rows = 12;
    for place in [Place::new(Engine::Sqlite), Place::new(Engine::Postgres)] {
        let copy = place.open().await.unwrap();
        assert_eq!(control.copy_rows(&copy).await.unwrap(), rows);
        for tenant in [&default, &north] {
            assert_eq!(copy.users().list(tenant).await.unwrap(), control.users().list(tenant).await.unwrap());
        }
        assert!(!copy.users().use_step(mara.id, 7).await.unwrap(), "a code that was used stays used");
        assert_eq!(copy.profiles().list(&default).await.unwrap(), std::slice::from_ref(&profile));
        let sessions = copy.user_sessions().list(&default).await.unwrap();
        assert_eq!(sessions, [UserSession { acting: Some(acting.clone()), ..signed_in.clone() }]);
        let failed = copy.sign_ins().attempt(&["p:1".to_owned()], at(8), |_, failures| Some(failures)).await.unwrap();
        assert_eq!(failed, Err(Failures { count: 1, last_at: at(6) }));
        assert_eq!(copy.sign_ins().take("state", at(8)).await.unwrap().as_ref(), Some(&waits));
        assert_eq!(copy.settings().get(&default, "sign_in").await.unwrap().as_ref(), Some(&setting));
        assert_eq!(waiting(&copy).await, [1]);
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
