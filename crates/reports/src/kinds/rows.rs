//! Which rows a kind of report has: events of some sort, or sessions.

use datafusion::dataframe::DataFrame;
use datafusion::logical_expr::{Expr, col, lit};
use rollcall_ledger::Snapshot;
use rollcall_model::Category;
use rollcall_model::columns::{Column, EVENTS, SESSIONS};
use rollcall_model::range::ResolvedRange;

use crate::error::Result;
use crate::plan::moment;

/// The rows of a kind.
#[derive(Debug)]
pub(crate) enum Rows {
    /// Events.
    Events(Events),
    /// Sessions, by the range rule.
    Sessions,
}

/// The events of a kind.
#[derive(Debug)]
pub(crate) struct Events {
    /// Of this category alone.
    pub(crate) category: Option<Category>,
    /// What holds of them beside that.
    pub(crate) also: Option<Condition>,
}

/// What holds of a column.
#[derive(Debug)]
pub(crate) enum Condition {
    /// It has this value.
    Is(&'static str, &'static str),
    /// It has another value than this.
    IsNot(&'static str, &'static str),
}

impl Rows {
    /// The columns that rows have. `ended_at` serves the layout of the lake; as of a moment it says nothing that
    /// the others don't.
    pub(crate) fn columns(&self) -> impl Iterator<Item = &'static Column> + use<> {
        let columns = match self {
            Rows::Events(_) => EVENTS,
            Rows::Sessions => SESSIONS,
        };
        columns.iter().filter(|column| column.name != "ended_at")
    }

    /// The time by which the newest rows come first.
    pub(crate) fn time(&self) -> &'static str {
        match self {
            Rows::Events(_) => "event_time",
            Rows::Sessions => "login_time",
        }
    }

    /// The field that no two rows share.
    pub(crate) fn unique(&self) -> &'static str {
        match self {
            Rows::Events(_) => "seq",
            Rows::Sessions => "session_key",
        }
    }

    /// The fields that rows show as files have them, whatever the range.
    pub(crate) fn stored(&self) -> &'static [&'static str] {
        match self {
            Rows::Events(_) => &["event_time", "received_at", "seq"],
            Rows::Sessions => &["login_time"],
        }
    }
}

impl Events {
    /// The columns that their conditions look at, beside the time.
    pub(crate) fn condition_columns(&self) -> Vec<&'static str> {
        let category = self.category.map(|_| "category");
        category.into_iter().chain(self.also.as_ref().map(Condition::column)).collect()
    }

    /// What each of them is, whenever it happened; none where they are all events.
    pub(crate) fn conditions(&self) -> Option<Expr> {
        self.of_category().into_iter().chain(self.also.as_ref().map(Condition::expression)).reduce(Expr::and)
    }

    /// Those of a range.
    pub(crate) fn of_range(&self, snapshot: &Snapshot, range: ResolvedRange) -> Result<DataFrame> {
        let time = [col("event_time").gt_eq(moment(range.from)), col("event_time").lt(moment(range.to))];
        let also = self.also.as_ref().map(Condition::expression);
        let conditions = self.of_category().into_iter().chain(time).chain(also).reduce(Expr::and);
        Ok(snapshot.events()?.filter(conditions.unwrap_or_else(|| lit(true)))?)
    }

    fn of_category(&self) -> Option<Expr> {
        self.category.map(|category| col("category").eq(lit(category.as_str())))
    }
}

impl Condition {
    fn column(&self) -> &'static str {
        match self {
            Condition::Is(column, _) | Condition::IsNot(column, _) => column,
        }
    }

    fn expression(&self) -> Expr {
        match self {
            Condition::Is(column, value) => col(*column).eq(lit(*value)),
            Condition::IsNot(column, value) => col(*column).not_eq(lit(*value)),
        }
    }
}
