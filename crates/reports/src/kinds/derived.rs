//! Fields that people read as one, made of the first of several columns that has a value.

use datafusion::functions::expr_fn::coalesce;
use datafusion::logical_expr::{Expr, col};
use rollcall_model::zone::Zone;

use crate::field::FieldType;
use crate::people::{People, Told};

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
    /// What the directory tells of the row's agent, which comes before all of them.
    pub(crate) told: Option<Told>,
}

/// A field that is worked out over many rows.
#[derive(Debug)]
pub(crate) struct Computed {
    /// Its name in definitions.
    pub(crate) name: &'static str,
    /// Its name for people.
    pub(crate) label: &'static str,
    /// What it means.
    pub(crate) meaning: &'static str,
    /// Type of its values.
    pub(crate) field_type: FieldType,
}

impl Derived {
    /// What it shows.
    pub(crate) fn expression(&self, people: &People, zone: &Zone) -> Expr {
        match self.told {
            None => expression(self.columns),
            Some(Told::TimeZone) => people.time_zone(zone),
            Some(told) => people.shown(told, self.columns),
        }
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
    meaning: "the agent's name in the directory, whichever account it was; of who is not in it the name that came, else the account, \
              else the employee id. A filter on it looks into all of an agent's names, ids and accounts",
    columns: &["agent_name", "account", "employee_id"],
    told: Some(Told::Name),
};

/// The same by what tells agents apart.
pub(super) const AGENT_ID: Derived = Derived {
    name: "agent_id",
    label: "Agent ID",
    meaning: "the agent's employee id in the directory, whichever account it was; of who is not in it the employee id that came, else \
              the account. A filter on it looks into all of an agent's names, ids and accounts",
    columns: &["employee_id", "account"],
    told: Some(Told::EmployeeId),
};

/// Where an agent lives.
pub(super) const AGENT_TIME_ZONE: Derived = Derived {
    name: "agent_time_zone",
    label: "Agent time zone",
    meaning: "the agent's own zone in the directory; of who has none there, the report's",
    columns: &[],
    told: Some(Told::TimeZone),
};

/// Who or what caused an event.
pub(super) const TRIGGERED_BY: Derived = Derived {
    name: "triggered_by",
    label: "Triggered by",
    meaning: "the name of who initiated it; where there is none the e-mail address, else the id, else whether it was a user or the \
              system. A filter on it looks into all four",
    columns: &["triggered_by_name", "triggered_by_email", "triggered_by_id", "triggered_by_kind"],
    told: None,
};
