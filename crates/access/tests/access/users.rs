//! Users from their making on.

use futures::future::join_all;
use rollcall_access::{ADMIN, AccessError, Permission, SignInError, User, UserUpdate, UserWish, allows};
use rollcall_control::ControlError;
use rollcall_model::{Scope, TenantId};
use rollcall_test_postgres::{Engine, on_both_engines};
use serde_json::json;

use crate::fixture::{Fixture, PASSWORD, branch, members, operator, tenant};

on_both_engines![
    the_first_admin_is_made_once_however_many_make_one,
    two_admins_who_are_demoted_at_once_do_not_leave_nobody,
    of_several_who_make_the_same_account_at_once_one_does,
];

fn wish(account: &str, profiles: &[&str]) -> UserWish {
    let profiles = profiles.iter().map(|profile| (*profile).to_owned()).collect();
    UserWish { account: account.to_owned(), profiles, with_password: false, ..UserWish::default() }
}

fn demoted() -> UserUpdate {
    UserUpdate { profiles: Some(vec!["supervisor".to_owned()]), ..UserUpdate::default() }
}

fn disabled() -> UserUpdate {
    UserUpdate { active: Some(false), ..UserUpdate::default() }
}

fn is_last_holder(error: &AccessError) -> bool {
    matches!(error, AccessError::Control(ControlError::LastHolder { profile }) if profile == ADMIN)
}

async fn the_first_admin_is_made_once_however_many_make_one(engine: Engine) {
    let fixture = Fixture::new(engine).await;
    let other = fixture.another_node().await;
    for name in ["default", "one", "two", "three"] {
        let tenant = tenant(name);
        let made = join_all([&fixture.access, &other, &fixture.access, &other].map(|node| node.create_first_admin(&tenant))).await;
        let made: Vec<_> = made.into_iter().filter_map(Result::unwrap).collect();
        let [(account, password)] = made.as_slice() else { panic!("{} were made", made.len()) };
        let users = fixture.access.users(&tenant).await.unwrap();
        assert_eq!(
            users.iter().map(|user| (&user.account, user.profiles.as_slice())).collect::<Vec<_>>(),
            [(account, [ADMIN.to_owned()].as_slice())]
        );
        let records = fixture.records().await;
        assert_eq!(
            records.iter().map(|event| members(event, ["activity", "instance", "triggered_by_kind"])).collect::<Vec<_>>(),
            [["Created", "admin", "system"]]
        );
        assert!(!records[0].to_string().contains(password.as_str()));
        if name == "default" {
            let session = fixture.attempt(account, password).await.unwrap();
            let principal = fixture.who(&session).await.unwrap();
            assert!(Permission::ALL.iter().all(|permission| principal.scope_of(*permission) == Scope::All));
            fixture.records().await;
        }
        assert_eq!(other.create_first_admin(&tenant).await.unwrap(), None, "there is one already");
    }
}

async fn two_admins_who_are_demoted_at_once_do_not_leave_nobody(engine: Engine) {
    let fixture = Fixture::new(engine).await;
    let other = fixture.another_node().await;
    let by = operator();
    for round in 0..20 {
        let tenant = tenant(&format!("tenant{round}"));
        let by = rollcall_access::Principal { tenant: tenant.clone(), ..by.clone() };
        let (one, two) = (fixture.user_of(&tenant, "one", &[ADMIN]).await, fixture.user_of(&tenant, "two", &[ADMIN]).await);
        let (first, second) = if round % 2 == 0 { (demoted(), demoted()) } else { (demoted(), disabled()) };
        let (first, second) = tokio::join!(fixture.access.update_user(&by, &one, &first), other.update_user(&by, &two, &second));
        let refused = match (first, second) {
            (Ok(_), Err(refused)) | (Err(refused), Ok(_)) => refused,
            (first, second) => panic!("round {round}: {first:?}, {second:?}"),
        };
        assert!(is_last_holder(&refused), "{refused}");
        let left = fixture.access.users(&tenant).await.unwrap();
        assert_eq!(left.iter().filter(|user| user.active && user.profiles == [ADMIN]).count(), 1);
        assert_eq!(fixture.records().await.len(), 1, "of what was refused nothing is recorded");
    }
}

