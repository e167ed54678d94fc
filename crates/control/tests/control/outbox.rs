//! The outbox: what waits for the ledger, once and in order.

use rollcall_control::outbox::Pending;
use rollcall_test_postgres::{Engine, on_both_engines};

use crate::fixture::{Place, record, waiting};

on_both_engines![
    what_waits_comes_oldest_first_and_in_portions,
    a_record_is_added_once_while_it_waits,
    what_is_drained_waits_no_more_whoever_drains_it,
    a_place_in_the_outbox_is_never_given_again,
    it_waits_also_after_opening_anew,
    a_damaged_record_is_named,
];

async fn what_waits_comes_oldest_first_and_in_portions(engine: Engine) {
    let place = Place::new(engine);
    let control = place.open().await.unwrap();
    let records = [record("default", 9), record("north", 3), record("default", 6)];
    for record in &records {
        assert!(control.outbox().add(record).await.unwrap());
    }
    let told = |pending: Vec<Pending>| pending.into_iter().map(|pending| pending.record).collect::<Vec<_>>();
    assert_eq!(told(control.outbox().pending(2).await.unwrap()), records[..2]);
    assert_eq!(told(control.outbox().pending(9).await.unwrap()), records);
    assert_eq!(control.outbox().count().await.unwrap(), 3);
}

async fn a_record_is_added_once_while_it_waits(engine: Engine) {
    let place = Place::new(engine);
    let control = place.open().await.unwrap();
    assert!(control.outbox().add(&record("default", 1)).await.unwrap());
    assert!(!control.outbox().add(&record("default", 1)).await.unwrap());
    assert!(control.outbox().add(&record("north", 1)).await.unwrap(), "another tenant's records are others");
    assert_eq!(waiting(&control).await, [1, 1]);
}

async fn what_is_drained_waits_no_more_whoever_drains_it(engine: Engine) {
    let place = Place::new(engine);
    let control = place.open().await.unwrap();
    for number in 1..=4 {
        control.outbox().add(&record("default", number)).await.unwrap();
    }
    let ids: Vec<i64> = control.outbox().pending(3).await.unwrap().into_iter().map(|pending| pending.id).collect();
    for _ in 0..2 {
        control.outbox().drained(&ids).await.unwrap();
        assert_eq!(waiting(&control).await, [4]);
    }
    control.outbox().drained(&[]).await.unwrap();
    assert_eq!(control.outbox().count().await.unwrap(), 1);
}

async fn a_place_in_the_outbox_is_never_given_again(engine: Engine) {
    let place = Place::new(engine);
    let control = place.open().await.unwrap();
    control.outbox().add(&record("default", 1)).await.unwrap();
    let first = control.outbox().pending(1).await.unwrap()[0].id;
    control.outbox().drained(&[first]).await.unwrap();
    control.outbox().add(&record("default", 2)).await.unwrap();
    // Somebody else comes late with what it has drained.
    control.outbox().drained(&[first]).await.unwrap();
    assert_eq!(waiting(&control).await, [2]);
}

async fn it_waits_also_after_opening_anew(engine: Engine) {
    let place = Place::new(engine);
    let control = place.open().await.unwrap();
    control.outbox().add(&record("default", 1)).await.unwrap();
    control.close().await.unwrap();
    let again = place.open().await.unwrap();
    assert_eq!(again.outbox().pending(1).await.unwrap()[0].record, record("default", 1));
}

async fn a_damaged_record_is_named(engine: Engine) {
    let place = Place::new(engine);
    let control = place.open().await.unwrap();
    control.outbox().add(&record("default", 1)).await.unwrap();
    place.sql("UPDATE outbox SET event_id = 'first'").await;
    let error = control.outbox().pending(1).await.unwrap_err();
    assert!(error.to_string().contains("outbox 1: event_id: expected a UUID"), "{error}");
}
