//! Sessions against what pairing all access events anew gives: those that the lake stores, and those that
//! readers are shown once the journal's events are counted in.
//!
//! Events are paired in passes, each of a part of the agents, so that memory has a bound however many events
//! there are. What concerns a whole source comes into every pass.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use arrow::array::{Array, AsArray, BooleanArray, RecordBatch, StringViewArray};
use futures::{StreamExt, TryStreamExt, stream};
use rollcall_model::{AccessActivity, Session, Timestamp};
use rollcall_sessions::{AccessEvent, Paired, SourceLimits, pair};
use uuid::Uuid;

use super::evidence::Evidence;
use super::finding::{Finding, FindingKind, Place};
use super::read;
use super::view::{Listed, View};
use crate::derive;
use crate::edge::Edge;
use crate::error::Result;
use crate::event_batch;
use crate::lake::write::Class;
use crate::ledger::Inner;
use crate::session_batch;
use crate::state::{SessionView, TenantState, blocking};
use crate::tenant::Tenant;
use crate::touched::Touched;

/// The columns by which a row is known to belong to a part of the agents.
const AGENT: &[&str] = &["source", "stream", "employee_id", "account", "activity"];

/// A file of sessions or access events on the disk.
#[derive(Debug, Clone)]
struct OnDisk {
    id: i64,
    path: PathBuf,
    /// Its path below the lake's folder.
    shown: Arc<str>,
}

/// What all passes work on.
struct Work {
    limits: SourceLimits,
    edge: Arc<Edge>,
    access: Vec<OnDisk>,
    ended: Vec<OnDisk>,
    open: Vec<OnDisk>,
    /// What readers are shown, if that is to be checked.
    shown: Option<(Arc<TenantState>, SessionView)>,
    passes: u64,
}

/// A session as it is stored, and in which file.
type Stored = (OnDisk, Session);

/// Checks the sessions, once the files have been.
pub(super) async fn check(
    inner: &Inner,
    tenant: &Tenant,
    view: &View,
    state: Option<Arc<TenantState>>,
    paired_at_once: u64,
    evidence: &Arc<Evidence>,
) -> Result<()> {
    let not_checked = |what: &str| evidence.find(FindingKind::NotChecked, Place::table("sessions"), what);
    let access: Vec<&Arc<Listed>> = view.current(Class::Access).collect();
    if access.iter().any(|file| evidence.is_bad(file.id)) {
        not_checked("access events can't be read, so it is not known which sessions they give");
        return Ok(());
    }
    let Some(edge) = view.edge.clone() else {
        not_checked("the sessions that were open where retention cut the events off can't be read");
        return Ok(());
    };
    let sessions_are_whole = !view.current(Class::Ended).chain(view.current(Class::Open)).any(|file| evidence.is_bad(file.id));
    let shown = match state.filter(|_| sessions_are_whole) {
        Some(state) => match derive::sessions(&inner.store, tenant.id.as_str(), &inner.limits, &state).await {
            Ok(shown) => Some((state, shown)),
            Err(error) => {
                not_checked(&format!("what readers are shown: {error}"));
                None
            }
        },
        None => {
            not_checked("what readers are shown: the journal, or files of sessions, can't be read");
            None
        }
    };
    let rows: i64 = access.iter().map(|file| file.rows).sum();
    let work = Arc::new(Work {
        limits: inner.limits.clone(),
        edge,
        access: on_disk(tenant, view, Class::Access, evidence),
        ended: on_disk(tenant, view, Class::Ended, evidence),
        open: on_disk(tenant, view, Class::Open, evidence),
        shown,
        passes: u64::try_from(rows).unwrap_or(0) / paired_at_once.max(1) + 1,
    });
    {
        let mut plan = evidence.plan();
        plan.sessions.unreadable = view.current(Class::Ended).map(|file| file.id).filter(|id| evidence.is_bad(*id)).collect();
        plan.sessions.touched = view.current(Class::Ended).map(|file| file.id).filter(|id| evidence.is_misplaced(*id)).collect();
        plan.sessions.open_is_wrong = view.current(Class::Open).any(|file| evidence.is_bad(file.id) || evidence.is_misplaced(file.id));
    }
    let done = Arc::new(AtomicU64::new(0));
    let passes = (0..work.passes).map(|pass| {
        let (work, evidence, done) = (Arc::clone(&work), Arc::clone(evidence), Arc::clone(&done));
        blocking(move || {
            Pass { work: &work, pass }.run(&evidence)?;
            evidence.has_paired(done.fetch_add(1, Ordering::Relaxed) + 1, work.passes);
            Ok(())
        })
    });
    stream::iter(passes).buffer_unordered(super::side_by_side()).try_collect::<Vec<()>>().await?;
    Ok(())
}

