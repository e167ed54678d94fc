//! Signing in with account, password and code.

use futures::future::join_all;
use rollcall_access::{Attempt, SignInError, SignInSettings, UserUpdate};
use rollcall_control::users::{Credentials, UserChange};
use rollcall_model::TenantId;
use rollcall_test_postgres::{Engine, on_both_engines};

use crate::fixture::{ADDRESS, Fixture, PASSWORD, at, members, operator, place};

on_both_engines![
    every_refusal_says_the_same_and_the_record_tells_them_apart,
    an_account_that_no_database_could_hold_is_an_unknown_one,
    of_several_who_come_with_the_same_code_one_is_let_in,
    sign_ins_of_one_user_at_once_do_not_hinder_each_other,
];

async fn every_refusal_says_the_same_and_the_record_tells_them_apart(engine: Engine) {
    let fixture = Fixture::new(engine).await;
    let mara = fixture.user("mara", &[]).await;
    let gone = fixture.user("gone", &[]).await;
    let off = UserUpdate { active: Some(false), ..UserUpdate::default() };
    fixture.access.update_user(&operator(), &gone, &off).await.unwrap();
    let elsewhere = fixture.user("elsewhere", &[]).await;
    let without = UserChange { credentials: Some(Credentials::default()), ..UserChange::default() };
    fixture.control.users().update(&elsewhere.tenant, elsewhere.id, 1, &without, "admin", at(0), &[]).await.unwrap();
    let (_, careful) = fixture.signed_in("careful", &[]).await;
    fixture.enrol(&careful).await;
    fixture.records().await;

    let cases = [
        ("nobody", PASSWORD, None, "unknown account"),
        ("mara", "correct horse batterz", None, "wrong password"),
        ("mara", "", None, "wrong password"),
        ("elsewhere", PASSWORD, None, "no password set"),
        ("gone", PASSWORD, None, "account disabled"),
        ("gone", "correct horse batterz", None, "wrong password"),
        ("careful", PASSWORD, Some("000000"), "wrong code"),
        ("careful", PASSWORD, Some("abcd-efgh-ijkm-nopq"), "wrong code"),
        ("careful", "correct horse batterz", None, "wrong password"),
    ];
    for (account, password, code, reason) in cases {
        let error = fixture.attempt_with(account, password, code, false).await.unwrap_err();
        assert!(matches!(error, SignInError::Refused), "{account}: {error:?}");
        assert_eq!(error.to_string(), "account, password or code is wrong");
        let records = fixture.records().await;
        let [record] = records.as_slice() else { panic!("{records:?}") };
        let told = members(record, ["category", "activity", "outcome", "account", "failure_reason", "sign_in_method", "source_ip"]);
        assert_eq!(told, ["access", "sign_in", "failure", account, reason, "form", ADDRESS]);
        assert!(record.get("session_id").is_none());
    }
    assert_eq!(fixture.read(&mara).await.last_sign_in_at, None);
}

async fn an_account_that_no_database_could_hold_is_an_unknown_one(engine: Engine) {
    let fixture = Fixture::new(engine).await;
    fixture.user("mara", &[]).await;
    for account in ["ma\0ra", "\0", ""] {
        let error = fixture.attempt(account, PASSWORD).await.unwrap_err();
        assert!(matches!(error, SignInError::Refused), "{account:?}: {error:?}");
    }
}

async fn of_several_who_come_with_the_same_code_one_is_let_in(engine: Engine) {
    let fixture = Fixture::new(engine).await;
    let (mara, principal) = fixture.signed_in("mara", &[]).await;
    let (codes, recovery) = fixture.enrol(&principal).await;
    let other = fixture.another_node().await;
    fixture.records().await;
    for round in 1..=3 {
        fixture.clock.pass(60);
        let code = if round == 3 { recovery[0].clone() } else { codes.at(fixture.clock.now()) };
        let places = ["192.0.2.1", "192.0.2.2", "192.0.2.3", "192.0.2.4"].map(place);
        let attempts = places.iter().zip([&fixture.access, &other].into_iter().cycle()).map(|(place, node)| {
            let attempt = Attempt {
                tenant: &mara.tenant,
                account: "mara",
                password: PASSWORD,
                code: Some(&code),
                force: false,
                own_session: None,
                place,
            };
            async move { node.sign_in(&attempt).await }
        });
        let outcomes = join_all(attempts).await;
        assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1, "{outcomes:?}");
        assert!(outcomes.iter().all(|outcome| matches!(outcome, Ok(_) | Err(SignInError::Refused))), "{outcomes:?}");
        let outcomes: Vec<String> = fixture.records().await.iter().map(|event| members(event, ["outcome"])[0].to_owned()).collect();
        assert_eq!(outcomes.iter().filter(|outcome| *outcome == "success").count(), 1, "{outcomes:?}");
        assert_eq!(outcomes.len(), 4);
    }
}

