//! What must be true of a store, whatever has befallen the process that worked on it.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use rollcall_ledger::{Error, FindingKind, FsckOptions, FsckReport, Ledger, decode_events, decode_sessions};
use rollcall_model::{Category, Scope, Session, StoredEvent};
use rollcall_sessions::{AccessEvent, SourceLimits, pair};

use crate::log::Told;
use crate::work::{Place, event, options, tenant};

/// What a store shows.
#[derive(Debug, PartialEq)]
pub(crate) struct Shown {
    pub(crate) events: Vec<StoredEvent>,
    pub(crate) sessions: Vec<Session>,
}

pub(crate) fn block_on<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap().block_on(work)
}

/// Opens a store, and holds that it is what its log says.
#[track_caller]
pub(crate) fn check(place: &Place) -> Shown {
    let told = Told::read(&place.log);
    match block_on(verdict(place, &told, &told.durable())) {
        Ok(shown) => shown,
        Err(wrong) => panic!("{wrong}\n{:#?}", told.lines),
    }
}

/// What a store shows that must have `durable`, or what is wrong with it.
pub(crate) async fn verdict(place: &Place, told: &Told, durable: &BTreeSet<u32>) -> Result<Shown, String> {
    let ledger = open(place).await.map_err(|error| format!("it can't be opened: {error}"))?;
    let judged = judge(&ledger, told, durable).await;
    ledger.close().await.map_err(|error| format!("it can't be closed: {error}"))?;
    judged
}

/// Opens a store, once it is free.
pub(crate) async fn open(place: &Place) -> rollcall_ledger::Result<Ledger> {
    once_free(async || Ledger::open(options(place)).await).await
}

/// Opens something, once it is free: a process that another test is about to start has for a moment what this
/// one had open, its locks too.
pub(crate) async fn once_free<T>(open: impl AsyncFn() -> rollcall_ledger::Result<T>) -> rollcall_ledger::Result<T> {
    let given_up = Instant::now() + Duration::from_secs(20);
    loop {
        match open().await {
            Err(Error::Locked(_)) if Instant::now() < given_up => tokio::time::sleep(Duration::from_millis(5)).await,
            opened => return opened,
        }
    }
}

async fn judge(ledger: &Ledger, told: &Told, durable: &BTreeSet<u32>) -> Result<Shown, String> {
    let report = fsck(ledger).await.map_err(|error| format!("fsck failed: {error}"))?;
    let findings: Vec<String> = report.findings.iter().map(ToString::to_string).collect();
    let has_orphans = report.left.iter().any(|tally| tally.kind == FindingKind::Orphan);
    if !report.is_sound() || has_orphans {
        return Err(format!("fsck finds {findings:#?}"));
    }
    let shown = show(ledger).await.map_err(|error| format!("it can't be read: {error}"))?;
    check_events(&shown.events, told, durable)?;
    let access_was_removed = told.kept_from.iter().any(|(category, _)| *category == Category::Access);
    // Where access events have gone, what was open at the edge is fsck's alone to judge.
    if !access_was_removed {
        let access: Vec<AccessEvent> = shown.events.iter().filter_map(|stored| AccessEvent::from_event(&stored.event)).collect();
        let paired = pair(Vec::new(), &access, &SourceLimits::default());
        let mut sessions = [paired.closed, paired.open].concat();
        sessions.sort_by_key(|session| session.session_key);
        if sessions != shown.sessions {
            return Err(format!("pairing anew gives other sessions: {sessions:#?} and not {:#?}", shown.sessions));
        }
    }
    Ok(shown)
}

fn check_events(events: &[StoredEvent], told: &Told, durable: &BTreeSet<u32>) -> Result<(), String> {
    let mut seen: BTreeMap<u32, usize> = BTreeMap::new();
    for stored in events {
        let number = number_of(stored);
        if stored.event != event(number) {
            return Err(format!("event {number} is not what was sent: {stored:?}"));
        }
        *seen.entry(number).or_default() += 1;
    }
    let is_whole = events.iter().map(|stored| stored.seq).eq((0..).take(events.len()));
    if told.kept_from.is_empty() && !is_whole {
        return Err("seq has gaps".to_owned());
    }
    for (number, times) in &seen {
        if *times != 1 || !told.sent.contains(number) {
            return Err(format!(
                "event {number} is there {times} times; it was {}sent",
                if told.sent.contains(number) { "" } else { "never " }
            ));
        }
    }
    let may_be_gone = |number: u32| {
        let event = event(number);
        told.kept_from.iter().any(|(category, from)| event.category == *category && event.event_time < *from)
    };
    match durable.iter().find(|&&number| !seen.contains_key(&number) && !may_be_gone(number)) {
        Some(number) => Err(format!("event {number} was acknowledged and is gone")),
        None => Ok(()),
    }
}

/// Which event it is, by its id.
pub(crate) fn number_of(stored: &StoredEvent) -> u32 {
    u32::try_from(stored.event.event_id.as_u128() & 0xffff_ffff).unwrap()
}

pub(crate) async fn fsck(ledger: &Ledger) -> rollcall_ledger::Result<FsckReport> {
    ledger.fsck(&tenant(), &FsckOptions::default()).await
}

/// Everything that a reader is shown.
pub(crate) async fn show(ledger: &Ledger) -> Result<Shown, Box<dyn std::error::Error>> {
    let snapshot = ledger.snapshot(&tenant(), Scope::All).await?;
    let (mut events, mut sessions) = (Vec::new(), Vec::new());
    for batch in snapshot.events()?.collect().await? {
        events.extend(decode_events(&batch)?);
    }
    for batch in snapshot.sessions().await?.collect().await? {
        sessions.extend(decode_sessions(&batch)?);
    }
    events.sort_by_key(|stored: &StoredEvent| stored.seq);
    sessions.sort_by_key(|session: &Session| session.session_key);
    Ok(Shown { events, sessions })
}
