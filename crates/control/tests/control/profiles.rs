//! Security profiles of tenants: named once, changed by one at a time, deleted when nobody has them.

use futures::future::join_all;
use rollcall_control::profiles::Profile;
use rollcall_control::users::{NewUser, UserChange};
use rollcall_control::{Control, ControlError};
use rollcall_model::TenantId;
use rollcall_test_postgres::{Engine, on_both_engines};
use uuid::Uuid;

use crate::fixture::{Place, at, profile, record, tenant, user, waiting};

on_both_engines![
    a_profile_comes_back_as_it_was_made,
    a_profile_that_changes_was_made_when_it_was_made,
    a_name_is_unique_per_tenant_whatever_its_case,
    the_second_to_change_a_version_is_told_which_is_there,
    of_many_who_change_or_delete_the_same_version_at_once_exactly_one_does,
    a_profile_that_somebody_has_is_not_deleted,
    tenants_see_their_own_profiles_alone,
    a_change_and_its_record_are_one,
    a_damaged_profile_is_named,
];

fn default() -> TenantId {
    TenantId::default()
}

/// The version after one.
fn next(before: &Profile, name: &str) -> Profile {
    Profile { name: name.to_owned(), version: before.version + 1, changed_at: at(50), changed_by: "user:7".to_owned(), ..before.clone() }
}

async fn made(control: &Control, new: Profile) -> Profile {
    control.profiles().create(&new, &[]).await.unwrap();
    new
}

async fn a_profile_comes_back_as_it_was_made(engine: Engine) {
    let place = Place::new(engine);
    let control = place.open().await.unwrap();
    let (north, alpha) = (made(&control, profile("default", 1, "north")).await, made(&control, profile("default", 2, "Alpha")).await);
    control.close().await.unwrap();
    let again = place.open().await.unwrap();
    assert_eq!(again.profiles().get(&default(), north.id).await.unwrap().as_ref(), Some(&north));
    assert_eq!(again.profiles().get(&default(), Uuid::from_u128(9)).await.unwrap(), None);
    assert_eq!(again.profiles().list(&default()).await.unwrap(), [alpha, north], "by name");
}

async fn a_profile_that_changes_was_made_when_it_was_made(engine: Engine) {
    let place = Place::new(engine);
    let control = place.open().await.unwrap();
    let north = made(&control, profile("default", 1, "North")).await;
    let to = Profile { permissions: vec!["users edit".to_owned()], scope: "\"all\"".to_owned(), ..next(&north, "South") };
    control.profiles().update(&Profile { created_at: at(50), ..to.clone() }, &[]).await.unwrap();
    assert_eq!(control.profiles().get(&default(), north.id).await.unwrap(), Some(Profile { created_at: at(1), ..to }));
}

async fn a_name_is_unique_per_tenant_whatever_its_case(engine: Engine) {
    let place = Place::new(engine);
    let control = place.open().await.unwrap();
    made(&control, profile("default", 1, "Östra")).await;
    for (number, name) in [(2, "Östra"), (3, "ÖSTRA"), (4, "östra")] {
        let error = control.profiles().create(&profile("default", number, name), &[]).await.unwrap_err();
        assert!(matches!(&error, ControlError::ProfileTaken { name: taken } if taken == name), "{error}");
    }
    made(&control, profile("north", 5, "Östra")).await;
    let other = made(&control, profile("default", 6, "Another")).await;
    let error = control.profiles().update(&next(&other, "öSTRA"), &[]).await.unwrap_err();
    assert_eq!(error.to_string(), "security profile \"öSTRA\": there is one of that name; choose another name, or change that one");
    assert_eq!(control.profiles().get(&default(), other.id).await.unwrap().as_ref(), Some(&other));
    control.profiles().update(&next(&other, "ANOTHER"), &[]).await.unwrap();
}

async fn the_second_to_change_a_version_is_told_which_is_there(engine: Engine) {
    let place = Place::new(engine);
    let control = place.open().await.unwrap();
    let profiles = control.profiles();
    let north = made(&control, profile("default", 1, "North")).await;
    let first = next(&north, "First");
    profiles.update(&first, &[]).await.unwrap();
    let refused = [profiles.update(&next(&north, "Second"), &[]).await, profiles.delete(&default(), north.id, 1, &[]).await];
    for error in refused.map(Result::unwrap_err) {
        assert_eq!(
            error.to_string(),
            format!("security profile {}: expected version 1, found 2; read it again and repeat the change", north.id)
        );
    }
    assert_eq!(profiles.get(&default(), north.id).await.unwrap().as_ref(), Some(&first));
    profiles.delete(&default(), north.id, 2, &[]).await.unwrap();
    let gone = [profiles.update(&next(&first, "Third"), &[]).await, profiles.delete(&default(), north.id, 2, &[]).await];
    for error in gone.map(Result::unwrap_err) {
        assert!(matches!(error, ControlError::NotFound { what: "security profile", .. }), "{error}");
    }
    made(&control, profile("default", 2, "First")).await;
}

