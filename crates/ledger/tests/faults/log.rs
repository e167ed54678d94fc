//! What the child writes down: what it sends before it sends it, and what was acknowledged before it goes on.
//!
//! A line is one system call that appends, so that a child that is killed leaves whole lines. It is `writev`,
//! which nothing else in the child uses: faults that strike `write` leave the log alone.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{IoSlice, Write};
use std::ops::Range;
use std::path::Path;

use rollcall_model::{Category, Timestamp};

/// The child's end.
pub(crate) struct Log(File);

/// What a log says.
#[derive(Debug, Default, Clone)]
pub(crate) struct Told {
    /// Numbers of events that were sent, perhaps more than once.
    pub(crate) sent: BTreeSet<u32>,
    /// Those of which the ledger has said that they are durable, with the length that its write-ahead log had then.
    pub(crate) acknowledged: Vec<(Range<u32>, u64)>,
    /// Up to which moment events of a category may have been removed.
    pub(crate) kept_from: Vec<(Category, Timestamp)>,
    /// Every line of the last child, in order.
    pub(crate) lines: Vec<String>,
}

impl Log {
    pub(crate) fn open(path: &Path) -> Self {
        Log(File::options().create(true).append(true).open(path).unwrap())
    }

    pub(crate) fn line(&mut self, line: &str) {
        let line = format!("{line}\n");
        let written = self.0.write_vectored(&[IoSlice::new(line.as_bytes())]).unwrap();
        assert_eq!(written, line.len());
    }

    pub(crate) fn numbers(&mut self, what: &str, numbers: &Range<u32>, wal: u64) {
        self.line(&format!("{what} {} {} {wal}", numbers.start, numbers.end));
    }
}

impl Told {
    pub(crate) fn read(path: &Path) -> Self {
        let mut told = Told::default();
        for line in std::fs::read_to_string(path).unwrap_or_default().lines() {
            let mut words = line.split(' ');
            let what = words.next().unwrap();
            let mut number = || words.next().unwrap().parse::<i64>().unwrap();
            match what {
                "begin" => told.lines.clear(),
                "sent" => told.sent.extend(range(number(), number())),
                "acknowledged" => told.acknowledged.push((range(number(), number()), u64::try_from(number()).unwrap())),
                "keep" => {
                    let category = if number() == 0 { Category::Access } else { Category::Activity };
                    told.kept_from.push((category, Timestamp::from_micros(number()).unwrap()));
                }
                _ => {}
            }
            told.lines.push(line.to_owned());
        }
        told
    }

    /// The number that a new event gets.
    pub(crate) fn next(&self) -> u32 {
        self.sent.last().map_or(0, |last| last + 1)
    }

    /// All numbers that were acknowledged.
    pub(crate) fn durable(&self) -> BTreeSet<u32> {
        self.acknowledged.iter().flat_map(|(numbers, _)| numbers.clone()).collect()
    }

    pub(crate) fn has(&self, begin: &str) -> bool {
        self.lines.iter().any(|line| line.starts_with(begin))
    }
}

fn range(from: i64, to: i64) -> Range<u32> {
    u32::try_from(from).unwrap()..u32::try_from(to).unwrap()
}
