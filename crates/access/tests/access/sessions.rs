//! Sessions: how long they last, and how they end.

use rollcall_access::{AuthError, SessionInfo, SignInSettings, UserUpdate};
use rollcall_model::TenantId;
use rollcall_test_postgres::{Engine, on_both_engines};
use serde_json::Value;

use crate::fixture::{ADDRESS, Fixture, at, members, operator};

on_both_engines![a_session_that_nobody_used_is_ended_once_however_many_look, a_session_ends_once_however_many_end_it];

const MINUTE: i64 = 60;
const HOUR: i64 = 3_600;

fn limits(idle_minutes: u32, absolute_hours: u32) -> SignInSettings {
    SignInSettings { idle_minutes, absolute_hours, ..SignInSettings::default() }
}

fn told(event: &Value) -> [&str; 6] {
    members(event, ["activity", "account", "session_id", "triggered_by_kind", "triggered_by_id", "event_time"])
}

fn ids(sessions: &[SessionInfo]) -> Vec<uuid::Uuid> {
    sessions.iter().map(|session| session.id).collect()
}

async fn a_session_that_nobody_used_is_ended_once_however_many_look(engine: Engine) {
    let fixture = Fixture::new(engine).await;
    let mara = fixture.user("mara", &[]).await;
    let other = fixture.another_node().await;
    for _ in 0..5 {
        let began = fixture.clock.now();
        let session = fixture.sign_in(&mara).await;
        fixture.clock.pass(HOUR - 1);
        let (one, two) = tokio::join!(fixture.access.tidy(&mara.tenant), other.tidy(&mara.tenant));
        one.unwrap();
        two.unwrap();
        assert_eq!(fixture.activities().await, ["sign_in"], "it has a second left");
        fixture.clock.pass(1_000);
        let (one, two) = tokio::join!(fixture.access.tidy(&mara.tenant), other.tidy(&mara.tenant));
        one.unwrap();
        two.unwrap();
        let records = fixture.records().await;
        let [ended] = records.as_slice() else { panic!("{records:?}") };
        let moment = began.plus_micros(HOUR * 1_000_000).to_string();
        assert_eq!(told(ended), ["sign_out", "mara", &session.id.to_string(), "system", "rollcall", &moment]);
        assert_eq!(members(ended, ["summary", "employee_id"]), ["Signed out after 60 minutes without use", "e-mara"]);
        assert!(fixture.control.user_sessions().find(session.id).await.unwrap().is_none());
    }
}

async fn a_session_ends_once_however_many_end_it(engine: Engine) {
    let fixture = Fixture::new(engine).await;
    let mara = fixture.user("mara", &[]).await;
    let other = fixture.another_node().await;
    for _ in 0..5 {
        let session = fixture.sign_in(&mara).await;
        let by = fixture.who(&session).await.unwrap();
        let operator = operator();
        let (own, forced) = tokio::join!(fixture.access.sign_out(&by), other.end_by_force(&operator, session.id));
        own.unwrap();
        drop(forced);
        let activities = fixture.activities().await;
        assert_eq!(activities.len(), 2, "{activities:?}");
        assert!(matches!(activities[1].as_str(), "sign_out" | "forced_sign_out"));
    }
}

#[tokio::test]
async fn a_session_ends_when_it_is_not_used() {
    let fixture = Fixture::new(Engine::Sqlite).await;
    fixture.set(limits(10, 12)).await;
    let mara = fixture.user("mara", &[]).await;
    let session = fixture.sign_in(&mara).await;
    for _ in 0..5 {
        fixture.clock.pass(10 * MINUTE - 1);
        assert!(fixture.who(&session).await.is_ok(), "it was used before ten minutes had passed");
    }
    assert_eq!(fixture.access.sessions(&mara.tenant).await.unwrap()[0].last_seen_at, fixture.clock.now());
    fixture.clock.pass(10 * MINUTE);
    let error = fixture.who(&session).await.unwrap_err();
    assert!(matches!(error, AuthError::NoSession), "{error}");
    assert!(fixture.access.sessions(&mara.tenant).await.unwrap().is_empty());
    fixture.access.tidy(&mara.tenant).await.unwrap();
    let records = fixture.records().await;
    let ended = records.last().unwrap();
    assert_eq!(told(ended)[5], at(5 * (10 * MINUTE - 1) + 10 * MINUTE).to_string());
}

