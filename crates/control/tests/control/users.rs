//! Users: one for each account, changed by one at a time, and never without the last holder of a profile.

use futures::future::join_all;
use rollcall_control::users::{Credentials, NewUser, User, UserChange, account_key};
use rollcall_control::{Control, ControlError};
use rollcall_model::TenantId;
use rollcall_test_postgres::{Engine, on_both_engines};
use uuid::Uuid;

use crate::fixture::{Place, at, record, tenant, user, waiting};

on_both_engines![
    a_user_comes_back_as_they_were_made,
    what_is_not_to_be_otherwise_stays_as_it_is,
    an_account_is_unique_per_tenant_whatever_its_case,
    a_subject_of_a_provider_is_one_user,
    the_second_to_change_a_version_is_told_which_is_there,
    of_many_who_change_the_same_version_at_once_exactly_one_does,
    the_first_user_is_made_once_by_many_at_once,
    the_last_active_holder_of_a_profile_stays,
    of_two_holders_who_give_up_at_once_one_stays,
    a_step_counts_once_and_only_upwards,
    a_recovery_code_counts_once_and_is_a_new_version,
    tenants_see_their_own_users_alone,
    a_change_and_its_record_are_one,
    a_damaged_user_is_named,
];

const KEPT: &str = "admin";

fn default() -> TenantId {
    TenantId::default()
}

fn with_profiles(profiles: &[&str], new: NewUser) -> NewUser {
    NewUser { profiles: profiles.iter().map(|profile| (*profile).to_owned()).collect(), ..new }
}

fn named(name: &str) -> UserChange {
    UserChange { display_name: Some(name.to_owned()), ..UserChange::default() }
}

fn given(profiles: &[&str]) -> UserChange {
    UserChange { profiles: Some(profiles.iter().map(|profile| (*profile).to_owned()).collect()), ..UserChange::default() }
}

async fn change(control: &Control, user: &User, to: &UserChange) -> Result<User, ControlError> {
    control.users().update(&user.tenant, user.id, user.version, to, KEPT, at(50), &[]).await
}

async fn a_user_comes_back_as_they_were_made(engine: Engine) {
    let place = Place::new(engine);
    let control = place.open().await.unwrap();
    let new = with_profiles(&["supervisor", "agent", "supervisor"], user("default", 7, "Mara"));
    let made = control.users().create(&new, &[]).await.unwrap();
    let expected = User {
        id: new.id,
        tenant: new.tenant,
        account: new.account,
        display_name: new.display_name,
        email: new.email,
        employee_id: new.employee_id,
        profiles: vec!["agent".to_owned(), "supervisor".to_owned()],
        credentials: new.credentials,
        active: true,
        version: 1,
        created_at: at(7),
        changed_at: at(7),
        last_sign_in_at: None,
    };
    assert_eq!(made, expected);
    let plain = NewUser { email: None, employee_id: None, credentials: Credentials::default(), ..user("default", 8, "Rune") };
    let plain = control.users().create(&plain, &[]).await.unwrap();
    control.close().await.unwrap();
    let again = place.open().await.unwrap();
    assert_eq!(again.users().get(&default(), new.id).await.unwrap(), Some(expected.clone()));
    assert_eq!(again.users().list(&default()).await.unwrap(), [expected, plain]);
    assert_eq!(again.users().get(&default(), Uuid::from_u128(9)).await.unwrap(), None);
}

