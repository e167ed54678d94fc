//! Sessions as of a state: the lake's, changed by what the tail adds.
//!
//! Reader and archiver use the same function, so what a query shows is what the next archive step
//! writes.
//!
//! Most events are later than everything the lake has of their stream: they are paired on top of the
//! sessions that are open. An event that is not is *late*. Its stream is paired anew from a *cut*: a
//! moment at or before it at which no session of the stream was open, so that nothing before the cut
//! matters. What comes out is held against what the lake has; only what differs is hidden and added.
//!
//! Where retention has removed access events, everything begins at the [`Edge`]: with the sessions that were
//! open there, and without any event before it. A cut that would lie before the edge is the edge.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use arrow::array::RecordBatch;
use datafusion::logical_expr::{Expr, col, lit};
use datafusion::scalar::ScalarValue;
use rollcall_model::{AccessActivity, Category, Session, Timestamp};
use rollcall_sessions::{AccessEvent, Paired, SourceLimits, StreamKey, StreamName, pair};
use uuid::Uuid;

use crate::edge::Edge;
use crate::error::Result;
use crate::event_batch;
use crate::lake::DataFile;
use crate::lake::store::Store;
use crate::lake::table::LakeTable;
use crate::reach::{Lateness, Reach, Suspects};
use crate::schema::Table;
use crate::session_batch;
use crate::session_rows::SessionRows;
use crate::state::{SessionView, TenantState, blocking};
use crate::touched::Touched;

/// Up to this many agents are looked up by name; beyond, all of their source are read.
const MAX_AGENTS_BY_NAME: usize = 1_000;

/// The columns that pairing needs, and those that every event has.
pub(crate) const COLUMNS: &[&str] = &[
    "seq",
    "event_id",
    "event_time",
    "received_at",
    "source",
    "category",
    "activity",
    "outcome",
    "triggered_by_kind",
    "triggered_by_id",
    "triggered_by_name",
    "triggered_by_email",
    "account",
    "employee_id",
    "agent_name",
    "session_id",
    "stream",
    "channel",
    "brand",
    "sign_in_method",
    "source_ip",
    "routing_profile",
    "hierarchy",
    "tags",
];

/// Derives the sessions as of a state of which no more is known than what it holds.
pub(crate) async fn sessions(store: &Arc<Store>, schema_path: &str, limits: &SourceLimits, state: &TenantState) -> Result<SessionView> {
    sessions_with(store, schema_path, limits, state, &Reach::of(&state.lake).suspects(&state.tail)).await
}

/// Derives the sessions as of a state. The events that are late, or may be, are known by their ids.
pub(crate) async fn sessions_with(
    store: &Arc<Store>,
    schema_path: &str,
    limits: &SourceLimits,
    state: &TenantState,
    suspects: &Suspects,
) -> Result<SessionView> {
    let edge = &state.lake.edge;
    let mut tail: Vec<Arc<AccessEvent>> = state.tail.shared_access().filter(|event| !edge.is_after(event.event_time)).collect();
    let mut late = Late::default();
    let mut repair = Repair::default();
    if !suspects.is_empty() {
        let lake = Lake { store, schema_path, state, until_seq: None };
        late = Late::find(&lake, &tail, suspects).await?;
        if !late.cuts.is_empty() {
            let (of_late, others): (Vec<_>, Vec<_>) = tail.into_iter().partition(|event| late.concerns(event));
            // What concerns a whole source concerns both the late streams and the others.
            let whole_source = of_late.iter().filter(|event| StreamKey::of_event(event).is_none()).cloned();
            tail = others.into_iter().chain(whole_source).collect();
            repair = late.repair(&lake, of_late, limits).await?;
        }
    }
    let (open, limits) = (Arc::clone(&state.lake.open), limits.clone());
    blocking(move || view(&open, &tail, &late, repair, &limits)).await
}

