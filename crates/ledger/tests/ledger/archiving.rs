//! Archive: from the journal to the lake, all or nothing.

use rollcall_ledger::{Ledger, Options};
use rollcall_model::{Category, Event, Outcome, Scope, scope::ScopePart};

use crate::fixtures::*;

on_both_engines![
    what_is_archived_leaves_the_journal_and_looks_the_same,
    appending_goes_on_while_archiving,
    files_of_a_step_that_never_committed_are_removed_when_the_folder_opens,
    a_snapshot_shows_nothing_outside_its_scope,
];

fn activity(number: u128, day: i64) -> Event {
    let mut event = Event::new(id(number), minute(day * 1_440), "wfm", Category::Activity, "Updated", Outcome::Success);
    event.application = Some("WFM".to_owned());
    event
}

async fn what_is_archived_leaves_the_journal_and_looks_the_same(engine: Engine) {
    let folder = Home::new(engine);
    let ledger = open(&folder).await;
    append(&ledger, vec![access(1, minute(0), "sign_in", "mara.lind"), activity(2, 0), activity(3, 1)]).await;
    let before = (events(&ledger).await, sessions(&ledger).await);
    let report = ledger.archive(&tenant()).await.unwrap();
    assert_eq!((report.events, report.sessions), (3, 0), "an open session is not an ended one");
    assert_eq!(report.files, 6, "access of one day, others of two days, their counts, the open sessions");
    assert_eq!(ledger.tail_events(&tenant()).unwrap(), 0);
    assert_eq!((events(&ledger).await, sessions(&ledger).await), before);
    append(&ledger, vec![access(4, minute(9), "sign_out", "mara.lind")]).await;
    let report = ledger.archive(&tenant()).await.unwrap();
    assert_eq!((report.events, report.sessions), (1, 1));
    assert_eq!(ledger.archive(&tenant()).await.unwrap().files, 0, "nothing to do");
    assert_without_gaps(&events(&ledger).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_moved_folder_opens_and_knows_where_its_files_are() {
    let parent = tempfile::tempdir().unwrap();
    let (here, there) = (parent.path().join("here"), parent.path().join("there"));
    let ledger = Ledger::open(Options::new(&here)).await.unwrap();
    append(&ledger, vec![full_event(1, minute(0))]).await;
    ledger.archive(&tenant()).await.unwrap();
    ledger.close().await.unwrap();
    drop(ledger);
    std::fs::rename(&here, &there).unwrap();
    let ledger = Ledger::open(Options::new(&there)).await.unwrap();
    assert_eq!(events(&ledger).await.len(), 1);
}

async fn appending_goes_on_while_archiving(engine: Engine) {
    let folder = Home::new(engine);
    let ledger = std::sync::Arc::new(open(&folder).await);
    let writer = {
        let ledger = std::sync::Arc::clone(&ledger);
        tokio::spawn(async move {
            for number in 0..300_u128 {
                let name = if number % 2 == 0 { "sign_in" } else { "sign_out" };
                append(&ledger, vec![access(number, minute(i64::try_from(number).unwrap()), name, "mara.lind")]).await;
            }
        })
    };
    while !writer.is_finished() {
        ledger.archive(&tenant()).await.unwrap();
        let seen = events(&ledger).await;
        assert_without_gaps(&seen);
    }
    writer.await.unwrap();
    assert_eq!(events(&ledger).await.len(), 300);
    assert_eq!(sessions(&ledger).await.len(), 150);
}

async fn files_of_a_step_that_never_committed_are_removed_when_the_folder_opens(engine: Engine) {
    let folder = Home::new(engine);
    let ledger = open(&folder).await;
    append(&ledger, vec![full_event(1, minute(0))]).await;
    ledger.archive(&tenant()).await.unwrap();
    ledger.close().await.unwrap();
    drop(ledger);
    let day = folder.path().join("lake/default/events/year=2026/month=4/day=15");
    let real = std::fs::read_dir(&day).unwrap().next().unwrap().unwrap().path();
    let orphan = day.join("access-00000000-0000-7000-8000-000000000000.parquet");
    let foreign = day.join("notes.parquet");
    std::fs::copy(&real, &orphan).unwrap();
    std::fs::copy(&real, &foreign).unwrap();
    let ledger = open(&folder).await;
    assert!(!orphan.exists() && real.exists() && foreign.exists(), "only what bears a name of ours and that nobody names");
    assert_eq!(events(&ledger).await.len(), 1);
}

async fn visible(ledger: &Ledger, scope: Scope) -> usize {
    let snapshot = ledger.snapshot(&tenant(), scope).await.unwrap();
    let events = events_of(&snapshot).await.len();
    assert_eq!(events, snapshot.events().unwrap().count().await.unwrap(), "a count sees what rows do");
    events
}

async fn a_snapshot_shows_nothing_outside_its_scope(engine: Engine) {
    let folder = Home::new(engine);
    let ledger = open(&folder).await;
    append(&ledger, vec![full_event(1, minute(0)), access(2, minute(1), "sign_in", "nobody")]).await;
    for _ in ["tail", "lake"] {
        let under = |branch: &str| Scope::Parts(vec![ScopePart { hierarchies: vec![branch.to_owned()], ..ScopePart::default() }]);
        assert_eq!(visible(&ledger, Scope::All).await, 2);
        assert_eq!(visible(&ledger, Scope::Nothing).await, 0);
        assert_eq!(visible(&ledger, under("EMEA / Stockholm")).await, 1);
        assert_eq!(visible(&ledger, under("EMEA / Stock")).await, 0, "whole levels");
        assert_eq!(visible(&ledger, under("EM%")).await, 0, "no patterns");
        assert_eq!(visible(&ledger, Scope::Parts(vec![ScopePart::default()])).await, 0, "a part without conditions gives nothing");
        let tagged = |value: &str| {
            let tags = [("site".to_owned(), value.to_owned())].into();
            Scope::Parts(vec![ScopePart { routing_profiles: vec!["Billing".to_owned()], tags, ..ScopePart::default() }])
        };
        assert_eq!(visible(&ledger, tagged("sto")).await, 1);
        assert_eq!(visible(&ledger, tagged("got")).await, 0, "all conditions of a part must hold");
        ledger.archive(&tenant()).await.unwrap();
    }
}
