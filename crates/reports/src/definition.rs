//! The report definition: one JSON value, checked once.

use rollcall_model::Timestamp;
use rollcall_model::range::{Preset, Range, ResolvedRange};
use rollcall_model::zone::Zone;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::error::InvalidDefinition;
use crate::field::Field;
use crate::filter::{Filter, Operator};
use crate::group::{self, GroupKey, Measure};
use crate::kind::Kind;
use crate::sort::{SortKey, total_order};

/// Most columns of one report.
pub(crate) const MAX_COLUMNS: usize = 64;
/// Most filters of one report.
pub(crate) const MAX_FILTERS: usize = 64;

/// In which zone times are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum Clock {
    /// In the report's zone.
    #[default]
    Report,
    /// In UTC.
    Utc,
    /// In the own zone of the agent whom a row is about; of who has none in the directory, in the report's.
    Agent,
}

impl Clock {
    /// All that can be asked for.
    pub const ALL: &'static [Clock] = &[Clock::Report, Clock::Utc, Clock::Agent];
    /// The field that names the zone of each row, where that is not the same for all.
    pub(crate) const BY_ROW: &'static str = "agent_time_zone";

    /// Its name in definitions.
    pub fn name(self) -> &'static str {
        match self {
            Clock::Report => "report",
            Clock::Utc => "utc",
            Clock::Agent => "agent",
        }
    }
}

/// What is asked: a kind of report with its range, zone, filters, columns and order.
///
/// ```
/// use rollcall_reports::Definition;
/// let json = serde_json::json!({"report": "login_logout", "range": {"preset": "yesterday"}, "time_zone": "Europe/Stockholm"});
/// let definition = Definition::parse(json).unwrap();
/// assert_eq!(definition.columns.first().map(String::as_str), Some("agent"));
/// ```
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Definition {
    /// The kind of report.
    pub report: Kind,
    /// Its range.
    pub range: Range,
    /// Name of the zone in which days begin.
    #[serde(rename = "time_zone", serialize_with = "zone_name")]
    pub zone: Zone,
    /// All of them must hold.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub filters: Vec<Filter>,
    /// For `login_logout`: also the sessions that cover the whole range.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub spanning: bool,
    /// Only what was known when the event of this seq had not come yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub as_of_seq: Option<i64>,
    /// In which zone times are shown.
    pub clock: Clock,
    /// Columns that are shown, in their order.
    pub columns: Vec<String>,
    /// The order, made total.
    pub sort: Vec<SortKey>,
    /// By what rows are grouped, the outermost first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub group_by: Vec<GroupKey>,
    /// What is told of a group; always with the count.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub measures: Vec<Measure>,
    /// The order of groups, by their keys and measures. Unless it is stated, it is what `sort` says of them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub group_sort: Vec<SortKey>,
}

fn zone_name<S: serde::Serializer>(zone: &Zone, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(zone.name())
}

/// The members of a definition.
pub(crate) const MEMBERS: &[&str] =
    &["report", "range", "time_zone", "filters", "spanning", "as_of_seq", "clock", "columns", "sort", "group_by", "measures", "group_sort"];

impl Definition {
    /// Reads and checks a definition.
    pub fn parse(value: Value) -> Result<Self, InvalidDefinition> {
        let Value::Object(mut members) = value else {
            return Err(InvalidDefinition::new("definition", format!("expected a JSON object; got {}", name_of(&value))));
        };
        if let Some(unknown) = members.keys().find(|name| !MEMBERS.contains(&name.as_str())) {
            return Err(InvalidDefinition::unknown(unknown.clone(), unknown, MEMBERS.iter().copied()));
        }
        let report = Kind::parse(&required_text(&mut members, "report")?)?;
        let (grouping, sort) = group::Grouping::read(&mut members, report)?;
        let definition = Definition {
            report,
            range: range(&mut members, report)?,
            zone: zone(&mut members)?,
            filters: filters(&mut members)?,
            spanning: member(&mut members, "spanning", "true or false")?.unwrap_or(false),
            as_of_seq: member(&mut members, "as_of_seq", "an integer")?,
            clock: clock(&mut members, report)?,
            columns: columns(&mut members, report)?,
            sort: total_order(report, &sort)?,
            group_by: grouping.group_by,
            measures: grouping.measures,
            group_sort: grouping.group_sort,
        };
        definition.check()?;
        Ok(definition)
    }