/// Derives the sessions of a lake as they were known when the next event was to get `seq`, as far as they matter
/// before a moment.
///
/// The events that were not known then are taken back as late ones are brought in: their streams are paired
/// anew, without them, from a moment before the first of them. (A session that a later event of its source found
/// past its limit stays told as expired; its row then bore the same limit: asked as of any moment, both say the
/// same.)
pub(crate) async fn sessions_as_of(
    store: &Arc<Store>,
    schema_path: &str,
    limits: &SourceLimits,
    state: &TenantState,
    seq: i64,
    before: Timestamp,
) -> Result<SessionView> {
    let lake = Lake { store, schema_path, state, until_seq: None };
    let edge = lake.edge();
    let mut unknown = lake.access_events_since(seq, before).await?;
    unknown.retain(|event| !edge.is_after(event.event_time));
    let suspects: Suspects = unknown.iter().map(|event| (event.event_id, Lateness::Possible)).collect();
    let unknown: Vec<Arc<AccessEvent>> = unknown.into_iter().map(Arc::new).collect();
    let late = Late::find(&lake, &unknown, &suspects).await?;
    let known_then = Lake { until_seq: Some(seq), ..lake };
    let repair = late.repair(&known_then, Vec::new(), limits).await?;
    view(&state.lake.open, &[], &late, repair, limits)
}

/// The view of what is open in the lake, what came since, and what repairing the late streams gave.
///
/// Only what the events touch is paired; all else that is open stays as it is.
fn view(open: &SessionRows, tail: &[Arc<AccessEvent>], late: &Late, repair: Repair, limits: &SourceLimits) -> Result<SessionView> {
    let touched = Touched::by(tail.iter().map(Arc::as_ref));
    let late: HashSet<StreamKey<&str>> = late.cuts.keys().map(StreamKey::borrowed).collect();
    let is_late = |session: &Session| !late.is_empty() && late.contains(&StreamKey::borrowed_from_session(session));
    let (open, mut concerned) = open.split(|session| touched.has(session) || is_late(session) || !limits.hold_of(session))?;
    // What is open in a late stream is among what repairing it gave.
    concerned.retain(|session| !is_late(session));
    let Paired { closed: mut ended, open: mut begun } = pair(concerned, tail, limits);
    ended.extend(repair.ended);
    begun.extend(repair.open);
    let hidden: HashSet<Uuid> = repair.hidden.iter().map(|session| session.session_key).collect();
    Ok(SessionView {
        hidden: Arc::new(hidden),
        hidden_sessions: repair.hidden,
        ended: SessionRows::of(ended),
        open: Arc::new(open.with(begun)?),
    })
}

/// What pairing late streams anew changes.
#[derive(Default)]
struct Repair {
    hidden: Vec<Session>,
    ended: Vec<Session>,
    open: Vec<Session>,
}

/// Times of the newest events in the lake, as far as they matter to some events.
#[derive(Default)]
struct Newest {
    of_stream: HashMap<StreamKey, Timestamp>,
    /// Of those that concern a whole source.
    of_source: HashMap<String, Timestamp>,
}

impl Newest {
    /// Looks up the streams of these events, from the earliest of them on.
    async fn in_lake(lake: &Lake<'_>, events: &[&AccessEvent]) -> Result<Self> {
        let mut newest = Newest::default();
        let Some(earliest) = earliest_of(events) else { return Ok(newest) };
        for event in lake.access_events(&sources_of(events), &Agents::of(events), earliest).await? {
            let moment = match StreamKey::of_event(&event) {
                Some(stream) => newest.of_stream.entry(stream).or_insert(event.event_time),
                None => newest.of_source.entry(event.source).or_insert(event.event_time),
            };
            *moment = (*moment).max(event.event_time);
        }
        Ok(newest)
    }

    /// Of a stream, or of what concerns all of its source.
    fn of(&self, stream: &StreamKey) -> Option<Timestamp> {
        self.of_stream.get(stream).max(self.of_source.get(&stream.source)).copied()
    }
}

