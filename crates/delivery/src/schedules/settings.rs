//! What somebody sets of a schedule, and what of it is frozen in a run.

use rollcall_control::saved_reports::SavedReport;
use rollcall_model::Timestamp;
use rollcall_model::range::ResolvedRange;
use rollcall_model::zone::Zone;
use rollcall_reports::Definition;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::rule::{Covered, Rule};
use crate::error::{DeliveryError, Result};
use crate::file::{Asked, Asking, FileWish, Style};

/// Most destinations of a schedule.
const MAX_DESTINATIONS: usize = 20;
/// Most runs that are made up.
const MAX_MADE_UP: u32 = 1_000;
/// Longest wait for data, in hours.
const MAX_WAIT_HOURS: u32 = 72;
/// Longest prefix, in characters.
const MAX_PREFIX_CHARS: usize = 200;

/// When a report is delivered, what of it, and where to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// On which dates.
    pub rule: Rule,
    /// In which zone dates begin.
    pub time_zone: String,
    /// Which range a run covers.
    pub range: Covered,
    /// What is asked of the report.
    pub question: Asking,
    /// How the file is told.
    pub style: Style,
    /// The folder below `Reports`.
    pub prefix: String,
    /// Where it goes.
    pub destinations: Vec<Uuid>,
    /// So many of the runs that were due in a downtime are made up at most, the newest.
    pub max_made_up: u32,
    /// For so long at most a run waits until its sources have sent everything.
    pub max_wait_hours: u32,
}

/// What somebody wants of a schedule. What is left out stays as it is, or is as usual.
#[derive(Debug, Clone, Default)]
pub struct Wish {
    /// On which dates.
    pub rule: Option<Rule>,
    /// In which zone dates begin; UTC as usual.
    pub time_zone: Option<String>,
    /// Which range a run covers, by its word.
    pub range: Option<String>,
    /// What is asked of the report.
    pub question: Option<Asking>,
    /// How the file is told.
    pub style: Option<Style>,
    /// The folder below `Reports`.
    pub prefix: Option<String>,
    /// Where it goes.
    pub destinations: Option<Vec<Uuid>>,
    /// So many runs at most are made up.
    pub max_made_up: Option<u32>,
    /// For so long at most a run waits.
    pub max_wait_hours: Option<u32>,
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            rule: Rule::Day,
            time_zone: "UTC".to_owned(),
            range: Covered::EndedDay,
            question: Asking::Rows,
            style: Style::default(),
            prefix: String::new(),
            destinations: Vec::new(),
            max_made_up: 31,
            max_wait_hours: 6,
        }
    }
}

/// The next runs of a rule, when they are due and what they cover, in its zone. What is left out is as usual.
pub fn upcoming(
    rule: Option<Rule>,
    time_zone: Option<String>,
    range: Option<String>,
    now: Timestamp,
    count: usize,
) -> Result<(Zone, Vec<(Timestamp, ResolvedRange)>)> {
    // Where it is delivered to does not matter here.
    let anywhere = Some(vec![Uuid::nil()]);
    let settings = Settings::default().with(Wish { rule, time_zone, range, destinations: anywhere, ..Wish::default() })?;
    let zone = settings.zone()?;
    let due = std::iter::successors(settings.rule.next(&zone, now), |last| settings.rule.next(&zone, last.at));
    let runs = due.take(count).map(|due| (due.at, settings.range.range(&zone, due.at))).collect();
    Ok((zone, runs))
}

impl Settings {
    /// As they are stored.
    pub(crate) fn read(text: &str) -> Result<Self> {
        serde_json::from_str(text).map_err(|error| DeliveryError::Conflict(format!("the schedule's settings can't be read: {error}")))
    }

    pub(crate) fn text(&self) -> String {
        json!(self).to_string()
    }

    /// Its zone.
    pub fn zone(&self) -> Result<Zone> {
        Zone::new(&self.time_zone).map_err(|error| DeliveryError::invalid("time_zone", error.to_string()))
    }

    /// The same with what somebody wants, checked.
    pub(crate) fn with(mut self, wish: Wish) -> Result<Self> {
        let Wish { rule, time_zone, range, question, style, prefix, destinations, max_made_up, max_wait_hours } = wish;
        if let Some(word) = range {
            self.range = Covered::try_from(word).map_err(|reason| DeliveryError::invalid("range", reason))?;
        }
        self.rule = rule.unwrap_or(self.rule);
        self.time_zone = time_zone.unwrap_or(self.time_zone);
        self.question = question.unwrap_or(self.question);
        self.style = style.unwrap_or(self.style);
        self.prefix = prefix.map_or(self.prefix, |prefix| prefix.trim().trim_matches('/').to_owned());
        self.destinations = destinations.unwrap_or(self.destinations);
        self.max_made_up = max_made_up.unwrap_or(self.max_made_up);
        self.max_wait_hours = max_wait_hours.unwrap_or(self.max_wait_hours);
        self.time_zone = self.zone()?.name().to_owned();
        self.check()?;
        Ok(self)
    }