async fn of_several_who_make_the_same_account_at_once_one_does(engine: Engine) {
    let fixture = Fixture::new(engine).await;
    let other = fixture.another_node().await;
    let by = operator();
    for round in 0..5 {
        let wishes = ["mara", "MARA", "Mara", "mARA"].map(|account| wish(&format!("{account}.{round}"), &[]));
        let nodes = [&fixture.access, &other, &fixture.access, &other];
        let made = join_all(nodes.iter().zip(&wishes).map(|(node, wish)| node.create_user(&by, wish))).await;
        assert_eq!(made.iter().filter(|made| made.is_ok()).count(), 1);
        for error in made.into_iter().filter_map(Result::err) {
            assert!(matches!(error, AccessError::Control(ControlError::UserTaken { .. })), "{error}");
        }
        assert_eq!(fixture.records().await.len(), 1);
    }
}

#[tokio::test]
async fn the_last_admin_who_may_sign_in_stays_one() {
    let fixture = Fixture::new(Engine::Sqlite).await;
    let one = fixture.user("one", &[ADMIN]).await;
    let two = fixture.user("two", &["supervisor", ADMIN]).await;
    let two = fixture.access.update_user(&operator(), &two, &disabled()).await.unwrap();
    for update in [demoted(), disabled(), UserUpdate { profiles: Some(Vec::new()), ..UserUpdate::default() }] {
        let error = fixture.access.update_user(&operator(), &one, &update).await.unwrap_err();
        assert!(is_last_holder(&error), "{error}");
    }
    assert_eq!(fixture.read(&one).await, one);
    assert_eq!(fixture.activities().await, ["Disabled"]);
    let renamed = UserUpdate { display_name: Some("One".to_owned()), ..UserUpdate::default() };
    let one = fixture.access.update_user(&operator(), &one, &renamed).await.unwrap();
    let enabled = UserUpdate { active: Some(true), ..UserUpdate::default() };
    fixture.access.update_user(&operator(), &two, &enabled).await.unwrap();
    fixture.access.update_user(&operator(), &one, &demoted()).await.unwrap();
}

#[tokio::test]
async fn a_new_user_signs_in_with_the_password_that_was_shown_and_must_choose_another() {
    let fixture = Fixture::new(Engine::Sqlite).await;
    let (_, root) = fixture.signed_in("root", &[ADMIN]).await;
    fixture.records().await;
    let wish = UserWish {
        account: " mara.lind ".to_owned(),
        display_name: Some("Mara Lind".to_owned()),
        email: Some("mara@example.com".to_owned()),
        employee_id: Some(" 4711 ".to_owned()),
        profiles: vec!["supervisor".to_owned()],
        with_password: true,
    };
    let (user, password) = fixture.access.create_user(&root, &wish).await.unwrap();
    let password = password.unwrap();
    assert_eq!((user.account.as_str(), user.display_name.as_str(), user.employee_id.as_deref()), ("mara.lind", "Mara Lind", Some("4711")));
    assert!(user.active && user.version == 1 && user.credentials.must_change_password);
    let records = fixture.records().await;
    assert_eq!(
        records.iter().map(|event| members(event, ["entity", "activity", "instance", "triggered_by_id"])).collect::<Vec<_>>(),
        [["User", "Created", "mara.lind", "root"]]
    );
    assert_eq!(
        records[0]["details"],
        json!({"before": null, "after": {
            "account": "mara.lind", "display_name": "Mara Lind", "email": "mara@example.com", "employee_id": "4711",
            "profiles": ["supervisor"], "active": true,
        }})
    );
    let session = fixture.attempt("mara.lind", &password).await.unwrap();
    assert!(fixture.who(&session).await.unwrap().grants.is_empty());
}

#[tokio::test]
async fn a_user_without_a_password_is_called_as_their_account_and_signs_in_with_none() {
    let fixture = Fixture::new(Engine::Sqlite).await;
    let (user, password) = fixture.access.create_user(&operator(), &wish("mara", &[])).await.unwrap();
    assert_eq!((password, user.display_name.as_str(), user.credentials.password_hash.as_deref()), (None, "mara", None));
    assert!(!user.credentials.must_change_password);
    for password in ["", "mara", PASSWORD] {
        assert!(matches!(fixture.attempt("mara", password).await, Err(SignInError::Refused)));
    }
}