#[tokio::test]
async fn a_session_ends_after_its_time_however_much_it_is_used() {
    let fixture = Fixture::new(Engine::Sqlite).await;
    fixture.set(limits(60, 2)).await;
    let mara = fixture.user("mara", &[]).await;
    let session = fixture.sign_in(&mara).await;
    for _ in 0..7 {
        fixture.clock.pass(HOUR / 4);
        fixture.who(&session).await.unwrap();
    }
    fixture.clock.set(2 * HOUR - 1);
    fixture.who(&session).await.unwrap();
    fixture.clock.set(2 * HOUR);
    assert!(matches!(fixture.who(&session).await, Err(AuthError::NoSession)), "although it was checked a second ago");
    fixture.clock.pass(MINUTE);
    fixture.records().await;
    fixture.access.tidy(&mara.tenant).await.unwrap();
    let records = fixture.records().await;
    assert_eq!(told(&records[0])[5], at(2 * HOUR).to_string());
    assert_eq!(members(&records[0], ["summary"]), ["Signed out 2 hours after signing in"]);
}

#[tokio::test]
async fn a_session_that_is_used_while_others_are_ended_goes_on() {
    let fixture = Fixture::new(Engine::Sqlite).await;
    let mara = fixture.user("mara", &[]).await;
    let (used, unused) = (fixture.sign_in(&mara).await, fixture.sign_in(&mara).await);
    fixture.clock.set(45 * MINUTE);
    fixture.who(&used).await.unwrap();
    fixture.clock.set(75 * MINUTE);
    fixture.access.tidy(&mara.tenant).await.unwrap();
    fixture.who(&used).await.unwrap();
    assert!(fixture.who(&unused).await.is_err());
    assert_eq!(ids(&fixture.access.sessions(&mara.tenant).await.unwrap()), [used.id]);
}

#[tokio::test]
async fn who_signs_out_ends_that_session_alone_and_once() {
    let fixture = Fixture::new(Engine::Sqlite).await;
    let mara = fixture.user("mara", &[]).await;
    let (one, other) = (fixture.sign_in(&mara).await, fixture.sign_in(&mara).await);
    let by = fixture.who(&one).await.unwrap();
    fixture.records().await;
    fixture.clock.set(7);
    for _ in 0..2 {
        fixture.access.sign_out(&by).await.unwrap();
    }
    assert!(matches!(fixture.who(&one).await, Err(AuthError::NoSession)));
    fixture.who(&other).await.unwrap();
    let records = fixture.records().await;
    assert_eq!(
        records.iter().map(told).collect::<Vec<_>>(),
        [["sign_out", "mara", &one.id.to_string(), "user", "mara", &at(7).to_string()]]
    );
    fixture.access.sign_out(&operator()).await.unwrap();
    assert!(fixture.records().await.is_empty(), "who has no session ends none");
}

#[tokio::test]
async fn who_ends_a_session_by_force_is_recorded() {
    let fixture = Fixture::new(Engine::Sqlite).await;
    let (_, admin) = fixture.signed_in("root", &["admin"]).await;
    let mara = fixture.user("mara", &[]).await;
    let session = fixture.sign_in(&mara).await;
    fixture.who(&session).await.unwrap();
    fixture.records().await;
    fixture.access.end_by_force(&admin, session.id).await.unwrap();
    assert!(matches!(fixture.who(&session).await, Err(AuthError::NoSession)), "although it was checked a moment ago");
    let records = fixture.records().await;
    assert_eq!(
        records.iter().map(|event| told(event)[..5].to_vec()).collect::<Vec<_>>(),
        [["forced_sign_out", "mara", &session.id.to_string(), "user", "root"]]
    );
    let again = fixture.access.end_by_force(&admin, session.id).await.unwrap_err();
    assert_eq!(again.to_string(), format!("session {}: there is none; somebody may have deleted it", session.id));
}

#[tokio::test]
async fn who_is_disabled_is_signed_out_at_once_everywhere_they_are() {
    let fixture = Fixture::new(Engine::Sqlite).await;
    let (_, admin) = fixture.signed_in("root", &["admin"]).await;
    let mara = fixture.user("mara", &[]).await;
    let sessions = [fixture.sign_in(&mara).await, fixture.sign_in(&mara).await];
    for session in &sessions {
        fixture.who(session).await.unwrap();
    }
    fixture.records().await;
    let off = UserUpdate { active: Some(false), ..UserUpdate::default() };
    fixture.access.update_user(&admin, &mara, &off).await.unwrap();
    for session in &sessions {
        assert!(matches!(fixture.who(session).await, Err(AuthError::NoSession)));
    }
    let records = fixture.records().await;
    let told: Vec<_> = records.iter().map(|event| members(event, ["activity", "session_id", "triggered_by_id", "summary"])).collect();
    let [one, other] = sessions.map(|session| session.id.to_string());
    assert_eq!(told[0][0], "Disabled");
    assert_eq!(
        told[1..],
        [["forced_sign_out", &one, "root", "The user was disabled"], ["forced_sign_out", &other, "root", "The user was disabled"]]
    );
}

