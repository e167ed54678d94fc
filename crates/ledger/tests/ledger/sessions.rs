//! Sessions: whatever the order of arrival and wherever the archive steps fall, what the ledger shows is
//! what pairing all events anew gives.

use proptest::prelude::*;
use rollcall_model::{Event, Outcome};
use rollcall_sessions::{AccessEvent, SourceLimits, sessions_of as pair_anew};

use crate::fixtures::*;

on_both_engines![
    a_late_event_changes_the_stored_sessions_at_once_and_at_the_next_step,
    an_agent_is_the_same_by_account_and_by_employee_id,
    any_arrival_and_any_archive_steps_give_what_pairing_anew_gives,
];

fn expected(events: &[Event], limits: &SourceLimits) -> Vec<rollcall_model::Session> {
    let mut sessions = pair_anew(&events.iter().filter_map(AccessEvent::from_event).collect::<Vec<_>>(), limits);
    sessions.sort_by_key(|session| session.session_key);
    sessions
}

/// A session as a line, for a readable difference.
fn told(sessions: &[rollcall_model::Session]) -> Vec<String> {
    sessions.iter().map(|s| format!("{:?}", s)).collect()
}

async fn a_late_event_changes_the_stored_sessions_at_once_and_at_the_next_step(engine: Engine) {
    let folder = Home::new(engine);
    let ledger = open(&folder).await;
    let mut all = vec![access(1, minute(0), "sign_in", "mara.lind"), access(2, minute(60), "sign_out", "mara.lind")];
    append(&ledger, all.clone()).await;
    ledger.archive(&tenant()).await.unwrap();
    let late = vec![access(3, minute(20), "sign_out", "mara.lind"), access(4, minute(30), "sign_in", "mara.lind")];
    all.extend(late.clone());
    append(&ledger, late).await;
    assert_eq!(told(&sessions(&ledger).await), told(&expected(&all, &SourceLimits::default())), "at once");
    ledger.archive(&tenant()).await.unwrap();
    assert_eq!(told(&sessions(&ledger).await), told(&expected(&all, &SourceLimits::default())), "in the lake");
    ledger.close().await.unwrap();
    drop(ledger);
    let ledger = open(&folder).await;
    assert_eq!(told(&sessions(&ledger).await), told(&expected(&all, &SourceLimits::default())), "after a restart");
}

async fn an_agent_is_the_same_by_account_and_by_employee_id(engine: Engine) {
    let folder = Home::new(engine);
    let ledger = open(&folder).await;
    let mut all = vec![access(1, minute(0), "sign_in", "1001"), access(2, minute(480), "sign_out", "1001")];
    append(&ledger, all.clone()).await;
    ledger.archive(&tenant()).await.unwrap();
    let mut late = access(3, minute(240), "sign_out", "1001");
    (late.account, late.employee_id) = (None, Some("1001".to_owned()));
    all.push(late.clone());
    append(&ledger, vec![late]).await;
    assert_eq!(told(&sessions(&ledger).await), told(&expected(&all, &SourceLimits::default())));
}

fn any_event() -> impl Strategy<Value = (u8, u8, u8, u8, bool)> {
    // minute, agent, activity, session id, outcome
    (0_u8..90, 0_u8..3, 0_u8..9, 0_u8..4, prop::bool::weighted(0.9))
}

fn make(number: usize, (at, agent, activity, session, success): (u8, u8, u8, u8, bool)) -> Event {
    let activities = rollcall_model::AccessActivity::ALL;
    let activity = activities[usize::from(activity) % activities.len()];
    // Starts and stops of the source are rarer than what people do.
    let activity = if activity.as_str().starts_with("system") && at % 3 != 0 { activities[0] } else { activity };
    // Minutes over two days, so that files of several days are touched.
    let mut event = access(number as u128 + 1, minute(i64::from(at) * 37), activity.as_str(), &format!("agent{agent}"));
    if number % 5 == 4 {
        event.employee_id = event.account.take();
    }
    event.session_id = (session > 1).then(|| format!("s{session}"));
    event.triggered_by_name = Some(format!("boss{}", session % 2));
    if !success {
        event.outcome = Outcome::Failure;
    }
    event
}

async fn any_arrival_and_any_archive_steps_give_what_pairing_anew_gives(engine: Engine) {
    // On PostgreSQL each case makes its own schema, which takes longer.
    let usual = if engine == Engine::Postgres { 8 } else { 48 };
    let arrivals = (prop::collection::vec(any_event(), 1..60), prop::collection::vec((0_usize..60, any::<bool>()), 0..6), any::<bool>());
    let runtime = tokio::runtime::Handle::current();
    let check = move || {
        proptest!(cases(usual), |((raw, cuts, limited) in arrivals)| {
            let limits = if limited { idle_limit("portal", 120) } else { SourceLimits::default() };
            let all: Vec<Event> = raw.into_iter().enumerate().map(|(number, raw)| make(number, raw)).collect();
            runtime.block_on(arrive(engine, all, cuts, limits))?;
        });
    };
    tokio::task::spawn_blocking(check).await.unwrap();
}

async fn arrive(engine: Engine, all: Vec<Event>, cuts: Vec<(usize, bool)>, limits: SourceLimits) -> Result<(), TestCaseError> {
    let folder = Home::new(engine);
    let ledger = open_with_limits(&folder, limits.clone()).await;
    let mut bounds: Vec<(usize, bool)> = cuts.into_iter().map(|(at, archive)| (at.min(all.len()), archive)).collect();
    bounds.sort_unstable();
    bounds.push((all.len(), false));
    let mut from = 0;
    for (to, archive) in bounds {
        append(&ledger, all[from..to].to_vec()).await;
        from = to;
        prop_assert_eq!(told(&sessions(&ledger).await), told(&expected(&all[..to], &limits)), "after {} events", to);
        if archive {
            ledger.archive(&tenant()).await.unwrap();
            prop_assert_eq!(told(&sessions(&ledger).await), told(&expected(&all[..to], &limits)), "archived after {} events", to);
        }
    }
    // What was known earlier, whether it lies in the tail or in files by now.
    for archived in [false, true] {
        for known in [0, all.len() / 3, all.len() / 2, all.len()] {
            let then = snapshot(&ledger).await.as_of(i64::try_from(known).unwrap()).unwrap();
            // A session whose limit has passed is expired, whether its row says so or leaves it to the asked moment.
            let seen = |sessions: &[rollcall_model::Session]| sessions.iter().filter_map(|s| s.as_of(minute(100_000))).collect::<Vec<_>>();
            let (found, anew) = (sessions_of(&then).await, expected(&all[..known], &limits));
            prop_assert_eq!(told(&seen(&found)), told(&seen(&anew)), "as of seq {}, archived: {}", known, archived);
            prop_assert_eq!(events_of(&then).await.len(), known);
        }
        ledger.archive(&tenant()).await.unwrap();
    }
    ledger.close().await.unwrap();
    Ok(())
}