async fn what_is_not_to_be_otherwise_stays_as_it_is(engine: Engine) {
    let place = Place::new(engine);
    let control = place.open().await.unwrap();
    let none = UserChange::default();
    type After = fn(User) -> User;
    let changes: [(UserChange, After); 8] = [
        (named("Mara"), |user| User { display_name: "Mara".to_owned(), ..user }),
        (UserChange { email: Some(None), ..none.clone() }, |user| User { email: None, ..user }),
        (UserChange { employee_id: Some(Some("x".to_owned())), ..none.clone() }, |user| User { employee_id: Some("x".to_owned()), ..user }),
        (given(&["b", "a"]), |user| User { profiles: vec!["a".to_owned(), "b".to_owned()], ..user }),
        (given(&[]), |user| User { profiles: Vec::new(), ..user }),
        (UserChange { active: Some(false), ..none.clone() }, |user| User { active: false, ..user }),
        (UserChange { credentials: Some(Credentials::default()), ..none.clone() }, |user| User {
            credentials: Credentials::default(),
            ..user
        }),
        (none, |user| user),
    ];
    for (number, (to, after)) in (1..).zip(changes) {
        let new = with_profiles(&["agent"], user("default", number, &format!("agent{number}")));
        let made = control.users().create(&new, &[]).await.unwrap();
        let changed = change(&control, &made, &to).await.unwrap();
        let expected = User { version: 2, changed_at: at(50), ..after(made) };
        assert_eq!(changed, expected);
        assert_eq!(control.users().get(&default(), expected.id).await.unwrap(), Some(expected));
    }
}

async fn an_account_is_unique_per_tenant_whatever_its_case(engine: Engine) {
    let place = Place::new(engine);
    let control = place.open().await.unwrap();
    let made = control.users().create(&user("default", 1, " Östra.Strauß "), &[]).await.unwrap();
    assert_eq!(made.account, "Östra.Strauß");
    for (number, account) in [(2, "Östra.Strauß"), (3, "ÖSTRA.STRAUSS"), (4, "\töstra.strauß")] {
        let new = NewUser { credentials: Credentials::default(), ..user("default", number, account) };
        let error = control.users().create(&new, &[]).await.unwrap_err();
        assert!(matches!(&error, ControlError::UserTaken { account: taken } if taken == account.trim()), "{error}");
        assert_eq!(control.users().find(&default(), account).await.unwrap().as_ref(), Some(&made));
        assert_eq!(account_key(account), account_key(&made.account));
    }
    assert_eq!(control.users().list(&default()).await.unwrap(), [made]);
    control.users().create(&user("north", 5, "Östra.Strauß"), &[]).await.unwrap();
    assert_eq!(control.users().find(&default(), "Östra").await.unwrap(), None);
    assert_eq!(control.users().find(&default(), "Östra\0").await.unwrap(), None);
}

async fn a_subject_of_a_provider_is_one_user(engine: Engine) {
    let place = Place::new(engine);
    let control = place.open().await.unwrap();
    let made = control.users().create(&user("default", 1, "mara"), &[]).await.unwrap();
    let (issuer, subject) = made.credentials.openid.clone().unwrap();
    assert_eq!(control.users().find_openid(&default(), &issuer, &subject).await.unwrap().as_ref(), Some(&made));
    for (tenant, issuer, subject) in [
        (tenant("north"), issuer.as_str(), subject.as_str()),
        (default(), "https://other.example.com", &subject),
        (default(), &issuer, "subject"),
    ] {
        assert_eq!(control.users().find_openid(&tenant, issuer, subject).await.unwrap(), None);
    }
    let openid = Credentials { openid: made.credentials.openid.clone(), ..Credentials::default() };
    let same = NewUser { credentials: openid.clone(), ..user("default", 2, "rune") };
    let error = control.users().create(&same, &[]).await.unwrap_err();
    assert!(matches!(error, ControlError::OpenIdTaken), "{error}");
    let other = control.users().create(&user("default", 3, "rune"), &[]).await.unwrap();
    let to = UserChange { credentials: Some(openid), ..UserChange::default() };
    let error = change(&control, &other, &to).await.unwrap_err();
    assert!(matches!(error, ControlError::OpenIdTaken), "{error}");
    assert_eq!(control.users().list(&default()).await.unwrap(), [made, other]);
}