#[tokio::test]
async fn what_somebody_may_do_changes_with_their_profiles_at_once() {
    let fixture = Fixture::new(Engine::Sqlite).await;
    let mara = fixture.user("mara", &["agent"]).await;
    let session = fixture.sign_in(&mara).await;
    assert!(rollcall_access::allows(&fixture.who(&session).await.unwrap(), rollcall_access::Permission::UsersView).is_err());
    let more = UserUpdate { profiles: Some(vec!["auditor".to_owned()]), ..UserUpdate::default() };
    fixture.access.update_user(&operator(), &mara, &more).await.unwrap();
    assert!(rollcall_access::allows(&fixture.who(&session).await.unwrap(), rollcall_access::Permission::UsersView).is_ok());
}

#[tokio::test]
async fn a_session_that_ended_on_another_node_ends_here_within_two_seconds() {
    let fixture = Fixture::new(Engine::Sqlite).await;
    let mara = fixture.user("mara", &[]).await;
    let session = fixture.sign_in(&mara).await;
    fixture.who(&session).await.unwrap();
    fixture.another_node().await.end_by_force(&operator(), session.id).await.unwrap();
    fixture.clock.pass(2);
    assert!(matches!(fixture.who(&session).await, Err(AuthError::NoSession)));
}

#[tokio::test]
async fn the_list_shows_who_is_signed_in_and_where() {
    let fixture = Fixture::new(Engine::Sqlite).await;
    let (mara, rune) = (fixture.user("mara", &[]).await, fixture.user("rune", &[]).await);
    let first = fixture.sign_in(&mara).await;
    fixture.clock.set(MINUTE);
    let second = fixture.sign_in(&rune).await;
    let list = fixture.access.sessions(&TenantId::default()).await.unwrap();
    assert_eq!(ids(&list), [first.id, second.id]);
    assert_eq!((list[0].person.account.as_str(), list[0].since, list[0].last_seen_at), ("mara", at(0), at(0)));
    assert_eq!((list[1].person.account.as_str(), list[1].since, list[1].expires_at), ("rune", at(MINUTE), at(MINUTE + 12 * HOUR)));
    assert_eq!((list[0].method.as_str(), list[0].place.source_ip.as_deref()), ("form", Some(ADDRESS)));
    assert_eq!(list[0].acting_as, None);
}

#[tokio::test]
async fn what_is_no_session_is_refused_as_one_that_has_ended() {
    let fixture = Fixture::new(Engine::Sqlite).await;
    let mara = fixture.user("mara", &[]).await;
    let (one, other) = (fixture.sign_in(&mara).await, fixture.sign_in(&mara).await);
    let (text, other) = (one.text.reveal(), other.text.reveal());
    let foreign_secret = format!("{}{}", &text[..26], &other[26..]);
    let unknown = format!("rs_{}{}", "0".repeat(22), &text[25..]);
    let as_key = text.replacen("rs_", "rk_", 1);
    for text in ["", "rs_", &foreign_secret, &unknown, &as_key, &text[..text.len() - 1]] {
        let error = fixture.access.session(text).await.unwrap_err();
        assert_eq!(error.to_string(), "the session has ended; sign in again");
        assert!(matches!(error, AuthError::NoSession));
    }
    assert!(fixture.access.authenticate(text).await.is_err(), "a session is no API key");
}

#[tokio::test]
async fn each_session_has_a_csrf_token_of_its_own_that_stays() {
    let fixture = Fixture::new(Engine::Sqlite).await;
    let mara = fixture.user("mara", &[]).await;
    let (one, other) = (fixture.sign_in(&mara).await, fixture.sign_in(&mara).await);
    let token = async |session: &rollcall_access::NewSession| fixture.access.session(session.text.reveal()).await.unwrap().csrf_token;
    let first = token(&one).await;
    fixture.clock.pass(MINUTE);
    assert_eq!(token(&one).await, first);
    assert_ne!(token(&other).await, first);
    assert!(!one.text.reveal().contains(&first));
}

#[tokio::test]
async fn without_the_database_nobody_is_told_that_their_session_has_ended() {
    let fixture = Fixture::new(Engine::Sqlite).await;
    let mara = fixture.user("mara", &[]).await;
    let session = fixture.sign_in(&mara).await;
    fixture.control.close().await.unwrap();
    let error = fixture.who(&session).await.unwrap_err();
    assert!(error.is_unavailable(), "{error}");
}
