//! Snapshots: the one way to rows.
//!
//! A snapshot belongs to one tenant and one scope. Both are part of it: every table that it hands out is
//! already filtered by the scope, so no query planned on it can forget to.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use datafusion::dataframe::DataFrame;
use datafusion::functions_nested::expr_fn::map_extract;
use datafusion::functions_nested::extract::array_element;
use datafusion::logical_expr::{Expr, col, lit};
use datafusion::prelude::SessionContext;
use datafusion::scalar::ScalarValue;
use rollcall_model::{Scope, TenantId, hierarchy, scope::ScopePart};

use crate::error::Result;
use crate::lake::store::Store;
use crate::lake::table::LakeTable;
use crate::schema::Table;
use crate::source::SourceStatus;
use crate::state::{SessionView, SnapshotId, TenantState};

/// A tenant's ledger as of one moment, as far as somebody may see it.
#[derive(Debug, Clone)]
pub struct Snapshot {
    pub(crate) tenant: TenantId,
    pub(crate) scope: Scope,
    pub(crate) state: Arc<TenantState>,
    pub(crate) sessions: Arc<SessionView>,
    pub(crate) store: Arc<Store>,
}

impl Snapshot {
    /// What is needed to open it again.
    pub fn id(&self) -> SnapshotId {
        self.state.id()
    }

    /// Whose rows these are.
    pub fn tenant(&self) -> &TenantId {
        &self.tenant
    }

    /// What has come through which source.
    pub fn sources(&self) -> &BTreeMap<String, SourceStatus> {
        &self.state.sources
    }

    /// The events.
    pub fn events(&self) -> Result<DataFrame> {
        self.table(LakeTable {
            table: Table::Events,
            schema_path: self.tenant.as_str().to_owned(),
            store: Arc::clone(&self.store),
            files: self.state.lake.events.clone(),
            tail: self.state.tail.batches(),
            hidden: Arc::new(HashSet::new()),
        })
    }

    /// The sessions. An open one carries its limit in `ended_no_later_than`, if its source has one.
    pub fn sessions(&self) -> Result<DataFrame> {
        self.table(LakeTable {
            table: Table::Sessions,
            schema_path: self.tenant.as_str().to_owned(),
            store: Arc::clone(&self.store),
            files: self.state.lake.ended.clone(),
            tail: self.sessions.batch.iter().cloned().collect(),
            hidden: Arc::clone(&self.sessions.hidden),
        })
    }

    fn table(&self, table: LakeTable) -> Result<DataFrame> {
        let context: SessionContext = self.store.context();
        let rows = context.read_table(Arc::new(table))?;
        Ok(match scope_filter(&self.scope) {
            Some(filter) => rows.filter(filter)?,
            None => rows,
        })
    }
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
    let all = [hierarchies, profiles, tags].into_iter().flatten().reduce(Expr::and);
    all.unwrap_or_else(|| lit(false))
}

/// Whether a hierarchy is a branch or lies under it, by whole levels.
pub fn under(column: &str, branch: &str) -> Expr {
    let below = format!("{branch}{}", hierarchy::SEPARATOR);
    col(column).eq(text(branch)).or(starts_with(column, &below))
}

/// Whether a text begins with another: as bounds, by which files and row groups are left out too.
pub fn starts_with(column: &str, prefix: &str) -> Expr {
    let mut escaped = String::with_capacity(prefix.len() + 1);
    for c in prefix.chars() {
        if matches!(c, '%' | '_' | '\\') {
            escaped.push('\\');
        }
        escaped.push(c);
    }
    escaped.push('%');
    col(column).like(text(&escaped))
}

/// The value of a tag.
pub fn tag(key: &str) -> Expr {
    array_element(map_extract(col("tags"), lit(key)), lit(1_i64))
}

fn text(value: &str) -> Expr {
    lit(ScalarValue::Utf8View(Some(value.to_owned())))
}
