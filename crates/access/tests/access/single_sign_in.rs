//! One active sign-in per user, where a tenant wants that.

use futures::future::join_all;
use rollcall_access::{Attempt, SignInError, SignInSettings};
use rollcall_test_postgres::{Engine, on_both_engines};

use crate::fixture::{ADDRESS, Fixture, PASSWORD, at, members, place};

on_both_engines![of_several_who_sign_in_at_once_one_does, of_several_who_force_at_once_the_last_one_stays];

fn once() -> SignInSettings {
    SignInSettings { single_sign_in: true, ..SignInSettings::default() }
}

/// Four sign-ins at once, from two nodes.
async fn at_once(fixture: &Fixture, other: &rollcall_access::Access, account: &str, force: bool) -> Vec<Result<uuid::Uuid, SignInError>> {
    let (tenant, place) = (rollcall_model::TenantId::default(), place(ADDRESS));
    let attempt = Attempt { tenant: &tenant, account, password: PASSWORD, code: None, force, own_session: None, place: &place };
    let outcomes = join_all([&fixture.access, other, &fixture.access, other].map(|node| node.sign_in(&attempt))).await;
    outcomes.into_iter().map(|outcome| outcome.map(|session| session.id)).collect()
}

async fn of_several_who_sign_in_at_once_one_does(engine: Engine) {
    let fixture = Fixture::new(engine).await;
    fixture.set(once()).await;
    let other = fixture.another_node().await;
    for round in 0..8 {
        let account = format!("agent.{round}");
        fixture.user(&account, &[]).await;
        fixture.records().await;
        let outcomes = at_once(&fixture, &other, &account, false).await;
        let signed_in: Vec<_> = outcomes.iter().flatten().collect();
        assert_eq!(signed_in.len(), 1, "{outcomes:?}");
        assert!(outcomes.iter().all(|outcome| matches!(outcome, Ok(_) | Err(SignInError::Elsewhere(_)))), "{outcomes:?}");
        let records = fixture.records().await;
        let told: Vec<_> = records.iter().map(|event| members(event, ["activity", "outcome", "session_id"])).collect();
        assert_eq!(told, [["sign_in", "success", &signed_in[0].to_string()]]);
    }
}

async fn of_several_who_force_at_once_the_last_one_stays(engine: Engine) {
    let fixture = Fixture::new(engine).await;
    fixture.set(once()).await;
    let other = fixture.another_node().await;
    for round in 0..5 {
        let account = format!("agent.{round}");
        let user = fixture.user(&account, &[]).await;
        fixture.records().await;
        let outcomes = at_once(&fixture, &other, &account, true).await;
        assert!(outcomes.iter().all(Result::is_ok), "{outcomes:?}");
        let left = fixture.control.user_sessions().of_user(&user.tenant, user.id).await.unwrap();
        assert_eq!(left.len(), 1);
        let mut activities = fixture.activities().await;
        activities.sort_unstable();
        let mut expected = ["forced_sign_in", "forced_sign_out"].repeat(3);
        expected.push("sign_in");
        expected.sort_unstable();
        assert_eq!(activities, expected);
    }
}

#[tokio::test]
async fn a_second_sign_in_is_told_where_the_first_one_is() {
    let fixture = Fixture::new(Engine::Sqlite).await;
    fixture.set(once()).await;
    let mara = fixture.user("mara", &[]).await;
    let session = fixture.sign_in(&mara).await;
    fixture.clock.set(45);
    fixture.who(&session).await.unwrap();
    fixture.clock.set(100);
    fixture.records().await;
    let error = fixture.attempt("mara", PASSWORD).await.unwrap_err();
    let SignInError::Elsewhere(elsewhere) = &error else { panic!("{error:?}") };
    assert_eq!((elsewhere.since, elsewhere.last_seen_at, &elsewhere.place), (at(0), at(45), &place(ADDRESS)));
    assert!(error.to_string().contains("force"), "{error}");
    assert!(fixture.records().await.is_empty());
    assert_eq!(fixture.read(&mara).await.last_sign_in_at, Some(at(0)), "nobody has signed in");
    let error = fixture.attempt("mara", "correct horse batterz").await.unwrap_err();
    assert!(matches!(error, SignInError::Refused), "who does not know the password is not told: {error:?}");
}

#[tokio::test]
async fn who_forces_it_is_recorded_with_both_sessions() {
    let fixture = Fixture::new(Engine::Sqlite).await;
    let mara = fixture.user("mara", &[]).await;
    let firsts = [fixture.sign_in(&mara).await, fixture.sign_in(&mara).await];
    fixture.set(once()).await;
    fixture.records().await;
    let forced = fixture.attempt_with("mara", PASSWORD, None, true).await.unwrap();
    for first in &firsts {
        assert!(fixture.who(first).await.is_err());
    }
    fixture.who(&forced).await.unwrap();
    let records = fixture.records().await;
    let told: Vec<_> = records.iter().map(|event| members(event, ["activity", "session_id", "account", "triggered_by_id"])).collect();
    let [one, two] = firsts.map(|session| session.id.to_string());
    assert_eq!(
        told,
        [
            ["forced_sign_out", &one, "mara", "mara"],
            ["forced_sign_out", &two, "mara", "mara"],
            ["forced_sign_in", &forced.id.to_string(), "mara", "mara"],
        ]
    );
}

#[tokio::test]
async fn force_where_nothing_stands_in_the_way_is_a_plain_sign_in() {
    let fixture = Fixture::new(Engine::Sqlite).await;
    let mara = fixture.user("mara", &[]).await;
    let first = fixture.sign_in(&mara).await;
    fixture.records().await;
    fixture.attempt_with("mara", PASSWORD, None, true).await.unwrap();
    fixture.who(&first).await.unwrap();
    assert_eq!(fixture.activities().await, ["sign_in"], "several may be: nobody is signed out");
    fixture.set(once()).await;
    fixture.user("rune", &[]).await;
    fixture.records().await;
    fixture.attempt_with("rune", PASSWORD, None, true).await.unwrap();
    assert_eq!(fixture.activities().await, ["sign_in"]);
}

#[tokio::test]
async fn a_session_that_has_ended_by_itself_stands_in_nobodys_way_and_is_not_forced_out() {
    for force in [false, true] {
        let fixture = Fixture::new(Engine::Sqlite).await;
        fixture.set(once()).await;
        let mara = fixture.user("mara", &[]).await;
        let ended = fixture.sign_in(&mara).await;
        let end = fixture.clock.now().plus_micros(3_600 * 1_000_000);
        fixture.clock.pass(2 * 3_600);
        fixture.records().await;
        let session = fixture.attempt_with(&mara.account, PASSWORD, None, force).await.unwrap();
        fixture.access.tidy(&mara.tenant).await.unwrap();
        let records = fixture.records().await;
        let told: Vec<_> = records.iter().map(|event| members(event, ["activity", "session_id", "triggered_by_kind"])).collect();
        assert_eq!(told, [["sign_in", &session.id.to_string(), "user"], ["sign_out", &ended.id.to_string(), "system"]], "force: {force}");
        assert_eq!(members(&records[1], ["event_time"]), [end.to_string()]);
        fixture.who(&session).await.unwrap();
    }
}
