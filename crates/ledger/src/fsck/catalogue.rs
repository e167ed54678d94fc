//! The database against itself: what can be proved without reading a file.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::evidence::Evidence;
use super::finding::{Finding, FindingKind, Place};
use super::view::{Lease, Listed, Removal, TableStats, View};
use crate::catalogue::TableIds;
use crate::schema::Table;
use crate::seqs;

/// Checks the head, the snapshots, leases, what retention has noted, and the sums of the tables.
pub(super) fn check(view: &View, tables: TableIds, now_micros: i64, evidence: &Evidence) {
    check_head(view, evidence);
    check_archives(view, evidence);
    check_removals(view, evidence);
    check_event_rows(view, evidence);
    for lease in view.leases.iter().filter(|lease| lease.expires_at > now_micros) {
        check_lease(view, *lease, evidence);
    }
    check_files(view, evidence);
    for table in Table::ALL {
        check_table(view, table, tables.of(table), evidence);
    }
}

fn check_head(view: &View, evidence: &Evidence) {
    let head = view.head;
    let find = |what: String| evidence.find(FindingKind::HeadWrong, Place::table("rollcall_tenant"), what);
    if head.archived_seq < 0 || head.archived_seq > head.next_seq {
        find(format!("the lake has the events before seq {}, but the next event gets {}", head.archived_seq, head.next_seq));
    }
    let archived = view.archives.last().map_or(0, |(_, archived_seq)| *archived_seq);
    if archived != head.archived_seq {
        find(format!("the lake has the events before seq {}, by the last archive step before {archived}", head.archived_seq));
    }
    if !view.snapshots.contains(&head.snapshot_id) {
        find(format!("its snapshot {} is not in the catalogue", head.snapshot_id));
    }
}

/// Up to where the events are in the lake, snapshot by snapshot.
fn check_archives(view: &View, evidence: &Evidence) {
    let find = |what: String| evidence.find(FindingKind::SnapshotWrong, Place::table("rollcall_archive"), what);
    let mut before = 0;
    for &(snapshot_id, archived_seq) in &view.archives {
        if archived_seq < before {
            find(format!("snapshot {snapshot_id} has the events before seq {archived_seq}, one before it those before {before}"));
        }
        before = archived_seq;
    }
    if let Some((snapshot_id, _)) = view.archives.last().filter(|(snapshot_id, _)| *snapshot_id > view.head.snapshot_id) {
        find(format!("an archive step has made snapshot {snapshot_id}, the newest of the tenant is {}", view.head.snapshot_id));
    }
}

/// Notes what retention has removed as met, so that what is missing beyond that is found.
fn check_removals(view: &View, evidence: &Evidence) {
    let find = |removal: &Removal, what: String| {
        let place = Place::table("rollcall_removal");
        evidence.find(FindingKind::RemovalWrong, place, format!("{} at snapshot {}: {what}", removal.category, removal.snapshot_id));
    };
    for removal in &view.removals {
        let mut removed = Vec::new();
        if let Err(error) = seqs::decode(&removal.seqs, |seq| removed.push(seq)) {
            find(removal, error.to_string());
        }
        if removal.events != i64::try_from(removed.len()).unwrap_or(i64::MAX) {
            find(removal, format!("expected the seqs of {} events, got {}", removal.events, removed.len()));
        }
        super::day::note_seqs(removed, view.head.archived_seq, evidence, |seqs| Place::seqs("rollcall_removal", seqs));
    }
}

/// Every snapshot that is kept has as many events as were archived by then and not removed.
fn check_event_rows(view: &View, evidence: &Evidence) {
    // Rows come and go with snapshots: added up, they are what each has.
    let mut changes: BTreeMap<i64, i64> = BTreeMap::new();
    for file in view.files.iter().filter(|file| file.table == Table::Events) {
        *changes.entry(file.begin).or_default() += file.rows;
        if let Some(end) = file.end {
            *changes.entry(end).or_default() -= file.rows;
        }
    }
    let mut changes = changes.into_iter().peekable();
    let mut rows = 0;
    for &snapshot_id in &view.snapshots {
        while let Some((_, change)) = changes.next_if(|(at, _)| *at <= snapshot_id) {
            rows += change;
        }
        let step = view.archives.iter().take_while(|(at, _)| *at <= snapshot_id).last();
        // Before the first step that is still known nothing can be said.
        let Some((_, archived_seq)) = step else { continue };
        let removed: i64 = view.removals.iter().filter(|removal| removal.snapshot_id <= snapshot_id).map(|removal| removal.events).sum();
        if rows != archived_seq - removed {
            let what =
                format!("snapshot {snapshot_id} has files of {rows} events, expected {archived_seq} archived less {removed} removed");
            evidence.find(FindingKind::SnapshotWrong, Place::table("ducklake_data_file"), what);
        }
    }
}

