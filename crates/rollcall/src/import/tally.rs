//! What became of an import, counted and told.

use std::io::{self, Write};

use rollcall_intake::{DateBasis, Position, RejectedRecord, Summary, Warning};

use super::destination::{Outcome, reason};
use crate::report::table::printable;

/// Records that are named one by one.
const NAMED: usize = 10;

/// What became of one file, or of several.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    /// Events that were read.
    pub(crate) events: u64,
    /// Events that are in the store now and were not before.
    pub(crate) added: u64,
    /// Events that were in the store already.
    pub(crate) already_there: u64,
    /// Of these, events that an earlier import of the same file sent.
    pub(crate) not_sent_again: u64,
    /// Events that are in the store with other content.
    pub(crate) conflicts: u64,
    /// Records that were rejected.
    pub(crate) rejected: u64,
    /// Records of the source that are no events.
    pub(crate) skipped: u64,
    first_conflicts: Vec<Position>,
    first_rejected: Vec<(Position, String)>,
    date_basis: Option<DateBasis>,
    warnings: Vec<Warning>,
}

impl Tally {
    /// Counts events that were acknowledged to an earlier import of the same file.
    pub(crate) fn known(&mut self, events: u64, rejected: &[RejectedRecord]) {
        self.already_there += events;
        self.not_sent_again += events;
        self.reject(rejected);
    }

    /// Counts what became of a batch.
    pub(crate) fn sent(&mut self, outcome: &Outcome, rejected: &[RejectedRecord]) {
        self.added += outcome.added;
        self.already_there += outcome.already_there;
        self.conflicts += outcome.conflicts.len() as u64;
        self.rejected += outcome.refused.len() as u64;
        self.first_conflicts.extend(outcome.conflicts.iter().take(NAMED - self.first_conflicts.len()));
        self.first_rejected.extend(outcome.refused.iter().take(NAMED - self.first_rejected.len()).cloned());
        self.reject(rejected);
    }

    fn reject(&mut self, records: &[RejectedRecord]) {
        self.rejected += records.len() as u64;
        let named = records.iter().map(|record| (record.position, reason(record.field.as_deref(), &record.reason)));
        self.first_rejected.extend(named.take(NAMED - self.first_rejected.len()));
    }

    /// Adds what the decoder counted, at the end.
    pub(crate) fn finish(&mut self, summary: Summary) {
        self.events = summary.events;
        self.skipped = summary.skipped;
        self.date_basis = summary.date_basis;
        self.warnings = summary.warnings;
    }

    /// Events that an attempt added which was given up, and which the next one found there.
    pub(crate) fn added_before(&mut self, added: u64) {
        let added = added.min(self.already_there);
        self.added += added;
        self.already_there -= added;
    }

    /// Adds the numbers of another file.
    pub(crate) fn add(&mut self, other: &Tally) {
        self.events += other.events;
        self.added += other.added;
        self.already_there += other.already_there;
        self.not_sent_again += other.not_sent_again;
        self.conflicts += other.conflicts;
        self.rejected += other.rejected;
        self.skipped += other.skipped;
    }

    /// Tells it under a name.
    pub(crate) fn tell(&self, name: &str, out: &mut impl Write) -> io::Result<()> {
        writeln!(out, "{name}")?;
        writeln!(out, "  events         {:>10}", self.events)?;
        writeln!(out, "  added          {:>10}", self.added)?;
        let remark = match self.not_sent_again {
            0 => String::new(),
            known => format!("  ({known} of them from an earlier import of this file, and not sent again)"),
        };
        writeln!(out, "  already there  {:>10}{remark}", self.already_there)?;
        if self.conflicts > 0 {
            writeln!(out, "  conflicts      {:>10}  (the same id and time with other content: the first stays)", self.conflicts)?;
            name_each(out, self.conflicts, self.first_conflicts.iter().map(Position::to_string))?;
        }
        writeln!(out, "  rejected       {:>10}", self.rejected)?;
        name_each(out, self.rejected, self.first_rejected.iter().map(|(position, reason)| format!("{position}: {}", printable(reason))))?;
        if self.skipped > 0 {
            writeln!(out, "  skipped        {:>10}  (records that are no events)", self.skipped)?;
        }
        match self.date_basis {
            Some(DateBasis::Given(date)) => writeln!(out, "  dates          from {date}, as given by --date")?,
            Some(DateBasis::CountedBack { modified, first }) => {
                writeln!(
                    out,
                    "  dates          from {first}, counted back from the file's modification at {modified}; --date gives another"
                )?;
            }
            None => {}
        }
        // Where dates came from has been told.
        for warning in self.warnings.iter().filter(|warning| !matches!(warning, Warning::WithoutDate { .. })) {
            writeln!(out, "  warning: {warning}")?;
        }
        Ok(())
    }
}

/// The first few, and how many more there are.
fn name_each(out: &mut impl Write, all: u64, first: impl ExactSizeIterator<Item = String>) -> io::Result<()> {
    let more = all - first.len() as u64;
    for text in first {
        writeln!(out, "    {text}")?;
    }
    if more > 0 {
        writeln!(out, "    … and {more} more")?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_first_rejected_records_are_named() {
        let mut tally = Tally::default();
        let record = |line| RejectedRecord {
            record_id: uuid::Uuid::nil(),
            position: Position { record: line, line, byte: 0 },
            field: (line == 1).then(|| "event_time".to_owned()),
            reason: "expected\u{1b}[2J a time".to_owned(),
            raw: Vec::new(),
        };
        tally.known(5, &[record(1)]);
        tally.sent(&Outcome { added: 3, already_there: 1, ..Outcome::default() }, &(2..=13).map(record).collect::<Vec<_>>());
        tally.finish(Summary { events: 9, skipped: 2, ..Summary::default() });
        let mut told = Vec::new();
        tally.tell("queue_log", &mut told).unwrap();
        insta::assert_snapshot!(String::from_utf8(told).unwrap());
    }

    #[test]
    fn what_an_attempt_added_that_was_given_up_counts_as_added() {
        let mut tally = Tally::default();
        tally.sent(&Outcome { added: 5, already_there: 7, ..Outcome::default() }, &[]);
        tally.added_before(4);
        assert_eq!((tally.added, tally.already_there), (9, 3));
    }
}
