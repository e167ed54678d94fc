//! Snapshots: the one way to rows.
//!
//! A snapshot belongs to one tenant and one scope. Both are part of it: every table that it hands out is
//! already filtered by the scope, so no query planned on it can forget to.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use arrow::array::RecordBatch;
use datafusion::dataframe::DataFrame;
use datafusion::functions_nested::expr_fn::map_extract;
use datafusion::functions_nested::extract::array_element;
use datafusion::logical_expr::{Expr, col, lit};
use datafusion::prelude::SessionContext;
use datafusion::scalar::ScalarValue;
use rollcall_model::{Scope, TenantId, Timestamp, hierarchy, scope::ScopePart};
use uuid::Uuid;

use crate::derive;
use crate::error::{Error, Result};
use crate::grain::Grain;
use crate::lake::DataFile;
use crate::lake::table::LakeTable;
use crate::ledger::Inner;
use crate::schema::Table;
use crate::session_batch;
use crate::source::SourceStatus;
use crate::state::{SessionView, SnapshotId, TenantState};
use crate::tenant::Tenant;

/// A tenant's ledger as of one moment, as far as somebody may see it.
#[derive(Clone)]
pub struct Snapshot {
    pub(crate) inner: Arc<Inner>,
    pub(crate) tenant: Arc<Tenant>,
    pub(crate) scope: Scope,
    pub(crate) state: Arc<TenantState>,
    /// What was not known at this seq is left out.
    pub(crate) known_to: Option<i64>,
    /// The state that this one is a part of.
    pub(crate) id: SnapshotId,
}

/// Events for somebody who only counts them: `events` summed over the counts, and the rows counted one by one.
#[derive(Debug, Clone)]
pub struct CountedEvents {
    /// Rows of the table `counts`.
    pub counts: DataFrame,
    /// Events that those rows don't count.
    pub rows: DataFrame,
    /// Microseconds of a stretch of time that is counted together.
    pub stretch_micros: i64,
}

impl std::fmt::Debug for Snapshot {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Snapshot").field("tenant", &self.tenant.id).field("id", &self.id()).finish_non_exhaustive()
    }
}

impl Snapshot {
    /// What is needed to open it again.
    pub fn id(&self) -> SnapshotId {
        self.id
    }

    /// The first seq that is not seen.
    pub fn seq(&self) -> i64 {
        self.known_to.unwrap_or(self.state.next_seq)
    }

    /// The same ledger as it was known when the next event was to get `seq`: events that came later are left
    /// out, and so is what they changed in sessions.
    pub fn as_of(self, seq: i64) -> Result<Self> {
        if seq < 0 || seq > self.state.next_seq {
            return Err(Error::UnknownSeq { seq, next_seq: self.state.next_seq });
        }
        if seq == self.state.next_seq {
            return Ok(self);
        }
        if seq >= self.state.lake.archived_seq {
            // A part of the tail: pairing it is what gives that state.
            let state = Arc::new(self.state.up_to(seq)?);
            return Ok(Snapshot { state, ..self });
        }
        Ok(Snapshot { known_to: Some(seq), ..self })
    }

    /// Whose rows these are.
    pub fn tenant(&self) -> &TenantId {
        &self.tenant.id
    }

    /// Which of them may be seen.
    pub fn scope(&self) -> &Scope {
        &self.scope
    }

    /// What has come through which source.
    pub fn sources(&self) -> &BTreeMap<String, SourceStatus> {
        &self.state.sources
    }

    /// The events.
    pub fn events(&self) -> Result<DataFrame> {
        let files = self.state.lake.events.clone();
        match self.known_to {
            None => self.table(Table::Events, files, self.state.tail.batches(), Hidden::default()),
            Some(seq) => Ok(self.table(Table::Events, files, Vec::new(), Hidden::default())?.filter(col("seq").lt(lit(seq)))?),
        }
    }