fn earliest_of(events: &[&AccessEvent]) -> Option<Timestamp> {
    events.iter().map(|event| event.event_time).min()
}

fn sources_of(events: &[&AccessEvent]) -> BTreeSet<String> {
    events.iter().map(|event| event.source.clone()).collect()
}

/// The streams that are to be paired anew, each from its cut.
#[derive(Default)]
struct Late {
    cuts: HashMap<StreamKey, Timestamp>,
    sources: BTreeSet<String>,
    /// The sessions in the lake that ended at or after the earliest cut.
    stored: Vec<Session>,
}

impl Late {
    async fn find(lake: &Lake<'_>, tail: &[Arc<AccessEvent>], suspects: &Suspects) -> Result<Self> {
        let judged = |event: &'_ Arc<AccessEvent>| Some((Arc::clone(event), *suspects.get(&event.event_id)?));
        let suspects: Vec<(Arc<AccessEvent>, Lateness)> = tail.iter().filter_map(judged).collect();
        let events: Vec<&AccessEvent> = suspects.iter().map(|(event, _)| event.as_ref()).collect();
        let possible = suspects.iter().filter(|(_, lateness)| *lateness == Lateness::Possible);
        let newest = Newest::in_lake(lake, &possible.map(|(event, _)| event.as_ref()).collect::<Vec<_>>()).await?;
        let mut late = Late { cuts: HashMap::new(), sources: sources_of(&events), stored: Vec::new() };
        let Some(earliest) = earliest_of(&events) else { return Ok(late) };
        let agents = Agents::of(&events);
        late.stored = lake.ended_sessions(&late.sources, &agents, earliest).await?;
        for (event, lateness) in &suspects {
            match StreamKey::of_event(event) {
                Some(stream) => {
                    if *lateness == Lateness::Certain || newest.of(&stream) >= Some(event.event_time) {
                        late.cut(stream, event.event_time);
                    }
                }
                None => late.cut_source(event, &newest.of_stream),
            }
        }
        late.settle(lake, &agents, earliest).await?;
        Ok(late)
    }

    fn cut(&mut self, stream: StreamKey, moment: Timestamp) {
        let cut = self.cuts.entry(stream).or_insert(moment);
        *cut = (*cut).min(moment);
    }

    /// A late start or stop of a source: every stream that goes on after it is concerned.
    fn cut_source(&mut self, event: &AccessEvent, newest_of_stream: &HashMap<StreamKey, Timestamp>) {
        let going_on = newest_of_stream.iter().filter(|(stream, newest)| stream.source == event.source && **newest >= event.event_time);
        let spanning = self.stored.iter().filter(|session| {
            session.source == event.source
                && session.login_time.is_some_and(|login| login < event.event_time)
                && session.end_time().is_some_and(|end| end >= event.event_time)
        });
        let concerned: Vec<StreamKey> = going_on.map(|(stream, _)| stream.clone()).chain(spanning.map(StreamKey::of_session)).collect();
        for stream in concerned {
            self.cut(stream, event.event_time);
        }
    }

    /// Moves every cut back until no session of its stream was open at it.
    async fn settle(&mut self, lake: &Lake<'_>, agents: &Agents, mut read_from: Timestamp) -> Result<()> {
        loop {
            let mut moved = false;
            for session in self.stored.iter().chain(lake.state.lake.open.iter()) {
                let Some(login) = session.login_time else { continue };
                let Some(cut) = self.cuts.get_mut(&StreamKey::of_session(session)) else { continue };
                let goes_on = session.open || session.end_time().is_some_and(|end| end >= *cut);
                if login < *cut && goes_on {
                    *cut = login;
                    moved = true;
                }
            }
            if !moved {
                return Ok(());
            }
            let earliest = self.cuts.values().copied().min().map_or(read_from, |cut| lake.edge().reach(cut));
            if earliest < read_from {
                read_from = earliest;
                self.stored = lake.ended_sessions(&self.sources, agents, read_from).await?;
            }
        }
    }

