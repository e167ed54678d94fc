//! What was read is recorded once in a while.

use futures::future::join_all;
use rollcall_control::ControlError;
use rollcall_test_postgres::{Engine, on_both_engines};

use crate::fixture::{Place, at, record, waiting};

on_both_engines![
    what_is_read_again_and_again_is_recorded_once_an_hour,
    of_several_who_read_the_same_at_once_one_is_recorded,
    a_reading_and_its_record_are_one,
    what_is_forgotten_is_recorded_anew,
];

const HOUR: i64 = 3_600;

/// A record of a moment.
fn read(number: u128, moment: i64) -> rollcall_control::outbox::Record {
    rollcall_control::outbox::Record { created_at: at(moment), ..record("default", number) }
}

async fn what_is_read_again_and_again_is_recorded_once_an_hour(engine: Engine) {
    let place = Place::new(engine);
    let control = place.open().await.unwrap();
    let moments = [(1, 0, true), (2, 1, false), (3, HOUR - 1, false), (4, HOUR, true), (5, HOUR + 1, false), (6, 3 * HOUR, true)];
    for (number, moment, is_recorded) in moments {
        let recorded = control.readings().record("a", at(moment - HOUR), &read(number, moment), None).await.unwrap();
        assert_eq!(recorded, is_recorded, "{moment}");
    }
    assert!(control.readings().record("b", at(2 * HOUR), &read(7, 3 * HOUR), None).await.unwrap(), "another reader, or something else");
    assert_eq!(waiting(&control).await, [1, 4, 6, 7]);
}

async fn of_several_who_read_the_same_at_once_one_is_recorded(engine: Engine) {
    let place = Place::new(engine);
    let nodes = [place.open().await.unwrap(), place.open().await.unwrap()];
    for round in 0..3 {
        let moment = i64::from(round) * HOUR;
        let outcomes = join_all((0..8_u32).map(|number| {
            let control = nodes[number as usize % 2].clone();
            let record = read(u128::from(round * 8 + number), moment);
            tokio::spawn(async move { control.readings().record("a", at(moment - HOUR), &record, None).await.unwrap() })
        }));
        assert_eq!(outcomes.await.into_iter().filter(|outcome| *outcome.as_ref().unwrap()).count(), 1, "round {round}");
    }
    assert_eq!(waiting(&nodes[0]).await.len(), 3);
}

async fn a_reading_and_its_record_are_one(engine: Engine) {
    let place = Place::new(engine);
    let control = place.open().await.unwrap();
    control.outbox().add(&record("default", 1)).await.unwrap();
    let error = control.readings().record("a", at(0), &read(1, HOUR), None).await.unwrap_err();
    assert!(matches!(error, ControlError::RecordTwice { .. }), "{error}");
    assert!(control.readings().record("a", at(0), &read(2, HOUR), None).await.unwrap(), "what was not recorded was not read");
    assert_eq!(waiting(&control).await, [1, 2]);
}

async fn what_is_forgotten_is_recorded_anew(engine: Engine) {
    let place = Place::new(engine);
    let control = place.open().await.unwrap();
    for (number, digest, moment) in [(1, "a", 0), (2, "b", 1)] {
        assert!(control.readings().record(digest, at(moment - HOUR), &read(number, moment), None).await.unwrap());
    }
    control.readings().forget(at(0)).await.unwrap();
    assert!(control.readings().record("a", at(-HOUR), &read(3, 2), None).await.unwrap());
    assert!(!control.readings().record("b", at(-HOUR), &read(4, 2), None).await.unwrap());
}
