//! Appending: what is waiting is gathered, freed of duplicates, numbered, and committed as one row.
//!
//! One thread writes for each tenant. While a commit waits for the disk, requests gather; the next commit takes them
//! all, so one fsync serves many callers. A request is answered only after its commit.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use rollcall_model::directory::Directory;
use rollcall_model::event::MAX_BATCH_RECORDS;
use rollcall_model::{Event, Timestamp};
use serde::{Deserialize, Serialize};
use tokio::sync::OnceCell;
use tokio::sync::{OwnedSemaphorePermit, mpsc, oneshot};
use uuid::Uuid;

use crate::database::Write;
use crate::duplicates::{Duplicates, Verdict};
use crate::error::{Error, Result};
use crate::event_batch;
use crate::fault;
use crate::idempotency::{self, Idempotency};
use crate::journal;
use crate::ledger::Inner;
use crate::quarantine::{self, RejectedRecord};
use crate::schema::Table;
use crate::source::{self, SourceStatus};
use crate::state::{Head, TenantState, now};
use crate::tail::Segment;
use crate::tenant::Tenant;

/// Most events in one commit: what keeps a commit short while many wait.
const MAX_COMMIT_EVENTS: usize = 20_000;
/// Memory of events that wait to be written, in KiB.
pub(crate) const MAX_WAITING_KIB: usize = 96 * 1024;

/// How long it is tried to find out whether a commit has happened that the server didn't answer.
const RESOLVE_WITHIN: Duration = Duration::from_secs(20);
const RESOLVE_PAUSE: Duration = Duration::from_millis(250);

/// What a caller hands in.
#[derive(Debug, Default)]
pub struct Submission {
    /// Events, each valid and in normal form ([`Event::validate`], [`Event::normalize`]).
    pub events: Vec<Event>,
    /// Records that could not be read as events.
    pub rejected: Vec<RejectedRecord>,
    /// What makes the request a repeated one, if it says so.
    pub idempotency: Option<Idempotency>,
    /// Whose name, hierarchy and routing profile events get that do not say them.
    pub directory: Option<Arc<dyn Directory>>,
}

/// What became of a submission.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
pub struct Receipt {
    /// Events that are in the ledger now.
    pub accepted: u64,
    /// Events that were there already.
    pub duplicates: u64,
    /// Events whose id and time were there already with other content: the first stays.
    pub conflicts: Vec<Conflict>,
    /// Of a request that was answered before: the note that it came with then.
    #[serde(skip)]
    pub repeated: Option<String>,
}

/// An event that is in the ledger with other content.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
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
    pub(crate) submission: Arc<Submission>,
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

/// Writes a tenant's submissions until every sender is gone: what was waiting then is still written.
pub(crate) async fn write_all(inner: Arc<Inner>, tenant: Arc<Tenant>, mut requests: mpsc::UnboundedReceiver<Request>) {
    let mut known = Duplicates::new(tenant.folder(Table::Events));
    while let Some(first) = requests.recv().await {
        let mut events = first.submission.events.len();
        let mut waiting = vec![first];
        while events < MAX_COMMIT_EVENTS {
            let Ok(request) = requests.try_recv() else { break };
            events += request.submission.events.len();
            waiting.push(request);
        }
        while !waiting.is_empty() {
            // The same request twice at the same time: the second waits for the first one's answer.
            let (now, later) = without_repeated_keys(waiting);
            commit_group(&inner, &tenant, &mut known, now).await;
            waiting = later;
        }
    }
}

fn without_repeated_keys(waiting: Vec<Request>) -> (Vec<Request>, Vec<Request>) {
    let mut keys = HashSet::new();
    waiting.into_iter().partition(|request| request.submission.idempotency.as_ref().is_none_or(|idempotency| keys.insert(idempotency.key)))
}

fn answer_all(requests: Vec<Request>, error: &Error) {
    for request in requests {
        // A caller that has gone away no longer wants to know.
        let _ = request.answer.send(Err(error.clone()));
    }
}