async fn the_second_to_change_a_version_is_told_which_is_there(engine: Engine) {
    let place = Place::new(engine);
    let control = place.open().await.unwrap();
    let made = control.users().create(&user("default", 1, "mara"), &[]).await.unwrap();
    let first = change(&control, &made, &named("First")).await.unwrap();
    let error = change(&control, &made, &named("Second")).await.unwrap_err();
    assert_eq!(error.to_string(), format!("user {}: expected version 1, found 2; read it again and repeat the change", made.id));
    assert_eq!(control.users().get(&default(), made.id).await.unwrap(), Some(first));
    let never = change(&control, &User { version: i64::MAX, ..made.clone() }, &named("Second")).await;
    assert!(matches!(never, Err(ControlError::VersionConflict { .. })));
    let nobody = change(&control, &User { id: Uuid::from_u128(9), ..made }, &named("Nobody")).await.unwrap_err();
    assert!(matches!(nobody, ControlError::NotFound { what: "user", .. }), "{nobody}");
}

async fn of_many_who_change_the_same_version_at_once_exactly_one_does(engine: Engine) {
    let place = Place::new(engine);
    let nodes = [place.open().await.unwrap(), place.open().await.unwrap()];
    let made = nodes[0].users().create(&user("default", 1, "mara"), &[]).await.unwrap();
    let change = |number: usize| {
        let control = nodes[number % 2].clone();
        async move {
            let (record, to) = (record("default", number as u128), given(&[&format!("profile {number}")]));
            let outcome = control.users().update(&default(), made.id, 1, &to, KEPT, at(50), std::slice::from_ref(&record)).await;
            outcome.map(|user| (user, record.event_id.as_u128()))
        }
    };
    let mut done = Vec::new();
    for outcome in join_all((1..=8).map(|number| tokio::spawn(change(number)))).await {
        match outcome.unwrap() {
            Ok(change) => done.push(change),
            Err(error) => assert!(matches!(error, ControlError::VersionConflict { expected: 1, present: 2, .. }), "{error}"),
        }
    }
    let [(user, recorded)] = done.as_slice() else { panic!("{} have changed them", done.len()) };
    assert_eq!(nodes[1].users().list(&default()).await.unwrap(), std::slice::from_ref(user));
    assert_eq!(waiting(&nodes[1]).await, [*recorded]);
}

async fn the_first_user_is_made_once_by_many_at_once(engine: Engine) {
    let place = Place::new(engine);
    let nodes = [place.open().await.unwrap(), place.open().await.unwrap()];
    for (round, name) in (0_u128..).zip(["default", "north", "south"]) {
        let make = |number: u128| {
            let control = nodes[number as usize % 2].clone();
            let number = round * 10 + number;
            let new = with_profiles(&[KEPT], user(name, number, &format!("admin{number}")));
            async move { control.users().create_first(&new, &[record(name, number)]).await.unwrap() }
        };
        assert!(!nodes[0].users().any(&tenant(name)).await.unwrap());
        let made = join_all((1..=8).map(|number| tokio::spawn(make(number)))).await;
        assert_eq!(made.into_iter().filter(|made| *made.as_ref().unwrap()).count(), 1);
        let users = nodes[0].users().list(&tenant(name)).await.unwrap();
        assert_eq!((users.len(), users[0].profiles.as_slice()), (1, [KEPT.to_owned()].as_slice()));
        assert!(nodes[0].users().any(&tenant(name)).await.unwrap());
    }
    assert_eq!(waiting(&nodes[0]).await.len(), 3);
}

