//! Compaction and expiry: fewer files, the same rows, and nothing taken from under a reader.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use futures::StreamExt;
use rollcall_ledger::{Ledger, Options};
use rollcall_model::{Category, Event, Outcome, Scope, canonical};

use crate::fixtures::*;

on_both_engines![
    compaction_leaves_one_file_a_class_and_day_and_every_row_as_it_was,
    expiry_takes_nothing_from_a_query_or_a_cursor,
    files_that_were_to_be_deleted_are_deleted_by_the_next_run,
];

fn activity(number: u128, minutes: i64) -> Event {
    let mut event = Event::new(id(number), minute(minutes), "wfm", Category::Activity, "Updated", Outcome::Success);
    event.application = Some("WFM".to_owned());
    event
}

/// Several archive steps over two days, with late events among them.
async fn archive_in_steps(ledger: &Ledger, steps: u128) {
    for step in 0..steps {
        let at = i64::try_from(step).unwrap() * 200;
        let name = |n: u128| format!("agent{}", (step + n) % 5);
        let mut events: Vec<Event> = (0..4).map(|n| access(step * 100 + n, minute(at + 1), "sign_in", &name(n))).collect();
        events.extend((0..4).map(|n| access(step * 100 + 10 + n, minute(at + 90), "sign_out", &name(n))));
        events.extend((0..6).map(|n| activity(step * 100 + 20 + n, at + 30)));
        events.push(access(step * 100 + 50, minute(at / 2), "sign_out", &name(0)));
        append(ledger, events).await;
        ledger.archive(&tenant()).await.unwrap();
    }
}

/// How many Parquet files there are by table and class.
fn files(lake: &Path) -> BTreeMap<String, usize> {
    let mut found = BTreeMap::new();
    for path in paths(lake) {
        let name = path.file_name().unwrap().to_str().unwrap().split('-').next().unwrap().to_owned();
        *found.entry(name).or_default() += 1;
    }
    found
}

fn paths(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { paths(&path) } else { vec![path] }).collect()
}

async fn open_without_grace(home: &Home) -> Ledger {
    Ledger::open(Options { file_grace: Duration::ZERO, ..home.options() }).await.unwrap()
}

async fn told(ledger: &Ledger) -> (Vec<Vec<u8>>, Vec<rollcall_model::Session>) {
    (
        events(ledger).await.iter().map(canonical::encode).map(|encoded| format!("{encoded:?}").into_bytes()).collect(),
        sessions(ledger).await,
    )
}

async fn compaction_leaves_one_file_a_class_and_day_and_every_row_as_it_was(engine: Engine) {
    let home = Home::new(engine);
    let ledger = open_without_grace(&home).await;
    archive_in_steps(&ledger, 12).await;
    let before = told(&ledger).await;
    let steps = files(&home.path().join("lake"));
    assert!(steps["access"] >= 12 && steps["other"] >= 12 && steps["counts"] >= 12, "{steps:?}");
    let report = ledger.compact(&tenant()).await.unwrap();
    assert!(report.merged > 30, "{report:?}");
    assert_eq!(told(&ledger).await, before);
    let expired = ledger.expire().await.unwrap();
    assert!(expired.files >= report.merged, "{expired:?}");
    let left = files(&home.path().join("lake"));
    assert_eq!((left["access"], left["other"], left["ended"], left["counts"]), (2, 2, 2, 2), "one a day: {left:?}");
    assert_eq!(told(&ledger).await, before);
    ledger.close().await.unwrap();
    drop(ledger);
    let ledger = open(&home).await;
    assert_eq!(told(&ledger).await, before, "after a restart");
    assert_eq!(append(&ledger, vec![activity(20, 30)]).await.duplicates, 1, "duplicates are known in merged files too");
    archive_in_steps(&ledger, 13).await;
    assert_without_gaps(&events(&ledger).await);
}

async fn expiry_takes_nothing_from_a_query_or_a_cursor(engine: Engine) {
    let home = Home::new(engine);
    let ledger = open_without_grace(&home).await;
    archive_in_steps(&ledger, 6).await;
    let held = snapshot(&ledger).await;
    ledger.hold(&held).await.unwrap();
    let as_held = (events_of(&held).await, sessions_of(&held).await);
    let held = held.id();
    archive_in_steps(&ledger, 7).await;
    let reading = snapshot(&ledger).await;
    let mut rows = reading.events().unwrap().execute_stream().await.unwrap();
    ledger.compact(&tenant()).await.unwrap();
    archive_in_steps(&ledger, 8).await;
    ledger.expire().await.unwrap();
    let mut read = 0;
    while let Some(batch) = rows.next().await {
        read += batch.unwrap().num_rows();
    }
    assert_eq!(read, 7 * 15, "the query under way reads on");
    drop((rows, reading));
    ledger.expire().await.unwrap();
    let again = ledger.snapshot_at(&tenant(), Scope::All, held).await.unwrap();
    assert_eq!((events_of(&again).await, sessions_of(&again).await), as_held, "the cursor goes on");
    let missing =
        ledger.snapshot_at(&tenant(), Scope::All, rollcall_ledger::SnapshotId { snapshot_id: held.snapshot_id + 2, ..held }).await;
    assert!(missing.unwrap_err().is_snapshot_gone(), "what nobody held is gone");
}

async fn files_that_were_to_be_deleted_are_deleted_by_the_next_run(engine: Engine) {
    let home = Home::new(engine);
    let ledger = open_without_grace(&home).await;
    archive_in_steps(&ledger, 3).await;
    let replaced = paths(&home.path().join("lake/default/events"));
    ledger.compact(&tenant()).await.unwrap();
    // As if a run had been stopped half way through: one of the files is gone already.
    let victim = replaced.iter().find(|path| path.to_str().unwrap().contains("other-")).unwrap();
    std::fs::remove_file(victim).unwrap();
    assert!(ledger.expire().await.unwrap().files > 0);
    assert!(replaced.iter().all(|path| !path.exists()), "merged files are gone");
    assert_eq!(ledger.expire().await.unwrap().files, 0);
    assert_eq!(events(&ledger).await.len(), 45);
}
