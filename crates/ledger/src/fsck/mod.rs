//! The proof of a tenant's whole store, and the repair of what is derived in it.
//!
//! [`Ledger::fsck`] checks a ledger that is open, while events come in: it takes what the database has at one
//! moment and proves exactly that. [`fsck_at_rest`] checks a folder that nobody has open, also one that no
//! longer opens. Nothing is taken on trust but the events themselves: every file is read whole, every row
//! decoded, every statistic taken anew, every session paired anew and every event counted anew.
//!
//! - [`view`]: what is checked: the database at one moment
//! - [`catalogue`], [`journal`]: the database against itself, row by row
//! - [`day`], [`file`], [`measure`]: files, one by one, and what the events of a day add up to
//! - [`sessions`], [`sources`], [`orphans`]: the rest
//! - [`evidence`], [`finding`]: what is gathered, and what is told
//! - [`repair`]: what is derived is made again
//!
//! Memory is bounded: a bit for each seq, a day's fingerprints, the access events of a part of the agents.

mod catalogue;
mod day;
mod evidence;
mod file;
mod finding;
mod journal;
mod measure;
mod orphans;
mod read;
mod repair;
mod sessions;
mod sources;
mod view;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use futures::{StreamExt, TryStreamExt, stream};
use jiff::civil::Date;
use rollcall_model::TenantId;
use serde::Serialize;

use self::day::{Day, Entry};
use self::evidence::{Evidence, Plan, SeqMap};
use self::finding::Found;
pub use self::finding::{Finding, FindingKind, Place, Severity, Tally};
use self::view::{Claims, Listed, View};
use crate::database::{Queries, Read, get};
use crate::error::{Error, Result};
use crate::files::{self, Files};
use crate::lake::write::Class;
use crate::ledger::{self, Inner, Ledger};
use crate::options::Options;
use crate::schema::Table;
use crate::state::{SnapshotId, TenantState, blocking, now};
use crate::tenant::Tenant;

/// A repair can bring to light what was hidden by what it mends: it is repeated, but not for ever.
const MAX_ROUNDS: usize = 4;

/// How fsck is run.
#[derive(Debug, Clone)]
pub struct FsckOptions {
    /// Whether what is derived is made again where it is wrong.
    pub repair: bool,
    /// How many access events are paired at once, by each of as many threads as there are cores: this is
    /// what memory goes into. With fewer there are more passes over the files of access events.
    pub paired_at_once: u64,
    /// Who is told how far it has come.
    pub report: Report,
}

impl FsckOptions {
    /// A check that repairs nothing and tells nobody how far it has come.
    pub const CHECK: FsckOptions = FsckOptions { repair: false, paired_at_once: 50_000, report: Report::NOBODY };
}

impl Default for FsckOptions {
    fn default() -> Self {
        FsckOptions::CHECK
    }
}

/// Who is told how far it has come; nobody, unless somebody is named.
#[derive(Clone, Default)]
pub struct Report(Option<Arc<dyn Fn(FsckProgress) + Send + Sync>>);

/// How far a check has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FsckProgress {
    /// What is checked now: `files` (by bytes) or `sessions` (by passes).
    pub step: &'static str,
    /// How much of it is done.
    pub done: u64,
    /// Of how much.
    pub total: u64,
}

impl Report {
    /// Nobody is told.
    pub const NOBODY: Report = Report(None);

    /// Tells this function, on whichever thread.
    pub fn to(tell: impl Fn(FsckProgress) + Send + Sync + 'static) -> Self {
        Report(Some(Arc::new(tell)))
    }

    fn tell(&self, progress: FsckProgress) {
        if let Some(tell) = &self.0 {
            tell(progress);
        }
    }
}

impl fmt::Debug for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "Report(somebody)" } else { "Report(nobody)" })
    }
}

/// What fsck found in a tenant's store.
#[derive(Debug, Clone, Serialize)]
pub struct FsckReport {
    /// Whose store.
    pub tenant: TenantId,
    /// As of which snapshot of the lake and which seq.
    pub as_of: SnapshotId,
    /// Events that were read.
    pub events: u64,
    /// Sessions that were read.
    pub sessions: u64,
    /// Files that the catalogue names.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
    /// How many findings of each kind are left, the worst first.
    pub left: Vec<Tally>,
    /// What is left, the worst first. Of many findings of a kind the first 200.
    pub findings: Vec<Finding>,
    /// What was wrong and is no longer.
    pub repaired: Vec<Finding>,
}

impl FsckReport {
    /// Whether nothing is left that is more than harmless.
    pub fn is_sound(&self) -> bool {
        self.left.iter().all(|tally| tally.severity == Severity::Harmless)
    }
}