    /// The events whose seq lies in a range. Those that came last are found in memory alone.
    pub fn events_of(&self, seqs: std::ops::Range<i64>) -> Result<DataFrame> {
        let in_range = col("seq").gt_eq(lit(seqs.start)).and(col("seq").lt(lit(seqs.end.min(self.seq()))));
        let events = if self.known_to.is_none() && seqs.start >= self.state.lake.archived_seq {
            self.table(Table::Events, Vec::new(), self.state.tail.batches(), Hidden::default())?
        } else {
            self.events()?
        };
        Ok(events.filter(in_range)?)
    }

    /// The sessions, derived when somebody first asks. An open one carries its limit in
    /// `ended_no_later_than`, if its source has one.
    pub async fn sessions(&self) -> Result<DataFrame> {
        if let Some(seq) = self.known_to {
            return self.sessions_known_at(seq, Timestamp::MAX).await;
        }
        let view = self.tenant.sessions(&self.inner.store, &self.inner.limits, &self.state).await?;
        let files = self.state.lake.ended.clone();
        self.table(Table::Sessions, files, view.columns()?, Hidden::of(&view)?)
    }

    /// The sessions as far as they matter to somebody who asks what was known before a moment: rows that
    /// began later, or what became of a session later, may be missing. Where the tail has nothing from before,
    /// nothing is derived.
    pub async fn sessions_before(&self, moment: Timestamp) -> Result<DataFrame> {
        if let Some(seq) = self.known_to {
            return self.sessions_known_at(seq, moment).await;
        }
        if self.state.tail.access().any(|event| event.event_time < moment) {
            return self.sessions().await;
        }
        let open = self.state.lake.open.columns()?;
        self.table(Table::Sessions, self.state.lake.ended.clone(), open.into_iter().collect(), Hidden::default())
    }

    /// The events of a range for somebody who only counts them, by these columns: most of them counted already.
    /// None where counts don't answer exactly: a column, a scope or a moment of knowledge that they don't tell apart,
    /// or a range without a whole stretch of time.
    pub fn counted_events(&self, range: std::ops::Range<Timestamp>, columns: &[&str]) -> Result<Option<CountedEvents>> {
        let mut needed = columns.to_vec();
        needed.extend(scope_columns(&self.scope));
        let Some(grain) = Grain::answering(&needed).filter(|_| self.known_to.is_none()) else { return Ok(None) };
        let split = grain.split(range.start.as_micros()..range.end.as_micros());
        if split.whole.is_empty() {
            return Ok(None);
        }
        let of_grain = col("grain").eq(lit(grain.as_str())).and(within("start_time", &split.whole));
        let counts = self.table(Table::Counts, self.state.lake.counts.clone(), Vec::new(), Hidden::default())?.filter(of_grain)?;
        let in_files = self.table(Table::Events, self.state.lake.events.clone(), Vec::new(), Hidden::default())?;
        let edges = within("event_time", &split.before).or(within("event_time", &split.after));
        let in_tail = self.table(Table::Events, Vec::new(), self.state.tail.batches(), Hidden::default())?;
        let whole_range = range.start.as_micros()..range.end.as_micros();
        let rows = in_files.filter(edges)?.union(in_tail.filter(within("event_time", &whole_range))?)?;
        Ok(Some(CountedEvents { counts, rows, stretch_micros: grain.micros() }))
    }

    async fn sessions_known_at(&self, seq: i64, before: Timestamp) -> Result<DataFrame> {
        let (inner, path) = (&self.inner, self.tenant.id.as_str());
        let view = derive::sessions_as_of(&inner.store, path, &inner.limits, &self.state, seq, before).await?;
        self.table(Table::Sessions, self.state.lake.ended.clone(), view.columns()?, Hidden::of(&view)?)
    }

    fn table(&self, table: Table, files: Vec<Arc<DataFile>>, tail: Vec<RecordBatch>, hidden: Hidden) -> Result<DataFrame> {
        let store = Arc::clone(&self.inner.store);
        let context: SessionContext = store.context();
        let rows = context.read_table(Arc::new(LakeTable {
            table,
            schema_path: self.tenant.id.as_str().to_owned(),
            store,
            files,
            tail,
            hidden: hidden.keys,
            hidden_rows: hidden.rows,
        }))?;
        Ok(match scope_filter(&self.scope) {
            Some(filter) => rows.filter(filter)?,
            None => rows,
        })
    }
}

