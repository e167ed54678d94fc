//! Append: durable, once, numbered without gaps.

use std::sync::Arc;

use rollcall_ledger::{Error, Ledger, Submission};
use rollcall_model::canonical;

use crate::fixtures::*;

on_both_engines![
    an_acknowledged_event_is_visible_to_the_next_query,
    neither_journal_nor_archive_nor_restart_changes_what_an_event_encodes,
    the_same_id_and_time_are_one_event_in_tail_lake_and_after_a_restart,
    the_same_id_with_other_content_is_named_and_the_first_stays,
    one_commit_serves_many_callers,
    closing_writes_what_is_waiting_and_then_refuses,
    a_folder_belongs_to_one_process,
    a_lake_that_is_not_mounted_is_refused,
    too_much_at_once_is_refused_and_nothing_of_it_is_kept,
];

async fn an_acknowledged_event_is_visible_to_the_next_query(engine: Engine) {
    let folder = Home::new(engine);
    let ledger = open(&folder).await;
    let receipt = append(&ledger, vec![full_event(1, minute(0)), full_event(2, minute(1))]).await;
    assert_eq!((receipt.accepted, receipt.duplicates, receipt.conflicts.len()), (2, 0, 0));
    let stored = events(&ledger).await;
    assert_without_gaps(&stored);
    assert_eq!(stored[0].event, full_event(1, minute(0)));
    assert_eq!(stored[1].event, full_event(2, minute(1)));
}

async fn neither_journal_nor_archive_nor_restart_changes_what_an_event_encodes(engine: Engine) {
    let folder = Home::new(engine);
    let ledger = open(&folder).await;
    append(&ledger, vec![full_event(1, minute(0)), access(2, minute(1), "sign_out", "mara.lind")]).await;
    let encoded = |stored: &[rollcall_model::StoredEvent]| stored.iter().map(canonical::encode).collect::<Vec<_>>();
    let in_journal = encoded(&events(&ledger).await);
    ledger.archive(&tenant()).await.unwrap();
    assert_eq!(encoded(&events(&ledger).await), in_journal);
    ledger.close().await.unwrap();
    drop(ledger);
    let ledger = open(&folder).await;
    assert_eq!(encoded(&events(&ledger).await), in_journal);
}

async fn the_same_id_and_time_are_one_event_in_tail_lake_and_after_a_restart(engine: Engine) {
    let folder = Home::new(engine);
    let ledger = open(&folder).await;
    append(&ledger, vec![full_event(1, minute(0)), full_event(1, minute(0))]).await;
    assert_eq!(append(&ledger, vec![full_event(1, minute(0))]).await.duplicates, 1, "in the tail");
    ledger.archive(&tenant()).await.unwrap();
    assert_eq!(append(&ledger, vec![full_event(1, minute(0))]).await.duplicates, 1, "in the lake");
    ledger.close().await.unwrap();
    drop(ledger);
    let ledger = open(&folder).await;
    assert_eq!(append(&ledger, vec![full_event(1, minute(0))]).await.duplicates, 1, "after a restart");
    assert_eq!(append(&ledger, vec![full_event(1, minute(1))]).await.accepted, 1, "the same id at another time is another event");
    assert_without_gaps(&events(&ledger).await);
    assert_eq!(events(&ledger).await.len(), 2);
}

async fn the_same_id_with_other_content_is_named_and_the_first_stays(engine: Engine) {
    let folder = Home::new(engine);
    let ledger = open(&folder).await;
    append(&ledger, vec![access(1, minute(0), "sign_in", "mara.lind")]).await;
    for archived in [false, true] {
        let other = access(1, minute(0), "sign_in", "somebody.else");
        let receipt = append(&ledger, vec![access(2 + u128::from(archived), minute(5), "sign_in", "x"), other]).await;
        assert_eq!((receipt.accepted, receipt.duplicates), (1, 0));
        assert_eq!((receipt.conflicts[0].index, receipt.conflicts[0].event_id), (1, id(1)), "archived: {archived}");
        ledger.archive(&tenant()).await.unwrap();
    }
    assert_eq!(events(&ledger).await[0].event.account.as_deref(), Some("mara.lind"));
}

