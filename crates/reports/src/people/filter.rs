//! Conditions on an agent: by any of their names, ids and accounts, and by what the rows say themselves.

use std::collections::BTreeSet;
use std::sync::Arc;

use datafusion::logical_expr::{Expr, col, lit};
use datafusion::scalar::ScalarValue;
use rollcall_model::directory::{Agents, Entry};
use rollcall_model::hierarchy;
use serde_json::Value;

use super::expression::is_one_of;
use super::{People, Told};
use crate::filter::{Filter, Operator};

/// A condition on a field that shows an agent.
pub(crate) struct OnAgent<'a> {
    pub(crate) op: Operator,
    pub(crate) texts: Vec<&'a str>,
    /// What of the agent is shown, and the columns it is else taken from.
    pub(crate) told: Told,
    pub(crate) columns: &'static [&'static str],
    /// The condition as far as it is about what rows say themselves: with `in` for `not_in` and `is`.
    pub(crate) said: Expr,
}

impl People {
    /// A condition on an agent, where there is a directory.
    pub(crate) fn condition(&self, on: OnAgent<'_>) -> Option<Expr> {
        let agents = self.agents()?;
        let lower: Vec<String> = on.texts.iter().map(|text| text.to_lowercase()).collect();
        let is_named = |text: &str| on.texts.contains(&text);
        Some(match on.op {
            Operator::In => {
                let places = agents.places_of(is_named);
                on.may_be(agents, &places).and(either(agents, &places, on.said))
            }
            Operator::NotIn => either(agents, &agents.places_of(is_named), on.said).is_not_true(),
            Operator::Contains => {
                let places = agents.places_of(|text| lower.iter().any(|part| text.to_lowercase().contains(part)));
                either(agents, &places, on.said)
            }
            Operator::Prefix => either(agents, &agents.places_of(|text| on.texts.iter().any(|start| text.starts_with(start))), on.said),
            Operator::Is => {
                let shown = |place: usize| match on.told {
                    Told::EmployeeId => agents.entries().get(place).map(|entry| entry.employee_id.as_str()),
                    _ => agents.name(place),
                };
                let places: Vec<usize> = (0..agents.entries().len()).filter(|place| shown(*place).is_some_and(is_named)).collect();
                on.may_be(agents, &places).and(self.shown(on.told, on.columns).in_list(texts(on.texts.iter().copied()), false))
            }
            _ => return None,
        })
    }
}

fn either(agents: &Arc<Agents>, places: &[usize], said: Expr) -> Expr {
    if places.is_empty() { said } else { is_one_of(agents, places).or(said) }
}

fn texts<'t>(texts: impl IntoIterator<Item = &'t str>) -> Vec<Expr> {
    texts.into_iter().map(|text| lit(ScalarValue::Utf8View(Some(text.to_owned())))).collect()
}

impl OnAgent<'_> {
    /// What every row meets that is about one of these agents, or says one of the texts itself: plain comparisons, by
    /// which files are left out.
    fn may_be(&self, agents: &Agents, places: &[usize]) -> Expr {
        let entries = || places.iter().filter_map(|place| agents.entries().get(*place));
        let accounts = entries().flat_map(|entry| entry.accounts.iter().map(|(_, account)| account.as_str()));
        let accounts: BTreeSet<&str> = self.texts.iter().copied().chain(accounts).collect();
        let ids: BTreeSet<&str> = self.texts.iter().copied().chain(entries().map(|entry| entry.employee_id.as_str())).collect();
        let any = col("account").in_list(texts(accounts), false).or(col("employee_id").in_list(texts(ids), false));
        if self.columns.contains(&"agent_name") { any.or(col("agent_name").in_list(texts(self.texts.iter().copied()), false)) } else { any }
    }
}

/// Whether an agent's rows can meet a filter, by what the directory says.
pub(crate) fn may_meet(entry: &Entry, filter: &Filter) -> bool {
    let said = match filter.field.as_str() {
        "hierarchy" => &entry.facts.hierarchy,
        "routing_profile" => &entry.facts.routing_profile,
        _ => return true,
    };
    let any = |holds: &dyn Fn(&str, &str) -> bool| {
        said.as_deref().is_some_and(|said| filter.values.iter().filter_map(Value::as_str).any(|value| holds(said, value)))
    };
    match filter.op {
        Operator::In => any(&|said, value| said == value),
        Operator::NotIn => !any(&|said, value| said == value),
        Operator::Under => any(&|said, branch| hierarchy::is_under(said, branch)),
        Operator::Prefix => any(&|said, start| said.starts_with(start)),
        Operator::Contains => any(&|said, part| said.to_lowercase().contains(&part.to_lowercase())),
        Operator::IsNull => said.is_none(),
        _ => true,
    }
}
