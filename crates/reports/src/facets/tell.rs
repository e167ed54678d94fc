//! From what was counted to what is told: the top values, the others, the levels of the hierarchy, and what
//! is known and did not occur.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use rollcall_model::Catalogue;
use rollcall_model::catalogue::{self, Given, Known, Origin};
use rollcall_model::hierarchy;
use serde_json::Value;

use super::tally::Tally;
use super::{DEFAULT_TOP, Facet, FacetAsked, FacetValue, Others, agents};
use crate::definition::Definition;
use crate::field::{Field, FieldType};
use crate::filter::Operator;
use crate::people::People;

/// The values of a field as they are told.
pub(crate) fn facet(asked: &FacetAsked, tally: &Tally, definition: &Definition, catalogue: &Catalogue, people: &People) -> Facet {
    let counted: BTreeMap<String, u64> = tally.into();
    // Who searches looks for places at any level.
    if asked.field == "hierarchy" && (asked.under.is_some() || asked.search.is_none()) {
        return level(asked, &counted, tally.missing);
    }
    let Some(field) = definition.report.field(&asked.field) else { return cut(asked, Vec::new(), tally.missing) };
    let known = known(field, definition, catalogue);
    let mut values: Vec<FacetValue> = counted.into_iter().map(|(text, rows)| occurred(field, &text, rows, &known)).collect();
    let not_occurred = known.into_iter().filter(|known| !values.iter().any(|value| value.value == known.value.as_str()));
    let not_occurred: Vec<FacetValue> = not_occurred.map(not_occurred_value).collect();
    values.extend(not_occurred);
    values.extend(agents::not_occurred(field, &values, definition, people));
    if let Some(search) = &asked.search {
        let search = search.to_lowercase();
        values.retain(|value| contains(value, &search));
    }
    cut(asked, values, tally.missing)
}

fn occurred(field: &Field, text: &str, rows: u64, known: &[Known]) -> FacetValue {
    let entry = known.iter().find(|known| known.value == text);
    let word = field.words.iter().find(|(word, _)| *word == text).map(|(_, label)| (*label).to_owned());
    let in_catalogue = field.words.is_empty() && catalogue::Field::from_word(field.name).is_some();
    FacetValue {
        value: typed(field, text),
        label: word.or_else(|| entry?.label.clone()),
        rows,
        occurred: true,
        origin: in_catalogue.then(|| entry.map_or(Origin::Observed, |entry| entry.origin)),
        has_children: None,
    }
}

fn not_occurred_value(known: Known) -> FacetValue {
    let Known { value, label, origin } = known;
    FacetValue { value: value.into(), label, rows: 0, occurred: false, origin: Some(origin), has_children: None }
}

/// A value as filters take it.
pub(crate) fn typed(field: &Field, text: &str) -> Value {
    match field.field_type {
        FieldType::Boolean => text.parse::<bool>().map_or_else(|_| text.into(), Value::from),
        FieldType::Integer => text.parse::<i64>().map_or_else(|_| text.into(), Value::from),
        _ => text.into(),
    }
}

/// What is known of a field: its closed vocabulary, or what the catalogue has for what is picked already.
fn known(field: &Field, definition: &Definition, catalogue: &Catalogue) -> Vec<Known> {
    if !field.words.is_empty() {
        let word = |(word, label): &(&str, &str)| Known {
            value: (*word).to_owned(),
            label: Some((*label).to_owned()),
            origin: Origin::Documented,
        };
        return field.words.iter().map(word).collect();
    }
    let Some(of_catalogue) = catalogue::Field::from_word(field.name) else { return Vec::new() };
    let picked = |name: &str| {
        let filters = definition.filters.iter().filter(|filter| filter.field == name && filter.op == Operator::In);
        filters.flat_map(|filter| &filter.values).filter_map(|value| value.as_str().map(str::to_owned)).collect()
    };
    catalogue.values(of_catalogue, &Given { applications: picked("application"), entities: picked("entity") })
}

fn contains(value: &FacetValue, search: &str) -> bool {
    let text = value.value.as_str().map_or_else(|| value.value.to_string(), str::to_owned);
    text.to_lowercase().contains(search) || value.label.as_ref().is_some_and(|label| label.to_lowercase().contains(search))
}

/// The top of some values, which are in the order of their texts, and what is left out.
fn cut(asked: &FacetAsked, values: Vec<FacetValue>, missing: u64) -> Facet {
    let top = asked.top.unwrap_or(DEFAULT_TOP);
    let (mut occurred, mut not_occurred): (Vec<FacetValue>, Vec<FacetValue>) = values.into_iter().partition(|value| value.occurred);
    occurred.sort_by_key(|value| Reverse(value.rows));
    let left = occurred.split_off(top.min(occurred.len()));
    let not_told = not_occurred.split_off(top.min(not_occurred.len()));
    occurred.append(&mut not_occurred);
    let others = Others { values: left.len() as u64, rows: left.iter().map(|value| value.rows).sum(), not_occurred: not_told.len() as u64 };
    Facet { field: asked.field.clone(), values: occurred, others, missing, here: None }
}

/// The next level below a branch of the hierarchy, or the outermost.
fn level(asked: &FacetAsked, counted: &BTreeMap<String, u64>, missing: u64) -> Facet {
    let mut branches: BTreeMap<&str, (u64, bool)> = BTreeMap::new();
    let mut here = 0;
    for (place, rows) in counted {
        match branch_below(place, asked.under.as_deref()) {
            Below::Outside => {}
            Below::Here => here += rows,
            Below::Branch(branch) => {
                let (so_far, has_children) = branches.entry(branch).or_default();
                *so_far += rows;
                *has_children |= branch != place;
            }
        }
    }
    let value = |(branch, (rows, has_children)): (&str, (u64, bool))| FacetValue {
        value: branch.into(),
        label: hierarchy::levels(branch).pop(),
        rows,
        occurred: true,
        origin: None,
        has_children: Some(has_children),
    };
    let mut values: Vec<FacetValue> = branches.into_iter().map(value).collect();
    if let Some(search) = &asked.search {
        let search = search.to_lowercase();
        values.retain(|value| contains(value, &search));
    }
    Facet { here: asked.under.as_ref().map(|_| here), ..cut(asked, values, if asked.under.is_some() { 0 } else { missing }) }
}

/// Where a place lies, seen from a branch.
enum Below<'a> {
    Outside,
    Here,
    /// At or under this branch of the next level.
    Branch(&'a str),
}

fn branch_below<'a>(place: &'a str, under: Option<&str>) -> Below<'a> {
    let start = match under {
        None => 0,
        Some(branch) if place == branch => return Below::Here,
        Some(branch) if hierarchy::is_under(place, branch) => branch.len() + hierarchy::SEPARATOR.len(),
        Some(_) => return Below::Outside,
    };
    let rest = place.get(start..).unwrap_or_default();
    let length = rest.find(hierarchy::SEPARATOR).unwrap_or(rest.len());
    Below::Branch(place.get(..start + length).unwrap_or(place))
}
