//! Fields that people read as one, made of the first of several columns that has a value.

use datafusion::functions::expr_fn::coalesce;
use datafusion::logical_expr::{Expr, col};

/// A field made of several columns.
#[derive(Debug)]
pub(crate) struct Derived {
    /// Its name in definitions.
    pub(crate) name: &'static str,
    /// Its name for people.
    pub(crate) label: &'static str,
    /// What it means.
    pub(crate) meaning: &'static str,
    /// The columns, the one that is shown first where it has a value first.
    pub(crate) columns: &'static [&'static str],
}

impl Derived {
    /// What it shows.
    pub(crate) fn expression(&self) -> Expr {
        expression(self.columns)
    }
}

/// The first of these columns that has a value.
pub(crate) fn expression(columns: &[&str]) -> Expr {
    coalesce(columns.iter().map(|column| col(*column)).collect())
}

/// A session's or event's agent as people call them.
pub(super) const AGENT: Derived = Derived {
    name: "agent",
    label: "Agent",
    meaning: "the agent's name; where there is none the account, else the employee id. A filter on it looks into all three",
    columns: &["agent_name", "account", "employee_id"],
};

/// Who or what caused an event.
pub(super) const TRIGGERED_BY: Derived = Derived {
    name: "triggered_by",
    label: "Triggered by",
    meaning: "the name of who initiated it; where there is none the e-mail address, else the id, else whether it was a user or the \
              system. A filter on it looks into all four",
    columns: &["triggered_by_name", "triggered_by_email", "triggered_by_id", "triggered_by_kind"],
};
