//! The range rule of the login/logout report.

use proptest::prelude::*;
use rollcall_model::{AccessActivity, Event, Outcome, Session, Timestamp};
use rollcall_sessions::{AccessEvent, Limits, SourceLimits, sessions_of};
use serde_json::{Value, json};

use crate::fixtures::*;

const COLUMNS: &[&str] = &["account", "login_time", "logout_time", "duration", "end_reason", "end_inferred", "open"];

async fn one(events: Vec<Event>) -> Vec<Value> {
    let store = Store::new().await;
    store.append(events).await;
    store.rows(day(COLUMNS)).await
}

#[tokio::test(flavor = "multi_thread")]
async fn logged_in_and_out_inside_the_range() {
    let rows = one(vec![access(1, "08:00", "sign_in", "mara"), access(2, "16:30", "sign_out", "mara")]).await;
    let expected = json!([{
        "account": "mara", "login_time": "2026-04-15T08:00:00Z", "logout_time": "2026-04-15T16:30:00Z",
        "duration": 30_600, "end_reason": "signed_out", "end_inferred": false, "open": false,
    }]);
    assert_eq!(json!(rows), expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn logged_in_inside_and_out_after_the_range_shows_no_logout() {
    let rows = one(vec![access(1, "22:00", "sign_in", "mara"), access(2, "2026-04-16T06:00:00Z", "sign_out", "mara")]).await;
    let expected = json!([{
        "account": "mara", "login_time": "2026-04-15T22:00:00Z", "logout_time": null,
        "duration": null, "end_reason": "still_open", "end_inferred": false, "open": true,
    }]);
    assert_eq!(json!(rows), expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn logged_in_before_and_out_inside_the_range_shows_both_and_the_full_duration() {
    let rows = one(vec![access(1, "2026-04-14T22:00:00Z", "sign_in", "mara"), access(2, "06:00", "sign_out", "mara")]).await;
    let expected = json!([{
        "account": "mara", "login_time": "2026-04-14T22:00:00Z", "logout_time": "2026-04-15T06:00:00Z",
        "duration": 28_800, "end_reason": "signed_out", "end_inferred": false, "open": false,
    }]);
    assert_eq!(json!(rows), expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_covers_the_whole_range_is_a_row_with_spanning_alone() {
    let store = Store::new().await;
    let covering = access(1, "2026-04-14T22:00:00Z", "sign_in", "mara");
    store.append(vec![covering, access(2, "2026-04-16T06:00:00Z", "sign_out", "mara")]).await;
    for _ in ["tail", "lake"] {
        assert_eq!(store.rows(day(COLUMNS)).await.len(), 0);
        let mut spanning = day(COLUMNS);
        spanning["spanning"] = json!(true);
        let rows = store.rows(spanning).await;
        assert_eq!((rows.len(), &rows[0]["end_reason"]), (1, &json!("still_open")));
        store.archive().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_rule_is_decided_before_filters() {
    let store = Store::new().await;
    store.append(vec![access(1, "22:00", "sign_in", "mara"), access(2, "2026-04-16T06:00:00Z", "sign_out", "mara")]).await;
    let with = |reason: &str| {
        let mut definition = day(COLUMNS);
        definition["filters"] = json!([{"field": "end_reason", "values": [reason]}]);
        definition
    };
    assert_eq!(store.rows(with("still_open")).await.len(), 1);
    assert_eq!(store.rows(with("signed_out")).await.len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_day_is_one_of_the_reports_zone() {
    let store = Store::new().await;
    store.append(vec![access(1, "2026-04-14T22:30:00Z", "sign_in", "mara"), access(2, "2026-04-15T21:30:00Z", "sign_out", "mara")]).await;
    let mut definition = day(COLUMNS);
    definition["time_zone"] = json!("Europe/Stockholm");
    let rows = store.rows(definition).await;
    assert_eq!(rows[0]["login_time"], json!("2026-04-15T00:30:00+02:00"));
    assert_eq!(rows[0]["logout_time"], json!("2026-04-15T23:30:00+02:00"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_limit_that_passes_after_the_range_leaves_the_session_open_in_it() {
    let limits = Limits { idle_micros: Some(8 * 3_600_000_000), longest_micros: None };
    let store = Store::with_limits([("portal".to_owned(), limits)].into_iter().collect()).await;
    store.append(vec![access(1, "08:00", "sign_in", "early"), access(2, "20:00", "sign_in", "late")]).await;
    for _ in ["tail", "lake"] {
        let rows = store.rows(day(&["account", "end_reason", "ended_no_later_than", "end_inferred"])).await;
        let expected = json!([
            {"account": "early", "end_reason": "expired", "ended_no_later_than": "2026-04-15T16:00:00Z", "end_inferred": true},
            {"account": "late", "end_reason": "still_open", "ended_no_later_than": null, "end_inferred": false},
        ]);
        assert_eq!(json!(rows), expected);
        store.archive().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn rollcalls_own_users_are_left_out_unless_asked_for() {
    let store = Store::new().await;
    let mut own = access(1, "08:00", "sign_in", "admin");
    own.source = "rollcall".to_owned();
    store.append(vec![own, access(2, "09:00", "sign_in", "mara")]).await;
    assert_eq!(store.rows(day(&["account"])).await, [json!({"account": "mara"})]);
    let mut asked = day(&["account"]);
    asked["filters"] = json!([{"field": "source", "values": ["rollcall"]}]);
    assert_eq!(store.rows(asked).await, [json!({"account": "admin"})]);
}

/// The range rule in plain words over the model's own `as_of`.
fn expected(events: &[Event], limits: &SourceLimits, from: Timestamp, to: Timestamp, spanning: bool) -> Vec<Session> {
    let inside = |moment: Timestamp| from <= moment && moment < to;
    let sessions = sessions_of(&events.iter().filter_map(AccessEvent::from_event).collect::<Vec<_>>(), limits);
    let seen = sessions.iter().filter_map(|session| session.as_of(to));
    let mut rows: Vec<Session> = seen
        .filter(|session| {
            let logged_in = session.login_time.is_some_and(inside);
            let ended = !session.open && session.end_time().is_some_and(inside);
            let covers = session.open && session.login_time.is_some_and(|login| login < from);
            logged_in || ended || (spanning && covers)
        })
        .collect();
    rows.sort_by_key(|session| session.session_key);
    rows
}

fn told(session: &Session) -> Value {
    let mut told = serde_json::to_value(session).unwrap();
    let duration = session.duration().map(|seconds| if seconds.fract() == 0.0 { json!(seconds as i64) } else { json!(seconds) });
    let object = told.as_object_mut().unwrap();
    object.insert("duration".to_owned(), duration.unwrap_or(Value::Null));
    if session.tags.is_empty() {
        object.insert("tags".to_owned(), Value::Null);
    }
    told
}

proptest! {
    #![proptest_config(cases(40))]

    #[test]
    fn whole_columns_say_what_as_of_says_of_one_session(
        raw in prop::collection::vec((0_i64..4_320, 0_u8..4, 0_usize..9, 0_u8..3), 1..50),
        archived in 0_usize..50,
        bounds in (0_i64..4_320, 1_i64..2_000),
        spanning in any::<bool>(),
    ) {
        let limits: SourceLimits =
            [("portal".to_owned(), Limits { idle_micros: Some(300 * 60_000_000), longest_micros: None })].into_iter().collect();
        let start = at("2026-04-14T00:00:00Z");
        let minute = |minutes: i64| start.plus_micros(minutes * 60_000_000);
        let event = |(number, (minutes, agent, activity, session)): (usize, (i64, u8, usize, u8))| {
            let activity = AccessActivity::ALL[activity];
            let mut event = access(number as u128 + 1, &minute(minutes).to_string(), activity.as_str(), &format!("agent{agent}"));
            event.session_id = (session > 0).then(|| format!("s{session}"));
            if number % 7 == 0 {
                event.outcome = Outcome::Failure;
            }
            event
        };
        let events: Vec<Event> = raw.into_iter().enumerate().map(event).collect();
        let (from, to) = (minute(bounds.0), minute(bounds.0 + bounds.1));
        let expected: Vec<Value> = expected(&events, &limits, from, to, spanning).iter().map(told).collect();
        let columns: Vec<&str> = rollcall_model::columns::SESSIONS.iter().map(|c| c.name).filter(|name| *name != "ended_at").collect();
        let definition = json!({
            "report": "login_logout",
            "range": {"from": from, "to": to},
            "columns": columns,
            "spanning": spanning,
            "sort": [{"field": "session_key"}],
        });
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let rows = runtime.block_on(async {
            let store = Store::with_limits(limits).await;
            let archived = archived.min(events.len());
            store.append(events[..archived].to_vec()).await;
            store.archive().await;
            store.append(events[archived..].to_vec()).await;
            store.rows(definition).await
        });
        prop_assert_eq!(rows, expected);
    }
}
