//! One's own account: another password, the second factor, and what must be done first.

use rollcall_access::password::WeakPassword;
use rollcall_access::{AccessError, AuthError, NewSession, Permission, Principal, Restriction, SignInError, SignInSettings, User, allows};
use rollcall_control::users::UserChange;
use rollcall_test_postgres::Engine;

use crate::fixture::{Codes, Fixture, HASH, PASSWORD, at, members, operator};

const ANOTHER: &str = "another horse battery";

fn restriction(principal: &Principal) -> Option<Restriction> {
    principal.signed_in().unwrap().restriction
}

/// Lets somebody who knows their password choose another one first.
async fn must_change(fixture: &Fixture, user: &User) {
    let mut credentials = user.credentials.clone();
    credentials.must_change_password = true;
    let to = UserChange { credentials: Some(credentials), ..UserChange::default() };
    fixture.control.users().update(&user.tenant, user.id, user.version, &to, "admin", at(0), &[]).await.unwrap();
}

async fn may_do_nothing(fixture: &Fixture, session: &NewSession, first: Restriction) -> Principal {
    let principal = fixture.who(session).await.unwrap();
    assert_eq!(restriction(&principal), Some(first));
    for permission in Permission::ALL {
        let denied = allows(&principal, *permission).unwrap_err();
        assert_eq!(denied.restriction, Some(first));
        assert!(denied.to_string().contains("first"), "{denied}");
    }
    principal
}

#[tokio::test]
async fn another_password_ends_ones_other_sessions_and_not_the_own_one() {
    let fixture = Fixture::new(Engine::Sqlite).await;
    let mara = fixture.user("mara", &["agent"]).await;
    let (own, other) = (fixture.sign_in(&mara).await, fixture.sign_in(&mara).await);
    let by = fixture.who(&own).await.unwrap();
    fixture.who(&other).await.unwrap();
    fixture.records().await;
    fixture.access.change_password(&by, PASSWORD, ANOTHER).await.unwrap();
    fixture.who(&own).await.unwrap();
    assert!(matches!(fixture.who(&other).await, Err(AuthError::NoSession)));
    let records = fixture.records().await;
    let told: Vec<_> = records.iter().map(|event| members(event, ["activity", "triggered_by_id", "session_id"])).collect();
    assert_eq!(told, [["Password Changed", "mara", "-"], ["forced_sign_out", "mara", &other.id.to_string()]]);
    assert!(matches!(fixture.attempt("mara", PASSWORD).await, Err(SignInError::Refused)));
    fixture.attempt("mara", ANOTHER).await.unwrap();
}

#[tokio::test]
async fn a_password_that_breaks_the_rule_is_not_taken() {
    let fixture = Fixture::new(Engine::Sqlite).await;
    let (mara, by) = fixture.signed_in("mara.lind", &[]).await;
    fixture.records().await;
    let weak = async |new: &str| match fixture.access.change_password(&by, PASSWORD, new).await {
        Err(AccessError::WeakPassword(weak)) => weak,
        other => panic!("{new}: {other:?}"),
    };
    assert_eq!(weak("elevenchars").await, WeakPassword::Short(11));
    assert_eq!(weak("aabbaabbaabb").await, WeakPassword::Monotonous(2));
    assert_eq!(weak("my Mara.Lind password").await, WeakPassword::HoldsAccount);
    assert_eq!(weak(&"abcdefgh".repeat(65)).await, WeakPassword::Long(520));
    let same = fixture.access.change_password(&by, PASSWORD, PASSWORD).await.unwrap_err();
    assert_eq!(same.to_string(), "new_password: expected another password than the present one");
    let wrong = fixture.access.change_password(&by, ANOTHER, "yet another horse").await.unwrap_err();
    assert_eq!(wrong.to_string(), "the present password or code is wrong");
    assert_eq!(fixture.read(&mara).await.credentials.password_hash.as_deref(), Some(HASH));
    assert!(fixture.records().await.is_empty());
    assert!(matches!(fixture.access.change_password(&operator(), PASSWORD, ANOTHER).await, Err(AccessError::Conflict(_))));
}

#[tokio::test]
async fn who_must_choose_another_password_may_do_nothing_else_until_then() {
    let fixture = Fixture::new(Engine::Sqlite).await;
    let mara = fixture.user("mara", &["admin"]).await;
    must_change(&fixture, &mara).await;
    let session = fixture.sign_in(&mara).await;
    let principal = may_do_nothing(&fixture, &session, Restriction::ChangePassword).await;
    fixture.access.change_password(&principal, PASSWORD, ANOTHER).await.unwrap();
    let principal = fixture.who(&session).await.unwrap();
    assert_eq!(restriction(&principal), None);
    assert!(allows(&principal, Permission::UsersEdit).is_ok());
}

#[tokio::test]
async fn who_must_use_one_time_codes_may_do_nothing_else_until_they_are_set_up() {
    let fixture = Fixture::new(Engine::Sqlite).await;
    let mara = fixture.user("mara", &["admin"]).await;
    let session = fixture.sign_in(&mara).await;
    assert_eq!(restriction(&fixture.who(&session).await.unwrap()), None);
    fixture.set(SignInSettings { require_second_factor: true, ..SignInSettings::default() }).await;
    let principal = may_do_nothing(&fixture, &session, Restriction::SetUpSecondFactor).await;
    let codes = Codes::of(&fixture.access.set_up_second_factor(&principal).await.unwrap());
    may_do_nothing(&fixture, &session, Restriction::SetUpSecondFactor).await;
    fixture.access.confirm_second_factor(&principal, &codes.at(at(0))).await.unwrap();
    let principal = fixture.who(&session).await.unwrap();
    assert!(allows(&principal, Permission::UsersEdit).is_ok());
    fixture.clock.set(60);
    fixture.access.remove_second_factor(&principal, PASSWORD, &codes.at(at(60))).await.unwrap();
    may_do_nothing(&fixture, &session, Restriction::SetUpSecondFactor).await;
}