/// Sessions in files that are not to be seen: others stand in for them.
#[derive(Default)]
struct Hidden {
    keys: Arc<HashSet<Uuid>>,
    /// The rows whole, where they are known.
    rows: Option<RecordBatch>,
}

impl Hidden {
    fn of(view: &SessionView) -> Result<Self> {
        let rows = if view.hidden_sessions.is_empty() { None } else { Some(session_batch::encode(&view.hidden_sessions)?) };
        Ok(Hidden { keys: Arc::clone(&view.hidden), rows })
    }
}

/// The columns that a scope looks at.
fn scope_columns(scope: &Scope) -> Vec<&'static str> {
    let Scope::Parts(parts) = scope else { return Vec::new() };
    let any = |has: fn(&ScopePart) -> bool| parts.iter().any(has);
    let looks = [
        ("hierarchy", any(|part| !part.hierarchies.is_empty())),
        ("routing_profile", any(|part| !part.routing_profiles.is_empty())),
        ("tags", any(|part| !part.tags.is_empty())),
        ("employee_id", any(|part| !part.employee_ids.is_empty())),
    ];
    looks.into_iter().filter(|(_, looks)| *looks).map(|(column, _)| column).collect()
}

/// Whether a moment lies in a range of microseconds.
fn within(column: &str, range: &std::ops::Range<i64>) -> Expr {
    let moment = |micros: i64| lit(ScalarValue::TimestampMicrosecond(Some(micros), Some("UTC".into())));
    col(column).gt_eq(moment(range.start)).and(col(column).lt(moment(range.end)))
}

/// The rows of a scope; none where all rows are in it.
fn scope_filter(scope: &Scope) -> Option<Expr> {
    match scope {
        Scope::All => None,
        Scope::Nothing => Some(lit(false)),
        Scope::Parts(parts) => Some(parts.iter().map(part_filter).reduce(Expr::or).unwrap_or_else(|| lit(false))),
    }
}

fn part_filter(part: &ScopePart) -> Expr {
    let any = |conditions: Vec<Expr>| conditions.into_iter().reduce(Expr::or);
    let hierarchies = any(part.hierarchies.iter().map(|branch| under("hierarchy", branch)).collect());
    let profiles = any(part.routing_profiles.iter().map(|profile| col("routing_profile").eq(text(profile))).collect());
    let tags = part.tags.iter().map(|(key, value)| tag(key).eq(lit(value.clone()))).reduce(Expr::and);
    // A part without any condition would be everything; everything has a word of its own.
    let employees = any(part.employee_ids.iter().map(|employee| col("employee_id").eq(text(employee))).collect());
    let all = [hierarchies, profiles, employees, tags].into_iter().flatten().reduce(Expr::and);
    all.unwrap_or_else(|| lit(false))
}

/// Whether a hierarchy is a branch or lies under it, by whole levels.
pub fn under(column: &str, branch: &str) -> Expr {
    let below = format!("{branch}{}", hierarchy::SEPARATOR);
    col(column).eq(text(branch)).or(starts_with(column, &below))
}

/// Whether a text begins with another: files and row groups are left out by it too.
pub fn starts_with(column: &str, prefix: &str) -> Expr {
    col(column).like(text(&format!("{}%", literally(prefix))))
}

/// A text as a pattern of `LIKE` that stands for itself alone.
pub fn literally(text: &str) -> String {
    let mut pattern = String::with_capacity(text.len());
    for c in text.chars() {
        if matches!(c, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern
}

/// The value of a tag.
pub fn tag(key: &str) -> Expr {
    array_element(map_extract(col("tags"), lit(key)), lit(1_i64))
}

fn text(value: &str) -> Expr {
    lit(ScalarValue::Utf8View(Some(value.to_owned())))
}
