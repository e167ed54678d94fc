//! What a child does: real work on a small store, drawn from a seed, so that the same seed does the same again.

use std::num::NonZeroU32;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::tz::TimeZone;
use rollcall_ledger::{Error, FsckOptions, Ledger, Options, Postgres, Submission, fsck_at_rest};
use rollcall_model::time::{MICROS_PER_DAY, MICROS_PER_HOUR};
use rollcall_model::{Category, Event, Outcome, TenantId, Timestamp};
use uuid::Uuid;

use crate::log::{Log, Told};
use crate::oracle;

/// Where a store lies: its folder, the log beside it, and its server if it has one.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    pub(crate) data: PathBuf,
    pub(crate) log: PathBuf,
    pub(crate) postgres: Option<Postgres>,
}

/// What is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Anything, also retention and expiry.
    Everything,
    /// Appends and archive steps alone: nothing is ever deleted.
    Keeping,
    /// The store is mended.
    Repair,
    /// Appends alone, until it is stopped.
    Appending,
}

impl Kind {
    const ALL: [(Kind, &str); 4] =
        [(Kind::Everything, "everything"), (Kind::Keeping, "keeping"), (Kind::Repair, "repair"), (Kind::Appending, "appending")];

    pub(crate) fn name(self) -> &'static str {
        Self::ALL.iter().find(|(kind, _)| *kind == self).unwrap().1
    }

    fn of(name: &str) -> Self {
        Self::ALL.iter().find(|(_, known)| *known == name).unwrap().0
    }
}

pub(crate) fn tenant() -> TenantId {
    TenantId::default()
}

/// Options under which the child alone decides when something is archived.
pub(crate) fn options(place: &Place) -> Options {
    Options {
        archive_interval: Duration::from_secs(3_600),
        file_grace: Duration::ZERO,
        query_partitions: 1,
        postgres: place.postgres.clone(),
        ..Options::new(&place.data)
    }
}

/// Numbers from a seed: SplitMix64.
pub(crate) struct Draw(pub(crate) u64);

impl Draw {
    pub(crate) fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % limit
    }

    pub(crate) fn small(&mut self, limit: u32) -> u32 {
        u32::try_from(self.below(u64::from(limit))).unwrap()
    }
}

/// The day on which the events begin.
pub(crate) fn began() -> Timestamp {
    "2026-04-15T00:00:00Z".parse().unwrap()
}

/// The event of a number: always the same. One in nine is late by more than a day.
pub(crate) fn event(number: u32) -> Event {
    let late = if number % 9 == 8 { 30 * MICROS_PER_HOUR } else { 0 };
    let time = began().plus_micros(2 * MICROS_PER_DAY + i64::from(number) * 37 * 60_000_000 - late);
    let (category, activity) = match number % 3 {
        0 => (Category::Access, "sign_in"),
        1 => (Category::Access, "sign_out"),
        _ => (Category::Activity, "Updated"),
    };
    let id = Uuid::from_u128(0x018f_3e1c_7a52_7c31_8000_0000_0000_0000 + u128::from(number));
    let mut event = Event::new(id, time, "portal", category, activity, Outcome::Success);
    event.account = Some(format!("agent-{}", number / 2 % 5));
    event.channel = Some("agent_portal".to_owned());
    event.session_id = number.is_multiple_of(4).then(|| format!("session-{number}"));
    event.comments = Some(format!("what nobody else says: {number}"));
    event.normalize();
    event
}

/// The child itself, when a test starts this binary again.
#[tokio::test]
#[ignore = "started by the fault tests"]
async fn child() {
    let variable = |name: &str| std::env::var(name).ok();
    let path = |name: &str| PathBuf::from(variable(name).unwrap());
    let postgres = variable("FAULTS_URL").map(|url| Postgres { url, schema: variable("FAULTS_SCHEMA").unwrap() });
    let place = Place { data: path("FAULTS_DATA"), log: path("FAULTS_LOG"), postgres };
    let seed = variable("FAULTS_SEED").unwrap().parse().unwrap();
    work(&place, seed, Kind::of(&variable("FAULTS_KIND").unwrap())).await;
}

