//! A clock that jumps.
//!
//! The ledger holds what the clock says now against moments that it has written down: of leases, of snapshots
//! (for the grace period), of answers to requests, of the last retention. That the clock goes back a day is the
//! same as that all of these are a day later, and that can be had without touching the machine's clock, between
//! two lives of the process as well as while it runs. Nothing else depends on it: `seq` orders events, the names
//! of files need only differ, and `received_at` is told, never compared.

use rollcall_ledger::{Idempotency, Submission};
use rollcall_model::Scope;
use rollcall_model::time::{MICROS_PER_DAY, MICROS_PER_HOUR};
use sqlx::{AssertSqlSafe, Connection};

use crate::child::{Fault, Home, run};
use crate::oracle::{block_on, check, fsck, open, show};
use crate::work::{Draw, Kind, event, tenant};
use crate::{tell, times};

/// Lets the clock jump, for all that the store has written down: forward if positive.
async fn jump(home: &Home, micros: i64) {
    let url = format!("sqlite://{}", home.place.data.join("ledger.db").display());
    let mut connection = sqlx::SqliteConnection::connect(&url).await.unwrap();
    let seconds = micros / 1_000_000;
    // As the catalogue writes moments: microseconds and an offset.
    let moment = |column: &str| {
        format!("{column} = strftime('%Y-%m-%d %H:%M:%S', substr({column}, 1, 19), '-{seconds} seconds') || substr({column}, 20)")
            .replace("--", "+")
    };
    for change in [
        format!("rollcall_lease SET expires_at = expires_at - {micros}"),
        format!("rollcall_idempotency SET created_at = created_at - {micros}"),
        format!("rollcall_removal SET removed_at = removed_at - {micros}"),
        format!("ducklake_snapshot SET {}", moment("snapshot_time")),
        format!("ducklake_files_scheduled_for_deletion SET {}", moment("schedule_start")),
    ] {
        sqlx::raw_sql(AssertSqlSafe(format!("UPDATE {change}"))).execute(&mut connection).await.unwrap();
    }
    connection.close().await.unwrap();
}

const YEAR: i64 = 365 * MICROS_PER_DAY;

#[test]
fn a_clock_that_jumps_between_lives_loses_nothing() {
    let mut draw = Draw(7);
    let mut tried = 0;
    for round in 0..u64::try_from(times()).unwrap() {
        let home = Home::new();
        for micros in [-MICROS_PER_DAY, YEAR, -YEAR, MICROS_PER_HOUR, -MICROS_PER_HOUR] {
            let kill = Fault::Step(format!("kill:commit:{}", 1 + draw.below(30)));
            run(&home.place, round * 10 + draw.below(1_000), Kind::Everything, &kill);
            block_on(jump(&home, micros));
            check(&home.place);
            tried += 1;
        }
    }
    tell("clock jumps", tried, tried);
}

#[test]
fn a_clock_that_jumps_while_it_runs_loses_nothing_and_takes_no_cursor_back() {
    let home = Home::lived_in(31, Kind::Keeping);
    let truth = check(&home.place);
    block_on(async {
        let ledger = open(&home.place).await.unwrap();
        // A cursor that nobody reads from at the moment: only its lease keeps its snapshot.
        let snapshot = ledger.snapshot(&tenant(), Scope::All).await.unwrap();
        let id = snapshot.id();
        ledger.hold(&snapshot).await.unwrap();
        drop(snapshot);
        let first = home.told().next();
        let request = || Submission {
            events: (first..first + 9).map(event).collect(),
            idempotency: Some(Idempotency { key: [1; 32], fingerprint: [2; 32], note: "first".to_owned() }),
            ..Submission::default()
        };
        let receipt = ledger.append(&tenant(), request()).await.unwrap();
        for micros in [-MICROS_PER_DAY, -YEAR] {
            // Back: everything is kept longer than it need be.
            jump(&home, micros).await;
            ledger.archive(&tenant()).await.unwrap();
            ledger.compact(&tenant()).await.unwrap();
            ledger.expire().await.unwrap();
            let held = ledger.snapshot_at(&tenant(), Scope::All, id).await.unwrap();
            assert_eq!(held.events().unwrap().count().await.unwrap(), truth.events.len());
            assert_eq!(ledger.append(&tenant(), request()).await.unwrap().accepted, receipt.accepted, "the answer is remembered");
        }
        // Forward: the cursor is over, and says so; events and their sessions are what they were.
        let before = show(&ledger).await.unwrap();
        jump(&home, 3 * YEAR).await;
        ledger.expire().await.unwrap();
        assert_eq!(show(&ledger).await.unwrap(), before);
        assert_eq!(before.events.len(), truth.events.len() + 9);
        // The answer is forgotten, the events are not: the request adds nothing.
        let again = ledger.append(&tenant(), Submission { idempotency: None, ..request() }).await.unwrap();
        assert_eq!((again.accepted, again.duplicates), (0, 9));
        let report = fsck(&ledger).await.unwrap();
        assert!(report.is_sound(), "{:#?}", report.findings);
        ledger.close().await.unwrap();
        drop(ledger);
        // While it runs, it remembers the snapshots that cursors came back to.
        let ledger = open(&home.place).await.unwrap();
        ledger.archive(&tenant()).await.unwrap();
        ledger.expire().await.unwrap();
        let gone = ledger.snapshot_at(&tenant(), Scope::All, id).await.map(|_| ()).unwrap_err();
        assert!(gone.is_snapshot_gone(), "{gone}");
        ledger.close().await.unwrap();
    });
    tell("clock jumps while it runs", 3, 3);
}