async fn the_last_active_holder_of_a_profile_stays(engine: Engine) {
    let place = Place::new(engine);
    let control = place.open().await.unwrap();
    let one = control.users().create(&with_profiles(&[KEPT], user("default", 1, "one")), &[]).await.unwrap();
    let two = control.users().create(&with_profiles(&[KEPT, "agent"], user("default", 2, "two")), &[]).await.unwrap();
    control.users().create(&with_profiles(&[KEPT], user("north", 3, "three")), &[]).await.unwrap();
    let off = UserChange { active: Some(false), ..UserChange::default() };
    let two = change(&control, &two, &off).await.unwrap();
    for to in [off, given(&["agent"]), given(&[])] {
        let error = change(&control, &one, &to).await.unwrap_err();
        assert!(matches!(&error, ControlError::LastHolder { profile } if profile == KEPT), "{error}");
        assert_eq!(control.users().get(&default(), one.id).await.unwrap().as_ref(), Some(&one));
    }
    change(&control, &one, &given(&[KEPT, "agent"])).await.unwrap();
    // Where nobody has it, nobody keeps it.
    let alone = control.users().create(&user("south", 4, "alone"), &[]).await.unwrap();
    change(&control, &alone, &UserChange { active: Some(false), ..UserChange::default() }).await.unwrap();
    change(&control, &two, &given(&["agent"])).await.unwrap();
}

async fn of_two_holders_who_give_up_at_once_one_stays(engine: Engine) {
    let place = Place::new(engine);
    let nodes = [place.open().await.unwrap(), place.open().await.unwrap()];
    for round in 0..20_u128 {
        let name = format!("tenant{round}");
        let make = async |number: u128, account: &str| {
            let new = with_profiles(&[KEPT], user(&name, round * 10 + number, account));
            nodes[0].users().create(&new, &[]).await.unwrap()
        };
        let (one, two) = (make(1, "one").await, make(2, "two").await);
        let off = UserChange { active: Some(false), ..UserChange::default() };
        let first = if round % 2 == 0 { given(&[]) } else { off };
        let second = given(&["agent"]);
        let outcomes = tokio::join!(change(&nodes[0], &one, &first), change(&nodes[1], &two, &second));
        let refused = match outcomes {
            (Ok(_), Err(error)) | (Err(error), Ok(_)) => error,
            outcomes => panic!("round {round}: {outcomes:?}"),
        };
        assert!(matches!(refused, ControlError::LastHolder { .. }), "{refused}");
    }
}

async fn a_step_counts_once_and_only_upwards(engine: Engine) {
    let place = Place::new(engine);
    let control = place.open().await.unwrap();
    let users = control.users();
    let made = users.create(&user("default", 1, "mara"), &[]).await.unwrap();
    for (step, counts) in [(10, true), (10, false), (9, false), (12, true), (11, false), (13, true)] {
        assert_eq!(users.step_counts(made.id, step).await.unwrap(), counts, "{step}");
        assert_eq!(users.use_step(made.id, step).await.unwrap(), counts, "{step}");
    }
    assert!(!users.use_step(Uuid::from_u128(9), 1).await.unwrap(), "nobody");
    let node = place.open().await.unwrap();
    let used = join_all((0..8).map(|number| {
        let control = if number % 2 == 0 { control.clone() } else { node.clone() };
        tokio::spawn(async move { control.users().use_step(made.id, 20).await.unwrap() })
    }));
    assert_eq!(used.await.into_iter().filter(|used| *used.as_ref().unwrap()).count(), 1);
}

async fn a_recovery_code_counts_once_and_is_a_new_version(engine: Engine) {
    let place = Place::new(engine);
    let nodes = [place.open().await.unwrap(), place.open().await.unwrap()];
    let made = nodes[0].users().create(&user("default", 1, "mara"), &[]).await.unwrap();
    let (had, left) = (["one".to_owned(), "two".to_owned()], ["two".to_owned()]);
    let used = join_all((0..8).map(|number: usize| {
        let (control, had, left) = (nodes[number % 2].clone(), had.clone(), left.clone());
        tokio::spawn(async move { control.users().use_recovery_code(made.id, &had, &left).await.unwrap() })
    }));
    assert_eq!(used.await.into_iter().filter(|used| *used.as_ref().unwrap()).count(), 1);
    let present = nodes[0].users().get(&default(), made.id).await.unwrap().unwrap();
    assert_eq!((present.credentials.recovery_codes.as_slice(), present.version), (left.as_slice(), 2));
    let to = UserChange { credentials: Some(made.credentials.clone()), ..UserChange::default() };
    let error = change(&nodes[0], &made, &to).await.unwrap_err();
    assert!(matches!(error, ControlError::VersionConflict { expected: 1, present: 2, .. }), "nobody gives it back: {error}");
}

