//! Which events a webhook is told of.

use rollcall_model::Category;
use rollcall_model::event::OWN_SOURCE;
use rollcall_reports::feed::{AllOf, Wanted};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::error::{DeliveryError, Result};

/// Most values of one member of a filter, and most characters of each.
const MAX_VALUES: usize = 100;
const MAX_CHARS: usize = 200;

/// What has become of a run, by its entity on Rollcall's own record.
const RUNS: [(&str, &[&str]); 2] = [
    ("Schedule Run", &["Succeeded", "Failed", "Skipped", "Superseded"]),
    ("Export Task", &["Succeeded", "Failed", "Cancelled", "Expired"]),
];

/// Which events a webhook is told of. An event of one of the categories is, if what else is given holds of it too.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Filter {
    /// Categories of events. None: it is told of no events, but of runs.
    pub categories: Vec<String>,
    /// Only these activities; empty: all.
    pub activities: Vec<String>,
    /// Only these outcomes; empty: all.
    pub outcomes: Vec<String>,
    /// Only items of these kinds; empty: all.
    pub entities: Vec<String>,
    /// Only what came through these sources; empty: all.
    pub sources: Vec<String>,
    /// Whether it is also told what became of runs: of schedules and of export tasks.
    pub runs: bool,
}

impl Filter {
    /// The filter in a text of JSON.
    pub fn read(text: &str) -> Result<Self> {
        serde_json::from_str(text).map_err(|error| DeliveryError::Write(format!("a webhook's filter can't be read: {error}")))
    }

    /// Refuses one that fits nothing, or that is too long.
    pub(crate) fn check(&self) -> Result<()> {
        if self.categories.is_empty() && !self.runs {
            let reason = format!("expected at least one of {}, or runs: true; got neither", categories().join(", "));
            return Err(DeliveryError::invalid("filter.categories", reason));
        }
        for category in &self.categories {
            if !categories().contains(&category.as_str()) {
                let got: String = category.chars().take(64).collect();
                return Err(DeliveryError::invalid("filter.categories", format!("expected {}; got {got:?}", categories().join(", "))));
            }
        }
        if let Some(outcome) = self.outcomes.iter().find(|outcome| !["success", "failure"].contains(&outcome.as_str())) {
            let got: String = outcome.chars().take(64).collect();
            return Err(DeliveryError::invalid("filter.outcomes", format!("expected success or failure; got {got:?}")));
        }
        for (name, values) in
            [("activities", &self.activities), ("outcomes", &self.outcomes), ("entities", &self.entities), ("sources", &self.sources)]
        {
            let is_fine = |value: &String| !value.trim().is_empty() && value.chars().count() <= MAX_CHARS;
            if values.len() > MAX_VALUES || !values.iter().all(is_fine) {
                let reason = format!("expected at most {MAX_VALUES} texts of 1 to {MAX_CHARS} characters");
                return Err(DeliveryError::invalid(format!("filter.{name}"), reason));
            }
        }
        Ok(())
    }

    /// The events of it for a webhook. None that tells of that webhook's own failures: each would make another one.
    pub(crate) fn wanted(&self, webhook: Uuid) -> Wanted {
        let one = |value: &str| vec![value.to_owned()];
        let mut any_of: Vec<AllOf> = Vec::new();
        if !self.categories.is_empty() {
            let given = [
                ("category", &self.categories),
                ("activity", &self.activities),
                ("outcome", &self.outcomes),
                ("entity", &self.entities),
                ("source", &self.sources),
            ];
            any_of.push(
                given.into_iter().filter(|(_, values)| !values.is_empty()).map(|(column, values)| (column, values.clone())).collect(),
            );
        }
        if self.runs {
            any_of.extend(RUNS.map(|(entity, activities)| {
                let activities = activities.iter().map(|activity| (*activity).to_owned()).collect();
                vec![("source", one(OWN_SOURCE)), ("entity", one(entity)), ("activity", activities)]
            }));
        }
        let own_failures = vec![
            ("source", one(OWN_SOURCE)),
            ("category", one(Category::WebhookFailure.as_str())),
            ("instance", one(&webhook.to_string())),
        ];
        Wanted { any_of, none_of: vec![own_failures] }
    }
}

/// Whether an event tells what became of a run.
pub(crate) fn is_run(source: &str, entity: Option<&str>, activity: &str) -> bool {
    source == OWN_SOURCE && RUNS.iter().any(|(run, ends)| entity == Some(run) && ends.contains(&activity))
}

fn categories() -> Vec<&'static str> {
    Category::ALL.iter().map(|category| category.as_str()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filter(categories: &[&str]) -> Filter {
        Filter { categories: categories.iter().map(|category| (*category).to_owned()).collect(), ..Filter::default() }
    }

    #[test]
    fn a_filter_fits_something() {
        assert!(filter(&["access", "webhook_failure"]).check().is_ok());
        assert!(Filter { runs: true, ..Filter::default() }.check().is_ok());
        for wrong in [
            Filter::default(),
            filter(&["sign_in"]),
            Filter { outcomes: vec!["maybe".to_owned()], ..filter(&["access"]) },
            Filter { entities: vec![" ".to_owned()], ..filter(&["access"]) },
            Filter { activities: vec!["x".repeat(MAX_CHARS + 1)], ..filter(&["access"]) },
            Filter { sources: vec!["x".to_owned(); MAX_VALUES + 1], ..filter(&["access"]) },
        ] {
            assert!(wrong.check().is_err(), "{wrong:?}");
        }
    }
}
