//! Saved reports as they go over the wire.

use std::collections::HashMap;

use rollcall_model::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use serde_json::{Map, Value};
use utoipa::{IntoParams, ToSchema};

use crate::auth::Caller;
use crate::parameters::shortened;
use crate::problem::Problem;
use crate::routes::reports::schema::ReportDefinition;

/// Parameters of `GET /saved-reports`.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListParameters {
    /// Only reports of this kind.
    pub(super) kind: Option<String>,
    /// Only reports in whose name or owner it occurs, whatever its case.
    pub(super) search: Option<String>,
    /// Also what others have not published; needs the scope `reports:admin`.
    #[param(value_type = Option<bool>)]
    pub(super) all: Option<String>,
}

/// What becomes of the schedules of a report that is deleted, or whose publication is taken back.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Scheduled {
    /// `delete`: its schedules are deleted too. Without it a report that is scheduled is refused.
    schedules: Option<String>,
}

impl Scheduled {
    pub(super) fn are_deleted(&self) -> Result<bool, Problem> {
        match self.schedules.as_deref() {
            None => Ok(false),
            Some("delete") => Ok(true),
            Some(other) => {
                let detail = format!("expected delete, or nothing at all; got {:?}", shortened(other));
                Err(Problem::parameter("schedules", detail).allowed(["delete"]))
            }
        }
    }
}

/// The library.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SavedReports {
    /// By name.
    pub(super) reports: Vec<SavedReportEntry>,
}

/// A saved report, without its definition.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SavedReportEntry {
    /// Its id, for links.
    #[schema(value_type = String, format = "uuid")]
    id: uuid::Uuid,
    /// Its name, which no other of its owner has, whatever the case.
    name: String,
    /// The kind of report.
    report: String,
    /// Who owns it: `key:` and the id of an API key, or `operator`.
    owner: String,
    /// The name of that key; missing for the operator.
    owner_name: Option<String>,
    /// Whether it is the caller's own.
    mine: bool,
    /// Whether everybody in the organisation may open it.
    published: bool,
    /// 1 at first; each change makes it one more. The `ETag` is made of it.
    version: i64,
    /// When it was first saved.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// When it last changed.
    #[schema(value_type = String, format = DateTime)]
    changed_at: Timestamp,
    /// Who changed it last.
    changed_by: String,
}

/// A saved report.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SavedReport {
    #[serde(flatten)]
    entry: SavedReportEntry,
    /// The report definition, as it was saved.
    #[schema(value_type = ReportDefinition)]
    definition: Box<RawValue>,
}

/// A report that is to be saved, or to take the place of one.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewSavedReport {
    /// Its name: 1 to 200 characters, none of them a control character.
    pub(super) name: String,
    /// The report definition, of at most 16 KiB; `report` in it names the kind.
    #[schema(value_type = ReportDefinition)]
    pub(super) definition: Map<String, Value>,
    /// Whether everybody in the organisation may open it; not if left out.
    #[serde(default)]
    #[schema(required = false)]
    pub(super) published: bool,
    /// Save the dates that a preset means now, instead of the preset.
    #[serde(default)]
    #[schema(required = false)]
    pub(super) freeze: bool,
}

/// What is to be otherwise. What is left out stays as it is.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct SavedReportChange {
    /// Another name.
    #[schema(nullable = false)]
    pub(super) name: Option<String>,
    /// Another report definition, of this or another kind.
    #[schema(value_type = ReportDefinition, required = false)]
    pub(super) definition: Option<Map<String, Value>>,
    /// Whether everybody in the organisation may open it.
    #[schema(nullable = false)]
    pub(super) published: Option<bool>,
    /// Put the dates that a preset means now in its place.
    #[schema(required = false)]
    pub(super) freeze: bool,
}

impl From<NewSavedReport> for SavedReportChange {
    fn from(new: NewSavedReport) -> Self {
        let NewSavedReport { name, definition, published, freeze } = new;
        SavedReportChange { name: Some(name), definition: Some(definition), published: Some(published), freeze }
    }
}

/// The names of those who own reports, by who they are.
pub(crate) type Names = HashMap<String, String>;

impl SavedReportEntry {
    pub(super) fn of(report: &rollcall_control::saved_reports::SavedReport, caller: &Caller, names: &Names) -> Self {
        SavedReportEntry {
            id: report.id,
            name: report.name.clone(),
            report: report.kind.clone(),
            owner: report.owner.clone(),
            owner_name: names.get(&report.owner).cloned(),
            mine: report.owner == caller.0.id(),
            published: report.published,
            version: report.version,
            created_at: report.created_at,
            changed_at: report.changed_at,
            changed_by: report.changed_by.clone(),
        }
    }

    /// Whether a text occurs in its name or its owner's, whatever the case.
    pub(super) fn contains(&self, search: &str) -> bool {
        let search = search.trim().to_lowercase();
        let texts = [Some(&self.name), self.owner_name.as_ref()];
        texts.into_iter().flatten().any(|text| text.to_lowercase().contains(&search))
    }
}

impl SavedReport {
    pub(super) fn of(report: &rollcall_control::saved_reports::SavedReport, caller: &Caller, names: &Names) -> Result<Self, Problem> {
        let definition = RawValue::from_string(report.definition.clone());
        let definition = definition.map_err(|error| Problem::internal("reading a saved definition", &error))?;
        Ok(SavedReport { entry: SavedReportEntry::of(report, caller, names), definition })
    }
}
