//! A tenant's part of the activity catalogue.

use rollcall_control::ControlError;
use rollcall_control::tenant_catalogue::Entry;
use rollcall_model::{Effect, TenantId};
use rollcall_test_postgres::{Engine, on_both_engines};

use crate::fixture::{Place, entry, record, tenant, waiting};

on_both_engines![
    entries_come_back_by_what_they_are_about,
    a_tenant_has_one_entry_about_the_same,
    an_application_is_switched_on_once_and_off_once,
    tenants_see_their_own_catalogue_alone,
    a_change_and_its_record_are_one,
    a_damaged_entry_is_named,
];

fn default() -> TenantId {
    TenantId::default()
}

async fn entries_come_back_by_what_they_are_about(engine: Engine) {
    let place = Place::new(engine);
    let control = place.open().await.unwrap();
    let catalogue = control.tenant_catalogue();
    let whole = Entry { effect: None, label: None, ..entry("WFM", "", "") };
    let looked = Entry { effect: Some(Effect::Read), ..entry("WFM", "Shift", "Viewed") };
    let entries = [entry("QM", "Form", "Changed"), whole, entry("WFM", "Shift", "Swapped"), looked];
    for entry in entries.iter().rev() {
        catalogue.put(&default(), entry, None).await.unwrap();
    }
    assert_eq!(catalogue.list(&default()).await.unwrap(), entries);
}

async fn a_tenant_has_one_entry_about_the_same(engine: Engine) {
    let place = Place::new(engine);
    let control = place.open().await.unwrap();
    let catalogue = control.tenant_catalogue();
    let first = entry("WFM", "Shift", "Swapped");
    let second = Entry { effect: None, label: Some("Two agents swapped a shift".to_owned()), ..first.clone() };
    for entry in [&first, &second] {
        catalogue.put(&default(), entry, None).await.unwrap();
    }
    assert_eq!(catalogue.list(&default()).await.unwrap(), [second]);
    assert!(catalogue.remove(&default(), &first.key, None).await.unwrap());
    assert!(!catalogue.remove(&default(), &first.key, None).await.unwrap());
    assert!(catalogue.list(&default()).await.unwrap().is_empty());
}

async fn an_application_is_switched_on_once_and_off_once(engine: Engine) {
    let place = Place::new(engine);
    let control = place.open().await.unwrap();
    let catalogue = control.tenant_catalogue();
    for (application, is_new) in [("WFM", true), ("QM", true), ("WFM", false)] {
        assert_eq!(catalogue.switch_on(&default(), application, None).await.unwrap(), is_new);
    }
    assert_eq!(catalogue.applications(&default()).await.unwrap(), ["QM", "WFM"]);
    assert!(catalogue.switch_off(&default(), "QM", None).await.unwrap());
    assert!(!catalogue.switch_off(&default(), "QM", None).await.unwrap());
    assert_eq!(catalogue.applications(&default()).await.unwrap(), ["WFM"]);
}

async fn tenants_see_their_own_catalogue_alone(engine: Engine) {
    let place = Place::new(engine);
    let control = place.open().await.unwrap();
    let catalogue = control.tenant_catalogue();
    let (north, there) = (tenant("north"), entry("WFM", "Shift", "Swapped"));
    catalogue.put(&default(), &there, None).await.unwrap();
    catalogue.switch_on(&default(), "WFM", None).await.unwrap();
    assert!(catalogue.list(&north).await.unwrap().is_empty() && catalogue.applications(&north).await.unwrap().is_empty());
    assert!(!catalogue.remove(&north, &there.key, None).await.unwrap());
    assert!(!catalogue.switch_off(&north, "WFM", None).await.unwrap());
    assert_eq!(catalogue.list(&default()).await.unwrap(), [there]);
    assert_eq!(catalogue.applications(&default()).await.unwrap(), ["WFM"]);
}

async fn a_change_and_its_record_are_one(engine: Engine) {
    let place = Place::new(engine);
    let control = place.open().await.unwrap();
    let catalogue = control.tenant_catalogue();
    let there = entry("WFM", "Shift", "Swapped");
    let number = |number| record("default", number);
    catalogue.put(&default(), &there, Some(&number(1))).await.unwrap();
    assert!(catalogue.remove(&default(), &there.key, Some(&number(2))).await.unwrap());
    assert!(catalogue.switch_on(&default(), "WFM", Some(&number(3))).await.unwrap());
    assert!(catalogue.switch_off(&default(), "WFM", Some(&number(4))).await.unwrap());
    assert_eq!(waiting(&control).await, [1, 2, 3, 4]);

    // Where nothing changes, nothing is recorded.
    assert!(!catalogue.remove(&default(), &there.key, Some(&number(5))).await.unwrap());
    assert!(!catalogue.switch_off(&default(), "WFM", Some(&number(5))).await.unwrap());
    // And without its record, a change is none.
    let refused = [
        catalogue.put(&default(), &there, Some(&number(4))).await,
        catalogue.switch_on(&default(), "WFM", Some(&number(4))).await.map(|_| ()),
    ];
    for error in refused.map(Result::unwrap_err) {
        assert!(matches!(error, ControlError::RecordTwice { .. }), "{error}");
    }
    assert_eq!(waiting(&control).await, [1, 2, 3, 4]);
    assert!(catalogue.list(&default()).await.unwrap().is_empty() && catalogue.applications(&default()).await.unwrap().is_empty());
}

async fn a_damaged_entry_is_named(engine: Engine) {
    let place = Place::new(engine);
    let control = place.open().await.unwrap();
    control.tenant_catalogue().put(&default(), &entry("WFM", "Shift", "Swapped"), None).await.unwrap();
    place.sql("UPDATE catalogue_entry SET effect = 'both'").await;
    let error = control.tenant_catalogue().list(&default()).await.unwrap_err();
    let expected = "catalogue_entry default, WFM, Shift, Swapped: effect: expected change or read, got \"both\"";
    assert!(error.to_string().contains(expected), "{error}");
}