    fn check(&self) -> Result<(), InvalidDefinition> {
        if self.spanning && self.report != Kind::LoginLogout {
            return Err(InvalidDefinition::new("spanning", "only login_logout has sessions that can span the range"));
        }
        if self.filters.len() > MAX_FILTERS {
            return Err(InvalidDefinition::new("filters", format!("expected at most {MAX_FILTERS}; got {}", self.filters.len())));
        }
        for (at, filter) in self.filters.iter().enumerate() {
            filter.check(self.report, at)?;
        }
        // Bounds that can't be read are told now; that a range is not empty is told when it is resolved.
        self.resolve(Timestamp::from(jiff::Timestamp::now())).map(drop)
    }

    /// The instants of the range at `now`.
    pub fn resolve(&self, now: Timestamp) -> Result<ResolvedRange, InvalidDefinition> {
        self.range.resolve(&self.zone, now).map_err(|error| {
            // The error names the bound that is wrong before its first colon.
            let told = error.to_string();
            let (field, reason) = told.split_once(": ").unwrap_or(("range", &told));
            InvalidDefinition::new(field, reason)
        })
    }

    /// The columns that are shown. A label that says UTC says so of times in UTC alone.
    pub fn shown_fields(&self) -> Vec<Field> {
        let in_utc = self.shown_zone() == Zone::utc();
        let shown = |field: &Field| {
            let label = field.label.strip_suffix(" (UTC)").filter(|_| !in_utc).unwrap_or(&field.label).to_owned();
            Field { label, ..field.clone() }
        };
        self.columns.iter().filter_map(|name| self.report.field(name)).map(shown).collect()
    }

    /// The fields that say which rows there are, in which order or in which groups.
    fn deciding(&self) -> impl Iterator<Item = &str> {
        let names = self.filters.iter().map(|filter| filter.field.as_str()).chain(self.sort.iter().map(|key| key.field.as_str()));
        names.chain(self.group_by.iter().map(|key| key.field.as_str()))
    }

    /// The same, with these fields among its columns.
    pub(crate) fn naming(&self, fields: &[&str]) -> Definition {
        let mut naming = self.clone();
        for field in fields {
            if !naming.columns.iter().any(|name| name == field) {
                naming.columns.push((*field).to_owned());
            }
        }
        naming
    }

    /// Whether it has to do with a field.
    pub(crate) fn names(&self, field: &str) -> bool {
        self.columns.iter().map(String::as_str).chain(self.deciding()).any(|name| name == field)
    }

    /// Whether the directory says which rows there are, or in which order.
    pub(crate) fn is_about_agents(&self) -> bool {
        let mut names = self.deciding();
        let of_groups = !self.group_by.is_empty() && self.measures.contains(&Measure::Agents);
        of_groups || names.any(|name| self.report.field(name).is_some_and(|field| field.told.is_some()))
    }

    /// Whether the directory says what rows show, or which rows there are.
    pub(crate) fn shows_agents(&self) -> bool {
        let shown = self.columns.iter().any(|name| self.report.field(name).is_some_and(|field| field.told.is_some()));
        shown || self.is_about_agents()
    }

    /// Whether rows of a source can be left in, as far as filters name sources.
    pub(crate) fn leaves_in_source(&self, source: &str) -> bool {
        let names = |filter: &Filter| filter.values.iter().any(|value| value == source);
        self.filters.iter().filter(|filter| filter.field == "source").all(|filter| match filter.op {
            Operator::In => names(filter),
            Operator::NotIn => !names(filter),
            _ => true,
        })
    }

    /// The zone in which times are shown that are no single agent's.
    pub fn shown_zone(&self) -> Zone {
        match self.clock {
            Clock::Report | Clock::Agent => self.zone.clone(),
            Clock::Utc => Zone::utc(),
        }
    }
}

fn name_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

