//! Quarantine: what could not be taken is kept, told once, and bounded.

use rollcall_ledger::{Ledger, RejectedRecord, Submission};
use rollcall_model::Category;
use uuid::Uuid;

use crate::fixtures::*;

on_both_engines![
    one_event_tells_of_a_batch_and_reason_and_the_records_can_be_listed,
    the_same_record_again_is_not_told_again_until_it_is_released,
    the_oldest_make_room_and_what_comes_again_pushes_nothing_out,
];

fn rejected(line: i64, reason: &str) -> RejectedRecord {
    RejectedRecord {
        record_id: Uuid::new_v5(&Uuid::NAMESPACE_OID, format!("{line}").as_bytes()),
        source: "pbx".to_owned(),
        format: "asterisk-queue-log".to_owned(),
        line,
        field: Some("time".to_owned()),
        reason: format!("{reason}; got \"line {line}\""),
        raw: format!("nonsense {line}").into_bytes(),
    }
}

async fn submit(ledger: &Ledger, rejected: Vec<RejectedRecord>) {
    ledger.append(&tenant(), Submission { rejected, ..Submission::default() }).await.unwrap();
}

async fn one_event_tells_of_a_batch_and_reason_and_the_records_can_be_listed(engine: Engine) {
    let folder = Home::new(engine);
    let ledger = open(&folder).await;
    submit(&ledger, vec![rejected(3, "expected a number"), rejected(7, "expected a number"), rejected(9, "expected five fields")]).await;
    let stored = events(&ledger).await;
    assert_eq!(stored.len(), 2);
    assert!(stored.iter().all(|stored| stored.event.category == Category::IntegrationFailure && stored.event.source == "pbx"));
    let told: Vec<_> =
        stored.iter().map(|stored| (stored.event.failure_reason.clone().unwrap(), stored.event.details.clone().unwrap())).collect();
    assert!(told.contains(&("time: expected a number".to_owned(), r#"{"count":2,"first_line":3}"#.to_owned())), "{told:?}");
    let listed = ledger.quarantined(&tenant(), 0, 10).await.unwrap();
    assert_eq!(listed.iter().map(|record| record.record.line).collect::<Vec<_>>(), [3, 7, 9]);
    assert_eq!(listed[0].record, rejected(3, "expected a number"));
    let status = snapshot(&ledger).await.sources()["pbx"].clone();
    assert_eq!((status.rejected, status.events), (3, 0), "what tells of a source is not from it");
    assert!(status.newest_event_time < minute(0), "a rejected record does not say how far a source has come");
}

async fn the_same_record_again_is_not_told_again_until_it_is_released(engine: Engine) {
    let folder = Home::new(engine);
    let ledger = open(&folder).await;
    submit(&ledger, vec![rejected(1, "expected a number")]).await;
    submit(&ledger, vec![rejected(1, "expected a number")]).await;
    assert_eq!(events(&ledger).await.len(), 1);
    let position = ledger.quarantined(&tenant(), 0, 10).await.unwrap()[0].position;
    assert_eq!(ledger.release(&tenant(), &[position]).await.unwrap(), 1);
    assert!(ledger.quarantined(&tenant(), 0, 10).await.unwrap().is_empty());
    submit(&ledger, vec![rejected(2, "expected a number")]).await;
    let next = ledger.quarantined(&tenant(), 0, 10).await.unwrap()[0].position;
    assert!(next > position, "a position is never used twice");
}

async fn the_oldest_make_room_and_what_comes_again_pushes_nothing_out(engine: Engine) {
    let folder = Home::new(engine);
    let ledger = open(&folder).await;
    let many = |from: i64, to: i64| (from..to).map(|line| rejected(line, "expected a number")).collect::<Vec<_>>();
    submit(&ledger, many(0, 10_000)).await;
    submit(&ledger, many(0, 10_000)).await;
    assert_eq!(kept(&ledger).await, (0..10_000).collect::<Vec<_>>());
    submit(&ledger, many(10_000, 10_003)).await;
    assert_eq!(kept(&ledger).await, (3..10_003).collect::<Vec<_>>());
}

async fn kept(ledger: &Ledger) -> Vec<i64> {
    ledger.quarantined(&tenant(), 0, 20_000).await.unwrap().iter().map(|record| record.record.line).collect()
}
