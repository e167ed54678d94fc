//! One step of a run: some days, in one snapshot.

use std::sync::Arc;

use jiff::civil::Date;
use rollcall_model::{Category, Session, Timestamp};

use super::plan::{Chunk, KeptFrom};
use super::rewrite::Rewritten;
use super::{first_moment, policy};
use crate::change::{self, Change};
use crate::database::Write;
use crate::edge;
use crate::error::{Error, Result};
use crate::fault;
use crate::lake::write::{Class, Effort, write_class};
use crate::lake::{DataFile, WrittenFile};
use crate::ledger::Inner;
use crate::schema::Table;
use crate::seqs;
use crate::session_rows::SessionRows;
use crate::state::{LakeVersion, blocking, now};
use crate::tenant::Tenant;

/// What a step changes. The files that come are durable.
pub(super) struct Step {
    kept_from: KeptFrom,
    pub(super) rewritten: Rewritten,
    crossing: Option<(Crossing, Open)>,
}

/// The edge moves.
pub(super) struct Crossing {
    moment: Timestamp,
    /// Files of sessions that ended before it.
    ended: Vec<Arc<DataFile>>,
    /// The sessions that are open now, without those whose limit had passed by then.
    open: Arc<SessionRows>,
    /// How many of those there were.
    expired: usize,
}

/// Sessions that are open.
struct Open {
    /// At the edge.
    at_edge: Vec<Session>,
    /// The files of those that are open now, if they have changed.
    files: Vec<WrittenFile>,
}

impl Crossing {
    /// How the edge moves, if it does: where access events go, or sessions are left over from before.
    pub(super) fn plan(inner: &Inner, lake: &LakeVersion, kept_from: &KeptFrom, access_goes: bool) -> Option<Self> {
        let first_day = *kept_from.get(&Category::Access)?;
        let moment = first_moment(first_day);
        if lake.edge.moment.is_some_and(|edge| edge >= moment) {
            return None;
        }
        let ended: Vec<_> = lake.ended.iter().filter(|file| file.day().is_some_and(|day| day < first_day)).cloned().collect();
        let open = SessionRows::of(edge::still_open(lake.open.iter().cloned().collect(), &inner.limits, moment));
        let expired = lake.open.len() - open.len();
        let open = Arc::new(open);
        (access_goes || !ended.is_empty() || expired > 0).then_some(Crossing { moment, ended, open, expired })
    }

    /// How many sessions go.
    pub(super) fn sessions(&self) -> u64 {
        let ended: i64 = self.ended.iter().map(|file| file.rows).sum();
        u64::try_from(ended).unwrap_or(0) + self.expired as u64
    }

    /// The files of sessions that go.
    pub(super) fn removed<'a>(&'a self, lake: &'a LakeVersion) -> impl Iterator<Item = &'a Arc<DataFile>> {
        let replaced = lake.open_files.iter().filter(|_| self.expired > 0);
        self.ended.iter().chain(replaced)
    }
}

impl Step {
    /// Writes what a step needs. None if nothing goes.
    pub(super) async fn prepare(inner: &Inner, tenant: &Tenant, lake: &LakeVersion, chunk: Chunk) -> Result<Option<Self>> {
        let Chunk { days, kept_from } = chunk;
        let folder = tenant.folder.clone();
        let rewrite = move || {
            let mut rewritten = Rewritten::default();
            days.iter().try_for_each(|day| rewritten.add(&folder, day))?;
            Ok(rewritten)
        };
        let rewritten = blocking(rewrite).await?;
        let crossing = match Crossing::plan(inner, lake, &kept_from, rewritten.has_access()) {
            Some(crossing) => {
                let open = Open::prepare(inner, tenant, lake, &crossing).await?;
                Some((crossing, open))
            }
            None => None,
        };
        let is_empty = rewritten.removed.is_empty() && crossing.is_none();
        Ok((!is_empty).then_some(Step { kept_from, rewritten, crossing }))
    }

    /// How many sessions go.
    pub(super) fn sessions(&self) -> u64 {
        self.crossing.as_ref().map_or(0, |(crossing, _)| crossing.sessions())
    }

