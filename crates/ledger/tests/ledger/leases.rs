//! Leases: a snapshot that somebody pages through stays as it was.

use rollcall_ledger::SnapshotId;
use rollcall_model::Scope;

use crate::fixtures::*;

on_both_engines![
    a_held_snapshot_stays_as_it_was_over_archive_and_restart,
    a_snapshot_whose_rows_are_gone_can_not_be_held,
    a_cursor_goes_on_in_a_tail_that_has_grown,
    a_snapshot_that_is_not_kept_is_named,
];

async fn a_held_snapshot_stays_as_it_was_over_archive_and_restart(engine: Engine) {
    let folder = Home::new(engine);
    let ledger = open(&folder).await;
    append(&ledger, vec![access(1, minute(0), "sign_in", "mara.lind")]).await;
    ledger.archive(&tenant()).await.unwrap();
    append(&ledger, vec![access(2, minute(1), "sign_in", "omar.aziz")]).await;
    let held = snapshot(&ledger).await;
    ledger.hold(&held).await.unwrap();
    let as_held = (events_of(&held).await, sessions_of(&held).await);
    append(&ledger, vec![access(3, minute(5), "sign_out", "mara.lind"), access(4, minute(0), "sign_in", "late.one")]).await;
    ledger.archive(&tenant()).await.unwrap();
    let again = ledger.snapshot_at(&tenant(), Scope::All, held.id()).await.unwrap();
    assert_eq!((events_of(&again).await, sessions_of(&again).await), as_held);
    ledger.close().await.unwrap();
    drop((ledger, again));
    let ledger = open(&folder).await;
    let again = ledger.snapshot_at(&tenant(), Scope::All, held.id()).await.unwrap();
    assert_eq!((events_of(&again).await, sessions_of(&again).await), as_held);
    assert_eq!(events(&ledger).await.len(), 4, "a marked journal row is not shown twice");
}

async fn a_snapshot_whose_rows_are_gone_can_not_be_held(engine: Engine) {
    let folder = Home::new(engine);
    let ledger = open(&folder).await;
    append(&ledger, vec![access(1, minute(0), "sign_in", "mara.lind")]).await;
    let taken = snapshot(&ledger).await;
    ledger.archive(&tenant()).await.unwrap();
    let error = ledger.hold(&taken).await.unwrap_err();
    assert!(error.is_snapshot_gone(), "{error}");
}

async fn a_cursor_goes_on_in_a_tail_that_has_grown(engine: Engine) {
    let folder = Home::new(engine);
    let ledger = open(&folder).await;
    append(&ledger, vec![access(1, minute(0), "sign_in", "mara.lind")]).await;
    let held = snapshot(&ledger).await;
    ledger.hold(&held).await.unwrap();
    for number in 2..9 {
        append(&ledger, vec![access(number, minute(5), "sign_in", "mara.lind")]).await;
    }
    let again = ledger.snapshot_at(&tenant(), Scope::All, held.id()).await.unwrap();
    assert_eq!((events_of(&again).await, sessions_of(&again).await), (events_of(&held).await, sessions_of(&held).await));
}

async fn a_snapshot_that_is_not_kept_is_named(engine: Engine) {
    let folder = Home::new(engine);
    let ledger = open(&folder).await;
    append(&ledger, vec![access(1, minute(0), "sign_in", "mara.lind")]).await;
    let not_held = snapshot(&ledger).await.id();
    ledger.archive(&tenant()).await.unwrap();
    let future = SnapshotId { snapshot_id: 99, next_seq: 99 };
    for id in [not_held, future] {
        let error = ledger.snapshot_at(&tenant(), Scope::All, id).await.unwrap_err();
        assert!(error.is_snapshot_gone(), "{error}");
    }
}