/// Opens the store and works on it. What fails is written down, and the work goes on.
async fn work(place: &Place, seed: u64, kind: Kind) {
    let before = Told::read(&place.log);
    let mut log = Log::open(&place.log);
    log.line("begin");
    if kind == Kind::Repair {
        let repair = FsckOptions { repair: true, ..FsckOptions::default() };
        let mended = oracle::once_free(async || fsck_at_rest(options(place), None, &repair).await).await;
        return note(&mut log, "repair", mended.map(|_| ()));
    }
    let ledger = match oracle::open(place).await {
        Ok(ledger) => ledger,
        Err(error) => return note(&mut log, "open", Err(error)),
    };
    log.line("opened");
    let mut worker = Worker { wal: place.data.join("ledger.db-wal"), next: before.next(), ledger, log, draw: Draw(seed) };
    // What had no answer is sent again: it counts once.
    let durable = before.durable();
    if let Some(&open) = before.sent.iter().rfind(|number| !durable.contains(number)) {
        worker.append(open..open + 1).await;
    }
    let actions = if kind == Kind::Appending { usize::MAX } else { 14 };
    for _ in 0..actions {
        worker.act(kind).await;
    }
    // One in two goes without a word, as a process does that is at its end.
    if worker.draw.below(2) == 0 {
        worker.ledger.close().await.unwrap_or_default();
    }
    worker.log.line("done");
}

struct Worker {
    ledger: Ledger,
    log: Log,
    draw: Draw,
    next: u32,
    wal: PathBuf,
}

impl Worker {
    async fn act(&mut self, kind: Kind) {
        let action = match kind {
            Kind::Appending => 0,
            Kind::Keeping => self.draw.below(8),
            Kind::Everything | Kind::Repair => self.draw.below(14),
        };
        match action {
            0..=4 => {
                let first = self.next;
                self.next += 1 + self.draw.small(7);
                self.append(first..self.next).await;
            }
            5 if self.next > 0 => {
                // Something that was sent before.
                let first = self.draw.small(self.next);
                self.append(first..(first + 3).min(self.next)).await;
            }
            5..=8 => note(&mut self.log, "archive", self.ledger.archive(&tenant()).await.map(|_| ())),
            9 | 10 => note(&mut self.log, "compact", self.ledger.compact(&tenant()).await.map(|_| ())),
            11 | 12 => note(&mut self.log, "expire", self.ledger.expire().await.map(|_| ())),
            _ => self.retain().await,
        }
    }

    async fn append(&mut self, numbers: Range<u32>) {
        self.log.numbers("sent", &numbers, 0);
        let events = numbers.clone().map(event).collect();
        match self.ledger.append(&tenant(), Submission { events, ..Submission::default() }).await {
            Ok(receipt) => {
                assert_eq!(receipt.accepted + receipt.duplicates, u64::from(numbers.end - numbers.start));
                let wal = std::fs::metadata(&self.wal).map_or(0, |metadata| metadata.len());
                self.log.numbers("acknowledged", &numbers, wal);
            }
            Err(error) => note(&mut self.log, "append", Err(error)),
        }
    }

    /// Keeps a category from one of the days that have events.
    async fn retain(&mut self) {
        let (number, category) = if self.draw.below(3) == 0 { (0, Category::Access) } else { (1, Category::Activity) };
        let day = began().plus_micros(i64::from(self.draw.small(1 + self.next / 60)) * MICROS_PER_DAY);
        let today = jiff::Timestamp::now().to_zoned(TimeZone::UTC).date();
        let days = u32::try_from((today - day.utc_date()).get_days()).unwrap();
        self.log.line(&format!("keep {number} {}", day.as_micros()));
        let set = self.ledger.set_retention(&tenant(), &[(category, NonZeroU32::new(days))].into()).await;
        note(&mut self.log, "retention", set);
        note(&mut self.log, "retain", self.ledger.run_retention(&tenant()).await.map(|_| ()));
    }
}

/// Writes down what came of something.
fn note(log: &mut Log, what: &str, result: Result<(), Error>) {
    match result {
        Ok(()) => log.line(what),
        Err(error) if error.is_poisoned() => log.line(&format!("poisoned {what}: {error}")),
        Err(error) => log.line(&format!("failed {what}: {error}")),
    }
}

/// Copies a folder with all that is in it.
pub(crate) fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let (from, to) = (entry.as_ref().unwrap().path(), to.join(entry.unwrap().file_name()));
        if from.is_dir() {
            copy(&from, &to);
        } else {
            std::fs::copy(&from, &to).unwrap();
        }
    }
}

/// The files below a folder, in order.
pub(crate) fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().map(|entry| entry.unwrap().path());
    let mut found: Vec<PathBuf> = entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect();
    found.sort();
    found
}