    /// Whether an event belongs to a late stream, or to a whole source.
    fn concerns(&self, event: &AccessEvent) -> bool {
        StreamKey::of_event(event).is_none_or(|stream| self.cuts.contains_key(&stream))
    }

    /// Pairs the late streams anew and says what is different from what the lake has.
    async fn repair(&self, lake: &Lake<'_>, of_tail: Vec<Arc<AccessEvent>>, limits: &SourceLimits) -> Result<Repair> {
        let edge = lake.edge();
        let Some(earliest) = self.cuts.values().map(|cut| edge.reach(*cut)).min() else {
            return Ok(Repair::default());
        };
        let agents = Agents::of_streams(self.cuts.keys(), of_tail.iter().map(Arc::as_ref));
        let mut events = lake.access_events(&self.sources, &agents, earliest).await?;
        events.retain(|event| {
            StreamKey::of_event(event).is_none_or(|stream| self.cuts.get(&stream).is_some_and(|cut| event.event_time >= *cut))
        });
        let events: Vec<&AccessEvent> = events.iter().chain(of_tail.iter().map(Arc::as_ref)).collect();
        // At the others' cuts nothing was open.
        let from_the_edge = |session: &&Session| self.cuts.get(&StreamKey::of_session(session)).is_some_and(|cut| edge.is_after(*cut));
        let paired = pair(edge.open.iter().filter(from_the_edge).cloned().collect(), &events, limits);
        let known: HashMap<Uuid, &Session> = self
            .stored
            .iter()
            .filter(|session| self.cuts.get(&StreamKey::of_session(session)).is_some_and(|cut| session.end_time() >= Some(*cut)))
            .map(|session| (session.session_key, session))
            .collect();
        let same = |session: &Session| known.get(&session.session_key).is_some_and(|stored| *stored == session);
        let unchanged: HashSet<Uuid> = paired.closed.iter().filter(|session| same(session)).map(|session| session.session_key).collect();
        Ok(Repair {
            hidden: known.values().filter(|session| !unchanged.contains(&session.session_key)).map(|session| (*session).clone()).collect(),
            ended: paired.closed.into_iter().filter(|session| !unchanged.contains(&session.session_key)).collect(),
            open: paired.open,
        })
    }
}

/// Whose events are looked up.
enum Agents {
    /// Everybody's of the source.
    All,
    /// Those of these accounts, employees or streams, and what concerns the whole source.
    Named { accounts: BTreeSet<String>, employees: BTreeSet<String>, streams: BTreeSet<String> },
}

impl Agents {
    fn of(events: &[&AccessEvent]) -> Self {
        let streams: Vec<StreamKey> = events.iter().filter_map(|event| StreamKey::of_event(event)).collect();
        if streams.len() < events.len() {
            return Agents::All;
        }
        Self::of_streams(streams.iter(), events.iter().copied())
    }

    fn of_streams<'a>(streams: impl Iterator<Item = &'a StreamKey>, events: impl Iterator<Item = &'a AccessEvent>) -> Self {
        let (mut accounts, mut employees) = (BTreeSet::new(), BTreeSet::new());
        for event in events {
            accounts.extend(event.account.clone());
            employees.extend(event.employee_id.clone());
        }
        let mut named = BTreeSet::new();
        for stream in streams {
            match &stream.name {
                // A stream knows its agent, but not whether by account or by employee id.
                StreamName::Agent { agent, .. } => {
                    accounts.extend(agent.clone());
                    employees.extend(agent.clone());
                }
                StreamName::Named(name) => {
                    named.insert(name.clone());
                }
            }
        }
        Self::named(accounts, employees, named)
    }

    fn named(accounts: BTreeSet<String>, employees: BTreeSet<String>, streams: BTreeSet<String>) -> Self {
        if accounts.len() + employees.len() + streams.len() > MAX_AGENTS_BY_NAME {
            Agents::All
        } else {
            Agents::Named { accounts, employees, streams }
        }
    }

    fn filter(&self) -> Option<Expr> {
        match self {
            Agents::All => None,
            Agents::Named { accounts, employees, streams } => {
                let by = |column: &str, values: &BTreeSet<String>| (!values.is_empty()).then(|| col(column).in_list(texts(values), false));
                let conditions = [by("account", accounts), by("employee_id", employees), by("stream", streams)];
                conditions.into_iter().flatten().reduce(Expr::or)
            }
        }
    }
}

