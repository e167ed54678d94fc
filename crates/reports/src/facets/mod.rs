//! Facets: the values that a field has in the range, with how many rows have them, to pick a filter from.
//!
//! They cascade: a field is restricted by the filters on all other fields, not by its own. What counts tell
//! apart is taken from them; all other fields are counted in one scan together.
//!
//! - [`tally`]: counting; [`tell`]: from what was counted to an answer

mod agents;
mod by_file;
mod tally;
pub(crate) mod tell;

use std::sync::Arc;

use rollcall_ledger::{Error as LedgerError, MAX_DISTINCT_VALUES};
use rollcall_model::catalogue::Origin;
use rollcall_model::columns::{COUNTS, find};
use rollcall_model::{Catalogue, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::definition::Definition;
use crate::engine::{AnswerRange, Caller, Planned, Reports, answer_range};
use crate::error::{Error, InvalidDefinition, Result};
use crate::field::{Field, FieldType};
use crate::filter::{Filter, Operator};
use crate::kind::Kind;
use crate::watermark::Watermark;
use crate::{page, plan};
use tally::{Scan, Tally};

/// Most fields that are asked for at once.
const MAX_FIELDS: usize = 24;
/// Most values of one field.
const MAX_TOP: usize = 1_000;
/// Values of a field unless asked otherwise.
const DEFAULT_TOP: usize = 20;

/// A field whose values are asked for.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FacetAsked {
    /// The field.
    pub field: String,
    /// Only values that contain this, upper and lower case alike.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub search: Option<String>,
    /// Most values that are told one by one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub top: Option<usize>,
    /// Of the hierarchy: the branch whose next level is asked for; the outermost level unless said otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub under: Option<String>,
}

/// A value of a field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FacetValue {
    /// The value, as filters take it.
    pub value: Value,
    /// How people read it, where that is something else.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// How many rows have it.
    pub rows: u64,
    /// Whether any row has it; what is known and did not occur is offered too.
    pub occurred: bool,
    /// How a value of the catalogue is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub origin: Option<Origin>,
    /// Of a branch of the hierarchy: whether rows lie below it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub has_children: Option<bool>,
}

/// What is not told one by one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Others {
    /// How many more values there are.
    pub values: u64,
    /// How many rows have one of them.
    pub rows: u64,
    /// How many more are known and did not occur.
    pub not_occurred: u64,
}

/// The values of a field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Facet {
    /// The field.
    pub field: String,
    /// Its values: those that most rows have first, those that did not occur last.
    pub values: Vec<FacetValue>,
    /// What is not told one by one.
    pub others: Others,
    /// How many rows have no value.
    pub missing: u64,
    /// Of a branch of the hierarchy: how many rows lie at the branch itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub here: Option<u64>,
}

/// The values of the fields that were asked for.
#[derive(Debug, Serialize)]
pub struct FacetsAnswer {
    /// The kind of report.
    pub report: Kind,
    /// What the range meant.
    pub range: AnswerRange,
    /// The fields, in the order in which they were asked for.
    pub facets: Vec<Facet>,
    /// How many rows the definition has, with all its filters.
    pub total: u64,
    /// Up to which moment the answer is complete.
    pub watermark: Watermark,
}

impl Reports {
    /// The values of some fields of a definition's rows. Known values come from the catalogue.
    pub async fn facets(
        &self,
        caller: &Caller,
        definition: &Definition,
        asked: &[FacetAsked],
        catalogue: &Arc<Catalogue>,
        now: Timestamp,
    ) -> Result<FacetsAnswer> {
        check(definition.report, asked)?;
        let (reports, caller, definition) = (self.clone(), caller.clone(), definition.clone());
        let (asked, catalogue) = (asked.to_vec(), Arc::clone(catalogue));
        self.on_query_threads(async move {
            let planned = reports.open(&caller, &definition, None, now).await?;
            let names: Vec<&str> = asked.iter().map(|facet| facet.field.as_str()).collect();
            let (tallies, total) = tallies(&planned, &definition, &names).await?;
            let told = asked.iter().zip(&tallies).map(|(asked, tally)| tell::facet(asked, tally, &definition, &catalogue, &planned.people));
            Ok(FacetsAnswer {
                report: definition.report,
                range: answer_range(&definition, planned.range, planned.now),
                facets: told.collect(),
                total,
                watermark: Watermark::of(&planned, &definition, now),
            })
        })
        .await
    }
}