impl Ledger {
    /// Proves a tenant's store as it is now, while events come in, and mends what is derived if asked to.
    ///
    /// A repair keeps the archive step waiting until it is over.
    pub async fn fsck(&self, tenant: &TenantId, options: &FsckOptions) -> Result<FsckReport> {
        let tenant = self.tenant(tenant)?;
        run(&self.inner, &tenant, options).await
    }
}

/// Proves the store in a folder that nobody has open, of one tenant or of all: also a store that can't be
/// opened any more, because of what is wrong with it.
pub async fn fsck_at_rest(options: Options, tenant: Option<&TenantId>, how: &FsckOptions) -> Result<Vec<FsckReport>> {
    let (inner, _lock) = ledger::open_inner(options).await?;
    let names = Tenant::names(&inner.database).await?;
    if let Some(unknown) = tenant.filter(|tenant| !names.contains(tenant)) {
        return Err(Error::UnknownTenant(unknown.to_string()));
    }
    let mut reports = Vec::new();
    for id in names.into_iter().filter(|id| tenant.is_none_or(|tenant| tenant == id)) {
        let tables = Tenant::make(&inner.database, &id).await?;
        let loaded = TenantState::load(&inner.database.read().await?, &inner.lake, &id, tables).await;
        let state = match loaded {
            Ok(state) => state,
            // Why it can't be read will be among the findings.
            Err(_) => view::lenient_state(&inner, &id, tables).await?,
        };
        let tenant = Tenant::with_state(&inner.lake, id, tables, state);
        reports.push(run(&inner, &tenant, how).await?);
    }
    inner.database.close().await?;
    Ok(reports)
}

/// What one check found, and what a repair needs.
struct Checked {
    report: FsckReport,
    plan: Plan,
}

async fn run(inner: &Inner, tenant: &Tenant, options: &FsckOptions) -> Result<FsckReport> {
    if !options.repair {
        return Ok(check(inner, tenant, None, options).await?.report);
    }
    if let Some(reason) = inner.poisoned() {
        return Err(Error::Poisoned(reason));
    }
    let owned = files::own(inner, tenant).await?;
    let mut checked = check(inner, tenant, Some(&owned), options).await?;
    let mut found: Vec<Finding> = Vec::new();
    for _ in 0..MAX_ROUNDS {
        if !checked.report.findings.iter().any(|finding| finding.repairable) {
            break;
        }
        found.append(&mut checked.report.findings);
        repair::apply(inner, tenant, &owned, checked.plan).await?;
        checked = check(inner, tenant, Some(&owned), options).await?;
    }
    let left: BTreeSet<&Finding> = checked.report.findings.iter().collect();
    let mended: BTreeSet<Finding> = found.into_iter().filter(|finding| !left.contains(finding)).collect();
    checked.report.repaired = mended.into_iter().collect();
    Ok(checked.report)
}

async fn check(inner: &Inner, tenant: &Tenant, owned: Option<&Files<'_>>, options: &FsckOptions) -> Result<Checked> {
    let is_shared = inner.database.is_shared();
    let reading = inner.database.read().await?;
    let view = View::read(&reading, &tenant.id, tenant.tables).await?;
    let evidence = Arc::new(Evidence::new(seq_map(&view), bytes_of(&view), options.report.clone()));
    if !is_shared {
        check_database(&reading, &evidence).await?;
    }
    catalogue::check(&view, tenant.tables, now().as_micros(), &evidence);
    let tail = journal::check(&reading, &tenant.id, &view, &evidence).await?;
    let state = if tail.is_whole { TenantState::load(&reading, &inner.lake, &tenant.id, tenant.tables).await.ok() } else { None };
    drop(reading);
    let state = state.map(Arc::new);
    if let Some(state) = &state {
        // Its files stay on the disk while they are checked.
        tenant.in_use(state);
    }
    check_days(inner, tenant, &view, tail.ids, &evidence).await?;
    for range in evidence.seqs.missing() {
        evidence.find(FindingKind::SeqMissing, Place::seqs("events", range), "no file and no row of the journal has these seqs");
    }
    sessions::check(inner, tenant, &view, state, options.paired_at_once, &evidence).await?;
    let events_are_whole = tail.is_whole && !view.files.iter().any(|file| file.table == Table::Events && evidence.is_bad(file.id));
    if events_are_whole {
        sources::check(&view, &evidence);
    }
    match owned {
        Some(owned) => orphans::check(inner, tenant, owned, &evidence).await?,
        None => orphans::check(inner, tenant, &files::own(inner, tenant).await?, &evidence).await?,
    }
    Ok(conclude(tenant, &view, evidence))
}

