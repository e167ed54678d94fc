//! Appending: what is waiting is gathered, freed of duplicates, numbered, and committed as one row.
//!
//! One thread writes. While a commit waits for the disk, requests gather; the next commit takes them
//! all, so one fsync serves many callers. A request is answered only after its commit.

use std::collections::BTreeMap;
use std::sync::Arc;

use rollcall_model::event::MAX_BATCH_RECORDS;
use rollcall_model::{Event, TenantId, Timestamp};
use serde::Serialize;
use tokio::sync::OnceCell;
use tokio::sync::{OwnedSemaphorePermit, mpsc, oneshot};
use uuid::Uuid;

use crate::database::Write;
use crate::duplicates::{Duplicates, Verdict};
use crate::error::{Error, Result};
use crate::event_batch;
use crate::journal;
use crate::ledger::{Inner, Tenant};
use crate::quarantine::{self, RejectedRecord};
use crate::source::{self, SourceStatus};
use crate::state::{TenantState, now};
use crate::tail::{Segment, compact};

/// Most events in one commit: what keeps a commit short while many wait.
const MAX_COMMIT_EVENTS: usize = 50_000;
/// Memory of events that wait to be written, in KiB.
pub(crate) const MAX_WAITING_KIB: usize = 96 * 1024;

/// What a caller hands in.
#[derive(Debug, Default)]
pub struct Submission {
    /// Events, each valid and in normal form ([`Event::validate`], [`Event::normalize`]).
    pub events: Vec<Event>,
    /// Records that could not be read as events.
    pub rejected: Vec<RejectedRecord>,
}

/// What became of a submission.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Default)]
pub struct Receipt {
    /// Events that are in the ledger now.
    pub accepted: u64,
    /// Events that were there already.
    pub duplicates: u64,
    /// Events whose id and time were there already with other content: the first stays.
    pub conflicts: Vec<Conflict>,
}

/// An event that is in the ledger with other content.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Conflict {
    /// Position in the submission, from 0.
    pub index: usize,
    /// Its id.
    pub event_id: Uuid,
    /// Its time.
    pub event_time: Timestamp,
}

/// A submission on its way to the writer.
pub(crate) struct Request {
    pub(crate) tenant: TenantId,
    pub(crate) submission: Submission,
    pub(crate) answer: oneshot::Sender<Result<Receipt>>,
    /// Room in memory, given back when the request is done.
    pub(crate) _room: OwnedSemaphorePermit,
}

/// Room that a submission takes while it waits, in KiB.
pub(crate) fn room_kib(submission: &Submission) -> Result<u32> {
    if submission.events.len() > MAX_BATCH_RECORDS {
        return Err(Error::BatchTooLarge { limit: MAX_BATCH_RECORDS, got: submission.events.len() });
    }
    let of_event = |event: &Event| 1_024 + event.text_bytes();
    let bytes: usize =
        submission.events.iter().map(of_event).sum::<usize>() + submission.rejected.iter().map(|r| 512 + r.raw.len()).sum::<usize>();
    // One submission always fits, also if nothing else then does.
    Ok(u32::try_from((bytes / 1_024).clamp(1, MAX_WAITING_KIB)).unwrap_or(u32::MAX))
}

/// Writes until every sender is gone: what was waiting then is still written.
pub(crate) async fn write_all(inner: Arc<Inner>, mut requests: mpsc::UnboundedReceiver<Request>) {
    let mut duplicates: BTreeMap<TenantId, Duplicates> = BTreeMap::new();
    while let Some(first) = requests.recv().await {
        let mut waiting = vec![first];
        let mut events = waiting.iter().map(|request| request.submission.events.len()).sum::<usize>();
        while events < MAX_COMMIT_EVENTS {
            let Ok(request) = requests.try_recv() else { break };
            events += request.submission.events.len();
            waiting.push(request);
        }
        let mut by_tenant: BTreeMap<TenantId, Vec<Request>> = BTreeMap::new();
        for request in waiting {
            by_tenant.entry(request.tenant.clone()).or_default().push(request);
        }
        for (name, requests) in by_tenant {
            let Some(tenant) = inner.tenant(&name) else {
                answer_all(requests, &Error::Corrupt(format!("no tenant {name}")));
                continue;
            };
            let known = duplicates.entry(name).or_insert_with(|| Duplicates::new(tenant.events_folder.clone()));
            commit_group(&inner, &tenant, known, requests).await;
        }
    }
}

fn answer_all(requests: Vec<Request>, error: &Error) {
    for request in requests {
        // A caller that has gone away no longer wants to know.
        let _ = request.answer.send(Err(error.clone()));
    }
}

/// One commit for everything that waits for a tenant.
async fn commit_group(inner: &Inner, tenant: &Tenant, known: &mut Duplicates, mut requests: Vec<Request>) {
    if let Some(reason) = inner.poisoned() {
        return answer_all(requests, &Error::Poisoned(reason));
    }
    let mut group = Group::default();
    let submissions: Vec<Submission> = requests.iter_mut().map(|request| std::mem::take(&mut request.submission)).collect();
    for submission in submissions {
        group.add(submission);
    }
    match group.commit(inner, tenant, known).await {
        Ok(receipts) => {
            for (request, receipt) in requests.into_iter().zip(receipts) {
                let _ = request.answer.send(Ok(receipt));
            }
        }
        Err(error) => {
            tracing::error!(tenant = %tenant.id, %error, "a commit of the ledger failed");
            answer_all(requests, &error);
        }
    }
}