fn check(kind: Kind, asked: &[FacetAsked]) -> Result<(), InvalidDefinition> {
    if !(1..=MAX_FIELDS).contains(&asked.len()) {
        return Err(InvalidDefinition::new("facets", format!("expected 1 to {MAX_FIELDS} fields; got {}", asked.len())));
    }
    for (at, facet) in asked.iter().enumerate() {
        let place = |member: &str| format!("facets[{at}].{member}");
        let offered = || kind.fields().iter().filter(|field| has_facet(field)).map(|field| field.name);
        if !offered().any(|name| name == facet.field) {
            return Err(InvalidDefinition::unknown(place("field"), &facet.field, offered()));
        }
        if asked.iter().take(at).any(|before| before.field == facet.field) {
            return Err(InvalidDefinition::new(place("field"), format!("{:?} is asked for already", facet.field)));
        }
        if facet.under.is_some() && facet.field != "hierarchy" {
            return Err(InvalidDefinition::new(place("under"), format!("only hierarchy has levels; got {:?}", facet.field)));
        }
        if let Some(top) = facet.top.filter(|top| *top > MAX_TOP) {
            return Err(InvalidDefinition::new(place("top"), format!("expected at most {MAX_TOP}; got {top}")));
        }
    }
    Ok(())
}

/// Fields of which nearly every row has a value of its own.
const UNIQUE: &[&str] = &["seq", "source_event_id", "session_id", "summary", "details", "comments"];

/// Whether a field has values to pick from. Times and durations have a range, and hardly a value twice, as ids.
pub fn has_facet(field: &Field) -> bool {
    let has_values = matches!(field.field_type, FieldType::Text | FieldType::Boolean | FieldType::Integer);
    has_values && !UNIQUE.contains(&field.name)
}

/// More values than are held in memory, as whoever asked for them is told.
fn too_many(field: &str) -> Error {
    let reason = format!("{field} has more than {MAX_DISTINCT_VALUES} values here: expected a shorter range, or filters on other fields");
    InvalidDefinition::new("facets", reason).into()
}

/// The tallies of some fields, and how many rows the definition has.
async fn tallies(planned: &Planned, definition: &Definition, names: &[&str]) -> Result<(Vec<Tally>, u64)> {
    let counted = |name: &&str| find(COUNTS, name).is_some();
    // The hierarchy is told apart by the day only: it must not spoil the others.
    let (hierarchy, fine): (Vec<&str>, Vec<&str>) = names.iter().copied().filter(counted).partition(|name| *name == "hierarchy");
    let mut one_by_one: Vec<&str> = names.iter().copied().filter(|name| !counted(name)).collect();
    let mut scans = Vec::new();
    for fields in [fine, hierarchy] {
        if fields.is_empty() {
            continue;
        }
        match Scan::counted(planned, definition, &fields)? {
            Some(scan) => scans.push(scan),
            None => one_by_one.extend(fields),
        }
    }
    let (mut found, mut total) = (Vec::new(), None);
    let mut of_rows = Vec::new();
    for name in one_by_one {
        let tally = by_file::tally(planned, definition, name).await;
        match tally.map_err(|error| if matches!(error, Error::Ledger(LedgerError::TooManyValues(_))) { too_many(name) } else { error })? {
            Some(tally) => {
                let is_all = !definition.filters.iter().any(|filter| filter.field == name);
                total = total.or(is_all.then(|| tally.total()));
                found.push((name.to_owned(), tally));
            }
            None => of_rows.push(name),
        }
    }
    if !of_rows.is_empty() {
        scans.push(Scan::of_rows(planned, definition, &of_rows).await?);
    }
    for scan in scans {
        let (tallies, rows) = scan.run().await?;
        found.extend(tallies);
        total = Some(rows);
    }
    let total = match total {
        Some(total) => total,
        None => page::total(plan::rows(planned, definition).await?, definition, None).await?,
    };
    let in_order = names.iter().map(|name| found.iter().position(|(field, _)| field == name).map(|at| found.swap_remove(at).1));
    Ok((in_order.map(Option::unwrap_or_default).collect(), total))
}

/// A definition without the filters on some fields, which it names as columns.
fn without(definition: &Definition, fields: &[&str]) -> Definition {
    let (own, others): (Vec<Filter>, Vec<Filter>) =
        definition.filters.iter().cloned().partition(|filter| fields.contains(&filter.field.as_str()));
    let mut rest = Definition { filters: others, ..definition.naming(fields) };
    if own.iter().any(|filter| filter.field == "source") {
        // Who asks for sources sees all of them, Rollcall too.
        rest.filters.push(Filter { field: "source".to_owned(), op: Operator::Prefix, values: vec![Value::from("")] });
    }
    rest
}