    /// The files that come.
    pub(super) fn added(&self) -> impl Iterator<Item = &WrittenFile> {
        let open = self.crossing.iter().flat_map(|(_, open)| &open.files);
        self.rewritten.added.iter().map(|(_, file)| file).chain(open)
    }

    /// The files that go.
    pub(super) fn removed<'a>(&'a self, lake: &'a LakeVersion) -> impl Iterator<Item = &'a Arc<DataFile>> {
        let of_sessions = self.crossing.iter().flat_map(|(crossing, _)| crossing.removed(lake));
        self.rewritten.removed.iter().map(|(_, file)| file).chain(of_sessions)
    }

    fn change(&self, lake: &LakeVersion) -> Change {
        let mut change = Change { added: self.rewritten.added.clone(), removed: self.rewritten.removed.clone(), ..Change::default() };
        if let Some((crossing, open)) = &self.crossing {
            change.remove(Table::Sessions, crossing.removed(lake).cloned());
            change.add(Table::Sessions, open.files.clone());
            change.open = (crossing.expired > 0).then(|| Arc::clone(&crossing.open));
            change.edge = Some((crossing.moment, open.at_edge.clone()));
        }
        change
    }

    /// Commits. Answers false, and leaves everything as it was, if what it removes is to be kept meanwhile.
    pub(super) async fn commit(&self, inner: &Inner, tenant: &Tenant, lake: &LakeVersion, today: Date) -> Result<bool> {
        let removals = self.removals().await?;
        fault::step("retain.files_written")?;
        let mut is_allowed = true;
        let note = async |write: &Write<'_>, snapshot_id: i64| {
            if !policy::allows(write, &tenant.id, &self.kept_from, today).await? {
                is_allowed = false;
                return Err(Error::Busy { waiting: 0, retry_after_s: 1 });
            }
            for removal in &removals {
                removal.note(write, tenant, snapshot_id).await?;
            }
            fault::step("retain.catalogued")
        };
        let committed = change::commit(inner, tenant, lake, self.change(lake), note).await;
        if is_allowed { committed.map(|_| true) } else { Ok(false) }
    }

    async fn removals(&self) -> Result<Vec<Removal>> {
        let seqs = self.rewritten.seqs.clone();
        let kept_from = self.kept_from.clone();
        let encode = move || {
            let mut removals = Vec::new();
            for (category, mut seqs) in seqs {
                let Some(first_day) = kept_from.get(&category) else { continue };
                seqs.sort_unstable();
                let events = i64::try_from(seqs.len()).unwrap_or(i64::MAX);
                removals.push(Removal { category, before: first_moment(*first_day), events, seqs: seqs::encode(seqs)? });
            }
            Ok(removals)
        };
        blocking(encode).await
    }
}

impl Open {
    async fn prepare(inner: &Inner, tenant: &Tenant, lake: &LakeVersion, crossing: &Crossing) -> Result<Self> {
        let at_edge = edge::open_at(&inner.store, tenant.id.as_str(), &inner.limits, lake, crossing.moment).await?;
        let mut files = Vec::new();
        if crossing.expired > 0 {
            let (folder, open) = (tenant.folder(Table::Sessions), Arc::clone(&crossing.open));
            let write = move || write_class(&folder, Class::Open, Effort::Archive, &open.columns()?.into_iter().collect::<Vec<_>>());
            files = blocking(write).await?;
        }
        Ok(Open { at_edge, files })
    }
}

/// What is noted of the events of a category that have gone, so that the ledger still adds up.
struct Removal {
    category: Category,
    before: Timestamp,
    events: i64,
    seqs: Vec<u8>,
}

impl Removal {
    async fn note(&self, write: &Write<'_>, tenant: &Tenant, snapshot_id: i64) -> Result<()> {
        let row = [
            tenant.id.as_str().into(),
            snapshot_id.into(),
            self.category.as_str().into(),
            self.before.as_micros().into(),
            now().as_micros().into(),
            self.events.into(),
            self.seqs.clone().into(),
        ];
        let sql = "INSERT INTO rollcall_removal(tenant, snapshot_id, category, before_micros, removed_at, events, seqs) \
                   VALUES ($1, $2, $3, $4, $5, $6, $7)";
        write.run(sql, row).await?;
        Ok(())
    }
}