fn conclude(tenant: &Tenant, view: &View, evidence: Arc<Evidence>) -> Checked {
    let (events, sessions) = (evidence.events(), evidence.sessions());
    // All that ran side by side is over, so nobody else holds it.
    let (found, plan): (Found, Plan) = Arc::into_inner(evidence).map_or_else(Default::default, |evidence| {
        let (findings, plan) = evidence.into_parts();
        (findings.into_found(), plan)
    });
    let report = FsckReport {
        tenant: tenant.id.clone(),
        as_of: SnapshotId { snapshot_id: view.head.snapshot_id, next_seq: view.head.next_seq },
        events,
        sessions,
        files: view.files.len() as u64,
        bytes: bytes_of(view),
        left: found.tallies(),
        findings: found.kept,
        repaired: Vec::new(),
    };
    Checked { report, plan }
}

fn bytes_of(view: &View) -> u64 {
    view.files.iter().map(|file| u64::try_from(file.bytes).unwrap_or(0)).sum()
}

/// Room for as many seqs as there can be.
fn seq_map(view: &View) -> SeqMap {
    let in_lake = view.files.iter().filter(|file| file.table == Table::Events).map(|file| file.rows);
    let in_journal = view.journal.iter().map(|row| row.next_seq.saturating_sub(row.first_seq));
    let removed = view.removals.iter().map(|removal| removal.events);
    SeqMap::new(view.head.next_seq, in_lake.chain(in_journal).chain(removed).fold(0, i64::saturating_add))
}

/// SQLite's own check of its file.
async fn check_database(reading: &Read, evidence: &Evidence) -> Result<()> {
    for row in reading.all("PRAGMA integrity_check(20)", []).await? {
        let what: String = get(&row, 0)?;
        if what != "ok" {
            evidence.find(FindingKind::DatabaseDamaged, Place::table("ledger.db"), what);
        }
    }
    Ok(())
}

/// Checks all files, some days side by side.
async fn check_days(
    inner: &Inner,
    tenant: &Tenant,
    view: &View,
    mut tail: BTreeMap<Option<Date>, Vec<(day::Key, i64)>>,
    evidence: &Arc<Evidence>,
) -> Result<()> {
    let mut of_day: BTreeMap<Option<Date>, Vec<Arc<Listed>>> = tail.keys().map(|day| (*day, Vec::new())).collect();
    for file in view.files.iter().filter(|file| file.is_visible(&view.snapshots)) {
        of_day.entry(file.day()).or_default().push(Arc::clone(file));
    }
    let is_counted = view.current(Class::Counts).next().is_some();
    if !is_counted && view.files.iter().any(|file| file.table == Table::Events && file.is_current()) {
        let finding = Finding::new(FindingKind::CountsWrong, Place::table(Table::Counts.name()), "the lake has no counts yet");
        evidence.findings.add(finding.past("the next start counts its events"));
    }
    let days = of_day.into_iter().map(|(day, files)| (day, files, tail.remove(&day).unwrap_or_default())).collect::<Vec<_>>();
    let check_day = async |(day, files, tail)| {
        let files = entries(inner, tenant, files).await?;
        let day = Day { day, files, tail, archived_seq: view.head.archived_seq, is_counted };
        let evidence = Arc::clone(evidence);
        blocking(move || day::check(&day, &evidence)).await
    };
    stream::iter(days).map(check_day).buffer_unordered(side_by_side()).try_collect::<Vec<()>>().await?;
    let reading = inner.database.read().await?;
    for (id, finding) in evidence.take_missing() {
        // Expiry deletes a file once the catalogue has forgotten it.
        if Claims::read(&reading, id).await?.is_some() {
            evidence.findings.add(finding);
        }
    }
    Ok(())
}

/// Files with what the catalogue claims of them. Those that have expired meanwhile are left out.
async fn entries(inner: &Inner, tenant: &Tenant, files: Vec<Arc<Listed>>) -> Result<Vec<Entry>> {
    let reading = inner.database.read().await?;
    let mut entries = Vec::with_capacity(files.len());
    for file in files {
        let Some(claims) = Claims::read(&reading, file.id).await? else { continue };
        let path = tenant.folder(file.table).join(&file.path);
        entries.push(Entry { claims, path, shown: shown(tenant, &file), table_id: tenant.tables.of(file.table), file });
    }
    Ok(entries)
}

/// A file's path below the lake's folder.
fn shown(tenant: &Tenant, file: &Listed) -> String {
    format!("{}/{}/{}", tenant.id, file.table.name(), file.path)
}

/// How much runs at once.
fn side_by_side() -> usize {
    std::thread::available_parallelism().map_or(2, usize::from)
}