#[tokio::test]
async fn a_password_comes_before_one_time_codes() {
    let fixture = Fixture::new(Engine::Sqlite).await;
    fixture.set(SignInSettings { require_second_factor: true, ..SignInSettings::default() }).await;
    let mara = fixture.user("mara", &[]).await;
    must_change(&fixture, &mara).await;
    let session = fixture.sign_in(&mara).await;
    let principal = may_do_nothing(&fixture, &session, Restriction::ChangePassword).await;
    fixture.access.change_password(&principal, PASSWORD, ANOTHER).await.unwrap();
    may_do_nothing(&fixture, &session, Restriction::SetUpSecondFactor).await;
}

#[tokio::test]
async fn one_time_codes_count_once_they_are_confirmed() {
    let fixture = Fixture::new(Engine::Sqlite).await;
    let (mara, by) = fixture.signed_in("mara", &[]).await;
    fixture.records().await;
    let access = &fixture.access;
    let early = access.confirm_second_factor(&by, "000000").await.unwrap_err();
    assert!(matches!(early, AccessError::Conflict(_)), "{early}");
    let first = Codes::of(&access.set_up_second_factor(&by).await.unwrap());
    fixture.attempt("mara", PASSWORD).await.unwrap();
    // Who begins once more has lost the first one.
    let second = Codes::of(&access.set_up_second_factor(&by).await.unwrap());
    for wrong in [first.at(at(0)), second.at(at(90)), String::new()] {
        let error = access.confirm_second_factor(&by, &wrong).await.unwrap_err();
        assert!(matches!(error, AccessError::WrongProof), "{error}");
    }
    fixture.attempt("mara", PASSWORD).await.unwrap();
    let recovery = access.confirm_second_factor(&by, &second.at(at(0))).await.unwrap();
    assert_eq!(recovery.iter().collect::<std::collections::BTreeSet<_>>().len(), 10);
    assert!(matches!(fixture.attempt("mara", PASSWORD).await, Err(SignInError::SecondFactorNeeded)));
    let user = fixture.read(&mara).await;
    assert!(user.credentials.totp_secret.is_some() && user.credentials.totp_pending.is_none());
    for error in [
        access.set_up_second_factor(&by).await.map(|_| ()).unwrap_err(),
        access.confirm_second_factor(&by, &second.at(at(0))).await.map(|_| ()).unwrap_err(),
    ] {
        assert!(matches!(error, AccessError::Conflict(_)), "the recovery codes are shown once: {error}");
    }
    let activities = fixture.activities().await;
    assert_eq!(activities, ["Second Factor Begun", "sign_in", "Second Factor Begun", "sign_in", "Second Factor Added"]);
}

#[tokio::test]
async fn one_time_codes_are_removed_by_who_proves_to_be_their_owner() {
    let fixture = Fixture::new(Engine::Sqlite).await;
    let (mara, by) = fixture.signed_in("mara", &[]).await;
    let access = &fixture.access;
    assert!(matches!(access.remove_second_factor(&by, PASSWORD, "000000").await, Err(AccessError::Conflict(_))));
    let (codes, recovery) = fixture.enrol(&by).await;
    fixture.clock.set(60);
    let code = codes.at(at(60));
    for (password, code) in [(ANOTHER, code.as_str()), (PASSWORD, "000000"), (PASSWORD, "")] {
        let error = access.remove_second_factor(&by, password, code).await.unwrap_err();
        assert!(matches!(error, AccessError::WrongProof), "{error}");
    }
    fixture.records().await;
    access.remove_second_factor(&by, PASSWORD, &recovery[4]).await.unwrap();
    let user = fixture.read(&mara).await;
    assert!(user.credentials.totp_secret.is_none() && user.credentials.recovery_codes.is_empty());
    assert_eq!(fixture.activities().await, ["Second Factor Removed"]);
    fixture.attempt("mara", PASSWORD).await.unwrap();
    // And may be set up anew, with other codes.
    fixture.clock.set(180);
    let (again, _) = fixture.enrol(&by).await;
    fixture.clock.set(240);
    assert!(fixture.attempt_with("mara", PASSWORD, Some(&codes.at(at(240))), false).await.is_err());
    assert!(fixture.attempt_with("mara", PASSWORD, Some(&recovery[5]), false).await.is_err());
    fixture.attempt_with("mara", PASSWORD, Some(&again.at(at(240))), false).await.unwrap();
}

#[tokio::test]
async fn without_a_secret_key_nobody_sets_up_one_time_codes() {
    let fixture = Fixture::new(Engine::Sqlite).await;
    let (mara, by) = fixture.signed_in("mara", &[]).await;
    let error = fixture.clock.access(&fixture.control).set_up_second_factor(&by).await.unwrap_err();
    assert!(matches!(error, AccessError::NoVault) && error.to_string().contains("secret key"), "{error}");
    assert_eq!(fixture.read(&mara).await, mara_signed_in(&mara));
}

fn mara_signed_in(mara: &User) -> User {
    User { last_sign_in_at: Some(at(0)), ..mara.clone() }
}