    fn check(&self) -> Result<()> {
        if matches!(&self.rule, Rule::Week { on } if on.is_empty()) {
            return Err(DeliveryError::invalid("rule.on", "expected one day of the week at least, such as [\"monday\"]; got none"));
        }
        let distinct: std::collections::BTreeSet<&Uuid> = self.destinations.iter().collect();
        if !(1..=MAX_DESTINATIONS).contains(&self.destinations.len()) || distinct.len() < self.destinations.len() {
            let reason = format!("expected 1 to {MAX_DESTINATIONS} different destinations; got {}", self.destinations.len());
            return Err(DeliveryError::invalid("destinations", reason));
        }
        if !(1..=MAX_MADE_UP).contains(&self.max_made_up) {
            return Err(DeliveryError::invalid("max_made_up", format!("expected 1 to {MAX_MADE_UP}; got {}", self.max_made_up)));
        }
        if self.max_wait_hours > MAX_WAIT_HOURS {
            return Err(DeliveryError::invalid("max_wait_hours", format!("expected 0 to {MAX_WAIT_HOURS}; got {}", self.max_wait_hours)));
        }
        let is_folder = |part: &str| !part.trim().is_empty() && part != "." && part != "..";
        let chars = self.prefix.chars().count();
        let is_path = self.prefix.is_empty() || self.prefix.split('/').all(is_folder);
        if chars > MAX_PREFIX_CHARS || self.prefix.contains(char::is_control) || !is_path {
            let reason = format!("expected names of folders with / between them, {MAX_PREFIX_CHARS} characters at most; got {chars}");
            return Err(DeliveryError::invalid("prefix", reason));
        }
        Ok(())
    }

    /// Refuses a report of which there is nothing to deliver so.
    pub(crate) fn check_report(&self, report: &SavedReport) -> Result<()> {
        let definition = Definition::parse(Value::Object(members(report)?))?;
        if definition.as_of_seq.is_some() {
            let reason =
                "the report shows what was known at one seq (as_of_seq), so that no run of it could tell anything new; save it without";
            return Err(DeliveryError::invalid("report_id", reason));
        }
        self.asked().of(definition).map(drop)
    }

    /// What is asked of the report; groups by all of its keys.
    fn asked(&self) -> Asked {
        Asked { question: self.question, depth: None, style: self.style }
    }
}

/// The members of a saved definition.
fn members(report: &SavedReport) -> Result<Map<String, Value>> {
    serde_json::from_str(&report.definition)
        .map_err(|error| DeliveryError::Conflict(format!("the definition of the saved report can't be read: {error}")))
}

/// What a run tells, and where it goes: as it was when it was due, so that it can be told anew.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Frozen {
    /// The saved report.
    pub report_id: Uuid,
    /// What it is called.
    pub report_name: String,
    /// The kind of report.
    pub report: String,
    /// With whose rights the schedule ran when it was due.
    pub owner: String,
    /// The report's definition, with the range and the zone of the run.
    pub definition: Value,
    /// The schedule's settings.
    pub settings: Settings,
}

impl Frozen {
    /// A report for a range, by the settings of a schedule.
    pub(crate) fn new(report: &SavedReport, owner: &str, settings: &Settings, range: ResolvedRange) -> Result<Self> {
        let mut definition = members(report)?;
        definition.remove("as_of_seq");
        definition.insert("report".to_owned(), report.kind.clone().into());
        definition.insert("range".to_owned(), json!({"from": range.from, "to": range.to}));
        definition.insert("time_zone".to_owned(), settings.time_zone.clone().into());
        Ok(Frozen {
            report_id: report.id,
            report_name: report.name.clone(),
            report: report.kind.clone(),
            owner: owner.to_owned(),
            definition: Value::Object(definition),
            settings: settings.clone(),
        })
    }

    /// As it is stored.
    pub fn read(text: &str) -> Result<Self> {
        serde_json::from_str(text).map_err(|error| DeliveryError::Conflict(format!("what the run tells can't be read: {error}")))
    }

    pub(crate) fn text(&self) -> String {
        json!(self).to_string()
    }

    /// The report of the run.
    pub(crate) fn definition(&self) -> Result<Definition> {
        Ok(Definition::parse(self.definition.clone())?)
    }

    /// The file of the run, with no more than was known at a seq.
    pub(crate) fn wish(&self, seq: i64) -> Result<FileWish> {
        self.settings.asked().of(Definition { as_of_seq: Some(seq), ..self.definition()? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(wish: Wish) -> Result<Settings> {
        Settings::default().with(Wish { destinations: Some(vec![Uuid::nil()]), ..wish })
    }

    #[test]
    fn what_is_wrong_is_named() {
        let field = |wish: Wish| match with(wish).unwrap_err() {
            DeliveryError::Invalid { field, .. } => field,
            other => panic!("{other}"),
        };
        assert_eq!(field(Wish { time_zone: Some("Mars/Olympus".to_owned()), ..Wish::default() }), "time_zone");
        assert_eq!(field(Wish { range: Some("tomorrow".to_owned()), ..Wish::default() }), "range");
        assert_eq!(field(Wish { rule: Some(Rule::Week { on: [].into() }), ..Wish::default() }), "rule.on");
        assert_eq!(field(Wish { max_wait_hours: Some(73), ..Wish::default() }), "max_wait_hours");
        for prefix in ["a/../b", "a//b", "..", "a\nb"] {
            assert_eq!(field(Wish { prefix: Some(prefix.to_owned()), ..Wish::default() }), "prefix", "{prefix:?}");
        }
        assert!(Settings::default().with(Wish::default()).is_err(), "it goes nowhere");
        assert_eq!(with(Wish { prefix: Some("/Daily/North/".to_owned()), ..Wish::default() }).unwrap().prefix, "Daily/North");
    }

    #[test]
    fn what_is_left_out_stays() {
        let settings = with(Wish { time_zone: Some("asia/seoul".to_owned()), max_made_up: Some(3), ..Wish::default() }).unwrap();
        let changed = settings.clone().with(Wish { max_wait_hours: Some(0), ..Wish::default() }).unwrap();
        assert_eq!(changed, Settings { max_wait_hours: 0, ..settings.clone() });
        assert_eq!(Settings::read(&settings.text()).unwrap(), settings);
    }
}
