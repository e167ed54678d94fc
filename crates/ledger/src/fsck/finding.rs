//! What fsck finds: typed, with the place, how bad it is, and what can be done.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Mutex, PoisonError};

use rollcall_model::Timestamp;
use serde::Serialize;
use uuid::Uuid;

/// Findings of one kind that are kept whole; beyond, they are only counted.
const MAX_OF_A_KIND: u64 = 200;

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Nobody is shown anything wrong: room is wasted, or a safeguard is missing.
    Harmless,
    /// Something that is derived from events is wrong: somebody may be shown something wrong.
    Wrong,
    /// Events are damaged, missing, or there twice.
    Loss,
}

macro_rules! kinds {
    ($($(#[doc = $doc:literal])+ $kind:ident = $word:literal, $severity:ident, $repairable:literal, $advice:literal;)+) => {
        /// What is wrong.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
        #[serde(rename_all = "snake_case")]
        pub enum FindingKind {
            $($(#[doc = $doc])+ $kind,)+
        }

        impl FindingKind {
            /// All kinds.
            pub const ALL: &[FindingKind] = &[$(FindingKind::$kind,)+];

            /// Its word in `--json` and in the documentation.
            pub fn as_str(self) -> &'static str {
                match self { $(FindingKind::$kind => $word,)+ }
            }

            /// How bad it is.
            pub fn severity(self) -> Severity {
                match self { $(FindingKind::$kind => Severity::$severity,)+ }
            }

            /// Whether `--repair` can mend it, as a rule.
            pub fn is_repairable(self) -> bool {
                match self { $(FindingKind::$kind => $repairable,)+ }
            }

            /// What can be done about it.
            pub fn advice(self) -> &'static str {
                match self { $(FindingKind::$kind => $advice,)+ }
            }
        }
    };
}

kinds! {
    /// The database itself is damaged.
    DatabaseDamaged = "database_damaged", Loss, false, "restore the store from a backup";
    /// The tenant's place in its ledger disagrees with journal and lake.
    HeadWrong = "head_wrong", Loss, false, "restore the store from a backup";
    /// Snapshots, and up to where each has the events, contradict each other.
    SnapshotWrong = "snapshot_wrong", Wrong, false, "restore the store from a backup, or restore into a new one and import again";
    /// A lease promises a snapshot that is not whole any more.
    LeaseBroken = "lease_broken", Harmless, true, "--repair ends the lease: whoever pages through it starts anew";
    /// A row of the journal can't be read, or is not what it claims.
    JournalRowDamaged = "journal_row_damaged", Loss, false, "restore the store from a backup, or send the events of these seqs again into a new one";
    /// Rows of the journal overlap, or lie where the lake has the events already.
    JournalOverlap = "journal_overlap", Loss, false, "restore the store from a backup";
    /// Events are missing that were acknowledged.
    SeqMissing = "seq_missing", Loss, false, "restore the store from a backup, or import the events again from their sources";
    /// A seq was given twice.
    SeqRepeated = "seq_repeated", Loss, false, "restore the store from a backup";
    /// An event lies where its seq can't be.
    SeqOutOfPlace = "seq_out_of_place", Loss, false, "restore the store from a backup";
    /// What retention has noted contradicts itself.
    RemovalWrong = "removal_wrong", Loss, false, "restore the store from a backup";
    /// The same event is there twice.
    EventRepeated = "event_repeated", Loss, false, "restore the store from a backup";
    /// A file that a snapshot names is not there.
    FileMissing = "file_missing", Loss, false, "restore the file from a backup, or import the events again from their sources";
    /// A file can't be read, or is not what was written.
    FileDamaged = "file_damaged", Loss, false, "restore the file from a backup, or import the events again from their sources";
    /// A file's digest is not known, so a flipped bit in it might go unnoticed.
    FileUnsealed = "file_unsealed", Harmless, true, "--repair notes its digest";
    /// A file's rows are not in the order, of the day or of the class that its name says.
    RowsMisplaced = "rows_misplaced", Wrong, false, "restore the file from a backup";
    /// The catalogue claims of a file what is not so.
    CatalogueWrong = "catalogue_wrong", Wrong, true, "--repair writes what the file says";
    /// Two files claim the same row ids.
    RowIdsOverlap = "row_ids_overlap", Wrong, false, "readers from outside that use row ids are misled; restore the store from a backup";
    /// The catalogue's sums of a table are wrong.
    TableStatsWrong = "table_stats_wrong", Wrong, true, "--repair adds them up anew";
    /// A session that the events give is not there.
    SessionMissing = "session_missing", Wrong, true, "--repair derives it anew from the events";
    /// A session is there that the events don't give.
    SessionUnfounded = "session_unfounded", Wrong, true, "--repair takes it out";
    /// A session is not as the events give it.
    SessionDifferent = "session_different", Wrong, true, "--repair derives it anew from the events; if a source's limits were changed, that was to be expected";
    /// A session is there more than once.
    SessionRepeated = "session_repeated", Wrong, true, "--repair leaves one";
    /// What readers are shown of a session, with the journal's events, is not what all events give.
    SessionShownWrong = "session_shown_wrong", Wrong, false, "report it: the store itself is right, and the next archive step may write what is wrong";
    /// Counts of a day are not those of its events.
    CountsWrong = "counts_wrong", Wrong, true, "--repair counts the events anew";
    /// What is noted of a source disagrees with its events.
    SourceWrong = "source_wrong", Wrong, true, "--repair counts the source's events anew";
    /// A file of ours that no snapshot names: nobody sees it.
    Orphan = "orphan", Harmless, true, "--repair removes it, and so does the next start";
    /// Something could not be proved, because of what else is wrong.
    NotChecked = "not_checked", Wrong, false, "see to the other findings first";
}

impl fmt::Display for FindingKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Where something is wrong, as far as that can be said.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Place {
    /// A table of the lake, or of the database.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub table: Option<&'static str>,
    /// Path of a file below the lake's folder.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// The first seq concerned.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_seq: Option<i64>,
    /// The last seq concerned.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_seq: Option<i64>,
    /// The earliest moment concerned.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_time: Option<Timestamp>,
    /// The latest moment concerned.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_time: Option<Timestamp>,
    /// A session.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session_key: Option<Uuid>,
    /// A source.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
}

impl Place {
    pub(super) fn table(table: &'static str) -> Self {
        Place { table: Some(table), ..Place::default() }
    }

    /// Seqs from the first to before the second.
    pub(super) fn seqs(table: &'static str, (from, to): (i64, i64)) -> Self {
        Place { first_seq: Some(from), last_seq: Some(to - 1), ..Place::table(table) }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let range = |first: Option<String>, last: Option<String>| match (first, last) {
            (Some(first), Some(last)) if first == last => Some(first),
            (Some(first), Some(last)) => Some(format!("{first} to {last}")),
            (first, last) => first.or(last),
        };
        let text = |seq: Option<i64>| seq.map(|seq| seq.to_string());
        let time = |moment: Option<Timestamp>| moment.map(|moment| moment.to_string());
        let parts = [
            self.file.clone().or_else(|| self.table.map(str::to_owned)),
            range(text(self.first_seq), text(self.last_seq)).map(|seqs| format!("seq {seqs}")),
            range(time(self.first_time), time(self.last_time)),
            self.session_key.map(|key| format!("session {key}")),
            self.source.as_ref().map(|source| format!("source {source}")),
        ];
        let parts: Vec<String> = parts.into_iter().flatten().collect();
        f.write_str(&parts.join(", "))
    }
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Finding {
    /// What is wrong.
    pub kind: FindingKind,
    /// How bad it is.
    pub severity: Severity,
    /// Where.
    pub place: Place,
    /// What was expected, and what came.
    pub what: String,
    /// Whether `--repair` can mend it.
    pub repairable: bool,
    /// What can be done.
    pub advice: &'static str,
}

impl Finding {
    pub(super) fn new(kind: FindingKind, place: Place, what: impl Into<String>) -> Self {
        Finding { kind, severity: kind.severity(), place, what: what.into(), repairable: kind.is_repairable(), advice: kind.advice() }
    }

    /// The same, where what is usually a loss is derived and can be made again.
    pub(super) fn derived(mut self, advice: &'static str) -> Self {
        (self.severity, self.repairable, self.advice) = (Severity::Wrong, true, advice);
        self
    }

    /// The same, where nobody who asks now is concerned.
    pub(super) fn past(mut self, advice: &'static str) -> Self {
        (self.severity, self.repairable, self.advice) = (Severity::Harmless, false, advice);
        self
    }

    /// The same, where nothing can be done by `--repair` though usually it can.
    pub(super) fn beyond_repair(mut self, advice: &'static str) -> Self {
        (self.repairable, self.advice) = (false, advice);
        self
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}: {}; {}", self.kind, self.place, self.what, self.advice)
    }
}

/// What has been found so far. Checks that run side by side add to it.
#[derive(Debug, Default)]
pub(super) struct Findings(Mutex<Found>);

/// How many findings of a kind there were.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Tally {
    /// How bad they are.
    pub severity: Severity,
    /// What was wrong.
    pub kind: FindingKind,
    /// How many there were, also of those that are not listed one by one.
    pub count: u64,
}

/// Findings, and how many of each kind there were.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) kept: Vec<Finding>,
    of_kind: BTreeMap<(Severity, FindingKind), u64>,
}