/// Several submissions as one.
#[derive(Default)]
struct Group {
    events: Vec<Event>,
    rejected: Vec<RejectedRecord>,
    /// Where each submission's events end.
    ends: Vec<usize>,
}

impl Group {
    fn add(&mut self, submission: Submission) {
        self.events.extend(submission.events);
        self.rejected.extend(submission.rejected);
        self.ends.push(self.events.len());
    }

    async fn commit(mut self, inner: &Inner, tenant: &Tenant, known: &mut Duplicates) -> Result<Vec<Receipt>> {
        let started = std::time::Instant::now();
        let verdicts = known.judge(&self.events, &tenant.state.load_full()).await?;
        let receipts = self.receipts(&verdicts);
        let mut verdict = verdicts.iter();
        self.events.retain(|_| verdict.next() == Some(&Verdict::New));
        let new = self.events.len();
        let result = self.write(inner, tenant).await;
        if result.is_err() {
            known.forget(self.events.iter().take(new));
        }
        result?;
        metrics::counter!("rollcall_ledger_events_total").increment(new as u64);
        metrics::counter!("rollcall_ledger_commits_total").increment(1);
        metrics::histogram!("rollcall_ledger_commit_seconds").record(started.elapsed().as_secs_f64());
        Ok(receipts)
    }

    fn receipts(&self, verdicts: &[Verdict]) -> Vec<Receipt> {
        let mut begin = 0;
        let mut receipts = Vec::with_capacity(self.ends.len());
        for &end in &self.ends {
            let mut receipt = Receipt::default();
            let range = begin..end;
            let judged = self.events.get(range.clone()).unwrap_or_default().iter().zip(verdicts.get(range).unwrap_or_default());
            for (index, (event, verdict)) in judged.enumerate() {
                match verdict {
                    Verdict::New => receipt.accepted += 1,
                    Verdict::Duplicate => receipt.duplicates += 1,
                    Verdict::Conflict => {
                        receipt.conflicts.push(Conflict { index, event_id: event.event_id, event_time: event.event_time });
                    }
                }
            }
            receipts.push(receipt);
            begin = end;
        }
        receipts
    }

    /// Commits, and publishes what readers see from then on.
    async fn write(&mut self, inner: &Inner, tenant: &Tenant) -> Result<()> {
        if self.events.is_empty() && self.rejected.is_empty() {
            return Ok(());
        }
        let received_at = now();
        let write = inner.database.write().await?;
        let from_sources = self.events.len();
        let rejected = self.quarantine(&write, tenant, received_at).await?;
        // Read under the writer's turn: the archiver publishes too.
        let state = tenant.state.load_full();
        // What Rollcall adds says nothing about how far a source has come.
        let told = self.events.get(..from_sources).unwrap_or_default();
        let changed = source::count(&state.sources, told, &rejected, received_at);
        source::store(&write, &tenant.id, &changed).await?;
        let sources = Arc::new(state.sources.iter().chain(&changed).map(|(name, status)| (name.clone(), status.clone())).collect());
        if self.events.is_empty() {
            let next = next_state(&state, sources, None)?;
            return write.commit_then(|| tenant.state.store(Arc::new(next))).await.map_err(|e| inner.poison(e));
        }
        let batch = event_batch::encode(&self.events, state.next_seq, received_at)?;
        let access = (state.next_seq..).zip(&self.events);
        let access = access.filter_map(|(seq, event)| Some((seq, Arc::new(rollcall_sessions::AccessEvent::from_event(event)?)))).collect();
        let bytes = journal::encode(&batch)?;
        let segment = Segment { first_seq: state.next_seq, batch: compact(&batch)?, access };
        let next = next_state(&state, sources, Some(segment))?;
        journal::append(&write, &tenant.id, state.next_seq, next.next_seq, bytes).await?;
        write.commit_then(|| tenant.state.store(Arc::new(next))).await.map_err(|e| inner.poison(e))
    }

    /// Puts rejected records away and adds the events that tell of them. Answers how many there were of each source.
    async fn quarantine(&mut self, write: &Write<'_>, tenant: &Tenant, received_at: Timestamp) -> Result<BTreeMap<String, i64>> {
        let mut by_source = BTreeMap::new();
        for (group, count) in quarantine::add(write, &tenant.id, &self.rejected, received_at).await? {
            *by_source.entry(group.source.clone()).or_insert(0) += count.records;
            self.events.push(quarantine::failure_event(&group, count, received_at));
        }
        Ok(by_source)
    }
}

fn next_state(state: &TenantState, sources: Arc<BTreeMap<String, SourceStatus>>, segment: Option<Segment>) -> Result<TenantState> {
    let added = segment.as_ref().map_or(0, |segment| i64::try_from(segment.batch.num_rows()).unwrap_or(0));
    let tail = segment.map_or_else(|| Ok(state.tail.clone()), |segment| state.tail.push(segment))?;
    Ok(TenantState { lake: Arc::clone(&state.lake), tail, next_seq: state.next_seq + added, sources, sessions: OnceCell::new() })
}
