//! Settings: one by name, changed by one at a time.

use futures::future::join_all;
use rollcall_control::ControlError;
use rollcall_control::settings::Setting;
use rollcall_model::TenantId;
use rollcall_test_postgres::{Engine, on_both_engines};

use crate::fixture::{Place, at, record, tenant, waiting};

on_both_engines![
    a_setting_comes_back_as_it_was_set,
    it_is_set_in_the_place_of_the_version_before_alone,
    of_many_who_set_the_same_version_at_once_exactly_one_does,
    a_change_and_its_record_are_one,
    tenants_and_names_are_apart,
    a_damaged_setting_is_named,
];

fn default() -> TenantId {
    TenantId::default()
}

fn setting(version: i64) -> Setting {
    Setting { content: format!("{{\"number\":{version}}}"), version, changed_at: at(version), changed_by: "operator".to_owned() }
}

async fn a_setting_comes_back_as_it_was_set(engine: Engine) {
    let place = Place::new(engine);
    let control = place.open().await.unwrap();
    assert_eq!(control.settings().get(&default(), "sign_in").await.unwrap(), None);
    for version in 1..=2 {
        control.settings().put(&default(), "sign_in", &setting(version), &[]).await.unwrap();
    }
    control.close().await.unwrap();
    let again = place.open().await.unwrap();
    assert_eq!(again.settings().get(&default(), "sign_in").await.unwrap(), Some(setting(2)));
}

async fn it_is_set_in_the_place_of_the_version_before_alone(engine: Engine) {
    let place = Place::new(engine);
    let control = place.open().await.unwrap();
    let settings = control.settings();
    let error = settings.put(&default(), "sign_in", &setting(2), &[]).await.unwrap_err();
    let told = "setting sign_in: expected version 1, found 0 (0: not there); read it again and repeat the change";
    assert_eq!(error.to_string(), told);
    settings.put(&default(), "sign_in", &setting(1), &[]).await.unwrap();
    for version in [1, 3, 0, -1, i64::MIN] {
        let error = settings.put(&default(), "sign_in", &Setting { version, ..setting(1) }, &[]).await.unwrap_err();
        assert!(matches!(error, ControlError::VersionConflict { present: 1, .. }), "{version}: {error}");
    }
    assert_eq!(settings.get(&default(), "sign_in").await.unwrap(), Some(setting(1)));
}

async fn of_many_who_set_the_same_version_at_once_exactly_one_does(engine: Engine) {
    let place = Place::new(engine);
    let nodes = [place.open().await.unwrap(), place.open().await.unwrap()];
    for version in 1..=4 {
        let outcomes = join_all((0..8_u32).map(|number| {
            let control = nodes[number as usize % 2].clone();
            let record = record("default", u128::from(number) + version as u128 * 100);
            tokio::spawn(async move {
                let setting = Setting { changed_by: format!("user:{number}"), ..setting(version) };
                control.settings().put(&default(), "sign_in", &setting, &[record]).await.map(|()| setting)
            })
        }));
        let mut set = Vec::new();
        for outcome in outcomes.await {
            match outcome.unwrap() {
                Ok(setting) => set.push(setting),
                Err(error) => assert!(matches!(error, ControlError::VersionConflict { .. }), "{error}"),
            }
        }
        let [only] = set.as_slice() else { panic!("{} have set it", set.len()) };
        assert_eq!(nodes[0].settings().get(&default(), "sign_in").await.unwrap().as_ref(), Some(only));
        assert_eq!(waiting(&nodes[0]).await.len(), version as usize);
    }
}

async fn a_change_and_its_record_are_one(engine: Engine) {
    let place = Place::new(engine);
    let control = place.open().await.unwrap();
    let settings = control.settings();
    settings.put(&default(), "sign_in", &setting(1), &[record("default", 1), record("default", 2)]).await.unwrap();
    settings.put(&default(), "sign_in", &setting(1), &[record("default", 3)]).await.unwrap_err();
    assert_eq!(waiting(&control).await, [1, 2], "of what is refused nothing is recorded");
    let error = settings.put(&default(), "sign_in", &setting(2), &[record("default", 4), record("default", 2)]).await.unwrap_err();
    assert!(matches!(error, ControlError::RecordTwice { .. }), "{error}");
    assert_eq!(settings.get(&default(), "sign_in").await.unwrap(), Some(setting(1)), "without its record, a change is none");
    assert_eq!(waiting(&control).await, [1, 2]);
}

async fn tenants_and_names_are_apart(engine: Engine) {
    let place = Place::new(engine);
    let control = place.open().await.unwrap();
    for (tenant, name) in [(default(), "sign_in"), (tenant("north"), "sign_in"), (default(), "other")] {
        control.settings().put(&tenant, name, &setting(1), &[]).await.unwrap();
    }
    control.settings().put(&default(), "sign_in", &setting(2), &[]).await.unwrap();
    assert_eq!(control.settings().get(&tenant("north"), "sign_in").await.unwrap(), Some(setting(1)));
    assert_eq!(control.settings().get(&default(), "other").await.unwrap(), Some(setting(1)));
}

async fn a_damaged_setting_is_named(engine: Engine) {
    let place = Place::new(engine);
    let control = place.open().await.unwrap();
    control.settings().put(&default(), "sign_in", &setting(1), &[]).await.unwrap();
    place.sql("UPDATE setting SET changed_at = 9223372036854775807").await;
    let error = control.settings().get(&default(), "sign_in").await.unwrap_err();
    assert!(error.to_string().contains("setting default, sign_in: changed_at: expected UTC microseconds"), "{error}");
}
