//! The journal: its rows meet without a gap, can be read, and hold what they claim.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

use arrow::array::RecordBatch;
use jiff::civil::Date;
use rollcall_model::{TenantId, Timestamp};

use super::day::{self, Key};
use super::evidence::{Evidence, Mark};
use super::finding::{Finding, FindingKind, Place};
use super::view::{JournalRow, View};
use crate::database::{Queries, Read, get};
use crate::error::{Error, Result};
use crate::event_batch;
use crate::journal;
use crate::state::blocking;

const TABLE: &str = "rollcall_journal";

/// What the lake has too is lost for nobody but those who page through an earlier snapshot.
const KEPT: &str = "the lake has its events; the row goes when the lease on it has ended";

/// What the journal has that the lake has not.
#[derive(Debug, Default)]
pub(super) struct Tail {
    /// The ids of its events by their day, with their seqs.
    pub(super) ids: BTreeMap<Option<Date>, Vec<(Key, i64)>>,
    /// Whether all of it could be read.
    pub(super) is_whole: bool,
}

/// Checks the journal. One row at a time is in memory.
pub(super) async fn check(reading: &Read, id: &TenantId, view: &View, evidence: &Evidence) -> Result<Tail> {
    let mut tail = Tail { is_whole: true, ..Tail::default() };
    let mut expected = view.head.archived_seq;
    for row in &view.journal {
        let events = read_row(reading, id, *row).await?;
        if row.archived_snapshot.is_some() {
            check_kept(row, events, view, evidence);
        } else if row.first_seq < expected {
            let what = format!("expected the journal to go on at seq {expected}: the events before are there already");
            evidence.find(FindingKind::JournalOverlap, place(row), what);
            tail.is_whole = false;
        } else {
            if row.first_seq > expected {
                miss(&mut tail, (expected, row.first_seq), "the journal has no row of these seqs", evidence);
            }
            expected = row.next_seq.max(expected);
            match events {
                Ok(events) => tail.add(&events, view, evidence)?,
                Err(error) => {
                    evidence.find(FindingKind::JournalRowDamaged, place(row), damage(row, &error));
                    account_for((row.first_seq, row.next_seq), evidence);
                    tail.is_whole = false;
                }
            }
        }
    }
    if expected < view.head.next_seq {
        let what = format!("the journal ends at seq {expected}, the ledger at {}", view.head.next_seq);
        miss(&mut tail, (expected, view.head.next_seq), &what, evidence);
    } else if expected > view.head.next_seq {
        let what = format!("the next event would get seq {}, but the journal goes on to {expected}", view.head.next_seq);
        evidence.find(FindingKind::HeadWrong, Place::table("rollcall_tenant"), what);
        tail.is_whole = false;
    }
    Ok(tail)
}

impl Tail {
    fn add(&mut self, events: &RecordBatch, view: &View, evidence: &Evidence) -> Result<()> {
        let mut seqs = Vec::with_capacity(events.num_rows());
        for (key, seq) in day::keys(events)? {
            let day = Timestamp::from_micros(key.1).map(Timestamp::utc_date);
            self.ids.entry(day).or_default().push((key, seq));
            seqs.push(seq);
        }
        evidence.add_events(seqs.len() as u64);
        evidence.add_sources(day::sources(events));
        day::note_seqs(seqs, view.head.next_seq, evidence, |seqs| Place::seqs(TABLE, seqs));
        Ok(())
    }
}

/// A row that is in the lake too, and kept for a lease.
fn check_kept(row: &JournalRow, events: Result<RecordBatch>, view: &View, evidence: &Evidence) {
    let what = match events {
        Err(error) => damage(row, &error),
        Ok(_) if row.next_seq > view.head.archived_seq => {
            format!("it is marked as archived, but the lake has only the events before seq {}", view.head.archived_seq)
        }
        Ok(_) => return,
    };
    evidence.findings.add(Finding::new(FindingKind::JournalRowDamaged, place(row), what).past(KEPT));
}

fn miss(tail: &mut Tail, seqs: (i64, i64), what: &str, evidence: &Evidence) {
    evidence.find(FindingKind::SeqMissing, Place::seqs(TABLE, seqs), what);
    account_for(seqs, evidence);
    tail.is_whole = false;
}

/// What has been told to be missing isn't told again.
fn account_for((from, to): (i64, i64), evidence: &Evidence) {
    (from..to).take_while(|seq| evidence.seqs.mark(*seq) != Mark::Outside).for_each(drop);
}

fn place(row: &JournalRow) -> Place {
    Place::seqs(TABLE, (row.first_seq, row.next_seq))
}

fn damage(row: &JournalRow, error: &Error) -> String {
    format!("{error}; it held {} events", row.next_seq.saturating_sub(row.first_seq))
}

/// Reads a row's events and holds them against what it claims.
async fn read_row(reading: &Read, id: &TenantId, row: JournalRow) -> Result<Result<RecordBatch>> {
    let sql = "SELECT batch FROM rollcall_journal WHERE tenant = $1 AND first_seq = $2";
    let found = reading.one(sql, [id.as_str().into(), row.first_seq.into()]).await?;
    let bytes: Vec<u8> = found.map_or(Ok(Vec::new()), |found| get(&found, 0))?;
    blocking(move || Ok(decode(&bytes, row))).await
}

fn decode(bytes: &[u8], row: JournalRow) -> Result<RecordBatch> {
    // A reader that meets damage may give up by panicking.
    let decoded = catch_unwind(AssertUnwindSafe(|| {
        let batch = journal::decode_in_order(bytes)?;
        event_batch::decode(&batch)?;
        Ok::<_, Error>(batch)
    }));
    let batch = decoded.unwrap_or_else(|_| Err(Error::Corrupt("its events can't be decoded".to_owned())))?;
    let rows = i64::try_from(batch.num_rows()).unwrap_or(i64::MAX);
    if rows != row.next_seq - row.first_seq {
        return Err(Error::Corrupt(format!("expected {} events, got {rows}", row.next_seq - row.first_seq)));
    }
    if !day::keys(&batch)?.map(|(_, seq)| seq).eq(row.first_seq..row.next_seq) {
        return Err(Error::Corrupt("its events have other seqs than it claims".to_owned()));
    }
    Ok(batch)
}