fn on_disk(tenant: &Tenant, view: &View, class: Class, evidence: &Evidence) -> Vec<OnDisk> {
    let located = |file: &Arc<Listed>| OnDisk {
        id: file.id,
        path: tenant.folder(file.table).join(&file.path),
        shown: super::shown(tenant, file).into(),
    };
    view.current(class).filter(|file| !evidence.is_bad(file.id)).map(located).collect()
}

/// A part of the agents, with all their sources' starts and stops.
struct Pass<'a> {
    work: &'a Work,
    pass: u64,
}

impl Pass<'_> {
    fn run(&self, evidence: &Evidence) -> Result<()> {
        let events = self.access_events()?;
        let stored = self.stored(&self.work.ended)?;
        let open = self.stored(&self.work.open)?;
        evidence.add_sessions((stored.len() + open.len()) as u64);
        let touched = Touched::by(self.work.shown.iter().flat_map(|(state, _)| state.tail.access()));
        // Only what the journal's events concern is paired a second time.
        let again: Vec<AccessEvent> = events.iter().filter(|event| touched.concerns(event)).cloned().collect();
        let expected = pair(self.edge(), &events, &self.work.limits);
        let is_right = self.compare_stored(&expected, &stored, &open, evidence);
        if let Some((state, shown)) = self.work.shown.as_ref().filter(|_| is_right) {
            let mut all = again;
            all.extend(state.tail.access().filter(|event| self.has_event(event) && self.is_known(event.event_time)).cloned());
            let edge = self.edge().into_iter().filter(|session| touched.has(session)).collect();
            let paired = pair(edge, &all, &self.work.limits);
            let expected = expected.closed.iter().chain(&expected.open).filter(|session| !touched.has(session));
            let expected: Vec<&Session> = expected.chain(&paired.closed).chain(&paired.open).collect();
            self.compare_shown(&expected, &stored, shown, evidence);
        }
        evidence.plan().sessions.open.extend(expected.open);
        Ok(())
    }

    /// The access events of the lake, as far as pairing starts before them.
    fn access_events(&self) -> Result<Vec<AccessEvent>> {
        let mut events = Vec::new();
        for file in &self.work.access {
            for batch in read::chosen(&file.path, derive::COLUMNS, AGENT, self.chooses())? {
                events.extend(event_batch::decode(&batch?)?.iter().filter_map(|stored| AccessEvent::from_event(&stored.event)));
            }
        }
        events.retain(|event| self.is_known(event.event_time));
        Ok(events)
    }

    fn stored(&self, files: &[OnDisk]) -> Result<Vec<Stored>> {
        let columns: Vec<&str> = rollcall_model::columns::SESSIONS.iter().map(|column| column.name).collect();
        let mut stored = Vec::new();
        for file in files {
            for batch in read::chosen(&file.path, &columns, AGENT, self.chooses())? {
                stored.extend(session_batch::decode(&batch?)?.into_iter().map(|session| (file.clone(), session)));
            }
        }
        // What ended before the events begin can't be proved.
        stored.retain(|(_, session)| session.open || session.end_time().is_none_or(|end| self.is_known(end)));
        Ok(stored)
    }

    fn is_known(&self, moment: Timestamp) -> bool {
        !self.work.edge.is_after(moment)
    }

    fn edge(&self) -> Vec<Session> {
        self.work.edge.open.iter().filter(|session| self.has_session(session)).cloned().collect()
    }

    /// Chooses the rows of a batch that belong to this part.
    fn chooses(&self) -> impl Fn(&RecordBatch) -> BooleanArray + Send + 'static {
        let (pass, passes) = (self.pass, self.work.passes);
        move |batch| {
            let [source, stream, employee_id, account] = ["source", "stream", "employee_id", "account"].map(|name| texts(batch, name));
            let activities = texts(batch, "activity");
            let of_source =
                |row| matches!(text(activities, row).and_then(AccessActivity::from_word), Some(activity) if is_of_source(activity));
            let chosen = |row| {
                let agent = text(employee_id, row).or_else(|| text(account, row));
                of_source(row) || part(text(source, row).unwrap_or_default(), text(stream, row), agent, passes) == pass
            };
            (0..batch.num_rows()).map(|row| Some(chosen(row))).collect()
        }
    }

    fn has_event(&self, event: &AccessEvent) -> bool {
        let agent = event.employee_id.as_deref().or(event.account.as_deref());
        is_of_source(event.activity) || part(&event.source, event.stream.as_deref(), agent, self.work.passes) == self.pass
    }

    fn has_session(&self, session: &Session) -> bool {
        let agent = session.employee_id.as_deref().or(session.account.as_deref());
        part(&session.source, session.stream.as_deref(), agent, self.work.passes) == self.pass
    }

    /// The lake's sessions, as of its last archive step. Answers whether they are right.
    fn compare_stored(&self, expected: &Paired, ended: &[Stored], open: &[Stored], evidence: &Evidence) -> bool {
        let wrong_ended = differences(expected.closed.iter(), ended.iter().map(|(file, session)| (Some(file), session)));
        let wrong_open = differences(expected.open.iter(), open.iter().map(|(file, session)| (Some(file), session)));
        for wrong in wrong_ended.iter().chain(&wrong_open) {
            evidence.findings.add(wrong.finding());
        }
        let mut plan = evidence.plan();
        plan.sessions.open_is_wrong |= !wrong_open.is_empty();
        for wrong in &wrong_ended {
            plan.sessions.gone.insert(wrong.key);
            plan.sessions.touched.extend(wrong.files.iter().map(|file| file.id));
            plan.sessions.come.extend(wrong.expected.cloned());
        }
        wrong_ended.is_empty() && wrong_open.is_empty()
    }

    /// What readers are shown: the lake's sessions but those that the journal's events have changed, and these.
    fn compare_shown(&self, expected: &[&Session], ended: &[Stored], shown: &SessionView, evidence: &Evidence) {
        let visible =
            ended.iter().map(|(file, session)| (Some(file), session)).filter(|(_, session)| !shown.hidden.contains(&session.session_key));
        let of_tail =
            shown.ended.iter().chain(shown.open.iter()).filter(|session| self.has_session(session)).map(|session| (None, session));
        for wrong in differences(expected.iter().copied(), visible.chain(of_tail)) {
            evidence.findings.add(
                Finding { kind: FindingKind::SessionShownWrong, ..wrong.finding() }.beyond_repair(FindingKind::SessionShownWrong.advice()),
            );
        }
    }
}