async fn sign_ins_of_one_user_at_once_do_not_hinder_each_other(engine: Engine) {
    let fixture = Fixture::new(engine).await;
    let mara = fixture.user("mara", &[]).await;
    let other = fixture.another_node().await;
    for _ in 0..5 {
        let place = place(ADDRESS);
        let attempt = Attempt {
            tenant: &mara.tenant,
            account: "mara",
            password: PASSWORD,
            code: None,
            force: false,
            own_session: None,
            place: &place,
        };
        let outcomes = join_all([&fixture.access, &other, &fixture.access, &other].map(|node| node.sign_in(&attempt))).await;
        assert!(outcomes.iter().all(Result::is_ok), "{outcomes:?}");
    }
    assert_eq!(fixture.access.sessions(&mara.tenant).await.unwrap().len(), 20);
}

#[tokio::test]
async fn a_sign_in_is_recorded_with_its_session() {
    let fixture = Fixture::new(Engine::Sqlite).await;
    let mara = fixture.user("mara", &["agent"]).await;
    fixture.clock.set(5);
    let session = fixture.sign_in(&mara).await;
    assert_eq!((session.person.id, session.expires_at), (mara.id, at(5 + 12 * 3_600)));
    assert_eq!(fixture.read(&mara).await.last_sign_in_at, Some(at(5)));
    let principal = fixture.who(&session).await.unwrap();
    assert_eq!((principal.id(), principal.name.as_str()), (format!("user:{}", mara.id), "MARA"));
    let records = fixture.records().await;
    let [record] = records.as_slice() else { panic!("{records:?}") };
    let names =
        ["activity", "outcome", "account", "employee_id", "agent_name", "session_id", "triggered_by_id", "user_agent", "event_time"];
    let id = session.id.to_string();
    assert_eq!(members(record, names), ["sign_in", "success", "mara", "e-mara", "MARA", &id, "mara", "Firefox", &at(5).to_string()]);
}

#[tokio::test]
async fn an_account_is_known_whatever_its_case() {
    let fixture = Fixture::new(Engine::Sqlite).await;
    let mara = fixture.user("Mara.Strauß", &[]).await;
    for account in ["Mara.Strauß", "MARA.STRAUSS", "  mara.strauß\t"] {
        let session = fixture.attempt(account, PASSWORD).await.unwrap();
        assert_eq!((session.person.id, session.person.account.as_str()), (mara.id, "Mara.Strauß"));
    }
    let accounts: Vec<String> = fixture.records().await.iter().map(|event| members(event, ["account"])[0].to_owned()).collect();
    assert_eq!(accounts, ["Mara.Strauß"; 3], "the record has it as it was given to them");
}

#[tokio::test]
async fn who_has_one_time_codes_is_asked_for_one() {
    let fixture = Fixture::new(Engine::Sqlite).await;
    let (_, principal) = fixture.signed_in("mara", &[]).await;
    fixture.enrol(&principal).await;
    fixture.records().await;
    for code in [None, Some(""), Some("  ")] {
        let error = fixture.attempt_with("mara", PASSWORD, code, false).await.unwrap_err();
        assert!(matches!(error, SignInError::SecondFactorNeeded), "{error:?}");
    }
    assert!(fixture.records().await.is_empty(), "nothing has failed, and nobody has signed in");
}

