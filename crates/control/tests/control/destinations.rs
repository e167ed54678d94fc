//! Destinations: one of a name, changed by one at a time, with how their last deliveries went.

use rollcall_control::ControlError;
use rollcall_control::destinations::{DestinationChange, NewDestination};
use rollcall_control::schedules::{NewSchedule, Published};
use rollcall_test_postgres::{Engine, on_both_engines};
use uuid::Uuid;

use crate::fixture::{Place, at, record, report, tenant, waiting};

on_both_engines![
    a_destination_comes_back_as_it_was_stored_and_its_name_is_the_tenants,
    two_who_change_the_same_one_have_read_the_same_version,
    one_that_schedules_deliver_to_is_kept_and_their_reports_are_named,
    how_deliveries_went_makes_no_version_and_a_failure_is_recorded_with_it,
];

fn destination(tenant_name: &str, number: u128, name: &str) -> NewDestination {
    NewDestination {
        id: Uuid::from_u128(number),
        tenant: tenant(tenant_name),
        name: name.to_owned(),
        kind: "smtp".to_owned(),
        config: r#"{"host":"mail.example.com"}"#.to_owned(),
        secret: Some(vec![0, 1, 255]),
        created_by: "operator".to_owned(),
        created_at: at(1),
    }
}

fn change(name: Option<&str>, secret: Option<Option<Vec<u8>>>) -> DestinationChange {
    let (changed_by, changed_at) = ("user:1".to_owned(), at(5));
    DestinationChange { name: name.map(str::to_owned), config: None, secret, changed_by, changed_at }
}

async fn a_destination_comes_back_as_it_was_stored_and_its_name_is_the_tenants(engine: Engine) {
    let place = Place::new(engine);
    let control = place.open().await.unwrap();
    let new = destination("default", 1, " Straße ");
    let made = control.destinations().create(&new, &[record("default", 9)]).await.unwrap();
    assert_eq!((made.name.as_str(), made.secret.as_deref(), made.version), ("Straße", Some([0, 1, 255].as_slice()), 1));
    assert_eq!(control.destinations().get(&new.tenant, new.id).await.unwrap(), Some(made.clone()));
    assert_eq!(control.destinations().get(&tenant("other"), new.id).await.unwrap(), None);
    let taken = control.destinations().create(&destination("default", 2, "STRASSE"), &[]).await.unwrap_err();
    assert!(matches!(&taken, ControlError::DestinationTaken { name } if name == "STRASSE"), "{taken}");
    control.destinations().create(&destination("other", 2, "STRASSE"), &[]).await.unwrap();
    control.destinations().create(&destination("default", 3, "Archive"), &[]).await.unwrap();
    let names: Vec<String> = control.destinations().list(&new.tenant).await.unwrap().into_iter().map(|one| one.name).collect();
    assert_eq!(names, ["Archive", "Straße"]);
    let taken = control.destinations().update(&new.tenant, Uuid::from_u128(3), 1, &change(Some("strasse"), None), &[]).await;
    assert!(matches!(taken, Err(ControlError::DestinationTaken { .. })));
    assert_eq!(waiting(&control).await, [9]);
}

async fn two_who_change_the_same_one_have_read_the_same_version(engine: Engine) {
    let place = Place::new(engine);
    let control = place.open().await.unwrap();
    let new = destination("default", 1, "Mail");
    control.destinations().create(&new, &[]).await.unwrap();
    let (tenant, id) = (&new.tenant, new.id);
    let kept = control.destinations().update(tenant, id, 1, &change(Some("Post"), None), &[record("default", 1)]).await.unwrap();
    assert_eq!((kept.name.as_str(), kept.version, kept.secret.is_some()), ("Post", 2, true), "a secret that is left out stays");
    let late = control.destinations().update(tenant, id, 1, &change(Some("Late"), None), &[record("default", 2)]).await;
    assert!(matches!(late, Err(ControlError::VersionConflict { expected: 1, present: 2, .. })));
    let without = control.destinations().update(tenant, id, 2, &change(None, Some(None)), &[]).await.unwrap();
    assert_eq!((without.secret, without.changed_by.as_str()), (None, "user:1"));
    assert!(matches!(control.destinations().delete(tenant, id, 2, &[]).await, Err(ControlError::VersionConflict { .. })));
    control.destinations().delete(tenant, id, 3, &[record("default", 3)]).await.unwrap();
    assert!(matches!(control.destinations().delete(tenant, id, 3, &[]).await, Err(ControlError::NotFound { .. })));
    assert_eq!(waiting(&control).await, [1, 3], "what was refused is not recorded");
}

async fn one_that_schedules_deliver_to_is_kept_and_their_reports_are_named(engine: Engine) {
    let place = Place::new(engine);
    let control = place.open().await.unwrap();
    let (new, other) = (destination("default", 1, "Mail"), destination("default", 2, "Files"));
    for new in [&new, &other] {
        control.destinations().create(new, &[]).await.unwrap();
    }
    let saved = control.saved_reports().create(&report("default", 1, "Yesterday"), None).await.unwrap();
    let schedule = NewSchedule {
        id: Uuid::from_u128(7),
        tenant: tenant("default"),
        owner: "1".to_owned(),
        report_id: saved.id,
        settings: format!(r#"{{"destinations":["{}"]}}"#, new.id),
        created_by: "1".to_owned(),
        created_at: at(3),
    };
    let published = Published { by: "1".to_owned(), record: record("default", 2) };
    control.schedules().create(&schedule, &published, &[]).await.unwrap();
    let refused = control.destinations().delete(&new.tenant, new.id, 1, &[record("default", 1)]).await.unwrap_err();
    assert!(matches!(&refused, ControlError::DestinationInUse { reports } if reports == &["Yesterday"]), "{refused}");
    assert!(control.destinations().get(&new.tenant, new.id).await.unwrap().is_some());
    assert!(!waiting(&control).await.contains(&1));
    control.destinations().delete(&other.tenant, other.id, 1, &[]).await.unwrap();
}

async fn how_deliveries_went_makes_no_version_and_a_failure_is_recorded_with_it(engine: Engine) {
    let place = Place::new(engine);
    let control = place.open().await.unwrap();
    let new = destination("default", 1, "Mail");
    control.destinations().create(&new, &[]).await.unwrap();
    let (tenant, id) = (&new.tenant, new.id);
    control.destinations().note_failure(tenant, id, at(7), "no such user", &record("default", 1)).await.unwrap();
    control.destinations().note_success(tenant, id, at(8)).await.unwrap();
    let seen = control.destinations().get(tenant, id).await.unwrap().unwrap();
    assert_eq!((seen.last_failure_at, seen.last_success_at, seen.version), (Some(at(7)), Some(at(8)), 1));
    assert_eq!(seen.last_failure.as_deref(), Some("no such user"));
    assert_eq!(waiting(&control).await, [1]);
}