impl Findings {
    pub(super) fn add(&self, finding: Finding) {
        let mut found = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let of_kind = found.of_kind.entry((finding.severity, finding.kind)).or_default();
        *of_kind += 1;
        if *of_kind <= MAX_OF_A_KIND {
            found.kept.push(finding);
        }
    }

    /// Everything, the worst first.
    pub(super) fn into_found(self) -> Found {
        let mut found = self.0.into_inner().unwrap_or_else(PoisonError::into_inner);
        found.kept.sort_by(|a, b| b.severity.cmp(&a.severity).then_with(|| a.cmp(b)));
        found
    }
}

impl Found {
    /// How many findings of each kind there were, the worst first.
    pub(super) fn tallies(&self) -> Vec<Tally> {
        self.of_kind.iter().rev().map(|(&(severity, kind), &count)| Tally { severity, kind, count }).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_are_those_of_json() {
        for kind in FindingKind::ALL {
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.as_str());
        }
    }

    #[test]
    fn many_of_a_kind_are_counted() {
        let findings = Findings::default();
        for seq in 0..500 {
            findings.add(Finding::new(FindingKind::SeqMissing, Place::seqs("events", (seq, seq + 1)), "gone"));
        }
        findings.add(Finding::new(FindingKind::Orphan, Place::default(), "left"));
        let found = findings.into_found();
        assert_eq!(found.kept.len(), 201);
        let tally = |severity, kind, count| Tally { severity, kind, count };
        let expected = [tally(Severity::Loss, FindingKind::SeqMissing, 500), tally(Severity::Harmless, FindingKind::Orphan, 1)];
        assert_eq!(found.tallies(), expected);
        assert_eq!(found.kept.last().unwrap().kind, FindingKind::Orphan, "the worst come first");
    }

    #[test]
    fn a_place_is_told_in_words() {
        let place = Place { file: Some("default/events/x.parquet".to_owned()), ..Place::seqs("events", (3, 9)) };
        assert_eq!(place.to_string(), "default/events/x.parquet, seq 3 to 8");
        assert_eq!(Place::seqs("rollcall_journal", (3, 4)).to_string(), "rollcall_journal, seq 3");
    }
}