fn is_of_source(activity: AccessActivity) -> bool {
    matches!(activity, AccessActivity::SystemStart | AccessActivity::SystemStop)
}

fn texts<'a>(batch: &'a RecordBatch, name: &str) -> Option<&'a StringViewArray> {
    batch.column_by_name(name).and_then(|array| array.as_string_view_opt())
}

fn text(texts: Option<&StringViewArray>, row: usize) -> Option<&str> {
    texts.filter(|texts| texts.is_valid(row)).map(|texts| texts.value(row))
}

/// In which part a stream is. Its channel does not count: rows of one agent lie together in a file.
fn part(source: &str, stream: Option<&str>, agent: Option<&str>, parts: u64) -> u64 {
    let mut hasher = DefaultHasher::new();
    (source, stream.is_some(), stream.or(agent)).hash(&mut hasher);
    hasher.finish() % parts.max(1)
}

/// A session that is not as it should be.
struct Wrong<'a> {
    kind: FindingKind,
    key: Uuid,
    expected: Option<&'a Session>,
    found: Option<&'a Session>,
    files: Vec<&'a OnDisk>,
}

/// Holds the sessions that are found against those that are expected, by their keys.
fn differences<'a>(
    expected: impl Iterator<Item = &'a Session>,
    found: impl Iterator<Item = (Option<&'a OnDisk>, &'a Session)>,
) -> Vec<Wrong<'a>> {
    let expected: HashMap<Uuid, &Session> = expected.map(|session| (session.session_key, session)).collect();
    let mut by_key: HashMap<Uuid, Vec<(Option<&OnDisk>, &Session)>> = HashMap::new();
    for (file, session) in found {
        by_key.entry(session.session_key).or_default().push((file, session));
    }
    let mut wrong = Vec::new();
    for (&key, &session) in expected.iter().filter(|(key, _)| !by_key.contains_key(*key)) {
        wrong.push(Wrong { kind: FindingKind::SessionMissing, key, expected: Some(session), found: None, files: Vec::new() });
    }
    for (key, found) in by_key {
        let expected = expected.get(&key).copied();
        let kind = match (expected, found.as_slice()) {
            (None, _) => FindingKind::SessionUnfounded,
            (Some(expected), [(_, session)]) if expected == *session => continue,
            (Some(_), [_]) => FindingKind::SessionDifferent,
            (Some(_), _) => FindingKind::SessionRepeated,
        };
        let files = found.iter().filter_map(|(file, _)| *file).collect();
        wrong.push(Wrong { kind, key, expected, found: found.first().map(|(_, session)| *session), files });
    }
    wrong
}