async fn of_many_who_change_or_delete_the_same_version_at_once_exactly_one_does(engine: Engine) {
    let place = Place::new(engine);
    let nodes = [place.open().await.unwrap(), place.open().await.unwrap()];
    for round in 1..=4_u128 {
        let north = made(&nodes[0], profile("default", round, &format!("North {round}"))).await;
        let outcomes = join_all((0..6_u128).map(|number| {
            let (control, to) = (nodes[number as usize % 2].clone(), next(&north, &format!("{round} by {number}")));
            let record = [record("default", round * 10 + number)];
            tokio::spawn(async move {
                match number % 3 {
                    0 => control.profiles().delete(&to.tenant, to.id, 1, &record).await,
                    _ => control.profiles().update(&to, &record).await,
                }
            })
        }));
        let mut done = 0;
        for outcome in outcomes.await {
            match outcome.unwrap() {
                Ok(()) => done += 1,
                Err(ControlError::VersionConflict { expected: 1, present: 2, .. } | ControlError::NotFound { .. }) => {}
                Err(error) => panic!("{error}"),
            }
        }
        assert_eq!((done, waiting(&nodes[0]).await.len()), (1, round as usize));
    }
}

async fn a_profile_that_somebody_has_is_not_deleted(engine: Engine) {
    let place = Place::new(engine);
    let control = place.open().await.unwrap();
    let north = made(&control, profile("default", 1, "North")).await;
    let other = made(&control, profile("default", 2, "Other")).await;
    for number in [3, 4] {
        let new = NewUser { profiles: vec![north.id.to_string()], ..user("default", number, &format!("agent{number}")) };
        control.users().create(&new, &[]).await.unwrap();
    }
    let error = control.profiles().delete(&default(), north.id, 1, &[record("default", 1)]).await.unwrap_err();
    assert_eq!(error.to_string(), "security profile \"North\": 2 users have it; take it from them first");
    let foreign = control.profiles().delete(&tenant("north"), north.id, 1, &[]).await.unwrap_err();
    assert!(matches!(foreign, ControlError::NotFound { .. }), "how many have it is told to nobody else: {foreign}");
    control.profiles().delete(&default(), other.id, 1, &[]).await.unwrap();
    for number in [3, 4] {
        let none = UserChange { profiles: Some(Vec::new()), ..UserChange::default() };
        control.users().update(&default(), Uuid::from_u128(number), 1, &none, "admin", at(9), &[]).await.unwrap();
    }
    control.profiles().delete(&default(), north.id, 1, &[]).await.unwrap();
    assert!(waiting(&control).await.is_empty());
}

async fn tenants_see_their_own_profiles_alone(engine: Engine) {
    let place = Place::new(engine);
    let control = place.open().await.unwrap();
    let profiles = control.profiles();
    let mine = made(&control, profile("default", 1, "North")).await;
    let north = tenant("north");
    assert_eq!(profiles.get(&north, mine.id).await.unwrap(), None);
    assert!(profiles.list(&north).await.unwrap().is_empty());
    let foreign = Profile { tenant: north.clone(), ..next(&mine, "Theirs") };
    assert!(matches!(profiles.update(&foreign, &[]).await, Err(ControlError::NotFound { .. })));
    assert!(matches!(profiles.delete(&north, mine.id, 1, &[]).await, Err(ControlError::NotFound { .. })));
    assert_eq!(profiles.list(&default()).await.unwrap(), [mine]);
}

async fn a_change_and_its_record_are_one(engine: Engine) {
    let place = Place::new(engine);
    let control = place.open().await.unwrap();
    let profiles = control.profiles();
    let north = profile("default", 1, "North");
    profiles.create(&north, &[record("default", 1)]).await.unwrap();
    let second = next(&north, "Second");
    profiles.update(&second, &[record("default", 2)]).await.unwrap();
    let other = made(&control, profile("default", 2, "Other")).await;
    profiles.delete(&default(), other.id, 1, &[record("default", 3)]).await.unwrap();
    assert_eq!(waiting(&control).await, [1, 2, 3]);

    // Without its record, a change is none.
    let twice = [record("default", 3)];
    let refused = [
        profiles.create(&profile("default", 3, "Third"), &twice).await,
        profiles.update(&next(&second, "Third"), &twice).await,
        profiles.delete(&default(), north.id, 2, &twice).await,
    ];
    for error in refused.map(Result::unwrap_err) {
        assert!(matches!(error, ControlError::RecordTwice { .. }), "{error}");
    }
    assert_eq!(profiles.list(&default()).await.unwrap(), [second]);

    // And of a change that is refused nothing is recorded.
    let next_record = [record("default", 4)];
    profiles.create(&profile("default", 4, "SECOND"), &next_record).await.unwrap_err();
    profiles.update(&next(&north, "Fourth"), &next_record).await.unwrap_err();
    profiles.delete(&default(), north.id, 1, &next_record).await.unwrap_err();
    assert_eq!(waiting(&control).await, [1, 2, 3]);
}

async fn a_damaged_profile_is_named(engine: Engine) {
    let place = Place::new(engine);
    let control = place.open().await.unwrap();
    let north = made(&control, profile("default", 1, "North")).await;
    place.sql("UPDATE security_profile SET permissions = '7'").await;
    for error in [
        control.profiles().get(&default(), north.id).await.map(drop).unwrap_err(),
        control.profiles().list(&default()).await.map(drop).unwrap_err(),
    ] {
        let expected = format!("security_profile {}: permissions: expected a JSON array of texts", north.id);
        assert!(error.to_string().contains(&expected), "{error}");
    }
}
