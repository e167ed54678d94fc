//! Grouping: rows by some of their columns and by time, with what is to be told of each group.
//!
//! `group_by` is a list. The first `depth` of its keys make the groups of an answer. Each group says which
//! filters leave its rows: a definition with these in addition shows them, and grouped to a greater depth it
//! shows the group's subgroups.
//!
//! - [`plan`]: from a definition to aggregated columns, by counts where these answer exactly
//! - [`empty`]: groups of agents who have no row
//! - [`answer`]: pages of groups; [`telling`]: groups as objects and as lines; [`drill_down`]: from a group to its rows

pub mod answer;
mod drill_down;
mod empty;
pub(crate) mod plan;
pub mod telling;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::bucket::BucketSize;
use crate::definition::member;
use crate::error::InvalidDefinition;
use crate::field::{Field, FieldType};
use crate::kind::Kind;
use crate::sort::{Direction, SortKey};

/// Whether a field has values that are known before there is a row.
pub(crate) fn has_empty(field: &str) -> bool {
    empty::FIELDS.contains(&field)
}

/// Most keys of one grouping.
pub(crate) const MAX_KEYS: usize = 8;

/// By what rows are grouped.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GroupKey {
    /// The field.
    pub field: String,
    /// For a time: the buckets of the report's zone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bucket: Option<BucketSize>,
    /// For agents: groups of those in the directory who have no row, too.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub empty: bool,
}

/// Whether rows can be grouped by a field.
pub fn makes_groups(field: &Field) -> bool {
    field.field_type != FieldType::Map
}

/// What is told of a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    /// How many rows.
    Count,
    /// How many agents: persons, by the directory; of something done, who did it.
    Agents,
    /// The earliest time: of the event, or of the login.
    First,
    /// The latest time.
    Last,
    /// Seconds of all durations that are known.
    DurationSum,
    /// Their mean.
    DurationMean,
    /// Their median.
    DurationMedian,
    /// The longest of them.
    DurationMax,
}

impl GroupKey {
    /// Its name in answers and orders: the field's, with the bucket's where it has one.
    pub fn name(&self) -> String {
        match self.bucket {
            Some(bucket) => format!("{}_{}", self.field, bucket.name()),
            None => self.field.clone(),
        }
    }

    fn field_type(&self, kind: Kind) -> Option<FieldType> {
        kind.field(&self.field).map(|field| field.field_type)
    }

    fn check(&self, kind: Kind, at: usize) -> Result<(), InvalidDefinition> {
        let place = |member: &str| format!("group_by[{at}].{member}");
        let fields = || kind.fields().iter().filter(|field| makes_groups(field)).map(|field| field.name);
        if !fields().any(|name| name == self.field) {
            return Err(InvalidDefinition::unknown(place("field"), &self.field, fields()));
        }
        if self.bucket.is_some() && self.field_type(kind) != Some(FieldType::Timestamp) {
            let times = kind.fields().iter().filter(|field| field.field_type == FieldType::Timestamp).map(|field| field.name);
            let times: Vec<&str> = times.collect();
            return Err(InvalidDefinition::new(place("bucket"), format!("only times have buckets: {}", times.join(", "))));
        }
        if self.empty && !empty::FIELDS.contains(&self.field.as_str()) {
            let reason = format!("only agents are known before they have a row: {}", empty::FIELDS.join(", "));
            return Err(InvalidDefinition::new(place("empty"), reason));
        }
        Ok(())
    }
}

impl Measure {
    /// All measures.
    pub const ALL: &'static [Measure] = &[
        Measure::Count,
        Measure::Agents,
        Measure::First,
        Measure::Last,
        Measure::DurationSum,
        Measure::DurationMean,
        Measure::DurationMedian,
        Measure::DurationMax,
    ];

    /// Its name in definitions and answers.
    pub fn name(self) -> &'static str {
        match self {
            Measure::Count => "count",
            Measure::Agents => "agents",
            Measure::First => "first",
            Measure::Last => "last",
            Measure::DurationSum => "duration_sum",
            Measure::DurationMean => "duration_mean",
            Measure::DurationMedian => "duration_median",
            Measure::DurationMax => "duration_max",
        }
    }

    /// The measures that a kind's rows have.
    pub fn of(kind: Kind) -> impl Iterator<Item = Measure> {
        let has_duration = kind.field("duration").is_some();
        Self::ALL.iter().copied().filter(move |measure| has_duration || !measure.is_of_durations())
    }

    fn is_of_durations(self) -> bool {
        matches!(self, Measure::DurationSum | Measure::DurationMean | Measure::DurationMedian | Measure::DurationMax)
    }

    /// Type of its values in answers.
    pub fn field_type(self) -> FieldType {
        match self {
            Measure::Count | Measure::Agents => FieldType::Integer,
            Measure::First | Measure::Last => FieldType::Timestamp,
            _ => FieldType::Seconds,
        }
    }
}

/// The members of a definition that speak of groups.
#[derive(Debug, Default)]
pub(crate) struct Grouping {
    pub(crate) group_by: Vec<GroupKey>,
    pub(crate) measures: Vec<Measure>,
    pub(crate) group_sort: Vec<SortKey>,
}

const SORT: &str = "a list of {\"field\":…,\"dir\":\"asc\"|\"desc\"}";