#[tokio::test]
async fn what_makes_no_sense_is_not_made_and_not_recorded() {
    let fixture = Fixture::new(Engine::Sqlite).await;
    fixture.user("taken", &[]).await;
    let long = "x".repeat(201);
    let with_email = |email: &str| UserWish { email: Some(email.to_owned()), ..wish("mara", &[]) };
    for (wish, told) in [
        (wish(" ", &[]), "account: expected 1 to 200 characters"),
        (wish(&long, &[]), "account: expected 1 to 200 characters"),
        (wish("ma\nra", &[]), "account: expected 1 to 200 characters without control characters"),
        (with_email("mara\0@example.com"), "email: expected"),
        (wish("mara", &["teleporter"]), "profiles: expected ids of security profiles, such as supervisor; there is none \"teleporter\""),
        (wish("TAKEN", &[]), "user \"TAKEN\": there is one of that account"),
    ] {
        let error = fixture.access.create_user(&operator(), &wish).await.unwrap_err();
        assert!(error.to_string().starts_with(told), "{error}");
    }
    assert_eq!(fixture.access.users(&TenantId::default()).await.unwrap().len(), 1);
    assert!(fixture.records().await.is_empty());
}

#[tokio::test]
async fn a_change_is_recorded_with_what_was_before_and_what_is_after() {
    let fixture = Fixture::new(Engine::Sqlite).await;
    let mara = fixture.user("mara", &["agent"]).await;
    let update = UserUpdate {
        display_name: Some(" Mara Lind ".to_owned()),
        email: Some(Some("mara@example.com".to_owned())),
        employee_id: Some(None),
        profiles: Some(vec!["supervisor".to_owned(), "agent".to_owned()]),
        active: None,
    };
    let changed = fixture.access.update_user(&operator(), &mara, &update).await.unwrap();
    let expected = User {
        display_name: "Mara Lind".to_owned(),
        email: Some("mara@example.com".to_owned()),
        employee_id: None,
        profiles: vec!["agent".to_owned(), "supervisor".to_owned()],
        version: 2,
        ..mara.clone()
    };
    assert_eq!(changed, expected);
    assert_eq!(fixture.read(&mara).await, expected);
    let records = fixture.records().await;
    assert_eq!(members(&records[0], ["entity", "activity", "instance", "effect"]), ["User", "Updated", "mara", "change"]);
    let details = &records[0]["details"];
    assert_eq!(details["before"]["profiles"], json!(["agent"]));
    assert_eq!(details["after"]["display_name"], "Mara Lind");
    assert_eq!((&details["before"]["employee_id"], &details["after"]["employee_id"]), (&json!("e-mara"), &json!(null)));
    let second = fixture.access.update_user(&operator(), &mara, &disabled()).await.unwrap_err();
    assert!(matches!(second, AccessError::Control(ControlError::VersionConflict { expected: 1, present: 2, .. })), "{second}");
}

#[tokio::test]
async fn nobody_gives_profiles_that_give_more_than_they_have() {
    let fixture = Fixture::new(Engine::Sqlite).await;
    let own = [Permission::UsersEdit, Permission::LoginLogoutView];
    let all = fixture.profile("All", &own, Scope::All).await;
    let north = fixture.profile("North", &[Permission::LoginLogoutView], branch("North")).await;
    let south = fixture.profile("South", &[Permission::LoginLogoutAll], branch("South")).await;
    let (_, by) = fixture.signed_in("all", &[&all]).await;
    let (_, northern) = fixture.signed_in("north", &[&north]).await;
    let access = &fixture.access;
    for (by, profile) in [(&by, ADMIN), (&by, "auditor"), (&by, south.as_str()), (&northern, all.as_str())] {
        let error = access.create_user(by, &wish("more", &[profile])).await.unwrap_err();
        assert!(matches!(error, AccessError::MoreThanOwn(_)), "{profile}: {error}");
        let nobody = fixture.user(&format!("nobody.{profile}"), &[]).await;
        let more = UserUpdate { profiles: Some(vec![profile.to_owned()]), ..UserUpdate::default() };
        let error = access.update_user(by, &nobody, &more).await.unwrap_err();
        assert!(matches!(error, AccessError::MoreThanOwn(_)), "{profile}: {error}");
    }
    access.create_user(&by, &wish("as.much", &[&all])).await.unwrap();
    access.create_user(&by, &wish("a.part", &[&north])).await.unwrap();
    access.create_user(&northern, &wish("same.part", &[&north])).await.unwrap();
}