#[tokio::test]
async fn a_code_counts_once_and_not_after_a_later_one() {
    let fixture = Fixture::new(Engine::Sqlite).await;
    let (_, principal) = fixture.signed_in("mara", &[]).await;
    let (codes, _) = fixture.enrol(&principal).await;
    let works = async |step: i64| fixture.attempt_with("mara", PASSWORD, Some(&codes.at(at(step * 30))), false).await.is_ok();
    assert!(!works(0).await, "it has confirmed the enrolment");
    fixture.clock.set(10 * 30);
    assert!(!works(8).await && !works(12).await, "two steps away");
    assert!(works(9).await, "the step before");
    assert!(!works(9).await, "once");
    assert!(works(11).await, "the step after");
    assert!(!works(10).await && !works(11).await, "not one that is older than what was used");
    fixture.clock.set(11 * 30);
    assert!(!works(11).await, "it was used when it was the next one");
    fixture.clock.set(12 * 30);
    assert!(works(12).await);
}

#[tokio::test]
async fn a_recovery_code_counts_once() {
    let fixture = Fixture::new(Engine::Sqlite).await;
    let (mara, principal) = fixture.signed_in("mara", &[]).await;
    let (_, recovery) = fixture.enrol(&principal).await;
    assert_eq!((recovery.len(), fixture.read(&mara).await.credentials.recovery_codes.len()), (10, 10));
    for (code, left) in recovery.iter().zip((7..10).rev()) {
        fixture.attempt_with("mara", PASSWORD, Some(&code.to_uppercase()), false).await.unwrap();
        let again = fixture.attempt_with("mara", PASSWORD, Some(code), false).await;
        assert!(matches!(again, Err(SignInError::Refused)), "{again:?}");
        assert_eq!(fixture.read(&mara).await.credentials.recovery_codes.len(), left);
    }
}

#[tokio::test]
async fn whoever_changes_a_user_who_uses_a_recovery_code_meanwhile_does_not_give_it_back() {
    let fixture = Fixture::new(Engine::Sqlite).await;
    let (mara, principal) = fixture.signed_in("mara", &[]).await;
    let (_, recovery) = fixture.enrol(&principal).await;
    let as_read = fixture.read(&mara).await;
    fixture.attempt_with("mara", PASSWORD, Some(&recovery[0]), false).await.unwrap();
    // Who resets the password has read the user before.
    let _ = fixture.access.reset_password(&operator(), &as_read).await;
    assert_eq!(fixture.read(&mara).await.credentials.recovery_codes.len(), 9);
}

#[tokio::test]
async fn who_is_told_that_they_are_signed_in_elsewhere_can_use_the_same_code_to_force_it() {
    let fixture = Fixture::new(Engine::Sqlite).await;
    let (_, principal) = fixture.signed_in("mara", &[]).await;
    let (codes, recovery) = fixture.enrol(&principal).await;
    fixture.set(SignInSettings { single_sign_in: true, ..SignInSettings::default() }).await;
    fixture.clock.pass(60);
    for code in [codes.at(fixture.clock.now()), recovery[0].clone()] {
        let told = fixture.attempt_with("mara", PASSWORD, Some(&code), false).await;
        assert!(matches!(told, Err(SignInError::Elsewhere(_))), "{told:?}");
        fixture.attempt_with("mara", PASSWORD, Some(&code), true).await.unwrap();
        let again = fixture.attempt_with("mara", PASSWORD, Some(&code), false).await;
        assert!(matches!(again, Err(SignInError::Refused)), "where they are is told for a code that counts: {again:?}");
    }
}

#[tokio::test]
async fn a_wrong_secret_key_is_the_servers_failure_and_not_a_wrong_code() {
    let fixture = Fixture::new(Engine::Sqlite).await;
    let (_, principal) = fixture.signed_in("mara", &[]).await;
    let (codes, _) = fixture.enrol(&principal).await;
    fixture.clock.pass(60);
    let (tenant, place, code) = (TenantId::default(), place(ADDRESS), codes.at(fixture.clock.now()));
    let attempt =
        Attempt { tenant: &tenant, account: "mara", password: PASSWORD, code: Some(&code), force: false, own_session: None, place: &place };
    let vault = rollcall_access::Vault::new(&rollcall_access::Vault::new_key().unwrap()).unwrap();
    for access in [fixture.clock.access(&fixture.control), fixture.clock.access(&fixture.control).with_vault(vault)] {
        let error = access.sign_in(&attempt).await.unwrap_err();
        assert!(matches!(error, SignInError::Access(_)), "{error:?}");
    }
}