/// What a lease promises: the snapshot, and every row of the journal after it.
fn check_lease(view: &View, lease: Lease, evidence: &Evidence) {
    let archived = view.archives.iter().take_while(|(at, _)| *at <= lease.snapshot_id).last().map_or(0, |(_, archived_seq)| *archived_seq);
    let of_lease = view.journal.iter().filter(|row| row.first_seq >= archived && row.next_seq <= lease.next_seq);
    let kept: i64 = of_lease.map(|row| row.next_seq - row.first_seq).sum();
    let what = if !view.snapshots.contains(&lease.snapshot_id) {
        "its snapshot is not in the catalogue".to_owned()
    } else if kept != lease.next_seq - archived {
        format!("expected {} events of the journal from seq {archived} on, got {kept}", lease.next_seq - archived)
    } else {
        return;
    };
    let name = format!("the lease on snapshot {}.{}", lease.snapshot_id, lease.next_seq);
    evidence.find(FindingKind::LeaseBroken, Place::table("rollcall_lease"), format!("{name}: {what}"));
    evidence.plan().leases.push((lease.snapshot_id, lease.next_seq));
}

/// Files by their numbers: each once, within the snapshots that there are.
fn check_files(view: &View, evidence: &Evidence) {
    let mut paths: HashMap<(Table, &str), Vec<&Listed>> = HashMap::new();
    for file in &view.files {
        let find = |what: String| {
            let place = Place { file: Some(file.path.clone()), ..Place::table("ducklake_data_file") };
            evidence.findings.add(Finding::new(FindingKind::SnapshotWrong, place, what));
        };
        if file.end.is_some_and(|end| end <= file.begin) || file.begin > view.head.snapshot_id {
            let end = file.end.map_or_else(|| "now".to_owned(), |end| end.to_string());
            find(format!("it is part of the snapshots from {} to {end}; the tenant's newest is {}", file.begin, view.head.snapshot_id));
        }
        if file.id >= view.next_file_id {
            find(format!("its number is {}, and the next file would get {}", file.id, view.next_file_id));
        }
        paths.entry((file.table, &file.path)).or_default().push(file);
    }
    for ((_, path), files) in paths.into_iter().filter(|(_, files)| files.len() > 1) {
        let ids: Vec<i64> = files.iter().map(|file| file.id).collect();
        let place = Place { file: Some(path.to_owned()), ..Place::table("ducklake_data_file") };
        evidence.find(FindingKind::SnapshotWrong, place, format!("the catalogue names it more than once, as {ids:?}"));
    }
}

/// A table's sums, and that its files have row ids of their own.
fn check_table(view: &View, table: Table, table_id: i64, evidence: &Evidence) {
    let files: Vec<&Arc<Listed>> = view.files.iter().filter(|file| file.table == table).collect();
    let current = || files.iter().filter(|file| file.is_current());
    let next_row_id = files.iter().map(|file| file.row_id_start.saturating_add(file.rows)).max().unwrap_or(0);
    let (rows, bytes) = (current().map(|file| file.rows).sum(), current().map(|file| file.bytes).sum());
    let claimed = view.table_stats.get(&table_id).map(Vec::as_slice).unwrap_or_default();
    let is_right = |stats: &TableStats| stats.rows == rows && stats.bytes == bytes && stats.next_row_id >= next_row_id;
    if claimed.len() != 1 || !claimed.iter().all(is_right) {
        let expected = TableStats { rows, next_row_id: claimed.iter().map(|stats| stats.next_row_id).fold(next_row_id, i64::max), bytes };
        let what = format!("the files add up to {expected:?}, the catalogue claims {claimed:?}");
        evidence.find(FindingKind::TableStatsWrong, Place::table(table.name()), what);
        evidence.plan().table_stats.insert(table_id, (expected.rows, expected.bytes, expected.next_row_id));
    }
    let mut by_row_id = files;
    by_row_id.sort_by_key(|file| (file.row_id_start, file.id));
    for (earlier, later) in by_row_id.iter().zip(by_row_id.iter().skip(1)) {
        if later.row_id_start < earlier.row_id_start.saturating_add(earlier.rows) || earlier.row_id_start < 0 {
            let place = Place { file: Some(format!("{}/{}", table.name(), later.path)), ..Place::table(table.name()) };
            evidence.find(FindingKind::RowIdsOverlap, place, format!("its row ids begin within those of {}", earlier.path));
        }
    }
}