/// One commit for everything that waits for a tenant.
async fn commit_group(inner: &Inner, tenant: &Tenant, known: &mut Duplicates, requests: Vec<Request>) {
    if let Some(reason) = inner.poisoned() {
        return answer_all(requests, &Error::Poisoned(reason));
    }
    let submissions: Vec<&Submission> = requests.iter().map(|request| request.submission.as_ref()).collect();
    match Group::commit(inner, tenant, known, &submissions).await {
        Ok(answers) => {
            for (request, answer) in requests.into_iter().zip(answers) {
                let _ = request.answer.send(answer);
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
struct Group<'a> {
    events: Vec<&'a Event>,
    rejected: Vec<&'a RejectedRecord>,
    parts: Vec<Part<'a>>,
    /// The newest view of the tenant's directory that came with one of them.
    directory: Option<&'a dyn Directory>,
}

/// One submission of a group.
enum Part<'a> {
    /// Its request was answered before, or its key was used for another one.
    Answered(Result<Receipt>),
    /// Where its events end.
    New { end: usize, idempotency: Option<&'a Idempotency> },
}

impl<'a> Group<'a> {
    async fn commit(
        inner: &Inner,
        tenant: &Tenant,
        known: &mut Duplicates,
        submissions: &[&'a Submission],
    ) -> Result<Vec<Result<Receipt>>> {
        let started = std::time::Instant::now();
        // What takes long is read before the turn is taken.
        known.prepare(submissions.iter().flat_map(|submission| &submission.events), &tenant.state.load_full()).await?;
        let write = inner.database.write(Some(&tenant.turn)).await?;
        let state = catch_up(inner, tenant, known, &write).await?;
        let mut group = Group::default();
        for submission in submissions {
            group.add(&write, tenant, submission).await?;
        }
        let verdicts = known.judge(&group.events, &state).await?;
        let receipts = group.receipts(&verdicts);
        let mut verdict = verdicts.iter();
        group.events.retain(|_| verdict.next() == Some(&Verdict::New));
        fault::step("append.judged")?;
        group.remember(&write, tenant, &receipts).await?;
        match group.write(tenant, &state, write).await {
            Ok(next_seq) => known.committed(next_seq),
            Err(error) => {
                known.forget(group.events.iter().copied());
                if !error.is_unavailable() || !was_committed(inner, tenant, known, &group.events).await? {
                    return Err(error);
                }
            }
        }
        metrics::counter!("rollcall_ledger_events_total").increment(group.events.len() as u64);
        metrics::counter!("rollcall_ledger_commits_total").increment(1);
        metrics::histogram!("rollcall_ledger_commit_seconds").record(started.elapsed().as_secs_f64());
        Ok(receipts)
    }

    async fn add(&mut self, write: &Write<'_>, tenant: &Tenant, submission: &'a Submission) -> Result<()> {
        let idempotency = submission.idempotency.as_ref();
        let answered = match idempotency {
            Some(request) => idempotency::find(write, &tenant.id, request).await?,
            None => None,
        };
        self.parts.push(match answered {
            Some(answer) => Part::Answered(answer),
            None => {
                self.events.extend(&submission.events);
                self.directory = submission.directory.as_deref().or(self.directory);
                self.rejected.extend(&submission.rejected);
                Part::New { end: self.events.len(), idempotency }
            }
        });
        Ok(())
    }

    fn receipts(&self, verdicts: &[Verdict]) -> Vec<Result<Receipt>> {
        let mut begin = 0;
        let mut receipts = Vec::with_capacity(self.parts.len());
        for part in &self.parts {
            let end = match part {
                Part::Answered(answer) => {
                    receipts.push(answer.clone());
                    continue;
                }
                Part::New { end, .. } => *end,
            };
            let range = begin..end;
            let judged = self.events.get(range.clone()).unwrap_or_default().iter().zip(verdicts.get(range).unwrap_or_default());
            receipts.push(Ok(receipt(judged)));
            begin = end;
        }
        receipts
    }

    /// Keeps the answers of requests that may come again.
    async fn remember(&self, write: &Write<'_>, tenant: &Tenant, receipts: &[Result<Receipt>]) -> Result<()> {
        for (part, receipt) in self.parts.iter().zip(receipts) {
            if let (Part::New { idempotency: Some(request), .. }, Ok(receipt)) = (part, receipt) {
                idempotency::remember(write, &tenant.id, request, receipt, now()).await?;
            }
        }
        Ok(())
    }

    fn changes_nothing(&self) -> bool {
        let remembers = self.parts.iter().any(|part| matches!(part, Part::New { idempotency: Some(_), .. }));
        self.events.is_empty() && self.rejected.is_empty() && !remembers
    }

    /// Commits, and publishes what readers see from then on. Answers the next event's seq.
    async fn write(&self, tenant: &Tenant, state: &TenantState, write: Write<'_>) -> Result<i64> {
        if self.changes_nothing() {
            return Ok(state.next_seq);
        }
        let received_at = now();
        let (failures, rejected) = self.quarantine(&write, tenant, received_at).await?;
        // What Rollcall adds says nothing about how far a source has come.
        let changed = source::count(&state.sources, &self.events, &rejected, received_at);
        source::store(&write, &tenant.id, &changed).await?;
        let sources = Arc::new(state.sources.iter().chain(&changed).map(|(name, status)| (name.clone(), status.clone())).collect());
        let completed = self.completed();
        let as_kept = self.events.iter().enumerate().map(|(at, event)| completed.get(at).and_then(Option::as_deref).unwrap_or(event));
        let events: Vec<&Event> = as_kept.chain(&failures).collect();
        let mut segment = None;
        if !events.is_empty() {
            let batches = event_batch::encode(&events, state.next_seq, received_at)?;
            journal::append(&write, &tenant.id, state.next_seq, journal::encode(&batches)?, events.len()).await?;
            segment = Some(Segment::of(state.next_seq, batches, &events));
        }
        let next = next_state(state, sources, segment)?;
        let next_seq = next.next_seq;
        fault::step("append.journaled")?;
        write.commit_then(|| tenant.state.store(Arc::new(next))).await?;
        Ok(next_seq)
    }

    /// The events that say less of their agent than the directory does, with what it adds, each at its place.
    fn completed(&self) -> Vec<Option<Box<Event>>> {
        let Some(directory) = self.directory else { return Vec::new() };
        let complete = |event: &&Event| directory.agent_of(event)?.added_to(event).map(Box::new);
        self.events.iter().map(complete).collect()
    }

    /// Puts rejected records away. Answers the events that tell of them, and how many there were of each source.
    async fn quarantine(&self, write: &Write<'_>, tenant: &Tenant, received_at: Timestamp) -> Result<(Vec<Event>, BTreeMap<String, i64>)> {
        let (mut failures, mut by_source) = (Vec::new(), BTreeMap::new());
        for (group, count) in quarantine::add(write, &tenant.id, &self.rejected, received_at).await? {
            *by_source.entry(group.source.clone()).or_insert(0) += count.records;
            failures.push(quarantine::failure_event(&group, count, received_at));
        }
        Ok((failures, by_source))
    }
}

/// What became of one submission's events.
fn receipt<'a>(judged: impl Iterator<Item = (&'a &'a Event, &'a Verdict)>) -> Receipt {
    let mut receipt = Receipt::default();
    for (index, (event, verdict)) in judged.enumerate() {
        match verdict {
            Verdict::New => receipt.accepted += 1,
            Verdict::Duplicate => receipt.duplicates += 1,
            Verdict::Conflict => receipt.conflicts.push(Conflict { index, event_id: event.event_id, event_time: event.event_time }),
        }
    }
    receipt
}

/// Keeps other nodes from appending until the write is over, and learns what they have appended.
async fn catch_up(inner: &Inner, tenant: &Tenant, known: &mut Duplicates, write: &Write<'_>) -> Result<Arc<TenantState>> {
    let head = Head::lock(write, &tenant.id).await?;
    let state = tenant.state.load_full();
    let Some(next) = state.follow(write, &inner.lake, &tenant.id, tenant.tables, head).await? else {
        known.follow(&state)?;
        return Ok(state);
    };
    if !inner.database.is_shared() {
        return Err(Error::Corrupt(format!("the ledger of {} went on to seq {} without this process", tenant.id, head.next_seq)));
    }
    known.follow(&next)?;
    tenant.reach().follow(&next.lake);
    let next = Arc::new(next);
    tenant.state.store(Arc::clone(&next));
    Ok(next)
}

/// Whether events whose commit was not answered are in the ledger. A commit is all or nothing, so they
/// are either all there or none of them is.
async fn was_committed(inner: &Inner, tenant: &Tenant, known: &mut Duplicates, events: &[&Event]) -> Result<bool> {
    known.forget_all();
    let given_up = tokio::time::Instant::now() + RESOLVE_WITHIN;
    loop {
        let found = async {
            known.prepare(events.iter().copied(), &tenant.state.load_full()).await?;
            // The head's lock is free once the server has ended the lost transaction, one way or the other.
            let write = inner.database.write(Some(&tenant.turn)).await?;
            let state = catch_up(inner, tenant, known, &write).await?;
            known.judge(events, &state).await
        };
        match found.await {
            Ok(verdicts) => {
                known.forget_all();
                return Ok(!verdicts.is_empty() && verdicts.iter().all(|verdict| *verdict == Verdict::Duplicate));
            }
            Err(error) if tokio::time::Instant::now() > given_up => {
                known.forget_all();
                return Err(Error::Unavailable(format!("whether a commit has happened could not be found out: {error}")));
            }
            Err(error) => {
                tracing::warn!(tenant = %tenant.id, %error, "finding out whether a commit has happened; trying again");
                tokio::time::sleep(RESOLVE_PAUSE).await;
            }
        }
    }
}

fn next_state(state: &TenantState, sources: Arc<BTreeMap<String, SourceStatus>>, segment: Option<Segment>) -> Result<TenantState> {
    let added = segment.as_ref().map_or(0, |segment| i64::try_from(segment.rows()).unwrap_or(0));
    let tail = segment.map_or_else(|| Ok(state.tail.clone()), |segment| state.tail.push(segment))?;
    Ok(TenantState { lake: Arc::clone(&state.lake), tail, next_seq: state.next_seq + added, sources, sessions: OnceCell::new() })
}