impl Grouping {
    /// Reads these members, and what `sort` says of rows: a measure in it is about groups alone.
    pub(crate) fn read(members: &mut Map<String, Value>, kind: Kind) -> Result<(Self, Vec<SortKey>), InvalidDefinition> {
        let sort: Vec<SortKey> = member(members, "sort", SORT)?.unwrap_or_default();
        let stated: Option<Vec<SortKey>> = member(members, "group_sort", SORT)?;
        let mut grouping = Grouping { group_by: keys(members, kind)?, ..Grouping::default() };
        let measures = measures(members, kind)?;
        if grouping.group_by.is_empty() {
            if stated.is_some_and(|keys| !keys.is_empty()) {
                return Err(InvalidDefinition::new("group_sort", "only groups have this order: expected group_by too"));
            }
            return Ok((grouping, sort));
        }
        grouping.measures = measures;
        let (mut of_groups, place) = match stated.filter(|stated| !stated.is_empty()) {
            Some(stated) => (stated, "group_sort"),
            None => (sort.iter().filter(|key| grouping.is_about_groups(key)).cloned().collect(), "sort"),
        };
        grouping.check_sort(&of_groups, place)?;
        for name in grouping.group_by.iter().map(GroupKey::name) {
            if !of_groups.iter().any(|key| key.field == name) {
                of_groups.push(SortKey { field: name, dir: Direction::Asc });
            }
        }
        grouping.group_sort = of_groups;
        let is_about_rows = |key: &SortKey| kind.field(&key.field).is_some() || !grouping.is_about_groups(key);
        let of_rows = sort.into_iter().filter(is_about_rows).collect();
        Ok((grouping, of_rows))
    }

    fn is_about_groups(&self, key: &SortKey) -> bool {
        Measure::ALL.iter().any(|measure| measure.name() == key.field) || self.group_by.iter().any(|by| by.name() == key.field)
    }

    fn check_sort(&self, keys: &[SortKey], place: &str) -> Result<(), InvalidDefinition> {
        let names = || self.group_by.iter().map(GroupKey::name).chain(self.measures.iter().map(|measure| measure.name().to_owned()));
        for (at, key) in keys.iter().enumerate() {
            if !names().any(|name| name == key.field) {
                return Err(InvalidDefinition::unknown(format!("{place}[{at}].field"), &key.field, names()));
            }
            if keys.iter().take(at).any(|before| before.field == key.field) {
                return Err(InvalidDefinition::new(format!("{place}[{at}].field"), format!("{:?} is a key already", key.field)));
            }
        }
        Ok(())
    }
}

fn keys(members: &mut Map<String, Value>, kind: Kind) -> Result<Vec<GroupKey>, InvalidDefinition> {
    let stated: Vec<Value> = member(members, "group_by", "a list of {\"field\":…,\"bucket\":…}")?.unwrap_or_default();
    if stated.len() > MAX_KEYS {
        return Err(InvalidDefinition::new("group_by", format!("expected at most {MAX_KEYS} keys; got {}", stated.len())));
    }
    let mut keys: Vec<GroupKey> = Vec::new();
    for (at, value) in stated.into_iter().enumerate() {
        if let Some(bucket) = value.get("bucket").and_then(Value::as_str)
            && BucketSize::from_name(bucket).is_none()
        {
            return Err(InvalidDefinition::unknown(format!("group_by[{at}].bucket"), bucket, BucketSize::names()));
        }
        let key: GroupKey = serde_json::from_value(value).map_err(|error| {
            InvalidDefinition::new(format!("group_by[{at}]"), format!("expected {{\"field\":…,\"bucket\":…}}: {error}"))
        })?;
        key.check(kind, at)?;
        if keys.iter().any(|known| known.name() == key.name()) {
            return Err(InvalidDefinition::new(format!("group_by[{at}]"), format!("{:?} is a key already", key.name())));
        }
        keys.push(key);
    }
    let is_of_rows = |key: &GroupKey| !empty::FIELDS.contains(&key.field.as_str());
    if keys.iter().any(|key| key.empty)
        && let Some(at) = keys.iter().position(is_of_rows)
    {
        let reason = format!("beside a key with empty groups stand {} alone", empty::FIELDS.join(", "));
        return Err(InvalidDefinition::new(format!("group_by[{at}].field"), reason));
    }
    Ok(keys)
}

/// The measures that are asked for, and the count.
fn measures(members: &mut Map<String, Value>, kind: Kind) -> Result<Vec<Measure>, InvalidDefinition> {
    let stated: Vec<String> = member(members, "measures", "a list of measures")?.unwrap_or_default();
    let mut measures = Vec::new();
    for (at, name) in stated.iter().enumerate() {
        let Some(measure) = Measure::of(kind).find(|measure| measure.name() == name) else {
            return Err(InvalidDefinition::unknown(format!("measures[{at}]"), name, Measure::of(kind).map(Measure::name)));
        };
        if measures.contains(&measure) {
            return Err(InvalidDefinition::new(format!("measures[{at}]"), format!("{name:?} is told already")));
        }
        measures.push(measure);
    }
    if !measures.contains(&Measure::Count) {
        measures.insert(0, Measure::Count);
    }
    Ok(measures)
}