#[tokio::test]
async fn nobody_changes_somebody_who_has_more_rights() {
    let fixture = Fixture::new(Engine::Sqlite).await;
    let editor = fixture.profile("User editor", &[Permission::UsersEdit], Scope::All).await;
    let (_, by) = fixture.signed_in("editor", &[&editor]).await;
    assert!(allows(&by, Permission::UsersEdit).is_ok());
    let root = fixture.user("root", &[ADMIN]).await;
    fixture.user("second", &[ADMIN]).await;
    let access = &fixture.access;
    fixture.records().await;
    let renamed = UserUpdate { display_name: Some("Rooted".to_owned()), ..UserUpdate::default() };
    let refused = [
        access.update_user(&by, &root, &renamed).await.map(|_| ()),
        access.update_user(&by, &root, &disabled()).await.map(|_| ()),
        access.update_user(&by, &root, &demoted()).await.map(|_| ()),
        access.reset_password(&by, &root).await.map(|_| ()),
        access.reset_second_factor(&by, &root).await.map(|_| ()),
    ];
    for error in refused.map(Result::unwrap_err) {
        assert!(matches!(error, AccessError::MoreThanOwn(_)), "{error}");
    }
    assert_eq!(fixture.read(&root).await, root);
    assert!(fixture.records().await.is_empty());
    let less = fixture.user("less", &[]).await;
    access.update_user(&by, &less, &renamed).await.unwrap();
}

#[tokio::test]
async fn a_profile_that_is_gone_gives_nothing_and_hinders_nobody() {
    let fixture = Fixture::new(Engine::Sqlite).await;
    let mara = fixture.user("mara", &["starfleet", "agent"]).await;
    let session = fixture.sign_in(&mara).await;
    let principal = fixture.who(&session).await.unwrap();
    assert_eq!(principal.grants.len(), 1);
    assert!(allows(&principal, Permission::OwnSessionsView).is_ok());
    let renamed = UserUpdate { display_name: Some("Mara".to_owned()), ..UserUpdate::default() };
    fixture.access.update_user(&operator(), &mara, &renamed).await.unwrap();
}

#[tokio::test]
async fn a_password_that_was_reset_ends_the_sessions_and_must_be_changed() {
    let fixture = Fixture::new(Engine::Sqlite).await;
    let mara = fixture.user("mara", &["supervisor"]).await;
    let session = fixture.sign_in(&mara).await;
    fixture.records().await;
    let password = fixture.access.reset_password(&operator(), &mara).await.unwrap();
    assert!(fixture.who(&session).await.is_err());
    let records = fixture.records().await;
    assert_eq!(
        records.iter().map(|event| members(event, ["activity", "triggered_by_id", "summary"])).collect::<Vec<_>>(),
        [["Password Reset", "operator", "Password Reset: the user \"mara\""], ["forced_sign_out", "operator", "The password was reset"],]
    );
    assert!(matches!(fixture.attempt("mara", PASSWORD).await, Err(SignInError::Refused)));
    let session = fixture.attempt("mara", &password).await.unwrap();
    assert!(fixture.who(&session).await.unwrap().grants.is_empty());
}

#[tokio::test]
async fn who_has_lost_their_second_factor_signs_in_without_it_after_it_was_taken_away() {
    let fixture = Fixture::new(Engine::Sqlite).await;
    let (mara, principal) = fixture.signed_in("mara", &[]).await;
    let (_, recovery) = fixture.enrol(&principal).await;
    fixture.records().await;
    let changed = fixture.access.reset_second_factor(&operator(), &fixture.read(&mara).await).await.unwrap();
    assert_eq!(changed.credentials.recovery_codes, Vec::<String>::new());
    assert_eq!((changed.credentials.totp_secret, changed.credentials.totp_pending), (None, None));
    assert_eq!(fixture.activities().await, ["Second Factor Removed", "forced_sign_out"]);
    fixture.attempt_with("mara", PASSWORD, Some(&recovery[0]), false).await.unwrap();
}