async fn tenants_see_their_own_users_alone(engine: Engine) {
    let place = Place::new(engine);
    let control = place.open().await.unwrap();
    let made = control.users().create(&with_profiles(&["agent"], user("default", 1, "mara")), &[]).await.unwrap();
    let north = tenant("north");
    assert_eq!(control.users().get(&north, made.id).await.unwrap(), None);
    assert_eq!(control.users().find(&north, "mara").await.unwrap(), None);
    assert!(control.users().list(&north).await.unwrap().is_empty() && !control.users().any(&north).await.unwrap());
    let foreign = change(&control, &User { tenant: north, ..made.clone() }, &given(&[])).await.unwrap_err();
    assert!(matches!(foreign, ControlError::NotFound { .. }), "{foreign}");
    assert_eq!(control.users().list(&default()).await.unwrap(), [made]);
}

async fn a_change_and_its_record_are_one(engine: Engine) {
    let place = Place::new(engine);
    let control = place.open().await.unwrap();
    let users = control.users();
    let made = users.create(&with_profiles(&[KEPT], user("default", 1, "mara")), &[record("default", 1)]).await.unwrap();
    let changed = users.update(&default(), made.id, 1, &named("Mara"), KEPT, at(9), &[record("default", 2)]).await.unwrap();
    assert!(users.create_first(&user("north", 2, "first"), &[record("north", 3)]).await.unwrap());
    assert_eq!(waiting(&control).await, [1, 2, 3]);

    // Without its record, a change is none.
    let twice = [record("default", 2)];
    let refused = [
        users.create(&user("default", 3, "rune"), &twice).await.map(drop),
        users.update(&default(), made.id, 2, &given(&[KEPT, "agent"]), KEPT, at(9), &twice).await.map(drop),
        users.create_first(&user("south", 4, "first"), &[record("north", 3)]).await.map(drop),
    ];
    for error in refused.map(Result::unwrap_err) {
        assert!(matches!(error, ControlError::RecordTwice { .. }), "{error}");
    }
    assert_eq!(users.list(&default()).await.unwrap(), [changed]);
    assert!(!users.any(&tenant("south")).await.unwrap());

    // And of a change that is refused nothing is recorded.
    let next = [record("default", 5)];
    users.create(&user("default", 5, "MARA"), &next).await.unwrap_err();
    users.update(&default(), made.id, 1, &named("Mara"), KEPT, at(9), &next).await.unwrap_err();
    users.update(&default(), made.id, 2, &given(&[]), KEPT, at(9), &next).await.unwrap_err();
    assert!(!users.create_first(&user("default", 6, "second"), &next).await.unwrap());
    assert_eq!(waiting(&control).await, [1, 2, 3]);
}

async fn a_damaged_user_is_named(engine: Engine) {
    let place = Place::new(engine);
    let control = place.open().await.unwrap();
    let made = control.users().create(&user("default", 1, "mara"), &[]).await.unwrap();
    for (damage, told) in [
        ("recovery_codes = 'some'", "recovery_codes: expected a JSON array of texts"),
        ("recovery_codes = '[]', changed_at = 9223372036854775807", "changed_at: expected UTC microseconds, got 9223372036854775807"),
        ("changed_at = 0, last_sign_in_at = 9223372036854775807", "last_sign_in_at: expected UTC microseconds"),
    ] {
        place.sql(&format!("UPDATE user_account SET {damage}")).await;
        let errors = [
            control.users().get(&default(), made.id).await.map(drop),
            control.users().find(&default(), "mara").await.map(drop),
            control.users().list(&default()).await.map(drop),
        ];
        for error in errors.map(Result::unwrap_err) {
            assert!(error.to_string().contains(&format!("user_account {}: {told}", made.id)), "{error}");
        }
    }
}