async fn one_commit_serves_many_callers(engine: Engine) {
    let folder = Home::new(engine);
    let ledger = Arc::new(open(&folder).await);
    let callers = (0..200_u128).map(|number| {
        let ledger = Arc::clone(&ledger);
        tokio::spawn(async move { append(&ledger, vec![access(number, minute(0), "sign_in", &format!("agent{number}"))]).await.accepted })
    });
    let mut accepted = 0;
    for caller in callers.collect::<Vec<_>>() {
        accepted += caller.await.unwrap();
    }
    assert_eq!(accepted, 200);
    let stored = events(&ledger).await;
    assert_without_gaps(&stored);
    let mut commits: Vec<_> = stored.iter().map(|stored| stored.received_at).collect();
    commits.dedup();
    assert!(commits.len() < 150, "200 callers took {} commits", commits.len());
}

async fn closing_writes_what_is_waiting_and_then_refuses(engine: Engine) {
    let folder = Home::new(engine);
    let ledger = Arc::new(open(&folder).await);
    let waiting: Vec<_> = (0..50_u128)
        .map(|number| {
            let ledger = Arc::clone(&ledger);
            tokio::spawn(async move {
                let events = vec![access(number, minute(0), "sign_in", "mara.lind")];
                ledger.append(&tenant(), Submission { events, ..Submission::default() }).await
            })
        })
        .collect();
    ledger.close().await.unwrap();
    let mut acknowledged = 0;
    for answer in waiting {
        match answer.await.unwrap() {
            Ok(receipt) => acknowledged += receipt.accepted,
            Err(error) => assert!(matches!(error, Error::Closed), "{error}"),
        }
    }
    drop(ledger);
    let ledger = open(&folder).await;
    assert_eq!(events(&ledger).await.len() as u64, acknowledged);
}

async fn a_folder_belongs_to_one_process(engine: Engine) {
    let folder = Home::new(engine);
    let ledger = open(&folder).await;
    let error = Ledger::open(folder.options()).await.unwrap_err();
    assert!(matches!(error, Error::Locked(_)), "{error}");
    ledger.close().await.unwrap();
    drop(ledger);
    open(&folder).await;
}

async fn too_much_at_once_is_refused_and_nothing_of_it_is_kept(engine: Engine) {
    let folder = Home::new(engine);
    let ledger = open(&folder).await;
    let events = vec![access(1, minute(0), "sign_in", "mara.lind"); 100_001];
    let error = ledger.append(&tenant(), Submission { events, ..Submission::default() }).await.unwrap_err();
    assert!(matches!(error, Error::BatchTooLarge { limit: 100_000, got: 100_001 }), "{error}");
    assert_eq!(ledger.next_seq(&tenant()).unwrap(), 0);
}

async fn a_lake_that_is_not_mounted_is_refused(engine: Engine) {
    let home = Home::new(engine);
    let ledger = open(&home).await;
    append(&ledger, vec![full_event(1, minute(0))]).await;
    ledger.archive(&tenant()).await.unwrap();
    ledger.close().await.unwrap();
    drop(ledger);
    let options = home.options();
    let lake = options.lake.unwrap_or_else(|| options.folder.join("lake"));
    let elsewhere = home.path().join("elsewhere");
    std::fs::rename(&lake, &elsewhere).unwrap();
    let refused = Ledger::open(home.options()).await.unwrap_err().to_string();
    assert!(refused.contains("expected the lake's own folder in") && refused.contains("mount it"), "{refused}");
    // Opening has made an empty folder where the other one belongs.
    std::fs::remove_dir(&lake).unwrap();
    std::fs::rename(&elsewhere, &lake).unwrap();
    assert_eq!(events(&open(&home).await).await.len(), 1);
}
