//! The outbox: what waits for the ledger, once and in order.

use rollcall_control::outbox::{Pending, Record};
use rollcall_test_postgres::{Engine, on_both_engines};

use crate::fixture::{Place, at, record, waiting};

on_both_engines![
    what_waits_comes_oldest_first_and_in_portions,
    a_record_is_added_once_while_it_waits,
    what_is_drained_waits_no_more_whoever_drains_it,
    a_place_in_the_outbox_is_never_given_again,
    it_waits_also_after_opening_anew,
    a_damaged_record_is_named,
    what_is_announced_is_held_until_it_is_complete_or_its_time_is_over,
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

async fn what_is_announced_is_held_until_it_is_complete_or_its_time_is_over(engine: Engine) {
    let place = Place::new(engine);
    let control = place.open().await.unwrap();
    for number in 1..4 {
        control.outbox().announce(&record("default", number), at(100)).await.unwrap();
    }
    let free = async |seconds: i64| -> Vec<u128> {
        let pending = control.outbox().pending_at(at(seconds), 0, 9).await.unwrap();
        pending.into_iter().map(|pending| pending.record.event_id.as_u128()).collect()
    };
    assert_eq!(free(99).await, [] as [u128; 0]);
    assert_eq!(control.outbox().count().await.unwrap(), 3, "what is held takes room too");
    let whole = Record { event: "{\"rows\": 7}".to_owned(), ..record("default", 1) };
    assert!(control.outbox().complete(&whole).await.unwrap());
    assert!(!control.outbox().complete(&whole).await.unwrap(), "it is held no more");
    assert_eq!(free(99).await, [1]);
    assert_eq!(control.outbox().pending_at(at(99), 0, 9).await.unwrap()[0].record, whole);
    control.outbox().withdraw(&record("default", 2)).await.unwrap();
    control.outbox().withdraw(&whole).await.unwrap();
    assert_eq!(free(100).await, [1, 3], "what is complete is not taken back, and what nobody completes goes as it is");
    // Another tenant's event of the same id is another one.
    assert!(!control.outbox().complete(&record("north", 3)).await.unwrap());
}