impl Wrong<'_> {
    fn finding(&self) -> Finding {
        let session = self.found.or(self.expected);
        let what = match (self.kind, self.expected, self.found) {
            (FindingKind::SessionDifferent, Some(expected), Some(found)) => {
                format!("it differs from what the events give in {}", columns_that_differ(expected, found))
            }
            (FindingKind::SessionRepeated, ..) => format!("it is there {} times", self.files.len().max(2)),
            (FindingKind::SessionMissing, ..) => "the events give it, but it is not there".to_owned(),
            _ => "the events don't give it".to_owned(),
        };
        let place = Place {
            table: Some("sessions"),
            file: self.files.first().map(|file| file.shown.to_string()),
            session_key: Some(self.key),
            first_time: session.and_then(|session| session.login_time),
            last_time: session.and_then(Session::end_time),
            source: session.map(|session| session.source.clone()),
            ..Place::default()
        };
        Finding::new(self.kind, place, what)
    }
}

fn columns_that_differ(expected: &Session, found: &Session) -> String {
    let fields = |session: &Session| match serde_json::to_value(session) {
        Ok(serde_json::Value::Object(fields)) => fields,
        _ => serde_json::Map::new(),
    };
    let found = fields(found);
    let told = |value: Option<&serde_json::Value>| value.map_or_else(|| "none".to_owned(), ToString::to_string);
    let differ = fields(expected).into_iter().filter(|(name, value)| found.get(name) != Some(value));
    let told: Vec<String> = differ.map(|(name, value)| format!("{name} (expected {value}, got {})", told(found.get(&name)))).collect();
    told.join(", ")
}