pub(crate) fn member<T: for<'de> Deserialize<'de>>(
    members: &mut Map<String, Value>,
    name: &str,
    expected: &str,
) -> Result<Option<T>, InvalidDefinition> {
    match members.remove(name) {
        None | Some(Value::Null) => Ok(None),
        Some(value) => {
            serde_json::from_value(value).map(Some).map_err(|error| InvalidDefinition::new(name, format!("expected {expected}: {error}")))
        }
    }
}

fn required_text(members: &mut Map<String, Value>, name: &str) -> Result<String, InvalidDefinition> {
    let missing = || InvalidDefinition::unknown(name, "nothing", Kind::ALL.iter().map(|kind| kind.name()));
    member(members, name, "a text")?.ok_or_else(missing)
}

fn range(members: &mut Map<String, Value>, report: Kind) -> Result<Range, InvalidDefinition> {
    let default = || Range::Preset { preset: report.first_presets().first().copied().unwrap_or(Preset::Today) };
    let Some(value) = members.remove("range").filter(|value| !value.is_null()) else {
        return Ok(default());
    };
    if let Some(preset) = value.get("preset").and_then(Value::as_str)
        && Preset::from_word(preset).is_none()
    {
        return Err(InvalidDefinition::unknown("range.preset", preset, Preset::ALL.iter().map(|preset| preset.as_str())));
    }
    let expected = || InvalidDefinition::new("range", format!("expected {{\"preset\":…}} or {{\"from\":…,\"to\":…}}; got {value}"));
    serde_json::from_value(value.clone()).map_err(|_| expected())
}

fn zone(members: &mut Map<String, Value>) -> Result<Zone, InvalidDefinition> {
    match member::<String>(members, "time_zone", "the name of a zone")? {
        None => Ok(Zone::utc()),
        Some(name) => Zone::new(&name).map_err(|error| InvalidDefinition::new("time_zone", error.to_string())),
    }
}

fn clock(members: &mut Map<String, Value>, report: Kind) -> Result<Clock, InvalidDefinition> {
    let Some(stated) = member::<String>(members, "clock", "a text")? else { return Ok(report.default_clock()) };
    let known = Clock::ALL.iter().copied().find(|clock| clock.name() == stated);
    known.ok_or_else(|| InvalidDefinition::unknown("clock", &stated, Clock::ALL.iter().map(|clock| clock.name())))
}

fn filters(members: &mut Map<String, Value>) -> Result<Vec<Filter>, InvalidDefinition> {
    let expected = "a list of {\"field\":…,\"op\":…,\"values\":[…]}";
    let stated: Vec<Value> = member(members, "filters", expected)?.unwrap_or_default();
    let read = |(at, filter): (usize, Value)| {
        if let Some(op) = filter.get("op").and_then(Value::as_str)
            && !Operator::ALL.iter().any(|operator| operator.name() == op)
        {
            let allowed = Operator::ALL.iter().map(|operator| operator.name());
            return Err(InvalidDefinition::unknown(format!("filters[{at}].op"), op, allowed));
        }
        serde_json::from_value(filter).map_err(|error| {
            InvalidDefinition::new(format!("filters[{at}]"), format!("expected {{\"field\":…,\"op\":…,\"values\":[…]}}: {error}"))
        })
    };
    stated.into_iter().enumerate().map(read).collect()
}

fn columns(members: &mut Map<String, Value>, report: Kind) -> Result<Vec<String>, InvalidDefinition> {
    let asked: Vec<String> = member(members, "columns", "a list of column names")?.unwrap_or_default();
    if asked.len() > MAX_COLUMNS {
        return Err(InvalidDefinition::new("columns", format!("expected at most {MAX_COLUMNS}; got {}", asked.len())));
    }
    for (at, name) in asked.iter().enumerate() {
        if report.field(name).is_none() {
            return Err(InvalidDefinition::unknown(format!("columns[{at}]"), name, report.fields().iter().map(|field| field.name)));
        }
        if asked.iter().take(at).any(|before| before == name) {
            return Err(InvalidDefinition::new(format!("columns[{at}]"), format!("{name:?} is shown already")));
        }
    }
    if asked.is_empty() { Ok(report.default_columns().iter().map(|&name| name.to_owned()).collect()) } else { Ok(asked) }
}