fn texts(values: &BTreeSet<String>) -> Vec<Expr> {
    values.iter().map(|value| lit(ScalarValue::Utf8View(Some(value.clone())))).collect()
}

fn moment(moment: Timestamp) -> Expr {
    lit(ScalarValue::TimestampMicrosecond(Some(moment.as_micros()), Some("UTC".into())))
}

/// What the lake has, without the tail.
struct Lake<'a> {
    store: &'a Arc<Store>,
    schema_path: &'a str,
    state: &'a TenantState,
    /// Events from this seq on don't count.
    until_seq: Option<i64>,
}

impl Lake<'_> {
    fn edge(&self) -> &Edge {
        &self.state.lake.edge
    }

    /// Access events of sources from a moment on.
    async fn access_events(&self, sources: &BTreeSet<String>, agents: &Agents, from: Timestamp) -> Result<Vec<AccessEvent>> {
        let of_source = [AccessActivity::SystemStart, AccessActivity::SystemStop].map(|activity| lit(activity.as_str())).to_vec();
        let mut filter = col("category")
            .eq(lit(Category::Access.as_str()))
            .and(col("event_time").gt_eq(moment(from)))
            .and(col("source").in_list(texts(sources), false));
        if let Some(agents) = agents.filter() {
            filter = filter.and(agents.or(col("activity").in_list(of_source, false)));
        }
        if let Some(seq) = self.until_seq {
            filter = filter.and(col("seq").lt(lit(seq)));
        }
        self.access_events_where(filter).await
    }

    /// Access events from a seq on that happened before a moment.
    async fn access_events_since(&self, seq: i64, before: Timestamp) -> Result<Vec<AccessEvent>> {
        let filter =
            col("category").eq(lit(Category::Access.as_str())).and(col("seq").gt_eq(lit(seq))).and(col("event_time").lt(moment(before)));
        self.access_events_where(filter).await
    }

    async fn access_events_where(&self, filter: Expr) -> Result<Vec<AccessEvent>> {
        let table = self.table(Table::Events, self.state.lake.events.clone());
        let found = self.store.context().read_table(table)?.filter(filter)?.select_columns(COLUMNS)?.collect().await?;
        access_events_of(&found)
    }

    /// Sessions of sources that ended at a moment or later.
    async fn ended_sessions(&self, sources: &BTreeSet<String>, agents: &Agents, from: Timestamp) -> Result<Vec<Session>> {
        let mut filter = col("ended_at").gt_eq(moment(from)).and(col("source").in_list(texts(sources), false));
        if let Some(agents) = agents.filter() {
            filter = filter.and(agents);
        }
        let table = self.table(Table::Sessions, self.state.lake.ended.clone());
        let found = self.store.context().read_table(table)?.filter(filter)?.collect().await?;
        let mut sessions = Vec::new();
        for batch in &found {
            sessions.extend(session_batch::decode(batch)?);
        }
        Ok(sessions)
    }

    fn table(&self, table: Table, files: Vec<Arc<DataFile>>) -> Arc<LakeTable> {
        Arc::new(LakeTable::of_files(table, self.schema_path, self.store, files))
    }
}

/// The access events of columns, which may be fewer than all.
pub(crate) fn access_events_of(batches: &[RecordBatch]) -> Result<Vec<AccessEvent>> {
    let mut events = Vec::new();
    for batch in batches {
        events.extend(event_batch::decode(batch)?.iter().filter_map(|stored| AccessEvent::from_event(&stored.event)));
    }
    Ok(events)
}
